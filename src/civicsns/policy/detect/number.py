"""`number`: numbers that stand for a person, told by their form and by the words around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.numbers import Likeness, validator
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.detect.base import Words
    from civicsns.policy.numbers import Validator
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits

_LABEL, _CONTEXT, _NONE = 0, 1, 2
#: How far before a number its label may stand, and after it: マイナンバー（個人番号）は1234…, 1234…（個人番号）.
_BEFORE, _AFTER = 12, 5
#: How far the other words may be, where the rule does not say.
_WINDOW = 20


@attrs.frozen
class Numbers:
    """
    Finds numbers of one kind.

    A number is found if its form alone makes us sure, unless the rule wants a word beside it; if its first digits or
    check digit fit and a word of `context` is within `context_window`; and if its length fits and a word of `label` introduces
    it. A word of `none` within `none_window` speaks against it, unless the label is nearer.
    """

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    validator: Validator
    worded: bool
    alone: Likeness
    most: Likeness
    window: int
    none_window: int
    allowed: frozenset[str]

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """
        Make it from its table.

        `validator`, `label`, `context`, `none`, `context_window`, `none_window`, `context_required`; `alone` is `likely` where a
        check digit is enough; `most` is `likely` where surer numbers are another rule's; `allow_list` are numbers that
        may be given to anybody.
        """
        slots = (words.folded(table.get("label")), words.folded(table.get("context")), words.folded(table.get("none")))
        worded = bool(table.get("context_required", False))
        window = int(table.get("context_window", _WINDOW))
        return cls(
            slots=slots,
            needs=(_LABEL, _CONTEXT) if worded else (),
            validator=validator(table["validator"]),
            worded=worded,
            alone=Likeness[table.get("alone", "sure").upper()],
            most=Likeness[table.get("most", "sure").upper()],
            window=window,
            none_window=int(table.get("none_window", window)),
            allowed=frozenset(map(_bare, words.folded(table.get("allow_list")))),
        )

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find the numbers."""
        least = self.validator.lengths.start
        for run in scan.numbers:
            if run.size < least:
                continue
            past = 0
            for start, end, digits, likeness in run.judged(self.validator):
                if start < past or digits in self.allowed or likeness > self.most:
                    continue
                if self._speaks(likeness, start, end, hits):
                    past = end
                    yield Match(_whole(scan.view, start, end), end)

    def _speaks(self, likeness: Likeness, start: int, end: int, hits: Hits) -> bool:
        labels = [
            _apart(place, start, end)
            for place in hits.near(_LABEL, start, end, _BEFORE)
            if 0 <= start - place[1] <= _BEFORE or 0 <= place[0] - end <= _AFTER
        ]
        by_itself = (likeness >= self.alone and not self.worded) or (
            likeness >= Likeness.LIKELY
            and any(_apart(place, start, end) <= self.window for place in hits.near(_CONTEXT, start, end, self.window))
        )
        if not labels and not by_itself:
            return False
        # What stands further away than any label does not speak against it.
        reach = max(self.none_window, _BEFORE)
        against = min([_apart(place, start, end) for place in hits.near(_NONE, start, end, reach)], default=reach + 1)
        return (bool(labels) and min(labels) < against) or (by_itself and against > self.none_window)


def _whole(text: str, start: int, end: int) -> int:
    """Give where a number begins, with the plus sign or bracket that belongs to it: +81 90…, (0465)83-1234."""
    before = text[start - 1 : start]
    return start - 1 if before == "+" or (before == "(" and ")" in text[start:end]) else start


def _apart(place: tuple[int, int], start: int, end: int) -> int:
    return max(start - place[1], place[0] - end, 0)


def _bare(number: str) -> str:
    return re.sub(r"[^0-9]", "", number)

"""`terms`: words that are wrong wherever they stand, but for the words that they are part of."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from civicsns.policy.detect.base import Unless, silenced
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan

_TERM, _EXCEPT = 0, 1
#: Characters that stand for one that nobody dares write 伏せ字.
_MASKS: Final = "〇○●◯*×x_"


@attrs.frozen
class Terms:
    """Finds words; `except` are longer words in which they are innocent, `none` words that speak against them."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    unless: Unless

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it: `list` or `terms`, `except`, `masked`, `none`, `none_window`, `none_overrides`."""
        terms = words.folded(table.get("list", table.get("terms")))
        if table.get("masked"):
            terms = (*terms, *(masked for term in terms for masked in _masked(term)))
        unless, slots = Unless.of(table, words, slot=2)
        return cls((tuple(dict.fromkeys(terms)), words.folded(table.get("except")), *slots), (_TERM,), unless)

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find the words that stand in no innocent one, and within one script's run."""
        innocent = sorted((hit.start, hit.end) for hit in hits if hit.slot == _EXCEPT)
        # How far the innocent words reach that begin at each of them or before.
        reach = list(accumulate((end for _, end in innocent), max))
        quiet = self.unless.where(hits)
        for hit in hits:
            if hit.slot != _TERM:
                continue
            before = bisect_right(innocent, hit.start, key=itemgetter(0)) if innocent else 0
            if before and reach[before - 1] >= hit.end:
                continue
            if stands_alone(scan.view, hit.start, hit.end) and not silenced(quiet, hit.start, hit.end):
                yield Match(hit.start, hit.end)


def _masked(term: str) -> Iterator[str]:
    """Give *term* with one letter masked; not the first of two, which would leave a single common letter."""
    for place in range(1 if len(term) == 2 else 0, len(term) if len(term) > 1 else 0):
        for mask in _MASKS:
            yield term[:place] + mask + term[place + 1 :]


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a word of katakana or Latin letters is no part of a longer one: バカ is none of バカンス."""
    return not (
        (start and _joined(text[start - 1], text[start])) or (end < len(text) and _joined(text[end - 1], text[end]))
    )


def _joined(one: str, other: str) -> bool:
    return (_katakana(one) and _katakana(other)) or (_latin(one) and _latin(other))


def _katakana(character: str) -> bool:
    return "ァ" <= character <= "ヺ" or character == "ー"


def _latin(character: str) -> bool:
    return "a" <= character <= "z" or "0" <= character <= "9"

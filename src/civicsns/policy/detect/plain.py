"""`plain`: hard words and long sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits


@attrs.frozen
class Plain:
    """
    Finds words of a list, and sentences of more than some characters.

    Attributes:
        sentence: How long a sentence may be.
    """

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    sentence: int

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it from its table: `list`, `max_sentence`."""
        return cls((words.folded(table["list"]),), (0,), int(table["max_sentence"]))

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find them."""
        for start, end in hits.of(0):
            yield Match(start, end)
        view, longest = scan.view, self.sentence
        if not may_have_sentence(view, longest):
            return
        pieces = view.replace("\n", "。").replace("!", "。").replace("?", "。").split("。")
        if max(map(len, pieces)) > longest:
            start = 0
            for piece in pieces:
                if len(piece) > longest:
                    yield Match(start, start + len(piece))
                start += len(piece) + 1


def may_have_sentence(view: str, longest: int) -> bool:
    """Tell whether a folded text may have a sentence of more than so many characters: one that 。 does not end before."""
    begin, last = 0, len(view) - longest
    while begin < last:
        stop = view.rfind("。", begin, begin + longest + 1)
        if stop < 0:
            return True
        begin = stop + 1
    return False

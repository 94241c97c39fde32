"""Rewriting 書き換え: a folded text with some words written otherwise, whose places stay those in the author's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from civicsns.text.folding import Folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NO_LETTER: Final = re.compile(r"[\W_]")


class Rewriting:
    """
    A text on its way, and for each character of it where that comes from.

    Args:
        folded: The text.
    """

    def __init__(self, folded: Folded) -> None:
        self.raw, self.view = folded.raw, folded.view
        self.starts: Sequence[int] = range(len(self.view)) if folded.starts is None else folded.starts
        self.ends: Sequence[int] = range(1, len(self.view) + 1) if folded.ends is None else folded.ends

    @property
    def folded(self) -> Folded:
        """The text as it is now."""
        return Folded(self.raw, self.view, self.starts, self.ends)

    def gaps(self, begin: int, stop: int) -> int:
        """Count between how many letters of a stretch something stood."""
        gaps, place = 0, begin
        for later in range(begin + 1, stop):
            if NO_LETTER.match(self.view, later):
                continue
            gaps += later > place + 1 or self.starts[later] > self.ends[place]
            place = later
        return gaps

    def put_words(self, changes: Sequence[tuple[int, int, str]]) -> tuple[Folded, frozenset[int]]:
        """Write words in some places, and tell where they begin and end then."""
        edges: set[int] = set()
        moved = 0
        for begin, end, text in changes:
            edges |= {begin + moved, begin + moved + len(text)}
            moved += len(text) - (end - begin)
        return self.put(changes), frozenset(edges)

    def put(self, changes: Iterable[tuple[int, int, str]]) -> Folded:
        """Write something else in some places, which are in order and apart."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for begin, end, text in changes:
            pieces += (self.view[done:begin], text)
            starts += self.starts[done:begin]
            ends += self.ends[done:begin]
            if len(text) == end - begin:
                starts += self.starts[begin:end]
                ends += self.ends[begin:end]
            else:
                starts += [self.starts[begin]] * len(text)
                ends += [self.ends[end - 1]] * len(text)
            done = end
        pieces.append(self.view[done:])
        starts += self.starts[done:]
        ends += self.ends[done:]
        return Folded(self.raw, "".join(pieces), starts, ends)

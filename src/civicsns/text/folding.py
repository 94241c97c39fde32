"""
Folding 正規化: a text as it is read, whatever tricks and variants it is written with, with a way back to the original.

Rules look at the folded text, and findings name the author's own words: every place in the one has its place in the
other.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

import attrs


@attrs.frozen
class Folded:
    """
    A text and its folded view.

    Attributes:
        raw: The text as it was written.
        view: As it is read.
        starts: For each character of the view, where in the raw text it begins; None where places are the same.
        ends: For each character of the view, where in the raw text it ends.
    """

    raw: str = attrs.field(repr=False)
    view: str = attrs.field(repr=False)
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the stretch of the raw text that the view's characters from *start* to *end* come from."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            where = self.starts[start] if start < len(self.starts) else len(self.raw)
            return where, where
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded:
    """Fold *text*: compatibility forms, case, dashes; what is not seen falls away."""
    view = text.translate(_plain())
    if not any(character in _tripwires() for character in view):
        return Folded(text, view)
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, character in enumerate(text):
        for piece in _slowly(character):
            parts.append(piece)
            starts.append(place)
            ends.append(place + 1)
    return Folded(text, "".join(parts), tuple(starts), tuple(ends))


def folded_term(term: str) -> str:
    """Fold a word of a pack the same way."""
    return fold(term).view


def _slowly(character: str) -> str:
    if unicodedata.category(character) in {"Cf", "Mn"} and character != "\n":
        return ""
    return unicodedata.normalize("NFKC", character).casefold().translate(_DASHES)


_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−－﹣➖"}


@cache
def _plain() -> dict[int, str]:
    table: dict[int, str] = {}
    for point in range(0x10000):
        character = chr(point)
        folded = _slowly(character)
        if folded != character and len(folded) == 1:
            table[point] = folded
    return table


@cache
def _tripwires() -> frozenset[str]:
    return frozenset(
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if _slowly(character) != character and ord(character) not in _plain()
    )

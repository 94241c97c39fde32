"""
UTF-16 code units: what JavaScript, and so twitter-text, counts and indexes, against Python's code points.

A string may hold halves of surrogate pairs (broken emoji from other programs).
They are counted as JavaScript counts them: two halves that stand side by side are the character they make.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def _same(position: int) -> int:
    return position


def unit_length(text: str) -> int:
    """Count the UTF-16 code units of *text*."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def joined(text: str) -> tuple[str, Callable[[int], int]]:
    """Join halves of surrogate pairs, and give with it what turns a position in the result into one in *text*."""
    if _PAIR.search(text) is None:
        return text, _same
    pairs = [pair.start() - number for number, pair in enumerate(_PAIR.finditer(text))]
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return whole, lambda position: position + bisect_left(pairs, position)


def split_up(text: str) -> tuple[str, Callable[[int], int]]:
    """Write *text* as one character a code unit, and give what turns a unit's position into a code point's."""
    if _ASTRAL.search(text) is None:
        return text, _same
    astral = [character.start() + number for number, character in enumerate(_ASTRAL.finditer(text))]
    units = _ASTRAL.sub(_halves, text)
    return units, lambda unit: unit - bisect_left(astral, unit)


def _halves(match: re.Match[str]) -> str:
    offset = ord(match[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))

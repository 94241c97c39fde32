"""What characters are read as, made ready when first asked for; and what cannot be told of a character alone."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from civicsns.text import _folds

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Unicode keeps it for a program's own use; no text holds it.
TRAP = "\uffff"
#: Read in the light of what stands before: it voices kana.
VOICING = "゛゜\u3099\u309aﾞﾟ"
REGIONS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
#: An encoding has no place for them, and a library written in Rust none either.
_SURROGATES = range(0xD800, 0xE000)

_BEYOND = "\U00010000-\U0010ffff"


@cache
def singles() -> dict[int, str]:
    """Give what a character is read as wherever it stands, where that is another one, by code point."""
    known = {start + place: character for start, run in _folds.SINGLES.items() for place, character in enumerate(run)}
    return {point: character for point, character in known.items() if chr(point) != character} | dict.fromkeys(
        _SURROGATES, "\ufffd"
    )


@cache
def exceptions() -> dict[str, str]:
    """Give what the characters are read as that are read as several, or as nothing, or by their neighbours."""
    alone = singles()
    beside = (TRAP, *_folds.HOMOGLYPHS, *marks(), *VOICING, *REGIONS, *_folds.ROMAN)
    return {
        **{character: alone.get(ord(character), character) for character in beside},
        **_folds.SEVERAL,
        **dict.fromkeys(_members(_folds.HIDDEN), ""),
    }


@cache
def exceptional() -> re.Pattern[str]:
    """Match one of `exceptions`, and whatever lies beyond the first plane: a class of both is slow."""
    return re.compile(f"[{_class(_first_plane(exceptions()))}{_BEYOND}]")


@cache
def trapped() -> dict[int, str]:
    """Give `singles`, and a trap for each of `exceptions`."""
    return singles() | {ord(character): TRAP for character in exceptions()}


@cache
def changing(besides: str = "") -> re.Pattern[str]:
    """Match characters of `trapped`, those *besides* (the inside of a class), and whatever lies beyond the first plane."""
    one = f"[{_class(_first_plane(map(chr, trapped())))}{besides}{_BEYOND}]"
    # Found several times as fast as `one+`.
    return re.compile(f"{one}{one}*")


@cache
def hidden() -> re.Pattern[str]:
    """Match what is not seen."""
    return re.compile(f"[{_folds.HIDDEN}]+")


@cache
def marks() -> frozenset[str]:
    """Give the marks that belong on letters of one script."""
    return frozenset(_members(_folds.MARKS))


@cache
def marking() -> frozenset[str]:
    """Give what is read as such a mark, or as several characters with one."""
    several = (character for character, known in _folds.SEVERAL.items() if not marks().isdisjoint(known))
    return marks().union(several)


@cache
def marked() -> re.Pattern[str]:
    """Match a character that has no such marks with some, as they stand in a view; the character is a group."""
    return re.compile(f"([ -~ぁ-ヿ㐀-鿿가-힣豈-﫿])[{_folds.MARKS}]+")


@cache
def word() -> frozenset[str]:
    """Give what a word of Latin letters holds, and of scripts that have some like them, as it stands in a view."""
    return frozenset("abcdefghijklmnopqrstuvwxyz") | _alike() | marks() | frozenset(_members(_folds.FOREIGN))


@cache
def disguised() -> frozenset[str]:
    """Give what is read as letters that look like Latin ones."""
    alike = _alike()
    several = (character for character, known in _folds.SEVERAL.items() if not alike.isdisjoint(known))
    return frozenset((*_folds.HOMOGLYPHS, *several))


def _alike() -> set[str]:
    return {exceptions()[character] for character in _folds.HOMOGLYPHS}


def _members(ranges: str) -> list[str]:
    return [
        chr(point)
        for first, last in re.findall("(.)(?:-(.))?", ranges, re.DOTALL)
        for point in range(ord(first), ord(last or first) + 1)
    ]


def _first_plane(characters: Iterable[str]) -> list[str]:
    return [character for character in characters if character <= TRAP]


def _class(characters: Iterable[str]) -> str:
    """Write characters as the inside of a regular expression's class."""
    runs: list[list[int]] = []
    for point in sorted(map(ord, characters)):
        if runs and point == runs[-1][-1] + 1:
            runs[-1][1:] = [point]
        else:
            runs.append([point])
    return "".join("-".join(re.escape(chr(point)) for point in run) for run in runs)

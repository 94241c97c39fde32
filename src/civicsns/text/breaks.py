"""
Where a text may be cut, and how good each place is.

The forbidden places are those of Japanese typesetting (禁則): JIS X 4051 and
Requirements for Japanese Text Layout (https://www.w3.org/TR/jlreq/, 3.1.7 and 3.1.8).
Phrases 文節 are told by their script: a word in kanji, katakana or Latin letters begins behind the hiragana
that ended the phrase before. Words in scripts that use spaces are never cut.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import attrs

from civicsns.text.measures import graphemes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_OPENING = frozenset("([{（［｛〔〈《「『【〘〖〝‘“｟«｢")
_CLOSING_BRACKETS = frozenset(")]}）］｝〕〉》」』】〙〗〟’”｠»｣")
_SENTENCE_ENDS = frozenset("。．！？｡‼⁇⁈⁉")
_CLAUSE_ENDS = frozenset("、，；：､")
_WESTERN_SENTENCE_ENDS = frozenset(".!?")
_WESTERN_CLAUSE_ENDS = frozenset(",;:")
_CLOSING = _CLOSING_BRACKETS | _SENTENCE_ENDS | _CLAUSE_ENDS | _WESTERN_SENTENCE_ENDS | _WESTERN_CLAUSE_ENDS
_QUOTES = frozenset("\"'")
#: Not at the start of a line either, save where the author began a line with it, as lists do with a middle dot.
_CONTINUING = frozenset(
    "・･-‐‑–—―〜～…‥%％‰℃°ーｰ々〻ヽヾゝゞ゛゜ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶｧｨｩｪｫｬｭｮｯ"
) | frozenset(map(chr, range(0x31F0, 0x3200)))
#: Not at the end of a line: they belong to what follows.
_PREFIXES = frozenset("￥¥＄$£€№#＃@＠〒第")
#: Honorific prefixes, in hiragana but the beginning of a phrase.
_HONORIFICS = frozenset("おご")

#: White space that may be left out at a cut: not the no-break spaces.
WHITE = "\t\n\v\f\r \x85\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
_WHITE = re.compile(f"[{WHITE}]+")
_NEWLINE = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")


class Level(IntEnum):
    """How good a place to cut is; the higher, the better."""

    CHARACTER = 0
    PHRASE = 1
    CLAUSE = 2
    SENTENCE = 3
    LINE = 4
    PARAGRAPH = 5


@attrs.frozen
class Cut:
    """
    A place where a text may be cut.

    Attributes:
        end: Where what stands before ends.
        start: Where what stands behind begins; white space in between is left out.
        level: How good the place is.
        length_to_end: The length of the text up to *end*.
        length_to_start: The length of the text up to *start*.
    """

    end: int
    start: int
    level: Level
    length_to_end: int
    length_to_start: int


class _Atom(NamedTuple):
    start: int
    stop: int
    entity: bool


def find_cuts(text: str, whole: Sequence[tuple[int, int]], length: Callable[[str], int]) -> tuple[Cut, ...]:
    """
    Find where *text* may be cut, its beginning and its end included; nothing where all of it is white space.

    Args:
        text: The text.
        whole: Spans that are not cut, in the order of their beginnings; they may overlap.
        length: Counts such a span, or a grapheme cluster elsewhere.
    """
    cuts: list[Cut] = []
    previous: _Atom | None = None
    total = total_behind = 0
    for atom in _atoms(text, whole):
        before = total
        total += length(text[atom.start : atom.stop])
        if _WHITE.fullmatch(text, atom.start, atom.stop):
            continue
        if previous is None:
            cuts.append(Cut(0, atom.start, Level.PARAGRAPH, 0, before))
        elif (level := _level(text, previous, atom)) is not None:
            cuts.append(Cut(previous.stop, atom.start, level, total_behind, before))
        previous, total_behind = atom, total
    if previous is not None:
        cuts.append(Cut(previous.stop, len(text), Level.PARAGRAPH, total_behind, total))
    return tuple(cuts)


def _atoms(text: str, whole: Sequence[tuple[int, int]]) -> Iterator[_Atom]:
    """Give what is never cut: grapheme clusters, joined where a span to be kept whole covers several."""
    spans = iter(whole)
    span = next(spans, None)
    atom: _Atom | None = None
    for start, stop in graphemes(text):
        while span is not None and span[1] <= start:
            span = next(spans, None)
        covered = span is not None and span[0] < stop
        if atom is not None and span is not None and span[0] < start:
            atom = _Atom(atom.start, stop, entity=True)
            continue
        if atom is not None:
            yield atom
        atom = _Atom(start, stop, covered)
    if atom is not None:
        yield atom


def _level(text: str, before: _Atom, after: _Atom) -> Level | None:
    """Judge the place between two atoms; None where the text may not be cut."""
    left = "" if before.entity else text[before.start]
    right = "" if after.entity else text[after.start]
    if left in _OPENING or left in _PREFIXES or right in _CLOSING:
        return None
    if before.stop < after.start:
        return _level_of_gap(text, before, after)
    if right in _CONTINUING:
        return None
    if left in _SENTENCE_ENDS:
        return Level.SENTENCE
    if left in _CLOSING_BRACKETS and _hiragana(right):
        # Most likely a particle that belongs to what is in the brackets.
        return Level.CHARACTER
    if left in _CLAUSE_ENDS or left in _CLOSING_BRACKETS or right in _OPENING:
        return Level.CLAUSE if _wide(left) or _wide(right) else None
    if after.entity:
        return Level.PHRASE if _wide(left) else None
    if before.entity:
        return Level.CHARACTER if _wide(right) else None
    return _level_of_script(left, right)


def _level_of_gap(text: str, before: _Atom, after: _Atom) -> Level:
    lines = len(_NEWLINE.findall(text, before.stop, after.start))
    if lines:
        return Level.PARAGRAPH if lines > 1 else Level.LINE
    last = text[before.stop - 1]
    if last in _CLOSING_BRACKETS or last in _QUOTES:
        last = text[before.stop - 2 : before.stop - 1]
    if last in _SENTENCE_ENDS or last in _WESTERN_SENTENCE_ENDS:
        return Level.SENTENCE
    return Level.CLAUSE if last in _CLAUSE_ENDS or last in _WESTERN_CLAUSE_ENDS else Level.PHRASE


def _level_of_script(left: str, right: str) -> Level | None:
    """Judge a place between two letters of which neither is white space nor punctuation that decides."""
    if not (_wide(left) or (left.isalnum() and _wide(right))) or not (_wide(right) or right.isalnum()):
        return None
    if left.isdigit():
        # A figure stays with its unit.
        return None
    if left == "を" or (_hiragana(left) and not _hiragana(right) and left not in _HONORIFICS):
        return Level.PHRASE
    return Level.CHARACTER


def _hiragana(character: str) -> bool:
    return "ぁ" <= character <= "ゟ"


@cache
def _wide(character: str) -> bool:
    """Tell whether lines may be broken beside a character without a space (East Asian Width, UAX #11)."""
    return character != "" and unicodedata.east_asian_width(character) in "WFH"

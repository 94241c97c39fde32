"""
Folding 正規化: a text as it is read, whatever tricks and variants it is written with, with a way back to the original.

Rules look at the folded text, and findings name the author's own words: every place in the one has its place in the
other.

What a character is read as comes from Unicode's tables (`_folds`, made by a tool, so that it is the same on every
version of Python): compatibility forms (NFKC), small letters for capitals, ASCII digits for the digits of all scripts
and for circled ones, letters without accents, one dash, one middle dot, one circle. What is not seen falls away.
Nearly all of that is one character for one, and done by one call of `str.translate`; only where a text holds something
else is it folded slowly, and exactly.

Some things depend on what stands beside them: か and ゛ are が; letters of other scripts that look like Latin ones are
read as such in a Latin word; ー between digits is a dash; (at) in an address is @.
"""

from __future__ import annotations

import re
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import ahocorasick_rs
import attrs

from civicsns.text import _folds, _readings, addresses, disguises, numerals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: A view of `fold_fast` with one of these may have to be folded slowly: they are what disguises have in common.
TRIPWIRES: Final = (*(f"{digit}ー" for digit in "0123456789"), *addresses.TRIPWIRES)
#: Unicode assigns it to nobody; it is read as itself.
_BETWEEN: Final = "\ue000"


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
    starts: Sequence[int] | None = attrs.field(default=None, repr=False)
    ends: Sequence[int] | None = attrs.field(default=None, repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the stretch of the raw text that the view's characters from *start* to *end* come from."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            where = self.starts[start] if start < len(self.starts) else len(self.raw)
            return where, where
        return self.starts[start], self.ends[end - 1]

    @cached_property
    def digits(self) -> str:
        """The view as somebody reads it who looks for a number; each character in its place (`numerals.digits`)."""
        return numerals.digits(numerals.unlisted(self.view, self.raw, self.starts))

    @cached_property
    def masked(self) -> str:
        """The view with one circle for whatever stands for a letter left out; each in its place (`disguises.masked`)."""
        return disguises.masked(self.view)

    @cached_property
    def loose(self) -> Folded | None:
        """The view as somebody reads it who looks for words taken apart (`disguises.loosened`); None if it is no other."""
        read = disguises.loosened(self.view)
        if read is None:
            return None
        view, places = read
        starts, ends = self.starts, self.ends
        return Folded(
            self.raw,
            view,
            places if starts is None else [starts[place] for place in places],
            [place + 1 for place in places] if ends is None else [ends[place] for place in places],
        )


def fold(text: str) -> Folded:
    """Fold *text*."""
    view = fold_fast(text)
    if view is None or _tripwires().find_matches_as_indexes(view):
        return fold_slowly(text)
    return Folded(text, view)


def folded_term(term: str) -> str:
    """Fold a word of a pack the same way."""
    return fold(term).view


def folded_terms(terms: Sequence[str]) -> list[str]:
    """Fold words of a pack the same way: as a rule all at once."""
    view = fold_fast(_BETWEEN.join(terms))
    if view is not None and not _tripwires().find_matches_as_indexes(view):
        folded = view.split(_BETWEEN)
        if len(folded) == len(terms):
            return folded
    return [fold(term).view for term in terms]


def fold_fast(text: str) -> str | None:
    """
    Fold *text* character by character, where that is exact: every place stays.

    Returns:
        The view; None where *text* must be folded slowly. It must be folded slowly, too, where the view holds one of
        `TRIPWIRES`: whoever looks for words in it can look for these in the same pass.
    """
    view = _readings.changing().sub(_read, text)
    return None if _readings.TRAP in view else view


@lru_cache(maxsize=16)
def noting(marks: str) -> Callable[[str], tuple[str | None, str]]:
    """
    Make what folds a text as `fold_fast` does, and notes on the way which marks were written in it.

    Args:
        marks: The marks, in the form of the inside of a regular expression's class.

    Returns:
        What gives the view, or None; and the characters of the text that are marks, or are read as others, or lie beyond
        the first plane.
    """
    changing, trapped = _readings.changing(marks), _readings.trapped()

    def folded(text: str) -> tuple[str | None, str]:
        noted: list[str] = []

        def read(found: re.Match[str]) -> str:
            noted.append(found[0])
            return found[0].translate(trapped)

        view = changing.sub(read, text)
        return None if _readings.TRAP in view else view, "".join(noted)

    return folded


def _read(found: re.Match[str]) -> str:
    return found[0].translate(_readings.trapped())


def fold_slowly(text: str) -> Folded:
    """Fold *text*, whatever it holds."""
    buffer = _Buffer(text)
    marked = not buffer.met.isdisjoint(_readings.marking())
    if marked:
        buffer.replace(_readings.marked(), _first)
    if not buffer.met.isdisjoint(_readings.VOICING):
        buffer.replace(_VOICED, _voiced)
    if not buffer.met.isdisjoint(_readings.disguised()):
        _unmask(buffer)
        if marked:
            # On what is a Latin letter now.
            buffer.replace(_readings.marked(), _first)
    if _tripwires().find_matches_as_indexes(buffer.view):
        buffer.replace(_DASH, "-")
        for pattern, instead in addresses.DISGUISES:
            buffer.replace(pattern, instead)
    if buffer.view == text:
        return Folded(text, text)
    return Folded(text, buffer.view, buffer.starts, buffer.ends)


class _Buffer:
    """
    A text on its way: its view, and for each character of that where it comes from.

    It begins with every character read for itself, and without those that are not seen.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        seen, starts, ends = _seen(text)
        if not _NEIGHBOURLY.isdisjoint(seen):
            seen = _ROMAN.sub(_as_digits, seen)
            seen = _BRACKETED.sub(_bare, seen)
            seen = _REGIONS.sub(_as_letters, seen)
        readings, singles, changing = _readings.exceptions(), _readings.singles(), _readings.changing()
        self.met: set[str] = set()
        pieces: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        done = 0
        for found in _readings.exceptional().finditer(seen):
            place = found.start()
            known = readings.get(found[0]) or singles.get(ord(found[0]), found[0])
            self.met.add(found[0])
            pieces += (changing.sub(_read, seen[done:place]), known)
            self.starts += starts[done:place]
            self.ends += ends[done:place]
            self.starts += [starts[place]] * len(known)
            self.ends += [ends[place]] * len(known)
            done = place + 1
        self.view = "".join((*pieces, changing.sub(_read, seen[done:])))
        self.starts += starts[done:]
        self.ends += ends[done:]

    def replace(self, pattern: re.Pattern[str], instead: str | Callable[[re.Match[str]], str]) -> None:
        """Put something else where *pattern* matches; as long as what it was, it keeps its places."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for found in pattern.finditer(self.view):
            first, last = found.span()
            text = instead if isinstance(instead, str) else instead(found)
            pieces += (self.view[done:first], text)
            if len(text) == last - first:
                starts += self.starts[done:last]
                ends += self.ends[done:last]
            else:
                starts += self.starts[done:first]
                ends += self.ends[done:first]
                starts += [self.starts[first]] * len(text)
                ends += [self.ends[last - 1]] * len(text)
            done = last
        if done:
            self.view = "".join((*pieces, self.view[done:]))
            self.starts = [*starts, *self.starts[done:]]
            self.ends = [*ends, *self.ends[done:]]


def _seen(text: str) -> tuple[str, list[int], list[int]]:
    """Leave out what is not seen; a mark belongs to what it stands on."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for found in _readings.hidden().finditer(text):
        place = found.start()
        pieces.append(text[done:place])
        starts += range(done, place)
        ends += range(done + 1, place + 1)
        if ends and (marks := _ON_TOP.match(text, place)):
            ends[-1] = marks.end()
        done = found.end()
    pieces.append(text[done:])
    starts += range(done, len(text))
    ends += range(done + 1, len(text) + 1)
    return "".join(pieces), starts, ends


# Characters that are read in the light of their neighbours, one for one.

_ROMAN = re.compile(f"(?=[{''.join(_folds.ROMAN)}]*[0-9０-９])[0-9０-９{''.join(_folds.ROMAN)}]{{3,}}")
_BRACKETED = re.compile(f"[{''.join(_folds.BRACKETED)}]{{2,}}")
_NEIGHBOURLY = frozenset(_folds.ROMAN) | frozenset(_folds.BRACKETED) | frozenset(_readings.REGIONS)
_REGIONS = re.compile("[\U0001f1e6-\U0001f1ff]+")
_FLAGS = frozenset(re.findall("..", _folds.FLAGS))


def _as_digits(found: re.Match[str]) -> str:
    """Ⅸ is 9 in a number; a number alone is as it was."""
    return "".join(_folds.ROMAN.get(character, character) for character in found[0])


def _bare(found: re.Match[str]) -> str:
    """⑼⑴ is 91, though ⑼ is (9)."""
    return "".join(_folds.BRACKETED[character] for character in found[0])


def _as_letters(found: re.Match[str]) -> str:
    """Regional letters that make no flags are letters."""
    letters = "".join(chr(ord(character) - 0x1F1E6 + ord("a")) for character in found[0])
    pairs = [letters[place : place + 2] for place in range(0, len(letters), 2)]
    return found[0] if _FLAGS.issuperset(pairs) else letters


_ON_TOP = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]+"
)

# What is read in the light of its neighbours once each is read for itself.

_VOICED = re.compile("[うか-とは-ほウカ-トハ-ホワヰヱヲゝヽ]゛|[は-ほハ-ホ]゜")
_VOICES = {
    "゛": dict(
        zip(
            "うかきくけこさしすせそたちつてとはひふへほウカキクケコサシスセソタチツテトハヒフヘホワヰヱヲゝヽ",
            "ゔがぎぐげござじずぜぞだぢづでどばびぶべぼヴガギグゲゴザジズゼゾダヂヅデドバビブベボヷヸヹヺゞヾ",
            strict=True,
        )
    ),
    "゜": dict(zip("はひふへほハヒフヘホ", "ぱぴぷぺぽパピプペポ", strict=True)),
}


_DASH = re.compile("(?<=[0-9])ー(?=[0-9])")


def _first(found: re.Match[str]) -> str:
    return found[1]


def _voiced(found: re.Match[str]) -> str:
    return _VOICES[found[0][1]].get(found[0][0], found[0])


def _unmask(buffer: _Buffer) -> None:
    """Read letters that look like Latin ones as such, in a Latin word, and where none of another script is about."""
    view, word, marks = buffer.view, _readings.word(), _readings.marks()
    runs: list[tuple[list[int], bool]] = []
    known: dict[int, str] = {}
    own = False
    for stretch in _BEYOND_KANA.finditer(view):
        last = stretch.start() - 2
        for place in range(*stretch.span()):
            character = view[place]
            if character not in word:
                continue
            if place > last + 1:
                runs.append(([], False))
            last = place
            if "a" <= character <= "z":
                runs[-1] = (runs[-1][0], True)
            elif character not in marks:
                look = _folds.HOMOGLYPHS.get(buffer.text[buffer.starts[place]]) or _folds.HOMOGLYPHS.get(character)
                if look:
                    known[place] = look
                    runs[-1][0].append(place)
                else:
                    own = True
    letters = list(view)
    for places, latin in runs:
        if latin or (not own and len(places) > 2):
            for place in places:
                letters[place] = known[place]
    buffer.view = "".join(letters)


_BEYOND_KANA = re.compile("[a-z\u0080-\u2fff\ua000-\U0010ffff]+")


@cache
def _tripwires() -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(TRIPWIRES)

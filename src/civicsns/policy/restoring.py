"""
Restoring 復元: a text as it reads once words of the rules that somebody disguises are written as the rules have them.

Which words there are is not known to folding, but to the rules; so their words are looked for in the text as it sounds:
kana for kanji, romaji, kana and kanji mixed, letters of old forms, a letter left out, gaps in the middle. Where one is
found it is put into the text in its usual form, and the rules read that. Nothing here lists how a word can be disguised.

What is found only so is a guess: the engine lets it weigh no more than a question for a second pair of eyes.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

import ahocorasick_rs

from civicsns.text import romaji
from civicsns.text.disguises import CIRCLE
from civicsns.text.folding import Folded
from civicsns.text.numerals import amounts
from civicsns.text.oldforms import MODERN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Detector

_KANJI: Final = re.compile("[一-鿿々]")
_CORES: Final = re.compile("[一-鿿々]{2,}|[ァ-ヺー]{3,}")
_WORD: Final = re.compile(r"[^\W_]{3,}")
_LITERAL: Final = re.compile("[一-鿿々]{2,}")
#: How long a word must be in kana to be known by its sound; and where each letter of it stands alone.
_LEAST: Final = 4
_LEAST_APART: Final = 3
#: A whole phrase is known by its sound from here on.
_PHRASE: Final = 6

_SMALL: Final = "ぁぃぅぇぉっゃゅょゎゕゖ"
_SOUNDS: Final = str.maketrans(
    {chr(point): chr(point - 0x60) for point in range(ord("ァ"), ord("ヶ") + 1)}
    | {"ヽ": "ゝ", "ヾ": "ゞ"}
    | dict(zip(_SMALL, "あいうえおつやゆよわかけ", strict=True))
    | {chr(ord(small) + 0x60): large for small, large in zip(_SMALL, "あいうえおつやゆよわかけ", strict=True)}
    | MODERN
)
_TO_KATAKANA: Final = {point: point + 0x60 for point in range(ord("ぁ"), ord("ゖ") + 1)}
#: What a kanji of a compound sounds like: one syllable, and little after it.
_SOUND: Final = "[ぁ-ゔ][ゃゅょ]?[いうくきつちんっ]?"
_TWO_SOUNDS: Final = re.compile(f"(?=({_SOUND})({_SOUND})$)")

#: Between letters of a word that is taken apart: up to three of these, none that ends a sentence or a clause.
_SLIGHT: Final = r"(?:(?![、。「」『』()\[\]{}【】〈〉《》!?:;,\n〇])[\W_])"
_GAP: Final = re.compile(rf"(?<=[^\W_])(?:{_SLIGHT}{{1,3}}|\n)(?=[^\W_])")
#: Left out where it stands beside one of these: a date, a place, a number of times, whoever it may be.
_HONEST: Final = re.compile("[月日時分年回市町村県区号番人名円条さ様氏君]")
#: What is written for a letter of Japanese that was left out.
_LEFT_OUT: Final = re.compile(
    r"[*〇×✕●◎■□▲△▼▽◆◇★☆♡♥#x](?:(?<=[^\W\d_a-z〇].)[^\W\d_a-z〇]|(?<=[^\W\d_a-z〇].)(?<=[〇●])|(?<=[〇●])[^\W\d_a-z〇])"
)
#: For one letter that was left out, so many words are tried.
_TRIES: Final = 4


class _Form(NamedTuple):
    """
    A word as it may be met.

    Attributes:
        word: As the rules have it.
        kind: How it is met: as itself, by its sound, or half by its sound.
    """

    word: str
    kind: int


_ITSELF, _SOUNDING, _HALF = range(3)


class _Table(NamedTuple):
    """What is known of how the words of the packs sound."""

    wires: tuple[str, ...]
    readings: str


@cache
def _table() -> _Table:
    text = (files("civicsns.policy") / "packs" / "readings.txt").read_text(encoding="utf-8")
    _, wired, readings = text.split("\n\n", 2)
    return _Table(tuple(wired.split()), readings)


def sounding() -> tuple[str, ...]:
    """Give what stands in a folded text that has words of the packs that come with civicsns, written as they sound."""
    return _table().wires


@cache
def readings() -> Mapping[str, str]:
    """Give how the words of the packs that come with civicsns sound."""
    return dict(line.split(" ", 1) for line in _table().readings.splitlines())  # type: ignore[misc]


def words_of(detectors: Iterable[Detector]) -> Counter[str]:
    """Give the words of detectors that may be disguised, and how many lists have them."""
    found: Counter[str] = Counter()
    for detector in detectors:
        for slot in detector.slots:
            for term in slot:
                found.update({*_CORES.findall(term), *([term] if _WORD.fullmatch(term) else ())})
        found.update(set(_LITERAL.findall(getattr(detector, "written", ""))))
    return found


def wires(readings: Mapping[str, str]) -> Iterator[str]:
    """Give what stands in a folded text that has a word of some written with kana for kanji, given how they sound."""
    for word, sound in readings.items():
        compound = len(_KANJI.findall(word)) == len(word)
        if len(sound) >= (_LEAST if compound else _PHRASE):
            yield sound
        if compound and len(sound) >= _LEAST:
            yield sound.translate(_TO_KATAKANA)
        if compound and len(word) == 2:
            yield from (half for half in _halves(word, sound) if len(half) > 2)


def _halves(word: str, sound: str) -> Iterator[str]:
    """Give a word of two kanji with one of them written as it sounds."""
    for found in _TWO_SOUNDS.finditer(sound):
        yield word[0] + found[2]
        yield found[1] + word[1]


class _Text:
    """A text on its way, and for each character of it where that comes from."""

    def __init__(self, folded: Folded) -> None:
        self.raw, self.view = folded.raw, folded.view
        self.starts: Sequence[int] = range(len(self.view)) if folded.starts is None else folded.starts
        self.ends: Sequence[int] = range(1, len(self.view) + 1) if folded.ends is None else folded.ends

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


class Restorer:
    """
    Knows words, and finds them disguised.

    Args:
        detectors: They know the words. Of several that may be meant, the one that more of their lists have is tried.
    """

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self._detectors = tuple(detectors)

    @cached_property
    def _words(self) -> Counter[str]:
        return words_of(self._detectors)

    @cached_property
    def _forms(self) -> dict[str, _Form]:
        forms: dict[str, _Form] = {}
        sounds = readings()
        for word, _ in self._words.most_common():
            sound = sounds.get(word)
            if sound is not None and len(sound) >= _LEAST_APART:
                forms.setdefault(sound.translate(_SOUNDS), _Form(word, _SOUNDING))
            if sound is not None and len(word) == 2 and all(map(_KANJI.match, word)):
                for half in _halves(word, sound):
                    if len(half) > 2:
                        forms.setdefault(half.translate(_SOUNDS), _Form(word, _HALF))
        for word in self._words:
            forms[word.translate(_SOUNDS)] = _Form(word, _ITSELF)
        return forms

    @cached_property
    def _known(self) -> tuple[list[_Form], ahocorasick_rs.AhoCorasick]:
        return list(self._forms.values()), ahocorasick_rs.AhoCorasick(list(self._forms))

    @cached_property
    def _gapped(self) -> tuple[list[list[str]], ahocorasick_rs.AhoCorasick]:
        """The words with letters left out, and what each may be."""
        found: dict[str, list[str]] = {}
        for key, form in self._forms.items():
            if form.kind == _HALF or (len(key) == 2 and not all(map(_KANJI.match, key))):
                continue
            for variant in _with_gaps(key):
                found.setdefault(variant, []).append(form.word)
        for several in found.values():
            several.sort(key=lambda word: -self._words[word])
        return list(found.values()), ahocorasick_rs.AhoCorasick(list(found))

    def restored(self, folded: Folded) -> Iterator[Folded]:
        """Give the text of *folded* with the words that it disguises, as they are usually written; nothing, if there are none."""
        base = folded.loose or folded
        if spoken := romaji.stretches(base.view):
            base = _Text(base).put(spoken)
        if written := amounts(base.view):
            base = _Text(base).put(written)
        here = _Text(base)
        changes = self._disguised(base.view)
        whole = here.put(changes) if changes else base
        if _LEFT_OUT.search(whole.view):
            yield from self._with_letters(whole, whole.masked)
        if whole.view != folded.view:
            yield whole

    def _disguised(self, view: str) -> list[tuple[int, int, str]]:
        key, places = _closed(view)
        key = key.translate(_SOUNDS)
        forms, automaton = self._known
        found: list[tuple[int, int, str]] = []
        for number, start, end in automaton.find_matches_as_indexes(key, overlapping=True):
            begin, stop = places[start], places[end - 1] + 1
            written = view[begin:stop]
            form = forms[number]
            if written != form.word and _believable(form, written, end - start):
                found.append((begin, stop, form.word))
        return _apart(found)

    def _with_letters(self, whole: Folded, masked: str) -> Iterator[Folded]:
        key, places = _closed(masked)
        key = key.translate(_SOUNDS)
        words, automaton = self._gapped
        meant: dict[tuple[int, int], list[str]] = {}
        for number, start, end in automaton.find_matches_as_indexes(key, overlapping=True):
            if end - start == 2 and (_HONEST.search(key[start:end]) or CIRCLE in key[max(start - 1, 0) : start] + key[end : end + 1]):
                continue
            meant[places[start], places[end - 1] + 1] = words[number]
        here = _Text(whole)
        for turn in range(_TRIES):
            found = [(*place, several[turn]) for place, several in meant.items() if turn < len(several)]
            if not found:
                return
            yield here.put(_apart(found))


def _with_gaps(key: str) -> Iterator[str]:
    for place in range(len(key)):
        yield key[:place] + CIRCLE + key[place + 1 :]
    for place in range(len(key) - 1 if len(key) > 3 else 0):
        yield key[:place] + CIRCLE * 2 + key[place + 2 :]


def _closed(view: str) -> tuple[str, Sequence[int]]:
    """Leave out gaps that may be within a word; and give the place of each character that is left."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for found in _GAP.finditer(view):
        pieces.append(view[done : found.start()])
        places += range(done, found.start())
        done = found.end()
    if not done:
        return view, range(len(view))
    pieces.append(view[done:])
    places += range(done, len(view))
    return "".join(pieces), places


def _believable(form: _Form, written: str, length: int) -> bool:
    """Tell whether what is written is rather a word in disguise than another word, or two."""
    letters = "".join(character for character in written if character.isalnum() or character == "ー")
    gaps = len(_GAP.findall(written))
    if "\n" in written and gaps < length - 1:
        return False
    apart = gaps == length - 1
    if letters == form.word or letters.translate(MODERN_ONLY) == form.word:
        if all(map(_KANJI.match, letters)):
            return True
        return length >= _LEAST or (apart and length >= _LEAST_APART)
    if form.kind == _HALF:
        return True
    least = _LEAST if form.kind == _ITSELF or all(map(_KANJI.match, form.word)) else _PHRASE - 1
    return length >= (_LEAST_APART if apart else least)


MODERN_ONLY: Final = str.maketrans(MODERN)


def _apart(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Of stretches that overlap, keep the longer ones; give them in order."""
    kept: list[tuple[int, int, str]] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda one: (one[0] - one[1], one[0])):
        if taken.isdisjoint(range(one[0], one[1])):
            taken.update(range(one[0], one[1]))
            kept.append(one)
    return sorted(kept)

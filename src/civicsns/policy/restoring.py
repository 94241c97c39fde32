"""
Restoring 復元: a text as it reads once words of the rules that somebody disguises are written as the rules have them.

Which words there are is not known to folding, but to the rules; so their words are looked for in the text as it sounds:
kana for kanji, romaji, kana and kanji mixed, letters of old forms, a letter left out, gaps in the middle. Where one is
found it is put into the text in its usual form, and the rules read that. Nothing here lists how a word can be disguised.

What is found only so is a guess: the engine lets it weigh no more than a question for a second pair of eyes.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import ahocorasick_rs
import attrs

from civicsns.policy.sounds import (
    KANA,
    KANJI,
    KATAKANA,
    LEAST,
    LONG,
    PHRASE,
    halves,
    hiragana,
    readings,
    words_of,
)
from civicsns.text import romaji
from civicsns.text.disguises import CIRCLE
from civicsns.text.numerals import amounts, closed, plates
from civicsns.text.oldforms import MODERN
from civicsns.text.rewriting import NO_LETTER, Rewriting

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from civicsns.policy.detect.base import Detector
    from civicsns.text.folding import Folded

_KANA_ONLY: Final = re.compile(f"[ぁ-ゖァ-ヺー{CIRCLE}]+")
#: Not guessed from what is left of it: a number, a short word with what says its part in the sentence, or the end of one.
_UNGUESSED: Final = re.compile("[0-9]|^[一-鿿々].[のはがをにと]$|^[とのはがをにでもや](?:の|[一-鿿々])")
_LEAST_APART: Final = 3

_SMALL: Final = "ぁぃぅぇぉっゃゅょゎゕゖ"
_SOUNDS: Final = str.maketrans(
    {chr(point): chr(point - 0x60) for point in range(ord("ァ"), ord("ヶ") + 1)}
    | {"ヽ": "ゝ", "ヾ": "ゞ"}
    | dict(zip(_SMALL, "あいうえおつやゆよわかけ", strict=True))
    | {chr(ord(small) + 0x60): large for small, large in zip(_SMALL, "あいうえおつやゆよわかけ", strict=True)}
    | MODERN
)

#: Between letters of a word that is taken apart: up to three of these, none that ends a sentence or a clause.
_SLIGHT: Final = r"(?:(?![、。「」『』()\[\]{}【】〈〉《》!?:;,\n〇])[\W_])"
_GAP: Final = re.compile(rf"(?<=[^\W_])(?:{_SLIGHT}{{1,3}}|\n)(?=[^\W_])")
#: Left out where it stands beside one of these: a date, a place, a number of times, whoever it may be.
_HONEST: Final = re.compile("[月日時分年回市町村県区号番人名円条さ様氏君]")
#: What is written for a letter that was left out, behind one that was not: elsewhere it is a bullet.
_MASK: Final = re.compile(
    r"(?<=[^\W\d_a-z])(?<![一二三四五六七八九〇])[*〇×✕✖●◎◉■□▲△◆◇★☆♡♥#x]{1,2}(?=[^\W\d_a-z])(?![一二三四五六七八九〇])"
    r"|(?<=[^\W\d_a-z])(?<![一二三四五六七八九〇])[〇●*×x](?![〇一二三四五六七八九])"
)
_MASKED_APART: Final = re.compile("(?<=[^\\W\\d_a-z] )[〇●](?= ?[^\\W\\d_a-z])")
_KATAKANA_ONE: Final = re.compile("[ァ-ヺー]")
_MODERN: Final = str.maketrans(MODERN)
_OLD: Final = re.compile(f"[{''.join(MODERN)}]")
#: A long vowel that is written as it is not usually.
_DRAWN: Final = re.compile("[ぁ-ゖ]ー|[ァ-ヺ]ー(?![ァ-ヺ])")
_WAVE: Final = re.compile("(?<=[ぁ-ヺ])(?:[~〜ー]*[~〜]+[~〜ー]*|ー{2,})")
_TURNS: Final = 2
#: For one letter that was left out, so many words are tried.
_TRIES: Final = 2


class _Form(NamedTuple):
    """
    A word as it may be met.

    Attributes:
        word: As the rules have it.
        kind: How it is met: as itself, by its sound, or half by its sound.
    """

    word: str
    kind: int


_SOUNDING, _HALF, _ITSELF = range(3)


class Restorer:
    """
    Knows words, and finds them disguised.

    Args:
        detectors: They know the words. Of several that may be meant, the one that more of their lists have is tried.
    """

    def __init__(self, detectors: Callable[[], Sequence[Detector]]) -> None:
        self._all = detectors

    @cached_property
    def _detectors(self) -> Sequence[Detector]:
        return self._all()

    @cached_property
    def _words(self) -> Counter[str]:
        return words_of(self._detectors)

    @cached_property
    def _forms(self) -> dict[str, list[_Form]]:
        forms: dict[str, list[_Form]] = {}
        sounds = readings()
        common = [word for word, _ in self._words.most_common()]
        for word in common:
            sound = sounds.get(word)
            if sound is not None and len(sound) >= _LEAST_APART:
                forms.setdefault(sound.translate(_SOUNDS), []).append(_Form(word, _SOUNDING))
            if sound is not None and 2 <= len(word) <= 4 and all(map(KANJI.match, word)):
                for half in halves(word, sound):
                    forms.setdefault(half.translate(_SOUNDS), []).append(_Form(word, _HALF))
        for word in common:
            forms.setdefault(word.translate(_SOUNDS), []).append(_Form(word, _ITSELF))
        return forms

    @cached_property
    def _known(self) -> tuple[list[list[_Form]], ahocorasick_rs.AhoCorasick]:
        return list(self._forms.values()), ahocorasick_rs.AhoCorasick(list(self._forms))

    @cached_property
    def _drawn(self) -> tuple[list[_Form], ahocorasick_rs.AhoCorasick]:
        """The same by their sounds with every long vowel written as one."""
        return self._by_vowels("ー", LEAST)

    @cached_property
    def _shortened(self) -> tuple[list[_Form], ahocorasick_rs.AhoCorasick]:
        """The same by what is left of their sounds where long vowels are short."""
        return self._by_vowels("", _LEAST_APART)

    def _by_vowels(self, long: str, least: int) -> tuple[list[_Form], ahocorasick_rs.AhoCorasick]:
        found: dict[str, _Form] = {}
        # Somebody's kana are better read as the word that they stand for than as other kana.
        for word in sorted(self._words, key=lambda word: (KANA.fullmatch(word) is not None, -self._words[word])):
            sound = readings().get(word, hiragana(word) if KANA.fullmatch(word) else None)
            if sound is not None and len(sound) >= LEAST and len(key := LONG.sub(long, sound)) >= least:
                found.setdefault(key, _Form(word, _SOUNDING))
        return list(found.values()), ahocorasick_rs.AhoCorasick(list(found))

    @cached_property
    def _gapped(self) -> tuple[list[list[str]], ahocorasick_rs.AhoCorasick]:
        """The words with letters left out, and what each may be."""
        found: dict[str, list[str]] = {}
        for key, forms in self._forms.items():
            own = [form.word for form in forms if form.kind != _HALF]
            if not own or _UNGUESSED.search(key) or (len(key) == 2 and not all(map(KANJI.match, key))):
                continue
            for variant in _with_gaps(key):
                found.setdefault(variant, []).extend(own)
        telling = words_of(self._detectors, telling=True)
        for several in found.values():
            several.sort(key=lambda word: (-telling[word], -self._words[word]))
        return list(found.values()), ahocorasick_rs.AhoCorasick(list(found))

    def restored(self, folded: Folded) -> Iterator[tuple[Folded, bool]]:
        """
        Give the text of *folded* with the words that it disguises, as they are usually written; nothing, if there are none.

        Returns:
            Each way to read it, and whether it has other numbers, too.
        """
        given = {folded.view, folded.loose.view if folded.loose else folded.view}
        for base in self._with_letters(folded):
            for whole in self._plain(base, turns=1):
                if whole[0].view not in given:
                    given.add(whole[0].view)
                    yield whole
        for whole in self._plain(folded, turns=_TURNS):
            if whole[0].view not in given:
                given.add(whole[0].view)
                yield whole

    def _plain(self, folded: Folded, *, turns: int) -> Iterator[tuple[Folded, bool]]:
        here, numbered = Rewriting(folded), False
        if waves := [(*found.span(), "ー") for found in _WAVE.finditer(here.view)]:
            here = Rewriting(here.put(waves))
        for read in (amounts, closed, plates):
            if changes := read(here.view):
                here, numbered = Rewriting(here.put(changes)), True
        base = here.folded.loose or here.folded
        if _OLD.search(base.view):
            base = attrs.evolve(base, view=base.view.translate(_MODERN))
        if changes := amounts(base.view):
            base, numbered = Rewriting(base).put(changes), True
        if changes := romaji.letters(base.view):
            base = Rewriting(base).put(changes)
        words: frozenset[int] = frozenset()
        if spoken := romaji.stretches(base.view):
            base, words = Rewriting(base).put_words(spoken)
        here = Rewriting(base)
        for turn in range(turns):
            changes, several = self._disguised(here, words, turn)
            if turn and not several:
                return
            yield here.put(changes) if changes else base, numbered

    def _disguised(self, here: Rewriting, words: frozenset[int], turn: int) -> tuple[list[tuple[int, int, str]], int]:
        """Give the words that are disguised; of several that one may be, the one whose turn it is."""
        closed, places = _closed(here.view)
        # What is in order, the worse first: a word that is taken apart may be two.
        found: list[tuple[int, int, int, str]] = []
        # A word of the rules that is as it should be is not taken for parts of others.
        whole: list[tuple[int, int]] = []
        several = 0
        forms, automaton = self._known
        for number, start, end in automaton.find_matches_as_indexes(closed.translate(_SOUNDS), overlapping=True):
            begin, stop = places[start], places[end - 1] + 1
            written = here.view[begin:stop]
            # Nearly all of them are as they should be.
            if end - start >= LEAST and forms[number][-1].word == written:
                whole.append((begin, stop))
            meant = [
                form.word
                for form in forms[number]
                if form.word != written and self._believable(form, here, (begin, stop), length=end - start, words=words)
            ]
            if meant:
                several += len(meant) > turn
                found.append((len(written) - (end - start), begin, stop, meant[min(turn, len(meant) - 1)]))
        if _DRAWN.search(here.view):
            drawn, automaton = self._drawn
            for number, start, end in automaton.find_matches_as_indexes(
                LONG.sub("ー", hiragana(closed)), overlapping=True
            ):
                begin, stop = places[start], places[end - 1] + 1
                if (
                    "ー" in (written := here.view[begin:stop])
                    and written != drawn[number].word
                    and _stands(here.view, begin, stop)
                ):
                    found.append((1, begin, stop, drawn[number].word))
        if words:
            text, where = _without_long(closed)
            short, automaton = self._shortened
            for number, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
                begin, stop = places[where[start]], places[where[end] - 1 if end < len(where) else -1] + 1
                if begin in words and stop in words and here.view[begin:stop] != short[number].word:
                    found.append((1, begin, stop, short[number].word))
        if whole:
            found = [
                one
                for one in found
                if not any(
                    one[1] < stop and begin < one[2] and not one[1] <= begin < stop <= one[2] for begin, stop in whole
                )
            ]
        return _apart(found), several

    def _believable(
        self, form: _Form, here: Rewriting, place: tuple[int, int], *, length: int, words: frozenset[int]
    ) -> bool:
        """Tell whether what is written is rather a word in disguise than another word, or two."""
        begin, stop = place
        written = here.view[begin:stop]
        if not _stands(here.view, begin, stop):
            return False
        if "\n" in written and written.count("\n") < length - 1:
            return False
        gaps = here.gaps(begin, stop)
        apart = gaps >= length - 1 or (begin in words and stop in words)
        letters = NO_LETTER.sub("", written)
        if letters == form.word:
            return length >= LEAST or all(map(KANJI.match, letters)) or (apart and length >= _LEAST_APART)
        if form.kind == _HALF:
            return length > 2 or apart
        certain = form.kind == _ITSELF or all(map(KANJI.match, form.word)) or _KATAKANA_ONE.search(letters)
        least = LEAST if certain else PHRASE - 1
        return length >= (_LEAST_APART if apart else least)

    def _with_letters(self, folded: Folded) -> Iterator[Folded]:
        """Give the text with letters that were left out."""
        if not _MASK.search(folded.view) and not _MASKED_APART.search(folded.view):
            return
        masked = _MASKED_APART.sub(CIRCLE, _MASK.sub(lambda found: CIRCLE * len(found[0]), folded.view))
        if CIRCLE not in masked:
            return
        closed, places = _closed(masked)
        words, automaton = self._gapped
        meant: dict[tuple[int, int], list[str]] = {}
        for number, start, end in automaton.find_matches_as_indexes(closed.translate(_SOUNDS), overlapping=True):
            begin, stop = places[start], places[end - 1] + 1
            around = closed[max(start - 1, 0) : end + 1]
            if end - start == 2 and (_HONEST.search(closed[start:end]) or around.count(CIRCLE) > 1):
                continue
            own = masked[begin:stop]
            if "\n" in own or not _stands(masked, begin, stop):
                continue
            if _KANA_ONLY.fullmatch(own) and end - start - own.count(CIRCLE) < (
                2 if KATAKANA.search(own.replace(CIRCLE, "ア")) else 3
            ):
                continue
            meant[begin, stop] = words[number]
        here = Rewriting(folded)
        for turn in range(_TRIES):
            found = [(0, *place, several[turn]) for place, several in meant.items() if turn < len(several)]
            if not found:
                return
            yield here.put(_apart(found))


def _stands(view: str, begin: int, stop: int) -> bool:
    """Tell whether what is written is no part of a longer word in katakana, or long enough to be one of its own."""
    return stop - begin > LEAST or not (
        (begin and _KATAKANA_ONE.match(view[begin]) and _KATAKANA_ONE.match(view[begin - 1]))
        or (stop < len(view) and _KATAKANA_ONE.match(view[stop - 1]) and _KATAKANA_ONE.match(view[stop]))
    )


def _without_long(text: str) -> tuple[str, list[int]]:
    places: list[int] = []
    pieces: list[str] = []
    done = 0
    text = hiragana(text)
    for found in LONG.finditer(text):
        pieces.append(text[done : found.start()])
        places += range(done, found.start())
        done = found.end()
    pieces.append(text[done:])
    places += range(done, len(text))
    return "".join(pieces), places


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


def _apart(found: Iterable[tuple[int, int, int, str]]) -> list[tuple[int, int, str]]:
    """Of stretches that overlap, keep the longer ones, those without gaps first; give them in order."""
    kept: list[tuple[int, int, str]] = []
    taken: set[int] = set()
    for _, begin, stop, word in sorted(found, key=lambda one: (min(one[0], 1), one[1] - one[2], one[1])):
        if taken.isdisjoint(range(begin, stop)):
            taken.update(range(begin, stop))
            kept.append((begin, stop, word))
    return sorted(kept)

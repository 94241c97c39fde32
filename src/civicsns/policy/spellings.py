"""
Spellings 表記: the words of the rules as they may be met, in a text of which no letter is large or small kana.

Those with letters left out, and those written half in kana, are looked for in plain tables: an automaton of all of them
takes seconds to make, and a post that seems disguised is rare. What finds them is made when it is first asked for.
"""

from __future__ import annotations

import re
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

import ahocorasick_rs

from civicsns.policy.sounds import KANA, KANJI, LEAST, LONG, halves, hiragana, readings
from civicsns.text.disguises import CIRCLE
from civicsns.text.oldforms import MODERN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.sounds import Vocabulary

#: Not guessed from what is left of it: a number, a short word with what says its part in the sentence, or the end of one.
_UNGUESSED: Final = re.compile("[0-9]|^[一-鿿々].[のはがをにと]$|^[とのはがをにでもや](?:の|[一-鿿々])")
#: Where a word is written in kanji on one side and as it sounds on the other.
_EDGE: Final = re.compile("[一-鿿々][ぁ-ゖ]|[ぁ-ゖ][一-鿿々]")
_KANA_RUN: Final = re.compile("[ぁ-ゖ]+")
_COMPOUND: Final = re.compile("[一-鿿々]{2,4}")
LEAST_APART: Final = 3
_SHORT: Final = 2
#: How many letters of a word are looked for first.
_START: Final = 3

_SMALL: Final = "ぁぃぅぇぉっゃゅょゎゕゖ"
SOUNDS: Final = str.maketrans(
    {chr(point): chr(point - 0x60) for point in range(ord("ァ"), ord("ヶ") + 1)}
    | {"ヽ": "ゝ", "ヾ": "ゞ"}
    | dict(zip(_SMALL, "あいうえおつやゆよわかけ", strict=True))
    | {chr(ord(small) + 0x60): large for small, large in zip(_SMALL, "あいうえおつやゆよわかけ", strict=True)}
    | MODERN
)
SOUNDING, HALF, ITSELF = range(3)


class Form(NamedTuple):
    """
    A word as it may be met.

    Attributes:
        word: As the rules have it.
        kind: How it is met: as itself, by its sound, or half by its sound.
    """

    word: str
    kind: int


_NO_HALVES: Final[dict[tuple[int, int], dict[str, list[Form]]]] = {}
_T = TypeVar("_T")


class Once(Generic[_T]):
    """
    An attribute that is made when it is first asked for; of several threads, one makes it and the others wait.

    Args:
        make: Makes it, for one that has a lock `making`.
    """

    def __init__(self, make: Callable[[Any], _T]) -> None:
        self._make = make

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, one: Any, _owner: type | None = None) -> _T:
        # Found before this the next time.
        with one.making:
            held: dict[str, Any] = one.__dict__
            if self._name not in held:
                held[self._name] = self._make(one)
            made: _T = held[self._name]
            return made


class Lookup(Generic[_T]):
    """
    Finds pieces of two letters or more in a text.

    Args:
        known: The pieces, and what each stands for.
    """

    def __init__(self, known: Mapping[str, _T]) -> None:
        self._known = known
        starts: dict[str, list[int]] = {}
        for piece in known:
            starts.setdefault(piece[:_START], []).append(len(piece))
        # An automaton of the pieces themselves would be four times as large.
        self._lengths = [sorted(set(lengths)) for lengths in starts.values()]
        self._starts = ahocorasick_rs.AhoCorasick(list(starts), store_patterns=False)
        # No piece has one.
        self._beyond = "\n" * max(map(len, known), default=0)

    def find(self, text: str) -> list[tuple[_T, int, int]]:
        """Give what the pieces stand for that are in *text*, and where they begin and end."""
        known, lengths, padded = self._known, self._lengths, text + self._beyond
        return [
            (known[piece], start, start + length)
            for number, start, _ in self._starts.find_matches_as_indexes(text, overlapping=True)
            for length in lengths[number]
            if (piece := padded[start : start + length]) in known
        ]


class Automaton(Generic[_T]):
    """
    Finds pieces in a text; more quickly than `Lookup`, and made more slowly.

    Args:
        known: The pieces, and what each stands for.
    """

    def __init__(self, known: Mapping[str, _T]) -> None:
        self._known = list(known.values())
        self._pieces = ahocorasick_rs.AhoCorasick(list(known), store_patterns=False)

    def find(self, text: str) -> list[tuple[_T, int, int]]:
        """Give what the pieces stand for that are in *text*, and where they begin and end."""
        known = self._known
        return [
            (known[number], start, end)
            for number, start, end in self._pieces.find_matches_as_indexes(text, overlapping=True)
        ]


class Spellings:
    """
    The words of the rules as they may be met.

    Args:
        vocabulary: The words.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.making = RLock()
        self._vocabulary = vocabulary
        words = vocabulary.words
        #: The ones that more lists have before others.
        self._common = sorted(words, key=lambda word: (-words[word], word))
        # By the two letters where the halves meet: by how many letters stand before them and how many there are, what is met.
        self._halves: dict[str, dict[tuple[int, int], dict[str, list[Form]]]] = {}
        self._learnt: set[str] = set()

    @Once
    def _sounding(self) -> list[tuple[str, str]]:
        """The words that sound otherwise than they are written, and how."""
        known = readings()
        return [(word, known[word]) for word in self._common if word in known]

    @Once
    def _forms(self) -> dict[str, list[Form]]:
        """By how they are met, words as themselves, and by their sounds."""
        forms: dict[str, list[Form]] = {}
        spoken = [one for one in self._sounding if len(one[1]) >= LEAST_APART]
        for (word, _), key in zip(spoken, _translated([sound for _, sound in spoken]), strict=True):
            forms.setdefault(key, []).append(Form(word, SOUNDING))
        for word, key in zip(self._common, _translated(self._common), strict=True):
            forms.setdefault(key, []).append(Form(word, ITSELF))
        return forms

    @Once
    def _known(self) -> Automaton[list[Form]]:
        return Automaton(self._forms)

    @Once
    def _compounds(self) -> dict[str, list[tuple[str, str]]]:
        """Words of two to four kanji with their sounds, by each of their kanji."""
        found: dict[str, list[tuple[str, str]]] = {}
        for one in self._sounding:
            if _COMPOUND.fullmatch(one[0]):
                for kanji in dict.fromkeys(one[0].translate(SOUNDS)):
                    found.setdefault(kanji, []).append(one)
        return found

    def _learn(self, letters: str) -> None:
        """Learn what words with these kanji are met as that have one of two halves as it sounds, next to such a kanji."""
        with self.making:
            for kanji in set(letters) - self._learnt:
                for word, sound in self._compounds.get(kanji, ()):
                    for half in halves(word, sound):
                        key = half.translate(SOUNDS)
                        edge = _EDGE.search(key)
                        if edge and kanji in edge[0]:
                            lie = edge.start(), len(key)
                            own = self._halves.setdefault(edge[0], {}).setdefault(lie, {})
                            own.setdefault(key, []).append(Form(word, HALF))
                self._learnt.add(kanji)

    def known(self, text: str) -> list[tuple[list[Form], int, int]]:
        """Give the words that are met in *text*, of several that one may be those of more lists first, and where."""
        found = self._known.find(text)
        if not self._learnt.issuperset(text):
            self._learn(text)
        half: dict[tuple[int, int], list[Form]] = {}
        for run in _KANA_RUN.finditer(text):
            for place in (run.start() - 1, run.end() - 1):
                for (before, size), keys in self._halves.get(text[place : place + 2], _NO_HALVES).items():
                    start = place - before
                    if start >= 0 and (forms := keys.get(text[start : start + size])) is not None:
                        half[start, start + size] = forms
        if not half:
            return found
        whole = [
            ([*half.pop((start, end)), *forms] if (start, end) in half else forms, start, end)
            for forms, start, end in found
        ]
        return whole + [(forms, start, end) for (start, end), forms in half.items()]

    @Once
    def drawn(self) -> Lookup[str]:
        """Words by their sounds with every long vowel written as one."""
        return self._by_vowels("ー", LEAST)

    @Once
    def shortened(self) -> Lookup[str]:
        """Words by what is left of their sounds where long vowels are short."""
        return self._by_vowels("", LEAST_APART)

    def _by_vowels(self, long: str, least: int) -> Lookup[str]:
        known = readings()
        own: list[tuple[str, str]] = []
        kana: list[tuple[str, str]] = []
        for word in self._common:
            if KANA.fullmatch(word):
                kana.append((word, known.get(word) or hiragana(word)))
            elif word in known:
                own.append((word, known[word]))
        found: dict[str, str] = {}
        # Somebody's kana are better read as the word that they stand for than as other kana.
        those = [one for one in (*own, *kana) if len(one[1]) >= LEAST]
        keys = LONG.sub(long, "\n".join(sound for _, sound in those)).split("\n")
        # Of no words at all there is one key.
        for (word, _), key in zip(those, keys, strict=bool(those)):
            if len(key) >= least:
                found.setdefault(key, word)
        return Lookup(found)

    @Once
    def _guesses(self) -> _Guesses:
        return _Guesses(
            key for key in self._forms if not _UNGUESSED.search(key) and (len(key) > 2 or all(map(KANJI.match, key)))
        )

    def guessed(self, text: str) -> Iterator[tuple[list[str], int, int]]:
        """Give the words that may be meant in *text* where circles stand for letters, the likeliest first, and where."""
        forms, order = self._forms, self._guesses.order
        words, telling = self._vocabulary
        places: dict[tuple[int, int], list[str]] = {}
        for key, start in self._guesses.find(text):
            places.setdefault((start, start + len(key)), []).append(key)
        # Where one letter is left out again and again, the same words are.
        meant: dict[tuple[str, ...], list[str]] = {}
        for (start, end), keys in places.items():
            those = tuple(keys)
            if those not in meant:
                several = [form.word for key in sorted(set(keys), key=order.__getitem__) for form in forms[key]]
                meant[those] = sorted(several, key=lambda word: (-telling[word], -words[word]))
            yield meant[those], start, end


class _Guesses:
    """
    Finds words of which one letter is left out, or two neighbouring ones where they have four or more.

    Args:
        keys: The words.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self.order = {key: number for number, key in enumerate(keys)}
        # By letters beside the circles: before them, and behind them with one letter before, or none.
        self._before: dict[str, list[str]] = {}
        self._behind: tuple[dict[str, list[str]], ...] = ({}, {}, {}, {})
        odd: dict[str, list[str]] = {}
        for key in self.order:
            size = len(key)
            if CIRCLE in key or size == _SHORT:
                variants: Iterable[str] = with_gaps(key)
            else:
                # There is but one letter beside the circles, or on each side.
                variants = (f"{key[0]}{CIRCLE * (size - 2)}{key[-1]}",) if size < 5 else ()
                self._before.setdefault(key[:3] if size > 3 else key[:2], []).append(key)
                if size > 3:
                    self._before.setdefault(key[:2], []).append(key)
                _, second, third, fourth = self._behind
                self._behind[0].setdefault(key[1:3], []).append(key)
                if size > 3:
                    second.setdefault(key[0] + key[2:4], []).append(key)
                    third.setdefault(key[2:4], []).append(key)
                if size > 4:
                    fourth.setdefault(key[0] + key[3:5], []).append(key)
            for variant in variants:
                odd.setdefault(variant, []).append(key)
        self._odd = Lookup(odd)
        self._longest = max(map(len, self.order), default=0)

    def find(self, text: str) -> Iterator[tuple[str, int]]:
        """Give the words that may be meant, and where each begins."""
        for keys, start, _ in self._odd.find(text):
            yield from ((key, start) for key in keys)
        before = -1
        for place in [place for place, letter in enumerate(text) if letter == CIRCLE]:
            yield from self._from_beginning(text, place, before + 1)
            yield from self._from_end(text, place)
            before = place

    def _from_beginning(self, text: str, place: int, first: int) -> Iterator[tuple[str, int]]:
        """Give words of which two letters or more stand before a circle."""
        double = text[place + 1 : place + 2] == CIRCLE
        for start in range(max(first, place - self._longest), place - 1):
            keys = self._before.get(text[start : min(start + 3, place)])
            if keys is None:
                continue
            written = text[start:place]
            size = len(written)
            for key in keys:
                if len(key) > size and key.startswith(written):
                    if text.startswith(key[size + 1 :], place + 1):
                        yield key, start
                    if double and len(key) > max(size + 1, 3) and text.startswith(key[size + 2 :], place + 2):
                        yield key, start

    def _from_end(self, text: str, place: int) -> Iterator[tuple[str, int]]:
        """Give words of which at most one letter stands before a circle, and two or more behind it."""
        one, one_after, two, two_after = self._behind
        before = text[place - 1 : place]
        beside = text[place + 1 : place + 3]
        yield from ((key, place) for key in one.get(beside, ()) if text.startswith(key[1:], place + 1))
        if before:
            yield from (
                (key, place - 1) for key in one_after.get(before + beside, ()) if text.startswith(key[2:], place + 1)
            )
        if text[place + 1 : place + 2] != CIRCLE:
            return
        beside = text[place + 2 : place + 4]
        yield from ((key, place) for key in two.get(beside, ()) if text.startswith(key[2:], place + 2))
        if before:
            yield from (
                (key, place - 1) for key in two_after.get(before + beside, ()) if text.startswith(key[3:], place + 2)
            )


def with_gaps(key: str) -> Iterator[str]:
    """Give a word with a circle for each of its letters, and for two neighbouring ones where it has four or more."""
    for place in range(len(key)):
        yield key[:place] + CIRCLE + key[place + 1 :]
    for place in range(len(key) - 1 if len(key) > 3 else 0):
        yield key[:place] + CIRCLE * 2 + key[place + 2 :]


def _translated(words: Sequence[str]) -> list[str]:
    """Give words without large and small kana: all at once."""
    return "\n".join(words).translate(SOUNDS).split("\n") if words else []

"""
Spellings 表記: the words of the rules as they may be met, in a text of which no letter is large or small kana.

They are looked for by their first letters, in plain tables: an automaton of all that they may be written as takes seconds
to make, and a post that seems disguised is rare. What a table takes is made when it is first asked for.
"""

from __future__ import annotations

import re
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from civicsns.policy.sounds import KANA, KANJI, LEAST, LONG, halves, hiragana, readings
from civicsns.text.disguises import CIRCLE
from civicsns.text.oldforms import MODERN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.sounds import Vocabulary

#: Not guessed from what is left of it: a number, a short word with what says its part in the sentence, or the end of one.
_UNGUESSED: Final = re.compile("[0-9]|^[一-鿿々].[のはがをにと]$|^[とのはがをにでもや](?:の|[一-鿿々])")
_IN_KANJI: Final = re.compile("[一-鿿々]")
_COMPOUND: Final = re.compile("[一-鿿々]{2,4}")
LEAST_APART: Final = 3

_SMALL: Final = "ぁぃぅぇぉっゃゅょゎゕゖ"
SOUNDS: Final = str.maketrans(
    {chr(point): chr(point - 0x60) for point in range(ord("ァ"), ord("ヶ") + 1)}
    | {"ヽ": "ゝ", "ヾ": "ゞ"}
    | dict(zip(_SMALL, "あいうえおつやゆよわかけ", strict=True))
    | {chr(ord(small) + 0x60): large for small, large in zip(_SMALL, "あいうえおつやゆよわかけ", strict=True)}
    | MODERN
)
SOUNDING, HALF, ITSELF = range(3)
_Halves: TypeAlias = "dict[str, dict[str, list[Form]]]"


class Form(NamedTuple):
    """
    A word as it may be met.

    Attributes:
        word: As the rules have it.
        kind: How it is met: as itself, by its sound, or half by its sound.
    """

    word: str
    kind: int


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
        starts: dict[str, set[int]] = {}
        for piece in known:
            starts.setdefault(piece[:2], set()).add(len(piece))
        self._starts = starts

    def find(self, text: str) -> Iterator[tuple[_T, int, int]]:
        """Give what the pieces stand for that are in *text*, and where they begin and end."""
        known, starts = self._known, self._starts
        for start, pair in enumerate(map("".join, zip(text, text[1:], strict=False))):
            for length in starts.get(pair, ()):
                piece = text[start : start + length]
                if piece in known and len(piece) == length:
                    yield known[piece], start, start + length


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
        self._halves: dict[tuple[str, bool], _Halves] = {}

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
        for (word, _), key in zip(spoken, _translated(sound for _, sound in spoken), strict=True):
            forms.setdefault(key, []).append(Form(word, SOUNDING))
        for word, key in zip(self._common, _translated(self._common), strict=True):
            forms.setdefault(key, []).append(Form(word, ITSELF))
        return forms

    @Once
    def _known(self) -> Lookup[list[Form]]:
        return Lookup(self._forms)

    @Once
    def _compounds(self) -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[tuple[str, str]]]]:
        """Words of two to four kanji with their sounds: by their first, and by their last."""
        first: dict[str, list[tuple[str, str]]] = {}
        last: dict[str, list[tuple[str, str]]] = {}
        for word, sound in self._sounding:
            if _COMPOUND.fullmatch(word):
                first.setdefault(word[0].translate(SOUNDS), []).append((word, sound))
                last.setdefault(word[-1].translate(SOUNDS), []).append((word, sound))
        return first, last

    def _halves_of(self, kanji: str, *, last: bool) -> _Halves:
        """
        Give what words are met as that begin, or end, with a kanji and have the rest as it sounds.

        Returns:
            By that and the letter beside it.
        """
        found = self._halves.get((kanji, last))
        if found is None:
            found = {}
            for word, sound in self._compounds[last].get(kanji, ()):
                for half in halves(word, sound):
                    # Either its beginning is written in kanji or its end.
                    if (KANJI.match(half[0]) is None) is last:
                        key = half.translate(SOUNDS)
                        beside = found.setdefault(key[-2:] if last else key[:2], {})
                        beside.setdefault(key, []).append(Form(word, HALF))
            self._halves[kanji, last] = found
        return found

    def known(self, text: str) -> Iterator[tuple[list[Form], int, int]]:
        """Give the words that are met in *text*, of several that one may be those of more lists first, and where."""
        half: dict[tuple[int, int], list[Form]] = {}
        for found in _IN_KANJI.finditer(text):
            place, letter = found.start(), found[0]
            for key, forms in self._halves_of(letter, last=False).get(text[place : place + 2], {}).items():
                if text.startswith(key, place):
                    half[place, place + len(key)] = forms
            for key, forms in self._halves_of(letter, last=True).get(text[max(place - 1, 0) : place + 1], {}).items():
                if text.endswith(key, 0, place + 1):
                    half[place + 1 - len(key), place + 1] = forms
        for forms, start, end in self._known.find(text):
            yield ([*half.pop((start, end)), *forms] if (start, end) in half else forms), start, end
        for (start, end), forms in half.items():
            yield forms, start, end

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
        for (word, _), key in zip(those, LONG.sub(long, "\n".join(sound for _, sound in those)).split("\n"), strict=True):
            if len(key) >= least:
                found.setdefault(key, word)
        return Lookup(found)

    @Once
    def _guesses(self) -> _Guesses:
        return _Guesses(
            key
            for key in self._forms
            if not _UNGUESSED.search(key) and (len(key) > 2 or all(map(KANJI.match, key)))
        )

    def guessed(self, text: str) -> Iterator[tuple[list[str], int, int]]:
        """Give the words that may be meant in *text* where circles stand for letters, the likeliest first, and where."""
        forms, order = self._forms, self._guesses.order
        words, telling = self._vocabulary
        places: dict[tuple[int, int], list[str]] = {}
        for key, start in self._guesses.find(text):
            places.setdefault((start, start + len(key)), []).append(key)
        for (start, end), keys in places.items():
            several = [form.word for key in sorted(set(keys), key=order.__getitem__) for form in forms[key]]
            yield sorted(several, key=lambda word: (-telling[word], -words[word])), start, end


class _Guesses:
    """
    Finds words of which one letter is left out, or two neighbouring ones where they have four or more.

    Args:
        keys: The words.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self.order = {key: number for number, key in enumerate(keys)}
        self._starts: dict[str, list[str]] = {}
        self._ends: dict[str, list[str]] = {}
        odd: dict[str, list[str]] = {}
        for key in self.order:
            if CIRCLE in key:
                for variant in with_gaps(key):
                    odd.setdefault(variant, []).append(key)
                continue
            if len(key) > 2:
                self._starts.setdefault(key[:2], []).append(key)
                self._ends.setdefault(key[-2:], []).append(key)
            if len(key) == 2:
                short: Iterable[str] = with_gaps(key)
            elif len(key) == 3:
                short = (f"{key[0]}{CIRCLE}{key[2]}",)
            elif len(key) == 4:
                short = (f"{key[0]}{CIRCLE * 2}{key[3]}",)
            else:
                short = ()
            # What is left beside the circles is but a letter.
            for variant in short:
                odd.setdefault(variant, []).append(key)
        self._odd = Lookup(odd)
        self._longest = max(map(len, self.order), default=0)

    def find(self, text: str) -> Iterator[tuple[str, int]]:
        """Give the words that may be meant, and where each begins."""
        for keys, start, _ in self._odd.find(text):
            yield from ((key, start) for key in keys)
        circles = [place for place, letter in enumerate(text) if letter == CIRCLE]
        before = -1
        for place in circles:
            yield from self._from_beginning(text, place, before + 1)
            yield from self._from_end(text, place)
            before = place

    def _from_beginning(self, text: str, place: int, first: int) -> Iterator[tuple[str, int]]:
        """Give words of which two letters or more stand before a circle."""
        double = text[place + 1 : place + 2] == CIRCLE
        for start in range(max(first, place - self._longest), place - 1):
            written = text[start:place]
            size = len(written)
            for key in self._starts.get(written[:2], ()):
                if len(key) > size and key.startswith(written):
                    if text.startswith(key[size + 1 :], place + 1):
                        yield key, start
                    if double and len(key) > max(size + 1, 3) and text.startswith(key[size + 2 :], place + 2):
                        yield key, start

    def _from_end(self, text: str, place: int) -> Iterator[tuple[str, int]]:
        """Give words of which at most one letter stands before a circle, and two or more behind it."""
        for behind in (place + 1, place + 2) if text[place + 1 : place + 2] == CIRCLE else (place + 1,):
            left_out = behind - place
            next_one = text.find(CIRCLE, behind)
            limit = min(next_one if next_one >= 0 else len(text), behind + self._longest)
            for end in range(behind + 2, limit + 1):
                written = text[behind:end]
                for key in self._ends.get(written[-2:], ()):
                    start = end - len(key)
                    if place - 1 <= start <= place and start >= 0 and len(key) > left_out + 1 and key.endswith(written):
                        if left_out == 2 and len(key) <= 3:
                            continue
                        if start == place or key[0] == text[start]:
                            yield key, start


def with_gaps(key: str) -> Iterator[str]:
    """Give a word with a circle for each of its letters, and for two neighbouring ones where it has four or more."""
    for place in range(len(key)):
        yield key[:place] + CIRCLE + key[place + 1 :]
    for place in range(len(key) - 1 if len(key) > 3 else 0):
        yield key[:place] + CIRCLE * 2 + key[place + 2 :]


def _translated(words: Iterable[str]) -> list[str]:
    return "\n".join(words).translate(SOUNDS).split("\n")

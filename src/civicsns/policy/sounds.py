"""
Sounds 読み: how the words of the rules sound, and what in a text tells that one may be written as it sounds.

The table of readings lies beside the packs; `tools/make_readings.py` makes it from a dictionary.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from civicsns.text.disguises import likenesses
from civicsns.text.oldforms import MODERN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Detector

KANJI: Final = re.compile("[一-鿿々]")
_CORES: Final = re.compile("[一-鿿々]{2,}|[ァ-ヺー]{3,}")
_WORD: Final = re.compile(r"[^\W_]{3,}|[ぁ-ゖァ-ヺー]{2}")
KANA: Final = re.compile("[ぁ-ゖァ-ヺー]+")
KATAKANA: Final = re.compile("[ァ-ヺー]{2,}")
_LITERAL: Final = re.compile("[一-鿿々]{2,}")
#: Old forms that people's names have.
_OF_NAMES: Final = "龍澤邊齋齊廣眞惠榮壽遙來藝與彌禮靜瀧濱巖應豐寶條淺嶽螢"
#: How long a word must be in kana to be known by its sound; and where each letter of it stands alone.
LEAST: Final = 4
#: A whole phrase is known by its sound from here on.
PHRASE: Final = 6
_TO_KATAKANA: Final = {point: point + 0x60 for point in range(ord("ぁ"), ord("ゖ") + 1)}
#: What a kanji of a compound sounds like: one syllable, and little after it.
_SOUND: Final = "[ぁ-ゔ][ゃゅょ]?[いうくきつちんっ]?"
_FOUR_SOUNDS: Final = re.compile(f"(?=((?:{_SOUND}){{2}})((?:{_SOUND}){{2}})$)")
_TWO_SOUNDS: Final = re.compile(f"(?=({_SOUND})({_SOUND})$)")
LONG: Final = re.compile(
    "ー|(?<=[おこそとのほもよろごぞどぼぽょ])[うお]|(?<=[うくすつぬふむゆるぐずづぶぷゅ])う"
    "|(?<=[えけせてねへめれげぜでべぺ])[いえ]|(?<=[いきしちにひみりぎじぢびぴ])い|(?<=[あかさたなはまやらわがざだばぱゃ])[あぁ]"
)


@cache
def _table() -> tuple[str, str]:
    """Give what tells that a word stands in a text as it sounds, and the readings."""
    text = (files("civicsns.policy") / "packs" / "readings.txt").read_text(encoding="utf-8")
    _, wired, read = text.split("\n\n", 2)
    return wired, read


@cache
def sounding() -> frozenset[str]:
    """Give what stands in a folded text that has words of the packs that come with civicsns, written as they sound."""
    return frozenset(_table()[0].split())


@cache
def stems() -> Mapping[str, str]:
    """
    Give pieces of `sounding`: each of those holds one, and they are a quarter as many.

    Returns:
        For each piece, how those that hold it lie around it, for `sounds_at`.
    """
    kept = (files("civicsns.policy") / "packs" / "stems.txt").read_text(encoding="utf-8")
    own = kept.split("\n\n", 1)[1].split()
    return dict(zip(own[::2], own[1::2], strict=True))


@cache
def _around(lie: str) -> tuple[tuple[int, int], ...]:
    # Numbers are written as one character each, from 0 on.
    numbers = [ord(one) - ord("0") for one in lie]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def sounds_at(view: str, start: int, lie: str) -> list[tuple[int, int]]:
    """
    Give where what `sounding` gives stands around a piece of it.

    Args:
        view: A folded text.
        start: Where the piece begins in it.
        lie: How those that hold it lie around it.
    """
    known = sounding()
    return [
        (start - before, start - before + length)
        for before, length in _around(lie)
        if start >= before and view[start - before : start - before + length] in known
    ]


def sounding_in(view: str, met: Iterable[str]) -> list[tuple[int, int]]:
    """Give where words may stand in a text as they sound, by the pieces of such words that were met."""
    known, found = stems(), dict[tuple[int, int], None]()
    for piece in set(filter(known.__contains__, met)):
        start = view.find(piece)
        while start >= 0:
            found.update(dict.fromkeys(sounds_at(view, start, known[piece])))
            start = view.find(piece, start + 1)
    return sorted(found)


@cache
def readings() -> Mapping[str, str]:
    """Give how the words of the packs that come with civicsns sound."""
    return dict(line.split(" ", 1) for line in _table()[1].splitlines())


@cache
def meant() -> Mapping[str, Sequence[str]]:
    """Give the words of the packs that come with civicsns by how they sound."""
    found: dict[str, list[str]] = {}
    for word, sound in readings().items():
        found.setdefault(sound, []).append(word)
    return found


class Vocabulary(NamedTuple):
    """
    Words that may be disguised, each with how many lists have it.

    Attributes:
        words: All of them.
        telling: Without what speaks against a finding.
    """

    words: Counter[str]
    telling: Counter[str]


def vocabulary(detectors: Sequence[Detector]) -> Vocabulary:
    """Give the words of detectors."""
    return Vocabulary(words_of(detectors), words_of(detectors, telling=True))


def words_of(detectors: Iterable[Detector], *, telling: bool = False) -> Counter[str]:
    """
    Give the words of detectors that may be disguised, and how many lists have them.

    Args:
        detectors: They have the words.
        telling: Leave out what speaks against a finding.
    """
    found: Counter[str] = Counter()
    for detector in detectors:
        against: set[int] = set()
        if telling:
            unless = getattr(detector, "unless", None)
            against = {*getattr(detector, "innocent", ()), *((unless.none, unless.overrides) if unless else ())}
        for number, slot in enumerate(detector.slots):
            for term in slot if number not in against else ():
                found.update({*_CORES.findall(term), *([term] if _WORD.fullmatch(term) else ())})
        found.update(set(_LITERAL.findall(getattr(detector, "written", ""))))
    return found


def wires(words: Iterable[str], sounds: Mapping[str, str]) -> Iterator[str]:
    """
    Give what stands in a folded text that has one of some words, disguised.

    Args:
        words: The words.
        sounds: How those with kanji in them sound.
    """
    yield from sorted(MODERN.keys() - set(_OF_NAMES))
    yield from map("".join, product("一二三四五六七八九十百壱弐", "億万"))
    yield from "壱弐伍"
    yield from map("".join, product(map(chr, range(ord("ぁ"), ord("ゖ"))), "ー~"))
    yield from map("".join, product(map(chr, range(ord("ァ"), ord("ヺ"))), "~"))
    for word in words:
        sound = sounds.get(word)
        if sound is None:
            if KATAKANA.fullmatch(word):
                yield from _looking(word)
            continue
        compound = len(KANJI.findall(word)) == len(word)
        if len(sound) >= (LEAST if compound else PHRASE):
            yield sound
        if not compound:
            continue
        if len(sound) >= LEAST:
            yield sound.translate(_TO_KATAKANA)
            if (drawn := LONG.sub("ー", sound)) != sound:
                yield drawn.translate(_TO_KATAKANA)
        if len(word) == 2:
            for half in halves(word, sound):
                if len(half) > 2:
                    yield half
                    yield half.translate(_TO_KATAKANA)


def _looking(word: str) -> Iterator[str]:
    """Give where a katakana of a word may have been replaced by a kanji that looks like it: that, and a letter beside it."""
    for place, letter in enumerate(word):
        for like in likenesses(letter):
            if KANJI.match(like):
                yield word[place - 1] + like if place else like + word[1]


def hiragana(word: str) -> str:
    """Write the katakana of a word as hiragana."""
    return "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in word)


def halves(word: str, sound: str) -> Iterator[str]:
    """Give a word of kanji with the first or the last of them written as it sounds."""
    if len(word) == 2:
        for found in _TWO_SOUNDS.finditer(sound):
            yield word[0] + found[2]
            yield found[1] + word[1]
        return
    for found in re.finditer(f"(?=({_SOUND})((?:{_SOUND}){{{len(word) - 2}}})({_SOUND})$)", sound):
        yield word[:-1] + found[3]
        yield found[1] + word[1:]
    if len(word) == 4:
        for found in _FOUR_SOUNDS.finditer(sound):
            yield word[:2] + found[2]
            yield found[1] + word[2:]

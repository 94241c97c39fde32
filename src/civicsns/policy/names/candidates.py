"""
Stretches of words that could be a person's name, each with the shape that it has.

Whether it is one, `evidence` decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from civicsns.policy.names.words import (
    CALLINGS,
    HONORIFICS,
    NAME_ENDS,
    NO_GIVEN,
    ORGANISATIONS,
    PLACES,
    PRIVATE_CALLINGS,
    SHORT_SURNAMES,
    THING_ENDS,
    THINGS,
    TITLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from civicsns.policy.names.reading import Words


class Candidate(NamedTuple):
    """
    A stretch of words that could be a name.

    Attributes:
        first: Its first word.
        after: The word after its last.
        group: What sort of name: `full` surname and given name, `guess` surname and what could be a given name,
            `bare` one of them, `foreign` katakana in two parts or more, `kana` one part in katakana.
        shape: The finer shape, which has a weight of its own.
    """

    first: int
    after: int
    group: str
    shape: str


_Found = tuple[int, str, str]

#: What joins the parts of a foreign name.
JOINTS = frozenset("・=＝゠")

_NO_GIVEN_NOUN = TITLES | ORGANISATIONS | PLACES | HONORIFICS
_NO_SURNAME = _NO_GIVEN_NOUN | CALLINGS | PRIVATE_CALLINGS
_GIVEN_ENDS = frozenset("子美郎夫男雄代江香恵奈乃也人介助之紀吉平一二三太樹輝斗")


def candidates(words: Words, surnames: AbstractSet[str]) -> Iterator[Candidate]:
    """Give the stretches that could be names, in order; none overlaps another."""
    texts, kinds = words.texts, words.kinds
    place, count = 0, len(texts) - 1
    while place < count:
        kind = kinds[place]
        found = None
        if kind in "SGPLXnofhj":
            text = texts[place]
            if is_kanji(text):
                found = _japanese(words, place, surnames)
            elif is_katakana(text) or (kinds[place + 1] == "y" and _initial(words, place)):
                found = _foreign(words, place)
            elif kind in "GPS":
                found = _kana(words, place)
        if found is None:
            place += 1
        else:
            yield Candidate(place, *found)
            place = found[0]


def is_kanji(text: str) -> bool:
    """Whether a word is written in kanji; ヶ and ノ count inside, as in 四ヶ所 and 一ノ瀬."""
    return bool(text) and "一" <= text[0] <= "鿿" and ("一" <= text[-1] <= "鿿" or text[-1] in "々〆")


def is_katakana(text: str) -> bool:
    """Whether a word is written in katakana."""
    return bool(text) and "ァ" <= text[0] <= "ー" and "ァ" <= text[-1] <= "ー" and text[0] != "・"


def is_hiragana(text: str) -> bool:
    """Whether a word is written in hiragana."""
    return bool(text) and "ぁ" <= text[0] <= "ゖ" and ("ぁ" <= text[-1] <= "ゖ" or text[-1] == "ー")


def _foreign(words: Words, first: int) -> _Found:
    texts, kinds = words.texts, words.kinds
    # The dictionary has some names of several parts as one word.
    after, parts, mine = first + 1, 1 + texts[first].count("・"), "" if texts[first].isascii() else kinds[first]
    while True:
        text = texts[after]
        if text in JOINTS and _part(texts[after + 1]):
            mine += "" if texts[after + 1].isascii() else kinds[after + 1]
            after, parts = after + 2, parts + 1
        elif kinds[after] == "s" and mine and _given_in_katakana(words, after + 1, mine[-1]):
            return after + 2, "full", "kana"
        elif is_katakana(text) and kinds[after] != "p":
            mine += kinds[after]
            after += 1
        else:
            break
    if kinds[after] == "u" and texts[after + 1] == "世":
        after += 2
    elif mine == "P" and kinds[after] in "SG" and is_kanji(texts[after]):
        return after + 1, "full", "stage"
    known = _known(mine, texts[after - 1])
    if parts == 1 and texts[first] in THINGS:
        return after, "kana", "thing"
    if parts == 1:
        length = words.starts[after] - words.starts[first]
        return after, "kana", f"kana {known}" + ("" if length > 3 else str(length)) + ("" if len(mine) == 1 else "+")
    if any(text in ORGANISATIONS or text in PLACES for text in texts[first:after]):
        known = "organisation"
    elif mine[0] in "PGS":
        known = known.replace("some", "first")
    return after, "foreign", known


def _known(kinds: str, last: str) -> str:
    """Say how much of a name in katakana the dictionary knows as a person's, and what else it knows of it."""
    persons = sum(kind in "PGS" for kind in kinds)
    known = "all" if persons == len(kinds) else "some" if persons else "none"
    if "n" in kinds:
        known += "+n"
    if "L" in kinds or "X" in kinds:
        known += "+L"
    if not persons and kinds[-1] == "o":
        known += " name-like" if last.endswith(NAME_ENDS) else " thing-like" if last.endswith(THING_ENDS) else ""
    return known


def _part(text: str) -> bool:
    return is_katakana(text) or (len(text) == 1 and text.isalpha() and text.isascii())


def _initial(words: Words, place: int) -> bool:
    """Whether an initial begins a foreign name there: H・R・ギーガー."""
    texts = words.texts
    return (
        len(texts[place]) == 1
        and texts[place].isascii()
        and texts[place + 1] in JOINTS
        and (is_katakana(texts[place + 2]) or _initial(words, place + 2))
    )


def _given_in_katakana(words: Words, place: int, surname: str) -> bool:
    """Whether a surname in katakana is followed by a given name in katakana: ヤマダ ハナコ."""
    return surname in "SGP" and words.kinds[place] in "GSP" and is_katakana(words.texts[place])


def _kana(words: Words, first: int) -> _Found | None:
    texts, kinds = words.texts, words.kinds
    if kinds[first] == "S":
        after = first + (2 if kinds[first + 1] == "s" else 1)
        if kinds[after] == "G":
            return after + 1, "full", "kana"
    if len(texts[first]) == 1 or texts[first].isascii():
        return None
    return first + 1, "bare", "w" + kinds[first]


def _japanese(words: Words, first: int, surnames: AbstractSet[str]) -> _Found | None:
    text, kind = words.texts[first], words.kinds[first]
    known = kind == "S" or text in surnames
    if known or (kind == "L" and len(text) <= 3):
        found = _after_surname(words, first + 1)
        if found is not None:
            after, given = found
            if not known:
                return after, ("guess" if given != "G" else "full"), "place" + given
            if given == "T" and kind != "S":
                given = "U"
            return after, ("full" if given in "GTH" else "guess"), "name" + given
        if not known:
            return None
        if kind == "S" and len(text) == 1:
            return first + 1, "bare", "S1"
        return first + 1, "bare", kind if kind in "SLXGP" else "n"
    if kind == "P" and len(text) > 3:
        return first + 1, "full", "whole"
    if kind in "GP":
        return first + 1, "bare", kind + ("1" if len(text) == 1 else "")
    if text in SHORT_SURNAMES and (found := _short_surname(words, first)) is not None:
        return found
    return _unknown_surname(words, first) if "G" in words.kinds[first + 1 : first + 4] else None


def _after_surname(words: Words, start: int) -> tuple[int, str] | None:
    """Find what could be the given name from *start* on: where it ends, and how sure the dictionary is of it."""
    texts, kinds = words.texts, words.kinds
    if kinds[start] == "s":
        return (start + 2, "G") if kinds[start + 1] == "G" and not texts[start + 1].isascii() else None
    place, length, mine = start, 0, ""
    while length < 3 and is_kanji(text := texts[place]):
        kind = kinds[place]
        if kind in "nX" and not length and len(text) == 2 and text not in _NO_GIVEN_NOUN:
            return None if is_kanji(texts[place + 1]) else (place + 1, "n")
        if not _goes_on(words, place, mine, length):
            break
        length += len(text)
        mine += kind
        place += 1
    if length:
        shape = "G" if "G" in mine else "P" if "P" in mine else "S" if "S" in mine else "U"
        return place, shape + ("1" if length == 1 and shape != "G" else "")
    text, kind = texts[start], kinds[start]
    if 2 <= len(text) <= 6 and kind in "oGPS" and is_katakana(text):
        return start + 1, "T"
    if len(text) > 1 and kind in "GP" and not text.isascii():
        return start + 1, "H"
    return None


def _goes_on(words: Words, place: int, kinds: str, length: int) -> bool:
    """Whether the word at *place* is a part of the given name of which there are *length* characters of *kinds*."""
    text, kind = words.texts[place], words.kinds[place]
    if kind == "G" or (kind in "PS" and not length):
        return True
    if len(text) > 1:
        return kind == "o" and len(text) <= 3
    if "G" in kinds:
        # 美佐 + 紀, 静 + 児: a given name that the dictionary has only the beginning of.
        following = words.texts[place + 1]
        if (length > 1 and text not in _GIVEN_ENDS) or (is_kanji(following) and following not in TITLES):
            return False
        return text not in NO_GIVEN and text not in _NO_GIVEN_NOUN
    return words.kinds[place + 1] == "G" or not (kind == "h" or text in NO_GIVEN or text in _NO_GIVEN_NOUN)


def _short_surname(words: Words, first: int) -> _Found | None:
    """Find a name of three characters of which the dictionary knows nothing: 馬 + 建 + 常."""
    texts, kinds = words.texts, words.kinds
    if first and is_kanji(texts[first - 1]):
        return None
    place, length = first + 1, 0
    while length < 3 and is_kanji(texts[place]) and (len(texts[place]) == 1 or kinds[place] == "o"):
        length += len(texts[place])
        place += 1
    if length != 2 or (is_kanji(texts[place]) and texts[place] not in TITLES):
        return None
    return place, "guess", "short"


def _unknown_surname(words: Words, first: int) -> _Found | None:
    """Find a given name that stands after one to three kanji at the beginning of a run of kanji: 則巻 + 千兵衛."""
    texts, kinds = words.texts, words.kinds
    if kinds[first] not in "nfoXhj" or (first and is_kanji(texts[first - 1]) and texts[first - 1] not in TITLES):
        return None
    place, length = first, 0
    while kinds[place] in "nfoXhj" and is_kanji(texts[place]) and len(texts[place]) < 3:
        length += len(texts[place])
        place += 1
    if length > 3 or (place == first + 1 and texts[first] in _NO_SURNAME):
        return None
    shape = "unknown noun" if place == first + 1 and length > 1 and kinds[first] == "n" else "unknown"
    if kinds[place] == "S" and len(texts[place]) == 1 and length < 3:
        # 田 + 神 + 悠宇: the dictionary took the end of the surname for one.
        place += 1
    if kinds[place] != "G" or not is_kanji(texts[place]):
        return None
    while kinds[place + 1] == "G" and is_kanji(texts[place + 1]):
        place += 1
    return place + 1, "full", shape + ("1" if len(texts[place]) == 1 else "")

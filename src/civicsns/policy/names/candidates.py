"""
Stretches of words that could be a person's name, each with the shape that it has.

Whether it is one, `evidence` decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from civicsns.policy.names.words import NO_GIVEN, ORGANISATIONS, PLACES, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from civicsns.policy.names.reading import Word


class Candidate(NamedTuple):
    """
    A stretch of words that could be a name.

    Attributes:
        first: Its first word.
        after: The word after its last.
        start: Its first character.
        end: One past its last.
        group: What sort of name: `full` surname and given name, `guess` surname and what could be a given name,
            `bare` one of them, `foreign` katakana in two parts or more, `kana` one part in katakana, `latin`.
        shape: The finer shape, which has a weight of its own.
    """

    first: int
    after: int
    start: int
    end: int
    group: str
    shape: str


def candidates(words: Sequence[Word], surnames: AbstractSet[str]) -> Iterator[Candidate]:
    """Give the stretches that could be names, in order; none overlaps another."""
    place, count = 0, len(words)
    while place < count:
        word = words[place]
        found = None
        if is_katakana(word.text) or _initial(words, place):
            found = _foreign(words, place)
        elif is_kanji(word.text):
            found = _japanese(words, place, surnames)
        elif word.kind in "GPS":
            found = _kana(words, place)
        if found is None:
            place += 1
            continue
        after, group, shape = found
        yield Candidate(place, after, word.start, words[after - 1].end, group, shape)
        place = after


_Found = tuple[int, str, str]

#: What joins the parts of a foreign name.
JOINTS = frozenset("・=＝゠")


def is_kanji(text: str) -> bool:
    """Whether it is written in kanji only; ヶ and ノ count inside, as in 四ヶ所 and 一ノ瀬."""
    return "一" <= text[0] <= "鿿" and all("一" <= character <= "鿿" or character in "々〆ヶケノ" for character in text)


def is_katakana(text: str) -> bool:
    """Whether it is written in katakana only."""
    return all("ァ" <= character <= "ヺ" or character == "ー" for character in text)


def is_hiragana(text: str) -> bool:
    """Whether it is written in hiragana only."""
    return all("ぁ" <= character <= "ゖ" or character == "ー" for character in text)


def _foreign(words: Sequence[Word], first: int) -> _Found | None:
    count, after, parts = len(words), first + 1, 1
    kinds = [words[first].kind]
    while after < count:
        word = words[after]
        if word.text in JOINTS and after + 1 < count and _part(words[after + 1].text):
            kinds.append(words[after + 1].kind)
            after, parts = after + 2, parts + 1
        elif word.kind == "s" and after + 1 < count and _in_katakana(kinds[-1], words[after + 1]):
            return after + 2, "full", "kana"
        elif is_katakana(word.text) and word.kind != "p":
            kinds.append(word.kind)
            after += 1
        else:
            break
    if after + 1 < count and words[after].kind == "u" and words[after + 1].text == "世":
        after += 2
    elif parts == 1 and kinds == ["P"] and after < count and words[after].kind == "S" and is_kanji(words[after].text):
        return after + 1, "full", "stage"
    persons = sum(kind in "PGS" for kind in kinds)
    known = "all" if persons == len(kinds) else "some" if persons else "none"
    if "n" in kinds:
        known += "+n"
    if "L" in kinds or "X" in kinds:
        known += "+L"
    ends = words[after - 1].text
    if not persons and kinds[-1] == "o":
        known += " name-like" if ends.endswith(_NAME_ENDS) else " thing-like" if ends.endswith(_THING_ENDS) else ""
    if parts == 1:
        length = sum(len(word.text) for word in words[first:after])
        return after, "kana", f"kana {known}" + ("" if length > 3 else str(length)) + ("" if len(kinds) == 1 else "+")
    if any(word.text in ORGANISATIONS or word.text in PLACES for word in words[first:after]):
        known = "organisation"
    elif kinds[0] in "PGS":
        known = known.replace("some", "first")
    return after, "foreign", known


#: What foreign surnames end in, and what names of places, teams and firms end in.
_NAME_ENDS = (
    "ソン",
    "セン",
    "スキー",
    "ッチ",
    "マン",
    "シュタイン",
    "バーグ",
    "フ",
    "スキ",
    "ーニ",
    "ンコ",
    "ョ",
    "ラー",
    "ナー",
    "ウス",
)
_THING_ENDS = (
    "ランド",
    "ブルク",
    "ベルク",
    "トン",
    "シティ",
    "ーズ",
    "ズ",
    "ング",
    "ッツ",
    "ション",
    "イト",
    "ール",
    "ート",
    "アム",
    "ィア",
)


def _part(text: str) -> bool:
    return is_katakana(text) or (len(text) == 1 and text.isalpha() and text.isascii())


def _initial(words: Sequence[Word], place: int) -> bool:
    """Whether an initial begins a foreign name there: H・R・ギーガー."""
    return (
        len(words[place].text) == 1
        and words[place].text.isascii()
        and words[place].text.isalpha()
        and place + 2 < len(words)
        and words[place + 1].text in JOINTS
        and (is_katakana(words[place + 2].text) or _initial(words, place + 2))
    )


def _in_katakana(kind: str, given: Word) -> bool:
    """Whether a surname in katakana is followed by a given name in katakana: ヤマダ ハナコ."""
    return kind in "SGP" and given.kind in "GSP" and is_katakana(given.text)


def _kana(words: Sequence[Word], first: int) -> _Found | None:
    word = words[first]
    after = first + 1
    if word.kind == "S" and after < len(words):
        if words[after].kind == "s":
            after += 1
        if after < len(words) and words[after].kind == "G":
            return after + 1, "full", "kana"
    if len(word.text) == 1 or word.text.isascii():
        return None
    return first + 1, "bare", "w" + word.kind


def _japanese(words: Sequence[Word], first: int, surnames: AbstractSet[str]) -> _Found | None:
    word = words[first]
    kind = word.kind
    if kind == "S" or word.text in surnames or (kind == "L" and len(word.text) <= 3):
        found = _after_surname(words, first + 1)
        known = kind == "S" or word.text in surnames
        if found is not None:
            after, given = found
            if not known:
                return after, ("guess" if given != "G" else "full"), "place" + given
            return after, ("full" if given in "GTH" else "guess"), "name" + given
        if not known:
            return None
        if kind == "S" and len(word.text) == 1:
            return first + 1, "bare", "S1"
        return first + 1, "bare", kind if kind in "SLXGP" else "n"
    if kind in "GP":
        return first + 1, "bare", kind + ("1" if len(word.text) == 1 else "")
    return _unknown_surname(words, first)


def _after_surname(words: Sequence[Word], place: int) -> tuple[int, str] | None:
    """Find what could be the given name from *place* on: where it ends, and how sure the dictionary is of it."""
    count = len(words)
    if place < count and words[place].kind == "s":
        if place + 1 < count and words[place + 1].kind == "G" and not words[place + 1].text.isascii():
            return place + 2, "G"
        return None
    length, kinds, start = 0, "", place
    while place < count and length < 3:
        text, kind = words[place].text, words[place].kind
        if not is_kanji(text):
            break
        if kind == "G" or (kind in "PS" and not length):
            pass
        elif len(text) == 1:
            following = words[place + 1] if place + 1 < count else None
            inside = following is not None and is_kanji(following.text)
            if "G" in kinds:
                # 美佐 + 紀, 静 + 児: a given name that the dictionary has only the beginning of.
                if (length > 1 and text not in _GIVEN_ENDS) or (
                    inside and following is not None and following.text not in TITLES
                ):
                    break
                if text in NO_GIVEN or text in _NO_GIVEN_NOUN:
                    break
            elif (following is None or following.kind != "G") and (
                text in NO_GIVEN or kind == "h" or text in _NO_GIVEN_NOUN
            ):
                break
        elif kind == "o" and len(text) <= 3:
            pass
        elif kind in "nX" and not length and len(text) == 2 and text not in _NO_GIVEN_NOUN:
            return (place + 1, "n") if place + 1 >= count or not is_kanji(words[place + 1].text) else None
        else:
            break
        length += len(text)
        kinds += kind
        place += 1
    if length:
        shape = "G" if "G" in kinds else "P" if "P" in kinds else "S" if "S" in kinds else "U"
        return place, shape + ("1" if length == 1 and shape != "G" else "")
    if start < count:
        text, kind = words[start].text, words[start].kind
        if 2 <= len(text) <= 6 and is_katakana(text) and kind in "oGPS":
            return start + 1, "T"
        if 2 <= len(text) <= 4 and kind in "GP" and is_hiragana(text):
            return start + 1, "H"
    return None


_GIVEN_ENDS = frozenset("子美郎夫男雄代江香恵奈乃也人介助之紀吉平一二三太樹輝斗")
_NO_GIVEN_NOUN = TITLES | ORGANISATIONS | PLACES


def _unknown_surname(words: Sequence[Word], first: int) -> _Found | None:
    """Find a given name that stands after one to three kanji at the beginning of a run of kanji: 則巻 + 千兵衛."""
    if words[first].kind not in "nfoXhj" or (first and is_kanji(words[first - 1].text)):
        before = words[first - 1].text if first else ""
        if before not in TITLES or words[first].kind not in "nfoXhj":
            return None
    count, place, length = len(words), first, 0
    while place < count and length <= 3:
        word = words[place]
        if word.kind in "GS" and is_kanji(word.text) and length:
            if word.kind == "S" and not (
                len(word.text) == 1 and place + 1 < count and words[place + 1].kind == "G" and length == 1
            ):
                return None
            if length > 3 or (place == first + 1 and length > 1 and words[first].kind == "n"):
                return None
            if word.kind == "S":
                place += 1
            while place + 1 < count and words[place + 1].kind == "G" and is_kanji(words[place + 1].text):
                place += 1
            return place + 1, "full", "unknown" + ("1" if len(words[place].text) == 1 else "")
        if not is_kanji(word.text) or word.kind not in "nfoXhjv" or len(word.text) > 2:
            return None
        length += len(word.text)
        place += 1
    return None

"""
Where to look: the short stretches of a text in which a person's name may stand.

One automaton knows surnames, names in katakana and honorifics. Only around these is the dictionary asked, for it takes
about a microsecond a character.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from threading import Lock
from typing import TYPE_CHECKING

import ahocorasick_rs
import attrs

from civicsns.policy.names.words import EVERYDAY_ENDS, ORGANISATIONS, PLACES, SHORT_SURNAMES, TITLES

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

#: Honorifics and titles before which there is a name, whatever it is; others stand beside names that are known.
CALLED = (
    *(
        "さん",
        "さま",
        "様",
        "氏",
        "くん",
        "君",
        "ちゃん",
        "殿",
        "先生",
        "選手",
        "監督",
        "容疑者",
        "被告",
        "教授",
        "医師",
    ),
    *(
        "夫妻",
        "兄弟",
        "議員",
        "社長",
        "博士",
        "弁護士",
        "大統領",
        "首相",
        "王子",
        "王女",
        "大佐",
        "中佐",
        "少佐",
        "少将",
    ),
)

#: How far to look around, in characters: for what stands before a name and after it.
BEFORE, AFTER = 4, 3
#: How long a name gets.
NAME = 12
#: How many kanji in one run are looked at; a run that is longer is no name with a title.
RUN = 9
#: Windows that are nearer than this are read at once.
GAP = 3

#: What no name reaches across.
_STOPS = frozenset("。!?\n\t")

#: What stands after a name that has only one part, and after no place: 田中は, but 水島で.
_AFTER_ONE = frozenset("はがものをにとやらへ、。「(（・ さくち") | {""}

#: What stands after a foreign name that is in no table.
_AFTER_STRANGER = frozenset("はがもとらや")

#: Characters before an honorific that make it a word of another kind: 皆さん, お客様, 仕様, 彼氏.
_NO_NAME_BEFORE = frozenset("皆客仕模同多異有一両各神王仏彼お母父兄姉奥嫁娘子者達方屋諸別何様")

#: Words that only end like an honorific after a name.
_NO_CALL = ("たくさん", "赤ちゃん")

#: Last characters of the words that say what somebody is.
_OFFICES = frozenset("長員授督手師事士相臣将佐尉王任査幹者官席記領")

_PLACES_OR_ORGANISATIONS = PLACES | ORGANISATIONS

#: Words in katakana, with the dots between the parts of a foreign name.
KATAKANA = re.compile("[ァ-ー][ァ-ー]{2,}+")
_DOT = re.compile("・+")
#: What else stands after a surname, which a given name in kana may follow: 鈴木です, 田中たち, 井上ヨシマサ, 藤田あかり.
_AFTER_SURNAME = re.compile(
    "です|だ[。と]|から|たち|である|[ァ-ヺー]{2,5}+(?!・)|[あいうえおきくけさすせちつひふまみめゆり][ぁ-ん]"
)
#: Kanji, katakana and hiragana; whatever else is of one kind, too.
_SCRIPTS = (
    dict.fromkeys(map(chr, range(ord("ァ"), ord("ー") + 1)), "T")
    | dict.fromkeys(map(chr, range(ord("ぁ"), ord("ゖ") + 1)), "H")
    | dict.fromkeys(map(chr, range(ord("一"), ord("鿿") + 1)), "K")
    | dict.fromkeys("々ヶ", "K")
)
_KANJI = re.compile(f"[一-鿿々]{{1,{RUN}}}+")


@attrs.frozen
class Tables:
    """
    The names that are known by heart.

    Attributes:
        surnames: Surnames in kanji of two characters and more.
        given: Given names in kanji of two characters and more.
        katakana: Names of persons in katakana of three characters and more.
        automaton: Finds surnames and given names in kanji, `SHORT_SURNAMES` and `CALLED`, in this order.
        firsts: The numbers of the first pattern that is a noun too, a given name, one of `SHORT_SURNAMES`, and one of
            `CALLED`.
    """

    surnames: AbstractSet[str]
    given: AbstractSet[str]
    katakana: AbstractSet[str]
    automaton: ahocorasick_rs.AhoCorasick
    firsts: tuple[int, int, int, int]


_loading = Lock()


def tables() -> Tables:
    """Load the tables, once, however many threads ask for them at the start."""
    with _loading:
        return _tables()


@cache
def _tables() -> Tables:
    surnames, nouns, given = _table("surnames.txt"), _table("surname_nouns.txt"), _table("given.txt")
    known = frozenset([*surnames, *nouns])
    patterns = [surnames, nouns, [name for name in given if name not in known], SHORT_SURNAMES, CALLED]
    lengths = [len(words) for words in patterns]
    return Tables(
        known,
        frozenset([*given, *_table("given_nouns.txt")]),
        frozenset(_table("katakana.txt")),
        ahocorasick_rs.AhoCorasick(
            [word for words in patterns for word in words],
            matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
            store_patterns=False,
        ),
        (lengths[0], sum(lengths[:2]), sum(lengths[:3]), sum(lengths[:4])),
    )


#: How many lines of a table say where it comes from.
HEAD = 4


def _table(name: str) -> list[str]:
    text = resources.files("civicsns.policy.names").joinpath(name).read_text(encoding="utf-8")
    return text.split("\n", HEAD)[HEAD].split()


def stretches(text: str, known: Tables, innocent: AbstractSet[str] = frozenset()) -> list[tuple[int, int]]:
    """
    Give the stretches of *text* to read, in order, none touching another.

    Args:
        text: The text, folded.
        known: The tables.
        innocent: Names that are none here, such as local places.
    """
    found: list[tuple[int, int]] = []
    nouns, given, short, called = known.firsts
    for pattern, start, end in known.automaton.find_matches_as_indexes(text):
        if pattern < short:
            name = _surname if pattern < nouns else _noun if pattern < given else _given
            if name(text, start, end, known.given) and not (innocent and text[start:end] in innocent):
                found.append((start, end))
        elif pattern < called:
            if _short(text, start, end):
                found.append((start, end))
        else:
            before = text[start - 1 : start]
            if "ぁ" <= before <= "鿿" and before not in _NO_NAME_BEFORE and not text.endswith(_NO_CALL, 0, end):
                found.append((start, end))
    for run in KATAKANA.finditer(text):
        word = run.group().strip("・")
        if (
            word in known.katakana
            or (text[run.end() : run.end() + 1] in _AFTER_STRANGER and word[-3:] not in EVERYDAY_ENDS)
            or _foreign(word)
        ):
            found.append(run.span())
    if found:
        found.sort()
        return _merged(text, found)
    return found


def _foreign(word: str) -> bool:
    """Whether it could be the parts of one foreign name."""
    return "・" in word and all(len(part) > 1 for part in _DOT.split(word))


def _surname(text: str, start: int, end: int, given: AbstractSet[str]) -> bool:
    """Whether it is worth asking the dictionary about what could be a surname."""
    after = _kanji_from(text, end)
    if not after:
        if _is_kanji(text[start - 1 : start]):
            return False
        return text[end : end + 1] in _AFTER_ONE or _AFTER_SURNAME.match(text, end) is not None
    if text[end : end + 2] in given or text[end : end + 3] in given:
        return True
    if after > 3:
        return text[end + after - 1] in _OFFICES
    return text[end : end + after] not in _PLACES_OR_ORGANISATIONS


def _short(text: str, start: int, end: int) -> bool:
    """Whether a surname of one character begins a run of three kanji, or a longer one that ends in an office."""
    after = _kanji_from(text, end)
    if after < 2 or _is_kanji(text[start - 1 : start]) or text[end] == "曜":
        return False
    return after == 2 or text[end + after - 1] in _OFFICES


def _noun(text: str, _start: int, end: int, given: AbstractSet[str]) -> bool:
    """Whether a noun that is a surname too stands before a given name."""
    return text[end : end + 2] in given or text[end : end + 3] in given


def _given(text: str, start: int, end: int, _given: AbstractSet[str]) -> bool:
    """Whether it is worth asking the dictionary about what could be a given name without a known surname."""
    after = _kanji_from(text, end)
    if after:
        return text[end : end + after] in TITLES or (after == 1 and _is_kanji(text[start - 1 : start]))
    return text[end : end + 1] in _AFTER_ONE


def _kanji_from(text: str, place: int) -> int:
    """Count the kanji from *place* on, up to `RUN`."""
    found = _KANJI.match(text, place)
    return found.end() - place if found else 0


def _is_kanji(character: str) -> bool:
    return "一" <= character <= "鿿"


def _merged(text: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and end + AFTER <= merged[-1][1]:
            continue
        first, last = _around(text, start, end)
        if merged and first - merged[-1][1] < GAP:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen the stretch to the words around it."""
    script = _SCRIPTS.get
    first = start
    least, most = max(start - BEFORE, 0), max(start - BEFORE - NAME, 0)
    while first > most and text[first - 1] not in _STOPS:
        if first <= least and script(text[first - 1]) != script(text[first]):
            break
        first -= 1
    last, most = end, min(end + NAME, len(text))
    while last < most and script(text[last], "H") != "H":
        last += 1
    least, most = min(last + AFTER, len(text)), min(last + AFTER + NAME, len(text))
    while last < most and text[last] not in _STOPS:
        if last >= least and script(text[last - 1]) != script(text[last]):
            break
        last += 1
    return first, last

"""Romaji ローマ字: Japanese written in Latin letters, read as kana."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import Final

_VOWELS: Final = "aiueo"
_ROWS: Final = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
#: Syllables with a small ya, yu, yo, by the way they begin: Hepburn's, and that of the schools.
_PALATAL: Final = {
    "き": "ky",
    "ぎ": "gy",
    "し": "sh sy",
    "じ": "j zy jy",
    "ち": "ch ty cy",
    "に": "ny",
    "ひ": "hy",
    "び": "by",
    "ぴ": "py",
    "み": "my",
    "り": "ry",
}
_OTHERS: Final = {
    "ya": "や",
    "yu": "ゆ",
    "yo": "よ",
    "wa": "わ",
    "wo": "を",
    "n": "ん",
    "n'": "ん",
    "m": "ん",
    "shi": "し",
    "chi": "ち",
    "tsu": "つ",
    "ji": "じ",
    "fu": "ふ",
    "fa": "ふぁ",
    "fi": "ふぃ",
    "fe": "ふぇ",
    "fo": "ふぉ",
    "she": "しぇ",
    "che": "ちぇ",
    "je": "じぇ",
    "thi": "てぃ",
}
#: As words of their own these are particles, and written otherwise than they are spoken.
_PARTICLES: Final = {"wa": "は", "o": "を", "e": "へ"}
_TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)*")
#: Addresses are one of these, too, and no word.
_LONE: Final = re.compile(r"[!-~]{4,}+")
_STOPS: Final = ".,!?:;\"'()[]"
#: Words of Latin letters in a row, no address.
_RUN: Final = re.compile(r"[a-z](?<![a-z0-9/@._:#=?&%-].)[a-z]*(?:(?:[ '-]|, )[a-z]+)*(?![a-z0-9/@_:]|\.[a-z])")


#: Letters by their names, as in ディーエム.
_SPOKEN: Final = {
    "えー": "a",
    "びー": "b",
    "しー": "c",
    "でぃー": "d",
    "いー": "e",
    "えふ": "f",
    "じー": "g",
    "えいち": "h",
    "あい": "i",
    "じぇー": "j",
    "けー": "k",
    "える": "l",
    "えむ": "m",
    "えぬ": "n",
    "おー": "o",
    "ぴー": "p",
    "きゅー": "q",
    "あーる": "r",
    "えす": "s",
    "てぃー": "t",
    "ゆー": "u",
    "ぶい": "v",
    "えっくす": "x",
    "わい": "y",
}
_NAMES: Final = _SPOKEN | {
    "".join(chr(ord(one) + 0x60) if one < "ゟ" else one for one in name): letter for name, letter in _SPOKEN.items()
}
_NAMED: Final = "|".join(sorted(_NAMES, key=len, reverse=True))
_NAMED_ROW: Final = re.compile(
    f"(?<=[a-z])(?:{_NAMED})|(?<![ァ-ヺー])(?:{_NAMED}){{2,4}}(?![ァ-ヺー])|(?:{_NAMED})(?=[a-z])"
)
_NAMED_ONE: Final = re.compile(_NAMED)
_FIRSTS: Final = "".join(sorted({name[0] for name in _NAMES}))
#: The rest of a name, behind its first letter.
_REST: Final = "|".join(
    f"(?<={first})(?:{'|'.join(sorted(name[1:] for name in _NAMES if name[0] == first))})" for first in _FIRSTS
)
#: Two names, or one beside a letter: most texts have none, and are through with this in a fraction of the time.
_MAY_NAME: Final = re.compile(f"[{_FIRSTS}](?:(?<=[a-z].)(?:{_REST})|(?:{_REST})(?:[a-z]|[{_FIRSTS}](?:{_REST})))")


def letters(view: str) -> list[tuple[int, int, str]]:
    """Give where letters stand by their names in a folded text, beside others, and the letters."""
    if not _MAY_NAME.search(view):
        return []
    return [
        (*found.span(), _NAMED_ONE.sub(lambda name: _NAMES[name[0]], found[0])) for found in _NAMED_ROW.finditer(view)
    ]


@cache
def _syllables() -> dict[str, str]:
    known = {
        consonant + vowel: kana for consonant, row in _ROWS.items() for vowel, kana in zip(_VOWELS, row, strict=True)
    }
    for first, beginnings in _PALATAL.items():
        for beginning, (vowel, small) in product(beginnings.split(), zip("auo", "ゃゅょ", strict=True)):
            known[beginning + vowel] = first + small
    return known | _OTHERS


@cache
def _syllable() -> re.Pattern[str]:
    known = sorted(_syllables(), key=len, reverse=True)
    several = "|".join(one for one in known if one not in {"n", "n'", "m"})
    return re.compile(f"(?:([kstcgzdbpfjmr])(?=\\1)|(t)(?=ch)|({several}|n'|n(?![aiueoy])|m(?=[bpm])))")


def kana(word: str) -> str | None:
    """Read a word of small letters as kana; None where it is no romaji."""
    pieces: list[str] = []
    place = 0
    while found := _syllable().match(word, place):
        pieces.append(_syllables()[found[3]] if found[3] else "っ")
        place = found.end()
    return "".join(pieces) if place == len(word) else None


def may_hold(view: str) -> bool:
    """Tell whether a folded text may have words in romaji."""
    return _vowelled(view) and any(
        kana(word) for found in _LONE.findall(view) if len(word := found.strip(_STOPS)) > 3 and word.isalpha()
    )


def _vowelled(view: str) -> bool:
    """Most texts are through with this, in a tenth of the time that a pattern takes."""
    return "a" in view or "o" in view or "u" in view


def stretches(view: str, *, least: int = 4) -> list[tuple[int, int, str]]:
    """
    Give where a folded text is romaji, and how that is read.

    Args:
        view: A folded text.
        least: A row of words with fewer letters is not looked at.
    """
    found: list[tuple[int, int, str]] = []
    if not _vowelled(view):
        return found
    for run in _RUN.finditer(view):
        words = [(word.start(), word.end(), kana(word[0])) for word in _TOKEN.finditer(view, *run.span())]
        read = sum(end - start for start, end, spoken in words if spoken)
        if read < least or read * 5 < sum(end - start for start, end, _ in words) * 4:
            continue
        done = 0
        for start, end, spoken in words:
            if spoken is not None:
                # The space before a word falls away: Japanese has none.
                begin = done if done and view[done:start] in {" ", "-"} else start
                found.append((begin, end, _PARTICLES.get(view[start:end], spoken)))
                done = end
    return found

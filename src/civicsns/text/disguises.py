"""
Disguises 変装: further readings of a folded text, for those who look for numbers and for words that somebody hides.

What folding does to a text must not change what a normal text says: 三 is a word in 三国, a space is a space, and 力 is
no カ. So these readings stand beside the view. Only those look at them who look for something that is hidden in that
way, and what stands in the view is found there in any case.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from civicsns.text import _folds

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a letter left out is read as; also the kanji zero, and what folding makes of all empty circles.
CIRCLE: Final = "〇"

_KATAKANA = "ァ-ヺー-ヾ"
_HIRAGANA = "ぁ-ゖゝゞ"
# Whole classes: one with the range of kanji in it takes two milliseconds to compile.
_LETTER = r"[^\W\d_]"
_KANJI = r"[^\W\d_a-zぁ-ヿ〇]"
_GAP = r"[\W_]"

# Numbers.

_PLAIN = dict(zip("〇零一二三四五六七八九〡〢〣〤〥〦〧〨〩", "00123456789123456789", strict=True))
#: Kanji for digits on deeds and bills; most are parts of other words as well.
_SOLEMN = dict(zip("壱壹弌弐貳貮弍参參肆伍陸漆捌玖", "111222233456789", strict=True))
_DIGITS: Final = str.maketrans(_PLAIN | _SOLEMN)
_KANJI_DIGITS = "".join(_PLAIN | _SOLEMN)
#: What stands for a digit among digits.
_LIKE_DIGITS: Final = dict(zip("oοо|liιі", "00011111", strict=True))

_DIGIT = re.compile(f"[0-9{_KANJI_DIGITS}]")
# A pattern that begins with one character of a class is found several times as fast as one that does not.
_DASH = re.compile(f"[ー一](?:(?<=[0-9{_KANJI_DIGITS}]ー)(?=[0-9{_KANJI_DIGITS}])|(?<=[0-9]一)(?=[0-9]))")
_RUN = re.compile(f"[0-9{_KANJI_DIGITS}][0-9{_KANJI_DIGITS}]*")
_BY_KANJI = re.compile(_KANJI)
_LETTERED = re.compile("[0-9oοо|liιі][0-9oοо|liιі]*+(?:[-. ()]{1,2}[0-9oοо|liιі]++)*+")
#: A group that holds a digit: oil beside a number is oil.
_PART = re.compile("[oοо|liιі]*[0-9][0-9oοо|liιі]*")
_AS_NUMERALS = str.maketrans(_LIKE_DIGITS)
_SINGLE = re.compile(f"[0-9](?:{_GAP}{{1,3}}[0-9]){{5,}}+(?![0-9])")
_GROUPS = re.compile(f"[0-9][0-9]{{1,4}}+(?:{_GAP}{{1,3}}[0-9]{{2,7}}+){{1,4}}+")
_APART = re.compile(_GAP)
_LATIN = re.compile("[0-9a-z]")
#: Between the groups of a number, these say something else: a range, a list, a fraction, a date.
_HONEST = frozenset(" -.()+:,・、/~→\n")


def digits(view: str) -> str:
    """
    Read *view* as somebody does who looks for a number of seven digits or more.

    Kanji digits are digits (but 十, 百, 千 are none: whoever hides a number writes it digit by digit), 一 and ー between
    digits are dashes, O and l in a number are 0 and 1. What separates single digits is a space; what separates groups
    of digits, and is no bracket, point or space, is a dash.

    Returns:
        As many characters as *view* has, each in its place.
    """
    if len(_DIGIT.findall(view)) < 7:
        return view
    text = _DASH.sub("-", view)
    text = _RUN.sub(_as_digits, text)
    text = _LETTERED.sub(_without_letters, text)
    text = _SINGLE.sub(_spaced, text)
    return _GROUPS.sub(_grouped, text)


_CIRCLED = "".join(map(chr, (*range(0x2460, 0x2474), *range(0x2776, 0x2794), *range(0x24EB, 0x24FF))))
_MARKER = re.compile(f"[{_CIRCLED}]")


def unlisted(view: str, raw: str, starts: Sequence[int] | None) -> str:
    """
    Leave out the ① of a list before a number: it is no digit of that, though ⓪⑨⓪ are digits.

    Args:
        view: A folded text.
        raw: The text as it was written.
        starts: For each character of the view, where in the raw text it begins; None where places are the same.

    Returns:
        As many characters as *view* has, each in its place.
    """
    if not _MARKER.search(raw):
        return view
    origins = range(len(raw)) if starts is None else starts
    letters = list(view)
    for place, origin in enumerate(origins):
        if raw[origin] not in _CIRCLED or (place and "0" <= letters[place - 1] <= "9"):
            continue
        behind = place
        while behind < len(view) and origins[behind] == origin:
            behind += 1
        if behind < len(view) and "0" <= view[behind] <= "9" and not "①" <= raw[origins[behind]] <= "⓿":
            letters[place:behind] = " " * (behind - place)
    return "".join(letters)


def _as_digits(found: re.Match[str]) -> str:
    run = found[0]
    if run.isascii():
        return run
    # 北陸 and 第一 before a number are no part of it, nor is the 三 of 三国 behind one.
    start, end = 0, len(run)
    before, after = len(run) - len(run.lstrip(_KANJI_DIGITS)), len(run.rstrip(_KANJI_DIGITS))
    if before < end and found.start() and _BY_KANJI.match(found.string, found.start() - 1):
        start = before
    if after and _BY_KANJI.match(found.string, found.end()):
        end = after
    if end - start < 3 and not _SOLEMN.keys().isdisjoint(run[start:end]):
        return run
    return run[:start] + run[start:end].translate(_DIGITS) + run[end:]


def _without_letters(found: re.Match[str]) -> str:
    token = found[0]
    others = sum(character in _LIKE_DIGITS for character in token)
    numerals = sum("0" <= character <= "9" for character in token)
    if not others or numerals < 6 or numerals + others < 9 or numerals <= others:
        return token
    around = found.string[max(found.start() - 1, 0) : found.start()] + found.string[found.end() : found.end() + 1]
    if _LATIN.search(around):
        return token
    return _PART.sub(lambda part: part[0].translate(_AS_NUMERALS), token)


def _spaced(found: re.Match[str]) -> str:
    return _APART.sub(" ", found[0])


def _grouped(found: re.Match[str]) -> str:
    token = found[0]
    apart = _APART.findall(token)
    if (_HONEST.issuperset(apart) and token[0] != "0") or not 9 <= len(token) - len(apart) <= 16:
        return token
    return _APART.sub(lambda one: one[0] if one[0] in " -.()+" else "-", token)


# Letters left out.

_MASKS = "*×✕✖✗✘☓❌❎❍●◎⚫⬤■□▲△▼▽◆◇★☆♡♥❤_#"
_MASK = re.compile(
    f"[{_MASKS}]"
    f"|(?<={_LETTER})[?!@$%&=\u2190-\u2bff\U0001f000-\U0001faff](?={_LETTER})"
    r"|(?<=[^\W\d_a-z])x(?=[^\W\d_a-z])"
)


def masked(view: str) -> str:
    """
    Read *view* as somebody does who looks for words with a letter left out 伏せ字: whatever marks the gap is `CIRCLE`.

    Returns:
        As many characters as *view* has, each in its place.
    """
    return _MASK.sub(CIRCLE, view)


# Words taken apart, and letters of one script that look like those of another.

_LIKE = "".join(_folds.LOOKS)
_LIKED = "".join(sorted({*_folds.LOOKS.values()} - {"ー"}))
_AS_KATAKANA = str.maketrans({**_folds.LOOKS, "-": "ー", **dict(zip("へべぺり", "ヘベペリ", strict=True))})
_AS_KANJI = str.maketrans({katakana: kanji for kanji, katakana in _folds.LOOKS.items() if katakana != "ー"})
_AS_HIRAGANA = str.maketrans("ヘベペリ", "へべぺり")
_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")

#: Alone between brackets they are days, and nothing that was taken apart.
_WEEK = "月火水木金土日祝休"
_WORD = re.compile(r"[^\W_]+")
_NO_LETTER = re.compile(f"[0-9〇{_WEEK}]")
_NEAR = 4
#: A gap within a word, but none between sentences, quotations or lines.
_SLIGHT = rf"(?:(?![、。「」『』()\[\]{{}}【】〈〉《》!?:;,\n]){_GAP})"
_SLIGHTLY = re.compile(f"{_SLIGHT}+")
_FOREIGN = f"{_KATAKANA}{_LIKE}"
#: One letter on each side of a gap, a tab in these.
_PAIR = re.compile(
    f"(?<![{_KATAKANA}])[{_KATAKANA}]\t(?:[{_KATAKANA}](?![{_KATAKANA}])|[{_LIKE}](?![{_KATAKANA}])(?!{_KANJI}))"
    f"|(?<![{_KATAKANA}])(?<!{_KANJI})[{_LIKE}]\t[{_KATAKANA}](?![{_KATAKANA}])"
    "|(?<![a-z])[a-z]\t[a-z](?![a-z])"
)
#: A few letters on each side of a slight one.
_PIECES = re.compile(
    f"(?<![{_KATAKANA}])[{_KATAKANA}]{{1,3}}\t[{_KATAKANA}]{{1,3}}(?![{_KATAKANA}])"
    f"|(?<!{_KANJI}){_KANJI}\t(?:{_KANJI}(?!{_KANJI})|[{_HIRAGANA}])"
)
_APART_GATE = re.compile(
    f"{_GAP}(?:"
    f"(?<=[{_FOREIGN}].){_GAP}{{0,3}}[{_FOREIGN}]{{1,3}}(?![{_KATAKANA}])"
    f"|(?<={_KANJI}{_SLIGHT})(?<!{_KANJI}{_KANJI}.){_SLIGHT}{{0,3}}(?:{_KANJI}(?!{_KANJI})|[{_HIRAGANA}])"
    f"|(?<=[a-z].)(?<![a-z][a-z].){_GAP}{{0,3}}[a-z](?![a-z])"
    f"|{_LETTER}(?<![{_WEEK}]){_GAP}{{1,4}}{_LETTER}(?<![{_WEEK}])(?![^\\W_])"
    ")",
    re.DOTALL,
)
_MIXED = re.compile(f"[{_FOREIGN}-]{{2,}}")
_REAL = re.compile("[ァ-ヺ]")
#: 3カ所 and 三カ月 are as they should be.
_ALIKE_KANJI = re.compile(
    f"(?!カ[所月国年])(?:(?<={_KANJI})[{_LIKED}](?![{_KATAKANA}])|(?<![{_KATAKANA}])[{_LIKED}](?={_KANJI}))"
)
_ALIKE_KATAKANA = re.compile("(?<=[ァ-ヺー])[へべぺり](?=[ァ-ヺー])")
_ALIKE_HIRAGANA = re.compile(f"(?<=[{_HIRAGANA}])[ヘベペリ](?=[{_HIRAGANA}])")
_ODDLY_SMALL = re.compile(f"(?<![{_KATAKANA}])[ァィゥェォッャュョヮ]|(?<=[ァ-ヺ])[ヵヶ]")
_ALIKE_GATE = re.compile(
    f"[{_LIKE}{_LIKED}へべぺりヘベペリ\\-ァィゥェォッャュョヮヵヶ](?:"
    f"(?<=[ァ-ヺー][{_LIKE}\\-ヵヶ])|(?:(?<=[{_LIKE}])|(?<=[{_LIKE}\\-]-))(?=[ァ-ヺー])"
    f"|(?!(?<=カ)[所月国年])(?:(?<={_KANJI}[{_LIKED}])(?![{_KATAKANA}])|(?<![{_KATAKANA}].)(?<=[{_LIKED}])(?={_KANJI}))"
    f"|(?<=[ァィゥェォッャュョヮ])(?<![{_KATAKANA}].)"
    f"|(?<=[ァ-ヺー][へべぺり])(?=[ァ-ヺー])|(?<=[{_HIRAGANA}][ヘベペリ])(?=[{_HIRAGANA}])"
    ")"
)


def loosened(view: str) -> tuple[str, Sequence[int]] | None:
    """
    Read *view* as somebody does who looks for words taken apart, or written with letters of another script.

    Gaps between single letters fall away, and between the few letters of one script on each side of a gap. Kanji among
    katakana are the katakana that they look like, and the other way round; a small katakana where none can be is a
    large one.

    Returns:
        What is read, and of each character the place in *view*; None where nothing is hidden so.
    """
    joined = _joined(view) if _APART_GATE.search(f"\n{view}") else None
    text, places = joined or (view, range(len(view)))
    if _ALIKE_GATE.search(text):
        text = _in_one_script(text)
    return None if text == view else (text, places)


def _in_one_script(text: str) -> str:
    text = _MIXED.sub(_as_katakana, text)
    text = _ALIKE_KANJI.sub(lambda found: found[0].translate(_AS_KANJI), text)
    text = _ALIKE_KATAKANA.sub(lambda found: found[0].translate(_AS_KATAKANA), text)
    text = _ALIKE_HIRAGANA.sub(lambda found: found[0].translate(_AS_HIRAGANA), text)
    return _ODDLY_SMALL.sub(lambda found: found[0].translate(_LARGE), text)


def _joined(view: str) -> tuple[str, list[int]]:
    words = [found.span() for found in _WORD.finditer(view)]
    single = [end - start == 1 and not _NO_LETTER.match(view, start) for start, end in words]
    near = [later[0] - earlier[1] <= _NEAR for earlier, later in pairwise(words)]
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for place, ((_, left), (right, _)) in enumerate(pairwise(words)):
        if not near[place]:
            continue
        if not (single[place] and single[place + 1]):
            around = f"{view[max(left - 4, 0) : left]}\t{view[right : right + 4]}"
            chained = (place and near[place - 1] and single[place - 1] and single[place]) or (
                place + 1 < len(near) and near[place + 1] and single[place + 1] and single[place + 2]
            )
            if not (
                (chained and not _LATIN.search(view[left - 1] + view[right]))
                or _PAIR.search(around)
                or (_PIECES.search(around) and _SLIGHTLY.fullmatch(view, left, right))
            ):
                continue
        pieces.append(view[done:left])
        places += range(done, left)
        done = right
    pieces.append(view[done:])
    places += range(done, len(view))
    return "".join(pieces), places


def _as_katakana(found: re.Match[str]) -> str:
    run = found[0]
    if not _REAL.search(run):
        return run
    first = len(run) - len(run.lstrip("-"))
    last = len(run.rstrip("-")) if _LATIN.match(found.string, found.end()) else len(run)
    return run[:first] + run[first:last].translate(_AS_KATAKANA) + run[last:]

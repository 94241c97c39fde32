"""
Numerals 数字: numbers in disguise, for those who look for numbers.

三 is a word in 三国 and no digit, as 一 is none in 一番. So this is a further reading of a folded text, beside the view.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Whole classes: one with the range of kanji in it takes two milliseconds to compile.
_KANJI = r"[^\W\d_a-zぁ-ヿ〇]"
_GAP = r"[\W_]"

_PLAIN = dict(zip("〇零一二三四五六七八九〡〢〣〤〥〦〧〨〩", "00123456789123456789", strict=True))
#: Kanji for digits on deeds and bills; most are parts of other words as well.
_SOLEMN = dict(zip("壱壹弌弐貳貮弍参參肆伍陸漆捌玖", "111222233456789", strict=True))
_DIGITS: Final = str.maketrans(_PLAIN | _SOLEMN)
_KANJI_DIGITS = "".join(_PLAIN | _SOLEMN)
#: What stands for a digit among digits.
_LIKE_DIGITS: Final = dict(zip("oοо|liιі", "00011111", strict=True))

#: Digits as they are read out.
_SPOKEN: Final = {
    word: digit
    for digit, words in {
        "0": "ゼロ ぜろ れい レイ まる マル",
        "1": "いち イチ",
        "2": "に ニ",
        "3": "さん サン",
        "4": "よん ヨン",
        "5": "ご ゴ",
        "6": "ろく ロク",
        "7": "なな ナナ しち シチ",
        "8": "はち ハチ",
        "9": "きゅう きゅー キュウ キュー",
    }.items()
    for word in words.split()
}

_ANY_DIGIT = f"[0-9{_KANJI_DIGITS}{''.join(_LIKE_DIGITS)}]"
#: Seven digits, whatever they are written with, and few others between them.
_STRETCH: Final = re.compile(f"{_ANY_DIGIT}(?:(?:[\\W_]|[ーのノ一]){{0,3}}{_ANY_DIGIT}){{6,}}")
_ONE_DIGIT = re.compile(_ANY_DIGIT)
# A pattern that begins with one character of a class is found several times as fast as one that does not.
_DASH = re.compile(f"[ー一](?:(?<=[0-9{_KANJI_DIGITS}]ー)(?=[0-9{_KANJI_DIGITS}])|(?<=[0-9]一)(?=[0-9]))")
_RUN = re.compile(f"[0-9{_KANJI_DIGITS}][0-9{_KANJI_DIGITS}]*")
#: Nothing of this would be read in another way.
_UNDISGUISED: Final = re.compile(r"[0-9]{2,}+(?:[ \-.()+]{1,3}[0-9]{2,}+)*+")
_BY_KANJI = re.compile(_KANJI)
_LETTERED = re.compile("[0-9oοо|liιі][0-9oοо|liιі]*+(?:[-. ()]{1,2}[0-9oοо|liιі]++)*+")
#: A group that holds a digit: oil beside a number is oil.
_PART = re.compile("[oοо|liιі]*[0-9][0-9oοо|liιі]*")
_AS_NUMERALS = str.maketrans(_LIKE_DIGITS)
_SINGLE = re.compile(f"[0-9](?:{_GAP}{{1,3}}[0-9]){{5,}}+(?![0-9])")
_BREAK = r"[ ・、ー\-のノ]{0,2}"
_WORD = "|".join((*_SPOKEN, f"[0-9{''.join(_PLAIN)}]"))
_READ_OUT = re.compile(f"(?:{_WORD})(?:{_BREAK}(?:{_WORD})){{8,14}}+")
#: A number that is read out over the telephone, or written so, begins with a zero.
_READ_OUT_BEGINS = re.compile(
    f"[ぜれまゼレマ](?:(?<=ゼ)ロ|(?<=ぜ)ろ|(?<=れ)い|(?<=レ)イ|(?<=ま)る|(?<=マ)ル)(?:{_BREAK}(?:{_WORD})){{3}}"
)
#: A number that is read out begins with one of them.
ZEROS: Final = ("ゼロ", "ぜろ", "れい", "レイ", "まる", "マル")
_WORDS = re.compile("|".join(_SPOKEN))
_GROUPS = re.compile(f"[0-9][0-9]{{1,4}}+(?:{_GAP}{{1,3}}[0-9]{{2,7}}+){{1,4}}+")
_APART = re.compile(_GAP)
_BROKEN = re.compile("[^0-9]+")
_LATIN = re.compile("[0-9a-z]")
#: Between the groups of a number, these say something else: a range, a list, a fraction, a date.
_HONEST = frozenset(" -.()+:,・、/~→\n")


def digits(view: str) -> str:
    """
    Read *view* as somebody does who looks for a number of seven digits or more.

    Kanji digits are digits (but 十, 百, 千 are none: whoever hides a number writes it digit by digit), 一 and ー between
    digits are dashes, O and l in a number are 0 and 1, ゼロ and きゅう in a long one are 0 and 9. What separates single digits is a space; what separates groups
    of digits, and is no bracket, point or space, is a dash.

    Returns:
        As many characters as *view* has, each in its place.
    """
    if _READ_OUT_BEGINS.search(view):
        view = _READ_OUT.sub(_written, view)
    return digits_in(view, stretches(view))


def digits_in(view: str, places: Iterable[tuple[int, int]]) -> str:
    """Read *view* as `digits` does, in some places: those of `stretches`, where no number is read out."""
    pieces: list[str] = []
    done = 0
    for start, stop in places:
        if _UNDISGUISED.fullmatch(view, start, stop):
            continue
        # What stands just before and behind it tells whether kanji digits are digits.
        begin, end = max(start - 1, 0), stop + 1
        plain = _undisguised(view[begin:end])
        pieces += (view[done:start], plain[start - begin : stop - begin])
        done = stop
    return "".join((*pieces, view[done:])) if pieces else view


def stretches(view: str) -> Sequence[tuple[int, int]]:
    """Give where seven digits or more stand near each other in a folded text, whatever they are written with, in order."""
    return [found.span() for found in _STRETCH.finditer(view)]


def may_be_read_out(view: str) -> bool:
    """Tell whether a folded text, in which one of `ZEROS` stands, may have a number that is read out."""
    return _READ_OUT_BEGINS.search(view) is not None


def most_digits(view: str, places: Iterable[tuple[int, int]]) -> int:
    """
    Tell how many digits a number in *view* can have at most, if none is read out, in a fraction of the time it takes to read it.

    Args:
        view: A folded text.
        places: What `stretches` gives of it.

    Returns:
        The number; 0 where there are no seven digits near each other.
    """
    return max([len(_ONE_DIGIT.findall(view, start, end)) for start, end in places], default=0)


def _undisguised(stretch: str) -> str:
    text = _DASH.sub("-", stretch)
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
    # A circled digit is read as another character.
    if view == raw or not _MARKER.search(raw):
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


def _written(found: re.Match[str]) -> str:
    return _WORDS.sub(lambda word: _SPOKEN[word[0]].ljust(len(word[0])), found[0])


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
    if not 9 <= len(token) - len(apart) <= 16:
        return token
    # A telephone number begins with 0; of other numbers, those that are broken in one and the same strange way.
    if token[0] != "0" and (len({*_BROKEN.findall(token)}) > 1 or not _HONEST.isdisjoint(apart)):
        return token
    return _APART.sub(lambda one: one[0] if one[0] in " -.()+" else "-", token)


#: A date by its parts, such as 三十八.十一.三.
_DOTTED = re.compile(
    # Only from where a run begins: from each place in it, it would be read to its end again.
    f"(?<![{_KANJI_DIGITS}十])[{_KANJI_DIGITS}十]{{2,}}+(?:[./・-][{_KANJI_DIGITS}十]{{1,3}}){{2}}(?![万萬億円])"
)
_DOTTED_PART = re.compile(f"[{_KANJI_DIGITS}十]+")
#: Digits each for itself, and more of them behind a gap.
_EACH = re.compile(r"(?<![0-9a-z.])[0-9](?: ?[ .・_/ー-] ?[0-9](?![0-9]))+")
_EACH_GAP = re.compile(r"(?<=[0-9])[ .・_/](?=[0-9])|(?<=[0-9]) ?[ー-] ?(?=[0-9])")
#: The letter of a number plate, and what may stand around it.
_PLATE = re.compile(r"(?<=[0-9]{2})[\W_]{0,3}[ぁ-ん][\W_]{0,3}(?=[0-9])")
#: The number of a card of residence: digits between two letters and two.
_CARD = re.compile("(?<=[a-z]{2}) ?[0-9]{1,8}(?: [0-9]{1,8}){0,7} ?(?=[a-z]{2}(?![a-z]))")
_SERIAL = re.compile("(?<=[ぁ-ん][0-9]{2})の(?=[0-9]{2})|(?<=[ぁ-ん] [0-9]{2})の(?=[0-9]{2})")
_PLATE_LETTER = re.compile("[ぁ-ん]")
#: A number in kanji before what it counts; 一 and 十 alone begin too many words.
_AMOUNT = re.compile(
    f"(?<![{_KANJI_DIGITS}])(?=〇*[^〇])[{_KANJI_DIGITS}]{{3,}}+(?![十百千])|"
    "[一二三四五六七八九十百千壱弐参拾]"
    # No amount is longer; from each place in a run without an end, it would be read to its end again.
    "(?:[〇一二三四五六七八九十百千壱弐参拾]{1,40}+(?=[円万萬億兆年月日時分%人歳才名件票軒回割度])|(?=[円万萬億兆年月]))"
    "|(?<=月)[一二三四五六七八九](?=日)|(?<=m)[一二三四五六七八九](?![一二三四五六七八九十.])"
)
# Most texts are through with these: what begins with one character of a class is found several times as fast.
_MAY_COUNT = re.compile(
    f"[{_KANJI_DIGITS}一二三四五六七八九十百千壱弐参拾](?:[{_KANJI_DIGITS}一二三四五六七八九十百千壱弐参拾円万萬億兆年月]|(?<=[月m].))"
)
_MAY_CLOSE = re.compile("[0-9](?: ?[ .・_/ー-] ?[0-9](?![0-9])| ?[a-z]{2}(?![a-z]))")
_MAY_BE_PLATE = re.compile(r"[0-9][\W_]{0,3}[ぁ-ん][\W_]{0,3}[0-9]")
_TENS = {"十": 10, "拾": 10, "百": 100, "千": 1000}


def amounts(view: str) -> list[tuple[int, int, str]]:
    """Give where a folded text has numbers in kanji that count something, and the same in digits."""
    if not _MAY_COUNT.search(view):
        return []
    dates = [
        (*found.span(), _DOTTED_PART.sub(lambda part: _counted(part[0].translate(_DIGITS)), found[0]))
        for found in _DOTTED.finditer(view)
    ]
    return dates or [(*found.span(), _counted(found[0].translate(_DIGITS))) for found in _AMOUNT.finditer(view)]


def closed(view: str) -> list[tuple[int, int, str]]:
    """Give where a folded text has digits of which each stands alone, and the same without the gaps."""
    if not _MAY_CLOSE.search(view):
        return []
    return [
        (*found.span(), _EACH_GAP.sub(lambda gap: "-" if "-" in gap[0] else "", found[0]))
        for found in _EACH.finditer(view)
    ] or [(*found.span(), found[0].replace(" ", "")) for found in _CARD.finditer(view) if " " in found[0]]


def plates(view: str) -> list[tuple[int, int, str]]:
    """Give where a folded text has a letter between digits, as on a number plate, and the same without gaps."""
    if not _MAY_BE_PLATE.search(view):
        return []
    return [(*found.span(), "-") for found in _SERIAL.finditer(view)] or [
        (*found.span(), letter[0])
        for found in _PLATE.finditer(view)
        if (letter := _PLATE_LETTER.search(found[0])) and len(found[0]) > 1
    ]


def _counted(written: str) -> str:
    if _TENS.keys().isdisjoint(written):
        return written
    total, digit = 0, ""
    for character in written:
        if character in _TENS:
            total += (int(digit) if digit else 1) * _TENS[character]
            digit = ""
        else:
            digit += character
    return str(total + int(digit or 0))

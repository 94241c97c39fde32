"""
Disguises 変装: further readings of a folded text, for those who look for words that somebody hides.

What folding does to a text must not change what a normal text says: a space is a space, an asterisk an asterisk, and 力
is no カ. So these readings stand beside the view. Only those look at them who look for something that is hidden in that
way, and what stands in the view is found there in any case. Numbers in disguise are read by `numerals`.
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

# Letters left out.

_MASKS = "*×✕✖✗✘☓❌❎❍●◎⚫⬤■□▲△▼▽◆◇★☆♡♥❤_#"
_SIGNS = "?!@$%&=\u2190-\u2bff\U0001f000-\U0001faff"
_MASK = re.compile(
    f"[{_MASKS}{_SIGNS}x](?:(?<=[{_MASKS}])|(?<={_LETTER}[{_SIGNS}])(?={_LETTER})"
    r"|(?<=[^\W\d_a-z]x)(?=[^\W\d_a-z]))"
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
_AS_KATAKANA = str.maketrans(f"{_LIKE}-へべぺり", f"{''.join(_folds.LOOKS.values())}ーヘベペリ")
_AS_KANJI = {
    katakana: kanji for kanji, katakana in _AS_KATAKANA.items() if chr(kanji) in _folds.LOOKS and chr(katakana) != "ー"
}
_AS_HIRAGANA = str.maketrans("ヘベペリ", "へべぺり")
_SMALL = "ァィゥェォッャュョヮㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
_LARGE = str.maketrans(f"{_SMALL}ヵヶ", "アイウエオツヤユヨワクシストヌハヒフヘホムラリルレロカケ")

#: Alone between brackets they are days, and nothing that was taken apart.
_WEEK = "月火水木金土日祝休"
_WORD = re.compile(r"[^\W_]+")
_NO_LETTER = re.compile(f"[0-9〇{_WEEK}]")
_NEAR = 4
_LATIN = re.compile("[0-9a-z]")
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
#: Between letters of Japanese these are no punctuation.
_DOT = re.compile(r"[._^'`]")
_NATIVE = f"[{_HIRAGANA}{_KATAKANA}々〆]|{_KANJI}"
_DOTTED = re.compile(f"(?:{_NATIVE})\t(?:{_NATIVE})")
_APART_GATE = re.compile(
    f"{_GAP}(?:"
    f"(?<=[._^'`])(?<=(?:{_NATIVE}).)(?={_NATIVE})|"
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
_ODDLY_SMALL = re.compile(f"(?<![{_KATAKANA}])[{_SMALL}]|(?<=[ァ-ヺ])[ヵヶㇰ-ㇿ]")
_ALIKE_GATE = re.compile(
    f"[{_LIKE}{_LIKED}へべぺりヘベペリ\\-{_SMALL}ヵヶ](?:"
    f"(?<=[ァ-ヺー][{_LIKE}\\-ヵヶㇰ-ㇿ])|(?:(?<=[{_LIKE}])|(?<=[{_LIKE}\\-]-))(?=[ァ-ヺー])"
    f"|(?!(?<=カ)[所月国年])(?:(?<={_KANJI}[{_LIKED}])(?![{_KATAKANA}])|(?<![{_KATAKANA}].)(?<=[{_LIKED}])(?={_KANJI}))"
    f"|(?<=[{_SMALL}])(?<![{_KATAKANA}].)"
    f"|(?<=[ァ-ヺー][へべぺり])(?=[ァ-ヺー])|(?<=[{_HIRAGANA}][ヘベペリ])(?=[{_HIRAGANA}])"
    ")"
)


def loosened(view: str) -> tuple[str, Sequence[int]] | None:
    """
    Read *view* as somebody does who looks for words taken apart, or written with letters of another script.

    Gaps between single letters fall away, and between the few letters of one script on each side of a gap, and a full
    stop between letters of Japanese. Kanji among katakana are the katakana that they look like, and the other way
    round; a small katakana where none can be is a large one.

    Returns:
        What is read, and of each character the place in *view*; None where nothing is hidden so.
    """
    joined = _joined(view) if _APART_GATE.search(f"\n{view}") else None
    text, places = joined or (view, range(len(view)))
    if _ALIKE_GATE.search(text):
        text = _in_one_script(text)
    return None if text == view else (text, places)


def likenesses(letter: str) -> frozenset[str]:
    """Give the letters of a folded text that `loosened` may read as *letter*, and itself."""
    tables = (_AS_KATAKANA, _AS_KANJI, _AS_HIRAGANA, _LARGE)
    return frozenset([letter, *(chr(one) for table in tables for one, other in table.items() if chr(other) == letter)])


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
                or (_DOT.fullmatch(view, left, right) and _DOTTED.search(around))
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

"""
Fold a million random and mutated texts, and look whether folding keeps its word.

    python tools/fuzz_folding.py [--count 1000000] [--seed 1]

Every text is folded without an exception; every place of the view, and of the further readings, lies in the text and
in its order; folding a view changes nothing; folding fast and folding slowly are the same; a character that is not
seen, put anywhere, changes no view; and a text written with look-alikes of its characters is read as the text.
A text that breaks one of these is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from civicsns.text import _folds, _readings
from civicsns.text.folding import TRIPWIRES, Folded, fold, fold_fast, fold_slowly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SENTENCES = (
    "市民プールは、明日10月3日（土）午前9時から開放します。",
    "お問い合わせは0465-83-1234（平日8:30〜17:15）へ。",
    "個人番号 1234-5678-9018 は投稿しないでください。",
    "koho@city.wakaba.lg.jp または https://www.city.wakaba.lg.jp/event/1.html",
    "ＬＩＮＥで「ごみの日」を検索！#若葉市 ☀️🎉👨‍👩‍👧‍👦🇯🇵",
    "キチガイ、バカ、アホ、死ねなどの言葉は使いません。",
    "第３回パパ・ママ教室 ①沐浴 ②着替え ㈱まちづくり公社",
    "Wakaba City will hold a U.S.A. fair at Hall A on 3 May.",
)
_HIDDEN = [character for character, reading in _readings.exceptions().items() if not reading]
_SPECIAL = (
    *_folds.SEVERAL,
    *_folds.HOMOGLYPHS,
    *(chr(start + place) for start, run in _folds.SINGLES.items() for place in range(len(run))),
    *_readings.marks(),
)
COMMON = tuple(
    "0123456789０１２〇一二三四五六七八九ー-−‐・.．。、@＠[](){}☆★●*×xXoOlI |/_~〜 　\n\tアットホームドット゛゜ﾞﾟかがハパﾊｶへヘりリ"
    "力カ口ロ二ニエ工abcABCａаеоαβНⅠⅨ⑴⑼①⑩⓪❶🅰🇯🇵🇧㍿…％℃"
)


def anything(draw: random.Random) -> str:
    """Give a text of any characters."""
    pools: tuple[Callable[[], str], ...] = (
        lambda: chr(draw.randrange(0x110000)),
        lambda: chr(draw.randrange(0x3000)),
        lambda: chr(draw.randrange(0x3000, 0x3200)),
        lambda: draw.choice(_SPECIAL),
        lambda: draw.choice(_HIDDEN),
        lambda: draw.choice(COMMON),
        lambda: draw.choice(TRIPWIRES),
    )
    weights = [draw.random() ** 4 for _ in pools]
    return "".join(pool() for pool in draw.choices(pools, weights, k=draw.randrange(60)))


def mutated(draw: random.Random) -> str:
    """Give a sentence with some characters taken out, put in, doubled or disguised."""
    letters = list(draw.choice(_SENTENCES))
    for _ in range(draw.randrange(1, 12)):
        place = draw.randrange(len(letters) + 1)
        match draw.randrange(5):
            case 0:
                letters[place : place + draw.randrange(4)] = []
            case 1:
                letters[place:place] = [anything(draw)[:4]]
            case 2:
                letters[place:place] = letters[place : place + 5] * 2
            case 3:
                letters[place : place + 1] = [disguised(letter, draw) for letter in letters[place : place + 1]]
            case _:
                letters[place:place] = [draw.choice(COMMON), *letters[place : place + 1]]
    return "".join(letters)


_LIKENESSES: dict[str, list[str]] = {}
for _start, _run in _folds.SINGLES.items():
    for _place, _reading in enumerate(_run):
        _LIKENESSES.setdefault(_reading, []).append(chr(_start + _place))


def disguised(letter: str, draw: random.Random) -> str:
    """Give characters that are read as *letter*."""
    return "".join(draw.choice(_LIKENESSES.get(one, [one])) for one in letter)


def faults(text: str, draw: random.Random) -> Iterator[str]:
    """Tell what folding *text* does that it must not."""
    folded = fold(text)
    slow = fold_slowly(text)
    if slow.view != folded.view:
        yield f"fast {folded.view!r} is not slow {slow.view!r}"
    yield from _misplaced("view", folded)
    yield from _misplaced("slow", slow)
    if (again := fold(folded.view).view) != folded.view:
        yield f"{folded.view!r} folds to {again!r}"
    for name, reading in (("digits", folded.digits), ("masked", folded.masked)):
        if len(reading) != len(folded.view):
            yield f"{name}: {len(reading)} for {len(folded.view)}"
    if folded.loose is not None:
        yield from _misplaced("loose", folded.loose)
    letters = list(text)
    for _ in range(draw.randrange(1, 4)):
        letters.insert(draw.randrange(len(letters) + 1), draw.choice(_HIDDEN))
    if (other := fold("".join(letters)).view) != folded.view:
        yield f"{''.join(letters)!r} folds to {other!r}, not {folded.view!r}"


def _misplaced(name: str, folded: Folded) -> Iterator[str]:
    spans = [folded.span(place, place + 1) for place in range(len(folded.view))]
    if any(not 0 <= start < end <= len(folded.raw) for start, end in spans):
        yield f"{name}: {spans}"
    if any(one > other for one, other in pairwise(spans)):
        yield f"{name}: no order: {spans}"


def main() -> None:
    """Fold them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)  # noqa: S311 - texts to try, no secrets
    began, wrong, slow, hidden = time.monotonic(), 0, 0, 0
    for number in range(options.count):
        text = draw.choice((anything, mutated))(draw)
        slow += fold_fast(text) is None
        hidden += fold(text).loose is not None
        for fault in faults(text, draw):
            wrong += 1
            print(f"{number}: {text!r}: {fault}", flush=True)
        if wrong > 20:
            break
        if number % 100_000 == 99_999:
            print(f"{number + 1:,} texts, {wrong} faults", flush=True)
    print(
        f"{number + 1:,} texts, {slow:,} folded slowly, {hidden:,} with hidden words, {wrong} faults; {time.monotonic() - began:.0f} s"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

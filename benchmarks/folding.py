"""
How long it takes to fold a text, and to read it as somebody who looks for hidden numbers and words.

Run `python benchmarks/folding.py`: it prints tables in Markdown. The bound for what folding adds to a post of 140
Japanese characters in which nothing is hidden is 3 µs, and 20 µs a character for any text.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from civicsns.text.folding import Folded, fold, fold_fast, fold_slowly

if TYPE_CHECKING:
    from collections.abc import Callable

_SENTENCES = (
    "青葉市では本日午後三時から防災訓練を行います。市民の皆様には、サイレンの音にご注意いただきますよう"
    "お願いいたします。なお、雨天の場合は中止となりますので、市のホームページをご確認ください。"
    "お問い合わせは、防災課までお願いいたします。"
)
_PLAIN = (_SENTENCES * 2)[:140]
POSTS = {
    "140 Japanese characters": _PLAIN,
    "with full-width digits and capitals": _PLAIN[:110] + "電話０４６５−８３−１２３４、ＬＩＮＥ・ＦＡＸ、ＰＤＦ",
    "with emoji and a link": _PLAIN[:100] + "☀🎉 https://www.city.aoba.example.jp/bousai/",
    "with ☀️, ㈱, ⑩ and half-width kana": _PLAIN[:120] + "☀️㈱⑩ﾊﾞｽ・ﾃﾆｽ",
    "with a zero-width space": _PLAIN[:139] + "\u200b",
    "with Greek among Latin letters": _PLAIN[:130] + "PDΑγα波",
    "decomposed (NFD)": unicodedata.normalize("NFD", _PLAIN)[:140],
}
HOSTILE = (
    *("バ カ", "0 ", "o-", "a@", "[at]", "a [at] ", "\u200b", "か゛", "аb", "а", "一ー", "①1", "Ⅸ0", "a\u0e47", "🇯"),
    *("カ力", "a アット ", "a.", "☆a.", "㍿", "ﷺ", "( ", "a at a dot ", "1|", "Ａあ", "ﾊﾞ", "𝐚", "き ち"),
)
_READINGS = ("digits", "masked", "loose")
_SIZES = (10_000, 500_000)
_FIRST = """
import time, civicsns.text, attrs, ahocorasick_rs
times = [time.perf_counter()]
from civicsns.text import folding
for text in ("", "あ①", "あ㈱"):
    text and folding.fold(text)
    times.append(time.perf_counter())
print(*(1e3 * (later - earlier) for earlier, later in zip(times, times[1:])))
"""


def _time(function: Callable[[], object], rounds: int) -> float:
    """Give the seconds that a call takes, the median of some."""
    took: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        function()
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2]


def _reread(folded: Folded, *names: str) -> None:
    """Read what was folded in further ways, as for the first time."""
    fresh = Folded(folded.raw, folded.view)
    for name in names:
        getattr(fresh, name)


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def posts() -> None:
    """Print how long one post takes."""
    print("### Folding one post: p50 in µs\n")
    _row("post", "`fold_fast`", "exact", *_READINGS)
    _row("---", *["---:"] * 5)
    for name, text in POSTS.items():
        exact = fold_slowly if fold_fast(text) is None else fold_fast
        took = [_time(partial(fold_fast, text), 5000), _time(partial(exact, text), 3000)]
        took += [_time(partial(_reread, fold(text), reading), 2000) for reading in _READINGS]
        _row(name, *(f"{1e6 * seconds:.1f}" for seconds in took))


def hostile() -> None:
    """Print how time grows with the length of the worst texts."""
    print("\n### A pattern repeated: µs a character\n")
    _row("pattern", *(f"{what}, {size:,}" for what in ("fold", "all readings") for size in _SIZES))
    _row("---", *["---:"] * 2 * len(_SIZES))
    for pattern in HOSTILE:
        texts = [(pattern * size)[:size] for size in _SIZES]
        took = [_time(partial(fold, text), 3) / len(text) for text in texts]
        took += [_time(partial(_reread, fold(text), *_READINGS), 3) / len(text) for text in texts]
        _row(f"`{pattern!r}`", *(f"{1e6 * seconds:.2f}" for seconds in took))


def first() -> None:
    """Print how long it takes the first time, in a new process."""
    took = [
        [float(part) for part in subprocess.check_output([sys.executable, "-c", _FIRST], text=True).split()]
        for _ in range(7)
    ]
    print("\n### The first time: ms, the best of 7\n")
    _row("import", "the first text", "the first that is folded slowly")
    _row("---:", "---:", "---:")
    _row(*(f"{min(column):.1f}" for column in zip(*took, strict=True)))


def main() -> None:
    """Measure, and print."""
    gc.disable()
    posts()
    hostile()
    first()


if __name__ == "__main__":
    main()

"""
How long it takes to measure, read and split a text.

Run `python benchmarks/text.py`: it prints tables in Markdown.
Beside civicsns stand PyPI's twitter-text-parser and, where Node.js is present, npm's twitter-text 3.1.0.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from twitter_text import parse_tweet

from civicsns.text import Measure, entities, measure, split, weighted_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

sys.path.append(str(Path(__file__).parents[1] / "tools"))

from twitter_text_oracle import Oracle, OracleMissing

_SENTENCES = (
    "青葉市では本日午後三時から防災訓練を行います。市民の皆様には、サイレンの音にご注意いただきますよう"
    "お願いいたします。なお、雨天の場合は中止となりますので、市のホームページをご確認ください。"
    "お問い合わせは、防災課までお願いいたします。"
)
_JAPANESE = (_SENTENCES * 2)[:140]
POSTS = {
    "140 Japanese characters": _JAPANESE,
    "the same, decomposed (NFD)": _JAPANESE.replace("が", "か\u3099").replace("で", "て\u3099"),
    "100 and a URL, a hashtag, an emoji": _JAPANESE[:100] + " https://www.city.aoba.example.jp/bousai/ #青葉市 👨‍👩‍👧",
    "four URLs without http://": "見て example.com と example.jp/path と www.example.co.jp?x=1 と 市example.com",
    "280 ASCII characters": "The city will hold a drill on Sunday; do not worry. " * 5 + "See you then, then! ",
    "140 emoji sequences": "👨‍👩‍👧‍👦" * 140,
}
HOSTILE = {
    "plain Japanese": _SENTENCES,
    "`a.`": "a.",
    "`日.`": "日.",
    "`@a`": "@a",
    "`#a`": "#a",
    "`http://`": "http://",
    "`http://a.co/(`": "http://a.co/(",
    "`a.co/(a(`": "a.co/(a(",
    "`a.co?!`": "a.co?!",
    "`a_.`": "a_.",
    "`example.com ` ": "example.com ",
    "U+0301 U+0323": "\u0301\u0323",
    "U+0F73": "\u0f73",
    "U+1F469 U+200D": "👩\u200d",
    "U+1F1EF": "🇯",
    "U+0915 U+094D": "क्",
    "U+1100": "\u1100",
}
_SIZES = (12_500, 25_000, 50_000, 100_000)
#: Longer than this, another implementation is not waited for.
_PATIENCE = 5.0


def timings(call: Callable[[], object], *, seconds: float = 0.5) -> list[float]:
    """Call again and again, and give how long each call took, in seconds."""
    call()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    gc.disable()
    while (start := time.perf_counter()) < end:
        call()
        taken.append(time.perf_counter() - start)
    gc.enable()
    return taken


def percentiles(taken: Iterable[float]) -> str:
    """Give p50 and p99 in microseconds."""
    ordered = sorted(taken)
    middle, high = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"{middle * 1e6:,.1f} / {high * 1e6:,.1f}"


def best(call: Callable[[], object], rounds: int = 5) -> float:
    """Give the shortest of a few calls, in seconds of the processor."""
    call()
    gc.disable()
    shortest = min(_once(call) for _ in range(rounds))
    gc.enable()
    return shortest


def _once(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def patiently(text: str) -> float | None:
    """Time twitter-text-parser once in a process of its own, and give up on it after a while."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(parse_tweet, ("warm",))
        start = time.perf_counter()
        try:
            pool.apply_async(_parse, (text,)).get(_PATIENCE)
        except multiprocessing.TimeoutError:
            return None
        return time.perf_counter() - start


def _parse(text: str) -> None:
    parse_tweet(text)


def _rows(*rows: Iterable[str]) -> None:
    for row in rows:
        print("| " + " | ".join(row) + " |")


def posts(oracle: Oracle | None) -> None:
    """Print how long one post takes."""
    print("## Weighted length of one post: p50 / p99 in µs\n")
    _rows(
        ("post", "civicsns", "npm twitter-text 3.1.0", "PyPI twitter-text-parser"),
        ("---", "---:", "---:", "---:"),
    )
    for name, text in POSTS.items():
        npm = "no Node.js"
        if oracle:
            oracle.ask("time", text=text, rounds=2000)
            npm = percentiles(taken / 1e9 for taken in oracle.ask("time", text=text, rounds=5000))
        _rows(
            (
                name,
                percentiles(timings(partial(weighted_length, text))),
                npm,
                percentiles(timings(partial(parse_tweet, text))),
            )
        )
    print("\n## The other functions: p50 / p99 in µs\n")
    _rows(("post", "entities", *(f"measure, {by.value}" for by in Measure)), ("---", *["---:"] * (1 + len(Measure))))
    for name, text in POSTS.items():
        columns = [percentiles(timings(partial(measure, text, by), seconds=0.3)) for by in Measure]
        _rows((name, percentiles(timings(partial(entities, text), seconds=0.3)), *columns))


def scaling(oracle: Oracle | None) -> None:
    """Print how time grows with the length of the worst texts; twice the text should take twice the time."""
    print(
        "\n## Texts of a pattern repeated: ms for so many characters, and how many times the first the last takes per character\n"
    )
    _rows(
        ("function, pattern", *(f"{size:,}" for size in _SIZES), "ratio"),
        ("---", *["---:"] * (len(_SIZES) + 1)),
    )
    for function in (
        weighted_length,
        entities,
        partial(measure, by=Measure.BLUESKY),
        partial(measure, by=Measure.MASTODON),
    ):
        label = function.keywords["by"].value if isinstance(function, partial) else function.__name__
        for name, pattern in HOSTILE.items():
            _grow(f"{label}, {name}", pattern, function)
    for by in Measure:
        _grow(f"split by {by.value}, plain Japanese", _SENTENCES, partial(split, by=by, maximum=280))

    print("\n## The same texts, 2,000 characters: ms\n")
    _rows(
        ("pattern", "civicsns", "npm twitter-text 3.1.0", f"PyPI twitter-text-parser (at most {_PATIENCE:g} s)"),
        ("---", "---:", "---:", "---:"),
    )
    for name, pattern in HOSTILE.items():
        text = _repeated(pattern, 2000)
        npm = f"{min(oracle.ask('time', text=text, rounds=3)) / 1e6:,.2f}" if oracle else "no Node.js"
        other = patiently(text)
        _rows(
            (
                name,
                f"{best(partial(weighted_length, text)) * 1e3:,.2f}",
                npm,
                "gave up" if other is None else f"{other * 1e3:,.2f}",
            )
        )


def _repeated(pattern: str, size: int) -> str:
    return (pattern * (size // len(pattern) + 1))[:size]


def _grow(name: str, pattern: str, function: Callable[[str], object]) -> None:
    taken = [best(partial(function, _repeated(pattern, size))) for size in _SIZES]
    ratio = taken[-1] / taken[0] * _SIZES[0] / _SIZES[-1]
    _rows((name, *(f"{value * 1e3:,.1f}" for value in taken), f"{ratio:.2f}"))


def main() -> None:
    """Print all tables."""
    print(f"`python benchmarks/text.py`, Python {sys.version.split()[0]}\n")
    try:
        oracle = Oracle()
    except OracleMissing as missing:
        print(f"{missing}\n", file=sys.stderr)
        posts(None)
        scaling(None)
        return
    with oracle:
        posts(oracle)
        scaling(oracle)


if __name__ == "__main__":
    main()

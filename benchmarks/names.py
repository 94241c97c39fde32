"""
How well names of persons are found, and how long it takes.

Run `python benchmarks/names.py`: it prints tables in Markdown on invented posts. With `--spans FILE` (one object a line
with `text` and `persons`, a list of `[start, end]`) it prints precision and recall; with `--half tune` or `--half test`
on one half of the lines, told apart by a hash of the text. With `--texts FILE` it takes its times on the lines of a file,
in stretches of 140 characters.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from civicsns.policy.names import THRESHOLD, Kind, find_names

POSTS = (
    "本日15時から青葉市民ホールで防災講座を開きます。お申し込みは防災課まで。雨天の場合は中止します。",
    "【迷い人のお知らせ】高橋美智子さん（82歳）が昨日から行方不明です。見かけた方は警察署までお願いします。",
    "夏祭りの会場から。佐賀牛の串焼きは売り切れました。踊りは19時からです。講師は山田太郎氏（舞踊家）。",
    "図書館では、絵本の読み聞かせとイベント・セミナーを開催します。駐車場は台数に限りがあります。",
    "ジョン・スミスさんが国際交流員として着任しました。スミスさんはシアトルのご出身です。",
)

HOSTILE = {
    "surname and honorific": "田中さん",
    "one surname": "田中",
    "one kanji": "田",
    "one katakana": "ア",
    "foreign names": "ジョン・スミス、スミス、",
    "dots": "・",
    "honorifics": "さん",
    "quotation marks": "田中「",
    "Latin letters": "taro yamada ",
    "short surnames": "李あ",
}

_LOADING = """
import time
start = time.process_time()
from civicsns.policy.names import find_names
imported = time.process_time()
find_names("田中さん")
print(imported - start, time.process_time() - imported)
"""


def accuracy(path: Path, half: str) -> None:
    """Print precision and recall at several thresholds."""
    gold: set[tuple[int, int, int]] = set()
    found: list[tuple[float, Kind, tuple[int, int, int]]] = []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, line in enumerate(lines):
        text = line["text"]
        if half != "all" and (hashlib.sha256(text.encode()).digest()[0] % 2 == 0) != (half == "tune"):
            continue
        gold |= {(number, start, end) for start, end in line["persons"]}
        found += [(name.score, name.kind, (number, name.start, name.end)) for name in find_names(text, threshold=-3.0)]
    print(f"{len(gold)} names\n")
    print("| least score | precision | recall | F1 | overlapping: precision | recall | of these bare |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for least in sorted({3.0, 2.0, 1.0, 0.5, 0.0, -0.3, THRESHOLD, -1.0, -1.5}, reverse=True):
        rows = [(kind, span) for score, kind, span in found if score >= least]
        spans = {span for _, span in rows}
        exact = len(spans & gold)
        precision, recall = exact / len(spans), exact / len(gold)
        loose = sum(_meets(span, gold) for span in spans) / len(spans)
        met = sum(_meets(span, spans) for span in gold) / len(gold)
        kinds = Counter(kind for kind, _ in rows)
        print(
            f"| {least}{' (set)' if least == THRESHOLD else ''} | {precision:.3f} | {recall:.3f} |"
            f" {2 * precision * recall / (precision + recall):.3f} | {loose:.3f} | {met:.3f} |"
            f" {kinds[Kind.BARE] / len(rows):.2f} |"
        )


def _meets(span: tuple[int, int, int], others: set[tuple[int, int, int]]) -> bool:
    number, start, end = span
    return any(number == other and start < last and first < end for other, first, last in others)


def times(posts: list[str], rounds: int = 7) -> None:
    """Print the time for one post; of several rounds the best, for other work keeps the machine busy."""
    best = [float("inf")] * len(posts)
    for _ in range(rounds):
        for number, post in enumerate(posts):
            start = time.perf_counter_ns()
            find_names(post)
            best[number] = min(best[number], time.perf_counter_ns() - start)
    best.sort()
    with_names = sum(bool(find_names(post)) for post in posts) / len(posts)
    print(
        f"\n{len(posts)} posts, {sum(map(len, posts)) / len(posts):.0f} characters, {with_names:.0%} with a name: µs\n"
    )
    print("| mean | p50 | p90 | p99 |\n| ---: | ---: | ---: | ---: |")
    print("|", " | ".join(f"{one / 1000:.1f}" for one in (sum(best) / len(best), *_quantiles(best))), "|")


def _quantiles(ordered: list[float]) -> tuple[float, ...]:
    return tuple(ordered[int(len(ordered) * share)] for share in (0.5, 0.9, 0.99))


def loading(rounds: int = 5) -> None:
    """Print how long tables and dictionary take to load, in fresh interpreters."""
    took = []
    for _ in range(rounds):
        done = subprocess.run([sys.executable, "-c", _LOADING], check=True, capture_output=True, text=True)
        took.append([float(part) * 1000 for part in done.stdout.split()])
    print("\n| milliseconds of one core, best of", rounds, "| |\n| --- | ---: |")
    print(f"| import | {min(one[0] for one in took):.0f} |")
    print(f"| tables, dictionary and the first name | {min(one[1] for one in took):.0f} |")


def hostile(length: int = 20_000) -> None:
    """Print the time per character on texts that are made to take long."""
    draw = random.Random(1)
    texts = {name: (pattern * length)[:length] for name, pattern in HOSTILE.items()}
    texts["kanji drawn by lot"] = "".join(chr(draw.randrange(0x4E00, 0x9FFF)) for _ in range(length))
    texts["pieces drawn by lot"] = "".join(
        draw.choice(["田中", "太郎", "さん", "ジョン・", "ー", "々", "「", "(", "5", "歳", "a", "は"])
        for _ in range(length // 2)
    )
    print(f"\n| {length:,} characters of | µs a character | half as many |\n| --- | ---: | ---: |")
    for name, text in texts.items():
        print(f"| {name} | {_each(text):.2f} | {_each(text[: length // 2]):.2f} |")


def _each(text: str) -> float:
    start = time.process_time()
    find_names(text)
    return (time.process_time() - start) / len(text) * 1e6


def main() -> None:
    """Print what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=Path)
    parser.add_argument("--half", choices=["tune", "test", "all"], default="all")
    parser.add_argument("--texts", type=Path)
    given = parser.parse_args()
    if given.spans:
        accuracy(given.spans, given.half)
        return
    posts = [post * (140 // len(post) + 1) for post in POSTS]
    if given.texts:
        text = " ".join(given.texts.read_text(encoding="utf-8").splitlines())
        posts = [text[place : place + 140] for place in range(0, len(text) - 140, 140)]
    gc.disable()
    loading()
    times([post[:140] for post in posts])
    hostile()


if __name__ == "__main__":
    main()

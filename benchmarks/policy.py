"""
How long the conduct rules take for a post, beside what else looks for personal data in Japanese.

Run `python benchmarks/policy.py`: it prints tables in Markdown. With `--peers PYTHON`, an interpreter in whose
environment some of presidio-analyzer (with a Japanese spaCy model, such as ja-ginza), kakushi, privacy-masker and
namemask are installed, those are timed in the same run, on the same posts; what is missing there is named.

The environment variable CIVICSNS_OFFICIAL names a text file of a real bulletin, one sentence a line: then its windows of
140 characters are timed as well. A timing of one post is the best of five calls; p50 and p99 are over the posts.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.model import Context, Draft
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from civicsns.policy.pack import Pack

SENTENCES = (
    "市民プールは、七月一日から八月三十一日まで毎日開放します。",
    "水泳帽を忘れずにお持ちください。",
    "本日午後三時から、市内全域で防災行政無線の試験放送を行います。",
    "実際の災害とお間違えのないようお願いします。",
    "図書館の読み聞かせ会に、たくさんのお子さんが集まってくれました。",
    "来月も第二土曜日に開きます。",
    "【断水のお知らせ】水道管の工事のため、10月3日(土)の午後9時から翌朝5時まで、栄町の一部で水が出にくくなります。",
    "ご迷惑をおかけしますが、ご理解とご協力をお願いします。",
    "お祭り会場では、佐賀牛の串焼きがまもなく売り切れます！",
    "駐車場は満車ですので、シャトルバスをご利用ください。",
    "申込みは、市のホームページ(https://www.city.wakaba.lg.jp/)の応募フォームから。",
    "定員は先着20名です。",
    "お問い合わせは、子育て支援課(電話0265-83-2111)まで。",
    "今朝は冷え込みました。",
    "通学路の路面が凍っている所がありますので、足元にお気を付けください。",
    "#若葉市 #わかばマルシェ",
    "市役所の一階で、移住相談会を開いています。",
    "保健師が、赤ちゃんの体重測定と育児のご相談に応じます。",
    "台風が近づいています。",
    "側溝の掃除や、飛ばされそうな物の片付けなど、早めの備えをお願いします。",
    "ご意見をお寄せくださった皆さま、ありがとうございました。",
    "写真は、棚田に並ぶ案山子たちです。🌾",
)
#: Pieces that many patterns begin with, for texts that are meant to take long.
_BAIT = (
    *(
        "0",
        "09",
        "090-",
        "1234 ",
        "〇一二",
        "1/2",
        "年",
        "月3日(土)",
        "(土",
        "「",
        "」",
        "『",
        "#a",
        "@a",
        "a.",
        "a.jp",
        "http://",
        "hxxp",
        "www.",
    ),
    *(
        "さん",
        "様",
        "の",
        "は",
        "が",
        "を",
        "です",
        "ます",
        "だ。",
        "。",
        "\n",
        " ",
        "　",
        "バ カ",
        "死 ね",
        "○",
        "*",
        "×",
        "バ○",
        "🎉",
        "😀",
        "①",
        "㈱",
        "ｶﾞ",
        "か゛",
    ),
    *(
        "市長",
        "候補",
        "投票",
        "内緒",
        "公表",
        "予定価格",
        "円",
        "避難",
        "らしい",
        "地震",
        "提供",
        "商品",
        "写真",
        "画像",
        "お借り",
        "転載",
    ),
    *("\u200b", "\u0301", "\u3099", "\ufe0f", "\u202e", "а", "Ⅻ", "㍿", "🇯🇵", "👨\u200d👩"),
)


def posts(count: int, *, seed: int = 1) -> list[str]:
    """Make posts of 140 characters of the sentences, in any order."""
    draw = random.Random(seed)
    return ["".join(draw.sample(SENTENCES, 14))[:140] for _ in range(count)]


def windows(file: str) -> list[str]:
    """Cut a bulletin into stretches of 140 characters."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if line and not line.startswith("#"))
    return [text[place : place + 140] for place in range(0, len(text) - 139, 140)]


def drafts(texts: Iterable[str]) -> list[Draft]:
    """Make drafts of texts."""
    return [Draft(author="1", text=text, accounts=("x:a",)) for text in texts]


def timings(call: Callable[[Any], object], things: Sequence[Any], *, rounds: int = 5) -> list[float]:
    """Give the best of some calls for each thing, in µs, in order."""
    for thing in things[:50]:
        call(thing)
    gc.collect()
    gc.disable()
    best: list[float] = []
    for thing in things:
        fastest = float("inf")
        for _ in range(rounds):
            began = time.perf_counter_ns()
            call(thing)
            fastest = min(fastest, time.perf_counter_ns() - began)
        best.append(fastest / 1000)
    gc.enable()
    return sorted(best)


def row(name: str, taken: Sequence[float]) -> None:
    """Print one line of a table."""
    mean = sum(taken) / len(taken)
    print(
        f"| {name} | {taken[len(taken) // 2]:,.1f} | {taken[len(taken) * 99 // 100]:,.1f} | {mean:,.1f} | {taken[-1]:,.1f} |"
    )


def without_names(pack: Pack) -> Pack:
    """Leave out the rules that need a dictionary of names."""
    return attrs.evolve(pack, rules=tuple(rule for rule in pack.rules if rule.detect["kind"] != "name"))


def with_terms(pack: Pack, count: int) -> Pack:
    """Put so many more words into a list of the pack."""
    draw = random.Random(2)
    letters = [chr(point) for point in range(0x4E00, 0x9000)]
    words = tuple({"".join(draw.choices(letters, k=draw.randrange(2, 6))) for _ in range(count)})
    rule = next(rule for rule in pack.rules if rule.detect["kind"] == "terms")
    more = attrs.evolve(rule, code="BEN001", detect={"kind": "terms", "terms": words}, fix=None, when={})
    return attrs.evolve(pack, rules=(*pack.rules, more))


def hostile(policy: Policy, *, count: int, length: int, seed: int) -> list[tuple[float, str]]:
    """Time texts that are meant to take long, in µs a character, slowest first."""
    draw = random.Random(seed)
    own = [term for detector in policy.detectors for slot in detector.slots for term in slot]
    slowest: list[tuple[float, str]] = []
    for _ in range(count):
        bait = draw.choices(draw.choice((_BAIT, own, (*_BAIT, *own))), k=draw.choice((1, 1, 2, 3, 8)))
        text = "".join(draw.choices(bait, k=length))[:length]
        draft = drafts([text])[0]
        best = float("inf")
        for _ in range(2):
            began = time.perf_counter_ns()
            policy.check(draft, Context())
            best = min(best, (time.perf_counter_ns() - began) / 1000 / len(text))
        slowest = sorted([*slowest, (best, "".join(bait))], reverse=True)[:5]
    return slowest


def _checked(policy: Policy, draft: Draft) -> object:
    return policy.check(draft, Context())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", help="an interpreter with the others installed")
    parser.add_argument("--count", type=int, default=1000, help="posts")
    parser.add_argument("--hostile", type=int, default=300, help="hostile texts of each length")
    options = parser.parse_args()

    began = time.perf_counter()
    pack = builtin("jp-municipal")
    read = time.perf_counter() - began
    compiling = min(_timed(lambda: Policy(pack)) for _ in range(5))
    print(f"{len(pack.rules)} rules; reading the pack {read * 1000:.0f} ms, compiling it {compiling * 1000:.0f} ms.\n")

    whole, nameless = Policy(pack), Policy(without_names(pack))
    longer = Policy(with_terms(without_names(pack), 5000))
    texts = posts(options.count)
    print("| 140 characters, all rules, µs | p50 | p99 | mean | max |\n| --- | ---: | ---: | ---: | ---: |")
    sources = {"our sentences": texts}
    if official := os.environ.get("CIVICSNS_OFFICIAL"):
        sources["a bulletin"] = windows(official)
    for name, source in sources.items():
        own = drafts(source)
        for what, policy in (
            ("without names", nameless),
            ("with names", whole),
            ("without names, 5,000 more terms", longer),
        ):
            row(f"civicsns, {name}, {what}", timings(partial(_checked, policy), own))
    if options.peers:
        _peers(options.peers, texts)

    print("\n| hostile texts, µs a character | slowest | its pieces |\n| --- | ---: | --- |")
    for length in (140, 2_000, 20_000):
        count = max(options.hostile * 140 // length, 20)
        for taken, bait in hostile(whole, count=count, length=length, seed=length)[:3]:
            print(
                f"| {length:,} characters, {count} texts | {taken:.1f} | `{bait[:40].encode('unicode_escape').decode()}` |"
            )


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _peers(python: str, texts: Sequence[str]) -> None:
    """Time the others in their own environment."""
    script = Path(__file__).parent / "contestants" / "personal_data.py"
    done = subprocess.run(
        [python, str(script)], input=json.dumps(list(texts)), capture_output=True, text=True, check=False
    )
    sys.stderr.write(done.stderr[-2000:] if done.returncode else "")
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        if "missing" in answer:
            print(f"| {answer['name']} | not installed | | | |")
        else:
            row(answer["name"], answer["taken"])


if __name__ == "__main__":
    main()

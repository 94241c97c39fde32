"""
Write tests/text/data/twitter_text.json: what npm's twitter-text 3.1.0 says of many texts.

`python tools/make_text_cases.py` (it needs Node.js with npm). The tests read the file, so that they need no Node.js.
The texts are written here or drawn from the alphabets below, always the same ones.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from twitter_text_oracle import Oracle, answer_in_code_points, joined

_TARGET = Path(__file__).parents[1] / "tests" / "text" / "data" / "twitter_text.json"

WRITTEN = (
    "",
    "青葉市からのお知らせです。",
    "青葉市では本日午後3時から防災訓練を行います。詳しくは https://www.city.aoba.example.jp/bousai/ をご覧ください。 #青葉市",
    "あ" * 140,
    "あ" * 141,
    "a" * 280,
    "a" * 281,
    "あ" * 128 + " https://example.com/" + "x" * 200,
    # Weights at the borders of their ranges.
    "\u10ff\u1100\u1fff\u2000\u200d\u200e\u200f\u2010\u201f\u2020\u2031\u2032\u2037\u2038",
    # Normalisation.
    "か\u3099 cafe\u0301 \u1112\u1161\u11ab \ufb01 \u2126 \uf900 \u0344 \u0f73",
    "q\u0307\u0323 q\u0323\u0307 a\u0301\u0323\u0302",
    # URLs.
    "example.com",
    "http://example.com https://example.co.jp/path?query=1#part",
    "HTTPS://EXAMPLE.COM/PATH",
    "見てexample.com",
    "見て http://example.comを",
    "https://example.com/あ https://ja.wikipedia.org/wiki/日本",
    "https://例え.みんな/ 例え.みんな/path 例え.コム www.例え.com/path",
    "http://xn--r8jz45g.xn--zckzah/ xn--r8jz45g.com xn--日本.com http://xn--日a.com",
    "https://example.com/a_(b) https://example.com/a_(b_(c)) https://example.com/a_(b_(c_(d)))",
    "https://example.com/foo. https://example.com/foo, https://example.com/foo! (https://example.com/foo)",
    "https://example.com:8080/ https://example.com: example.com:80/x example.com:80",
    "example.com?x=1 example.com/?x=1 example.com/x?y=!",
    "https://t.co/abc123 https://t.co/abc123/more https://t.co/abc?x=1! https://t.co/" + "a" * 41,
    "a@example.com @example.com #example.com $example.com -example.com _example.com .example.com /example.com",
    "test.example_test.com example_.com _example.com a-b.com -a.com a-.com a..com",
    "example.comx example.com-x example.com_x example.com日本 example.com@ example.com+",
    "a.co日a.co a.comx日a.co/path example.com日本.みんな/path",
    "https://example.com/@user/ https://example.com/!#/x https://example.com/%E3%81%82",
    "http://www.example.com/ιΙ\u0345é\u0301Я http://\u0001.com \u0001\u0002.com",
    "あ" * 60 + "example.com",
    "あ" * 30 + "example.com",
    "https://" + "a" * 63 + ".com https://" + "a" * 64 + ".com",
    "https://example.com/" + "a" * 4068,
    "https://example.com/" + "a" * 4069,
    "😀example.com 😀.com http://😀.com 👨‍👩‍👧example.com/x",
    " あ_日example.com い_example.com",
    "example.com😀.みんな/ example.com😀.みんな/a",
    "a.vermögensberatung a.VERMÖGENSBERATUNG a.vermögenſberatung",
    "москва.рф МОСКВА.РФ мос\u1c80а.рф ᲒᲔ.გე",
    "ftp://example.com //example.com http:///example.com http://http://example.com",
    '"example.com" `example.com` 「example.com」 <example.com> \u202eexample.com\u202c \ufeffexample.com',
    # Hashtags.
    "#青葉市 ＃青葉市 #aoba #Ａｏｂａ #123 #1a #_ #a_b #・ #あ・い #あ〜い #〜あ",
    "#a#b #a ##a &#a a#b あ#b 。#b b。#あ#い",
    "#http://example.com #a://b http://example.com/#a http://example.com#a",
    "#\ufe0f #️⃣ #⃣ #\ufe0fa \ufe0f#a \ufe0e#a a\ufe0f#b",
    "#𠮷野家 #𝒜 #𝟘 #𝟘a #한국 #עברית #العربية #ไทย #हिन्दी #\u200ca #a\u200db",
    "#\u0301 #ー #々 #゛ #ヶ #①",
    # Mentions and lists.
    "@aoba ＠aoba @aoba_city @_ @1 .@aoba あ@aoba a@aoba !@aoba -@aoba +@aoba",
    "@" + "a" * 20 + " @" + "a" * 21 + " @aoba/list @aoba/1 @aoba/" + "a" * 26,
    "@a@b @a@ @a＠ @aé @a:// @a: @a. @a/b/c @a/b-c_d",
    "RT@a RT:@a RT @a rt:@a .RT@a aRT@a あRT@a RT::@a -RT@a",
    # Cashtags.
    "$A $AB $ABCDEF $ABCDEFG $A.B $A.BC $A.BCD $A_B $1 $A1 $$A あ$A $A。 $A、 $A, $A$B\t$C\u3000$D\x85$E\u180e$F",
    # Overlaps.
    "http://example.com/@a #a@b @a#b $a@b http://example.com/$AB @example.com #a.com",
    # Emoji.
    "😀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇯🇵 🇯 🇯🇵🇵 🇦🇯🇵 1️⃣ 1⃣ ©️ © ™️ ❤️ ❤ ❤\ufe0e ☝🏻 ☝️🏻 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "👩‍❤️‍💋‍👨 👩‍❤‍💋‍👨 👨🏽‍⚕️ 👨🏽‍⚕ 🕵️‍♀️ 🕵‍♀️ 👩‍🦰 \u200d \ufe0f \u20e3 🏽 👩\u200d 👩\u200d👩",
    "https://example.com/1️⃣ https://example.com/#️⃣",
    # Invisible, directional, invalid and broken characters.
    "a\u200bb\u2060c\u00add\u200ee\u202af\u2066g",
    "\ufeff\ufffe\uffff",
    "\ud83d \ude00 \ud83d\ude00 #\ud83d \ud83d#a @\ud83d \ud83d.com http://\ud83d.com",
    "أهلا #مرحبا @aoba https://example.com/ \u200f#a",
)

_ALPHABETS = (
    [
        "a",
        "b",
        "com",
        "co",
        "jp",
        "example",
        "http://",
        "https://",
        ".",
        ".",
        "-",
        "_",
        "/",
        "?",
        "(",
        ")",
        ":",
        "日",
        "é",
    ],
    ["#", "＃", "@", "＠", "$", "a", "1", "_", "日", " ", "・", "\ufe0f", "RT", ":", "/", "é", "://", ".", "&", "😀"],
    ["👨", "👩", "👧", "\u200d", "❤", "\ufe0f", "🏽", "🇯", "🇵", "1", "\u20e3", "🏴", "©", "あ", " ", "\ufe0e"],
    ["か", "\u3099", "\u0301", "\u0323", "é", "e", "\u1100", "\u1161", "\u11a8", "\u0345", "ι", ".", "com", "#", " "],
    ["\ud83d", "\ude00", "\u202e", "\u200b", "\ufeff", "\u061c", "א", "ا", ".", "com", "#", "@", "a", "http://", "日"],
)


def _drawn(rounds: int) -> list[str]:
    draw = random.Random(31)  # noqa: S311 -- test data, the same each time
    return ["".join(draw.choices(draw.choice(_ALPHABETS), k=draw.randint(2, 14))) for _ in range(rounds)]


def main() -> None:
    """Ask about every text, and write the answers, one case a line."""
    with Oracle() as oracle:
        cases: list[dict[str, Any]] = [
            {"text": text, **answer_in_code_points(text, oracle.ask("parse", text=text))}
            # JSON cannot tell two halves side by side from the character that they make.
            for text in map(joined, [*WRITTEN, *_drawn(500)])
        ]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    _TARGET.write_text(f"[\n{lines}\n]\n", encoding="ascii")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()

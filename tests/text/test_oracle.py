"""The same answers as npm's twitter-text 3.1.0, on texts that hypothesis makes up."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from twitter_text_oracle import Oracle, answer_in_code_points

from civicsns.text.knowledge import as_twitter_text

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def oracle():
    with Oracle() as running:
        yield running


@pytest.fixture(scope="module")
def known_to_one(oracle):
    """The characters that Python's Unicode tables assign and Node's do not, or the other way round."""
    theirs = set(oracle.ask("unassigned"))
    ours = {point for point in range(0x110000) if unicodedata.category(chr(point)) == "Cn"}
    return frozenset(map(chr, theirs ^ ours))


def _words(*words: str, most: int = 14) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(words), max_size=most).map("".join)


_DOMAINS = (
    *sorted(as_twitter_text().domains)[::60],
    "com",
    "jp",
    "co",
    "コム",
    "みんな",
    "москва",
    "МОСКВА",
    "嘉里",
    "嘉里大酒店",
    "भारत",
    "भारतम्",
    "გე",
    "ᲒᲔ",
    "xn--a-b",
)
_LABEL = _words(
    "a",
    "b",
    "-",
    "_",
    "日",
    "é",
    "com",
    "jp",
    "xn--",
    "😀",
    "。",
    "コム",
    "1",
    "\u0001",
    "ſ",
    "K",
    "ι",
    "\u0345",
    most=5,
)
_PATH = _words(
    "a",
    "1",
    "/",
    "(",
    ")",
    "((",
    "))",
    ".",
    ",",
    "!",
    "=",
    "_",
    "@",
    "é",
    "日",
    "?",
    "#",
    "я",
    "%",
    "-",
    "~",
    "ι",
    "&",
    "–",
)

_URL = st.builds(
    "{}{}{}.{}{}{}{}".format,
    st.sampled_from(["", "a", "日", " ", ".", "-", "_", "/", "@", "#", "$", "😀", "\ufeff", "\u202e", '"']),
    st.sampled_from(["", "", "http://", "https://", "HTtps://", "http://http://", "ftp://"]),
    st.lists(_LABEL, min_size=1, max_size=4).map(".".join),
    st.sampled_from(_DOMAINS),
    st.sampled_from(["", "", ":80", ":", "日", "-", "+", "_", "@", "x", "."]),
    st.one_of(st.just(""), _PATH.map("/{}".format), _PATH.map("?{}".format), st.builds("/{}?{}".format, _PATH, _PATH)),
    st.sampled_from(["", " ", "日", ".", "a.co", " https://t.co/abc", "#a", "@a"]),
)
_SHORT_LINK = st.builds(
    "https://t.co/{}{}{}".format,
    st.integers(0, 45).map("a".__mul__),
    st.sampled_from(["", "/x", "?", "?a=1!", "日", "_", "-"]),
    _PATH,
)
_LONG = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "http://", "日", '"', " "]),
    st.builds(
        lambda letters, length: (letters * length)[:length],
        st.sampled_from(["a", "日", "é", "a日", "😀", "か\u3099", "\u0001", "\u007f", "a。"]),
        st.integers(55, 130),
    ),
    st.sampled_from([".com", ".日本.com", ".a.com", ".com/" + "a" * 4070, ".com/" + "a" * 4020, ".com/" + "a" * 3990]),
)
_TAGS = _words(
    "#",
    "＃",
    "a",
    "1",
    "_",
    "・",
    "\ufe0f",
    "\ufe0e",
    "\u20e3",
    "&",
    " ",
    "日",
    "://",
    "@",
    "😀",
    "𝒜",
    "𝟘",
    "\ud83d",
    "\ude00",
    "〜",
    "\u0301",
    "ー",
    "x.co",
    "http",
)
_NAMES = _words(
    "@",
    "＠",
    "a",
    "rt",
    "RT:",
    "Rt",
    "é",
    "://",
    "/",
    "list",
    "_",
    "-",
    ".",
    "!",
    " ",
    "日",
    "😀",
    "a" * 19,
    "/" + "a" * 24,
    "1",
    "#",
    "x.co",
    "&",
    "\ud83d",
    "+",
    "~",
)
_CASH = _words(
    "$",
    "$A",
    "$abc.d",
    "$ab_c",
    "$ABCDEF",
    " ",
    "\u3000",
    "\x85",
    "\u180e",
    "\x1c",
    "\ufeff",
    "。",
    ".",
    ",",
    "a",
    "1",
    "日",
    "!",
)
_EMOJI = st.lists(
    st.one_of(
        st.sampled_from(sorted(as_twitter_text().emoji)),
        st.builds(
            lambda emoji, length: emoji[:length], st.sampled_from(sorted(as_twitter_text().emoji)), st.integers(1, 5)
        ),
        st.sampled_from(
            [
                "あ",
                "\ufe0f",
                "\ufe0e",
                "\u200d",
                "\u20e3",
                "🏻",
                "🏿",
                "🇯",
                "🇵",
                "1",
                "#",
                "©",
                "™",
                "❤",
                "\U000e0067",
                "\U000e007f",
                ".com",
                "http://a.co/",
            ]
        ),
    ),
    max_size=8,
).map("".join)
_JAPANESE = _words(
    "青葉市",
    "お知らせ",
    "です",
    "。",
    "、",
    "「",
    "」",
    "（",
    "）",
    "カード",
    "ｶﾞ",
    "か\u3099",
    "パ",
    "は\u309a",
    "　",
    "\n",
    "３",
    "3",
    "時",
    "・",
    "ー",
    "〜",
    "～",
    "https://example.jp/",
    "example.com",
    "#青葉",
    "@aoba",
    "㍻",
    "髙",
    "𠮷",
    "葛\U000e0100",
    "👍🏽",
    most=30,
)
_DIRECTIONS = _words(
    "א",
    "שלום",
    "ا",
    "مرحبا",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u061c",
    ".",
    "com",
    "#",
    "@a",
    "http://",
    " ",
    "a",
    "1",
    "٣",
)
_COMBINING = _words(
    "a",
    "e",
    "か",
    "q",
    "ι",
    "α",
    "\u1100",
    "\u1161",
    "\u11a8",
    "가",
    "\u0301",
    "\u0323",
    "\u0307",
    "\u0345",
    "\u3099",
    "\u0344",
    "\u0f73",
    "\u0f71",
    "\u093c",
    "क",
    "\ufb1d",
    "Å",
    "Ω",
    "豈",
    ".com",
    "#",
    most=20,
)
_INVISIBLE = _words(
    "a",
    "日",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u00ad",
    "\u034f",
    "\u180e",
    "\u3164",
    "\ufeff",
    "\ufffe",
    "\uffff",
    "\u2028",
    "\xa0",
    "\u2007",
    "\x00",
    "\x7f",
    ".com",
    "#",
    "@",
    "$A",
)
_HALVES = _words(
    "\ud83d",
    "\ude00",
    "\ud800",
    "\udfff",
    "😀",
    "\u200d",
    "👩",
    "a",
    ".com",
    "#",
    "@a",
    "http://",
    "日",
    "\u0301",
    "\udbff",
)
_ANYTHING = st.text(alphabet=st.characters(codec=None), max_size=30)
_MIXED = st.lists(
    st.one_of(_URL, _TAGS, _NAMES, _CASH, _EMOJI, _JAPANESE, _DIRECTIONS, _COMBINING, _INVISIBLE, _HALVES, _ANYTHING),
    max_size=4,
).map("".join)


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(_URL, id="url"),
        pytest.param(_SHORT_LINK, id="short link"),
        pytest.param(_LONG, id="long"),
        pytest.param(_TAGS, id="hashtag"),
        pytest.param(_NAMES, id="mention"),
        pytest.param(_CASH, id="cashtag"),
        pytest.param(_EMOJI, id="emoji"),
        pytest.param(_JAPANESE, id="japanese"),
        pytest.param(_DIRECTIONS, id="directions"),
        pytest.param(_COMBINING, id="combining"),
        pytest.param(_INVISIBLE, id="invisible"),
        pytest.param(_HALVES, id="halves"),
        pytest.param(_ANYTHING, id="anything"),
        pytest.param(_MIXED, id="mixed"),
    ],
)
def test_agrees_with_twitter_text(texts, oracle, known_to_one, answers):
    """
    With twitter-text's own tables, every answer is twitter-text's.

    Left out are only characters that one side's Unicode version does not assign: normalisation may order them apart.
    """

    @settings(max_examples=600)
    @given(texts)
    def agrees(text):
        assume(known_to_one.isdisjoint(text))
        theirs = answer_in_code_points(text, oracle.ask("parse", text=text))
        ours = answers(text, as_twitter_text)
        normalized = unicodedata.normalize("NFC", text)
        ours["valid"] = 0 < ours["weight"] <= 280 and not any(char in normalized for char in "\ufffe\ufeff\uffff")
        ours["permillage"] = ours["weight"] * 1000 // 280

        assert theirs == ours

    agrees()


def test_every_emoji(oracle, answers):
    """
    Every emoji sequence of twitter-text's own table counts 2 there, alone and between others.
    """
    sequences = sorted(as_twitter_text().emoji)
    for text in [*sequences, *("".join(sequences[start::37]) for start in range(37))]:
        theirs = answer_in_code_points(text, oracle.ask("parse", text=text))

        assert theirs["weight"] == answers(text, as_twitter_text)["weight"]


def test_every_domain(oracle, answers):
    """
    Every top-level domain of twitter-text's own table makes the same URLs there, upper case and glued to text.
    """
    knowledge = as_twitter_text()
    names = [*knowledge.domains, *(name for group in knowledge.wide_domains.values() for name in group)]
    for name in names:
        text = f"a.{name} http://あ.{name.upper()}/x a.{name}語 a.{name}s"
        theirs = answer_in_code_points(text, oracle.ask("parse", text=text))

        assert theirs["urls"] == answers(text, as_twitter_text)["urls"]

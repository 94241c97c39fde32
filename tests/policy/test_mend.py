"""Findings, mended."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.language import Bilingual
from civicsns.model import Context, Draft, Finding, Media, Severity, Span
from civicsns.model.draft import Poll
from civicsns.model.verdict import Fix
from civicsns.policy import mending
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.policy.scan import Match, Scan
from civicsns.text.folding import fold

POLICY = Policy(builtin("jp-municipal"))


def draft(text, **changes):
    return Draft(author="1", text=text, accounts=(), **changes)


def found(start, end, instead, *, part="text", safe=True):
    return Finding(
        rule="TST001",
        severity=Severity.ADVISE,
        message=Bilingual("指摘", "A finding"),
        span=Span(start=start, end=end),
        part=part,
        fix=Fix(kind="replace", text=instead, safe=safe),
    )


def checked(text):
    return [one for one in POLICY.check(draft(text), Context()) if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("http://www.city.takeo.lg.jp/ へ", "https://www.city.takeo.lg.jp/ へ"),
        ("ｱｸｾｽは①番", "アクセスは1番"),
        ("祭\u200bりです", "祭りです"),
        ("①10時開場 ②会場", "(1)10時開場 (2)会場"),
        ("窓口は①②③です", "窓口は(1)(2)(3)です"),
        ("第3①です", "第3(1)です"),
    ],
)
def test_what_is_safe_is_mended(text, mended):
    """
    A link becomes https, half-width kana and circled digits become plain, and invisible characters go.
    """
    assert mended == mending.apply(draft(text), checked(text)).text


@pytest.mark.parametrize(
    ("text", "shown", "safe"),
    [
        ("10² m", "2", False),
        ("x² です", "2", False),
        ("1½ 杯", "1\u20442", False),
        ("\u24885倍", "1.", False),
        ("\u2488 会場", "1.", True),
        ("10㎞", "km", True),
        ("1\U0001d7da", "2", True),
        ("㎡2", "m2", False),
        ("あ", None, None),
    ],
)
def test_a_plain_character_that_says_something_else_is_not_safe(text, shown, safe):
    """
    Ten squared does not become 102, nor a first item of five 1.5; what is plain already has no mend.
    """
    place = next((number for number, one in enumerate(text) if not unicodedata.is_normalized("NFKC", one)), 0)
    scan = Scan(fold(text), draft=draft(text), context=Context())
    fix = mending.fix_of({"kind": "nfkc"}, Match(place, place + 1, raw=True), scan)

    assert (shown, safe) == ((fix.text, fix.safe) if fix else (None, None))


def test_what_changes_the_content_is_left():
    """
    A number is masked only where somebody asked for that too.
    """
    text = "個人番号は1234-5678-9018です。"

    assert text == mending.apply(draft(text), checked(text)).text
    assert "個人番号は****-****-****です。" == mending.apply(draft(text), checked(text), also_unsafe=True).text


def test_every_part_is_mended_in_its_own_place():
    """
    Alt texts, variants, links and answers of a poll are mended; parts that say the same are mended alike.
    """
    picture = Media(content=b"", media_type="image/png", alt_text="ab")
    post = draft(
        "abc",
        variants={"x": "abc", "facebook": "zz"},
        media=(picture, Media(content=b"", media_type="image/png")),
        link="http",
        poll=Poll(options=("no", "go"), minutes=5),
    )
    findings = [
        found(1, 2, "B"),
        found(0, 1, "A", part="media.0.alt_text"),
        found(4, 4, "s", part="link"),
        found(0, 1, "G", part="poll.1"),
        found(0, 1, "Y", part="variants.facebook"),
    ]
    mended = mending.apply(post, findings)

    assert ("aBc", "aBc", "Yz") == (mended.text, mended.variants["x"], mended.variants["facebook"])
    assert ("Ab", None) == tuple(item.alt_text for item in mended.media)
    assert ("https", Poll(options=("no", "Go"), minutes=5)) == (mended.link, mended.poll)


def test_of_two_changes_that_touch_the_first_is_made():
    """
    Changes that overlap are not mixed; findings without a change, or about the whole, change nothing.
    """
    bare = Finding(rule="TST002", severity=Severity.ADVISE, message=Bilingual("指摘", "A finding"))

    assert "X-def" == mending.apply(draft("abcdef"), [found(2, 5, "Y"), found(0, 3, "X-"), bare]).text


@given(st.text(alphabet="aｱ①\u200b http://.祭", max_size=30))
def test_what_was_mended_stays_mended(text):
    """
    Mending what was mended, again and again, comes to an end: nothing safe is left to do.
    """
    for _ in range(4):
        text = mending.apply(draft(text), checked(text)).text

    assert text == mending.apply(draft(text), checked(text)).text

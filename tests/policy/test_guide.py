"""The page about a rule."""

from __future__ import annotations

import json
import re

import attrs
import pytest
from small_packs import pack, rule

from civicsns.language import Language
from civicsns.model import Context, Severity
from civicsns.policy import guide
from civicsns.policy.detect import KINDS
from civicsns.policy.forms import FIXES, SEEN
from civicsns.policy.pack import Example
from civicsns.policy.packfile import builtin
from civicsns.policy.wording import KINDS as KINDS_IN_WORDS
from civicsns.policy.wording import SEEN as SEEN_IN_WORDS

JP = builtin("jp-municipal")
RULES = {one.code: one for one in JP.rules}


def test_a_page_has_all_that_the_pack_says():
    """
    What it finds, why, how to mend it, each article with whom it binds, examples and limits are on the page.
    """
    one = RULES["PII001"]
    page = guide.page(one, JP, Language.JA)
    flat = page.replace("\n", "")

    assert 4 == sum(said.ja in flat for said in (one.message, one.explain, one.mend, one.limits) if said)
    assert [JP.citations[key].says.ja in flat for key in one.legal] == [True] * len(one.legal)
    assert [example.text in page for example in (*one.must_flag, *one.must_pass)] == [True] * (
        len(one.must_flag) + len(one.must_pass)
    )
    assert "例外も認められません" in page


@pytest.mark.parametrize("language", list(Language))
def test_every_page_tells_that_no_lawyer_confirmed_it(language):
    """
    As long as a citation lacks a lawyer's word, the page says so; a page has one heading and no empty section.
    """
    for one in JP.rules:
        page = guide.page(one, JP, language)

        assert guide.lines(guide.NO_LAWYER.in_(language), language) in page
        assert 1 == len(re.findall(r"^# ", page, re.MULTILINE))
        assert not re.search(r"^## .*\n\n(?=## |\Z)", page, re.MULTILINE)


def test_a_question_is_shown_as_one():
    """
    A rule that asks has its question on the page, and no severity that it could never have.
    """
    asking = rule("TST001", {"kind": "question", "ask": {"ja": "よいですか。", "en": "Is it well?"}})
    page = guide.page(asking, pack(asking), Language.EN)

    assert "> Is it well?" in page
    assert "a question, for the person who posts" in page
    assert "severity =" not in page


def test_a_confirmed_article_says_who_confirmed_it():
    """
    Where every article has a lawyer's name, the page does not say that nobody confirmed it.
    """
    cited = attrs.evolve(JP.citations["chikoho:33"], key="law:1", confirmed="佐賀弁護士 2026-10-01")
    held = rule("TST001", {"kind": "terms", "terms": ["鍵"]})
    page = guide.page(held, attrs.evolve(pack(held), citations={"law:1": cited}), Language.EN)

    assert "confirmed by 佐賀弁護士 2026-10-01" in page
    assert guide.NO_LAWYER.en.partition(".")[0] not in page


def test_what_is_known_around_an_example_is_said():
    """
    An example that depends on its circumstances says them.
    """
    shown = Example(
        text="投稿します。", facts={"reply": True, "media": [{"alt": "地図"}, {}]}, context=Context(on_duty=True)
    )
    page = guide.page(
        one := rule("TST001", {"kind": "terms", "terms": ["投稿"]}, must_flag=(shown,)), pack(one), Language.JA
    )

    assert "- `投稿します。`（返信、画像: 「地図」または画像: 代替テキストなし、勤務時間中）" in page


@pytest.mark.parametrize(
    ("severity", "waivable", "there"),
    [
        (Severity.BLOCK, True, (False, True)),
        (Severity.BLOCK, False, (False, False)),
        (Severity.REVIEW, True, (True, True)),
        (Severity.ADVISE, True, (True, False)),
    ],
)
def test_the_page_shows_what_the_overlay_takes(severity, waivable, there):
    """
    A page shows how to raise and to lower a rule only where that does something.
    """
    one = rule("TST001", {"kind": "terms", "terms": ["@words"]}, severity=severity, waivable=waivable)
    page = guide.page(one, pack(one, lists={"words": ["鍵"]}), Language.EN)

    assert there == ('severity = "block"' in page, "until =" in page)
    assert "[lists.words]" in page


@pytest.mark.parametrize(
    ("language", "text", "apart"),
    [
        (Language.JA, "一つ。二つ！三つ？", "一つ。\n二つ！\n三つ？"),
        (Language.JA, "「消す。」と書く。「！！」も（例。）", "「消す。」と書く。\n「！！」も（例。）"),
        (Language.EN, "One. Two (see 3. Four) e.g. this. Five", "One.\nTwo (see 3. Four) e.g. this.\nFive"),
    ],
)
def test_each_sentence_has_a_line(language, text, apart):
    """
    Sentences are kept apart, and what stands in brackets together.
    """
    assert apart == guide.lines(text, language)


def test_all_that_packs_say_has_words():
    """
    Each kind of detector, mend and way of reading has words; a kind that is added needs some.
    """
    assert set(KINDS) <= set(KINDS_IN_WORDS)
    assert set(SEEN) == set(SEEN_IN_WORDS)
    assert set(FIXES) - {"ask"} == set(guide._FIXES)


def test_the_table_can_be_written_as_json():
    """
    The table holds the same for programs, for every rule.
    """
    for one in JP.rules:
        table = json.loads(json.dumps(guide.table(one, JP)))

        assert (one.code, one.message.ja) == (table["code"], table["message"]["ja"])
        assert list(one.legal) == [cited["key"] for cited in table["legal"]]

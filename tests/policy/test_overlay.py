"""A city's overlay: what it may do to packs, what it may not, and what is reported."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from civicsns.language import Bilingual
from civicsns.model import Severity
from civicsns.policy import overlay
from civicsns.policy.fault import Mistake, PackError
from civicsns.policy.notice import Stale
from civicsns.policy.pack import Pack, PackRule

TODAY = date(2026, 11, 22)
HEAD = 'schema = 1\nextends = ["example"]\n'


def rule(code, *, words="insults", **more):
    text = Bilingual("文", "text")
    return PackRule(
        code=code,
        title=text,
        severity=Severity.REVIEW,
        message=text,
        explain=None,
        mend=None,
        legal=(),
        detect={"kind": "terms", "list": words},
        **more,
    )


PACK = Pack(
    id="example",
    version="1",
    title=Bilingual("例", "Example"),
    families={"EXA": Bilingual("例", "Example")},
    laws={},
    citations={},
    lists={"insults": ("ぽんこつ", "とんちんかん"), "official_phones": ()},
    rules=(rule("EXA001"), rule("EXA002", waivable=False)),
)


def applied(tmp_path, text, *, today=TODAY, pack=PACK):
    file = tmp_path / "policy.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return overlay.read(file).apply(pack, today)


def refused(tmp_path, text):
    with pytest.raises(PackError) as caught:
        applied(tmp_path, text)
    return caught.value


def severity(pack, code):
    return next(one.severity for one in pack.rules if one.code == code)


def test_words_are_added_and_taken_away(tmp_path):
    """
    A city's list is the pack's, with its own words and without those that it takes away, however wide they are written.
    """
    pack, notices = applied(tmp_path, '[lists.insults]\nadd = ["うすのろ"]\nremove = ["ﾄﾝﾁﾝｶﾝ", "とんちんかん"]\n')

    assert pack.lists["insults"] == ("ぽんこつ", "うすのろ")
    assert [notice.stale for notice in notices] == [Stale.NOT_THERE]


def test_a_severity_is_raised_freely(tmp_path):
    """
    To be stricter than a pack takes nothing.
    """
    pack, notices = applied(tmp_path, '[rules]\nEXA001 = { severity = "block" }\n')

    assert severity(pack, "EXA001") is Severity.BLOCK
    assert notices == ()


LOWERED = 'EXA001 = { severity = "advise", reason = "特産品", by = "1001", until = 2027-03-31 }'


@pytest.mark.parametrize("part", ['reason = "特産品"', 'by = "1001"', "until = 2027-03-31"])
def test_a_severity_is_not_lowered_bare(tmp_path, part):
    """
    To be milder than a pack takes a reason, who approved it, and an end; what is missing is named.
    """
    error = refused(tmp_path, "[rules]\n" + LOWERED.replace(f", {part}", ""))

    assert [(fault.mistake, fault.line) for fault in error.faults] == [(Mistake.LOWERED_BARE, 4)]
    assert part.partition(" ")[0] in error.faults[0].what.en


def test_a_severity_is_lowered_with_all_three(tmp_path):
    """
    With reason, approver and end it holds.
    """
    pack, notices = applied(tmp_path, f"[rules]\n{LOWERED}")

    assert severity(pack, "EXA001") is Severity.ADVISE
    assert notices == ()


@pytest.mark.parametrize(
    ("today", "holds", "stale"),
    [
        (date(2027, 3, 1), Severity.ADVISE, Stale.EXPIRES_SOON),
        (date(2027, 3, 31), Severity.ADVISE, Stale.EXPIRES_SOON),
        (date(2027, 4, 1), Severity.REVIEW, Stale.EXPIRED),
    ],
)
def test_a_lowered_severity_ends(tmp_path, today, holds, stale):
    """
    Through its last day it holds; from the next day on the pack's own is back, and both are said.
    """
    pack, notices = applied(tmp_path, f"[rules]\n{LOWERED}", today=today)

    assert severity(pack, "EXA001") is holds
    assert [(notice.stale, notice.line) for notice in notices] == [(stale, 4)]


def test_what_admits_of_no_exception_is_not_lowered(tmp_path):
    """
    A rule that cannot be waived for one post cannot be lowered for all.
    """
    error = refused(tmp_path, f"[rules]\n{LOWERED.replace('EXA001', 'EXA002')}")

    assert [fault.mistake for fault in error.faults] == [Mistake.UNWAIVABLE]


@pytest.mark.parametrize(
    ("text", "stale", "key"),
    [
        ('[rules]\nEXA009 = { severity = "block" }\n', Stale.UNKNOWN_RULE, "rules.EXA009"),
        ('[rules]\nEXA001 = { severity = "review" }\n', Stale.SAME_SEVERITY, "rules.EXA001"),
        ('[lists.insults]\nadd = ["ぽんこつ"]\n', Stale.THERE_ALREADY, "lists.insults.add.0"),
        ('[lists.insults]\nremove = ["うすのろ"]\n', Stale.NOT_THERE, "lists.insults.remove.0"),
        ('[lists.official_phones]\nadd = ["0954-23-9000"]\n', Stale.UNREAD_LIST, "lists.official_phones"),
    ],
)
def test_what_does_nothing_is_reported(tmp_path, text, stale, key):
    """
    An entry without effect is a value that can be shown, with its line, and stops nothing.
    """
    _, notices = applied(tmp_path, text)

    assert [(notice.stale, notice.file, notice.key) for notice in notices] == [(stale, "policy.toml", key)]
    assert notices[0].line in {3, 4}


def test_a_list_of_the_city_is_read(tmp_path):
    """
    What a rule reads is not reported.
    """
    pack = attrs.evolve(PACK, rules=(rule("EXA001", words="official_phones"),))
    changed, notices = applied(tmp_path, '[lists.official_phones]\nadd = ["0954-23-9000"]\n', pack=pack)

    assert changed.lists["official_phones"] == ("0954-23-9000",)
    assert notices == ()


OWN = """
[family]
CITY = { ja = "本市", en = "Our city" }
[[rule]]
code = "CITY001"
title = { ja = "旧市名", en = "The former name" }
severity = "review"
legal = []
message = { ja = "合併前の名前です。", en = "This is the name before the merger." }
mend = { ja = "今の名前にしてください。", en = "Write the present name." }
must_flag = ["旧若葉市の皆さん"]
must_pass = ["若葉市の皆さん"]
detect = { kind = "terms", terms = ["旧若葉市"] }
"""


def test_a_city_has_rules_of_its_own(tmp_path):
    """
    They stand beside those of the pack.
    """
    pack, _ = applied(tmp_path, OWN)

    assert [one.code for one in pack.rules] == ["EXA001", "EXA002", "CITY001"]
    assert pack.families["CITY"].en == "Our city"


def test_a_rule_of_a_city_may_use_the_packs_lists(tmp_path):
    """
    What the pack declares, its overlay can name, with the city's own words in it.
    """
    text = OWN.replace('terms = ["旧若葉市"]', 'list = "old"').replace(
        "[family]", '[lists.old]\nadd = ["旧若葉市"]\n[family]'
    )
    pack, notices = applied(tmp_path, text, pack=attrs.evolve(PACK, lists={**PACK.lists, "old": ()}))

    assert pack.rules[-1].code == "CITY001"
    assert notices == ()


@pytest.mark.parametrize(
    ("there", "instead", "mistake"),
    [
        ('"CITY001"', '"EXA001"', Mistake.CODE_TWICE),
        ('"CITY001"', '"TOWN001"', Mistake.UNKNOWN_FAMILY),
        ("legal = []", 'legal = ["chikoho:33"]', Mistake.UNKNOWN_CITATION),
        ('["若葉市の皆さん"]', '["旧若葉市民"]', Mistake.PASS_FLAGGED),
        ('["旧若葉市の皆さん"]', '["若葉市"]', Mistake.FLAG_MISSED),
    ],
)
def test_a_rule_of_a_city_is_proven(tmp_path, there, instead, mistake):
    """
    A city's own rule is held to what a pack's rule is held to, and to the packs that it extends.
    """
    error = refused(tmp_path, OWN.replace(there, instead))

    assert {fault.mistake for fault in error.faults} == {mistake}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[rule]\n", Mistake.WRONG_TYPE),
        ("[list]\na = []\n", Mistake.UNKNOWN_KEY),
        ("[rules.EXA001]\nseverity = 'none'\n", Mistake.UNKNOWN_VALUE),
        ("[rules.exa1]\nseverity = 'block'\n", Mistake.CODE_FORM),
        ("[lists]\nx = ['a']\n", Mistake.WRONG_TYPE),
        ("[waivers]\nby = [1001]\n", Mistake.WRONG_TYPE),
        ('[lists.insults]\nadd = ["\\u200b"]\n', Mistake.TERM_VANISHES),
    ],
)
def test_an_overlay_of_another_form_is_refused(tmp_path, text, mistake):
    """
    Its form is checked as that of a pack is.
    """
    assert {fault.mistake for fault in refused(tmp_path, text).faults} == {mistake}


def test_who_may_waive_is_said(tmp_path):
    """
    Nobody is entitled unless the overlay says so.
    """
    file = tmp_path / "policy.toml"
    file.write_text(HEAD, encoding="utf-8")
    nobody = overlay.read(file).entitled
    file.write_text(HEAD + '[waivers]\nby = ["1001"]\n', encoding="utf-8")

    assert nobody == frozenset()
    assert overlay.read(file).entitled == {"1001"}


def test_an_overlay_that_is_not_there_is_said_not_to_be(tmp_path):
    """
    What the settings name and is no file is said not to be there; that it holds no TOML files is said of folders alone.
    """
    said = []
    for place in (tmp_path / "policy.toml", tmp_path):
        with pytest.raises(PackError) as caught:
            overlay.read(place)
        said.append([fault.what.en for fault in caught.value.faults])

    assert [["It cannot be read (No such file or directory)."], ["It cannot be read (*.toml)."]] == said

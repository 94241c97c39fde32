"""The first rules: what they find, and what they leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.errors import NotPermitted
from civicsns.model import Decision, Draft, Media, Severity
from civicsns.policy import verdict as policy
from civicsns.policy.basics import RULES, is_my_number

PNG = b"\x89PNG\r\n\x1a\n"


def draft(text: str, **changes: object) -> Draft:
    return Draft(author="1", text=text, accounts=["x:a"], **changes)  # type: ignore[arg-type]


def found(text: str) -> dict[str, str]:
    verdict = policy.check(draft(text), RULES, severity={})
    return {finding.rule: text[finding.span.start : finding.span.end] for finding in verdict.findings if finding.span}


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("個人番号：１２３４５６７８９０１８です", "PII001", "１２３４５６７８９０１８"),
        ("マイナンバー 1234-5678-9018", "PII001", "1234-5678-9018"),
        ("個人番号は一二三四五六七八九〇一八", "PII001", "一二三四五六七八九〇一八"),
        ("連絡先は０９０−１２３４−５６７８です", "PII002", "０９０−１２３４−５６７８"),
        ("070.1234.5678 へ", "PII002", "070.1234.5678"),
        ("会場Wi-Fiのパスワード:Wakaba2026!", "SEC003", "パスワード:Wakaba2026!"),
        ("申込は http://www.example.com/ から", "LNK002", "http://www.example.com/"),
    ],
)
def test_what_is_found(text: str, rule: str, words: str):
    """
    Each rule finds its words, whatever their width, and names them as the author wrote them.
    """
    assert {rule: words} == found(text)


@pytest.mark.parametrize(
    "text",
    [
        "佐賀牛が売り切れました",
        "受付番号は123456789011です。",
        "総額123,456,789,012円です。",
        "1123456789018123",
        "パスワードの使い回しはやめましょう。",
        "お問い合わせ：税務課 0265-83-2111",
        "https://www.city.example.lg.jp/",
        "午前10時10分から",
    ],
)
def test_what_is_left_alone(text: str):
    """
    Ordinary notices raise no alarm.
    """
    assert {} == found(text)


@given(st.integers(0, 10**11 - 1))
def test_one_check_digit_fits(body: int):
    """
    For any eleven digits exactly one twelfth passes.
    """
    assert 1 == sum(is_my_number(f"{body:011}{check}") for check in range(10))


def test_variants_alt_texts_and_links_are_read():
    """
    Words that go out are checked wherever they stand; only those of the text itself have a span.
    """
    number = "123456789018"
    hidden = [
        draft("x", variants={"x": number}),
        draft("x", media=[Media(content=PNG, media_type="image/png", alt_text=number)]),
        draft("x", link=f"https://example.com/?n={number}"),
    ]

    for item in hidden:
        verdict = policy.check(item, RULES, severity={})
        assert [("PII001", None)] == [(finding.rule, finding.span) for finding in verdict.findings]


def test_missing_alt_text():
    """
    An image without alt text asks for review; a blank one is none; a film is another matter.
    """
    images = [Media(content=PNG, media_type="image/png", alt_text=alt) for alt in (None, " ", "牛")]
    film = Media(content=b"", media_type="video/mp4")
    verdict = policy.check(draft("x", media=[*images, film]), RULES, severity={})

    assert ["ACC001", "ACC001"] == [finding.rule for finding in verdict.findings]


def test_every_rule_says_why_and_how():
    """
    A finding has a legal basis and a mend in both languages.
    """
    text = "123456789018 090-1234-5678 パスワード:abcd http://example.com"
    verdict = policy.check(draft(text, media=[Media(content=PNG, media_type="image/png")]), RULES, severity={})

    assert {rule.code for rule in RULES} == {finding.rule for finding in verdict.findings}
    assert all(finding.legal_basis and finding.mend for finding in verdict.findings)


def test_no_rules_refuse():
    """
    A policy without rules lets nothing pass.
    """
    with pytest.raises(NotPermitted, match="No conduct rule"):
        policy.permit(policy.check(draft("x"), (), severity={}), None)


def test_a_block_is_not_decided_away():
    """
    A decision lets a review pass, not a block.
    """
    item = draft("123456789018")
    verdict = policy.check(item, RULES, severity={})
    with pytest.raises(NotPermitted, match="PII001"):
        policy.permit(verdict, Decision(by="1", digest=item.digest, reason="よし"))


@pytest.mark.parametrize(("reason", "passes"), [(None, False), ("", False), ("  ", False), ("本人の了承あり", True)])
def test_a_review_needs_a_reason(reason: str | None, passes: bool):
    """
    What asks for review goes out only with a decision that says why.
    """
    item = draft("090-1234-5678")
    verdict = policy.check(item, RULES, severity={})
    decision = None if reason is None else Decision(by="1", digest=item.digest, reason=reason)
    if passes:
        policy.permit(verdict, decision)
    else:
        with pytest.raises(NotPermitted, match="PII002"):
            policy.permit(verdict, decision)


def test_a_decision_covers_its_own_draft_only():
    """
    Editing invalidates a decision, even where nothing asks for one.
    """
    item = draft("佐賀牛が売り切れました")
    decision = Decision(by="1", digest=draft("別の文").digest, reason="よし")
    with pytest.raises(NotPermitted, match="changed after the decision"):
        policy.permit(policy.check(item, RULES, severity={}), decision)


def test_the_city_sets_its_own_severity():
    """
    A city that wants alt texts always can have it so.
    """
    item = draft("x", media=[Media(content=PNG, media_type="image/png")])
    verdict = policy.check(item, RULES, severity={"ACC001": Severity.BLOCK})

    assert Severity.BLOCK is verdict.severity

"""Waivers: one rule, one text, one person entitled, one reason."""

from __future__ import annotations

import attrs
import pytest

from civicsns.errors import NotPermitted
from civicsns.language import Bilingual, Language
from civicsns.model import Decision, Draft, Finding, Severity, Verdict, Waiver
from civicsns.policy import verdict as policy
from civicsns.policy import waiver

WORDS = Bilingual("電話番号です。", "This is a telephone number.")
DRAFT = Draft(author="1042", text="電話は 090-1234-5678", accounts=["x:takeo"])
BLOCKED = Finding(rule="PII002", severity=Severity.BLOCK, message=WORDS)
NEVER = Finding(rule="PII001", severity=Severity.BLOCK, message=WORDS, waivable=False)
WAIVER = Waiver(rule="PII002", by="1001", digest=DRAFT.digest, reason="本人の希望による公表")


def verdict(*findings):
    return Verdict(digest=DRAFT.digest, ran=("PII001", "PII002"), findings=findings)


def decision(*waivers, reason=""):
    return Decision(by="1042", digest=DRAFT.digest, reason=reason, waivers=waivers)


def refused(*findings, waivers=(), entitled=("1001",)):
    with pytest.raises(NotPermitted) as caught:
        policy.permit(verdict(*findings), decision(*waivers), entitled=entitled)
    return caught.value


def test_a_waiver_lets_one_text_pass():
    """
    With a waiver that names its rule, by somebody entitled, a post that is blocked goes out.
    """
    policy.permit(verdict(BLOCKED), decision(WAIVER), entitled=["1001"])
    with pytest.raises(NotPermitted):
        policy.permit(verdict(BLOCKED), decision(), entitled=["1001"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": "PII003"}, "somebody entitled"),
        ({"by": "1042"}, "1042 is not entitled"),
        ({"digest": attrs.evolve(DRAFT, text="電話は 090-1234-5679").digest}, "changed after the waiver"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_a_waiver_that_does_not_count_is_said_why(change, said):
    """
    Another rule, a person who is not entitled, another version and no reason are each answered with what is missing.
    """
    error = refused(BLOCKED, waivers=[attrs.evolve(WAIVER, **change)])

    assert said in error.mend.en
    assert error.in_(Language.JA) != error.in_(Language.EN)


def test_some_rules_are_never_waived():
    """
    A rule that admits of no exception stops the post, whoever waives it.
    """
    error = refused(NEVER, waivers=[attrs.evolve(WAIVER, rule="PII001")])

    assert "no exception" in error.mend.en


def test_nobody_is_entitled_unless_named():
    """
    Where the city named nobody, no waiver counts, and none is offered.
    """
    error = refused(BLOCKED, entitled=())

    assert "waive" not in error.mend.en
    assert [hurdle.waivable for hurdle in waiver.hurdles(verdict(BLOCKED), entitled=())] == [False]
    refused(BLOCKED, waivers=[WAIVER], entitled=())


def test_each_rule_needs_its_own():
    """
    One waiver does not cover another rule; what still stops the post is named, and nothing else.
    """
    other = attrs.evolve(BLOCKED, rule="PII005")
    left = waiver.hurdles(verdict(BLOCKED, other), [WAIVER], entitled=["1001"])

    assert [hurdle.rule for hurdle in left] == ["PII005"]


def test_a_waiver_is_no_review():
    """
    What asks for review still wants a reason from whoever decides.
    """
    review = attrs.evolve(BLOCKED, rule="ACC001", severity=Severity.REVIEW)

    assert "ACC001" in str(refused(BLOCKED, review, waivers=[WAIVER]))
    policy.permit(verdict(BLOCKED, review), decision(WAIVER, reason="確認した"), entitled=["1001"])


def test_what_was_not_needed_is_not_used():
    """
    A waiver of a rule that blocks nothing goes on no record.
    """
    assert waiver.used(verdict(BLOCKED), [WAIVER, attrs.evolve(WAIVER, rule="PII009")]) == (WAIVER,)
    assert waiver.used(verdict(), [WAIVER]) == ()

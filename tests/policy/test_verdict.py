"""From rules to a verdict, and from a verdict to a yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from city import PACK, PNG

from civicsns.errors import NotPermitted
from civicsns.language import Bilingual
from civicsns.model import Context, Decision, Draft, Finding, Media, Poll, Severity, Verdict
from civicsns.policy import verdict as policy

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER = "マイナンバー 1234-5678-9018"


def draft(text: str, **changes: object) -> Draft:
    return Draft(author="1", text=text, accounts=["x:a"], **changes)  # type: ignore[arg-type]


def look(item: Draft) -> Verdict:
    return policy.check(item, (), severity={}, pack=PACK)


class Shouting:
    """A rule of somebody else's, in Python."""

    code = "TST001"
    title = Bilingual("大声", "Shouting")

    def check(self, draft: Draft, _context: Context) -> Iterator[Finding]:
        if "!" in draft.text:
            yield Finding(rule=self.code, severity=Severity.ADVISE, message=self.title)


def test_no_part_of_a_draft_goes_unseen():
    """
    Words that go out are checked wherever they stand; the finding says where.
    """
    hidden = {
        "variants.x": draft("x", variants={"x": NUMBER}),
        "media.0.alt_text": draft("x", media=[Media(content=PNG, media_type="image/png", alt_text=NUMBER)]),
        "poll.1": draft("x", poll=Poll(options=("はい", NUMBER), minutes=5)),
    }

    for part, item in hidden.items():
        assert ("PII001", part) in {(finding.rule, finding.part) for finding in look(item).findings}


def test_missing_alt_text():
    """
    An image without alt text asks for review; a blank one is none; a film is another matter.
    """
    images = [Media(content=PNG, media_type="image/png", alt_text=alt) for alt in (None, " ", "牛")]
    film = Media(content=b"", media_type="video/mp4")
    verdict = look(draft("x", media=[*images, film]))

    assert 2 == sum("ACC001" == finding.rule for finding in verdict.findings)


def test_no_rules_refuse():
    """
    A policy without rules lets nothing pass.
    """
    with pytest.raises(NotPermitted, match="No conduct rule"):
        policy.permit(policy.check(draft("x"), (), severity={}), None)


def test_a_rule_that_could_not_run_did_not_run():
    """
    What is named as skipped is not among what ran.
    """
    verdict = look(draft("x"))

    assert verdict.skipped
    assert {one.rule for one in verdict.skipped}.isdisjoint(verdict.ran)


def test_a_block_is_not_decided_away():
    """
    A decision lets a review pass, not a block.
    """
    item = draft(NUMBER)
    with pytest.raises(NotPermitted, match="PII001"):
        policy.permit(look(item), Decision(by="1", digest=item.digest, reason="よし"))


@pytest.mark.parametrize(("reason", "passes"), [(None, False), ("", False), ("  ", False), ("本人の了承あり", True)])
def test_a_review_needs_a_reason(reason: str | None, passes: bool):
    """
    What asks for review goes out only with a decision that says why.
    """
    item = draft("090-1234-5678")
    decision = None if reason is None else Decision(by="1", digest=item.digest, reason=reason)
    if passes:
        policy.permit(look(item), decision)
    else:
        with pytest.raises(NotPermitted, match="PII002"):
            policy.permit(look(item), decision)


def test_a_decision_covers_its_own_draft_only():
    """
    Editing invalidates a decision, even where nothing asks for one.
    """
    item = draft("佐賀牛が売り切れました")
    decision = Decision(by="1", digest=draft("別の文").digest, reason="よし")
    with pytest.raises(NotPermitted, match="changed after the decision"):
        policy.permit(look(item), decision)


def test_the_city_weighs_rules_in_python_itself():
    """
    A rule set in Python has its severity from the city's settings.
    """
    verdict = policy.check(draft("x!"), [Shouting()], severity={"TST001": Severity.BLOCK})

    assert Severity.BLOCK is verdict.severity
    assert ("TST001",) == verdict.ran

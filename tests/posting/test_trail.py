"""What goes on record of drafts and deliveries; of private ones the least."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from civicsns.language import Bilingual
from civicsns.model import (
    Capacity,
    Decision,
    Draft,
    Finding,
    Lane,
    Media,
    PostRef,
    Question,
    Severity,
    Skipped,
    Upload,
    Verdict,
    Waiver,
)
from civicsns.posting import trail
from civicsns.records.body import canonical
from civicsns.testing.store_contract import delivery, full

AT = datetime(2026, 4, 1, tzinfo=UTC)
PICTURE = Media(content=b"\x89PNG\r\n\x1a\n", media_type="image/png", alt_text="朝市の写真")
WORDS = Bilingual("名前の辞書がありません。", "There is no dictionary of names.")
DRAFT = Draft(
    author="1042",
    text="本日の朝市は中止です。",
    accounts=["x:takeo", "facebook:takeo"],
    variants={"facebook": "本日の朝市は、大雨のため中止です。"},
    media=[PICTURE],
    link="https://www.example.lg.jp/",
    reply_to=PostRef(platform="x", id="7"),
    not_before=AT,
    thread=True,
    extra={"x": {"for_super_followers_only": False}},
)
VERDICT = Verdict(
    digest=DRAFT.digest,
    ran=("PII001", "ACC001"),
    findings=(Finding(rule="ACC001", severity=Severity.REVIEW, message=WORDS),),
    questions=(Question(rule="CPY003", ask=WORDS), Question(rule="PII017", ask=WORDS)),
    skipped=(Skipped(rule="NAM001", reason=WORDS),),
)
DECISION = Decision(by="1001", digest=DRAFT.digest, reason="緊急のため")


def private(draft=DRAFT):
    return attrs.evolve(draft, capacity=Capacity.PRIVATE)


def opening(draft, *deliveries):
    return trail.opening(draft, VERDICT, DECISION, deliveries, at=AT)


def test_what_the_city_says_is_on_record_whole():
    """
    Text, variants, accounts, files, links and times of an official draft, the verdict with what was not checked and
    why, the decision with its reason, and each delivery that is planned.
    """
    made, checked, decided, planned = opening(DRAFT, delivery("a"))

    assert [made.event, checked.event, decided.event, planned.event] == [
        "draft.made",
        "draft.checked",
        "draft.decided",
        "delivery.planned",
    ]
    assert (DRAFT.digest, "1042") == (made.subject, made.by)
    assert {
        "capacity": "official",
        "text": DRAFT.text,
        "text.facebook": DRAFT.variants["facebook"],
        "accounts": "x:takeo,facebook:takeo",
        "lane": "routine",
        "media.1": f"image/png {PICTURE.digest}",
        "alt.1": "朝市の写真",
        "link": DRAFT.link,
        "reply_to": "x 7",
        "not_before": AT.isoformat(),
        "thread": "yes",
        "extra.x": '{"for_super_followers_only": false}',
    } == dict(made.facts)
    assert {
        "capacity": "official",
        "ran": "PII001,ACC001",
        "found": "ACC001",
        "asked": "CPY003,PII017",
        "severity": "review",
        "skipped.NAM001": "名前の辞書がありません。 / There is no dictionary of names.",
    } == dict(checked.facts)
    assert ("1001", "緊急のため") == (decided.by, decided.facts["reason"])
    assert ("a", "0" * 64, "x:takeo") == (planned.subject, planned.facts["draft"], planned.facts["account"])


def test_that_it_would_rather_be_there_twice_is_on_record():
    """
    With the draft, under its author's number, and with each delivery; of other drafts nothing is said of it.
    """
    chosen = attrs.evolve(DRAFT, lane=Lane.EMERGENCY, prefer_duplicate=True)
    whole = attrs.evolve(delivery("a"), prefer_duplicate=True)
    made, *_, planned = opening(chosen, whole)

    assert ("1042", "yes", "yes") == (made.by, made.facts["prefer_duplicate"], planned.facts["prefer_duplicate"])
    assert not any("prefer_duplicate" in one.facts for one in opening(DRAFT, delivery("a")))


def test_what_is_refused_is_on_record_without_its_text():
    """
    A refusal says who asked, which rules found what, and not what the text was: it may be what must not be kept.
    """
    checked, refused = trail.refusal(DRAFT, VERDICT, DECISION, at=AT)

    assert ("draft.refused", "1042", "1001") == (refused.event, refused.by, refused.facts["decided_by"])
    assert "ACC001" == checked.facts["found"]
    assert DRAFT.text not in repr(dict(checked.facts) | dict(refused.facts))


def everything(draft):
    """Give all that can go on record about a private draft and its delivery."""
    whole = attrs.evolve(full("a"), capacity=Capacity.PRIVATE)
    return [
        *opening(draft, whole),
        *trail.refusal(draft, VERDICT, DECISION, at=AT),
        trail.handed_off(draft, "facebook:takeo", at=AT),
        trail.record(whole, at=AT, was=delivery("a")),
        trail.record(whole, at=AT, by="1005", reason="画面で確認した", event="withdrawn"),
    ]


def test_of_a_private_draft_only_the_fact_is_on_record():
    """
    No author, no account, no text, no finding, no reason, no post: of what is private only that it was.
    """
    records = everything(private())

    assert {("capacity", "private")} == {fact for kept in records for fact in kept.facts.items()}
    assert {"", "1005"} == {kept.by for kept in records}
    assert ["draft.checked", "draft.decided", "delivery.planned"] == [kept.event for kept in records[:3]]


def test_a_refused_private_draft_leaves_nothing():
    """
    That a private draft was refused is nobody's business.
    """
    assert [] == trail.refusal(private(), VERDICT, DECISION, at=AT)


@pytest.mark.parametrize(
    ("draft", "account", "known"), [(DRAFT, "b", False), (DRAFT, "a", True), (private(), "b", True)]
)
def test_a_hand_off_is_known_again(draft, account, known):
    """
    A hand-off counts for its own account; a private one does not say for which.
    """
    assert known is trail.was_handed_off([trail.handed_off(draft, "a", at=AT)], account)


def test_a_step_says_where_from_and_what_changed():
    """
    A step says what state it came from, which files went up, when the next one is due, and how it ended.
    """
    before = delivery("a")
    uploads = [Upload(digest=PICTURE.digest, id="77")]
    after = attrs.evolve(before, rendition=attrs.evolve(before.rendition, uploads=uploads))
    facts = trail.record(after, at=AT, was=before).facts

    assert ("pending", "77", AT.isoformat()) == (facts["was"], facts["uploads"], facts["next"])
    assert "uploads" not in trail.record(before, at=AT, was=before).facts
    assert ("RateLimited", "read_back") == tuple(
        trail.record(full("a"), at=AT).facts[name] for name in ("outcome", "proof")
    )


def test_half_of_a_character_stops_no_step():
    """
    Whatever the author or the network wrote can be chained: a post that went out is never without its record.
    """
    whole = full("a").receipt
    assert whole is not None
    receipt = attrs.evolve(whole, post_id="7\ud83d")
    ended = attrs.evolve(full("a"), receipt=receipt)
    for kept in (trail.record(ended, at=AT), *opening(attrs.evolve(DRAFT, text="\ud83d"))):
        assert canonical(kept)


def waived(draft):
    blocked = attrs.evolve(VERDICT, findings=(Finding(rule="PII001", severity=Severity.BLOCK, message=WORDS),))
    waiver = Waiver(rule="PII001", by="1000", digest=draft.digest, reason="本人が公表を望んだ")
    return blocked, attrs.evolve(DECISION, waivers=[waiver])


def test_a_waiver_is_on_record():
    """
    Which rule was waived, by whom and why stands beside the decision.
    """
    blocked, decision = waived(DRAFT)
    records = trail.opening(DRAFT, blocked, decision, at=AT)
    record = records[-1]

    assert [one.event for one in records] == ["draft.made", "draft.checked", "draft.decided", "draft.waived"]
    assert (record.by, record.facts["rule"], record.facts["reason"]) == ("1000", "PII001", "本人が公表を望んだ")


def test_a_waiver_of_a_private_draft_says_nothing():
    """
    Of a private draft neither who waived what, nor why, is on record.
    """
    blocked, decision = waived(private())
    records = trail.opening(private(), blocked, decision, at=AT)

    assert all((record.by, dict(record.facts)) == ("", {"capacity": "private"}) for record in records)


def test_a_waiver_that_did_not_count_is_on_record():
    """
    Where a post was refused in spite of waivers, it is seen who had waived what.
    """
    blocked, decision = waived(DRAFT)

    assert trail.refusal(DRAFT, blocked, decision, at=AT)[-1].facts["waived"] == "PII001 1000"

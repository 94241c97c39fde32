"""What a person may do to a delivery, state by state; and what time and holds do to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from civicsns.errors import RateLimited, Refused, Unavailable
from civicsns.language import Bilingual
from civicsns.model import (
    Delivery,
    DeliveryState,
    Idempotency,
    Limits,
    MediaLimits,
    Proof,
    ReadBack,
    Receipt,
    Rendition,
    TextLimits,
)
from civicsns.posting import hold, intervention, readback
from civicsns.posting import outcome as ledger
from civicsns.posting.bounds import Bounds
from civicsns.posting.hold import Hold, Scope
from civicsns.posting.steps import IllegalStep, too_late
from civicsns.text import Measure

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
END = NOW + timedelta(hours=1)
WORDS = Bilingual("何か", "something")
BOUNDS = Bounds()
RENDITION = Rendition(platform="x", account="x:a", text="こんにちは", body={"text": "こんにちは"})
RECEIPT = Receipt(platform="x", account="x:a", post_id="1", at=NOW)
STRONG = Limits(
    text=TextLimits(measure=Measure.X, maximum=280),
    media=MediaLimits(images=4, videos=1, types=frozenset({"image/png"}), bytes_={}, alt_text=1000),
    schedule=None,
    idempotency=Idempotency.NONE,
    read_back=ReadBack.STRONG,
    network_delay=timedelta(seconds=30),
    read_back_lag=timedelta(seconds=15),
)
KEYED = attrs.evolve(STRONG, idempotency=Idempotency.KEY, key_lifetime=timedelta(days=1))
SETTLED = BOUNDS.settled(NOW, STRONG)
STATES = list(DeliveryState)


def delivery(state: DeliveryState, **changes: object) -> Delivery:
    begun = state in {DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.DELIVERED, DeliveryState.DELETED}
    made = Delivery(
        id="d",
        draft="0",
        rendition=RENDITION,
        state=state,
        attempts=1 if begun else 0,
        intent_at=NOW if begun else None,
        not_before=NOW if state in {DeliveryState.PENDING, DeliveryState.UNKNOWN} else None,
        receipt=RECEIPT if state in {DeliveryState.DELIVERED, DeliveryState.DELETED} else None,
    )
    return attrs.evolve(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "again", "state", "due"),
    [
        (RECEIPT, False, DeliveryState.DELIVERED, None),
        (None, True, DeliveryState.PENDING, SETTLED),
        (None, False, DeliveryState.FAILED, None),
    ],
)
def test_a_person_decides(found: Receipt | None, again: bool, state: DeliveryState, due: datetime | None):
    """
    What a person saw settles an unknown outcome.
    """
    unknown = delivery(DeliveryState.UNKNOWN, not_before=None, open_since=NOW)
    after = intervention.decide(unknown, found, again=again, now=SETTLED, limits=STRONG, bounds=BOUNDS)

    assert (state, due, None) == (after.state, after.not_before, after.open_since)
    assert (Proof.READ_BACK if found else None) == (after.receipt.proof if after.receipt else None)


@pytest.mark.parametrize("state", STATES)
def test_a_person_does_not_decide_too_early(state: DeliveryState):
    """
    Absence seen before the post would show proves nothing to a person either; and what is known needs no decision.
    """
    early = SETTLED - timedelta(microseconds=1)
    with pytest.raises(IllegalStep):
        intervention.decide(delivery(state), None, again=True, now=early, limits=STRONG, bounds=BOUNDS)


def test_a_person_who_wants_it_again_begins_anew():
    """
    It counts from nothing, and goes under a key that the network has never seen: the old one may name a post that is
    gone.
    """
    unknown = delivery(DeliveryState.UNKNOWN, not_before=None, unclear=5, version=12)
    again = intervention.decide(unknown, None, again=True, now=SETTLED, limits=KEYED, bounds=BOUNDS)

    assert (0, "d-13") == (again.unclear, again.rendition.key)
    assert unknown.rendition.digest == again.rendition.digest


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("open_since", [None, NOW])
def test_what_waits_is_withdrawn(state: DeliveryState, open_since: datetime | None):
    """
    What waits, and of which nothing can be on its way, is withdrawn for good; anything else is not.
    """
    before = delivery(state, open_since=open_since)
    may = state in {DeliveryState.PENDING, DeliveryState.HELD} and open_since is None

    assert may is intervention.withdrawable(before)
    if may:
        after = intervention.withdraw(before)
        assert (DeliveryState.WITHDRAWN, None, before.version + 1) == (after.state, after.not_before, after.version)
    else:
        with pytest.raises(IllegalStep):
            intervention.withdraw(before)


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_published_is_deleted_or_edited(state: DeliveryState):
    """
    A published post stays so until its deletion is confirmed, and says so when it was not.
    """
    before = delivery(state)
    words = attrs.evolve(RENDITION, text="直した", body={"text": "直した"})
    steps = [
        lambda: intervention.changing(before),
        lambda: intervention.not_changed(before, Refused(WORDS, mend=WORDS), now=NOW),
        lambda: intervention.edited(before, words, attrs.evolve(RECEIPT, post_id="2")),
        lambda: intervention.deleted(before),
    ]
    if state is not DeliveryState.DELIVERED:
        for step in steps:
            with pytest.raises(IllegalStep):
                step()
        return
    begun, failed, edited, gone = (step() for step in steps)

    assert [DeliveryState.DELIVERED] * 3 + [DeliveryState.DELETED] == [
        after.state for after in (begun, failed, edited, gone)
    ]
    assert {RECEIPT} == {begun.receipt, failed.receipt, gone.receipt}
    assert "Refused" == (failed.failure and failed.failure.outcome)
    assert ("直した", "2") == (edited.rendition.text, edited.receipt and edited.receipt.post_id)


@pytest.mark.parametrize(("now", "late"), [(END - timedelta(microseconds=1), False), (END, True)])
def test_an_attempt_begins_before_its_end(now: datetime, late: bool):
    """
    From the end of its validity on no attempt begins: the post has failed, and says why.
    """
    pending = delivery(DeliveryState.PENDING, not_after=END)

    assert late is too_late(pending, now=now)
    if not late:
        assert DeliveryState.SENDING is ledger.begin(pending, now=now, bounds=BOUNDS).state
        with pytest.raises(IllegalStep):
            ledger.miss(pending, now=now)
        return
    with pytest.raises(IllegalStep):
        ledger.begin(pending, now=now, bounds=BOUNDS)
    missed = ledger.miss(pending, now=now)
    assert (DeliveryState.FAILED, "TooLate", None) == (
        missed.state,
        missed.failure and missed.failure.outcome,
        missed.not_before,
    )


def test_an_open_attempt_is_read_back_although_it_is_too_late():
    """
    Where an earlier attempt may be on the network, the end of its validity does not make it FAILED.
    """
    pending = delivery(DeliveryState.PENDING, not_after=END, open_since=NOW, intent_at=NOW)
    after = ledger.miss(pending, now=END)

    assert (DeliveryState.UNKNOWN, END, NOW) == (after.state, after.not_before, after.open_since)


@pytest.mark.parametrize("limits", [STRONG, KEYED], ids=["strong list", "key"])
def test_what_is_proven_absent_too_late_has_failed(limits: Limits):
    """
    An unknown outcome is read back after its end as before; what is absent is not sent again, key or no key.
    """
    unknown = delivery(DeliveryState.UNKNOWN, not_after=NOW + timedelta(seconds=1))
    found = readback.read_back(unknown, RECEIPT, now=SETTLED, limits=limits, bounds=BOUNDS)
    early = readback.read_back(unknown, None, now=NOW + timedelta(seconds=2), limits=limits, bounds=BOUNDS)
    absent = readback.read_back(unknown, None, now=SETTLED, limits=limits, bounds=BOUNDS)
    again = intervention.decide(unknown, None, again=True, now=SETTLED, limits=limits, bounds=BOUNDS)

    assert DeliveryState.DELIVERED is found.state
    assert (DeliveryState.UNKNOWN, SETTLED) == (early.state, early.not_before)
    for after in (absent, again):
        assert (DeliveryState.FAILED, "TooLate", None) == (
            after.state,
            after.failure and after.failure.outcome,
            after.open_since,
        )


@pytest.mark.parametrize(
    "ended",
    [RateLimited(WORDS, mend=WORDS, until=END + timedelta(hours=1)), Unavailable(WORDS, mend=WORDS)],
)
def test_a_wait_ends_with_the_validity(ended: RateLimited | Unavailable):
    """
    A pause that would last longer ends with the validity, so that the failure is reported then and not later.
    """
    sending = delivery(DeliveryState.SENDING, not_after=NOW + timedelta(seconds=5))
    after = ledger.end(sending, ended, now=NOW, limits=STRONG, bounds=BOUNDS)
    missed = ledger.miss(after, now=NOW + timedelta(seconds=5))

    assert (DeliveryState.PENDING, NOW + timedelta(seconds=5)) == (after.state, after.not_before)
    assert missed.failure is not None
    assert WORDS.ja in missed.failure.what.ja


HOLD = Hold(scope=Scope.ACCOUNT, name="x:a", by="1042", reason="炎上の確認", at=NOW)


def stop(before: Delivery) -> Delivery:
    return ledger.stop(before, now=NOW, what=HOLD.said, mend=WORDS, hold=HOLD.key)


@pytest.mark.parametrize("state", STATES)
def test_a_hold_stops_what_waits(state: DeliveryState):
    """
    What is due while posting is on hold is HELD until somebody lifts it, or its time is over.
    """
    if state is not DeliveryState.PENDING:
        with pytest.raises(IllegalStep):
            stop(delivery(state))
        return
    held = stop(delivery(state, not_after=END))
    resumed = intervention.resume(held, now=NOW)
    missed = ledger.miss(held, now=END)

    assert (DeliveryState.HELD, END) == (held.state, held.not_before)
    assert "1042" in (held.failure.what.ja if held.failure else "")
    assert (DeliveryState.PENDING, NOW) == (resumed.state, resumed.not_before)
    assert DeliveryState.FAILED is missed.state
    assert None is stop(delivery(state)).not_before


def test_a_hold_keeps_an_open_attempt_open():
    """
    What was to be sent again under its key may be out: a hold changes nothing about that.
    """
    assert NOW == stop(delivery(DeliveryState.PENDING, open_since=NOW, intent_at=NOW)).open_since


@pytest.mark.parametrize(
    ("scope", "name", "held"),
    [
        (Scope.PROGRAMME, "", True),
        (Scope.SECTION, "観光課", True),
        (Scope.SECTION, "税務課", False),
        (Scope.ACCOUNT, "x:a", True),
        (Scope.ACCOUNT, "x:b", False),
        (Scope.DRAFT, "0", True),
        (Scope.DRAFT, "1", False),
        (Scope.DELIVERY, "d", True),
        (Scope.DELIVERY, "e", False),
    ],
)
def test_what_a_hold_holds(scope: Scope, name: str, held: bool):
    """
    A hold holds what it names, and comes back from its fact as it was.
    """
    placed = Hold(scope=scope, name=name, by="1042", reason="確認中: 理由", at=NOW)
    due = delivery(DeliveryState.PENDING)

    assert placed == hold.read(placed.fact)
    assert held is (hold.in_force([placed.fact], due, section="観光課") == placed)
    assert None is hold.in_force([], due, section="観光課")


def test_an_account_without_a_section_is_held_by_no_section():
    """
    The hold of a section does not reach accounts for which no section answers.
    """
    placed = Hold(scope=Scope.SECTION, name="観光課", by="1042", reason="確認中", at=NOW)

    assert None is hold.in_force([placed.fact], delivery(DeliveryState.PENDING), section="")

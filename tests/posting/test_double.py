"""Rather twice than not at all: what an emergency's author may choose, and how far it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from city import limits

from civicsns.errors import (
    AuthorizationLost,
    BadInput,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
    UnknownReason,
)
from civicsns.language import Bilingual
from civicsns.model import Capacity, Delivery, DeliveryState, Draft, Idempotency, Lane, ReadBack, Receipt, Rendition
from civicsns.posting import double, intervention, outcome, readback, trail
from civicsns.posting.bounds import Bounds

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
WORDS = Bilingual("何か", "something")
WEAK = limits(read_back=ReadBack.WEAK, network_delay=timedelta(minutes=5), read_back_lag=timedelta(minutes=10))
BOUNDS = Bounds(attempts=3)
ACTED = BOUNDS.acted(NOW, WEAK)
UNKNOWN = Delivery(
    id="d",
    draft="0",
    rendition=Rendition(platform="facebook", account="facebook:city", text="避難してください", body={}),
    state=DeliveryState.UNKNOWN,
    lane=Lane.EMERGENCY,
    prefer_duplicate=True,
    attempts=1,
    unclear=1,
    intent_at=NOW,
    not_before=NOW,
)
#: Whatever reading back ends with, short of the post.
UNREAD = [
    None,
    RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(days=1)),
    Unavailable(WORDS, mend=WORDS),
    BudgetSpent(WORDS, mend=WORDS),
    AuthorizationLost(WORDS, mend=WORDS),
    Refused(WORDS, mend=WORDS),
]


def not_found(delivery: Delivery, ended: Outcome | None, *, now: datetime, of=WEAK) -> Delivery:
    if ended is None:
        return readback.read_back(delivery, None, now=now, limits=of, bounds=BOUNDS)
    return readback.not_read(delivery, ended, now=now, limits=of, bounds=BOUNDS)


@pytest.mark.parametrize("ended", UNREAD, ids=lambda ended: type(ended).__name__)
def test_it_is_sent_again_once_the_network_has_acted(ended):
    """
    Whether the list does not show it, or cannot be read: until the network has acted on the first request it waits, and
    then it is sent again. The first attempt stays open.
    """
    waits = not_found(UNKNOWN, ended, now=ACTED - timedelta(seconds=1))
    again = not_found(waits, ended, now=ACTED)

    assert (DeliveryState.UNKNOWN, ACTED, 0) == (waits.state, waits.not_before, waits.risked)
    assert (DeliveryState.PENDING, ACTED, NOW, 1) == (again.state, again.not_before, again.open_since, again.risked)


@pytest.mark.parametrize("ended", UNREAD, ids=lambda ended: type(ended).__name__)
def test_nobody_s_choice_changes_nothing(ended):
    """
    Where it was not chosen, nothing is sent again by itself.
    """
    plain = attrs.evolve(UNKNOWN, prefer_duplicate=False)

    assert DeliveryState.UNKNOWN is not_found(plain, ended, now=ACTED + timedelta(days=1)).state


def test_what_is_found_is_not_sent_again():
    """
    A post that the list shows is the post, and stands there once.
    """
    post = Receipt(platform="facebook", account="facebook:city", post_id="1", at=NOW)
    found = readback.read_back(UNKNOWN, post, now=ACTED, limits=WEAK, bounds=BOUNDS)

    assert (DeliveryState.DELIVERED, False) == (found.state, found.may_be_double)


def sent_again() -> Delivery:
    """Give the delivery while its second attempt is under way."""
    pending = not_found(UNKNOWN, None, now=ACTED)
    assert not outcome.lapsed(pending, now=ACTED, limits=WEAK, bounds=BOUNDS)
    return outcome.begin(pending, now=ACTED, bounds=BOUNDS)


def ended(delivery: Delivery, how: Receipt | Outcome) -> Delivery:
    return outcome.end(delivery, how, now=ACTED, limits=WEAK, bounds=BOUNDS)


def test_that_it_may_be_there_twice_is_kept():
    """
    The second is answered. That the first may stand beside it is told by the delivery, and by its records.
    """
    before = not_found(UNKNOWN, None, now=ACTED)
    done = ended(sent_again(), Receipt(platform="facebook", account="facebook:city", post_id="2", at=NOW))
    risked, delivered = trail.record(before, at=NOW, was=UNKNOWN), trail.record(done, at=NOW, was=sent_again())

    assert (DeliveryState.DELIVERED, True, None) == (done.state, done.may_be_double, done.open_since)
    assert ("delivery.risked", "1") == (risked.event, risked.facts["risked"])
    assert ("delivery.delivered", "1") == (delivered.event, delivered.facts["risked"])


def test_a_refusal_of_the_second_does_not_undo_the_first():
    """
    What would be FAILED stays unknown as long as the first attempt may be there, and a person cannot withdraw it.
    """
    refused = ended(sent_again(), Refused(WORDS, mend=WORDS))
    pending = not_found(UNKNOWN, None, now=ACTED)

    assert (DeliveryState.UNKNOWN, NOW) == (refused.state, refused.open_since)
    assert not intervention.withdrawable(pending)


@pytest.mark.parametrize(
    "how",
    [OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT), Refused(WORDS, mend=WORDS)],
    ids=["unknown", "refused"],
)
def test_it_goes_on_as_often_as_attempts_allow(how):
    """
    Then it waits for a person, like any other post.
    """
    current, sent = UNKNOWN, 1
    now = NOW
    while current.not_before is not None:
        now = max(now, current.not_before)
        if current.state is DeliveryState.PENDING:
            begun = outcome.begin(current, now=now, bounds=BOUNDS)
            current = outcome.end(begun, how, now=now, limits=WEAK, bounds=BOUNDS)
            sent += 1
        else:
            current = not_found(current, None, now=now)

    assert (BOUNDS.attempts, True) == (sent, current.waits_for_a_person)


def test_absence_that_is_proven_counts_for_nothing_before_it():
    """
    A person, or a whole list, that shows nothing of all attempts: what goes out then stands there once.
    """
    later = NOW + timedelta(days=1)
    twice = attrs.evolve(UNKNOWN, risked=2, unclear=3, open_since=NOW)
    decided = intervention.decide(twice, None, again=True, now=later, limits=WEAK, bounds=BOUNDS)

    assert (DeliveryState.PENDING, 0, None) == (decided.state, decided.risked, decided.open_since)


def test_what_is_too_late_is_not_risked():
    """
    Nothing is sent when its time is over.
    """
    late = attrs.evolve(UNKNOWN, not_after=ACTED)

    assert (DeliveryState.UNKNOWN, 0) == ((after := not_found(late, None, now=ACTED)).state, after.risked)


def test_a_key_that_the_network_knows_is_used_first():
    """
    While the same request may be sent again under its key, no second post is risked.
    """
    keyed = attrs.evolve(WEAK, idempotency=Idempotency.KEY)
    again = not_found(UNKNOWN, None, now=ACTED, of=keyed)

    assert (DeliveryState.PENDING, 0, NOW) == (again.state, again.risked, again.open_since)


def test_the_network_is_read_back_before_it_is_sent_again():
    """
    Not later than it might be sent again, however slow the list is; nothing else is read back earlier for it.
    """
    sending = attrs.evolve(UNKNOWN, state=DeliveryState.SENDING, unclear=0)
    lost = OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)
    at = NOW + timedelta(seconds=30)

    def looked_at(delivery: Delivery) -> datetime | None:
        return outcome.end(delivery, lost, now=at, limits=WEAK, bounds=BOUNDS).not_before

    assert ACTED == looked_at(sending)
    assert at + WEAK.read_back_lag == looked_at(attrs.evolve(sending, prefer_duplicate=False))


def test_after_a_restored_backup_it_is_said_that_it_may_be_there_twice():
    """
    What the store has lost may have been sent again.
    """
    doubted = readback.doubt(UNKNOWN, since=NOW, now=ACTED, bounds=BOUNDS)
    again = not_found(doubted, None, now=BOUNDS.acted(ACTED, WEAK))

    assert 1 == doubted.risked
    assert (DeliveryState.PENDING, NOW, None, 2) == (again.state, again.open_since, again.lost_since, again.risked)


@pytest.mark.parametrize(
    ("lane", "capacity", "allowed"),
    [
        (Lane.EMERGENCY, Capacity.OFFICIAL, True),
        (Lane.ROUTINE, Capacity.OFFICIAL, False),
        (Lane.EMERGENCY, Capacity.PRIVATE, False),
        (Lane.ROUTINE, Capacity.PRIVATE, False),
    ],
)
def test_it_is_a_choice_for_emergencies_of_the_city(lane: Lane, capacity: Capacity, *, allowed: bool):
    """
    A routine or a private post is refused with it, and goes on its way without it.
    """
    wanted = Draft(author="1", text="避難", accounts=["a"], lane=lane, capacity=capacity, prefer_duplicate=True)
    double.require_emergency(attrs.evolve(wanted, prefer_duplicate=False))
    if allowed:
        double.require_emergency(wanted)
        return
    with pytest.raises(BadInput, match="emergencies in the city's name only") as refused:
        double.require_emergency(wanted)

    assert "prefer_duplicate" == refused.value.place

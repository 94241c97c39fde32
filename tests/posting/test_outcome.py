"""The ledger's table, walked through whole: every state, every outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
    UnknownReason,
)
from civicsns.language import Bilingual
from civicsns.model import (
    Delivery,
    DeliveryState,
    Idempotency,
    Limits,
    Media,
    MediaLimits,
    PostRef,
    Proof,
    ReadBack,
    Receipt,
    Rendition,
    TextLimits,
    Upload,
)
from civicsns.posting import outcome as ledger
from civicsns.posting import readback
from civicsns.posting.bounds import Bounds
from civicsns.posting.steps import IllegalStep
from civicsns.text import Measure

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
WORDS = Bilingual("何か", "something")
BOUNDS = Bounds()


def limits(*, read_back: ReadBack = ReadBack.STRONG, idempotency: Idempotency = Idempotency.NONE) -> Limits:
    return Limits(
        text=TextLimits(measure=Measure.X, maximum=280),
        media=MediaLimits(images=4, videos=1, types=frozenset({"image/png"}), bytes_={}, alt_text=1000),
        schedule=None,
        idempotency=idempotency,
        read_back=read_back,
        network_delay=timedelta(seconds=30),
        read_back_lag=timedelta(seconds=15),
    )


RENDITION = Rendition(platform="x", account="x:a", text="こんにちは", body={"text": "こんにちは"})
RECEIPT = Receipt(platform="x", account="x:a", post_id="1", at=NOW)
OUTCOMES = {
    "refused": Refused(WORDS, mend=WORDS),
    "app refused": Refused(WORDS, mend=WORDS, scope="app"),
    "lost": AuthorizationLost(WORDS, mend=WORDS),
    "limited": RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(minutes=7)),
    "spent": BudgetSpent(WORDS, mend=WORDS),
    "unavailable": Unavailable(WORDS, mend=WORDS),
    "unknown": OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT),
}


def delivery(state: DeliveryState, **changes: object) -> Delivery:
    begun = state != DeliveryState.PENDING
    made = Delivery(
        id="d",
        draft="0",
        rendition=RENDITION,
        state=state,
        attempts=1 if begun else 0,
        intent_at=NOW if begun else None,
        not_before=NOW if state in {DeliveryState.PENDING, DeliveryState.UNKNOWN} else None,
    )
    return attrs.evolve(made, **changes)  # type: ignore[arg-type]


def settle(ended: Receipt | str, *, unreached: int = 0) -> Delivery:
    return ledger.end(
        delivery(DeliveryState.SENDING, unreached=unreached),
        OUTCOMES[ended] if isinstance(ended, str) else ended,
        now=NOW,
        limits=limits(),
        bounds=BOUNDS,
    )


@pytest.mark.parametrize(
    ("ended", "state", "due"),
    [
        (RECEIPT, DeliveryState.DELIVERED, None),
        ("refused", DeliveryState.FAILED, None),
        ("lost", DeliveryState.HELD, None),
        ("limited", DeliveryState.PENDING, NOW + timedelta(minutes=7)),
        ("spent", DeliveryState.PENDING, NOW + BOUNDS.budget_pause),
        ("app refused", DeliveryState.PENDING, NOW + BOUNDS.budget_pause),
        ("unavailable", DeliveryState.PENDING, NOW + BOUNDS.retry_first),
        ("unknown", DeliveryState.UNKNOWN, NOW + timedelta(seconds=15)),
    ],
)
def test_table(ended: Receipt | str, state: DeliveryState, due: datetime | None):
    """
    Each of the seven ends of an attempt leads to its own state, and to the time of the next step.
    """
    after = settle(ended)

    assert (state, due) == (after.state, after.not_before)
    assert (after.receipt is None) == isinstance(ended, str)
    assert (after.failure is None) == (not isinstance(ended, str))


@pytest.mark.parametrize("ended", [name for name in OUTCOMES if name != "unavailable"])
def test_only_unavailable_counts_as_unreached(ended: str):
    """
    Any other end shows that the network was reached, and starts the count anew.
    """
    assert 0 == settle(ended, unreached=3).unreached


@pytest.mark.parametrize("unreached", range(BOUNDS.retry_attempts))
def test_unavailable_backs_off_then_fails(unreached: int):
    """
    The pause doubles with every attempt that did not reach the network; after the last one it has failed.
    """
    after = settle("unavailable", unreached=unreached)

    if unreached + 1 < BOUNDS.retry_attempts:
        assert (DeliveryState.PENDING, NOW + BOUNDS.retry_first * 2**unreached) == (after.state, after.not_before)
    else:
        assert (DeliveryState.FAILED, None) == (after.state, after.not_before)


def test_a_limit_that_has_passed_is_due_now():
    """
    A network that names a time in the past is asked again now, not in the past.
    """
    early = RateLimited(WORDS, mend=WORDS, until=NOW - timedelta(minutes=1))
    after = ledger.end(delivery(DeliveryState.SENDING), early, now=NOW, limits=limits(), bounds=BOUNDS)

    assert NOW == after.not_before


def test_what_is_no_outcome_is_refused():
    """
    A bare exception never becomes a state by accident.
    """
    with pytest.raises(TypeError, match="ValueError is no outcome"):
        ledger.end(delivery(DeliveryState.SENDING), ValueError(), now=NOW, limits=limits(), bounds=BOUNDS)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not DeliveryState.SENDING])
def test_only_an_attempt_ends(state: DeliveryState):
    """
    Nothing ends that has not begun, and nothing ends twice.
    """
    with pytest.raises(IllegalStep):
        ledger.end(delivery(state), RECEIPT, now=NOW, limits=limits(), bounds=BOUNDS)


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not DeliveryState.PENDING])
def test_only_a_pending_delivery_begins(state: DeliveryState):
    """
    An unknown outcome, above all, is never simply sent again.
    """
    step = delivery(state)
    with pytest.raises(IllegalStep):
        ledger.begin(step, now=NOW, bounds=BOUNDS)
    with pytest.raises(IllegalStep):
        ledger.upload_failed(step, OUTCOMES["refused"], now=NOW, limits=limits(), bounds=BOUNDS)
    with pytest.raises(IllegalStep):
        ledger.uploaded(step, RENDITION, now=NOW)
    with pytest.raises(IllegalStep):
        ledger.drop(step, now=NOW, what=WORDS, mend=WORDS)
    with pytest.raises(IllegalStep):
        ledger.answering(step, PostRef(platform="x", id="1"))


def test_begin_writes_the_intent_down():
    """
    The intent has its time, counts as an attempt, and expires when the attempt cannot be running any more.
    """
    begun = ledger.begin(delivery(DeliveryState.PENDING, unreached=2), now=NOW, bounds=BOUNDS)

    assert (DeliveryState.SENDING, 1, NOW, 2) == (begun.state, begun.attempts, begun.intent_at, begun.unreached)
    assert NOW + BOUNDS.start_deadline + BOUNDS.longest_pause == begun.not_before


def test_begin_waits_for_its_time():
    """
    A delivery that is not due does not begin.
    """
    with pytest.raises(IllegalStep):
        ledger.begin(delivery(DeliveryState.PENDING, not_before=NOW + timedelta(seconds=1)), now=NOW, bounds=BOUNDS)


def test_an_expired_attempt_is_unknown():
    """
    A process that died while sending may have sent: never pending again.
    """
    late = NOW + BOUNDS.start_deadline + BOUNDS.longest_pause
    after = readback.expire(delivery(DeliveryState.SENDING), now=late, limits=limits(), bounds=BOUNDS)

    assert (DeliveryState.UNKNOWN, late + timedelta(seconds=15)) == (after.state, after.not_before)


@pytest.mark.parametrize("state", list(DeliveryState))
def test_an_attempt_does_not_expire_early(state: DeliveryState):
    """
    While the attempt may still be running, and in any other state, nothing expires.
    """
    early = NOW + BOUNDS.start_deadline + BOUNDS.longest_pause - timedelta(microseconds=1)
    with pytest.raises(IllegalStep):
        readback.expire(delivery(state), now=early, limits=limits(), bounds=BOUNDS)


SETTLED = NOW + timedelta(seconds=10 + 120 + 30 + 15 + 30)


@pytest.mark.parametrize(
    ("read_back", "idempotency", "found", "at", "state", "due"),
    [
        (ReadBack.STRONG, Idempotency.NONE, True, NOW, DeliveryState.DELIVERED, None),
        (ReadBack.WEAK, Idempotency.NONE, True, NOW, DeliveryState.DELIVERED, None),
        (ReadBack.STRONG, Idempotency.NONE, False, NOW, DeliveryState.UNKNOWN, SETTLED),
        (ReadBack.WEAK, Idempotency.NONE, False, NOW, DeliveryState.UNKNOWN, SETTLED),
        (
            ReadBack.STRONG,
            Idempotency.NONE,
            False,
            SETTLED - timedelta(microseconds=1),
            DeliveryState.UNKNOWN,
            SETTLED,
        ),
        (ReadBack.STRONG, Idempotency.NONE, False, SETTLED, DeliveryState.PENDING, SETTLED),
        (ReadBack.WEAK, Idempotency.NONE, False, SETTLED, DeliveryState.UNKNOWN, None),
        (ReadBack.WEAK, Idempotency.NONE, True, SETTLED, DeliveryState.DELIVERED, None),
        (ReadBack.WEAK, Idempotency.KEY, False, NOW, DeliveryState.PENDING, NOW),
    ],
)
def test_reading_back(
    read_back: ReadBack,
    idempotency: Idempotency,
    found: bool,
    at: datetime,
    state: DeliveryState,
    due: datetime | None,
):
    """
    Presence proves at any time; absence proves only on a strong list, and only once everything has had its time.
    """
    after = readback.read_back(
        delivery(DeliveryState.UNKNOWN),
        RECEIPT if found else None,
        now=at,
        limits=limits(read_back=read_back, idempotency=idempotency),
        bounds=BOUNDS,
    )

    assert (state, due) == (after.state, after.not_before)
    assert (Proof.READ_BACK if found else None) == (after.receipt.proof if after.receipt else None)


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not DeliveryState.UNKNOWN])
def test_only_an_unknown_outcome_is_read_back(state: DeliveryState):
    """
    Reading back changes nothing that is known.
    """
    with pytest.raises(IllegalStep):
        readback.read_back(delivery(state), None, now=NOW, limits=limits(), bounds=BOUNDS)
    with pytest.raises(IllegalStep):
        readback.not_read(delivery(state), OUTCOMES["unavailable"], now=NOW, limits=limits(), bounds=BOUNDS)


@pytest.mark.parametrize(
    ("ended", "due"),
    [
        ("limited", NOW + timedelta(minutes=7)),
        ("unavailable", NOW + BOUNDS.retry_first),
        ("spent", NOW + BOUNDS.budget_pause),
        ("lost", None),
        ("refused", None),
    ],
)
def test_what_cannot_be_read_stays_unknown(ended: str, due: datetime | None):
    """
    A network that does not let itself be read proves nothing; where waiting helps nobody, a person decides.
    """
    after = readback.not_read(delivery(DeliveryState.UNKNOWN), OUTCOMES[ended], now=NOW, limits=limits(), bounds=BOUNDS)

    assert (DeliveryState.UNKNOWN, due) == (after.state, after.not_before)


def test_an_upload_is_never_unknown():
    """
    Files alone publish nothing; an adapter that says otherwise is wrong, and is told so.
    """
    with pytest.raises(TypeError, match="publishes nothing"):
        ledger.upload_failed(
            delivery(DeliveryState.PENDING), OUTCOMES["unknown"], now=NOW, limits=limits(), bounds=BOUNDS
        )


def test_uploads_belong_to_their_rendition():
    """
    What was uploaded is noted on the same post, not on another.
    """
    picture = Media(content=b"\x89PNG", media_type="image/png")
    own = attrs.evolve(RENDITION, uploads=[Upload(digest=picture.digest, id="7")])
    noted = ledger.uploaded(delivery(DeliveryState.PENDING), own, now=NOW)

    assert own == noted.rendition
    with pytest.raises(IllegalStep):
        ledger.uploaded(delivery(DeliveryState.PENDING), attrs.evolve(own, text="別の文"), now=NOW)


def test_files_that_are_worked_through_are_waited_for():
    """
    A film that the network still processes is looked at again when the network said, not before.
    """
    ready = NOW + timedelta(seconds=40)
    film = attrs.evolve(RENDITION, uploads=[Upload(digest="0", id="7", ready_after=ready)])

    assert ready == ledger.uploaded(delivery(DeliveryState.PENDING), film, now=NOW).not_before


class Life(RuleBasedStateMachine):
    """One delivery in a world where a post that was sent may or may not have been made."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.step = delivery(DeliveryState.PENDING)
        self.made = 0
        self.begun_while_made = False

    @rule(seconds=st.integers(0, 400))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(name=st.sampled_from(sorted(OUTCOMES)), carried_out=st.booleans(), answered=st.booleans())
    def attempt(self, name: str, carried_out: bool, answered: bool) -> None:
        due = self.step.not_before
        if self.step.state is not DeliveryState.PENDING or due is None or due > self.now:
            return
        self.begun_while_made |= self.made > 0
        begun = ledger.begin(self.step, now=self.now, bounds=BOUNDS)
        if name == "unknown":
            self.made += carried_out
            ended: object = OUTCOMES[name]
        elif answered:
            self.made += 1
            ended = RECEIPT
        else:
            ended = OUTCOMES[name]
        self.step = ledger.end(begun, ended, now=self.now, limits=limits(), bounds=BOUNDS)  # type: ignore[arg-type]

    @rule(crash_carried_out=st.booleans())
    def crash(self, crash_carried_out: bool) -> None:
        due = self.step.not_before
        if self.step.state is not DeliveryState.PENDING or due is None or due > self.now:
            return
        self.begun_while_made |= self.made > 0
        self.step = ledger.begin(self.step, now=self.now, bounds=BOUNDS)
        self.made += crash_carried_out
        self.now += BOUNDS.start_deadline + BOUNDS.longest_pause
        self.step = readback.expire(self.step, now=self.now, limits=limits(), bounds=BOUNDS)

    @rule()
    def look(self) -> None:
        due = self.step.not_before
        if self.step.state is not DeliveryState.UNKNOWN or due is None or due > self.now:
            return
        found = RECEIPT if self.made else None
        self.step = readback.read_back(self.step, found, now=self.now, limits=limits(), bounds=BOUNDS)

    @invariant()
    def never_twice(self) -> None:
        assert self.made <= 1
        assert not self.begun_while_made

    @invariant()
    def never_lost(self) -> None:
        waiting = self.step.not_before is not None
        settled = self.step.state in {DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.HELD}
        enough = self.step.state is DeliveryState.UNKNOWN and self.step.unclear >= BOUNDS.attempts
        assert waiting != settled or (enough and not waiting)
        assert self.step.unclear <= BOUNDS.attempts
        if self.step.state is DeliveryState.DELIVERED:
            assert 1 == self.made
        if self.step.state is DeliveryState.FAILED:
            assert 0 == self.made


TestLife = Life.TestCase


@given(st.integers(0, 10), st.sampled_from(sorted(OUTCOMES)))
def test_every_step_is_a_successor(version: int, name: str):
    """
    Each step raises the version by one, so that a store can tell who was first.
    """
    after = ledger.end(
        delivery(DeliveryState.SENDING, version=version), OUTCOMES[name], now=NOW, limits=limits(), bounds=BOUNDS
    )

    assert version + 1 == after.version


KEYED = limits(read_back=ReadBack.WEAK, idempotency=Idempotency.KEY)
#: The last moment at which an attempt is sure to reach a network that still knows the first one's key, is before this.
LAPSES = NOW + timedelta(hours=1) - timedelta(seconds=10 + 120 + 30 + 30)


def test_a_key_keeps_the_first_attempt_open():
    """
    What is sent again under its key is remembered from the first attempt on, until it is known how that ended.
    """
    unknown = delivery(DeliveryState.UNKNOWN)
    again = readback.read_back(unknown, None, now=NOW, limits=KEYED, bounds=BOUNDS)
    begun = ledger.begin(again, now=NOW + timedelta(minutes=1), bounds=BOUNDS)
    ended = ledger.end(begun, RECEIPT, now=NOW, limits=KEYED, bounds=BOUNDS)

    assert (NOW, NOW, None) == (again.open_since, begun.open_since, ended.open_since)


@pytest.mark.parametrize(("name", "unreached"), [("refused", 0), ("unavailable", BOUNDS.retry_attempts - 1)])
def test_an_open_attempt_does_not_fail(name: str, unreached: int):
    """
    While an earlier attempt may be on the network, what would be the end is unknown: it is read back first.
    """
    begun = delivery(DeliveryState.SENDING, open_since=NOW, unreached=unreached)
    after = ledger.end(begun, OUTCOMES[name], now=NOW, limits=KEYED, bounds=BOUNDS)

    assert (DeliveryState.UNKNOWN, SETTLED, NOW) == (after.state, after.not_before, after.open_since)


@pytest.mark.parametrize(
    ("now", "state"),
    [(LAPSES - timedelta(microseconds=1), DeliveryState.PENDING), (LAPSES, DeliveryState.UNKNOWN)],
)
def test_a_key_lapses(now: datetime, state: DeliveryState):
    """
    A key is trusted only as long as an attempt begun now reaches a network that still knows it.
    """
    pending = delivery(DeliveryState.PENDING, intent_at=NOW, open_since=NOW)
    lapsed = ledger.lapsed(pending, now=now, limits=KEYED, bounds=BOUNDS)
    after = readback.read_back(
        delivery(DeliveryState.UNKNOWN, open_since=NOW), None, now=now, limits=KEYED, bounds=BOUNDS
    )

    assert lapsed is (state is DeliveryState.UNKNOWN)
    assert state is after.state
    assert DeliveryState.UNKNOWN is ledger.lapse(pending, now=now).state


def test_only_an_open_attempt_lapses():
    """
    Where no earlier attempt is open there is nothing to read back; where one is, nothing is dropped.
    """
    assert not ledger.lapsed(delivery(DeliveryState.PENDING), now=NOW, limits=KEYED, bounds=BOUNDS)
    with pytest.raises(IllegalStep):
        ledger.lapse(delivery(DeliveryState.PENDING), now=NOW)
    with pytest.raises(IllegalStep):
        ledger.drop(delivery(DeliveryState.PENDING, open_since=NOW), now=NOW, what=WORDS, mend=WORDS)


@pytest.mark.parametrize("known", [limits(), KEYED, limits(read_back=ReadBack.STRONG, idempotency=Idempotency.KEY)])
def test_what_is_never_clear_ends_before_a_person(known: Limits):
    """
    A network that leaves every attempt unclear gets as many as are allowed, and no more; the person reads how many.
    """
    step, now, sent = delivery(DeliveryState.PENDING), NOW, 0
    while step.not_before is not None:
        now = max(now, step.not_before)
        if step.state is DeliveryState.PENDING:
            sent += 1
            begun = ledger.begin(step, now=now, bounds=BOUNDS)
            step = ledger.end(begun, OUTCOMES["unknown"], now=now, limits=known, bounds=BOUNDS)
        else:
            step = readback.read_back(step, None, now=now, limits=known, bounds=BOUNDS)

    assert step.waits_for_a_person
    assert BOUNDS.attempts == sent == step.unclear
    assert step.failure is not None
    assert str(sent) == step.failure.evidence["attempts"]
    assert f"{sent} times" in step.failure.what.en
    assert step.intent_at is not None
    assert now >= BOUNDS.settled(step.intent_at, known), "the last attempt is settled, so a person may decide"


def test_the_last_of_too_many_attempts_may_still_be_found():
    """
    When no more is sent by itself, the last attempt still has its time to show.
    """
    last = delivery(DeliveryState.UNKNOWN, unclear=BOUNDS.attempts)
    early = readback.read_back(last, None, now=NOW, limits=KEYED, bounds=BOUNDS)
    found = readback.read_back(early, RECEIPT, now=SETTLED, limits=KEYED, bounds=BOUNDS)

    assert (DeliveryState.UNKNOWN, SETTLED) == (early.state, early.not_before)
    assert DeliveryState.DELIVERED is found.state


def test_a_died_attempt_counts_as_unclear():
    """
    Whether the process or the answer was lost makes no difference.
    """
    late = NOW + BOUNDS.start_deadline + BOUNDS.longest_pause
    after = readback.expire(delivery(DeliveryState.SENDING, unclear=2), now=late, limits=limits(), bounds=BOUNDS)

    assert 3 == after.unclear

"""How attempts end, and what becomes of a delivery then: sent once, whoever drives it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from board import Board, events, world
from city import NOW, PNG, THREAD, WORDS, draft, unknown
from together import at_once, meeting

from civicsns.errors import AuthorizationLost, BudgetSpent, Outcome, RateLimited, Refused, Unavailable
from civicsns.model import Credential, DeliveryState, Media, Proof, ReadBack, Receipt, Rendition


def test_one_account_s_trouble_is_its_own():
    """
    A dead token holds its own delivery and no other.
    """
    shown = world(Board())
    shown.board.ends = [AuthorizationLost(WORDS, mend=WORDS)]
    done = shown.program.publish(draft(accounts=["a", "b"]))

    assert [DeliveryState.DELIVERED, DeliveryState.HELD] == sorted(result.state for result in done.results)
    assert done.settled


@pytest.mark.parametrize(
    ("ended", "state", "published"),
    [
        (Refused(WORDS, mend=WORDS), DeliveryState.FAILED, 0),
        (AuthorizationLost(WORDS, mend=WORDS), DeliveryState.HELD, 0),
        (BudgetSpent(WORDS, mend=WORDS), DeliveryState.PENDING, 0),
        (RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(minutes=15)), DeliveryState.PENDING, 0),
        (RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(seconds=3)), DeliveryState.DELIVERED, 1),
        (Unavailable(WORDS, mend=WORDS), DeliveryState.DELIVERED, 1),
    ],
)
def test_outcomes(ended: Outcome, state: DeliveryState, published: int):
    """
    What can be waited for within the patience is waited for; the rest keeps its state and its time.
    """
    shown = world(Board())
    shown.board.ends = [ended]
    done = shown.program.publish(draft(), patience=timedelta(seconds=60))

    assert state is done.results[0].state
    assert published == len(shown.board.posts)
    assert (state is DeliveryState.PENDING) == (not done.settled)


def test_an_unknown_outcome_that_went_out_is_found():
    """
    A post whose answer was lost is found on the network, and not made again.
    """
    shown = world(Board())

    def lost(rendition: Rendition) -> Receipt:
        shown.board.make(rendition)
        raise unknown()

    shown.board.ends = [lost]
    done = shown.program.publish(draft())

    assert 1 == len(shown.board.posts)
    assert DeliveryState.DELIVERED is done.results[0].state
    assert done.results[0].receipt is not None
    assert Proof.READ_BACK is done.results[0].receipt.proof
    assert done.results[0].intent_at is not None
    assert [done.results[0].intent_at - timedelta(seconds=30)] == shown.board.asked_since
    assert ["delivery.sending", "delivery.unknown", "delivery.delivered"] == events(shown, done.results[0])


def test_an_unknown_outcome_that_did_not_go_out_is_made_once():
    """
    Absence on a strong list, after everything has had its time, allows one more attempt.
    """
    shown = world(Board())
    shown.board.ends = [unknown()]
    done = shown.program.publish(draft(), patience=timedelta(minutes=5))

    assert 1 == len(shown.board.posts)
    assert 2 == done.results[0].attempts
    assert shown.clock.now() - NOW >= timedelta(seconds=10 + 120 + 5 + 1)


def test_a_weak_list_leaves_it_to_a_person():
    """
    Absence on a ranked list proves nothing: nothing is sent again, and somebody decides.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    done = shown.program.publish(draft(), patience=timedelta(minutes=5))

    assert (DeliveryState.UNKNOWN, None, 1) == (
        done.results[0].state,
        done.results[0].not_before,
        done.results[0].attempts,
    )
    assert [] == shown.board.posts


@pytest.mark.parametrize("ended", [Unavailable(WORDS, mend=WORDS), AuthorizationLost(WORDS, mend=WORDS)])
def test_a_network_that_cannot_be_read_proves_nothing(ended: Outcome):
    """
    As long as the list cannot be read, the outcome stays unknown and nothing is sent again.
    """
    shown = world(Board())
    shown.board.ends = [unknown()]
    shown.board.find_ends = [ended] * 99
    done = shown.program.publish(draft(), patience=timedelta(minutes=30))

    assert DeliveryState.UNKNOWN is done.results[0].state
    assert 1 == sum(call.startswith("publish") for call in shown.board.calls)


def test_an_error_of_the_adapter_s_own_is_unknown():
    """
    A faulty adapter does not turn "sent" into "lost", and what it raised does not reach the record.
    """
    shown = world(Board())
    shown.board.ends = [RuntimeError("PLANTED-token")]
    done = shown.program.publish(draft(), patience=timedelta(0))

    assert DeliveryState.UNKNOWN is done.results[0].state
    assert "PLANTED" not in repr(done) + repr(shown.program.store.records(done.results[0].id))


def test_uploads_are_noted_before_the_attempt():
    """
    Files go up once, before the intent; their ids are kept with the delivery.
    """
    shown = world(Board())
    picture = Media(content=PNG, media_type="image/png", alt_text="完売の札")
    done = shown.program.publish(draft(media=[picture]))

    assert ["upload", "publish a token-a"] == shown.board.calls
    assert [picture.digest] == [upload.digest for upload in done.results[0].rendition.uploads]
    assert ["delivery.pending", "delivery.sending", "delivery.delivered"] == events(shown, done.results[0])


def test_a_failed_upload_publishes_nothing():
    """
    An upload that could not be made is made again later; the post follows once it has gone well.
    """
    shown = world(Board())
    shown.board.upload_ends = [Unavailable(WORDS, mend=WORDS)]
    picture = Media(content=PNG, media_type="image/png", alt_text="完売の札")
    done = shown.program.publish(draft(media=[picture]), patience=timedelta(minutes=1))

    assert ["upload", "upload", "publish a token-a"] == shown.board.calls
    assert DeliveryState.DELIVERED is done.results[0].state


def test_a_long_text_becomes_a_thread():
    """
    Each part answers the one before it, in order.
    """
    shown = world(Board())
    done = shown.program.publish(draft(THREAD, thread=True))

    assert len(done.results) > 2
    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert [None, "1", "2"] == [post.reply_to.id if post.reply_to else None for post in shown.board.posts][:3]
    assert [result.rendition.text for result in done.results] == [post.text for post in shown.board.posts]


def test_the_rest_of_a_thread_waits_for_its_beginning():
    """
    A part whose predecessor is unknown waits; one whose predecessor failed is given up. Never out of order.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    stuck = shown.program.publish(draft(THREAD, thread=True), patience=timedelta(minutes=5))

    assert [DeliveryState.UNKNOWN] + [DeliveryState.PENDING] * (len(stuck.results) - 1) == [
        result.state for result in stuck.results
    ]
    shown = world(Board())
    shown.board.ends = [Refused(WORDS, mend=WORDS)]
    failed = shown.program.publish(draft(THREAD, thread=True))

    assert {DeliveryState.FAILED} == {result.state for result in failed.results}
    assert [] == shown.board.posts


def test_not_before_is_kept():
    """
    A post with a time waits for it; driving it early does nothing.
    """
    shown = world(Board())
    at = NOW + timedelta(hours=1)
    done = shown.program.publish(draft(not_before=at))

    assert at == done.results[0].not_before
    assert at == shown.program.deliver(done.results[0].id)
    assert [] == shown.board.calls
    shown.clock.advance(timedelta(hours=1))
    assert None is shown.program.deliver(done.results[0].id)
    assert 1 == len(shown.board.posts)


def test_delivering_at_once_from_many_places_sends_once(monkeypatch: pytest.MonkeyPatch):
    """
    Many threads that have all read the same pending delivery make one post.
    """
    shown = world(Board())
    planned = shown.program.publish(draft(not_before=NOW + timedelta(hours=1))).results[0]
    shown.clock.advance(timedelta(hours=1))
    meeting(monkeypatch, shown.program.store, "get", 16)
    at_once(16, lambda: shown.program.deliver(planned.id))
    monkeypatch.undo()

    assert 1 == len(shown.board.posts)
    assert 1 == sum(call.startswith("publish") for call in shown.board.calls)
    assert DeliveryState.DELIVERED is shown.program.store.get(planned.id).state


def test_delivering_twice_changes_nothing():
    """
    A delivery that has ended stays as it is, however often it is driven.
    """
    shown = world(Board())
    done = shown.program.publish(draft()).results[0]

    assert [None, None] == [shown.program.deliver(done.id) for _ in range(2)]
    assert 1 == len(shown.board.posts)
    with pytest.raises(KeyError):
        shown.program.deliver("no such delivery")


def test_a_missed_start_deadline_sends_nothing(monkeypatch: pytest.MonkeyPatch):
    """
    A machine that slept between the intent and the first byte does not send: its intent may have expired elsewhere.
    """
    shown = world(Board())
    replace = shown.program.store.replace

    def slow(*arguments: object) -> bool:
        shown.clock.advance(timedelta(seconds=11))
        return replace(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(shown.program.store, "replace", slow)
    done = shown.program.publish(draft(), patience=timedelta(0))

    assert [] == shown.board.calls
    assert (DeliveryState.PENDING, "Unavailable") == (
        done.results[0].state,
        done.results[0].failure and done.results[0].failure.outcome,
    )


def test_an_attempt_nobody_ended_is_read_back():
    """
    A process that died while sending leaves an intent; whoever drives it later reads the network first.
    """
    shown = world(Board())

    class Died(BaseException):
        pass

    def die(rendition: Rendition) -> Receipt:
        shown.board.make(rendition)
        raise Died

    shown.board.ends = [die]
    planned = shown.program.publish(draft(not_before=NOW + timedelta(hours=1))).results[0]
    shown.clock.advance(timedelta(hours=1))
    with pytest.raises(Died):
        shown.program.deliver(planned.id)
    while (due := shown.program.deliver(planned.id)) is not None:
        shown.clock.advance(max(due - shown.clock.now(), timedelta(0)))

    assert 1 == len(shown.board.posts)
    assert ["delivery.sending", "delivery.unknown", "delivery.delivered"] == events(shown, planned)


def test_a_list_proves_nothing_later_than_it_was_asked_for(monkeypatch: pytest.MonkeyPatch):
    """
    A list asked for too early that arrives late does not let a post be made again: it may have appeared meanwhile.
    """
    shown = world(Board())
    shown.board.ends = [unknown()]
    first = shown.program.publish(draft(), patience=timedelta(0)).results[0]
    find = shown.board.find

    def slow(rendition: Rendition, credential: Credential, *, since: datetime) -> Receipt | None:
        found = find(rendition, credential, since=since)
        shown.clock.advance(timedelta(hours=1))
        return found

    monkeypatch.setattr(shown.board, "find", slow)
    shown.clock.advance(timedelta(seconds=2))
    shown.program.deliver(first.id)

    assert DeliveryState.UNKNOWN is shown.program.store.get(first.id).state


def test_a_clock_set_back_begins_nothing(monkeypatch: pytest.MonkeyPatch):
    """
    A clock that is set back between finding a delivery due and sending it delays it, and raises nothing.
    """
    shown = world(Board())
    shown.board.ends = [Unavailable(WORDS, mend=WORDS)]
    first = shown.program.publish(draft(), patience=timedelta(0)).results[0]
    shown.clock.advance(timedelta(seconds=30))
    due = shown.program.store.get(first.id).not_before
    elapsed = shown.clock.elapsed

    def set_back() -> float:
        shown.clock.set(NOW)
        return elapsed()

    monkeypatch.setattr(shown.clock, "elapsed", set_back)

    assert due == shown.program.deliver(first.id)
    assert 1 == len([call for call in shown.board.calls if call.startswith("publish")])

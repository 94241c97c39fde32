"""Deletions on the network, confirmed and on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from city import HOUR, NOW, THREAD, WORDS, draft, unknown
from wall import later, published, world

from civicsns.errors import BadInput, Refused
from civicsns.model import DeliveryState, Record
from civicsns.posting import intervention
from civicsns.posting.hold import Scope
from civicsns.posting.steps import successor


def test_a_published_post_is_deleted():
    """
    It is gone from the network, stays in the records with its receipt, and both ends of the deletion are on record.
    """
    shown = world()
    (out,) = published(shown)
    (left,) = shown.program.delete(out.id, by="1", reason="誤った写真")

    assert ({}, ["1"]) == (shown.wall.posts, shown.wall.deleted)
    assert (DeliveryState.DELETED, "1") == (left.state, left.receipt and left.receipt.post_id)
    assert [("delivery.deletion_begun", "誤った写真"), ("delivery.deleted", "誤った写真")] == shown.hands(out.id)
    with pytest.raises(BadInput, match="It was deleted"):
        shown.program.delete(out.id, by="1", reason="誤った写真")


@pytest.mark.parametrize("ended", [unknown(), Refused(WORDS, mend=WORDS), RuntimeError("PLANTED-token")])
def test_a_deletion_that_is_not_confirmed_is_shown_and_repeated(ended: Exception):
    """
    Whatever went wrong, the post counts as there, with the failure; deleting it again is safe.
    """
    shown = world()
    (out,) = published(shown)
    shown.wall.changes = [ended]
    (failed,) = shown.program.delete(out.id, by="1", reason="誤った写真")
    events = [event for event, _ in shown.hands(out.id)]
    (gone,) = shown.program.delete(out.id, by="1", reason="誤った写真")

    assert DeliveryState.DELIVERED is failed.state
    assert failed.failure is not None
    assert ["delivery.deletion_begun", "delivery.deletion_failed"] == events
    assert DeliveryState.DELETED is gone.state
    assert "PLANTED" not in repr(failed) + repr(shown.program.store.records(out.id))


def test_a_thread_is_deleted_from_its_end():
    """
    The last part goes first; where one stays, what it answers stays too.
    """
    shown = world()
    parts = published(shown, THREAD, thread=True)
    shown.wall.changes = [Refused(WORDS, mend=WORDS)]
    stayed = shown.program.delete(parts[0].id, by="1", reason="中止")
    gone = shown.program.delete(parts[1].id, by="1", reason="中止")

    assert {DeliveryState.DELIVERED} == {one.state for one in stayed}
    assert [str(number) for number in range(len(parts), 1, -1)] == shown.wall.deleted
    assert DeliveryState.DELIVERED is shown.state(parts[0])
    assert len(parts) - 1 == len(gone)


def test_the_rest_of_a_deleted_thread_does_not_go_out():
    """
    What still waits is withdrawn; a part that may be out has to be settled first.
    """
    shown = world()
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    first, second, *_ = later(shown, THREAD, thread=True)
    shown.drive(HOUR)
    shown.program.lift(Scope.PROGRAMME, by="1", reason="確認した")

    def stop_the_rest() -> None:
        shown.program.hold(Scope.DELIVERY, second.id, by="1", reason="確認中")

    shown.wall.sends = [stop_the_rest]
    shown.drive()
    left = shown.program.delete(first.id, by="1", reason="中止")
    shown.drive(HOUR)
    waiting = world()
    waiting.wall.sends = [lambda: None, unknown()]
    begun = waiting.program.publish(draft(THREAD, thread=True), patience=timedelta(0)).results
    waiting.drive()
    with pytest.raises(BadInput, match="not known whether"):
        waiting.program.delete(begun[0].id, by="1", reason="中止")

    assert DeliveryState.DELETED is left[0].state
    assert {DeliveryState.WITHDRAWN} == {one.state for one in left[1:]}
    assert {} == shown.wall.posts
    assert ["1"] == list(waiting.wall.posts)


def test_nothing_answers_a_post_that_was_deleted():
    """
    A part of a thread whose predecessor is deleted is given up, however that came about.
    """
    shown = world()
    first, second, *_ = later(shown, THREAD, thread=True)
    shown.program.store.replace(
        second, successor(second, not_before=NOW + 2 * HOUR), Record(at=NOW, subject=second.id, event="waits")
    )
    shown.drive(HOUR)
    out = shown.program.store.get(first.id)
    shown.program.store.replace(out, intervention.deleted(out), Record(at=NOW, subject=out.id, event="deleted"))
    shown.drive(2 * HOUR)

    assert (DeliveryState.DELETED, DeliveryState.FAILED) == (shown.state(first), shown.state(second))
    assert ["1"] == list(shown.wall.posts)


def test_what_is_not_published_is_not_deleted():
    """
    What waits is withdrawn instead.
    """
    shown = world()
    (planned,) = later(shown)
    with pytest.raises(BadInput, match="Withdraw it"):
        shown.program.delete(planned.id, by="1", reason="中止")

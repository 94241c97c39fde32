"""Withdrawals of what has not been sent."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from city import HOUR, NOW, THREAD, WORDS, draft, unknown
from wall import World, later, published, world

from civicsns.errors import BadInput, Refused
from civicsns.model import Delivery, DeliveryState
from civicsns.posting.hold import Scope


def test_what_has_not_been_sent_is_withdrawn():
    """
    A withdrawn post never goes out; who took it back and why is on record.
    """
    shown = world()
    (planned,) = later(shown)
    (left,) = shown.program.withdraw(planned.id, by="1", reason="日付が違う")
    shown.drive(2 * HOUR)

    assert DeliveryState.WITHDRAWN is left.state
    assert {} == shown.wall.posts
    assert [("delivery.withdrawn", "日付が違う")] == shown.hands(planned.id)
    assert [] == shown.program.upcoming()


def test_a_draft_is_withdrawn_as_far_as_it_can_be():
    """
    Of a draft what waits is taken back, held or not; what is out stays out.
    """
    shown = world()
    item = draft(accounts=["a", "b"], not_before=NOW + HOUR)
    out, held = shown.program.publish(item).results
    shown.program.hold(Scope.ACCOUNT, "b", by="1", reason="確認中")
    shown.drive(HOUR)
    left = shown.program.withdraw(item.digest, by="1", reason="中止")

    assert [DeliveryState.DELIVERED, DeliveryState.WITHDRAWN] == [one.state for one in left]
    assert [out.id, held.id] == [one.id for one in left]
    with pytest.raises(BadInput, match="has been published"):
        shown.program.withdraw(item.digest, by="1", reason="中止")


def test_a_thread_is_withdrawn_with_what_follows():
    """
    Without its beginning the rest of a thread is nothing.
    """
    shown = world()
    first, *_ = later(shown, THREAD, thread=True)
    left = shown.program.withdraw(first.id, by="1", reason="中止")

    assert len(left) > 2
    assert {DeliveryState.WITHDRAWN} == {one.state for one in left}


def test_what_is_unknown_or_over_is_not_withdrawn():
    """
    Each refusal says why, and what to do instead.
    """
    shown = world()
    shown.wall.sends = [unknown(), Refused(WORDS, mend=WORDS)]
    (lost,) = shown.program.publish(draft(), patience=timedelta(0)).results
    (failed,) = published(shown, "もう一つのお知らせ")

    for one, said in ((lost, "not known whether it was sent"), (failed, "has failed")):
        with pytest.raises(BadInput, match=said):
            shown.program.withdraw(one.id, by="1", reason="中止")
    for changes, said in (({"by": "9"}, "staff"), ({"reason": ""}, "no reason")):
        with pytest.raises(BadInput, match=said):
            shown.program.withdraw(lost.id, **{"by": "1", "reason": "中止", **changes})
    with pytest.raises(KeyError):
        shown.program.withdraw("z", by="1", reason="中止")


def test_a_withdrawal_while_it_is_being_sent_is_refused():
    """
    In the middle of an attempt there is nothing to take back.
    """
    shown = world()
    (planned,) = later(shown)
    refused: list[str] = []

    def meanwhile() -> None:
        with pytest.raises(BadInput) as raised:
            shown.program.withdraw(planned.id, by="1", reason="中止")
        refused.append(raised.value.what.en)

    shown.wall.sends = [meanwhile]
    shown.drive(HOUR)

    assert ["It is being sent at this moment."] == refused
    assert DeliveryState.DELIVERED is shown.state(planned)


def test_withdrawing_and_sending_at_once_ends_in_one_of_the_two():
    """
    Whoever writes first wins: it is either withdrawn and not out, or out and the withdrawal refused.
    """
    for _ in range(30):
        shown = world()
        (planned,) = later(shown)
        shown.clock.advance(HOUR)
        refused: list[BadInput] = []
        gate = threading.Barrier(2)

        def send(shown: World = shown, planned: Delivery = planned, gate: threading.Barrier = gate) -> None:
            gate.wait(timeout=20)
            shown.program.deliver(planned.id)

        sender = threading.Thread(target=send)
        sender.start()
        gate.wait(timeout=20)
        try:
            shown.program.withdraw(planned.id, by="1", reason="中止")
        except BadInput as error:
            refused.append(error)
        sender.join()

        assert (shown.state(planned), len(shown.wall.posts)) == (
            (DeliveryState.DELIVERED, 1) if refused else (DeliveryState.WITHDRAWN, 0)
        )

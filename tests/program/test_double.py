"""Rather twice than not at all, on a network that takes the same words twice and lists neither."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from board import Board, drained, events, world
from city import NOW, draft, unknown

from civicsns.errors import BadInput
from civicsns.model import DeliveryState, Draft, Lane, ReadBack, Receipt, Rendition

#: When the network has acted on an attempt begun at the start: deadline, pause, the network's own delay, clocks.
ACTED = timedelta(seconds=10 + 120 + 5 + 30)


class Forgetful(Board):
    """Makes posts, and shows none of them."""

    def __init__(self) -> None:
        super().__init__(read_back=ReadBack.WEAK)

    def find(self, *args: object, **more: object) -> Receipt | None:
        return None

    def swallow(self, rendition: Rendition) -> Receipt:
        """Make a post, and lose the answer."""
        self.make(rendition)
        raise unknown()


def emergency(**changes: object) -> Draft:
    return draft("高台へ避難してください。", lane=Lane.EMERGENCY, prefer_duplicate=True, **changes)


def test_it_is_there_twice_rather_than_left_to_a_person():
    """
    The answer to the first is lost: the second goes out once the network has acted on the first, and nobody is asked.
    """
    shown = world(board := Forgetful())
    board.ends = [board.swallow]
    (done,) = shown.program.publish(emergency(), patience=timedelta(minutes=30)).results

    assert (DeliveryState.DELIVERED, True, 2) == (done.state, done.may_be_double, len(board.posts))
    assert ACTED == shown.clock.now() - NOW
    assert ["sending", "unknown", "risked", "sending", "delivered"] == [
        event.removeprefix("delivery.") for event in events(shown, done)[:2] + events(shown, done)[-3:]
    ]


def test_nobody_else_s_emergency_is_there_twice():
    """
    Without the choice an emergency waits for a person, as any post does.
    """
    shown = world(board := Forgetful())
    board.ends = [board.swallow]
    plain = draft("高台へ避難してください。", lane=Lane.EMERGENCY)
    (left,) = shown.program.publish(plain, patience=timedelta(minutes=30)).results

    assert (True, 1) == (left.waits_for_a_person, len(board.posts))


def test_there_is_an_end_to_it():
    """
    A network that never answers is asked as often as `attempts` says; then a person decides.
    """
    shown = world(board := Forgetful(), attempts=3)
    board.ends = [board.swallow] * 9
    (planned,) = shown.program.publish(emergency(), patience=timedelta(0)).results
    drained(shown)
    (left,) = shown.program.deliveries(planned.id)

    assert (3, True) == (len(board.posts), left.waits_for_a_person)


def test_no_second_request_leaves_while_the_first_is_on_its_way():
    """
    While a request is with the network, whoever else drives the delivery waits: once it has ended, for the network.
    """
    shown = world(board := Forgetful())
    leaving, answered = threading.Event(), threading.Event()

    def slow(rendition: Rendition) -> Receipt:
        leaving.set()
        assert answered.wait(20)
        raise unknown()

    board.ends = [slow]
    (planned,) = shown.program.publish(emergency(not_before=NOW + timedelta(seconds=1)), patience=timedelta(0)).results
    shown.clock.advance(timedelta(seconds=1))
    thread = threading.Thread(target=shown.program.deliver, args=(planned.id,))
    thread.start()
    assert leaving.wait(20)
    tries: list[int] = []
    for _ in range(int(ACTED.total_seconds()) - 2):
        shown.clock.advance(timedelta(seconds=1))
        shown.program.deliver(planned.id)
        tries.append(sum(call.startswith("publish") for call in board.calls))
    answered.set()
    thread.join()
    shown.clock.advance(ACTED)
    shown.program.dispatch()
    shown.program.dispatch()

    assert {1} == set(tries)
    assert 2 == sum(call.startswith("publish") for call in board.calls)


def test_a_routine_post_is_refused_with_it():
    """
    Nothing is sent and nothing is kept, and somebody who may not post may not choose it either.
    """
    shown = world(Board())
    with pytest.raises(BadInput, match="in the city's name only"):
        shown.program.publish(draft(prefer_duplicate=True))
    with pytest.raises(BadInput, match="in the city's name only"):
        shown.program.prepare(draft(prefer_duplicate=True))

    assert ([], []) == (shown.board.calls, list(shown.program.upcoming()))

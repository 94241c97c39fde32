"""The same words twice on one account: every post that is out stands for one delivery, and no more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import attrs
import pytest
from board import Board, world
from city import draft, unknown

from civicsns import attribution
from civicsns.errors import Unavailable
from civicsns.model import Delivery, DeliveryState, Receipt, Rendition
from civicsns.store.memory import MemoryStore
from civicsns.testing.store_contract import NOW, delivery, record, step


def test_what_did_not_go_out_is_not_found_in_an_earlier_post():
    """
    The second is lost before it arrives. The first one's post does not prove it, so it is sent, and both are out.
    """
    shown = world(Board())
    first = shown.program.publish(draft()).results[0]
    shown.board.ends = [unknown()]
    second = shown.program.publish(draft(), patience=timedelta(minutes=5)).results[0]
    assert first.receipt is not None
    assert second.receipt is not None

    assert 2 == len(shown.board.posts)
    assert ["1", "2"] == [first.receipt.post_id, second.receipt.post_id]


def test_what_did_go_out_is_found_beside_an_earlier_post():
    """
    The answer to the second is lost: the second post is found, not the first, and nothing is sent again.
    """
    shown = world(Board())
    shown.program.publish(draft())

    def lost(rendition: Rendition) -> Receipt:
        shown.board.make(rendition)
        raise unknown()

    shown.board.ends = [lost]
    second = shown.program.publish(draft()).results[0]
    assert second.receipt is not None

    assert 2 == len(shown.board.posts)
    assert "2" == second.receipt.post_id


POST = Receipt(platform="x", account="x:takeo", post_id="7", at=NOW)


@attrs.define
class Shelf:
    """A store with deliveries of the same words, and a network that shows one post to all of them."""

    store: MemoryStore = attrs.field(factory=MemoryStore)

    def put(self, name: str, state: DeliveryState) -> Delivery:
        waits = delivery(name)
        self.store.add([waits], [])
        held = step(waits, state=state)
        assert self.store.replace(waits, held, record(name))
        return held

    def own(self, asked: Delivery) -> Receipt | None:
        return attribution.own(
            asked, lambda apart_from: None if "7" in apart_from else POST, store=self.store, since=NOW
        )


def test_of_two_that_ask_for_a_post_the_first_has_it():
    """
    The first to ask has it, and has it again after its process died; the other has not.
    """
    shelf = Shelf()
    first, other = (shelf.put(name, DeliveryState.UNKNOWN) for name in ("first", "other"))

    assert POST == shelf.own(first)
    assert shelf.own(other) is None
    assert POST == shelf.own(first)


def test_a_post_that_may_be_of_an_attempt_under_way_is_left_to_it():
    """
    While the same words are being sent, what is found may be that attempt's post: it is looked for again later.
    """
    shelf = Shelf()
    asked = shelf.put("asked", DeliveryState.UNKNOWN)
    shelf.put("under way", DeliveryState.SENDING)

    with pytest.raises(Unavailable, match="same words"):
        shelf.own(asked)


def test_an_adapter_that_leaves_nothing_out_is_asked_twice():
    """
    What is another's is not given, though the adapter shows it again and again.
    """
    shelf = Shelf()
    first, other = (shelf.put(name, DeliveryState.UNKNOWN) for name in ("first", "other"))
    shelf.own(first)
    asked: list[Collection[str]] = []

    def look(apart_from: Collection[str]) -> Receipt:
        asked.append(apart_from)
        return POST

    assert attribution.own(other, look, store=shelf.store, since=NOW) is None
    assert [frozenset(), {"7"}] == asked

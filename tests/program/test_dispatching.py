"""What waits goes on: when it is due, and when a person says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from board import ACCOUNTS, ROSTER, Board, World, drained, world
from city import NOW, PNG, WORDS, draft, unknown

from civicsns.errors import AuthorizationLost, BadInput, Unavailable
from civicsns.model import Delivery, DeliveryState, Media, ReadBack


def test_dispatch_takes_what_is_due_further():
    """
    What waited for its time goes out when it has come, once; what has ended is left alone.
    """
    shown = world(Board())
    at = NOW + timedelta(hours=1)
    shown.program.publish(draft(accounts=["a", "b"], not_before=at))

    assert 0 == shown.program.dispatch()
    shown.clock.advance(timedelta(hours=1))
    assert 2 == shown.program.dispatch()
    assert 0 == shown.program.dispatch()
    assert 2 == len(shown.board.posts)


def test_dispatch_ends_every_delivery_or_leaves_it_to_a_person():
    """
    Whatever goes wrong first, each delivery ends in a known state or before a person; none is posted twice.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown(), Unavailable(WORDS, mend=WORDS), AuthorizationLost(WORDS, mend=WORDS)]
    for number in range(6):
        shown.program.publish(draft(f"お知らせ {number}"), patience=timedelta(0))
    drained(shown)
    waiting = {delivery.state for delivery in shown.program.waiting()}

    assert {DeliveryState.UNKNOWN, DeliveryState.HELD} == waiting
    assert 2 == len(shown.program.waiting())
    assert 4 == len(shown.board.posts) == len({post.text for post in shown.board.posts})


@pytest.fixture
def stuck() -> tuple[World, Delivery]:
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    shown.program.publish(draft(), patience=timedelta(0))
    drained(shown)
    (delivery,) = shown.program.waiting()
    return shown, delivery


@pytest.mark.parametrize(
    ("choice", "state", "posts"),
    [
        ({"post_id": "77"}, DeliveryState.DELIVERED, 0),
        ({"again": True}, DeliveryState.DELIVERED, 1),
        ({"again": False}, DeliveryState.FAILED, 0),
    ],
)
def test_a_person_decides(stuck, choice: dict[str, Any], state: DeliveryState, posts: int):
    """
    What a person saw settles the delivery; who and why is on record.
    """
    shown, delivery = stuck
    shown.program.decide(delivery.id, by="1", reason="画面で確認", seen_at=shown.clock.now(), **choice)
    drained(shown)
    decided = [record for record in shown.program.store.records(delivery.id) if record.by == "1"]

    assert state is shown.program.store.get(delivery.id).state
    assert posts == len(shown.board.posts)
    assert ["画面で確認"] == [record.facts["reason"] for record in decided]
    assert [] == shown.program.waiting()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"by": "9"}, "no member of staff"),
        ({"reason": " "}, "no reason"),
        ({"seen_at": NOW}, "cannot be decided now"),
        ({"seen_at": NOW.replace(tzinfo=None)}, "has no time zone"),
    ],
)
def test_a_decision_needs_its_grounds(stuck, changes: dict[str, Any], said: str):
    """
    Nobody outside the staff, no empty reason, and no look from before the post would have shown.
    """
    shown, delivery = stuck
    given = {"by": "1", "reason": "画面で確認", "seen_at": shown.clock.now(), "again": True, **changes}
    with pytest.raises(BadInput, match=said):
        shown.program.decide(delivery.id, **given)

    assert [delivery] == shown.program.waiting()


def test_a_look_from_the_future_is_a_look_now(stuck):
    """
    A clock that runs ahead does not turn an early look into a late one.
    """
    shown = world(Board(read_back=ReadBack.WEAK))
    shown.board.ends = [unknown()]
    done = shown.program.publish(draft(), patience=timedelta(0)).results[0]
    with pytest.raises(BadInput, match="cannot be decided now"):
        shown.program.decide(
            done.id, by="1", reason="画面で確認", seen_at=shown.clock.now() + timedelta(days=1), again=True
        )


def test_a_held_delivery_goes_on_when_somebody_says_so():
    """
    After the account is enrolled again the delivery goes out, once; one that is not held cannot be resumed.
    """
    shown = world(Board())
    shown.board.ends = [AuthorizationLost(WORDS, mend=WORDS)]
    held = shown.program.publish(draft()).results[0]
    shown.program.resume(held.id, by="1")
    drained(shown)

    assert DeliveryState.DELIVERED is shown.program.store.get(held.id).state
    assert 1 == len(shown.board.posts)
    with pytest.raises(BadInput, match="not held"):
        shown.program.resume(held.id, by="1")


def test_an_account_off_the_list_holds_its_own_deliveries_only():
    """
    A person who left while a post waited does not stop the posts of the others; theirs waits for a person.
    """
    shown = world(Board())
    shown.program.publish(draft(accounts=["a", "b"], not_before=NOW + timedelta(hours=1)))
    shown.program.roster = attrs.evolve(ROSTER, accounts={"b": ACCOUNTS["b"]})
    drained(shown)
    shown.clock.advance(timedelta(hours=1))
    drained(shown)

    assert ["b"] == [post.account for post in shown.board.posts]
    assert [("a", DeliveryState.HELD)] == [
        (waiting.rendition.account, waiting.state) for waiting in shown.program.waiting()
    ]


def test_an_error_of_the_adapter_s_own_before_and_after_sending_stops_nobody():
    """
    An upload or a reading back that ends in an error nobody foresaw is tried again; its words go nowhere.
    """
    shown = world(Board())
    shown.board.upload_ends = [RuntimeError("PLANTED-token")]
    shown.board.find_ends = [RuntimeError("PLANTED-token")]
    shown.board.ends = [unknown()]
    picture = Media(content=PNG, media_type="image/png", alt_text="完売の札")
    first = shown.program.publish(draft(media=[picture]), patience=timedelta(0))
    drained(shown)
    (delivery,) = first.results
    records = shown.program.store.records(delivery.id)

    assert DeliveryState.DELIVERED is shown.program.store.get(delivery.id).state
    assert 1 == len(shown.board.posts)
    assert "PLANTED" not in repr(first) + repr(records)
    # The error, an absence that is too early to mean anything, and the one that proves.
    assert 3 == shown.board.calls.count("find")

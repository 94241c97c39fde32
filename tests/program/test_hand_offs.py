"""What people share by hand, where no program may post."""

from __future__ import annotations

import attrs
import pytest
from board import ACCOUNTS, ROSTER, Board, Handing, world
from city import draft

from civicsns.accounts.permission import MayNot
from civicsns.errors import BadInput, NotPermitted, Unsupported
from civicsns.posting.hold import Scope


def test_a_hand_off_goes_on_record():
    """
    Who was given what to share by hand, and who says that it was shared, is on record; nothing is sent.
    """
    shown = world(Handing())
    item = draft()
    with pytest.raises(BadInput, match="was not handed off"):
        shown.program.record_shared(item, "a", by="1")
    prepared = shown.program.hand_off(item, "a")
    shown.program.record_shared(item, "a", by="1", url="https://example.com/1")
    records = shown.program.store.records(item.digest)

    assert item.text == prepared.text
    assert ["draft.made", "draft.checked", "draft.handed_off", "draft.shared"] == [record.event for record in records]
    assert {"capacity": "official", "account": "a", "url": "https://example.com/1"} == dict(records[-1].facts)
    assert [] == shown.board.calls


def test_a_hand_off_obeys_the_rules():
    """
    What may not be posted may not be handed off, and a network without a hand-off says so.
    """
    with pytest.raises(NotPermitted, match="PII001"):
        world(Handing()).program.hand_off(draft("個人番号 123456789018"), "a")
    with pytest.raises(Unsupported, match="no hand-off"):
        world(Board()).program.hand_off(draft(), "a")


@pytest.mark.parametrize(
    ("scope", "name"), [(Scope.PROGRAMME, ""), (Scope.ACCOUNT, "a"), (Scope.SECTION, "観光課")], ids=str
)
def test_nothing_on_hold_is_handed_off(scope, name):
    """
    A hold stops what people share by hand as it stops posts; that something was shared before goes on record still.
    """
    shown = world(Handing())
    shown.program.roster = attrs.evolve(ROSTER, accounts={"a": attrs.evolve(ACCOUNTS["a"], section="観光課")})
    shown.program.hand_off(draft(), "a")
    shown.program.hold(scope, name, by="1", reason="地震")
    shown.program.record_shared(draft(), "a", by="1")
    with pytest.raises(MayNot, match="on hold") as refused:
        shown.program.hand_off(draft(), "a")
    shown.program.lift(scope, name, by="1", reason="収まった")
    shown.program.hand_off(draft(), "a")
    events = [record.event for record in shown.program.store.records(draft().digest)]

    assert "civicsns hold lift" in str(refused.value)
    assert 2 == events.count("draft.handed_off")

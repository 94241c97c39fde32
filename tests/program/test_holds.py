"""Holds: nothing goes out of what is held, and all of it goes on afterwards."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from city import HOUR, NOW, draft, unknown
from wall import later, world

from civicsns.accounts.permission import Cause, MayNot
from civicsns.errors import BadInput
from civicsns.model import Delivery, DeliveryState, Fact, Lane, Marks, Record
from civicsns.posting import readback
from civicsns.posting.bounds import Bounds
from civicsns.posting.hold import KIND, Hold, Scope
from civicsns.store.sql import SqlStore


@pytest.mark.parametrize(
    ("scope", "name", "out"),
    [
        (Scope.PROGRAMME, "", []),
        (Scope.SECTION, "観光課", ["c"]),
        (Scope.ACCOUNT, "a", ["b", "c"]),
        (Scope.DRAFT, None, []),
        (Scope.DELIVERY, None, ["b", "c"]),
    ],
)
def test_a_hold_stops_what_it_names(scope: Scope, name: str | None, out: list[str]):
    """
    What is on hold does not go out, urgent or not, and everything else does; lifted, it goes out once.
    """
    shown = world()
    planned = later(shown, accounts=["a", "b", "c"], lane=Lane.EMERGENCY)
    named = {Scope.DRAFT: planned[0].draft, Scope.DELIVERY: planned[0].id}.get(scope, name or "")
    shown.program.hold(scope, named, by="1", reason="内容を確認中")
    shown.drive(HOUR)
    went = [post.account for post in shown.wall.posts.values()]
    held = shown.program.waiting()
    again = shown.drive()
    gone_on = shown.program.lift(scope, named, by="1", reason="確認した")
    shown.drive()

    assert out == sorted(went)
    assert sorted({"a", "b", "c"} - set(out)) == sorted(one.rendition.account for one in held)
    assert {"OnHold"} == {one.failure.outcome for one in held if one.failure}
    assert 0 == again
    assert len(held) == len(gone_on)
    assert ["a", "b", "c"] == sorted(post.account for post in shown.wall.posts.values())
    assert () == shown.program.holds()


class HeldAtTheLast(SqlStore):
    """A store where another process puts a hold while something is on its way; it counts how often it is read."""

    #: Before an intent, and before a draft's deliveries are kept.
    late: Fact | None = None
    later: Fact | None = None
    lock = threading.Lock()
    read = 0

    def put_elsewhere(self, fact: Fact | None) -> None:
        if fact is not None:
            with SqlStore(self.place) as elsewhere:
                elsewhere.put(None, fact)

    def replace_unless(self, kind: str, old: Delivery, new: Delivery, record: Record) -> bool:
        with self.lock:
            self.put_elsewhere(self.late)
            self.late = None
        return super().replace_unless(kind, old, new, record)

    def add_unless(
        self, kind: str, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None
    ) -> bool:
        self.put_elsewhere(self.later)
        self.later = None
        return super().add_unless(kind, deliveries, records, marks)

    def facts(self, kind: str) -> Sequence[Fact]:
        self.read += kind == KIND
        return super().facts(kind)


@pytest.mark.parametrize(
    ("scope", "name", "out"),
    [(Scope.PROGRAMME, "", []), (Scope.SECTION, "観光課", ["c"]), (Scope.ACCOUNT, "a", ["b", "c"])],
)
def test_a_hold_of_the_last_moment(tmp_path: Path, scope: Scope, name: str, out: list[str]):
    """
    A hold that another process has kept before an intent is obeyed, however late it came, and stops what it names alone.
    """
    with HeldAtTheLast(tmp_path / "civicsns.db") as store:
        shown = world(store=store)
        later(shown, accounts=["a", "b", "c"])
        store.late = Hold(scope=scope, name=name, by="1", reason="確認中", at=NOW).fact
        shown.drive(HOUR)
        went = sorted(post.account for post in shown.wall.posts.values())
        shown.program.lift(scope, name, by="1", reason="確認した")
        shown.drive()

        assert out == went
        assert ["a", "b", "c"] == sorted(post.account for post in shown.wall.posts.values())


def test_a_hold_that_comes_before_the_draft_is_kept(tmp_path: Path):
    """
    A hold that another process has kept while a draft was looked at refuses it where it covers one of its accounts, on
    record, and lets it go out where it covers none.
    """
    with HeldAtTheLast(tmp_path / "civicsns.db") as store:
        shown = world(store=store)
        store.later = Hold(scope=Scope.ACCOUNT, name="c", by="1", reason="確認中", at=NOW).fact
        out = shown.program.publish(draft())
        shown.program.lift(Scope.ACCOUNT, "c", by="1", reason="確認した")
        shown.program.publish(draft(text="明日は休館です。"))
        store.later = Hold(scope=Scope.ACCOUNT, name="b", by="1", reason="確認中", at=NOW).fact
        refused = draft(text="あさっては開館します。", accounts=["a", "b"])
        with pytest.raises(MayNot) as met:
            shown.program.publish(refused)

        assert {DeliveryState.DELIVERED} == {one.state for one in out.results}
        assert {"b": Cause.ON_HOLD} == {account: one.cause for account, one in met.value.refused.items()}
        assert [] == list(store.of_draft(refused.digest))
        assert ["post.refused"] == [one.event for one in store.records("b")]


def test_holds_are_read_only_where_there_are_any(tmp_path: Path):
    """
    Keeping a draft, and the intent, tell by themselves that nothing is on hold; once something was, holds are read for
    each until nothing is.
    """
    with HeldAtTheLast(tmp_path / "civicsns.db") as store:
        shown = world(store=store)
        read = []
        for _ in range(2):
            shown.program.publish(draft())
            read.append(store.read)
        shown.program.hold(Scope.ACCOUNT, "b", by="1", reason="確認中")
        before = store.read
        for _ in range(2):
            shown.program.publish(draft())
            read.append(store.read - before)
        shown.program.lift(Scope.ACCOUNT, "b", by="1", reason="確認した")
        shown.program.publish(draft())
        before = store.read
        shown.program.publish(draft())

        assert [0, 0, 2, 4] == read
        assert before == store.read
        assert 6 == len(shown.wall.posts)


def test_a_hold_is_on_record():
    """
    Who placed it, who lifted it and why stands among the records of what was held, and with each post.
    """
    shown = world()
    (planned,) = later(shown)
    placed = shown.program.hold(Scope.ACCOUNT, "a", by="1", reason="内容を確認中")
    shown.drive(HOUR)
    listed = shown.program.holds()
    shown.program.lift(Scope.ACCOUNT, "a", by="1", reason="確認した")

    assert [placed] == list(listed)
    assert [("hold.placed", "内容を確認中"), ("hold.lifted", "確認した")] == shown.hands("account:a")
    assert [("delivery.pending", "確認した")] == shown.hands(planned.id)


@pytest.mark.parametrize(
    ("scope", "name", "changes", "said"),
    [
        (Scope.ACCOUNT, "z", {}, "nothing of the name 'z'"),
        (Scope.SECTION, "福祉課", {}, "nothing of the name"),
        (Scope.SECTION, "", {}, "nothing of the name"),
        (Scope.DELIVERY, "z", {}, "nothing of the name"),
        (Scope.DRAFT, "z", {}, "nothing of the name"),
        (Scope.PROGRAMME, "z", {}, "nothing of the name"),
        (Scope.ACCOUNT, "a", {"by": "9"}, "no member of staff"),
        (Scope.ACCOUNT, "a", {"reason": " "}, "no reason"),
        (Scope.ACCOUNT, "b", {}, "on hold already"),
    ],
)
def test_a_hold_needs_its_grounds(scope: Scope, name: str, changes: dict[str, str], said: str):
    """
    A slip in the name would leave posting on: there must be something to hold, somebody who does it, and a reason.
    """
    shown = world()
    shown.program.hold(Scope.ACCOUNT, "b", by="1", reason="確認中")
    with pytest.raises(BadInput, match=said):
        shown.program.hold(scope, name, **{"by": "1", "reason": "確認中", **changes})

    assert ["account:b"] == [one.key for one in shown.program.holds()]


def test_what_two_holds_hold_waits_for_both():
    """
    Lifting one leaves what the other holds; lifting what is not held is refused.
    """
    shown = world()
    (planned,) = later(shown)
    shown.program.hold(Scope.ACCOUNT, "a", by="1", reason="確認中")
    shown.program.hold(Scope.PROGRAMME, by="1", reason="訓練")
    shown.drive(HOUR)
    gone_on = shown.program.lift(Scope.PROGRAMME, by="1", reason="訓練が終わった")
    with pytest.raises(BadInput, match="is on hold"):
        shown.program.resume(planned.id, by="1")
    with pytest.raises(BadInput, match="no such hold"):
        shown.program.lift(Scope.PROGRAMME, by="1", reason="訓練が終わった")

    assert [] == list(gone_on)
    assert DeliveryState.HELD is shown.state(planned)


def test_an_unknown_outcome_is_read_back_while_posting_is_on_hold():
    """
    A hold sends nothing, and hides nothing either: what went out before is found.
    """
    shown = world()

    def lost() -> None:
        raise unknown()

    shown.wall.sends = [lost]
    (planned,) = shown.program.publish(draft(), patience=timedelta(0)).results
    shown.wall.make(planned.rendition)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    shown.drive(HOUR)

    assert DeliveryState.DELIVERED is shown.state(planned)


def test_what_is_on_hold_still_has_an_end():
    """
    A post whose time is over while it is held has failed then, without anybody's lifting anything.
    """
    shown = world()
    (planned,) = later(shown, not_after=NOW + 2 * HOUR)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    shown.drive(HOUR)
    held = shown.state(planned)
    moved = shown.drive(HOUR)

    assert (DeliveryState.HELD, DeliveryState.FAILED, 1) == (held, shown.state(planned), moved)


def test_a_hold_that_is_lifted_at_the_last_moment_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch):
    """
    Lifted between the look at the hold and the writing of HELD, when nothing is held yet: the post goes on by itself.
    """
    shown = world()
    (planned,) = later(shown)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    replace = shown.program.store.replace

    def overtaken(old: Delivery, new: Delivery, record: Record) -> bool:
        if new.state is DeliveryState.HELD:
            assert [] == list(shown.program.lift(Scope.PROGRAMME, by="1", reason="確認した"))
        return replace(old, new, record)

    monkeypatch.setattr(shown.program.store, "replace", overtaken)
    shown.drive(HOUR)

    assert DeliveryState.DELIVERED is shown.state(planned)


def test_what_a_backup_has_lost_is_read_back_while_posting_is_on_hold():
    """
    Whoever stops posting because a backup was restored learns what is out all the same, and can withdraw the rest.
    """
    shown = world()
    out, missing = (later(shown, text)[0] for text in ("出ていた", "出ていない"))
    for one in (out, missing):
        doubted = readback.doubt(one, since=NOW, now=NOW, bounds=Bounds())
        doubted = attrs.evolve(one, version=1, lost_since=NOW, intent_at=NOW) if doubted is one else doubted
        record = Record(at=NOW, subject=one.id, event="delivery.doubted")
        assert shown.program.store.replace(one, doubted, record)
    shown.wall.make(out.rendition)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="復元の確認")
    shown.drive(HOUR)
    shown.drive(HOUR)

    assert (DeliveryState.DELIVERED, DeliveryState.HELD) == (shown.state(out), shown.state(missing))
    (left,) = shown.program.withdraw(missing.id, by="1", reason="不要になった")
    assert DeliveryState.WITHDRAWN is left.state


def test_what_is_held_and_in_doubt_says_how_it_is_settled():
    """
    Neither withdrawn nor decided while it is held: whoever tries is told what brings it to be read back, and it does.
    """
    shown = world()
    (planned,) = later(shown)
    shown.program.hold(Scope.PROGRAMME, by="1", reason="確認中")
    shown.drive(HOUR)
    held = shown.program.store.get(planned.id)
    doubted = readback.doubt(held, since=NOW, now=shown.clock.now(), bounds=Bounds())
    record = Record(at=NOW, subject=planned.id, event="delivery.doubted")
    assert shown.program.store.replace(held, doubted, record)
    with pytest.raises(BadInput, match="civicsns hold lift"):
        shown.program.withdraw(planned.id, by="1", reason="不要になった")
    shown.wall.make(planned.rendition)
    shown.program.lift(Scope.PROGRAMME, by="1", reason="確認した")
    shown.drive(HOUR)

    assert DeliveryState.DELIVERED is shown.state(planned)
    assert 1 == len(shown.wall.posts)

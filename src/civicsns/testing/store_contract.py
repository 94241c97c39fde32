"""
The contract kit for stores: proves that what is kept stays kept, and that the first of two steps wins.

A store's author inherits `StoreContract` in a test and gives the fixture `open_store`.
"""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing import get_all_start_methods, get_context
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
import pytest

from civicsns.language import Bilingual
from civicsns.model import (
    Allowance,
    Delivery,
    DeliveryState,
    Fact,
    Failure,
    Lane,
    Marks,
    Media,
    PostRef,
    Proof,
    Receipt,
    Record,
    Rendition,
    Upload,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from multiprocessing.context import ForkServerContext, SpawnContext
    from multiprocessing.synchronize import Barrier

    from civicsns.ports import Store

    OpenStore = Callable[[], Store]

NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
_TOKYO = ZoneInfo("Asia/Tokyo")
_PHOTO = Media(content=b"\xff\xd8" + bytes(range(256)) * 400, media_type="image/jpeg", alt_text="朝市", name="a.jpg")
_FILM = Media(content=b"\0\0\0\x18ftypmp42" + b"\0film" * 1000, media_type="video/mp4")

#: Processes that race, and deliveries that they race for.
_RACERS = 4
_PRIZES = 25


def delivery(name: str, *, due: datetime | None = NOW, **rendition: Any) -> Delivery:
    """Give a delivery to keep."""
    fields: dict[str, Any] = {
        "platform": "x",
        "account": "x:takeo",
        "text": "本日の朝市は中止です。",
        "body": {},
    } | rendition
    return Delivery(id=name, draft="0" * 64, rendition=Rendition(**fields), not_before=due)


def record(subject: str, event: str = "noted") -> Record:
    """Give a record to keep."""
    return Record(at=NOW, subject=subject, event=event, by="1042", facts={"理由": "雨"})


def step(old: Delivery, **changes: Any) -> Delivery:
    """Give what follows *old*."""
    return attrs.evolve(old, version=old.version + 1, **changes)


def full(name: str) -> Delivery:
    """Give a delivery in which every field has something in it."""
    rendition = Rendition(
        platform="facebook",
        account="facebook:takeo",
        network_id="111222333",
        text="改行\nと\u3000空白と\0と👩\u200d🌾と\ud83d、それにとても長い文" + "あ" * 200_000,
        body={"a": [1, 2.5, None, True], "b": {"c": "d"}, "e": ("f",), "g": MappingProxyType({"$tuple": [1]})},
        media=[_PHOTO, _FILM],
        uploads=[Upload(digest=_PHOTO.digest, id="77", key="3_77", ready_after=NOW.astimezone(_TOKYO))],
        reply_to=PostRef(platform="facebook", id="1_2"),
        key=f"{name}-7",
    )
    receipt = Receipt(
        platform="facebook",
        account="facebook:takeo",
        post_id="111222333_4",
        url="https://www.facebook.com/111222333_4",
        at=NOW,
        proof=Proof.READ_BACK,
        scheduled_for=NOW + timedelta(hours=1),
        allowances=[Allowance(scope="app", window="day", used=0.25, remaining=3, resets_at=NOW)],
        raw={"id": "111222333_4", "nested": [{"x": None}]},
    )
    failure = Failure(
        outcome="RateLimited",
        what=Bilingual("多すぎます。", "Too many."),
        mend=Bilingual("待ちます。", "It waits."),
        at=NOW,
        evidence={"media": "77"},
    )
    return Delivery(
        id=name,
        draft="ab" * 32,
        rendition=rendition,
        state=DeliveryState.UNKNOWN,
        version=7,
        attempts=3,
        unreached=2,
        unclear=4,
        not_before=NOW.astimezone(_TOKYO),
        not_after=NOW + timedelta(days=1),
        lane=Lane.EMERGENCY,
        intent_at=NOW - timedelta(microseconds=1),
        clock_set=timedelta(hours=3, microseconds=1),
        open_since=NOW - timedelta(hours=1),
        lost_since=NOW - timedelta(hours=2),
        follows="another",
        receipt=receipt,
        failure=failure,
    )


class StoreContract:
    """
    What every store must do, as tests for pytest.

    Inherit, and give the fixture `open_store`: a callable that opens the same store, each time anew.
    For a durable store it must cross into another process, as `functools.partial(SqlStore, address)` does.

    ```python
    class TestSqlite(StoreContract):
        @pytest.fixture
        def open_store(self, tmp_path: Path) -> Callable[[], Store]:
            return partial(SqlStore, tmp_path / "civicsns.db")
    ```

    Attributes:
        durable: Whether the store outlives its process; the checks for that are not collected where it does not.
    """

    durable: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _NEED_PROCESSES:
            if not cls.durable:
                # pytest collects what is callable.
                setattr(cls, name, None)
        if not hasattr(os, "fork"):
            cls.test_a_fork_has_connections_of_its_own = None  # type: ignore[method-assign,assignment]  # as above

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Iterator[Store]:
        """Give the store, opened, for one test."""
        with _opened(open_store) as store:
            yield store

    def test_all_or_none(self, store: Store) -> None:
        """
        Where one of several is there already, or comes twice, none is added, and no record either.
        """
        store.add([delivery("a")], [])
        with pytest.raises(ValueError, match="a already"):
            store.add([delivery("b"), delivery("a")], [record("b")])
        with pytest.raises(ValueError, match="c already"):
            store.add([delivery("b"), delivery("c"), delivery("c")], [record("b")])
        with pytest.raises(KeyError):
            store.get("b")

        assert [] == store.records("b")
        assert ["a"] == [waiting.id for waiting in store.due(NOW)]

    def test_what_is_not_there(self, store: Store) -> None:
        """
        Reading or replacing a delivery that was never added is a KeyError, and leaves no record.
        """
        unknown = delivery("a")
        with pytest.raises(KeyError):
            store.get("a")
        with pytest.raises(KeyError):
            store.replace(unknown, step(unknown), record("a"))

        assert [] == store.records("a")

    def test_the_first_one_wins(self, store: Store) -> None:
        """
        Of two steps from the same version one is kept; the other, with its record, is not.
        """
        first = delivery("a")
        store.add([first], [])

        assert store.replace(first, step(first, attempts=1), record("a", "first"))
        assert not store.replace(first, step(first, attempts=9), record("a", "second"))
        assert 1 == store.get("a").attempts
        assert ["first"] == [kept.event for kept in store.records("a")]

    def test_a_step_leads_to_the_next_version(self, store: Store) -> None:
        """
        What is not the next version of the same delivery is refused, and nothing changes.
        """
        first = delivery("a")
        store.add([first], [])
        for other in (attrs.evolve(first, attempts=5), attrs.evolve(first, version=2), step(delivery("b"))):
            with pytest.raises(ValueError, match="not what follows"):
                store.replace(first, other, record("a"))

        assert first == store.get("a")
        assert [] == store.records("a")

    def test_what_is_due(self, store: Store) -> None:
        """
        What is due comes with the longest overdue first; what has no next step, or a later one, does not.
        """
        store.add(
            [
                delivery("later", due=NOW + timedelta(microseconds=1)),
                delivery("now", due=NOW.astimezone(_TOKYO)),
                delivery("overdue", due=NOW - timedelta(hours=1)),
                delivery("long overdue", due=(NOW - timedelta(hours=2)).astimezone(_TOKYO)),
                delivery("ended", due=None),
            ],
            [],
        )

        assert ["long overdue", "overdue", "now"] == [due.id for due in store.due(NOW.astimezone(_TOKYO))]
        assert ["long overdue", "overdue"] == [due.id for due in store.due(NOW, limit=2)]
        assert [] == store.due(NOW, limit=0)

    def test_the_parts_of_a_thread_are_due_in_their_order(self, store: Store) -> None:
        """
        What is due at the same time comes in the order in which it was added.
        """
        names = [f"{number:02}" for number in range(30)]
        random.Random(7).shuffle(names)  # noqa: S311 -- an order, no secret
        for some in (names[:20], names[20:]):
            store.add([delivery(name) for name in some], [])

        assert names == [due.id for due in store.due(NOW)]

    def test_every_account_has_its_turn(self, store: Store) -> None:
        """
        First the longest overdue of each account, then the second of each; a long backlog keeps nobody waiting.
        """
        backlog = [
            delivery(f"a{number:03}", account="x:a", due=NOW - timedelta(hours=300 - number)) for number in range(300)
        ]
        store.add(backlog, [])
        store.add([delivery(f"b{number}", account="x:b") for number in range(3)], [])
        store.add([delivery("c0", platform="facebook", account="facebook:c", due=NOW - timedelta(minutes=1))], [])

        whole = ["a000", "c0", "b0", "a001", "b1", "a002", "b2", *(f"a{number:03}" for number in range(3, 300))]
        assert whole == [due.id for due in store.due(NOW)]
        for limit in (1, 2, 4, 6, 50, 1000):
            assert whole[:limit] == [due.id for due in store.due(NOW, limit=limit)]

    def test_emergencies_overtake(self, store: Store) -> None:
        """
        What is urgent comes before what is not, though it was added later; among the urgent every account has its turn.
        """
        store.add([delivery(f"r{number}", account=f"x:{number % 3}") for number in range(9)], [])
        urgent = [
            attrs.evolve(
                delivery(f"e{number}", account=account, due=NOW - timedelta(seconds=9 - number)), lane=Lane.EMERGENCY
            )
            for number, account in enumerate(["x:0", "x:0", "x:9"])
        ]
        store.add(urgent, [])

        assert ["e0", "e2", "e1", "r0", "r1"] == [due.id for due in store.due(NOW, limit=5)]
        assert ["e0", "e2"] == [due.id for due in store.due(NOW, limit=2)]

    def test_one_network_at_a_time(self, store: Store) -> None:
        """
        What is due on one network can be listed by itself, in the same order.
        """
        for number in range(4):
            store.add([delivery(f"x{number}", account=f"x:{number % 2}")], [])
            store.add([delivery(f"f{number}", platform="facebook", account=f"facebook:{number % 2}")], [])
        store.add([attrs.evolve(delivery("fe", platform="facebook", account="facebook:1"), lane=Lane.EMERGENCY)], [])

        assert ["x0", "x1", "x2", "x3"] == [due.id for due in store.due(NOW, platform="x")]
        assert ["x0", "x1", "x2"] == [due.id for due in store.due(NOW, platform="x", limit=3)]
        assert ["fe", "f0", "f1", "f2", "f3"] == [due.id for due in store.due(NOW, platform="facebook", limit=9)]
        assert [] == store.due(NOW, platform="board", limit=9)

    def test_like_texts_are_found_by_their_marks(self, store: Store) -> None:
        """
        Who shares most marks comes first; not the own accounts, not other networks, not what is too old.
        """

        def added(name: str, marks: tuple[int, ...], *, ago: int = 0, **rendition: Any) -> None:
            made = NOW - timedelta(days=ago)
            store.add(
                [delivery(name, **rendition)], [], Marks(of={name: marks}, at=made, since=NOW - timedelta(days=99))
            )

        added("own", (1, 2, 3), account="x:own")
        added("elsewhere", (1, 2, 3), account="facebook:a", platform="facebook")
        added("old", (1, 2, 3), account="x:a", ago=8)
        added("one", (3, 4, 2**62), account="x:a")
        added("two", (2, 3, 3, 5), account="x:b", ago=3)
        added("newer two", (2, 3, 6), account="x:b", ago=2)
        added("none", (7, 8), account="x:b")

        def alike(*marks: int, limit: int = 9) -> list[str]:
            found = store.alike("x", marks, since=NOW - timedelta(days=7), apart_from=["x:own"], limit=limit)
            return [one.id for one in found]

        assert ["newer two", "two", "one"] == alike(1, 2, 3)
        assert ["newer two"] == alike(1, 2, 3, limit=1)
        assert ["one"] == alike(2**62)
        assert [] == alike(9)

    def test_old_marks_are_forgotten(self, store: Store) -> None:
        """
        What is too old to be of use is forgotten while new marks are added; what is not stays.
        """
        for number in range(6):
            at = NOW + timedelta(days=number)
            marks = Marks(of={f"{number}": (1, 2)}, at=at, since=at - timedelta(days=2))
            store.add([delivery(f"{number}", account="x:a")], [], marks)

        found = store.alike("x", [1], since=NOW - timedelta(days=9), apart_from=[], limit=9)
        assert ["5", "4", "3"] == [one.id for one in found]

    def test_a_part_of_a_thread_is_due_after_the_part_before(self, store: Store) -> None:
        """
        While the part before it waits, for its time or for a person, it is not due; once that has ended, it is.
        """
        first, second, third = (
            attrs.evolve(delivery(name), follows=follows) for name, follows in (("1", None), ("2", "1"), ("3", "2"))
        )
        store.add([first, second, third], [])
        asked = step(first, state=DeliveryState.UNKNOWN, not_before=None)
        store.replace(first, asked, record("1"))

        assert [] == store.due(NOW)
        store.replace(asked, step(asked, state=DeliveryState.DELIVERED), record("1"))
        assert ["2"] == [due.id for due in store.due(NOW)]
        store.replace(second, step(second, state=DeliveryState.FAILED, not_before=None), record("2"))
        assert ["3"] == [due.id for due in store.due(NOW)]

    def test_a_step_moves_what_is_due(self, store: Store) -> None:
        """
        A delivery is due as its newest version says.
        """
        ends, waits = delivery("ends"), delivery("waits")
        store.add([ends, waits], [])
        store.replace(ends, step(ends, not_before=None, state=DeliveryState.DELIVERED), record("ends"))
        store.replace(waits, step(waits, not_before=NOW + timedelta(minutes=1)), record("waits"))

        assert [] == store.due(NOW)
        assert ["waits"] == [due.id for due in store.due(NOW + timedelta(minutes=1))]

    def test_what_waits_for_a_person(self, store: Store) -> None:
        """
        Unknown with no next step, and held, due or not: those wait for a person, oldest first; nothing else does.
        """
        made = [
            delivery("pending"),
            attrs.evolve(delivery("read back later"), state=DeliveryState.UNKNOWN),
            attrs.evolve(delivery("held", due=None), state=DeliveryState.HELD),
            attrs.evolve(delivery("delivered", due=None), state=DeliveryState.DELIVERED),
            attrs.evolve(delivery("failed", due=None), state=DeliveryState.FAILED),
            attrs.evolve(delivery("unknown", due=None), state=DeliveryState.UNKNOWN),
            attrs.evolve(delivery("withdrawn", due=None), state=DeliveryState.WITHDRAWN),
            attrs.evolve(delivery("deleted", due=None), state=DeliveryState.DELETED),
            attrs.evolve(delivery("held until its end"), state=DeliveryState.HELD),
        ]
        store.add(made, [])

        assert ["held", "unknown", "held until its end"] == [waiting.id for waiting in store.waiting()]

    def test_the_deliveries_of_a_draft(self, store: Store) -> None:
        """
        Those of one draft, ended or not, in the order in which they were added, as they stand now.
        """
        made = [attrs.evolve(delivery(name), draft=of) for name, of in (("b", "1"), ("a", "1"), ("c", "2"))]
        store.add(made, [])
        ended = step(made[0], not_before=None, state=DeliveryState.WITHDRAWN)
        store.replace(made[0], ended, record("b"))

        assert [ended, made[1]] == store.of_draft("1")
        assert [] == store.of_draft("3")

    def test_what_has_failed(self, store: Store) -> None:
        """
        What will not go out is listed, the newest first, and so many at most.
        """
        made = [
            attrs.evolve(delivery(name, due=None), state=state)
            for name, state in (
                ("a", DeliveryState.FAILED),
                ("b", DeliveryState.WITHDRAWN),
                ("c", DeliveryState.FAILED),
                ("d", DeliveryState.FAILED),
            )
        ]
        store.add(made, [])

        assert ["d", "c", "a"] == [failed.id for failed in store.failed(limit=9)]
        assert ["d", "c"] == [failed.id for failed in store.failed(limit=2)]

    def test_records_come_in_their_order(self, store: Store) -> None:
        """
        Records about one subject come back whole, in the order in which they were kept, whatever their times say.
        """
        early = attrs.evolve(record("a", "said to be early"), at=NOW - timedelta(days=1))
        store.add([delivery("a")], [record("a", "first"), record("b", "other")])
        store.replace(delivery("a"), step(delivery("a")), record("a", "second"))
        store.add([], [early])

        assert [record("a", "first"), record("a", "second"), early] == store.records("a")

    def test_a_fact_holds_until_it_is_changed(self, store: Store) -> None:
        """
        A fact is put once, changed by whoever has seen what holds, and taken away; its records come with it.
        """
        first = Fact(kind="hold", key="x:takeo", value={"by": "1042", "since": None, "of": ["a", {"b": 1.5}]})
        later = first.becomes(by="1043")

        assert store.put(None, first, [record("x:takeo", "held")])
        assert not store.put(None, first, [record("x:takeo", "held twice")])
        assert [first] == store.facts("hold")
        assert store.put(first, later)
        assert not store.put(first, first.becomes(by="1044"), [record("x:takeo", "too late")])
        assert [later] == store.facts("hold")
        assert not store.put(first, None)
        assert store.put(later, None, [record("x:takeo", "lifted")])
        assert [] == store.facts("hold")
        assert [record("x:takeo", "held"), record("x:takeo", "lifted")] == store.records("x:takeo")

    def test_a_fact_put_back_is_another_one(self, store: Store) -> None:
        """
        Whoever saw the first one does not change the second, though it has the same number.
        """
        first = Fact(kind="hold", key="x:takeo", value={"by": "1042"})
        again = Fact(kind="hold", key="x:takeo", value={"by": "1043"})
        store.put(None, first)
        store.put(first, None)
        store.put(None, again)

        assert not store.put(first, first.becomes(by="1044"))
        assert not store.put(first, None)
        assert [again] == store.facts("hold")

    def test_facts_are_listed_by_kind(self, store: Store) -> None:
        """
        Each kind by itself, in the order of the keys.
        """
        for kind, key in [("hold", "x:b"), ("heartbeat", "a"), ("hold", "x:B"), ("hold", "x:a")]:
            store.put(None, Fact(kind=kind, key=key))

        assert ["x:B", "x:a", "x:b"] == [fact.key for fact in store.facts("hold")]
        assert [] == store.facts("breaker")

    def test_a_fact_follows_its_own(self, store: Store) -> None:
        """
        A fact does not take the place of another, nor skip a number.
        """
        first = Fact(kind="hold", key="x:takeo")
        store.put(None, first)

        for old, new in [
            (None, None),
            (None, first.becomes()),
            (first, first),
            (first, first.becomes().becomes()),
            (first, Fact(kind="hold", key="x:other", version=1)),
            (first, Fact(kind="heartbeat", key="x:takeo", version=1)),
        ]:
            with pytest.raises(ValueError, match=r"follows|nothing"):
                store.put(old, new)

        assert [first] == store.facts("hold")

    def test_every_field_comes_back(self, store: Store) -> None:
        """
        A delivery comes back equal in every field, down to odd characters, zones, and the digest of what it says.
        """
        whole = full("a")
        store.add([whole], [])
        back = store.get("a")

        assert whole == back
        assert whole.rendition.digest == back.rendition.digest
        assert whole.receipt is not None
        assert back.receipt is not None
        assert whole.receipt.raw == back.receipt.raw

    def test_a_step_changes_every_field(self, store: Store) -> None:
        """
        What a step changes is changed, media included; what it leaves out is as it was.
        """
        plain = attrs.evolve(delivery("a"), version=6)
        store.add([plain], [])
        store.replace(plain, full("a"), record("a"))

        assert full("a") == store.get("a")

    def test_files_are_kept_whole(self, store: Store) -> None:
        """
        Pictures and films come back byte for byte, also where several deliveries share one or name it otherwise.
        """
        renamed = Media(content=_PHOTO.content, media_type="image/jpeg", alt_text=None, name="b.jpg")
        store.add([delivery("a", media=[_PHOTO, _FILM]), delivery("b", media=[renamed, renamed])], [])
        store.add([delivery("c", media=[_FILM])], [])

        assert (_PHOTO, _FILM) == store.get("a").rendition.media
        assert (renamed, renamed) == store.get("b").rendition.media
        assert [_FILM.content] == [medium.content for medium in store.get("c").rendition.media]

    def test_many_at_once(self, store: Store) -> None:
        """
        A broadcast to every account of a large city is one addition.
        """
        names = [f"{number:04}" for number in range(780)]
        store.add([delivery(name, media=[_PHOTO]) for name in names], [record("draft") for _ in names])

        assert names == [due.id for due in store.due(NOW)]
        assert len(names) == len(store.records("draft"))

    def test_threads_race(self, store: Store) -> None:
        """
        Of several threads that take the same step, one does; the record is its own.
        """
        prizes = [delivery(f"{number}") for number in range(10)]
        store.add(prizes, [])

        with ThreadPoolExecutor(8) as pool:
            racing = [pool.submit(_race, store, who, prizes) for who in range(8)]
            won = [winner for one in racing for winner in one.result()]

        assert {prize.id: 1 for prize in prizes} == Counter(name for name, _ in won)
        _require_winners(store, won)

    def test_threads_keep_out_of_each_others_way(self, store: Store) -> None:
        """
        Deliveries driven at the same time in several threads all get through all of their steps.
        """
        names = [f"{number}" for number in range(8)]

        def drive(name: str) -> int:
            current = delivery(name)
            store.add([current], [record(name)])
            for _ in range(10):
                following = step(current)
                assert store.replace(current, following, record(name))
                current = following
            return len(store.records(name))

        with ThreadPoolExecutor(len(names)) as pool:
            assert [11] * len(names) == list(pool.map(drive, names))

    def test_eight_open_it_at_once(self, open_store: OpenStore) -> None:
        """
        Eight processes that open a store at the same moment, when it was never opened before, all find the same one.
        """
        together = fresh().Barrier(8)
        processes = [
            fresh().Process(target=_open_and_add, args=(open_store, f"{number}", together)) for number in range(8)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()

        assert [0] * 8 == [process.exitcode for process in processes]
        with _opened(open_store) as store:
            assert {f"{number}" for number in range(8)} == {due.id for due in store.due(NOW)}

    def test_processes_race(self, open_store: OpenStore) -> None:
        """
        Of several processes that take the same step, one does; the record is its own.
        """
        with _opened(open_store) as store:
            prizes = [delivery(f"{number}") for number in range(_PRIZES)]
            store.add(prizes, [])
            with ProcessPoolExecutor(_RACERS, mp_context=fresh()) as pool:
                racing = [pool.submit(_race_elsewhere, open_store, who) for who in range(_RACERS)]
                won = [winner for one in racing for winner in one.result()]

            assert {prize.id: 1 for prize in prizes} == Counter(name for name, _ in won)
            _require_winners(store, won)

    def test_it_is_there_after_opening_again(self, open_store: OpenStore) -> None:
        """
        What was kept is there when the store is closed and opened again, files and records included.
        """
        with _opened(open_store) as store:
            store.add([full("a"), delivery("b")], [record("a", "added")])
            store.replace(delivery("b"), step(delivery("b"), attempts=1), record("b", "stepped"))
        with _opened(open_store) as store:
            assert full("a") == store.get("a")
            assert step(delivery("b"), attempts=1) == store.get("b")
            assert [record("a", "added")] == store.records("a")
            assert [record("b", "stepped")] == store.records("b")

    def test_it_is_there_after_a_kill(self, open_store: OpenStore) -> None:
        """
        What a process had kept when it was killed is there: an intent is never forgotten.
        """
        process = fresh().Process(target=_keep_and_die, args=(open_store,))
        process.start()
        process.join()

        assert process.exitcode not in {0, 1}
        with _opened(open_store) as store:
            assert step(full("a"), attempts=4) == store.get("a")
            assert ["added", "intended"] == [kept.event for kept in store.records("a")]

    def test_a_fork_has_connections_of_its_own(self, open_store: OpenStore) -> None:
        """
        A process that was forked from one with an open store goes on with it, and so does its parent.
        """
        with ProcessPoolExecutor(1, mp_context=fresh()) as pool:
            assert [0, 20, 20] == pool.submit(_fork, open_store).result()


_NEED_PROCESSES = (
    "test_eight_open_it_at_once",
    "test_processes_race",
    "test_it_is_there_after_opening_again",
    "test_it_is_there_after_a_kill",
    "test_a_fork_has_connections_of_its_own",
)


@contextmanager
def _opened(open_store: OpenStore) -> Generator[Store]:
    store = open_store()
    try:
        yield store
    finally:
        close = getattr(store, "close", None)
        if close is not None:
            close()


@cache
def fresh() -> SpawnContext | ForkServerContext:
    """Give processes that begin anew; one forked from here would share the connections of this test."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    # They are forked from a process that has nothing open, and has read the modules once for all of them.
    context.set_forkserver_preload([__name__, "civicsns.store.sql", "alembic.command"])
    return context


def _race(store: Store, who: int, prizes: list[Delivery]) -> list[tuple[str, int]]:
    """Take the step of every prize, in an order of one's own; give those that were won."""
    order = random.Random(who).sample(prizes, len(prizes))  # noqa: S311 -- an order, no secret
    return [
        (prize.id, who)
        for prize in order
        if store.replace(prize, step(prize, attempts=100 + who), record(prize.id, f"won by {who}"))
    ]


def _open_and_add(open_store: OpenStore, name: str, together: Barrier) -> None:
    together.wait()
    with _opened(open_store) as store:
        store.add([delivery(name)], [])


def _race_elsewhere(open_store: OpenStore, who: int) -> list[tuple[str, int]]:
    with _opened(open_store) as store:
        return _race(store, who, [delivery(f"{number}") for number in range(_PRIZES)])


def _require_winners(store: Store, won: list[tuple[str, int]]) -> None:
    for name, who in won:
        assert 100 + who == store.get(name).attempts
        assert [f"won by {who}"] == [kept.event for kept in store.records(name)]


def _keep_and_die(open_store: OpenStore) -> None:
    store = open_store()
    store.add([full("a")], [record("a", "added")])
    store.replace(full("a"), step(full("a"), attempts=4), record("a", "intended"))
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(9)


def _fork(open_store: OpenStore) -> list[int]:
    """Give how the child ended, and how many steps child and parent took."""
    with _opened(open_store) as store:
        store.add([delivery("child"), delivery("parent")], [])
        child = os.fork()
        try:
            _steps(store, "parent" if child else "child")
        finally:
            if not child:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        return [status, store.get("child").version, store.get("parent").version]


def _steps(store: Store, name: str) -> None:
    for _ in range(20):
        current = store.get(name)
        store.replace(current, step(current), record(name))

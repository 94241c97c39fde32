"""
The contract kit for engines: proves that one may be used under the ledger.

An engine's author inherits `EngineContract` in a test and gives the fixture `open_engine`.
The ledger stands a call too many, too late or lost; what it needs is that calls come, and that one network's trouble
is not another's.
"""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import attrs
import pytest

from civicsns.model import Delivery, DeliveryState, Lane, Record, Rendition
from civicsns.store.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from civicsns.ports import Engine

    OpenEngine = Callable[["Practice"], AbstractContextManager[Engine]]

#: The networks that an engine under test serves.
NETWORKS = ("x", "facebook")


class Practice:
    """
    A ledger to practise on: a store, and a function that drives, as an engine is bound to.

    Attributes:
        store: Where the deliveries are.
        begun: How often each was driven when it was due.
        published: How often each went out; more than once would be a fault of the ledger's, not of the engine's.
        order: Which went out, in that order.
        early: Which were driven before their time; the ledger says no, and when to come again.
        hanging: The networks that do not answer until `release`.
        takes: How long the others take to answer, in seconds.
    """

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.begun: Counter[str] = Counter()
        self.published: Counter[str] = Counter()
        self.order: list[str] = []
        self.hanging: set[str] = set()
        self.takes = 0.0
        self.under_way = 0
        self._steps: dict[str, int] = {}
        self._faults: Counter[str] = Counter()
        self._pause = timedelta(0)
        self._release = threading.Event()
        self._lock = threading.Lock()

    def add(
        self,
        name: str,
        *,
        platform: str = "x",
        account: str = "",
        due: datetime | None = None,
        steps: int = 1,
        faults: int = 0,
        lane: Lane = Lane.ROUTINE,
    ) -> Delivery:
        """
        Put a delivery into the store, and tell nobody.

        Args:
            name: Its id.
            platform: Its network.
            account: Its account; one of its own unless given.
            due: When it is due; now unless given.
            steps: How many steps it takes, each due a moment after the last.
            faults: How many times driving it ends with an error first.
            lane: How urgent it is.
        """
        rendition = Rendition(platform=platform, account=account or f"{platform}:{name}", text=name, body={})
        delivery = Delivery(
            id=name, draft="0" * 64, rendition=rendition, lane=lane, not_before=due or datetime.now(UTC)
        )
        self._steps[name], self._faults[name] = steps, faults
        self.store.add([delivery], [])
        return delivery

    def drive(self, delivery_id: str) -> datetime | None:
        """Take a delivery one step further, as `Program.deliver` does: safe to call twice, late, or at once."""
        with self._lock:
            self.under_way += 1
        try:
            return self._step(self.store.get(delivery_id))
        finally:
            with self._lock:
                self.under_way -= 1

    def release(self) -> None:
        """Let the networks that hang answer."""
        self._release.set()

    def settled(self, *names: str) -> bool:
        """Whether all of these are out."""
        return all(self.store.get(name).state is DeliveryState.DELIVERED for name in names)

    def _step(self, delivery: Delivery) -> datetime | None:
        now = datetime.now(UTC)
        if delivery.not_before is None or now < delivery.not_before:
            return delivery.not_before
        with self._lock:
            self.begun[delivery.id] += 1
            failing = self._faults[delivery.id] > 0
            self._faults[delivery.id] -= 1
        if failing:
            raise RuntimeError(delivery.id)
        if delivery.rendition.platform in self.hanging:
            self._release.wait(60)
        time.sleep(self.takes)
        last = delivery.version + 1 >= self._steps[delivery.id]
        after = attrs.evolve(
            delivery,
            version=delivery.version + 1,
            state=DeliveryState.DELIVERED if last else DeliveryState.PENDING,
            not_before=None if last else now + timedelta(milliseconds=200),
        )
        if not self.store.replace(delivery, after, Record(at=now, subject=delivery.id, event="driven")):
            return self.store.get(delivery.id).not_before
        if last:
            with self._lock:
                self.published[delivery.id] += 1
                self.order.append(delivery.id)
        return after.not_before


class EngineContract:
    """
    What every engine must do. Inherit it, and give `open_engine`.

    Attributes:
        patience: How many seconds to wait for what must come.
        overtakes: Whether an emergency overtakes what was there before it; the port asks for it, a broker may not
            know how.
        apart: Whether a network that hangs leaves the other alone; the port asks for it as well.
    """

    patience: ClassVar[float] = 30.0
    overtakes: ClassVar[bool] = True
    apart: ClassVar[bool] = True

    @pytest.fixture
    def open_engine(self) -> OpenEngine:
        """
        Give a function that makes a context in which an engine is at work.

        The engine has empty queues, serves `NETWORKS`, and is bound to the `drive` of the practice that is handed
        in. When the context ends, what is under way has ended, and nothing is driven any more.
        """
        raise NotImplementedError

    @pytest.fixture
    def practice(self) -> Practice:
        """Give a ledger to practise on."""
        return Practice()

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until something is so; fail where it does not come to be so."""
        end = time.monotonic() + self.patience
        while not until():
            assert time.monotonic() < end, "What had to come did not come."
            time.sleep(0.01)

    def test_each_is_driven_at_least_once(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        Every delivery of which the engine is told is driven, to its end.
        """
        names = [f"a{number}" for number in range(40)]
        with open_engine(practice) as engine:
            engine.wake([practice.add(name, platform=NETWORKS[len(name) % 2], steps=2) for name in names])
            self.wait(lambda: practice.settled(*names))

        assert Counter(names) == practice.published

    def test_not_before_its_time(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        What is for later is driven later, each step at the time that the last one gave.
        """
        now = datetime.now(UTC)
        with open_engine(practice) as engine:
            engine.wake([practice.add("later", due=now + timedelta(seconds=1), steps=3), practice.add("now")])
            self.wait(lambda: practice.settled("later", "now"))

        assert ["now", "later"] == practice.order
        assert 3 == practice.begun["later"]

    def test_doubled(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        To be told twice of the same, while it waits or while it is driven, stops nothing.
        """
        names = [f"a{number}" for number in range(10)]
        with open_engine(practice) as engine:
            deliveries = [practice.add(name, steps=3) for name in names]
            for _ in range(3):
                engine.wake([*deliveries, *deliveries])
            self.wait(lambda: practice.settled(*names))

        assert Counter(names) == practice.published

    def test_lost_and_swept(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        What the engine has never heard of goes out once a sweep has told it.
        """
        with open_engine(practice) as engine:
            lost = practice.add("lost", due=datetime.now(UTC) - timedelta(hours=1))
            engine.wake([practice.add("told")])
            self.wait(lambda: practice.settled("told"))
            engine.wake([lost])
            self.wait(lambda: practice.settled("lost"))

        assert Counter(["lost", "told"]) == practice.published

    def test_earlier_than_it_was_told_before(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        What lies in the queue for next week goes out now if it is now due.
        """
        with open_engine(practice) as engine:
            ahead = practice.add("ahead", due=datetime.now(UTC) + timedelta(days=7))
            engine.wake([ahead])
            drawn = attrs.evolve(ahead, version=1, not_before=datetime.now(UTC))
            practice.store.replace(ahead, drawn, Record(at=datetime.now(UTC), subject="ahead", event="drawn"))
            engine.wake([drawn])
            self.wait(lambda: practice.settled("ahead"))

        assert 1 == practice.published["ahead"]

    def test_nothing_to_do(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        One without a time is left alone, and so is an empty list.
        """
        with open_engine(practice) as engine:
            engine.wake([])
            engine.wake([attrs.evolve(practice.add("a", due=datetime.now(UTC) + timedelta(days=7)), not_before=None)])
            engine.wake([practice.add("b")])
            self.wait(lambda: practice.settled("b"))

        assert ["b"] == practice.order

    def test_an_error_stops_nobody_else(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        Where driving one ends with an error, the others go on, and a sweep brings it back.
        """
        with open_engine(practice) as engine:
            bad = practice.add("bad", faults=1)
            good = [practice.add(f"a{number}", account="x:same") for number in range(10)]
            engine.wake([bad, *good])
            self.wait(lambda: practice.settled(*(one.id for one in good)))
            self.wait(lambda: practice.begun["bad"] > 0)

            def swept() -> bool:
                engine.wake([one for one in practice.store.due(datetime.now(UTC)) if one.id == "bad"])
                time.sleep(0.2)
                return practice.settled("bad")

            self.wait(swept)

        assert 1 == practice.published["bad"]

    def test_an_emergency_overtakes(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        What is urgent goes out before the backlog that was there before it.
        """
        names = [f"a{number}" for number in range(200)]
        practice.takes = 0.02
        with open_engine(practice) as engine:
            engine.wake([practice.add(name) for name in names])
            self.wait(lambda: practice.under_way > 0)
            engine.wake([practice.add("urgent", lane=Lane.EMERGENCY)])
            self.wait(lambda: practice.settled("urgent", *names))

        assert not self.overtakes or practice.order.index("urgent") < len(names) / 2

    def test_a_network_that_hangs(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        A network that does not answer delays none of another's deliveries.
        """
        slow, fast = [f"x{number}" for number in range(100)], [f"f{number}" for number in range(100)]
        practice.hanging = {"x"}
        with open_engine(practice) as engine:
            try:
                engine.wake([practice.add(name, platform="x") for name in slow])
                self.wait(lambda: practice.under_way > 0)
                engine.wake([practice.add(name, platform="facebook") for name in fast])
                if self.apart:
                    self.wait(lambda: practice.settled(*fast))
                    assert not practice.published.keys() & set(slow)
            finally:
                practice.release()
            self.wait(lambda: practice.settled(*slow, *fast))

        assert Counter([*slow, *fast]) == practice.published

    def test_it_ends_cleanly(self, practice: Practice, open_engine: OpenEngine) -> None:
        """
        When it is closed, what is under way comes to its end, and nothing is begun any more.
        """
        names = [f"a{number}" for number in range(200)]
        practice.hanging = {"x"}
        with open_engine(practice) as engine:
            engine.wake([practice.add(name) for name in names])
            self.wait(lambda: practice.under_way > 0)
            threading.Timer(0.3, practice.release).start()
        begun = sum(practice.begun.values())

        assert 0 == practice.under_way
        assert begun == sum(practice.published.values())
        time.sleep(0.5)
        assert begun == sum(practice.begun.values())

"""The matrix: every point of death, with every fault, on either network, database and engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from types import TracebackType
from typing import Any, Self

import attrs
from crash_points import POINTS, Point
from crash_process import Workshop
from crash_work import ENGINES, draft_of
from crash_world import OPERATIONS, STALE, Seen, World

from civicsns.model import DeliveryState
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault
from civicsns.testing.sandbox.faults import NEVER_CARRIED_OUT

#: What goes wrong with the call at a point: nothing, every fault of the practice networks, and one that is theirs alone
#: here: the request is carried out long after its connection broke.
FAULTS = ("", *(fault.value for fault in Fault), "late")
DATABASES = ("sqlite", "postgresql")


@attrs.frozen(kw_only=True)
class Cell:
    """
    One trial.

    Attributes:
        point: Where the process dies.
        fault: What goes wrong with the call there; empty for nothing.
        carried_out: Whether the network does what it was asked before the fault.
        platform: The network.
        database: The store.
        engine: What drives the deliveries.
    """

    point: Point
    fault: str
    carried_out: bool
    platform: str
    database: str
    engine: str

    def __str__(self) -> str:
        done = "" if self.carried_out else "-undone"
        return f"{self.point.name}-{self.fault or 'well'}{done}-{self.platform}-{self.database}-{self.engine}"


def cells(*, databases: tuple[str, ...] = DATABASES, engines: tuple[str, ...] = tuple(ENGINES)) -> Iterator[Cell]:
    """Give the whole matrix."""
    for point in POINTS:
        for platform in OPERATIONS:
            if platform != "x" and point.needs in {"thread", "stale"}:
                # Facebook has neither threads nor tokens that are exchanged.
                continue
            for fault, carried_out in _variants(point):
                for database in databases:
                    for engine in engines:
                        yield Cell(
                            point=point,
                            fault=fault,
                            carried_out=carried_out,
                            platform=platform,
                            database=database,
                            engine=engine,
                        )


def _variants(point: Point) -> Iterator[tuple[str, bool]]:
    for fault in FAULTS:
        yield fault, True
        # Of a question, and of what is refused or hidden, there is only one kind.
        one_kind = {"", "late", Fault.HIDDEN.value, *(refused.value for refused in NEVER_CARRIED_OUT)}
        if fault not in one_kind and (point.strikes == "create" or point.needs == "doubt"):
            yield fault, False


def sample() -> list[Cell]:
    """Give a part of the matrix in which every point and every fault comes on either database."""
    chosen: list[Cell] = []
    for turn, database in enumerate(DATABASES):
        there = list(cells(databases=(database,)))
        numbers = count(turn)
        for point in POINTS:
            of_point = [cell for cell in there if cell.point is point]
            # Five is prime to the number of variants, so that neighbours differ.
            chosen.append(of_point[next(numbers) * 5 % len(of_point)])
        met = {cell.fault for cell in chosen if cell.database == database}
        for fault in FAULTS:
            if fault not in met:
                chosen.append(next(cell for cell in there if cell.fault == fault and cell.point.name == "send.sent"))
    return chosen


class Unreached(AssertionError):
    """The process did not come to the point where it was to die: the trial says nothing."""


class Trials:
    """
    Runs cells, one after the other, on stores that live through all of them.

    Args:
        world: The networks.
        workshop: Where processes are made.
        stores: The address of each database's store.
    """

    def __init__(self, world: World, workshop: Workshop, stores: dict[str, str]) -> None:
        self._world = world
        self._workshop = workshop
        self._stores = stores
        self._programs = {
            name: Program.open(world.settings, store=SqlStore(address), clock=world.clock)
            for name, address in stores.items()
        }
        workshop.warm(
            **self._job(str(world.folder / "warm.db"), "inline"),
            draft={"text": "練習", "accounts": [world.accounts["x"][0], world.accounts["facebook"][0]]},
        )
        self._numbers = count()
        self.tally: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in self._programs.values():
            program.close()

    def run(self, cell: Cell) -> Seen:
        """
        Kill a process as *cell* says, let another take over, and compare.

        Raises:
            Unreached: If the process was not killed.
        """
        world, point, number = self._world, cell.point, next(self._numbers)
        accounts = world.accounts[cell.platform]
        account = STALE if point.needs == "stale" else accounts[number % len(accounts)]
        words = f"第{number}号 佐賀牛が届きました。"
        given: dict[str, Any] = {"text": words, "accounts": [account], "media": point.needs == "media"}
        if point.needs == "thread":
            given |= {"text": words + "市役所の窓口は午前八時三十分に開きます。" * 10 + words, "thread": True}
        if point.needs == "stale":
            world.make_stale()
        if point.needs == "doubt":
            world.order(cell.platform, Fault.RESET.value, on="create", carried_out=cell.carried_out)
        world.order(cell.platform, cell.fault, on=point.strikes, carried_out=cell.carried_out)
        before = world.arrived(cell.platform, point.strikes)
        job = self._job(self._stores[cell.database], cell.engine)
        died = self._workshop.run(**job, point=point.name, draft=given)
        if died.signal != 9:
            msg = f"{cell} was not killed. {died.error}"
            raise Unreached(msg)
        if point.leaves:
            world.await_arrival(cell.platform, point.strikes, before)
        program = self._programs[cell.database]
        store = program.store
        assert isinstance(store, SqlStore)
        waited: dict[str, DeliveryState] = {}
        for _ in range(4):
            took_over = self._workshop.run(**job)
            assert took_over.signal == 0, f"{cell}: the second process was killed by signal {took_over.signal}"
            assert not took_over.error, f"{cell}: {took_over.error}"
            decided = world.decide(program)
            if not decided:
                break
            waited |= decided
        world.clear()
        # What is still on its way somewhere arrives by then.
        world.clock.pass_to(world.clock.now() + timedelta(hours=1))
        seen = world.seen(store, draft_of(given), words, waited)
        self.tally["trials"] += 1
        self.tally["deliveries"] += len(seen.deliveries)
        self.tally["before a person"] += len(waited)
        for delivery in seen.deliveries:
            self.tally[delivery.state.value] += 1
        return seen

    def _job(self, store: str, engine: str) -> dict[str, str]:
        folder = self._world.folder
        return {
            "settings": str(self._world.settings),
            "credentials": str(folder / "credentials.json"),
            "clock": str(self._world.clock.path),
            "store": store,
            "engine": engine,
        }

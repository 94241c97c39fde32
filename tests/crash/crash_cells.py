"""The matrix: every point of death, with every fault, on either network, database and engine."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count, product
from types import TracebackType
from typing import Any, Self

import attrs
from crash_points import POINTS, Point
from crash_process import Workshop
from crash_work import ENGINES, draft_of
from crash_world import OPERATIONS, SKEW, STALE, STALLS, Seen, World

from civicsns.model import DeliveryState
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault
from civicsns.testing.sandbox.faults import NEVER_CARRIED_OUT

#: So often a person is asked about one post at most.
_PATIENCE = 4
#: What goes wrong with the call at a point: nothing, every fault of the practice networks, and one that is theirs alone
#: here: the request is carried out long after its connection broke.
FAULTS = ("", *(fault.value for fault in Fault), "late")
MANNERS = ("killed", "stopped")
DATABASES = ("sqlite", "postgresql")


@attrs.frozen(kw_only=True)
class Cell:
    """
    One trial.

    Attributes:
        manner: How the process comes to its end: `killed`, or `stopped` until another has done its work.
        point: Where.
        fault: What goes wrong with the call there; empty for nothing.
        carried_out: Whether the network does what it was asked before the fault.
        platform: The network.
        database: The store.
        engine: What drives the deliveries.
    """

    manner: str
    point: Point
    fault: str
    carried_out: bool
    platform: str
    database: str
    engine: str

    def __str__(self) -> str:
        done = "" if self.carried_out else "-undone"
        return f"{self.manner}-{self.point.name}-{self.fault or 'well'}{done}-{self.platform}-{self.database}-{self.engine}"


def cells(*, databases: tuple[str, ...] = DATABASES, engines: tuple[str, ...] = tuple(ENGINES)) -> Iterator[Cell]:
    """Give the whole matrix."""
    for manner, point, platform, database, engine in product(MANNERS, POINTS, OPERATIONS, databases, engines):
        if platform != "x" and point.needs in {"thread", "stale"}:
            # Facebook has neither threads nor tokens that are exchanged.
            continue
        if manner == "stopped" and not point.may_stop:
            continue
        for fault, carried_out in _variants(point):
            yield Cell(
                manner=manner,
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
        for manner, point in product(MANNERS, POINTS):
            if of_point := [cell for cell in there if cell.manner == manner and cell.point is point]:
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
        stores: Gives the address of each database's store.
    """

    def __init__(self, world: World, workshop: Workshop, stores: Mapping[str, Callable[[], str]]) -> None:
        self._world = world
        self._workshop = workshop
        self._stores = stores
        self._programs: dict[str, Program] = {}
        self._addresses: dict[str, str] = {}
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
        program = self._program(cell.database)
        job = self._job(self._addresses[cell.database], cell.engine)
        if cell.fault == "late":
            job |= {"stalls": STALLS, "skew": SKEW}
        sign = signal.SIGKILL if cell.manner == "killed" else signal.SIGSTOP
        first = self._workshop.start(**job, point=point.name, signal=sign, draft=given)
        halted = self._workshop.wait(first)
        if halted.signal != sign:
            msg = f"{cell} did not come to its point. {halted.error}"
            raise Unreached(msg)
        if point.leaves:
            world.await_arrival(cell.platform, point.strikes, before)
        store = program.store
        assert isinstance(store, SqlStore)
        waited = self._take_over(cell, program)
        if cell.manner == "stopped":
            woken = self._workshop.go_on(first)
            assert (0, "") == (woken.signal, woken.error), f"{cell}: {woken}"
            waited |= self._take_over(cell, program)
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

    def _program(self, database: str) -> Program:
        if database not in self._programs:
            self._addresses[database] = self._stores[database]()
            store = SqlStore(self._addresses[database])
            self._programs[database] = Program.open(self._world.settings, store=store, clock=self._world.clock)
        return self._programs[database]

    def _take_over(self, cell: Cell, program: Program) -> dict[str, DeliveryState]:
        """Let another process, and a person where it needs one, do what is left; give what waited for the person."""
        waited: dict[str, DeliveryState] = {}
        for _ in range(_PATIENCE):
            ended = self._workshop.run(**self._job(self._addresses[cell.database], cell.engine))
            assert (0, "") == (ended.signal, ended.error), f"{cell}: {ended}"
            decided = self._world.decide(program)
            if not decided:
                return waited
            waited |= decided
        msg = f"{cell}: {waited} come before a person again and again"
        raise AssertionError(msg)

    def _job(self, store: str, engine: str) -> dict[str, Any]:
        folder = self._world.folder
        return {
            "settings": str(self._world.settings),
            "credentials": str(folder / "credentials.json"),
            "clock": str(self._world.clock.path),
            "store": store,
            "engine": engine,
        }

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
from crash_work import DRIVERS, draft_of
from crash_world import OPERATIONS, SKEW, STALE, STALLS, Seen, World

from civicsns.model import DeliveryState
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault
from civicsns.testing.sandbox.faults import NEVER_CARRIED_OUT

#: Of other engines than the ledger's own, the sample takes every so many points.
_FEW = 6
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


def cells(*, databases: tuple[str, ...] = DATABASES, engines: tuple[str, ...] = tuple(DRIVERS)) -> Iterator[Cell]:
    """Give the whole matrix."""
    for manner, point, platform, database, engine in product(MANNERS, POINTS, OPERATIONS, databases, engines):
        if platform != "x" and point.needs in {"thread", "stale"}:
            # Facebook has neither threads nor tokens that are exchanged.
            continue
        if manner == "stopped" and not point.may_stop:
            continue
        if engine != "inline" and (manner, platform) != ("killed", "x"):
            # To start its workers takes long; the ledger under it is the same.
            continue
        for fault, carried_out in _variants(point):
            if engine != "inline" and not carried_out:
                continue
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
        for manner, point, engine in product(MANNERS, POINTS, DRIVERS):
            of_point = [one for one in there if (one.manner, one.point, one.engine) == (manner, point, engine)]
            if not of_point or (engine != "inline" and POINTS.index(point) % _FEW != turn):
                continue
            # Five is prime to the number of variants, so that neighbours differ.
            chosen.append(of_point[next(numbers) * 5 % len(of_point)])
        met = {cell.fault for cell in chosen if cell.database == database}
        chosen += [
            next(cell for cell in there if cell.fault == fault and cell.point.name == "send.sent")
            for fault in FAULTS
            if fault not in met
        ]
    return chosen


class UnreachedError(AssertionError):
    """The process did not come to the point where it was to die: the trial says nothing."""


class Trials:
    """
    Runs cells, one after the other, on stores that live through all of them.

    Args:
        world: The networks.
        workshop: Where processes are made.
        stores: Gives the address of each database's store.
        jobs: Gives the address of the database in which an engine keeps its jobs.
    """

    def __init__(
        self, world: World, workshop: Workshop, *, stores: Mapping[str, Callable[[], str]], jobs: Callable[[], str]
    ) -> None:
        self.world = world
        self.workshop = workshop
        self._stores = stores
        self._jobs = jobs
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
            UnreachedError: If the process was not killed.
        """
        world, point = self.world, cell.point
        given = self.post(cell.platform, needs=point.needs)
        if point.needs == "stale":
            world.make_stale()
        if point.needs == "doubt":
            world.order(cell.platform, Fault.RESET.value, on="create", carried_out=cell.carried_out)
        world.order(cell.platform, cell.fault, on=point.strikes, carried_out=cell.carried_out)
        before = world.arrived(cell.platform, point.strikes)
        job = self.job(cell.database, engine=cell.engine)
        if cell.fault == "late":
            job |= {"stalls": STALLS, "skew": SKEW, "settings": str(world.machine("slow"))}
        sign = signal.SIGKILL if cell.manner == "killed" else signal.SIGSTOP
        first = self.workshop.start(**job, point=point.name, signal=sign, draft=given)
        halted = self.workshop.wait(first)
        if halted.signal != sign:
            msg = f"{cell} did not come to its point. {halted.error}"
            raise UnreachedError(msg)
        if point.leaves:
            world.await_arrival(cell.platform, point.strikes, before)
        waited = self.take_over(cell.database, engine=cell.engine)
        if cell.manner == "stopped":
            woken = self.workshop.go_on(first)
            assert (0, "") == (woken.signal, woken.error), f"{cell}: {woken}"
            waited |= self.take_over(cell.database, engine=cell.engine)
        return self.compare(cell.database, given, waited)

    def post(self, platform: str, *, needs: str = "") -> dict[str, Any]:
        """Give a draft that no other trial has, as plain data."""
        number = next(self._numbers)
        accounts = self.world.accounts[platform]
        words = f"第{number}号 佐賀牛が届きました。"
        text = words + "市役所の窓口は午前八時三十分に開きます。" * 10 + words if needs == "thread" else words
        return {
            "words": words,
            "text": text,
            "thread": needs == "thread",
            "media": needs == "media",
            "accounts": [STALE if needs == "stale" else accounts[number % len(accounts)]],
        }

    def take_over(self, database: str, *, engine: str = "inline") -> dict[str, DeliveryState]:
        """Let another process, and a person where it needs one, do what is left; give what waited for the person."""
        waited: dict[str, DeliveryState] = {}
        for _ in range(_PATIENCE):
            ended = self.workshop.run(**self.job(database, engine=engine))
            assert (0, "") == (ended.signal, ended.error), str(ended)
            decided = self.world.decide(self._program(database))
            if not decided:
                return waited
            waited |= decided
        msg = f"{waited} come before a person again and again"
        raise AssertionError(msg)

    def compare(self, database: str, given: dict[str, Any], waited: Mapping[str, DeliveryState]) -> Seen:
        """Compare the ledger with the networks, once everything that was on its way has arrived."""
        self.world.clear()
        self.world.clock.pass_to(self.world.clock.now() + timedelta(hours=1))
        store = self._program(database).store
        assert isinstance(store, SqlStore)
        seen = self.world.seen(store, draft_of(given), given["words"], waited)
        self.tally["trials"] += 1
        self.tally["deliveries"] += len(seen.deliveries)
        self.tally["before a person first"] += len(waited)
        self.tally["findings"] += len(seen.faults)
        for delivery in seen.deliveries:
            self.tally[delivery.state.value] += 1
        return seen

    def job(self, database: str, *, engine: str = "inline") -> dict[str, Any]:
        """Give a job for the workshop, without a point."""
        self._program(database)
        job = self._job(self._addresses[database], engine)
        # Each store has jobs of its own.
        return job | ({"jobs": self._jobs(), "queue": database} if engine == "procrastinate" else {})

    def _program(self, database: str) -> Program:
        if database not in self._programs:
            self._addresses[database] = self._stores[database]()
            store = SqlStore(self._addresses[database])
            self._programs[database] = Program.open(self.world.settings, store=store, clock=self.world.clock)
        return self._programs[database]

    def _job(self, address: str, engine: str) -> dict[str, Any]:
        folder = self.world.folder
        return {
            "settings": str(self.world.settings),
            "credentials": str(folder / "credentials.json"),
            "clock": str(self.world.clock.path),
            "store": address,
            "engine": engine,
        }

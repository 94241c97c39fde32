"""
What a record costs: to append, to verify in memory, to export, and to verify from the file.

Beside them stands the plain SHA-256 of the same bodies, which is the least that any chain costs.

Run: python benchmarks/records.py
"""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from civicsns.model import Record
from civicsns.records import checkpoint, export
from civicsns.records.chain import append, verify
from civicsns.records.keys import generate
from civicsns.records.merkle import Frontier

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.records.chain import Entry, Sealed

COUNT = 50_000
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


if __name__ == "__main__":
    main()

"""
The chain of records, and when a delivery ended.

Records that were kept before are chained in their order, and a further record says that they were.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from civicsns.model import Record
from civicsns.records.chain import WIDTH, Tip, commit, seal

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_ONCE = 500


def upgrade() -> None:
    """Make the chain, put the records into it, and note when deliveries ended."""
    chain = op.create_table(
        "civicsns_chain",
        sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    bodies = op.create_table(
        "civicsns_bodies",
        sa.Column("seq", _NUMBER, sa.ForeignKey("civicsns_chain.seq"), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_civicsns_bodies_subject", "civicsns_bodies", ["subject", "seq"])
    head = op.create_table(
        "civicsns_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("peaks", sa.LargeBinary, nullable=False),
    )
    op.add_column("civicsns_deliveries", sa.Column("ended_at", sa.DateTime(timezone=True)))
    connection = op.get_bind()
    tip = _chained(connection, chain, bodies)
    peaks = b"".join(tip.frontier.peaks)
    connection.execute(sa.insert(head).values(id=1, size=tip.size, hash=tip.hash, peaks=peaks))
    op.execute(
        "UPDATE civicsns_deliveries SET ended_at ="
        " (SELECT max(at) FROM civicsns_records WHERE subject = civicsns_deliveries.id)"
        " WHERE state IN ('delivered', 'failed')"
    )
    op.drop_table("civicsns_records")


def _chained(connection: sa.Connection, chain: sa.Table, bodies: sa.Table) -> Tip:
    tip = Tip()
    for some in _parts(connection):
        entries: list[dict[str, Any]] = []
        sealed: list[dict[str, Any]] = []
        for record in some:
            one = seal(record, salt=secrets.token_bytes(WIDTH))
            entry, tip = tip.follow(commit(one), record.at)
            entries.append(
                {
                    "seq": entry.seq,
                    "at": entry.stamp,
                    "previous": entry.previous,
                    "commitment": entry.commitment,
                    "hash": entry.hash,
                }
            )
            sealed.append(
                {
                    "seq": entry.seq,
                    "subject": record.subject,
                    "event": record.event,
                    "body": one.body,
                    "salt": one.salt,
                }
            )
        connection.execute(sa.insert(chain), entries)
        connection.execute(sa.insert(bodies), sealed)
    return tip


def _parts(connection: sa.Connection) -> Iterator[list[Record]]:
    """Give the records that there are, and one that says so: the chain proves nothing about the time before."""
    old = sa.table(
        "civicsns_records",
        *(sa.column(name) for name in ("seq", "subject", "event", "by_whom")),
        sa.column("facts", sa.LargeBinary),
    )
    last = count = 0
    while True:
        rows = connection.execute(sa.select(old).where(old.c.seq > last).order_by(old.c.seq).limit(_AT_ONCE)).all()
        if not rows:
            break
        last, count = rows[-1].seq, count + len(rows)
        yield [_record(row) for row in rows]
    if count:
        facts = {"entries": "1" if count == 1 else f"1-{count}"}
        yield [Record(at=datetime.now(UTC), subject="records", event="records.adopted", facts=facts)]


def _record(row: Any) -> Record:
    fields = json.loads(row.facts.decode("utf-8", "surrogatepass"))
    return Record(
        # The name of a zone stands behind it, in brackets.
        at=datetime.fromisoformat(fields["at"].partition("[")[0]),
        subject=row.subject,
        event=row.event,
        by=row.by_whom,
        facts={_text(name): _text(value) for name, value in fields["facts"].items()},
    )


def _text(value: str) -> str:
    """Replace halves of surrogate pairs, which have no place in a chained record."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

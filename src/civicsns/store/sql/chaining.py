"""
Records in the database: each appended to the chain in the transaction of what it is about.

The chain (`civicsns_chain`) is only ever added to. What its entries commit to lies in `civicsns_bodies`, where it can be
destroyed. One row (`civicsns_head`) says where the chain stands; whoever appends holds that row until his transaction
ends, so there is one chain, however many write.
"""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from civicsns.records.body import lists, opened
from civicsns.records.chain import WIDTH, Entry, Sealed, Tip, commit, holds, seal
from civicsns.records.destruction import DESTROYED
from civicsns.records.merkle import Frontier
from civicsns.store.sql import dialects, faults, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from civicsns.model import Record

_chain, _bodies, _head = tables.chain.c, tables.bodies.c, tables.head.c
_STANDS = sa.select(_head.size, _head.hash, _head.peaks).where(_head.id == 1)
_BOTH = tables.chain.outerjoin(tables.bodies, _chain.seq == _bodies.seq)
_PAIRS = (
    sa.select(
        _chain.seq,
        _chain.at,
        _chain.previous,
        _chain.commitment,
        _chain.hash,
        _bodies.subject,
        _bodies.event,
        _bodies.body,
        _bodies.salt,
    )
    .select_from(_BOTH)
    .order_by(_chain.seq)
)
#: So many rows are fetched at a time where the whole chain is read.
_AT_ONCE = 1000


# Plain text: SQLAlchemy's own statements would cost twice the time. On SQLite whoever writes holds the whole file already.
_HOLD = "SELECT size, hash, peaks FROM civicsns_head WHERE id = 1"
_ADD = (
    "INSERT INTO civicsns_chain (seq, at, previous, commitment, hash) VALUES (:seq, :at, :previous, :commitment, :hash)"
)
_ADD_BODY = (
    "INSERT INTO civicsns_bodies (seq, subject, event, body, salt) VALUES (:seq, :subject, :event, :body, :salt)"
)
_MOVE = "UPDATE civicsns_head SET size = :size, hash = :hash, peaks = :peaks WHERE id = 1"
# Any number of records in one text, which the server plans once; each statement is a way there and back.
_ADD_ALL = (
    "WITH added AS (INSERT INTO civicsns_chain (seq, at, previous, commitment, hash)"  # noqa: S608 -- a constant at the end
    " SELECT * FROM unnest(%(seqs)s::bigint[], %(ats)s::text[], %(previous)s::bytea[], %(commitments)s::bytea[],"
    " %(hashes)s::bytea[])),"
    " kept AS (INSERT INTO civicsns_bodies (seq, subject, event, body, salt)"
    " SELECT * FROM unnest(%(seqs)s::bigint[], %(subjects)s::text[], %(events)s::text[], %(bodies)s::bytea[],"
    " %(salts)s::bytea[]))"
    " UPDATE civicsns_head SET size = %(size)s, hash = %(hash)s, peaks = %(peaks)s WHERE id = 1"
    " RETURNING " + dialects.MARK
)


class _Stands(NamedTuple):
    """Where the chain stands, as the database has it."""

    size: int
    hash: bytes
    peaks: bytes


class Note(NamedTuple):
    """A record that is ready to be appended."""

    at: datetime
    subject: str
    event: str
    sealed: Sealed
    commitment: bytes


def note(record: Record) -> Note:
    """
    Make ready what can be made ready before the chain is held.

    Raises:
        BadInput: If a text of the record is no Unicode text.
    """
    sealed = seal(record, salt=secrets.token_bytes(WIDTH))
    return Note(record.at, record.subject, record.event, sealed, commit(sealed))


def keep(connection: sa.Connection, notes: Sequence[Note], *, place: str) -> dialects.Mark | None:
    """
    Append *notes* to the chain, as the last thing that their transaction does: others wait until it ends.

    Args:
        connection: In the transaction.
        notes: The records, in their order.
        place: Which store, for messages.

    Returns:
        What `Dialect.mark` would give now, where the database has said so on the way.

    Raises:
        StoreError: If the chain is not what this program left there.
    """
    if not notes:
        return None
    served = connection.dialect.name == "postgresql"
    stands = (connection.exec_driver_sql(f"{_HOLD} FOR UPDATE") if served else _called(connection, _HOLD)).fetchone()
    tip = _tip(stands and _Stands(*stands), place)
    entries: list[Entry] = []
    for one in notes:
        entry, tip = tip.follow(one.commitment, one.at)
        entries.append(entry)
    try:
        if served:
            return _sent(connection, entries, notes, tip)
        _add(connection, entries, notes, tip)
    except exc.IntegrityError as error:
        # Somebody has put entries behind the end.
        raise faults.damaged(place, f"record {entries[0].seq}") from error
    return None


def _sent(connection: sa.Connection, entries: Sequence[Entry], notes: Sequence[Note], tip: Tip) -> dialects.Mark:
    """Append on a server, all in one statement."""
    mark, version = connection.exec_driver_sql(
        _ADD_ALL,
        {
            "seqs": [entry.seq for entry in entries],
            "ats": [entry.stamp for entry in entries],
            "previous": [entry.previous for entry in entries],
            "commitments": [entry.commitment for entry in entries],
            "hashes": [entry.hash for entry in entries],
            "subjects": [one.subject for one in notes],
            "events": [one.event for one in notes],
            "bodies": [one.sealed.body for one in notes],
            "salts": [one.sealed.salt for one in notes],
            **_where(tip),
        },
    ).one()
    return dialects.Mark(mark, version)


def _add(connection: sa.Connection, entries: Sequence[Entry], notes: Sequence[Note], tip: Tip) -> None:
    """Append in this process."""
    _called(
        connection,
        _ADD,
        [
            {
                "seq": entry.seq,
                "at": entry.stamp,
                "previous": entry.previous,
                "commitment": entry.commitment,
                "hash": entry.hash,
            }
            for entry in entries
        ],
    )
    _called(
        connection,
        _ADD_BODY,
        [
            {
                "seq": entry.seq,
                "subject": one.subject,
                "event": one.event,
                "body": one.sealed.body,
                "salt": one.sealed.salt,
            }
            for entry, one in zip(entries, notes, strict=True)
        ],
    )
    _called(connection, _MOVE, [_where(tip)])


def _where(tip: Tip) -> dict[str, Any]:
    """Give the values of the row that says where the chain stands."""
    return {"size": tip.size, "hash": tip.hash, "peaks": b"".join(tip.frontier.peaks)}


def _called(connection: sa.Connection, statement: str, values: Sequence[dict[str, Any]] = ()) -> Any:
    """Carry out a statement in this process, where SQLAlchemy's part in it would cost four times the rest."""
    cursor = connection.connection.cursor()
    try:
        return cursor.executemany(statement, values) if values else cursor.execute(statement)
    except sqlite3.Error as error:
        raise exc.DBAPIError.instance(
            statement, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def tip(connection: sa.Connection, *, place: str) -> Tip:
    """
    Read where the chain stands.

    Raises:
        StoreError: If that is not what this program left there.
    """
    return _tip(connection.execute(_STANDS).one_or_none(), place)


def _tip(row: Any, place: str) -> Tip:
    try:
        peaks = bytes(row.peaks)
        roots = tuple(peaks[start : start + WIDTH] for start in range(0, len(peaks), WIDTH))
        if len(row.hash) == WIDTH and len(peaks) == WIDTH * int(row.size).bit_count():
            return Tip(bytes(row.hash), Frontier(int(row.size), roots))
    except (AttributeError, TypeError, ValueError):
        pass
    raise faults.damaged(place, "head")


def pairs(connection: sa.Connection, *, after: int, place: str) -> Iterator[tuple[Entry, Sealed | None]]:
    """
    Read the chain from the entry that follows *after* on, as it stands at one moment, without holding it in memory.

    Raises:
        StoreError: If a row cannot be read.
    """
    with connection.execution_options(yield_per=_AT_ONCE).execute(_PAIRS.where(_chain.seq > after)) as rows:
        for row in rows:
            yield _pair(row, place)


def _pair(row: Any, place: str) -> tuple[Entry, Sealed | None]:
    seq, at, previous, commitment, own, subject, event, body, salt = row
    try:
        entry = Entry(seq, bytes(previous), bytes(commitment), datetime.fromisoformat(at), bytes(own))
        sealed = None
        if body is not None:
            misfiled = not lists(bytes(body), subject=subject, event=event)
            sealed = Sealed(bytes(body), bytes(salt), misfiled)
        if entry.stamp == at:
            return entry, sealed
    except (TypeError, ValueError):
        pass
    raise faults.damaged(place, f"record {seq}")


def about(connection: sa.Connection, subject: str, *, place: str) -> list[tuple[Entry, Record]]:
    """
    Read the records about *subject* whose bodies were not destroyed, with their entries, oldest first.

    Raises:
        StoreError: If one of them is not what the chain commits to.
    """
    found: list[tuple[Entry, Record]] = []
    for row in connection.execute(_PAIRS.where(_bodies.subject == subject)):
        entry, sealed = _pair(row, place)
        if sealed is None or not holds(entry, sealed):
            raise faults.damaged(place, f"record {row.seq}")
        found.append((entry, opened(sealed.body)))
    return found


def take(connection: sa.Connection, seqs: Sequence[int]) -> None:
    """
    Take away the bodies of *seqs*, in the transaction that keeps the record of it.

    Raises:
        ValueError: If one of them has no body, or is itself the record of a destruction.
    """
    gone = 0
    for start in range(0, len(seqs), _AT_ONCE):
        some = seqs[start : start + _AT_ONCE]
        gone += connection.execute(
            sa.delete(tables.bodies).where(_bodies.seq.in_(some), _bodies.event != DESTROYED)
        ).rowcount
    if gone != len(seqs):
        msg = "Some of these records have no body that could be destroyed."
        raise ValueError(msg)

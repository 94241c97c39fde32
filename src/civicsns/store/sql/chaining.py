"""
Records in the database: each appended to the chain in the transaction of what it is about.

The chain (`civicsns_chain`) is only ever added to. What its entries commit to lies in `civicsns_bodies`, where it can be
destroyed. One row (`civicsns_head`) says where the chain stands; whoever appends holds that row until his transaction
ends, so there is one chain, however many write.
"""

from __future__ import annotations

import contextlib
import secrets
from datetime import datetime
from json.encoder import encode_basestring as _text
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from civicsns.records.body import lists, opened
from civicsns.records.chain import WIDTH, Entry, Sealed, Tip, commit, holds, seal
from civicsns.records.destruction import DESTROYED
from civicsns.records.merkle import Frontier
from civicsns.store.sql import faults, statements, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence

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


# On SQLite whoever writes holds the whole file already.
_HOLD = "SELECT size, hash, peaks FROM civicsns_head WHERE id = 1"
_HOLD_HERE = "SELECT size, hash, peaks, (SELECT version_num FROM civicsns_version) FROM civicsns_head WHERE id = 1"
_ADD = (
    "INSERT INTO civicsns_chain (seq, at, previous, commitment, hash) VALUES (:seq, :at, :previous, :commitment, :hash)"
)
_ADD_BODY = (
    "INSERT INTO civicsns_bodies (seq, subject, event, body, salt) VALUES (:seq, :subject, :event, :body, :salt)"
)
_MOVE = "UPDATE civicsns_head SET size = :size, hash = :hash, peaks = :peaks WHERE id = 1"
#: What a server does with any number of records, in one text that it plans once: `Chain.values` gives the values. It does
#: so where the chain still ends where it is thought to, and tells the transaction's mark; else it does nothing.
#: What has one length is cut from one value, and the rest is JSON: the driver takes its time for each item of a list.
APPEND = (
    "moved AS (UPDATE civicsns_head SET size = %(size)s, hash = %(hash)s, peaks = %(peaks)s"  # noqa: S608 -- constants
    " WHERE id = 1 AND size = %(before)s::bigint AND hash = %(expected)s AND peaks = %(known)s{condition}"
    f" RETURNING {statements.MARK}),"
    " new AS (SELECT * FROM moved, ROWS FROM (json_to_recordset(%(notes)s::json) AS (subject text, event text,"
    " body bytea)) WITH ORDINALITY AS given (subject, event, body, n)),"
    " added AS (INSERT INTO civicsns_chain (seq, at, previous, commitment, hash)"
    " SELECT %(before)s::bigint + n, substr(%(stamps)s::text, (27 * (n - 1) + 1)::int, 27),"
    f" substr(%(hashes)s::bytea, ({WIDTH} * (n - 1) + 1)::int, {WIDTH}),"
    f" substr(%(commitments)s::bytea, ({WIDTH} * (n - 1) + 1)::int, {WIDTH}),"
    f" substr(%(hashes)s::bytea, ({WIDTH} * n + 1)::int, {WIDTH}) FROM new),"
    " kept AS (INSERT INTO civicsns_bodies (seq, subject, event, body, salt)"
    f" SELECT %(before)s::bigint + n, subject, event, body, substr(%(salts)s::bytea, ({WIDTH} * (n - 1) + 1)::int, {WIDTH})"
    " FROM new)"
)
_APPEND_ALONE = f"WITH {APPEND.format(condition='')} SELECT * FROM moved"  # noqa: S608 -- of the above


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


class Chain:
    """
    The end of the chain, to which records are appended.

    Args:
        place: Which store, for messages.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        # As this process left it, perhaps in a transaction that came to nothing. Others may have gone on since; who
        # appends to what it was makes sure in the same statement that it still is.
        self._tip: Tip | None = None

    def keep(self, connection: sa.Connection, notes: Sequence[Note]) -> statements.Mark | None:
        """
        Append *notes* to the chain, as the last thing that their transaction does: others wait until it ends.

        Args:
            connection: In the transaction.
            notes: The records, in their order.

        Returns:
            What `Dialect.mark` would give now, where the database has said so on the way.

        Raises:
            StoreError: If the chain is not what this program left there.
        """
        if not notes:
            return None
        if connection.dialect.name == "postgresql":
            return self._sent(connection, notes) or self._sent(connection, notes, held=True)
        held = statements.called(connection, _HOLD_HERE).fetchone()
        entries, tip = _follow(_tip(held, self._place), notes)
        with self.whole(entries[0].seq):
            _add(connection, entries, notes, tip)
        return statements.Mark(None, held[3])

    def _sent(self, connection: sa.Connection, notes: Sequence[Note], *, held: bool = False) -> statements.Mark | None:
        if held:
            self._tip = _tip(statements.called(connection, f"{_HOLD} FOR UPDATE").fetchone(), self._place)
        tip, values = self.values(connection, notes)
        with self.whole(tip.size - len(notes) + 1):
            mark = statements.called(connection, _APPEND_ALONE, values).fetchone()
        self.moved(tip if mark else None)
        return statements.Mark(*mark) if mark else None

    def values(self, connection: sa.Connection, notes: Sequence[Note]) -> tuple[Tip, dict[str, Any]]:
        """
        Give the values for `APPEND`, and where the chain stands afterwards: to be told to `moved`.

        Raises:
            StoreError: If the chain is not what this program left there.
        """
        if self._tip is None:
            self._tip = _tip(statements.called(connection, _HOLD).fetchone(), self._place)
        entries, tip = _follow(self._tip, notes)
        return tip, _values(self._tip, entries, notes, tip)

    def moved(self, tip: Tip | None) -> None:
        """Remember where the chain stands; None where it stands elsewhere than was thought."""
        self._tip = tip

    @contextlib.contextmanager
    def whole(self, seq: int) -> Generator[None]:
        """
        Say what it means where the chain takes no entry.

        Raises:
            StoreError: If somebody has put entries behind the end.
        """
        try:
            yield
        except exc.IntegrityError as error:
            if _about_deliveries(error):
                raise
            raise faults.damaged(self._place, f"record {seq}") from error


def _about_deliveries(error: exc.IntegrityError) -> bool:
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "table_name", "") == tables.deliveries.name


def _follow(tip: Tip, notes: Sequence[Note]) -> tuple[list[Entry], Tip]:
    entries: list[Entry] = []
    for one in notes:
        entry, tip = tip.follow(one.commitment, one.at)
        entries.append(entry)
    return entries, tip


def _values(before: Tip, entries: Sequence[Entry], notes: Sequence[Note], tip: Tip) -> dict[str, Any]:
    return {
        "expected": before.hash,
        "before": before.size,
        "known": b"".join(before.frontier.peaks),
        "stamps": "".join([entry.stamp for entry in entries]),
        "commitments": b"".join([entry.commitment for entry in entries]),
        "hashes": b"".join([before.hash, *[entry.hash for entry in entries]]),
        "salts": b"".join([one.sealed.salt for one in notes]),
        # As `statements.as_json` writes it, in a third of the time.
        "notes": f"[{','.join([_as_json(one) for one in notes])}]",
        **_where(tip),
    }


def _as_json(one: Note) -> str:
    return rf'{{"subject":{_text(one.subject)},"event":{_text(one.event)},"body":"\\x{one.sealed.body.hex()}"}}'


def _add(connection: sa.Connection, entries: Sequence[Entry], notes: Sequence[Note], tip: Tip) -> None:
    """Append in this process."""
    statements.called(
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
    statements.called(
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
    statements.called(connection, _MOVE, _where(tip))


def _where(tip: Tip) -> dict[str, Any]:
    """Give the values of the row that says where the chain stands."""
    return {"size": tip.size, "hash": tip.hash, "peaks": b"".join(tip.frontier.peaks)}


def tip(connection: sa.Connection, *, place: str) -> Tip:
    """
    Read where the chain stands.

    Raises:
        StoreError: If that is not what this program left there.
    """
    return _tip(connection.execute(_STANDS).one_or_none(), place)


def _tip(row: Any, place: str) -> Tip:
    try:
        size, last, peaks = int(row[0]), bytes(row[1]), bytes(row[2])
        roots = tuple(peaks[start : start + WIDTH] for start in range(0, len(peaks), WIDTH))
        if len(last) == WIDTH and len(peaks) == WIDTH * size.bit_count():
            return Tip(last, Frontier(size, roots))
    except (TypeError, ValueError):
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


_LAST = (
    "SELECT c.seq, c.at, c.previous, c.commitment, c.hash, b.subject, b.event, b.body, b.salt"
    " FROM civicsns_bodies b JOIN civicsns_chain c ON c.seq = b.seq"
    " WHERE b.subject = {{}} AND b.event IN ({events}) ORDER BY b.seq DESC LIMIT 1"
)


def last(engine: sa.Engine, subject: str, events: Collection[str], *, place: str) -> Record | None:
    """
    Read the newest record about *subject* of one of these events, whose body was not destroyed.

    Raises:
        StoreError: If it is not what the chain commits to.
    """
    statement = _LAST.format(events=", ".join(["{}"] * len(events)))
    for row in statements.glance(engine, statement, subject, *events):
        entry, sealed = _pair(row, place)
        if sealed is None or not holds(entry, sealed):
            raise faults.damaged(place, f"record {entry.seq}")
        return opened(sealed.body)
    return None


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

"""The store itself: the same on both databases."""

from __future__ import annotations

import contextlib
import hashlib
import os
import weakref
from datetime import UTC
from itertools import count
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from civicsns.errors import BadInput, StoreError
from civicsns.language import Bilingual
from civicsns.model import DeliveryState, Media, Secret
from civicsns.model.delivery import ENDED
from civicsns.store import require_following, require_successor
from civicsns.store.sql import codec, dialects, faults, opening, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from civicsns.model import Delivery, Fact, Record

T = TypeVar("T")
P = ParamSpec("P")

_deliveries = tables.deliveries.c
_records = tables.records.c
_facts = tables.facts.c
_READ = sa.select(
    _deliveries.id,
    _deliveries.draft,
    _deliveries.state,
    _deliveries.version,
    _deliveries.lane,
    _deliveries.follows,
    _deliveries.rendition,
    _deliveries.progress,
)
_before = tables.deliveries.alias("before")
#: A part of a thread, where the part that it answers has not ended.
_BEHIND = (
    sa.select(sa.literal(1)).where(_before.c.id == _deliveries.follows, _before.c.state.not_in(sorted(ENDED))).exists()
)
#: So many values in one statement, well below what either database takes.
_AT_ONCE = 200

#: Connections of the process that forked us. They are its own: they must be neither used nor closed here.
_left_behind: list[sa.Pool] = []
_stores: weakref.WeakSet[SqlStore] = weakref.WeakSet()


class SqlStore:
    """
    Deliveries and records in a database.

    Safe to use from several threads, from several processes, and after a fork.

    Args:
        address: A file's path, or the URL of a PostgreSQL database (`postgresql://user@host/database`); as a
            `Secret` where it holds a password. A file or the tables that are not there yet are made.
        patience: How long to wait for others who write, in seconds.

    Attributes:
        place: Which store this is, for messages; without a password.
        connections: How many connections were made.
        migrated_from: The version from which opening brought it up to date; None where there was nothing to do.

    Raises:
        ConfigurationError: If the address is wrong, the database is not civicsns's, or belongs to a later version.
        StoreError: If it is locked, full, read-only, damaged or out of reach.
    """

    def __init__(self, address: str | Path | Secret, *, patience: float = 30.0) -> None:
        revealed = address.reveal() if isinstance(address, Secret) else address
        self._dialect = dialects.dialect(revealed, patience=patience)
        self.place = self._dialect.place
        self._engine = self._dialect.engine()
        self._connections = count()
        self.connections = 0
        event.listen(self._engine, "connect", self._connected)
        self._writer = self._engine.execution_options(**{dialects.WRITES: True})
        # A file that somebody still holds is not read again; it is the same by its name.
        self._held: weakref.WeakValueDictionary[str, Media] = weakref.WeakValueDictionary()
        try:
            with self._speaking():
                self.migrated_from = opening.settle(self._engine, self._dialect)
        except BaseException:
            self._engine.dispose()
            raise
        _stores.add(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; the next call would connect again."""
        self._engine.dispose()

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record]) -> None:
        """
        Keep new deliveries and records, all or none.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If a delivery of that id is there already.
            StoreError: If the database is out of order; nothing was kept.
        """
        ids = [delivery.id for delivery in deliveries]
        _require_distinct(ids)
        rows = [_row(delivery) for delivery in deliveries]
        notes = [_note(record) for record in records]

        def work(connection: sa.Connection) -> None:
            for some in _parts(rows):
                connection.execute(sa.insert(tables.deliveries), some)
            self._attach(connection, deliveries)
            for some in _parts(notes):
                connection.execute(sa.insert(tables.records), some)

        def arrived(connection: sa.Connection) -> bool:
            return bool(ids) and self._stored(connection, ids[0]) is not None

        try:
            kept = self._write(work, arrived=arrived)
        except exc.IntegrityError as error:
            taken = self._taken(ids)
            if taken is not None:
                raise _there_already(taken) from None
            raise faults.fault(error, place=self.place) from error
        if kept is False:
            raise faults.lost(self.place)
        self._hold(medium for delivery in deliveries for medium in delivery.rendition.media)

    def get(self, delivery_id: str) -> Delivery:
        """
        Read one delivery.

        Raises:
            KeyError: If there is none of that id.
            StoreError: If the database is out of order.
        """
        with self._speaking(), self._engine.connect() as connection:
            row = connection.execute(_READ.where(_deliveries.id == delivery_id)).one_or_none()
            if row is None:
                raise KeyError(delivery_id)
            return self._delivery(connection, row)

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        """
        Put *new* in the place of *old* and keep *record*, unless *old* is no longer what is stored.

        Raises:
            BadInput: If a part cannot be kept.
            KeyError: If there is none of that id.
            ValueError: If *new* is not the next version of *old*.
            StoreError: If the database is out of order; nothing was kept.
        """
        require_successor(old, new)
        row = _row(new)
        if new.rendition is old.rendition:
            del row["rendition"]
        note = _note(record)
        stored_is_old = (_deliveries.id == old.id) & (_deliveries.version == old.version)

        def work(connection: sa.Connection) -> bool:
            if connection.execute(sa.update(tables.deliveries).where(stored_is_old).values(row)).rowcount != 1:
                if self._stored(connection, old.id) is None:
                    raise KeyError(old.id)
                return False
            if new.rendition.media != old.rendition.media:
                self._attach(connection, [new])
            connection.execute(sa.insert(tables.records), [note])
            return True

        def arrived(connection: sa.Connection) -> bool:
            # Where somebody has gone further already, theirs stands, and saying no is safe.
            return self._stored(connection, old.id) == new.version

        return self._write(work, arrived=arrived)

    def due(self, now: datetime, *, limit: int | None = None) -> Sequence[Delivery]:
        """
        List the deliveries with a step that is due, the longest overdue first, *limit* of them at most.

        A part of a thread is not due before the part that it answers has ended.

        Raises:
            StoreError: If the database is out of order.
        """
        waiting = (
            _READ.where(_deliveries.not_before <= now.astimezone(UTC), ~_BEHIND)
            .order_by(_deliveries.not_before, _deliveries.seq)
            .limit(limit)
        )
        with self._speaking(), self._engine.connect() as connection:
            rows = connection.execute(waiting).all()
            return [self._delivery(connection, row) for row in rows]

    def waiting(self) -> Sequence[Delivery]:
        """
        List what waits for a person, oldest first: unknown with no next step, or held.

        Raises:
            StoreError: If the database is out of order.
        """
        waiting = _READ.where(
            _deliveries.not_before.is_(None), _deliveries.state.in_([DeliveryState.UNKNOWN, DeliveryState.HELD])
        ).order_by(_deliveries.seq)
        with self._speaking(), self._engine.connect() as connection:
            rows = connection.execute(waiting).all()
            return [self._delivery(connection, row) for row in rows]

    def records(self, subject: str) -> Sequence[Record]:
        """
        List the records about *subject*, oldest first.

        Raises:
            StoreError: If the database is out of order.
        """
        about = (
            sa.select(_records.subject, _records.event, _records.by_whom, _records.facts)
            .where(_records.subject == subject)
            .order_by(_records.seq)
        )
        with self._speaking(), self._engine.connect() as connection:
            return [
                self._readable(
                    f"{subject}: {row.event}",
                    codec.record_from,
                    subject=row.subject,
                    event=row.event,
                    by=row.by_whom,
                    facts=row.facts,
                )
                for row in connection.execute(about)
            ]

    def facts(self, kind: str) -> Sequence[Fact]:
        """
        List what holds of that kind, in the order of the keys.

        Raises:
            StoreError: If the database is out of order.
        """
        of_kind = sa.select(tables.facts).where(_facts.kind == kind)
        with self._speaking(), self._engine.connect() as connection:
            rows = connection.execute(of_kind).all()
        found = [
            self._readable(
                f"{row.kind} {row.key}",
                codec.fact_from,
                kind=row.kind,
                key=row.key,
                version=row.version,
                value=row.value,
            )
            for row in rows
        ]
        # Not by the database, whose order depends on its language.
        return sorted(found, key=lambda fact: fact.key)

    def put(self, old: Fact | None, new: Fact | None, records: Sequence[Record] = ()) -> bool:
        """
        Put the fact *new* in the place of *old* and keep *records*, unless *old* is no longer what is stored.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If *new* is not what follows *old*, or both are None.
            StoreError: If the database is out of order; nothing was kept.
        """
        about = require_following(old, new)
        kind, key = _text(about.kind, "kind"), _text(about.key, "key")
        notes = [_note(record) for record in records]
        here = (_facts.kind == kind) & (_facts.key == key)
        row = None if new is None else {"version": new.version, "value": codec.value_bytes(new)}
        change: sa.sql.expression.Executable
        if old is None:
            missing = self._dialect.insert_missing(tables.facts, [{"kind": kind, "key": key, **(row or {})}])
            change = missing.returning(_facts.key)
        else:
            # One that was taken away and put back may have the number of an earlier one.
            stored_is_old = here & (_facts.version == old.version) & (_facts.value == codec.value_bytes(old))
            change = (
                sa.delete(tables.facts).where(stored_is_old).returning(_facts.key)
                if row is None
                else sa.update(tables.facts).where(stored_is_old).values(row).returning(_facts.key)
            )

        def work(connection: sa.Connection) -> bool:
            if connection.execute(change).one_or_none() is None:
                return False
            for some in _parts(notes):
                connection.execute(sa.insert(tables.records), some)
            return True

        def arrived(connection: sa.Connection) -> bool:
            stored = connection.execute(sa.select(_facts.version, _facts.value).where(here)).one_or_none()
            return (None if stored is None else {"version": stored.version, "value": stored.value}) == row

        return self._write(work, arrived=arrived)

    def newest(self) -> tuple[int, datetime | None]:
        """
        Give the number of the newest record, which only ever grows, and its time; 0 and None where there is none.

        Raises:
            StoreError: If the database is out of order.
        """
        last = sa.select(_records.seq, _records.at).order_by(_records.seq.desc()).limit(1)
        with self._speaking(), self._engine.connect() as connection:
            row = connection.execute(last).one_or_none()
        # SQLite gives times without their zone.
        return (row.seq, row.at.replace(tzinfo=row.at.tzinfo or UTC)) if row else (0, None)

    def intents(self, ids: Sequence[str]) -> Mapping[str, tuple[int, datetime | None]]:
        """
        Give the version of each delivery, and when its last attempt was begun; what is not there is left out.

        Raises:
            StoreError: If the database is out of order.
        """
        found: dict[str, tuple[int, datetime | None]] = {}
        with self._speaking(), self._engine.connect() as connection:
            for some in _parts(ids):
                wanted = sa.select(_deliveries.id, _deliveries.version, _deliveries.progress)
                for row in connection.execute(wanted.where(_deliveries.id.in_(some))):
                    found[row.id] = (row.version, self._readable(row.id, codec.intent_from, row.progress))
        return found

    def unended(self) -> Sequence[Delivery]:
        """
        List the deliveries that have not ended, oldest first.

        Raises:
            StoreError: If the database is out of order.
        """
        open_ = _READ.where(_deliveries.state.not_in(sorted(ENDED))).order_by(_deliveries.seq)
        with self._speaking(), self._engine.connect() as connection:
            rows = connection.execute(open_).all()
            return [self._delivery(connection, row) for row in rows]

    def _connected(self, *_: object) -> None:
        # Counting by one step, so that two threads that connect at once are two.
        self.connections = next(self._connections) + 1

    def _speaking(self) -> contextlib.AbstractContextManager[None]:
        return _speaking(self.place)

    def _write(self, work: Callable[[sa.Connection], T], *, arrived: Callable[[sa.Connection], bool]) -> T | bool:
        """
        Do *work* in one transaction.

        Where the connection is lost while the end of the transaction is under way, nobody has told us whether it
        was kept; then *arrived* looks, on another connection.
        """
        ending = False
        try:
            with self._dialect.turn(), self._writer.connect() as connection, connection.begin():
                done = work(connection)
                ending = True
        except exc.IntegrityError:
            raise
        except exc.SQLAlchemyError as error:
            lost = ending and isinstance(error, exc.DBAPIError) and error.connection_invalidated
            if lost:
                with contextlib.suppress(exc.SQLAlchemyError), self._engine.connect() as connection:
                    return arrived(connection)
            raise faults.fault(error, place=self.place) from error
        return done

    def _stored(self, connection: sa.Connection, delivery_id: str) -> int | None:
        return connection.scalar(sa.select(_deliveries.version).where(_deliveries.id == delivery_id))

    def _taken(self, ids: Sequence[str]) -> str | None:
        with self._speaking(), self._engine.connect() as connection:
            for some in _parts(ids):
                found: str | None = connection.scalar(
                    sa.select(_deliveries.id).where(_deliveries.id.in_(some)).limit(1)
                )
                if found is not None:
                    return found
        return None

    def _attach(self, connection: sa.Connection, deliveries: Iterable[Delivery]) -> None:
        """Keep the files of *deliveries*, each file once."""
        wanted = [(delivery.id, medium) for delivery in deliveries for medium in delivery.rendition.media]
        if not wanted:
            return
        files = {medium.digest: medium.content for _, medium in wanted}
        there = set(connection.scalars(sa.select(tables.media.c.digest).where(tables.media.c.digest.in_(list(files)))))
        # In one order everywhere, so that two who keep the same files do not wait for each other in a circle.
        for digest in sorted(files.keys() - there):
            row = {"digest": digest, "content": files[digest]}
            connection.execute(self._dialect.insert_missing(tables.media, [row]))
        links = [{"delivery": of, "digest": digest} for of, digest in sorted({(of, one.digest) for of, one in wanted})]
        for some in _parts(links):
            connection.execute(self._dialect.insert_missing(tables.attachments, some))

    def _delivery(self, connection: sa.Connection, row: Any) -> Delivery:
        rendition = self._readable(
            row.id, codec.rendition_from, row.rendition, lambda digest: self._content(connection, digest), key=row.id
        )
        self._hold(rendition.media)
        return self._readable(
            row.id,
            codec.delivery_from,
            id=row.id,
            draft=row.draft,
            state=row.state,
            version=row.version,
            lane=row.lane,
            follows=row.follows,
            rendition=rendition,
            progress=row.progress,
        )

    def _content(self, connection: sa.Connection, digest: str) -> bytes:
        held = self._held.get(digest)
        if held is not None:
            return held.content
        content = connection.scalar(sa.select(tables.media.c.content).where(tables.media.c.digest == digest))
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise faults.damaged(self.place, digest)
        return bytes(content)

    def _hold(self, media: Iterable[Media]) -> None:
        for medium in media:
            self._held[medium.digest] = medium

    def _readable(self, part: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except StoreError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise faults.damaged(self.place, part) from error

    def _leave_behind(self) -> None:
        """Start anew in a process that was forked from ours, with connections of its own."""
        _left_behind.append(self._engine.pool)
        self._engine.dispose(close=False)
        self._dialect.forked()


@contextlib.contextmanager
def _speaking(place: str) -> Generator[None]:
    """Say in plain words what the database's errors mean."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise faults.fault(error, place=place) from error


def _row(delivery: Delivery) -> dict[str, Any]:
    not_before = delivery.not_before
    return {
        "id": _text(delivery.id, "id"),
        "draft": _text(delivery.draft, "draft"),
        "platform": _text(delivery.rendition.platform, "platform"),
        "account": _text(delivery.rendition.account, "account"),
        "state": delivery.state.value,
        "version": delivery.version,
        "lane": delivery.lane.value,
        "not_before": None if not_before is None else not_before.astimezone(UTC),
        "follows": None if delivery.follows is None else _text(delivery.follows, "follows"),
        "rendition": codec.rendition_bytes(delivery.rendition),
        "progress": codec.progress_bytes(delivery),
    }


def _note(record: Record) -> dict[str, Any]:
    return {
        "at": record.at.astimezone(UTC),
        "subject": _text(record.subject, "subject"),
        "event": _text(record.event, "event"),
        "by_whom": _text(record.by, "by"),
        "facts": codec.facts_bytes(record),
    }


def _text(value: str, place: str) -> str:
    """Refuse what neither database takes as text: U+0000, and halves of surrogate pairs."""
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise BadInput(
            Bilingual(
                "使えない文字（U+0000 など）が入っています。",
                "There is a character in it that is none (such as U+0000).",
            ),
            mend=Bilingual("その文字を除いてください。", "Leave it out."),
            place=place,
        )
    return value


def _require_distinct(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise _there_already(one)
        seen.add(one)


def _there_already(delivery_id: str) -> ValueError:
    return ValueError(f"There is a delivery {delivery_id} already.")


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _after_fork() -> None:
    for store in list(_stores):
        store._leave_behind()  # noqa: SLF001 -- one of this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

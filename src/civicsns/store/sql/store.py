"""The store itself: the same on both databases."""

from __future__ import annotations

import contextlib
import os
import weakref
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from civicsns.errors import StoreError
from civicsns.model import DeliveryState, Secret
from civicsns.model.delivery import ENDED
from civicsns.store import require_apart, require_reseal, require_successor
from civicsns.store.sql import chaining, codec, dialects, examining, faults, lanes, likes, opening, rows, safe, tables
from civicsns.store.sql.chaining import Chain
from civicsns.store.sql.exchanging import Exchange, StaleError
from civicsns.store.sql.files import Files, NotHeldError
from civicsns.store.sql.steps import Addition, Step
from civicsns.store.sql.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from civicsns.model import Delivery, Fact, Marks, Record, SealedCredential
    from civicsns.model.condition import Condition
    from civicsns.records.chain import Entry, Sealed, Tip
    from civicsns.store.sql.files import Content

T = TypeVar("T")
P = ParamSpec("P")

_deliveries = tables.deliveries.c
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
# Statements that every delivery needs.
_READ_ONE = (
    "SELECT id, draft, state, version, lane, follows, rendition, progress FROM civicsns_deliveries WHERE id = {}"
)
_READ_FACTS = "SELECT kind, key, version, value FROM civicsns_facts WHERE kind = {}"
_READ_FACT = f"{_READ_FACTS} AND key = {{}}"

#: Connections of the process that forked us. They are its own: they must be neither used nor closed here.
_left_behind: list[sa.Pool | sa.Connection] = []
_stores: weakref.WeakSet[SqlStore] = weakref.WeakSet()


class _Row(NamedTuple):
    """A row of a delivery."""

    id: str
    draft: str
    state: str
    version: int
    lane: str
    follows: str | None
    rendition: bytes
    progress: bytes


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
        self._connections = count(1)
        self.connections = 0
        event.listen(self._engine, "connect", self._connected)
        self._writer = Writer(self._engine, self._dialect, patience=patience, chain=Chain(self.place))
        self._files = Files(self._dialect)
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

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None) -> None:
        """
        Keep new deliveries and records, all or none.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If a delivery of that id is there already.
            StoreError: If the database is out of order; nothing was kept.
        """
        ids = [delivery.id for delivery in deliveries]
        _require_distinct(ids)
        at = max((record.at for record in records), default=None)
        made = [rows.row(delivery, at=at) for delivery in deliveries]
        notes = [rows.note(record) for record in records]
        addition = Addition(
            deliveries=deliveries,
            made=made,
            likenesses=likes.rows(deliveries, marks) if marks else [],
            marks=marks,
            files=self._files,
        )
        try:
            self._writer.write(addition, notes)
        except exc.IntegrityError as error:
            taken = self._taken(ids)
            if taken is not None:
                raise _there_already(taken) from None
            raise faults.fault(error, place=self.place) from error
        self._files.hold(medium for delivery in deliveries for medium in delivery.rendition.media)

    def get(self, delivery_id: str) -> Delivery:
        """
        Read one delivery.

        Raises:
            KeyError: If there is none of that id.
            StoreError: If the database is out of order.
        """
        with self._speaking():
            found = dialects.glance(self._engine, _READ_ONE, delivery_id)
        if not found:
            raise KeyError(delivery_id)
        try:
            return self._delivery(_Row(*found[0]), self._files.held)
        except NotHeldError:
            # Its files are read as of the same moment.
            with self._speaking(), self._engine.connect() as connection:
                row = connection.execute(_READ.where(_deliveries.id == delivery_id)).one()
                return self._delivery(row, partial(self._files.content, connection))

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        """
        Put *new* in the place of *old* and keep *record*, unless *old* is no longer what is stored.

        Raises:
            BadInput: If a part cannot be kept.
            KeyError: If there is none of that id.
            ValueError: If *new* is not the next version of *old*.
            StoreError: If the database is out of order; nothing was kept.
        """
        return self._step(old, new, record)

    def replace_unless(self, kind: str, old: Delivery, new: Delivery, record: Record) -> bool:
        """
        Do as `replace` does, unless there is a fact of that kind as it is done.

        Raises:
            BadInput: If a part cannot be kept.
            KeyError: If there is no delivery of that id.
            ValueError: If *new* is not the next version of *old*.
            StoreError: If the database is out of order; nothing was kept.
        """
        return self._step(old, new, record, unless=kind)

    def _step(self, old: Delivery, new: Delivery, record: Record, *, unless: str | None = None) -> bool:
        require_successor(old, new)
        step = Step(
            id=old.id,
            version=old.version,
            changes=rows.row(new, at=record.at, since=old),
            attached=new if new.rendition.media != old.rendition.media else None,
            files=self._files,
            unless=unless,
        )
        return self._writer.write(step, [rows.note(record)])

    def due(self, now: datetime, *, limit: int | None = None, platform: str | None = None) -> Sequence[Delivery]:
        """
        List the deliveries with a step that is due: emergencies first, then every account in turn; see `Store.due`.

        A part of a thread is not due before the part that it answers has ended.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking(), self._engine.connect() as connection:
            order = lanes.due(connection, now.astimezone(UTC), limit=limit, platform=platform)
            found = {
                row.seq: row
                for some in rows.parts(order)
                for row in connection.execute(_READ.add_columns(_deliveries.seq).where(_deliveries.seq.in_(some)))
            }
            return [
                self._delivery(found[seq], partial(self._files.content, connection)) for seq in order if seq in found
            ]

    def of_draft(self, draft: str) -> Sequence[Delivery]:
        """
        List the deliveries of the draft with that digest, in the order in which they were added.

        Raises:
            StoreError: If the database is out of order.
        """
        of_it = _READ.where(_deliveries.draft == draft).order_by(_deliveries.seq)
        with self._speaking(), self._engine.connect() as connection:
            found = connection.execute(of_it).all()
            return [self._delivery(row, partial(self._files.content, connection)) for row in found]

    def failed(self, *, limit: int) -> Sequence[Delivery]:
        """
        List what has failed, what was added last first, *limit* of them at most.

        Raises:
            StoreError: If the database is out of order.
        """
        newest = _READ.where(_deliveries.state == DeliveryState.FAILED).order_by(_deliveries.seq.desc()).limit(limit)
        with self._speaking(), self._engine.connect() as connection:
            found = connection.execute(newest).all()
            return [self._delivery(row, partial(self._files.content, connection)) for row in found]

    def scheduled(self, account_id: str, *, after: datetime) -> Sequence[Delivery]:
        """
        List what the network publishes under an account by itself, later than *after*, in the order of adding.

        Raises:
            StoreError: If the database is out of order.
        """
        # Asked once in the life of an account, so that all of its posts may be looked at.
        out = _READ.where(_deliveries.account == account_id, _deliveries.state == DeliveryState.DELIVERED)
        with self._speaking(), self._engine.connect() as connection:
            found = connection.execute(out.order_by(_deliveries.seq)).all()
            read = [self._delivery(row, partial(self._files.content, connection)) for row in found]
            return [one for one in read if one.shows_after(after)]

    def waiting(self) -> Sequence[Delivery]:
        """
        List what waits for a person, oldest first: unknown with no next step, or held.

        Raises:
            StoreError: If the database is out of order.
        """
        undecided = (_deliveries.state == DeliveryState.UNKNOWN) & _deliveries.not_before.is_(None)
        waiting = _READ.where(undecided | (_deliveries.state == DeliveryState.HELD)).order_by(_deliveries.seq)
        with self._speaking(), self._engine.connect() as connection:
            found = connection.execute(waiting).all()
            return [self._delivery(row, partial(self._files.content, connection)) for row in found]

    def alike(
        self, platform: str, marks: Collection[int], *, since: datetime, apart_from: Collection[str], limit: int
    ) -> Sequence[Delivery]:
        """
        List deliveries of other accounts that share a mark; see `Store.alike`.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking(), self._engine.connect() as connection:
            order = likes.alike(connection, platform, marks, since=since, apart_from=apart_from, limit=limit)
            found = {row.id: row for row in connection.execute(_READ.where(_deliveries.id.in_(order)))}
            return [
                self._delivery(found[one], partial(self._files.content, connection)) for one in order if one in found
            ]

    def records(self, subject: str) -> Sequence[Record]:
        """
        List the records about *subject* whose bodies were not destroyed, oldest first.

        Raises:
            StoreError: If the database is out of order, or a record is not what the chain commits to.
        """
        return [record for _, record in self.about(subject)]

    def tip(self) -> Tip:
        """
        Tell where the chain of records stands.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking(), self._engine.connect() as connection:
            return chaining.tip(connection, place=self.place)

    def chain(self, *, after: int = 0) -> Iterator[tuple[Entry, Sealed | None]]:
        """
        Read the chain of records from the entry that follows *after* on, as it stands at one moment.

        Raises:
            StoreError: If the database is out of order, or a row cannot be read.
        """
        with self._speaking(), self._engine.connect() as connection:
            yield from chaining.pairs(connection, after=after, place=self.place)

    def destroy(self, seqs: Collection[int], destroyed: Record) -> None:
        """
        Take away the bodies of the entries *seqs* and keep the record *destroyed* of that, both or neither.

        Raises:
            ValueError: If one of them has no body, or is itself the record of a destruction.
            StoreError: If the database is out of order; nothing was destroyed.
        """
        note = rows.note(destroyed)
        numbers = sorted(set(seqs))

        def work(connection: sa.Connection) -> bool:
            chaining.take(connection, numbers)
            return True

        self._writer.write(work, [note])
        with contextlib.suppress(exc.SQLAlchemyError):
            self._dialect.erase(self._engine, tables.bodies)

    def about(self, subject: str) -> Sequence[tuple[Entry, Record]]:
        """
        List the records about *subject* whose bodies were not destroyed, with their entries, oldest first.

        Raises:
            StoreError: If the database is out of order, or a record is not what the chain commits to.
        """
        with self._speaking(), self._engine.connect() as connection:
            return chaining.about(connection, subject, place=self.place)

    def collect(self, before: datetime) -> int:
        """
        Let go of the files that no delivery needs which is under way, or has ended at *before* or later.

        Returns:
            How many files there are less.

        Raises:
            StoreError: If the database is out of order; what was let go until then is gone.
        """
        gone = 0
        while count := self._files.collect(self._writer, before):
            gone += count
        if gone:
            with contextlib.suppress(exc.SQLAlchemyError):
                self._dialect.erase(self._engine, tables.media)
        return gone

    def facts(self, kind: str) -> Sequence[Fact]:
        """
        List what holds of that kind, in the order of the keys.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking():
            found = dialects.glance(self._engine, _READ_FACTS, kind)
        facts = [
            self._readable(f"{of} {key}", codec.fact_from, kind=of, key=key, version=version, value=value)
            for of, key, version, value in found
        ]
        # Not by the database, whose order depends on its language.
        return sorted(facts, key=lambda fact: fact.key)

    def fact(self, kind: str, key: str) -> Fact | None:
        """
        Read one fact; None where there is none.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking():
            found = dialects.glance(self._engine, _READ_FACT, kind, key)
        for of, about, version, value in found:
            return self._readable(f"{of} {about}", codec.fact_from, kind=of, key=about, version=version, value=value)
        return None

    def put(self, old: Fact | None, new: Fact | None, records: Sequence[Record] = ()) -> bool:
        """
        Put the fact *new* in the place of *old* and keep *records*, unless *old* is no longer what is stored.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If *new* is not what follows *old*, or both are None.
            StoreError: If the database is out of order; nothing was kept.
        """
        return self.put_all([(old, new)], records)

    def put_all(self, changes: Sequence[tuple[Fact | None, Fact | None]], records: Sequence[Record] = ()) -> bool:
        """
        Put several facts in the places of others, as `put` does one, and keep *records*: all or nothing.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If one does not follow the other, or a fact is there twice.
            StoreError: If the database is out of order; nothing was kept.
        """
        require_apart(changes)
        exchange = Exchange.of(changes, self._dialect)
        try:
            return self._writer.write(exchange, [rows.note(record) for record in records])
        except StaleError:
            return False

    def sealed(self, account_id: str) -> SealedCredential | None:
        """
        Read the sealed credential of an account; None where there is none.

        Raises:
            StoreError: If the database is out of order, or it cannot be read.
        """
        with self._speaking():
            found = dialects.glance(self._engine, safe.READ, account_id)
        return self._readable(f"credential {account_id}", safe.read, safe.Row(*found[0])) if found else None

    def all_sealed(self) -> Sequence[SealedCredential]:
        """
        List the sealed credentials, in the order of the accounts' ids.

        Raises:
            StoreError: If the database is out of order, or one cannot be read.
        """
        with self._speaking():
            found = dialects.glance(self._engine, safe.READ_ALL)
        # Not by the database, whose order depends on its language.
        return sorted(
            (self._readable(f"credential {row[0]}", safe.read, safe.Row(*row)) for row in found),
            key=lambda one: one.held.account,
        )

    def reseal(
        self,
        old: SealedCredential | None,
        new: SealedCredential | None,
        *,
        changes: Sequence[tuple[Fact | None, Fact | None]] = (),
        records: Sequence[Record] = (),
    ) -> bool:
        """
        Put *new* in the place of *old*, and facts with it, unless one of them is no longer what is stored.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If *new* is not what follows *old*, or both are None.
            StoreError: If the database is out of order; nothing was kept.
        """
        require_reseal(old, new)
        require_apart(changes)
        work = safe.Reseal(
            stored=safe.row(old) if old else None,
            becomes=safe.row(new) if new else None,
            exchange=Exchange.of(changes, self._dialect) if changes else None,
        )
        try:
            done = self._writer.write(work, [rows.note(record) for record in records])
        except StaleError:
            return False
        if done and new is None:
            with contextlib.suppress(exc.SQLAlchemyError):
                self._dialect.erase(self._engine, tables.credentials)
        return done

    def last(self, subject: str, events: Collection[str]) -> Mapping[str, str] | None:
        """
        Read the facts of the newest record about *subject* of one of these events, as the chain commits to it.

        Raises:
            StoreError: If the database is out of order, or the record is not what the chain commits to.
        """
        with self._speaking():
            record = chaining.last(self._engine, subject, events, place=self.place)
        return record.facts if record else None

    @contextlib.contextmanager
    def exclusively(self, name: str, *, patience: float) -> Generator[None]:
        """
        Keep every other process and thread out of what goes by *name*, in a `with` statement.

        Raises:
            StoreError: If it was not one's turn in time, or the database is out of order.
        """
        with contextlib.ExitStack() as held:
            try:
                with self._speaking():
                    mine = held.enter_context(self._dialect.exclusively(name, patience=patience))
            except OSError as error:
                # The folder beside the file cannot be written to.
                raise faults.read_only(self.place) from error
            if not mine:
                raise faults.engaged(self.place)
            yield

    def newest(self) -> tuple[int, datetime | None]:
        """
        Give the number of the newest record, which only ever grows, and its time; 0 and None where there is none.

        Raises:
            StoreError: If the database is out of order.
        """
        last = sa.select(tables.chain.c.seq, tables.chain.c.at).order_by(tables.chain.c.seq.desc()).limit(1)
        with self._speaking(), self._engine.connect() as connection:
            row = connection.execute(last).one_or_none()
        return (row.seq, datetime.fromisoformat(row.at)) if row else (0, None)

    def intents(self, ids: Sequence[str]) -> Mapping[str, tuple[int, datetime | None]]:
        """
        Give the version of each delivery, and when its last attempt was begun; what is not there is left out.

        Raises:
            StoreError: If the database is out of order.
        """
        found: dict[str, tuple[int, datetime | None]] = {}
        with self._speaking(), self._engine.connect() as connection:
            for some in rows.parts(ids):
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
            content = partial(self._files.content, connection)
            return [self._delivery(row, content) for row in connection.execute(open_).all()]

    def condition(self) -> Condition:
        """
        Examine the database itself.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking():
            return examining.condition(self._engine, self.place)

    def time(self) -> datetime | None:
        """
        Read the database's clock; None where it is this machine's.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking():
            return examining.clock(self._engine)

    def _connected(self, *_: object) -> None:
        # Counting by one step, so that two threads that connect at once are two.
        self.connections = next(self._connections)

    def _speaking(self) -> contextlib.AbstractContextManager[None]:
        return _speaking(self.place)

    def _taken(self, ids: Sequence[str]) -> str | None:
        with self._speaking(), self._engine.connect() as connection:
            for some in rows.parts(ids):
                found: str | None = connection.scalar(
                    sa.select(_deliveries.id).where(_deliveries.id.in_(some)).limit(1)
                )
                if found is not None:
                    return found
        return None

    def _delivery(self, row: Any, content: Content) -> Delivery:
        # What has ended is not sent any more, so its files may have been let go.
        rendition = self._readable(
            row.id, codec.rendition_from, row.rendition, partial(content, needed=row.state not in ENDED), key=row.id
        )
        self._files.hold(rendition.media)
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
        _left_behind.extend(self._writer.forked())


@contextlib.contextmanager
def _speaking(place: str) -> Generator[None]:
    """Say in plain words what the database's errors mean."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise faults.fault(error, place=place) from error


def _require_distinct(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise _there_already(one)
        seen.add(one)


def _there_already(delivery_id: str) -> ValueError:
    return ValueError(f"There is a delivery {delivery_id} already.")


def _after_fork() -> None:
    for store in list(_stores):
        store._leave_behind()  # noqa: SLF001 -- one of this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

"""Deliveries in a database: added, taken step by step, and found."""

from __future__ import annotations

import contextlib
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from civicsns.model import DeliveryState
from civicsns.model.delivery import ENDED
from civicsns.store import require_successor
from civicsns.store.sql import codec, faults, lanes, likes, rows, statements, tables
from civicsns.store.sql.database import Database
from civicsns.store.sql.files import NotHeldError
from civicsns.store.sql.steps import Addition, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from civicsns.model import Delivery, Marks, Record
    from civicsns.store.sql.files import Content

_deliveries = tables.deliveries.c
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


class Deliveries(Database):
    """What a store does with deliveries."""

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None) -> None:
        """
        Keep new deliveries and records, all or none.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If a delivery of that id is there already.
            StoreError: If the database is out of order; nothing was kept.
        """
        self._add(deliveries, records, marks)

    def add_unless(
        self, kind: str, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None
    ) -> bool:
        """
        Do as `add` does, unless there is a fact of that kind as it is done.

        Raises:
            BadInput: If a part cannot be kept.
            ValueError: If a delivery of that id is there already.
            StoreError: If the database is out of order; nothing was kept.
        """
        return self._add(deliveries, records, marks, unless=kind)

    def _add(
        self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None, unless: str | None = None
    ) -> bool:
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
            unless=unless,
        )
        try:
            added = self._writer.write(addition, notes)
        except exc.IntegrityError as error:
            taken = self._taken(ids)
            if taken is not None:
                raise _there_already(taken) from None
            raise faults.fault(error, place=self.place) from error
        if added:
            self._files.hold(medium for delivery in deliveries for medium in delivery.rendition.media)
        return added

    def get(self, delivery_id: str) -> Delivery:
        """
        Read one delivery.

        Raises:
            KeyError: If there is none of that id.
            StoreError: If the database is out of order.
        """
        with self._speaking():
            found = statements.glance(self._engine, _READ_ONE, delivery_id)
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

    def scheduled(self, account_id: str, *, after: datetime) -> Sequence[Delivery]:
        """
        List what the network publishes under an account by itself, later than *after*, in the order of adding.

        Raises:
            StoreError: If the database is out of order.
        """
        out = _READ.where(_deliveries.account == account_id, _deliveries.state == DeliveryState.DELIVERED)
        with self._speaking(), self._engine.connect() as connection:
            found = connection.execute(out.order_by(_deliveries.seq)).all()
            read = [self._delivery(row, partial(self._files.content, connection)) for row in found]
            return [one for one in read if one.shows_after(after)]

    def of_account(self, account: str, *, since: datetime) -> Sequence[Delivery]:
        """
        List the deliveries of an account of which something may be out since *since*; see `Store.of_account`.

        Raises:
            StoreError: If the database is out of order.
        """
        state = _deliveries.state
        under_way = state.in_([DeliveryState.SENDING, DeliveryState.UNKNOWN])
        out = (state == DeliveryState.DELIVERED) & (_deliveries.ended_at >= since.astimezone(UTC))
        of_it = _READ.where(_deliveries.account == account, under_way | out).order_by(_deliveries.seq)
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
            if not order:
                # Most texts are like no other.
                return []
            found = {row.id: row for row in connection.execute(_READ.where(_deliveries.id.in_(order)))}
            return [
                self._delivery(found[one], partial(self._files.content, connection)) for one in order if one in found
            ]

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


def _require_distinct(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise _there_already(one)
        seen.add(one)


def _there_already(delivery_id: str) -> ValueError:
    return ValueError(f"There is a delivery {delivery_id} already.")

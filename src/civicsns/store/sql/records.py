"""Records in a database: read, and destroyed when their time is over; `civicsns.store.sql.chaining` appends them."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import exc

from civicsns.store.sql import chaining, rows, tables
from civicsns.store.sql.database import Database

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from civicsns.model import Record
    from civicsns.records.chain import Entry, Sealed, Tip


class Records(Database):
    """What a store does with records."""

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

    def last(self, subject: str, events: Collection[str]) -> Mapping[str, str] | None:
        """
        Read the facts of the newest record about *subject* of one of these events, as the chain commits to it.

        Raises:
            StoreError: If the database is out of order, or the record is not what the chain commits to.
        """
        with self._speaking():
            record = chaining.last(self._engine, subject, events, place=self.place)
        return record.facts if record else None

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

"""Facts in a database, each put in the place of what was read; and turns that one process has at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from civicsns.store import require_apart
from civicsns.store.sql import codec, faults, rows, statements
from civicsns.store.sql.database import Database
from civicsns.store.sql.exchanging import Exchange, StaleError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from civicsns.model import Fact, Record

_READ_FACTS = "SELECT kind, key, version, value FROM civicsns_facts WHERE kind = {}"
_READ_FACT = f"{_READ_FACTS} AND key = {{}}"


class Facts(Database):
    """What a store does with facts."""

    def facts(self, kind: str) -> Sequence[Fact]:
        """
        List what holds of that kind, in the order of the keys.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking():
            found = statements.glance(self._engine, _READ_FACTS, kind)
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
            found = statements.glance(self._engine, _READ_FACT, kind, key)
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

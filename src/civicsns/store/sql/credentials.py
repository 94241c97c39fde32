"""Sealed credentials in a database; `civicsns.store.sql.safe` gives their rows."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import exc

from civicsns.store import require_apart, require_reseal
from civicsns.store.sql import rows, safe, statements, tables
from civicsns.store.sql.database import Database
from civicsns.store.sql.exchanging import Exchange, StaleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.model import Fact, Record, SealedCredential


class Credentials(Database):
    """What a store does with sealed credentials."""

    def sealed(self, account_id: str) -> SealedCredential | None:
        """
        Read the sealed credential of an account; None where there is none.

        Raises:
            StoreError: If the database is out of order, or it cannot be read.
        """
        with self._speaking():
            found = statements.glance(self._engine, safe.READ, account_id)
        return self._readable(f"credential {account_id}", safe.read, safe.Row(*found[0])) if found else None

    def all_sealed(self) -> Sequence[SealedCredential]:
        """
        List the sealed credentials, in the order of the accounts' ids.

        Raises:
            StoreError: If the database is out of order, or one cannot be read.
        """
        with self._speaking():
            found = statements.glance(self._engine, safe.READ_ALL)
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

"""
Where SQLite and PostgreSQL differ: connecting, taking turns at writing, and the lock for migrations.

All else is one code path.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy import exc

from civicsns.language import Bilingual
from civicsns.store.sql import faults
from civicsns.store.sql.postgresql import Postgres
from civicsns.store.sql.sqlite import Sqlite

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Sequence

    from civicsns.store.sql.statements import Mark


class Dialect(Protocol):
    """One kind of database."""

    @property
    def place(self) -> str:
        """Which store, for messages; without a password."""
        ...

    @property
    def shared(self) -> bool:
        """Whether other programs may have tables of their own in the same database."""
        ...

    def engine(self) -> sa.Engine:
        """Make an engine; nothing is connected yet."""
        ...

    def mark(self, connection: sa.Connection) -> Mark:
        """Mark the transaction that is under way, as the last thing before it ends."""
        ...

    def ended(self, connection: sa.Connection, mark: str | None) -> str | None:
        """Say how the transaction of that name ended: committed, aborted, in progress, or None: nobody knows."""
        ...

    def lock_schema(self, connection: sa.Connection) -> None:
        """Keep everybody else from migrating until the transaction ends."""
        ...

    def writable(self, connection: sa.Connection) -> bool:
        """Whether the database takes changes."""
        ...

    def insert_missing(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> sa.Insert:
        """Insert the rows whose keys are not there yet."""
        ...

    def erase(self, engine: sa.Engine, table: sa.Table) -> None:
        """Let go of what was deleted from *table*, as far as the database can."""
        ...

    def exclusively(self, name: str, *, patience: float) -> contextlib.AbstractContextManager[bool]:
        """Keep everybody else out of *name*, in a `with` statement; False where one's turn did not come in time."""
        ...


def dialect(address: str | Path, *, patience: float) -> Dialect:
    """
    Recognise what *address* means.

    Args:
        address: A file's path, or the URL of a PostgreSQL database.
        patience: How long to wait for others, in seconds.

    Raises:
        ConfigurationError: If it is neither, or the package for PostgreSQL is missing.
    """
    if isinstance(address, Path) or "://" not in address:
        return Sqlite(Path(address), patience=patience)
    try:
        url = sa.make_url(address)
    except (exc.ArgumentError, ValueError):
        # Not chained: the error may quote the address, password and all.
        url = None
    if url is None:
        raise faults.wrong_address(Bilingual("URL として読めません。", "It cannot be read as a URL."))
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and url.database and url.database != ":memory:":
        return Sqlite(Path(url.database), patience=patience)
    if kind not in {"postgresql", "postgres"}:
        raise faults.wrong_address(
            Bilingual("使えるのは SQLite のファイルと PostgreSQL です。", "It takes a file for SQLite, or PostgreSQL.")
        )
    if find_spec("psycopg") is None:
        raise faults.no_driver("psycopg")
    return Postgres(url, patience=patience)

"""SQLite: one file, and transactions that are begun before they read."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import sqlite

from civicsns.store.sql.statements import WRITES, Mark, called

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

_VERSION = "SELECT version_num FROM civicsns_version"
#: How long to wait before asking again for one's turn, in seconds.
_LOOK_AGAIN = 0.01


class Sqlite:
    """
    One file. Writers take turns; whoever reads waits for nobody (write-ahead log).

    Every transaction is on the disk before its end is reported (`synchronous=FULL`).
    """

    shared = False

    def __init__(self, path: Path, *, patience: float) -> None:
        self.place = str(path)
        self._path = path
        self._patience = patience

    def engine(self) -> sa.Engine:
        """Make an engine; the file is made on the first connection, readable by its owner alone."""
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(self._path)),
            connect_args={"timeout": self._patience, "check_same_thread": False},
            pool_timeout=self._patience,
            hide_parameters=True,
        )
        event.listen(engine, "do_connect", self._private)
        event.listen(engine, "connect", self._set_up)
        event.listen(engine, "begin", _begin)
        return engine

    def mark(self, connection: sa.Connection) -> Mark:
        """Give no name: the database is in this process, and there is no connection to lose."""
        found = called(connection, _VERSION).fetchone()
        return Mark(None, found[0] if found else None)

    def ended(self, connection: sa.Connection, mark: str | None) -> None:
        """Say nothing, for the same reason."""

    def lock_schema(self, connection: sa.Connection) -> None:
        """Do nothing: the transaction began with BEGIN IMMEDIATE, and only one such runs at a time."""

    def writable(self, connection: sa.Connection) -> bool:  # noqa: ARG002 -- as the protocol has it
        """Whether the file takes changes: BEGIN IMMEDIATE has failed where it does not."""
        return True

    def insert_missing(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> sa.Insert:
        """Insert the rows whose keys are not there yet."""
        return sqlite.insert(table).values(list(rows)).on_conflict_do_nothing()

    def erase(self, engine: sa.Engine, table: sa.Table) -> None:  # noqa: ARG002 -- as the protocol has it
        """Move the log into the file, where what was deleted is overwritten with zeros already."""
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Not while somebody reads an older state, and not worth waiting for: the log is emptied later, too.
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(self._patience * 1000)}")

    @contextlib.contextmanager
    def exclusively(self, name: str, *, patience: float) -> Generator[bool]:
        """Hold a file in a folder beside the database; the system lets go of it with the process."""
        from filelock import FileLock, Timeout  # noqa: PLC0415 -- only who exchanges tokens needs it

        folder = self._path.with_name(f"{self._path.name}.locks")
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = FileLock(
            folder / f"{sha256(name.encode()).hexdigest()[:16]}.lock", mode=0o600, poll_interval=_LOOK_AGAIN
        )
        try:
            lock.acquire(timeout=patience)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _private(self, *_: object) -> None:
        """Make the file ours alone before SQLite makes it everybody's; it will hold what is not yet public."""
        with contextlib.suppress(OSError):
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def _set_up(self, connection: sqlite3.Connection, _record: object) -> None:
        # Transactions are begun by `_begin`; the driver would begin them too late, and never before DDL.
        connection.isolation_level = None
        try:
            self._log_ahead(connection)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            # What is destroyed does not stay in the file.
            connection.execute("PRAGMA secure_delete=ON")
        except BaseException:
            connection.close()
            raise

    def _log_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch to the write-ahead log, once for all; SQLite does not wait by itself for its turn to do so."""
        deadline = time.monotonic() + self._patience
        while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    # A transaction that reads first and writes later would fail where somebody else wrote in between.
    called(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")

"""
Where SQLite and PostgreSQL differ: connecting, taking turns at writing, and the lock for migrations.

All else is one code path in `civicsns.store.sql.store`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sqlite3
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy import event, exc, pool
from sqlalchemy.dialects import postgresql, sqlite

from civicsns.language import Bilingual
from civicsns.store.sql import faults

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

#: The option of a connection that is going to write.
WRITES = "civicsns_writes"
#: The key of the lock under which PostgreSQL is migrated: "civicsns" in ASCII.
_MIGRATING = int.from_bytes(b"civicsns")
#: What `Dialect.mark` gives, for statements that can say it on the way; PostgreSQL 13 or later.
MARK = "pg_current_xact_id()::text, (SELECT version_num FROM civicsns_version)"
_NUMBER_OF_THIS = f"SELECT {MARK}"
#: When a connection was last used, in its notes.
_USED_AT = "civicsns_used_at"
#: A connection that was used so many seconds ago and on which nothing has come since is not asked whether it is there.
_ALIVE_FOR = 1.0
_VERSION = "SELECT version_num FROM civicsns_version"
_HOW_IT_ENDED = sa.text("SELECT pg_xact_status(CAST(:mark AS xid8))")


_TRY = sa.text("SELECT pg_try_advisory_xact_lock(:number)")
#: How long to wait before asking again for one's turn, in seconds.
_LOOK_AGAIN = 0.01


class Mark(NamedTuple):
    """
    A transaction that is about to end.

    Attributes:
        name: The name under which the database knows it, if it has one.
        version: The version of the store, as it is now that everything that might have been waited for is done.
    """

    name: str | None
    version: str | None


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


def called(
    connection: sa.Connection, statement: str, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()
) -> Any:
    """
    Carry out a statement that every delivery needs: SQLAlchemy's part in it would cost several times the rest.

    Args:
        connection: In a transaction.
        statement: With `:name` for values on SQLite, and `%(name)s` on PostgreSQL.
        values: Of one row; or a list of rows, on SQLite.

    Returns:
        The driver's cursor.

    Raises:
        DBAPIError: As SQLAlchemy would raise it.
    """
    raw: Any = connection.connection.dbapi_connection
    try:
        cursor = raw.cursor()
        if connection.dialect.name == "postgresql":
            return cursor.execute(statement, values or None, prepare=True)
        return cursor.executemany(statement, values) if isinstance(values, list) else cursor.execute(statement, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raised = _raised(error, raw, statement, connection.dialect)
        if raised.connection_invalidated:
            connection.invalidate(error)
        raise raised from error


def _raised(error: Any, raw: Any, statement: str, dialect: sa.Dialect) -> exc.DBAPIError:
    """Give what SQLAlchemy would raise for an error of the driver."""
    kind = dialect.loaded_dbapi.Error
    lost = raw is not None and dialect.is_disconnect(error, raw, None)
    made = exc.DBAPIError.instance(
        statement, None, error, kind, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
    assert isinstance(made, exc.DBAPIError), "it was raised by the driver"
    return made


def _written(value: Any) -> str:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value.isoformat()


#: Writes rows in such a way that PostgreSQL's `json_to_recordset` reads them.
as_json = json.JSONEncoder(default=_written).encode


def glance(engine: sa.Engine, statement: str, *values: str) -> list[Any]:
    """
    Read with one statement that is by itself; SQLAlchemy's part in it would cost several times the rest.

    Args:
        engine: Where to.
        statement: With `{}` for each value.
        values: What it asks for.

    Returns:
        The rows, as tuples.

    Raises:
        DBAPIError: As SQLAlchemy would raise it.
    """
    served = engine.dialect.name == "postgresql"
    text = statement.format(*["%s" if served else "?"] * len(values))
    raw: Any = None
    try:
        with contextlib.closing(engine.raw_connection()) as pooled:
            raw = pooled.dbapi_connection
            try:
                if served:
                    # Else the driver begins a transaction, and the pool ends it: two more ways there and back.
                    raw.autocommit = True
                found: list[Any] = raw.cursor().execute(text, values).fetchall()
                if served:
                    raw.autocommit = False
            except engine.dialect.loaded_dbapi.Error as error:
                raised = _raised(error, raw, text, engine.dialect)
                pooled.invalidate(error)
                raise raised from error
            except BaseException as error:
                # Nobody else is to have it as it is.
                pooled.invalidate(error)
                raise
    except engine.dialect.loaded_dbapi.Error as error:
        raise _raised(error, None, text, engine.dialect) from error
    return found


class Postgres:
    """A PostgreSQL database, through psycopg 3; other programs may share it."""

    shared = True

    def __init__(self, url: sa.URL, *, patience: float) -> None:
        host = url.host or url.query.get("host", "")
        self.place = f"postgresql://{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"
        self._url = url.set(drivername="postgresql+psycopg")
        self._patience = patience

    def engine(self) -> sa.Engine:
        """Make an engine; connections that the server has dropped meanwhile are replaced before they are used."""

        def require_alive(connection: Any, record: pool.ConnectionPoolEntry, _taken: object) -> None:
            since = time.monotonic() - record.info.get(_USED_AT, float("-inf"))
            # A server that ends a connection says so, or its system does; who has vanished says nothing.
            if since < _ALIVE_FOR and _silent(connection.fileno()):
                return
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise exc.InvalidatePoolError from error

        engine = sa.create_engine(
            self._url,
            connect_args={
                "application_name": "civicsns",
                "client_encoding": "utf8",
                "connect_timeout": 10,
                "options": f"-c lock_timeout={int(self._patience * 1000)}",
            },
            pool_timeout=self._patience,
            # The one that was used last has its statements planned.
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(engine, "begin", _plan_once)
        event.listen(engine, "connect", _keep_what_is_committed)
        event.listen(engine, "connect", _used)
        event.listen(engine, "checkin", _used)
        event.listen(engine, "checkout", require_alive)
        return engine

    def mark(self, connection: sa.Connection) -> Mark:
        """Give the transaction's number, and the version of the store."""
        return Mark(*called(connection, _NUMBER_OF_THIS).fetchone())

    def ended(self, connection: sa.Connection, mark: str | None) -> str | None:
        """Say how the transaction of that number ended; None where the server no longer knows."""
        ended: str | None = connection.scalar(_HOW_IT_ENDED, {"mark": mark})
        return ended

    def lock_schema(self, connection: sa.Connection) -> None:
        """Keep everybody else from migrating until the transaction ends."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
        # Whoever writes reads the version in the same statement: before this, or after the migration.
        there = sa.inspect(connection).get_table_names()
        for table in ("civicsns_deliveries", "civicsns_head"):
            if table in there:
                connection.exec_driver_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

    def writable(self, connection: sa.Connection) -> bool:
        """Whether the database takes changes; a standby does not."""
        return connection.scalar(sa.select(sa.func.current_setting("transaction_read_only"))) == "off"

    def insert_missing(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> sa.Insert:
        """Insert the rows whose keys are not there yet."""
        return postgresql.insert(table).values(list(rows)).on_conflict_do_nothing()

    def erase(self, engine: sa.Engine, table: sa.Table) -> None:
        """Let the space of deleted rows be used anew; until it is, what they held is still in the server's files."""
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text(f"VACUUM {table.name}"))

    @contextlib.contextmanager
    def exclusively(self, name: str, *, patience: float) -> Generator[bool]:
        """
        Hold an advisory lock, which ends with its transaction, and that with its connection.

        The connection is none of the pool's: those who hold one may all need another to write.
        """
        engine = sa.create_engine(
            self._url,
            connect_args={"application_name": "civicsns", "connect_timeout": 10},
            poolclass=pool.NullPool,
            hide_parameters=True,
        )
        number = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        deadline = time.monotonic() + patience
        connection = engine.connect()
        try:
            while not (mine := bool(connection.scalar(_TRY, {"number": number}))):
                # Else the server takes it for a transaction that is forgotten.
                connection.rollback()
                if time.monotonic() > deadline:
                    break
                time.sleep(_LOOK_AGAIN)
            yield mine
        finally:
            # Where the connection is lost, so is the lock; whoever writes then compares what is stored.
            with contextlib.suppress(exc.SQLAlchemyError):
                connection.close()


def _used(_connection: object, record: pool.ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _silent(socket: int) -> bool:
    """Whether nothing waits to be read: neither words nor that the other side has hung up."""
    if not hasattr(select, "poll"):
        # On Windows, where the number of a socket may be any.
        return not select.select([socket], [], [], 0)[0]
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return not poll.poll(0)


def _plan_once(connection: sa.Connection) -> None:
    """
    Begin a transaction that writes in such a way that the server plans each text once, for tables of any size.

    It would plan it anew each time, since it takes a list of unknown length for a long one, and that costs more than
    carrying it out. And what was planned while a table was small must do when it is large.
    """
    if connection.get_execution_options().get(WRITES, False):
        raw: Any = connection.connection.dbapi_connection
        # Where this is lost, the next statement says why.
        with contextlib.suppress(connection.dialect.loaded_dbapi.Error):
            raw.pgconn.exec_(b"BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off")


def _keep_what_is_committed(connection: Any, _record: object) -> None:
    """Ask for durable commits where the server's default is to report them before they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


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

"""PostgreSQL: connections that are looked after, transactions whose end can be asked for, and locks that end with them."""

from __future__ import annotations

import contextlib
import select
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event, exc, pool
from sqlalchemy.dialects import postgresql

from civicsns.store.sql.statements import MARK, WRITES, Mark, called

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

#: The key of the lock under which PostgreSQL is migrated: "civicsns" in ASCII.
_MIGRATING = int.from_bytes(b"civicsns")
_NUMBER_OF_THIS = f"SELECT {MARK}"
#: When a connection was last used, in its notes.
_USED_AT = "civicsns_used_at"
#: A connection that was used so many seconds ago and on which nothing has come since is not asked whether it is there.
_ALIVE_FOR = 1.0
_HOW_IT_ENDED = sa.text("SELECT pg_xact_status(CAST(:mark AS xid8))")
_TRY = sa.text("SELECT pg_try_advisory_xact_lock(:number)")
#: How long to wait before asking again for one's turn, in seconds.
_LOOK_AGAIN = 0.01


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

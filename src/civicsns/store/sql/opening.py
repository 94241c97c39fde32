"""Opening a store: whose it is, how old it is, and bringing it up to date, once, whoever comes first."""

from __future__ import annotations

from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from civicsns.store.sql import faults, tables
from civicsns.store.sql.statements import WRITES

if TYPE_CHECKING:
    from civicsns.store.sql.dialects import Dialect

#: Where the migrations are.
MIGRATIONS = Path(__file__).with_name("_migrations")

_PREFIX = "civicsns_"
_WRITTEN_BY = "written_by"


def settle(engine: sa.Engine, dialect: Dialect) -> str | None:
    """
    See that the store is there, ours, and of this program's version.

    One that is up to date costs a query or two; Alembic is not loaded for it.

    Returns:
        The version that it was migrated from; None where it was up to date, or new.

    Raises:
        ConfigurationError: If it is newer than the program, or not civicsns's.
        StoreError: If it is read-only.
    """
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        found = _version(connection, dialect)
        if found != tables.HEAD:
            dialect.lock_schema(connection)
            # Somebody else may have been faster.
            found = _version(connection, dialect)
        if not dialect.writable(connection):
            raise faults.read_only(dialect.place)
        if found == tables.HEAD:
            return None
        _migrate(connection)
        return found


def _version(connection: sa.Connection, dialect: Dialect) -> str | None:
    """Give the version of the store; None where there is none yet."""
    names = set(sa.inspect(connection).get_table_names())
    if tables.VERSION_TABLE not in names:
        theirs = names if not dialect.shared else {name for name in names if name.startswith(_PREFIX)}
        if theirs:
            raise faults.foreign(dialect.place)
        return None
    found = connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(tables.VERSION_TABLE)))
    if found is None or str(found) in tables.KNOWN:
        return found
    by = connection.scalar(sa.select(tables.meta.c.value).where(tables.meta.c.key == _WRITTEN_BY))
    raise faults.newer(dialect.place, str(by or found))


def _migrate(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- a third of a second that only the first opening pays
    from alembic.config import Config  # noqa: PLC0415 -- same

    config = Config()
    # A percent sign begins a reference in Alembic's settings.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(sa.delete(tables.meta).where(tables.meta.c.key == _WRITTEN_BY))
    connection.execute(sa.insert(tables.meta).values(key=_WRITTEN_BY, value=installed("civicsns")))

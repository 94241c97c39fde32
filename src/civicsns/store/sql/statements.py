"""Statements that every delivery needs, carried out by the driver itself: SQLAlchemy's part would cost several times the rest."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The option of a connection that is going to write.
WRITES = "civicsns_writes"
#: What `Dialect.mark` gives, for statements that can say it on the way; PostgreSQL 13 or later.
MARK = "pg_current_xact_id()::text, (SELECT version_num FROM civicsns_version)"


class Mark(NamedTuple):
    """
    A transaction that is about to end.

    Attributes:
        name: The name under which the database knows it, if it has one.
        version: The version of the store, as it is now that everything that might have been waited for is done.
    """

    name: str | None
    version: str | None


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

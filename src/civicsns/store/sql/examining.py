"""How the database itself is: its size, the room that is left, its clock."""

from __future__ import annotations

import shutil
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from civicsns.model.condition import Condition
from civicsns.store.sql import tables

if TYPE_CHECKING:
    from datetime import datetime

_SCHEMA: sa.Select[tuple[str]] = sa.select(sa.column("version_num")).select_from(sa.table(tables.VERSION_TABLE))


def condition(engine: sa.Engine, place: str) -> Condition:
    """Examine the database behind *engine*."""
    with engine.connect() as connection:
        schema = str(connection.scalar(_SCHEMA))
        if connection.dialect.name != "sqlite":
            size, media = connection.execute(
                sa.select(
                    sa.func.pg_database_size(sa.func.current_database()),
                    sa.func.pg_total_relation_size(tables.media.name),
                )
            ).one()
            return Condition(place=place, schema=schema, size=size, media=media, time=_clock(connection))
        media = connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(tables.media.c.content)), 0)))
    path = Path(place)
    files = [path, path.with_name(f"{path.name}-wal")]
    return Condition(
        place=place,
        schema=schema,
        size=sum(file.stat().st_size for file in files if file.exists()),
        media=media or 0,
        free=shutil.disk_usage(path.absolute().parent).free,
    )


def clock(engine: sa.Engine) -> datetime | None:
    """Read the database's clock; None where it is this machine's."""
    if engine.dialect.name == "sqlite":
        return None
    with engine.connect() as connection:
        return _clock(connection)


def _clock(connection: sa.Connection) -> datetime:
    now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)

"""
New deliveries, and steps of deliveries: each taken if the delivery is still as it was.

On a server each statement is a way there and back, so there all that a group of callers wants is one statement, records
and all. SQLite is in this process.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import sqlalchemy as sa

from civicsns.store.sql import chaining, likes, rows, statements, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.model import Delivery, Marks
    from civicsns.store.sql.chaining import Chain, Note
    from civicsns.store.sql.files import Files
    from civicsns.store.sql.statements import Mark

_of = tables.deliveries.c
_HELD = sa.exists().where(tables.facts.c.kind == sa.bindparam("unless"))
_IS_HELD = sa.select(_HELD)
_UNLESS = f"NOT EXISTS (SELECT 1 FROM {tables.facts.name} WHERE kind = {{}})"  # noqa: S608 -- a name of a column
_READ_VERSION = sa.select(_of.version).where(_of.id == sa.bindparam("old_id"))
_INSERT = sa.insert(tables.deliveries)


class Work(Protocol):
    """What one caller wants to change; it is done a second time where the first time was undone."""

    def __call__(self, connection: sa.Connection, /) -> bool:
        """Change it; False where nothing was changed, and nothing is to go on record."""
        ...


@attrs.frozen(kw_only=True)
class Addition:
    """
    New deliveries.

    Attributes:
        deliveries: The deliveries.
        made: Their rows.
        likenesses: The rows of their marks.
        marks: Their marks.
        files: Where files are kept.
        unless: They are not added while there is a fact of this kind; None where they depend on none.
    """

    deliveries: Sequence[Delivery]
    made: Sequence[dict[str, Any]]
    likenesses: Sequence[dict[str, Any]]
    marks: Marks | None
    files: Files
    unless: str | None = None

    @property
    def plain(self) -> bool:
        """Whether rows are all there is to it."""
        alone = self.unless is not None and not self.made
        return not alone and not self.likenesses and not any(one.rendition.media for one in self.deliveries)

    def __call__(self, connection: sa.Connection, /) -> bool:
        """Add them; False where a fact stands in their way."""
        depends = self.unless is not None
        if self.made and connection.dialect.name == "sqlite":
            given = [_texts(row) | {"unless": self.unless} for row in self.made]
            if statements.called(connection, _insert(tuple(self.made[0]), depends=depends), given).rowcount != len(
                given
            ):
                return False
        elif depends and connection.scalar(_IS_HELD, {"unless": self.unless}):
            return False
        else:
            for some in rows.parts(self.made):
                connection.execute(_INSERT, some)
        self.files.attach(connection, self.deliveries)
        if self.marks and self.likenesses:
            likes.keep(connection, self.likenesses, since=self.marks.since)
        return True


@attrs.frozen(kw_only=True)
class Step:
    """
    A delivery's step to its next version.

    Attributes:
        id: The delivery.
        version: The version that is replaced.
        changes: The new values of its columns.
        attached: The delivery, where it has other files than before.
        files: Where files are kept.
        unless: It is not taken while there is a fact of this kind; None where it depends on none.
    """

    id: str
    version: int
    changes: dict[str, Any]
    attached: Delivery | None
    files: Files
    unless: str | None = None

    @property
    def plain(self) -> bool:
        """Whether it changes no more than any step does."""
        return "rendition" not in self.changes

    def __call__(self, connection: sa.Connection, /) -> bool:
        """
        Take the step; False where somebody else was faster, or a fact stands in its way.

        Raises:
            KeyError: If there is no such delivery.
        """
        old: dict[str, Any] = {"old_id": self.id, "old_version": self.version}
        columns, depends = tuple(self.changes), self.unless is not None
        if depends:
            old["unless"] = self.unless
        if connection.dialect.name == "sqlite":
            found = statements.called(connection, _replace(columns, depends=depends), _texts(self.changes) | old)
        else:
            found = connection.execute(_change(columns, depends=depends), self.changes | old)
        if found.rowcount != 1:
            self.require_there(connection)
            return False
        if self.attached is not None:
            self.files.attach(connection, [self.attached])
        return True

    def require_there(self, connection: sa.Connection) -> None:
        """
        Tell a delivery that has gone on from one that never was.

        Raises:
            KeyError: If there is no such delivery.
        """
        if connection.scalar(_READ_VERSION, {"old_id": self.id}) is None:
            raise KeyError(self.id)


def work(
    connection: sa.Connection, works: Sequence[Work], notes: Sequence[Sequence[Note]], chain: Chain
) -> tuple[list[bool], Mark | None]:
    """
    Do *works*, whose order does not matter since nobody has waited for another's end, and append what they leave.

    Args:
        connection: In a transaction.
        works: What is to be done.
        notes: What each of them leaves on record, where it changes something.
        chain: Where records are appended.

    Returns:
        Whether each has changed something; and the mark of the transaction, where the database has said so on the way.

    Raises:
        KeyError: If there is no such delivery as one of them means.
    """
    together = _together(works) if connection.dialect.name == "postgresql" else {}
    changed = [number in together or one(connection) for number, one in enumerate(works)]
    left = [note for own, did in zip(notes, changed, strict=True) if did for note in own]
    if together and left:
        taken, mark = _at_once(connection, list(together.values()), left, chain)
        if mark is not None:
            return changed, mark
        # Others have put records behind what we took for the end, were faster with one of the steps, or a fact stands in its way.
        for number, one in together.items():
            if isinstance(one, Addition):
                changed[number] = all(row["id"] in taken for row in one.made)
            elif one.id not in taken:
                one.require_there(connection)
                changed[number] = False
        left = [note for own, did in zip(notes, changed, strict=True) if did for note in own]
    elif together:
        changed = [one(connection) if number in together else changed[number] for number, one in enumerate(works)]
    return changed, chain.keep(connection, left)


def _together(works: Sequence[Work]) -> dict[int, Addition | Step]:
    """Give what of *works* one statement can do, by its place among them."""
    several = Counter(one.id for one in works if isinstance(one, Step))
    return {
        number: one
        for number, one in enumerate(works)
        if isinstance(one, Addition | Step) and one.plain and (isinstance(one, Addition) or several[one.id] == 1)
    }


def _at_once(
    connection: sa.Connection, works: Sequence[Addition | Step], notes: Sequence[Note], chain: Chain
) -> tuple[set[str], Mark | None]:
    """Do all in one statement; give the deliveries that were changed, and the mark where all were, and *notes* are kept."""
    made = [row | {"unless": one.unless} for one in works if isinstance(one, Addition) for row in one.made]
    # In one order everywhere, so that two who take the same steps do not wait for each other in a circle.
    stepping = sorted((one for one in works if isinstance(one, Step)), key=lambda one: one.id)
    tip, values = chain.values(connection, notes)
    adds, changes = tuple(made[0])[:-1] if made else (), tuple(stepping[0].changes) if stepping else ()
    if made:
        values |= {"made": statements.as_json(made), "additions": len(made)}
    if stepping:
        values |= {
            "stepping": statements.as_json(
                [step.changes | {"old_id": step.id, "unless": step.unless} for step in stepping]
            ),
            "steps": len(stepping),
        }
    with chain.whole(tip.size - len(notes) + 1):
        found = statements.called(connection, _all(adds, changes, connection.dialect), values).fetchone()
    taken, name, version = found
    chain.moved(tip if name else None)
    return set(taken or ()), statements.Mark(name, version) if name else None


@lru_cache(maxsize=8)
def _all(adds: tuple[str, ...], changes: tuple[str, ...], dialect: sa.Dialect) -> str:
    """One text for any number of additions, steps and records, so that the server plans it once."""

    def typed(columns: Sequence[str]) -> str:
        return ", ".join(f"{name} {_of[name].type.compile(dialect)}" for name in columns)

    parts: list[str] = []
    condition = ""
    ids: list[str] = []
    if adds:
        names = ", ".join(adds)
        parts.append(
            f"made AS (INSERT INTO {tables.deliveries.name} ({names}) SELECT {names} "  # noqa: S608 -- names of columns
            f"FROM ROWS FROM (json_to_recordset(%(made)s::json) AS ({typed(adds)}, unless text)) "
            f"WITH ORDINALITY AS new ({names}, unless, n) "
            f"WHERE new.unless IS NULL OR {_UNLESS.format('new.unless')} ORDER BY n RETURNING id)"
        )
        condition += " AND (SELECT count(*) FROM made) = %(additions)s"
        ids.append("SELECT id FROM made")
    if changes:
        parts.append(
            f"stepped AS (UPDATE {tables.deliveries.name} AS here SET "  # noqa: S608 -- names of columns
            f"{', '.join(f'{name} = new.{name}' for name in changes)} "
            f"FROM json_to_recordset(%(stepping)s::json) AS new (old_id text, unless text, {typed(changes)}) "
            "WHERE here.id = new.old_id AND here.version = new.version - 1 "
            f"AND (new.unless IS NULL OR {_UNLESS.format('new.unless')}) RETURNING here.id)"
        )
        condition += " AND (SELECT count(*) FROM stepped) = %(steps)s"
        ids.append("SELECT id FROM stepped")
    # Counted first, so that whoever steps waits for deliveries before he waits for the chain.
    parts.append(chaining.APPEND.format(condition=condition))
    taken = f"ARRAY({' UNION ALL '.join(ids)})" if ids else "NULL::text[]"
    return f"WITH {', '.join(parts)} SELECT {taken}, moved.* FROM (SELECT 1) AS one LEFT JOIN moved ON true"  # noqa: S608 -- of the above


@lru_cache(maxsize=8)
def _change(columns: tuple[str, ...], *, depends: bool) -> sa.Update:
    """One step, where a statement for many is not needed; built once."""
    here = (_of.id == sa.bindparam("old_id")) & (_of.version == sa.bindparam("old_version"))
    if depends:
        here &= ~_HELD
    return sa.update(tables.deliveries).where(here).values({name: sa.bindparam(name) for name in columns})


@lru_cache(maxsize=8)
def _insert(columns: tuple[str, ...], *, depends: bool) -> str:
    names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    if depends:
        return f"INSERT INTO {tables.deliveries.name} ({names}) SELECT {values} WHERE {_UNLESS.format(':unless')}"
    return f"INSERT INTO {tables.deliveries.name} ({names}) VALUES ({values})"  # noqa: S608 -- names of columns


@lru_cache(maxsize=8)
def _replace(columns: tuple[str, ...], *, depends: bool) -> str:
    unless = f" AND {_UNLESS.format(':unless')}" if depends else ""
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    return f"UPDATE {tables.deliveries.name} SET {changes} WHERE id = :old_id AND version = :old_version{unless}"  # noqa: S608 -- names of columns


def _texts(row: dict[str, Any]) -> dict[str, Any]:
    """Write times as SQLAlchemy does on SQLite: `2026-04-01 00:00:00.000000`, in UTC."""
    return row | {
        name: row[name].replace(tzinfo=None).isoformat(" ", "microseconds")
        for name in ("not_before", "ended_at")
        if row[name] is not None
    }

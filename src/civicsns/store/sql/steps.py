"""Steps of deliveries: each taken if the delivery is still as it was; several in one statement where that saves time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import sqlalchemy as sa

from civicsns.store.sql import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.model import Delivery
    from civicsns.store.sql.files import Files

_of = tables.deliveries.c
# Built once; building one takes longer than carrying it out.
_REPLACE = sa.update(tables.deliveries).where(
    _of.id == sa.bindparam("old_id"), _of.version == sa.bindparam("old_version")
)
_READ_VERSION = sa.select(_of.version).where(_of.id == sa.bindparam("old_id"))


class Work(Protocol):
    """What one caller wants to change; it is done a second time where the first time was undone."""

    def __call__(self, connection: sa.Connection, /) -> bool:
        """Change it; False where nothing was changed, and nothing is to go on record."""
        ...


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
    """

    id: str
    version: int
    changes: dict[str, Any]
    attached: Delivery | None
    files: Files

    def __call__(self, connection: sa.Connection, /) -> bool:
        """
        Take the step; False where somebody else was faster.

        Raises:
            KeyError: If there is no such delivery.
        """
        old = {"old_id": self.id, "old_version": self.version}
        if connection.execute(_REPLACE, self.changes | old).rowcount != 1:
            if connection.scalar(_READ_VERSION, {"old_id": self.id}) is None:
                raise KeyError(self.id)
            return False
        if self.attached is not None:
            self.files.attach(connection, [self.attached])
        return True


def work(connection: sa.Connection, works: Sequence[Work]) -> list[bool]:
    """Do *works*, whose order does not matter since nobody has waited for another's end."""
    taken: set[int] = set()
    if connection.dialect.name == "postgresql":
        # There a statement is a way to the server and back; SQLite is in this process.
        taken = _at_once(connection, works)
    return [number in taken or one(connection) for number, one in enumerate(works)]


def _at_once(connection: sa.Connection, works: Sequence[Work]) -> set[int]:
    """Take what steps one statement can; give which of *works* those were."""
    steps: dict[str, tuple[int, Step]] = {}
    for number, one in enumerate(works):
        if isinstance(one, Step) and "rendition" not in one.changes:
            steps.setdefault(one.id, (number, one))
    if len(steps) < 2:
        return set()
    # In one order everywhere, so that two who take the same steps do not wait for each other in a circle.
    ordered = [steps[name][1] for name in sorted(steps)]
    columns = tuple(ordered[0].changes)
    values = {column: [step.changes[column] for step in ordered] for column in columns}
    values |= {"old_id": [step.id for step in ordered], "old_version": [step.version for step in ordered]}
    return {steps[name][0] for name in connection.scalars(_replace_all(columns, connection.dialect), values)}


@lru_cache(maxsize=8)
def _replace_all(columns: tuple[str, ...], dialect: sa.Dialect) -> sa.TextClause:
    """One text for any number of steps, so that the server plans it once."""
    types = {column: _of[column].type.compile(dialect) for column in columns}
    types |= {"old_id": types["id"], "old_version": types["version"]}
    changes = ", ".join(f"{column} = new.{column}" for column in columns)
    arrays = ", ".join(f"CAST(:{column} AS {kind}[])" for column, kind in types.items())
    return sa.text(
        f"UPDATE {tables.deliveries.name} AS here SET {changes} "  # noqa: S608 -- names of columns
        f"FROM unnest({arrays}) AS new ({', '.join(types)}) "
        "WHERE here.id = new.old_id AND here.version = new.old_version RETURNING here.id"
    )

"""Facts put in the places of others: all of them, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import attrs
import sqlalchemy as sa

from civicsns.store.sql import codec, rows, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.model import Fact
    from civicsns.store.sql.dialects import Dialect

_of: Final = tables.facts.c
# One that was taken away and put back may have the number of an earlier one.
_STORED: Final = (
    (_of.kind == sa.bindparam("old_kind"))
    & (_of.key == sa.bindparam("old_key"))
    & (_of.version == sa.bindparam("old_version"))
    & (_of.value == sa.bindparam("old_value"))
)
_UPDATE: Final = (
    sa.update(tables.facts).where(_STORED).values(version=sa.bindparam("new_version"), value=sa.bindparam("new_value"))
)
_DELETE: Final = sa.delete(tables.facts).where(_STORED)


class StaleError(Exception):
    """One of several facts is no longer what is stored, so that nothing is to be kept."""


@attrs.frozen(kw_only=True)
class Exchange:
    """
    Facts for others.

    Attributes:
        added: Rows for what is not there.
        replaced: What is stored, and what takes its place.
        removed: What is stored, and goes.
        dialect: What the database understands.
    """

    added: Sequence[dict[str, Any]]
    replaced: Sequence[dict[str, Any]]
    removed: Sequence[dict[str, Any]]
    dialect: Dialect

    @classmethod
    def of(cls, changes: Sequence[tuple[Fact | None, Fact | None]], dialect: Dialect) -> Self:
        """
        Make rows of facts.

        Raises:
            BadInput: If a part cannot be kept.
        """
        added: list[dict[str, Any]] = []
        replaced: list[dict[str, Any]] = []
        removed: list[dict[str, Any]] = []
        for old, new in changes:
            if old is None:
                assert new is not None, "whoever calls has refused that"
                added.append({**_place(new), "version": new.version, "value": codec.value_bytes(new)})
                continue
            stored: dict[str, Any] = {f"old_{name}": value for name, value in _place(old).items()}
            stored |= {"old_version": old.version, "old_value": codec.value_bytes(old)}
            if new is None:
                removed.append(stored)
            else:
                replaced.append(stored | {"new_version": new.version, "new_value": codec.value_bytes(new)})
        # In one order everywhere, so that two who change the same do not wait for each other in a circle.
        replaced.sort(key=_order)
        removed.sort(key=_order)
        added.sort(key=lambda row: (row["kind"], row["key"]))
        return cls(added=added, replaced=replaced, removed=removed, dialect=dialect)

    def __call__(self, connection: sa.Connection, /) -> bool:
        """
        Do it; False where nothing was changed.

        Raises:
            StaleError: If some were changed, and one was no longer what is stored.
        """
        done = 0
        for some in rows.parts(self.added):
            missing = self.dialect.insert_missing(tables.facts, some).returning(_of.key)
            done += len(connection.execute(missing).all())
        for statement, all_of in ((_UPDATE, self.replaced), (_DELETE, self.removed)):
            for some in rows.parts(all_of):
                done += connection.execute(statement, list(some)).rowcount
        wanted = len(self.added) + len(self.replaced) + len(self.removed)
        if 0 < done < wanted:
            raise StaleError
        return done == wanted


def _place(fact: Fact) -> dict[str, str]:
    return {"kind": rows.text(fact.kind, "kind"), "key": rows.text(fact.key, "key")}


def _order(row: dict[str, Any]) -> tuple[str, str]:
    return row["old_kind"], row["old_key"]

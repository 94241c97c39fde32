"""A database that is open: one connection for whoever writes, others for those who read, and what its errors mean."""

from __future__ import annotations

import contextlib
import os
import weakref
from itertools import count
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from sqlalchemy import event, exc

from civicsns.errors import StoreError
from civicsns.model import Secret
from civicsns.store.sql import dialects, faults, opening
from civicsns.store.sql.chaining import Chain
from civicsns.store.sql.files import Files
from civicsns.store.sql.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path
    from types import TracebackType

    import sqlalchemy as sa

T = TypeVar("T")
P = ParamSpec("P")

#: Connections of the process that forked us. They are its own: they must be neither used nor closed here.
_left_behind: list[sa.Pool | sa.Connection] = []
_stores: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """
    What all parts of a store have in common.

    Args:
        address: As `civicsns.store.sql.SqlStore` takes it.
        patience: How long to wait for others who write, in seconds.
    """

    def __init__(self, address: str | Path | Secret, *, patience: float = 30.0) -> None:
        revealed = address.reveal() if isinstance(address, Secret) else address
        self._dialect = dialects.dialect(revealed, patience=patience)
        self.place = self._dialect.place
        self._engine = self._dialect.engine()
        self._connections = count(1)
        self.connections = 0
        event.listen(self._engine, "connect", self._connected)
        self._writer = Writer(self._engine, self._dialect, patience=patience, chain=Chain(self.place))
        self._files = Files(self._dialect)
        try:
            with self._speaking():
                self.migrated_from = opening.settle(self._engine, self._dialect)
        except BaseException:
            self._engine.dispose()
            raise
        _stores.add(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; the next call would connect again."""
        self._engine.dispose()

    def _connected(self, *_: object) -> None:
        # Counting by one step, so that two threads that connect at once are two.
        self.connections = next(self._connections)

    def _speaking(self) -> contextlib.AbstractContextManager[None]:
        return _speaking(self.place)

    def _readable(self, part: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except StoreError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise faults.damaged(self.place, part) from error

    def _leave_behind(self) -> None:
        """Start anew in a process that was forked from ours, with connections of its own."""
        _left_behind.append(self._engine.pool)
        self._engine.dispose(close=False)
        _left_behind.extend(self._writer.forked())


@contextlib.contextmanager
def _speaking(place: str) -> Generator[None]:
    """Say in plain words what the database's errors mean."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise faults.fault(error, place=place) from error


def _after_fork() -> None:
    for store in list(_stores):
        store._leave_behind()  # noqa: SLF001 -- one of this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

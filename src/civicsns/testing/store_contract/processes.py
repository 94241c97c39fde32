"""Opening a store in this process and in others."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from multiprocessing import get_all_start_methods, get_context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.context import ForkServerContext, SpawnContext

    from civicsns.ports import Store

    OpenStore = Callable[[], Store]


@contextmanager
def opened(open_store: OpenStore) -> Generator[Store]:
    """Open a store for a while."""
    store = open_store()
    try:
        yield store
    finally:
        close = getattr(store, "close", None)
        if close is not None:
            close()


@cache
def fresh() -> SpawnContext | ForkServerContext:
    """Give processes that begin anew; one forked from here would share the connections of this test."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    # They are forked from a process that has nothing open, and has read the modules once for all of them.
    context.set_forkserver_preload(["civicsns.testing.store_contract", "civicsns.store.sql", "alembic.command"])
    return context

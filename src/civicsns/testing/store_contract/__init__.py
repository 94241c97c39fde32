"""
The contract kit for stores: proves that what is kept stays kept, and that the first of two steps wins.

A store's author inherits `StoreContract` in a test and gives the fixture `open_store`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from civicsns.testing.store_contract.asking import FindsWhatIsAskedFor
from civicsns.testing.store_contract.facts import KeepsFacts
from civicsns.testing.store_contract.keeping import KeepsWhatItIsGiven
from civicsns.testing.store_contract.processes import fresh, opened
from civicsns.testing.store_contract.sharing import IsShared
from civicsns.testing.store_contract.things import NOW, delivery, full, record, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.ports import Store
    from civicsns.testing.store_contract.processes import OpenStore

__all__ = ["NOW", "StoreContract", "delivery", "fresh", "full", "record", "step"]

_NEED_PROCESSES = (
    "test_eight_open_it_at_once",
    "test_processes_race",
    "test_it_is_there_after_opening_again",
    "test_it_is_there_after_a_kill",
    "test_a_fork_has_connections_of_its_own",
)


class StoreContract(KeepsWhatItIsGiven, FindsWhatIsAskedFor, KeepsFacts, IsShared):
    """
    What every store must do, as tests for pytest.

    Inherit, and give the fixture `open_store`: a callable that opens the same store, each time anew.
    For a durable store it must cross into another process, as `functools.partial(SqlStore, address)` does.

    ```python
    class TestSqlite(StoreContract):
        @pytest.fixture
        def open_store(self, tmp_path: Path) -> Callable[[], Store]:
            return partial(SqlStore, tmp_path / "civicsns.db")
    ```

    Attributes:
        durable: Whether the store outlives its process; the checks for that are not collected where it does not.
    """

    durable: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _NEED_PROCESSES:
            if not cls.durable:
                # pytest collects what is callable.
                setattr(cls, name, None)
        if not hasattr(os, "fork"):
            cls.test_a_fork_has_connections_of_its_own = None  # type: ignore[method-assign,assignment]  # as above

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Iterator[Store]:
        """Give the store, opened, for one test."""
        with opened(open_store) as store:
            yield store

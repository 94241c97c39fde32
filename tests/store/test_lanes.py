"""Listing what is due costs what is listed, not what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from civicsns.store.sql import SqlStore, lanes
from civicsns.testing.store_contract import NOW, delivery

#: Instructions of SQLite's machine between two counts.
_EVERY = 100


def test_a_backlog_costs_the_others_nothing(tmp_path):
    """
    Ten times the backlog of one account, and ten times what is not due yet, make the list no dearer.
    """

    def work(times: int) -> int:
        """Give how much SQLite works for a list of 25, of 20 accounts of which one has a backlog."""
        with SqlStore(tmp_path / f"{times}.db") as store:
            backlog = [delivery(f"a{number}", account="x:a") for number in range(200 * times)]
            later = [
                delivery(f"l{number}", account=f"x:b{number % 20}", due=NOW + timedelta(days=1))
                for number in range(200 * times)
            ]
            others = [delivery(f"b{number}", account=f"x:b{number}") for number in range(20)]
            store.add([*backlog, *later, *others], [])
            counted = 0

            def count() -> int:
                nonlocal counted
                counted += 1
                return 0

            with store._engine.connect() as connection:
                driver: Any = connection.connection.dbapi_connection
                driver.set_progress_handler(count, _EVERY)
                found = lanes.due(connection, NOW, limit=25, platform=None)
                driver.set_progress_handler(None, 0)

        assert 25 == len(found)
        return counted

    few, many = work(1), work(10)

    assert few > 10
    assert many <= few * 1.2

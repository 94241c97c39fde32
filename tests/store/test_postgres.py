"""The durable store on PostgreSQL keeps the contract of all stores."""

from __future__ import annotations

from functools import partial

import pytest

from civicsns.store.sql import SqlStore
from civicsns.testing.store_contract import StoreContract


class TestPostgres(StoreContract):
    @pytest.fixture
    def open_store(self, postgres):
        return partial(SqlStore, postgres.create())

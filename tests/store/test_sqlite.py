"""The durable store on SQLite keeps the contract of all stores."""

from __future__ import annotations

from functools import partial

import pytest

from civicsns.store.sql import SqlStore
from civicsns.testing.archive_contract import ArchiveContract
from civicsns.testing.store_contract import StoreContract
from civicsns.testing.vault_contract import SafeContract


class TestSqlite(StoreContract, ArchiveContract, SafeContract):
    @pytest.fixture
    def open_store(self, tmp_path):
        return partial(SqlStore, tmp_path / "civicsns.db")

    @pytest.fixture(scope="class")
    @classmethod
    def open_safe(cls, tmp_path_factory):
        return partial(SqlStore, tmp_path_factory.mktemp("safe") / "civicsns.db")

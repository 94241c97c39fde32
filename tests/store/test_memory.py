"""The store in memory keeps the contract of all stores, as long as its process lives."""

from __future__ import annotations

import pytest

from civicsns.store.memory import MemoryStore
from civicsns.testing.archive_contract import ArchiveContract
from civicsns.testing.store_contract import StoreContract


class TestMemoryStore(StoreContract, ArchiveContract):
    durable = False

    @pytest.fixture
    def open_store(self):
        return MemoryStore

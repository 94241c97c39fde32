"""The store in memory keeps the contract of all stores, as long as its process lives."""

from __future__ import annotations

import pytest

from civicsns.store.memory import MemoryStore
from civicsns.testing.archive_contract import ArchiveContract
from civicsns.testing.store_contract import StoreContract
from civicsns.testing.vault_contract import SafeContract


class TestMemoryStore(StoreContract, ArchiveContract, SafeContract):
    durable = False

    @pytest.fixture
    def open_store(self):
        return MemoryStore

    @pytest.fixture
    def open_safe(self, open_store):
        return open_store

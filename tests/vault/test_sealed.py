"""Vaults keep their contract; a sealed one opens for what it was sealed for, and for nothing else."""

from __future__ import annotations

from functools import partial

import pytest

from civicsns.clock import SystemClock
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.testing.vault_contract import VaultContract
from civicsns.vault import keys
from civicsns.vault.file import CredentialFile
from civicsns.vault.keys import Keys
from civicsns.vault.memory import MemoryVault
from civicsns.vault.sealed import SealedVault

KEY = keys.generate()


def vault_over(store, *, programme="武雄市", key=KEY, previous=()):
    def of(one):
        return partial(keys.parse, one, place="test")

    return SealedVault(store, Keys(of(key), [of(one) for one in previous]), programme=programme, clock=SystemClock())


class TestMemoryVault(VaultContract):
    @pytest.fixture
    def vault(self):
        return MemoryVault()


class TestCredentialFile(VaultContract):
    @pytest.fixture
    def vault(self, tmp_path):
        return CredentialFile(tmp_path / "credentials.json")


class TestSealedInMemory(VaultContract):
    @pytest.fixture
    def vault(self):
        return vault_over(MemoryStore())


class TestSealedInSqlite(VaultContract):
    @pytest.fixture
    def vault(self, tmp_path):
        with SqlStore(tmp_path / "civicsns.db") as store:
            yield vault_over(store)


class TestSealedInPostgres(VaultContract):
    @pytest.fixture
    def vault(self, postgres):
        with SqlStore(postgres.create()) as store:
            yield vault_over(store)

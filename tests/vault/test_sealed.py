"""Vaults keep their contract; a sealed one opens for what it was sealed for, and for nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import attrs
import pytest

from civicsns.clock import SystemClock
from civicsns.errors import VaultError
from civicsns.model import Account, CredentialKind, Fact, Held, Record, SealedCredential
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.testing.vault_contract import ACCOUNT, CREDENTIAL, NOW, OTHER, PLANTED, REASON, VaultContract, successor
from civicsns.vault import keys, rotation
from civicsns.vault.file import CredentialFile
from civicsns.vault.keys import Keys
from civicsns.vault.memory import MemoryVault
from civicsns.vault.refreshing import renew
from civicsns.vault.sealed import SealedVault
from civicsns.vault.sealer import Sealer, of_this_process

KEY = keys.generate()


def vault_over(store, *, programme="武雄市", key=KEY, previous=()):
    def of(one):
        return partial(keys.parse, one, place="test")

    return SealedVault(store, Keys(of(key), [of(one) for one in previous]), programme=programme, clock=SystemClock())


def emptied(store):
    """Give a vault that holds nothing any more."""
    vault = vault_over(store)
    for held in vault.held():
        vault.destroy(Account(id=held.account, platform=held.platform))
    return vault


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
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, tmp_path_factory):
        with SqlStore(tmp_path_factory.mktemp("vault") / "civicsns.db") as store:
            yield store

    @pytest.fixture
    def vault(self, store):
        return emptied(store)


class TestSealedInPostgres(VaultContract):
    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, postgres):
        with SqlStore(postgres.create()) as store:
            yield store

    @pytest.fixture
    def vault(self, store):
        return emptied(store)


# --- what does not open ----------------------------------------------------------------------------------------------


def row_of(store: MemoryStore, account: str = ACCOUNT.id) -> SealedCredential:
    """Give the row of an account."""
    row = store.sealed(account)
    assert row is not None
    return row


def planted(store, account: str, row: SealedCredential | None) -> None:
    """Write a row past the vault, as somebody does who can write to the database."""
    if row is None:
        del store._sealed[account]
    else:
        store._sealed[account] = row


def of(held: Held, **changes) -> Held:
    return attrs.evolve(held, **changes)


TAMPERED: dict[str, Callable[[SealedCredential], SealedCredential]] = {
    "account": lambda row: row,
    "platform": lambda row: attrs.evolve(row, held=of(row.held, platform="facebook")),
    "kind": lambda row: attrs.evolve(row, held=of(row.held, kind=CredentialKind.X_OAUTH1)),
    "version": lambda row: attrs.evolve(row, held=of(row.held, version=2)),
    "generation": lambda row: attrs.evolve(row, held=of(row.held, generation=4)),
    "subject": lambda row: attrs.evolve(row, held=of(row.held, subject="43")),
    "scopes": lambda row: attrs.evolve(row, held=of(row.held, scopes=["tweet.read"])),
    "expiry": lambda row: attrs.evolve(row, held=of(row.held, expires_at=None)),
    "issue": lambda row: attrs.evolve(row, held=of(row.held, issued_at=None)),
    "format": lambda row: attrs.evolve(row, envelope=b"\x02" + row.envelope[1:]),
    "empty": lambda row: attrs.evolve(row, envelope=b""),
    "short": lambda row: attrs.evolve(row, envelope=row.envelope[:40]),
    "key": lambda row: attrs.evolve(row, key="0123456789abcdef"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_or_moved_does_not_open(monkeypatch: pytest.MonkeyPatch, name: str):
    """
    An envelope opens for its account, its platform and all that stands beside it, and for nothing else.
    """
    store = MemoryStore()
    vault = vault_over(store)
    vault.put(ACCOUNT, CREDENTIAL)
    vault.put(OTHER, successor(CREDENTIAL))
    row = row_of(store, OTHER.id if name == "account" else ACCOUNT.id)
    planted(store, ACCOUNT.id, TAMPERED[name](attrs.evolve(row, held=of(row.held, account=ACCOUNT.id))))
    noted = store.last
    # Nor is it of any help to take the record of it away as well.
    for last in (noted, lambda *_: None):
        monkeypatch.setattr(store, "last", last)
        with pytest.raises(VaultError) as refused:
            vault.get(ACCOUNT)

        assert PLANTED not in "".join(traceback.format_exception(refused.value))


def test_a_credential_is_not_used_on_another_network():
    """
    Where the list of accounts names another network, the credential is not handed out.
    """
    vault = vault_over(MemoryStore())
    vault.put(ACCOUNT, CREDENTIAL)

    with pytest.raises(VaultError, match="one of x, and not of facebook"):
        vault.get(attrs.evolve(ACCOUNT, platform="facebook"))


def test_not_one_bit_may_be_changed(monkeypatch: pytest.MonkeyPatch):
    """
    Whichever bit of an envelope is another, it does not open.
    """
    store = MemoryStore()
    vault = vault_over(store)
    vault.put(ACCOUNT, CREDENTIAL)
    row = row_of(store)
    monkeypatch.setattr(store, "last", lambda *_: None)
    opened = 0
    for bit in range(8 * len(row.envelope)):
        changed = bytearray(row.envelope)
        changed[bit // 8] ^= 1 << bit % 8
        planted(store, ACCOUNT.id, attrs.evolve(row, envelope=bytes(changed)))
        with contextlib.suppress(VaultError):
            vault.get(ACCOUNT)
            opened += 1

    assert 0 == opened


def test_another_programme_does_not_open_it():
    """
    A row from another municipality's programme, or from the practice one, is of no use, even under the same key.
    """
    store = MemoryStore()
    vault_over(store).put(ACCOUNT, CREDENTIAL)

    with pytest.raises(VaultError, match="former name"):
        vault_over(store, programme="嬉野市").get(ACCOUNT)


@pytest.mark.parametrize("back", ["row", "row and fact", "destroyed"])
def test_an_earlier_version_that_is_put_back_is_refused(tmp_path: Path, back: str):
    """
    The row of an earlier day opens with its own version, so the newest record says that it is not the one that stands.
    """
    with SqlStore(tmp_path / "civicsns.db") as store, sqlite3.connect(tmp_path / "civicsns.db") as raw:
        vault = vault_over(store)
        vault.put(ACCOUNT, CREDENTIAL)
        row = raw.execute("SELECT * FROM civicsns_credentials").fetchone()
        if back == "destroyed":
            vault.destroy(ACCOUNT)
        else:
            vault.put(ACCOUNT, successor(CREDENTIAL))
        with raw:
            raw.execute("DELETE FROM civicsns_credentials")
            raw.execute("INSERT INTO civicsns_credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

        with pytest.raises(VaultError, match="newest one on record"):
            vault.get(ACCOUNT)
        # Whoever connects the account anew is not held up by it.
        kept = vault.put_together(ACCOUNT, attrs.evolve(CREDENTIAL, generation=0))
        assert kept == vault.get(ACCOUNT)
    raw.close()


def test_nothing_in_the_records_opens_anything():
    """
    Each sealing and each end is on record, with the version, and without a secret.
    """
    store = MemoryStore()
    vault = vault_over(store)
    vault.put(ACCOUNT, CREDENTIAL)
    vault.succeed(ACCOUNT, CREDENTIAL, successor(CREDENTIAL))
    vault.mark_lost(ACCOUNT, REASON)
    vault.put(ACCOUNT, CREDENTIAL)
    vault.destroy(ACCOUNT)
    vault.put(ACCOUNT, CREDENTIAL)
    records = store.records(ACCOUNT.id)

    assert [
        ("credential.sealed", "1"),
        ("credential.refreshed", "2"),
        ("credential.lost", "2"),
        ("credential.sealed", "3"),
        ("credential.destroyed", "3"),
        ("credential.sealed", "4"),
    ] == [(record.event, record.facts["version"]) for record in records]
    assert f"{REASON.ja} / {REASON.en}" == records[2].facts["reason"]
    assert PLANTED not in repr(records)


def test_a_newly_connected_credential_comes_with_its_facts():
    """
    It takes the place of whatever was there, and a fact that was changed meanwhile leaves everything as it was.
    """
    store = MemoryStore()
    vault = vault_over(store)
    vault.put(ACCOUNT, CREDENTIAL)
    waits = Fact(kind="account", key=ACCOUNT.id)
    store.put(None, waits)
    anew = attrs.evolve(successor(CREDENTIAL), generation=0, issued_at=None)
    connected = Record(at=NOW, subject=ACCOUNT.id, event="account.connected")
    kept = vault.put_together(ACCOUNT, anew, changes=[(waits, waits.becomes(network_id="42"))], records=[connected])

    assert kept is not None
    assert 4 == kept.generation
    assert kept.issued_at is not None
    assert kept == vault.get(ACCOUNT)
    assert vault.put_together(ACCOUNT, anew, changes=[(waits, waits.becomes())]) is None
    assert kept == vault.get(ACCOUNT)
    assert ["credential.sealed", "credential.sealed", "account.connected"] == [
        record.event for record in store.records(ACCOUNT.id)
    ]


@pytest.mark.parametrize("vault", [MemoryVault(), vault_over(MemoryStore())], ids=["memory", "sealed"])
def test_a_newly_connected_credential_replaces_whatever_is_there(vault):
    """
    Any vault takes one that was connected anew, and counts on.
    """
    first = renew(vault, ACCOUNT, CREDENTIAL, clock=SystemClock())
    second = renew(vault, ACCOUNT, attrs.evolve(CREDENTIAL, generation=0, issued_at=None), clock=SystemClock())

    assert [0, 1] == [first.generation, second.generation]
    assert second == vault.get(ACCOUNT)
    assert second.issued_at is not None


# --- changing keys ---------------------------------------------------------------------------------------------------


def test_keys_are_changed_while_the_programme_runs():
    """
    With the old key among the previous ones everything opens; after rotating, it is needed no more. Once is enough.
    """
    store, new = MemoryStore(), keys.generate()
    accounts = [Account(id=f"x:{number}", platform="x") for number in range(5)]
    for account in accounts:
        vault_over(store).put(account, CREDENTIAL)
    vault = vault_over(store, key=new, previous=[KEY])
    rows = store.all_sealed()
    seen: list[str] = []

    assert CREDENTIAL == vault.get(accounts[0])
    assert [False] * 5 == [one.current for one in rotation.look(vault)]
    assert 5 == rotation.rotate(vault, by="1042", progress=seen.append)
    assert [account.id for account in accounts] == seen
    assert 0 == rotation.rotate(vault, by="1042")
    alone = vault_over(store, key=new)
    assert [(True, None)] * 5 == [(one.current, one.fault) for one in rotation.look(alone)]
    assert [CREDENTIAL] * 5 == [alone.get(account) for account in accounts]
    # What is sealed has stayed as it was, and so has its version.
    assert [row.envelope[-60:] for row in rows] == [row.envelope[-60:] for row in store.all_sealed()]
    with pytest.raises(VaultError, match="not there"):
        vault_over(store).get(accounts[0])
    assert ["1042"] == [record.by for record in store.records("vault")]


def test_data_keys_are_changed():
    """
    Everything is sealed anew, as the next version; an envelope of before is refused.
    """
    store = MemoryStore()
    vault = vault_over(store)
    vault.put(ACCOUNT, CREDENTIAL)
    before = row_of(store)

    assert 1 == rotation.rotate(vault, by="1042", data=True)
    after = row_of(store)
    assert (1, 2) == (before.held.version, after.held.version)
    assert CREDENTIAL == vault.get(ACCOUNT)
    planted(store, ACCOUNT.id, before)
    with pytest.raises(VaultError):
        vault.get(ACCOUNT)


@pytest.mark.parametrize("data", [False, True])
def test_rotating_is_taken_up_where_it_was_interrupted(data: bool):
    """
    Whatever was done stays done; run again, the rest follows.
    """
    store, new = MemoryStore(), keys.generate()
    accounts = [Account(id=f"x:{number}", platform="x") for number in range(4)]
    for account in accounts:
        vault_over(store).put(account, CREDENTIAL)
    vault = vault_over(store, key=new, previous=[KEY])

    def interrupted(account_id: str) -> None:
        if account_id == "x:1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(vault, by="1042", data=data, progress=interrupted)

    assert [True, True, False, False] == [one.current for one in rotation.look(vault)]
    assert (4 if data else 2) == rotation.rotate(vault, by="1042", data=data)
    assert [CREDENTIAL] * 4 == [vault_over(store, key=new).get(account) for account in accounts]


def test_tokens_are_exchanged_while_keys_are_changed(monkeypatch: pytest.MonkeyPatch):
    """
    A credential that is refreshed between reading and writing is not overwritten by its older self.
    """
    store, new = MemoryStore(), keys.generate()
    vault_over(store).put(ACCOUNT, CREDENTIAL)
    vault = vault_over(store, key=new, previous=[KEY])
    reseal = store.reseal

    def overtaken(old, changed, **others):
        monkeypatch.setattr(store, "reseal", reseal)
        assert vault_over(store).succeed(ACCOUNT, CREDENTIAL, successor(CREDENTIAL))
        return reseal(old, changed, **others)

    monkeypatch.setattr(store, "reseal", overtaken)

    assert 1 == rotation.rotate(vault, by="1042")
    assert successor(CREDENTIAL) == vault_over(store, key=new).get(ACCOUNT)


def test_what_does_not_open_is_named_and_the_rest_is_looked_at():
    """
    A look at all of them tells which do not open, and why.
    """
    store = MemoryStore()
    vault = vault_over(store)
    vault.put(ACCOUNT, CREDENTIAL)
    vault.put(OTHER, CREDENTIAL)
    row = row_of(store)
    planted(store, ACCOUNT.id, attrs.evolve(row, held=of(row.held, subject="1")))

    (bad, good) = rotation.look(vault)
    assert isinstance(bad.fault, VaultError)
    assert good.fault is None


# --- small data ------------------------------------------------------------------------------------------------------


def test_small_data_is_sealed_for_what_it_is_about():
    """
    It opens for the same, after a change of keys too, and for nothing else.
    """
    new = keys.generate()
    old_keys = Keys(partial(keys.parse, KEY, place="t"))
    new_keys = Keys(partial(keys.parse, new, place="t"), [partial(keys.parse, KEY, place="t")])
    data = Sealer(old_keys, programme="武雄市").seal(PLANTED.encode(), "sign-in 7")

    assert PLANTED.encode() not in data
    assert PLANTED.encode() == Sealer(new_keys, programme="武雄市").open(data, "sign-in 7")
    assert data != Sealer(old_keys, programme="武雄市").seal(PLANTED.encode(), "sign-in 7")
    for sealer, sealed, about in [
        (Sealer(old_keys, programme="武雄市"), data, "sign-in 8"),
        (Sealer(old_keys, programme="嬉野市"), data, "sign-in 7"),
        (Sealer(old_keys, programme="武雄市"), b"", "sign-in 7"),
        (Sealer(old_keys, programme="武雄市"), b"\x00\x02\xff\xff", "sign-in 7"),
        (Sealer(old_keys, programme="武雄市"), data[:-1] + bytes([data[-1] ^ 1]), "sign-in 7"),
        (of_this_process(programme="武雄市"), data, "sign-in 7"),
    ]:
        with pytest.raises(VaultError):
            sealer.open(sealed, about)

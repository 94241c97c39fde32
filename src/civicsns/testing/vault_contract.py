"""
The contract kits for vaults and safes: what was put comes back, nothing older replaces it, and nothing shows.

A vault's author inherits `VaultContract` in a test and gives the fixture `vault`; the author of a store that keeps sealed
credentials inherits `SafeContract` and gives the fixture `open_safe`.
"""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import attrs
import pytest

from civicsns.errors import AuthorizationLost, StoreError
from civicsns.language import Bilingual
from civicsns.model import Account, Credential, CredentialKind, Fact, Held, Record, SealedCredential, Secret
from civicsns.ports import Refreshes, Remains
from civicsns.testing.store_contract.processes import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from civicsns.ports import SafeStore, Vault

NOW = datetime(2026, 4, 1, tzinfo=UTC)
ACCOUNT = Account(id="x:saga_hanako", platform="x")
OTHER = Account(id="x:takeo", platform="x")
#: Stands in every secret of the kit, so that it can be looked for where it must not be.
PLANTED = "PLANTED-91c2"
CREDENTIAL = Credential(
    platform="x",
    kind=CredentialKind.X_OAUTH2,
    secrets={"access_token": Secret(f"{PLANTED}-a"), "refresh_token": Secret(f"{PLANTED}-r")},
    subject="42",
    scopes=["tweet.read", "tweet.write"],
    expires_at=datetime(2026, 4, 1, 2, tzinfo=UTC),
    issued_at=NOW,
    generation=3,
)
REASON = Bilingual("更新できませんでした。", "It could not be exchanged.")


def successor(credential: Credential, token: str = "fresh") -> Credential:  # noqa: S107 -- no token, the kit's own
    """Give what the network makes of a credential."""
    secrets = {"access_token": Secret(f"{PLANTED}-{token}"), "refresh_token": Secret(f"{PLANTED}-{token}-r")}
    return attrs.evolve(credential, secrets=secrets, generation=credential.generation + 1)


class VaultContract:
    """
    What every vault must do, as tests for pytest.

    Inherit, and give the fixture `vault`.
    """

    def test_what_was_put_comes_back(self, vault: Vault) -> None:
        """
        Every field survives.
        """
        assert vault.put(ACCOUNT, CREDENTIAL)
        assert CREDENTIAL == vault.get(ACCOUNT)

    @pytest.mark.parametrize(("generation", "kept"), [(2, False), (3, False), (4, True)])
    def test_only_a_successor_replaces(self, vault: Vault, generation: int, kept: bool) -> None:  # noqa: FBT001 -- a case
        """
        A refresh that lost the race does not put its spent token back.
        """
        vault.put(ACCOUNT, CREDENTIAL)
        late = attrs.evolve(CREDENTIAL, generation=generation, secrets={"access_token": Secret("late")})

        assert kept == vault.put(ACCOUNT, late)
        assert (late if kept else CREDENTIAL) == vault.get(ACCOUNT)

    def test_none_is_authorization_lost(self, vault: Vault) -> None:
        """
        An account without a credential must be connected, and is named.
        """
        with pytest.raises(AuthorizationLost, match=ACCOUNT.id):
            vault.get(ACCOUNT)

    def test_what_was_destroyed_is_gone(self, vault: Vault) -> None:
        """
        It is destroyed once; others are not touched; the account can be connected anew.
        """
        vault.put(ACCOUNT, CREDENTIAL)
        vault.put(OTHER, CREDENTIAL)

        assert vault.destroy(ACCOUNT)
        assert not vault.destroy(ACCOUNT)
        assert not vault.mark_lost(ACCOUNT, REASON)
        with pytest.raises(AuthorizationLost):
            vault.get(ACCOUNT)
        assert CREDENTIAL == vault.get(OTHER)
        assert vault.put(ACCOUNT, attrs.evolve(CREDENTIAL, generation=1))

    def test_what_is_held_is_listed_without_secrets(self, vault: Vault) -> None:
        """
        The list says what there is of each account, in the order of their ids, and nothing that acts for one.
        """
        vault.put(OTHER, CREDENTIAL)
        vault.put(ACCOUNT, attrs.evolve(CREDENTIAL, expires_at=None, scopes=[], subject=""))
        held = vault.held()

        assert [ACCOUNT.id, OTHER.id] == [one.account for one in held]
        assert (
            Held(
                account=OTHER.id,
                platform="x",
                kind=CREDENTIAL.kind,
                version=held[1].version,
                generation=3,
                subject="42",
                scopes=CREDENTIAL.scopes,
                expires_at=CREDENTIAL.expires_at,
                issued_at=NOW,
            )
            == held[1]
        )
        assert (None, frozenset[str](), "") == (held[0].expires_at, held[0].scopes, held[0].subject)
        assert PLANTED not in repr(held)

    def test_what_is_lost_says_why_until_it_is_replaced(self, vault: Vault) -> None:
        """
        A lost credential is not handed out; it says why, is listed, and makes way for whatever is connected then.
        """
        vault.put(ACCOUNT, CREDENTIAL)

        assert not vault.mark_lost(ACCOUNT, REASON, generation=2)
        assert CREDENTIAL == vault.get(ACCOUNT)
        assert vault.mark_lost(ACCOUNT, REASON, generation=3)
        assert not vault.mark_lost(ACCOUNT, REASON)
        with pytest.raises(AuthorizationLost) as lost:
            vault.get(ACCOUNT)
        assert (REASON, ACCOUNT.id) == (lost.value.what, lost.value.place)
        assert [REASON] == [one.lost for one in vault.held()]
        anew = attrs.evolve(CREDENTIAL, generation=0)
        assert vault.put(ACCOUNT, anew)
        assert anew == vault.get(ACCOUNT)
        assert [None] == [one.lost for one in vault.held()]

    def test_what_is_lost_can_still_be_revoked(self, vault: Vault) -> None:
        """
        Whoever revokes gets the credential, whatever is known against it.
        """
        assert isinstance(vault, Remains)
        assert vault.remains(ACCOUNT) is None
        vault.put(ACCOUNT, CREDENTIAL)
        vault.mark_lost(ACCOUNT, REASON)

        assert CREDENTIAL == vault.remains(ACCOUNT)

    def test_an_exchange_is_marked(self, vault: Vault) -> None:
        """
        Who exchanges writes it down first, once; the successor takes the mark away, and so does settling.
        """
        assert isinstance(vault, Refreshes)
        vault.put(ACCOUNT, CREDENTIAL)

        assert not vault.settle(ACCOUNT, CREDENTIAL)
        assert not vault.begin(ACCOUNT, successor(CREDENTIAL))
        assert vault.begin(ACCOUNT, CREDENTIAL)
        assert not vault.begin(ACCOUNT, CREDENTIAL)
        assert vault.settle(ACCOUNT, CREDENTIAL)
        assert vault.begin(ACCOUNT, CREDENTIAL)
        assert CREDENTIAL == vault.get(ACCOUNT)
        assert vault.succeed(ACCOUNT, CREDENTIAL, successor(CREDENTIAL))
        assert successor(CREDENTIAL) == vault.get(ACCOUNT)
        assert vault.begin(ACCOUNT, successor(CREDENTIAL))

    def test_only_what_was_exchanged_is_succeeded(self, vault: Vault) -> None:
        """
        What the network gave is kept where the old one was marked as lost meanwhile, not where it is gone or replaced.
        """
        assert isinstance(vault, Refreshes)
        vault.put(ACCOUNT, CREDENTIAL)
        vault.mark_lost(ACCOUNT, REASON)

        assert vault.succeed(ACCOUNT, CREDENTIAL, successor(CREDENTIAL))
        assert successor(CREDENTIAL) == vault.get(ACCOUNT)
        assert not vault.succeed(ACCOUNT, CREDENTIAL, successor(CREDENTIAL, "late"))
        assert successor(CREDENTIAL) == vault.get(ACCOUNT)
        vault.destroy(ACCOUNT)
        assert not vault.succeed(ACCOUNT, successor(CREDENTIAL), successor(successor(CREDENTIAL)))
        assert [] == vault.held()

    def test_one_exchanges_at_a_time(self, vault: Vault) -> None:
        """
        Of several threads that want to exchange the tokens of one account, one is at it; other accounts do not wait.
        """
        assert isinstance(vault, Refreshes)
        refreshing: Refreshes = vault
        at_it: list[int] = []
        most: list[int] = []

        def work() -> None:
            with refreshing.exclusively(ACCOUNT):
                at_it.append(1)
                most.append(len(at_it))
                with refreshing.exclusively(OTHER):
                    pass
                at_it.pop()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [1, 1, 1, 1] == most


def sealed(account: str = ACCOUNT.id, *, envelope: bytes = b"\x00\xff\x01", revision: int = 0) -> SealedCredential:
    """Give a sealed credential to keep; nothing opens it."""
    held = Held(
        account=account,
        platform="x",
        kind=CredentialKind.X_OAUTH2,
        version=7,
        generation=3,
        subject="42",
        scopes=["tweet.write", "tweet.read"],
        expires_at=NOW,
        issued_at=NOW,
        lost=REASON,
        begun_at=NOW,
    )
    return SealedCredential(held=held, key="k", envelope=envelope, revision=revision)


def _record(subject: str, event: str, **facts: str) -> Record:
    return Record(at=NOW, subject=subject, event=event, facts=facts)


class SafeContract:
    """
    What every store that keeps sealed credentials must do, as tests for pytest.

    Inherit, and give the fixture `open_safe`: a callable that opens the same store, each time anew. One store serves all
    of these tests.
    """

    @pytest.fixture
    def safe(self, open_safe: Callable[[], SafeStore]) -> Iterator[SafeStore]:
        """Give the store, opened, for one test."""
        with opened(open_safe) as opened_store:
            store = cast("SafeStore", opened_store)
            for left in store.all_sealed():
                store.reseal(left, None)
            yield store

    def test_a_sealed_credential_comes_back(self, safe: SafeStore) -> None:
        """
        Every field survives; each is found by its account, all in the order of the accounts' ids.
        """
        plain = attrs.evolve(sealed("x:a"), held=Held(account="x:a", platform="x", kind=CredentialKind.OTHER))

        assert safe.sealed(ACCOUNT.id) is None
        for one in (sealed(), sealed("x:B"), plain):
            assert safe.reseal(None, one)
        assert sealed() == safe.sealed(ACCOUNT.id)
        assert [sealed("x:B"), plain, sealed()] == safe.all_sealed()

    def test_only_what_was_read_is_replaced(self, safe: SafeStore) -> None:
        """
        Who has seen what is stored replaces it or takes it away, with its records; others do nothing.
        """
        first = sealed("x:replaced")
        second = sealed("x:replaced", envelope=b"second", revision=1)
        assert safe.reseal(None, first, records=[_record("x:replaced", "first")])

        assert not safe.reseal(None, first, records=[_record("x:replaced", "twice")])
        assert safe.reseal(first, second, records=[_record("x:replaced", "second")])
        assert not safe.reseal(first, second, records=[_record("x:replaced", "late")])
        assert not safe.reseal(first, None)
        assert not safe.reseal(attrs.evolve(second, envelope=b"changed"), None)
        assert second == safe.sealed("x:replaced")
        assert safe.reseal(second, None, records=[_record("x:replaced", "gone")])
        assert safe.sealed("x:replaced") is None
        assert ["first", "second", "gone"] == [one.event for one in safe.records("x:replaced")]

    def test_facts_come_with_it_or_not_at_all(self, safe: SafeStore) -> None:
        """
        A sealed credential and facts are kept together, or neither.
        """
        waits = Fact(kind="account", key="x:connected")
        stands = waits.becomes(network_id="42")
        safe.put(None, waits)

        assert not safe.reseal(
            None, sealed("x:connected"), changes=[(stands, stands.becomes())], records=[_record("x:connected", "stale")]
        )
        assert safe.sealed("x:connected") is None
        assert safe.reseal(
            None, sealed("x:connected"), changes=[(waits, stands)], records=[_record("x:connected", "connected")]
        )
        assert not safe.reseal(None, sealed("x:connected"), changes=[(stands, None)])
        assert (sealed("x:connected"), stands) == (safe.sealed("x:connected"), safe.fact("account", "x:connected"))
        assert ["connected"] == [one.event for one in safe.records("x:connected")]

    def test_one_follows_its_own(self, safe: SafeStore) -> None:
        """
        A sealed credential does not take the place of another account's, nor skip a number.
        """
        first = sealed()
        safe.reseal(None, first)

        for old, new in [
            (None, None),
            (None, sealed(revision=1)),
            (first, first),
            (first, sealed(revision=2)),
            (first, sealed(OTHER.id, revision=1)),
        ]:
            with pytest.raises(ValueError, match=r"follows|nothing"):
                safe.reseal(old, new)

        assert [first] == safe.all_sealed()

    def test_the_newest_record_is_found(self, safe: SafeStore) -> None:
        """
        Of the records about a subject, the newest of the events that are asked for.
        """
        at = "x:newest"
        safe.add(
            [],
            [_record(at, "sealed", version="1"), _record(at, "sealed", version="2"), _record(at, "lost", version="2")],
        )
        safe.add([], [_record("x:another", "sealed", version="9")])

        assert {"version": "2"} == safe.last(at, ["sealed", "destroyed"])
        assert safe.last(at, ["destroyed"]) is None
        assert safe.last("x:nobody", ["sealed"]) is None

    def test_a_name_is_held_by_one(self, safe: SafeStore) -> None:
        """
        While somebody holds a name nobody else does; then the next one may.
        """
        with safe.exclusively("a", patience=1), safe.exclusively("b", patience=1):
            second = safe.exclusively("a", patience=0.05)
            with pytest.raises(StoreError):
                second.__enter__()
        with safe.exclusively("a", patience=1):
            pass

"""Tokens are exchanged in time, once, and kept before they are used; what may be spent is not tried again."""

from __future__ import annotations

import traceback
from datetime import timedelta

import attrs
import pytest

from civicsns.errors import (
    AuthorizationLost,
    Outcome,
    OutcomeUnknown,
    Refused,
    StoreError,
    Unavailable,
    UnknownReason,
    VaultError,
)
from civicsns.language import Bilingual
from civicsns.model import Credential, CredentialKind, Secret
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock
from civicsns.testing.vault_contract import ACCOUNT, CREDENTIAL, NOW, PLANTED, REASON, successor
from civicsns.vault import keys
from civicsns.vault.file import CredentialFile
from civicsns.vault.keys import Keys
from civicsns.vault.memory import MemoryVault
from civicsns.vault.refreshing import Refresher
from civicsns.vault.sealed import SealedVault

WORDS = Bilingual("何か", "something")
KEY = keys.parse(keys.generate(), place="test")


class Network:
    """Exchanges tokens, each once, and ends as the test has laid down."""

    platform = "x"

    def __init__(self, clock: PracticeClock) -> None:
        self.clock = clock
        self.asked: list[str] = []
        self.ends: list[Exception] = []
        self.meanwhile = lambda: None

    def refresh(self, credential: Credential) -> Credential:
        self.asked.append(credential.secret("refresh_token"))
        self.meanwhile()
        if self.ends:
            raise self.ends.pop(0)
        assert self.asked.count(self.asked[-1]) == 1, "a spent token was replayed"
        fresh = successor(credential, f"fresh{len(self.asked)}")
        return attrs.evolve(fresh, expires_at=self.clock.now() + timedelta(hours=2))

    def begin(self, *_: object) -> None:
        raise AssertionError

    complete = revoke = whoami = begin


@pytest.fixture
def clock():
    return PracticeClock(NOW)


@pytest.fixture(params=["memory", "file", "sealed"])
def kind(request):
    return request.param


@pytest.fixture
def vault(kind, tmp_path, clock):
    match kind:
        case "memory":
            return MemoryVault()
        case "file":
            return CredentialFile(tmp_path / "credentials.json", clock=clock, patience=0.05)
        case _:
            return SealedVault(MemoryStore(), Keys(lambda: KEY), programme="武雄市", clock=clock, patience=0.05)


@pytest.fixture
def network(clock):
    return Network(clock)


@pytest.fixture
def refresher(vault, clock):
    vault.put(ACCOUNT, CREDENTIAL)
    return Refresher(vault, clock=clock)


def lost(refresher: Refresher, network: Network) -> AuthorizationLost:
    with pytest.raises(AuthorizationLost) as ended:
        refresher.fresh(ACCOUNT, network)
    assert PLANTED not in "".join(traceback.format_exception(ended.value))
    return ended.value


@pytest.mark.parametrize(("passed", "asked"), [(0, 0), (59, 0), (60, 1), (119, 1)])
def test_half_of_its_time(refresher, network, clock, passed: int, asked: int):
    """
    A token is exchanged once half of its time is over.
    """
    clock.advance(timedelta(minutes=passed))
    refresher.fresh(ACCOUNT, network)

    assert asked == len(network.asked)


@pytest.mark.parametrize(("left", "asked"), [(11, 0), (10, 1)])
def test_without_a_time_of_issue_the_end_counts(vault, refresher, network, clock, left: int, asked: int):
    """
    A token of which nobody knows when it was issued is exchanged ten minutes before its end.
    """
    vault.put(ACCOUNT, attrs.evolve(CREDENTIAL, issued_at=None, generation=4))
    clock.advance(timedelta(minutes=120 - left))
    refresher.fresh(ACCOUNT, network)

    assert asked == len(network.asked)


def test_what_does_not_end_is_left_alone(vault, refresher, network, clock):
    """
    Nor is a network asked that exchanges nothing.
    """
    clock.advance(timedelta(hours=5))

    assert CREDENTIAL == refresher.fresh(ACCOUNT, object())
    for_ever = attrs.evolve(CREDENTIAL, expires_at=None, generation=4)
    vault.put(ACCOUNT, for_ever)
    assert for_ever == refresher.fresh(ACCOUNT, network)
    assert [] == network.asked


def test_the_fresh_one_is_kept_before_it_is_used(vault, refresher, network, clock):
    """
    It counts on, has its time of issue, and serves the next one who asks.
    """
    clock.advance(timedelta(hours=1))
    fresh = refresher.fresh(ACCOUNT, network)

    assert (4, clock.now()) == (fresh.generation, fresh.issued_at)
    assert fresh == vault.get(ACCOUNT) == refresher.fresh(ACCOUNT, network)
    assert 1 == len(network.asked)
    assert [None] == [held.begun_at for held in vault.held()]


@pytest.mark.parametrize(
    "ended",
    [
        OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT),
        AuthorizationLost(WORDS, mend=WORDS),
        RuntimeError(PLANTED),
    ],
    ids=["unknown", "refused", "the adapter's own"],
)
def test_what_may_be_spent_is_not_tried_again(vault, refresher, network, clock, ended: Exception):
    """
    The account is lost, says why, and the network is not asked a second time.
    """
    clock.advance(timedelta(minutes=70))
    network.ends = [ended]
    first = lost(refresher, network)

    assert ACCOUNT.id == first.place
    assert first.what == lost(refresher, network).what == vault.held()[0].lost
    assert 1 == len(network.asked)
    # Connected anew, it works again.
    vault.put(ACCOUNT, successor(CREDENTIAL, "anew"))
    assert 5 == refresher.fresh(ACCOUNT, network).generation


@pytest.mark.parametrize("ended", [Unavailable(WORDS, mend=WORDS), Refused(WORDS, mend=WORDS)])
def test_what_is_provably_not_exchanged_is_tried_again(vault, refresher, network, clock, ended: Outcome):
    """
    Meanwhile the old token serves, as long as it lasts.
    """
    clock.advance(timedelta(minutes=70))
    network.ends = [ended, ended]

    assert CREDENTIAL == refresher.fresh(ACCOUNT, network)
    clock.advance(timedelta(minutes=50))
    with pytest.raises(type(ended)):
        refresher.fresh(ACCOUNT, network)
    network.asked.clear()
    assert 4 == refresher.fresh(ACCOUNT, network).generation


@pytest.mark.parametrize("kind", ["file", "sealed"])
def test_a_process_that_died_over_it_is_found_out(vault, refresher, network, clock):
    """
    Between the network's answer and the vault the fresh token is lost with the process; that is said, and not guessed.
    """
    vault.begin(ACCOUNT, CREDENTIAL)

    assert vault.held()[0].begun_at == clock.now()
    clock.advance(timedelta(minutes=70))

    assert "died while it exchanged" in lost(refresher, network).what.en
    assert [] == network.asked


@pytest.mark.parametrize("kind", ["file", "sealed"])
def test_a_process_that_stands_still_keeps_nobody_waiting_for_ever(vault, refresher, network, clock):
    """
    While it is at it the others wait; after five minutes it is taken for dead. When it goes on, what it got is kept.
    """
    clock.advance(timedelta(minutes=70))
    others: list[Exception] = []

    def stand_still() -> None:
        for pause in (1, 5):
            clock.advance(timedelta(minutes=pause))
            try:
                Refresher(vault, clock=clock).fresh(ACCOUNT, network)
            except (StoreError, AuthorizationLost) as error:
                others.append(error)

    network.meanwhile = stand_still
    fresh = refresher.fresh(ACCOUNT, network)

    assert [StoreError, AuthorizationLost] == [type(error) for error in others]
    assert 1 == len(network.asked)
    assert fresh == vault.get(ACCOUNT)


def test_a_refusal_counts_only_where_nobody_was_faster(vault, refresher, network, clock):
    """
    Where another one is kept by the time the network says no, that one is used.
    """
    clock.advance(timedelta(minutes=70))
    connected = attrs.evolve(successor(CREDENTIAL, "anew"), issued_at=NOW, generation=9)
    network.meanwhile = lambda: vault.put(ACCOUNT, connected)
    network.ends = [AuthorizationLost(WORDS, mend=WORDS)]

    assert connected == refresher.fresh(ACCOUNT, network)
    assert [None] == [held.lost for held in vault.held()]


def test_an_account_that_was_given_up_meanwhile_stays_so(vault, refresher, network, clock):
    """
    What the network gives for a credential that is destroyed by then is not kept.
    """
    clock.advance(timedelta(minutes=70))
    network.meanwhile = lambda: vault.destroy(ACCOUNT)

    lost(refresher, network)
    assert [] == vault.held()


def test_what_the_vault_did_not_take_is_kept_as_soon_as_it_can_be(vault, refresher, network, clock, monkeypatch):
    """
    Where the store fails just then, the fresh token waits in the process; nobody uses it before it is kept.
    """
    clock.advance(timedelta(minutes=70))

    def shut(*_: object) -> bool:
        raise VaultError(WORDS, mend=WORDS)

    with monkeypatch.context() as patched:
        patched.setattr(vault, "succeed", shut)
        for _ in range(2):
            with pytest.raises(VaultError):
                refresher.fresh(ACCOUNT, network)
    fresh = refresher.fresh(ACCOUNT, network)

    assert 1 == len(network.asked)
    assert fresh == vault.get(ACCOUNT)
    assert 4 == fresh.generation


def test_a_grant_is_rescued_from_what_others_made_of_it(vault, refresher, network, clock, monkeypatch):
    """
    Others find the mark of one whose vault failed, and take the account for lost; he still keeps what he has.
    """
    clock.advance(timedelta(minutes=70))

    def shut(*_: object) -> bool:
        raise VaultError(WORDS, mend=WORDS)

    with monkeypatch.context() as patched:
        patched.setattr(vault, "succeed", shut)
        with pytest.raises(VaultError):
            refresher.fresh(ACCOUNT, network)
    lost(Refresher(vault, clock=clock), network)
    fresh = refresher.fresh(ACCOUNT, network)

    assert 1 == len(network.asked)
    assert fresh == vault.get(ACCOUNT)


def test_what_never_changes_is_settled(vault, refresher, network, clock):
    """
    A network that gives the credential back unchanged leaves no mark.
    """
    same = Credential(platform="x", kind=CredentialKind.OTHER, secrets={"t": Secret("t")}, expires_at=NOW, generation=9)
    vault.put(ACCOUNT, same)
    network.refresh = lambda credential: credential

    assert same == refresher.fresh(ACCOUNT, network)
    assert [None] == [held.begun_at for held in vault.held()]


class Plain:
    """A vault of somebody else's, which can do no more than it must."""

    def __init__(self) -> None:
        inner = MemoryVault()
        self.get, self.put, self.destroy = inner.get, inner.put, inner.destroy
        self.held, self.mark_lost = inner.held, inner.mark_lost


def test_any_vault_will_do(clock, network):
    """
    One that knows nothing of other processes serves one process.
    """
    vault = Plain()
    vault.put(ACCOUNT, CREDENTIAL)
    clock.advance(timedelta(minutes=70))
    refresher = Refresher(vault, clock=clock)

    assert 4 == refresher.fresh(ACCOUNT, network).generation
    assert vault.mark_lost(ACCOUNT, REASON)
    assert REASON == lost(refresher, network).what

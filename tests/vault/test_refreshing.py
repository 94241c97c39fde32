"""Tokens are exchanged in time, once, and kept before they are used; what may be spent is not tried again."""

from __future__ import annotations

import os
import threading
import traceback
from datetime import timedelta
from typing import Any

import attrs
import pytest

from civicsns.errors import (
    AuthorizationLost,
    ConfigurationError,
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
from civicsns.vault.refreshing import UNKNOWN, Refresher, renew
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
        self.revoked: list[str] = []
        self.meanwhile = lambda: None

    def refresh(self, credential: Credential) -> Credential:
        self.asked.append(credential.secret("refresh_token"))
        self.meanwhile()
        if self.ends:
            raise self.ends.pop(0)
        assert self.asked.count(self.asked[-1]) == 1, "a spent token was replayed"
        fresh = successor(credential, f"fresh{len(self.asked)}")
        return attrs.evolve(fresh, expires_at=self.clock.now() + timedelta(hours=2))

    def revoke(self, credential: Credential) -> None:
        self.revoked.append(credential.secret("refresh_token"))
        raise Unavailable(WORDS, mend=WORDS)

    def begin(self, *_: object) -> None:
        raise AssertionError

    complete = whoami = begin


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
            return MemoryVault(clock=clock)
        case "file":
            return CredentialFile(tmp_path / "credentials.json", clock=clock, patience=0.05)
        case _:
            return SealedVault(MemoryStore(), Keys(lambda: KEY), programme="武雄市", clock=clock, patience=0.05)


@pytest.fixture
def network(clock):
    return Network(clock)


def refresher_of(vault, clock, **more: Any) -> Refresher:
    """Give one whose waiting moves the clock."""
    return Refresher(vault, clock=clock, sleep=lambda seconds: clock.advance(timedelta(seconds=seconds)), **more)


@pytest.fixture
def told() -> list[tuple[str, type[Exception]]]:
    """What was told of accounts whose tokens were not exchanged."""
    return []


@pytest.fixture
def refresher(vault, clock, told):
    vault.put(ACCOUNT, CREDENTIAL)
    return refresher_of(vault, clock, tell=lambda account, why: told.append((account, type(why))))


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


def test_what_is_refused_is_not_tried_again(vault, refresher, network, clock):
    """
    The account is lost, says why, and the network is not asked a second time.
    """
    clock.advance(timedelta(minutes=70))
    network.ends = [AuthorizationLost(WORDS, mend=WORDS)]
    first = lost(refresher, network)

    assert ACCOUNT.id == first.place
    assert first.what == lost(refresher, network).what == vault.held()[0].lost
    assert 1 == len(network.asked)
    # Connected anew, it works again.
    vault.put(ACCOUNT, successor(CREDENTIAL, "anew"))
    assert 5 == refresher.fresh(ACCOUNT, network).generation


@pytest.mark.parametrize(
    "ended",
    [OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT), RuntimeError(PLANTED)],
    ids=["unknown", "the adapter's own"],
)
def test_what_may_be_spent_is_not_tried_again(vault, refresher, network, clock, told, ended: Exception):
    """
    The access token serves everybody as long as it lasts, with the mark beside it; then the account is lost.
    """
    clock.advance(timedelta(minutes=70))
    network.ends = [ended]
    begun = clock.now()

    for minutes in (0, 1, 20, 27):
        clock.advance(timedelta(minutes=minutes))
        assert CREDENTIAL == refresher.fresh(ACCOUNT, network) == refresher_of(vault, clock).fresh(ACCOUNT, network)
    assert [(ACCOUNT.id, type(ended))] == told
    assert [(begun, None)] == [(held.begun_at, held.lost) for held in vault.held()]
    clock.advance(timedelta(minutes=1))
    assert UNKNOWN == lost(refresher, network).what == vault.held()[0].lost
    assert 1 == len(network.asked)
    # Connected anew, it works again.
    vault.put(ACCOUNT, attrs.evolve(successor(CREDENTIAL, "anew"), expires_at=clock.now() + timedelta(hours=2)))
    assert 4 == refresher.fresh(ACCOUNT, network).generation


def test_where_nothing_is_left_to_serve_it_is_lost_at_once(vault, refresher, network, clock):
    """
    A token that has ended, and whose exchange nobody knows the end of, is of no use to anybody.
    """
    clock.advance(timedelta(minutes=120))
    network.ends = [OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)]

    assert UNKNOWN == lost(refresher, network).what == vault.held()[0].lost


@pytest.mark.parametrize(
    "ended",
    [
        Unavailable(WORDS, mend=WORDS),
        Refused(WORDS, mend=WORDS),
        Refused(WORDS, mend=WORDS, scope="app"),
        ConfigurationError(WORDS, mend=WORDS),
    ],
    ids=["unavailable", "refused", "the app", "settings"],
)
def test_what_is_provably_not_exchanged_is_tried_again(vault, refresher, network, clock, told, ended: Outcome):
    """
    Meanwhile the old token serves, as long as it lasts.
    """
    clock.advance(timedelta(minutes=70))
    network.ends = [ended, ended]

    assert CREDENTIAL == refresher.fresh(ACCOUNT, network)
    assert [(ACCOUNT.id, type(ended))] == told
    clock.advance(timedelta(minutes=50))
    with pytest.raises(type(ended)):
        refresher.fresh(ACCOUNT, network)
    network.asked.clear()
    assert 4 == refresher.fresh(ACCOUNT, network).generation


def test_a_process_that_died_over_it_is_found_out(vault, refresher, network, clock):
    """
    Between the network's answer and the vault the fresh token is lost with the process; that is said, and not guessed.
    """
    clock.advance(timedelta(minutes=118, seconds=30))
    vault.begin(ACCOUNT, CREDENTIAL)

    assert CREDENTIAL == refresher.fresh(ACCOUNT, network)
    assert vault.held()[0].begun_at == clock.now()
    clock.advance(timedelta(minutes=1))
    # It may have lost its turn only, with its connection, and be back with the answer.
    with pytest.raises(StoreError):
        refresher.fresh(ACCOUNT, network)
    clock.advance(timedelta(minutes=5))
    assert UNKNOWN == lost(refresher, network).what
    assert [] == network.asked


@pytest.mark.parametrize("kind", ["file", "sealed"])
def test_a_process_that_stands_still_keeps_nobody_waiting_for_ever(vault, refresher, network, clock):
    """
    The others use the old token while it lasts, then wait; after five minutes it is taken for dead.

    When it goes on, what it got is kept.
    """
    clock.advance(timedelta(minutes=117))
    others: list[object] = []

    def stand_still() -> None:
        for pause in (1, 1, 4):
            clock.advance(timedelta(minutes=pause))
            try:
                others.append(Refresher(vault, clock=clock).fresh(ACCOUNT, network))
            except (StoreError, AuthorizationLost) as error:
                others.append(type(error))

    network.meanwhile = stand_still
    fresh = refresher.fresh(ACCOUNT, network)

    assert [CREDENTIAL, StoreError, AuthorizationLost] == others
    assert 1 == len(network.asked)
    assert fresh == vault.get(ACCOUNT)


@pytest.mark.parametrize("fails", ["exclusively", "begin"])
def test_a_vault_that_fails_before_anybody_was_asked_costs_nothing(
    vault, refresher, network, clock, monkeypatch, told, fails: str
):
    """
    The old token serves while it lasts; then the trouble is told, however long that goes on, and nothing is lost by it.
    """

    def shut(*_: object) -> bool:
        raise VaultError(WORDS, mend=WORDS)

    clock.advance(timedelta(minutes=70))
    with monkeypatch.context() as patched:
        patched.setattr(vault, fails, shut)

        assert CREDENTIAL == refresher.fresh(ACCOUNT, network)
        assert [(ACCOUNT.id, VaultError)] == told
        clock.advance(timedelta(minutes=60))
        with pytest.raises(VaultError):
            refresher.fresh(ACCOUNT, network)
    assert [] == network.asked
    assert 4 == refresher.fresh(ACCOUNT, network).generation


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
    What the network gives for a credential that is destroyed by then is not kept, nor left alive there.
    """
    clock.advance(timedelta(minutes=70))
    network.meanwhile = lambda: vault.destroy(ACCOUNT)

    lost(refresher, network)
    assert [] == vault.held()
    assert [successor(CREDENTIAL, "fresh1").secret("refresh_token")] == network.revoked


class Failing:
    """A vault's `succeed` that fails so many times."""

    def __init__(self, vault: MemoryVault | CredentialFile | SealedVault, times: int) -> None:
        self.succeed = vault.succeed
        self.times = times

    def __call__(self, *given: Any) -> bool:
        self.times -= 1
        if self.times >= 0:
            raise VaultError(WORDS, mend=WORDS)
        return self.succeed(*given)


def test_a_vault_that_is_back_in_a_moment_loses_nothing(vault, refresher, network, clock, monkeypatch):
    """
    It is asked again for half a minute, before anybody else gets at the account.
    """
    clock.advance(timedelta(minutes=70))
    began = clock.now()
    monkeypatch.setattr(vault, "succeed", Failing(vault, 59))
    fresh = refresher.fresh(ACCOUNT, network)

    assert fresh == vault.get(ACCOUNT)
    assert timedelta(seconds=29.5) == clock.now() - began


def test_what_the_vault_did_not_take_is_kept_as_soon_as_it_can_be(vault, refresher, network, clock, monkeypatch):
    """
    Where the store fails for longer, the fresh token waits in the process; nobody uses it before it is kept.
    """
    clock.advance(timedelta(minutes=70))
    failing = Failing(vault, 61)
    monkeypatch.setattr(vault, "succeed", failing)
    for left in (1, 0):
        with pytest.raises(VaultError):
            refresher.fresh(ACCOUNT, network)
        assert left == failing.times
    fresh = refresher.fresh(ACCOUNT, network)

    assert 1 == len(network.asked)
    assert fresh == vault.get(ACCOUNT)
    assert 4 == fresh.generation


@pytest.mark.parametrize("given_up", [False, True])
def test_what_the_vault_did_not_take_is_kept_at_the_end(vault, refresher, network, clock, monkeypatch, given_up: bool):
    """
    Before the process ends it is kept, unless the account was given up meanwhile; where it cannot be, that is told.
    """
    clock.advance(timedelta(minutes=70))
    failing = Failing(vault, 10**6)
    monkeypatch.setattr(vault, "succeed", failing)
    for end in (lambda: refresher.fresh(ACCOUNT, network), refresher.close):
        with pytest.raises(VaultError):
            end()
    failing.times = 0
    if given_up:
        vault.destroy(ACCOUNT)
    refresher.close()
    refresher.close()

    assert ([] if given_up else [4]) == [held.generation for held in vault.held()]


def test_what_comes_late_for_an_account_that_was_given_up_is_not_kept(vault, refresher, network, clock, monkeypatch):
    """
    An account that was connected anew since does not get the tokens of before back, though both count alike.
    """
    vault.destroy(ACCOUNT)
    first = renew(vault, ACCOUNT, CREDENTIAL, clock=clock)
    clock.advance(timedelta(minutes=70))
    with monkeypatch.context() as patched:
        patched.setattr(vault, "succeed", Failing(vault, 10**6))
        with pytest.raises(VaultError):
            refresher.fresh(ACCOUNT, network)
    assert first == vault.remains(ACCOUNT)
    vault.destroy(ACCOUNT)
    anew = renew(vault, ACCOUNT, successor(CREDENTIAL, "anew"), clock=clock)

    assert anew == refresher.fresh(ACCOUNT, network) == vault.get(ACCOUNT)
    # A network may take all grants of an account for one.
    assert [] == network.revoked


def test_a_grant_is_rescued_from_what_others_made_of_it(vault, refresher, network, clock, monkeypatch):
    """
    Others find the mark of one whose vault failed, and take the account for lost in the end; he still keeps what he has.
    """
    clock.advance(timedelta(minutes=70))
    with monkeypatch.context() as patched:
        patched.setattr(vault, "succeed", Failing(vault, 10**6))
        with pytest.raises(VaultError):
            refresher.fresh(ACCOUNT, network)
    clock.advance(timedelta(minutes=50))
    lost(Refresher(vault, clock=clock), network)
    fresh = refresher.fresh(ACCOUNT, network)

    assert 1 == len(network.asked)
    assert fresh == vault.get(ACCOUNT)


@pytest.mark.parametrize("kind", ["sealed"])
def test_the_wrapping_key_is_needed_before_the_network_is_asked(vault, refresher, network, clock):
    """
    A key-management service that is out of reach by the time the answer comes costs nothing.
    """
    clock.advance(timedelta(minutes=70))

    class Away:
        id = KEY.id

        def wrap(self, _: bytes) -> bytes:
            raise VaultError(WORDS, mend=WORDS)

        unwrap = wrap

    network.meanwhile = lambda: setattr(vault, "keys", Keys(Away))
    fresh = refresher.fresh(ACCOUNT, network)
    vault.keys = Keys(lambda: KEY)

    assert fresh == vault.get(ACCOUNT)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("kind", ["file"])
def test_a_process_that_is_forked_meanwhile_has_turns_of_its_own(vault, refresher, network, clock):
    """
    Nobody in it would ever end the turn that a thread had when it was forked.
    """
    clock.advance(timedelta(minutes=70))
    turn = refresher._turns.setdefault(ACCOUNT.id, threading.Lock())
    with turn:
        child = os.fork()
        if child == 0:
            try:
                refresher.fresh(ACCOUNT, network)
            finally:
                os._exit(0)
        os.waitpid(child, 0)

    assert 4 == vault.get(ACCOUNT).generation


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

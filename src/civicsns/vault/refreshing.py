"""
Exchanging tokens before they end, when several threads, processes and machines want the same.

A refresh token serves once. So whoever exchanges it holds the account, reads it again, leaves it where somebody else was
faster, writes down that he begins, asks the network once, and keeps the answer before anybody uses it. Where it is not
known whether the network has exchanged it, that mark stays: a token that may be spent is not tried again. The access
token serves as long as it lasts; after that the account is marked as lost.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

import attrs

from civicsns.errors import AuthorizationLost, BadInput, CivicsnsError, Outcome, OutcomeUnknown, StoreError
from civicsns.language import Bilingual
from civicsns.ports import Enrols, PutsTogether, Refreshes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from civicsns.model import Account, Credential
    from civicsns.ports import Clock, Vault

#: A token with less than this left is exchanged before it is used.
_FRESH: Final = timedelta(minutes=10)
#: A token with less than this left is not used, where it could not be exchanged.
_USABLE: Final = timedelta(minutes=1)

#: Who has begun to exchange a token so long ago, and not ended, is taken for dead.
FORSAKEN: Final = timedelta(minutes=5)

#: How long to wait for another thread that exchanges tokens of the same account, in seconds.
_TURN: Final = 10.0
#: How long a vault that fails is asked again to take what the network gave, with which pauses, in seconds; and how often.
_PATIENCE: Final = 30.0
_PAUSE: Final = 0.5
_TRIES: Final = 60

_AGAIN: Final = Bilingual("アカウントを接続し直してください。", "Connect the account again.")
UNKNOWN: Final = Bilingual(
    "トークンの更新を始めましたが、結果が分からないままです（応答がなかったか、処理が途中で止まりました）。"
    "古い更新用トークンは使えない可能性があります。",
    "The exchange of the token began, and how it ended is not known: no answer came, or a process died over it. The old"
    " refresh token may be spent.",
)


def due(credential: Credential, *, clock: Clock) -> bool:
    """
    Tell whether a credential is to be exchanged: half of its time is over, or it is about to end.

    One that does not expire never is. Where it is not known when it was issued, only its end counts.
    """
    if credential.expires_at is None:
        return False
    now = clock.now()
    if credential.expires_at - now <= _FRESH:
        return True
    issued = credential.issued_at
    return issued is not None and now >= issued + (credential.expires_at - issued) / 2


def usable(credential: Credential, *, clock: Clock) -> bool:
    """Tell whether a credential that could not be exchanged still serves."""
    return credential.expires_at is None or credential.expires_at - clock.now() > _USABLE


def renew(vault: Vault, account: Account, credential: Credential, *, clock: Clock) -> Credential:
    """
    Keep a newly connected credential in the place of whatever there is.

    Returns:
        The credential as it was kept, with its generation.
    """
    if isinstance(vault, PutsTogether):
        together = vault.put_together(account, credential)
        assert together is not None, "there are no facts that somebody could have changed"
        return together
    while True:
        before = next((held.generation for held in vault.held() if held.account == account.id), -1)
        kept = attrs.evolve(credential, generation=before + 1, issued_at=credential.issued_at or clock.now())
        if vault.put(account, kept):
            return kept


@attrs.frozen(kw_only=True)
class _Unkept:
    """What the network gave, and the vault did not take: lost with this process, and not before."""

    account: Account
    adapter: Enrols
    old: Credential
    fresh: Credential


class Refresher:
    """
    Opens credentials, and exchanges those whose time it is.

    Args:
        vault: Where they are kept.
        clock: Where the time comes from.
        sleep: How to wait.
        tell: Told of an account whose tokens were not exchanged although their time had come, and why, where the old
            one goes on serving.
    """

    def __init__(
        self,
        vault: Vault,
        *,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str, Exception], None] = lambda _account, _error: None,
    ) -> None:
        self._tell = tell
        self._vault = vault
        self._clock = clock
        self._sleep = sleep
        self._unkept: dict[str, _Unkept] = {}
        self._forget_turns()
        _refreshers.add(self)

    def _forget_turns(self) -> None:
        # What a thread held when the process was forked, nobody in the new one will ever let go of.
        self._turns: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def fresh(self, account: Account, adapter: object) -> Credential:
        """
        Open the credential of *account*, exchanged first where its time has come.

        Where that cannot be done just now, the old one is given as long as it lasts.

        Args:
            account: Whose.
            adapter: The network; one that does not fit `Enrols` exchanges nothing.

        Raises:
            AuthorizationLost: If there is none, or it does not work any more.
            Outcome: If it has ended, and the network did not exchange it.
            CivicsnsError: If the vault does not open, or does not keep what the network gave; if somebody else has
                been exchanging it for too long.
        """
        if account.id in self._unkept:
            with self._exclusively(account):
                return self._rescued(account) or self._vault.get(account)
        credential = self._vault.get(account)
        if not due(credential, clock=self._clock) or not isinstance(adapter, Enrols):
            return credential
        with contextlib.ExitStack() as turn:
            try:
                turn.enter_context(self._exclusively(account))
            except StoreError as error:
                # A process that stands still holds the account as long as it likes.
                if self._serves(account, credential, error):
                    return credential
                if not self._forsaken(account):
                    raise
                return self._lost(account, credential, UNKNOWN)
            return self._alone(account, adapter)

    def close(self) -> None:
        """
        Keep what the vault did not take before.

        Raises:
            CivicsnsError: If it does not take all of it now either: those accounts are lost with this process.
        """
        failed: CivicsnsError | None = None
        for unkept in list(self._unkept.values()):
            try:
                self._keep(unkept, tries=1 if failed else _TRIES)
            except AuthorizationLost:
                # The account was given up meanwhile.
                continue
            except CivicsnsError as error:
                failed = error
        if failed is not None:
            raise failed

    def _alone(self, account: Account, adapter: Enrols) -> Credential:
        rescued = self._rescued(account)
        if rescued is not None:
            return rescued
        credential = self._vault.get(account)
        if not due(credential, clock=self._clock):
            return credential
        try:
            begun = not isinstance(self._vault, Refreshes) or self._vault.begin(account, credential)
        except StoreError as error:
            # Nobody was asked.
            if self._serves(account, credential, error):
                return credential
            raise
        return self._exchange(account, adapter, credential) if begun else self._begun(account, credential)

    def _rescued(self, account: Account) -> Credential | None:
        """Keep what the vault did not take before; None where there is nothing."""
        unkept = self._unkept.get(account.id)
        return self._keep(unkept, tries=1) if unkept else None

    def _begun(self, account: Account, credential: Credential) -> Credential:
        """Go on where a mark was found: we hold the account, so whoever left it is at it no more, or has lost its turn."""
        current = self._vault.get(account)
        if current.generation != credential.generation or usable(current, clock=self._clock):
            return current
        if not self._forsaken(account):
            raise _engaged(account)
        return self._lost(account, credential, UNKNOWN)

    def _forsaken(self, account: Account) -> bool:
        begun = next((held.begun_at for held in self._vault.held() if held.account == account.id), None)
        return begun is not None and self._clock.now() - begun > FORSAKEN

    @contextlib.contextmanager
    def _exclusively(self, account: Account) -> Generator[None]:
        with self._guard:
            turn = self._turns.setdefault(account.id, threading.Lock())
        # Threads of one process wait here, which costs no file and no connection.
        if not turn.acquire(timeout=_TURN):
            raise _engaged(account)
        try:
            if isinstance(self._vault, Refreshes):
                with self._vault.exclusively(account):
                    yield
            else:
                yield
        finally:
            turn.release()

    def _exchange(self, account: Account, adapter: Enrols, credential: Credential) -> Credential:
        fresh, failed = credential, None
        try:
            fresh = adapter.refresh(credential)
        except AuthorizationLost as ended:
            return self._lost(account, credential, ended.what, ended)
        except OutcomeUnknown as ended:
            return self._unknown(account, credential, ended)
        except (Outcome, BadInput) as ended:
            # It was provably not exchanged.
            self._settle(account, credential)
            if self._serves(account, credential, ended):
                # It is exchanged next time.
                return credential
            raise
        except Exception as error:  # noqa: BLE001 -- an adapter's own error proves nothing, and may quote the token
            failed = error
        if failed is not None:
            return self._unknown(account, credential, failed)
        if fresh.generation <= credential.generation:
            # There was nothing to exchange.
            self._settle(account, credential)
            return credential
        fresh = attrs.evolve(fresh, issued_at=self._clock.now())
        unkept = _Unkept(account=account, adapter=adapter, old=credential, fresh=fresh)
        self._unkept[account.id] = unkept
        return self._keep(unkept, tries=_TRIES)

    def _unknown(self, account: Account, credential: Credential, ended: Exception) -> Credential:
        """Leave the mark, so that nobody tries the refresh token again; a vault that keeps no marks loses it at once."""
        if isinstance(self._vault, Refreshes) and self._serves(account, credential, ended):
            return self._vault.get(account)
        return self._lost(account, credential, UNKNOWN, ended if isinstance(ended, Outcome) else None)

    def _serves(self, account: Account, credential: Credential, why: Exception) -> bool:
        """Tell whether the old one goes on serving, although its time had come."""
        serves = usable(credential, clock=self._clock)
        if serves:
            self._tell(account.id, why)
        return serves

    def _keep(self, unkept: _Unkept, *, tries: int) -> Credential:
        """Keep it before it is used: the old one is spent."""
        kept = self._patiently(lambda: self._kept(unkept), tries=tries)
        self._unkept.pop(unkept.account.id, None)
        if kept:
            return unkept.fresh
        # Somebody has connected the account anew meanwhile, or given it up.
        if all(held.account != unkept.account.id for held in self._vault.held()):
            # Whoever gave it up had the network forget the token of before; this one would live on there.
            with contextlib.suppress(Outcome, BadInput):
                unkept.adapter.revoke(unkept.fresh)
        return self._vault.get(unkept.account)

    def _kept(self, unkept: _Unkept) -> bool:
        if isinstance(self._vault, Refreshes):
            return self._vault.succeed(unkept.account, unkept.old, unkept.fresh)
        return self._vault.put(unkept.account, unkept.fresh)

    def _settle(self, account: Account, credential: Credential) -> None:
        vault = self._vault
        if isinstance(vault, Refreshes):
            self._patiently(lambda: vault.settle(account, credential), tries=_TRIES)

    def _patiently(self, ask: Callable[[], bool], *, tries: int) -> bool:
        """Ask the vault; one that fails may be back in a moment."""
        give_up = self._clock.elapsed() + _PATIENCE
        while True:
            try:
                return ask()
            except StoreError:
                tries -= 1
                if not tries or self._clock.elapsed() >= give_up:
                    raise
            self._sleep(_PAUSE)

    def _lost(
        self, account: Account, credential: Credential, reason: Bilingual, ended: Outcome | None = None
    ) -> Credential:
        """
        Mark the credential as lost, unless there is another one by now.

        Raises:
            AuthorizationLost: If there is none.
        """
        if not self._vault.mark_lost(account, reason, generation=credential.generation):
            return self._vault.get(account)
        raise AuthorizationLost(
            reason,
            mend=_AGAIN,
            place=account.id,
            status=ended.status if ended else None,
            code=ended.code if ended else None,
        ) from None


def _engaged(account: Account) -> StoreError:
    return StoreError(
        Bilingual(
            "ほかの処理が、このアカウントのトークンを更新しているところです。",
            "Somebody else is exchanging the tokens of this account.",
        ),
        mend=Bilingual("しばらくしてから、やり直してください。", "Try again in a while."),
        place=account.id,
    )


_refreshers: WeakSet[Refresher] = WeakSet()


def _after_fork() -> None:
    for refresher in list(_refreshers):
        refresher._forget_turns()  # noqa: SLF001 -- one of this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

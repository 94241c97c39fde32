"""
Exchanging tokens before they end, when several threads, processes and machines want the same.

A refresh token serves once. So whoever exchanges it holds the account, reads it again, leaves it where somebody else was
faster, writes down that he begins, asks the network once, and keeps the answer before anybody uses it. Where it is not
known whether the network has exchanged it, the account is marked as lost: a token that may be spent is not tried again.
"""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.errors import AuthorizationLost, Outcome, OutcomeUnknown, StoreError
from civicsns.language import Bilingual
from civicsns.ports import Enrols, Refreshes

if TYPE_CHECKING:
    from collections.abc import Generator

    from civicsns.model import Account, Credential
    from civicsns.ports import Clock, Vault

#: A token with less than this left is exchanged before it is used.
_FRESH: Final = timedelta(minutes=10)
#: A token with less than this left is not used, where it could not be exchanged.
_USABLE: Final = timedelta(minutes=1)

#: Who has begun to exchange a token so long ago, and not ended, is taken for dead.
_FORSAKEN: Final = timedelta(minutes=5)

_AGAIN: Final = Bilingual("アカウントを接続し直してください。", "Connect the account again.")
_UNKNOWN: Final = Bilingual(
    "トークンの更新の結果が分からず、古いトークンは使えない可能性があります。",
    "It is not known whether the token was exchanged; the old one may be spent.",
)
_INTERRUPTED: Final = Bilingual(
    "トークンの更新中に処理が止まり、新しいトークンを保管できませんでした。古いトークンは使えない可能性があります。",
    "A process died while it exchanged the token, and the new one was not kept; the old one may be spent.",
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


def renew(vault: Vault, account: Account, credential: Credential, *, clock: Clock) -> Credential:
    """
    Keep a newly connected credential in the place of whatever there is.

    Returns:
        The credential as it was kept, with its generation.
    """
    while True:
        before = next((held.generation for held in vault.held() if held.account == account.id), -1)
        kept = attrs.evolve(credential, generation=before + 1, issued_at=credential.issued_at or clock.now())
        if vault.put(account, kept):
            return kept


class Refresher:
    """
    Opens credentials, and exchanges those whose time it is.

    Args:
        vault: Where they are kept.
        clock: Where the time comes from.
    """

    def __init__(self, vault: Vault, *, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock
        self._turns: dict[str, threading.Lock] = {}
        #: What the network gave, and the vault did not take: lost with this process, and not before.
        self._unkept: dict[str, tuple[Credential, Credential]] = {}
        self._guard = threading.Lock()

    def fresh(self, account: Account, adapter: object) -> Credential:
        """
        Open the credential of *account*, exchanged first where its time has come.

        Args:
            account: Whose.
            adapter: The network; one that does not fit `Enrols` exchanges nothing.

        Raises:
            AuthorizationLost: If there is none, or it does not work any more.
            Outcome: If it has ended, and the network did not exchange it.
            CivicsnsError: If the vault does not open, or does not keep what the network gave.
        """
        if account.id in self._unkept:
            with self._exclusively(account):
                return self._rescued(account) or self._vault.get(account)
        credential = self._vault.get(account)
        if not due(credential, clock=self._clock) or not isinstance(adapter, Enrols):
            return credential
        try:
            return self._alone(account, adapter)
        except StoreError:
            # A process that stands still holds the account as long as it likes.
            if not self._forsaken(account):
                raise
        return self._lost(account, credential, _INTERRUPTED)

    def _alone(self, account: Account, adapter: Enrols) -> Credential:
        with self._exclusively(account):
            rescued = self._rescued(account)
            if rescued is not None:
                return rescued
            credential = self._vault.get(account)
            if not due(credential, clock=self._clock):
                return credential
            return self._exchange(account, adapter, credential)

    def _rescued(self, account: Account) -> Credential | None:
        """Keep what the vault did not take before; None where there is nothing."""
        unkept = self._unkept.get(account.id)
        return self._keep(account, *unkept) if unkept else None

    def _forsaken(self, account: Account) -> bool:
        begun = next((held.begun_at for held in self._vault.held() if held.account == account.id), None)
        return begun is not None and self._clock.now() - begun > _FORSAKEN

    @contextlib.contextmanager
    def _exclusively(self, account: Account) -> Generator[None]:
        with self._guard:
            turn = self._turns.setdefault(account.id, threading.Lock())
        # Threads of one process wait here, which costs no file and no connection.
        with turn:
            if isinstance(self._vault, Refreshes):
                with self._vault.exclusively(account):
                    yield
            else:
                yield

    def _exchange(self, account: Account, adapter: Enrols, credential: Credential) -> Credential:
        if isinstance(self._vault, Refreshes) and not self._vault.begin(account, credential):
            # We hold the account, so whoever left the mark is no more; or somebody connected it anew just now.
            return self._lost(account, credential, _INTERRUPTED)
        try:
            fresh = adapter.refresh(credential)
        except AuthorizationLost as ended:
            return self._lost(account, credential, ended.what, ended)
        except OutcomeUnknown as ended:
            return self._lost(account, credential, _UNKNOWN, ended)
        except Outcome:
            self._settle(account, credential)
            if credential.expires_at is not None and credential.expires_at - self._clock.now() > _USABLE:
                # It still serves; it is exchanged next time.
                return credential
            raise
        except Exception:  # noqa: BLE001 -- an adapter's own error proves nothing, and may quote the token
            fresh = None
        if fresh is None:
            return self._lost(account, credential, _UNKNOWN)
        if fresh.generation <= credential.generation:
            # There was nothing to exchange.
            self._settle(account, credential)
            return credential
        return self._keep(account, credential, attrs.evolve(fresh, issued_at=self._clock.now()))

    def _keep(self, account: Account, credential: Credential, fresh: Credential) -> Credential:
        """Keep it before it is used: the old one is spent."""
        self._unkept[account.id] = credential, fresh
        if isinstance(self._vault, Refreshes):
            kept = self._vault.succeed(account, credential, fresh)
        else:
            kept = self._vault.put(account, fresh)
        del self._unkept[account.id]
        # Else somebody has connected the account anew meanwhile, or given it up.
        return fresh if kept else self._vault.get(account)

    def _settle(self, account: Account, credential: Credential) -> None:
        if isinstance(self._vault, Refreshes):
            self._vault.settle(account, credential)

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

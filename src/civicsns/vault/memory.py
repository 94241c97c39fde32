"""A vault that lives as long as its process: for practice and for tests."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import attrs

from civicsns.clock import SystemClock
from civicsns.errors import AuthorizationLost
from civicsns.language import Bilingual
from civicsns.model import Held

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime

    from civicsns.model import Account, Credential
    from civicsns.ports import Clock


@attrs.frozen(kw_only=True)
class _Kept:
    """A credential, and what is known against it."""

    credential: Credential
    lost: Bilingual | None = None
    begun_at: datetime | None = None


class MemoryVault:
    """
    Credentials in this process; gone when it ends. Safe to use from several threads.

    Args:
        clock: Where the time comes from.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._turns: dict[str, threading.Lock] = {}

    def get(self, account: Account) -> Credential:
        """
        Give the credential of *account*.

        Raises:
            AuthorizationLost: If there is none, or it was marked as lost.
        """
        with self._lock:
            kept = self._kept.get(account.id)
        if kept is None:
            raise AuthorizationLost(
                Bilingual("このアカウントの認証情報がありません。", "There is no credential for this account."),
                mend=Bilingual("アカウントを接続してください。", "Connect the account."),
                place=account.id,
            )
        if kept.lost is not None:
            raise AuthorizationLost(
                kept.lost,
                mend=Bilingual("アカウントを接続し直してください。", "Connect the account again."),
                place=account.id,
            )
        return kept.credential

    def remains(self, account: Account) -> Credential | None:
        """Give the credential of *account*, whatever is known against it; None where there is none."""
        with self._lock:
            kept = self._kept.get(account.id)
        return kept.credential if kept else None

    def put(self, account: Account, credential: Credential) -> bool:
        """Keep *credential*, unless there is one that works, of the same or a later generation."""
        with self._lock:
            kept = self._kept.get(account.id)
            if kept is not None and kept.lost is None and kept.credential.generation >= credential.generation:
                return False
            self._kept[account.id] = _Kept(credential=credential)
            return True

    def destroy(self, account: Account) -> bool:
        """Let go of the credential of *account*; False if there was none."""
        with self._lock:
            return self._kept.pop(account.id, None) is not None

    def held(self) -> Sequence[Held]:
        """List what is kept, by the accounts' ids; no secret is in it."""
        with self._lock:
            return [
                Held(
                    account=name,
                    platform=kept.credential.platform,
                    kind=kept.credential.kind,
                    generation=kept.credential.generation,
                    subject=kept.credential.subject,
                    scopes=kept.credential.scopes,
                    expires_at=kept.credential.expires_at,
                    issued_at=kept.credential.issued_at,
                    lost=kept.lost,
                    begun_at=kept.begun_at,
                )
                for name, kept in sorted(self._kept.items())
            ]

    def mark_lost(self, account: Account, reason: Bilingual, *, generation: int | None = None) -> bool:
        """Note that the credential of *account* no longer works, and why."""
        with self._lock:
            kept = self._kept.get(account.id)
            if kept is None or kept.lost is not None or generation not in {None, kept.credential.generation}:
                return False
            self._kept[account.id] = attrs.evolve(kept, lost=reason, begun_at=None)
            return True

    @contextlib.contextmanager
    def exclusively(self, account: Account) -> Generator[None]:
        """Keep every other thread from exchanging the tokens of *account*, in a `with` statement."""
        with self._lock:
            turn = self._turns.setdefault(account.id, threading.Lock())
        with turn:
            yield

    def begin(self, account: Account, credential: Credential) -> bool:
        """Note that *credential* is about to be exchanged."""
        return self._mark(account, credential, self._clock.now())

    def succeed(self, account: Account, credential: Credential, fresh: Credential) -> bool:
        """Keep *fresh*, which the network gave for *credential*, in its place."""
        with self._lock:
            kept = self._kept.get(account.id)
            # Its number alone would not do: an account that was given up and connected anew counts from the start.
            if kept is None or kept.credential != credential:
                return False
            self._kept[account.id] = _Kept(credential=fresh)
            return True

    def settle(self, account: Account, credential: Credential) -> bool:
        """Take that mark away: *credential* was provably not exchanged."""
        return self._mark(account, credential, None)

    def _mark(self, account: Account, credential: Credential, begun_at: datetime | None) -> bool:
        with self._lock:
            kept = self._kept.get(account.id)
            if kept is None or kept.credential.generation != credential.generation:
                return False
            if (kept.begun_at is None) is (begun_at is None):
                return False
            self._kept[account.id] = attrs.evolve(kept, begun_at=begun_at)
            return True

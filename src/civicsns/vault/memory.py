"""A vault that lives as long as its process: for practice and for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from civicsns.errors import AuthorizationLost
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from civicsns.model import Account, Credential


class MemoryVault:
    """Credentials in this process; gone when it ends. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._credentials: dict[str, Credential] = {}

    def get(self, account: Account) -> Credential:
        """
        Give the credential of *account*.

        Raises:
            AuthorizationLost: If there is none.
        """
        with self._lock:
            credential = self._credentials.get(account.id)
        if credential is None:
            raise AuthorizationLost(
                Bilingual("このアカウントの認証情報がありません。", "There is no credential for this account."),
                mend=Bilingual("アカウントを接続してください。", "Connect the account."),
                place=account.id,
            )
        return credential

    def put(self, account: Account, credential: Credential) -> bool:
        """Keep *credential*, unless there is one of the same or a later generation."""
        with self._lock:
            stored = self._credentials.get(account.id)
            if stored is not None and stored.generation >= credential.generation:
                return False
            self._credentials[account.id] = credential
            return True

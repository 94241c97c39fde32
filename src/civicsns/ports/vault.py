"""Where credentials are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from civicsns.model import Account, Credential


class Vault(Protocol):
    """Where credentials are kept."""

    def get(self, account: Account) -> Credential:
        """
        Open the credential of *account*.

        Raises:
            AuthorizationLost: If there is none, or it was marked as lost.
        """
        ...

    def put(self, account: Account, credential: Credential) -> bool:
        """Keep *credential*, unless the stored one is of the same or a later generation."""
        ...

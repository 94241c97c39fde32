"""Opening the credential of an account for a post; a vault that does not open holds up its own account, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import AuthorizationLost, BadInput, CivicsnsError, Outcome, Unavailable
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.model import Account, Credential, Rendition
    from civicsns.ports import Adapter, Vault
    from civicsns.vault.refreshing import Refresher


class VaultShut(Unavailable):
    """The account's credential could not be read, or not be kept; nothing was sent."""


class Access:
    """
    Opens credentials.

    Args:
        account: Gives an account by its id.
        vault: Where the credentials are.
        refresher: Opens them, and exchanges those whose time it is.
    """

    def __init__(self, *, account: Callable[[str], Account], vault: Vault, refresher: Refresher) -> None:
        self._account = account
        self._vault = vault
        self._refresher = refresher

    def account(self, rendition: Rendition) -> Account:
        """
        Look up the account; one that was taken off the list meanwhile holds its own deliveries, and no others.

        Raises:
            AuthorizationLost: If it is off the list.
        """
        try:
            return self._account(rendition.account)
        except BadInput:
            raise AuthorizationLost(
                Bilingual("このアカウントは一覧から外されています。", "The account is no longer on the list."),
                mend=Bilingual(
                    "一覧に戻すか、そのままにしてください。戻すまで送信しません。",
                    "Put it back, or leave it; nothing is sent until it is back.",
                ),
                place=rendition.account,
            ) from None

    def fresh(self, account: Account, adapter: Adapter) -> Credential:
        """
        Open the account's credential; exchange it first where its time has come.

        Raises:
            Outcome: If there is none that works, or it could not be exchanged.
            VaultShut: If the vault is locked, damaged or out of reach.
        """
        try:
            return self._refresher.fresh(account, adapter)
        except Outcome:
            raise
        except Exception as error:  # noqa: BLE001 -- as in `opened`
            shut = _vault_shut(error, account)
        raise shut

    def opened(self, account: Account) -> Credential:
        """
        Read the credential of an account; a vault that does not open keeps this account waiting, and no other.

        Raises:
            AuthorizationLost: If there is none.
            VaultShut: If the vault is locked, damaged or out of reach.
        """
        try:
            return self._vault.get(account)
        except Outcome:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a vault of somebody else's raises
            shut = _vault_shut(error, account)
        raise shut


def _vault_shut(error: Exception, account: Account) -> VaultShut:
    """Say that a vault did not open; in its own words where they are ours, since others may hold a secret."""
    if isinstance(error, CivicsnsError):
        return VaultShut(error.what, mend=error.mend, place=error.place or account.id)
    name = type(error).__name__
    return VaultShut(
        Bilingual(f"認証情報の保管先が誤り（{name}）で開けません。", f"The vault does not open ({name})."),
        mend=Bilingual(
            "保管先を直してください。直れば自動で送信します。", "Mend it; the post then goes out by itself."
        ),
        place=account.id,
    )

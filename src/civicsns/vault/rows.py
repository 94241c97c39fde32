"""Rows of sealed credentials: what an envelope is bound to, which row stands, and what comes out of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.errors import VaultError
from civicsns.language import Bilingual
from civicsns.model import Credential, Secret
from civicsns.vault import envelope
from civicsns.vault.envelope import Envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.model import Account, Held, SealedCredential


def about(programme: str, held: Held) -> bytes:
    """Write down what an envelope is about: all that stands beside it."""
    return envelope.about(
        "credential",
        programme,
        held.account,
        held.platform,
        held.kind.value,
        str(held.version),
        str(held.generation),
        held.subject,
        envelope.parts(list(held.scopes)),
        held.expires_at.isoformat() if held.expires_at else "",
        held.issued_at.isoformat() if held.issued_at else "",
    )


def matches(row: SealedCredential, noted: Mapping[str, str]) -> bool:
    """Tell whether a row is the one that a record is about."""
    digest = Envelope.unpack(row.envelope, place=row.held.account).digest
    return noted.get("version") == str(row.held.version) and noted.get("seal") == digest


def changed(row: SealedCredential, **changes: Any) -> SealedCredential:
    """Give what follows it where nothing is sealed anew."""
    return attrs.evolve(row, held=attrs.evolve(row.held, **changes), revision=row.revision + 1)


def credential(account: Account, held: Held, plain: bytes) -> Credential:
    """
    Give the credential of an account.

    Args:
        account: The account.
        held: What stands beside the envelope.
        plain: What was in it.

    Raises:
        VaultError: If it is one of another network.
    """
    if held.platform != account.platform:
        raise VaultError(
            Bilingual(
                f"保管されているのは {held.platform} の認証情報で、{account.platform} のものではありません。",
                f"The credential in the store is one of {held.platform}, and not of {account.platform}.",
            ),
            mend=Bilingual(
                "アカウント一覧の媒体を直すか、アカウントを接続し直してください。",
                "Mend the network in the list of accounts, or connect the account again.",
            ),
            place=account.id,
        )
    secrets: dict[str, str] = json.loads(plain)
    return Credential(
        platform=held.platform,
        kind=held.kind,
        secrets={name: Secret(value) for name, value in secrets.items()},
        subject=held.subject,
        scopes=held.scopes,
        expires_at=held.expires_at,
        issued_at=held.issued_at,
        generation=held.generation,
    )

"""Credentials as a vault tells of them, and as a store keeps them: without anything that acts for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from civicsns.model.credential import CredentialKind  # noqa: TC001 -- read at run time by whoever restores a row
from civicsns.model.moment import aware_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from civicsns.language import Bilingual

#: What goes on record when a credential is put into the safe for the first time, or sealed anew.
SEALED: Final = "credential.sealed"
#: When the network has exchanged it for a fresh one.
REFRESHED: Final = "credential.refreshed"
#: When no version of it is left.
DESTROYED: Final = "credential.destroyed"
#: When it turned out to be dead.
LOST: Final = "credential.lost"

#: The events that say which version is the one that stands.
STANDING: Final = (SEALED, REFRESHED, DESTROYED)


def _scopes(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


@attrs.frozen(kw_only=True)
class Held:
    """
    That a vault has a credential, and what it may show of it.

    Attributes:
        account: The account's id.
        platform: The network.
        kind: The sort of token.
        version: Counts how often it was sealed.
        generation: Counts refreshes, as in `Credential.generation`.
        subject: The network's id of the user or Page that the token speaks for, where known.
        scopes: What the token may do, where the network said so.
        expires_at: When the access token ends; None where it does not.
        issued_at: When the network gave it; None where that is not known.
        lost: Why it no longer works; None while nothing is known against it.
        begun_at: Since when somebody is exchanging it; None while nobody is.
    """

    account: str
    platform: str
    kind: CredentialKind
    version: int = 0
    generation: int = 0
    subject: str = ""
    scopes: frozenset[str] = attrs.field(default=frozenset(), converter=_scopes)
    expires_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    issued_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    lost: Bilingual | None = None
    begun_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class SealedCredential:
    """
    A credential as it lies in the store: nothing in it can be read without the key that wraps its own.

    Attributes:
        held: What may be shown; it is bound to the envelope, so that none of it can be changed by itself.
        key: The name of the key that wraps the key of the envelope.
        envelope: The sealed credential.
        revision: Counts every change, those that seal nothing included; what is stored is replaced only by its
            successor.
    """

    held: Held
    key: str
    envelope: bytes = attrs.field(repr=False)
    revision: int = 0

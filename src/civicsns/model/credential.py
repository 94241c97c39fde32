"""Tokens that act for an account, wrapped so that they never print themselves."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

import attrs

from civicsns.model.moment import aware_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class Secret:
    """
    A string that shows itself only through `reveal()`: not in `repr`, `str`, f-strings, logs or pickles.

    Raises:
        TypeError: When pickled or copied into a log by way of JSON.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Give the string itself; call it only where the bytes leave for the network or the vault."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__value == other.reveal()

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __format__(self, format_spec: str) -> str:
        return format(repr(self), format_spec)

    def __reduce__(self) -> NoReturn:
        """Refuse: a pickled secret is a secret on a disk."""
        msg = "A Secret is never pickled; seal it in the vault."
        raise TypeError(msg)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


class CredentialKind(StrEnum):
    """What sort of token a credential holds; each adapter says which it takes."""

    #: X, OAuth 1.0a user token: never expires, does not rotate.
    X_OAUTH1 = "x-oauth1"
    #: X, OAuth 2.0 user token: two hours, with a single-use refresh token.
    X_OAUTH2 = "x-oauth2"
    #: Facebook, a person's token: only for listing Pages, never for posting.
    FACEBOOK_USER = "facebook-user"
    #: Facebook, a Page's token: posts as the Page.
    FACEBOOK_PAGE = "facebook-page"
    #: Anything that a third-party adapter understands.
    OTHER = "other"


def _scopes(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


def _secrets(value: Mapping[str, Secret]) -> dict[str, Secret]:
    return dict(value)


@attrs.frozen(kw_only=True)
class Credential:
    """
    What an adapter needs to act for one account.

    Attributes:
        platform: The network, as in `Adapter.platform`.
        kind: The sort of token.
        secrets: The tokens by name (`access_token`, `access_token_secret`, `refresh_token`).
        subject: The network's id of the user or Page that the token speaks for, where known.
        scopes: What the token may do, where the network says so.
        expires_at: When the access token ends; None where it does not expire.
        issued_at: When the network gave it; None where that is not known.
        generation: Counts refreshes; a stored credential is replaced only by its successor.
    """

    platform: str
    kind: CredentialKind
    secrets: Mapping[str, Secret] = attrs.field(converter=_secrets, hash=False)
    subject: str = ""
    scopes: frozenset[str] = attrs.field(default=frozenset(), converter=_scopes)
    expires_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    issued_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    generation: int = 0

    def secret(self, name: str) -> str:
        """
        Reveal one token.

        Raises:
            KeyError: If the credential has no such token; the message names the token's name only.
        """
        return self.secrets[name].reveal()

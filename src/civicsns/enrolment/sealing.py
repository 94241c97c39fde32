"""Sign-ins under way, as bytes to seal: the verifier, the request token's secret, and tokens not yet in the vault."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import AuthorizationRequest, Credential, CredentialKind, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_NONCE = 12


class Sealer(Protocol):
    """Seals bytes, so that only this programme opens them, and only for what they were sealed for."""

    def seal(self, data: bytes, about: str) -> bytes:
        """Seal *data*; *about* says what for."""
        ...

    def open(self, sealed: bytes, about: str) -> bytes:
        """
        Open what was sealed.

        Raises:
            CivicsnsError: If it was changed, was sealed for something else, or with a key that is not there.
        """
        ...


class ProcessSealer:
    """Seals with a key that ends with this process (AES-256-GCM): another process opens nothing of it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def seal(self, data: bytes, about: str) -> bytes:
        """Seal *data*; *about* says what for."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- few programmes enrol

        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, data, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """
        Open what was sealed.

        Raises:
            BadInput: If it was sealed by another process or for something else, or was changed.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- as above
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        try:
            return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            raise BadInput(
                Bilingual("封印を開けません。", "The seal does not open."),
                mend=Bilingual("接続をやり直してください。", "Sign in again."),
            ) from None


def request_bytes(request: AuthorizationRequest) -> bytes:
    """Write a sign-in down; the address itself is not needed any more."""
    return _bytes(
        {
            "platform": request.platform,
            "state": request.state.reveal(),
            "redirect_uri": request.redirect_uri,
            "secrets": _revealed(request.secrets),
            "scopes": list(request.scopes),
        }
    )


def request(data: bytes) -> AuthorizationRequest:
    """Read a sign-in back."""
    value = json.loads(data)
    return AuthorizationRequest(
        platform=value["platform"],
        url="",
        state=Secret(value["state"]),
        redirect_uri=value["redirect_uri"],
        secrets=_hidden(value["secrets"]),
        scopes=value["scopes"],
    )


def credential_bytes(credential: Credential) -> bytes:
    """Write a credential down that is not in the vault yet."""
    return _bytes(
        {
            "platform": credential.platform,
            "kind": credential.kind.value,
            "secrets": _revealed(credential.secrets),
            "subject": credential.subject,
            "scopes": sorted(credential.scopes),
            "expires_at": credential.expires_at.isoformat() if credential.expires_at else None,
            "generation": credential.generation,
        }
    )


def credential(data: bytes) -> Credential:
    """Read a credential back."""
    value = json.loads(data)
    expires_at = value["expires_at"]
    return Credential(
        platform=value["platform"],
        kind=CredentialKind(value["kind"]),
        secrets=_hidden(value["secrets"]),
        subject=value["subject"],
        scopes=value["scopes"],
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        generation=value["generation"],
    )


def _bytes(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _revealed(hidden: Mapping[str, Secret]) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in hidden.items()}


def _hidden(revealed: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in revealed.items()}

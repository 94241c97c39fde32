"""Sign-ins under way, as bytes to seal: the verifier, the request token's secret, and tokens not yet in the vault."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from civicsns.model import AuthorizationRequest, Credential, CredentialKind, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping


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
            "issued_at": credential.issued_at.isoformat() if credential.issued_at else None,
            "generation": credential.generation,
        }
    )


def credential(data: bytes) -> Credential:
    """Read a credential back."""
    value = json.loads(data)
    return Credential(
        platform=value["platform"],
        kind=CredentialKind(value["kind"]),
        secrets=_hidden(value["secrets"]),
        subject=value["subject"],
        scopes=value["scopes"],
        expires_at=_moment(value["expires_at"]),
        issued_at=_moment(value["issued_at"]),
        generation=value["generation"],
    )


def _bytes(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _revealed(hidden: Mapping[str, Secret]) -> dict[str, str]:
    return {name: secret.reveal() for name, secret in hidden.items()}


def _hidden(revealed: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in revealed.items()}

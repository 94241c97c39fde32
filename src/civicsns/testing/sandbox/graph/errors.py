"""
Graph's refusals: one envelope, a code, often a subcode, and the HTTP status that goes with it.

Codes and what they mean: Meta, Graph API, "Handling Errors". The sentences are the practice network's own.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

import attrs

#: Codes that Graph answers with HTTP 403.
_FORBIDDEN: Final = frozenset({3, 4, 10, 32, 341})


@attrs.define(kw_only=True, eq=False)
class GraphError(Exception):
    """
    A request that is refused.

    Attributes:
        code: Graph's error code.
        message: What is wrong, for a developer.
        subcode: Graph's subcode; 0 where it has none.
        type: Graph's error type.
        status: The HTTP status; 0 takes the one that goes with the code.
        transient: Whether the same call may pass later.
        title: A title for the person.
        advice: A sentence for the person.
        data: `error_data`, where Graph sends it.
    """

    code: int
    message: str
    subcode: int = 0
    type: str = "OAuthException"
    status: int = 0
    transient: bool = False
    title: str = ""
    advice: str = ""
    data: dict[str, Any] = attrs.field(factory=dict)

    @property
    def http_status(self) -> int:
        """The HTTP status."""
        if self.status:
            return self.status
        if self.code in _FORBIDDEN or 200 <= self.code <= 299:
            return 403
        if self.code in {1, 2}:
            return 500
        # An expired or revoked token answers 401, one that cannot be read 400.
        return 401 if self.code == 190 and self.subcode else 400

    def envelope(self) -> dict[str, Any]:
        """Give the body."""
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.data:
            error["error_data"] = self.data
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.code != 190:
            error["is_transient"] = self.transient
        if self.title:
            error["error_user_title"] = self.title
            error["error_user_msg"] = self.advice
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)
        return {"error": error}


def parameter(message: str, *, subcode: int = 0) -> GraphError:
    """Refuse a parameter: code 100."""
    return GraphError(code=100, subcode=subcode, message=f"(#100) {message}")


def missing(verb: str, object_id: str) -> GraphError:
    """Refuse an object that is gone, was never there or must not be seen: Graph does not tell which."""
    return GraphError(
        code=100,
        subcode=33,
        type="GraphMethodException",
        message=f"Unsupported {verb.lower()} request. Nothing with the ID '{object_id}' exists that this token may use "
        "in this way.",
    )


def no_such_field(field: str, node: str) -> GraphError:
    """Refuse a field that the node does not have."""
    return parameter(f"Tried accessing nonexisting field ({field}) on node type ({node})")


def permission(message: str) -> GraphError:
    """Refuse for want of a permission or a task: code 200."""
    return GraphError(code=200, message=f"(#200) {message}")


def unapproved(message: str) -> GraphError:
    """Refuse what the app was not granted: code 10."""
    return GraphError(code=10, message=f"(#10) {message}")


def needs_page_token() -> GraphError:
    """Refuse a read with a token that is not the Page's: code 210."""
    return GraphError(code=210, message="(#210) This call takes a Page access token; the one sent is not a Page's.")


def no_token() -> GraphError:
    """Refuse a call that carries no token: code 104."""
    return GraphError(code=104, message="An access token is needed for this request.", status=401)


def unreadable_token(message: str = "the token cannot be read") -> GraphError:
    """Refuse what is no token of this network: code 190 without a subcode."""
    return GraphError(code=190, message=f"Invalid OAuth access token: {message}.")


_DEATHS: Final = {
    458: ("the person has removed the app", "The person must connect the app again."),
    459: ("the person must sign in at facebook.com to clear a security check", "Sign in at facebook.com."),
    460: ("the session was ended because the person changed the password", "Sign in again."),
    463: ("the session has expired", "Sign in again."),
    464: ("the person's account is not confirmed", "Confirm the account at facebook.com."),
    467: ("the session is no longer valid, because the person signed out", "Sign in again."),
}


def dead_token(subcode: int) -> GraphError:
    """Refuse an expired or revoked token: code 190 with *subcode*."""
    reason, advice = _DEATHS[subcode]
    return GraphError(
        code=190,
        subcode=subcode,
        message=f"Error validating access token: {reason}.",
        title="Session ended",
        advice=advice,
    )


def known_subcode(subcode: int) -> bool:
    """Tell whether *subcode* is one that Graph gives for a dead token."""
    return subcode in _DEATHS


def proof_invalid() -> GraphError:
    """Refuse a wrong `appsecret_proof`."""
    return GraphError(
        code=100, type="GraphMethodException", message="Invalid appsecret_proof provided in the API argument"
    )


def proof_missing() -> GraphError:
    """Refuse a call without the `appsecret_proof` that the app demands."""
    return GraphError(
        code=100, type="GraphMethodException", message="This app's settings demand an appsecret_proof with every call"
    )

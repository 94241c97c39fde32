"""
How X says no: the shapes of its error bodies.

Most are problem details (RFC 9457) with `title`, `detail`, `type`, `status`; the older parts answer
`{"errors": [{"code", "message"}]}`. The host in `type` follows the host that was asked, as on X.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_MIME = "application/problem+json"


class Problem(Exception):  # noqa: N818 -- named as on the wire
    """
    A refusal.

    Args:
        status: The HTTP status.
        body: The body; a `type` that begins with `/` is completed with the host that was asked.
        headers: Headers to send with it.
        mime: The media type of the body.
    """

    def __init__(
        self, status: int, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None, mime: str = _MIME
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self.mime = mime

    def response(self, base: str) -> Response:
        """Make the answer; *base* is the address of the network as the caller sees it."""
        return answer(completed(self.body, base), status=self.status, headers=self.headers, mime=self.mime)


def answer(
    body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None, mime: str = "application/json"
) -> Response:
    """Make a JSON answer."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status=status, headers=dict(headers or {}), content_type=f"{mime}; charset=utf-8")


def completed(body: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Complete the `type` of a problem with the host."""
    kind = body.get("type", "")
    return {**body, "type": base + kind} if kind.startswith("/") else dict(body)


def _problem(status: int, title: str, detail: str, kind: str = "about:blank", **more: Any) -> Problem:
    return Problem(status, {**more, "title": title, "detail": detail, "type": kind, "status": status})


# --- refusals of a whole call ------------------------------------------------------------------------------------


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Refuse parameters or a body; *errors* say which and why."""
    return Problem(
        400,
        {
            "errors": list(errors),
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "/2/problems/invalid-request",
        },
    )


def invalid_parameter(name: str, value: str, message: str) -> Problem:
    """Refuse one parameter of the query or one part of the body."""
    return invalid([{"parameters": {name: [value]}, "message": message}])


def unauthorized() -> Problem:
    """Refuse a request that proves nobody."""
    return _problem(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str = "You are not permitted to perform this action.") -> Problem:
    """Refuse what this user may not do."""
    return _problem(403, "Forbidden", detail)


def duplicate() -> Problem:
    """Refuse a text that this account has posted already."""
    return forbidden("You are not allowed to create a Tweet with duplicate content.")


def not_summoned() -> Problem:
    """Refuse an answer to somebody who did not ask for it."""
    return forbidden(
        "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged "
        "by the author of the post you are replying to."
    )


def oauth1_permissions() -> Problem:
    """Refuse a write with a token that was made for reading; changed permissions need new tokens."""
    return _problem(
        403,
        "Forbidden",
        "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
        "/2/problems/oauth1-permissions",
    )


def client_forbidden(app_id: str) -> Problem:
    """Refuse an app that belongs to no project."""
    return _problem(
        403,
        "Client Forbidden",
        "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a "
        "Twitter developer App that is attached to a Project. You can create a project via the developer portal.",
        "/2/problems/client-forbidden",
        client_id=app_id,
        reason="client-not-enrolled",
        required_enrollment="Appropriate Level of API Access",
        registration_url="https://developer.twitter.com/en/docs/projects/overview",
    )


def unsupported_authentication() -> Problem:
    """Refuse a token of the app alone where a user is needed."""
    return _problem(
        403,
        "Unsupported Authentication",
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
        "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
        "/2/problems/unsupported-authentication",
    )


def not_found(kind: str, parameter: str, value: str) -> Problem:
    """Refuse a change to what is not there."""
    return Problem(404, {**missing(kind, parameter, value), "status": 404})


def no_such_address() -> Problem:
    """Refuse an address that leads nowhere."""
    return _problem(404, "Not Found", "Not Found")


def no_such_method() -> Problem:
    """Refuse a method that the address does not take."""
    return _problem(405, "Method Not Allowed", "Method Not Allowed")


def too_large() -> Problem:
    """Refuse a body that is too large."""
    return _problem(413, "Payload Too Large", "Payload Too Large")


def credits_depleted() -> Problem:
    """Refuse because the app's credits are used up."""
    return _problem(
        402,
        "CreditsDepleted",
        "Your enrolled account does not have any credits to fulfill this request.",
        "/2/problems/credits",
    )


def too_many(headers: Mapping[str, str] | None = None) -> Problem:
    """Refuse because of a rate limit, in the shape of v2."""
    refusal = _problem(429, "Too Many Requests", "Too Many Requests")
    refusal.headers.update(headers or {})
    return refusal


def too_many_old(headers: Mapping[str, str] | None = None) -> Problem:
    """Refuse because of a rate limit, in the older shape."""
    return old(429, 88, "Rate limit exceeded", headers)


def old(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> Problem:
    """Refuse in the shape of v1.1, which the OAuth 1.0a and the media parts still use."""
    return Problem(status, {"errors": [{"code": code, "message": message}]}, headers=headers, mime="application/json")


def internal() -> Problem:
    """Break down."""
    return _problem(500, "Internal Server Error", "Something is broken.", "/2/problems/internal-error")


# --- errors beside data ------------------------------------------------------------------------------------------


def missing(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """Describe one thing that a lookup did not find; X answers such a lookup with 200."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": "/2/problems/resource-not-found",
    }


def hidden_field(field: str, post_id: str) -> dict[str, Any]:
    """Describe a field of a post that only its author may see."""
    return {
        "resource_type": "tweet",
        "resource_id": post_id,
        "field": field,
        "section": "data",
        "parameter": "id",
        "value": post_id,
        "detail": f"Sorry, you are not authorized to access '{field}' on the Tweet with id : [{post_id}].",
        "title": "Field Authorization Error",
        "type": "/2/problems/not-authorized-for-field",
    }


def epoch(moment: datetime) -> str:
    """Give *moment* in whole seconds since 1970, as the headers have it."""
    return str(int(moment.timestamp()))

"""
OAuth 1.0a signatures (RFC 5849, HMAC-SHA1), verified against the address that the client meant.

Clients reach the practice network by rewriting `https://api.x.com` to the loopback, after signing. So the signature
is verified for `https://` and the `Host` header where that names X, and for the loopback address otherwise.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import attrs
from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request

    from civicsns.testing.sandbox.x.state import State
    from civicsns.testing.sandbox.x.values import XApp

#: Names under which X is, or was, reached.
X_HOSTS = frozenset({"api.x.com", "api.twitter.com", "x.com", "twitter.com", "upload.x.com", "upload.twitter.com"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
#: X refuses a timestamp that is further off than this, in seconds.
WINDOW = 300
_NEEDED = ("oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_signature_method", "oauth_timestamp")


class BadSignature(Exception):  # noqa: N818 -- says what was wrong
    """The request is not signed as it should be."""


class BadTimestamp(BadSignature):
    """The timestamp is too far from the time of day."""


@attrs.frozen(kw_only=True)
class Signed:
    """
    What a valid signature proves.

    Attributes:
        app: The app that signed.
        token: The token it signed with; empty for none.
        callback: `oauth_callback`, for a request token.
        verifier: `oauth_verifier`, for an access token.
    """

    app: XApp
    token: str = attrs.field(repr=False)
    callback: str
    verifier: str = attrs.field(repr=False)


def base_url(request: Request) -> str:
    """Give scheme and host as the client sees them; empty where the host is neither X nor this machine."""
    host = request.environ.get("HTTP_HOST", "").lower()
    name = urlsplit(f"//{host}").hostname or ""
    if name in X_HOSTS:
        return f"https://{host}"
    return f"http://{host}" if name in _LOOPBACK else ""


def verify(request: Request, state: State, secret_of: Callable[[str, XApp], str | None]) -> Signed:
    """
    Verify the signature in the `Authorization` header, and see that it was not used before.

    Args:
        request: The request.
        state: The memory of the network.
        secret_of: Gives the secret of a token of an app; None where there is no such token.

    Raises:
        BadTimestamp: If the timestamp is off.
        BadSignature: If anything else is wrong.
    """
    oauth, signed = _parameters(request)
    app = state.app_by_key(oauth["oauth_consumer_key"])
    token = oauth.get("oauth_token", "")
    secret = secret_of(token, app) if app is not None and token else ""
    base = base_url(request)
    if app is None or secret is None or not base:
        raise BadSignature
    uri = signature.base_string_uri(base + _target(request).partition("?")[0])
    expected = _signature(request.method, uri, signed, Client("", app.consumer_secret, "", secret))
    if not hmac.compare_digest(expected.encode(), oauth["oauth_signature"].encode()):
        raise BadSignature
    _once(oauth, state)
    return Signed(
        app=app, token=token, callback=oauth.get("oauth_callback", ""), verifier=oauth.get("oauth_verifier", "")
    )


def _signature(method: str, uri: str, signed: list[tuple[str, str]], client: Client) -> str:
    # The published types of oauthlib are narrower than what it documents and takes.
    normalized = signature.normalize_parameters(cast("Any", signed))
    text = signature.signature_base_string(cast("Any", method), uri, normalized)
    return str(signature.sign_hmac_sha1_with_client(text, client))


def _target(request: Request) -> str:
    """Give path and query as they were sent, still encoded."""
    raw = request.environ.get("REQUEST_URI") or request.full_path
    return raw.decode("ascii") if isinstance(raw, bytes) else str(raw)


def _parameters(request: Request) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Give the `oauth_` parameters, and all that are signed."""
    form = request.get_data(as_text=True) if request.mimetype == "application/x-www-form-urlencoded" else None
    try:
        pairs: list[tuple[str, str]] = signature.collect_parameters(
            uri_query=_target(request).partition("?")[2],
            body=form,
            headers={"Authorization": request.headers.get("Authorization", "")},
            exclude_oauth_signature=False,
        )
    except ValueError as error:
        raise BadSignature from error
    given = [(name, value) for name, value in pairs if name.startswith("oauth_")]
    oauth = dict(given)
    if len(oauth) != len(given) or any(not oauth.get(name) for name in _NEEDED):
        raise BadSignature
    if oauth["oauth_signature_method"] != "HMAC-SHA1" or oauth.get("oauth_version", "1.0") != "1.0":
        raise BadSignature
    return oauth, [(name, value) for name, value in pairs if name != "oauth_signature"]


def _once(oauth: dict[str, str], state: State) -> None:
    """See that the time is right, and that the nonce is new within it."""
    now = int(state.now.timestamp())
    stamp = oauth["oauth_timestamp"]
    if not (stamp.isascii() and stamp.isdigit()) or abs(int(stamp) - now) > WINDOW:
        raise BadTimestamp
    if now - state.nonces_from > 2 * WINDOW:
        state.nonces = {key: kept for key, kept in state.nonces.items() if kept >= now - WINDOW}
        state.nonces_from = now
    key = (oauth["oauth_consumer_key"], oauth.get("oauth_token", ""), f"{stamp}:{oauth['oauth_nonce']}")
    if key in state.nonces:
        raise BadSignature
    state.nonces[key] = int(stamp)

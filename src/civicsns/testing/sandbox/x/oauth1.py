"""Sign-in with OAuth 1.0a: request token, the person's consent, access token (RFC 5849)."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from civicsns.testing.sandbox.x import pages, problems, signatures
from civicsns.testing.sandbox.x.queries import only
from civicsns.testing.sandbox.x.state import REQUEST_TOKEN_LIFE, RequestToken, opaque

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Request

    from civicsns.testing.sandbox.x.exchange import Exchange
    from civicsns.testing.sandbox.x.state import State
    from civicsns.testing.sandbox.x.values import XApp

_OUT_OF_BAND = "oob"


def request_token(exchange: Exchange) -> Response:
    """Begin a sign-in: give a request token for a callback that the app has registered, or for `oob`."""
    signed = _signed(exchange, lambda _token, _app: None)
    if signed.callback != _OUT_OF_BAND and signed.callback not in signed.app.callback_uris:
        raise problems.old(
            403,
            415,
            "Callback URL not approved for this client application. "
            "Approved callback URLs can be adjusted in your application settings",
        )
    access = only(exchange.request, ("x_auth_access_type",)).get("x_auth_access_type", "write")
    made = RequestToken(
        token=opaque(27),
        secret=opaque(32),
        app=signed.app,
        callback=signed.callback,
        permissions="read" if access == "read" else "read-write",
        expires_at=exchange.now + REQUEST_TOKEN_LIFE,
    )
    exchange.state.request_tokens[made.token] = made
    return _form({"oauth_token": made.token, "oauth_token_secret": made.secret, "oauth_callback_confirmed": "true"})


def authorize(exchange: Exchange) -> Response:
    """Show the page on which a person lets the app in."""
    token = exchange.request.args.get("oauth_token", "")
    asked = _alive(exchange.state, token)
    if asked is None or asked.verifier:
        return pages.refusal("request_token", status=403)
    key = opaque(32)
    exchange.state.pending[key] = asked
    return pages.consent(exchange.state, key, app=asked.app, grants=(asked.permissions,))


def decide(state: State, asked: RequestToken, user_id: str, *, approved: bool) -> Response:
    """Do what the person chose on the page."""
    if _alive(state, asked.token) is None or asked.verifier:
        return pages.refusal("request_token", status=403)
    if not approved:
        del state.request_tokens[asked.token]
        return pages.denied() if asked.callback == _OUT_OF_BAND else _back(asked, {"denied": asked.token})
    asked.user_id = user_id
    if asked.callback == _OUT_OF_BAND:
        asked.verifier = f"{secrets.randbelow(10_000_000):07d}"
        return pages.pin(asked.app, asked.verifier)
    asked.verifier = opaque(32)
    return _back(asked, {"oauth_token": asked.token, "oauth_verifier": asked.verifier})


def access_token(exchange: Exchange) -> Response:
    """End a sign-in: exchange the request token and its verifier, once, for a token of the user."""

    def secret_of(token: str, app: XApp) -> str | None:
        asked = _alive(exchange.state, token)
        return asked.secret if asked is not None and asked.app == app else None

    signed = _signed(exchange, secret_of)
    asked = exchange.state.request_tokens.get(signed.token)
    if asked is None:
        return _text("Request token missing")
    if not asked.verifier or not hmac.compare_digest(asked.verifier.encode(), signed.verifier.encode()):
        return _text("Error processing your OAuth request: Invalid oauth_verifier parameter")
    del exchange.state.request_tokens[asked.token]
    made = exchange.state.grant_oauth1(asked.user_id, asked.app, asked.permissions)
    user = exchange.state.users[asked.user_id]
    return _form(
        {
            "oauth_token": made.token,
            "oauth_token_secret": made.secret,
            "user_id": user.id,
            "screen_name": user.handle,
        }
    )


def invalidate(exchange: Exchange) -> Response:
    """Forget the token that signed the request."""
    if exchange.identity is None or exchange.identity.scopes is not None:
        raise problems.old(401, 89, "Invalid or expired token.")
    token = exchange.identity.token
    del exchange.state.oauth1[token]
    return exchange.answer({"access_token": token})


def _signed(exchange: Exchange, secret_of: Callable[[str, XApp], str | None]) -> signatures.Signed:
    try:
        return signatures.verify(exchange.request, exchange.state, secret_of)
    except signatures.BadTimestamp:
        raise problems.old(401, 135, "Timestamp out of bounds.") from None
    except signatures.BadSignature:
        raise problems.old(401, 32, "Could not authenticate you.") from None


def _alive(state: State, token: str) -> RequestToken | None:
    asked = state.request_tokens.get(token)
    return None if asked is None or state.now >= asked.expires_at else asked


def _back(asked: RequestToken, parameters: Mapping[str, str]) -> Response:
    return pages.sent_back(asked.callback, parameters)


def _form(values: Mapping[str, str]) -> Response:
    return Response(urlencode(values), content_type="text/html;charset=utf-8")


def _text(sentence: str) -> Response:
    return Response(sentence, status=401, content_type="text/html;charset=utf-8")


def is_signed(request: Request) -> bool:
    """Tell whether *request* carries an OAuth 1.0a signature at all."""
    return request.headers.get("Authorization", "").lower().startswith("oauth ")

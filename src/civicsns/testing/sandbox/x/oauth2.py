"""
Sign-in with OAuth 2.0: authorization code with PKCE, refresh tokens that work once, revocation.

RFC 6749, 7009 and 7636; the error bodies are those of X.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from civicsns.testing.sandbox.x import pages, problems
from civicsns.testing.sandbox.x.problems import Problem
from civicsns.testing.sandbox.x.state import CODE_LIFE, Code, Sought, opaque
from civicsns.testing.sandbox.x.values import SCOPES

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from civicsns.testing.sandbox.x.exchange import Exchange
    from civicsns.testing.sandbox.x.state import State
    from civicsns.testing.sandbox.x.values import XApp

#: RFC 7636, 4.1 and 4.2; an S256 challenge is 32 bytes in base64url without padding.
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}", re.ASCII)
_S256 = re.compile(r"[A-Za-z0-9\-_]{43}", re.ASCII)
#: X documentation, "OAuth 2.0 authorization code flow".
_STATE_LENGTH = 500
_AUTHORIZE = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


def authorize(exchange: Exchange) -> Response:
    """Show the page on which a person lets the app in, if everything about the request is right."""
    given = exchange.request.args
    values = {name: given.get(name, "") for name in _AUTHORIZE}
    wrong = next((name for name in _AUTHORIZE if len(given.getlist(name)) != 1 or not values[name]), "")
    app = exchange.state.app_by_client(values["client_id"])
    scopes = frozenset(values["scope"].split())
    method = values["code_challenge_method"]
    shape = _S256 if method == "S256" else _VERIFIER
    checks = {
        "response_type": values["response_type"] == "code",
        "client_id": app is not None,
        "redirect_uri": app is not None and values["redirect_uri"] in app.callback_uris,
        "scope": bool(scopes) and scopes <= SCOPES,
        "state": len(values["state"]) <= _STATE_LENGTH,
        "code_challenge_method": method in {"S256", "plain"},
        "code_challenge": shape.fullmatch(values["code_challenge"]) is not None,
    }
    wrong = wrong or next((name for name, right in checks.items() if not right), "")
    if wrong or app is None:
        return pages.refusal(wrong, status=400)
    key = opaque(32)
    exchange.state.pending[key] = Sought(
        app=app,
        scopes=scopes,
        redirect_uri=values["redirect_uri"],
        state=values["state"],
        challenge=values["code_challenge"],
        method=method,
    )
    return pages.consent(exchange.state, key, app=app, grants=tuple(sorted(scopes)))


def decide(state: State, sought: Sought, user_id: str, *, approved: bool) -> Response:
    """Do what the person chose on the page."""
    if not approved:
        return pages.sent_back(sought.redirect_uri, {"error": "access_denied", "state": sought.state})
    code = opaque(91)
    state.codes[code] = Code(
        app=sought.app,
        user_id=user_id,
        scopes=sought.scopes,
        redirect_uri=sought.redirect_uri,
        challenge=sought.challenge,
        method=sought.method,
        expires_at=state.now + CODE_LIFE,
    )
    return pages.sent_back(sought.redirect_uri, {"state": sought.state, "code": code})


def token(exchange: Exchange) -> Response:
    """Give tokens for a code or for a refresh token."""
    form = _form(exchange)
    app = _client(exchange, form)
    grant_type = _needed(form, "grant_type")
    if grant_type == "authorization_code":
        return _by_code(exchange, form, app)
    if grant_type == "refresh_token":
        return _by_refresh(exchange, form, app)
    raise _refused("unsupported_grant_type", "Value passed for the grant type was invalid.")


def revoke(exchange: Exchange) -> Response:
    """
    Forget a token: an access token alone, or a refresh token with all that came of its sign-in.

    A token that is not known, or no longer, is forgotten already (RFC 7009, 2.2).
    """
    form = _form(exchange)
    app = _client(exchange, form)
    value = _needed(form, "token")
    state = exchange.state
    grant = state.refresh.get(value) or state.access.get(value)
    if grant is not None and grant.app != app:
        raise _refused("invalid_request", "Value passed for the token was invalid.")
    if value in state.refresh:
        family = state.refresh[value].family
        state.refresh = {key: held for key, held in state.refresh.items() if held.family != family}
        state.access = {key: held for key, held in state.access.items() if held.family != family}
    state.access.pop(value, None)
    return exchange.answer({"revoked": True})


def app_token(exchange: Exchange) -> Response:
    """Give the token of the app alone (`POST /oauth2/token`), for its consumer key and secret."""
    key, _, secret = _basic(exchange).partition(":")
    app = exchange.state.app_by_key(key)
    if app is None or not hmac.compare_digest(app.consumer_secret.encode(), secret.encode()):
        raise problems.old(403, 99, "Unable to verify your credentials")
    if _form(exchange).get("grant_type") != "client_credentials":
        raise problems.old(403, 170, "Missing required parameter: grant_type")
    return exchange.answer({"token_type": "bearer", "access_token": exchange.state.grant_app(app)})


def _by_code(exchange: Exchange, form: dict[str, str], app: XApp) -> Response:
    value = _needed(form, "code")
    redirect_uri = _needed(form, "redirect_uri")
    verifier = _needed(form, "code_verifier")
    code = exchange.state.codes.pop(value, None)
    if code is None or code.app != app or exchange.now >= code.expires_at:
        raise _refused("invalid_request", "Value passed for the authorization code was invalid.")
    if redirect_uri != code.redirect_uri:
        raise _refused(
            "invalid_request", "Value passed for the redirect uri did not match the uri of the authorization code."
        )
    if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(
        _challenge(verifier, code.method).encode(), code.challenge.encode()
    ):
        raise _refused("invalid_request", "Value passed for the code verifier did not match the code challenge.")
    return _granted(exchange, code.user_id, app, code.scopes)


def _by_refresh(exchange: Exchange, form: dict[str, str], app: XApp) -> Response:
    value = _needed(form, "refresh_token")
    grant = exchange.state.refresh.get(value)
    if grant is None or grant.app != app:
        raise _refused("invalid_request", "Value passed for the token was invalid.")
    scopes = frozenset(form.get("scope", " ".join(grant.scopes)).split())
    if not scopes <= grant.scopes:
        raise _refused("invalid_scope", "Value passed for the scope was invalid.")
    del exchange.state.refresh[value]
    return _granted(exchange, grant.user_id, app, scopes, grant.family)


def _granted(exchange: Exchange, user_id: str, app: XApp, scopes: frozenset[str], family: str = "") -> Response:
    access, refresh = exchange.state.grant_oauth2(user_id, app, scopes, family)
    body = {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": access,
        "scope": " ".join(sorted(scopes)),
    }
    return exchange.answer({**body, "refresh_token": refresh} if refresh else body)


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _client(exchange: Exchange, form: dict[str, str]) -> XApp:
    """See which app asks: a confidential one proves it with Basic, a public one only says so."""
    client_id, _, secret = _basic(exchange).partition(":")
    named = form.get("client_id", client_id)
    app = exchange.state.app_by_client(client_id or named)
    proved = app is not None and bool(client_id) == app.confidential
    if proved and app is not None and app.confidential:
        proved = hmac.compare_digest(app.client_secret.encode(), secret.encode())
    if app is None or not proved:
        raise _refused("unauthorized_client", "Missing valid authorization header", status=401)
    if named != app.client_id:
        raise _refused("invalid_request", "Value passed for the client id was invalid.")
    return app


def _basic(exchange: Exchange) -> str:
    kind, _, rest = exchange.request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _form(exchange: Exchange) -> dict[str, str]:
    if exchange.request.mimetype != "application/x-www-form-urlencoded":
        raise _refused("invalid_request", "Content-Type must be application/x-www-form-urlencoded.")
    parsed = parse_qs(exchange.request.get_data(as_text=True), keep_blank_values=True)
    twice = next((name for name, values in parsed.items() if len(values) > 1), "")
    if twice:
        raise _refused("invalid_request", f"Parameter [{twice}] was given more than once.")
    return {name: values[0] for name, values in parsed.items()}


def _needed(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise _refused("invalid_request", f"Missing required parameter [{name}].")
    return form[name]


def _refused(error: str, description: str, *, status: int = 400) -> Problem:
    return Problem(status, {"error": error, "error_description": description}, mime="application/json")

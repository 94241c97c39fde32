"""
The login: the dialog in the browser, the exchange of its code, longer tokens, and what a token is.

Meta, "Manually Build a Login Flow", "Long-Lived Access Tokens", "Debugging and Error Handling"; the dialog stands at
www.facebook.com, here at the same address as the API.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import attrs
from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from civicsns.language import Bilingual
from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.errors import GraphError
from civicsns.testing.sandbox.graph.model import LONG, PERMISSIONS, SHORT, GraphApp, TokenKind
from civicsns.testing.sandbox.graph.versions import resolve, split
from civicsns.testing.sandbox.graph.world import Code

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from werkzeug.wrappers import Request

    from civicsns.testing.sandbox.graph.exchange import Exchange
    from civicsns.testing.sandbox.graph.model import Token
    from civicsns.testing.sandbox.graph.world import World

_TEMPLATES: Final = Environment(
    loader=PackageLoader("civicsns.testing.sandbox.graph", "templates"), autoescape=True, undefined=StrictUndefined
)
_ASKED: Final = ("client_id", "redirect_uri", "state", "scope", "response_type")
_KNOWN: Final = frozenset({*_ASKED, "auth_type", "display"})
_GRANTS: Final[Mapping[str, frozenset[str]]] = {
    "authorization_code": frozenset({"client_id", "client_secret", "redirect_uri", "code"}),
    "fb_exchange_token": frozenset({"client_id", "client_secret", "fb_exchange_token"}),
    "client_credentials": frozenset({"client_id", "client_secret"}),
}


@attrs.frozen
class _UnusableError(Exception):
    """A dialog that cannot be shown; the person is not sent anywhere, as the address itself may be wrong."""

    why: Bilingual


def dialog(world: World, request: Request, now: datetime) -> Response:
    """Show the dialog, or act on what the person chose in it."""
    try:
        version = resolve(split(request.path)[0], world.versions, now)
        app, asked = _asked(world, request)
        if request.method == "POST":
            return _chosen(world, request, app, asked, now)
    except _UnusableError as problem:
        return _page("refused.html", status=400, why=problem.why)
    except GraphError as fault:
        return _page("refused.html", status=400, why=Bilingual(f"Graph API：{fault.message}", fault.message))
    scopes = _scopes(asked["scope"])
    return _page(
        "dialog.html",
        app=app,
        version=version,
        scopes=scopes,
        people=[
            (person, [world.pages[page_id] for page_id in managed])
            for person in world.people.values()
            if (managed := _managed(world, person.id))
        ],
    )


def _managed(world: World, person_id: str) -> list[str]:
    return [page.id for page in world.pages.values() if page.tasks.get(person_id)]


def _asked(world: World, request: Request) -> tuple[GraphApp, Mapping[str, str]]:
    asked = {name: request.args.get(name, "") for name in _ASKED}
    app = world.apps.get(asked["client_id"])
    if app is None:
        raise _UnusableError(Bilingual("client_id のアプリがありません。", "There is no app with this client_id."))
    if asked["redirect_uri"] not in app.redirect_uris:
        raise _UnusableError(
            Bilingual(
                "redirect_uri がアプリに登録されていません。一字一句同じでなければなりません。",
                "redirect_uri is not registered for the app. It must be the same, character by character.",
            )
        )
    if not asked["state"]:
        raise _UnusableError(Bilingual("state がありません。", "state is missing."))
    if asked["response_type"] not in {"", "code"}:
        raise _UnusableError(Bilingual("response_type は code だけです。", "response_type can only be code."))
    if strange := sorted(set(request.args) - _KNOWN):
        raise _UnusableError(Bilingual(f"知らないパラメータ：{strange[0]}", f"Unknown parameter: {strange[0]}"))
    if strange := [scope for scope in _scopes(asked["scope"]) if scope not in PERMISSIONS]:
        raise _UnusableError(Bilingual(f"知らない権限：{strange[0]}", f"Invalid scope: {strange[0]}"))
    return app, asked


def _scopes(scope: str) -> tuple[str, ...]:
    # public_profile is always given.
    return tuple(dict.fromkeys(["public_profile", *(one for one in re.split(r"[,\s]+", scope) if one)]))


def _chosen(world: World, request: Request, app: GraphApp, asked: Mapping[str, str], now: datetime) -> Response:
    if request.form.get("choice") != "approve":
        denied = {
            "error": "access_denied",
            "error_code": "200",
            "error_description": "Permissions error",
            "error_reason": "user_denied",
        }
        return _back(asked, denied)
    person_id, pages = request.form.get("person", ""), tuple(request.form.getlist("page"))
    if person_id not in world.people:
        raise _UnusableError(Bilingual("人を選んでください。", "Choose a person."))
    if not set(pages) <= set(_managed(world, person_id)):
        raise _UnusableError(
            Bilingual(
                "選んだ人が担当していないページがあります。", "The person has no task on one of the Pages chosen."
            )
        )
    code = "AQPRACTICE" + secrets.token_urlsafe(48)
    world.codes[code] = Code(
        app_id=app.id,
        person_id=person_id,
        pages=pages,
        scopes=_scopes(asked["scope"]),
        redirect_uri=asked["redirect_uri"],
        issued_at=now,
    )
    return _back(asked, {"code": code})


def _back(asked: Mapping[str, str], answer: dict[str, str]) -> Response:
    address = asked["redirect_uri"]
    joint = "&" if urlsplit(address).query else "?"
    # Facebook ends the address with #_=_, which a program must not take for a part of the state.
    return redirect(f"{address}{joint}{urlencode({**answer, 'state': asked['state']})}#_=_", code=302)


def _page(name: str, *, status: int = 200, **values: Any) -> Response:
    response = Response(_TEMPLATES.get_template(name).render(**values), status=status, mimetype="text/html")
    # No form-action: browsers apply it to the address to which the answer sends the person back, too.
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def token(world: World, sent: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """
    Exchange a code, or a token for a longer one, or the app's secret for its own token.

    Raises:
        GraphError: If the app, its secret, the code or the token is wrong.
    """
    grant = sent.get("grant_type", "authorization_code" if "code" in sent else "")
    wanted = _GRANTS.get(grant)
    if wanted is None:
        raise errors.parameter("Without a code, grant_type must be fb_exchange_token or client_credentials")
    # A client that holds a token sends it with everything, here too.
    given = set(sent) - {"grant_type", "access_token", "appsecret_proof"}
    if lacking := sorted(wanted - given):
        raise GraphError(code=101, message=f"Missing {lacking[0]} parameter.")
    if strange := sorted(given - wanted):
        raise errors.parameter(f"{strange[0]} is no parameter of this call")
    app = world.apps.get(sent["client_id"])
    if app is None:
        raise GraphError(code=101, message="Error validating application: there is none with this client_id.")
    if not hmac.compare_digest(app.secret.encode(), sent["client_secret"].encode()):
        raise GraphError(code=1, message="Error validating client secret.", status=400)
    match grant:
        case "authorization_code":
            return _bearer(_exchange_code(world, app, sent, now), now)
        case "fb_exchange_token":
            return _bearer(_exchange_token(world, app, sent["fb_exchange_token"], now), now)
        case _:
            return {"access_token": f"{app.id}|{app.secret}", "token_type": "bearer"}


def _exchange_code(world: World, app: GraphApp, sent: Mapping[str, str], now: datetime) -> Token:
    code = world.codes.get(sent["code"])
    if code is None or code.app_id != app.id:
        raise errors.parameter("The verification code is not valid")
    if code.used:
        raise errors.parameter("The authorization code has been used before", subcode=36009)
    if now - code.issued_at > world.limits.code_lifetime:
        raise errors.parameter("The authorization code has expired", subcode=36007)
    if code.redirect_uri != sent["redirect_uri"]:
        raise errors.parameter("redirect_uri is not the one that the dialog was opened with", subcode=36008)
    world.codes[sent["code"]] = attrs.evolve(code, used=True)
    return world.tokens.user(app=app, person_id=code.person_id, scopes=code.scopes, pages=code.pages, now=now)


def _exchange_token(world: World, app: GraphApp, value: str, now: datetime) -> Token:
    short = world.tokens.find(value, now)
    if short is None:
        raise errors.unreadable_token()
    if subcode := short.dead(now):
        raise errors.dead_token(subcode)
    if short.app_id != app.id or short.kind is not TokenKind.USER:
        raise errors.parameter("fb_exchange_token takes a person's token that this app was given")
    if short.long_lived:
        # A long token is not made longer: the person must sign in again before its 60 days are over.
        return short
    return world.tokens.user(
        app=app, person_id=short.person_id, scopes=short.scopes, pages=short.pages, now=now, long_lived=True
    )


def _bearer(given: Token, now: datetime) -> dict[str, Any]:
    assert given.expires_at is not None
    seconds = int((given.expires_at - now).total_seconds())
    assert 0 < seconds <= max(SHORT, LONG).total_seconds()
    return {"access_token": given.value, "token_type": "bearer", "expires_in": seconds}


def debug_token(exchange: Exchange) -> dict[str, Any]:
    """
    Tell what a token is.

    Raises:
        GraphError: If the call carries no app token (code 100), or the token belongs to another app.
    """
    if exchange.bearer.kind is not TokenKind.APP:
        raise errors.parameter("This takes an app access token")
    strange = set(exchange.sent) - {"input_token", "access_token", "appsecret_proof", "fields"}
    if strange or "input_token" not in exchange.sent:
        raise errors.parameter(f"{min(strange)} is no parameter of this call" if strange else "input_token is missing")
    found = exchange.world.tokens.find(exchange.sent["input_token"], exchange.now)
    if found is None:
        fault = errors.unreadable_token()
        return {"data": {"error": {"code": fault.code, "message": fault.message}, "is_valid": False, "scopes": []}}
    if found.app_id != exchange.bearer.app_id:
        raise errors.parameter("The token was given to another app")
    data: dict[str, Any] = {
        "app_id": found.app_id,
        "type": str(found.kind),
        "application": exchange.world.apps[found.app_id].name,
        "expires_at": int(found.expires_at.timestamp()) if found.expires_at else 0,
        "is_valid": not found.dead(exchange.now),
        "issued_at": int(found.issued_at.timestamp()),
        "scopes": list(found.scopes),
    }
    if found.person_id:
        data["user_id"] = found.person_id
    if found.page_id:
        data["profile_id"] = found.page_id
    if found.pages:
        data["granular_scopes"] = [
            {"scope": scope, "target_ids": list(found.pages)} for scope in found.scopes if scope.startswith("pages_")
        ]
    if subcode := found.dead(exchange.now):
        fault = errors.dead_token(subcode)
        data["error"] = {"code": fault.code, "message": fault.message, "subcode": subcode}
    return {"data": data}

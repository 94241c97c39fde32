"""One request on its way through the network: who asks, and what may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.testing.sandbox.x import problems, signatures
from civicsns.testing.sandbox.x.values import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from werkzeug.wrappers import Request, Response

    from civicsns.testing.sandbox.faults import Order
    from civicsns.testing.sandbox.x.limits import Purse
    from civicsns.testing.sandbox.x.settings import Settings
    from civicsns.testing.sandbox.x.state import State

#: Where problem types are named when the host is not one of X's.
_DEFAULT_BASE = "https://api.x.com"


@attrs.frozen(kw_only=True)
class Needs:
    """
    What an operation asks of a token.

    Attributes:
        scopes: The OAuth 2.0 scopes, all of them (OpenAPI document 2.167, `security`).
        writes: Whether an OAuth 1.0a token must be allowed to write.
        app_only: Whether the app's own token will do.
    """

    scopes: frozenset[str]
    writes: bool = False
    app_only: bool = False


_READ = frozenset({"tweet.read", "users.read"})
_MEDIA = Needs(scopes=frozenset({"media.write"}), writes=True)

NEEDS = {
    "create": Needs(scopes=_READ | {"tweet.write"}, writes=True),
    "delete": Needs(scopes=_READ | {"tweet.write"}, writes=True),
    "lookup": Needs(scopes=_READ, app_only=True),
    "timeline": Needs(scopes=_READ, app_only=True),
    "mentions": Needs(scopes=_READ, app_only=True),
    "me": Needs(scopes=_READ),
    "upload": _MEDIA,
    "upload_initialize": _MEDIA,
    "upload_append": _MEDIA,
    "upload_finalize": _MEDIA,
    "upload_status": attrs.evolve(_MEDIA, writes=False),
    "metadata": _MEDIA,
}


@attrs.define(kw_only=True)
class Exchange:
    """
    A request, with all that is needed to answer it.

    Attributes:
        request: The request.
        operation: Its operation.
        arguments: The parts of its path.
        state: The memory of the network.
        settings: What the network allows.
        purse: What calls cost.
        order: The fault that is ordered for it.
        identity: For whom it speaks; None where it proved nobody.
        headers: Headers of the answer, such as what is left of the rate limit.
    """

    request: Request
    operation: str
    arguments: Mapping[str, str]
    state: State
    settings: Settings
    purse: Purse
    order: Order | None = None
    identity: Identity | None = None
    headers: dict[str, str] = attrs.field(factory=dict)

    @property
    def now(self) -> datetime:
        """The time of day."""
        return self.state.now

    @property
    def base(self) -> str:
        """The address of the network in the types of problems."""
        base = signatures.base_url(self.request)
        return base if base.startswith("https:") else _DEFAULT_BASE

    @property
    def who(self) -> Identity:
        """For whom it speaks, where that is known."""
        assert self.identity is not None
        return self.identity

    def answer(self, body: Any, *, status: int = 200) -> Response:
        """Make a JSON answer with the headers of this call."""
        return problems.answer(body, status=status, headers=self.headers)


def identify(request: Request, state: State) -> Identity | None:
    """Tell for whom *request* speaks; None where it does not prove it."""
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return _bearer(rest.strip(), state)
    if kind.lower() != "oauth":
        return None
    try:
        signed = signatures.verify(
            request,
            state,
            lambda token, app: held.secret if (held := state.oauth1.get(token)) and held.app == app else None,
        )
    except signatures.BadSignature:
        return None
    held = state.oauth1.get(signed.token)
    if held is None:
        return None
    return Identity(app=held.app, user_id=held.user_id, permissions=held.permissions, token=held.token)


def _bearer(token: str, state: State) -> Identity | None:
    grant = state.access.get(token)
    if grant is None or (grant.expires_at is not None and state.now >= grant.expires_at):
        return None
    return Identity(app=grant.app, user_id=grant.user_id, scopes=grant.scopes, token=token)


def admit(identity: Identity | None, needs: Needs) -> None:
    """
    See that the token may do the operation.

    Raises:
        Problem: 401 or 403, if not.
    """
    if identity is None:
        raise problems.unauthorized()
    if not identity.app.enrolled:
        raise problems.client_forbidden(identity.app.client_id)
    if not identity.user_id:
        if not needs.app_only:
            raise problems.unsupported_authentication()
        return
    if identity.scopes is not None and not needs.scopes <= identity.scopes:
        raise problems.forbidden("Forbidden")
    if identity.scopes is None and needs.writes and identity.permissions != "read-write":
        raise problems.oauth1_permissions()

"""The practice Facebook itself: which call is which operation, who calls, and the answer's frame."""

from __future__ import annotations

import json
import secrets
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Response

from civicsns.testing.sandbox.faults import Fault
from civicsns.testing.sandbox.graph import errors, insights, listing, login, objects, people, publishing, usage, videos
from civicsns.testing.sandbox.graph.control import Control
from civicsns.testing.sandbox.graph.errors import GraphError
from civicsns.testing.sandbox.graph.exchange import Exchange, sent_by, token_of
from civicsns.testing.sandbox.graph.model import Token, TokenKind
from civicsns.testing.sandbox.graph.versions import resolve, split
from civicsns.testing.sandbox.server import PracticeNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Request

    from civicsns.ports import Clock
    from civicsns.testing.sandbox.faults import Order

_NODES: Final = {"GET": "object_read", "POST": "object_edit", "DELETE": "object_delete"}
_EDGES: Final = {
    ("POST", "feed"): "feed",
    ("GET", "feed"): "feed_read",
    ("POST", "photos"): "photos",
    ("POST", "videos"): "videos",
    ("GET", "published_posts"): "published_posts",
    ("GET", "scheduled_posts"): "scheduled_posts",
    ("GET", "tagged"): "tagged",
    ("GET", "comments"): "comments",
    ("POST", "comments"): "comments",
    ("GET", "insights"): "insights",
    ("GET", "accounts"): "accounts",
    ("GET", "permissions"): "permissions",
    ("DELETE", "permissions"): "permissions_delete",
}
_EDGE_NAMES: Final = frozenset(edge for _, edge in _EDGES)
_HANDLERS: Final[Mapping[str, Callable[[Exchange, str], dict[str, Any]]]] = MappingProxyType(
    {
        "feed": publishing.feed,
        "photos": publishing.photos,
        "videos": videos.videos,
        "object_read": objects.read,
        "object_edit": objects.edit,
        "object_delete": objects.delete,
        "published_posts": listing.published_posts,
        "feed_read": listing.feed_read,
        "scheduled_posts": listing.scheduled_posts,
        "tagged": listing.tagged,
        "comments": listing.comments,
        "insights": insights.insights,
        "me": people.me,
        "accounts": people.accounts,
        "permissions": people.permissions,
    }
)
#: Minutes that a refusal for too many calls names where `usage` sets none.
_PAUSE: Final = 5


class GraphNetwork(Control, PracticeNetwork):
    """
    A Facebook on the loopback interface; see `civicsns.testing.sandbox.graph`.

    Args:
        clock: Where the time comes from.
        port: The port; 0 takes any that is free.
    """

    def __init__(self, *, clock: Clock, port: int = 0) -> None:
        super().__init__(clock=clock, port=port)
        self._caller: Token | None = None
        self._set_up()

    def operation(self, request: Request) -> str:
        """Name the operation of *request*; empty where there is none of that address."""
        _, path = split(request.path)
        if path == ("dialog", "oauth"):
            return "authorize"
        if path == ("oauth", "access_token"):
            return "token"
        if path == ("debug_token",):
            return "debug_token" if request.method == "GET" else ""
        if path == ("me",) and request.method == "GET":
            return "me"
        if len(path) == 1:
            return _NODES.get(request.method, "")
        if len(path) == 2:
            return _EDGES.get((request.method, path[1]), "")
        if len(path) == 3 and path[1] == "permissions" and request.method == "DELETE":
            return "permissions_delete"
        return ""

    def caller(self, request: Request) -> str:
        """Give the user or Page id that the request's token speaks for; empty where it is not recognised."""
        try:
            value = token_of(request)
        except GraphError:
            value = ""
        now = self.clock.now()
        token = self._world.tokens.find(value, now) if value else None
        self._caller = token if token and not token.dead(now) else None
        return (self._caller.page_id or self._caller.person_id) if self._caller else ""

    def respond(self, request: Request, operation: str, order: Order | None) -> Response:
        """Do what *request* asks, and answer."""
        self._world.settle(self.clock.now())
        if operation == "authorize":
            return login.dialog(self._world, request, self.clock.now())
        headers: dict[str, str] = {}
        try:
            body = self._answer(request, operation, order, headers)
        except GraphError as fault:
            return self._refuse(fault, headers)
        return _json(body, 200, headers)

    def failure(self, fault: Fault) -> Response:
        """Answer in Graph's words with `SERVER_ERROR`, `ERRORS_ONLY`, a rate limit or 402."""
        if fault is Fault.RATE_LIMITED_BARE:
            return self._refuse(GraphError(code=32, message="(#32) Page request limit reached", transient=True), {})
        if fault is Fault.RATE_LIMITED:
            # A call without a readable token counts against the app.
            token = self._caller or Token(value="", kind=TokenKind.APP, app_id=self._app_id, issued_at=self.clock.now())
            wait = self.usage.get("estimated_time_to_regain_access", _PAUSE)
            spent = {"call_count": 100, **self.usage, "estimated_time_to_regain_access": wait}
            headers = usage.headers(token, percent=100, minutes=wait, set_usage=spent)
            return self._refuse(usage.spent(token, "feed"), headers)
        if fault is Fault.PAYMENT_REQUIRED:
            # Graph sells no calls; this stands for a proxy or an account in between that does.
            return self._refuse(GraphError(code=402, message="The paid allowance is used up.", status=402), {})
        unknown = GraphError(code=2, message="An unexpected error has occurred. Retry later.", transient=True)
        response = self._refuse(unknown, {})
        if fault is Fault.ERRORS_ONLY:
            response.status_code = 200
        return response

    def _answer(self, request: Request, operation: str, order: Order | None, headers: dict[str, str]) -> dict[str, Any]:
        now = self.clock.now()
        named, path = split(request.path)
        version = resolve(named, self._world.versions, now)
        headers["facebook-api-version"] = version
        sent = sent_by(request)
        if operation == "token":
            return login.token(self._world, sent, now)
        value = token_of(request)
        token = self._world.tokens.check(value, sent.get("appsecret_proof"), now) if value else None
        if token is not None:
            self._charge(token, operation, headers)
        exchange = Exchange(
            world=self._world,
            method=request.method,
            base=f"{self.url}/{version}",
            path=path,
            operation=operation,
            now=now,
            sent=sent,
            files=request.files,
            token=token,
            token_in_query="access_token" in request.args,
            order=order,
        )
        if operation == "debug_token":
            return login.debug_token(exchange)
        if not operation:
            raise _no_such_address(exchange)
        object_id = exchange.resolve(path[0])
        if operation == "permissions_delete":
            return people.delete_permissions(exchange, object_id, path[2] if len(path) == 3 else "")
        return _HANDLERS[operation](exchange, object_id)

    def _charge(self, token: Token, operation: str, headers: dict[str, str]) -> None:
        now, limits, meter = self.clock.now(), self._world.limits, self._world.meter
        spent = max(meter.percent(token, limits, now), *(self.usage.get(name, 0) for name in _PERCENTAGES)) >= 100
        if not spent:
            meter.count(token, now)
        headers |= usage.headers(
            token,
            percent=meter.percent(token, limits, now),
            minutes=meter.minutes(token, limits, now) if spent else 0,
            set_usage=self.usage,
        )
        if spent:
            raise usage.spent(token, operation)

    def _refuse(self, fault: GraphError, headers: dict[str, str]) -> Response:
        response = _json(fault.envelope(), fault.http_status, headers)
        if fault.code in {100, 102, 104, 190}:
            kind = "invalid_request" if fault.code == 100 else "invalid_token"
            # A message repeats what was sent, and a header takes neither Japanese nor a line's end.
            text = "".join(sign if " " <= sign <= "~" and sign != '"' else "?" for sign in fault.message)
            response.headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "{kind}" "{text}"'
        return response


_PERCENTAGES: Final = ("call_count", "total_cputime", "total_time")


def _no_such_address(exchange: Exchange) -> GraphError:
    if len(exchange.path) == 2 and exchange.path[1] in _EDGE_NAMES:
        return errors.missing(exchange.method, exchange.path[0])
    return GraphError(code=2500, message=f"Unknown path components: /{'/'.join(exchange.path[1:] or exchange.path)}")


def _json(body: dict[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    response = Response(json.dumps(body), status=status, content_type="application/json; charset=UTF-8")
    response.headers.extend(headers)
    response.headers["x-fb-trace-id"] = secrets.token_urlsafe(8)
    response.headers["Cache-Control"] = "private, no-cache, no-store, must-revalidate"
    return response

"""The practice X: its addresses, and what happens to a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from civicsns.testing.sandbox.faults import Fault
from civicsns.testing.sandbox.x import media, oauth1, oauth2, pages, posts, problems, timelines
from civicsns.testing.sandbox.x.control import XControl
from civicsns.testing.sandbox.x.exchange import NEEDS, Exchange, admit, identify
from civicsns.testing.sandbox.x.state import RequestToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request, Response

    from civicsns.ports import Clock
    from civicsns.testing.sandbox.faults import Order

_DEFAULT_BASE = "https://api.x.com"


def _authorize(exchange: Exchange) -> Response:
    """Show a sign-in page, or do what a person chose on it."""
    if exchange.request.method == "GET":
        show = oauth2.authorize if exchange.request.path.endswith("/oauth2/authorize") else oauth1.authorize
        return show(exchange)
    form = exchange.request.form
    sought = exchange.state.pending.pop(form.get("authenticity_token", ""), None)
    decision, user_id = form.get("decision", ""), form.get("user_id", "")
    if sought is None or decision not in {"approve", "deny"} or user_id not in exchange.state.users:
        return pages.refusal("authenticity_token", status=403)
    decide: Callable[..., Response] = oauth1.decide if isinstance(sought, RequestToken) else oauth2.decide
    return decide(exchange.state, sought, user_id, approved=decision == "approve")


class XNetwork(XControl):
    """
    An X on this machine, as strict as the real one.

    Args:
        clock: Where the time comes from.
        port: The port on the loopback; 0 takes any that is free.
    """

    _ADDRESSES: ClassVar = (
        ("POST", "/2/tweets", "create", posts.create),
        ("DELETE", "/2/tweets/<id>", "delete", posts.delete),
        ("GET", "/2/tweets", "lookup", timelines.lookup),
        ("GET", "/2/tweets/<id>", "lookup", timelines.lookup),
        ("GET", "/2/users/me", "me", timelines.me),
        ("GET", "/2/users/<id>/tweets", "timeline", timelines.timeline),
        ("GET", "/2/users/<id>/mentions", "mentions", timelines.mentions),
        ("POST", "/2/media/upload", "upload", media.upload),
        ("GET", "/2/media/upload", "upload_status", media.status),
        ("POST", "/2/media/upload/initialize", "upload_initialize", media.initialize),
        ("POST", "/2/media/upload/<id>/append", "upload_append", media.append),
        ("POST", "/2/media/upload/<id>/finalize", "upload_finalize", media.finalize),
        ("POST", "/2/media/metadata", "metadata", media.metadata),
        ("POST", "/2/oauth2/token", "token", oauth2.token),
        ("POST", "/2/oauth2/revoke", "revoke", oauth2.revoke),
        ("POST", "/oauth2/token", "token", oauth2.app_token),
        ("GET POST", "/i/oauth2/authorize", "authorize", _authorize),
        ("POST", "/oauth/request_token", "request_token", oauth1.request_token),
        ("POST", "/oauth/access_token", "access_token", oauth1.access_token),
        ("GET POST", "/oauth/authorize", "authorize", _authorize),
        ("GET POST", "/oauth/authenticate", "authorize", _authorize),
        ("POST", "/1.1/oauth/invalidate_token", "revoke", oauth1.invalidate),
        ("POST", "/1.1/oauth/invalidate_token.json", "revoke", oauth1.invalidate),
    )

    def __init__(self, *, clock: Clock, port: int = 0) -> None:
        super().__init__(clock=clock, port=port)
        rules = [
            Rule(path, methods=methods.split(), endpoint=(operation, handler))
            for methods, path, operation, handler in self._ADDRESSES
        ]
        self._map = Map(rules, strict_slashes=True, merge_slashes=False).bind("x")

    def operation(self, request: Request) -> str:
        """Name the operation of *request*; empty where there is none of that address."""
        try:
            (operation, _), _ = self._map.match(request.path, request.method)
        except (NotFound, MethodNotAllowed):
            return ""
        return str(operation)

    def caller(self, request: Request) -> str:
        """Give the user id that the request's token speaks for; empty where it is not recognised."""
        operation = self.operation(request)
        signs_as_user = operation in NEEDS or (operation == "revoke" and oauth1.is_signed(request))
        identity = identify(request, self._state) if signs_as_user else None
        request.environ["civicsns.identity"] = identity
        return identity.user_id if identity is not None else ""

    def respond(self, request: Request, operation: str, order: Order | None) -> Response:
        """Do what *request* asks, and answer."""
        exchange = Exchange(
            request=request,
            operation=operation,
            arguments={},
            state=self._state,
            settings=self.settings,
            purse=self._purse,
            order=order,
            identity=request.environ["civicsns.identity"],
        )
        try:
            (_, handler), arguments = self._map.match(request.path, request.method)
            exchange.arguments = arguments
            if operation in NEEDS:
                admit(exchange.identity, NEEDS[operation])
                exchange.headers.update(self._rates.take(operation, exchange.who, exchange.now))
            response: Response = handler(exchange)
        except NotFound:
            return problems.no_such_address().response(exchange.base)
        except MethodNotAllowed:
            return problems.no_such_method().response(exchange.base)
        except problems.Problem as problem:
            problem.headers = {**exchange.headers, **problem.headers}
            return problem.response(exchange.base)
        return response

    def failure(self, fault: Fault) -> Response:
        """Answer as X does when it breaks down or has had enough."""
        if fault is Fault.RATE_LIMITED:
            reset = str(int(self.clock.now().timestamp()) + 900)
            headers = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
            return problems.too_many(headers).response(_DEFAULT_BASE)
        if fault is Fault.RATE_LIMITED_BARE:
            return problems.too_many_old().response(_DEFAULT_BASE)
        if fault is Fault.PAYMENT_REQUIRED:
            return problems.credits_depleted().response(_DEFAULT_BASE)
        if fault is Fault.ERRORS_ONLY:
            return problems.answer({"errors": [problems.completed(problems.internal().body, _DEFAULT_BASE)]})
        return problems.internal().response(_DEFAULT_BASE)

"""The practice X: its addresses, and the handle by which tests hold it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.test import Client

from civicsns.testing.sandbox.faults import Fault
from civicsns.testing.sandbox.server import PracticeNetwork
from civicsns.testing.sandbox.x import media, oauth1, oauth2, pages, posts, problems, timelines
from civicsns.testing.sandbox.x.exchange import NEEDS, Exchange, admit, identify
from civicsns.testing.sandbox.x.limits import Purse, RateBook
from civicsns.testing.sandbox.x.settings import Settings
from civicsns.testing.sandbox.x.state import RequestToken, State, opaque
from civicsns.testing.sandbox.x.values import XApp, XPost, XUser

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request, Response

    from civicsns.ports import Clock
    from civicsns.testing.sandbox.faults import Order
    from civicsns.testing.sandbox.x.limits import Allowance

#: The source of what a person writes by hand.
BY_HAND = "X Web App"
_DEFAULT_SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
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


class XNetwork(PracticeNetwork):
    """
    An X on this machine, as strict as the real one.

    Args:
        clock: Where the time comes from.
        port: The port on the loopback; 0 takes any that is free.

    Attributes:
        app: An app that is registered from the beginning.
        settings: What may be set: sizes, durations, how long a post stays unseen.
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
        self.settings = Settings()
        self._state = State(clock)
        self._rates = RateBook()
        self._purse = Purse()
        rules = [
            Rule(path, methods=methods.split(), endpoint=(operation, handler))
            for methods, path, operation, handler in self._ADDRESSES
        ]
        self._map = Map(rules, strict_slashes=True, merge_slashes=False).bind("x")
        self.app = self.register_app(
            name="civicsns 練習",
            callback_uris=("https://localhost/callback", "http://127.0.0.1:8765/callback"),
        )

    # --- what the base asks --------------------------------------------------------------------------------------

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

    # --- apps, people, tokens ------------------------------------------------------------------------------------

    def register_app(
        self,
        *,
        name: str,
        callback_uris: tuple[str, ...] = (),
        confidential: bool = True,
        enterprise: bool = False,
        enrolled: bool = True,
    ) -> XApp:
        """
        Register an app.

        Args:
            name: What people see as a post's source.
            callback_uris: The addresses to which a person may be sent back.
            confidential: Whether it has a client secret.
            enterprise: Whether it is on the Enterprise tier.
            enrolled: Whether it belongs to a project.
        """
        made = XApp(
            consumer_key=opaque(25),
            consumer_secret=opaque(50),
            client_id=opaque(34),
            client_secret=opaque(50) if confidential else "",
            name=name,
            callback_uris=callback_uris,
            enterprise=enterprise,
            enrolled=enrolled,
        )
        with self.lock:
            self._state.apps.append(made)
        return made

    def add_user(self, *, handle: str, name: str) -> XUser:
        """
        Open an account.

        Raises:
            ValueError: If the handle is taken.
        """
        with self.lock:
            if self._state.user_by_handle(handle) is not None:
                msg = f"@{handle} is taken"
                raise ValueError(msg)
            user = XUser(id=self._state.new_id(), handle=handle, name=name, created_at=self.clock.now())
            self._state.users[user.id] = user
        return user

    def oauth1_token(self, user: XUser, app: XApp | None = None, permissions: str = "read-write") -> tuple[str, str]:
        """Give an OAuth 1.0a token and its secret, as if *user* had let *app* in."""
        with self.lock:
            made = self._state.grant_oauth1(user.id, app or self.app, permissions)
        return made.token, made.secret

    def oauth2_token(
        self, user: XUser, scopes: tuple[str, ...] = _DEFAULT_SCOPES, app: XApp | None = None
    ) -> tuple[str, str]:
        """Give an access token and a refresh token, empty without `offline.access`, as if *user* had let *app* in."""
        with self.lock:
            return self._state.grant_oauth2(user.id, app or self.app, scopes)

    def bearer_token(self, app: XApp | None = None) -> str:
        """Give the token of the app alone."""
        with self.lock:
            return self._state.grant_app(app or self.app)

    def revoke_tokens(self, user: XUser) -> None:
        """Make every token of *user* dead, as when the user disconnects the app."""
        with self.lock:
            self._state.revoke(user.id)

    def sign_in(self, url: str, user: XUser, *, approve: bool = True) -> str:
        """
        Be the person in front of the browser: open *url*, choose *user*, and press a button.

        Returns:
            The address that the browser is sent to; for `oob`, the number that the page shows.

        Raises:
            ValueError: If X shows something else than the page to choose on.
        """
        browser = Client(self._wsgi)
        path = "/" + url.partition("://")[2].partition("/")[2]
        with self.lock:
            page = browser.get(path, headers={"Host": "x.com"})
            if page.status_code != 200:
                msg = f"the page says {page.status_code}"
                raise ValueError(msg)
            key = next(reversed(self._state.pending))
            choice = {
                "authenticity_token": key,
                "user_id": user.id,
                "decision": "approve" if approve else "deny",
            }
            answer = browser.post(path, data=choice, headers={"Host": "x.com"})
        if answer.status_code == 302:
            return str(answer.headers["Location"])
        return answer.get_data(as_text=True).partition('<code id="pin">')[2].partition("<")[0]

    # --- posts ---------------------------------------------------------------------------------------------------

    def posts(self, user: XUser | None = None) -> tuple[XPost, ...]:
        """Give what the network holds, oldest first: latest versions, deleted posts left out."""
        with self.lock:
            return tuple(post for post in self._state.current() if user is None or post.user_id == user.id)

    def post_as(self, user: XUser, text: str, reply_to: XPost | None = None) -> XPost:
        """Write something by hand, as a citizen does."""
        with self.lock:
            post_id = self._state.new_id()
            post = XPost(
                id=post_id,
                user_id=user.id,
                text=text,
                created_at=self.clock.now(),
                reply_to=reply_to.id if reply_to is not None else "",
                source=BY_HAND,
                history=(post_id,),
            )
            self._state.posts[post.id] = post
        return post

    def media_bytes(self, key: str) -> bytes:
        """
        Give an uploaded file by its media key.

        Raises:
            KeyError: If there is none.
        """
        with self.lock:
            for upload in self._state.uploads.values():
                if upload.key == key and upload.content is not None:
                    return upload.content
        raise KeyError(key)

    def snapshot(self) -> dict[str, Any]:
        """Give users and posts as plain data, for the page on which to look at them; oldest first."""
        with self.lock:
            media_of = {upload.key: upload for upload in self._state.uploads.values()}
            return {
                "users": [
                    {"id": user.id, "handle": user.handle, "name": user.name} for user in self._state.users.values()
                ],
                "posts": [
                    {
                        **attrs.asdict(post, filter=attrs.filters.exclude("created_at", "extra")),
                        "created_at": post.created_at.isoformat(),
                        "media": [
                            {
                                "key": key,
                                "type": media_of[key].media_type,
                                "alt_text": media_of[key].alt_text,
                            }
                            for key in post.media_keys
                        ],
                    }
                    for post in self._state.current()
                ],
            }

    # --- money and limits ----------------------------------------------------------------------------------------

    @property
    def credits(self) -> Decimal | int | None:  # noqa: A003 -- the word for it
        """US dollars of credit that are left; None for as much as is needed. Can be set."""
        with self.lock:
            return self._purse.left

    @credits.setter
    def credits(self, dollars: Decimal | int | None) -> None:  # noqa: A003 -- same
        with self.lock:
            self._purse.left = None if dollars is None else Decimal(dollars)

    @property
    def spent(self) -> Decimal:
        """US dollars that calls have cost so far."""
        with self.lock:
            return self._purse.spent

    @property
    def visibility_lag(self) -> int:
        """How many reads do not show a new post yet. Can be set."""
        return self.settings.visibility_lag

    @visibility_lag.setter
    def visibility_lag(self, reads: int) -> None:
        self.settings.visibility_lag = reads

    def allow(self, operation: str, allowance: Allowance) -> None:
        """Set the rate limit of an operation, as X did when it capped automatic posts."""
        with self.lock:
            self._rates.allowances[operation] = allowance

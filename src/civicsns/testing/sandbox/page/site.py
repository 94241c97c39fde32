"""The page's server: HTML for people, JSON for its own script and for tests in other processes."""

from __future__ import annotations

import json
import secrets
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, MisdirectedRequest, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from civicsns.errors import BadInput
from civicsns.model import Media
from civicsns.testing.sandbox.faults import Fault
from civicsns.testing.sandbox.page import guard
from civicsns.testing.sandbox.page.board import concerns, threads
from civicsns.testing.sandbox.page.reading import read
from civicsns.testing.sandbox.page.view import View, digest, language_of
from civicsns.testing.sandbox.page.words import FAULTS, OPERATIONS, TEXTS
from civicsns.testing.sandbox.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from civicsns.testing.sandbox.graph import GraphNetwork
    from civicsns.testing.sandbox.page.board import Account, Thread
    from civicsns.testing.sandbox.server import PracticeNetwork
    from civicsns.testing.sandbox.x import XNetwork, XUser

_MOST_BYTES: Final = 64 * 1024
_ASSETS: Final = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_ROUTES: Final = Map(
    [
        Rule("/", endpoint="page", methods=["GET"]),
        Rule("/<any('page.css', 'page.js', 'icon.svg'):name>", endpoint="asset", methods=["GET"]),
        Rule("/media/<any('x', 'graph'):network>/<path:key>", endpoint="media", methods=["GET"]),
        Rule("/faults", endpoint="order_by_form", methods=["POST"]),
        Rule("/faults/clear", endpoint="clear_by_form", methods=["POST"]),
        Rule("/citizens", endpoint="write_as_citizen", methods=["POST"]),
        Rule("/api/board", endpoint="api_board", methods=["GET"]),
        Rule("/api/state", endpoint="api_state", methods=["GET"]),
        Rule("/api/faults", endpoint="api_faults", methods=["GET"]),
        Rule("/api/faults", endpoint="api_order", methods=["POST"]),
        Rule("/api/faults", endpoint="api_clear", methods=["DELETE"]),
    ]
)


class PracticePage(Server):
    """
    The page on which a newcomer sees what was posted, orders faults and answers as a citizen.

    Nothing is asked of whoever opens it: it listens on this machine only, refuses names that are not this
    machine's, and changes something only for its own forms or for programs that send JSON.

    Args:
        x: The practice X.
        graph: The practice Facebook.
        port: The port; 0 takes any that is free.
    """

    def __init__(self, x: XNetwork, graph: GraphNetwork, *, port: int = 0) -> None:
        super().__init__(port=port, threads=8)
        self._x = x
        self._graph = graph
        self._networks: Mapping[str, PracticeNetwork] = {"x": x, "graph": graph}
        self._token = secrets.token_urlsafe(32)
        self._citizens: dict[str, XUser] = {}

    def _wsgi(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = _MOST_BYTES
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = _refusal(request, error)
        return guard.harden(response)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if not guard.is_local(request.host):
            raise MisdirectedRequest("bad-host")
        endpoint, values = _ROUTES.bind_to_environ(request.environ).match()
        if request.method in {"POST", "DELETE"} and not guard.is_own(request):
            raise Forbidden("bad-origin")
        response: Response = getattr(self, f"_{endpoint}")(request, **values)
        return response

    # --- for people -------------------------------------------------------------------------------------------

    def _page(self, request: Request) -> Response:
        view = View(request, self._token)
        board, accounts = self._board(view)
        return view.html(
            "page.html",
            board=board,
            accounts=accounts,
            faults={network: _offered(network) for network in OPERATIONS},
            done=view.done,
        )

    def _board(self, view: View) -> tuple[dict[str, Any], tuple[Account, ...]]:
        """Give what stands on the page and may change, as HTML with a revision each, and the accounts."""
        everything = read(self._x, self._graph)
        posts: dict[str, list[dict[str, str]]] = {}
        for network, cards in everything.cards.items():
            names = {card.id: card.name for card in cards}
            posts[network] = [
                view.post(network, thread, names)
                for thread in threads(cards)
                if _wanted(thread, network, view.account, everything.accounts)
            ]
        calls = {name: tuple(reversed(network.calls[-8:])) for name, network in self._networks.items()}
        parts = {
            "waiting": view.text("waiting.html", waiting=self._waiting()),
            "calls": view.text("calls.html", calls=calls, all_faults=FAULTS),
        }
        revision = digest(json.dumps([posts, parts]))
        return {"revision": revision, "posts": posts, "parts": parts}, everything.accounts

    def _asset(self, _request: Request, name: str) -> Response:
        return Response(_asset(name), mimetype=_ASSETS[name])

    def _media(self, _request: Request, network: str, key: str) -> Response:
        try:
            content = self._x.media_bytes(key) if network == "x" else self._graph.media_bytes(key)[0]
        except KeyError:
            return Response(status=404)
        try:
            return Response(content, mimetype=Media.from_bytes(content).media_type)
        except BadInput:
            # Whatever else it is, the browser must not take it for a page of ours.
            return Response(content, mimetype="application/octet-stream")

    def _order_by_form(self, request: Request) -> Response:
        form = self._form(request)
        network, fault, on = form.get("network", ""), form.get("fault", ""), form.get("on", "")
        if network not in OPERATIONS or on not in OPERATIONS[network] or fault not in _offered(network):
            raise BadRequest("bad-form")
        times = form.get("times", "1")
        if not (times.isascii() and times.isdecimal() and 1 <= int(times) <= 99):
            raise BadRequest("bad-form")
        self._networks[network].faults.order(
            Fault(fault), on=on, times=int(times), carried_out=form.get("carried_out") == "1"
        )
        return _back(request, "fault", "tools")

    def _clear_by_form(self, request: Request) -> Response:
        self._form(request)
        self._clear()
        return _back(request, "clear", "tools")

    def _write_as_citizen(self, request: Request) -> Response:
        form = self._form(request)
        name, text = form.get("name", "").strip(), form.get("text", "").strip()
        if not name or not text or len(name) > 50 or len(text) > 2000:
            raise BadRequest("bad-form")
        try:
            if form.get("network") == "graph":
                self._graph.comment_as(name, form.get("post", ""), text)
            else:
                self._write_on_x(name, text, post=form.get("post", ""), account=form.get("account", ""))
        except (KeyError, ValueError) as error:
            raise BadRequest("bad-form") from error
        return _back(request, "citizen", "posts")

    def _write_on_x(self, name: str, text: str, *, post: str, account: str) -> None:
        """Post as the citizen *name*, naming the account or the author of the post that is answered."""
        answered = next((one for one in self._x.posts() if one.id == post), None)
        if post and answered is None:
            raise KeyError(post)
        handles = {user["id"]: user["handle"] for user in self._x.snapshot()["users"]}
        called = handles[answered.user_id] if answered else account
        if called not in handles.values():
            raise KeyError(called)
        if name not in self._citizens:
            # A handle is ASCII and has 15 characters at most; the name itself may be anything.
            self._citizens[name] = self._x.add_user(handle=f"shimin_{digest(name)[:8]}", name=name)
        whole = text if f"@{called}" in text else f"@{called} {text}"
        self._x.post_as(self._citizens[name], whole, reply_to=answered)

    def _form(self, request: Request) -> Mapping[str, str]:
        if not guard.holds(request, self._token):
            raise Forbidden("bad-origin")
        return request.form

    # --- for programs -----------------------------------------------------------------------------------------

    def _api_board(self, request: Request) -> Response:
        view = View(request, self._token)
        board, _ = self._board(view)
        if request.args.get("since") == board["revision"]:
            return _json({"revision": board["revision"]})
        return _json(board)

    def _api_state(self, _request: Request) -> Response:
        return _json({"x": self._x.snapshot(), "graph": self._graph.snapshot(), "waiting": self._waiting()})

    def _api_faults(self, _request: Request) -> Response:
        return _json(
            {
                "waiting": self._waiting(),
                "faults": {network: [str(fault) for fault in _offered(network)] for network in OPERATIONS},
                "operations": {network: list(operations) for network, operations in OPERATIONS.items()},
            }
        )

    def _api_order(self, request: Request) -> Response:
        # A form of another site cannot send this type without the browser asking first, which nobody here allows.
        if request.mimetype != "application/json":
            raise BadRequest("bad-form")
        asked = request.get_json()
        if not isinstance(asked, dict) or asked.keys() - _ORDER.keys() or {"network", "fault", "on"} - asked.keys():
            raise BadRequest("bad-form")
        if not all(type(value) is _ORDER[name] for name, value in asked.items()):
            raise BadRequest("bad-form")
        network = asked.pop("network")
        if network not in OPERATIONS or asked["on"] not in OPERATIONS[network] or asked["fault"] not in set(Fault):
            raise BadRequest("bad-form")
        self._networks[network].faults.order(Fault(asked.pop("fault")), **asked)
        return _json({"waiting": self._waiting()}, status=201)

    def _api_clear(self, _request: Request) -> Response:
        self._clear()
        return _json({"waiting": self._waiting()})

    def _clear(self) -> None:
        for network in self._networks.values():
            network.faults.clear()

    def _waiting(self) -> dict[str, int]:
        return {name: network.faults.waiting for name, network in self._networks.items()}


#: What an order over the API may say, and the type of each.
_ORDER: Final = {
    "network": str,
    "fault": str,
    "on": str,
    "times": int,
    "carried_out": bool,
    "account": str,
    "skip": int,
    "reads": int,
}


def _offered(network: str) -> Mapping[Fault, Any]:
    """Give the faults that *network* knows; nobody pays for Facebook's API, so it never answers 402."""
    return {fault: text for fault, text in FAULTS.items() if network == "x" or fault is not Fault.PAYMENT_REQUIRED}


def _wanted(thread: Thread, network: str, account: str, accounts: Iterable[Account]) -> bool:
    if not account:
        return True
    chosen = next((one for one in accounts if f"{one.network}:{one.id}" == account), None)
    return chosen is not None and chosen.network == network and concerns(thread, chosen)


def _json(value: object, *, status: int = 200) -> Response:
    return Response(json.dumps(value, default=str), status=status, mimetype="application/json")


def _back(request: Request, done: str, anchor: str) -> Response:
    query = {"lang": language_of(request), "account": request.args.get("account", ""), "done": done}
    return Response(status=303, headers={"Location": f"/?{urlencode(query)}#{anchor}"})


def _refusal(request: Request, error: HTTPException) -> Response:
    """Say in words what `error.description` names, without repeating anything that was sent."""
    said = error.description or ""
    why = said if said in TEXTS else "not-found" if error.code == 404 else "bad-form"
    if isinstance(error, RequestEntityTooLarge):
        why = "too-long"
    status = error.code or 500
    if request.path.startswith("/api/"):
        text = TEXTS[why]
        return _json({"error": {"ja": text.ja, "en": text.en}}, status=status)
    response = View(request, token="").html("refusal.html", why=why)
    response.status_code = status
    return response


@cache
def _asset(name: str) -> bytes:
    return (files("civicsns.testing.sandbox") / "templates" / name).read_bytes()

"""A practice notice board: real sockets, and every fault of the civicsns sandbox."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
from werkzeug.wrappers import Request, Response

from civicsns.testing.sandbox import Fault, Order, PracticeNetwork

if TYPE_CHECKING:
    from civicsns.ports import Clock

_STATUS = {
    Fault.SERVER_ERROR: (500, "internal"),
    Fault.ERRORS_ONLY: (200, "internal"),
    Fault.RATE_LIMITED: (429, "slow_down"),
    Fault.RATE_LIMITED_BARE: (429, "slow_down"),
    Fault.PAYMENT_REQUIRED: (402, "unpaid"),
}


@attrs.frozen(kw_only=True)
class Notice:
    """One notice on the board."""

    id: str
    account: str
    app: str
    text: str
    at: datetime
    alt_texts: tuple[str, ...] = ()
    answers: str = ""
    #: How many reads of the list do not show it yet.
    hidden: int = 0


@attrs.frozen(kw_only=True)
class Letter:
    """What a citizen wrote to an account."""

    id: str
    account: str
    by: str
    text: str
    at: datetime


class PracticeNoticeboard(PracticeNetwork):
    """The board. Its operations are `create`, `list`, `edit`, `delete`, `picture` and `letters`."""

    def __init__(self, *, clock: Clock, port: int = 0) -> None:
        super().__init__(clock=clock, port=port)
        self.tokens: dict[str, tuple[str, str]] = {}
        self.notices: dict[str, Notice] = {}
        self.letters: list[Letter] = []
        self._alt_texts: dict[str, str] = {}
        #: What was put up under which account's key; who sends none has equal notices refused.
        self._keys: dict[tuple[str, str], str] = {}
        self._numbers = itertools.count(1001)

    def token(self, account: str, app: str) -> str:
        """Give *account* a token for *app*."""
        value = f"board-{account}-{next(self._numbers)}-3f9a77c1d2"
        self.tokens[value] = (account, app)
        return value

    def put_up(
        self,
        account: str,
        text: str,
        *,
        app: str = "",
        answers: str = "",
        alt_texts: tuple[str, ...] = (),
        hidden: int = 0,
    ) -> Notice:
        """Put a notice up; by hand, where no app is given."""
        with self.lock:
            notice = Notice(
                id=str(next(self._numbers)),
                account=account,
                app=app,
                text=text,
                at=self.clock.now(),
                answers=answers,
                alt_texts=alt_texts,
                hidden=hidden,
            )
            self.notices[notice.id] = notice
            return notice

    def write(self, account: str, by: str, text: str) -> None:
        """Let a citizen write to *account*."""
        with self.lock:
            number = str(next(self._numbers))
            self.letters.append(Letter(id=number, account=account, by=by, text=text, at=self.clock.now()))

    # --- what PracticeNetwork asks for --------------------------------------------------------------------------

    def operation(self, request: Request) -> str:
        """Name the operation."""
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["notices"]:
                return "create"
            case "GET", ["notices"]:
                return "list"
            case "PUT", ["notices", _]:
                return "edit"
            case "DELETE", ["notices", _]:
                return "delete"
            case "POST", ["pictures"]:
                return "picture"
            case "GET", ["letters"]:
                return "letters"
        return ""

    def caller(self, request: Request) -> str:
        """Name the account."""
        return self._who(request)[0]

    def respond(self, request: Request, operation: str, order: Order | None) -> Response:
        """Do what is asked."""
        account, app = self._who(request)
        if not account:
            return _answer(401, {"error": "token"})
        number = request.path.rpartition("/")[2]
        if operation in {"edit", "delete"} and number not in self.notices:
            return _answer(404, {"error": "no_such_notice"})
        since = datetime.fromisoformat(request.args["since"]) if "since" in request.args else None
        match operation:
            case "create":
                hidden = order.reads if order and order.fault is Fault.HIDDEN else 0
                return self._create(request.get_json(), account, app, hidden=hidden)
            case "edit":
                self.notices[number] = attrs.evolve(self.notices[number], text=request.get_json()["text"])
                return _answer(200, _shown(self.notices[number]))
            case "delete":
                del self.notices[number]
                return _answer(200, {"deleted": True})
            case "picture":
                sent = request.get_json()
                base64.b64decode(sent["content"], validate=True)
                picture = f"p{next(self._numbers)}"
                self._alt_texts[picture] = sent["alt_text"]
                return _answer(201, {"id": picture})
            case "letters" if since:
                letters = [one for one in self.letters if one.account == account and one.at >= since]
                return _answer(200, {"letters": [attrs.asdict(one) for one in letters]})
            case "list" if since:
                return _answer(200, {"notices": self._listed(account, since)})
        return _answer(404, {"error": "no_such_address"})

    def failure(self, fault: Fault) -> Response:
        """Fail in the board's own words."""
        status, error = _STATUS[fault]
        response = _answer(status, {"error": error})
        if fault is Fault.RATE_LIMITED:
            response.headers["Retry-After"] = "120"
        return response

    # --- parts --------------------------------------------------------------------------------------------------

    def _who(self, request: Request) -> tuple[str, str]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.get(token, ("", ""))

    def _create(self, sent: dict[str, Any], account: str, app: str, *, hidden: int) -> Response:
        key = (account, sent.get("key", ""))
        if key in self._keys:
            return _answer(200, _shown(self.notices[self._keys[key]]))
        same = (one for one in self.notices.values() if one.account == account and one.text == sent["text"])
        if not key[1] and any(same):
            return _answer(409, {"error": "duplicate"})
        notice = self.put_up(
            account,
            sent["text"],
            app=app,
            answers=sent.get("answers", ""),
            alt_texts=tuple(self._alt_texts[picture] for picture in sent["pictures"]),
            hidden=hidden,
        )
        if key[1]:
            self._keys[key] = notice.id
        return _answer(201, _shown(notice))

    def _listed(self, account: str, since: datetime) -> list[dict[str, Any]]:
        ours = [one for one in self.notices.values() if one.account == account and one.at >= since]
        for one in ours:
            self.notices[one.id] = attrs.evolve(one, hidden=max(one.hidden - 1, 0))
        return [_shown(one) for one in ours if not one.hidden]


def _shown(notice: Notice) -> dict[str, Any]:
    return {**attrs.asdict(notice), "url": f"https://board.example.lg.jp/notices/{notice.id}"}


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body, default=str), status=status, content_type="application/json")

"""What a browser keeps between pages: its session, sealed, so that it can neither be read nor made up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.errors import ShutForGood
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from civicsns.enrolment import Desk

#: A session ends after a working day.
LIFE: Final = timedelta(hours=9)
#: So many sessions are kept open in this process.
_REMEMBERED: Final = 1000
#: Browsers keep 4,096 bytes of a cookie at the least (RFC 6265, section 6.1), and Base64 takes a third more: so many
#: bytes are left for each sentence, in each language.
_MOST_SAID: Final = 600


@attrs.frozen(kw_only=True)
class News:
    """
    What the next page says once.

    Attributes:
        what: What happened.
        mend: What to do; None where nothing is to be done.
        named: What the network calls the account that it is about.
    """

    what: Bilingual
    mend: Bilingual | None = None
    named: str = ""


@attrs.frozen(kw_only=True)
class Session:
    """
    One browser on its way.

    Attributes:
        id: What `Enrolments` knows the browser by.
        form: What each form of these pages carries, and no form of another site can.
        token: The token of the link, or of the pass, that was opened; empty once it has done its work.
        at: Since when.
        done: The account that was connected; empty before.
        overseer: The personnel number of the overseer who came by a pass; empty for everybody else.
        news: What the next page says once.
    """

    id: str = attrs.field(repr=False)
    form: str = attrs.field(repr=False)
    token: str = attrs.field(default="", repr=False)
    at: datetime
    done: str = ""
    overseer: str = ""
    news: News | None = None

    def owns(self, form: dict[str, str]) -> bool:
        """Whether a form was made for this session, told in a time that does not depend on how much of it is right."""
        return hmac.compare_digest(form.get("form", "").encode(errors="replace"), self.form.encode())


class Sessions:
    """
    Reads and sets sessions.

    Args:
        desk: Whose seals and clock they are.
        secure: Whether the pages are reached by https.
        path: The path under which the pages are, for browsers of this machine.
        name: What the cookie is called; a session that was sealed under one name is none under another.
    """

    def __init__(self, desk: Desk, *, secure: bool, path: str, name: str = "civicsns") -> None:
        self._desk = desk
        self._secure = secure
        # `__Host-`: from this very host, by https, and set by no sister of it (RFC 6265bis, section 4.1.3.2).
        self.name = f"__Host-{name}" if secure else name
        self._about = f"web.session {name}"
        self._path = "/" if secure else path or "/"
        # The wrapping key may be in a service that is asked over the network.
        self._opened: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, token: str) -> Session:
        """Begin a session with a link, with marks that nobody else has chosen."""
        return Session(id=secrets.token_urlsafe(32), form=secrets.token_urlsafe(32), token=token, at=self._desk.now)

    def of(self, request: Request) -> Session | None:
        """
        Read the session of a request; None where there is none, or one that is over or was made up.

        Raises:
            VaultError: If the key of its seal is out of reach just now.
            ConfigurationError: If that key is not where the settings say.
        """
        kept = request.cookies.get(self.name, "")
        session = self._open(kept) if kept else None
        return session if session is not None and session.at + LIFE > self._desk.now else None

    def _open(self, kept: str) -> Session | None:
        key = hashlib.sha256(kept.encode(errors="replace")).hexdigest()
        with self._lock:
            if key in self._opened:
                self._opened.move_to_end(key)
                return self._opened[key]
        try:
            sealed = base64.urlsafe_b64decode(kept.encode() + b"=" * (-len(kept) % 4))
            session = _read(json.loads(self._desk.sealer.open(sealed, self._about)))
        except (ShutForGood, ValueError, KeyError, TypeError):
            # Where the key is out of reach for a moment, that is said, and the browser keeps what it has.
            return None
        with self._lock:
            self._opened[key] = session
            if len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)
        return session

    def keep(self, response: Response, session: Session) -> Response:
        """Let the browser keep a session."""
        sealed = self._desk.sealer.seal(json.dumps(_plain(session), ensure_ascii=False).encode(), self._about)
        response.set_cookie(
            self.name,
            # Without the padding, which would have to be quoted.
            base64.urlsafe_b64encode(sealed).decode().rstrip("="),
            path=self._path,
            secure=self._secure,
            httponly=True,
            # Not `strict`: the browser comes back from the network.
            samesite="lax",
        )
        return response

    def end(self, response: Response) -> Response:
        """Let the browser forget its session."""
        response.delete_cookie(self.name, path=self._path, secure=self._secure, httponly=True, samesite="lax")
        return response


def _plain(session: Session) -> dict[str, object]:
    news = session.news
    return {
        "id": session.id,
        "form": session.form,
        "token": session.token,
        "at": session.at.isoformat(),
        "done": session.done,
        "overseer": session.overseer,
        "news": None
        if news is None
        else {
            "what": [_short(news.what.ja), _short(news.what.en)],
            "mend": [_short(news.mend.ja), _short(news.mend.en)] if news.mend else None,
            "named": _short(news.named, 200),
        },
    }


def _short(said: str, most: int = _MOST_SAID) -> str:
    return said.encode(errors="replace")[:most].decode(errors="ignore")


def _read(value: dict[str, object]) -> Session:
    told = value["news"]
    news = None
    if isinstance(told, dict):
        mend = told["mend"]
        news = News(what=Bilingual(*told["what"]), mend=Bilingual(*mend) if mend else None, named=str(told["named"]))
    return Session(
        id=str(value["id"]),
        form=str(value["form"]),
        token=str(value["token"]),
        at=datetime.fromisoformat(str(value["at"])),
        done=str(value["done"]),
        overseer=str(value["overseer"]),
        news=news,
    )

"""What stands before every page: who may ask, how much, for what; and the headers that every answer carries."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

import anyio
import attrs
from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What was sent with a form, as `read_form` left it for the pages.
FORM: Final = "civicsns.form"
#: A post to the practice network is the longest thing that anybody writes: 5,000 characters of up to 12 bytes.
_MOST_BYTES: Final = 64 * 1024
_MOST_FIELDS: Final = 20
_LONGEST_ADDRESS: Final = 8 * 1024
#: In this many seconds a form must be here.
_PATIENCE: Final = 20
_TYPE: Final = "application/x-www-form-urlencoded"


@attrs.frozen(kw_only=True)
class Site:
    """
    Where people reach the pages.

    Attributes:
        origin: Scheme, host and port, as browsers write it in `Origin`.
        host: Host and port, as browsers write them in `Host`.
        path: What comes before the path of each page; empty at the root.
    """

    origin: str
    host: str
    path: str

    @classmethod
    def of(cls, base_url: str) -> Site:
        """Read it from `[enrolment] base_url`."""
        parts = urlsplit(base_url.rstrip("/"))
        usual = {"https": 443, "http": 80}[parts.scheme]
        name = parts.hostname or ""
        name = f"[{name}]" if ":" in name else name
        host = name if parts.port in {None, usual} else f"{name}:{parts.port}"
        return cls(origin=f"{parts.scheme}://{host}", host=host, path=parts.path)

    @property
    def secure(self) -> bool:
        """Whether it is reached by https."""
        return self.origin.startswith("https:")


def headers(style: str, *, secure: bool) -> dict[str, str]:
    """
    Give the headers of every answer.

    Args:
        style: The one style sheet, which stands in the page; everything else is forbidden to it.
        secure: Whether the pages are reached by https.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    every = {
        # W3C, Content Security Policy Level 3. No script, picture or frame, from anywhere.
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        # For browsers that know no frame-ancestors.
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        # Not `no-referrer`: under that, browsers send `Origin: null` with the page's own forms (Fetch, section 3.1).
        # No other site is told anything by this either.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), publickey-credentials-get=()",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }
    return every | {"Strict-Transport-Security": "max-age=31536000"} if secure else every


class Guard:
    """
    Lets through what a browser sends that shows our own pages, and nothing else.

    Args:
        app: The pages.
        site: Where people reach them.
        headers: What every answer carries.
        refuse: Makes the answer to what is not let through: from the request, a status, and the name of the reason.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        site: Site,
        headers: dict[str, str],
        refuse: Callable[[Scope, int, str], Response],
    ) -> None:
        self._app = app
        self._site = site
        self._headers = headers
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            # A server that starts and stops; nobody else has anything to say here.
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        refused = self._stopped(scope)
        if refused is None and scope["method"] == "POST":
            refused = await self._read_form(scope, receive)
        if refused is not None:
            await self._refuse(scope, *refused)(scope, receive, hardened)
            return
        await self._app(scope, receive, hardened)

    def _stopped(self, scope: Scope) -> tuple[int, str] | None:
        asked = Headers(scope=scope)
        # Another name that resolves to here (DNS rebinding), or a header that a cache would be poisoned with.
        if [one.lower() for one in asked.getlist("host")] != [self._site.host]:
            return 421, "wrong_host"
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return 405, "not_found"
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST_ADDRESS:
            return 414, "too_much"
        if scope["method"] != "POST":
            return None
        # Every browser names the origin of a form that it sends; nobody else has business here.
        if asked.get("origin") != self._site.origin or asked.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "foreign"
        if asked.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
            return 415, "bad_form"
        return None

    async def _read_form(self, scope: Scope, receive: Receive) -> tuple[int, str] | None:
        body = bytearray()
        with anyio.move_on_after(_PATIENCE) as waited:
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > _MOST_BYTES:
                    return 413, "too_much"
                if not message.get("more_body", False):
                    break
        if waited.cancelled_caught:
            return 408, "bad_form"
        try:
            fields = parse_qsl(
                body.decode("utf-8"),
                keep_blank_values=True,
                strict_parsing=bool(body),
                errors="strict",
                max_num_fields=_MOST_FIELDS,
            )
        except ValueError:
            return 400, "bad_form"
        form = dict(fields)
        if len(form) != len(fields):
            return 400, "bad_form"
        scope[FORM] = form
        return None

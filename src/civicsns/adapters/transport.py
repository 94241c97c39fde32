"""
What every adapter on `requests` needs: a session with bounds, and one table that translates foreign exceptions.

`Session` bounds each call (connecting, reading, the whole answer, its size), follows no redirect, keeps no cookie,
ignores netrc, and talks to one origin only. `attempt` runs one call and lets nothing but civicsns errors out.
"""

from __future__ import annotations

import io
import ipaddress
import logging
import ssl
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, quote_plus, urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from civicsns.errors import CivicsnsError, ConfigurationError, Outcome, OutcomeUnknown, Unavailable, UnknownReason
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from civicsns.model import Secret

T = TypeVar("T")

#: No JSON answer of a social network comes near this; more is a fault or an attack.
MOST_BYTES = 16 * 1024 * 1024

_PIECE = 64 * 1024


# --- where calls go ---------------------------------------------------------------------------------------------


def is_loopback(url: str) -> bool:
    """Tell whether *url* points at this very machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_base_url(url: str, *, place: str) -> str:
    """
    Give *url* without a trailing slash.

    Raises:
        ConfigurationError: If it is not `https`, unless it points at this machine (the practice networks).
    """
    parts = urlsplit(url)
    plain = parts.scheme == "http" and is_loopback(url)
    if (parts.scheme != "https" and not plain) or not parts.hostname or parts.query or parts.username:
        raise ConfigurationError(
            Bilingual("接続先のアドレスが安全ではありません。", "The address to connect to is not safe."),
            mend=Bilingual(
                "https:// で始まるアドレスを指定してください（http:// はこの機械の中の練習用だけに使えます）。",
                "Give an address that begins with https:// (http:// is for practice on this very machine only).",
            ),
            place=place,
        )
    return url.rstrip("/")


class Session(requests.Session):
    """
    A `requests` session for one origin, with bounds.

    The proxies and certificate bundles that the environment names are honoured, since many town halls sit behind
    a proxy. A netrc file is not: `requests` would put its password in the place of our token.

    Args:
        origin: The network's public origin, such as `https://api.x.com`; requests are signed for it.
        base_url: Where the bytes really go: the origin itself, or a practice network on this machine.
        connect: The most seconds for connecting.
        read: The most seconds between two pieces of an answer, and for an answer's body altogether.
        alias: The origin that an SDK has built in, where that differs from *origin*.

    Attributes:
        answer: The last response that arrived whole, whatever an SDK made of it; None where none did.
        left: Whether the last call came as far as the wire.
    """

    def __init__(self, *, origin: str, base_url: str, connect: float, read: float, alias: str = "") -> None:
        super().__init__()
        _hush()
        self.answer: requests.Response | None = None
        self.left = False
        self._alias = alias
        self._origin = origin
        # A session's own auth keeps netrc out; this one adds nothing.
        self.auth = _unchanged
        self.adapters.clear()
        self.mount(f"{origin}/", _Wire(self, origin=origin, base_url=base_url, connect=connect, read=read))

    def request(  # type: ignore[override]  # the same call, with the arguments passed on unread
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send one request; see `requests.Session.request`."""
        if self._alias and url.startswith(f"{self._alias}/"):
            url = self._origin + url[len(self._alias) :]
        self.answer = None
        self.answer = super().request(method, url, *args, **kwargs)
        return self.answer

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: a token must not travel on, and a POST must not become a GET."""


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Wire(HTTPAdapter):
    """Sends to the base URL, with timeouts; reads the whole answer within a deadline. Never repeats."""

    def __init__(self, session: Session, *, origin: str, base_url: str, connect: float, read: float) -> None:
        super().__init__(max_retries=0)
        self._session = session
        self._origin = origin
        self._local = base_url if is_loopback(base_url) else ""
        self._timeout = (connect, read)

    def send(  # noqa: PLR0917 -- requests' signature
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002 -- requests' signature
        timeout: Any = None,  # noqa: ARG002 -- ours hold, whatever an SDK says
        verify: bool | str = True,  # noqa: FBT001, FBT002 -- requests' signature
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if self._local and request.url:
            request.headers["Host"] = urlsplit(self._origin).netloc
            request.url = self._local + request.url[len(self._origin) :]
            proxies = {}
        self._session.left = True
        response = super().send(
            request, stream=True, timeout=self._timeout, verify=verify, cert=cert, proxies=dict(proxies or {})
        )
        response.raw = io.BytesIO(_body(response, seconds=self._timeout[1]))
        return response


def _body(response: requests.Response, *, seconds: float) -> bytes:
    """Read the body; a server that drips one byte at a time does not hold us longer than *seconds* and a read."""
    deadline = time.monotonic() + seconds
    body = bytearray()
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            body += piece
            if len(body) > MOST_BYTES:
                raise requests.exceptions.ContentDecodingError("The answer is too long.")
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout("The answer took too long.")
    finally:
        # At the end of a body urllib3 has put the connection back already; after a fault it must not be used again.
        response.raw.close()
    return bytes(body)


# --- what comes out of a call -----------------------------------------------------------------------------------

_REFUSED = Bilingual("接続できませんでした", "no connection could be made")
_NO_PROXY = Bilingual("プロキシに接続できませんでした", "the proxy could not be reached")
_NOT_TRUSTED = Bilingual("相手の証明書を確かめられませんでした", "its certificate could not be verified")
_NOT_BUILT = Bilingual("要求を組み立てられませんでした", "the request could not be put together")
_SILENT = Bilingual("時間内に応答がありませんでした", "it did not answer in time")
_LOST = Bilingual("通信が途中で切れました", "the connection broke")
_UNREADABLE = Bilingual("応答を読み取れませんでした", "its answer could not be read")

#: Most specific first. `None` stands for: no byte of the request can have left.
_TABLE: tuple[tuple[type[Exception], UnknownReason | None, Bilingual], ...] = (
    (requests.exceptions.ConnectTimeout, None, _REFUSED),
    (requests.exceptions.ProxyError, None, _NO_PROXY),
    (requests.exceptions.SSLError, UnknownReason.CONNECTION_LOST, _LOST),
    (requests.exceptions.Timeout, UnknownReason.TIMEOUT, _SILENT),
    (requests.exceptions.ConnectionError, UnknownReason.CONNECTION_LOST, _LOST),
    (urllib3.exceptions.ReadTimeoutError, UnknownReason.TIMEOUT, _SILENT),
    (urllib3.exceptions.ProtocolError, UnknownReason.CONNECTION_LOST, _LOST),
    # requests derives its errors from OSError.
    (requests.exceptions.RequestException, UnknownReason.UNREADABLE_ANSWER, _UNREADABLE),
    (OSError, UnknownReason.CONNECTION_LOST, _LOST),
    (Exception, UnknownReason.UNREADABLE_ANSWER, _UNREADABLE),
)


def attempt(send: Callable[[], T], *, session: Session, network: str, changes: bool) -> T:
    """
    Run one call through *session*, and translate whatever it raises.

    The error that comes out has neither cause nor context: the SDKs' own carry tokens in messages and objects.
    While the call runs, the SDKs' loggers are silent in this thread, because they write tokens at level DEBUG.

    Args:
        send: Makes exactly one HTTP request through *session*; errors of civicsns pass through it unchanged.
        session: The session it uses.
        network: The network's name, for messages.
        changes: Whether the request changes something there.

    Raises:
        Unavailable: If the call failed, and no byte can have left or the call changes nothing.
        OutcomeUnknown: If the call failed, and the network may have carried it out.
    """
    session.left = False
    session.answer = None
    token = _quiet.set(True)
    try:
        return send()
    except CivicsnsError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever an SDK raises ends here
        reason, how = _judge(error) if session.left else (None, _NOT_BUILT)
    finally:
        _quiet.reset(token)
    raise failed(network=network, reason=reason if changes else None, how=how)


def _judge(error: Exception) -> tuple[UnknownReason | None, Bilingual]:
    inner = list(_inner(error))
    if any(isinstance(one, urllib3.exceptions.NewConnectionError) for one in inner):
        return None, _REFUSED
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in inner):
        return None, _NOT_TRUSTED
    return next((reason, how) for kind, reason, how in _TABLE if isinstance(error, kind))


def _inner(error: BaseException) -> Iterable[BaseException]:
    """Give *error* and those that `requests` and urllib3 wrapped in it."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__]


def failed(
    *, network: str, reason: UnknownReason | None, how: Bilingual = _UNREADABLE, status: int | None = None
) -> Outcome:
    """Give the error for a call without a usable answer: `Unavailable`, or `OutcomeUnknown` where *reason* is given."""
    what = Bilingual(
        f"{network} との通信に失敗しました（{how.ja}）。", f"The exchange with {network} failed: {how.en}."
    )
    if reason is None:
        return Unavailable(
            what,
            mend=Bilingual(
                "ネットワークの状態を確かめ、時間をおいてもう一度実行してください。",
                "Check the network connection and try again later; that is safe.",
            ),
            status=status,
        )
    return OutcomeUnknown(
        what,
        mend=Bilingual(
            f"もう一度送る前に、{network} の画面または読み戻しで結果を確かめてください。",
            f"Before sending anything again, read {network} back or look at its page to see what happened.",
        ),
        reason=reason,
        status=status,
    )


# --- what must not be seen --------------------------------------------------------------------------------------

_quiet: ContextVar[bool] = ContextVar("civicsns_quiet", default=False)

#: Loggers that write headers, bodies or addresses with tokens in them.
_TALKATIVE = (
    "tweepy.client",
    "tweepy.auth",
    "requests_oauthlib.oauth1_auth",
    "requests_oauthlib.oauth1_session",
    "requests_oauthlib.oauth2_session",
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.response",
    "urllib3.util.retry",
)


def _hush() -> None:
    # Adding a filter twice is a no-op.
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_outside_our_calls)


def _outside_our_calls(record: logging.LogRecord) -> bool:  # noqa: ARG001 -- logging's signature
    return not _quiet.get()


_MASK = "[…]"
_SENSITIVE = frozenset(
    {
        "access_token",
        "access_token_secret",
        "appsecret_proof",
        "authorization",
        "client_secret",
        "code",
        "code_verifier",
        "oauth_token",
        "oauth_token_secret",
        "oauth_verifier",
        "refresh_token",
    }
)


def redact(value: Any, secrets: Iterable[Secret] = ()) -> Any:
    """
    Give a copy of a JSON *value* without secrets.

    Values under names that always hold secrets are masked, except numbers (`code` is an error code too); so is
    every place where one of *secrets* stands in a text, as it is or percent-encoded.
    """
    forms = {
        form
        for secret in secrets
        if secret
        for form in (secret.reveal(), quote(secret.reveal(), safe=""), quote_plus(secret.reveal()))
    }
    # Longest first, so that one token that contains another goes whole.
    return _redacted(value, sorted(forms, key=len, reverse=True))


def _redacted(value: Any, forms: list[str]) -> Any:
    if isinstance(value, str):
        for form in forms:
            value = value.replace(form, _MASK)
        return value
    if isinstance(value, dict):
        return {
            _redacted(key, forms): _MASK
            if str(key).lower() in _SENSITIVE and isinstance(one, str)
            else _redacted(one, forms)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_redacted(one, forms) for one in value]
    return value

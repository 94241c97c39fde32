"""A Page on the practice Facebook, and a server that only writes down what reaches it."""

from __future__ import annotations

import io
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import attrs
import pytest
from werkzeug.formparser import parse_form_data

from civicsns.adapters.facebook import FacebookAdapter, FacebookSettings
from civicsns.model import Account, Credential, CredentialKind, Draft, Media, Receipt, Rendition, Secret
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import GraphNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from civicsns.testing.sandbox.graph import GraphPage, GraphPerson, GraphPost

#: 1×1 pictures that differ in one byte of their text, and the head of a film.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"

PLANTED_SECRET = "planted-app-secret-5b21"
PLANTED_TOKEN = "EAAPLANTEDpagetoken77"


@attrs.frozen
class Seen:
    """One request, as it came off the socket."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def form(self) -> dict[str, str]:
        if self.headers.get("content-type", "").startswith("multipart/"):
            return self._multipart()[0]
        return dict(parse_qsl(self.body.decode()))

    @property
    def files(self) -> dict[str, bytes]:
        return self._multipart()[1]

    def _multipart(self) -> tuple[dict[str, str], dict[str, bytes]]:
        _, form, files = parse_form_data(
            {
                "REQUEST_METHOD": "POST",
                "CONTENT_TYPE": self.headers["content-type"],
                "CONTENT_LENGTH": str(len(self.body)),
                "wsgi.input": io.BytesIO(self.body),
            }
        )
        contents: dict[str, bytes] = {}
        for name, file in files.items():
            contents[name] = file.read()
            file.close()
        return dict(form), contents


@attrs.frozen
class Reply:
    """One answer to give."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Reply:
        extra = tuple((name.replace("_", "-"), one) for name, one in headers.items())
        return cls(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *extra))

    @classmethod
    def error(cls, code: int, subcode: int | None = None, *, status: int = 400, **more: Any) -> Reply:
        error: dict[str, Any] = {
            "message": "no",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "Atrace",
            **more,
        }
        if subcode is not None:
            error["error_subcode"] = subcode
        return cls.json({"error": error}, status)


class Recorder:
    """A server that writes down requests and gives the answers it was told, the last one again and again."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections: set[int] = set()
        self.replies: list[Reply] = [Reply()]
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                recorder.seen.append(Seen(self.command, self.path, headers, body))
                recorder.connections.add(self.client_address[1])
                reply = recorder.replies.pop(0) if len(recorder.replies) > 1 else recorder.replies[0]
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_DELETE = handle_any  # noqa: N815 -- http.server's names

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def last(self) -> Seen:
        return self.seen[-1]

    def say(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def reply():
    return Reply


@pytest.fixture
def clock():
    return PracticeClock()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    server = Recorder()
    yield server
    server.close()


@pytest.fixture
def make_adapter(clock) -> Iterator[Callable[..., FacebookAdapter]]:
    made: list[FacebookAdapter] = []

    def make(base_url: str, **settings: Any) -> FacebookAdapter:
        table = {
            "app_id": "770",
            "app_secret": Secret(PLANTED_SECRET),
            "connect_timeout": timedelta(seconds=5),
            "read_timeout": timedelta(seconds=5),
            **settings,
        }
        made.append(FacebookAdapter(FacebookSettings(base_url=base_url, **table), clock=clock))
        return made[-1]

    yield make
    for adapter in made:
        adapter.close()


@attrs.frozen
class Desk:
    """An adapter, an account, its credential, and the shortest way from words to a post."""

    adapter: FacebookAdapter
    account: Account
    credential: Credential

    def draft(self, text: str = "市役所からのお知らせ", **fields: Any) -> Draft:
        return Draft(author="1001", text=text, accounts=(self.account.id,), **fields)

    def prepare(self, text: str = "市役所からのお知らせ", **fields: Any) -> Rendition:
        return self.adapter.prepare(self.draft(text, **fields), self.account)

    def publish(self, text: str = "市役所からのお知らせ", **fields: Any) -> Receipt:
        return self.adapter.publish(self.prepare(text, **fields), self.credential)

    @property
    def token(self) -> Secret:
        return self.credential.secrets["access_token"]

    @property
    def person(self) -> Credential:
        """The same token, as if a person's."""
        return attrs.evolve(self.credential, kind=CredentialKind.FACEBOOK_USER)


@attrs.frozen
class RecordedDesk(Desk):
    """A desk whose calls reach the recorder."""

    recorder: Recorder

    @property
    def seen(self) -> list[Seen]:
        return self.recorder.seen

    @property
    def last(self) -> Seen:
        return self.recorder.seen[-1]

    def say(self, *replies: Reply) -> None:
        self.recorder.say(*replies)


@pytest.fixture
def account():
    return Account(id="facebook:koho", platform="facebook", network_id="100")


@pytest.fixture
def credential():
    return Credential(
        platform="facebook",
        kind=CredentialKind.FACEBOOK_PAGE,
        secrets={"access_token": Secret(PLANTED_TOKEN)},
        subject="100",
    )


@pytest.fixture
def make_desk(make_adapter, account, credential) -> Callable[..., Desk]:
    def make(base_url: str, **settings: Any) -> Desk:
        return Desk(make_adapter(base_url, **settings), account, credential)

    return make


@pytest.fixture
def make_recorded(make_adapter, account, credential, recorder) -> Callable[..., RecordedDesk]:
    def make(**settings: Any) -> RecordedDesk:
        return RecordedDesk(make_adapter(recorder.url, **settings), account, credential, recorder)

    return make


@pytest.fixture
def desk(make_recorded: Callable[..., RecordedDesk]) -> RecordedDesk:
    """An adapter whose calls reach the recorder."""
    return make_recorded()


@attrs.frozen
class Town(Desk):
    """A desk whose calls reach the practice Facebook."""

    graph: GraphNetwork
    page: GraphPage
    staff: GraphPerson
    #: The same adapter with less patience, for networks that do not answer.
    hasty: FacebookAdapter

    @property
    def posts(self) -> tuple[GraphPost, ...]:
        return self.graph.posts(self.page)

    @property
    def person(self) -> Credential:
        """The token of the person who runs the Page."""
        return attrs.evolve(
            self.credential,
            kind=CredentialKind.FACEBOOK_USER,
            secrets={"access_token": Secret(self.graph.user_token(self.staff, long_lived=True))},
            subject=self.staff.id,
        )


@pytest.fixture
def make_town(clock, make_adapter) -> Iterator[Callable[..., Town]]:
    with GraphNetwork(clock=clock) as graph:

        def make(**settings: Any) -> Town:
            staff = graph.add_person("佐賀花子")
            page = graph.add_page("武雄市広報", tasks={staff: ("CREATE_CONTENT", "MODERATE", "ANALYZE")})
            table = {"app_id": graph.app.id, "app_secret": Secret(graph.app.secret), "dialog_url": graph.url}
            return Town(
                make_adapter(graph.url, **{**table, **settings}),
                Account(id="facebook:koho", platform="facebook", network_id=page.id),
                Credential(
                    platform="facebook",
                    kind=CredentialKind.FACEBOOK_PAGE,
                    secrets={"access_token": Secret(graph.page_token(page, staff))},
                    subject=page.id,
                ),
                graph,
                page,
                staff,
                make_adapter(graph.url, **{**table, "read_timeout": timedelta(seconds=0.4), **settings}),
            )

        graph.app = attrs.evolve(graph.app, require_appsecret_proof=True)
        yield make


@pytest.fixture
def town(make_town: Callable[..., Town]) -> Town:
    """An adapter, a Page and its token on the practice Facebook, which demands that every call is signed."""
    return make_town()


@pytest.fixture
def picture() -> Callable[..., Media]:
    def make(number: int = 0, alt_text: str | None = "桜", **fields: Any) -> Media:
        return Media(content=PNG + bytes([number]), media_type="image/png", alt_text=alt_text, **fields)

    return make


@pytest.fixture
def film() -> Callable[..., Media]:
    def make(size: int = 3000, **fields: Any) -> Media:
        return Media(content=MP4 + bytes(size), media_type="video/mp4", **fields)

    return make

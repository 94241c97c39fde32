"""A practice X with a clock that tests move, and the real tweepy in front of it."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
import tweepy
from requests.adapters import HTTPAdapter

from civicsns.testing.sandbox.x import XNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from civicsns.testing.sandbox.x import XUser


class MovableClock:
    """Starts at the time of this machine, which the signatures of real clients carry; moves, or stands still, when told."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.fixed: datetime | None = None

    def now(self) -> datetime:
        return self.fixed or datetime.now(UTC) + self.ahead

    def elapsed(self) -> float:
        return self.now().timestamp()

    def stand(self, at: datetime) -> None:
        self.fixed = at

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)
        self.fixed = self.fixed and self.fixed + timedelta(**by)


class ToLoopback(HTTPAdapter):
    """Sends to the practice network what is meant for X; the `Host` header stays as it was."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self.target = urlsplit(target)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url)
        assert isinstance(parts.netloc, str)
        request.headers["Host"] = parts.netloc
        request.url = urlunsplit((self.target.scheme, self.target.netloc, parts.path, parts.query, ""))
        kwargs["timeout"] = 10
        return super().send(request, *args, **kwargs)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def network(clock: MovableClock) -> Iterator[XNetwork]:
    with XNetwork(clock=clock) as running:
        yield running


@pytest.fixture
def user(network: XNetwork) -> XUser:
    return network.add_user(handle="saga_hanako", name="佐賀花子")


@pytest.fixture
def citizen(network: XNetwork) -> XUser:
    return network.add_user(handle="citizen", name="市民")


@pytest.fixture
def mounted(network: XNetwork) -> Iterator[Callable[[Any], Any]]:
    """Give a function that redirects a requests session, or what holds one, to the practice network."""
    sessions: list[requests.Session] = []

    def mount(session: requests.Session) -> requests.Session:
        session.mount("https://", ToLoopback(network.url))
        sessions.append(session)
        return session

    yield mount
    for session in sessions:
        session.close()


@pytest.fixture
def client_for(network: XNetwork, mounted: Callable[[Any], Any]) -> Callable[..., tweepy.Client]:
    """Give a function that makes a tweepy client with an OAuth 1.0a token."""

    def make(user: XUser, **token: Any) -> tweepy.Client:
        app = token.get("app") or network.app
        key, secret = network.oauth1_token(user, **token)
        client = tweepy.Client(
            consumer_key=app.consumer_key,
            consumer_secret=app.consumer_secret,
            access_token=key,
            access_token_secret=secret,
        )
        mounted(client.session)
        return client

    return make


@pytest.fixture
def bearer_for(network: XNetwork, mounted: Callable[[Any], Any]) -> Callable[..., requests.Session]:
    """Give a function that makes a requests session with an OAuth 2.0 token."""

    def make(user: XUser, **token: Any) -> requests.Session:
        access, _ = network.oauth2_token(user, **token)
        session: requests.Session = mounted(requests.Session())
        session.headers["Authorization"] = f"Bearer {access}"
        return session

    return make


API = "https://api.x.com"


@pytest.fixture
def poster(bearer_for: Callable[..., requests.Session]) -> Callable[..., requests.Response]:
    """Give a function that posts a body to `/2/tweets` as a user."""

    def post(user: XUser, /, app: Any = None, **body: Any) -> requests.Response:
        return bearer_for(user, app=app).post(f"{API}/2/tweets", json=body)

    return post


def png(shade: int = 0) -> bytes:
    """Make a picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00\x00\x00\x08moov"


@pytest.fixture
def pictures() -> Callable[..., bytes]:
    return png


@pytest.fixture
def films() -> dict[str, bytes]:
    return {"gif": GIF, "mp4": MP4}


@pytest.fixture
def uploaded(bearer_for: Callable[..., requests.Session]) -> Callable[..., str]:
    """Give a function that uploads a file at once and gives its id."""

    def upload(user: XUser, content: bytes, category: str = "tweet_image") -> str:
        answer = bearer_for(user).post(
            f"{API}/2/media/upload", files={"media": content}, data={"media_category": category}
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["id"])

    return upload

"""A practice X with a clock that tests move, and the real tweepy in front of it."""

from __future__ import annotations

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
    """Starts at the time of this machine, which the signatures of real clients carry, and moves when told."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def elapsed(self) -> float:
        return self.now().timestamp()

    def move(self, **by: float) -> None:
        self.ahead += timedelta(**by)


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
        session = mounted(requests.Session())
        session.headers["Authorization"] = f"Bearer {access}"
        return session

    return make

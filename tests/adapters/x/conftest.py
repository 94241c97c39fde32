from __future__ import annotations

import socket
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from civicsns.adapters.x import XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.model import Account, Credential, CredentialKind, Draft, Secret
from civicsns.testing.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from civicsns.testing.sandbox import XNetwork
    from civicsns.testing.sandbox.x.values import XUser


@pytest.fixture
def x() -> Iterator[XNetwork]:
    """A practice X on the system's clock, since tweepy signs with it."""
    with Sandbox().x as network:
        yield network


@pytest.fixture
def hanako(x: XNetwork) -> XUser:
    return x.add_user(handle="saga_hanako", name="佐賀花子")


@pytest.fixture
def account(hanako: XUser) -> Account:
    return Account(id="x:saga_hanako", platform="x", handle=hanako.handle, network_id=hanako.id)


def settings_for(network: XNetwork, **more: Any) -> XSettings:
    app = network.app
    given: dict[str, Any] = {
        "consumer_key": Secret(app.consumer_key),
        "consumer_secret": Secret(app.consumer_secret),
        "client_id": Secret(app.client_id),
        "client_secret": Secret(app.client_secret) if app.client_secret else None,
        "app_name": app.name,
        "base_url": network.url,
        "connect_timeout": timedelta(seconds=2),
        "read_timeout": timedelta(seconds=30),
    }
    return XSettings(**{**given, **more})


@pytest.fixture
def make(x: XNetwork) -> Callable[..., XAdapter]:
    """Make an adapter for the practice X, with some settings changed."""

    def build(**more: Any) -> XAdapter:
        clock = more.pop("clock", SystemClock())
        sleep = more.pop("sleep", lambda _seconds: None)
        return XAdapter(settings_for(x, **more), clock=clock, sleep=sleep)

    return build


@pytest.fixture
def adapter(make: Callable[..., XAdapter]) -> XAdapter:
    return make()


@pytest.fixture
def impatient(make: Callable[..., XAdapter]) -> XAdapter:
    """For networks that keep silent; a busy machine makes any other answer late for it, too."""
    return make(read_timeout=timedelta(seconds=0.5))


@pytest.fixture
def oauth1(x: XNetwork, hanako: XUser) -> Credential:
    token, secret = x.oauth1_token(hanako)
    return Credential(
        platform="x",
        kind=CredentialKind.X_OAUTH1,
        secrets={"access_token": Secret(token), "access_token_secret": Secret(secret)},
        subject=hanako.id,
    )


@pytest.fixture
def oauth2(x: XNetwork, hanako: XUser) -> Credential:
    access, refresh = x.oauth2_token(
        hanako, scopes=("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
    )
    return Credential(
        platform="x",
        kind=CredentialKind.X_OAUTH2,
        secrets={"access_token": Secret(access), "refresh_token": Secret(refresh)},
        subject=hanako.id,
    )


@pytest.fixture(params=["oauth1", "oauth2"])
def credential(request: pytest.FixtureRequest) -> Credential:
    """A token of the account: each test that asks for it runs with both kinds."""
    found: Credential = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def draft() -> Callable[..., Draft]:
    """Make a draft with some fields changed."""

    def build(text: str = "広報さが 4 月号を発行しました", **more: Any) -> Draft:
        return Draft(**{"author": "1001", "text": text, "accounts": ("x:saga_hanako",), **more})

    return build


class ScriptedServer:
    """Answers every request with the same bytes, then closes the connection; for answers that no network gives."""

    def __init__(self) -> None:
        self.answer = b""
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.answer = "\r\n".join([*lines, "", ""]).encode() + body

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                head = b""
                length = 0
                while (line := stream.readline()) not in {b"\r\n", b""}:
                    head += line
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                body = stream.read(length)
                if head:
                    self.requests.append(head + b"\r\n" + body)
                    connection.sendall(self.answer)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()

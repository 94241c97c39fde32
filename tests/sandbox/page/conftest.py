from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from civicsns.testing.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from civicsns.testing.clock import PracticeClock
    from civicsns.testing.sandbox.graph import GraphPage


@pytest.fixture
def sandbox(practice_clock: PracticeClock) -> Iterator[Sandbox]:
    with Sandbox(clock=practice_clock) as sandbox:
        yield sandbox


@pytest.fixture
def client() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


class PageDesk:
    """A Facebook Page with its token, to post through the practice API as an adapter does."""

    def __init__(self, sandbox: Sandbox, client: requests.Session) -> None:
        person = sandbox.graph.add_person("佐賀花子")
        self.page: GraphPage = sandbox.graph.add_page("武雄市広報", tasks={person: ("CREATE_CONTENT",)})
        self._headers = {"Authorization": f"Bearer {sandbox.graph.page_token(self.page, person)}"}
        self._base = f"{sandbox.graph.url}/v26.0/{self.page.id}"
        self._client = client

    def send(self, edge: str, data: dict[str, str], **more: Any) -> str:
        answer = self._client.post(f"{self._base}/{edge}", headers=self._headers, data=data, timeout=10, **more)
        answer.raise_for_status()
        return str(answer.json()["id"])


@pytest.fixture
def facebook(sandbox: Sandbox, client: requests.Session) -> PageDesk:
    return PageDesk(sandbox, client)


@pytest.fixture
def page(sandbox: Sandbox, client: requests.Session) -> Callable[..., requests.Response]:
    """Ask the page for something; redirects are not followed."""

    def ask(path: str = "/", method: str = "GET", **more: Any) -> requests.Response:
        return client.request(method, sandbox.page.url + path, timeout=10, allow_redirects=False, **more)

    return ask


@pytest.fixture
def token(page: Callable[..., requests.Response]) -> str:
    """The token in the page's forms."""
    return page().text.partition('name="token" value="')[2].partition('"')[0]

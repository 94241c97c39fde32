from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import requests

from civicsns.testing.sandbox.graph import GraphNetwork, GraphPage, GraphPerson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.testing.clock import PracticeClock

#: One pixel each.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001"
    "e221bc330000000049454e44ae426082"
)
#: The head of an MPEG-4 file; the practice network looks at no more.
FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100)


@attrs.define
class City:
    """A Page with one person who may do everything on it, and calls over a real socket."""

    graph: GraphNetwork
    person: GraphPerson
    page: GraphPage
    token: str
    http: requests.Session

    def call(self, method: str, path: str, /, *, token: str | None = None, **rest: Any) -> requests.Response:
        """Call with the Page's token, or with *token*; an empty one sends none."""
        value = self.token if token is None else token
        headers = {"Authorization": f"Bearer {value}"} if value else {}
        headers |= rest.pop("headers", {})
        address = path if path.startswith("http") else f"{self.graph.url}/v26.0{path}"
        return self.http.request(method, address, headers=headers, timeout=10, allow_redirects=False, **rest)

    def get(self, path: str, /, *, token: str | None = None, **params: Any) -> requests.Response:
        return self.call("GET", path, token=token, params=params)

    def post(self, path: str, /, *, token: str | None = None, **data: Any) -> requests.Response:
        return self.call("POST", path, token=token, data=data)

    def delete(self, path: str, /, *, token: str | None = None, **params: Any) -> requests.Response:
        return self.call("DELETE", path, token=token, params=params)

    def publish(self, message: str, **data: Any) -> str:
        """Make a post and give its id."""
        answer = self.post(f"/{self.page.id}/feed", message=message, **data)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def photo(self, *, published: str = "false", **data: Any) -> requests.Response:
        """Send a photo."""
        files = {"source": ("a.png", data.pop("content", PNG), "image/png")}
        return self.call("POST", f"/{self.page.id}/photos", data={"published": published, **data}, files=files)

    def scoped(self, *scopes: str) -> str:
        """Give a Page token with only these permissions."""
        return self.graph.page_token(self.page, self.person, scopes=scopes)


@pytest.fixture
def city(practice_clock: PracticeClock) -> Iterator[City]:
    with GraphNetwork(clock=practice_clock) as graph, requests.Session() as http:
        http.trust_env = False
        person = graph.add_person("佐賀花子")
        page = graph.add_page("佐賀市", tasks={person: ("CREATE_CONTENT", "MODERATE", "ANALYZE", "MANAGE")})
        yield City(graph, person, page, graph.page_token(page, person), http)


@pytest.fixture
def png() -> bytes:
    return PNG


@pytest.fixture
def film() -> bytes:
    return FILM


def refusal(answer: requests.Response) -> tuple[int, int, int]:
    """Give the HTTP status, the code and the subcode of a refusal; 0 where Graph sends no subcode."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode", 0)


@pytest.fixture(name="refusal")
def _refusal() -> Any:
    return refusal

"""The enrolment pages on a real socket, in front of the practice networks; and browsers, drawn and in words."""

from __future__ import annotations

import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import attrs
import pytest
import requests
from city import PACK
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from civicsns import web
from civicsns.accounts import register
from civicsns.adapters.facebook import FacebookAdapter, FacebookSettings
from civicsns.adapters.x import Enrolment, XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.config import EnrolmentSettings, PermissionSettings
from civicsns.model import Account, Fact, Person, Secret
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import Sandbox
from civicsns.web import serving
from civicsns.web.passes import Passes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.testing.sandbox.graph import GraphPerson
    from civicsns.testing.sandbox.x import XUser

NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
HOSTILE = "</title><script>document.title='hacked'</script><img src=x onerror=alert(1)>"
PEOPLE = (
    Person(number="1", name="総務 一郎", section="総務課"),
    Person(number="1001", name="佐賀 花子", section="観光課"),
    Person(number="1002", name=HOSTILE, section="農林課"),
)
ACCOUNTS = (
    Account(id="x:hanako", platform="x", handle="saga_hanako", section="観光課", steward="1001", personal=True),
    Account(id="x:taro", platform="x", section=HOSTILE, steward="1002", personal=True),
    Account(id="facebook:kanko", platform="facebook", section="観光課", steward="1001"),
)
FORM = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Server:
    """A port of this machine on which one application after the other is served, as `civicsns enrol serve` does."""

    def __init__(self, **more: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.app: Any = None
        self._server = serving.server(self._serve, **more)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> tuple[str, str]:
    """A certificate for `localhost`, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(folder / "cert.pem"), str(folder / "key.pem")


@attrs.define
class Town:
    """A programme whose pages are served, and the networks at which its people sign in."""

    program: Program
    sandbox: Sandbox
    clock: PracticeClock
    base: str
    certificate: str = ""

    @property
    def origin(self) -> str:
        return self.base.rpartition("/")[0]

    def invite(self, account_id: str = "x:hanako", **more: Any) -> str:
        """Give the address of a link, as its person gets it."""
        return self.program.enrolments.invite(account_id, by="1", **more).url.reveal()

    def pass_(self, number: str = "1") -> str:
        """Give the address of a pass to the overview, as `civicsns enrol overview` prints it."""
        return Passes.of(self.program).issue(number).reveal()

    def account(self, account_id: str) -> Account:
        return self.program.account(account_id)

    def connected(self, account_id: str = "x:hanako") -> bool:
        """Tell whether anything was kept of an account."""
        kept = [held.account for held in self.program.vault.held()]
        return bool(self.account(account_id).network_id) or account_id in kept


class Browser:
    """A browser in words: keeps cookies, follows our own redirects, and sends forms as browsers do."""

    def __init__(self, town: Town, **headers: str) -> None:
        self.town = town
        self.session = requests.Session()
        self.session.headers.update({"Accept-Language": "ja", **headers})
        self.session.verify = town.certificate or True
        self.page: requests.Response | None = None

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Ask for one address; redirects are not followed."""
        url = path if path.startswith("http") else f"{self.town.base}{path}"
        return self.session.request(method, url, allow_redirects=False, timeout=30, **more)

    def open(self, path: str) -> requests.Response:
        """Open a page, and go wherever our own redirects lead."""
        return self._follow(self.ask("GET", path))

    def send(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> requests.Response:
        """Send the form of the page that is open, with what was typed."""
        hidden = {name: unescape(value) for name, value in FORM.findall("" if self.page is None else self.page.text)}
        origin = {"Origin": self.town.origin, "Sec-Fetch-Site": "same-origin"}
        answer = self.ask("POST", path, data={**hidden, **fields}, headers={**origin, **(headers or {})})
        return self._follow(answer)

    def _follow(self, answer: requests.Response) -> requests.Response:
        while answer.status_code in {302, 303}:
            to = urljoin(answer.url, answer.headers["Location"])

            assert to.startswith(self.town.base)
            answer = self.ask("GET", to.partition("#")[0])
        self.page = answer
        return answer

    # --- the way, step by step

    def prepared(self, link: str, number: str = "1001") -> requests.Response:
        """Do all that comes before the network."""
        self.open(link)
        self.send("/who", number=number)
        return self.send("/rules", agree="yes")

    def away(self) -> str:
        """Begin the sign-in, and give the address of the network."""
        page = self.send("/connect").text
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page)

        assert found, page
        return unescape(found[1])

    def back_from_x(self, user: XUser, *, approve: bool = True) -> str:
        """Sign in at X, and give the address to which it sends the browser."""
        return self.town.sandbox.x.sign_in(self.away(), user, approve=approve)

    def back_from_facebook(self, person: GraphPerson, *pages: str) -> str:
        """Sign in at Facebook, and give the address to which it sends the browser."""
        chosen = {"person": person.id, "page": list(pages), "choice": "approve"}
        answer = requests.post(self.away(), data=chosen, allow_redirects=False, timeout=30)
        return answer.headers["Location"].partition("#")[0]

    def close(self) -> None:
        self.session.close()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as networks:
        yield networks


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def secure_server(certificate: tuple[str, str]) -> Iterator[Server]:
    made = Server(ssl_certfile=certificate[0], ssl_keyfile=certificate[1])
    yield made
    made.stop()


def opened(
    sandbox: Sandbox,
    server: Server,
    *,
    enrolment: Enrolment = Enrolment.OAUTH1,
    certificate: str = "",
    **more: Any,
) -> Iterator[Town]:
    """Open a town; what is left is for `civicsns.web.app`."""
    # Another name than that of the networks, so that the browser goes to another site and comes back.
    base = f"{'https' if certificate else 'http'}://localhost:{server.port}/enrol"
    adapters, clock = _adapters(sandbox, f"{base}/callback", enrolment), PracticeClock(NOW)
    store = MemoryStore()
    store.put_all(
        [
            *((None, Fact(kind=register.PERSON, key=one.number, value=register.person_value(one))) for one in PEOPLE),
            *((None, Fact(kind=register.ACCOUNT, key=one.id, value=register.account_value(one))) for one in ACCOUNTS),
        ]
    )
    program = Program(
        roster=register.roster(store),
        adapters=adapters,
        pack=PACK,
        store=store,
        clock=clock,
        enrolment=EnrolmentSettings(base_url=base, practice="practice" in more),
        permissions=PermissionSettings(overseers=("1",)),
        name="たけお市",
    )
    with program:
        server.app = web.app(program, prefix="/enrol", **more)
        yield Town(program, sandbox, clock, base, certificate)


def _adapters(sandbox: Sandbox, back: str, enrolment: Enrolment) -> dict[str, Any]:
    app = sandbox.x.register_app(name="たけお市", callback_uris=(back,))
    facebook = sandbox.graph.register_app(name="たけお市", redirect_uris=(back,))
    return {
        "x": XAdapter(
            XSettings(
                consumer_key=Secret(app.consumer_key),
                consumer_secret=Secret(app.consumer_secret),
                client_id=Secret(app.client_id),
                client_secret=Secret(app.client_secret),
                app_name=app.name,
                base_url=sandbox.x.url,
                enrolment=enrolment,
                read_timeout=timedelta(seconds=30),
            ),
            clock=SystemClock(),
        ),
        "facebook": FacebookAdapter(
            FacebookSettings(
                app_id=facebook.id,
                app_secret=Secret(facebook.secret),
                base_url=sandbox.graph.url,
                dialog_url=sandbox.graph.url,
                read_timeout=timedelta(seconds=30),
            ),
            clock=SystemClock(),
        ),
    }


@pytest.fixture
def town(sandbox: Sandbox, server: Server) -> Iterator[Town]:
    yield from opened(sandbox, server)


@pytest.fixture
def practising(sandbox: Sandbox, server: Server) -> Iterator[Town]:
    """One where the first post is a practice post."""
    practice = web.SandboxPractice(sandbox)
    yield from opened(sandbox, server, practice=practice)
    practice.close()


@pytest.fixture
def watched(sandbox: Sandbox, server: Server) -> Iterator[Town]:
    """One whose site knows officials: it says who they are in a header of its own."""
    yield from opened(sandbox, server, authenticate=lambda request: request.headers.get("X-Staff"))


@pytest.fixture
def visitor() -> Iterator[Any]:
    """Open browsers, for any town, that know nothing of each other."""
    browsers: list[Browser] = []

    def another(town: Town, **headers: str) -> Browser:
        browsers.append(Browser(town, **headers))
        return browsers[-1]

    yield another
    for one in browsers:
        one.close()


@pytest.fixture
def browse(town: Town, visitor: Any) -> Any:
    """Open browsers for the one town."""
    return partial(visitor, town)


@pytest.fixture
def browser(browse: Any) -> Browser:
    made: Browser = browse()
    return made


@pytest.fixture
def hanako(sandbox: Sandbox) -> XUser:
    """The X account that was assigned."""
    return user(sandbox, "saga_hanako")


@pytest.fixture
def other(sandbox: Sandbox) -> XUser:
    """Another X account of the same person."""
    return user(sandbox, "hanako_private")


def user(sandbox: Sandbox, handle: str) -> XUser:
    found = sandbox.x._state.user_by_handle(handle)
    return found or sandbox.x.add_user(handle=handle, name=handle)


@pytest.fixture
def secure_town(sandbox: Sandbox, secure_server: Server, certificate: tuple[str, str]) -> Iterator[Town]:
    """One whose pages are reached by https, as a city's are."""
    yield from opened(sandbox, secure_server, certificate=certificate[0])

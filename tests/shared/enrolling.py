"""A programme whose accounts are to be connected at the practice networks, over real sockets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import requests

from civicsns.accounts import register
from civicsns.adapters.facebook import FacebookAdapter, FacebookSettings
from civicsns.adapters.x import Enrolment, XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.config import EnrolmentSettings
from civicsns.enrolment import Desk, Enrolments, state_in
from civicsns.model import Account, Fact, Person, Secret
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.clock import PracticeClock
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.memory import MemoryVault
from civicsns.vault.sealed import SealedVault
from civicsns.vault.sealer import Sealer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.enrolment import Connected, Link, PageChoice
    from civicsns.ports import Adapter, Store, Vault
    from civicsns.testing.sandbox import GraphNetwork, Sandbox, XNetwork
    from civicsns.testing.sandbox.graph import GraphPerson
    from civicsns.testing.sandbox.x import XUser

NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
BACK = "https://localhost/callback"
#: The address that the practice Facebook knows.
BACK_FACEBOOK = "http://localhost/callback"
PEOPLE = (
    Person(number="1", name="総務 一郎", section="総務課"),
    Person(number="1001", name="佐賀 花子", section="観光課"),
    Person(number="1002", name="武雄 太郎", section="農林課"),
)
ACCOUNTS = (
    Account(id="x:hanako", platform="x", handle="saga_hanako", section="観光課", steward="1001", personal=True),
    Account(id="x:taro", platform="x", section="農林課", steward="1002", personal=True),
    Account(id="facebook:kanko", platform="facebook", section="観光課", steward="1001"),
)


@attrs.define
class City:
    """A programme, and the practice networks at which its people sign in."""

    program: Program
    sandbox: Sandbox
    clock: PracticeClock
    back: str = BACK

    @property
    def enrolments(self) -> Enrolments:
        return self.program.enrolments

    @property
    def store(self) -> Store:
        return self.program.store

    @property
    def x(self) -> XNetwork:
        return self.sandbox.x

    @property
    def graph(self) -> GraphNetwork:
        return self.sandbox.graph

    def account(self, account_id: str) -> Account:
        return self.program.account(account_id)

    def change(self, **changes: Any) -> None:
        """Change the account of that id in the register, as others do."""
        was = self.store.fact(register.ACCOUNT, changes.pop("id"))

        assert was is not None
        new = attrs.evolve(register.account(was), **changes)
        assert self.store.put(was, was.becomes(**register.account_value(new)))

    def events(self, account_id: str) -> list[str]:
        return [record.event for record in self.store.records(account_id)]

    def invited(self, account_id: str = "x:hanako", *, session: str = "hanako's browser") -> str:
        """Invite, and do all that comes before the network; give the link's token."""
        token = token_of(self.enrolments.invite(account_id, by="1"))
        self.enrolments.opened(token)
        self.enrolments.confirm(token, self.account(account_id).steward, session=session)
        self.enrolments.agreed(token, "rules-1", session=session)
        return token

    def back_from_x(self, token: str, user: XUser, *, session: str = "hanako's browser", approve: bool = True) -> str:
        """Sign in at X, and give the address at which the browser comes back."""
        url = self.enrolments.begin(token, redirect_uri=self.back, session=session)
        return self.x.sign_in(url, user, approve=approve)

    def connect(self, token: str, user: XUser, *, session: str = "hanako's browser") -> Connected | PageChoice:
        came = self.back_from_x(token, user, session=session)
        return self.complete(came, session=session)

    def complete(self, came: str, *, session: str = "hanako's browser") -> Connected | PageChoice:
        return self.enrolments.complete(state_in(came), came, session=session)

    def back_from_facebook(
        self, token: str, person: GraphPerson, *pages: str, session: str = "hanako's browser"
    ) -> str:
        url = self.enrolments.begin(token, redirect_uri=BACK_FACEBOOK, session=session)
        chosen = {"person": person.id, "page": list(pages), "choice": "approve"}
        answer = requests.post(url, data=chosen, allow_redirects=False, timeout=5)
        return answer.headers["Location"]


class Died(BaseException):
    """The process is gone."""


@attrs.define
class Frail:
    """Something that dies at one of its calls: before it has done it, or after."""

    inner: object
    calls: frozenset[str]
    at: int
    after: bool
    count: int = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)
        if name not in self.calls:
            return method

        def called(*given: Any, **named: Any) -> Any:
            self.count += 1
            dies = self.count == self.at
            if dies and not self.after:
                raise Died
            result = method(*given, **named)
            if dies:
                raise Died
            return result

        return called


def token_of(link: Link) -> str:
    return link.url.reveal().rpartition("/")[2]


def networks(sandbox: Sandbox, *, enrolment: Enrolment = Enrolment.OAUTH1) -> dict[str, Adapter]:
    app = sandbox.x.app
    facebook = sandbox.graph.app
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


def open_city(sandbox: Sandbox, store: Store, **more: Any) -> Iterator[City]:
    changes = [
        *(Fact(kind=register.PERSON, key=one.number, value=register.person_value(one)) for one in PEOPLE),
        *(Fact(kind=register.ACCOUNT, key=one.id, value=register.account_value(one)) for one in ACCOUNTS),
    ]
    store.put_all([(None, one) for one in changes])
    clock = PracticeClock(NOW)
    enrolment = more.pop("enrolment", Enrolment.OAUTH1)
    key = LocalKey(bytes(32))
    vault: Vault = MemoryVault()
    if isinstance(store, SqlStore):
        # As in earnest: sealed, and in one transaction with the account.
        vault = SealedVault(store, Keys(lambda: key), programme="town", clock=clock)
    sealer = Sealer(Keys(lambda: key), programme="town")
    settings = EnrolmentSettings(base_url="https://sns.city.example/enrol", **more)
    program = Program(
        roster=register.roster(store),
        adapters=networks(sandbox, enrolment=enrolment),
        store=store,
        vault=vault,
        sealer=sealer,
        clock=clock,
        enrolment=settings,
    )
    with program:
        yield City(program, sandbox, clock)


def user(sandbox: Sandbox, handle: str) -> XUser:
    """Give an X account, without the tokens that other tests have left."""
    found = sandbox.x._state.user_by_handle(handle)
    if found is None:
        return sandbox.x.add_user(handle=handle, name=handle)
    sandbox.x.revoke_tokens(found)
    return found


def service(city: City, sealer: Sealer, **parts: Any) -> Enrolments:
    """Give the service as a process has it that has just started; *parts* are other than the programme's."""
    program = city.program
    given: dict[str, Any] = {
        "store": program.store,
        "vault": program.vault,
        "sealer": sealer,
        "clock": city.clock,
        "zone": program.zone,
        "rostered": lambda: program.roster,
        "network": program.adapter,
        "settings": program._enrolment,
    }
    return Enrolments(Desk(**given | parts))

"""The world of the trials: practice networks on a clock of their own, a programme, and a person in front of both."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa
from crash_clock import SharedClock
from werkzeug.wrappers import Request

from civicsns.adapters.x.settings import SCOPES
from civicsns.model import Account, Credential, CredentialKind, Delivery, DeliveryState, Draft, Secret
from civicsns.program import Program
from civicsns.store.sql import SqlStore, tables
from civicsns.testing.sandbox import Fault, FaultBook, PracticeNetwork, Sandbox, server
from civicsns.testing.sandbox.x.control import BY_HAND
from civicsns.testing.sandbox.x.limits import Allowance
from civicsns.vault.file import CredentialFile

#: Real seconds that a client waits for an answer; the practice clock does not count them.
PATIENCE = 0.3
_SETTINGS = """\
[programme]
name = "crash"
people = "people.csv"
accounts = "accounts.csv"
credentials = "credentials.json"

[policy]
packs = ["jp-municipal"]
# Its posts are all alike, and the practice X suspends nobody for that.
severity = {{ SIM001 = "advise", SIM002 = "advise" }}

[running]
sweep = 1

[similar]
# What the trials post is alike.
near = 1

[networks.x]
base_url = "{x}"
app_name = "{app_name}"
consumer_key = {{ file = "consumer-key" }}
consumer_secret = {{ file = "consumer-secret" }}
client_id = {{ file = "client-id" }}
client_secret = {{ file = "client-secret" }}
read_timeout = {patience}

[networks.facebook]
base_url = "{graph}"
app_id = "{app_id}"
app_secret = {{ file = "app-secret" }}
read_timeout = {patience}
"""
#: What the networks call the calls that a point's fault may come with.
OPERATIONS: Mapping[str, Mapping[str, str]] = {
    "x": {"create": "create", "upload": "upload_initialize", "find": "timeline", "refresh": "token"},
    "facebook": {"create": "feed", "upload": "photos", "find": "published_posts"},
}
#: The account whose token is about to end.
STALE = "x:stale"
#: How long after a request, and how long after a post, the networks show it: next to what the settings allow.
EDGE = timedelta(seconds=0.25)
DELAYS = {"x": timedelta(minutes=2) - EDGE, "facebook": timedelta(minutes=5) - EDGE}
LAG = timedelta(minutes=1) - EDGE
#: A process that uses up what the settings allow: its clock is behind, it is slow to begin, and slower to send.
SKEW = -(timedelta(seconds=30) - EDGE).total_seconds()
STALLS = {"intent.after": 10 - EDGE.total_seconds(), "send.before": 120 - EDGE.total_seconds()}


class NetworkClock:
    """The networks' clock: the shared one, but for a request that is carried out at a time of its own."""

    def __init__(self, clock: SharedClock) -> None:
        self._clock = clock
        self.at: datetime | None = None

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        return self.at or self._clock.now()

    def elapsed(self) -> float:
        """Give the seconds that have passed."""
        passed: float = self._clock.elapsed()
        return passed


class Late:
    """
    Stands before a network, and lets it carry out a request long after it arrived.

    The connection is reset at once; the post is made when the time has come.
    """

    def __init__(self, network: PracticeNetwork, clock: NetworkClock) -> None:
        self._network = network
        self._clock = clock
        self._answer = network._wsgi
        self._orders: list[tuple[str, timedelta]] = []
        self._waiting: list[tuple[datetime, dict[str, Any]]] = []
        self.arrived = 0
        network._server.wsgi_app = self

    def order(self, operation: str, delay: timedelta) -> None:
        """Delay the next call of *operation*."""
        self._orders.append((operation, delay))

    def settle(self) -> None:
        """Carry out what has waited long enough."""
        with self._network.lock:
            now = self._network.clock.now()
            ready = [one for one in self._waiting if one[0] <= now]
            self._waiting = [one for one in self._waiting if one[0] > now]
            for due, environ in ready:
                # What has gone wrong with it has: the connection is long gone.
                faults, self._network.faults = self._network.faults, FaultBook()
                self._clock.at = due
                list(self._answer(environ, lambda *_: lambda _: None))
                self._clock.at = None
                self._network.faults = faults

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.settle()
        delay = self._delay(environ)
        if delay is None:
            return self._answer(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        connection = environ.pop("civicsns.connection")
        with self._network.lock:
            kept = {**environ, "wsgi.input": io.BytesIO(body)}
            self._waiting.append((self._network.clock.now() + delay, kept))
            self.arrived += 1
        server._reset(connection)
        raise ConnectionResetError(errno.ECONNRESET, "ordered")

    def _delay(self, environ: dict[str, Any]) -> timedelta | None:
        if not self._orders:
            return None
        operation = self._network.operation(Request(environ))
        for index, (ordered, delay) in enumerate(self._orders):
            if ordered == operation:
                del self._orders[index]
                return delay
        return None


@attrs.frozen(kw_only=True)
class Seen:
    """
    What became of one post.

    Attributes:
        deliveries: As the ledger has them.
        posts: The ids of the posts on the network, for each delivery in turn.
        strays: Posts of no delivery.
        astray: Deliveries of a thread whose post does not answer the part before it.
        waited: The deliveries that waited for a person, by what the ledger said then.
    """

    deliveries: tuple[Delivery, ...]
    posts: tuple[tuple[str, ...], ...]
    strays: tuple[str, ...] = ()
    astray: tuple[str, ...] = ()
    waited: Mapping[str, DeliveryState]

    @property
    def faults(self) -> list[str]:
        """What is wrong: nothing in a ledger that keeps its promise."""
        found = [fault for pair in zip(self.deliveries, self.posts, strict=True) for fault in _faults(*pair)]
        found += [f"there, but in no ledger: {post}" for post in self.strays]
        return found + [f"out of its thread: {one}" for one in self.astray]


def _faults(delivery: Delivery, posts: tuple[str, ...]) -> Iterator[str]:
    state = delivery.state
    # Where its author would rather have it twice, the ledger says how many there may be.
    if len(posts) > 1 + delivery.risked:
        yield f"doubled: {delivery.id} is {len(posts)} posts"
    if state is DeliveryState.DELIVERED and not posts:
        yield f"recorded as delivered, but absent: {delivery.id}"
    if state is DeliveryState.FAILED and posts:
        yield f"recorded as failed, but there: {delivery.id}"
    if (
        state is DeliveryState.DELIVERED
        and posts
        and (delivery.receipt is None or delivery.receipt.post_id not in posts)
    ):
        yield f"delivered as another post: {delivery.id}"
    if not delivery.waits_for_a_person and state not in {DeliveryState.DELIVERED, DeliveryState.FAILED}:
        yield f"lost: {delivery.id} is {state} and due {delivery.not_before}"


class World:
    """
    The networks and the programme's folder.

    Args:
        folder: Where the programme is.
        accounts: How many accounts on each network.
        rate: How fast the clock runs by itself.
    """

    def __init__(self, folder: Path, *, accounts: int = 6, rate: float = 0.0) -> None:
        self.folder = folder
        self.clock = SharedClock(folder / "clock", rate=rate)
        network_clock = NetworkClock(self.clock)
        self.sandbox = Sandbox(clock=network_clock)
        self.accounts: dict[str, list[str]] = {"x": [], "facebook": []}
        self._owners: dict[str, Any] = {}
        self._opened: list[dict[str, str]] = []
        self._credentials: dict[str, dict[str, Any]] = {}
        self.late = {
            "x": Late(self.sandbox.x, network_clock),
            "facebook": Late(self.sandbox.graph, network_clock),
        }
        self._loosen()
        for number in range(accounts):
            self._open_x(f"x:{number}")
            self._open_page(f"facebook:{number}")
        self._open_x(STALE)
        self.accounts["x"].remove(STALE)
        self.settings = self._write()

    def _loosen(self) -> None:
        """Lift the limits that only real time would lift again, and list X's posts after a while, not after a read."""
        x, graph = self.sandbox.x, self.sandbox.graph
        for operation in ("create", "timeline", "upload", "metadata"):
            x.allow(operation, Allowance())
        graph.limits = attrs.evolve(
            # That the networks refuse the same words again is no part of the promise.
            graph.limits,
            app_calls=10**9,
            page_calls=10**9,
            ranked=10**6,
            duplicate_window=timedelta(0),
        )
        x.settings.duplicates = timedelta(0)
        state, hidden = x._state, x._state.shows
        state.shows = lambda post: hidden(post) and self.clock.now() >= post.created_at + LAG  # type: ignore[method-assign]  # the network's lag

    def machine(self, name: str) -> Path:
        """
        Give the settings of another machine of the same programme.

        It keeps for itself what it has seen of clock and store; else those who share its folder would see that its
        clock is another, and wait longer than they must.
        """
        settings = self.folder / f"{name}.toml"
        if not settings.exists():
            mine = self.settings.read_text(encoding="utf-8")
            settings.write_text(
                mine.replace("[programme]\n", f'[programme]\nepoch = "{name}.epoch"\n'), encoding="utf-8"
            )
        return settings

    def start(self) -> None:
        # A silent answer holds one of the network's threads; clients give up long before.
        server._LONGER_THAN_ANY_CLIENT = 4 * PATIENCE
        self.sandbox.x.start()
        self.sandbox.graph.start()

    def stop(self) -> None:
        self.sandbox.stop()
        self.clock.close()

    def make_stale(self) -> None:
        """Sign an account in anew, with a token that ends in a minute."""
        self.sign_in(ends=self.clock.now() + timedelta(minutes=1))

    def sign_in(self, *, ends: datetime) -> None:
        """Sign the account in whose tokens end, as its person does."""
        token, refresh = self.sandbox.x.oauth2_token(self._owners[STALE])
        vault = CredentialFile(self.folder / "credentials.json")
        account = Account(id=STALE, platform="x")
        before = vault.remains(account)
        assert before is not None
        vault.put(
            account,
            Credential(
                platform="x",
                kind=CredentialKind.X_OAUTH2,
                subject=self._owners[STALE].id,
                scopes=SCOPES,
                expires_at=ends,
                # Beyond what anybody else may be writing at the moment.
                generation=before.generation + 10,
                secrets={"access_token": Secret(token), "refresh_token": Secret(refresh)},
            ),
        )

    # --- faults -----------------------------------------------------------------------------------------------

    def network(self, platform: str) -> PracticeNetwork:
        return self.sandbox.x if platform == "x" else self.sandbox.graph

    def order(self, platform: str, fault: str, *, on: str, carried_out: bool = True, reads: int = 1) -> None:
        """Order *fault* for the next call *on*; `late` stands for one that is carried out after a while."""
        operation = OPERATIONS[platform][on]
        if fault == "late":
            self.late[platform].order(operation, DELAYS[platform])
        elif fault:
            hides = Fault(fault) is Fault.HIDDEN
            operation = OPERATIONS[platform]["create"] if hides else operation
            self.network(platform).faults.order(Fault(fault), on=operation, carried_out=carried_out, reads=reads)

    def arrived(self, platform: str, on: str) -> int:
        """Count the calls *on* that the network has dealt with."""
        operation = OPERATIONS[platform][on]
        calls = self.network(platform)._calls
        return sum(call.operation == operation for call in calls) + self.late[platform].arrived

    def await_arrival(self, platform: str, on: str, before: int) -> None:
        """Wait until the network has dealt with the request that a dead process had left to it."""
        deadline = time.monotonic() + 30
        while self.arrived(platform, on) == before:
            assert time.monotonic() < deadline, "the request of the dead process never arrived"
            time.sleep(0.001)

    def clear(self) -> None:
        """Forget the faults that nobody met."""
        for platform in ("x", "facebook"):
            self.network(platform).faults.clear()
            self.late[platform]._orders.clear()

    # --- what is there ----------------------------------------------------------------------------------------

    def posts(self, delivery: Delivery) -> tuple[str, ...]:
        """Give the ids of the posts on the network with the words of *delivery*."""
        return self.saying(delivery.rendition.account, delivery.rendition.text)

    def saying(self, account: str, words: str) -> tuple[str, ...]:
        """Give the ids of an account's posts in which *words* stand; what somebody wrote by hand is not among them."""
        owner = self._owners[account]
        platform = account.partition(":")[0]
        self.late[platform].settle()
        if platform == "x":
            posts = self.sandbox.x.posts(owner)
            return tuple(post.id for post in posts if words in post.text and post.source != BY_HAND)
        return tuple(post.id for post in self.sandbox.graph.posts(owner) if words in post.message and post.app_id)

    def by_hand(self, account: str, words: str) -> None:
        """Let somebody write *words* under an X account by hand."""
        self.sandbox.x.post_as(self._owners[account], words)

    def seen(self, store: SqlStore, draft: Draft, words: str, waited: Mapping[str, DeliveryState]) -> Seen:
        """Compare what the ledger has of *draft*, which says *words*, with the networks."""
        deliveries = tuple(store.get(one) for one in ids_of(store, draft))
        posts = tuple(self.posts(one) for one in deliveries)
        ours = {post for each in posts for post in each}
        where = {one.id: place for one, place in zip(deliveries, posts, strict=True)}
        astray = tuple(
            one.id
            for one in deliveries
            if one.follows is not None and not self._answers(where[one.id], where[one.follows])
        )
        there = [post for account in draft.accounts for post in self.saying(account, words)]
        strays = tuple(post for post in there if post not in ours)
        return Seen(deliveries=deliveries, posts=posts, strays=strays, astray=astray, waited=waited)

    def _answers(self, posts: tuple[str, ...], leaders: tuple[str, ...]) -> bool:
        held = {post.id: post.reply_to for post in self.sandbox.x.posts()}
        return all(held[post] in leaders for post in posts)

    def decide(self, program: Program) -> dict[str, DeliveryState]:
        """
        Be the person before whom deliveries wait: look at the network, and say what is there; sign in again.

        Returns:
            What waited.
        """
        waited: dict[str, DeliveryState] = {}
        for delivery in program.waiting():
            waited[delivery.id] = delivery.state
            if delivery.state is DeliveryState.HELD:
                self.sign_in(ends=self.clock.now() + timedelta(hours=2))
                program.resume(delivery.id, by="1042")
                continue
            # A person looks when a post would long have shown.
            assert delivery.intent_at is not None
            self.clock.pass_to(max(self.clock.now(), delivery.intent_at + timedelta(hours=1)))
            found = self.posts(delivery)
            post_id = found[0] if found else None
            program.decide(
                delivery.id,
                by="1042",
                reason="looked",
                seen_at=self.clock.now(),
                post_id=post_id,
                again=post_id is None,
            )
        return waited

    # --- the programme's folder -------------------------------------------------------------------------------

    def _open_x(self, account: str) -> None:
        user = self.sandbox.x.add_user(handle=account.replace(":", "_"), name=account)
        token, secret = self.sandbox.x.oauth1_token(user)
        self._keep(
            account,
            "x",
            user,
            {"kind": "x-oauth1", "subject": user.id, "access_token": token, "access_token_secret": secret},
        )

    def _open_page(self, account: str) -> None:
        graph = self.sandbox.graph
        person = graph.add_person(account)
        page = graph.add_page(account, tasks={person: ("CREATE_CONTENT", "MODERATE", "ANALYZE")})
        self._keep(
            account,
            "facebook",
            page,
            {"kind": "facebook-page", "subject": page.id, "access_token": graph.page_token(page, person)},
        )

    def _keep(self, account: str, platform: str, owner: Any, credential: dict[str, Any]) -> None:
        self.accounts[platform].append(account)
        self._owners[account] = owner
        self._credentials[account] = {"platform": platform, **credential}
        self._opened.append(
            {"id": account, "platform": platform, "handle": account, "network_id": owner.id, "steward": "1042"}
        )

    def _write(self) -> Path:
        x, graph = self.sandbox.x, self.sandbox.graph
        (self.folder / "people.csv").write_text("number,name\n1042,佐賀 花子\n", encoding="utf-8")
        with (self.folder / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["id", "platform", "handle", "network_id", "steward"])
            writer.writeheader()
            writer.writerows(self._opened)
        self._private("credentials.json", json.dumps(self._credentials))
        for name, secret in (
            ("consumer-key", x.app.consumer_key),
            ("consumer-secret", x.app.consumer_secret),
            ("client-id", x.app.client_id),
            ("client-secret", x.app.client_secret),
            ("app-secret", graph.app.secret),
        ):
            self._private(name, secret)
        settings = self.folder / "civicsns.toml"
        settings.write_text(
            _SETTINGS.format(x=x.url, graph=graph.url, app_id=graph.app.id, app_name=x.app.name, patience=PATIENCE),
            encoding="utf-8",
        )
        return settings

    def _private(self, name: str, text: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(text)


@contextmanager
def scratch() -> Iterator[Path]:
    """
    Give a folder, in memory where there is one.

    What is killed here are processes; what the disk holds after a power cut is the business of the databases.
    """
    memory = Path("/dev/shm")  # noqa: S108 -- for its speed, not for its name
    with tempfile.TemporaryDirectory(prefix="civicsns-crash-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@contextmanager
def world(folder: Path, **more: Any) -> Iterator[World]:
    """Have the networks up."""
    made = World(folder, **more)
    # The address is known once the networks listen.
    made.start()
    made.settings = made._write()
    try:
        yield made
    finally:
        made.stop()


def ids_of(store: SqlStore, draft: Draft) -> list[str]:
    """Give the ids of the deliveries of *draft*, in the order in which they were added."""
    columns = tables.deliveries.c
    of_draft = sa.select(columns.id).where(columns.draft == draft.digest).order_by(columns.seq)
    with store._engine.connect() as connection:
        return [row.id for row in connection.execute(of_draft)]

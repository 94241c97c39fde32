"""Networks in memory that hang, or end as a test wants; two of them, with a programme; and an idle engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import attrs
from city import NO_MEDIA, NOW, draft, limits, programme, vault

from civicsns.clock import SystemClock
from civicsns.config import DeliverySettings, RunningSettings
from civicsns.errors import RateLimited
from civicsns.model import Account, Credential, Delivery, Draft, ReadBack, Receipt, Rendition
from civicsns.ports import Clock, Engine
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock
from civicsns.vault.memory import MemoryVault


class Network:
    """A network in memory that can be made to hang, or to end as a test wants."""

    limits = limits(media=NO_MEDIA, read_back=ReadBack.WEAK)

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.posts: list[str] = []
        self.times: dict[str, datetime] = {}
        self.clock: Clock = SystemClock()
        self.ends: dict[str, Exception] = {}
        self.answers = threading.Event()
        self.answers.set()

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        return Rendition(platform=self.platform, account=account.id, text=draft.text, body={})

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        assert self.answers.wait(60)
        if rendition.account in self.ends:
            # A limit ends by itself; what else is wrong stays so.
            ended = self.ends[rendition.account]
            if not isinstance(ended, RateLimited) or self.clock.now() < ended.until:
                raise ended
        self.posts.append(rendition.account)
        self.times[rendition.account] = self.clock.now()
        return Receipt(platform=self.platform, account=rendition.account, post_id=str(len(self.posts)), at=NOW)

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise AssertionError


@attrs.define
class World:
    """A programme, and the networks that it posts to."""

    networks: dict[str, Network]
    store: MemoryStore
    vault: MemoryVault
    program: Program
    draft: Draft


def world(
    *,
    engine: Engine | None = None,
    clock: PracticeClock | None = None,
    store: MemoryStore | None = None,
    per_network: int = 3,
    heartbeat: float = 0.05,
) -> World:
    """Open a programme on two networks, with some accounts on each."""
    networks = {name: Network(name) for name in ("x", "facebook")}
    accounts = [Account(id=f"{name}:{n}", platform=name, steward="1") for n in range(per_network) for name in networks]
    for network in networks.values():
        network.clock = clock or SystemClock()
    kept, store = vault(accounts), store or MemoryStore()
    program = programme(
        networks,  # type: ignore[arg-type]  # a class each would say no more
        accounts,
        clock,
        vault=kept,
        store=store,
        engine=engine,
        settings=DeliverySettings(concurrency=2),
        running=RunningSettings(
            every=timedelta(seconds=0.05), sweep=timedelta(seconds=60), heartbeat=timedelta(seconds=heartbeat)
        ),
    )
    return World(networks, store, kept, program, draft("佐賀牛です", accounts=[account.id for account in accounts]))


def wait(until: Callable[[], object]) -> None:
    """Wait for what has to come."""
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end, "What had to come did not come."
        time.sleep(0.005)


class Deaf:
    """An engine that hears of deliveries and does nothing."""

    def __init__(self, *, broken: bool = False) -> None:
        self.told: list[str] = []
        self.broken = broken

    def bind(self, drive: Callable[[str], datetime | None]) -> None:
        self.drive = drive

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        if self.broken:
            raise ConnectionError("secret-address")
        self.told += [delivery.id for delivery in deliveries]

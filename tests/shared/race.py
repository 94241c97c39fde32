"""Processes that all want the tokens of the same accounts exchanged, at the practice network's own token endpoint."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.adapters.x import XAdapter
from civicsns.adapters.x.settings import XSettings
from civicsns.clock import SystemClock
from civicsns.errors import CivicsnsError, OutcomeUnknown, StoreError, UnknownReason
from civicsns.language import Bilingual
from civicsns.model import Account, Credential, CredentialKind, Held, Secret
from civicsns.store.sql import SqlStore
from civicsns.testing.store_contract import fresh
from civicsns.vault import keys
from civicsns.vault.keys import Keys
from civicsns.vault.refreshing import Refresher
from civicsns.vault.sealed import SealedVault

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

    from civicsns.testing.sandbox import Sandbox

#: A token lasts two hours, so one of this age is exchanged.
ROUND = timedelta(minutes=61)
SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access")


WORDS = Bilingual("わざと失敗させた。", "It failed on purpose.")


class At(SystemClock):
    """A clock that shows what it is told."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@attrs.frozen(kw_only=True)
class Job:
    """
    What every process is told; plain data.

    Attributes:
        address: The store.
        key: The wrapping key.
        x: The app and the address of the practice network.
        accounts: The accounts' ids.
        begun: When it begins.
        failing: The vault fails once in so many exchanges; 0 where it never does.
    """

    address: str
    key: str
    x: dict[str, str]
    accounts: tuple[str, ...]
    begun: datetime
    failing: int = 0


@attrs.frozen(kw_only=True)
class Tally:
    """
    What happened.

    Attributes:
        wanted: How often a process wanted a token.
        exchanged: How often the network was asked to exchange one.
        refused: How often it refused: the token was spent.
        lost: How many accounts are marked as lost in the end.
        dead: How many accounts have a token that the network does not take in the end.
        troubles: What else was raised.
    """

    wanted: int
    exchanged: int
    refused: int
    lost: int
    dead: int
    troubles: tuple[str, ...]


def prepare(sandbox: Sandbox, address: str | Path, accounts: int, *, failing: int = 0) -> Job:
    """Connect so many accounts, with tokens that are fresh now."""
    app = sandbox.x.app
    job = Job(
        address=str(address),
        key=keys.generate().reveal(),
        x={
            "base_url": sandbox.x.url,
            "consumer_key": app.consumer_key,
            "consumer_secret": app.consumer_secret,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        },
        accounts=tuple(f"x:a{number}" for number in range(accounts)),
        begun=datetime.now(UTC),
        failing=failing,
    )
    with SqlStore(job.address) as store:
        vault = vault_of(job, store, At(job.begun))
        for name in job.accounts:
            access, refresh = sandbox.x.oauth2_token(sandbox.x.add_user(handle=name[2:], name=name), SCOPES)
            credential = Credential(
                platform="x",
                kind=CredentialKind.X_OAUTH2,
                secrets={"access_token": Secret(access), "refresh_token": Secret(refresh)},
                scopes=SCOPES,
                issued_at=job.begun,
                expires_at=job.begun + timedelta(hours=2),
            )
            assert vault.put(account(name), credential)
    return job


def account(name: str) -> Account:
    return Account(id=name, platform="x")


def vault_of(job: Job, store: SqlStore, clock: At) -> SealedVault:
    held = Keys(partial(keys.parse, Secret(job.key), place="race"))
    if not job.failing:
        return SealedVault(store, held, programme="武雄市", clock=clock, patience=60)
    failing = FailingVault(store, held, programme="武雄市", clock=clock, patience=60)
    failing.every = job.failing
    return failing


def adapter_of(job: Job, clock: At) -> XAdapter:
    secret = {name: Secret(value) for name, value in job.x.items() if name != "base_url" and value}
    settings: dict[str, Any] = {**secret, "base_url": job.x["base_url"]}
    return XAdapter(XSettings(**settings), clock=clock)


class FailingVault(SealedVault):
    """A vault that does not take what the network gave, the first time of every few."""

    every = 1
    asked = 0

    def succeed(self, account: Account, credential: Credential, fresh: Credential) -> bool:
        self.asked += 1
        if self.asked % self.every == 0:
            raise StoreError(WORDS, mend=WORDS)
        return super().succeed(account, credential, fresh)


def run(job: Job, *, processes: int, rounds: int) -> Tally:
    """Let so many processes want every account's token, so many times over; then see what is left."""
    together = fresh().Barrier(processes)
    with ProcessPoolExecutor(processes, mp_context=fresh(), initializer=_meet, initargs=(together,)) as pool:
        racing = [pool.submit(_race, job, who, rounds) for who in range(processes)]
        ends = [one.result() for one in racing]
    clock = At(job.begun + rounds * ROUND)
    lost = dead = 0
    with SqlStore(job.address) as store:
        vault, adapter = vault_of(job, store, clock), adapter_of(job, clock)
        lost = sum(held.lost is not None for held in vault.held())
        for name in job.accounts:
            try:
                adapter.whoami(vault.get(account(name)))
            except CivicsnsError:
                dead += 1
    return Tally(
        wanted=processes * rounds * len(job.accounts),
        exchanged=sum(end[0] for end in ends),
        refused=sum(end[1] for end in ends),
        lost=lost,
        dead=dead,
        troubles=tuple(trouble for end in ends for trouble in end[2]),
    )


#: Where the processes of a race meet before each round; one for each process.
_meeting: list[Barrier | threading.Barrier] = []


def _meet(together: Barrier | threading.Barrier) -> None:
    _meeting[:] = [together]


@attrs.frozen(kw_only=True)
class Deaths:
    """
    What became of the accounts when processes were killed at random.

    Attributes:
        killed: How many processes were killed.
        exchanged: How often the network exchanged a token.
        replayed: How often it was asked to exchange one that was spent.
        unanswered: How often its answer was lost on the way.
        reported: How many accounts are marked as lost, or as ones over which nobody knows how an exchange ended.
        silent: How many have a token that the network does not take, and are not marked.
    """

    killed: int
    exchanged: int
    replayed: int
    unanswered: int
    reported: int
    silent: int


def kill(job: Job, sandbox: Sandbox, *, processes: int, deaths: int, seed: int) -> Deaths:
    """
    Let processes want tokens without end, kill one after the other, and start another in its place.

    Now and then an answer of the network is lost on the way.
    """
    context, draw = fresh(), random.Random(seed)  # noqa: S311 -- a draw, no secret
    refused, unanswered = context.Value("i", 0), context.Value("i", 0)
    begun = time.time()
    running = [
        context.Process(target=_for_ever, args=(job, who, begun, refused, unanswered)) for who in range(processes)
    ]
    for process in running:
        process.start()
    # The first ones have to load what they need.
    time.sleep(6)
    for number in range(deaths):
        time.sleep(draw.uniform(0.3, 3))
        place = draw.randrange(processes)
        running[place].kill()
        running[place].join()
        running[place] = context.Process(target=_for_ever, args=(job, processes + number, begun, refused, unanswered))
        running[place].start()
    time.sleep(3)
    for process in running:
        process.kill()
        process.join()
    with SqlStore(job.address) as store:
        moment = At(job.begun + (time.time() - begun) * _FASTER)
        refresher, adapter = Refresher(vault_of(job, store, moment), clock=moment), adapter_of(job, moment)
        vault = vault_of(job, store, moment)
        silent = 0
        for name in job.accounts:
            try:
                adapter.whoami(refresher.fresh(account(name), adapter))
            except CivicsnsError:
                silent += not any(_told(held) for held in vault.held() if held.account == name)
        reported = sum(_told(held) for held in vault.held())
    return Deaths(
        killed=deaths + processes,
        exchanged=sum(call.operation == "token" and call.status == 200 for call in sandbox.x._calls),
        replayed=refused.value,
        unanswered=unanswered.value,
        reported=reported,
        silent=silent,
    )


def _told(held: Held) -> bool:
    return held.lost is not None or held.begun_at is not None


#: So much time passes on the clocks of processes that are killed, for each second: half a token's life in two seconds.
_FASTER = timedelta(minutes=30)


#: One in so many answers of the network does not arrive.
_UNANSWERED = 50


def _for_ever(job: Job, who: int, begun: float, refused: Any, unanswered: Any) -> None:
    draw = random.Random(who)  # noqa: S311 -- an order, no secret
    clock = At(job.begun)
    adapter = adapter_of(job, clock)
    exchange = adapter.refresh

    def counted(credential: Credential) -> Credential:
        try:
            fresh = exchange(credential)
        except CivicsnsError:
            with refused.get_lock():
                refused.value += 1
            raise
        if draw.randrange(_UNANSWERED):
            return fresh
        with unanswered.get_lock():
            unanswered.value += 1
        raise OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)

    adapter.refresh = counted  # type: ignore[method-assign]
    with SqlStore(job.address) as store:
        refresher = Refresher(vault_of(job, store, clock), clock=clock)
        while True:
            clock.moment = job.begun + (time.time() - begun) * _FASTER
            with contextlib.suppress(CivicsnsError):
                refresher.fresh(account(draw.choice(job.accounts)), adapter)


def alone(job: Job, *, rounds: int) -> tuple[int, int, list[str]]:
    """Want every token so many times over, in this process; give what `_race` gives."""
    _meet(threading.Barrier(1))
    return _race(job, 0, rounds)


def _race(job: Job, who: int, rounds: int) -> tuple[int, int, list[str]]:
    """Want every token once a round, in an order of one's own; give what was asked, what refused, and what raised."""
    clock = At(job.begun)
    adapter = adapter_of(job, clock)
    asked = refused = 0
    troubles: list[str] = []
    exchange = adapter.refresh

    def counted(credential: Credential) -> Credential:
        nonlocal asked, refused
        asked += 1
        try:
            return exchange(credential)
        except CivicsnsError:
            refused += 1
            raise

    adapter.refresh = counted  # type: ignore[method-assign]
    with SqlStore(job.address) as store:
        refresher = Refresher(vault_of(job, store, clock), clock=clock)
        for number in range(1, rounds + 1):
            clock.moment = job.begun + number * ROUND
            order = random.Random(who * 1000 + number).sample(job.accounts, len(job.accounts))  # noqa: S311 -- an order, no secret
            _meeting[0].wait()
            for name in order:
                try:
                    refresher.fresh(account(name), adapter)
                except CivicsnsError as error:
                    troubles.append(str(error))
    return asked, refused, troubles

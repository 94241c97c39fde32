"""Who drives deliveries, and when: the caller, the background, an engine; signs of life, and the sweep."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from civicsns.accounts.roster import Roster
from civicsns.clock import SystemClock
from civicsns.config import DeliverySettings, RecordSettings, RunningSettings
from civicsns.engine.bulkhead import Bulkhead
from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    ConfigurationError,
    EndNotKept,
    OutcomeUnknown,
    RateLimited,
    StoreError,
    UnknownReason,
)
from civicsns.health import Level
from civicsns.heartbeat import KIND, Heartbeat, Pulse
from civicsns.language import Bilingual
from civicsns.model import (
    Account,
    Credential,
    CredentialKind,
    Delivery,
    DeliveryState,
    Draft,
    Idempotency,
    Limits,
    MediaLimits,
    Person,
    ReadBack,
    Receipt,
    Record,
    Rendition,
    Secret,
    TextLimits,
)
from civicsns.policy.basics import RULES
from civicsns.ports import Clock
from civicsns.posting.hold import Scope
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock
from civicsns.text import Measure
from civicsns.vault.memory import MemoryVault

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
WORDS = Bilingual("何か", "something")


class Network:
    """A network in memory that can be made to hang, or to end as a test wants."""

    limits = Limits(
        text=TextLimits(measure=Measure.FACEBOOK, maximum=60),
        media=MediaLimits(images=0, videos=0, types=frozenset(), bytes_={}, alt_text=0),
        schedule=None,
        idempotency=Idempotency.NONE,
        read_back=ReadBack.WEAK,
        network_delay=timedelta(seconds=5),
        read_back_lag=timedelta(seconds=1),
        replies=True,
    )

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

    def find(self, rendition: Rendition, credential: Credential, *, since: datetime) -> Receipt | None:
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise AssertionError


@attrs.define
class World:
    networks: dict[str, Network]
    store: MemoryStore
    vault: MemoryVault
    program: Program
    draft: Draft


def world(*, engine=None, clock=None, store=None, per_network: int = 3, heartbeat: float = 0.05) -> World:
    networks = {name: Network(name) for name in ("x", "facebook")}
    accounts = {
        f"{name}:{n}": Account(id=f"{name}:{n}", platform=name) for n in range(per_network) for name in networks
    }
    for network in networks.values():
        network.clock = clock or SystemClock()
    vault = MemoryVault()
    for account in accounts.values():
        vault.put(account, Credential(platform=account.platform, kind=CredentialKind.OTHER, secrets={"t": Secret("t")}))
    store = store or MemoryStore()
    program = Program(
        roster=Roster(people={"1": Person(number="1", name="佐賀 花子")}, accounts=accounts),
        adapters=networks,  # type: ignore[arg-type]  # a class each would say no more
        rules=RULES,
        vault=vault,
        store=store,
        engine=engine,
        clock=clock,
        sleep=time.sleep if clock is None else lambda seconds: clock.advance(timedelta(seconds=seconds)),
        settings=DeliverySettings(concurrency=2),
        running=RunningSettings(
            every=timedelta(seconds=0.05), sweep=timedelta(seconds=60), heartbeat=timedelta(seconds=heartbeat)
        ),
    )
    return World(networks, store, vault, program, Draft(author="1", text="佐賀牛です", accounts=list(accounts)))


def wait(until: Callable[[], object]) -> None:
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


class Prompt(Deaf):
    """An engine that drives at once, in threads of its own."""

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            threading.Thread(target=self.drive, args=(delivery.id,)).start()


def test_in_the_background():
    """
    While it delivers in the background, `publish` waits for the results, and nothing goes out twice.
    """
    shown = world()
    with shown.program.background():
        done = shown.program.publish(shown.draft)
        (beat,) = [Heartbeat.read(fact) for fact in shown.store.facts(KIND)]

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert [3, 3] == [len(network.posts) for network in shown.networks.values()]
    assert "InlineEngine" == beat.engine
    assert [] == list(shown.store.facts(KIND))


def test_who_is_put_off_keeps_nobody_waiting():
    """
    Accounts that wait for their limit, more of them than there are threads, delay no other's first attempt.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock, per_network=6)
    x = shown.networks["x"]
    for number in range(3):
        x.ends[f"x:{number}"] = RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(seconds=20 + number))
    done = shown.program.publish(shown.draft)

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert [f"x:{number}" for number in range(3)] == x.posts[-3:]
    assert {f"x:{number}": NOW for number in range(3, 6)} | {
        f"x:{number}": NOW + timedelta(seconds=20 + number) for number in range(3)
    } == x.times


@pytest.mark.parametrize("background", [True, False])
def test_a_network_that_hangs_delays_no_other(background: bool):
    """
    While X does not answer, everything for Facebook goes out, in the background as in the caller's own threads.
    """
    shown = world(per_network=20)
    x, facebook = shown.networks.values()
    x.answers.clear()
    publishing = threading.Thread(target=shown.program.publish, args=(shown.draft,))
    if background:
        with shown.program.background():
            publishing.start()
            wait(lambda: len(facebook.posts) == 20)
            held_up = len(x.posts)
            x.answers.set()
            publishing.join()
    else:
        publishing.start()
        wait(lambda: len(facebook.posts) == 20)
        held_up = len(x.posts)
        x.answers.set()
        publishing.join()

    assert 0 == held_up
    assert Counter(shown.draft.accounts) == Counter([*x.posts, *facebook.posts])


def test_an_engine_is_told():
    """
    With an engine, `publish` sends nothing itself: it tells the engine, and shows what that has done.
    """
    shown = world(engine=(engine := Prompt()))
    seen: list[DeliveryState] = []
    done = shown.program.publish(shown.draft, progress=lambda delivery: seen.append(delivery.state))

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}
    assert 6 == seen.count(DeliveryState.PENDING) == seen.count(DeliveryState.DELIVERED)
    assert shown.program.publish(attrs.evolve(shown.draft, text="別"), patience=timedelta(seconds=10)).settled
    assert not engine.told


def test_what_is_being_sent_is_waited_for():
    """
    One whose attempt is under way is no result yet, although the time at which it is given up lies far ahead.
    """
    shown = world(engine=Prompt())
    for network in shown.networks.values():
        network.answers.clear()
    seen: list[DeliveryState] = []

    def progress(delivery: Delivery) -> None:
        seen.append(delivery.state)
        if seen.count(DeliveryState.SENDING) == 6:
            for network in shown.networks.values():
                network.answers.set()

    done = shown.program.publish(shown.draft, progress=progress)

    assert {DeliveryState.DELIVERED} == {result.state for result in done.results}


def test_patience_with_an_engine_ends():
    """
    An engine that does nothing costs no more than the patience; what it was told of stays in the store.
    """
    shown = world(engine=(engine := Deaf()))
    done = shown.program.publish(shown.draft, patience=timedelta(seconds=0.1))

    assert [result.id for result in done.results] == engine.told
    assert not done.settled
    assert 6 == shown.program.dispatch()


def test_an_engine_that_is_out_of_order(caplog: pytest.LogCaptureFixture):
    """
    Deliveries are in the store before the engine is told; that it could not be told is logged, and is no error.
    """
    shown = world(engine=Deaf(broken=True))
    done = shown.program.publish(shown.draft, patience=timedelta(0))

    assert 6 == len(shown.store.due(datetime.now(UTC)))
    assert not done.settled
    assert "engine.not_woken" in caplog.text
    assert "secret-address" not in caplog.text


def test_the_sweep_tells_of_what_is_overdue():
    """
    What the engine has lost is told again, once it is overdue, by one process in each interval.
    """
    clock = PracticeClock(NOW)
    shown = world(engine=(engine := Deaf()), clock=clock)
    other = world(engine=(second := Deaf()), clock=clock, store=shown.store)
    shown.program.publish(shown.draft, patience=timedelta(0))
    engine.told.clear()
    early = shown.program.sweep()
    clock.advance(timedelta(seconds=61))
    swept = [shown.program.sweep(), other.program.sweep()]
    clock.advance(timedelta(seconds=61))
    again = other.program.sweep()

    assert (0, [6, 0], 6) == (early, swept, again)
    assert 6 == len(engine.told) == len(second.told)


def test_a_sweep_s_lease_from_a_wrong_clock_holds_nobody_up():
    """
    A turn that was taken far in the future, by a machine whose clock was wrong, is no turn.
    """
    ahead, right = PracticeClock(NOW + timedelta(days=365)), PracticeClock(NOW)
    shown = world(engine=Deaf(), clock=ahead)
    shown.program.sweep()
    other = world(engine=(engine := Deaf()), clock=right, store=shown.store)
    other.program.publish(other.draft, patience=timedelta(0))
    right.advance(timedelta(seconds=61))

    assert 6 == other.program.sweep()
    assert 12 == len(engine.told)


def test_an_engine_elsewhere_is_swept_from_here():
    """
    `run` with an engine whose workers are elsewhere delivers nothing here, and tells the engine what it has missed.
    """
    clock = PracticeClock(NOW)
    shown = world(engine=(engine := Deaf()), clock=clock)
    shown.program.publish(shown.draft, patience=timedelta(0))
    clock.advance(timedelta(seconds=61))
    stop = threading.Event()
    running = threading.Thread(target=shown.program.run, args=(stop,))
    running.start()
    wait(lambda: len(engine.told) == 12)
    stop.set()
    running.join()

    assert [[], []] == [network.posts for network in shown.networks.values()]


def test_run_ends_what_is_under_way(monkeypatch: pytest.MonkeyPatch):
    """
    When `run` is stopped, the attempts under way come to their end, and nothing new is begun.
    """
    shown = world()
    x, facebook = shown.networks.values()
    shown.program.publish(
        attrs.evolve(shown.draft, not_before=datetime.now(UTC) + timedelta(seconds=0.5)), patience=timedelta(0)
    )
    x.answers.clear()
    facebook.answers.clear()
    stop = threading.Event()
    running = threading.Thread(target=shown.program.run, args=(stop,))
    running.start()

    def doing() -> list[str]:
        return [one for fact in shown.store.facts(KIND) for one in Heartbeat.read(fact).doing]

    stopped = threading.Semaphore(0)
    really = Bulkhead.stop

    def stop_(self: Bulkhead) -> None:
        really(self)
        stopped.release()

    monkeypatch.setattr(Bulkhead, "stop", stop_)
    wait(lambda: len(doing()) == 4)
    stop.set()
    for _ in shown.networks:
        assert stopped.acquire(timeout=60)
    x.answers.set()
    facebook.answers.set()
    running.join()

    assert [2, 2] == [len(network.posts) for network in shown.networks.values()]
    assert 2 == len(shown.store.due(datetime.now(UTC)))
    assert [] == list(shown.store.facts(KIND))


def codes(shown: World, **given: object) -> dict[str, Level]:
    return {symptom.code: symptom.level for symptom in shown.program.health(**given).symptoms}  # type: ignore[arg-type]


def test_nobody_is_at_work():
    """
    Where no process delivers, that is bad; once one has been there just now, all is well.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    before = codes(shown)
    shown.program.dispatch()
    after = codes(shown)
    clock.advance(timedelta(minutes=3))

    assert {"worker.none": Level.BAD} == before
    assert {} == after
    assert {"worker.none": Level.BAD} == codes(shown)
    assert {} == codes(shown, max_age=timedelta(minutes=10))


def test_a_worker_that_fell_silent():
    """
    One that ended as it should is forgotten; one that died is named, until seven days have passed.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    died, ended = (
        Pulse(store=shown.store, clock=clock, engine="InlineEngine", every=timedelta(seconds=15)) for _ in range(2)
    )
    died.beat()
    ended.beat()
    ended.end()
    clock.advance(timedelta(minutes=3))
    shown.program.dispatch()
    found = shown.program.health()
    clock.advance(timedelta(days=7))
    ended.clear()

    assert ["worker.silent"] == [symptom.code for symptom in found.symptoms]
    assert Level.ATTENTION is found.level
    assert NOW == found.symptoms[0].since
    assert ["worker.none"] == list(codes(shown))


def test_what_waits_is_told_with_its_reason():
    """
    Unknown outcomes, held accounts, limits and spent credits are each named, with how many and until when.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    x, facebook = shown.networks.values()
    facebook.ends["facebook:0"] = OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)
    facebook.ends["facebook:1"] = AuthorizationLost(WORDS, mend=WORDS)
    x.ends["x:0"] = RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(hours=2))
    shown.program.publish(shown.draft, patience=timedelta(0))
    x.ends["x:1"] = BudgetSpent(WORDS, mend=WORDS)
    shown.program.publish(attrs.evolve(shown.draft, text="別の話です", accounts=["x:1"]), patience=timedelta(0))
    clock.advance(timedelta(minutes=10))
    shown.program.dispatch()
    found = shown.program.health()

    assert {
        "delivery.unknown": Level.ATTENTION,
        "delivery.held": Level.ATTENTION,
        "delivery.put_off.RateLimited": Level.GOOD,
        "delivery.put_off.BudgetSpent": Level.ATTENTION,
        # One account's limit is its own; where the credits are spent the whole app waits.
        "gate.limit": Level.GOOD,
        "gate.breaker": Level.BAD,
    } == codes(shown)
    assert NOW + timedelta(hours=2) == next(one.until for one in found.symptoms if one.code.endswith("RateLimited"))
    assert NOW == next(one.since for one in found.symptoms if one.code == "delivery.unknown")


def test_what_is_overdue_is_told_with_its_reason():
    """
    Overdue deliveries are told apart: simply late, cut off while sent, of no network, of no account on the list.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock, engine=Deaf())
    shown.program.publish(shown.draft, patience=timedelta(0))
    cases: dict[str, dict[str, Any]] = {
        "x:0": {"state": DeliveryState.SENDING, "intent_at": NOW, "attempts": 1},
        "x:1": {"platform": "mastodon"},
        "facebook:0": {"account": "facebook:gone"},
    }
    for account, changes in cases.items():
        old = next(one for one in shown.store.due(NOW) if one.rendition.account == account)
        of = {key: changes.pop(key) for key in ("platform", "account") if key in changes}
        new = attrs.evolve(old, version=1, rendition=attrs.evolve(old.rendition, **of), **changes)
        shown.store._deliveries[old.id] = new
    clock.advance(timedelta(minutes=10))
    found = {symptom.code: symptom for symptom in shown.program.health().symptoms}

    assert {
        "worker.none",
        "delivery.cut_off",
        "delivery.no_network",
        "delivery.off_the_list",
        "delivery.overdue",
    } == set(found)
    assert {Level.BAD} == {symptom.level for symptom in found.values()}
    assert "10 minutes late" in found["delivery.cut_off"].what.en
    assert "10 分遅れ" in found["delivery.cut_off"].what.ja


@pytest.mark.parametrize(
    ("ends", "refreshes", "expected"),
    [
        (None, False, set()),
        (timedelta(days=30), False, set()),
        (timedelta(days=3), False, {"token.expiring"}),
        (timedelta(days=-1), False, {"token.expired"}),
        (timedelta(days=-1), True, set()),
    ],
)
def test_a_token_that_ends(ends: timedelta | None, refreshes: bool, expected: set[str]):
    """
    A token that ends soon, and that nothing renews, is named before it stops an account.
    """
    shown = world(clock=PracticeClock(NOW))
    secrets = {"t": Secret("t")} | ({"refresh_token": Secret("r")} if refreshes else {})
    credential = Credential(
        platform="x",
        kind=CredentialKind.OTHER,
        secrets=secrets,
        expires_at=None if ends is None else NOW + ends,
        generation=1,
    )
    shown.vault.put(shown.program.account("x:0"), credential)
    shown.program.dispatch()

    assert expected == set(codes(shown))


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(0.0, {}), (20.0, {"worker.clock": Level.ATTENTION}), (-40.0, {"worker.clock": Level.BAD})],
)
def test_a_clock_that_is_off(ahead: float, expected: dict[str, Level]):
    """
    A machine whose clock is further from the database's than the settings allow may post twice; that is bad.
    """

    class Elsewhere(MemoryStore):
        def time(self) -> datetime:
            return NOW - timedelta(seconds=ahead)

    shown = world(clock=PracticeClock(NOW), store=Elsewhere())
    shown.program.dispatch()

    assert expected == codes(shown)


# --- what goes wrong in one place -----------------------------------------------------------------------------------


class Shut(MemoryVault):
    """A vault that does not open for some accounts."""

    def __init__(self) -> None:
        super().__init__()
        self.shut: dict[str, Exception] = {}

    def get(self, account: Account) -> Credential:
        if account.id in self.shut:
            raise self.shut[account.id]
        return super().get(account)


def vaulted(**given: Any) -> tuple[World, Shut]:
    shown = world(**given)
    vault = Shut()
    for account in shown.program.accounts:
        vault.put(account, shown.vault.get(account))
    shown.program.vault = vault
    shown.program._dispatcher._vault = vault
    return shown, vault


@pytest.mark.parametrize("trouble", [ConfigurationError(WORDS, mend=WORDS), OSError("token-123")])
def test_a_vault_that_does_not_open_for_one_account_stops_no_other(trouble: Exception):
    """
    The others' posts go out and are shown; its own waits with the reason, for as long as it takes, and is reported.
    """
    clock = PracticeClock(NOW)
    shown, vault = vaulted(clock=clock)
    vault.shut["x:0"] = trouble
    done = shown.program.publish(shown.draft, patience=timedelta(0))
    states = {one.rendition.account: one.state for one in done.results}
    (left,) = (one for one in done.results if one.rendition.account == "x:0")
    for _ in range(50):
        clock.advance(timedelta(hours=1))
        shown.program.dispatch()

    assert DeliveryState.PENDING is states.pop("x:0")
    assert {DeliveryState.DELIVERED} == set(states.values())
    assert left.failure is not None
    assert "token-123" not in repr(left)
    assert {("delivery.put_off.HeldBack", Level.ATTENTION), ("vault.shut", Level.BAD)} <= set(codes(shown).items())
    vault.shut.clear()
    clock.advance(timedelta(hours=1))
    shown.program.dispatch()
    assert DeliveryState.DELIVERED is shown.store.get(left.id).state


class Breaking(MemoryStore):
    """A store that cannot write the intents of one account."""

    account = "x:0"

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        if old.rendition.account == self.account:
            raise StoreError(WORDS, mend=WORDS)
        return super().replace(old, new, record)


def test_nobody_is_told_that_nothing_was_sent_when_it_goes_on_by_itself():
    """
    A store that fails in the middle of a broadcast: some is out, the rest is kept; publishing anew would double it.
    """
    shown = world(clock=PracticeClock(NOW), store=Breaking())
    with pytest.raises(EndNotKept, match="Do not publish it again") as caught:
        shown.program.publish(shown.draft)

    assert "Nothing was sent." not in str(caught.value)
    assert 5 == len([*shown.networks["x"].posts, *shown.networks["facebook"].posts])


def test_two_reasons_of_one_account_are_both_told():
    """
    One post waits for a hold, another for its account: whoever looks sees both, each with what helps.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    shown.networks["x"].ends["x:0"] = AuthorizationLost(Bilingual("切れた", "It is dead."), mend=WORDS)
    item = attrs.evolve(shown.draft, accounts=["x:0"])
    shown.program.publish(item, patience=timedelta(0))
    shown.program.hold(Scope.ACCOUNT, "x:0", by="1", reason="確認中")
    shown.program.publish(attrs.evolve(item, text="別の話です"), patience=timedelta(0))
    said = [one.what.en for one in shown.program.health().symptoms if one.code == "delivery.held"]

    assert (1, 1) == (sum("It is dead." in one for one in said), sum("on hold" in one for one in said))


class Tidied(MemoryStore):
    """A store that counts how often its files are looked through."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: list[datetime] = []

    def collect(self, before: datetime) -> int:
        self.looked.append(before)
        return 0


def test_files_are_tidied_away_by_whoever_runs_it():
    """
    Nobody has to remember `civicsns tidy`: a timer's dispatch and the loop do it, one of them a day.
    """
    clock, store = PracticeClock(NOW), Tidied()
    shown = world(clock=clock, store=store)
    shown.program._records = RecordSettings(file_days=90)
    for _ in range(30):
        shown.program.dispatch()
        clock.advance(timedelta(hours=1))

    assert [NOW - timedelta(days=90), NOW + timedelta(hours=22) - timedelta(days=90)] == store.looked

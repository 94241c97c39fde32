"""Budgets and gates over a store: several processes, crashes, and what the network says."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from civicsns.budgets import Budgets, Permit
from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Refused,
    StoreError,
    Unavailable,
    UnknownReason,
)
from civicsns.language import Bilingual
from civicsns.model import Allowance, BudgetSettings, Delivery, DeliveryState, Lane, Receipt, Rendition
from civicsns.posting.budget import HELD_BACK, Period, Wait, held_back
from civicsns.posting.gates import Cause
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock

NOW = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
WORDS = Bilingual("何か", "something")


def delivery(account: str = "a", *, lane: Lane = Lane.ROUTINE, text: str = "朝市です", platform: str = "x") -> Delivery:
    rendition = Rendition(platform=platform, account=account, text=text, body={})
    return Delivery(id=f"{account}-{text}-{lane}", draft="d", rendition=rendition, lane=lane, not_before=NOW)


URGENT = delivery(lane=Lane.EMERGENCY)


class CountingStore(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.puts = 0
        self.broken = False

    def put(self, *given, **named):
        if self.broken:
            raise StoreError(WORDS, mend=WORDS)
        self.puts += 1
        return super().put(*given, **named)


class World:
    """A store, a clock, and as many processes as a test wants."""

    def __init__(self, **limits: Any) -> None:
        self.store = CountingStore()
        self.clock = PracticeClock(NOW)
        self.settings = {"x": BudgetSettings(**limits)} if limits else {}

    def process(self) -> Budgets:
        return Budgets(store=self.store, clock=self.clock, settings=self.settings, longest=timedelta(seconds=130))


def receipt(*allowances: Allowance, account: str = "a") -> Receipt:
    return Receipt(platform="x", account=account, post_id="1", at=NOW, allowances=allowances)


def begun(budgets: Budgets, wanted: Delivery = URGENT, *, ended: object = None) -> bool:
    permit = budgets.reserve(wanted)
    if isinstance(permit, Wait):
        return False
    budgets.settle(permit, receipt() if ended is None else ended)  # type: ignore[arg-type]
    return True


def spent() -> BudgetSpent:
    return BudgetSpent(WORDS, mend=WORDS)


def test_an_app_stops_at_its_budget_and_keeps_the_share():
    """
    Of 20 calls in a month routine makes 18, whoever makes them; emergencies make the last two, and then nobody.
    """
    world = World(monthly_calls=20)
    one, other = world.process(), world.process()

    assert 18 == sum(begun(process, delivery()) for _ in range(15) for process in (one, other))
    assert [True, True, False] == [begun(one), begun(other), begun(one)]


def test_what_is_given_back_is_of_its_own_day():
    """
    An attempt of yesterday that never left gives today nothing.
    """
    world = World(daily_calls=1, reserved_for_emergency=0.0)
    process = world.process()
    yesterdays = process.reserve(delivery())
    assert isinstance(yesterdays, Permit)
    world.clock.advance(timedelta(days=1))

    assert begun(process, delivery())
    process.settle(yesterdays, Unavailable(WORDS, mend=WORDS))
    assert not begun(process, delivery())


def test_money_is_counted_at_its_price():
    """
    A dollar pays for five posts with a link at 0.20, and no sixth without one.
    """
    world = World(monthly_money=1.0, price={"publish": 0.015, "publish_with_link": 0.2}, reserved_for_emergency=0.0)
    process = world.process()
    linked = delivery(text="https://example.jp/")

    assert 5 == sum(begun(process, linked) for _ in range(8))
    assert not begun(process, delivery())


def test_each_account_has_its_own():
    """
    An account that has used up its day keeps no other from posting, and may go on tomorrow.
    """
    world = World(account_daily_calls=2, reserved_for_emergency=0.0)
    process = world.process()

    assert [True, True, False] == [begun(process, delivery("a")) for _ in range(3)]
    assert begun(process, delivery("b"))
    world.clock.advance(timedelta(days=1))
    assert begun(process, delivery("a"))


def test_what_an_account_may_not_use_the_app_keeps():
    """
    A post that its account's budget stops costs the app nothing.
    """
    world = World(monthly_calls=3, account_daily_calls=1, reserved_for_emergency=0.0)
    process = world.process()

    assert [True, False, False, False] == [begun(process, delivery("a")) for _ in range(4)]
    assert [True, True, False] == [begun(process, delivery(name)) for name in "bcd"]


@pytest.mark.parametrize(
    ("ended", "again"),
    [
        (Unavailable(WORDS, mend=WORDS), True),
        (Refused(WORDS, mend=WORDS), False),
        (OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT), False),
    ],
)
def test_what_never_left_is_not_used(ended, again):
    """
    An attempt that did not reach the network leaves its call; one that did, or may have, does not.
    """
    process = World(monthly_calls=1).process()
    begun(process, ended=ended)

    assert again == begun(process)


def test_a_refusal_costs_no_money():
    """
    Networks charge for what they carry out; a refused post leaves its money, an unknown one does not.
    """
    world = World(monthly_money=0.5, price={"publish": 0.5})
    process = world.process()
    begun(process, ended=Refused(WORDS, mend=WORDS))
    begun(process, ended=OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT))

    assert not begun(process)


def test_many_attempts_take_few_writes():
    """
    Where many attempts are made, one write sets many aside.
    """
    world = World(monthly_calls=100_000)
    process = world.process()
    for _ in range(2_000):
        assert begun(process)

    assert world.store.puts < 20


def test_what_is_set_aside_is_given_back():
    """
    A process that ends in order leaves what it has not used to the others.
    """
    world = World(monthly_calls=1_000)
    process = world.process()
    for _ in range(50):
        begun(process, delivery())
    process.close()
    (balance, _) = world.process().balances()

    assert (50, 850) == (balance.usage.total.calls, balance.routine.calls)


def test_a_crash_errs_to_the_safe_side():
    """
    What a process that died had set aside counts as used, by a twentieth of what was left at most.
    """
    world = World(monthly_calls=1_000, reserved_for_emergency=0.0)
    dead = world.process()
    for _ in range(50):
        begun(dead, delivery())
    counted = world.process().balances()[0].usage.total.calls

    assert 50 <= counted <= 100


def test_reading_back_counts_and_is_never_forbidden():
    """
    Reading the network back costs money, and is noted with the next attempt.
    """
    world = World(monthly_money=10.0, price={"publish": 1.0, "find": 0.001, "upload": 0.005})
    process = world.process()
    process.found(URGENT)
    process.uploaded(URGENT, 2)
    begun(process)
    process.found(URGENT)
    process.close()

    assert 1_000_000 + 2 * 1_000 + 2 * 5_000 == world.process().balances()[0].usage.total.micros


def test_a_budget_that_was_raised_counts_soon():
    """
    Whoever waits for next month asks again within the hour.
    """
    process = World(monthly_calls=0).process()
    waits = process.reserve(URGENT)

    assert isinstance(waits, Wait)
    assert NOW + timedelta(hours=1) == waits.until
    assert "2026-04" in waits.what.ja


def test_a_forked_process_has_nothing_set_aside():
    """
    What the parent has set aside is the parent's; together they stay within the budget.
    """
    world = World(monthly_calls=200, reserved_for_emergency=0.0)
    process = world.process()
    for _ in range(30):
        begun(process)
    parent = os.getpid()
    purses = process._purses
    purses._process = parent + 1
    begun(process)

    assert parent == purses._process
    assert 1 == purses._purses["x", "", Lane.EMERGENCY].size


def test_threads_share_a_budget():
    """
    However many threads of however many processes ask at once, no more is used than there is.
    """
    world = World(monthly_calls=300, account_daily_calls=60, reserved_for_emergency=0.1)
    processes = [world.process() for _ in range(3)]

    def work(number: int) -> int:
        wanted = [delivery(f"{turn % 10}") for turn in range(40)]
        return sum(begun(processes[number % 3], one) for one in wanted)

    with ThreadPoolExecutor(9) as pool:
        made = sum(pool.map(work, range(9)))
    for process in processes:
        process.close()
    used = {(one.account, one.usage.period): one.usage.total.calls for one in processes[0].balances()}

    assert 255 <= made <= 270
    assert made == used["", Period.MONTH]
    assert made == sum(calls for (account, period), calls in used.items() if account and period is Period.DAY)


# --- gates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ended", [spent(), Refused(WORDS, mend=WORDS, scope="app"), AuthorizationLost(WORDS, mend=WORDS, scope="app")]
)
def test_the_breaker_stops_every_account(ended):
    """
    Spent credits, and a refusal of the whole app, stop every account of that network at once, in every process.
    """
    world = World()
    one, other = world.process(), world.process()
    begun(one, ended=ended)

    assert not begun(one, delivery("b"))
    assert not begun(other, delivery("c"))
    assert begun(one, delivery("a", platform="facebook"))
    assert ["gate.shut"] == [record.event for record in world.store.records("x")]


@pytest.mark.parametrize(
    "ended",
    [
        Refused(WORDS, mend=WORDS),
        AuthorizationLost(WORDS, mend=WORDS),
        OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.SERVER_ERROR),
    ],
)
def test_one_accounts_trouble_stops_no_other(ended):
    """
    A refused post, a dead token, an unknown outcome concern that post or account alone.
    """
    world = World()
    process = world.process()
    begun(process, ended=ended)

    assert begun(process, delivery("a"))
    assert begun(process, delivery("b"))


def test_one_attempt_probes_for_all():
    """
    Once the pause is over, one attempt finds out; the others wait for it, and go on once it has gone through.
    """
    world = World()
    one, other = world.process(), world.process()
    begun(one, delivery(), ended=spent())
    world.clock.advance(timedelta(hours=1))
    permit = one.reserve(delivery())

    assert isinstance(permit, Permit)
    assert permit.probes
    assert not begun(other, delivery("b"))
    one.settle(permit, receipt())
    world.clock.advance(timedelta(seconds=1))
    assert begun(other, delivery("b"))
    assert ["gate.shut", "gate.opened"] == [record.event for record in world.store.records("x")]


def test_a_probe_that_fails_shuts_it_again():
    """
    Where the credits are still spent, everybody waits for another hour.
    """
    world = World()
    process = world.process()
    begun(process, delivery(), ended=spent())
    world.clock.advance(timedelta(hours=1))
    begun(process, delivery(), ended=spent())
    waits = process.look(delivery("b"))

    assert isinstance(waits, Wait)
    assert world.clock.now() + timedelta(hours=1) == waits.until


@pytest.mark.parametrize("ended", [None, "dies"])
def test_a_probe_without_an_answer_is_followed_by_another(ended):
    """
    Where the one that was to find out has died, or never began, another one does.
    """
    world = World()
    process = world.process()
    begun(process, delivery(), ended=spent())
    world.clock.advance(timedelta(hours=1))
    permit = process.reserve(delivery())
    assert isinstance(permit, Permit)
    if ended is None:
        process.settle(permit, None)
    world.clock.advance(timedelta(seconds=130))

    permit = world.process().reserve(delivery("b"))

    assert isinstance(permit, Permit)
    assert permit.probes


def test_an_emergency_does_not_wait_an_hour_for_credit():
    """
    Somebody may have added credit: an emergency asks again after five minutes, and by that opens it for all.
    """
    world = World()
    process = world.process()
    begun(process, delivery(), ended=spent())
    world.clock.advance(timedelta(minutes=5))

    assert not begun(process, delivery("b"))
    assert begun(process)
    assert begun(process, delivery("b"))


def test_an_emergency_does_not_hammer_at_a_block():
    """
    Where the network has refused the app, an emergency waits as everybody does: hammering prolongs a block.
    """
    world = World()
    process = world.process()
    begun(process, ended=Refused(WORDS, mend=WORDS, scope="app"))
    world.clock.advance(timedelta(hours=5, minutes=59))

    assert not begun(process)
    world.clock.advance(timedelta(minutes=1))
    assert begun(process)


def test_an_attempt_that_was_under_way_does_not_open_it():
    """
    A post that the network took before the credits ended says nothing about now.
    """
    world = World()
    process = world.process()
    early = process.reserve(delivery("b"))
    assert isinstance(early, Permit)
    begun(process, delivery(), ended=spent())
    process.settle(early, receipt(account="b"))

    assert not begun(process, delivery("c"))


def test_an_attempt_that_was_under_way_does_not_shut_it_for_longer():
    """
    A refusal that comes late is of the same trouble: the hour counts from the first.
    """
    world = World()
    process = world.process()
    early = process.reserve(delivery("b"))
    assert isinstance(early, Permit)
    begun(process, delivery(), ended=spent())
    world.clock.advance(timedelta(minutes=2))
    process.settle(early, spent())

    assert NOW + timedelta(hours=1) == process.shut()[0].until


@pytest.mark.parametrize(("scope", "others"), [("account", True), ("app", False)])
def test_a_limit_stops_whom_it_concerns(scope, others):
    """
    The network's own limit stops the account, or the app, until the time that the network named; urgent or not.
    """
    world = World()
    process = world.process()
    until = NOW + timedelta(minutes=10)
    begun(process, ended=RateLimited(WORDS, mend=WORDS, until=until, scope=scope))

    assert not begun(process, delivery("a"))
    assert not begun(process, delivery("a", lane=Lane.EMERGENCY))
    assert others == begun(process, delivery("b"))
    world.clock.set(until)
    assert begun(process, delivery("a"))
    assert begun(process, delivery("b"))


def test_files_are_counted_apart():
    """
    A limit of uploads does not stop posts of words; spent credits do.
    """
    process = World().process()
    process.uploaded(delivery(), RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(hours=1), scope="app"))

    assert begun(process, delivery())
    process.uploaded(delivery(), spent())
    assert not begun(process, delivery())


def test_the_last_share_of_the_networks_own_limit_is_kept():
    """
    Where the network says that a tenth is left, routine waits for its reset, and emergencies go on.
    """
    world = World()
    process = world.process()
    resets = NOW + timedelta(hours=5)
    begun(process, ended=receipt(Allowance(scope="app", window="day", used=0.91, remaining=900, resets_at=resets)))

    assert not begun(process, delivery("b"))
    assert begun(process, delivery("b", lane=Lane.EMERGENCY))
    world.clock.set(resets)
    assert begun(process, delivery("b"))


def test_a_limit_that_is_used_up_stops_all():
    """
    With no call left, an attempt would only be refused: all wait for the reset.
    """
    world = World()
    process = world.process()
    resets = NOW + timedelta(minutes=15)
    used = Allowance(scope="account", window="window", used=1.0, remaining=0, resets_at=resets)
    begun(process, ended=receipt(used))

    assert not begun(process)
    assert begun(process, delivery("b"))


def test_a_usage_without_an_end_is_asked_for_again():
    """
    Facebook tells of a rolling hour how much is used, and not until when: after five minutes the next post asks.
    """
    world = World()
    process = world.process()
    begun(process, ended=receipt(Allowance(scope="app", window="app_usage", used=0.95)))

    assert not begun(process, delivery("b"))
    world.clock.advance(timedelta(minutes=5))
    assert begun(process, delivery("b"))


def test_the_share_is_a_setting():
    """
    A city that reserves half waits from half on; one that reserves nothing goes on to the end.
    """
    half = Allowance(scope="app", window="day", used=0.6, remaining=4, resets_at=NOW + timedelta(hours=1))
    for reserved, may in ((0.5, False), (0.0, True)):
        process = World(monthly_calls=1000, reserved_for_emergency=reserved).process()
        begun(process, ended=receipt(half))

        assert may == begun(process, delivery())


def test_a_person_opens_it():
    """
    A person who has put it right opens it; that goes on record, and what was held back goes on at once.
    """
    world = World()
    process = world.process()
    begun(process, delivery(), ended=spent())
    waiting, other = delivery("b"), delivery("c", platform="facebook")
    world.store.add([waiting, other], [])
    waits = process.look(waiting)
    assert waits is not None
    held = held_back(waiting, waits, now=NOW)
    world.store.replace(waiting, held, attrs.evolve(world.store.records("x")[0], subject=waiting.id))
    opened = process.open_again("x", by="1042")

    assert 1 == opened
    assert "1042" == world.store.records("x")[-1].by
    assert NOW == world.store.get(waiting.id).not_before
    assert world.store.get(waiting.id).failure is None
    assert ["delivery.let_go"] == [record.event for record in world.store.records(waiting.id)][-1:]
    assert begun(process, delivery())
    assert 0 == process.open_again("x", by="1042")


def test_what_is_too_late_then_is_told_in_time():
    """
    What is not to go out after a time is looked at again at that time, not after the next month has begun.
    """
    before = attrs.evolve(delivery(), not_after=NOW + timedelta(minutes=20))
    after = held_back(before, Wait(until=NOW + timedelta(hours=1), what=WORDS, mend=WORDS), now=NOW)

    assert NOW + timedelta(minutes=20) == after.not_before


def test_holding_back_changes_nothing_else():
    """
    A delivery that is held back stays as it is, and says why it waits.
    """
    before = attrs.evolve(delivery(), attempts=2, unreached=1, open_since=NOW)
    after = held_back(before, Wait(until=NOW, what=WORDS, mend=WORDS), now=NOW)

    assert after.failure is not None
    assert (HELD_BACK, DeliveryState.PENDING) == (after.failure.outcome, after.state)
    assert after.not_before is not None
    assert after.not_before > NOW
    assert before == attrs.evolve(after, version=0, failure=None, not_before=NOW)


def test_a_store_that_is_out_of_order_does_not_lose_an_end():
    """
    Where the breaker cannot be kept, this process stops all the same, and nothing is raised after an attempt.
    """
    world = World()
    process = world.process()
    permit = process.reserve(delivery())
    assert isinstance(permit, Permit)
    world.store.broken = True
    process.settle(permit, spent())

    assert not begun(process, delivery("b"))


def test_what_is_shut_is_listed():
    """
    A breaker is listed until it is opened, a limit until its time.
    """
    world = World()
    process = world.process()
    begun(process, delivery("b"), ended=RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(minutes=9)))
    begun(process, delivery("a"), ended=spent())

    assert {("", Cause.BREAKER), ("b", Cause.LIMIT)} == {(gate.account, gate.cause) for gate in process.shut()}
    world.clock.advance(timedelta(days=2))
    assert [Cause.BREAKER] == [gate.cause for gate in process.shut()]
    process.look(delivery())
    assert 1 == len(world.store.facts("gate"))


class Sharing(RuleBasedStateMachine):
    """Three processes share a budget; any of them may end or die at any time."""

    LIMIT, RESERVED, DAILY = 60, 6, 25

    def __init__(self) -> None:
        super().__init__()
        self.world = World(monthly_calls=self.LIMIT, monthly_money=45.0, daily_calls=self.DAILY, price={"publish": 1.0})
        self.processes = [self.world.process() for _ in range(3)]
        self.under_way: list[tuple[int, Permit, str, str]] = []
        self.used: list[tuple[Lane, str, str]] = []
        self.died = False

    def _day(self) -> tuple[str, str]:
        now = self.world.clock.now().date().isoformat()
        return now[:7], now

    @rule(which=st.integers(0, 2), lane=st.sampled_from(Lane))
    def begin(self, which, lane):
        permit = self.processes[which].reserve(delivery(lane=lane))
        if isinstance(permit, Permit):
            self.under_way.append((which, permit, *self._day()))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), ended=st.sampled_from(["sent", "unknown", "unreached"]))
    def end(self, data, ended):
        which, permit, month, day = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        ends: dict[str, Receipt | Outcome] = {
            "sent": receipt(),
            "unknown": OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT),
            "unreached": Unavailable(WORDS, mend=WORDS),
        }
        self.processes[which].settle(permit, ends[ended])
        if ended != "unreached":
            self.used.append((permit.lane, month, day))

    @rule(which=st.integers(0, 2), orderly=st.booleans())
    def restart(self, which, orderly):
        if orderly:
            self.processes[which].close()
        self.died |= not orderly or any(of == which for of, *_ in self.under_way)
        # What was under way may have gone out.
        self.used += [(permit.lane, month, day) for of, permit, month, day in self.under_way if of == which]
        self.under_way = [one for one in self.under_way if one[0] != which]
        self.processes[which] = self.world.process()

    @rule(hours=st.integers(1, 400))
    def time_passes(self, hours):
        self.world.clock.advance(timedelta(hours=hours))

    @invariant()
    def nothing_is_overspent(self):
        all_of_it = self.used + [(permit.lane, month, day) for _, permit, month, day in self.under_way]
        for place, most, reserved in ((1, 45, 5), (2, self.DAILY, 3)):
            for when in {use[place] for use in all_of_it}:
                lanes = [use[0] for use in all_of_it if use[place] == when]
                assert len(lanes) <= most
                assert lanes.count(Lane.ROUTINE) <= most - reserved

    @invariant()
    def what_is_counted_covers_what_was_used(self):
        month = self._day()[0]
        counted = self.processes[0].balances()[0].usage.total.calls

        assert counted >= sum(use[1] == month for use in self.used)

    def teardown(self):
        if not self.died and not self.under_way:
            for process in self.processes:
                process.close()
            month, day = self._day()
            counted = {one.usage.during: one.usage.total.calls for one in self.processes[0].balances()}
            assert sum(use[1] == month for use in self.used) == counted[month]
            assert sum(use[2] == day for use in self.used) == counted[day]


Sharing.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None)
test_sharing = Sharing.TestCase


def test_a_clock_that_was_years_ahead_spends_no_budget_for_years():
    """
    One machine's clock showed 2030 for a moment; what was counted for that year does not stop this one's posts.
    """
    world = World(monthly_calls=10, daily_calls=10)
    wrong = World(monthly_calls=10, daily_calls=10)
    wrong.store, wrong.clock = world.store, PracticeClock(NOW.replace(year=2030))
    ahead = wrong.process()
    for _ in range(9):
        begun(ahead, delivery())
    ahead.close()

    assert [True] * 9 + [False] == [begun(world.process(), delivery()) for _ in range(10)]


def test_a_gate_from_a_clock_that_was_years_ahead_opens():
    """
    What such a clock has shut until 2030 holds nobody back: no command opens an account's gate.
    """
    world, wrong = World(), World()
    wrong.store, wrong.clock = world.store, PracticeClock(NOW.replace(year=2030))
    until = wrong.clock.now() + timedelta(hours=1)
    begun(wrong.process(), ended=RateLimited(WORDS, mend=WORDS, until=until))
    begun(wrong.process(), delivery("b"), ended=spent())

    assert begun(world.process())
    assert [] == list(world.process().shut())


def test_what_could_not_be_begun_because_of_the_store_is_given_back():
    """
    The app's call is set aside, then the account's budget cannot be written: the app's is there for the next.
    """
    world = World(monthly_calls=3, account_monthly_calls=3, reserved_for_emergency=0.0)
    process = world.process()
    put = world.store.put

    def failing(old, new, *given):
        if new is not None and new.key == "a":
            raise StoreError(WORDS, mend=WORDS)
        return put(old, new, *given)

    world.store.put = failing  # type: ignore[method-assign]
    for _ in range(5):
        with pytest.raises(StoreError):
            process.reserve(delivery())
    world.store.put = put  # type: ignore[method-assign]

    assert [True, True, True, False] == [begun(process, delivery()) for _ in range(4)]


def test_a_probe_that_never_began_is_handed_on():
    """
    Whoever was to probe was stopped by a hold: the next one probes at once.
    """
    world = World()
    process = world.process()
    begun(process, ended=spent())
    world.clock.advance(timedelta(hours=2))
    permit = process.reserve(delivery())
    assert isinstance(permit, Permit)
    process.settle(permit, None)

    assert begun(process, delivery("b"))

"""
Budgets and gates, shared by all processes of the programme through the store.

A process sets calls and money aside in the store, and then draws on them in memory: one write for many attempts where
many are made, one write for one attempt where few are. What the network says of its own limits, and the circuit
breaker, are read from the store once a second.
"""

from __future__ import annotations

import contextlib
import os
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import AuthorizationLost, BudgetSpent, Outcome, RateLimited, Refused, StoreError, Unavailable
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Delivery, DeliveryState, Fact, Lane, Receipt, Record
from civicsns.model.budget import BudgetSettings, Operation
from civicsns.posting import budget, gates
from civicsns.posting.budget import Amount, Limit, Period, Usage, Wait
from civicsns.posting.gates import Cause, Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from civicsns.ports import Clock, Store

_log = Events(__name__)

#: How old what we know of the gates may be, in seconds.
_KNOWN_FOR = 1.0
#: Who used up what was set aside within this time, in seconds, sets twice as much aside.
_BUSY = 5.0
#: The most attempts to set aside at once.
_MOST = 256
#: How often to try again where another process was faster.
_TRIES = 100
#: How many deliveries go on at once when a gate is opened, emergencies first; the others within the hour.
_LET_GO = 1_000


@attrs.frozen(kw_only=True)
class Permit:
    """
    Leave for one attempt.

    Attributes:
        platform: The network.
        account: The account.
        lane: How urgent it is.
        cost: What it comes to.
        drawn: From whose budgets it was drawn, and of which months and days.
        probes: Whether it finds out for all the others if the app is let in again.
    """

    platform: str
    account: str
    lane: Lane
    cost: Amount
    drawn: tuple[tuple[str, tuple[str, ...]], ...] = ()
    probes: bool = False


@attrs.frozen(kw_only=True)
class Balance:
    """
    How one budget stands, for people.

    Attributes:
        platform: The network.
        account: The account; empty for the whole app.
        usage: What was used, with what running processes have set aside.
        limit: The most that may be used.
        routine: What is left for routine posts.
        emergency: What is left for emergencies.
        currency: The unit of the money.
    """

    platform: str
    account: str
    usage: Usage
    limit: Limit
    routine: Limit
    emergency: Limit
    currency: str


@attrs.define
class _Purse:
    """What this process has set aside of one budget for one lane."""

    lock: threading.Lock = attrs.field(factory=threading.Lock)
    rest: Amount = attrs.field(factory=Amount)
    during: tuple[str, ...] = ()
    filled_at: float = float("-inf")
    size: int = 0


class Budgets:
    """
    Says whether an attempt may begin, and learns from how it ended. Safe to use from several threads.

    Args:
        store: Where it is kept what was used.
        clock: Where the time comes from.
        settings: The budgets, by network.
        longest: How long an attempt may last at the most.
    """

    def __init__(
        self, *, store: Store, clock: Clock, settings: Mapping[str, BudgetSettings], longest: timedelta
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = dict(settings)
        self._longest = longest
        self._forget()

    def _forget(self) -> None:
        self._process = os.getpid()
        self._guard = threading.Lock()
        self._purses: dict[tuple[str, str, Lane], _Purse] = {}
        self._used: dict[str, dict[str, Fact]] = {}
        self._reading: dict[tuple[str, str], Amount] = {}
        self._gates: dict[tuple[str, str, Cause], Fact] = {}
        self._gates_read = float("-inf")

    # --- asking --------------------------------------------------------------------------------------------------

    def look(self, delivery: Delivery) -> Wait | None:
        """
        Say whether something keeps the delivery back, before any work is done for it; nothing is set aside.

        Raises:
            StoreError: If the store is out of order.
        """
        now = self._clock.now()
        for gate in self._shut(delivery.rendition.platform, delivery.rendition.account):
            opens = gate.opens(delivery.lane)
            if opens is not None and now < opens:
                return gate.wait(opens, now=now)
        return None

    def reserve(self, delivery: Delivery) -> Permit | Wait:
        """
        Set aside what one attempt comes to; to be called right before its intent.

        Raises:
            StoreError: If the store is out of order.
        """
        if (waits := self.look(delivery)) is not None:
            return waits
        platform, account, lane = delivery.rendition.platform, delivery.rendition.account, delivery.lane
        settings = self._settings.get(platform)
        amount = budget.cost(settings, budget.operation(delivery.rendition)) if settings else Amount()
        permit = Permit(platform=platform, account=account, lane=lane, cost=amount)
        try:
            for whose in self._counted(settings, account):
                drawn = self._draw(platform, whose, lane, amount)
                if isinstance(drawn, Wait):
                    self._give_back(permit, amount)
                    return drawn
                permit = attrs.evolve(permit, drawn=(*permit.drawn, (whose, drawn)))
            breaker = self._gates.get((platform, "", Cause.BREAKER))
            if breaker is None:
                return permit
            now = self._clock.now()
            probing = gates.gate(breaker).probed(now=now, lasts=self._longest)
            if self._put(breaker, gates.fact(probing, breaker)):
                return attrs.evolve(permit, probes=True)
        except StoreError:
            self._give_back(permit, amount)
            raise
        self._give_back(permit, amount)
        return probing.wait(now + self._longest, now=now)

    # --- learning ------------------------------------------------------------------------------------------------

    def settle(self, permit: Permit, ended: Receipt | Outcome | None) -> None:
        """
        Learn from the end of an attempt.

        What it says of the app or the account is in force at once; where the store does not take it, in this process
        alone, and the next attempt says it again.

        Args:
            permit: What `reserve` gave.
            ended: How it ended; None where it never began.
        """
        unused = Amount()
        if ended is None and permit.probes:
            self._hand_on(permit.platform)
        if ended is None or isinstance(ended, Unavailable):
            unused = permit.cost
        elif isinstance(ended, Refused | RateLimited | AuthorizationLost | BudgetSpent):
            # The call counted; networks charge for what they carry out.
            unused = Amount(0, permit.cost.micros)
        self._give_back(permit, unused)
        if ended is not None:
            self._learn(permit.platform, permit.account, ended, probes=permit.probes)

    def uploaded(self, delivery: Delivery, ended: Outcome | int) -> None:
        """
        Learn from an upload: how many files went up, or how it failed.

        Args:
            delivery: Whose files.
            ended: The number of files, or the outcome.
        """
        platform, account = delivery.rendition.platform, delivery.rendition.account
        if isinstance(ended, RateLimited):
            # Networks count files apart; who posts words alone may go on.
            return
        if isinstance(ended, Outcome):
            self._learn(platform, account, ended, probes=False)
        else:
            self._note(platform, account, Operation.UPLOAD, ended)

    def found(self, delivery: Delivery) -> None:
        """Count one reading back: it may cost money, but nothing ever forbids it."""
        self._note(delivery.rendition.platform, delivery.rendition.account, Operation.FIND, 1)

    # --- people --------------------------------------------------------------------------------------------------

    def shut(self) -> Sequence[Gate]:
        """
        List the gates that are shut now.

        Raises:
            StoreError: If the store is out of order.
        """
        now = self._clock.now()
        known = [gates.gate(fact) for fact in self._store.facts(gates.KIND)]
        return [gate for gate in known if gate.believed(now=now) and (gate.cause is Cause.BREAKER or now < gate.until)]

    def balances(self) -> Sequence[Balance]:
        """
        List how each budget stands: the app's, and that of each account where accounts have one.

        Raises:
            StoreError: If the store is out of order.
        """
        now = self._clock.now()
        made: list[Balance] = []
        for platform, settings in self._settings.items():
            kept = {fact.key: fact.value for fact in self._store.facts(_kind(platform))}
            for key in dict.fromkeys(["", *kept]):
                usages = budget.usages(kept.get(key, {}), now=now, zone=settings.zone)
                for period, limit in budget.limits(settings, account=bool(key)).items():
                    usage = usages[period]
                    routine, emergency = (
                        budget.left(usage, limit, lane, reserved=settings.reserved_for_emergency)
                        for lane in (Lane.ROUTINE, Lane.EMERGENCY)
                    )
                    made.append(
                        Balance(
                            platform=platform,
                            account=key,
                            usage=usage,
                            limit=limit,
                            routine=routine,
                            emergency=emergency,
                            currency=settings.currency,
                        )
                    )
        return made

    def open_again(self, platform: str, *, by: str) -> int:
        """
        Open the gates of an app at once, since a person has put right what shut them; who, goes on record.

        Returns:
            How many gates were opened. The deliveries that they held back go on at once, or within the hour where
            they are more than a thousand.

        Raises:
            StoreError: If the store is out of order.
        """
        opened = 0
        for fact in self._store.facts(gates.KIND):
            gate = gates.gate(fact)
            if gate.platform == platform and not gate.account:
                opened += self._put(fact, None, self._record("gate.opened", gate, by=by))
        if opened:
            self._let_go(platform, by=by)
        return opened

    def close(self) -> None:
        """Give back what was set aside and not used; where the store takes it no more, it stays counted as used."""
        for (platform, whose, lane), purse in list(self._purses.items()):
            with purse.lock, contextlib.suppress(StoreError):
                during, rest = purse.during, purse.rest
                purse.rest = Amount()
                if rest != Amount():
                    self._change(platform, whose, partial(_back, rest=rest, during=during, lane=lane))
        for (platform, whose), amount in list(self._reading.items()):
            if amount != Amount():
                with contextlib.suppress(StoreError):
                    self._change(platform, whose, lambda usages: usages)

    # --- budgets inside ------------------------------------------------------------------------------------------

    def _counted(self, settings: BudgetSettings | None, account: str) -> list[str]:
        """Say whose budgets an attempt counts against: the app's, and the account's where accounts have one."""
        if settings is None:
            return []
        return ["", account] if budget.limited(settings, account=True) else [""]

    def _draw(self, platform: str, whose: str, lane: Lane, amount: Amount) -> Wait | tuple[str, ...]:
        if self._process != os.getpid():
            # What the process that forked us has set aside is its own.
            self._forget()
        settings = self._settings[platform]
        with self._guard:
            purse = self._purses.setdefault((platform, whose, lane), _Purse())
        with purse.lock:
            now = self._clock.now()
            during = tuple(period.name_of(now, settings.zone) for period in Period)
            if purse.during != during or not purse.rest.covers(amount):
                waits = self._fill(purse, platform, whose, lane, amount)
                if waits is not None:
                    return waits
            purse.rest -= amount
            return purse.during

    def _fill(self, purse: _Purse, platform: str, whose: str, lane: Lane, amount: Amount) -> Wait | None:
        settings, now, elapsed = self._settings[platform], self._clock.now(), self._clock.elapsed()
        busy = elapsed - purse.filled_at < _BUSY
        wanted = min(max(purse.size * 2 if busy else 1, 1), _MOST)
        limits = budget.limits(settings, account=bool(whose))
        granted, short = 0, None

        def set_aside(usages: dict[Period, Usage]) -> dict[Period, Usage] | None:
            nonlocal granted, short
            back = _back(usages, rest=purse.rest, during=purse.during, lane=lane)
            granted, short = budget.grant(
                [(usage, limits[period]) for period, usage in back.items()],
                amount,
                lane,
                reserved=settings.reserved_for_emergency,
                wanted=wanted,
            )
            return {period: usage.taken(amount * granted, lane) for period, usage in back.items()} if granted else None

        changed = self._change(platform, whose, set_aside)
        if changed is None:
            if short is None:
                # Others were faster a hundred times over; so they have set enough aside for a while.
                return Wait(until=now + timedelta(seconds=5), what=_CROWDED, mend=_BY_ITSELF)
            return budget.spent(short, lane, account=whose, now=now, zone=settings.zone)
        purse.rest = amount * granted
        purse.during = tuple(usage.during for usage in changed.values())
        purse.size, purse.filled_at = granted, elapsed
        return None

    def _give_back(self, permit: Permit, amount: Amount) -> None:
        if amount == Amount():
            return
        for whose, during in permit.drawn:
            purse = self._purses.get((permit.platform, whose, permit.lane))
            if purse is None:
                continue
            with purse.lock:
                # What was drawn from an earlier day's is no part of today's.
                if purse.during == during:
                    purse.rest += amount

    def _note(self, platform: str, account: str, operation: Operation, times: int) -> None:
        """Count calls that nothing forbids, with the next that is set aside."""
        settings = self._settings.get(platform)
        if settings is None:
            return
        amount = budget.cost(settings, operation) * times
        with self._guard:
            for whose in self._counted(settings, account):
                self._reading[platform, whose] = self._reading.get((platform, whose), Amount()) + amount

    def _change(
        self, platform: str, whose: str, change: Callable[[dict[Period, Usage]], dict[Period, Usage] | None]
    ) -> dict[Period, Usage] | None:
        """Change what is kept of a budget, from what really is there; None where *change* has found nothing to do."""
        with self._guard:
            reading = self._reading.pop((platform, whose), Amount())
        done: dict[Period, Usage] | None = None
        try:
            done = self._changed(platform, whose, reading, change)
        finally:
            if done is None:
                with self._guard:
                    self._reading[platform, whose] = self._reading.get((platform, whose), Amount()) + reading
        return done

    def _changed(
        self,
        platform: str,
        whose: str,
        reading: Amount,
        change: Callable[[dict[Period, Usage]], dict[Period, Usage] | None],
    ) -> dict[Period, Usage] | None:
        zone = self._settings[platform].zone
        fresh = platform not in self._used
        for _ in range(_TRIES):
            if fresh:
                # Of all accounts at once: a broadcast asks for each of them next.
                self._used[platform] = {fact.key: fact for fact in self._store.facts(_kind(platform))}
            old = self._used[platform].get(whose)
            usages = budget.usages(old.value if old else {}, now=self._clock.now(), zone=zone)
            noted = {period: usage.taken(reading, Lane.ROUTINE) for period, usage in usages.items()}
            made = change(noted)
            if made is None:
                if fresh:
                    return None
            else:
                value = budget.kept_usages(made)
                new = old.becomes(**value) if old else Fact(kind=_kind(platform), key=whose, value=value)
                if self._store.put(old, new):
                    self._used[platform][whose] = new
                    return made
            fresh = True
        return None

    # --- gates inside --------------------------------------------------------------------------------------------

    def _shut(self, platform: str, account: str) -> list[Gate]:
        elapsed = self._clock.elapsed()
        if elapsed - self._gates_read >= _KNOWN_FOR:
            self._gates_read = elapsed
            self._read_gates()
        if not self._gates:
            return []
        places = [(platform, whose, cause) for whose in ("", account) for cause in Cause]
        return [gates.gate(fact) for place in places if (fact := self._gates.get(place)) is not None]

    def _read_gates(self) -> None:
        now = self._clock.now()
        known: dict[tuple[str, str, Cause], Fact] = {}
        for fact in self._store.facts(gates.KIND):
            gate = gates.gate(fact)
            over = gate.cause is not Cause.BREAKER and gate.until < now - timedelta(days=1)
            if over or not gate.believed(now=now):
                self._store.put(fact, None)
            else:
                known[gate.key] = fact
        self._gates = known

    def _learn(self, platform: str, account: str, ended: Receipt | Outcome, *, probes: bool) -> None:
        now = self._clock.now()
        if isinstance(ended, Receipt):
            settings = self._settings.get(platform) or _UNLIMITED
            for used in gates.shut_by_usage(
                ended.allowances,
                platform=platform,
                account=account,
                reserved=settings.reserved_for_emergency,
                now=now,
            ):
                self._shut_down(used)
        elif (gate := gates.shut_by(ended, platform=platform, account=account, now=now)) is not None:
            self._shut_down(gate, again=probes)
        breaker = self._gates.get((platform, "", Cause.BREAKER))
        if probes and breaker is not None and gates.shows_open(ended):
            with contextlib.suppress(StoreError):
                self._put(breaker, None, self._record("gate.opened", gates.gate(breaker)))

    def _shut_down(self, gate: Gate, *, again: bool = False) -> None:
        old = self._gates.get(gate.key)
        if old is not None:
            before = gates.gate(old)
            known = before.until >= gate.until - timedelta(seconds=1)
            if gate.cause is Cause.BREAKER:
                # One that was under way when it was shut says nothing new.
                known = not again and before.until > gate.since
                gate = attrs.evolve(gate, since=before.since)
            if known:
                return
        records = [self._record("gate.shut", gate)] if gate.cause is Cause.BREAKER and old is None else []
        new = gates.fact(gate, old)
        try:
            self._put(old, new, *records)
        except StoreError:
            self._gates = {**self._gates, gate.key: new}

    def _hand_on(self, platform: str) -> None:
        """Let the next attempt probe at once, where the one that was to do so never began."""
        breaker = self._gates.get((platform, "", Cause.BREAKER))
        if breaker is not None:
            # Where the store does not take it, the next one probes a little later.
            with contextlib.suppress(StoreError):
                now = self._clock.now()
                self._put(breaker, gates.fact(gates.gate(breaker).probed(now=now, lasts=timedelta(0)), breaker))

    def _put(self, old: Fact | None, new: Fact | None, *records: Record) -> bool:
        kept = self._store.put(old, new, records)
        if not kept:
            self._read_gates()
            return False
        known = dict(self._gates)
        if new is not None:
            known[gates.gate(new).key] = new
        elif old is not None:
            known.pop(gates.gate(old).key, None)
        self._gates = known
        for record in records:
            _log.info(record.event, **record.facts)
        return True

    def _record(self, event: str, gate: Gate, *, by: str = "") -> Record:
        facts = {
            "network": gate.platform,
            "cause": gate.cause.value,
            "outcome": gate.outcome,
            "until": gate.until.isoformat(),
        }
        return Record(at=self._clock.now(), subject=gate.platform, event=event, by=by, facts=facts)

    def _let_go(self, platform: str, *, by: str) -> None:
        """Let what was held back go on; whatever else is due by then stays as it is."""
        now = self._clock.now()
        for delivery in self._store.due(now + budget.LOOK_AGAIN, limit=_LET_GO, platform=platform):
            held = delivery.failure is not None and delivery.failure.outcome == budget.HELD_BACK
            if delivery.state is DeliveryState.PENDING and held:
                record = Record(at=now, subject=delivery.id, event="delivery.let_go", by=by)
                self._store.replace(delivery, budget.let_go(delivery, now=now), record)


def _kind(platform: str) -> str:
    return f"budget/{platform}"


def _back(usages: Mapping[Period, Usage], *, rest: Amount, during: tuple[str, ...], lane: Lane) -> dict[Period, Usage]:
    """Give back what was set aside in the same month and on the same day; what is of an earlier one is gone."""
    return {
        period: usage.taken(Amount() - rest, lane) if usage.during in during else usage
        for period, usage in usages.items()
    }


_UNLIMITED = BudgetSettings()
_CROWDED = Bilingual("予算を他の処理が確保しています。", "Others are setting the budget aside.")
_BY_ITSELF = Bilingual("自動でやり直します。", "It is tried again by itself.")

"""What this process has set aside of budgets that all processes share: one write for many attempts."""

from __future__ import annotations

import contextlib
import os
import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import StoreError
from civicsns.language import Bilingual
from civicsns.model import Fact, Lane
from civicsns.posting import budget
from civicsns.posting.budget import Amount, Limit, Period, Usage, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from civicsns.model.budget import BudgetSettings, Operation
    from civicsns.ports import Clock, Store

#: Who used up what was set aside within this time, in seconds, sets twice as much aside.
_BUSY = 5.0
#: The most attempts to set aside at once.
_MOST = 256
#: How often to try again where another process was faster.
_TRIES = 100
_CROWDED = Bilingual("予算を他の処理が確保しています。", "Others are setting the budget aside.")
_BY_ITSELF = Bilingual("自動でやり直します。", "It is tried again by itself.")


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


class Purses:
    """
    Draws on budgets. Safe to use from several threads.

    Args:
        store: Where it is kept what was used.
        clock: Where the time comes from.
        settings: The budgets, by network.
    """

    def __init__(self, *, store: Store, clock: Clock, settings: Mapping[str, BudgetSettings]) -> None:
        self._store = store
        self._clock = clock
        self._settings = dict(settings)
        self._forget()

    def _forget(self) -> None:
        self._process = os.getpid()
        self._guard = threading.Lock()
        self._purses: dict[tuple[str, str, Lane], _Purse] = {}
        self._used: dict[str, dict[str, Fact]] = {}
        self._reading: dict[tuple[str, str], Amount] = {}

    def draw(self, platform: str, whose: str, lane: Lane, amount: Amount) -> Wait | tuple[str, ...]:
        """
        Set aside what an attempt comes to.

        Args:
            platform: The network.
            whose: The account whose budget it is; empty for the app's.
            lane: How urgent it is.
            amount: What it comes to.

        Returns:
            In which month and on which day it counts; or how long to wait.

        Raises:
            StoreError: If the store is out of order.
        """
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

    def give_back(self, permit: Permit, amount: Amount) -> None:
        """Put back what an attempt drew and did not use."""
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

    def note(self, platform: str, account: str, operation: Operation, times: int) -> None:
        """Count calls that nothing forbids, with the next that is set aside."""
        settings = self._settings.get(platform)
        if settings is None:
            return
        amount = budget.cost(settings, operation) * times
        with self._guard:
            for whose in counted(settings, account):
                self._reading[platform, whose] = self._reading.get((platform, whose), Amount()) + amount

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


def counted(settings: BudgetSettings | None, account: str) -> list[str]:
    """Say whose budgets an attempt counts against: the app's, and the account's where accounts have one."""
    if settings is None:
        return []
    return ["", account] if budget.limited(settings, account=True) else [""]


def _kind(platform: str) -> str:
    return f"budget/{platform}"


def _back(usages: Mapping[Period, Usage], *, rest: Amount, during: tuple[str, ...], lane: Lane) -> dict[Period, Usage]:
    """Give back what was set aside in the same month and on the same day; what is of an earlier one is gone."""
    return {
        period: usage.taken(Amount() - rest, lane) if usage.during in during else usage
        for period, usage in usages.items()
    }

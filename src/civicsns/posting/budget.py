"""
How much may still be used: pure arithmetic of calls and money, for a month and for a day.

What is used is set aside first, in the store, and drawn from afterwards. A process that dies with something set
aside has used it: the count errs to the safe side, by a twentieth of what was left at most.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.language import Bilingual
from civicsns.model import Delivery, Failure, Lane
from civicsns.model.budget import BudgetSettings, Operation
from civicsns.text import extract_urls

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from civicsns.model import Rendition

#: The name of the outcome with which a delivery waits that the programme itself holds back.
HELD_BACK: Final = "HeldBack"
#: What is held back is looked at again after this time at the latest: somebody may have raised the budget.
LOOK_AGAIN: Final = timedelta(hours=1)
#: No process sets more than this part of what is left aside at once.
_AT_ONCE: Final = 20


class Period(StrEnum):
    """Over what time is counted."""

    MONTH = "month"
    DAY = "day"

    def name_of(self, now: datetime, zone: ZoneInfo) -> str:
        """Give the month or day of *now*, such as `2026-04` or `2026-04-01`."""
        day = now.astimezone(zone).date().isoformat()
        return day if self is Period.DAY else day[:7]

    def end_of(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Say when the month or day of *now* ends."""
        day = now.astimezone(zone).date()
        after = (
            day + timedelta(days=1) if self is Period.DAY else (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        )
        return datetime.combine(after, time(), zone).astimezone(UTC)


@attrs.frozen
class Amount:
    """
    Calls, and the money for them.

    Attributes:
        calls: How many.
        micros: In millionths of the currency's unit.
    """

    calls: int = 0
    micros: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.calls + other.calls, self.micros + other.micros)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.calls - other.calls, self.micros - other.micros)

    def __mul__(self, times: int) -> Amount:
        return Amount(self.calls * times, self.micros * times)

    def covers(self, other: Amount) -> bool:
        """Tell whether *other* can be taken from it."""
        return self.calls >= other.calls and self.micros >= other.micros


@attrs.frozen
class Limit:
    """
    The most that may be used in a period.

    Attributes:
        calls: Calls; None for any number.
        micros: Money; None for any sum.
    """

    calls: int | None = None
    micros: int | None = None


@attrs.frozen(kw_only=True)
class Usage:
    """
    What was used of one budget in its present period.

    Attributes:
        period: A month or a day.
        during: Which, such as `2026-04`.
        routine: Used, or set aside, for routine posts, and for reading back.
        emergency: For emergencies.
    """

    period: Period
    during: str
    routine: Amount = Amount()
    emergency: Amount = Amount()

    @property
    def total(self) -> Amount:
        """All of it."""
        return self.routine + self.emergency

    def taken(self, amount: Amount, lane: Lane) -> Usage:
        """Give what follows when *amount* is used, or given back where it is negative."""
        if lane is Lane.EMERGENCY:
            return attrs.evolve(self, emergency=self.emergency + amount)
        return attrs.evolve(self, routine=self.routine + amount)


def limits(settings: BudgetSettings, *, account: bool) -> dict[Period, Limit]:
    """Give the limits of the app, or of each account."""
    of = "account_" if account else ""

    def limit(kind: str) -> Limit:
        money = getattr(settings, f"{of}{kind}_money")
        return Limit(getattr(settings, f"{of}{kind}_calls"), None if money is None else round(money * 1_000_000))

    return {Period.MONTH: limit("monthly"), Period.DAY: limit("daily")}


def limited(settings: BudgetSettings, *, account: bool) -> bool:
    """Tell whether anything limits the app, or each account."""
    return any(one != Limit() for one in limits(settings, account=account).values())


def left(usage: Usage, limit: Limit, lane: Lane, *, reserved: float) -> Limit:
    """
    Say what a lane may still use; nothing is below zero.

    Routine posts leave to emergencies the reserved share, or what is left of it; emergencies may use all there is.
    """
    return Limit(
        _left(limit.calls, usage.routine.calls, usage.emergency.calls, lane, reserved),
        _left(limit.micros, usage.routine.micros, usage.emergency.micros, lane, reserved),
    )


def _left(limit: int | None, routine: int, emergency: int, lane: Lane, reserved: float) -> int | None:
    if limit is None:
        return None
    kept = emergency
    if lane is Lane.ROUTINE:
        # Rounded up: of five posts, a tenth is one. By the digits that somebody wrote, not by their nearest binary.
        kept = max(emergency, -(-limit * Fraction(str(reserved)) // 1))
    return max(limit - routine - kept, 0)


def grant(
    budgets: Sequence[tuple[Usage, Limit]], cost: Amount, lane: Lane, *, reserved: float, wanted: int
) -> tuple[int, Usage | None]:
    """
    Say how many attempts of *cost* each may be set aside, *wanted* of them at most.

    Args:
        budgets: What was used, and its limit, for the month and the day.
        cost: Of one attempt.
        lane: For which.
        reserved: The share that is left to emergencies.
        wanted: How many would be welcome, 1 or more.

    Returns:
        How many, and where none: the budget that has no more.
    """
    granted = wanted
    short: Usage | None = None
    for usage, limit in budgets:
        there = left(usage, limit, lane, reserved=reserved)
        for rest, each in ((there.calls, cost.calls), (there.micros, cost.micros)):
            if rest is None or not each:
                continue
            possible = rest // each
            if not possible:
                # The month ends later than the day.
                short = usage if short is None or usage.period is Period.MONTH else short
            granted = min(granted, max(possible // _AT_ONCE, min(possible, 1)))
    return granted, short


def cost(settings: BudgetSettings, operation: Operation) -> Amount:
    """Say what one call comes to."""
    return Amount(1, settings.micros(operation))


def operation(rendition: Rendition) -> Operation:
    """Say what the network would charge *rendition* as: X takes 13 times as much for a post with a link."""
    linked = bool(rendition.body.get("link")) or bool(extract_urls(rendition.text))
    return Operation.PUBLISH_WITH_LINK if linked else Operation.PUBLISH


@attrs.frozen(kw_only=True)
class Wait:
    """
    An attempt may not begin now.

    Attributes:
        until: When it is worth asking again.
        what: Why.
        mend: What helps.
        cause: What holds it back: `"budget"`, or what kind of gate.
    """

    until: datetime
    what: Bilingual
    mend: Bilingual
    cause: str = "budget"


def spent(usage: Usage, lane: Lane, *, account: str, now: datetime, zone: ZoneInfo) -> Wait:
    """Say that a budget has no more for a lane."""
    period = {Period.MONTH: Bilingual("今月", "this month"), Period.DAY: Bilingual("今日", "today")}[usage.period]
    whose = (
        Bilingual(f"アカウント「{account}」", f"the account {account!r}")
        if account
        else Bilingual("アプリ全体", "the app")
    )
    kept = Bilingual("緊急用の分だけを残しています。", "Only what is reserved for emergencies is left.")
    none = Bilingual("残りはありません。", "Nothing is left.")
    rest = kept if lane is Lane.ROUTINE else none
    return Wait(
        until=min(usage.period.end_of(now, zone), now + LOOK_AGAIN),
        what=Bilingual(
            f"{whose.ja}の{period.ja}の予算（{usage.during}）に達しました。{rest.ja}",
            f"The budget of {whose.en} for {period.en} ({usage.during}) is used up. {rest.en}",
        ),
        mend=Bilingual(
            "次の期間まで待つか、設定 [budget] の上限を上げてください。急ぐものは緊急として出せます。",
            "Wait for the next period, or raise the limit under [budget]; what cannot wait can go as an emergency.",
        ),
    )


def held_back(delivery: Delivery, wait: Wait, *, now: datetime) -> Delivery:
    """
    Note that an attempt may not begin yet; nothing has gone out, and nothing is lost.

    What is not to go out after a time is looked at again at that time, to be reported.
    """
    failure = Failure(outcome=HELD_BACK, what=wait.what, mend=wait.mend, at=now, evidence={"cause": wait.cause})
    until = wait.until if delivery.not_after is None else min(wait.until, delivery.not_after)
    return attrs.evolve(
        delivery, version=delivery.version + 1, not_before=max(until, now + timedelta(seconds=1)), failure=failure
    )


def let_go(delivery: Delivery, *, now: datetime) -> Delivery:
    """Let what was held back go on at once."""
    return attrs.evolve(delivery, version=delivery.version + 1, not_before=now, failure=None)


def usages(value: Mapping[str, Any], *, now: datetime, zone: ZoneInfo) -> dict[Period, Usage]:
    """Read what was used, as it is kept; what is of an earlier month or day counts no more."""
    found: dict[Period, Usage] = {}
    for period in Period:
        during = period.name_of(now, zone)
        kept = value.get(period.value)
        # A clock that is behind must not make what another has counted for the new month count for nothing; but what
        # lies further ahead than that was counted by a clock that was wrong, and would never end.
        following = period.name_of(period.end_of(now, zone), zone)
        if isinstance(kept, dict) and during <= kept["during"] <= following:
            found[period] = Usage(
                period=period,
                during=kept["during"],
                routine=Amount(*kept["routine"]),
                emergency=Amount(*kept["emergency"]),
            )
        else:
            found[period] = Usage(period=period, during=during)
    return found


def kept_usages(found: Mapping[Period, Usage]) -> dict[str, Any]:
    """Write what was used, for `usages` to read."""
    return {
        period.value: {
            "during": usage.during,
            "routine": [usage.routine.calls, usage.routine.micros],
            "emergency": [usage.emergency.calls, usage.emergency.micros],
        }
        for period, usage in found.items()
    }

"""Budgets: nothing below zero, the reserved share untouched by routine, each month and day by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.model import BudgetSettings, Lane, Operation, Rendition
from civicsns.posting.budget import (
    Amount,
    Limit,
    Period,
    Usage,
    cost,
    grant,
    kept_usages,
    left,
    limited,
    operation,
    usages,
)

NOW = datetime(2026, 4, 30, 14, 59, tzinfo=UTC)
UTC_ZONE, TOKYO = ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")


NOTHING = Amount()


def month(routine: Amount = NOTHING, emergency: Amount = NOTHING) -> Usage:
    return Usage(period=Period.MONTH, during="2026-04", routine=routine, emergency=emergency)


def test_routine_stops_at_the_reserved_share():
    """
    Of 100 calls with a tenth reserved, routine may make 90; emergencies may make all 100.
    """
    limit = Limit(100, None)

    assert Limit(90, None) == left(month(), limit, Lane.ROUTINE, reserved=0.1)
    assert Limit(0, None) == left(month(Amount(90)), limit, Lane.ROUTINE, reserved=0.1)
    assert Limit(10, None) == left(month(Amount(90)), limit, Lane.EMERGENCY, reserved=0.1)
    assert Limit(100, None) == left(month(), limit, Lane.EMERGENCY, reserved=0.1)


def test_emergencies_use_the_reserve_first():
    """
    What emergencies have used of their share is not reserved once more.
    """
    limit = Limit(100, None)

    assert Limit(90, None) == left(month(Amount(), Amount(10)), limit, Lane.ROUTINE, reserved=0.1)
    assert Limit(80, None) == left(month(Amount(), Amount(20)), limit, Lane.ROUTINE, reserved=0.1)


@pytest.mark.parametrize(
    ("limit", "share", "kept"), [(5, 0.1, 1), (10, 0.1, 1), (1, 0.1, 1), (100, 0.3, 30), (9, 0.0, 0)]
)
def test_the_reserve_is_rounded_up(limit, share, kept):
    """
    A tenth of five posts is one; and three tenths of a hundred are thirty, not thirty-one.
    """
    assert limit - kept == left(month(), Limit(limit), Lane.ROUTINE, reserved=share).calls


def test_a_limit_that_was_lowered():
    """
    Where more was used than is allowed by now, nothing is left; it is not below nothing.
    """
    assert Limit(0, 0) == left(month(Amount(50, 50), Amount(9, 9)), Limit(20, 20), Lane.EMERGENCY, reserved=0.5)


amounts = st.builds(Amount, st.integers(0, 300), st.integers(0, 3_000_000))
shares = st.integers(0, 99).map(lambda percent: percent / 100)


@given(
    limit=st.builds(Limit, st.none() | st.integers(0, 300), st.none() | st.integers(0, 3_000_000)),
    each=st.builds(Amount, st.just(1), st.integers(0, 200_000)),
    steps=st.lists(st.tuples(st.sampled_from(Lane), st.integers(1, 300)), max_size=30),
    reserved=shares,
)
def test_nothing_is_ever_granted_twice(limit, each, steps, reserved):
    """
    However often both lanes ask: all together stay below the limit, and routine leaves the reserved share alone.
    """
    usage = month()
    for lane, wanted in steps:
        granted, short = grant([(usage, limit)], each, lane, reserved=reserved, wanted=wanted)

        assert 0 <= granted <= wanted
        assert (granted == 0) == (short is not None)
        usage = usage.taken(each * granted, lane)
        for most, routine, total in (
            (limit.calls, usage.routine.calls, usage.total.calls),
            (limit.micros, usage.routine.micros, usage.total.micros),
        ):
            if most is not None:
                assert total <= most
                assert routine <= most - most * reserved + 1e-6


@given(
    usage=st.builds(month, amounts, amounts),
    limit=st.builds(Limit, st.integers(0, 300), st.integers(0, 3_000_000)),
    reserved=shares,
)
def test_emergencies_may_always_use_as_much_as_routine(usage, limit, reserved):
    """
    Nothing is left for routine that an emergency may not have; and nothing is below zero.
    """
    routine = left(usage, limit, Lane.ROUTINE, reserved=reserved)
    emergency = left(usage, limit, Lane.EMERGENCY, reserved=reserved)

    for one, other in ((routine.calls, emergency.calls), (routine.micros, emergency.micros)):
        assert one is not None
        assert other is not None
        assert 0 <= one <= other


def test_the_month_says_when_both_are_short():
    """
    Where month and day are both used up, waiting for tomorrow is of no use, and the month is named.
    """
    day = Usage(period=Period.DAY, during="2026-04-30", routine=Amount(5))

    for budgets in ([(month(Amount(5)), Limit(5)), (day, Limit(5))], [(day, Limit(5)), (month(Amount(5)), Limit(5))]):
        granted, short = grant(budgets, Amount(1), Lane.EMERGENCY, reserved=0, wanted=1)

        assert 0 == granted
        assert short is not None
        assert Period.MONTH is short.period


def test_only_a_part_is_set_aside():
    """
    However many are wanted, no process sets more than a twentieth of what is left aside, but always one.
    """
    assert (5, None) == grant([(month(), Limit(100))], Amount(1), Lane.EMERGENCY, reserved=0, wanted=64)
    assert (1, None) == grant([(month(Amount(99)), Limit(100))], Amount(1), Lane.EMERGENCY, reserved=0, wanted=64)
    assert (64, None) == grant([(month(), Limit())], Amount(1), Lane.ROUTINE, reserved=0, wanted=64)


def test_months_and_days_are_those_of_the_zone():
    """
    At 23:59 in Tokyo on the last of April, May is a minute away; in UTC it is nine hours away.
    """
    assert ("2026-04", "2026-04-30") == tuple(period.name_of(NOW, TOKYO) for period in Period)
    assert datetime(2026, 4, 30, 15, tzinfo=UTC) == Period.MONTH.end_of(NOW, TOKYO)
    assert datetime(2026, 5, 1, tzinfo=UTC) == Period.MONTH.end_of(NOW, UTC_ZONE)
    assert datetime(2027, 1, 1, tzinfo=UTC) == Period.MONTH.end_of(datetime(2026, 12, 31, 5, tzinfo=UTC), UTC_ZONE)
    assert datetime(2026, 2, 28, 15, tzinfo=UTC) == Period.DAY.end_of(datetime(2026, 2, 28, 5, tzinfo=UTC), TOKYO)


def test_a_new_month_begins_at_nothing():
    """
    What is kept of April counts in April; in May it does not, and what is kept of May counts though a clock is behind.
    """
    april = {
        period: Usage(period=period, during=period.name_of(NOW, UTC_ZONE), routine=Amount(7, 9)) for period in Period
    }
    may = datetime(2026, 5, 1, tzinfo=UTC)
    kept = kept_usages(april)

    assert april == usages(kept, now=NOW, zone=UTC_ZONE)
    assert {Amount()} == {usage.total for usage in usages(kept, now=may, zone=UTC_ZONE).values()}
    later = kept_usages(usages(kept, now=may, zone=UTC_ZONE))
    assert "2026-05" == usages(later, now=NOW, zone=UTC_ZONE)[Period.MONTH].during


def rendition(text: str, **body: str) -> Rendition:
    return Rendition(platform="x", account="a", text=text, body=body)


def test_a_link_has_a_price_of_its_own():
    """
    X takes more for a post with a link, wherever that stands; a network without such a price takes that of a post.
    """
    dear = BudgetSettings(price={"publish": 0.015, "publish_with_link": 0.2})
    plain = BudgetSettings(price={"publish": 0.015})

    assert Operation.PUBLISH == operation(rendition("佐賀牛が売り切れました"))
    assert Operation.PUBLISH_WITH_LINK == operation(rendition("詳しくは https://example.jp/ へ"))
    assert Operation.PUBLISH_WITH_LINK == operation(rendition("詳しくは", link="https://example.jp/"))
    assert (15_000, 200_000) == (dear.micros(Operation.PUBLISH), dear.micros(Operation.PUBLISH_WITH_LINK))
    assert Amount(1, 15_000) == cost(plain, Operation.PUBLISH_WITH_LINK)
    assert Amount(1, 0) == cost(plain, Operation.FIND)


def test_what_limits_whom():
    """
    The app's limits are not the accounts'.
    """
    assert limited(BudgetSettings(monthly_calls=1), account=False)
    assert not limited(BudgetSettings(monthly_calls=1), account=True)
    assert limited(BudgetSettings(account_daily_calls=0), account=True)

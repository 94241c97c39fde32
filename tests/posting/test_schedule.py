"""When a post goes out: business days, what a person writes as a time, and how long it is worth sending."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.errors import BadInput
from civicsns.model import Calendar, Draft
from civicsns.posting import schedule

TOKYO = ZoneInfo("Asia/Tokyo")
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 4, 1, 8, 0, tzinfo=TOKYO)
USUAL = Calendar()


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 4, 1), None),
        (date(2026, 4, 4), "土曜日"),
        (date(2026, 4, 5), "日曜日"),
        (date(2026, 4, 29), "昭和の日"),
        # Constitution Day falls on a Sunday; the first weekday after it that is no holiday stands in for it.
        (date(2026, 5, 6), "振替休日"),
        # Between the Day of Respect for the Aged and the autumnal equinox.
        (date(2026, 9, 22), "国民の休日"),
        (date(2026, 12, 28), None),
        (date(2026, 12, 29), "年末年始の閉庁"),
        (date(2027, 1, 1), "年末年始の閉庁"),
        (date(2027, 1, 3), "年末年始の閉庁"),
        (date(2027, 1, 4), None),
    ],
)
def test_business_days(day: date, why: str | None):
    """
    Weekends, the holidays of the Act with its substitutes, and the turn of the year are no business days.
    """
    because = schedule.closed_because(day, USUAL)

    assert why == (because and because.ja)
    assert schedule.is_open(day, USUAL) is (why is None)
    assert because is None or because.en


def test_the_city_has_days_of_its_own():
    """
    The city may close on a weekday, open on a Sunday, and end the year on other days, or on none.
    """
    own = Calendar(closed=[date(2026, 6, 23)], open=[date(2026, 3, 29)], year_end=["12-30", "01-04"])

    assert schedule.closed_because(date(2026, 6, 23), own) is not None
    assert schedule.is_open(date(2026, 3, 29), own)
    assert schedule.is_open(date(2026, 12, 29), own)
    assert not schedule.is_open(date(2027, 1, 4), own)
    assert schedule.is_open(date(2026, 12, 29), Calendar(year_end=[]))
    assert not schedule.is_open(date(2026, 7, 15), Calendar(year_end=["07-10", "07-20"]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"closed": [date(2026, 4, 1)], "open": [date(2026, 4, 1)]},
        {"year_end": ["12-29"]},
        {"year_end": ["12-29", "02-30"]},
        {"year_end": ["0001-01-01", "01-03"]},
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(wrong):
    """
    A day is open or closed, and the turn of the year has two days that there are.
    """
    with pytest.raises(BadInput):
        Calendar(**wrong)


@pytest.mark.parametrize(
    ("start", "number", "found"),
    [
        (date(2026, 4, 1), 1, date(2026, 4, 2)),
        (date(2026, 4, 3), 1, date(2026, 4, 6)),
        (date(2026, 4, 6), -1, date(2026, 4, 3)),
        # 29 and 30 April, 1 May; then the holidays of May.
        (date(2026, 4, 28), 3, date(2026, 5, 7)),
        (date(2026, 12, 28), 1, date(2027, 1, 4)),
        (date(2027, 1, 4), -1, date(2026, 12, 28)),
        (date(2026, 4, 4), 0, date(2026, 4, 6)),
        (date(2026, 4, 1), 0, date(2026, 4, 1)),
    ],
)
def test_counting_business_days(start: date, number: int, found: date):
    """
    Counting goes over closed days, in both directions; the day itself is not counted.
    """
    assert found == schedule.business_day(start, number, USUAL)


@given(start=st.dates(date(2020, 1, 1), date(2040, 12, 31)), number=st.integers(1, 30))
def test_counting_there_and_back(start: date, number: int):
    """
    So many business days on, and as many back: the same business day again.
    """
    begun = schedule.business_day(start, 0, USUAL)
    there = schedule.business_day(begun, number, USUAL)
    between = (begun + timedelta(days=step) for step in range(1, (there - begun).days + 1))

    assert schedule.is_open(there, USUAL)
    assert number == sum(schedule.is_open(day, USUAL) for day in between)
    assert begun == schedule.business_day(there, -number, USUAL)


def test_a_calendar_without_business_days_is_no_endless_search():
    """
    Where nothing is open for a year, that is said; and so is a year whose holidays nobody knows.
    """
    never = Calendar(year_end=["01-01", "12-31"])
    with pytest.raises(BadInput, match="no business day for a year"):
        schedule.business_day(date(2026, 4, 1), 1, never)
    with pytest.raises(BadInput, match="holidays of 2100 are not known"):
        schedule.is_open(date(2100, 1, 5), USUAL)


def test_the_next_business_day():
    """
    It is after today in the city's zone, at the hour asked for or when the city hall opens.
    """
    friday_evening = datetime(2026, 5, 1, 16, 0, tzinfo=UTC)  # Saturday 1:00 in Tokyo
    found = schedule.next_business_day(friday_evening, zone=TOKYO, calendar=USUAL)
    later = schedule.next_business_day(NOW, zone=TOKYO, calendar=Calendar(opens=time(8, 30)), at=time(10, 15))

    assert datetime(2026, 5, 7, 9, 0, tzinfo=TOKYO) == found
    assert datetime(2026, 4, 2, 10, 15, tzinfo=TOKYO) == later
    assert datetime(2026, 4, 2, 8, 30, tzinfo=TOKYO) == schedule.next_business_day(
        NOW, zone=TOKYO, calendar=Calendar(opens=time(8, 30))
    )


@pytest.mark.parametrize(
    "written",
    [
        "2026-04-02 17:30",
        "2026/4/2 17:30:00",
        "2026-04-02T17:30",
        "2026年4月2日 17時30分",
        "2026年4月2日17時半",
        "令和8年4月2日 午後5時半",
        "R8.4.2 17:30",
        "２０２６－０４－０２　１７：３０",
        "2026-04-02 17:30+09:00",
        "2026-04-02T08:30Z",
        "2026-04-02 10:30[Europe/Paris]",
        "2026-04-02T10:30+02:00[Europe/Paris]",
    ],
)
def test_what_a_person_writes(written: str):
    """
    The usual ways to write a time say the same moment; without a zone it is the city's.
    """
    read = schedule.read_moment(written, zone=TOKYO, now=NOW, place="--at")

    assert datetime(2026, 4, 2, 17, 30, tzinfo=TOKYO) == read
    assert read.utcoffset() is not None


def test_a_time_of_day_is_one_of_today_or_of_the_day_meant():
    """
    "17:00" alone is today, unless another day is meant.
    """
    today = schedule.read_moment("17:00", zone=TOKYO, now=NOW, place="--until")
    meant = schedule.read_moment("12時", zone=TOKYO, now=NOW, place="--until", on=date(2026, 4, 9))

    assert datetime(2026, 4, 1, 17, 0, tzinfo=TOKYO) == today
    assert datetime(2026, 4, 9, 12, 0, tzinfo=TOKYO) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-04-02", "cannot be read"),
        ("2026-02-30 09:00", "cannot be read"),
        ("24:00", "cannot be read"),
        ("午後12時", "cannot be read"),
        ("あした", "cannot be read"),
        ("2026-04-02 17:30+25:00", "cannot be read"),
        ("2026-04-02 17:30+09:00[Europe/Paris]", "cannot be read"),
        ("2026-04-02 17:30[Mars/Olympus]", "no time zone"),
        ("07:59", "is over"),
        ("2026-04-01 08:00", "is over"),
        ("2026-03-29 02:30[Europe/Paris]", "put forward"),
        ("2026-10-25 02:30[Europe/Paris]", "comes twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(written: str, said: str):
    """
    Nonsense, the past, and times that clocks never show or show twice are refused, each with its reason.
    """
    with pytest.raises(BadInput, match=said) as raised:
        schedule.read_moment(written, zone=TOKYO, now=NOW.replace(month=3) if "03-29" in written else NOW, place="--at")

    assert "--at" == raised.value.place


def test_an_hour_that_comes_twice_is_told_apart_by_its_offset():
    """
    The message names both offsets, and each of them is taken.
    """
    with pytest.raises(BadInput, match=r"02:30\+02:00 or 2026-10-25 02:30\+01:00"):
        schedule.read_moment("2026-10-25 02:30", zone=PARIS, now=NOW, place="--at")
    first, second = (
        schedule.read_moment(f"2026-10-25 02:30{offset}[Europe/Paris]", zone=TOKYO, now=NOW, place="--at")
        for offset in ("+02:00", "+01:00")
    )

    assert timedelta(hours=1) == second.astimezone(UTC) - first.astimezone(UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"not_after": NOW},
        {"not_after": NOW + timedelta(hours=1), "not_before": NOW + timedelta(hours=1)},
        {"not_after": NOW + timedelta(hours=1), "publish_at": NOW + timedelta(hours=2)},
    ],
)
def test_a_post_that_could_never_be_in_time_is_refused(changes):
    """
    A validity that is over, or ends before the post may begin, is a slip.
    """
    with pytest.raises(BadInput) as raised:
        schedule.require_time_to_send(Draft(author="1", text="文", accounts=["a"], **changes), now=NOW)

    assert "not_after" == raised.value.place


def test_a_post_in_time_is_fine():
    """
    No end, or one that leaves time, is no fault.
    """
    plain = Draft(author="1", text="文", accounts=["a"])
    for item in (plain, attrs.evolve(plain, not_before=NOW, not_after=NOW + timedelta(seconds=1))):
        schedule.require_time_to_send(item, now=NOW)

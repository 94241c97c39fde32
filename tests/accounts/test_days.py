"""Dates in rosters: one day in all ways in which personnel systems write it, and the eras' own years."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.accounts.table import day


@pytest.mark.parametrize(
    "written",
    [
        "2026-04-01",
        "2026/4/1",
        "2026.04.01",
        "2026年4月1日",
        "２０２６年４月１日",
        "20260401",
        "2026/4/1 0:00",
        "2026-04-01 00:00:00",
        "R8.4.1",
        "R08/04/01",
        "r8-4-1",
        "令和8年4月1日",
        "令和 8 年 4 月 1 日",
        "令8.4.1",
        "㋿8年4月1日",
        "R080401",
        "5080401",
        "46113",
        "2026年4月1日(水)",
        date(2026, 4, 1),
        datetime(2026, 4, 1, 0, 0),  # noqa: DTZ001 -- Excel has no zones
        46113,
        46113.0,
    ],
)
def test_days_are_read(written: object):
    """
    One day, in all the ways in which personnel systems write it.
    """
    read = day.read(written)

    assert isinstance(read, day.Day)
    assert date(2026, 4, 1) == read.date


@pytest.mark.parametrize(
    "nothing", ["", " ", "9999/12/31", "99999999", "9999-12-31", "0000/00/00", "00000000", "-", "なし", None]
)
def test_no_day(nothing: object):
    """
    How systems write that there is no day, or no end, is none.
    """
    assert day.Day(None) == day.read(nothing)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("H1.1.8", date(1989, 1, 8)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("S元.12.25", date(1926, 12, 25)),
        ("3630101", date(1988, 1, 1)),
    ],
)
def test_borders_of_eras(written: str, meant: date):
    """
    The first and the last day of an era are its own.
    """
    assert day.Day(meant) == day.read(written)


@given(st.dates(min_value=date(1927, 1, 1), max_value=date(2117, 12, 31)))
def test_every_day_in_every_way(one: date):
    """
    Every day is read as itself, however it is written; and its era's years are its own.
    """
    eras = ((date(2019, 5, 1), "R"), (date(1989, 1, 8), "H"), (date(1926, 12, 25), "S"))
    first, letter = next(era for era in eras if era[0] <= one)
    era = f"{letter}{one.year - first.year + 1}.{one.month}.{one.day}"

    assert {day.Day(one)} == {
        day.read(way) for way in (one.isoformat(), f"{one:%Y%m%d}", f"{one.year}年{one.month}月{one.day}日", era)
    }

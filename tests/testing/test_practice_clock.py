from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from civicsns.errors import BadInput
from civicsns.testing.clock import PracticeClock


def test_advancing_moves_both_times_alike() -> None:
    """
    Ninety seconds on: the time of day and the seconds that passed agree.
    """
    clock = PracticeClock(datetime(2026, 7, 1, 23, 59, tzinfo=UTC))
    clock.advance(timedelta(seconds=90))

    assert datetime(2026, 7, 2, 0, 0, 30, tzinfo=UTC) == clock.now()
    assert 90.0 == clock.elapsed()


def test_setting_the_time_of_day_lets_no_time_pass() -> None:
    """
    An operator who sets the clock back an hour does not turn back what `elapsed` counts.
    """
    clock = PracticeClock()
    clock.advance(timedelta(minutes=1))
    clock.set(clock.now() - timedelta(hours=1))

    assert 60.0 == clock.elapsed()
    assert datetime(2026, 3, 31, 23, 1, tzinfo=UTC) == clock.now()


def test_the_time_is_given_in_utc_whatever_it_was_set_in() -> None:
    """
    A clock set to 09:00 in Japan says midnight UTC.
    """
    japan = timezone(timedelta(hours=9))
    clock = PracticeClock(datetime(2026, 4, 1, 9, 0, tzinfo=japan))

    assert datetime(2026, 4, 1, 0, 0, tzinfo=UTC) == clock.now()
    assert timedelta(0) == clock.now().utcoffset()


def test_a_time_without_a_zone_is_refused() -> None:
    """
    Neither the beginning nor a later setting may lack a zone.
    """
    naive = datetime(2026, 4, 1)  # noqa: DTZ001 -- what the test is about
    clock = PracticeClock()

    with pytest.raises(BadInput):
        PracticeClock(naive)
    with pytest.raises(BadInput):
        clock.set(naive)


def test_time_does_not_run_backwards() -> None:
    """
    A negative step is refused and moves nothing.
    """
    clock = PracticeClock()
    before = clock.now()

    with pytest.raises(BadInput):
        clock.advance(timedelta(seconds=-1))
    assert (before, 0.0) == (clock.now(), clock.elapsed())

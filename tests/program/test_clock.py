"""The system's clock."""

from __future__ import annotations

import time
from datetime import UTC

import pytest

from civicsns.clock import SystemClock


@pytest.mark.parametrize(
    ("there", "asked"),
    [({"CLOCK_BOOTTIME": 7, "CLOCK_MONOTONIC": 1}, 7), ({"CLOCK_MONOTONIC": 1}, 1), ({}, None)],
)
def test_the_clock_that_counts_suspend(monkeypatch: pytest.MonkeyPatch, there: dict[str, int], asked: int | None):
    """
    The best clock that the system has is asked; where it has none to choose from, Python's own.
    """
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        monkeypatch.delattr(time, name, raising=False)
    for name, number in there.items():
        monkeypatch.setattr(time, name, number, raising=False)
    monkeypatch.setattr(time, "clock_gettime", lambda number: 100.0 + number, raising=False)
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)

    assert (1.0 if asked is None else 100.0 + asked) == SystemClock().elapsed()


def test_now_is_utc():
    """
    The time of day has a zone, and it is UTC.
    """
    assert UTC is SystemClock().now().tzinfo

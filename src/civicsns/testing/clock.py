"""A clock that stands still until a test moves it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model.moment import require_aware

#: A working Wednesday morning in Japan, the first day of a fiscal year.
WORKDAY: Final = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)


class PracticeClock:
    """
    A `civicsns.ports.Clock` that stands still until it is moved; safe to use from several threads.

    Args:
        now: The time of day to begin with, with a zone.

    Raises:
        BadInput: If *now* has no zone.
    """

    def __init__(self, now: datetime = WORKDAY) -> None:
        require_aware(now, "PracticeClock.now")
        self._lock = threading.Lock()
        self._now = now.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        with self._lock:
            return self._now

    def elapsed(self) -> float:
        """Give the seconds by which the clock was advanced; `set` does not count, as nobody sets this one."""
        with self._lock:
            return self._elapsed

    def advance(self, by: timedelta) -> None:
        """
        Let time pass.

        Raises:
            BadInput: If *by* is negative: time does not run backwards, but the time of day can be `set`.
        """
        if by < timedelta(0):
            raise BadInput(
                Bilingual("時間は戻せません。", "Time does not run backwards."),
                mend=Bilingual(
                    "時計の狂いを試すには set() を使ってください。", "Use set() to try a clock that is wrong."
                ),
                place="PracticeClock.advance",
            )
        with self._lock:
            self._now += by
            self._elapsed += by.total_seconds()

    def set(self, now: datetime) -> None:
        """
        Set the time of day, forwards or backwards, as an operator or NTP does; no time passes.

        Raises:
            BadInput: If *now* has no zone.
        """
        require_aware(now, "PracticeClock.set")
        with self._lock:
            self._now = now.astimezone(UTC)

    def __repr__(self) -> str:
        return f"PracticeClock({self.now().isoformat()})"

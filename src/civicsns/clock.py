"""The system's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """
        Give seconds on a clock that nobody sets and that counts suspend, where the system has one.

        `CLOCK_BOOTTIME` on Linux, where the monotonic clock stands still while the machine is suspended;
        `CLOCK_MONOTONIC` on macOS, where `time.monotonic` does; Windows' monotonic clock counts suspend.
        """
        clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
        return time.monotonic() if clock is None else time.clock_gettime(clock)

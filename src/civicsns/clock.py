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
        Give seconds on a clock that nobody sets.

        `CLOCK_BOOTTIME` where there is one, because Python's monotonic clock stands still on Linux while the
        machine is suspended; elsewhere the monotonic clock, which counts suspend on Windows.
        """
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boot is None else time.clock_gettime(boot)

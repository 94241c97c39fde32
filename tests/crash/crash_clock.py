"""
A clock that every process of a trial sees: networks, programmes, and whoever lets time pass.

It stands still, or runs faster than ours, and leaps where somebody lets time pass.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import oauthlib.common

from civicsns.testing.clock import WORKDAY

#: The seconds that were let pass, how fast the clock runs by itself, and since when on the machine's own clock.
_STATE = struct.Struct("ddd")


class SharedClock:
    """
    A `civicsns.ports.Clock` in a file.

    Args:
        path: The file; made where it is missing.
        skew: By how much this process's time of day is off.
        rate: How fast it runs, for the one who makes it; 0 for a clock that stands still.
    """

    def __init__(self, path: Path, *, skew: timedelta = timedelta(0), rate: float = 0.0) -> None:
        if not path.exists():
            path.write_bytes(_STATE.pack(0.0, rate, time.monotonic()))
        self.path = path
        self.skew = skew
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _STATE.size)

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        return WORKDAY + timedelta(seconds=self.elapsed()) + self.skew

    def elapsed(self) -> float:
        """Give the seconds that have passed since the trial began."""
        passed, rate, since = _STATE.unpack_from(self._memory)
        seconds: float = passed + rate * (time.monotonic() - since)
        return seconds

    def pass_to(self, moment: datetime) -> None:
        """Let time pass until this process's time of day is *moment*; it never runs backwards."""
        lacking = (moment - self.now()).total_seconds()
        if lacking > 0:
            passed, rate, since = _STATE.unpack_from(self._memory)
            _STATE.pack_into(self._memory, 0, passed + lacking, rate, since)

    def close(self) -> None:
        """Let go of the file."""
        self._memory.close()


def sign_by(clock: SharedClock) -> None:
    """Let OAuth 1.0a signatures of this process carry the time of *clock*."""
    oauthlib.common.time = SimpleNamespace(time=lambda: clock.now().timestamp())

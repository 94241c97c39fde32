"""A clock that every process of a trial sees: networks, programmes, and whoever lets time pass."""

from __future__ import annotations

import mmap
import struct
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import oauthlib.common

from civicsns.testing.clock import WORKDAY

_SECONDS = struct.Struct("d")


class SharedClock:
    """
    A `civicsns.ports.Clock` in a file; it stands still until somebody lets time pass.

    Args:
        path: The file; made where it is missing.
        skew: By how much this process's time of day is off.
    """

    def __init__(self, path: Path, *, skew: timedelta = timedelta(0)) -> None:
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))
        self.path = path
        self.skew = skew
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SECONDS.size)

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        return WORKDAY + timedelta(seconds=self.elapsed()) + self.skew

    def elapsed(self) -> float:
        """Give the seconds that have passed since the trial began."""
        seconds: float = _SECONDS.unpack_from(self._memory)[0]
        return seconds

    def pass_to(self, moment: datetime) -> None:
        """Let time pass until this process's time of day is *moment*; it never runs backwards."""
        seconds = (moment - self.skew - WORKDAY).total_seconds()
        if seconds > self.elapsed():
            _SECONDS.pack_into(self._memory, 0, seconds)

    def close(self) -> None:
        """Let go of the file."""
        self._memory.close()


def sign_by(clock: SharedClock) -> None:
    """Let OAuth 1.0a signatures of this process carry the time of *clock*."""
    oauthlib.common.time = SimpleNamespace(time=lambda: clock.now().timestamp())

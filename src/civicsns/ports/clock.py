"""Where the time comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        ...

    def elapsed(self) -> float:
        """Give seconds on a clock that nobody sets and that counts suspend, where the system has one."""
        ...

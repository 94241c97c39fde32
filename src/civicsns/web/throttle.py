"""How often somebody may try: what cannot be guessed anyway shall not keep the store busy either."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime, timedelta

#: So many keys are remembered; the one that was seen longest ago is forgotten.
_MOST_KEYS: Final = 10_000


class Throttle:
    """
    Counts attempts for each key within a span of time; safe to use from several threads.

    Args:
        limit: So many are let through.
        within: The span.
    """

    def __init__(self, limit: int, within: timedelta) -> None:
        self._limit = limit
        self._within = within
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()

    def note(self, key: str, now: datetime) -> None:
        """Count an attempt."""
        with self._lock:
            times = self._times.setdefault(key, deque(maxlen=self._limit))
            times.append(now)
            self._times.move_to_end(key)
            if len(self._times) > _MOST_KEYS:
                self._times.popitem(last=False)

    def full(self, key: str, now: datetime) -> bool:
        """Tell whether there were too many within the span."""
        with self._lock:
            times = self._times.get(key)
            return times is not None and len(times) == self._limit and times[0] + self._within > now

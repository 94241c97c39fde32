"""How often somebody may try: what cannot be guessed anyway shall not keep the store busy either."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from civicsns.web.turned import Turned

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request

TEN_MINUTES: Final = timedelta(minutes=10)
#: Links that do not exist, from one address, in ten minutes.
_STRAY_LINKS: Final = 60

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


class Strays:
    """
    Counts the links that do not exist, by the address that asks for them.

    A town hall, and a phone company, stand behind one address: a link that exists opens from there whatever others try,
    and only who asks for more of those that do not is told to wait.
    """

    def __init__(self) -> None:
        self._counted = Throttle(_STRAY_LINKS, TEN_MINUTES)

    def refuse(self, request: Request, now: datetime) -> None:
        """
        Count a link that does not exist.

        Raises:
            Turned: If there were too many.
        """
        who = request.client.host if request.client else ""
        if self._counted.full(who, now):
            raise Turned("too_often", mend="wait", status=429)
        self._counted.note(who, now)

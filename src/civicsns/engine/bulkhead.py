"""
The threads of one network: what hangs there hangs nothing else.

The store's list of what is due is the queue; a page of it is held at a time, and thrown away for a fresh one whenever
there is news. So memory stays small however long the list, and what is urgent overtakes.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import attrs

from civicsns.log import Events
from civicsns.model import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from civicsns.model import Delivery
    from civicsns.ports import Clock

_log = Events(__name__)

#: How many deliveries are read at a time, with their files.
PAGE = 64
#: How long a delivery is left alone whose step ended with an error of the program's or the store's.
_AFTER_ERROR = timedelta(seconds=30)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Due(Protocol):
    """What lists the deliveries that are due: `Store.due`."""

    def __call__(self, now: datetime, *, limit: int | None = None, platform: str | None = None) -> Sequence[Delivery]:
        """List the deliveries of *platform* that are due, the urgent ones first."""
        ...


@attrs.frozen
class _Step:
    """A step that is due; without the rendition, whose files would fill the memory."""

    id: str
    account: str
    lane: Lane
    version: int


class Bulkhead:
    """
    Drives the deliveries of one network: its accounts side by side, those of one account one after the other.

    Args:
        platform: The network.
        due: Lists what is due.
        drive: Takes one delivery one step further.
        clock: Where the time comes from.
        threads: How many accounts are served at once. One thread more serves emergencies alone, so that a network
            that answers slowly does not keep them waiting.
        every: How often to look for what others have put into the store.
        once: Whether to end when each delivery that is due now has been taken one step; else it goes on until it is
            stopped.

    Attributes:
        error: The first error that a step of a bulkhead that runs once ended with.
    """

    def __init__(
        self,
        *,
        platform: str,
        due: Due,
        drive: Callable[[str], datetime | None],
        clock: Clock,
        threads: int,
        every: timedelta,
        once: bool = False,
    ) -> None:
        self.platform = platform
        self.error: Exception | None = None
        self._due = due
        self._drive = drive
        self._clock = clock
        self._threads = threads
        self._every = every
        self._until = clock.now() if once else None
        self._crew: list[threading.Thread] = []
        # It guards all that follows.
        self._news = threading.Condition()
        self._stopping = False
        self._waiting: list[_Step] = []
        self._running: dict[str, _Step] = {}
        #: What was driven and may be listed still: as which version, and when it is due again.
        self._driven: dict[str, tuple[int, datetime]] = {}
        #: How many of the listed are left alone.
        self._passed_over = 0
        self._looking = False
        #: Whether nothing was said to be new since the last look.
        self._fresh = False
        #: Whether the last page was full.
        self._more = False
        #: Whether a step has ended since the last look.
        self._moved = False
        self._next_due: datetime | None = None
        self._look_by = 0.0

    def start(self) -> None:
        """
        Begin; one that runs once takes no more threads than there is work.

        Raises:
            StoreError: If one that runs once cannot read the store.
        """
        threads = self._threads
        if self._until is not None:
            self._look()
            if not self._more:
                threads = min(threads, len({step.account for step in self._waiting}))
        crew: list[tuple[Lane, ...]] = [tuple(Lane)] * threads
        if threads == self._threads:
            crew.append((Lane.EMERGENCY,))
        for number, lanes in enumerate(crew):
            name = f"civicsns-{self.platform}-{number}"
            self._crew.append(threading.Thread(target=self._work, args=(lanes,), name=name, daemon=True))
            self._crew[-1].start()

    def wake(self, ids: Iterable[str]) -> None:
        """Say that there is news of these in the store; whoever is free next looks."""
        with self._news:
            self._fresh = False
            for one in ids:
                self._driven.pop(one, None)
            self._news.notify_all()

    def stop(self) -> None:
        """Begin nothing new; what is under way comes to its end. Does not wait for it."""
        with self._news:
            self._stopping = True
            self._news.notify_all()

    def join(self) -> None:
        """Wait until the last step has ended."""
        for thread in self._crew:
            thread.join()

    @property
    def running(self) -> Sequence[str]:
        """The deliveries that are being driven at the moment."""
        with self._news:
            return list(self._running)

    def _work(self, lanes: tuple[Lane, ...]) -> None:
        while (step := self._next(lanes)) is not None:
            due: datetime | None
            try:
                due = self._drive(step.id)
            except Exception as error:  # noqa: BLE001 -- one delivery's error must not stop the others
                due = self._clock.now() + _AFTER_ERROR
                self._failed(error, step.id)
            self._ended(step, due)

    def _next(self, lanes: tuple[Lane, ...]) -> _Step | None:
        """Wait for a step that may be made now; None where there will be none."""
        while True:
            with self._news:
                while not self._must_look(lanes):
                    if self._stopping:
                        return None
                    step = self._choose(lanes)
                    if step is not None:
                        self._waiting.remove(step)
                        self._running[step.id] = step
                        return step
                    if self._until is not None and not (self._looking or self._waiting or self._running):
                        return None
                    # Whoever looks tells the others.
                    self._news.wait(None if self._looking else self._pause())
                self._looking = True
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 -- the store may be back in a moment
                self._failed(error, "")

    def _must_look(self, lanes: tuple[Lane, ...]) -> bool:
        if self._looking or self._stopping:
            return False
        if not self._fresh:
            return True
        if self._choose(lanes) is not None:
            return False
        # What has ended may have let the next part of a thread in. What is urgent stands on the first page.
        if self._moved and (self._more or not self._waiting) and len(lanes) > 1:
            return True
        return self._until is None and self._pause() == 0

    def _choose(self, lanes: tuple[Lane, ...]) -> _Step | None:
        """Give the first step that waits for nothing but a thread."""
        busy = {step.account for step in self._running.values()}
        for step in self._waiting:
            if step.account not in busy and step.lane in lanes:
                return step
            busy.add(step.account)
        return None

    def _pause(self) -> float | None:
        """Give the seconds until something may be due; None where a step's end or news will tell."""
        if self._until is not None:
            return None
        pause = self._look_by - time.monotonic()
        if self._next_due is not None:
            pause = min(pause, (self._next_due - self._clock.now()).total_seconds())
        return max(pause, 0)

    def _look(self) -> None:
        """Read what is due, in place of what was read before."""
        with self._news:
            # Before reading: what is said to be new meanwhile may not be in the answer.
            self._fresh, self._moved = True, False
            aside = self._passed_over + len(self._running)
        now = self._until or self._clock.now()
        try:
            while True:
                limit = PAGE + aside
                listed = [
                    _Step(one.id, one.rendition.account, one.lane, one.version)
                    for one in self._due(now, limit=limit, platform=self.platform)
                ]
                full = len(listed) == limit
                with self._news:
                    waiting = [step for step in listed if not self._set_aside(step, now)]
                if waiting or not full:
                    break
                # All of them are to be left alone; look behind them.
                aside = len(listed)
            next_due = None if full or self._until is not None else self._soon(now)
        finally:
            with self._news:
                self._looking = False
                self._look_by = time.monotonic() + self._every.total_seconds()
                self._next_due = None
                self._news.notify_all()
        with self._news:
            ids = {step.id for step in listed}
            if self._until is None:
                self._driven = {key: value for key, value in self._driven.items() if key in ids}
            self._waiting = [step for step in listed if not self._set_aside(step, now)]
            self._passed_over = len(listed) - len(self._waiting)
            self._more = full
            again = [due for _, due in self._driven.values() if now < due < _NEVER]
            self._next_due = min((due for due in (next_due, *again) if due is not None), default=None)
            self._news.notify_all()

    def _soon(self, now: datetime) -> datetime | None:
        """Give the time of what falls due before the next look."""
        ahead = self._due(now + self._every, limit=PAGE, platform=self.platform)
        return min(
            (one.not_before for one in ahead if one.not_before is not None and one.not_before > now), default=None
        )

    def _set_aside(self, step: _Step, now: datetime) -> bool:
        if step.id in self._running:
            return True
        version, due = self._driven.get(step.id, (-1, now))
        if self._until is not None:
            return version >= 0
        # One of another version than was driven has been changed by somebody.
        return version == step.version and due > now

    def _ended(self, step: _Step, due: datetime | None) -> None:
        with self._news:
            del self._running[step.id]
            self._moved = True
            if self._until is None and due is not None:
                if due <= self._clock.now():
                    self._waiting.insert(0, step)
                elif self._next_due is None or due < self._next_due:
                    self._next_due = due
            self._driven[step.id] = (step.version, due or _NEVER)
            self._news.notify_all()

    def _failed(self, error: Exception, delivery_id: str) -> None:
        if self._until is not None and self.error is None:
            self.error = error
        _log.failed("dispatch.failed", error, platform=self.platform, delivery=delivery_id)

"""The engine of one machine: threads in this process, with the store's list of what is due as their queue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from civicsns.clock import SystemClock
from civicsns.engine.bulkhead import Bulkhead

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from types import TracebackType

    from civicsns.engine.bulkhead import Due
    from civicsns.model import Delivery
    from civicsns.ports import Clock


class InlineEngine:
    """
    Drives deliveries in this process, each network with threads of its own.

    Nothing is lost with the process: what is due stands in the store.
    It sleeps until something is due, and looks from time to time for what other processes have put into the store.

    Args:
        due: Lists what is due: `Store.due`.
        networks: The networks to serve.
        clock: Where the time comes from.
        concurrency: How many accounts of one network are served at once.
        every: How often to look for what others have put into the store.
    """

    def __init__(
        self,
        *,
        due: Due,
        networks: Iterable[str],
        clock: Clock | None = None,
        concurrency: int = 8,
        every: timedelta = timedelta(seconds=5),
    ) -> None:
        self._due = due
        self._networks = tuple(networks)
        self._clock = clock or SystemClock()
        self._concurrency = concurrency
        self._every = every
        self._drive: Callable[[str], datetime | None] | None = None
        self._bulkheads: dict[str, Bulkhead] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def bind(self, drive: Callable[[str], datetime | None]) -> None:
        """Take the function that drives one delivery one step and says when the next is due."""
        self._drive = drive

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """Look at the store for *deliveries* at once, where the engine is running; else it will find them when it is."""
        news: dict[str, list[str]] = {}
        for delivery in deliveries:
            if delivery.not_before is not None:
                news.setdefault(delivery.rendition.platform, []).append(delivery.id)
        for platform, ids in news.items():
            if platform in self._bulkheads:
                self._bulkheads[platform].wake(ids)

    def start(self) -> None:
        """
        Begin to work in the background, until it is closed.

        Raises:
            RuntimeError: If it runs already, or nothing was bound.
        """
        self._begin(once=False)

    def close(self) -> None:
        """Begin nothing new, and wait until what is under way has ended."""
        for bulkhead in self._bulkheads.values():
            bulkhead.stop()
        for bulkhead in self._bulkheads.values():
            bulkhead.join()
        self._bulkheads = {}

    def run(self, stop: threading.Event) -> None:
        """Work until *stop* is set, and let what is under way come to its end."""
        with self:
            stop.wait()

    def once(self) -> None:
        """
        Take each delivery that is due now one step further, and come back.

        Raises:
            Exception: The first error that a step ended with, after all the others have ended.
        """
        try:
            self._begin(once=True)
            for bulkhead in self._bulkheads.values():
                bulkhead.join()
            errors = [bulkhead.error for bulkhead in self._bulkheads.values() if bulkhead.error is not None]
        finally:
            self.close()
        if errors:
            raise errors[0]

    @property
    def running(self) -> tuple[str, ...]:
        """The deliveries that are being driven at the moment."""
        return tuple(one for bulkhead in self._bulkheads.values() for one in bulkhead.running)

    def _begin(self, *, once: bool) -> None:
        if self._bulkheads:
            raise RuntimeError("The engine runs already.")
        if self._drive is None:
            raise RuntimeError("Nothing was bound to the engine; Program does that.")
        for platform in self._networks:
            bulkhead = Bulkhead(
                platform=platform,
                due=self._due,
                drive=self._drive,
                clock=self._clock,
                threads=self._concurrency,
                every=self._every,
                once=once,
            )
            self._bulkheads[platform] = bulkhead
            bulkhead.start()

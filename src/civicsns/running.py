"""
Who drives the deliveries: the caller, this process in the background, or an engine.

It is the same `Dispatcher.deliver` each time; what differs is only who calls it, and when.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from civicsns.engine.inline import InlineEngine
from civicsns.log import Events
from civicsns.ports import Runs

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Generator, Iterable, Sequence
    from datetime import datetime

    from civicsns.dispatch import Dispatcher
    from civicsns.model import Delivery
    from civicsns.ports import Clock, Engine, Store

_log = Events(__name__)

#: The first and the longest pause between two looks at what somebody else is to deliver, in seconds.
_FIRST_LOOK, _SLOWEST_LOOK = 0.02, 0.5


class Running:
    """
    Brings deliveries to whoever drives them.

    Args:
        dispatcher: Takes deliveries from state to state.
        store: Where deliveries are kept.
        clock: Where the time comes from.
        networks: The networks that are set up.
        engine: What drives deliveries; None where the caller does.
        concurrency: How many accounts of one network are served at once.
        sleep: How to wait.

    Attributes:
        engine: What drives deliveries at the moment; None where the caller does.
    """

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        store: Store,
        clock: Clock,
        networks: Iterable[str],
        engine: Engine | None,
        concurrency: int,
        sleep: Callable[[float], None],
    ) -> None:
        self.engine = engine
        self._dispatcher = dispatcher
        self._store = store
        self._clock = clock
        self._networks = tuple(networks)
        self._concurrency = concurrency
        self._sleep = sleep
        if engine is not None:
            engine.bind(dispatcher.deliver)

    def bring(self, chains: Sequence[list[Delivery]], deadline: datetime, progress: Callable[[Delivery], None]) -> None:
        """
        See to it that new deliveries are driven, and wait for them until *deadline*.

        Args:
            chains: One delivery for an account, or the parts of a thread.
            deadline: What is not settled by then is left as it is.
            progress: Called with each delivery whenever it has changed.
        """
        if self.engine is None:
            self._drive(chains, deadline, progress)
            return
        deliveries = [delivery for chain in chains for delivery in chain]
        self.wake(deliveries)
        self._watch(deliveries, deadline, progress)

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the engine of *deliveries*; where it is out of order, the sweep will tell it again."""
        if self.engine is None:
            return
        try:
            self.engine.wake(deliveries)
        except Exception as error:  # noqa: BLE001 -- they are in the store; nobody may believe that they are not
            _log.failed("engine.not_woken", error, deliveries=len(deliveries))

    def once(self, progress: Callable[[Delivery], None]) -> int:
        """
        Take each delivery that is due one step further.

        Returns:
            How many have changed.

        Raises:
            Exception: The first error that a step ended with, after all the others have ended.
        """
        moved: list[str] = []

        def tell(delivery: Delivery) -> None:
            moved.append(delivery.id)
            progress(delivery)

        self._inline(tell).once()
        return len(moved)

    def run(self, stop: threading.Event, progress: Callable[[Delivery], None] | None) -> None:
        """Go on until *stop* is set."""
        if isinstance(self.engine, Runs):
            self.engine.run(stop)
        else:
            self._inline(progress).run(stop)

    @contextmanager
    def background(self) -> Generator[None]:
        """Drive deliveries in the background of this process."""
        inline = self._inline(None)
        before, self.engine = self.engine, inline
        try:
            with inline:
                yield
        finally:
            self.engine = before

    def _inline(self, progress: Callable[[Delivery], None] | None) -> InlineEngine:
        engine = InlineEngine(
            due=self._store.due, networks=self._networks, clock=self._clock, concurrency=self._concurrency
        )
        engine.bind(self._dispatcher.deliver if progress is None else self._showing(progress))
        return engine

    def _showing(self, progress: Callable[[Delivery], None]) -> Callable[[str], datetime | None]:
        def drive(delivery_id: str) -> datetime | None:
            before = self._store.get(delivery_id).version
            due = self._dispatcher.deliver(delivery_id)
            current = self._store.get(delivery_id)
            if current.version != before:
                progress(current)
            return due

        return drive

    def _drive(
        self, chains: Sequence[list[Delivery]], deadline: datetime, progress: Callable[[Delivery], None]
    ) -> None:
        """Drive *chains* here and now; each network has threads of its own, so that none waits for another."""
        networks: dict[str, list[list[Delivery]]] = {}
        for chain in chains:
            networks.setdefault(chain[0].rendition.platform, []).append(chain)
        with ExitStack() as pools:
            ends = []
            for platform, theirs in networks.items():
                pool = pools.enter_context(
                    ThreadPoolExecutor(
                        max_workers=min(self._concurrency, len(theirs)), thread_name_prefix=f"civicsns-{platform}"
                    )
                )
                ends += [pool.submit(self._dispatcher.drive, chain, deadline, progress) for chain in theirs]
            for end in ends:
                end.result()

    def _watch(self, deliveries: Sequence[Delivery], deadline: datetime, progress: Callable[[Delivery], None]) -> None:
        """Look how far others have driven *deliveries*, until all have ended or it is *deadline*."""
        open_ = {delivery.id: delivery for delivery in deliveries}
        for delivery in deliveries:
            progress(delivery)
        pause = _FIRST_LOOK
        while True:
            for shown in list(open_.values()):
                current = self._store.get(shown.id)
                if current.version != shown.version:
                    progress(current)
                    open_[current.id] = current
                if current.not_before is None or current.not_before > deadline:
                    del open_[current.id]
            if not open_ or self._clock.now() >= deadline:
                return
            self._sleep(pause)
            pause = min(2 * pause, _SLOWEST_LOOK)

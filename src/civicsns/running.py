"""
Who drives the deliveries: the caller, this process in the background, or an engine.

It is the same `Dispatcher.deliver` each time; what differs is only who calls it, and when.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from civicsns.engine.inline import InlineEngine
from civicsns.errors import CivicsnsError, EndNotKept, StoreError
from civicsns.heartbeat import ONCE, Pulse
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import DeliveryState, Fact
from civicsns.model.delivery import ENDED
from civicsns.ports import Runs, Sweeps

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from civicsns.config import RunningSettings
    from civicsns.dispatch import Dispatcher
    from civicsns.model import Delivery
    from civicsns.ports import Clock, Engine, Store

_log = Events(__name__)

#: The first and the longest pause between two looks at what somebody else is to deliver, in seconds.
_FIRST_LOOK, _SLOWEST_LOOK = 0.02, 0.5
#: How many of them are looked at at a time.
_LOOKED_AT = 50
#: How long to wait before looking again at what is due and does not move.
_LOOK_AGAIN = timedelta(seconds=1)
#: So many are swept at a time, the longest overdue first.
_SWEPT = 10_000
#: How often files are looked through that nobody may need any more.
_TIDIED = timedelta(days=1)


def _nothing() -> None:
    """Look at nothing."""


def no_progress(_delivery: Delivery) -> None:
    """Show nobody what has changed."""


def _kept_already(error: StoreError) -> EndNotKept:
    """Say of a store that fails after the deliveries were kept that they go on; "nothing was sent" would be wrong."""
    return EndNotKept(
        Bilingual(
            f"配信は保管されていますが、途中で保管庫が使えなくなりました。{error.what.ja}",
            f"The deliveries are kept, but the store failed while they were made. {error.what.en}",
        ),
        mend=Bilingual(
            "保管庫を直せば civicsns dispatch で続きます。投稿し直さないでください。",
            "Once the store works again, civicsns dispatch goes on. Do not publish it again.",
        ),
        place=error.place,
    )


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
        settings: How it is run.
        sleep: How to wait.
        look: Looks whether the store is still as far as it was; called once in a while.
        tidy: Lets go of files that nobody needs any more; called once a day.
        transfers: Puts into effect what was prepared for people and accounts once its day has come.
        keys: Names the keys with which this process opens what the vault has.

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
        settings: RunningSettings,
        sleep: Callable[[float], None],
        look: Callable[[], None] | None = None,
        tidy: Callable[[], object] | None = None,
        transfers: Callable[[], object] | None = None,
        keys: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.engine = engine
        self._look = look or _nothing
        self._tidy = tidy or _nothing
        self._transfers = transfers or _nothing
        self._keys = keys
        self._dispatcher = dispatcher
        self._store = store
        self._clock = clock
        self._networks = tuple(networks)
        self._concurrency = concurrency
        self._settings = settings
        self._sleep = sleep
        if engine is not None:
            engine.bind(dispatcher.deliver)
        if isinstance(engine, Sweeps):
            engine.sweeps(self.sweep)

    def bring(
        self, chains: Sequence[list[Delivery]], deadline: datetime, progress: Callable[[Delivery], None]
    ) -> list[Delivery]:
        """
        See to it that new deliveries are driven, and wait for them until *deadline*.

        Args:
            chains: One delivery for an account, or the parts of a thread.
            deadline: What is not settled by then is left as it is.
            progress: Called with each delivery whenever it has changed.

        Returns:
            Each as it stands then, in their order.
        """
        deliveries = [delivery for chain in chains for delivery in chain]
        try:
            if self.engine is None:
                left = self._drive(chains, deadline, progress)
                # What is not settled may have gone on elsewhere meanwhile.
                return [one if one.not_before is None else self._store.get(one.id) for one in left]
            self.wake(deliveries)
            self._watch(deliveries, deadline, progress)
            return [self._store.get(delivery.id) for delivery in deliveries]
        except EndNotKept:
            raise
        except StoreError as error:
            raise _kept_already(error) from error

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
        self._look()
        moved: list[str] = []

        def tell(delivery: Delivery) -> None:
            moved.append(delivery.id)
            progress(delivery)

        self._inline(tell).once()
        self._transfer()
        self._tidy_up()
        # So that whoever looks after the programme sees that its timer works.
        pulse = Pulse(store=self._store, clock=self._clock, engine=ONCE, every=self._settings.sweep, keys=self._keys)
        pulse.beat_once()
        return len(moved)

    def run(self, stop: threading.Event, every: timedelta | None, progress: Callable[[Delivery], None] | None) -> None:
        """Go on until *stop* is set, giving signs of life; what is under way then comes to its end."""
        engine: Engine = self._inline(progress, every) if self.engine is None else self.engine
        with self._alive(engine):
            if isinstance(engine, Runs):
                engine.run(stop)
            else:
                # Its workers are elsewhere; here it is told what it has missed.
                stop.wait()

    def sweep(self) -> int:
        """
        Tell the engine of what is overdue, unless another process has done so just now.

        Returns:
            How many deliveries it was told of.

        Raises:
            StoreError: If the store is out of order.
        """
        if self.engine is None or not self._my_turn("sweep", self._settings.sweep):
            return 0
        overdue = self._store.due(self._clock.now() - self._settings.sweep, limit=_SWEPT)
        self.wake(overdue)
        if overdue:
            _log.info("engine.swept", deliveries=len(overdue))
        return len(overdue)

    def _tidy_up(self) -> None:
        """Let go of files that nobody needs, once a day; no post waits for that."""
        try:
            if self._my_turn("tidy", _TIDIED):
                self._tidy()
        except StoreError as error:
            _log.failed("store.not_tidied", error)

    def _transfer(self) -> None:
        """Put into effect what has come due for people and accounts; no post waits for that."""
        try:
            self._transfers()
        except CivicsnsError as error:
            _log.failed("lifecycle.not_swept", error)

    def _my_turn(self, kind: str, every: timedelta) -> bool:
        """Take the turn to do something, which is one process's for nearly as long as until the next."""
        now = self._clock.now()
        held = next(iter(self._store.facts(kind)), None)
        # One that lies further ahead than any is taken was written by a clock that was wrong.
        if held is not None and now < datetime.fromisoformat(held.value["until"]) <= now + every:
            return False
        until = {"until": (now + 0.9 * every).isoformat()}
        return self._store.put(held, Fact(kind=kind, key="", value=until) if held is None else held.becomes(**until))

    @contextmanager
    def background(self) -> Generator[None]:
        """Drive deliveries in the background of this process."""
        inline = self._inline(None)
        before, self.engine = self.engine, inline
        try:
            with self._alive(inline), inline:
                yield
        finally:
            self.engine = before

    @contextmanager
    def _alive(self, engine: Engine) -> Generator[None]:
        """Give signs of life from a thread of its own, and sweep."""
        stop = threading.Event()
        pulse = Pulse(
            store=self._store,
            clock=self._clock,
            engine=type(engine).__name__,
            every=self._settings.heartbeat,
            keys=self._keys,
        )

        def live() -> None:
            sweep_at = 0.0
            trouble = ""
            while True:
                try:
                    pulse.beat(doing=tuple(getattr(engine, "running", ())), trouble=trouble)
                    trouble = ""
                    self._look()
                    if time.monotonic() >= sweep_at:
                        sweep_at = time.monotonic() + self._settings.sweep.total_seconds()
                        pulse.clear()
                        self.sweep()
                        self._transfer()
                        self._tidy_up()
                except Exception as error:  # noqa: BLE001 -- the store may be back in a moment
                    trouble = str(error) if isinstance(error, CivicsnsError) else type(error).__name__
                    _log.failed("heartbeat.failed", error)
                if stop.wait(self._settings.heartbeat.total_seconds()):
                    return

        thread = threading.Thread(target=live, name="civicsns-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            with suppress(StoreError):
                pulse.end()

    def _inline(self, progress: Callable[[Delivery], None] | None, every: timedelta | None = None) -> InlineEngine:
        engine = InlineEngine(
            due=self._store.due,
            networks=self._networks,
            clock=self._clock,
            concurrency=self._concurrency,
            every=every or self._settings.every,
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
    ) -> list[Delivery]:
        """
        Drive *chains* here and now; each network has threads of its own, so that none waits for another.

        No thread waits for a time that has not come: what is put off keeps nobody from his first attempt.
        """
        if len(chains) == 1:
            return self._dispatcher.drive(chains[0], deadline, progress)
        left = list(chains)
        shown: dict[str, int] = {}

        def show(delivery: Delivery) -> None:
            if shown.get(delivery.id) != delivery.version:
                shown[delivery.id] = delivery.version
                progress(delivery)

        errors: list[Exception] = []
        put_off: list[tuple[datetime, int]] = []
        with ExitStack() as pools:
            crews = {
                platform: pools.enter_context(
                    ThreadPoolExecutor(
                        max_workers=min(self._concurrency, size), thread_name_prefix=f"civicsns-{platform}"
                    )
                )
                for platform, size in Counter(chain[0].rendition.platform for chain in chains).items()
            }

            def begin(number: int) -> Future[list[Delivery]]:
                chain, now = left[number], min(self._clock.now(), deadline)
                return crews[chain[0].rendition.platform].submit(self._dispatcher.drive, chain, now, show)

            under_way = {begin(number): number for number in range(len(left))}
            while under_way or put_off:
                now = self._clock.now()
                while put_off and put_off[0][0] <= now:
                    _, number = heappop(put_off)
                    under_way[begin(number)] = number
                pause = (put_off[0][0] - now).total_seconds() if put_off else None
                if not under_way:
                    self._sleep(pause or 0)
                    continue
                for end in wait(under_way, timeout=pause, return_when=FIRST_COMPLETED).done:
                    number = under_way.pop(end)
                    try:
                        left[number] = end.result()
                    except Exception as error:  # noqa: BLE001 -- it is raised when the others have ended
                        errors.append(error)
                        continue
                    due = self._again(left[number])
                    if due is not None and due <= deadline:
                        heappush(put_off, (due, number))
        if errors:
            raise errors[0]
        return [one for chain in left for one in chain]

    def _again(self, chain: Sequence[Delivery]) -> datetime | None:
        """Give the time of the next step of a chain; None where it has none."""
        first = next((one for one in chain if one.state not in ENDED), None)
        if first is None or first.not_before is None:
            return None
        # Overdue means that somebody else is at it, or that something stands in its way.
        now = self._clock.now()
        return first.not_before if first.not_before > now else now + _LOOK_AGAIN

    def _watch(self, deliveries: Sequence[Delivery], deadline: datetime, progress: Callable[[Delivery], None]) -> None:
        """Look how far others have driven *deliveries*, until all have ended or it is *deadline*."""
        left = {delivery.id: delivery for delivery in deliveries}
        for delivery in deliveries:
            progress(delivery)
        pause = _FIRST_LOOK
        while left:
            last = self._clock.now() >= deadline
            # Some at a time: to ask for all of a large broadcast again and again would slow down those who deliver it.
            some = list(left.values())[: None if last else _LOOKED_AT]
            for shown in some:
                current = self._store.get(shown.id)
                if current.version != shown.version:
                    progress(current)
                    left[current.id] = current
                # The time of one that is being sent is only that of giving up on it.
                later = current.not_before is None or current.not_before > deadline
                if later and current.state is not DeliveryState.SENDING:
                    del left[current.id]
            if last:
                return
            if any(shown.id in left for shown in some):
                self._sleep(pause)
                pause = min(2 * pause, _SLOWEST_LOOK)
            else:
                pause = _FIRST_LOOK

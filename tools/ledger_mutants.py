"""Shortcuts in the ledger's protocol, and bounds that the world breaks: each must show as a counterexample."""

from __future__ import annotations

import math
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import attrs
from ledger_world import Nature, World

from civicsns import dispatch
from civicsns.dispatch import Dispatcher
from civicsns.errors import Outcome
from civicsns.model import Delivery, DeliveryState, Idempotency, Limits, PostRef, ReadBack, Receipt
from civicsns.posting import double, intervention, outcome, readback
from civicsns.posting.bounds import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from civicsns.posting.hold import Hold

#: The answers that matter to most shortcuts.
FEW = frozenset({"unclear", "refused", "unreachable"})
#: The modules that decide, and the one that asks them.
_LEDGER = (outcome, readback, intervention, double, dispatch)


@attrs.frozen(kw_only=True)
class Mutant:
    """
    One shortcut.

    Attributes:
        name: What it does wrong.
        world: Where it shows.
        patches: Functions of the ledger that it replaces, wherever they are used: name to a maker from the true one.
    """

    name: str
    world: World
    patches: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = attrs.field(factory=dict)

    @contextmanager
    def planted(self) -> Iterator[World]:
        """Have it in force."""
        with ExitStack() as stack:
            for name, make in self.patches.items():
                users = [module for module in _LEDGER if hasattr(module, name)]
                made = make(getattr(users[0], name))
                for module in users:
                    stack.enter_context(patch.object(module, name, made))
            yield self.world


def _hasty(less: Callable[[Bounds, Limits], timedelta]) -> Bounds:
    """Make bounds that leave something out of the wait."""

    class Hasty(Bounds):
        def settled(self, intent_at: datetime, limits: Limits) -> datetime:
            return super().settled(intent_at, limits) - less(self, limits)

    return Hasty(**attrs.asdict(World(name="").bounds))


def _hasty_twice() -> Bounds:
    class Hasty(Bounds):
        def acted(self, intent_at: datetime, limits: Limits) -> datetime:
            return super().acted(intent_at, limits) - limits.network_delay

    return Hasty(**attrs.asdict(_counted(2)))


class NoDeadline(Dispatcher):
    """Does not look at the clock between the intent and the first byte."""

    def _attempt(self, *args: Any, begun: float) -> Receipt | Outcome:
        del begun
        return super()._attempt(*args, begun=math.inf)


class AskedLate(Dispatcher):
    """Takes the time after the list has arrived, instead of when it was asked for."""

    def _read_back(self, delivery: Delivery) -> Delivery:
        adapter = self._adapter("model")
        assert delivery.intent_at is not None
        try:
            credential = self.access.fresh(self._account("model"), adapter)
            found = adapter.find(delivery.rendition, credential, since=delivery.intent_at)
        except Outcome as ended:
            now = self._clock.now()
            return readback.not_read(delivery, ended, now=now, limits=adapter.limits, bounds=self._bounds)
        return readback.read_back(delivery, found, now=self._clock.now(), limits=adapter.limits, bounds=self._bounds)


class NarrowWindow(Dispatcher):
    """Reads back no further than the intent, although the clocks differ."""

    def _read_back(self, delivery: Delivery) -> Delivery:
        assert delivery.intent_at is not None
        later = attrs.evolve(delivery, intent_at=delivery.intent_at + self._bounds.clock_skew)
        return attrs.evolve(super()._read_back(later), intent_at=delivery.intent_at)


class Impatient(Dispatcher):
    """Sends a part of a thread before it is known what it answers."""

    def _follow(self, delivery: Delivery, leader: Delivery) -> datetime | None:
        if leader.receipt is None and leader.state is not DeliveryState.FAILED:
            guessed = PostRef(platform="model", id=leader.id)
            return self._keep(delivery, outcome.answering(delivery, guessed)).not_before
        return super()._follow(delivery, leader)


class Unstoppable(Dispatcher):
    """Looks at no hold before it sends."""

    def _hold(self, delivery: Delivery) -> Hold | None:
        del delivery
        return None


class Forgotten(Dispatcher):
    """Does not look again at the hold once a delivery is held."""

    def _stop(self, delivery: Delivery, stopped: Delivery) -> datetime | None:
        return self._keep(delivery, stopped).not_before


def _for_good(true: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Fail what is too late, whether an earlier attempt is open or not."""
    return lambda delivery, **rest: true(attrs.evolve(delivery, open_since=None), **rest)


def _any_that_waits(true: Callable[..., bool]) -> Callable[..., bool]:
    """Let a person withdraw what may be on its way."""
    del true
    return lambda delivery: delivery.state in {DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.UNKNOWN}


def _even_resent(true: Callable[..., bool]) -> Callable[..., bool]:
    """Let a person withdraw what waits to be sent again under its key."""
    del true
    return lambda delivery: delivery.state in {DeliveryState.PENDING, DeliveryState.HELD}


def _pending(true: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Make an expired attempt pending again."""
    return lambda delivery, *, now, **rest: attrs.evolve(
        true(delivery, now=now, **rest), state=DeliveryState.PENDING, not_before=now
    )


def _forgetful(true: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Send again under the same key, and forget that the earlier attempt is open."""
    return lambda *args, **rest: attrs.evolve(true(*args, **rest), open_since=None)


def _uncounted(true: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Send again without an end what never becomes clear."""
    return lambda delivery, *args, **rest: true(attrs.evolve(delivery, unclear=0), *args, **rest)


def _twice_without_end(true: Callable[..., Delivery | None]) -> Callable[..., Delivery | None]:
    """Risk a second post again and again."""
    return lambda delivery, **rest: true(attrs.evolve(delivery, unclear=0, risked=0), **rest)


def _twice_and_forgotten(true: Callable[..., Delivery | None]) -> Callable[..., Delivery | None]:
    """Risk a second post, and forget that the first may be there."""

    def again(delivery: Delivery, **rest: Any) -> Delivery | None:
        after = true(delivery, **rest)
        return after if after is None else attrs.evolve(after, open_since=None)

    return again


def _twice_for_all(true: Callable[..., Delivery | None]) -> Callable[..., Delivery | None]:
    """Risk a second post of what nobody chose that for."""

    def again(delivery: Delivery, **rest: Any) -> Delivery | None:
        after = true(attrs.evolve(delivery, prefer_duplicate=True), **rest)
        return after if after is None else attrs.evolve(after, prefer_duplicate=False)

    return again


def _only_once(true: Callable[..., Delivery | None]) -> Callable[..., Delivery | None]:
    """Leave to a person what its author would rather have twice."""
    del true
    return lambda *_, **__: None


def _unwoken(true: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Let a held delivery go on, and wake nobody for it."""
    return lambda *args, **rest: attrs.evolve(true(*args, **rest), not_before=None)


def _done(true: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Take what was lost as over, although it may still be under way."""

    def doubt(delivery: Delivery, *, since: datetime, **rest: Any) -> Delivery:
        doubted = true(delivery, since=since, **rest)
        return doubted if doubted is delivery else attrs.evolve(doubted, intent_at=delivery.intent_at or since)

    return doubt


def _never(true: Callable[..., bool]) -> Callable[..., bool]:
    """Trust a key for ever."""
    del true
    return lambda *_, **__: False


def _at_once(true: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """Let a person decide that a post is absent as soon as anybody asks."""

    def decide(delivery: Delivery, found: object, *, again: bool, **rest: Any) -> Delivery:
        if found is None:
            state = DeliveryState.PENDING if again else DeliveryState.FAILED
            due = rest["now"] if again else None
            return attrs.evolve(delivery, state=state, not_before=due, version=delivery.version + 1)
        return true(delivery, found, again=again, **rest)

    return decide


def mutants() -> list[Mutant]:
    """Give every shortcut with the world in which it shows."""
    one = World(name="", workers=1, faults=FEW)
    two = attrs.evolve(one, workers=2)
    strong = World(name="").limits
    skewed = attrs.evolve(one, skew=1, nature=Nature(skew=1), stepping=True, bounds=_bounds(skew=1))
    keyed = World(name="", workers=1, faults=FEW, idempotency=Idempotency.KEY, read_back=ReadBack.WEAK)
    twice = World(name="", workers=1, faults=FEW, prefers=True, read_back=ReadBack.WEAK, attempts=2)
    return [
        Mutant(name="an expired attempt is sent again", world=one, patches={"expire": _pending}),
        Mutant(
            name="the network's own delay is not waited for",
            world=attrs.evolve(one, bounds=_hasty(lambda _, limits: limits.network_delay)),
        ),
        Mutant(
            name="the list's lag is not waited for",
            world=attrs.evolve(one, bounds=_hasty(lambda _, limits: limits.read_back_lag)),
        ),
        Mutant(
            name="the longest pause is left out",
            world=attrs.evolve(one, bounds=_hasty(lambda bounds, _: bounds.longest_pause)),
        ),
        Mutant(
            name="the start deadline is left out",
            world=attrs.evolve(one, bounds=_hasty(lambda bounds, _: bounds.start_deadline)),
        ),
        Mutant(name="the clocks' difference is left out", world=attrs.evolve(skewed, bounds=_bounds(skew=0))),
        Mutant(
            name="the list is read back from the intent alone, although clocks differ",
            world=attrs.evolve(skewed, dispatcher=NarrowWindow),
        ),
        Mutant(name="nobody looks at the deadline before sending", world=attrs.evolve(two, dispatcher=NoDeadline)),
        Mutant(
            name="the clock for the deadline stands still with the machine",
            world=attrs.evolve(two, nature=Nature(suspends=True)),
        ),
        Mutant(name="a 5xx or a time-out counts as not sent", world=attrs.evolve(one, says={"unclear": "unreachable"})),
        Mutant(
            name="a refusal as a duplicate counts as success",
            world=attrs.evolve(one, foreign=True, says={"duplicate": "receipt"}),
        ),
        Mutant(
            name="anybody's post of these words counts as ours",
            world=attrs.evolve(one, foreign=True, text_alone=True),
        ),
        Mutant(name="the intent replaces whatever is stored", world=attrs.evolve(two, compares=False, reduced=False)),
        Mutant(
            name="a list with gaps counts as whole",
            world=attrs.evolve(one, read_back=ReadBack.WEAK, limits=strong),
        ),
        Mutant(
            name="absence counts from when the list arrived, not from when it was asked for",
            world=attrs.evolve(one, dispatcher=AskedLate),
        ),
        Mutant(
            name="sent again under its key, the earlier attempt is forgotten",
            world=keyed,
            patches={"read_back": _forgetful},
        ),
        Mutant(
            name="a held delivery goes on, and its earlier attempt is forgotten",
            world=attrs.evolve(keyed, faults=FEW | {"lost"}),
            patches={"resume": _forgetful},
        ),
        Mutant(
            name="a held delivery goes on, and nobody is woken",
            world=attrs.evolve(one, faults=FEW | {"lost"}),
            patches={"resume": _unwoken},
        ),
        Mutant(
            name="attempts that never become clear are not counted",
            world=attrs.evolve(one, attempts=2, bounds=_counted(2)),
            patches={"read_back": _uncounted},
        ),
        Mutant(
            name="a part of a thread is woken only once the part before is on the network",
            world=attrs.evolve(one, parts=2, woken=frozenset({DeliveryState.DELIVERED})),
        ),
        Mutant(
            name="nobody notices that a backup was restored",
            world=attrs.evolve(one, backups=True, epoch=False),
        ),
        Mutant(
            name="after a restored backup, nobody waits for what was lost under way",
            world=attrs.evolve(one, backups=True),
            patches={"doubt": _done},
        ),
        Mutant(name="a key is trusted for ever", world=keyed, patches={"lapsed": _never}),
        Mutant(
            name="a person may call a post absent before it would show",
            world=attrs.evolve(one, faults=FEW | {"lost"}),
            patches={"decide": _at_once},
        ),
        Mutant(
            name="a part of a thread does not wait for the part before it",
            world=attrs.evolve(one, parts=2, dispatcher=Impatient),
        ),
        Mutant(
            name="nobody looks whether the time is over",
            world=attrs.evolve(one, not_after=3),
            patches={"too_late": _never},
        ),
        Mutant(
            name="what is too late has failed, although an earlier attempt is open",
            world=attrs.evolve(keyed, not_after=3),
            patches={"miss": _for_good},
        ),
        Mutant(
            name="nobody looks at the holds before sending",
            world=attrs.evolve(one, holds=True, dispatcher=Unstoppable),
        ),
        Mutant(
            name="nobody looks again at the hold once a delivery is held",
            world=attrs.evolve(one, holds=True, crashes=False, faults=frozenset({"unclear"}), dispatcher=Forgotten),
        ),
        Mutant(
            name="what may be on its way is withdrawn",
            world=attrs.evolve(one, withdraws=True),
            patches={"withdrawable": _any_that_waits},
        ),
        Mutant(
            name="what waits to be sent again under its key is withdrawn",
            world=attrs.evolve(keyed, withdraws=True),
            patches={"withdrawable": _even_resent},
        ),
        Mutant(
            name="a second post is risked although nobody chose it",
            world=attrs.evolve(twice, prefers=False),
            patches={"again": _twice_for_all},
        ),
        Mutant(
            name="a second post is risked before the network has acted on the first request",
            world=attrs.evolve(twice, bounds=_hasty_twice()),
        ),
        Mutant(name="a second post is risked without end", world=twice, patches={"again": _twice_without_end}),
        Mutant(
            name="a second post is risked, and the first attempt is forgotten",
            world=twice,
            patches={"again": _twice_and_forgotten},
        ),
        Mutant(name="what would rather be there twice is left to a person", world=twice, patches={"again": _only_once}),
    ]


def broken_bounds() -> list[Mutant]:
    """Give worlds that exceed what the settings state; the protocol is the true one."""
    one = World(name="", workers=1, faults=FEW)
    keyed = attrs.evolve(one, idempotency=Idempotency.KEY, read_back=ReadBack.WEAK, limits=_keyed_limits())
    return [
        Mutant(name="longest_pause", world=attrs.evolve(one, nature=Nature(pause=2))),
        Mutant(name="network_delay", world=attrs.evolve(one, nature=Nature(delay=2))),
        Mutant(name="read_back_lag", world=attrs.evolve(one, nature=Nature(lag=2))),
        Mutant(name="clock_skew", world=attrs.evolve(one, nature=Nature(skew=1), stepping=True)),
        Mutant(name="a clock that counts suspend", world=attrs.evolve(one, workers=2, nature=Nature(suspends=True))),
        Mutant(name="key_lifetime", world=attrs.evolve(keyed, nature=Nature(key_lifetime=2))),
        Mutant(
            name="longest_pause, weak list",
            world=attrs.evolve(one, read_back=ReadBack.WEAK, limits=_weak_limits(), nature=Nature(pause=2)),
        ),
        Mutant(
            name="network_delay, weak list",
            world=attrs.evolve(one, read_back=ReadBack.WEAK, limits=_weak_limits(), nature=Nature(delay=2)),
        ),
    ]


def left_to_a_person() -> list[World]:
    """Give worlds that break a bound under a list with gaps, where nobody decides: nothing goes wrong by itself."""
    weak = World(name="", read_back=ReadBack.WEAK, faults=FEW, person=False)
    return [
        attrs.evolve(weak, name="longest_pause", nature=Nature(pause=2)),
        attrs.evolve(weak, name="network_delay", nature=Nature(delay=2)),
        attrs.evolve(weak, name="read_back_lag", nature=Nature(lag=2)),
        attrs.evolve(weak, name="clock_skew", nature=Nature(skew=1), stepping=True, workers=1),
    ]


def _bounds(*, skew: int) -> Bounds:
    return World(name="", skew=skew).bounds


def _counted(attempts: int) -> Bounds:
    return World(name="", attempts=attempts).bounds


def _weak_limits() -> Limits:
    return World(name="", read_back=ReadBack.WEAK).limits


def _keyed_limits() -> Limits:
    return World(name="", read_back=ReadBack.WEAK, idempotency=Idempotency.KEY).limits

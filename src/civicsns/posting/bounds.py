"""How long each thing may last: what the proof that nothing is sent twice rests on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

import attrs

from civicsns.model.limits import Idempotency, Limits

if TYPE_CHECKING:
    from civicsns.config import DeliverySettings


@attrs.frozen(kw_only=True)
class Bounds:
    """
    How long each thing may last; the proof that nothing is sent twice rests on these.

    Attributes:
        start_deadline: Between writing down the intent and the first byte; later than that, nothing is sent.
        longest_pause: The longest that may lie between the look at the start deadline and the request's leaving:
            a process that stands still, a name looked up, a connection made. Suspended machines included.
        clock_skew: How far apart the clocks of the programme's machines may be, steps of one clock included.
        retry_first: The pause after the first attempt that provably sent nothing; it doubles each time.
        retry_attempts: After this many such attempts in a row the delivery has failed.
        attempts: After this many attempts of unknown outcome a person decides, even where each was read back as
            absent: a network that answers errors for ever may charge for each.
        budget_pause: How long to wait when the credits are spent, or the app is refused as a whole: somebody has to
            put that right.
    """

    start_deadline: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(seconds=120)
    clock_skew: timedelta = timedelta(seconds=30)
    retry_first: timedelta = timedelta(seconds=30)
    retry_attempts: int = 6
    attempts: int = 5
    budget_pause: timedelta = timedelta(hours=1)

    @classmethod
    def of(cls, settings: DeliverySettings) -> Self:
        """Give the bounds that the table `[delivery]` sets."""
        return cls(
            start_deadline=settings.start_deadline,
            longest_pause=settings.longest_pause,
            clock_skew=settings.clock_skew,
            retry_first=settings.retry_first,
            retry_attempts=settings.retry_attempts,
            attempts=settings.attempts,
        )

    def settled(self, intent_at: datetime, limits: Limits) -> datetime:
        """
        Give the time from which absence on the network proves that an attempt came to nothing.

        The intent's time, and on top of it all that may lie between it and the post showing in the network's list.
        The clock that is compared with it may be ahead of the one that gave *intent_at*.
        """
        return self.acted(intent_at, limits) + limits.read_back_lag

    def repeatable(self, open_since: datetime, now: datetime, limits: Limits) -> bool:
        """Tell whether an attempt begun *now* reaches a network that still knows the key of the one *open_since*."""
        return limits.idempotency is Idempotency.KEY and self.acted(now, limits) < open_since + limits.key_lifetime

    def acted(self, intent_at: datetime, limits: Limits) -> datetime:
        """Give the time by which the network has acted on an attempt, if ever: nothing of it is on its way any more."""
        return intent_at + self.start_deadline + self.longest_pause + limits.network_delay + self.clock_skew

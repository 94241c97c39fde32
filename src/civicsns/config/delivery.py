"""How deliveries are made, and what drives them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import attrs

from civicsns.config.checks import passes, positive


@attrs.frozen(kw_only=True)
class DeliverySettings:
    """
    The table `[delivery]`.

    Attributes:
        concurrency: How many accounts of one network are served at once.
        start_deadline: Between writing down the intent and the first byte; later than that, nothing is sent.
        longest_pause: The longest that one attempt may last.
        clock_skew: How far apart the clocks of the programme's machines may be, steps of one clock included.
        retry_first: The pause after the first attempt that provably sent nothing; it doubles each time.
        retry_attempts: After this many such attempts the delivery has failed.
        attempts: After this many attempts of unknown outcome a person decides.
    """

    concurrency: int = attrs.field(default=8, validator=positive)
    start_deadline: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(seconds=120)
    clock_skew: timedelta = timedelta(seconds=30)
    retry_first: timedelta = timedelta(seconds=30)
    retry_attempts: int = attrs.field(default=6, validator=positive)
    attempts: int = attrs.field(default=5, validator=positive)


class EngineName(StrEnum):
    """What drives deliveries."""

    #: This process: the one that publishes, or `civicsns dispatch`.
    INLINE = "inline"
    #: procrastinate, on the PostgreSQL database that is the store, on as many machines as there are (extra `cluster`).
    PROCRASTINATE = "procrastinate"


@attrs.frozen(kw_only=True)
class RunningSettings:
    """
    The table `[running]`.

    Attributes:
        engine: What drives deliveries.
        every: How often a loop looks for what other processes have put into the store.
        sweep: How often an engine is told again of what is overdue.
        heartbeat: How often a process that delivers gives a sign of life.
    """

    engine: EngineName = EngineName.INLINE
    every: timedelta = attrs.field(default=timedelta(seconds=5), validator=passes)
    sweep: timedelta = attrs.field(default=timedelta(seconds=60), validator=passes)
    heartbeat: timedelta = attrs.field(default=timedelta(seconds=15), validator=passes)

"""What a child does: open the programme, publish or take on what waits, and be killed on the way."""

from __future__ import annotations

import functools
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import crash_points
from crash_clock import SharedClock, sign_by

# What is loaded here, no child loads.
import civicsns.adapters.facebook.client
import civicsns.adapters.x
import civicsns.store.sql
from civicsns import plugins
from civicsns.model import Draft, Media
from civicsns.ports import Enrols, Uploads
from civicsns.program import Program

#: The smallest picture that both networks take for one.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
#: More rounds than any post needs; whoever needs more is stranded.
_ROUNDS = 80


class Engine(Protocol):
    """What calls the ledger when a step is due."""

    def settle(self, program: Program, clock: SharedClock) -> None:
        """Drive what is due, letting time pass, until nothing is due any more."""
        ...


class Inline:
    """The ledger's own list of what is due, as `civicsns dispatch` goes through it."""

    def settle(self, program: Program, clock: SharedClock) -> None:
        for _ in range(_ROUNDS):
            while program.dispatch():
                pass
            later = [one for one in _waiting(program) if one > clock.now()]
            if not later:
                # A part of a thread stays overdue while it waits for the part before it.
                assert not _waiting(program), "something is due, and nobody drives it"
                return
            clock.pass_to(later[0])
        msg = f"stranded after {_ROUNDS} rounds"
        raise AssertionError(msg)


def _waiting(program: Program) -> list[datetime]:
    """Give when steps are due, the first of them first."""
    waiting = program.store.due(datetime.max.replace(tzinfo=UTC))
    return [one.not_before for one in waiting if one.not_before is not None]


ENGINES: Mapping[str, Engine] = {"inline": Inline()}


def prepare() -> None:
    """Read once which adapters and rules are installed; every child would look through all packages for them."""
    found = functools.cache(plugins.entry_points)
    for group in (plugins.ADAPTERS, plugins.RULES):
        for point in found(group=group):
            point.load()
    plugins.entry_points = found  # type: ignore[assignment]  # the same, remembered


def work(job: Mapping[str, Any]) -> Any:
    """
    Do one job.

    Its parts: `settings`, `store`, `credentials`, `clock`: where things are; `point` and `signal`: where to die or to
    stand still; `stalls`: where time passes; `draft`: what to publish first, if anything; `engine`: by which engine the
    rest is driven; `skew`: seconds by which the clock is off.
    """
    clock = SharedClock(Path(job["clock"]), skew=timedelta(seconds=job.get("skew", 0)))
    sign_by(clock)
    wire = crash_points.Tripwire(
        job.get("point", ""), sign=job.get("signal", signal.SIGKILL), stalls=job.get("stalls", {}), clock=clock
    )
    wire.watch_sockets()
    store = crash_points.WatchedStore(job["store"], wire)
    vault = crash_points.WatchedVault(Path(job["credentials"]), wire)
    with Program.open(job["settings"], store=store, vault=vault, clock=clock) as program:
        for platform in ("x", "facebook"):
            _watch(wire, program.adapter(platform))
        if "draft" in job:
            program.publish(draft_of(job["draft"]), patience=timedelta(0))
        ENGINES[job["engine"]].settle(program, clock)
    return None


def _watch(wire: crash_points.Tripwire, adapter: object) -> None:
    wire.watch(adapter, "publish", "send")
    wire.watch(adapter, "find", "find")
    if isinstance(adapter, Uploads):
        wire.watch(adapter, "upload", "upload")
    if isinstance(adapter, Enrols):
        wire.watch(adapter, "refresh", "refresh")


def draft_of(given: Mapping[str, Any]) -> Draft:
    """Make a draft from plain data."""
    media = [Media(content=PICTURE, media_type="image/png", alt_text="佐賀の棚田")] if given.get("media") else []
    return Draft(
        author="1042",
        text=given["text"],
        accounts=given["accounts"],
        media=media,
        thread=bool(given.get("thread")),
    )

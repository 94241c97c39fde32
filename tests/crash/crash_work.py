"""What a child does: open the programme, publish or take on what waits, and be killed on the way."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import crash_points
from crash_clock import SharedClock, sign_by

from civicsns import assembly, plugins
from civicsns.engine.cluster import ProcrastinateEngine
from civicsns.model import Context, Draft, Lane, Media
from civicsns.ports import Engine, Enrols, Uploads
from civicsns.program import Program

#: The smallest picture that both networks take for one.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
#: More rounds than any one post needs; whoever needs more is stranded.
_ROUNDS = 80
#: So often an engine is looked at before it is told again of what it has missed.
_LOOKS = 20


class Driver(Protocol):
    """What calls the ledger when a step is due."""

    @property
    def engine(self) -> Engine | None:
        """The engine for the programme; None where the driver does without."""
        ...

    def settle(self, program: Program, clock: SharedClock) -> None:
        """Drive what is due, letting time pass, until nothing is due any more."""
        ...


class Inline:
    """The ledger's own list of what is due, as `civicsns dispatch` goes through it."""

    engine = None

    def __init__(self, job: Mapping[str, Any], clock: SharedClock) -> None:
        del clock
        self._rounds = job.get("rounds", _ROUNDS)

    def settle(self, program: Program, clock: SharedClock) -> None:
        for _ in range(self._rounds):
            while program.dispatch():
                pass
            if not _pass(program, clock):
                return
        msg = f"stranded after {self._rounds} rounds"
        raise AssertionError(msg)


class Cluster:
    """Workers of procrastinate, as `civicsns dispatch --loop` runs them on many machines."""

    def __init__(self, job: Mapping[str, Any], clock: SharedClock) -> None:
        self.engine = ProcrastinateEngine(
            job["jobs"],
            networks=("x", "facebook"),
            concurrency=2,
            queue=job["queue"],
            clock=clock,
            every=timedelta(seconds=0.05),
        )
        self.engine.install()
        self._at_work = 0

    def settle(self, program: Program, clock: SharedClock) -> None:
        drive = self.engine._drive
        assert drive is not None
        lock = threading.Lock()

        def counted(delivery_id: str) -> datetime | None:
            with lock:
                self._at_work += 1
            try:
                return drive(delivery_id)
            finally:
                with lock:
                    self._at_work -= 1

        self.engine.bind(counted)
        # It ends with its process, as workers do that are not asked: no job is under way then.
        threading.Thread(target=self.engine.run, args=(threading.Event(),), daemon=True).start()
        self._until_nothing_is_due(program, clock, lock)

    def _until_nothing_is_due(self, program: Program, clock: SharedClock, lock: threading.Lock) -> None:
        idle = 0
        for _ in range(_ROUNDS * _LOOKS):
            with lock:
                # Nobody begins or ends a step while time passes.
                if self._at_work == 0:
                    idle += 1
                    if not _due(program, clock):
                        idle = 0
                        if not _pass(program, clock):
                            return
                    elif idle % _LOOKS == 0:
                        # What was due when its worker died has no job any more: the sweep gives it one.
                        clock.pass_to(clock.now() + timedelta(seconds=2))
                        program.sweep()
            time.sleep(0.005)
        msg = f"stranded after {_ROUNDS} rounds"
        raise AssertionError(msg)


DRIVERS: Mapping[str, Callable[[Mapping[str, Any], SharedClock], Driver]] = {
    "inline": Inline,
    "procrastinate": Cluster,
}


def _pass(program: Program, clock: SharedClock) -> bool:
    """Let time pass until the next step is due; False where nothing is due any more."""
    waits = waiting(program)
    later = [one for one in waits if one > clock.now()]
    if len(later) == len(waits) and later:
        clock.pass_to(later[0])
    # What has come due meanwhile, on a clock that runs, is driven next.
    return bool(waits)


def _due(program: Program, clock: SharedClock) -> bool:
    """Whether something is due that does not wait for another."""
    store = program.store
    return any(
        one.follows is None
        or one.rendition.reply_to is not None
        or not (leader := store.get(one.follows)).not_before
        or leader.not_before <= clock.now()
        for one in store.due(clock.now())
    )


def waiting(program: Program) -> list[datetime]:
    """Give when steps are due, the first of them first."""
    waiting = program.store.due(datetime.max.replace(tzinfo=UTC))
    return [one.not_before for one in waiting if one.not_before is not None]


def prepare() -> None:
    """Load what every child needs, and look once through all packages for adapters and rules."""
    for name in ("civicsns.adapters.facebook.client", "civicsns.store.sql", "procrastinate.worker"):
        import_module(name)
    found = {group: entry_points(group=group) for group in (plugins.ADAPTERS, plugins.PACKS, plugins.RULES)}
    for points in found.values():
        for point in points:
            point.load()
    held = plugins.conduct(("jp-municipal",), None, today=datetime.now(UTC).date(), place="settings")
    rules = assembly.looking(held)
    assert rules is not None
    # Whatever is loaded when a post is first looked at, the dictionary of names among it.
    rules.check(Draft(author="1", text="山田太郎さん ０９０ http://example.com", accounts=("x",)), Context())
    plugins.entry_points = lambda *, group: found[group]  # type: ignore[attr-defined,assignment]  # the same, remembered


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
    vault = crash_points.WatchedVault(Path(job["credentials"]), wire, clock)
    driver = DRIVERS[job["engine"]](job, clock)
    with Program.open(job["settings"], store=store, vault=vault, engine=driver.engine, clock=clock) as program:
        watch(wire, program)
        if "draft" in job:
            program.publish(draft_of(job["draft"]), patience=timedelta(0))
        driver.settle(program, clock)
    return None


def watch(wire: crash_points.Tripwire, program: Program) -> None:
    """Lay wires around all calls to networks."""
    for platform in ("x", "facebook"):
        adapter = program.adapter(platform)
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
        lane=Lane.EMERGENCY if given.get("twice") else Lane.ROUTINE,
        prefer_duplicate=bool(given.get("twice")),
    )

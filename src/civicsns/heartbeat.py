"""
Signs of life: which processes deliver, on which machine, and what they are doing.

Each is a fact in the store, so that whoever can read the store can tell whether anybody is at work.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

import attrs

from civicsns.errors import CivicsnsError
from civicsns.model import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicsns.ports import Clock, Store

#: The kind of the facts.
KIND = "heartbeat"
#: The engine of a process that comes and goes.
ONCE = "once"
#: So long after its last beat one counts as alive.
ALIVE = timedelta(minutes=2)
#: So long after its last beat one is cleared away by whoever comes along.
_FORGOTTEN = timedelta(days=7)
#: So many of the deliveries that it is working on are named.
_NAMED = 20


@attrs.frozen(kw_only=True)
class Heartbeat:
    """
    A process that delivers.

    Attributes:
        key: Unique for each process.
        host: The machine's name.
        pid: Its number there.
        version: civicsns's version.
        engine: What it works with.
        since: When it began.
        at: When it last gave a sign of life, by its own clock.
        every: How often it gives one.
        ahead: How many seconds its clock was ahead of the database's; None where they are one.
        doing: Some of the deliveries that it was driving.
        keys: The names of the keys with which it opens what the vault has, the one that it seals with first; empty where
            it has no sealed vault, no key, or is of a version that did not say.
        trouble: Its last error since the beat before; empty where all is well.
    """

    key: str
    host: str
    pid: int
    version: str
    engine: str
    since: datetime
    at: datetime
    every: timedelta
    ahead: float | None = None
    doing: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def name(self) -> str:
        """What people call it: the machine and the number there."""
        return f"{self.host}:{self.pid}"

    @classmethod
    def read(cls, fact: Fact) -> Self:
        """
        Give what a fact says.

        Raises:
            KeyError, TypeError, ValueError: If it is no heartbeat.
        """
        value = fact.value
        return cls(
            key=fact.key,
            host=value["host"],
            pid=value["pid"],
            version=value["version"],
            engine=value["engine"],
            since=datetime.fromisoformat(value["since"]),
            at=datetime.fromisoformat(value["at"]),
            every=timedelta(seconds=value["every"]),
            ahead=value["ahead"],
            doing=tuple(value["doing"]),
            # One of an earlier version has none.
            keys=tuple(value.get("keys", ())),
            trouble=value["trouble"],
        )


class Pulse:
    """
    The heartbeat of this process.

    Args:
        store: Where it is kept.
        clock: Where the time comes from.
        engine: What this process works with.
        every: How often it will beat.
        keys: Names the keys with which this process opens what the vault has.
    """

    def __init__(
        self, *, store: Store, clock: Clock, engine: str, every: timedelta, keys: Callable[[], Sequence[str]] = tuple
    ) -> None:
        self._keys = keys
        self._store = store
        self._clock = clock
        host = socket.gethostname()
        self._beat = Heartbeat(
            key=f"{host}:{os.getpid()}:{secrets.token_hex(4)}",
            host=host,
            pid=os.getpid(),
            version=version("civicsns"),
            engine=engine,
            since=clock.now(),
            at=clock.now(),
            every=every,
        )
        self._fact: Fact | None = None

    @property
    def key(self) -> str:
        """The name of this process among those that deliver."""
        return self._beat.key

    def beat(self, *, doing: Sequence[str] = (), trouble: str = "") -> None:
        """
        Give a sign of life.

        Args:
            doing: The deliveries that are being driven.
            trouble: What went wrong since the last.

        Raises:
            StoreError: If the store is out of order.
        """
        now = self._clock.now()
        keys: Sequence[str] = ()
        try:
            keys = self._keys()
        except Exception as error:  # noqa: BLE001 -- a service of somebody else's; what its error says is not shown
            trouble = trouble or (str(error) if isinstance(error, CivicsnsError) else type(error).__name__)
        theirs = getattr(self._store, "time", None)
        database: datetime | None = theirs() if theirs is not None else None
        self._beat = attrs.evolve(
            self._beat,
            at=now,
            ahead=None if database is None else (self._clock.now() - database).total_seconds(),
            doing=tuple(doing[:_NAMED]),
            keys=tuple(keys),
            trouble=trouble,
        )
        new = _fact(self._beat)
        if self._fact is not None:
            new = self._fact.becomes(**new.value)
        if self._store.put(self._fact, new):
            self._fact = new
        else:
            # Somebody took us for dead and cleared it away.
            self._fact = None
            self.clear()

    def beat_once(self) -> None:
        """
        Give the sign of life of a process that comes and goes, one for each machine.

        Raises:
            StoreError: If the store is out of order.
        """
        key = f"{self._beat.host}:once"
        self._beat = attrs.evolve(self._beat, key=key)
        self._fact = next((fact for fact in self._store.facts(KIND) if fact.key == key), None)
        self.beat()

    def end(self) -> None:
        """
        Say that this process has ended as it should.

        Raises:
            StoreError: If the store is out of order.
        """
        if self._fact is not None:
            self._store.put(self._fact, None)
            self._fact = None

    def clear(self) -> None:
        """
        Clear away what is left of processes that ended long ago.

        Raises:
            StoreError: If the store is out of order.
        """
        now = self._clock.now()
        for fact in self._store.facts(KIND):
            if now - Heartbeat.read(fact).at > _FORGOTTEN:
                self._store.put(fact, None)


def _fact(beat: Heartbeat) -> Fact:
    return Fact(
        kind=KIND,
        key=beat.key,
        value={
            "host": beat.host,
            "pid": beat.pid,
            "version": beat.version,
            "engine": beat.engine,
            "since": beat.since.isoformat(),
            "at": beat.at.isoformat(),
            "every": beat.every.total_seconds(),
            "ahead": beat.ahead,
            "doing": list(beat.doing),
            "keys": list(beat.keys),
            "trouble": beat.trouble,
        },
    )

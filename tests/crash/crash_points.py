"""
Where a process can be killed: one table, and the wires that kill it there.

The wires lie around the store, the vault, the adapters and the sockets of the process; the program itself knows
nothing of them.
"""

from __future__ import annotations

import contextlib
import http.client
import signal
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
from crash_clock import SharedClock
from sqlalchemy import event

from civicsns.model import Account, Credential, Delivery, DeliveryState, Marks, Record
from civicsns.store.sql import SqlStore
from civicsns.vault.file import CredentialFile


@attrs.frozen(kw_only=True)
class Point:
    """
    One place at which the process is killed.

    Attributes:
        name: The wire.
        what: Where that is, in words.
        strikes: With which call the fault comes: `create`, `upload`, `find` or `refresh`.
        needs: What the post must have for the process to come here: `media`, `thread`, `doubt` (an attempt whose
            outcome is unknown) or `stale` (a token that is about to end).
        leaves: Whether a request is on its way when the process dies.
        unaccepted: Whether the post was never accepted: the transaction that adds it did not end.
        bounded: Whether the process may stand still here for `longest_pause` at most.
    """

    name: str
    what: str
    strikes: str = "create"
    needs: str = ""
    leaves: bool = False
    unaccepted: bool = False
    bounded: bool = False

    @property
    def may_stop(self) -> bool:
        """Whether a process may stand still here for as long as it likes without keeping others from going on."""
        return not self.bounded and not self.name.endswith(".inside")


POINTS = (
    Point(name="add.before", what="before the transaction that adds the deliveries", unaccepted=True),
    Point(name="add.inside", what="inside that transaction", unaccepted=True),
    Point(name="add.after", what="after it"),
    Point(name="upload.before", what="before the first file goes up", strikes="upload", needs="media"),
    Point(
        name="upload.sent",
        what="after a file's request, before its answer",
        strikes="upload",
        needs="media",
        leaves=True,
    ),
    Point(name="upload.answered", what="after the files went up, before that is kept", strikes="upload", needs="media"),
    Point(
        name="uploaded.inside", what="inside the transaction that keeps the uploads", strikes="upload", needs="media"
    ),
    Point(name="uploaded.after", what="after it", strikes="upload", needs="media"),
    Point(name="intent.before", what="before the transaction of the intent"),
    Point(name="intent.inside", what="inside it"),
    Point(name="intent.after", what="after it"),
    Point(name="send.before", what="before the first byte", bounded=True),
    Point(name="send.half", what="in the middle of the request", bounded=True),
    Point(name="send.sent", what="after the request, before the answer", leaves=True),
    Point(name="send.answered", what="after the answer, before the transaction of the end"),
    Point(name="end.inside", what="inside the transaction of the end"),
    Point(name="end.after", what="after it"),
    Point(name="find.before", what="before the network is read back", strikes="find", needs="doubt"),
    Point(
        name="find.sent", what="after the question, before the list arrives", strikes="find", needs="doubt", leaves=True
    ),
    Point(name="find.answered", what="after the list arrived", strikes="find", needs="doubt"),
    Point(name="found.inside", what="inside the transaction that keeps what was found", strikes="find", needs="doubt"),
    Point(name="found.after", what="after it", strikes="find", needs="doubt"),
    Point(name="refresh.before", what="before a token is exchanged", strikes="refresh", needs="stale"),
    Point(
        name="refresh.sent",
        what="after the token was sent for exchange, before the fresh one arrives",
        strikes="refresh",
        needs="stale",
        leaves=True,
    ),
    Point(name="refresh.answered", what="after the fresh token arrived, before it is kept", needs="stale"),
    Point(name="vault.inside", what="while the fresh token is written", needs="stale"),
    Point(name="vault.after", what="after the fresh token is kept, before it is used", needs="stale"),
    Point(name="answering.before", what="between two parts of a thread", needs="thread"),
    Point(name="answering.inside", what="inside the transaction that notes what the next part answers", needs="thread"),
    Point(name="answering.after", what="after it, before the next part's intent", needs="thread"),
)


class Tripwire:
    """
    Kills or stops this process when it reaches a point, or lets time pass there.

    Args:
        point: The name of the point; empty for none.
        sign: The signal with which that is done.
        stalls: Seconds that pass at other points, each once.
        clock: The clock on which they pass.
    """

    def __init__(self, point: str, *, sign: int, stalls: Mapping[str, float], clock: SharedClock) -> None:
        self.point = point
        self.call = ""
        self.step = ""
        self.sends = 0
        self._sign = sign
        self._stalls = dict(stalls)
        self._clock = clock

    def reach(self, point: str) -> None:
        if point == self.point:
            self.point = ""
            # To this very thread: the others must not run on while one of them takes the signal.
            signal.pthread_kill(threading.get_ident(), self._sign)
        if point in self._stalls:
            self._clock.pass_to(self._clock.now() + timedelta(seconds=self._stalls.pop(point)))

    @contextlib.contextmanager
    def stepping(self, step: str) -> Generator[None]:
        """Be in a step that ends with a transaction."""
        self.reach(f"{step}.before")
        self.step = step
        try:
            yield
        finally:
            self.step = ""
        self.reach(f"{step}.after")

    def watch(self, part: Any, method: str, call: str) -> None:
        """Lay a wire around a method that calls a network."""
        true: Callable[..., Any] = getattr(part, method)

        def watched(*args: Any, **named: Any) -> Any:
            if self.call:
                # A call that makes another of itself counts as one.
                return true(*args, **named)
            self.reach(f"{call}.before")
            self.call, self.sends = call, 0
            try:
                return true(*args, **named)
            finally:
                self.call = ""
                if self.sends:
                    self.reach(f"{call}.answered")

        setattr(part, method, watched)

    def watch_sockets(self) -> None:
        """Lay wires around what leaves for a network, and what is awaited from it."""
        send, answer = http.client.HTTPConnection.send, http.client.HTTPConnection.getresponse

        def watched_send(connection: http.client.HTTPConnection, data: Any) -> None:
            self.sends += 1
            if self.call and self.sends == 2:
                self.reach(f"{self.call}.half")
            send(connection, data)

        def watched_answer(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
            if self.call:
                self.reach(f"{self.call}.sent")
            return answer(connection)

        http.client.HTTPConnection.send = watched_send  # type: ignore[method-assign,assignment]  # the wire
        http.client.HTTPConnection.getresponse = watched_answer  # type: ignore[method-assign,assignment]  # the wire


class WatchedStore(SqlStore):
    """The durable store, with wires before, inside and after its transactions."""

    def __init__(self, address: str, wire: Tripwire) -> None:
        super().__init__(address)
        self._wire = wire
        event.listen(self._engine, "commit", lambda _: wire.reach(f"{wire.step}.inside"))

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None) -> None:
        with self._wire.stepping("add"):
            super().add(deliveries, records, marks)

    def add_unless(
        self, kind: str, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None
    ) -> bool:
        with self._wire.stepping("add"):
            return super().add_unless(kind, deliveries, records, marks)

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        with self._wire.stepping(_step(old, new)):
            return super().replace(old, new, record)

    def replace_unless(self, kind: str, old: Delivery, new: Delivery, record: Record) -> bool:
        with self._wire.stepping(_step(old, new)):
            return super().replace_unless(kind, old, new, record)


def _step(old: Delivery, new: Delivery) -> str:
    if new.state is DeliveryState.SENDING:
        return "intent"
    if old.state is DeliveryState.SENDING:
        return "end"
    if old.state is DeliveryState.UNKNOWN:
        return "found"
    if new.rendition.reply_to != old.rendition.reply_to:
        return "answering"
    return "uploaded" if new.rendition.uploads != old.rendition.uploads else "other"


class WatchedVault(CredentialFile):
    """The file of credentials, with wires while it is written and after."""

    def __init__(self, path: Path, wire: Tripwire, clock: SharedClock) -> None:
        # Who stands still does so until the others have come to an end.
        super().__init__(path, clock=clock, patience=0.05)
        self._wire = wire

    def put(self, account: Account, credential: Credential) -> bool:
        replace = Path.replace

        def watched(path: Path, target: Path) -> Path:
            self._wire.reach("vault.inside")
            return replace(path, target)

        Path.replace = watched  # type: ignore[method-assign, assignment]  # the wire
        try:
            return super().put(account, credential)
        finally:
            Path.replace = replace  # type: ignore[method-assign]
            self._wire.reach("vault.after")

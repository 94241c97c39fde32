"""
What this machine remembers of the store, outside the store: so that a restored backup is noticed.

A backup knows nothing of what was sent after it was made; sent again, that would be out twice.
So each intent is noted in a file beside the settings before it is acted on, and once in a while how far the records
had come. Where the store later knows less than this file, it was put back to an earlier time, and whatever waits in
it is read back before it is sent (`posting.readback.doubt`).
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import attrs
from filelock import FileLock

from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Delivery, Fact, Record
from civicsns.model.moment import require_aware
from civicsns.ports import Restorable, Store
from civicsns.posting import readback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from civicsns.ports import Clock
    from civicsns.posting.bounds import Bounds

_log = Events(__name__)

#: The kind of the facts about the store itself, and the subject of the records about it.
STORE = "store"
#: So many of the last intents are compared with the store. Of what was lost, one at least is among them, as long as
#: fewer attempts than this are under way at once on one machine: each is noted before it is acted on.
_COMPARED = 64
#: What is longer ago may have been destroyed at the end of its time, and its absence says nothing.
_KEPT = timedelta(days=300)
#: At most so many seconds of notes are lost where the power goes; a killed process loses none.
_TO_DISK = 1.0
#: How often, in seconds, it is noted how far the records have come.
_SEEN_EVERY = 2.0
#: The size at which a file is put aside and a new one begun; the one put aside is still read.
_FULL = 256 * 1024


class GuardedStore(Store, Restorable):
    """A store of which it can be told that it was restored."""


@attrs.frozen(kw_only=True)
class _Noted:
    """What a file says: the last intents, by delivery, and the newest record that was seen."""

    intents: dict[str, tuple[int, datetime]] = attrs.field(factory=dict)
    newest: int = 0


class Epoch:
    """
    Notices when the store was put back to an earlier time.

    Args:
        folder: Where to note; it must not be part of the store's backup. It is made when it is needed.
        store: The store.
        clock: Where the time comes from.
        bounds: How long things may last.

    Attributes:
        restored: How many deliveries were found to be in doubt since this was opened; None where the store was never
            found to have been restored.
    """

    def __init__(self, folder: Path, store: GuardedStore, *, clock: Clock, bounds: Bounds) -> None:
        self.restored: int | None = None
        self._folder = folder
        self._store = store
        self._clock = clock
        self._bounds = bounds
        self._lock = threading.Lock()
        self._identity: str | None = None
        self._verified = -1
        self._newest = 0
        self._noted_at = self._kept_at = -_SEEN_EVERY

    def verify(self) -> bool:
        """
        Compare the store with what was noted; put in doubt what waits, where the store knows less.

        Returns:
            Whether it was found to be as far as it ever was.

        Raises:
            ConfigurationError: If what was noted cannot be read.
            StoreError: If the store is out of order.
        """
        with self._lock:
            return self._verify()

    def witness(self, intent: Delivery) -> bool:
        """
        Note an intent that the store has, before it is acted on.

        Returns:
            Whether it may be acted on: False where the store was restored just now.

        Raises:
            StoreError: If the store is out of order.
        """
        assert intent.intent_at is not None, "only an intent is noted"
        if self._verified != self._store.connections:
            # Behind a new connection there may be another database.
            with self._lock:
                if self._verified != self._store.connections and not self._verify():
                    return False
        self._note(["i", intent.id, intent.version, intent.intent_at.isoformat()])
        return True

    def look(self) -> None:
        """
        See whether the store is still as far as it was, and note how far it is; for a loop.

        Raises:
            StoreError: If the store is out of order.
        """
        newest, _ = self._store.newest()
        if newest < self._newest or self._verified != self._store.connections:
            self.verify()
            return
        now = time.monotonic()
        if newest > self._newest and now - self._noted_at >= _SEEN_EVERY:
            self._newest, self._noted_at = newest, now
            self._note(["m", newest])

    def _verify(self) -> bool:
        connections = self._store.connections
        identity = self._known_identity()
        newest, newest_at = self._store.newest()
        if identity is None:
            # The backup may be from before the store had a name; in a new store nothing waits.
            fine = not any(self._folder.glob("*.log")) or not self._store.unended()
        else:
            fine = self._agrees(_read(self._lines(identity)), newest)
        if not fine:
            since = min(newest_at or self._clock.now(), self._clock.now())
            self.restored = doubt(self._store, since=since, clock=self._clock, bounds=self._bounds)
            self._note(["r", self._store.newest()[0]])
        # Now, while nothing waits in a store that is new.
        self._named()
        self._newest, self._verified = newest, connections
        return fine

    def _agrees(self, noted: _Noted, newest: int) -> bool:
        if newest < noted.newest:
            return False
        found = self._store.intents(list(noted.intents))
        for delivery_id, (version, at) in noted.intents.items():
            stored, stored_at = found.get(delivery_id, (-1, None))
            destroyed = delivery_id not in found and at < self._clock.now() - _KEPT
            # The same version of another history was begun at another time.
            if (stored < version and not destroyed) or (stored == version and stored_at != at):
                return False
        return True

    def _known_identity(self) -> str | None:
        if self._identity is None:
            self._identity = next(
                (str(fact.value["id"]) for fact in self._store.facts(STORE) if fact.key == "identity"), None
            )
        return self._identity

    def _named(self) -> str:
        """Give the store's name for life; a backup of it has the same."""
        while (identity := self._known_identity()) is None:
            self._store.put(None, Fact(kind=STORE, key="identity", value={"id": uuid.uuid4().hex}))
        return identity

    def _note(self, line: list[Any]) -> None:
        written = (json.dumps(line) + "\n").encode()
        path = self._folder / f"{self._named()}.log"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Several processes append to it; what is this short is written in one piece.
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, written)
                if time.monotonic() - self._kept_at >= _TO_DISK:
                    os.fsync(file)
                    self._kept_at = time.monotonic()
                full = os.fstat(file).st_size > _FULL
            finally:
                os.close(file)
            if full:
                self._put_aside(path)
        except OSError as error:
            # It protects from a backup that is restored later; for that alone no post is held back today.
            _log.info("epoch.not_noted", folder=str(self._folder), error=error.strerror or "")

    def _put_aside(self, path: Path) -> None:
        with FileLock(f"{path}.lock"), contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > _FULL:
                path.replace(path.with_suffix(".log.1"))

    def _lines(self, identity: str) -> Iterator[bytes]:
        for name in (f"{identity}.log.1", f"{identity}.log"):
            path = self._folder / name
            try:
                written = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ConfigurationError(
                    Bilingual(
                        f"このマシンの送信の控えを読めません（{error.strerror}）。",
                        f"What this machine has noted of its posts cannot be read ({error.strerror}).",
                    ),
                    mend=Bilingual(
                        "civicsns を動かす利用者が読み書きできるようにしてください。復元した直後なら消さないでください。",
                        "Let the user who runs civicsns read and write it; do not delete it after a restore.",
                    ),
                    place=str(path),
                ) from error
            yield from written.splitlines()


def _read(lines: Iterator[bytes]) -> _Noted:
    intents: dict[str, tuple[int, datetime]] = {}
    newest = 0
    for line in lines:
        try:
            match json.loads(line):
                case ["i", str(delivery_id), int(version), str(at)]:
                    # Put at the end, where it stood already.
                    intents.pop(delivery_id, None)
                    intents[delivery_id] = (version, datetime.fromisoformat(at))
                case ["m", int(seen)]:
                    newest = seen
                case ["r", int(seen)]:
                    # The store was restored, and that has been dealt with: what was before no longer counts.
                    intents, newest = {}, seen
                case _:
                    continue
        except ValueError:
            # A process died in the middle of it, before it sent anything.
            continue
    return _Noted(intents=dict(list(intents.items())[-_COMPARED:]), newest=newest)


def put_back(store: Store, *, taken_at: datetime, clock: Clock, bounds: Bounds, by: str) -> int:
    """
    Have everything that waits read back before it is sent: a person says that the store was restored.

    Args:
        store: The store, as the backup left it.
        taken_at: When the backup was made, or earlier.
        clock: Where the time comes from.
        bounds: How long things may last.
        by: The personnel number of the person who says so.

    Returns:
        How many deliveries are in doubt now.

    Raises:
        BadInput: If *taken_at* has no zone or lies ahead, or the store ends with its process.
        StoreError: If the store is out of order; say it again.
    """
    require_aware(taken_at, "taken_at")
    if taken_at > clock.now() or not isinstance(store, Restorable):
        raise BadInput(
            Bilingual("バックアップを取った時刻が正しくありません。", "The time of the backup is wrong."),
            mend=Bilingual("バックアップを取った時刻を書いてください。", "Give the time at which it was made."),
            place="taken_at",
        )
    return doubt(cast("GuardedStore", store), since=taken_at, clock=clock, bounds=bounds, by=by)


def doubt(store: GuardedStore, *, since: datetime, clock: Clock, bounds: Bounds, by: str = "") -> int:
    """
    Have everything that waits in a restored store read back before it is sent.

    Dying in the middle of it does no harm: it is taken up again from the same time.

    Args:
        store: The store, as the backup left it.
        since: When the backup was made, or earlier; what was lost was begun after that.
        clock: Where the time comes from.
        bounds: How long things may last.
        by: The personnel number of the person who says so; empty where it was noticed by itself.

    Returns:
        How many deliveries are in doubt.

    Raises:
        StoreError: If the store is out of order; do it again.
    """
    begun = _begun(store, since=since, clock=clock)
    since = min(since, datetime.fromisoformat(begun.value["since"]))
    doubted: set[str] = set()
    missed = True
    while missed:
        missed = False
        for old in store.unended():
            if old.id in doubted:
                continue
            now = clock.now()
            new = readback.doubt(old, since=since, now=now, bounds=bounds)
            if new is old:
                continue
            facts = {"account": new.rendition.account, "rendition": new.rendition.digest, "since": since.isoformat()}
            record = Record(at=now, subject=old.id, event="delivery.doubted", by=by, facts=facts)
            if store.replace(old, new, record):
                doubted.add(old.id)
            else:
                # Somebody drives it at this very moment; what became of it is looked at again.
                missed = True
    facts = {"since": since.isoformat(), "doubted": str(len(doubted))}
    ended = Record(at=clock.now(), subject=STORE, event="store.restored", by=by, facts=facts)
    store.put(begun, begun.becomes(**{**begun.value, "done": True}), [ended])
    _log.info(ended.event, **facts)
    return len(doubted)


def _begun(store: GuardedStore, *, since: datetime, clock: Clock) -> Fact:
    """Write down since when, before the records that are written now make the store look newer than the backup."""
    while True:
        last = next((fact for fact in store.facts(STORE) if fact.key == "restored"), None)
        if last is not None and not last.value["done"]:
            return last
        value = {"since": since.isoformat(), "noticed": clock.now().isoformat(), "done": False}
        begun = Fact(kind=STORE, key="restored", value=value) if last is None else last.becomes(**value)
        if store.put(last, begun):
            return begun

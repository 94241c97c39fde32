"""
How far this machine's clock has been set: by a person, or by the synchronisation of time.

What was begun before, or by a machine whose clock was wrong then, is looked for in a stretch that is wider by as much,
and its absence proves something only later by as much. So a clock that is set by hours costs time, and no post.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from civicsns.ports import Clock

#: Clocks that are merely synchronised move by less than this.
_STEP = 1.0
#: What was begun longer ago than this, in seconds, is settled: from then on a step makes no difference.
_FORGOTTEN = 86400.0
#: Tells one start of a Linux machine from another; the clock that nobody sets begins anew with each.
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Drift:
    """
    Watches the clock by the one that nobody sets.

    Args:
        clock: The clock.
        file: Where to remember what was seen, for the processes that come after this one on the same machine; None
            where nothing is remembered.
    """

    def __init__(self, clock: Clock, *, file: Path | None = None) -> None:
        self._clock = clock
        self._file = file
        self._lock = threading.Lock()
        self._boot = _boot()
        #: How far the one clock was ahead of the other, and until when it was seen to be.
        self._seen: deque[tuple[float, float]] = deque(self._remembered())
        self.spread()

    def spread(self) -> timedelta:
        """Give by how much the clock has been set in the last day, as far as was seen; nothing for less than a second."""
        elapsed = self._clock.elapsed()
        ahead = self._clock.now().timestamp() - elapsed
        with self._lock:
            stepped = not self._seen or abs(self._seen[-1][1] - ahead) >= _STEP
            if not stepped:
                # The same as before; the value of the first look stays, so that small steps add up.
                ahead = self._seen[-1][1]
                self._seen.pop()
            self._seen.append((elapsed, ahead))
            while self._seen[0][0] < elapsed - _FORGOTTEN:
                self._seen.popleft()
            if stepped:
                self._remember()
            if len(self._seen) == 1:
                return timedelta(0)
            all_ = [seen for _, seen in self._seen]
            return timedelta(seconds=max(all_) - min(all_))

    def _remembered(self) -> list[tuple[float, float]]:
        if self._file is None or not self._boot:
            return []
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            read = json.loads(self._file.read_bytes())
            if read["boot"] == self._boot:
                return [(float(until), float(ahead)) for until, ahead in read["seen"]]
        return []

    def _remember(self) -> None:
        if self._file is None or not self._boot:
            return
        # Where it cannot be written, this process remembers; those after it begin anew.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._file.with_suffix(f".{os.getpid()}")
            new.write_text(json.dumps({"boot": self._boot, "seen": list(self._seen)}), encoding="utf-8")
            new.replace(self._file)


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""

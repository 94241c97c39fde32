"""Finishing what sign-ins have left half done, wherever the pages are served."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from civicsns.log import Events

if TYPE_CHECKING:
    from civicsns.program import Program

_log = Events(__name__)

#: So often it is done while somebody looks at the pages.
EVERY: Final = timedelta(minutes=1)


class Finishing:
    """
    Finishes sign-ins that a crash has left, and gives up those that nobody came back for.

    The application that the pages are mounted in tells them neither when it starts nor when it ends, so a page that is
    asked for sets it off, once it is answered: the first one, and one in a minute after that.

    Args:
        program: Whose accounts are connected.
    """

    def __init__(self, program: Program) -> None:
        self._enrolments = program.enrolments
        self._lock = threading.Lock()
        self._last: datetime | None = None

    def due(self) -> bool:
        """Tell whether it is to be done now; to one who asks, and to nobody else for a minute."""
        now = self._enrolments.desk.now
        with self._lock:
            # A clock that was set back makes it due, too.
            if self._last is not None and self._last <= now < self._last + EVERY:
                return False
            self._last = now
            return True

    def finish(self) -> None:
        """Do it; what went wrong is tried again the next time, and the pages say so too."""
        try:
            self._enrolments.resume()
        except Exception as error:  # noqa: BLE001 -- nobody waits for it who could be told
            _log.failed("web.not_resumed", error)

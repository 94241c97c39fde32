"""When cool-offs began."""

from __future__ import annotations

import hmac
import json
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from civicsns.policy.personal.said import Shut

if TYPE_CHECKING:
    from pathlib import Path

#: How long the beginning of a cool-off is kept.
_FORGOTTEN: Final = timedelta(days=7)


class Clocks(Shut):
    """
    When cool-offs began, in a file beside the person's rules.

    What was answered stands there in a form that only this file's own key can be compared with: neither handle nor text.

    Args:
        path: The file; None to remember nothing beyond this process.
    """

    __slots__ = ("_held", "_path")

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: dict[str, Any] = {}

    def since(self, answered: str, now: datetime) -> datetime:
        """Give when the cool-off before answering *answered* began: at this moment, where it has not begun yet."""
        held = self._read()
        key = held.get("key")
        if not isinstance(key, str):
            key = os.urandom(32).hex()
        mark = hmac.digest(key.encode(), answered.encode("utf-8", "surrogatepass"), "sha256").hex()
        begun = {name: when for name, when in _moments(held.get("begun")).items() if now - when < _FORGOTTEN}
        # A clock that was put back must not lengthen the wait.
        if mark not in begun or begun[mark] > now:
            begun[mark] = now
            self._write({"key": key, "begun": {name: when.isoformat() for name, when in begun.items()}})
        return begun[mark]

    def _read(self) -> dict[str, Any]:
        if self._path is None:
            return self._held
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return held if isinstance(held, dict) else {}

    def _write(self, held: dict[str, Any]) -> None:
        self._held = held
        if self._path is None:
            return
        try:
            # Replaced whole, and never readable by others, not even for a moment.
            new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            new.unlink(missing_ok=True)
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(held, file)
            new.replace(self._path)
        except OSError:
            # Whoever cannot keep a clock waits from check to check.
            return


def _moments(given: object) -> dict[str, datetime]:
    """Give the beginnings of a file that may have been changed by hand."""
    read: dict[str, datetime] = {}
    for name, written in (given if isinstance(given, dict) else dict[str, object]()).items():
        try:
            when = datetime.fromisoformat(str(written))
        except ValueError:
            continue
        if when.tzinfo is not None:
            read[str(name)] = when
    return read

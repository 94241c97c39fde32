"""
A workshop: a process that has everything loaded, and forks a child for each job.

A child is a process of its own, with its own sockets and database connections, and dies alone; yet it costs a few
milliseconds instead of a second. The workshop itself holds neither sockets nor threads.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs


@attrs.frozen(kw_only=True)
class Ended:
    """
    How a child ended.

    Attributes:
        signal: The signal that killed or stopped it; 0 where it ended by itself.
        said: What it gave back; None where it was killed.
        error: Its traceback; empty where all went well.
    """

    signal: int
    said: Any = None
    error: str = ""


class HungError(AssertionError):
    """A child did not end in time."""


class Workshop:
    """The parent's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workshop; children that still run are killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def warm(self, **job: Any) -> None:
        """Do a job in the workshop itself, so that its children find loaded what it takes."""
        self._ask({"warm": job})

    def start(self, **job: Any) -> int:
        """Start a child on *job*, and give its process id."""
        child: int = self._ask({"start": job})
        return child

    def wait(self, child: int, *, seconds: float = 60.0) -> Ended:
        """
        Wait until a child has ended, or stands still.

        Raises:
            HungError: If it has not ended after *seconds*; it is killed.
        """
        ended = self._ask({"wait": child, "seconds": seconds})
        if ended is None:
            msg = f"the child was still running after {seconds} s"
            raise HungError(msg)
        return Ended(**ended)

    def ended(self) -> dict[int, Ended]:
        """Give the children that have ended since somebody asked, without waiting."""
        return {int(child): Ended(**ended) for child, ended in self._ask({"ended": True}).items()}

    def go_on(self, child: int) -> Ended:
        """Let a child that stands still go on, and wait for it."""
        self._ask({"go on": child})
        return self.wait(child)

    def run(self, *, seconds: float = 60.0, **job: Any) -> Ended:
        """Do *job* in a child, and wait for it."""
        return self.wait(self.start(**job), seconds=seconds)

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


# --- the workshop's side ------------------------------------------------------------------------------------------


def _serve() -> None:
    sys.path.append(str(Path(__file__).parent))
    import crash_soak  # noqa: PLC0415 -- in the workshop alone
    import crash_work  # noqa: PLC0415 -- same

    crash_work.prepare()
    # What children print must not mix with our answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    children: dict[int, int] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if "warm" in question:
            answer: Any = crash_work.work(question["warm"])
            # What lives now is shared with all children, as long as nobody counts its references anew.
            gc.collect()
            gc.freeze()
        elif "start" in question:
            job = question["start"]
            pid, reading = _fork(crash_soak.serve if "soak" in job else crash_work.work, job)
            children[pid] = reading
            answer = pid
        elif "ended" in question:
            gone = {pid: ended for pid in children if (ended := _ended(pid, children[pid]))}
            children = {pid: pipe for pid, pipe in children.items() if pid not in gone}
            answer = gone
        elif "go on" in question:
            os.kill(question["go on"], signal.SIGCONT)
            answer = None
        else:
            pid = question["wait"]
            answer = _wait(pid, children[pid], question["seconds"])
            if answer is None or answer["signal"] != signal.SIGSTOP:
                del children[pid]
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _fork(work: Any, job: dict[str, Any]) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    said: dict[str, Any]
    try:
        said = {"said": work(job)}
    except BaseException:  # noqa: BLE001 -- reported to the parent
        said = {"error": traceback.format_exc()}
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        pipe.write(json.dumps(said))
    # Nothing of the workshop's is cleared away by a child.
    os._exit(0)


def _wait(pid: int, reading: int, seconds: float) -> dict[str, Any] | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended = _ended(pid, reading, also=os.WUNTRACED)
        if ended is not None:
            return ended
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(reading)
    return None


def _ended(pid: int, reading: int, *, also: int = 0) -> dict[str, Any] | None:
    ended, status = os.waitpid(pid, os.WNOHANG | also)
    if not ended:
        return None
    if os.WIFSTOPPED(status):
        return {"signal": os.WSTOPSIG(status)}
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"signal": killed, **(json.loads(text) if text and not killed else {})}


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        _serve()

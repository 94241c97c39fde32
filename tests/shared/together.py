"""Having several threads do the same at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest


def meeting(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, parties: int) -> None:
    """Let the first call of each of so many threads meet the others before it returns: the tightest race there is."""
    original = getattr(owner, name)
    gate = threading.Barrier(parties)
    met: set[int] = set()

    def met_first(*arguments: object) -> object:
        answer = original(*arguments)
        if threading.get_ident() not in met:
            met.add(threading.get_ident())
            gate.wait(timeout=20)
        return answer

    monkeypatch.setattr(owner, name, met_first)


def at_once(parties: int, act: Callable[[], object]) -> None:
    threads = [threading.Thread(target=act) for _ in range(parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

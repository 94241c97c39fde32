"""The variants of the world in which the true protocol must hold."""

from __future__ import annotations

from typing import Any

import attrs
from ledger_world import Nature, World

from civicsns.model import Idempotency, ReadBack

_FEW = frozenset({"unclear", "refused", "unreachable"})
_UNCLEAR = frozenset({"unclear"})
_KEY = Idempotency.KEY
_WEAK = ReadBack.WEAK
_TWICE = frozenset({"unclear", "refused", "lost"})


def quick() -> list[World]:
    """Give the variants that the tests explore, each whole."""
    skewed = World(name="", skew=1, nature=Nature(skew=1), stepping=True, workers=1, faults=_FEW)
    return [
        World(name="strong list, one worker, every step apart", workers=1, reduced=False),
        World(name="strong list, two workers", faults=_FEW),
        World(name="weak list, two workers", read_back=_WEAK, faults=_FEW),
        World(name="somebody else's same words", workers=1, foreign=True),
        World(name="key, strong list", workers=1, idempotency=_KEY, faults=_FEW),
        World(name="key, weak list", workers=1, idempotency=_KEY, read_back=_WEAK, faults=_FEW),
        attrs.evolve(skewed, name="clocks that differ and are set"),
        World(name="thread of two", workers=1, parts=2),
        World(name="two unclear attempts at most", workers=1, attempts=2),
        World(name="a restored backup", workers=1, backups=True, faults=frozenset({"unclear"}), person=False),
        World(name="files first", workers=1, uploads=True),
        World(name="a time after which nothing is sent", workers=1, not_after=3, faults=_FEW),
        World(
            name="a time after which nothing is sent, key", workers=1, not_after=3, idempotency=_KEY, faults=_UNCLEAR
        ),
        World(name="holds and withdrawals", workers=1, holds=True, withdraws=True, faults=_FEW),
        World(name="a hold is lifted, and nobody dies", workers=1, holds=True, crashes=False, faults=_UNCLEAR),
        _twice("", workers=1),
    ]


def _twice(name: str, **more: Any) -> World:
    """Give a world in which the author would rather have the post twice, and nothing proves that it is absent."""
    of = {"prefers": True, "attempts": 2, "read_back": _WEAK, "faults": _TWICE, **more}
    return World(name=f"rather twice, {name}" if name else "rather twice", **of)


def full() -> list[World]:
    """Give the larger variants, for `make model`."""
    apart = Nature(skew=1)
    return [
        World(name="strong list, two workers, every answer"),
        World(name="weak list, two workers, every answer", read_back=_WEAK),
        World(name="somebody else's same words, two workers", foreign=True),
        World(name="strong list, two workers, every step apart", faults=frozenset({"unclear"}), reduced=False),
        World(name="strong list, three workers", workers=3, faults=frozenset({"unclear"})),
        World(name="thread of two, two workers", parts=2, faults=_FEW),
        World(name="files first, two workers", uploads=True, faults=_FEW),
        World(name="clocks that differ and are set, two workers", skew=1, nature=apart, stepping=True, faults=_FEW),
        World(name="machine 2 ahead, two workers", skew=1, nature=apart, faults=_FEW),
        World(name="key, strong list, every answer", workers=1, idempotency=_KEY),
        World(name="key, strong list, two workers", idempotency=_KEY, faults=frozenset({"unclear", "refused"})),
        World(name="a time after which nothing is sent, two workers", not_after=3, faults=_UNCLEAR),
        World(name="holds and withdrawals, two workers", holds=True, withdraws=True, faults=_UNCLEAR),
        World(name="key, weak list, every answer", workers=1, idempotency=_KEY, read_back=_WEAK),
        World(name="a restored backup, every answer", workers=1, backups=True),
        World(name="a restored backup, two workers", backups=True, faults=frozenset({"unclear"})),
        World(name="a restored backup, weak list", workers=1, backups=True, read_back=_WEAK, faults=_FEW),
        World(
            name="a restored backup, key",
            workers=1,
            backups=True,
            idempotency=_KEY,
            person=False,
            faults=frozenset({"unclear", "refused"}),
        ),
        World(name="a restored backup, thread of two", workers=1, backups=True, parts=2, faults=_FEW),
        World(name="key, two unclear attempts at most", workers=1, idempotency=_KEY, attempts=2),
        World(name="two unclear attempts at most, two workers", attempts=2, faults=_FEW),
        World(name="rather twice, three attempts at most", workers=1, prefers=True, attempts=3, read_back=_WEAK),
        World(name="rather twice, strong list", workers=1, prefers=True, attempts=3),
        _twice("two workers"),
        _twice("key", idempotency=_KEY, workers=1),
        _twice("thread of two", parts=2, workers=1, faults=_UNCLEAR),
        _twice("holds and an end", workers=1, holds=True, not_after=6),
        _twice("clocks", workers=1, skew=1, nature=apart, stepping=True),
        _twice("a restored backup", workers=1, backups=True, faults=_UNCLEAR),
    ]

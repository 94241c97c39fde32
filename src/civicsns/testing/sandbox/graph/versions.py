"""
The versions of the Graph API and the days on which they end.

Source: Meta, Graph API, "Versions" (read on 2026-11-22). A version of which no end is announced has None.
Meta forwards a call under an expired version to the oldest one that still works. The practice network refuses it
instead: a program that relies on the forwarding meets other answers than those it was written for.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from civicsns.testing.sandbox.graph.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Each version and when it ends.
VERSIONS: Final[Mapping[str, datetime | None]] = MappingProxyType(
    {
        "v19.0": datetime(2026, 5, 21, tzinfo=UTC),
        "v20.0": datetime(2026, 9, 24, tzinfo=UTC),
        "v21.0": datetime(2027, 1, 21, tzinfo=UTC),
        "v22.0": datetime(2027, 5, 20, tzinfo=UTC),
        "v23.0": datetime(2027, 10, 8, tzinfo=UTC),
        "v24.0": datetime(2028, 2, 18, tzinfo=UTC),
        "v25.0": datetime(2028, 7, 29, tzinfo=UTC),
        "v26.0": None,
    }
)
_VERSION: Final = re.compile(r"v[0-9]+\.[0-9]+", re.ASCII)


def split(path: str) -> tuple[str, tuple[str, ...]]:
    """Divide *path* into the version, empty where it names none, and the rest."""
    parts = tuple(part for part in path.split("/") if part)
    if parts and _VERSION.fullmatch(parts[0]):
        return parts[0], parts[1:]
    return "", parts


def resolve(version: str, table: Mapping[str, datetime | None], now: datetime) -> str:
    """
    Give the version that answers a call; the oldest that works for a call that names none.

    Raises:
        GraphError: If there is no such version (code 2500), or it has ended (code 2635).
    """
    if not version:
        alive = [name for name, end in table.items() if end is None or end > now]
        if not alive:
            raise GraphError(code=2635, message="(#2635) No version is in service.")
        return min(alive, key=_number)
    if version not in table:
        raise GraphError(code=2500, message=f"Unknown path components: /{version}")
    end = table[version]
    if end is not None and end <= now:
        newest = max(table, key=_number)
        raise GraphError(
            code=2635, message=f"(#2635) Version {version} ended on {end:%Y-%m-%d}. Call {newest} instead."
        )
    return version


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").split("."))

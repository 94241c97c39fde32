"""How symptoms are told: in groups, with some of the names, in numbers that people read."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import timedelta

    from civicsns.model import Delivery

T = TypeVar("T")

#: So many ids are named; the rest are counted.
NAMED = 20


def grouped(all_: Iterable[T], key: Callable[[T], Any]) -> Iterable[tuple[Any, list[T]]]:
    """Give *all_* in groups of one key, with their keys."""
    for name, some in groupby(sorted(all_, key=key), key=key):
        yield name, list(some)


def ids(deliveries: Sequence[Delivery]) -> tuple[str, ...]:
    """Name some of them."""
    return tuple(one.id for one in deliveries[:NAMED])


def several(deliveries: Sequence[Delivery]) -> str:
    """Say how many they are."""
    return f"{len(deliveries):,}"


def minutes(lasted: timedelta) -> Bilingual:
    """Say how long something lasted."""
    whole = int(lasted.total_seconds() // 60)
    if whole < 120:
        return Bilingual(f"{whole} 分", f"{whole} minutes")
    return Bilingual(f"{whole // 60} 時間", f"{whole // 60} hours")


def megabytes(size: int) -> str:
    """Say how much room something takes, in bytes."""
    return f"{size / 1_000_000:,.0f} MB"

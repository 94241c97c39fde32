from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from civicsns.model import Record
from civicsns.records.chain import append
from civicsns.records.keys import generate

NOON = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def record():
    """Make the record number *n* of a small programme."""

    def make(n, **changes):
        given: dict[str, Any] = {
            "at": NOON + timedelta(minutes=n),
            "subject": f"delivery-{n}",
            "event": "delivery.delivered",
            "by": "1001",
            "facts": {"account": "x:hanako", "note": f"佐賀 花子 {n}"},
        }
        return Record(**(given | changes))

    return make


@pytest.fixture
def chained():
    """Chain records, with salts that a test can know."""

    def make(records, *, after=None, salt=0):
        pairs = []
        for n, one in enumerate(records):
            after, sealed = append(after, one, salt=bytes([salt, *n.to_bytes(2, "big")]) + bytes(29))
            pairs.append((after, sealed))
        return pairs

    return make


@pytest.fixture
def pairs(chained, record):
    """A chain of seven records, whole."""
    return chained(record(n) for n in range(1, 8))


@pytest.fixture
def key(tmp_path):
    return generate(tmp_path / "key.pem")

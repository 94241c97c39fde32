from __future__ import annotations

from datetime import UTC, datetime

import pytest

from civicsns.records.keys import generate
from civicsns.testing.clock import PracticeClock

NOON = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    return PracticeClock(NOON)


@pytest.fixture
def key(tmp_path):
    return generate(tmp_path / "key.pem")

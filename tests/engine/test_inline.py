"""The engine of one machine keeps the contract of engines."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest

from civicsns.engine import InlineEngine
from civicsns.testing.engine_contract import NETWORKS, EngineContract


class TestInline(EngineContract):
    @pytest.fixture
    def open_engine(self):
        @contextmanager
        def open_(practice):
            engine = InlineEngine(due=practice.store.due, networks=NETWORKS, every=timedelta(seconds=5))
            engine.bind(practice.drive)
            with engine:
                yield engine

        return open_

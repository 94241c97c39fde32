"""procrastinate on a real PostgreSQL keeps the contract of engines."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from civicsns.engine.cluster import ProcrastinateEngine
from civicsns.testing.engine_contract import NETWORKS, EngineContract


class TestCluster(EngineContract):
    @pytest.fixture
    def open_engine(self, postgres):
        @contextmanager
        def open_(practice):
            stop = threading.Event()
            with ProcrastinateEngine(postgres.create(), networks=NETWORKS, every=timedelta(milliseconds=100)) as engine:
                engine.bind(practice.drive)
                engine.install()
                worker = threading.Thread(target=engine.run, args=(stop,))
                worker.start()
                try:
                    yield engine
                finally:
                    stop.set()
                    worker.join()

        return open_

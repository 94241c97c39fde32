"""procrastinate on a real PostgreSQL keeps the contract of engines."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

import procrastinate
import psycopg
import pytest

from civicsns.engine.cluster import ProcrastinateEngine
from civicsns.errors import ConfigurationError
from civicsns.model import Secret
from civicsns.program import Program
from civicsns.testing.engine_contract import NETWORKS, EngineContract, Practice


@contextmanager
def working(engine, practice):
    """Run workers of *engine* in a thread."""
    stop = threading.Event()
    with engine:
        engine.bind(practice.drive)
        engine.install()
        worker = threading.Thread(target=engine.run, args=(stop,))
        worker.start()
        try:
            yield engine
        finally:
            stop.set()
            worker.join()


def made(address, **options):
    return ProcrastinateEngine(address, networks=NETWORKS, every=timedelta(milliseconds=100), **options)


def wait(until):
    end = time.monotonic() + 120
    while not until():
        assert time.monotonic() < end, "What had to come did not come."
        time.sleep(0.02)


class TestCluster(EngineContract):
    patience = 120.0

    @pytest.fixture
    def open_engine(self, postgres):
        return lambda practice: working(made(postgres.create()), practice)


def test_a_job_whose_worker_died_is_put_back(postgres):
    """
    A job that is at work for ever, because its worker was killed, is done by another.
    """
    address, practice = postgres.create(), Practice()
    with made(address) as dead:
        dead.bind(practice.drive)
        dead.install()
        dead.wake([practice.add("a")])
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)"
        )
    with working(made(address, repair="* * * * * */1"), practice):
        wait(lambda: practice.settled("a"))

    assert 1 == practice.published["a"]


def test_a_job_whose_successor_waits_is_not_put_back(postgres):
    """
    Where the sweep was faster than the repair, the job of the dead worker is dropped, and nothing gets stuck.
    """
    address, practice = postgres.create(), Practice()
    with made(address) as dead:
        dead.bind(practice.drive)
        dead.install()
        delivery = practice.add("a")
        dead.wake([delivery])
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("UPDATE procrastinate_jobs SET status = 'doing'")
            dead.wake([delivery])
            connection.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day'")
            with working(made(address, repair="* * * * * */1"), practice):
                wait(
                    lambda: (
                        [(1,)]
                        == connection.execute(
                            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'civicsns:step'"
                        ).fetchall()
                    )
                )

    assert 0 == practice.begun["a"]


def test_the_sweep_runs_on_the_cluster_s_own_timer(postgres):
    """
    What nobody has told the engine of goes out, without any process but the workers.
    """
    practice = Practice()
    engine = made(postgres.create(), repair="* * * * * */1")
    lost = practice.add("lost")
    engine.sweeps(lambda: engine.wake([lost]))
    with working(engine, practice):
        wait(lambda: practice.settled("lost"))

    assert 1 == practice.published["lost"]


def test_a_city_s_own_app(postgres):
    """
    A city's own procrastinate app takes the deliveries into its own workers.
    """
    address, practice = postgres.create(), Practice()
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=address))
    engine = ProcrastinateEngine(app=app, networks=NETWORKS)
    engine.bind(practice.drive)
    with app.open():
        app.schema_manager.apply_schema()
        engine.wake([practice.add("a", steps=2), practice.add("b", platform="facebook")])
    engine.close()

    async def work() -> None:
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(install_signal_handlers=False, fetch_job_polling_interval=0.1)
            )
            while not practice.settled("a", "b"):  # noqa: ASYNC110 -- what it waits for is no coroutine
                await asyncio.sleep(0.05)
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    asyncio.run(asyncio.wait_for(work(), 120))
    engine.close()

    assert {"a": 1, "b": 1} == practice.published


def test_many_make_the_tables_at_once(postgres):
    """
    However many processes start at once, one of them makes procrastinate's tables, and none fails.
    """
    engine = made(postgres.create())
    with ThreadPoolExecutor(6) as pool:
        missing = list(pool.map(lambda _: engine.install(), range(6)))

    assert 1 == missing.count(True)


def test_workers_outlive_the_database(postgres, caplog):
    """
    Workers that are started while the database is away wait for it, and those whose connections break go on after.
    """
    address, practice, stop = postgres.create(), Practice(), threading.Event()
    name = address.rpartition("/")[2].partition("?")[0]
    postgres.run(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    postgres.run("DO $$ BEGIN CREATE ROLE mortal LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    postgres.run(f"ALTER DATABASE {name} OWNER TO mortal")
    with made(postgres.address(database=name, username="mortal")) as engine:
        engine.bind(practice.drive)
        worker = threading.Thread(target=engine.run, args=(stop,))
        worker.start()
        try:
            wait(lambda: "engine.out_of_reach" in caplog.text)
            postgres.run(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
            engine.install()
            engine.wake([practice.add("a")])
            wait(lambda: practice.settled("a"))
            # Until a connection has ended it would still answer to a greeting, and be gone in the middle of the question.
            postgres.run(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608
            engine.wake([practice.add("b")])
            wait(lambda: practice.settled("b"))
        finally:
            stop.set()
            worker.join()

    assert {"a": 1, "b": 1} == practice.published


def test_without_the_extra(monkeypatch):
    """
    Where procrastinate is not installed, the error names the extra that brings it.
    """
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    with pytest.raises(ConfigurationError, match="cluster"):
        ProcrastinateEngine("postgresql://nowhere/x", networks=NETWORKS)


def test_an_engine_without_a_place():
    """
    It takes an address or an app.
    """
    with pytest.raises(ValueError, match="address"):
        ProcrastinateEngine(networks=NETWORKS)


def test_the_address_of_the_store_will_do():
    """
    The store's URL is taken as SQLAlchemy writes it, and kept out of sight.
    """
    engine = made(Secret("postgresql+psycopg://user:word@host/db"))

    assert "postgresql://user:word@host/db" == engine._conninfo
    assert "word" not in repr(engine)


def test_it_needs_postgresql(tmp_path):
    """
    Settings that ask for procrastinate and keep the store in a file are refused, with what to do.
    """
    (tmp_path / "people.csv").write_text("number,name\n1,a\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("id,platform\n", encoding="utf-8")
    settings = tmp_path / "civicsns.toml"
    settings.write_text(
        '[programme]\nname = "x"\npeople = "people.csv"\naccounts = "accounts.csv"\n'
        '[policy]\npacks = ["jp-municipal"]\n[networks]\n[running]\nengine = "procrastinate"\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError) as raised:
        Program.open(settings)

    assert raised.value.place.endswith("running.engine")
    assert not (tmp_path / "civicsns.db").exists()


def test_a_worker_that_keeps_its_end_to_itself_is_not_begun_again(postgres, monkeypatch):
    """
    A worker that takes the call to end for its own end, and returns, does not hold up the others.
    """
    begun = []

    async def absorbs(**_options):
        begun.append(1)
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    with made(postgres.create()) as engine:
        engine.install()
        monkeypatch.setattr(engine.app, "run_worker_async", absorbs)
        stop = threading.Event()
        worker = threading.Thread(target=engine.run, args=(stop,), daemon=True)
        worker.start()
        wait(lambda: len(begun) == len(engine._workers()))
        stop.set()
        worker.join(20)

        assert not worker.is_alive()
        assert len(engine._workers()) == len(begun)

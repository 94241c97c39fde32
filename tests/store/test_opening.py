"""Opening a store on SQLite: made once, brought up to date, and every trouble told in one sentence."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import traceback
from contextlib import closing
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from civicsns.errors import CivicsnsError, ConfigurationError, StoreError
from civicsns.language import Language
from civicsns.model import Media, Secret
from civicsns.store.sql import SqlStore, opening, tables
from civicsns.store.sql.sqlite import Sqlite
from civicsns.testing.store_contract import NOW, delivery, record, step

PHOTO = Media(content=b"photo" * 5000, media_type="image/jpeg")


def refusal(*arguments, kind: type[CivicsnsError] = StoreError, **options) -> str:
    """Give what is said, in both languages, where a store cannot be opened."""
    with pytest.raises(kind) as caught:
        SqlStore(*arguments, **options)
    error = caught.value

    assert re.search("[ぁ-ん]", error.in_(Language.JA))
    assert "Nothing was sent." in str(error)
    assert "none-of-yours" not in "".join(traceback.format_exception(error))
    return str(error)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "civicsns.db"


@pytest.fixture
def kept(path):
    """Give the path of a store with one delivery in it."""
    with SqlStore(path) as store:
        store.add([delivery("a", media=[PHOTO])], [record("a", "added")])
    return path


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def test_the_tables_are_those_of_the_migrations(path):
    """
    What the migrations make is what the store works with; this program's version is the newest of them.
    """
    scripts = ScriptDirectory(str(opening.MIGRATIONS))
    with SqlStore(path) as store, store._engine.connect() as connection:
        differing = compare_metadata(
            MigrationContext.configure(connection, opts={"version_table": tables.VERSION_TABLE}), tables.metadata
        )

    assert [] == differing
    assert tables.HEAD == scripts.get_current_head() == tables.KNOWN[-1]
    assert list(tables.KNOWN) == [script.revision for script in scripts.walk_revisions()][::-1]


def test_migrating_is_only_for_those_who_need_it(kept):
    """
    Opening a store that is up to date does not load Alembic.
    """
    code = f"""
import json, sys
from civicsns.store.sql import SqlStore
with SqlStore({str(kept)!r}) as store:
    store.get("a")
print(json.dumps("alembic" in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) is False


def later(tmp_path, monkeypatch, *, then: str = ""):
    """Give this program one migration more."""
    scripts = tmp_path / "_migrations %"
    shutil.copytree(opening.MIGRATIONS, scripts)
    (scripts / "versions" / "v9999_note.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '9999'\ndown_revision = {tables.HEAD!r}\n"
        "def upgrade():\n    op.add_column('civicsns_bodies', sa.Column('note', sa.Text))\n" + then,
        encoding="utf-8",
    )
    monkeypatch.setattr(opening, "MIGRATIONS", scripts)
    monkeypatch.setattr(tables, "KNOWN", (*tables.KNOWN, "9999"))
    monkeypatch.setattr(tables, "HEAD", "9999")


def test_an_older_store_is_brought_up_to_date(kept, tmp_path, monkeypatch):
    """
    An older store is migrated when it is opened, once, says from where, and loses nothing.
    """
    before = tables.HEAD
    later(tmp_path, monkeypatch)
    with SqlStore(kept) as store:
        assert before == store.migrated_from
        assert delivery("a", media=[PHOTO]) == store.get("a")
        assert [record("a", "added")] == store.records("a")
    with SqlStore(kept) as store:
        assert store.migrated_from is None


def test_a_migration_that_fails_changes_nothing(kept, tmp_path, monkeypatch):
    """
    A migration that breaks off leaves the store as it was, for the older program to go on with.
    """
    with monkeypatch.context() as newer:
        later(tmp_path, newer, then="    op.execute('SELECT nothing FROM nowhere')\n")
        said = refusal(kept)
    with SqlStore(kept) as store:
        columns = {column["name"] for column in sa.inspect(store._engine).get_columns("civicsns_bodies")}

    assert "the error SQLITE_ERROR" in said
    assert "note" not in columns


def test_a_newer_store(kept):
    """
    A store that a later civicsns has worked on is left alone, and says which.
    """
    change(kept, "UPDATE civicsns_version SET version_num = '9999'")
    change(kept, "UPDATE civicsns_meta SET value = '7.0'")
    before = kept.read_bytes()

    assert "belongs to a later civicsns (7.0)" in refusal(kept, kind=ConfigurationError)
    assert before == kept.read_bytes()


def test_somebody_elses_database(path):
    """
    A database of another program is left alone.
    """
    change(path, "CREATE TABLE invoices (number)")

    assert "not a store of civicsns" in refusal(path, kind=ConfigurationError)


@pytest.mark.parametrize(
    "content", [b"number,name\n1042,\xe4\xbd\x90\xe8\xb3\x80\n" * 100, b"SQLite format 3\0" + b"\1" * 9000]
)
def test_what_is_no_database(path, content):
    """
    A file that is no database, or a broken one, is named as such, and is left as it is.
    """
    path.write_bytes(content)

    assert "damaged, or is no database" in refusal(path)
    assert content == path.read_bytes()


def test_a_damaged_page(kept):
    """
    Damage found while reading is an error that says so.
    """
    with closing(sqlite3.connect(kept)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = kept.stat().st_size
    with kept.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with SqlStoreOrError(kept) as error:
        assert "damaged" in str(error)


class SqlStoreOrError:
    """The error of opening a store, or else of reading from it."""

    def __init__(self, path: Path) -> None:
        with pytest.raises(StoreError) as caught, SqlStore(path) as store:
            store.get("a")
        self.error = caught.value

    def __enter__(self) -> StoreError:
        return self.error

    def __exit__(self, *_: object) -> None:
        pass


def test_a_damaged_file_of_a_post(kept):
    """
    A picture that is no longer what was kept, or that is gone, is never sent.
    """
    with SqlStore(kept) as store:
        change(kept, "UPDATE civicsns_media SET content = ?", b"another")
        with pytest.raises(StoreError, match="not what was written"):
            store.get("a")
        change(kept, "DELETE FROM civicsns_media")
        with pytest.raises(StoreError, match="not what was written"):
            store.due(NOW)


@pytest.mark.parametrize("column", ["rendition", "progress", "state"])
def test_a_damaged_row(kept, column):
    """
    A row that cannot be read is named, and the others can still be read.
    """
    with SqlStore(kept) as store:
        store.add([delivery("b")], [])
        change(kept, f"UPDATE civicsns_deliveries SET {column} = ? WHERE id = 'a'", b"{}")  # noqa: S608 -- three names
        with pytest.raises(StoreError, match="a in the store is not what was written"):
            store.get("a")

        assert delivery("b") == store.get("b")


def test_a_store_that_is_locked(kept):
    """
    A store that somebody else keeps locked is said to be locked, on opening and later, and works once it is free.
    """
    with SqlStore(kept, patience=0.05) as store, closing(sqlite3.connect(kept)) as other:
        other.execute("BEGIN IMMEDIATE")

        assert "keeps the store locked" in refusal(kept, patience=0.05)
        with pytest.raises(StoreError, match="keeps the store locked"):
            store.add([delivery("b")], [])
        assert "a" == store.get("a").id
        other.rollback()
        store.add([delivery("b")], [])


def test_a_disk_that_is_full(kept):
    """
    Where the disk fills up in the middle of a step, nothing of the step is kept; with room again it goes on.
    """
    with SqlStore(kept) as store:
        pages = full_disk(store)
        old = store.get("a")
        big = step(old, rendition=attrs.evolve(old.rendition, text="あ" * 100_000), attempts=1)
        for attempt in (
            lambda: store.replace(old, big, record("a")),
            lambda: store.add([delivery("b", text="い" * 99_999)], []),
        ):
            with pytest.raises(StoreError, match="disk is full"):
                attempt()

        assert old == store.get("a")
        assert [record("a", "added")] == store.records("a")
        pages.clear()
        store._engine.dispose()
        assert store.replace(old, big, record("a"))
        assert big == store.get("a")


def full_disk(store):
    """Let the database not grow any more: SQLite says the same as where the disk is full."""
    limit = ["PRAGMA max_page_count=1"]

    def forbid(connection, _record):
        for statement in limit:
            connection.execute(statement)

    event.listen(store._engine, "connect", forbid)
    store._engine.dispose()
    return limit


def test_a_disk_that_is_full_from_the_start(path, monkeypatch):
    """
    Where there is no room for a new store, that is said.
    """
    monkeypatch.setattr(
        "civicsns.store.sql.sqlite.Sqlite._log_ahead", lambda _self, made: made.execute("PRAGMA max_page_count=2")
    )

    assert "disk is full" in refusal(path)


def test_a_folder_that_is_not_there(tmp_path):
    """
    A file in a folder that does not exist cannot be opened, and that is said.
    """
    assert "cannot be opened" in refusal(tmp_path / "nowhere" / "civicsns.db")


def test_a_store_that_may_not_be_written():
    """
    A store that this user may only read is said to be read-only, before anything is sent.
    """
    # Not in pytest's directory, into which no other user may look.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "civicsns.db")
        SqlStore(path).close()
        path.chmod(0o444)
        path.parent.chmod(0o555)
        code = f"""
import os
from civicsns.store.sql import SqlStore
import alembic.command
if os.geteuid() == 0:
    os.setuid(65534)  # an administrator may write everywhere; nobody may not
try:
    SqlStore({str(path)!r})
except Exception as error:
    print(error)
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        path.parent.chmod(0o755)

    assert "The store is read-only." in done.stdout


def test_the_file_is_private(path):
    """
    The file, and what SQLite puts beside it, is readable by its owner alone: it holds what is not yet public.
    """
    umask = os.umask(0o000)
    try:
        with SqlStore(path) as store:
            store.add([delivery("a")], [])
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(umask)

    assert dict.fromkeys(["civicsns.db", "civicsns.db-wal", "civicsns.db-shm"], 0o600) == modes


def test_every_step_is_on_the_disk(path):
    """
    SQLite writes ahead, waits for the disk at every commit, and holds keys to what they refer to.
    """
    with SqlStore(path) as store, store._engine.connect() as connection:
        shown = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert ["wal", 2, 1] == shown


def test_a_file_is_kept_once(path):
    """
    One picture for many accounts is in the database once.
    """
    with SqlStore(path) as store:
        store.add([delivery(str(number), media=[PHOTO]) for number in range(5)], [])
        store.add([delivery("later", media=[attrs.evolve(PHOTO, alt_text="朝市")])], [])
    with closing(sqlite3.connect(path)) as connection:
        counted = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 -- two names
            for table in ("civicsns_media", "civicsns_attachments")
        ]

    assert [1, 6] == counted


@pytest.mark.parametrize("field", [{"id": "a\0"}, {"id": "\ud83d"}, {"draft": "\0"}, {"follows": "\ud83d"}])
def test_names_that_no_database_takes(path, field):
    """
    An id with a character that is none is refused, and nothing is kept.
    """
    with SqlStore(path) as store:
        with pytest.raises(ValueError, match="a character in it that is none"):
            store.add([delivery("b"), attrs.evolve(delivery("a"), **field)], [])

        assert [] == store.due(NOW)


@pytest.mark.parametrize(
    "address",
    [
        "mysql://user:none-of-yours@host/db",
        "postgresql://user:none-of-yours@host:port/db",
        "://none-of-yours",
        "sqlite://",
        Secret("oracle://user:none-of-yours@host/db"),
    ],
)
def test_an_address_that_is_none(address):
    """
    An address that is neither a file nor PostgreSQL is refused without being quoted.
    """
    assert "The address of the store is not right." in refusal(address, kind=ConfigurationError)


def test_the_driver_is_an_extra(monkeypatch):
    """
    Where the package for PostgreSQL is missing, it is said how to get it.
    """
    monkeypatch.setattr("civicsns.store.sql.dialects.find_spec", lambda _name: None)

    assert 'pip install "civicsns[postgres]"' in refusal(
        "postgresql://user:none-of-yours@host/db", kind=ConfigurationError
    )


class Contended(sqlite3.Connection):
    """A connection to a new file that somebody else is just switching to the write-ahead log; it happens seldom."""

    turned_away = 0

    def execute(self, statement, *arguments):
        if statement == "PRAGMA journal_mode=WAL" and self.turned_away < 3:
            self.turned_away += 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return super().execute(statement, *arguments)


def test_switching_to_the_log_is_worth_waiting_for(path):
    """
    Where SQLite turns away one who switches a file to the write-ahead log without waiting, the store asks again.
    """
    with closing(sqlite3.connect(path, factory=Contended)) as connection:
        Sqlite(path, patience=30)._set_up(connection, None)

        assert ("wal",) == connection.execute("PRAGMA journal_mode").fetchone()
        assert 3 == connection.turned_away

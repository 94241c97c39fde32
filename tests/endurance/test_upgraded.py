"""A new version of civicsns is started while posts wait: they are driven to their end, and the old one stops."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from town import Board, Post, plan, run, start, town, unended

from civicsns.errors import StoreError
from civicsns.model import DeliveryState, Lane
from civicsns.store.sql import SqlStore, opening, tables
from civicsns.testing.clock import WORKDAY

HOUR = timedelta(hours=1)


def moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def stored(name, state, *, due=None, intent=None, attempts=0, follows=None, account="a0"):
    """Give the row of a delivery, as the first version of the store had it."""
    rendition = {
        "platform": "board",
        "account": account,
        "network_id": "",
        "text": f"お知らせ {name}",
        "body": {},
        "media": [],
        "uploads": [],
        "reply_to": None,
    }
    progress = {
        "attempts": attempts,
        "unreached": 0,
        "not_before": moment(due),
        "intent_at": moment(intent),
        "open_since": None,
        "receipt": None,
        "failure": None,
    }
    return {
        "id": name,
        "draft": "0" * 64,
        "platform": "board",
        "account": account,
        "state": state,
        "version": attempts,
        "not_before": due,
        "follows": follows,
        "rendition": json.dumps(rendition, ensure_ascii=False).encode(),
        "progress": json.dumps(progress).encode(),
    }


#: Sent an hour ago by the old version: two are out, and one of those does not know it.
OLD = [
    stored("waits", "pending", due=WORKDAY),
    stored("waits for tomorrow", "pending", due=WORKDAY + 24 * HOUR, account="a1"),
    stored("was sent", "sending", due=WORKDAY - HOUR, intent=WORKDAY - HOUR, attempts=1, account="a2"),
    stored("was not sent", "sending", due=WORKDAY - HOUR, intent=WORKDAY - HOUR, attempts=1, account="a3"),
    stored("unknown, there", "unknown", due=WORKDAY - HOUR, intent=WORKDAY - HOUR, attempts=2, account="a4"),
    stored("unknown, absent", "unknown", due=WORKDAY - HOUR, intent=WORKDAY - HOUR, attempts=2, account="a5"),
    stored("held", "held", attempts=1, intent=WORKDAY - HOUR, account="a6"),
    stored("second part", "pending", due=WORKDAY - HOUR, follows="unknown, there", account="a4"),
]
OUT = {"was sent": "a2", "unknown, there": "a4"}


def old_store(address: str) -> None:
    """Make a store as the first version made it, with posts in it that wait."""
    url = address if "://" in address else f"sqlite:///{address}"
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(opening.MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        table = sa.Table("civicsns_deliveries", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table), OLD)
    engine.dispose()


def test_what_waited_goes_out_from_the_new_version(database, tmp_path):
    """
    Whatever state a delivery was in when the old version was ended, the new one takes it to its end: once.
    """
    old_store(database.address)
    clock = start()
    board = Board(clock)
    for number, (name, account) in enumerate(OUT.items()):
        board.posts.append(
            Post(id=f"old {number}", account=account, text=f"お知らせ {name}", key="", at=WORKDAY - HOUR)
        )
    store = SqlStore(database.address)
    with town(board, clock, store, epoch=tmp_path / "epoch") as program:
        assert "0001" == store.migrated_from
        assert {Lane.ROUTINE} == {one.lane for one in unended(program)}
        assert {one["id"] for one in OLD} == {one.rendition.key for one in unended(program)}
        run(program, clock)
        ended = {one["id"]: program.store.get(one["id"]) for one in OLD}

    assert {DeliveryState.DELIVERED} == {one.state for one in ended.values()}
    assert [] == board.doubled()
    assert len(OLD) == len(board.posts)
    assert {"old 0", "old 1"} == {ended[name].receipt.post_id for name in OUT}
    assert clock.now() >= WORKDAY + 24 * HOUR


def later(tmp_path, monkeypatch):
    """Be a later version, whose store has one thing more."""
    scripts = tmp_path / "migrations"
    shutil.copytree(opening.MIGRATIONS, scripts)
    (scripts / "versions" / "v9999_note.py").write_text(
        f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '9999'\ndown_revision = {tables.HEAD!r}\n"
        "def upgrade():\n    op.add_column('civicsns_deliveries', sa.Column('note', sa.Text))\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(opening, "MIGRATIONS", scripts)
    monkeypatch.setattr(tables, "KNOWN", (*tables.KNOWN, "9999"))
    monkeypatch.setattr(tables, "HEAD", "9999")


def test_the_old_version_stops(database, tmp_path, monkeypatch):
    """
    A process of the old version that is still at work writes nothing more, sends nothing more, and says so in one
    sentence; what it had begun is read back by the new one.
    """
    clock = start()
    board = Board(clock)
    with town(board, clock, SqlStore(database.address), epoch=tmp_path / "epoch") as old:
        plan(old, clock, ["朝市のお知らせ", "図書館は休館です"])
        first, *_ = unended(old)
        clock.advance(timedelta(minutes=1))
        meanwhile = board.publish

        def upgraded(rendition, credential):
            """While the old one sends, the new one is started."""
            monkeypatch.setattr(board, "publish", meanwhile)
            with monkeypatch.context() as patched:
                later(tmp_path, patched)
                SqlStore(database.address).close()
            return meanwhile(rendition, credential)

        monkeypatch.setattr(board, "publish", upgraded)
        with pytest.raises(StoreError, match="A later civicsns") as caught:
            old.deliver(first.id)
        with pytest.raises(StoreError, match="A later civicsns has brought the store up to date"):
            old.dispatch()

        assert "not known whether" in str(caught.value) or "could not be written down" in str(caught.value)
        assert 1 == len(board.posts)
    clock.advance(timedelta(minutes=10))
    later(tmp_path / "again", monkeypatch)
    with town(board, clock, SqlStore(database.address), epoch=tmp_path / "epoch") as new:
        run(new, clock)

        assert [] == unended(new)
        assert 16 == len(board.posts)
        assert [] == board.doubled()

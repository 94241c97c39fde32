"""The disk is full at each step in turn: one sentence, and nothing is lost or sent twice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from town import ACCOUNTS, Board, run, start, town, unended

from civicsns.errors import StoreError
from civicsns.model import Draft
from civicsns.store.sql import SqlStore

#: Long, so that each delivery needs room of its own.
TEXT = "あ" * 60


class PageLimit:
    """SQLite itself says that it is full: the database may not grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._most: int | None = None
        sa.event.listen(sa.engine.Engine, "begin", self._limit)

    def _limit(self, connection: sa.Connection) -> None:
        most = 2**30 if self._most is None else self._most
        connection.exec_driver_sql(f"PRAGMA max_page_count={most}")

    def leave(self, room: int) -> None:
        with SqlStore(self.folder / "civicsns.db") as store, store._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        self._most = pages + room

    def make_room(self) -> None:
        self._most = None

    def end(self) -> None:
        sa.event.remove(sa.engine.Engine, "begin", self._limit)


class SmallDisk:
    """A disk of four megabytes, filled up by somebody else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "disk"
        self.folder.mkdir()
        self.mounted = (
            os.name == "posix"
            and subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=4m", "none", self.folder],
                capture_output=True,
                check=False,
            ).returncode
            == 0
        )

    def leave(self, room: int) -> None:
        free = os.statvfs(self.folder)
        filler = max(0, free.f_bavail * free.f_frsize - room * 20 * 4096)
        with (self.folder / "somebody-elses").open("wb") as file:
            file.write(b"\0" * filler)

    def make_room(self) -> None:
        (self.folder / "somebody-elses").unlink()

    def end(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", self.folder], check=True)


@pytest.fixture(params=[PageLimit, SmallDisk])
def disk(request, tmp_path) -> Iterator[PageLimit | SmallDisk]:
    made = request.param(tmp_path)
    if isinstance(made, SmallDisk) and not made.mounted:
        # Only root may make a disk; SQLite's own limit says the same.
        made = PageLimit(tmp_path)
    yield made
    made.end()


def test_at_each_step(disk):
    """
    With a little more room each time, the disk is full at another step: what was not kept is said in one sentence,
    nothing is sent of which the intent was not kept, and with room again everything goes out once.
    """
    clock = start()
    board = Board(clock)
    said: set[str] = set()
    failed_at: set[int] = set()
    whole = 0
    for room in range(16):
        text = f"{room:02}{TEXT[:40]}"
        program = town(board, clock, SqlStore(disk.folder / "civicsns.db", patience=2))
        before = len(board.posts)
        disk.leave(room)
        try:
            program.publish(Draft(author="1", text=text, accounts=tuple(ACCOUNTS)), patience=timedelta(0))
            whole += 1
        except StoreError as error:
            said.add(error.what.en)
            failed_at.add(len(board.posts) - before)
        disk.make_room()
        out = [post.account for post in board.posts if post.text == text]
        kept = {one.rendition.account for one in unended(program)} | {
            one.rendition.account for one in everything(program) if one.rendition.text == text
        }
        assert set(out) <= kept, "something is out of which the ledger knows nothing"
        run(program, clock)
        assert [] == unended(program)
        out = [post.account for post in board.posts if post.text == text]
        assert len(out) in {0, len(ACCOUNTS)}, "all, or none where not even the addition was kept"
        program.close()
        clock.advance(timedelta(minutes=1))

    assert [] == board.doubled()
    assert failed_at, "there was always room"
    assert any("disk is full" in sentence for sentence in said)
    assert all("\n" not in sentence for sentence in said)
    assert whole, "there was never room"


def everything(program):
    """Give all deliveries that there are."""
    with program.store._engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM civicsns_deliveries").scalars().all()
    return [program.store.get(one) for one in ids]

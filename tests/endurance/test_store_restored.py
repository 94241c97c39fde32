"""A person says that a backup was restored, on a machine that cannot know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from town import ACCOUNTS, Board, plan, run, start, town, unended

from civicsns.errors import BadInput
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore


def test_a_person_says_so(database, tmp_path):
    """
    What waits is read back before it is sent, and who said so is on record.
    """
    clock = start()
    board = Board(clock)
    with town(board, clock, SqlStore(database.address), epoch=tmp_path / "one") as program:
        plan(program, clock, ["朝市のお知らせ"])
        taken_at, backup = clock.now(), database.backup()
        clock.advance(timedelta(minutes=1))
        program.dispatch()
    database.restore(backup)
    with town(board, clock, SqlStore(database.address), epoch=tmp_path / "another") as program:
        assert program.epoch is not None
        assert program.epoch.restored is None
        assert len(ACCOUNTS) == program.restored(taken_at=taken_at, by="1")
        run(program, clock)

        assert [] == unended(program)
        assert ["1"] == [noted.by for noted in program.store.records("store")]
    assert [] == board.doubled()
    assert len(ACCOUNTS) == len(board.posts)


def test_what_cannot_be(tmp_path):
    """
    A backup from the future, by nobody, or of a store that is never kept, is refused.
    """
    clock = start()
    with town(Board(clock), clock, SqlStore(tmp_path / "civicsns.db")) as program:
        with pytest.raises(BadInput):
            program.restored(taken_at=clock.now() + timedelta(minutes=1), by="1")
        with pytest.raises(BadInput):
            program.restored(taken_at=clock.now(), by="nobody")
        with pytest.raises(BadInput):
            program.restored(taken_at=clock.now().replace(tzinfo=None), by="1")
    with town(Board(clock), clock, MemoryStore()) as program, pytest.raises(BadInput):
        program.restored(taken_at=clock.now(), by="1")

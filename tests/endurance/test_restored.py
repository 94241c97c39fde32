"""A backup is restored after posts went out: nothing goes out twice, and nothing is stranded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from town import ACCOUNTS, LONG, Board, plan, run, start, town, unended

from civicsns.epoch import Epoch
from civicsns.errors import StoreError
from civicsns.language import Bilingual
from civicsns.model import DeliveryState, Idempotency, ReadBack
from civicsns.store.sql import SqlStore

THREAD = "スレッドの文です。" * 12
TEXTS = ["朝市のお知らせ", "図書館は休館です", THREAD]
NETWORKS: dict[str, dict[str, Any]] = {
    "strong": {},
    "key": {"idempotency": Idempotency.KEY},
    "key, weak": {"idempotency": Idempotency.KEY, "read_back": ReadBack.WEAK},
    "weak": {"read_back": ReadBack.WEAK},
}


def opened(database, board, clock, folder):
    return town(board, clock, SqlStore(database.address), epoch=folder)


def lost_and_restored(database, board, clock, folder, *, rounds=3):
    """Plan posts, make a backup in the middle of sending them, send more, and put the backup back."""
    with opened(database, board, clock, folder) as program:
        plan(program, clock, TEXTS[:1])
        plan(program, clock, TEXTS[1:2], minutes=2)
        plan(program, clock, TEXTS[2:], accounts=["a0", "a1"])
        clock.advance(timedelta(minutes=1))
        board.trouble = 40
        program.dispatch()
        backup = database.backup()
        for _ in range(rounds):
            clock.advance(timedelta(minutes=1))
            program.dispatch()
        sent = len(board.posts)
    board.trouble = 0
    database.restore(backup)
    return sent


@pytest.mark.parametrize(
    ("network", "seed"),
    [(network, seed) for network in NETWORKS for seed in range(LONG or (2 if network == "strong" else 1))],
)
def test_nothing_goes_out_twice(database, tmp_path, network, seed):
    """
    Whatever had gone out, been unclear or been held when the backup was made and when it was restored: each post is
    out once, and on a list that can be trusted all of them are; else the rest is before a person.
    """
    clock = start()
    board = Board(clock, seed=seed, **NETWORKS[network])
    sent = lost_and_restored(database, board, clock, tmp_path / "epoch")
    with opened(database, board, clock, tmp_path / "epoch") as program:
        run(program, clock)

        assert program.epoch.restored
        assert [] == board.doubled()
        assert all(one.waits_for_a_person or one.follows for one in unended(program))
        if board.limits.read_back is ReadBack.STRONG:
            assert [] == unended(program)
            assert 0 < sent < len(board.posts)
            parts = {post.text for post in board.posts} - set(TEXTS)
            assert 2 * len(ACCOUNTS) + 2 * len(parts) == len(board.posts)
        else:
            assert DeliveryState.UNKNOWN in {one.state for one in unended(program)}


def test_without_the_epoch_posts_would_be_doubled(database, tmp_path):
    """
    The test would see it: on a machine that remembers nothing, what is in the backup goes out again.
    """
    clock = start()
    board = Board(clock)
    lost_and_restored(database, board, clock, tmp_path / "epoch")
    with opened(database, board, clock, tmp_path / "another") as program:
        run(program, clock)

        assert program.epoch.restored is None
        assert board.doubled()


def test_a_store_that_was_not_restored_is_not_doubted(database, tmp_path):
    """
    Opened again and again, also after a process died between the intent and its note, nothing is in doubt.
    """
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock, trouble=50)
    with opened(database, board, clock, folder) as program:
        plan(program, clock, TEXTS[:2], minutes=0)
    for _ in range(5):
        with opened(database, board, clock, folder) as program:
            program.dispatch()
            clock.advance(timedelta(minutes=3))
            assert program.epoch.restored is None
        (notes,) = folder.glob("*.log")
        lines = notes.read_bytes().splitlines(keepends=True)
        notes.write_bytes(b"".join(lines[:-1]) + lines[-1][:9])


def test_what_is_not_due_yet_goes_out_at_its_time(database, tmp_path):
    """
    A post for next week can not have gone out, so nobody is asked about it, and it goes out next week.
    """
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock, read_back=ReadBack.WEAK)
    with opened(database, board, clock, folder) as program:
        plan(program, clock, ["来週の朝市"], minutes=7 * 24 * 60)
        plan(program, clock, ["今日の朝市"])
        backup = database.backup()
        clock.advance(timedelta(minutes=1))
        program.dispatch()
    database.restore(backup)
    with opened(database, board, clock, folder) as program:
        clock.advance(timedelta(hours=1))
        program.dispatch()
        program.dispatch()

        assert len(ACCOUNTS) == program.epoch.restored == len(board.posts)
        clock.advance(timedelta(days=7))
        program.dispatch()
        assert [] == unended(program)
        assert 2 * len(ACCOUNTS) == len(board.posts)
        assert [] == board.doubled()


class Dies(SqlStore):
    """A store whose process dies after some steps."""

    left = 3

    def replace(self, old, new, record):
        self.left -= 1
        if self.left < 0:
            raise StoreError(Bilingual("停電です。", "The power is gone."), mend=Bilingual("待ちます。", "Wait."))
        return super().replace(old, new, record)


def test_dying_while_it_is_put_in_doubt(database, tmp_path):
    """
    Where the process dies in the middle of putting deliveries in doubt, the next one goes on, from the same time.
    """
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock)
    lost_and_restored(database, board, clock, folder)
    for _ in range(3):
        clock.advance(timedelta(hours=1))
        store = Dies(database.address)
        with pytest.raises(StoreError):
            town(board, clock, store, epoch=folder)
        store.close()
    with opened(database, board, clock, folder) as program:
        run(program, clock)

        assert [] == board.doubled()
        assert [] == unended(program)
    with opened(database, board, clock, folder) as program:
        assert program.epoch.restored is None


def test_restored_again(database, tmp_path):
    """
    A backup that is restored, and restored once more after posts went out again, still sends nothing twice.
    """
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock)
    with opened(database, board, clock, folder) as program:
        plan(program, clock, TEXTS[:2])
        backup = database.backup()
        clock.advance(timedelta(minutes=1))
        program.dispatch()
    for _ in range(3):
        database.restore(backup)
        with opened(database, board, clock, folder) as program:
            assert program.epoch.restored == 2 * len(ACCOUNTS)
            run(program, clock)
            assert [] == unended(program)
    assert [] == board.doubled()
    assert 2 * len(ACCOUNTS) == len(board.posts)


def test_another_store_is_not_a_restored_one(database, tmp_path):
    """
    The same machine may go to and fro between two stores.
    """
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock)
    for address in (database.address, str(tmp_path / "other.db"), database.address):
        with town(board, clock, SqlStore(address), epoch=folder) as program:
            plan(program, clock, [f"{clock.now()}"], minutes=0)
            assert program.epoch.restored is None
            clock.advance(timedelta(minutes=1))


def test_a_backup_from_before_the_store_had_a_name(database, tmp_path):
    """
    A backup that is older than the first intent is noticed as well.
    """
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock)
    with opened(database, board, clock, folder) as program:
        plan(program, clock, TEXTS[:1])
        backup = database.backup()
        clock.advance(timedelta(minutes=1))
        program.dispatch()
    database.restore(backup)
    with opened(database, board, clock, folder) as program:
        assert len(ACCOUNTS) == program.epoch.restored
        run(program, clock)
    assert len(ACCOUNTS) == len(board.posts)


def test_under_a_running_programme(server, tmp_path):
    """
    PostgreSQL is put back while a programme is at work: the next intent on the new connection finds out.
    """
    database = server.create()
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock)
    with opened(database, board, clock, folder) as program:
        plan(program, clock, TEXTS[:2])
        backup = database.backup()
        clock.advance(timedelta(minutes=1))
        program.dispatch()
        database.restore(backup)
        first, *rest = unended(program)
        program.deliver(first.id)

        assert 2 * len(ACCOUNTS) == program.epoch.restored
        assert DeliveryState.UNKNOWN is program.store.get(first.id).state
        assert len(rest) == sum(one.lost_since is not None for one in unended(program)) - 1
        run(program, clock)
        assert [] == unended(program)
    assert [] == board.doubled()


def test_another_machine_has_seen_it(database, tmp_path):
    """
    A machine that sent nothing, but looked, notices that the records have gone back.
    """
    clock = start()
    board = Board(clock)
    sends = opened(database, board, clock, tmp_path / "one")
    looks = opened(database, board, clock, tmp_path / "two")
    with sends, looks:
        plan(sends, clock, TEXTS[:2])
        backup = database.backup()
        clock.advance(timedelta(minutes=1))
        sends.dispatch()
        looks.dispatch()
    database.restore(backup)
    with opened(database, board, clock, tmp_path / "two") as program:
        run(program, clock)

        assert 2 * len(ACCOUNTS) == program.epoch.restored
    assert [] == board.doubled()


def test_the_doubt_is_on_record(database, tmp_path):
    """
    Which deliveries were in doubt, and since when, can be read later.
    """
    clock, folder = start(), tmp_path / "epoch"
    board = Board(clock)
    lost_and_restored(database, board, clock, folder)
    with opened(database, board, clock, folder) as program:
        doubted = [one for one in unended(program) if one.lost_since]
        (noted,) = program.store.records("store")

        assert ("store.restored", str(len(doubted))) == (noted.event, noted.facts["doubted"])
        assert "delivery.doubted" == program.store.records(doubted[0].id)[-1].event
        assert isinstance(program.epoch, Epoch)

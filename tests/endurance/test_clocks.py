"""The machine's clock is stepped, forward and back, between and during the steps, on one of two machines."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from town import LONG, Board, plan, run, start, town, unended

from civicsns.model import DeliveryState
from civicsns.store.sql import SqlStore

HOURS = [timedelta(hours=hours) for hours in ((-9, -3, -1, 1, 3, 9) if LONG else (-3, 3))]


class Wrong:
    """A machine's clock, which somebody sets; the one that nobody sets goes on as it should."""

    def __init__(self, true) -> None:
        self._true = true
        self.off = timedelta(0)

    def now(self):
        return self._true.now() + self.off

    def elapsed(self):
        return self._true.elapsed()


@pytest.mark.parametrize("hours", HOURS, ids=str)
@pytest.mark.parametrize("during", [False, True], ids=["between the steps", "during an attempt"])
def test_one_of_two_machines(database, tmp_path, hours, during):
    """
    With a step of hours on the one machine, and its attempts then read back by itself alone or by the other, at most
    one post of each delivery is out, and none is stranded.
    """
    true = start()
    wrong = Wrong(true)
    board = Board(true, trouble=30, seed=7)
    chance = random.Random(int(hours.total_seconds()))  # noqa: S311 -- an order of events, no secret
    one = town(board, wrong, SqlStore(database.address), epoch=tmp_path / "one")
    two = town(board, true, SqlStore(database.address), epoch=tmp_path / "two")
    publish = board.publish

    def stepped(rendition, credential):
        if during and chance.random() < 0.2:
            wrong.off = hours - wrong.off
        return publish(rendition, credential)

    board.publish = stepped
    with one, two:
        plan(two, true, ["朝市のお知らせ", "図書館は休館です", "夏祭りは七月です"])
        for _ in range(12):
            true.advance(timedelta(seconds=40))
            for program in chance.sample([one, two], 2):
                program.dispatch()
            if not during:
                wrong.off = hours - wrong.off
        board.trouble = 0
        wrong.off = timedelta(0)
        run(two, true)

        assert [] == [item for item in unended(two) if item.state is not DeliveryState.UNKNOWN]
        assert all(item.waits_for_a_person for item in unended(two))
    assert [] == board.doubled()

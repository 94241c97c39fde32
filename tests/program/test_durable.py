"""The programme's memory: what was begun goes on after the process that began it has ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from city import LIMITS, NOW, programme

from civicsns.errors import ConfigurationError, EndNotKept, StoreError
from civicsns.language import Bilingual
from civicsns.model import Account, Credential, Delivery, DeliveryState, Draft, Media, Proof, Receipt, Record, Rendition
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.testing.clock import PracticeClock

ACCOUNT = Account(id="a", platform="board", steward="1")
PHOTO = Media(content=b"\x89PNG\r\n\x1a\n" + b"photo" * 999, media_type="image/png", alt_text="牛")


class Board:
    """A network in memory."""

    platform: ClassVar[str] = "board"
    limits = LIMITS

    def __init__(self) -> None:
        self.posts: list[Rendition] = []

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        return Rendition(platform="board", account=account.id, text=draft.text, body={}, media=draft.media)

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        self.posts.append(rendition)
        return self.receipt()

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        return self.receipt() if rendition in self.posts else None

    def receipt(self) -> Receipt:
        return Receipt(platform="board", account="a", post_id="1", at=NOW)

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise AssertionError


def program(board: Board, clock: PracticeClock, store: SqlStore | MemoryStore) -> Program:
    return programme({"board": board}, [ACCOUNT], clock, store=store)


def test_what_waits_goes_out_from_the_next_process(tmp_path: Path):
    """
    A post for later, with its photo, is kept, and goes out from the programme that is opened when its time has come.
    """
    board, clock = Board(), PracticeClock(NOW)
    draft = Draft(
        author="1", text="佐賀牛が届きました", accounts=["a"], media=[PHOTO], not_before=NOW + timedelta(hours=1)
    )
    with program(board, clock, SqlStore(tmp_path / "civicsns.db")) as first:
        (waiting,) = first.publish(draft).results
    clock.advance(timedelta(hours=1))
    with program(board, clock, SqlStore(tmp_path / "civicsns.db")) as second:
        (due,) = second.store.due(clock.now())

        assert waiting == due
        assert second.deliver(due.id) is None
        assert DeliveryState.DELIVERED == second.store.get(due.id).state
        assert ["delivery.planned", "delivery.sending", "delivery.delivered"] == [
            kept.event for kept in second.store.records(due.id)
        ]
    assert [(PHOTO,)] == [post.media for post in board.posts]


class Failing(MemoryStore):
    """A store that fails where an attempt's end is to be kept."""

    failing = True

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        if self.failing and old.state is DeliveryState.SENDING:
            raise StoreError(
                Bilingual("満杯です。", "It is full."), mend=Bilingual("空けます。", "Make room."), place="disk"
            )
        return super().replace(old, new, record)

    def all(self) -> Sequence[Delivery]:
        return list(self._deliveries.values())


def test_an_end_that_could_not_be_kept(tmp_path: Path):
    """
    Where the post is out and the store fails, nobody is told that nothing was sent; later it is read back, not resent.
    """
    board, clock, store = Board(), PracticeClock(NOW), Failing()
    publishing = program(board, clock, store)
    with pytest.raises(EndNotKept) as caught:
        publishing.publish(Draft(author="1", text="佐賀牛が届きました", accounts=["a"]))
    (left,) = store.all()

    assert "It is not known whether it was sent." in str(caught.value)
    assert "do not send it again by hand" in str(caught.value)
    assert DeliveryState.SENDING == left.state
    store.failing = False
    while (due := publishing.deliver(left.id)) is not None:
        clock.advance(max(due - clock.now(), timedelta(0)))
    receipt = store.get(left.id).receipt
    assert receipt is not None
    assert Proof.READ_BACK == receipt.proof
    assert 1 == len(board.posts)


def settings(tmp_path: Path, line: str = "") -> Path:
    (tmp_path / "people.csv").write_text("number,name\n1,a\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text("id,platform\n", encoding="utf-8")
    path = tmp_path / "civicsns.toml"
    path.write_text(
        f'[programme]\nname = "x"\npeople = "people.csv"\naccounts = "accounts.csv"\n{line}\n'
        '[policy]\npacks = ["jp-municipal"]\n[networks]\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(("line", "name"), [("", "civicsns.db"), ('store = "台帳.db"', "台帳.db")])
def test_the_settings_name_the_store(tmp_path: Path, line: str, name: str):
    """
    A programme that is opened has a durable store beside its settings, and lets go of it when it is closed.
    """
    with Program.open(settings(tmp_path, line)) as opened:
        opened.store.add([], [Record(at=NOW, subject="s", event="noted")])

        assert isinstance(opened.store, SqlStore)
        assert str(tmp_path / name) == opened.store.place
    # SQLite clears away its log when the last connection is closed.
    assert not (tmp_path / f"{name}-wal").exists()
    with SqlStore(tmp_path / name) as store:
        assert ["noted"] == [record.event for record in store.records("s")]


def test_a_programme_that_does_not_open_leaves_no_store(tmp_path: Path):
    """
    Where the settings are wrong the store is not even made.
    """
    path = settings(tmp_path)
    path.write_text(
        path.read_text(encoding="utf-8").replace("packs = [", 'rules = ["bascis"]\npacks = ['), encoding="utf-8"
    )
    with pytest.raises(ValueError, match="bascis"):
        Program.open(path)

    assert not (tmp_path / "civicsns.db").exists()


def test_notes_that_cannot_be_read_are_told_in_words(tmp_path: Path):
    """
    What this machine noted beside the store belongs to another user, say: that is a sentence, and no traceback.
    """
    path = settings(tmp_path)
    with Program.open(path) as opened:
        opened.store.add([], [Record(at=NOW, subject="s", event="noted")])
        assert opened.epoch is not None
        opened.epoch.look()
    (noted,) = tmp_path.rglob("*.log")
    noted.unlink()
    noted.mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        Program.open(path)

    assert str(noted) == caught.value.place

"""A network in memory on which each call ends as a test has laid down, and a programme that posts there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any, ClassVar

import attrs
from city import NOW, WORDS, limits, programme, roster, vault

from civicsns.config import DeliverySettings
from civicsns.errors import BadInput, TextTooLong
from civicsns.model import Account, Credential, Delivery, Draft, Handoff, Limits, ReadBack, Receipt, Rendition, Upload
from civicsns.program import Program
from civicsns.testing.clock import PracticeClock
from civicsns.vault.memory import MemoryVault

ACCOUNTS = {name: Account(id=name, platform="board", section="観光課", steward="1") for name in ("a", "b", "c")}
ROSTER = roster(ACCOUNTS.values())


class Board:
    """A network in memory; each call does what the test has laid down for it, and then what is usual."""

    platform: ClassVar[str] = "board"

    def __init__(self, *, read_back: ReadBack = ReadBack.STRONG) -> None:
        self.read_back = read_back
        self.posts: list[Rendition] = []
        self.calls: list[str] = []
        self.ends: list[Callable[[Rendition], Receipt] | Exception] = []
        self.upload_ends: list[Exception] = []
        self.find_ends: list[Exception] = []
        self.asked_since: list[datetime] = []
        self.lock = threading.Lock()

    @property
    def limits(self) -> Limits:
        return limits(read_back=self.read_back)

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        text = draft.text_for(self.platform)
        if not text:
            raise BadInput(WORDS, mend=WORDS, place="text")
        if len(text) > 60:
            raise TextTooLong(WORDS, mend=WORDS, place="text")
        return Rendition(platform="board", account=account.id, text=text, body={"text": text}, media=draft.media)

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        if len(rendition.uploads) == len(rendition.media):
            return rendition
        self.calls.append("upload")
        if self.upload_ends:
            raise self.upload_ends.pop(0)
        return attrs.evolve(
            rendition, uploads=[Upload(digest=item.digest, id=str(index)) for index, item in enumerate(rendition.media)]
        )

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        with self.lock:
            self.calls.append(f"publish {rendition.account} {credential.secret('token')}")
            end = self.ends.pop(0) if self.ends else self.make
        if isinstance(end, Exception):
            raise end
        return end(rendition)

    def make(self, rendition: Rendition) -> Receipt:
        self.posts.append(rendition)
        return Receipt(platform="board", account=rendition.account, post_id=str(len(self.posts)), at=NOW)

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        self.calls.append("find")
        self.asked_since.append(since)
        if self.find_ends:
            raise self.find_ends.pop(0)
        for number, post in enumerate(self.posts, start=1):
            if post.digest == rendition.digest and str(number) not in apart_from:
                return Receipt(platform="board", account=rendition.account, post_id=str(number), at=NOW)
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise AssertionError


class Handing(Board):
    """A network on which personal accounts post by hand."""

    def hand_off(self, draft: Draft, account: Account) -> Handoff:
        return Handoff(account=account.id, text=draft.text, share_url="https://example.com/share", instructions=WORDS)


@attrs.define
class World:
    """A programme, and the network that it posts to."""

    board: Board
    clock: PracticeClock
    program: Program
    vault: MemoryVault


def world(board: Board, **settings: Any) -> World:
    """Open a programme on *board*."""
    clock = PracticeClock(NOW)
    kept = vault(ACCOUNTS.values(), clock)
    program = programme({"board": board}, ACCOUNTS.values(), clock, vault=kept, settings=DeliverySettings(**settings))
    return World(board, clock, program, kept)


def events(shown: World, delivery: Delivery) -> list[str]:
    """Give what became of a delivery that was planned."""
    planned, *steps = [record.event for record in shown.program.store.records(delivery.id)]

    assert "delivery.planned" == planned
    return steps


def drained(shown: World) -> None:
    """Dispatch until nothing is due any more, letting time pass."""
    for _ in range(200):
        shown.program.dispatch()
        shown.clock.advance(timedelta(seconds=30))

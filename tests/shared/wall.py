"""A network in memory whose posts can be answered, quoted, edited and deleted; and a programme that posts there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
from city import HOUR, NOW, WORDS, draft, limits, programme

from civicsns.errors import TextTooLong
from civicsns.model import Account, Credential, Delivery, DeliveryState, Draft, Limits, Receipt, Rendition, Upload
from civicsns.program import Program
from civicsns.testing.clock import PracticeClock

ACCOUNTS = {
    name: Account(id=name, platform="wall", section=section, steward="1")
    for name, section in (("a", "観光課"), ("b", "観光課"), ("c", "税務課"), ("d", ""))
}


class Wall:
    """A network in memory, with posts that can be answered, quoted, edited and deleted."""

    platform: ClassVar[str] = "wall"

    def __init__(self, *, replies: bool = True, quotes: bool = True, url: str = "https://wall.example/") -> None:
        self.replies, self.quotes = replies, quotes
        self.url = url
        self.posts: dict[str, Rendition] = {}
        self.deleted: list[str] = []
        self.quoted: dict[str, str] = {}
        self.uploads = 0
        self.sends: list[Exception | Callable[[], None]] = []
        self.changes: list[Exception] = []
        self.lock = threading.Lock()

    @property
    def limits(self) -> Limits:
        return limits(replies=self.replies, quotes=self.quotes)

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        text = draft.text_for(self.platform)
        if len(text) > 60:
            raise TextTooLong(WORDS, mend=WORDS, place="text")
        body = {"text": text, "quote": draft.quote.id if draft.quote else None}
        return Rendition(
            platform="wall", account=account.id, text=text, body=body, media=draft.media, reply_to=draft.reply_to
        )

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        if len(rendition.uploads) == len(rendition.media):
            return rendition
        self.uploads += 1
        return attrs.evolve(rendition, uploads=[Upload(digest=item.digest, id="1") for item in rendition.media])

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        with self.lock:
            end = self.sends.pop(0) if self.sends else None
        if isinstance(end, Exception):
            raise end
        if end is not None:
            end()
        return self.make(rendition)

    def make(self, rendition: Rendition) -> Receipt:
        with self.lock:
            number = str(len(self.posts) + len(self.deleted) + 1)
            self.posts[number] = rendition
        return self.receipt(rendition, number)

    def receipt(self, rendition: Rendition, number: str) -> Receipt:
        url = f"{self.url}{number}" if self.url else ""
        return Receipt(platform="wall", account=rendition.account, post_id=number, at=NOW, url=url)

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        for number, post in self.posts.items():
            if post.digest == rendition.digest and number not in apart_from:
                return self.receipt(rendition, number)
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        if self.changes:
            raise self.changes.pop(0)
        if self.posts.pop(receipt.post_id, None) is not None:
            self.deleted.append(receipt.post_id)


class EditableWall(Wall):
    def edit(self, receipt: Receipt, rendition: Rendition, credential: Credential) -> Receipt:
        if self.changes:
            raise self.changes.pop(0)
        self.posts[receipt.post_id] = rendition
        return receipt


@attrs.define
class World:
    """A programme, and the network that it posts to."""

    wall: Wall
    clock: PracticeClock
    program: Program

    def drive(self, by: timedelta = timedelta(0)) -> int:
        """Let time pass, and dispatch until nothing moves."""
        self.clock.advance(by)
        moved = 0
        while step := self.program.dispatch():
            moved += step
        return moved

    def state(self, delivery: Delivery) -> DeliveryState:
        return self.program.store.get(delivery.id).state

    def texts(self) -> list[str]:
        return [post.text for post in self.wall.posts.values()]

    def hands(self, subject: str) -> list[tuple[str, str]]:
        """What people did to *subject*, and why."""
        return [
            (record.event, record.facts["reason"]) for record in self.program.store.records(subject) if record.by == "1"
        ]


def world(wall: Wall | None = None, **parts: Any) -> World:
    """Open a programme on *wall*; *parts* are given as they are."""
    wall, clock = wall or Wall(), PracticeClock(NOW)
    made = programme({"wall": wall}, ACCOUNTS.values(), clock, zone=ZoneInfo("Asia/Tokyo"), **parts)
    return World(wall, clock, made)


def published(shown: World, text: str = "お知らせです。", **changes: Any) -> Sequence[Delivery]:
    return shown.program.publish(draft(text, **changes)).results


def later(shown: World, text: str = "あとのお知らせです。", **changes: Any) -> Sequence[Delivery]:
    return published(shown, text, not_before=NOW + HOUR, **changes)

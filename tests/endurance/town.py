"""A town and its network in memory: what goes out is counted, whatever the ledger believes."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import attrs
from city import NO_MEDIA, WORDS, limits, programme

from civicsns.config import DeliverySettings
from civicsns.errors import AuthorizationLost, OutcomeUnknown, TextTooLong, Unavailable, UnknownReason
from civicsns.model import (
    Account,
    Credential,
    Delivery,
    DeliveryState,
    Draft,
    Idempotency,
    ReadBack,
    Receipt,
    Rendition,
)
from civicsns.ports import Store
from civicsns.program import Program
from civicsns.testing.clock import WORKDAY, PracticeClock

#: How many orders of events are tried; `make endure` tries many.
LONG = int(os.environ.get("CIVICSNS_ENDURE", "0"))
ACCOUNTS = {f"a{number}": Account(id=f"a{number}", platform="board", steward="1") for number in range(8)}


@attrs.frozen(kw_only=True)
class Post:
    """What the public sees."""

    id: str
    account: str
    text: str
    key: str
    at: datetime


class Board:
    """
    A network that does as it likes, from a seed.

    Args:
        clock: Its own time.
        trouble: How often, of a hundred requests, something goes wrong.
        seed: What goes wrong when.
    """

    platform: ClassVar[str] = "board"

    def __init__(
        self,
        clock: PracticeClock,
        *,
        trouble: int = 0,
        seed: int = 0,
        read_back: ReadBack = ReadBack.STRONG,
        idempotency: Idempotency = Idempotency.NONE,
    ) -> None:
        self.limits = limits(media=NO_MEDIA, read_back=read_back, idempotency=idempotency)
        self.posts: list[Post] = []
        self.trouble = trouble
        self._clock = clock
        self._chance = random.Random(seed)  # noqa: S311 -- an order of events, no secret
        self._lock = threading.Lock()

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        if len(draft.text) > self.limits.text.maximum:
            raise TextTooLong(WORDS, mend=WORDS, place="text")
        return Rendition(
            platform="board", account=account.id, text=draft.text, body={}, media=draft.media, reply_to=draft.reply_to
        )

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        del credential
        with self._lock:
            wrong = self._chance.randrange(100) < self.trouble
            how = self._chance.choice(["made", "absent", "unreachable", "lost"]) if wrong else ""
            if how == "unreachable":
                raise Unavailable(WORDS, mend=WORDS)
            if how == "lost":
                raise AuthorizationLost(WORDS, mend=WORDS)
            if how == "absent":
                raise OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.SERVER_ERROR)
            known = [post for post in self.posts if post.key == rendition.key]
            if not known or self.limits.idempotency is not Idempotency.KEY:
                known = [
                    Post(
                        id=str(len(self.posts) + 1),
                        account=rendition.account,
                        text=rendition.text,
                        key=rendition.key,
                        at=self._clock.now(),
                    )
                ]
                self.posts += known
            if how == "made":
                raise OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)
            return self._receipt(known[0])

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        del credential
        with self._lock:
            for post in self.posts:
                same = (post.account, post.text) == (rendition.account, rendition.text) and post.at >= since
                if same and self._receipt(post).post_id not in apart_from:
                    return self._receipt(post)
        return None

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise NotImplementedError

    def doubled(self) -> list[tuple[str, str]]:
        """Give what is out more than once."""
        seen = Counter((post.account, post.text) for post in self.posts)
        return [what for what, times in seen.items() if times > 1]

    def _receipt(self, post: Post) -> Receipt:
        return Receipt(platform="board", account=post.account, post_id=post.id, at=post.at)


def town(
    board: Board, clock: PracticeClock, store: Store, *, epoch: Path | None = None, concurrency: int = 4
) -> Program:
    """Open the programme of the town."""
    return programme(
        {"board": board},
        ACCOUNTS.values(),
        clock,
        store=store,
        settings=DeliverySettings(concurrency=concurrency),
        epoch=epoch,
    )


def plan(
    program: Program,
    clock: PracticeClock,
    texts: Iterable[str],
    *,
    minutes: float = 1,
    accounts: Sequence[str] = tuple(ACCOUNTS),
) -> None:
    """Have every text go out under every account, so many minutes from now."""
    at = clock.now() + timedelta(minutes=minutes)
    for text in texts:
        program.publish(
            Draft(author="1", text=text, accounts=accounts, not_before=at, thread=len(text) > 60),
            patience=timedelta(0),
        )


def run(program: Program, clock: PracticeClock, *, rounds: int = 400, people: bool = True) -> None:
    """Go on until nothing is due, however long that takes; with people who let go on what is held."""
    for _ in range(rounds):
        program.dispatch()
        if people:
            for held in program.waiting():
                if held.state is DeliveryState.HELD:
                    program.resume(held.id, by="1")
        due = program.store.due(clock.now() + timedelta(days=365))
        if not due:
            return
        nearest = min(one.not_before for one in due if one.not_before is not None)
        clock.advance(max(timedelta(seconds=15), nearest - clock.now()))
    raise AssertionError([(one.state, one.not_before, one.failure) for one in unended(program)])


def unended(program: Program) -> Sequence[Delivery]:
    """List what has not come to its end."""
    return program.store.unended()  # type: ignore[attr-defined,no-any-return]  # the tests' stores have it


def start() -> PracticeClock:
    return PracticeClock(WORKDAY)

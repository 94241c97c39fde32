"""What stands on the page: the posts of a network, arranged for reading. Pure values, without markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: Japanese text has no spaces round a URL, so a URL is ASCII only; both number signs begin a hashtag in Japan.
_MARKED: Final = re.compile(
    r"(?P<link>https?://[A-Za-z0-9_\-./~%?#&=+:;,@!$*]+)"
    r"|(?P<tag>(?<![\w&/])[#＃]\w+)"
    r"|(?P<name>(?<![A-Za-z0-9_])[@＠][A-Za-z0-9_]+)"
)


@attrs.frozen(kw_only=True)
class Segment:
    """
    A stretch of a text.

    Attributes:
        kind: `"text"`, `"link"`, `"tag"` or `"name"`.
        text: What it says.
    """

    kind: str
    text: str


@attrs.frozen(kw_only=True)
class Picture:
    """
    A picture or film in a post.

    Attributes:
        key: The network's id, to ask it for the bytes.
        alt: The alt text; empty where there is none.
        film: Whether it is a film.
    """

    key: str
    alt: str = ""
    film: bool = False


@attrs.frozen(kw_only=True)
class Card:
    """
    One post, reply or comment.

    Attributes:
        id: The network's id.
        author: The id of the account; empty for a made-up citizen without one.
        name: The name as shown.
        handle: The name without `@`, where the network has one.
        at: When it was made.
        text: What it says.
        pictures: What is to be seen.
        link: A link that is a part of the post.
        poll: The answers to choose from.
        answers: The id of the post that this one answers.
        quotes: The id of the post that this one quotes.
        scheduled_for: When the network publishes it.
        published: Whether it is public.
        edited: Whether it was changed after it was made.
        source: The app that sent it.
    """

    id: str
    author: str = ""
    name: str
    handle: str = ""
    at: datetime
    text: str
    pictures: tuple[Picture, ...] = ()
    link: str = ""
    poll: tuple[str, ...] = ()
    answers: str = ""
    quotes: str = ""
    scheduled_for: datetime | None = None
    published: bool = True
    edited: bool = False
    source: str = ""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The text, cut at links, hashtags and names."""
        return segments(self.text)


@attrs.frozen(kw_only=True)
class Account:
    """
    An account by which the page can be filtered.

    Attributes:
        network: `"x"` or `"graph"`.
        id: The network's id.
        name: The name as shown.
        handle: The name without `@`, where the network has one.
    """

    network: str
    id: str
    name: str
    handle: str = ""


@attrs.frozen(kw_only=True)
class Thread:
    """
    A post and all that answers it.

    Attributes:
        post: The post.
        replies: Every answer, and every answer to an answer, oldest first.
        orphan: Whether the post answers one that is gone.
    """

    post: Card
    replies: tuple[Card, ...] = ()
    orphan: bool = False


def segments(text: str) -> tuple[Segment, ...]:
    """Cut *text* at links, hashtags and names; the pieces joined give *text* again."""
    found: list[Segment] = []
    end = 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            found.append(Segment(kind="text", text=text[end : match.start()]))
        found.append(Segment(kind=match.lastgroup or "text", text=match.group()))
        end = match.end()
    if end < len(text):
        found.append(Segment(kind="text", text=text[end:]))
    return tuple(found)


def threads(cards: Iterable[Card]) -> tuple[Thread, ...]:
    """Arrange *cards*: what is scheduled first, then the newest; each with its answers, oldest first."""
    known = {card.id: card for card in cards}
    replies: dict[str, list[Card]] = {}
    roots: list[Card] = []
    for card in known.values():
        root = _root(card, known)
        if root is card:
            roots.append(card)
        else:
            replies.setdefault(root.id, []).append(card)
    roots.sort(key=lambda card: (card.scheduled_for is not None, card.scheduled_for or card.at, card.id), reverse=True)
    return tuple(
        Thread(
            post=card,
            replies=tuple(sorted(replies.get(card.id, ()), key=lambda reply: (reply.at, reply.id))),
            orphan=bool(card.answers),
        )
        for card in roots
    )


def _root(card: Card, known: dict[str, Card]) -> Card:
    # A post answers an older one, so this ends; the set guards against a network that lies.
    seen = {card.id}
    while card.answers in known and card.answers not in seen:
        card = known[card.answers]
        seen.add(card.id)
    return card


def concerns(thread: Thread, account: Account) -> bool:
    """Tell whether *account* wrote something in *thread* or is named in it."""
    cards = (thread.post, *thread.replies)
    if any(card.author == account.id for card in cards):
        return True
    name = f"@{account.handle}".lower()
    return bool(account.handle) and any(
        part.kind == "name" and part.text.replace("＠", "@").lower() == name for card in cards for part in card.segments
    )

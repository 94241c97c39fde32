"""What somebody wants to say."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.model.moment import aware_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from civicsns.model.media import Media


class Capacity(StrEnum):
    """In which capacity the author speaks."""

    #: 公: for the city.
    OFFICIAL = "official"
    #: 私: under the own name, with a personal view.
    PRIVATE = "private"


class Lane(StrEnum):
    """How urgent a post is; the urgent overtakes the rest."""

    #: 緊急: life and limb, such as an order to evacuate.
    EMERGENCY = "emergency"
    #: 通常.
    ROUTINE = "routine"


class ReplySettings(StrEnum):
    """Who may answer a post on X (`reply_settings` of POST /2/tweets); everyone unless said."""

    FOLLOWING = "following"
    MENTIONED = "mentionedUsers"
    SUBSCRIBERS = "subscribers"
    VERIFIED = "verified"


@attrs.frozen(kw_only=True)
class PostRef:
    """
    A post on a network.

    Attributes:
        platform: The network.
        id: The network's id of the post.
        account: The handle of whoever posted it, for rules that ask whose post is answered; empty where it is not
            known. It is no part of which post is meant, and is not kept with a delivery.
    """

    platform: str
    id: str
    account: str = attrs.field(default="", eq=False)


def _meant(post: PostRef) -> dict[str, str]:
    return {"platform": post.platform, "id": post.id}


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def _media(value: Iterable[Media]) -> tuple[Media, ...]:
    return tuple(value)


def _frozen_texts(value: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(value))


def _frozen_extra(value: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType({platform: MappingProxyType(dict(fields)) for platform, fields in value.items()})


#: The same bytes for the same contents, whatever the order of the keys.
_encode = json.JSONEncoder(sort_keys=True, default=str).encode


def digest_of(covered: dict[str, Any]) -> str:
    """Give the SHA-256 over what a digest covers, in hexadecimal digits."""
    return hashlib.sha256(_encode(covered).encode("utf-8", "surrogatepass")).hexdigest()


@attrs.frozen(kw_only=True)
class Poll:
    """
    A question with answers to choose from.

    Attributes:
        options: The answers.
        minutes: How long it runs, in minutes.
    """

    options: tuple[str, ...] = attrs.field(converter=_texts)
    minutes: int


@attrs.frozen(kw_only=True)
class Draft:
    """
    A post as its author means it 起案, for one or several accounts.

    Attributes:
        author: The personnel number of the author.
        text: What it says.
        accounts: The ids of the accounts that it goes out under.
        variants: Another text for a network, by platform.
        media: Pictures, or one film.
        link: A link that belongs to the post.
        reply_to: The post that this one answers.
        quote: The post that this one quotes.
        poll: A question to the readers.
        reply_settings: Who may answer.
        capacity: Official or private.
        not_before: civicsns sends it at this time or later.
        not_after: What has not been sent by this time is not sent any more, but reported. Of a thread, it is said of
            the first part: once that is out, the rest follows.
        lane: How urgent it is.
        prefer_duplicate: Rather twice than not at all: where it is not known whether an attempt went out, it is sent
            again without waiting for a person. For emergencies in the city's name only.
        publish_at: The network itself is to publish it at this time, where it can.
        corrects: The digest of the draft that this one corrects 訂正.
        thread: Whether a text that is too long may be cut into a thread.
        extra: Fields that go to a network as they are, by platform; those civicsns does not know.
    """

    author: str
    text: str = attrs.field(repr=False)
    accounts: tuple[str, ...] = attrs.field(converter=_texts)
    variants: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen_texts, repr=False, hash=False)
    media: tuple[Media, ...] = attrs.field(default=(), converter=_media)
    link: str | None = None
    reply_to: PostRef | None = None
    quote: PostRef | None = None
    poll: Poll | None = None
    reply_settings: ReplySettings | None = None
    capacity: Capacity = Capacity.OFFICIAL
    not_before: datetime | None = attrs.field(default=None, validator=aware_or_none)
    not_after: datetime | None = attrs.field(default=None, validator=aware_or_none)
    lane: Lane = Lane.ROUTINE
    prefer_duplicate: bool = False
    publish_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    corrects: str | None = None
    thread: bool = False
    extra: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict, converter=_frozen_extra, repr=False, hash=False)

    def text_for(self, platform: str) -> str:
        """Give the text meant for *platform*."""
        return self.variants.get(platform, self.text)

    @property
    def digest(self) -> str:
        """
        SHA-256 over all that a decision covers: texts, media, alt texts, links, targets, times, extras.

        A decision made on one digest does not cover a draft with another.
        """
        covered = {
            "author": self.author,
            "text": self.text,
            "accounts": self.accounts,
            "variants": dict(self.variants),
            "media": [(item.digest, item.alt_text) for item in self.media],
            "link": self.link,
            "reply_to": _meant(self.reply_to) if self.reply_to else None,
            "quote": _meant(self.quote) if self.quote else None,
            "poll": attrs.asdict(self.poll) if self.poll else None,
            "reply_settings": self.reply_settings,
            "capacity": self.capacity,
            "not_before": self.not_before.isoformat() if self.not_before else None,
            "not_after": self.not_after.isoformat() if self.not_after else None,
            "lane": self.lane,
            "publish_at": self.publish_at.isoformat() if self.publish_at else None,
            "corrects": self.corrects,
            "thread": self.thread,
            "extra": {platform: dict(fields) for platform, fields in self.extra.items()},
        }
        if self.prefer_duplicate:
            # Where it is not chosen, a draft has the digest that it had before there was such a choice.
            covered["prefer_duplicate"] = True
        return digest_of(covered)

"""What a network can carry, in numbers; the feature matrix in the docs is made from these."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from civicsns.model.media import MediaKind
    from civicsns.text import Measure


class Idempotency(StrEnum):
    """Whether a repeated request is recognised by the network."""

    NONE = "none"
    #: The network takes a key with the request (Mastodon, LINE) or a fixed record name (Bluesky).
    KEY = "key"


class ReadBack(StrEnum):
    """How far the network's own list of posts can be trusted."""

    #: All recent posts are listed: absence, after the lag, proves that nothing was published.
    STRONG = "strong"
    #: The list is ranked or incomplete: presence proves, absence does not.
    WEAK = "weak"


@attrs.frozen(kw_only=True)
class TextLimits:
    """
    How long a text may be.

    Attributes:
        measure: How the network counts.
        maximum: The most it takes, in that measure.
    """

    measure: Measure
    maximum: int


@attrs.frozen(kw_only=True)
class MediaLimits:
    """
    What files a post may carry.

    Attributes:
        images: The most images in one post; 0 for none.
        videos: The most films or GIFs in one post, never beside images.
        types: The media types it takes.
        bytes_: The most bytes, by kind.
        alt_text: The most characters in an alt text.
    """

    images: int
    videos: int
    types: frozenset[str]
    bytes_: dict[MediaKind, int] = attrs.field(hash=False)
    alt_text: int


@attrs.frozen(kw_only=True)
class ScheduleLimits:
    """
    When the network itself can publish.

    Attributes:
        soonest: The least time ahead.
        latest: The most time ahead.
    """

    soonest: timedelta
    latest: timedelta


@attrs.frozen(kw_only=True)
class Rate:
    """
    A documented rate limit.

    Attributes:
        operation: Which calls it counts, such as `publish`.
        scope: `"account"` or `"app"`.
        calls: How many.
        per: In what time.
    """

    operation: str
    scope: str
    calls: int
    per: timedelta


@attrs.frozen(kw_only=True)
class Limits:
    """
    What one adapter's network can carry.

    Attributes:
        text: Length of a text.
        media: Files.
        schedule: Publishing at a later time by the network; None where it cannot.
        idempotency: Whether repeated requests are recognised.
        read_back: How far its list of posts can be trusted.
        network_delay: How long after receiving a request the network may still carry it out.
        read_back_lag: How long a published post may be missing from the list.
        key_lifetime: How long the network recognises a repeated request, where it does (`Idempotency.KEY`); an hour
            is what Mastodon keeps a key, the shortest that we know of.
        rates: The documented rate limits.
        replies: Whether it can answer a post.
        quotes: Whether it can quote a post.
        polls: Whether it can ask a question.
        reply_settings: Whether the author can choose who answers.
        links: Whether a link is a part of the post rather than of the text.
        similar_texts: Whether several accounts of one operator may post the same or nearly the same text.
        repeat_after: For how long the same words are refused again under the same account; None where they are not.
    """

    text: TextLimits
    media: MediaLimits
    schedule: ScheduleLimits | None
    idempotency: Idempotency
    read_back: ReadBack
    network_delay: timedelta
    read_back_lag: timedelta
    key_lifetime: timedelta = timedelta(hours=1)
    rates: tuple[Rate, ...] = ()
    replies: bool = False
    quotes: bool = False
    polls: bool = False
    reply_settings: bool = False
    links: bool = False
    similar_texts: bool = True
    repeat_after: timedelta | None = None

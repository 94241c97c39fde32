"""One rendition on its way to one account."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.model.draft import Capacity, Lane, PostRef, digest_of
from civicsns.model.moment import aware, aware_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from civicsns.language import Bilingual
    from civicsns.model.media import Media


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


def _frozen_texts(value: Mapping[str, object]) -> Mapping[str, str]:
    return MappingProxyType({name: str(fact) for name, fact in value.items()})


def _media(value: Iterable[Media]) -> tuple[Media, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Upload:
    """
    A file that the network already holds, not yet part of a post.

    Attributes:
        digest: SHA-256 of the file, as in `Media.digest`.
        id: The network's id, used when the post is made.
        key: The id by which the network lists the file in a post (X `media_key`); a marker that text alone is not.
        ready_after: Not to be used before this time, where the network still processes the file.
    """

    digest: str
    id: str
    key: str = ""
    ready_after: datetime | None = attrs.field(default=None, validator=aware_or_none)


def _uploads(value: Iterable[Upload]) -> tuple[Upload, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Rendition:
    """
    Exactly what goes to one network for one account; made before anything is sent.

    Attributes:
        platform: The network.
        account: The account's id in the programme.
        network_id: The account's id on the network; empty until known.
        text: The text as it will stand on the network.
        body: The fields of the request, without ids that only an upload or an earlier post can give.
        media: The files to upload first.
        uploads: The files that the network already holds; filled by `Uploads.upload`.
        reply_to: The post that this one answers; filled late for the parts of a thread.
        key: What the network is to recognise a repeated request by (`Idempotency.KEY`): the delivery's id, and
            another one where a person wants it sent again. Two posts that are wanted and say the same have two.
    """

    platform: str
    account: str
    network_id: str = ""
    text: str = attrs.field(repr=False)
    body: Mapping[str, Any] = attrs.field(converter=_frozen, repr=False, hash=False)
    media: tuple[Media, ...] = attrs.field(default=(), converter=_media)
    uploads: tuple[Upload, ...] = attrs.field(default=(), converter=_uploads)
    reply_to: PostRef | None = None
    key: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what the public will see; uploads and key do not change it."""
        covered = {
            "platform": self.platform,
            "account": self.account,
            "text": self.text,
            "body": dict(self.body),
            "media": [(item.digest, item.alt_text) for item in self.media],
            "reply_to": self.reply_to.id if self.reply_to else None,
        }
        return digest_of(covered)


class Proof(StrEnum):
    """How we know that a post exists."""

    #: The network said so when it was made.
    ANSWERED = "answered"
    #: The post was found on the network afterwards.
    READ_BACK = "read_back"


@attrs.frozen(kw_only=True)
class Allowance:
    """
    How much of a rate limit is left, as the network said in its answer.

    Attributes:
        scope: `"account"` or `"app"`.
        window: Which allowance: `"window"` (15 minutes), `"day"`, or the network's own name for it.
        used: The share that is used up, from 0.0 to 1.0 and above.
        remaining: The calls that are left, where the network counts calls.
        resets_at: When it is whole again, where the network says.
    """

    scope: str
    window: str
    used: float
    remaining: int | None = None
    resets_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


def _allowances(value: Iterable[Allowance]) -> tuple[Allowance, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Receipt:
    """
    The network has the post 受領.

    Attributes:
        platform: The network.
        account: The account's id in the programme.
        post_id: The network's id of the post.
        url: Where a citizen reads it; empty where the network does not say.
        at: When it was made, as far as known.
        proof: How we know.
        scheduled_for: When the network will publish it, where it was scheduled there.
        allowances: What is left of the rate limits.
        raw: The network's answer, with secrets removed.
    """

    platform: str
    account: str
    post_id: str
    url: str = ""
    at: datetime = attrs.field(validator=aware)
    proof: Proof = Proof.ANSWERED
    scheduled_for: datetime | None = attrs.field(default=None, validator=aware_or_none)
    allowances: tuple[Allowance, ...] = attrs.field(default=(), converter=_allowances)
    raw: Mapping[str, Any] = attrs.field(factory=dict, converter=_frozen, repr=False, hash=False, eq=False)

    @property
    def post(self) -> PostRef:
        """The post, to answer or to quote."""
        return PostRef(platform=self.platform, id=self.post_id)


class DeliveryState(StrEnum):
    """Where a delivery stands in the ledger."""

    #: Waits for its time.
    PENDING = "pending"
    #: The intent is recorded; the request may be on its way.
    SENDING = "sending"
    #: It may or may not have gone out.
    UNKNOWN = "unknown"
    #: The network has it.
    DELIVERED = "delivered"
    #: It will not go out.
    FAILED = "failed"
    #: Waits until the account is enrolled again, or somebody lifts the hold 投稿停止.
    HELD = "held"
    #: 取下げ: somebody took it back before anything was sent.
    WITHDRAWN = "withdrawn"
    #: It was on the network, and somebody had it deleted there.
    DELETED = "deleted"


#: What has come to its end: it is on the network, or will never be.
ENDED = frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.WITHDRAWN, DeliveryState.DELETED})


@attrs.frozen(kw_only=True)
class Failure:
    """
    How the last attempt ended, when not with a receipt.

    Attributes:
        outcome: The name of the outcome, such as `RateLimited`.
        what: What happened.
        mend: What to do next.
        at: When.
        evidence: What is known for later.
    """

    outcome: str
    what: Bilingual
    mend: Bilingual
    at: datetime = attrs.field(validator=aware)
    evidence: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen, hash=False)


@attrs.frozen(kw_only=True)
class Delivery:
    """
    One rendition to one account, with its state 配信.

    Attributes:
        id: Unique in the programme.
        draft: The digest of the draft that it comes from.
        rendition: What goes out.
        capacity: In which capacity the author speaks; of private ones little is recorded.
        state: Where it stands.
        version: Counts changes; a stored delivery is replaced only by its successor.
        attempts: How many attempts were begun.
        unreached: How many of the last attempts in a row did not reach the network.
        unclear: How many attempts had an unknown outcome since a person last decided.
        lane: How urgent it is.
        prefer_duplicate: Rather twice than not at all, as its author chose (`Draft.prefer_duplicate`).
        risked: How often that choice had it sent again, although an attempt before may be on the network; where it is
            above 0 the post may be there more than once.
        not_before: The next step is not due before this time; None where nothing is due.
        not_after: From this time on no attempt is begun: the post has failed, and that is reported. The later parts of
            a thread have none; they go on once the first is out.
        intent_at: When the last attempt was begun.
        clock_set: By how much the clock that gave *intent_at* had been set not long before.
        open_since: When the first attempt was begun that may still show, where the same request is sent again under
            the same key (`Idempotency.KEY`) or on `prefer_duplicate`; None where every earlier attempt is known to have come to nothing.
        lost_since: When the first attempt may have been begun of which the ledger knows nothing, because an older
            backup of the store was restored; None once the network was read back.
        follows: The delivery whose post this one answers, in a thread.
        receipt: The network has it.
        failure: How the last attempt ended.
    """

    id: str
    draft: str
    rendition: Rendition
    capacity: Capacity = Capacity.OFFICIAL
    state: DeliveryState = DeliveryState.PENDING
    version: int = 0
    attempts: int = 0
    unreached: int = 0
    unclear: int = 0
    lane: Lane = Lane.ROUTINE
    prefer_duplicate: bool = False
    risked: int = 0
    not_before: datetime | None = attrs.field(default=None, validator=aware_or_none)
    not_after: datetime | None = attrs.field(default=None, validator=aware_or_none)
    intent_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    clock_set: timedelta = timedelta(0)
    open_since: datetime | None = attrs.field(default=None, validator=aware_or_none)
    lost_since: datetime | None = attrs.field(default=None, validator=aware_or_none)
    follows: str | None = None
    receipt: Receipt | None = None
    failure: Failure | None = None

    @property
    def waits_for_a_person(self) -> bool:
        """Whether somebody has to decide, to enrol the account again or to lift a hold before anything is sent."""
        return self.state is DeliveryState.HELD or (self.state is DeliveryState.UNKNOWN and self.not_before is None)

    @property
    def may_be_double(self) -> bool:
        """Whether the network has the post, and may have it more than once: somebody should look."""
        return self.state is DeliveryState.DELIVERED and self.risked > 0

    def shows_after(self, moment: datetime) -> bool:
        """Whether the network has the post and is to publish it by itself, later than *moment*."""
        at = self.receipt.scheduled_for if self.receipt else None
        return self.state is DeliveryState.DELIVERED and at is not None and at > moment


@attrs.frozen(kw_only=True)
class Marks:
    """
    By what deliveries are found whose texts are like another (`civicsns.text.likeness.marks`).

    Attributes:
        of: The marks of each delivery, by its id.
        at: When they were made.
        since: Older ones are of no use any more, and may be forgotten.
    """

    of: Mapping[str, tuple[int, ...]] = attrs.field(converter=_frozen, hash=False)
    at: datetime = attrs.field(validator=aware)
    since: datetime = attrs.field(validator=aware)


@attrs.frozen(kw_only=True)
class Handoff:
    """
    What a person needs to share a post by hand, where no program may: a recorded hand-off 手渡し.

    Attributes:
        account: The account's id in the programme.
        text: The words to paste.
        share_url: The page of the network to open.
        instructions: What to do, step by step.
    """

    account: str
    text: str = attrs.field(repr=False)
    share_url: str
    instructions: Bilingual


@attrs.frozen(kw_only=True)
class Record:
    """
    What happened, in one line 証跡.

    Attributes:
        at: When.
        subject: The id of the draft or delivery that it is about.
        event: What happened, such as `delivery.delivered`.
        by: The personnel number of the person who acted; empty for the program itself.
        facts: Details, without secrets. Not shown, as they may name people.
    """

    at: datetime = attrs.field(validator=aware)
    subject: str
    event: str
    by: str = ""
    facts: Mapping[str, str] = attrs.field(factory=dict, converter=_frozen_texts, repr=False, hash=False)

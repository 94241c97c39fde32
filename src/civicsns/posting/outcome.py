"""
The ledger's table: what each outcome of one attempt does to a delivery.

Pure functions of values; the clock is an argument.
The facade calls them, stores their answer, and does nothing of its own judgement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from civicsns.language import Bilingual
from civicsns.model.delivery import ENDED, Delivery, DeliveryState, Failure, Proof, Receipt, Rendition
from civicsns.model.limits import Idempotency, Limits, ReadBack

if TYPE_CHECKING:
    from civicsns.config import DeliverySettings
    from civicsns.model.draft import PostRef


#: `Failure.outcome` of a delivery whose time was over before it could be sent.
TOO_LATE = "TooLate"
#: `Failure.outcome` of a delivery that waits for a hold to be lifted.
ON_HOLD = "OnHold"
#: `Failure.outcome` of a delivery that was given up because one before it did not go out.
DROPPED = "Dropped"


class IllegalStep(RuntimeError):  # noqa: N818 -- a fault of the program, not of its user
    """The ledger was asked for a step that its protocol does not have."""


@attrs.frozen(kw_only=True)
class Bounds:
    """
    How long each thing may last; the proof that nothing is sent twice rests on these.

    Attributes:
        start_deadline: Between writing down the intent and the first byte; later than that, nothing is sent.
        longest_pause: The longest that may lie between the look at the start deadline and the request's leaving:
            a process that stands still, a name looked up, a connection made. Suspended machines included.
        clock_skew: How far apart the clocks of the programme's machines may be, steps of one clock included.
        retry_first: The pause after the first attempt that provably sent nothing; it doubles each time.
        retry_attempts: After this many such attempts in a row the delivery has failed.
        attempts: After this many attempts of unknown outcome a person decides, even where each was read back as
            absent: a network that answers errors for ever may charge for each.
        budget_pause: How long to wait when the credits are spent, or the app is refused as a whole: somebody has to
            put that right.
    """

    start_deadline: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(seconds=120)
    clock_skew: timedelta = timedelta(seconds=30)
    retry_first: timedelta = timedelta(seconds=30)
    retry_attempts: int = 6
    attempts: int = 5
    budget_pause: timedelta = timedelta(hours=1)

    @classmethod
    def of(cls, settings: DeliverySettings) -> Self:
        """Give the bounds that the table `[delivery]` sets."""
        return cls(
            start_deadline=settings.start_deadline,
            longest_pause=settings.longest_pause,
            clock_skew=settings.clock_skew,
            retry_first=settings.retry_first,
            retry_attempts=settings.retry_attempts,
            attempts=settings.attempts,
        )

    def settled(self, intent_at: datetime, limits: Limits) -> datetime:
        """
        Give the time from which absence on the network proves that an attempt came to nothing.

        The intent's time, and on top of it all that may lie between it and the post showing in the network's list.
        The clock that is compared with it may be ahead of the one that gave *intent_at*.
        """
        return self._acted(intent_at, limits) + limits.read_back_lag

    def repeatable(self, open_since: datetime, now: datetime, limits: Limits) -> bool:
        """Tell whether an attempt begun *now* reaches a network that still knows the key of the one *open_since*."""
        return limits.idempotency is Idempotency.KEY and self._acted(now, limits) < open_since + limits.key_lifetime

    def _acted(self, intent_at: datetime, limits: Limits) -> datetime:
        return intent_at + self.start_deadline + self.longest_pause + limits.network_delay + self.clock_skew


def begin(delivery: Delivery, *, now: datetime, bounds: Bounds, clock_set: timedelta = timedelta(0)) -> Delivery:
    """
    Write down the intent: from here on the post may go out at any moment.

    Args:
        delivery: In state PENDING.
        now: The time.
        bounds: How long things may last.
        clock_set: By how much the clock that gave *now* has been set not long ago.

    Raises:
        IllegalStep: If the delivery is not pending, not due, too late, or may have been sent by an attempt that was
            lost.
    """
    if delivery.state is not DeliveryState.PENDING:
        msg = f"An attempt begins from PENDING, not from {delivery.state.name}."
        raise IllegalStep(msg)
    if too_late(delivery, now=now):
        msg = "An attempt does not begin when its validity is over."
        raise IllegalStep(msg)
    if delivery.not_before is not None and now < delivery.not_before:
        msg = "An attempt does not begin before its time."
        raise IllegalStep(msg)
    if delivery.lost_since is not None:
        msg = "What a lost attempt may have sent is read back first."
        raise IllegalStep(msg)
    return successor(
        delivery,
        state=DeliveryState.SENDING,
        attempts=delivery.attempts + 1,
        unreached=delivery.unreached,
        intent_at=now,
        clock_set=clock_set,
        # When the attempt has expired, should nobody report its end.
        not_before=now + bounds.start_deadline + bounds.longest_pause,
        failure=None,
    )


def too_late(delivery: Delivery, *, now: datetime) -> bool:
    """Tell whether the time is over in which the post was worth sending."""
    return delivery.not_after is not None and now >= delivery.not_after


def miss(delivery: Delivery, *, now: datetime) -> Delivery:
    """
    Give up a delivery that is too late; where an earlier attempt is open, leave that to reading back.

    Raises:
        IllegalStep: If it is not pending or held, or not too late.
    """
    if delivery.state not in {DeliveryState.PENDING, DeliveryState.HELD} or not too_late(delivery, now=now):
        msg = f"Only what waits, and is too late, is given up for that, not {delivery.state.name}."
        raise IllegalStep(msg)
    if may_be_out(delivery):
        return successor(delivery, state=DeliveryState.UNKNOWN, not_before=now)
    return successor(delivery, state=DeliveryState.FAILED, failure=_missed(delivery, now))


def stop(delivery: Delivery, *, now: datetime, what: Bilingual, mend: Bilingual, hold: str) -> Delivery:
    """
    Hold a delivery that is due while posting is stopped 投稿停止; an attempt that is open stays so.

    Args:
        delivery: In state PENDING.
        now: When.
        what: Who stopped what, and why.
        mend: What lets it go on.
        hold: The key of the hold.

    Raises:
        IllegalStep: If it is not pending.
    """
    if delivery.state is not DeliveryState.PENDING:
        msg = f"Only a pending delivery is stopped, not {delivery.state.name}."
        raise IllegalStep(msg)
    failure = Failure(outcome=ON_HOLD, what=what, mend=mend, at=now, evidence={"hold": hold})
    return successor(delivery, state=DeliveryState.HELD, unreached=delivery.unreached, failure=failure)


def lapsed(delivery: Delivery, *, now: datetime, limits: Limits, bounds: Bounds) -> bool:
    """
    Tell whether an earlier attempt must be read back before the next.

    The ledger has lost it, or its key is too old for the same request to be sent again under it.
    """
    if delivery.lost_since is not None:
        return True
    return delivery.open_since is not None and not bounds.repeatable(delivery.open_since, now, limits)


def lapse(delivery: Delivery, *, now: datetime) -> Delivery:
    """
    Leave an earlier attempt to reading back, since it was lost or its key protects no longer.

    Raises:
        IllegalStep: If the delivery is not pending, or no earlier attempt is open.
    """
    if delivery.state is not DeliveryState.PENDING or not may_be_out(delivery):
        msg = "Only a pending delivery with an open attempt lapses."
        raise IllegalStep(msg)
    return successor(delivery, state=DeliveryState.UNKNOWN, not_before=now)


def uploaded(delivery: Delivery, rendition: Rendition, *, now: datetime) -> Delivery:
    """
    Note the files that the network now holds; nothing is published yet.

    The next step is due once the network has worked through them.

    Raises:
        IllegalStep: If the delivery is not pending, or *rendition* says something else than its own.
    """
    if delivery.state is not DeliveryState.PENDING or rendition.digest != delivery.rendition.digest:
        msg = "Only a pending delivery takes uploads, and only of its own rendition."
        raise IllegalStep(msg)
    ready = [upload.ready_after for upload in rendition.uploads if upload.ready_after is not None]
    return successor(delivery, rendition=rendition, not_before=max([now, *ready]))


def upload_failed(delivery: Delivery, ended: Outcome, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    """
    Settle an upload that did not go well, by the same table as `end`; nothing was published.

    Raises:
        IllegalStep: If the delivery is not pending.
        TypeError: If *ended* is `OutcomeUnknown`: an upload publishes nothing, so its outcome is never unknown.
    """
    if delivery.state is not DeliveryState.PENDING:
        msg = f"Files are uploaded in PENDING, not in {delivery.state.name}."
        raise IllegalStep(msg)
    if isinstance(ended, OutcomeUnknown):
        msg = "An upload publishes nothing; its adapter must not say that the outcome is unknown."
        raise TypeError(msg)
    return _settle(delivery, ended, now=now, limits=limits, bounds=bounds)


def end(delivery: Delivery, ended: Receipt | Outcome, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    """
    Settle an attempt by how it ended.

    | outcome | next state |
    |---|---|
    | `Receipt` | DELIVERED |
    | `Refused` | FAILED; where the app as a whole is refused, PENDING, not before `budget_pause` has passed |
    | `AuthorizationLost` | HELD |
    | `RateLimited` | PENDING, not before `until` |
    | `BudgetSpent` | PENDING, not before `budget_pause` has passed |
    | `Unavailable` | PENDING with a pause that doubles; FAILED after `retry_attempts` |
    | `OutcomeUnknown` | UNKNOWN; the network is read back once a post that was made would show |

    Where an earlier attempt is still open (`Delivery.open_since`), what would be FAILED is UNKNOWN: the earlier one
    may be on the network.

    Args:
        delivery: In state SENDING.
        ended: The receipt, or the outcome that was raised.
        now: When it ended.
        limits: What the network can do.
        bounds: How long things may last.

    Raises:
        IllegalStep: If no attempt is under way.
        TypeError: If *ended* is none of the seven.
    """
    if delivery.state is not DeliveryState.SENDING:
        msg = f"An attempt ends in SENDING, not in {delivery.state.name}."
        raise IllegalStep(msg)
    return _settle(delivery, ended, now=now, limits=limits, bounds=bounds)


def _settle(delivery: Delivery, ended: Receipt | Outcome, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    match ended:
        case Receipt():
            return successor(delivery, state=DeliveryState.DELIVERED, receipt=ended, open_since=None, failure=None)
        case Refused() if ended.scope != "app":
            if may_be_out(delivery):
                return _still_open(delivery, ended, now=now, limits=limits, bounds=bounds)
            return successor(delivery, state=DeliveryState.FAILED, failure=failure_of(ended, now))
        case AuthorizationLost():
            return successor(delivery, state=DeliveryState.HELD, failure=failure_of(ended, now))
        case RateLimited():
            return successor(
                delivery, state=DeliveryState.PENDING, not_before=max(ended.until, now), failure=failure_of(ended, now)
            )
        case BudgetSpent() | Refused():
            return successor(
                delivery,
                state=DeliveryState.PENDING,
                not_before=now + bounds.budget_pause,
                failure=failure_of(ended, now),
            )
        case Unavailable():
            unreached = delivery.unreached + 1
            if unreached >= bounds.retry_attempts:
                if may_be_out(delivery):
                    return _still_open(delivery, ended, now=now, limits=limits, bounds=bounds)
                return successor(
                    delivery, state=DeliveryState.FAILED, unreached=unreached, failure=failure_of(ended, now)
                )
            pause = bounds.retry_first * 2 ** (unreached - 1)
            return successor(
                delivery,
                state=DeliveryState.PENDING,
                unreached=unreached,
                not_before=now + pause,
                failure=failure_of(ended, now),
            )
        case OutcomeUnknown():
            return successor(
                delivery,
                state=DeliveryState.UNKNOWN,
                unclear=delivery.unclear + 1,
                not_before=now + limits.read_back_lag,
                failure=failure_of(ended, now),
            )
        case _:
            msg = f"{type(ended).__name__} is no outcome of an attempt."
            raise TypeError(msg)


def _still_open(delivery: Delivery, ended: Outcome, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    assert delivery.intent_at is not None, "an attempt is open only after an intent"
    again = max(now + bounds.retry_first, bounds.settled(delivery.intent_at, limits))
    return successor(delivery, state=DeliveryState.UNKNOWN, not_before=again, failure=failure_of(ended, now))


def expire(delivery: Delivery, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    """
    Settle an attempt of which nobody ever reported the end: its process died. Never pending again: unknown.

    Raises:
        IllegalStep: If no attempt is under way, or it may still be running.
    """
    if delivery.state is not DeliveryState.SENDING or delivery.intent_at is None:
        msg = f"Only an attempt under way expires, not {delivery.state.name}."
        raise IllegalStep(msg)
    if now < delivery.intent_at + bounds.start_deadline + bounds.longest_pause:
        msg = "The attempt may still be running."
        raise IllegalStep(msg)
    return successor(
        delivery,
        state=DeliveryState.UNKNOWN,
        unclear=delivery.unclear + 1,
        not_before=now + limits.read_back_lag,
        failure=Failure(
            outcome=OutcomeUnknown.__name__,
            what=Bilingual("送信中に処理が止まりました。", "The program stopped while it was sending."),
            mend=Bilingual("ネットワークを読み返して確かめます。", "The network is read back to find out."),
            at=now,
        ),
    )


def read_back(delivery: Delivery, post: Receipt | None, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    """
    Settle an unknown outcome by what the network's own list shows.

    | found | when | the list | next state |
    |---|---|---|---|
    | yes | any | any | DELIVERED, proof: read back |
    | no | before it is settled | any | UNKNOWN, read again later |
    | no | after | strong | PENDING: one more attempt; FAILED where it is too late for one |
    | no | after | weak | UNKNOWN with nothing due: a person decides |

    Where the network recognises a repeated request (`Idempotency.KEY`), and for as long as it does, it goes back to
    PENDING at once: the same key is sent again, and the network sorts it out. Not so where it is too late to send.

    After `Bounds.attempts` attempts of unknown outcome nothing is sent again by itself, on any network: what is not
    found once it is settled waits for a person.

    Args:
        delivery: In state UNKNOWN.
        post: The post, as the list shows it; None where it does not.
        now: When the list was asked for, not when it arrived.
        limits: What the network can do.
        bounds: How long things may last.

    Raises:
        IllegalStep: If the outcome is not unknown.
    """
    if delivery.state is not DeliveryState.UNKNOWN or delivery.intent_at is None:
        msg = f"Only an unknown outcome is read back, not {delivery.state.name}."
        raise IllegalStep(msg)
    if post is not None:
        return found(delivery, post)
    settled = bounds.settled(delivery.intent_at, limits)
    late = too_late(delivery, now=now)
    enough = delivery.unclear >= bounds.attempts
    if now >= settled and limits.read_back is ReadBack.STRONG and (late or not enough):
        return absent(delivery, again=True, now=now)
    open_since = delivery.open_since or delivery.intent_at
    # What was lost may have gone out under another key: a person may have wanted it again.
    known = delivery.lost_since is None
    if bounds.repeatable(open_since, now, limits) and known and not enough and not late:
        return successor(delivery, state=DeliveryState.PENDING, not_before=now, open_since=open_since)
    if now < settled:
        return successor(delivery, state=DeliveryState.UNKNOWN, not_before=settled)
    failure = _enough(delivery, now) if enough else delivery.failure
    return successor(delivery, state=DeliveryState.UNKNOWN, not_before=None, failure=failure)


def absent(delivery: Delivery, *, again: bool, now: datetime) -> Delivery:
    """
    Settle an unknown outcome of which it is proven that nothing went out.

    Raises:
        IllegalStep: If the outcome is not unknown.
    """
    if delivery.state is not DeliveryState.UNKNOWN:
        msg = f"Only an unknown outcome is settled by absence, not {delivery.state.name}."
        raise IllegalStep(msg)
    if again and too_late(delivery, now=now):
        return successor(
            delivery, state=DeliveryState.FAILED, open_since=None, lost_since=None, failure=_missed(delivery, now)
        )
    if again:
        return successor(delivery, state=DeliveryState.PENDING, not_before=now, open_since=None, lost_since=None)
    return successor(delivery, state=DeliveryState.FAILED, open_since=None, lost_since=None)


def found(delivery: Delivery, post: Receipt) -> Delivery:
    """
    Settle an unknown outcome by the post itself, seen on the network.

    Raises:
        IllegalStep: If the outcome is not unknown.
    """
    if delivery.state is not DeliveryState.UNKNOWN:
        msg = f"Only an unknown outcome is settled by a post, not {delivery.state.name}."
        raise IllegalStep(msg)
    receipt = attrs.evolve(post, proof=Proof.READ_BACK)
    return successor(
        delivery, state=DeliveryState.DELIVERED, receipt=receipt, open_since=None, lost_since=None, failure=None
    )


def not_read(delivery: Delivery, ended: Outcome, *, now: datetime, bounds: Bounds) -> Delivery:
    """
    Keep an outcome unknown when the network could not be read back: try again later, or leave it to a person.

    Raises:
        IllegalStep: If the outcome is not unknown.
    """
    if delivery.state is not DeliveryState.UNKNOWN:
        msg = f"Only an unknown outcome is read back, not {delivery.state.name}."
        raise IllegalStep(msg)
    match ended:
        case RateLimited():
            again: datetime | None = max(ended.until, now)
        case Unavailable():
            again = now + bounds.retry_first
        case BudgetSpent():
            again = now + bounds.budget_pause
        case _:
            # The token is dead, or the network will not show the list: waiting changes nothing.
            again = None
    return successor(delivery, not_before=again, failure=failure_of(ended, now))


def doubt(delivery: Delivery, *, since: datetime, now: datetime, bounds: Bounds) -> Delivery:
    """
    Take into account that the ledger may have lost attempts: an older backup of the store was restored.

    Whatever has not ended is read back before it is sent, as if an attempt had been begun until now. What is not due
    for the first time until later can not have been begun, and stays as it is.

    Args:
        delivery: As it stands in the backup.
        since: When the backup was made, or earlier.
        now: When that was noticed; nothing of what was lost goes on after that.
        bounds: How long things may last.

    Returns:
        The next version; *delivery* itself, where nothing of it can have been lost.
    """
    if delivery.state in ENDED:
        return delivery
    lost_since = min(since, delivery.lost_since or since)
    changes = {"lost_since": lost_since, "intent_at": max(now, delivery.intent_at or now)}
    if delivery.state in {DeliveryState.SENDING, DeliveryState.UNKNOWN}:
        # Before a person too: it may have been found meanwhile. And what was under way began before all that was lost.
        begun = delivery.open_since or delivery.intent_at
        return successor(delivery, state=DeliveryState.UNKNOWN, not_before=now, open_since=begun, **changes)
    if delivery.not_before is not None and delivery.not_before > now + bounds.clock_skew:
        return delivery
    return successor(delivery, unreached=delivery.unreached, not_before=delivery.not_before, **changes)


def drop(delivery: Delivery, *, now: datetime, what: Bilingual, mend: Bilingual) -> Delivery:
    """
    Give up a delivery of which nothing has been sent, such as the rest of a thread whose first part failed.

    Raises:
        IllegalStep: If it is not pending.
    """
    if delivery.state is not DeliveryState.PENDING or may_be_out(delivery):
        msg = f"Only a pending delivery without an open attempt is dropped, not {delivery.state.name}."
        raise IllegalStep(msg)
    failure = Failure(outcome=DROPPED, what=what, mend=mend, at=now)
    return successor(delivery, state=DeliveryState.FAILED, failure=failure)


def answering(delivery: Delivery, post: PostRef) -> Delivery:
    """
    Note the post that this one answers, once it is known: the part of a thread before it.

    Raises:
        IllegalStep: If the delivery is not pending.
    """
    if delivery.state is not DeliveryState.PENDING:
        msg = f"Only a pending delivery learns what it answers, not {delivery.state.name}."
        raise IllegalStep(msg)
    return successor(
        delivery,
        rendition=attrs.evolve(delivery.rendition, reply_to=post),
        unreached=delivery.unreached,
        not_before=delivery.not_before,
    )


def may_be_out(delivery: Delivery) -> bool:
    """Tell whether an attempt before the one under way may be on the network."""
    return delivery.open_since is not None or delivery.lost_since is not None


def _missed(delivery: Delivery, now: datetime) -> Failure:
    assert delivery.not_after is not None, "only what has an end is too late"
    until = f"{delivery.not_after:%Y-%m-%d %H:%M %Z}".strip()
    last = delivery.failure
    return Failure(
        outcome=TOO_LATE,
        what=Bilingual(
            f"期限（{until}）までに送信できなかったため、送信しません。{last.what.ja if last else ''}",
            f"It could not be sent by {until}, and is not sent any more.{' ' + last.what.en if last else ''}",
        ),
        mend=Bilingual(
            "まだ必要なら、文面と期限を見直して投稿し直してください。",
            "If it is still needed, look over its words and its time, and publish it anew.",
        ),
        at=now,
        evidence=last.evidence if last else {},
    )


def _enough(delivery: Delivery, now: datetime) -> Failure:
    tried = delivery.unclear
    return Failure(
        outcome=OutcomeUnknown.__name__,
        what=Bilingual(
            f"{tried} 回送信し、いずれも結果が分かりませんでした。",
            f"It was sent {tried} times, and the outcome was unknown each time.",
        ),
        mend=Bilingual(
            "自動では送り直しません。ネットワークの画面を見て判断してください。",
            "It is not sent again by itself; look at the network and decide.",
        ),
        at=now,
        evidence={**(delivery.failure.evidence if delivery.failure else {}), "attempts": str(tried)},
    )


def successor(delivery: Delivery, **changes: Any) -> Delivery:
    """Give the next version of a delivery; nothing is due for it unless *changes* say so."""
    changes.setdefault("not_before", None)
    changes.setdefault("unreached", 0)
    following = attrs.evolve(delivery, version=delivery.version + 1, **changes)
    if following.not_after is None or following.state not in {DeliveryState.PENDING, DeliveryState.HELD}:
        return following
    # What waits is looked at when its time is over at the latest, so that its end is reported then.
    due = following.not_before or following.not_after
    return attrs.evolve(following, not_before=min(due, following.not_after))


def failure_of(outcome: Outcome, now: datetime) -> Failure:
    """Keep of an outcome what is stored with a delivery."""
    return Failure(
        outcome=next(kind.__name__ for kind in type(outcome).__mro__ if not kind.__name__.startswith("_")),
        what=outcome.what,
        mend=outcome.mend,
        at=now,
        evidence=outcome.evidence,
    )

"""
The ledger's table: what each outcome of one attempt does to a delivery.

Pure functions of values; the clock is an argument.
The facade calls them, stores their answer, and does nothing of its own judgement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

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
    from civicsns.model.draft import PostRef


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
        budget_pause: How long to wait when the credits are spent; somebody has to add some.
    """

    start_deadline: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(seconds=120)
    clock_skew: timedelta = timedelta(seconds=30)
    retry_first: timedelta = timedelta(seconds=30)
    retry_attempts: int = 6
    attempts: int = 5
    budget_pause: timedelta = timedelta(hours=1)

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
        IllegalStep: If the delivery is not pending, not due, or may have been sent by an attempt that was lost.
    """
    if delivery.state is not DeliveryState.PENDING:
        msg = f"An attempt begins from PENDING, not from {delivery.state.name}."
        raise IllegalStep(msg)
    if delivery.not_before is not None and now < delivery.not_before:
        msg = "An attempt does not begin before its time."
        raise IllegalStep(msg)
    if delivery.lost_since is not None:
        msg = "What a lost attempt may have sent is read back first."
        raise IllegalStep(msg)
    return _next(
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
    if delivery.state is not DeliveryState.PENDING or not _may_be_out(delivery):
        msg = "Only a pending delivery with an open attempt lapses."
        raise IllegalStep(msg)
    return _next(delivery, state=DeliveryState.UNKNOWN, not_before=now)


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
    return _next(delivery, rendition=rendition, not_before=max([now, *ready]))


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
    | `Refused` | FAILED |
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
            return _next(delivery, state=DeliveryState.DELIVERED, receipt=ended, open_since=None, failure=None)
        case Refused():
            if _may_be_out(delivery):
                return _still_open(delivery, ended, now=now, limits=limits, bounds=bounds)
            return _next(delivery, state=DeliveryState.FAILED, failure=_failure(ended, now))
        case AuthorizationLost():
            return _next(delivery, state=DeliveryState.HELD, failure=_failure(ended, now))
        case RateLimited():
            return _next(
                delivery, state=DeliveryState.PENDING, not_before=max(ended.until, now), failure=_failure(ended, now)
            )
        case BudgetSpent():
            return _next(
                delivery,
                state=DeliveryState.PENDING,
                not_before=now + bounds.budget_pause,
                failure=_failure(ended, now),
            )
        case Unavailable():
            unreached = delivery.unreached + 1
            if unreached >= bounds.retry_attempts:
                if _may_be_out(delivery):
                    return _still_open(delivery, ended, now=now, limits=limits, bounds=bounds)
                return _next(delivery, state=DeliveryState.FAILED, unreached=unreached, failure=_failure(ended, now))
            pause = bounds.retry_first * 2 ** (unreached - 1)
            return _next(
                delivery,
                state=DeliveryState.PENDING,
                unreached=unreached,
                not_before=now + pause,
                failure=_failure(ended, now),
            )
        case OutcomeUnknown():
            return _next(
                delivery,
                state=DeliveryState.UNKNOWN,
                unclear=delivery.unclear + 1,
                not_before=now + limits.read_back_lag,
                failure=_failure(ended, now),
            )
        case _:
            msg = f"{type(ended).__name__} is no outcome of an attempt."
            raise TypeError(msg)


def _still_open(delivery: Delivery, ended: Outcome, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    assert delivery.intent_at is not None, "an attempt is open only after an intent"
    again = max(now + bounds.retry_first, bounds.settled(delivery.intent_at, limits))
    return _next(delivery, state=DeliveryState.UNKNOWN, not_before=again, failure=_failure(ended, now))


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
    return _next(
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


def read_back(delivery: Delivery, found: Receipt | None, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    """
    Settle an unknown outcome by what the network's own list shows.

    | found | when | the list | next state |
    |---|---|---|---|
    | yes | any | any | DELIVERED, proof: read back |
    | no | before it is settled | any | UNKNOWN, read again later |
    | no | after | strong | PENDING: one more attempt |
    | no | after | weak | UNKNOWN with nothing due: a person decides |

    Where the network recognises a repeated request (`Idempotency.KEY`), and for as long as it does, it goes back to
    PENDING at once: the same key is sent again, and the network sorts it out.

    After `Bounds.attempts` attempts of unknown outcome nothing is sent again by itself, on any network: what is not
    found once it is settled waits for a person.

    Args:
        delivery: In state UNKNOWN.
        found: The post, as the list shows it.
        now: When the list was asked for, not when it arrived.
        limits: What the network can do.
        bounds: How long things may last.

    Raises:
        IllegalStep: If the outcome is not unknown.
    """
    if delivery.state is not DeliveryState.UNKNOWN or delivery.intent_at is None:
        msg = f"Only an unknown outcome is read back, not {delivery.state.name}."
        raise IllegalStep(msg)
    if found is not None:
        return _found(delivery, found)
    settled = bounds.settled(delivery.intent_at, limits)
    enough = delivery.unclear >= bounds.attempts
    if now >= settled and limits.read_back is ReadBack.STRONG and not enough:
        return _next(delivery, state=DeliveryState.PENDING, not_before=now, open_since=None, lost_since=None)
    open_since = delivery.open_since or delivery.intent_at
    # What was lost may have gone out under another key: a person may have wanted it again.
    if bounds.repeatable(open_since, now, limits) and not enough and delivery.lost_since is None:
        return _next(delivery, state=DeliveryState.PENDING, not_before=now, open_since=open_since)
    if now < settled:
        return _next(delivery, state=DeliveryState.UNKNOWN, not_before=settled)
    failure = _enough(delivery, now) if enough else delivery.failure
    return _next(delivery, state=DeliveryState.UNKNOWN, not_before=None, failure=failure)


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
    return _next(delivery, not_before=again, failure=_failure(ended, now))


def decide(
    delivery: Delivery, found: Receipt | None, *, again: bool, now: datetime, limits: Limits, bounds: Bounds
) -> Delivery:
    """
    Settle an unknown outcome by what a person saw on the network.

    Args:
        delivery: In state UNKNOWN.
        found: The post that the person found; None where it is not there.
        again: Whether it is sent once more, where it is not there.
        now: When the person looked, not when the decision is made.
        limits: What the network can do.
        bounds: How long things may last.

    Raises:
        IllegalStep: If the outcome is not unknown, or the post may still appear: absence was seen too early.
    """
    if delivery.state is not DeliveryState.UNKNOWN or delivery.intent_at is None:
        msg = f"Only an unknown outcome is decided, not {delivery.state.name}."
        raise IllegalStep(msg)
    if found is not None:
        return _found(delivery, found)
    if now < bounds.settled(delivery.intent_at, limits):
        msg = "The post may still appear; its absence proves nothing yet."
        raise IllegalStep(msg)
    if again:
        # Under its old key the network would answer with what it made then, and what is gone since.
        rendition = attrs.evolve(delivery.rendition, key=f"{delivery.id}-{delivery.version + 1}")
        return _next(
            delivery,
            state=DeliveryState.PENDING,
            rendition=rendition,
            unclear=0,
            not_before=now,
            open_since=None,
            lost_since=None,
        )
    return _next(delivery, state=DeliveryState.FAILED, open_since=None, lost_since=None)


def resume(delivery: Delivery, *, now: datetime) -> Delivery:
    """
    Let a held delivery go on, once its account is enrolled again.

    An earlier attempt that is still open stays so: `begin` looks at its key first.

    Raises:
        IllegalStep: If it is not held.
    """
    if delivery.state is not DeliveryState.HELD:
        msg = f"Only a held delivery goes on, not {delivery.state.name}."
        raise IllegalStep(msg)
    return _next(delivery, state=DeliveryState.PENDING, not_before=now, failure=None)


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
        return _next(delivery, state=DeliveryState.UNKNOWN, not_before=now, open_since=begun, **changes)
    if delivery.not_before is not None and delivery.not_before > now + bounds.clock_skew:
        return delivery
    return _next(delivery, unreached=delivery.unreached, not_before=delivery.not_before, **changes)


def drop(delivery: Delivery, *, now: datetime, what: Bilingual, mend: Bilingual) -> Delivery:
    """
    Give up a delivery of which nothing has been sent, such as the rest of a thread whose first part failed.

    Raises:
        IllegalStep: If it is not pending.
    """
    if delivery.state is not DeliveryState.PENDING or _may_be_out(delivery):
        msg = f"Only a pending delivery without an open attempt is dropped, not {delivery.state.name}."
        raise IllegalStep(msg)
    failure = Failure(outcome="Dropped", what=what, mend=mend, at=now)
    return _next(delivery, state=DeliveryState.FAILED, failure=failure)


def answering(delivery: Delivery, post: PostRef) -> Delivery:
    """
    Note the post that this one answers, once it is known: the part of a thread before it.

    Raises:
        IllegalStep: If the delivery is not pending.
    """
    if delivery.state is not DeliveryState.PENDING:
        msg = f"Only a pending delivery learns what it answers, not {delivery.state.name}."
        raise IllegalStep(msg)
    return _next(
        delivery,
        rendition=attrs.evolve(delivery.rendition, reply_to=post),
        unreached=delivery.unreached,
        not_before=delivery.not_before,
    )


def _found(delivery: Delivery, found: Receipt) -> Delivery:
    receipt = attrs.evolve(found, proof=Proof.READ_BACK)
    return _next(
        delivery, state=DeliveryState.DELIVERED, receipt=receipt, open_since=None, lost_since=None, failure=None
    )


def _may_be_out(delivery: Delivery) -> bool:
    """Tell whether an attempt before the one under way may be on the network."""
    return delivery.open_since is not None or delivery.lost_since is not None


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


def _next(delivery: Delivery, **changes: Any) -> Delivery:
    changes.setdefault("not_before", None)
    changes.setdefault("unreached", 0)
    return attrs.evolve(delivery, version=delivery.version + 1, **changes)


def _failure(outcome: Outcome, now: datetime) -> Failure:
    return Failure(
        outcome=type(outcome).__name__,
        what=outcome.what,
        mend=outcome.mend,
        at=now,
        evidence=outcome.evidence,
    )

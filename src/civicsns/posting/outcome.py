"""
The ledger's table: what each outcome of one attempt does to a delivery.

Pure functions of values; the clock is an argument.
The facade calls them, stores their answer, and does nothing of its own judgement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import AuthorizationLost, BudgetSpent, Outcome, OutcomeUnknown, RateLimited, Refused, Unavailable
from civicsns.model.delivery import Delivery, DeliveryState, Failure, Receipt, Rendition

if TYPE_CHECKING:
    from civicsns.language import Bilingual
    from civicsns.model.draft import PostRef
    from civicsns.model.limits import Limits
    from civicsns.posting.bounds import Bounds
from civicsns.posting import double
from civicsns.posting.steps import DROPPED, ON_HOLD, IllegalStep, failure_of, may_be_out, missed, successor, too_late


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
    return successor(delivery, state=DeliveryState.FAILED, failure=missed(delivery, now))


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

    The ledger has lost it, or its key is too old for the same request to be sent again under it; unless it was decided
    to risk a second post.
    """
    if delivery.lost_since is not None:
        return True
    if delivery.risked:
        return False
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
                not_before=double.first_look(delivery, now=now, limits=limits, bounds=bounds),
                failure=failure_of(ended, now),
            )
        case _:
            msg = f"{type(ended).__name__} is no outcome of an attempt."
            raise TypeError(msg)


def _still_open(delivery: Delivery, ended: Outcome, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    assert delivery.intent_at is not None, "an attempt is open only after an intent"
    again = max(now + bounds.retry_first, bounds.settled(delivery.intent_at, limits))
    return successor(delivery, state=DeliveryState.UNKNOWN, not_before=again, failure=failure_of(ended, now))


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

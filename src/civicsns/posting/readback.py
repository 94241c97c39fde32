"""
The ledger's table, where an outcome is unknown: what reading back tells, and what becomes of a delivery then.

Pure functions of values; the clock is an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.errors import BudgetSpent, Outcome, OutcomeUnknown, RateLimited, Unavailable
from civicsns.language import Bilingual
from civicsns.model.delivery import ENDED, Delivery, DeliveryState, Failure, Proof, Receipt
from civicsns.model.limits import Limits, ReadBack
from civicsns.posting import double
from civicsns.posting.steps import IllegalStep, failure_of, missed, successor, too_late

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.posting.bounds import Bounds


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
        not_before=double.first_look(delivery, now=now, limits=limits, bounds=bounds),
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

    Where the author would rather have an emergency twice (`Delivery.prefer_duplicate`), it goes back to PENDING as soon
    as the network has acted on the attempt, if it ever does, whatever the list is worth.

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
    if (preferred := double.again(delivery, now=now, limits=limits, bounds=bounds)) is not None:
        return preferred
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
    nothing_out: dict[str, Any] = {"open_since": None, "lost_since": None, "risked": 0}
    if again and too_late(delivery, now=now):
        return successor(delivery, state=DeliveryState.FAILED, failure=missed(delivery, now), **nothing_out)
    if again:
        return successor(delivery, state=DeliveryState.PENDING, not_before=now, **nothing_out)
    return successor(delivery, state=DeliveryState.FAILED, **nothing_out)


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


def not_read(delivery: Delivery, ended: Outcome, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery:
    """
    Keep an outcome unknown when the network could not be read back: try again later, or leave it to a person.

    Where the author would rather have an emergency twice, it is as if the network had shown nothing.

    Raises:
        IllegalStep: If the outcome is not unknown.
    """
    if delivery.state is not DeliveryState.UNKNOWN:
        msg = f"Only an unknown outcome is read back, not {delivery.state.name}."
        raise IllegalStep(msg)
    unread = attrs.evolve(delivery, failure=failure_of(ended, now))
    if (preferred := double.again(unread, now=now, limits=limits, bounds=bounds)) is not None:
        return preferred
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
    return successor(unread, not_before=again)


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
    changes: dict[str, Any] = {"lost_since": lost_since, "intent_at": max(now, delivery.intent_at or now)}
    if delivery.prefer_duplicate:
        # It may have been sent again meanwhile, and be there twice.
        changes["risked"] = max(delivery.risked, 1)
    if delivery.state in {DeliveryState.SENDING, DeliveryState.UNKNOWN}:
        # Before a person too: it may have been found meanwhile. And what was under way began before all that was lost.
        begun = delivery.open_since or delivery.intent_at
        return successor(delivery, state=DeliveryState.UNKNOWN, not_before=now, open_since=begun, **changes)
    if delivery.not_before is not None and delivery.not_before > now + bounds.clock_skew:
        return delivery
    return successor(delivery, unreached=delivery.unreached, not_before=delivery.not_before, **changes)


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

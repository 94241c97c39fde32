"""
What a person may do to a delivery, as steps of the ledger: decide, let go on, withdraw, edit, delete.

Pure functions of values; the clock is an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.model.delivery import Delivery, DeliveryState, Receipt, Rendition
from civicsns.posting import readback
from civicsns.posting.steps import IllegalStep, failure_of, may_be_out, successor

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.errors import Outcome
    from civicsns.model.limits import Limits
    from civicsns.posting.bounds import Bounds


def decide(
    delivery: Delivery, found: Receipt | None, *, again: bool, now: datetime, limits: Limits, bounds: Bounds
) -> Delivery:
    """
    Settle an unknown outcome by what a person saw on the network.

    Args:
        delivery: In state UNKNOWN.
        found: The post that the person found; None where it is not there.
        again: Whether it is sent once more, where it is not there; where it is too late for that, it has failed.
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
        return readback.found(delivery, found)
    if now < bounds.settled(delivery.intent_at, limits) + delivery.clock_set:
        msg = "The post may still appear; its absence proves nothing yet."
        raise IllegalStep(msg)
    after = readback.absent(delivery, again=again, now=now)
    if after.state is not DeliveryState.PENDING:
        return after
    # Under its old key the network would answer with what it made then, and what is gone since.
    anew = attrs.evolve(delivery.rendition, key=f"{delivery.id}-{after.version}")
    return attrs.evolve(after, rendition=anew, unclear=0)


def resume(delivery: Delivery, *, now: datetime) -> Delivery:
    """
    Let a held delivery go on, once its account is enrolled again, or the hold is lifted.

    An earlier attempt that is still open stays so: `begin` looks at its key first.

    Raises:
        IllegalStep: If it is not held.
    """
    if delivery.state is not DeliveryState.HELD:
        msg = f"Only a held delivery goes on, not {delivery.state.name}."
        raise IllegalStep(msg)
    return successor(delivery, state=DeliveryState.PENDING, not_before=now, failure=None)


def withdrawable(delivery: Delivery) -> bool:
    """Tell whether a delivery can be taken back: it waits, and provably nothing of it has gone out."""
    return delivery.state in {DeliveryState.PENDING, DeliveryState.HELD} and not may_be_out(delivery)


def withdraw(delivery: Delivery) -> Delivery:
    """
    Take a delivery back before anything of it was sent 取下げ.

    Raises:
        IllegalStep: If it has ended, or an attempt is under way or may have gone out.
    """
    if not withdrawable(delivery):
        msg = f"Only what waits, without an open attempt, is withdrawn, not {delivery.state.name}."
        raise IllegalStep(msg)
    return successor(delivery, state=DeliveryState.WITHDRAWN, failure=None)


def changing(delivery: Delivery) -> Delivery:
    """
    Write down that a post is about to be deleted or edited on its network; until that is confirmed it stands.

    Raises:
        IllegalStep: If the network does not have it.
    """
    _require_delivered(delivery)
    return successor(delivery, failure=None)


def not_changed(delivery: Delivery, ended: Outcome, *, now: datetime) -> Delivery:
    """
    Keep a post whose deletion or editing was not confirmed; doing it again makes no second post, whatever happened.

    Raises:
        IllegalStep: If the network does not have it.
    """
    _require_delivered(delivery)
    return successor(delivery, failure=failure_of(ended, now))


def deleted(delivery: Delivery) -> Delivery:
    """
    Note that the network has confirmed that the post is gone.

    Raises:
        IllegalStep: If the network did not have it.
    """
    _require_delivered(delivery)
    return successor(delivery, state=DeliveryState.DELETED, failure=None)


def edited(delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Delivery:
    """
    Note that a post says something else now; a network may give it another id by that.

    Raises:
        IllegalStep: If the network did not have it.
    """
    _require_delivered(delivery)
    said = attrs.evolve(delivery.rendition, text=rendition.text, body=rendition.body)
    return successor(delivery, rendition=said, receipt=receipt, failure=None)


def _require_delivered(delivery: Delivery) -> None:
    if delivery.state is not DeliveryState.DELIVERED:
        msg = f"Only a post that is on its network is changed there, not {delivery.state.name}."
        raise IllegalStep(msg)

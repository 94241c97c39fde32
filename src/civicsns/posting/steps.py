"""What all steps of the ledger have in common: the next version of a delivery, and why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.language import Bilingual
from civicsns.model.delivery import Delivery, DeliveryState, Failure

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.errors import Outcome

#: `Failure.outcome` of a delivery whose time was over before it could be sent.
TOO_LATE = "TooLate"
#: `Failure.outcome` of a delivery that waits for a hold to be lifted.
ON_HOLD = "OnHold"
#: `Failure.outcome` of a delivery that was given up because one before it did not go out.
DROPPED = "Dropped"


class IllegalStep(RuntimeError):  # noqa: N818 -- a fault of the program, not of its user
    """The ledger was asked for a step that its protocol does not have."""


def too_late(delivery: Delivery, *, now: datetime) -> bool:
    """Tell whether the time is over in which the post was worth sending."""
    return delivery.not_after is not None and now >= delivery.not_after


def may_be_out(delivery: Delivery) -> bool:
    """Tell whether an attempt before the one under way may be on the network."""
    return delivery.open_since is not None or delivery.lost_since is not None


def missed(delivery: Delivery, now: datetime) -> Failure:
    """Say of a delivery that its time was over before it could be sent."""
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

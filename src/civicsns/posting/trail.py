"""What goes on record of a step of a delivery 証跡."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.model import Record

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.model import Delivery


def record(delivery: Delivery, *, at: datetime, by: str = "", reason: str = "", event: str = "") -> Record:
    """
    Put a step on record; no texts and no secrets are in it.

    Args:
        delivery: As it stands after the step.
        at: When.
        by: The personnel number of the person who took the step; empty for the program itself.
        reason: Why, where a person said so.
        event: What happened, where the state alone does not tell.
    """
    facts = {
        "account": delivery.rendition.account,
        "rendition": delivery.rendition.digest,
        "attempts": str(delivery.attempts),
    }
    if delivery.failure is not None:
        facts["outcome"] = delivery.failure.outcome
    if delivery.receipt is not None:
        facts["post"] = delivery.receipt.post_id
        facts["proof"] = delivery.receipt.proof
    if reason:
        facts["reason"] = reason
    return Record(at=at, subject=delivery.id, event=f"delivery.{event or delivery.state}", by=by, facts=facts)

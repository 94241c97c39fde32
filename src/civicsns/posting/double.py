"""
Rather twice than not at all 二重可: what the author of an emergency may choose (`Draft.prefer_duplicate`).

An order to evacuate that did not go out costs more than one that stands there twice. Where it is chosen, an attempt of
unknown outcome that reading back does not find is followed by another once the network has acted on it, if it ever
does: without proof that it is absent, and without a person. There is never more than one request on its way, and never
more attempts than `Bounds.attempts`.

Pure functions of values; the clock is an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import BadInput, OutcomeUnknown
from civicsns.language import Bilingual
from civicsns.model.delivery import Delivery, DeliveryState, Failure
from civicsns.model.draft import Capacity, Lane
from civicsns.posting.steps import successor, too_late

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.model.draft import Draft
    from civicsns.model.limits import Limits
    from civicsns.posting.bounds import Bounds


def require_emergency(draft: Draft) -> None:
    """
    Refuse the choice for anything but an emergency in the city's name.

    Raises:
        BadInput: If it was made for a routine or a private post.
    """
    if not draft.prefer_duplicate or (draft.lane is Lane.EMERGENCY and draft.capacity is Capacity.OFFICIAL):
        return
    raise BadInput(
        Bilingual(
            "「届かないより二重のほうがよい」（prefer_duplicate）は、市としての緊急の投稿でだけ選べます。",
            "Rather twice than not at all (prefer_duplicate) is a choice for emergencies in the city's name only.",
        ),
        mend=Bilingual(
            "緊急の投稿なら緊急（--emergency）も指定し、そうでなければこの指定を外してください。",
            "Say that it is an emergency (--emergency), or leave the choice out.",
        ),
        place="prefer_duplicate",
    )


def first_look(delivery: Delivery, *, now: datetime, limits: Limits, bounds: Bounds) -> datetime:
    """Say when the network is first read back after an attempt that became unknown *now*."""
    listed = now + limits.read_back_lag
    if not delivery.prefer_duplicate or delivery.intent_at is None:
        return listed
    return min(listed, max(now, bounds.acted(delivery.intent_at, limits)))


def again(delivery: Delivery, *, now: datetime, limits: Limits, bounds: Bounds) -> Delivery | None:
    """
    Say what becomes of an unknown outcome that was not found, where its author would rather have the post twice.

    Args:
        delivery: In state UNKNOWN, after an intent.
        now: The time.
        limits: What the network can do.
        bounds: How long things may last, and how many attempts there may be.

    Returns:
        PENDING for one more attempt; UNKNOWN until the network has acted on the last one; None where it takes the way
        of any other post: the choice was not made, it is too late, or there were attempts enough.
    """
    enough = delivery.unclear >= bounds.attempts or delivery.risked + 1 >= bounds.attempts
    if not delivery.prefer_duplicate or delivery.intent_at is None or enough or too_late(delivery, now=now):
        return None
    acted = bounds.acted(delivery.intent_at, limits)
    if now < acted:
        return successor(delivery, state=DeliveryState.UNKNOWN, not_before=acted)
    begun = [delivery.open_since or delivery.intent_at, *([delivery.lost_since] if delivery.lost_since else [])]
    return successor(
        delivery,
        state=DeliveryState.PENDING,
        not_before=now,
        # What a restored backup has lost is risked too, and read back with the rest.
        open_since=min(begun),
        lost_since=None,
        risked=delivery.risked + 1,
        failure=Failure(
            outcome=OutcomeUnknown.__name__,
            what=Bilingual(
                "前の送信の結果は分かりませんが、「届かないより二重のほうがよい」を選んだ緊急の投稿です。",
                "The outcome of the last attempt is unknown, and its author would rather have this emergency twice "
                "than not at all.",
            ),
            mend=Bilingual(
                "自動でもう一度送信します。あとでネットワークの画面を見て、二重なら一つを削除してください。",
                "It is sent again by itself. Look at the network later, and delete one if it is there twice.",
            ),
            at=now,
            evidence=delivery.failure.evidence if delivery.failure else {},
        ),
    )

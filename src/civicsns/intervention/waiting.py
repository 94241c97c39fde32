"""What a person does to what is not out, or not known to be: decide, let go on, withdraw 取下げ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import BadInput
from civicsns.intervention.reasons import LIFT, why_not_withdrawn
from civicsns.language import Bilingual
from civicsns.model import DeliveryState, Proof, Receipt
from civicsns.model.delivery import ENDED
from civicsns.model.moment import require_aware
from civicsns.posting import intervention as ledger
from civicsns.posting.steps import IllegalStep

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from civicsns.intervention.hand import Hand
    from civicsns.intervention.holds import Holds
    from civicsns.model import Delivery
    from civicsns.ports import Adapter
    from civicsns.posting.bounds import Bounds

_GONE = ENDED - {DeliveryState.DELIVERED}
#: How often a step is tried that others keep overtaking; each time the delivery has moved on.
_TRIES = 20


class Waiting:
    """
    A person's hand on what waits.

    Args:
        hand: Puts steps on record.
        holds: Says what is on hold.
        adapter: Gives the adapter of a network.
        bounds: How long things may last.
    """

    def __init__(self, hand: Hand, *, holds: Holds, adapter: Callable[[str], Adapter], bounds: Bounds) -> None:
        self._hand = hand
        self._holds = holds
        self._adapter = adapter
        self._bounds = bounds

    def decide(
        self, delivery_id: str, *, by: str, reason: str, seen_at: datetime, post_id: str | None, again: bool
    ) -> Delivery:
        """
        Settle an unknown outcome by what a person saw; see `Interventions.decide`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, *seen_at* has no zone, it is not unknown, or
                its absence was seen too early.
            MayNot: If the person may not put it right.
            KeyError: If there is no such delivery.
        """
        require_aware(seen_at, "seen_at")
        seen_at = min(seen_at, self._hand.clock.now())
        self._hand.require(by, reason, Bilingual("ネットワークで何を見たか", "what you saw on the network"))
        delivery = self._hand.store.get(delivery_id)
        self._hand.permissions.require_tending(by, [delivery], step="decide")
        rendition = delivery.rendition
        found = None
        if post_id is not None:
            found = Receipt(
                platform=rendition.platform,
                account=rendition.account,
                post_id=post_id,
                at=seen_at,
                proof=Proof.READ_BACK,
            )
        try:
            decided = ledger.decide(
                delivery,
                found,
                again=again,
                now=seen_at,
                limits=self._adapter(rendition.platform).limits,
                bounds=self._bounds,
            )
        except IllegalStep as error:
            raise BadInput(
                Bilingual(
                    "この配信は今は判断できません。結果が不明ではないか、投稿がまだ現れる可能性があります。",
                    "This delivery cannot be decided now: its outcome is not unknown, or the post may still appear.",
                ),
                mend=Bilingual(
                    "少し待ち、ネットワークの画面をもう一度見てから判断してください。",
                    "Wait a little, look at the network again, and decide then.",
                ),
                place=delivery_id,
            ) from error
        self._hand.kept(delivery, decided, by=by, reason=reason)
        return self._gone_on(delivery_id)

    def resume(self, delivery_id: str, *, by: str) -> Delivery:
        """
        Let a held delivery go on; see `Interventions.resume`.

        Raises:
            BadInput: If *by* is nobody of the staff, it is not held, or posting is on hold.
            MayNot: If the person may not put it right.
            KeyError: If there is no such delivery.
        """
        self._hand.roster.person(by)
        delivery = self._hand.store.get(delivery_id)
        self._hand.permissions.require_tending(by, [delivery], step="resume")
        held = self._holds.over(delivery)
        if held is not None:
            raise BadInput(held.said, mend=LIFT, place=delivery_id)
        try:
            resumed = ledger.resume(delivery, now=self._hand.clock.now())
        except IllegalStep as error:
            raise BadInput(
                Bilingual("この配信は停止中ではありません。", "This delivery is not held."),
                mend=Bilingual("一覧を確かめてください。", "Look at the list again."),
                place=delivery_id,
            ) from error
        self._hand.kept(delivery, resumed, by=by)
        return self._gone_on(delivery_id)

    def withdraw(self, subject: str, *, by: str, reason: str) -> tuple[Delivery, ...]:
        """
        Take back what has not been sent; see `Interventions.withdraw`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or nothing of it can be taken back.
            MayNot: If the person may not put it right.
            KeyError: If there is no such delivery or draft.
        """
        self._hand.require(by, reason, Bilingual("なぜ取り下げるか", "why it is withdrawn"))
        parts = self._hand.of(subject)
        self._hand.permissions.require_tending(by, parts, step="withdraw")
        # The first part first: the others wait for it.
        left = [self.withdrawn(part, by=by, reason=reason) for part in parts]
        withdrawn = DeliveryState.WITHDRAWN
        if not any(
            part.state is not withdrawn and now.state is withdrawn for part, now in zip(parts, left, strict=True)
        ):
            raise why_not_withdrawn(next((part for part in left if part.state not in _GONE), left[0]))
        return tuple(left)

    def withdrawn(self, delivery: Delivery, *, by: str, reason: str) -> Delivery:
        """Take back *delivery* where that can be done, and give it as it stands then."""
        for _ in range(_TRIES):
            if not ledger.withdrawable(delivery):
                break
            withdrawn = ledger.withdraw(delivery)
            if self._hand.kept(delivery, withdrawn, by=by, reason=reason):
                return withdrawn
            # Somebody was faster, perhaps with sending it.
            delivery = self._hand.store.get(delivery.id)
        return delivery

    def _gone_on(self, delivery_id: str) -> Delivery:
        delivery = self._hand.store.get(delivery_id)
        self._hand.wake([delivery])
        return delivery

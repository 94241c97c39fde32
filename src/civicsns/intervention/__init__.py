"""
What a person does by hand: decide, let go on, hold, withdraw, delete, correct, share.

Every hand is on record, with the person and the reason, in the same transaction as what it does.
The pure functions of `posting` decide what is allowed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from civicsns.epoch import put_back
from civicsns.intervention.corrections import Corrections
from civicsns.intervention.disasters import Disasters
from civicsns.intervention.hand import Hand
from civicsns.intervention.handoffs import Handoffs
from civicsns.intervention.holds import Holds
from civicsns.intervention.published import Published
from civicsns.intervention.waiting import Waiting
from civicsns.posting.correction import Linking
from civicsns.running import no_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from civicsns.budgets import Budgets
    from civicsns.model import Correction, Credential, Decision, Delivery, Draft, Handoff, Rendition
    from civicsns.ports import Adapter
    from civicsns.posting.bounds import Bounds
    from civicsns.posting.disaster import Disaster
    from civicsns.posting.hold import Hold, Scope
    from civicsns.posting.plan import Tie
    from civicsns.publishing import Publishing

__all__ = ["Hand", "Interventions"]


class Interventions:
    """
    What a person may do by hand to the posts of a programme; `civicsns.program.Program` has all of this.

    Args:
        hand: Puts steps on record.
        publishing: Publishes what corrects.
        adapter: Gives the adapter of a network.
        credential: Opens the credential for a post.
        chains: Makes what goes out under each account of a draft, tied to what it corrects.
        budgets: Keep back what may not go out.
        bounds: How long things may last.
    """

    def __init__(
        self,
        hand: Hand,
        *,
        publishing: Publishing,
        adapter: Callable[[str], Adapter],
        credential: Callable[[Rendition], Credential],
        chains: Callable[[Draft, Tie], Sequence[Sequence[Rendition]]],
        budgets: Budgets,
        bounds: Bounds,
    ) -> None:
        self._hand = hand
        self._network = adapter
        self._gates = budgets
        self._bounds = bounds
        self._holds = Holds(hand)
        self._disasters = Disasters(hand)
        self._waiting = Waiting(hand, holds=self._holds, adapter=adapter, bounds=bounds)
        self._published = Published(hand, waiting=self._waiting, adapter=adapter, credential=credential)
        self._corrections = Corrections(
            hand,
            holds=self._holds,
            published=self._published,
            publishing=publishing,
            chains=chains,
            adapter=adapter,
        )
        self._handoffs = Handoffs(hand, publishing=publishing, adapter=adapter)

    def decide(
        self,
        delivery_id: str,
        *,
        by: str,
        reason: str,
        seen_at: datetime,
        post_id: str | None = None,
        again: bool = False,
    ) -> Delivery:
        """
        Settle an unknown outcome by what a person saw on the network; who decided, and why, goes on record.

        Args:
            delivery_id: The delivery.
            by: The personnel number of the person who looked.
            reason: What the person saw.
            seen_at: When the person looked.
            post_id: The network's id of the post; None where it is not there.
            again: Whether it is sent once more, where it is not there; else it has failed.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, *seen_at* has no zone, the outcome is not
                unknown, or the person looked before the post would have shown.
            MayNot: If the person may not put it right, by `permissions`.
            KeyError: If there is no such delivery.
        """
        return self._waiting.decide(delivery_id, by=by, reason=reason, seen_at=seen_at, post_id=post_id, again=again)

    def resume(self, delivery_id: str, *, by: str) -> Delivery:
        """
        Let a held delivery go on, once its account is enrolled again; it goes out when it is next driven.

        Raises:
            BadInput: If *by* is nobody of the staff, the delivery is not held, or posting is on hold.
            MayNot: If the person may not put it right, by `permissions`.
            KeyError: If there is no such delivery.
        """
        return self._waiting.resume(delivery_id, by=by)

    def hold(self, scope: Scope, name: str = "", *, by: str, reason: str) -> Hold:
        """
        Stop posting 投稿停止: nothing more goes out of what is held until the hold is lifted, emergencies included.

        What is being sent at this moment is not stopped. Outcomes that are unknown are read back all the same, and
        what is not sent by its `not_after` has failed all the same.

        Args:
            scope: How much is held.
            name: The section, the id of the account or delivery, or the digest of the draft; empty for all.
            by: The personnel number of whoever holds it.
            reason: Why.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, there is no such thing to hold, or it is on
                hold already.
        """
        return self._holds.place(scope, name, by=by, reason=reason)

    def lift(self, scope: Scope, name: str = "", *, by: str, reason: str) -> Sequence[Delivery]:
        """
        Lift a hold, and let go on what it kept back; that goes out when it is next driven.

        Returns:
            The deliveries that go on.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or there is no such hold.
            MayNot: If the person may not lift it: neither placed it, nor is an overseer, nor the steward of all that
                it holds.
        """
        return self._holds.lift(scope, name, by=by, reason=reason)

    def holds(self) -> Sequence[Hold]:
        """List the holds that are in force."""
        return self._holds.in_force()

    def declare_disaster(self, *, by: str, reason: str) -> Disaster:
        """
        Put the city in disaster mode 災害対応中, which rules read, until somebody ends it.

        Args:
            by: The personnel number of whoever declares it.
            reason: Why; it goes on record.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or it is on already.
        """
        return self._disasters.begin(by=by, reason=reason)

    def end_disaster(self, *, by: str, reason: str) -> None:
        """
        End the disaster mode.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or it is not on.
        """
        self._disasters.end(by=by, reason=reason)

    def disaster(self) -> Disaster | None:
        """
        Tell whether the city is in disaster mode, since when and why; None where it is not.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._disasters.now()

    def withdraw(self, subject: str, *, by: str, reason: str) -> Sequence[Delivery]:
        """
        Take back what has not been sent 取下げ: a delivery, with what follows it in a thread, or a whole draft.

        Args:
            subject: The id of a delivery, or the digest of a draft.
            by: The personnel number of whoever withdraws it.
            reason: Why.

        Returns:
            All of them as they stand now. Of a draft, what can be taken back is; the rest is as it was.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or nothing can be taken back: it says why,
                and what to do then.
            MayNot: If the person may not put it right, by `permissions`.
            KeyError: If there is no such delivery or draft.
        """
        return self._waiting.withdraw(subject, by=by, reason=reason)

    def delete(self, delivery_id: str, *, by: str, reason: str) -> Sequence[Delivery]:
        """
        Delete a published post on its network, and confirm it; of a thread all that follows it, the last part first.

        Posts that the network itself holds until their time (`Draft.publish_at`) are deleted in the same way.

        Returns:
            It and what follows it, as they stand now. A deletion that failed or was not confirmed leaves the post
            DELIVERED, with the failure; deleting it again is safe.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, it was not published, or it is not known
                whether a later part was.
            MayNot: If the person may not put it right, by `permissions`.
            KeyError: If there is no such delivery.
        """
        return self._published.delete(delivery_id, by=by, reason=reason)

    def correct(
        self,
        original: str,
        draft: Draft,
        *,
        by: str,
        reason: str,
        linking: Linking = Linking.ANSWER,
        delete_original: bool = False,
        decision: Decision | None = None,
        patience: timedelta = timedelta(seconds=30),
        progress: Callable[[Delivery], None] = no_progress,
    ) -> Correction:
        """
        Publish *draft* as the correction 訂正 of an earlier post, tied to it on the network and in the records.

        The conduct rules look at it as at any draft. A decision is made on the draft with `corrects` set.

        Args:
            original: The id of the delivery that is corrected, or the digest of the draft.
            draft: What is right, under accounts where the original is published.
            by: The personnel number of whoever corrects.
            reason: What was wrong.
            linking: How it is tied to the original; or whether that is edited.
            delete_original: Whether the original is deleted once the correction is DELIVERED; where that takes longer
                than *patience*, it stays.
            decision: Who lets it pass, where the rules ask for review.
            patience: How long to wait for deliveries that cannot end at once.
            progress: Called with each delivery whenever it has changed.

        Raises:
            BadInput: As `publish`; and if *by* is nobody of the staff, there is no reason, or the original is not
                published under an account.
            MayNot: If *by* may not put the original right, or the author may not post under an account.
            NotPermitted: If the conduct rules do not let it pass.
            KeyError: If there is no such delivery or draft.
        """
        return self._corrections.correct(
            original,
            draft,
            by=by,
            reason=reason,
            linking=linking,
            delete_original=delete_original,
            decision=decision,
            patience=patience,
            progress=progress,
        )

    def hand_off(self, draft: Draft, account_id: str, *, decision: Decision | None = None) -> Handoff:
        """
        Check *draft* and give the account's own person all that it takes to share it by hand; that goes on record.

        For accounts that no program may post under, such as personal Facebook profiles. The post is no delivery:
        when the person has shared it, `record_shared` says so.

        Raises:
            BadInput: If a part of the draft is wrong.
            Unsupported: If the network has no hand-off.
            MayNot: If its author may not post under the account, or posting is on hold.
            NotPermitted: If the conduct rules do not let it pass.
        """
        return self._handoffs.hand_off(draft, account_id, decision=decision)

    def record_shared(self, draft: Draft, account_id: str, *, by: str, url: str = "") -> None:
        """
        Put on record that a person has shared *draft* by hand.

        Args:
            draft: What was handed off.
            account_id: The account under which it was shared.
            by: The personnel number of the person who shared it.
            url: Where it stands, if known.

        Raises:
            BadInput: If it was never handed off for that account, or *by* is nobody of the staff.
            MayNot: If the person may not put it right, by `permissions`.
        """
        self._handoffs.record_shared(draft, account_id, by=by, url=url)

    def restored(self, *, taken_at: datetime, by: str) -> int:
        """
        Have everything that waits read back before it is sent: the store was restored from a backup.

        It is noticed by itself on a machine that sent or looked after the backup was made; this is for all others.

        Args:
            taken_at: When the backup was made, or earlier.
            by: The personnel number of the person who says so.

        Returns:
            How many deliveries are in doubt now.

        Raises:
            BadInput: If *by* is nobody of the staff, *taken_at* has no zone or lies ahead, or the store ends with its
                process.
            StoreError: If the store is out of order; say it again.
        """
        self._hand.roster.person(by)
        return put_back(self._hand.store, taken_at=taken_at, clock=self._hand.clock, bounds=self._bounds, by=by)

    def reopen(self, platform: str, *, by: str) -> int:
        """
        Let posts to a network go on at once, since a person has put right what stopped the app; that goes on record.

        Returns:
            How many stops were lifted; what they held back goes out when it is next driven.

        Raises:
            BadInput: If *by* is nobody of the staff.
            ConfigurationError: If the settings have no such network.
        """
        self._hand.roster.person(by)
        self._network(platform)
        return self._gates.open_again(platform, by=by)

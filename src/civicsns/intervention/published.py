"""What a person does to posts that are out: delete or edit them on the network, on record before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.errors import Outcome, OutcomeUnknown, UnknownReason
from civicsns.intervention.reasons import why_not_deleted
from civicsns.language import Bilingual
from civicsns.model import DeliveryState
from civicsns.model.delivery import ENDED
from civicsns.ports import Edits
from civicsns.posting import intervention as ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.intervention.hand import Hand
    from civicsns.intervention.waiting import Waiting
    from civicsns.model import Credential, Delivery, Rendition
    from civicsns.ports import Adapter


class Published:
    """
    A person's hand on what is out.

    Args:
        hand: Puts steps on record.
        waiting: Takes back the parts of a thread that are not out.
        adapter: Gives the adapter of a network.
        credential: Opens the credential for a post.
    """

    def __init__(
        self,
        hand: Hand,
        *,
        waiting: Waiting,
        adapter: Callable[[str], Adapter],
        credential: Callable[[Rendition], Credential],
    ) -> None:
        self._hand = hand
        self._waiting = waiting
        self._adapter = adapter
        self._credential = credential

    def delete(self, delivery_id: str, *, by: str, reason: str) -> tuple[Delivery, ...]:
        """
        Delete a post on its network, and of a thread all that follows it; see `Interventions.delete`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, it was not published, or it is not known
                whether a later part was.
            MayNot: If the person may not put it right.
            KeyError: If there is no such delivery.
        """
        self._hand.require(by, reason, Bilingual("なぜ削除するか", "why it is deleted"))
        first, *rest = self._hand.following(self._hand.store.get(delivery_id))
        self._hand.permissions.require_tending(by, [first], step="delete")
        if first.state is not DeliveryState.DELIVERED:
            raise why_not_deleted(first)
        rest = [self._waiting.withdrawn(part, by=by, reason=reason) for part in rest]
        for part in rest:
            if part.state not in ENDED:
                raise why_not_deleted(part)
        standing = {part.id: part for part in (first, *rest)}
        for part in reversed([first, *rest]):
            if part.state is not DeliveryState.DELIVERED:
                continue
            standing[part.id] = self._deleted(part, by=by, reason=reason)
            if standing[part.id].state is not DeliveryState.DELETED:
                # What it answers stays as long as the answer does.
                break
        return tuple(standing.values())

    def edit(self, delivery: Delivery, words: Rendition, *, by: str, reason: str) -> Delivery:
        """
        Replace the words of a published post by those of *words*; see `Interventions.correct`.

        Returns:
            The delivery as it stands now; where that failed or was not confirmed, with the failure.
        """
        adapter = self._adapter(words.platform)
        assert isinstance(adapter, Edits), "what cannot be edited was refused before"

        def act(credential: Credential, begun: Delivery) -> Delivery:
            assert begun.receipt is not None, "what was published has a receipt"
            # The files are up already, and it goes on answering what it answered.
            whole = attrs.evolve(words, uploads=begun.rendition.uploads, reply_to=begun.rendition.reply_to)
            return ledger.edited(begun, whole, adapter.edit(begun.receipt, whole, credential))

        return self._changed(delivery, act, by=by, reason=reason, name="edit")

    def _deleted(self, delivery: Delivery, *, by: str, reason: str) -> Delivery:
        adapter = self._adapter(delivery.rendition.platform)

        def act(credential: Credential, begun: Delivery) -> Delivery:
            assert begun.receipt is not None, "what was published has a receipt"
            adapter.delete(begun.receipt, credential)
            return ledger.deleted(begun)

        return self._changed(delivery, act, by=by, reason=reason, name="deletion")

    def _changed(
        self,
        delivery: Delivery,
        act: Callable[[Credential, Delivery], Delivery],
        *,
        by: str,
        reason: str,
        name: str,
    ) -> Delivery:
        """Change a post on its network, on record before and after; it stays DELIVERED where that is not confirmed."""
        begun = ledger.changing(delivery)
        if not self._hand.kept(delivery, begun, by=by, reason=reason, event=f"{name}_begun"):
            return self._hand.store.get(delivery.id)
        ended: Outcome
        try:
            done = act(self._credential(delivery.rendition), begun)
        except Outcome as outcome:
            ended = outcome
        except Exception as error:  # noqa: BLE001 -- whatever an adapter of somebody else's raises
            ended = OutcomeUnknown(
                Bilingual(
                    f"アダプターが想定外の誤り（{type(error).__name__}）で終わりました。",
                    f"The adapter ended with an error of its own ({type(error).__name__}).",
                ),
                mend=Bilingual("もう一度行ってください。", "Do it again."),
                reason=UnknownReason.UNCONFIRMED,
            )
        else:
            event = "" if done.state is DeliveryState.DELETED else f"{name}ed"
            return (
                done
                if self._hand.kept(begun, done, by=by, reason=reason, event=event)
                else self._hand.store.get(delivery.id)
            )
        failed = ledger.not_changed(begun, ended, now=self._hand.clock.now())
        kept = self._hand.kept(begun, failed, by=by, reason=reason, event=f"{name}_failed")
        return failed if kept else self._hand.store.get(delivery.id)

"""
Hand-offs 手渡し: what a person shares by hand, where no program may post, such as on a personal Facebook profile.

Such a post is no delivery. That it was handed off, and that it was shared, is on record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import BadInput, Unsupported
from civicsns.language import Bilingual
from civicsns.ports import HandsOff
from civicsns.posting import trail

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.intervention.hand import Hand
    from civicsns.model import Decision, Draft, Handoff
    from civicsns.ports import Adapter
    from civicsns.publishing import Publishing


class Handoffs:
    """
    What is given to people, to be shared by hand.

    Args:
        hand: Puts steps on record.
        publishing: Says whether a draft may pass.
        adapter: Gives the adapter of a network.
    """

    def __init__(
        self,
        hand: Hand,
        *,
        publishing: Publishing,
        adapter: Callable[[str], Adapter],
    ) -> None:
        self._hand = hand
        self._publishing = publishing
        self._adapter = adapter

    def hand_off(self, draft: Draft, account_id: str, *, decision: Decision | None) -> Handoff:
        """
        Check *draft*, and give all that it takes to share it by hand; see `Interventions.hand_off`.

        Raises:
            BadInput: If a part of the draft is wrong.
            Unsupported: If the network has no hand-off.
            MayNot: If its author may not post under the account, or posting is on hold.
            NotPermitted: If the conduct rules do not let it pass.
        """
        author = self._hand.roster.person(draft.author, place="author")
        account = self._hand.roster.account(account_id)
        adapter = self._adapter(account.platform)
        if not isinstance(adapter, HandsOff):
            raise Unsupported(
                Bilingual(
                    f"媒体「{account.platform}」には手渡しがありません。",
                    f"The network {account.platform!r} has no hand-off.",
                ),
                mend=Bilingual("publish で投稿してください。", "Use publish."),
                place="accounts",
            )
        self._hand.permissions.require(draft, author, [account], step="hand_off", by_hand=True)
        prepared = adapter.hand_off(draft, account)
        verdict = self._publishing.permitted(draft, decision)
        now = self._hand.clock.now()
        handed = trail.handed_off(draft, account.id, at=now)
        self._hand.store.add([], [*trail.opening(draft, verdict, decision, at=now), handed])
        return prepared

    def record_shared(self, draft: Draft, account_id: str, *, by: str, url: str) -> None:
        """
        Put on record that a person has shared *draft* by hand; see `Interventions.record_shared`.

        Raises:
            BadInput: If it was never handed off for that account, or *by* is nobody of the staff.
            MayNot: If the person may not put right what is posted under the account.
        """
        self._hand.roster.person(by)
        account = self._hand.roster.account(account_id)
        self._hand.permissions.require_tending_account(by, account, draft, step="record_shared")
        if not trail.was_handed_off(self._hand.store.records(draft.digest), account.id):
            raise BadInput(
                Bilingual("この投稿は手渡しされていません。", "This post was not handed off for that account."),
                mend=Bilingual("先に hand_off で手渡してください。", "Hand it off first, with hand_off."),
                place="accounts",
            )
        self._hand.store.add([], [trail.shared(draft, account.id, by=by, url=url, at=self._hand.clock.now())])

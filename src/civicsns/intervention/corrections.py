"""
Corrections 訂正: from a post that was wrong to what is right, tied together on the network and in the records.

`civicsns.posting.correction` decides how the two are tied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput, NotPermitted, Unsupported
from civicsns.intervention.reasons import LIFT
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Capacity, Correction, Decision, Delivery, DeliveryState, Draft, Publication
from civicsns.ports import Edits
from civicsns.posting import correction, trail
from civicsns.posting.correction import Linking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from civicsns.intervention.hand import Hand
    from civicsns.intervention.holds import Holds
    from civicsns.intervention.published import Published
    from civicsns.model import Rendition
    from civicsns.ports import Adapter
    from civicsns.posting.plan import Tie
    from civicsns.publishing import Publishing

_log = Events(__name__)

_ANSWER = Bilingual("返信や引用で訂正してください。", "Correct it by an answer or a quote.")


class Corrections:
    """
    What is put right, and how.

    Args:
        hand: Puts steps on record.
        holds: Says what is on hold.
        published: Deletes and edits what is out.
        publishing: Publishes what is right.
        chains: Makes what goes out under each account of a draft, tied to what it corrects.
        adapter: Gives the adapter of a network.
    """

    def __init__(
        self,
        hand: Hand,
        *,
        holds: Holds,
        published: Published,
        publishing: Publishing,
        chains: Callable[[Draft, Tie], Sequence[Sequence[Rendition]]],
        adapter: Callable[[str], Adapter],
    ) -> None:
        self._hand = hand
        self._holds = holds
        self._published = published
        self._publishing = publishing
        self._chains = chains
        self._adapter = adapter

    def correct(
        self,
        original: str,
        draft: Draft,
        *,
        by: str,
        reason: str,
        linking: Linking,
        delete_original: bool,
        decision: Decision | None,
        patience: timedelta,
        progress: Callable[[Delivery], None],
    ) -> Correction:
        """
        Publish *draft* as the correction of an earlier post; see `Interventions.correct`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, the original is not published under an
                account, or the draft is wrong.
            MayNot: If *by* may not put the original right, or the author may not post under an account.
            NotPermitted: If the conduct rules do not let it pass.
            KeyError: If there is no such delivery or draft.
        """
        wrong = self._wrong(original, draft.accounts, by=by, reason=reason)
        self._hand.permissions.require_tending(by, wrong.values(), step="correct")
        draft = attrs.evolve(draft, corrects=next(iter(wrong.values())).draft if wrong else None)
        planned = self._chains(draft, correction.tie(wrong, linking=linking))
        # Of what is private only that it was is on record.
        official = draft.capacity is Capacity.OFFICIAL
        now = self._hand.clock.now()
        also = correction.records(draft, wrong, linking=linking, by=by, reason=reason, at=now) if official else []
        if linking is Linking.EDIT:
            edits = self._editable(wrong, planned)
            verdict = self._publishing.permitted(draft, decision)
            opening = trail.opening(draft, verdict, decision, at=self._hand.clock.now())
            self._hand.store.add([], [*opening, *also])
            edited = tuple(self._published.edit(post, words, by=by, reason=reason) for post, words in edits)
            return Correction(publication=Publication(verdict=verdict, results=edited), originals=edited)
        done = self._publishing.launch(
            draft, planned, decision=decision, patience=patience, progress=progress, also=also
        )
        if delete_original:
            self._replace(wrong, done.results, by=by, reason=reason)
        originals = tuple(self._hand.store.get(delivery.id) for delivery in wrong.values())
        return Correction(publication=done, originals=originals)

    def _wrong(self, subject: str, accounts: Sequence[str], *, by: str, reason: str) -> dict[str, Delivery]:
        """Give the posts that are corrected, by account; of a thread, its first part."""
        self._hand.require(by, reason, Bilingual("何が誤っていたか", "what was wrong"))
        first, *rest = self._hand.of(subject)
        if first.id == subject:
            while first.follows is not None:
                first = self._hand.store.get(first.follows)
            rest = []
        return correction.originals([first, *rest], accounts)

    def _replace(self, wrong: Mapping[str, Delivery], results: Sequence[Delivery], *, by: str, reason: str) -> None:
        """Delete each original whose correction is out whole; the others stay."""
        for account, original in wrong.items():
            parts = [result.state for result in results if result.rendition.account == account]
            if parts and all(state is DeliveryState.DELIVERED for state in parts):
                try:
                    self._published.delete(original.id, by=by, reason=reason)
                except (BadInput, NotPermitted) as error:
                    # The correction is out, and whoever asked for it must hear that; the original is shown as it is.
                    _log.failed("correction.original_stays", error, delivery=original.id)

    def _editable(
        self, wrong: Mapping[str, Delivery], planned: Sequence[Sequence[Rendition]]
    ) -> list[tuple[Delivery, Rendition]]:
        """Put each original beside the words that are to stand in its place."""
        edits: list[tuple[Delivery, Rendition]] = []
        for original, chain in zip(wrong.values(), planned, strict=True):
            words = chain[0]
            if not isinstance(self._adapter(words.platform), Edits):
                raise Unsupported(
                    Bilingual(
                        f"媒体「{words.platform}」の投稿は編集できません。",
                        f"Posts on {words.platform!r} cannot be edited.",
                    ),
                    mend=_ANSWER,
                    place="linking",
                )
            if len(chain) > 1 or len(self._hand.following(original)) > 1 or words.media != original.rendition.media:
                raise BadInput(
                    Bilingual(
                        "編集できるのは一つの投稿の文面だけです。スレッドや画像は編集で変えられません。",
                        "Only the words of a single post can be edited; not a thread, nor its files.",
                    ),
                    mend=_ANSWER,
                    place="linking",
                )
            held = self._holds.over(original)
            if held is not None:
                # New words are before the public at once, as those of a new post are.
                raise BadInput(held.said, mend=LIFT, place=original.id)
            edits.append((original, words))
        return edits

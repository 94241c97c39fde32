"""From a draft that may pass to deliveries on their way, with their records, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import NotPermitted
from civicsns.model import Publication
from civicsns.policy import likeness
from civicsns.policy import verdict as policy
from civicsns.ports import Heeds
from civicsns.posting import hold, plan, trail

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import timedelta

    from civicsns.model import Decision, Delivery, Draft, Record, Rendition, SimilarSettings, Verdict
    from civicsns.ports import Clock, Store
    from civicsns.running import Running


class Publishing:
    """
    Lets drafts pass, and sends them on their way.

    Args:
        store: Where deliveries and records are kept.
        clock: Where the time comes from.
        running: Brings deliveries to whoever drives them.
        check: Says what the rules find in a draft.
        checked: Says what they find in a draft and in what it becomes on the networks.
        forbids_similar: Tells whether a network forbids the same text from several accounts.
        repeats: Says for how long a network refuses the same text under the same account; None where it does not.
        similar: When texts of several accounts count as the same.
        entitled: The personnel numbers of those whose waivers count.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        running: Running,
        check: Callable[[Draft], Verdict],
        checked: Callable[[Draft, Iterable[Rendition]], Verdict],
        forbids_similar: Callable[[str], bool],
        repeats: Callable[[str], timedelta | None],
        similar: SimilarSettings,
        entitled: Collection[str] = (),
    ) -> None:
        self._store = store
        self._heeds = store if isinstance(store, Heeds) else None
        self._clock = clock
        self._running = running
        self._check = check
        self._checked = checked
        self._forbids_similar = forbids_similar
        self._repeats = repeats
        self._similar = similar
        self._entitled = frozenset(entitled)

    def permitted(self, draft: Draft, decision: Decision | None) -> Verdict:
        """
        Check *draft* and let it pass, or put on record that it did not.

        Raises:
            NotPermitted: If the conduct rules do not let it pass.
        """
        verdict = self._check(draft)
        self._permit(draft, verdict, decision)
        return verdict

    def launch(
        self,
        draft: Draft,
        planned: Sequence[Sequence[Rendition]],
        *,
        decision: Decision | None,
        patience: timedelta,
        progress: Callable[[Delivery], None],
        also: Sequence[Record] = (),
        held: Callable[[], None] | None = None,
    ) -> Publication:
        """
        Check *draft* and send on its way what it becomes; see `Program.publish`.

        Args:
            draft: What to say.
            planned: What goes out under each account; the parts of a thread in order.
            decision: Who lets it pass, where the rules ask for review.
            patience: How long to wait for deliveries that cannot end at once.
            progress: Called with each delivery whenever it has changed.
            also: What goes on record with it.
            held: Looks whether it may go on although something is on hold, where it was taken that nothing is; None
                where holds were looked at.

        Raises:
            NotPermitted: If the conduct rules do not let it pass.
        """
        verdict = self._checked(draft, [rendition for chain in planned for rendition in chain])
        now = self._clock.now()
        chains = plan.deliveries(draft, planned, now=now)
        self._permit(draft, verdict, decision)
        deliveries = [delivery for chain in chains for delivery in chain]
        records = [*trail.opening(draft, verdict, decision, deliveries, at=now), *also]
        marks = likeness.marked(
            deliveries, forbidden=self._forbids_similar, repeats=self._repeats, settings=self._similar, now=now
        )
        heeds = self._heeds if held else None
        if heeds is None or not heeds.add_unless(hold.KIND, deliveries, records, marks):
            if held:
                held()
            self._store.add(deliveries, records, marks)
        deadline = self._clock.now() + patience
        return Publication(verdict=verdict, results=tuple(self._running.bring(chains, deadline, progress)))

    def _permit(self, draft: Draft, verdict: Verdict, decision: Decision | None) -> None:
        """Let *draft* pass, or put on record that it did not."""
        try:
            policy.permit(verdict, decision, entitled=self._entitled)
        except NotPermitted:
            refused = trail.refusal(draft, verdict, decision, at=self._clock.now())
            if refused:
                self._store.add([], refused)
            raise

"""What the conduct rules find in a draft, under the circumstances that the programme knows of, and beside other posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.model.context import UNKNOWN
from civicsns.policy import likeness, repetition
from civicsns.policy import verdict as policy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import timedelta

    from civicsns.accounts.roster import Roster
    from civicsns.model import Context, Delivery, Draft, Rendition, Severity, SimilarSettings, Verdict
    from civicsns.policy.circumstances import Circumstances
    from civicsns.policy.verdict import Looks
    from civicsns.ports import Adapter, Clock, Rule, Store


class Screening:
    """
    Looks at drafts. Nothing is sent, nothing is kept.

    Args:
        rules: Conduct rules written in Python.
        pack: The conduct rules of packs.
        severity: The city's own severities for rules, by code.
        similar: When texts of several accounts count as the same.
        known: Where facts about a draft's circumstances come from.
        disaster: Tells whether the city answers a disaster.
        rostered: Gives the staff as they are now.
        store: Where other posts are found.
        clock: Where the time comes from.
        adapter: Gives the adapter of a network.
    """

    def __init__(
        self,
        *,
        rules: Iterable[Rule],
        pack: Looks | None,
        severity: Mapping[str, Severity],
        similar: SimilarSettings,
        known: Circumstances,
        disaster: Callable[[], bool],
        rostered: Callable[[], Roster],
        store: Store,
        clock: Clock,
        adapter: Callable[[str], Adapter],
    ) -> None:
        self._rules = tuple(rules)
        self._pack = pack
        self._severity = dict(severity)
        self._similar = similar
        self._known = known
        self._disaster = disaster
        self._rostered = rostered
        self._store = store
        self._clock = clock
        self._adapter = adapter

    def draft(self, draft: Draft, known: Context = UNKNOWN) -> Verdict:
        """Say what the rules find in a draft alone, with what the caller knows besides."""
        context = known.over(self.circumstances(draft))
        return policy.check(draft, self._rules, severity=self._severity, pack=self._pack, context=context)

    def whole(self, draft: Draft, renditions: Iterable[Rendition], known: Context = UNKNOWN) -> Verdict:
        """Say what they find in a draft and in what it becomes, beside what was posted before under all accounts."""
        found = self.draft(draft, known)
        renditions = list(renditions)
        like = likeness.look(
            draft,
            renditions,
            forbidden=self.forbids_similar,
            alike=self._alike,
            settings=self._similar,
            severity=self._severity,
        )
        same = repetition.look(
            draft,
            renditions,
            repeats=self.repeats,
            earlier=self._same,
            severity=self._severity,
            now=self._clock.now(),
        )
        return attrs.evolve(found, findings=(*found.findings, *like, *same)) if like or same else found

    def circumstances(self, draft: Draft) -> Context:
        """Give what the programme knows of a draft's circumstances."""
        return self._known.context(
            draft,
            at=draft.publish_at or draft.not_before or self._clock.now(),
            author=self._rostered().people.get(draft.author),
            disaster=self._disaster(),
        )

    def forbids_similar(self, platform: str) -> bool:
        """Tell whether a network forbids the same text from several accounts."""
        return not self._adapter(platform).limits.similar_texts

    def repeats(self, platform: str) -> timedelta | None:
        """Say for how long a network refuses the same words under the same account; None where it does not."""
        return self._adapter(platform).limits.repeat_after

    def _same(self, platform: str, numbers: Sequence[int]) -> Sequence[Delivery]:
        since = likeness.earliest(self._similar, now=self._clock.now())
        return self._store.alike(platform, numbers, since=since, apart_from=(), limit=likeness.COMPARED)

    def _alike(self, platform: str, marks: Sequence[int], accounts: Collection[str]) -> Sequence[Delivery]:
        since = likeness.earliest(self._similar, now=self._clock.now())
        return self._store.alike(platform, marks, since=since, apart_from=accounts, limit=likeness.COMPARED)

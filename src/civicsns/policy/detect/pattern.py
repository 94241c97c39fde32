"""`regex`: a pattern, tried where one of its triggers stands."""

from __future__ import annotations

import re
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.policy.detect.base import Unless, stretches, touched
from civicsns.policy.detect.factors import factors
from civicsns.policy.detect.opening import opened
from civicsns.policy.detect.reach import reach, widths
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from civicsns.policy.detect.base import Quiet, Words
    from civicsns.policy.detect.factors import Way
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits


#: How far a pattern with a window of its own may look ahead beyond it.
_AHEAD: Final = 40


@attrs.frozen(kw_only=True)
class Pattern:
    """
    Finds what a pattern matches; words of `allow_list` are innocent in themselves, words of `none` speak against it.

    Every match holds one of the triggers. A word of `context` must stand near it: within its window, or anywhere.
    """

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    written: str
    guard: re.Pattern[str] | None
    raw: bool
    window: int | None
    allowed: frozenset[str]
    context: int | None
    context_window: int | None
    unless: Unless
    ways: tuple[Way, ...]

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Pattern:
        """
        Make it from its table.

        `pattern`, `triggers`: words of which every match has one; `context`: words of which one must be there besides,
        `context_window`: at most so far from the match; without triggers it looks where the context is, and without
        either at every text; `window`: how far from a trigger the whole match may reach; `guard`: another pattern
        without which there is nothing to find; `view` is `raw` for the text as it was written, `marks` then are
        characters without which there is nothing to find; `allow_list`, `none`, `none_window`, `none_overrides`.
        """
        triggers, context = words.folded(table["triggers"]), words.folded(table.get("context"))
        unless, slots = Unless.of(table, words, slot=2)
        marks = table.get("marks")
        make = cls if marks is None else partial(MarkedPattern, marks=marks)
        return make(
            slots=(triggers, context, *slots),
            needs=(0,) if triggers else (1,) if context else (),
            written=table["pattern"],
            guard=re.compile(table["guard"]) if "guard" in table else None,
            raw=table.get("view") == "raw",
            window=table.get("window"),
            allowed=frozenset(words.folded(table.get("allow_list"))),
            context=1 if context else None,
            context_window=table.get("context_window"),
            unless=unless,
            ways=()
            if marks is not None
            else _ways(table["pattern"], triggers, context, raw=table.get("view") == "raw"),
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled when it is first tried: most patterns of a pack are not, for a while."""
        return re.compile(opened(self.written))

    @cached_property
    def around(self) -> tuple[int, int, int] | None:
        """Around the words of which slot it is tried, how far, and how far beyond it sees; None for the whole text."""
        if self.raw:
            return None
        triggers = self.slots[0]
        if triggers and self.window is not None:
            return 0, self.window, _AHEAD
        if triggers:
            reached = reach(self.written, triggers)
            return None if reached is None else (0, *reached)
        if self.context is None or self.context_window is None:
            return None
        width = widths(self.written)
        return None if width is None else (self.context, self.context_window + width[0], width[1])

    def find(self, scan: Scan, hits: Hits) -> Sequence[Match]:
        """Find what the pattern matches."""
        text = scan.raw if self.raw else scan.view
        if self.guard is not None and not self.guard.search(text):
            return ()
        found = list(self.pattern.finditer(text)) if self.around is None else self._around(text, hits, *self.around)
        # Mostly nothing: what else speaks for it and against is looked for afterwards.
        if not found:
            return ()
        quiet = self.unless.where(hits)
        near: Quiet | None = None
        if self.context is not None:
            near = stretches(hits, self.context, self.context_window)
        return [
            Match(start, end, raw=self.raw)
            for one in found
            for start, end in (one.span(),)
            if start < end
            and not touched(quiet, start, end)
            and (near is None or touched(near, start, end))
            and one.group() not in self.allowed
        ]

    def _around(self, text: str, hits: Hits, slot: int, window: int, ahead: int) -> Sequence[re.Match[str]]:
        return [
            found
            for begin, stop in stretches(hits, slot, window)
            for found in self.pattern.finditer(text, max(begin, 0), stop + ahead)
            if found.end() <= stop
        ]


@attrs.frozen(kw_only=True)
class MarkedPattern(Pattern):
    """A pattern that is only tried where one of some characters was written."""

    marks: str


def _ways(pattern: str, triggers: tuple[str, ...], context: tuple[str, ...], *, raw: bool) -> tuple[Way, ...]:
    """Give what must be there beside triggers and context, which must be there, too."""
    own = tuple(words for words in (triggers, context) if words)
    # The words of a pattern are those of the text that it is tried on.
    ways = () if raw else factors(pattern)
    if not own or not ways:
        return ways or ((own,) if own else ())
    # The ways of a pattern share their lists.
    lists = {id(words): words for way in ways for words in way}
    known = [(words, {key for key, those in lists.items() if _implied(words, those)}) for words in own]
    return tuple((*way, *(words for words, by in known if by.isdisjoint(map(id, way)))) for way in ways)


def _implied(some: Sequence[str], by: Iterable[str]) -> bool:
    """Whether each word of a list holds one of some others."""
    return all(any(map(word.__contains__, some)) for word in by)

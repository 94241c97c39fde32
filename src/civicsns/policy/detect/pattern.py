"""`regex`: a pattern, tried where one of its triggers stands."""

from __future__ import annotations

import re
from functools import cached_property, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.policy.detect.base import EVERYWHERE, Unless, silenced
from civicsns.policy.detect.reach import reach
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan


#: How far a pattern with a window of its own may look ahead beyond it.
_AHEAD: Final = 40


@attrs.frozen(kw_only=True)
class Pattern:
    """
    Finds what a pattern matches; words of `allow_list` are innocent in themselves, words of `none` speak against it.

    Every match holds one of the triggers. Words of `context` must stand near it: within their window, or anywhere.
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

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Pattern:
        """
        Make it from its table.

        `pattern`, `triggers`; `context`, `context_window`: without triggers it looks where a word of its context
        stands, and without either at every text; `window`: how far from a trigger the whole match may reach; `guard`: another pattern
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
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled when it is first tried: most patterns of a pack are not, for a while."""
        return re.compile(self.written)

    @cached_property
    def around(self) -> tuple[int, int] | None:
        """How far from a trigger it is tried, and how far beyond that it sees; None for the whole text."""
        if self.raw:
            return None
        return reach(self.written, self.slots[0]) if self.window is None else (self.window, _AHEAD)

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find what the pattern matches."""
        quiet = self.unless.where(hits) if self.unless.some else ()
        if quiet and quiet[0] is EVERYWHERE:
            return
        text = scan.raw if self.raw else scan.view
        if self.guard is not None and not self.guard.search(text):
            return
        around = self.around
        for found in self.pattern.finditer(text) if around is None else self._near(text, hits, *around):
            start, end = found.span()
            if start < end and found.group() not in self.allowed and not silenced(quiet, start, end):
                yield Match(start, end, raw=self.raw)

    def _near(self, text: str, hits: Sequence[Hit], window: int, ahead: int) -> Iterator[re.Match[str]]:
        for begin, stop in windows(hits, window):
            for found in self.pattern.finditer(text, begin, stop + ahead):
                if found.end() <= stop:
                    yield found


@attrs.frozen(kw_only=True)
class MarkedPattern(Pattern):
    """A pattern that is only tried where one of some characters was written."""

    marks: str


def windows(hits: Sequence[Hit], window: int) -> Iterator[tuple[int, int]]:
    """Give the stretches within *window* of the words of the first slot, in order and apart."""
    begin = stop = None
    for slot, start, end in sorted(hits, key=itemgetter(1)):
        if slot:
            continue
        if begin is None or stop is None:
            begin, stop = max(start - window, 0), end + window
        elif start - window <= stop:
            stop = max(stop, end + window)
        else:
            yield begin, stop
            begin, stop = start - window, end + window
    if begin is not None and stop is not None:
        yield begin, stop

"""`regex`: a pattern, tried where one of its triggers stands."""

from __future__ import annotations

import re
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.policy.detect.base import EVERYWHERE, Unless, silenced
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan


#: How far a pattern may look ahead beyond what it matches.
_AHEAD: Final = 40


@attrs.frozen(kw_only=True)
class Pattern:
    """
    Finds what a pattern matches; words of `allow_list` are innocent in themselves, words of `none` speak against it.

    Every match holds one of the triggers. Words of `context` must stand near it: within their window, or anywhere.
    """

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    pattern: re.Pattern[str]
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
            pattern=re.compile(table["pattern"]),
            guard=re.compile(table["guard"]) if "guard" in table else None,
            raw=table.get("view") == "raw",
            window=table.get("window"),
            allowed=frozenset(words.folded(table.get("allow_list"))),
            context=1 if context else None,
            context_window=table.get("context_window"),
            unless=unless,
        )

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find what the pattern matches."""
        quiet = self.unless.where(hits)
        if quiet and quiet[0] is EVERYWHERE:
            return
        text = scan.raw if self.raw else scan.view
        if self.guard is not None and not self.guard.search(text):
            return
        for found in self.pattern.finditer(text) if self.window is None else self._around(text, hits, self.window):
            start, end = found.span()
            if start == end or found.group() in self.allowed or silenced(quiet, start, end):
                continue
            if self.context is None or self._near(hits, start, end):
                yield Match(start, end, raw=self.raw)

    def _near(self, hits: Sequence[Hit], start: int, end: int) -> bool:
        words, window = [hit for hit in hits if hit[0] == self.context], self.context_window
        if window is None:
            return bool(words)
        return any(hit[1] <= end + window and start - window <= hit[2] for hit in words)

    def _around(self, text: str, hits: Sequence[Hit], window: int) -> Iterator[re.Match[str]]:
        done = 0
        for begin, stop in around(hits, window):
            for found in self.pattern.finditer(text, max(begin, done), stop + _AHEAD):
                if found.end() > stop:
                    break
                done = found.end()
                yield found


@attrs.frozen(kw_only=True)
class MarkedPattern(Pattern):
    """A pattern that is only tried where one of some characters was written."""

    marks: str


def around(hits: Sequence[Hit], window: int) -> Iterator[tuple[int, int]]:
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

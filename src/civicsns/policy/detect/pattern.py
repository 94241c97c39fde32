"""`regex`: a pattern, tried where one of its triggers stands."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.policy.detect.base import EVERYWHERE, Unless, silenced
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan


@attrs.frozen
class Pattern:
    """Finds what a pattern matches; words of `allow` innocent in themselves, words of `none` speak against it."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    pattern: re.Pattern[str]
    guard: re.Pattern[str] | None
    raw: bool
    allowed: frozenset[str]
    unless: Unless

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Pattern:
        """Make it: `pattern`, `triggers`, `guard`, `marks`, `view`, `allow_list`, `none`, `none_window`, `none_overrides`."""
        triggers = words.folded(table["triggers"])
        unless, slots = Unless.of(table, words, slot=1)
        marks = table.get("marks")
        make = cls if marks is None else partial(MarkedPattern, marks=marks)
        return make(
            (triggers, *slots),
            (0,) if triggers else (),
            re.compile(table["pattern"]),
            re.compile(table["guard"]) if "guard" in table else None,
            table.get("view") == "raw",
            frozenset(words.folded(table.get("allow_list"))),
            unless,
        )

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find what the pattern matches."""
        quiet = self.unless.where(hits)
        if quiet and quiet[0] is EVERYWHERE:
            return
        text = scan.raw if self.raw else scan.view
        if self.guard is not None and not self.guard.search(text):
            return
        for found in self.pattern.finditer(text):
            start, end = found.span()
            if start < end and found.group() not in self.allowed and not silenced(quiet, start, end):
                yield Match(start, end, raw=self.raw)


@attrs.frozen(kw_only=True)
class MarkedPattern(Pattern):
    """A pattern that is only tried where one of some characters was written."""

    marks: str

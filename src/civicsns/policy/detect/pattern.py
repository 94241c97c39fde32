"""`regex`: a pattern, tried where one of its triggers stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.detect.base import Unless
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
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it: `pattern`, `triggers`, `guard`, `view`, `allow_list`, `none`, `none_window`, `none_overrides`."""
        triggers = words.folded(table["triggers"])
        unless, slots = Unless.of(table, words, slot=1)
        return cls(
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
        text = scan.raw if self.raw else scan.view
        if self.guard is not None and not self.guard.search(text):
            return
        for found in self.pattern.finditer(text):
            start, end = found.span()
            if start < end and found.group() not in self.allowed and not self.unless.speaks(hits, start, end):
                yield Match(start, end, raw=self.raw)

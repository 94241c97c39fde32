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
    """
    Finds what a pattern matches; words of `allow` innocent in themselves, words of `none` speak against it.

    Every match holds one of the triggers. Words of `context` must stand near it: within the window, or anywhere.
    """

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    pattern: re.Pattern[str]
    guard: re.Pattern[str] | None
    raw: bool
    allowed: frozenset[str]
    context: int | None
    window: int | None
    unless: Unless

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """
        Make it: `pattern`, `triggers`, `context`, `context_window`, `guard`, `view`, `allow_list`, and `Unless`.

        Without triggers it looks where a word of its context stands, and without either at every text.
        """
        triggers, context = words.folded(table["triggers"]), words.folded(table.get("context"))
        unless, slots = Unless.of(table, words, slot=2)
        return cls(
            (triggers, context, *slots),
            (0,) if triggers else (1,) if context else (),
            re.compile(table["pattern"]),
            re.compile(table["guard"]) if "guard" in table else None,
            table.get("view") == "raw",
            frozenset(words.folded(table.get("allow_list"))),
            1 if context else None,
            table.get("context_window"),
            unless,
        )

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find what the pattern matches."""
        text = scan.raw if self.raw else scan.view
        if self.guard is not None and not self.guard.search(text):
            return
        for found in self.pattern.finditer(text):
            start, end = found.span()
            if start == end or found.group() in self.allowed or self.unless.speaks(hits, start, end):
                continue
            if self.context is None or self._near(hits, start, end):
                yield Match(start, end, raw=self.raw)

    def _near(self, hits: Sequence[Hit], start: int, end: int) -> bool:
        words = [hit for hit in hits if hit[0] == self.context]
        window = self.window
        return (
            bool(words) if window is None else any(hit[1] <= end + window and start - window <= hit[2] for hit in words)
        )

"""`require`: where one thing is said, another must be said too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.detect.base import Unless, touched
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits


@attrs.frozen
class Require:
    """Finds a text in which a word of `if_any` stands and one of the patterns of `must_match` matches nowhere."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    patterns: tuple[re.Pattern[str], ...]
    unless: Unless

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it from its table: `if_any`, `must_match`, `none`, `none_window`, `none_overrides`."""
        unless, slots = Unless.of(table, words, slot=1)
        patterns = tuple(re.compile(pattern) for pattern in table["must_match"])
        return cls((words.folded(table["if_any"]), *slots), (0,), patterns, unless)

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find the first of the words, where something is missing."""
        if all(pattern.search(scan.view) for pattern in self.patterns):
            return
        quiet = self.unless.where(hits)
        for start, end in hits.of(0):
            if not touched(quiet, start, end):
                yield Match(start, end)
                return

"""`regex`: a pattern, tried where one of its triggers stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan


@attrs.frozen
class Pattern:
    """Finds what a pattern matches in the folded text; a word of `none` anywhere speaks against it."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    pattern: re.Pattern[str]
    raw: bool

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it from its table: `pattern`, `triggers`, `none`, `view`."""
        triggers = words.folded(table["triggers"])
        return cls(
            (triggers, words.folded(table.get("none"))),
            (0,) if triggers else (),
            re.compile(table["pattern"]),
            table.get("view") == "raw",
        )

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find what the pattern matches."""
        if any(hit.slot == 1 for hit in hits):
            return
        for found in self.pattern.finditer(scan.raw if self.raw else scan.view):
            if found.start() < found.end():
                yield Match(found.start(), found.end(), raw=self.raw)

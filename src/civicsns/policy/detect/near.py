"""`near`: words of several groups close to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan


@attrs.frozen
class Near:
    """Finds a word of each group within `window` characters; a word of `none` anywhere speaks against it."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    window: int
    none: int

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it from its table: `groups`, `window`, `none`."""
        groups = tuple(words.folded(group) for group in table["groups"])
        return cls((*groups, words.folded(table.get("none"))), (0,), int(table["window"]), len(groups))

    def find(self, _scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find the nearest words of the other groups around each of the first."""
        if any(hit.slot == self.none for hit in hits):
            return
        for first in hits:
            if first.slot:
                continue
            start, end = first.start, first.end
            for group in range(1, self.none):
                near = [hit for hit in hits if hit.slot == group and self._apart(first, hit) <= self.window]
                if not near:
                    break
                other = min(near, key=lambda hit: self._apart(first, hit))
                start, end = min(start, other.start), max(end, other.end)
            else:
                yield Match(start, end)
                return

    @staticmethod
    def _apart(one: Hit, other: Hit) -> int:
        return max(other.start - one.end, one.start - other.end, 0)

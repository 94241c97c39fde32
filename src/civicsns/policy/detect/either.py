"""`any`: several detectors for one rule; what one of them finds is found."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.detect.base import LooksAtDraft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Detector, Words
    from civicsns.policy.scan import Hit, Match, Scan


@attrs.frozen
class Either:
    """Finds what any of its detectors finds, each place once."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    detectors: tuple[tuple[int, int, Detector], ...]

    @classmethod
    def of(
        cls,
        table: Mapping[str, Any],
        words: Words,
        kinds: Mapping[str, Callable[[Mapping[str, Any], Words], Detector | LooksAtDraft]],
    ) -> Self:
        """Make it from its table: `of` is a list of tables of other detectors."""
        made = (kinds[part["kind"]](part, words) for part in table["of"])
        parts = [part for part in made if not isinstance(part, LooksAtDraft)]
        firsts = list(accumulate((len(part.slots) for part in parts), initial=0))
        return cls(
            slots=tuple(slot for part in parts for slot in part.slots),
            # One that looks at every text makes the whole look at every text.
            needs=tuple(first + slot for part, first in zip(parts, firsts, strict=False) for slot in part.needs)
            if all(part.needs for part in parts)
            else (),
            detectors=tuple((first, first + len(part.slots), part) for part, first in zip(parts, firsts, strict=False)),
        )

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find what any of them finds."""
        seen: set[tuple[int, int]] = set()
        for first, past, detector in self.detectors:
            own = [hit._replace(slot=hit.slot - first) for hit in hits if first <= hit.slot < past]
            if detector.needs and not any(hit.slot in detector.needs for hit in own):
                continue
            for match in detector.find(scan, own):
                if match[:2] not in seen:
                    seen.add(match[:2])
                    yield match

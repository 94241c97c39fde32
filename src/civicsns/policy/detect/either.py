"""`any`: several detectors for one rule; what one of them finds is found."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.model import Severity
from civicsns.policy.detect.base import LooksAtDraft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Detector, Words
    from civicsns.policy.scan import Hit, Match, Scan


@attrs.frozen
class Either:
    """Finds what any of its detectors finds; each place once, the surer detectors come first."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    detectors: tuple[tuple[int, int, Detector, Severity | None], ...]

    @classmethod
    def of(
        cls,
        table: Mapping[str, Any],
        words: Words,
        kinds: Mapping[str, Callable[[Mapping[str, Any], Words], Detector | LooksAtDraft]],
    ) -> Self:
        """Make it from its table: `of` is a list of tables of other detectors, each with a `severity` of its own."""
        made = ((kinds[part["kind"]](part, words), part.get("severity")) for part in table["of"])
        parts = [(part, severity) for part, severity in made if not isinstance(part, LooksAtDraft)]
        firsts = list(accumulate((len(part.slots) for part, _ in parts), initial=0))
        placed = [
            (first, first + len(part.slots), part, Severity(severity) if severity else None)
            for first, (part, severity) in zip(firsts, parts, strict=False)
        ]
        return cls(
            slots=tuple(slot for part, _ in parts for slot in part.slots),
            # One that looks at every text makes the whole look at every text.
            needs=tuple(first + slot for first, _, part, _ in placed for slot in part.needs)
            if all(part.needs for part, _ in parts)
            else (),
            detectors=tuple(placed),
        )

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find what any of them finds; of what two find in one place, what the first one said counts."""
        seen: set[tuple[int, int]] = set()
        for first, past, detector, severity in self.detectors:
            own = [hit._replace(slot=hit.slot - first) for hit in hits if first <= hit.slot < past]
            if detector.needs and not any(hit.slot in detector.needs for hit in own):
                continue
            for match in detector.find(scan, own):
                if not any(match.start < end and start < match.end for start, end in seen):
                    seen.add(match[:2])
                    yield match if severity is None else match._replace(severity=severity)

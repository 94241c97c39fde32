"""`near`: words of several groups close to each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.detect.base import EVERYWHERE, Unless, touched
from civicsns.policy.detect.factors import factors
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Quiet, Words
    from civicsns.policy.detect.factors import Way
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits

#: How far a pattern of a group may look beyond the window for what follows it.
_BEYOND = 40
#: A detector is asked on so many ways.
_MOST_WAYS = 40
_ENDS = re.compile(r"[。!?\n]")


@attrs.frozen
class Near:
    """
    Finds a word of each group within `window` characters of a word of the first, in the same sentence unless `across`.

    What is found reaches from the first to the last of the nearest words.
    """

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    window: int
    patterns: tuple[re.Pattern[str] | None, ...]
    across: bool
    unless: Unless
    ways: tuple[Way, ...]

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it from its table: `groups`, `window`, `across`, `none`, `none_window`, `none_overrides`."""
        groups = [words.of(group) for group in table["groups"]]
        patterns = tuple(map(pattern_of, groups))
        # What makes it look must be words; it is found around those of the group with the longest ones.
        first = max(
            (place for place, pattern in enumerate(patterns) if pattern is None),
            key=lambda place: min(map(len, groups[place]), default=0),
        )
        order = [first, *(place for place in range(len(groups)) if place != first)]
        unless, slots = Unless.of(table, words, slot=len(groups))
        ordered = [patterns[place] for place in order]
        lists = [words.folded([word for word in groups[place] if not word.startswith("re:")]) for place in order]
        return cls(
            (*lists, *slots),
            (0,),
            int(table["window"]),
            tuple(re.compile(pattern) if pattern else None for pattern in ordered),
            bool(table.get("across", False)),
            unless,
            _ways(lists, ordered),
        )

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find the nearest words of the other groups around each of the first."""
        anchors = hits.of(0)
        groups: list[list[tuple[int, int]]] = []
        for group in range(1, len(self.patterns)):
            places = hits.of(group)
            pattern = self.patterns[group]
            if pattern is not None:
                places += self._around(pattern, scan.view, anchors)
            if not places:
                return
            groups.append(sorted(set(places)))
        view, reach = scan.view, 0
        quiet: Quiet | None = None
        for first in anchors:
            if first[0] < reach:
                continue
            start, end = first
            for places in groups:
                nearest = self._nearest(first, places, view)
                if nearest is None:
                    break
                start, end = min(start, nearest[0]), max(end, nearest[1])
            else:
                # Mostly nothing: what speaks against it is looked for afterwards.
                if quiet is None:
                    quiet = self.unless.where(hits)
                    if quiet and quiet[0] is EVERYWHERE:
                        return
                if not touched(quiet, start, end):
                    reach = end
                    yield Match(start, end)

    def _around(
        self, pattern: re.Pattern[str], view: str, anchors: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, int]]:
        begin = 0
        for start, end in anchors:
            begin = max(begin, start - self.window - _BEYOND)
            stop = end + self.window + _BEYOND
            for found in pattern.finditer(view, begin, stop):
                begin = max(begin, found.end())
                yield found.start(), found.end()

    def _nearest(self, first: tuple[int, int], places: Sequence[tuple[int, int]], view: str) -> tuple[int, int] | None:
        """Give the place nearest to *first*; the places are in order, so only its neighbours need be looked at."""
        at = bisect_left(places, first)
        best: tuple[int, tuple[int, int]] | None = None
        # Words of one group may overlap: the neighbour itself is not always the nearest.
        for place in places[max(at - 4, 0) : at + 4]:
            apart = max(place[0] - first[1], first[0] - place[1], 0)
            if apart > self.window or (best is not None and best[0] <= apart):
                continue
            if apart and not self.across:
                left, right = (first[1], place[0]) if place[0] >= first[1] else (place[1], first[0])
                if _ENDS.search(view, left, right):
                    continue
            best = apart, place
        return None if best is None else best[1]


def pattern_of(group: Sequence[str] | str) -> str | None:
    """Give the patterns of a group as one; None where it has none, or is a list by its name."""
    if isinstance(group, str):
        return None
    return "|".join(f"(?:{word[3:]})" for word in group if word.startswith("re:")) or None


def _ways(lists: Iterable[tuple[str, ...]], patterns: Iterable[str | None]) -> tuple[Way, ...]:
    """Give what must be there: of each group a word of its list, or what one of its patterns must hold."""
    ways: list[Way] = [()]
    for own, pattern in zip(lists, patterns, strict=True):
        held = factors(pattern) if pattern else ()
        if pattern and not held:
            # What it finds is only known once it is tried.
            continue
        these: list[Way] = [*([(own,)] if own else []), *held]
        if len(ways) * len(these) <= _MOST_WAYS:
            ways = [(*way, *more) for way in ways for more in these]
    return tuple(ways)

"""`terms`: words that are wrong wherever they stand, but for the words that they are part of."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import ahocorasick_rs
import attrs

from civicsns.policy.detect import hidden
from civicsns.policy.detect.base import Unless, touched
from civicsns.policy.scan import Match
from civicsns.text.disguises import CIRCLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Quiet, Words
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits

_TERM, _EXCEPT = 0, 1


@attrs.frozen
class Terms:
    """
    Finds words; `except` are longer words in which they are innocent, `none` words that speak against them.

    Attributes:
        hidden: The words, which are found, too, where they are taken apart or written in letters that look like others.
        gapped: Whether they are found where a letter is left out.
    """

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    unless: Unless
    hidden: tuple[str, ...]
    gapped: bool

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Terms:
        """Make it: `list` or `terms`, `except`, `masked`, `none`, `none_window`, `none_overrides`."""
        terms = words.folded(table.get("list", table.get("terms")))
        gapped = bool(table.get("masked"))
        variants = (variant for term in terms for variant in hidden.masked(term)) if gapped else ()
        unless, slots = Unless.of(table, words, slot=2)
        return cls(
            (tuple(dict.fromkeys((*terms, *variants))), words.folded(table.get("except")), *slots),
            (_TERM,),
            unless,
            terms,
            gapped,
        )

    @property
    def innocent(self) -> tuple[int, ...]:
        """The slots of words that are none of those that it looks for."""
        return (_EXCEPT,)

    @cached_property
    def _automaton(self) -> ahocorasick_rs.AhoCorasick:
        return ahocorasick_rs.AhoCorasick([*self.slots[_TERM], *self.slots[_EXCEPT]])

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find the words that stand in no innocent one, and within one script's run."""
        quiet: Quiet | None = None
        found: list[tuple[int, int]] = []
        alone = [place for place in hits.of(_TERM) if stands_alone(scan.view, *place)]
        innocent = hits.near(_EXCEPT, alone[0][0], max(alone)[1], 0) if alone else ()
        for start, end in outside(alone, innocent):
            if quiet is None:
                quiet = self.unless.where(hits)
            if not touched(quiet, start, end):
                yield Match(start, end)
            if scan.hiding:
                found.append(scan.folded.span(start, end))
        if not scan.hiding:
            return
        terms = len(self.slots[_TERM])
        for reading in hidden.readings(scan.folded, gapped=self.gapped):
            met = self._automaton.find_matches_as_indexes(reading.view, overlapping=True)
            alone = [
                (start, end)
                for pattern, start, end in met
                if pattern < terms and stands_alone(reading.view, start, end)
            ]
            if not alone:
                continue
            for place in outside(alone, [(start, end) for pattern, start, end in met if pattern >= terms]):
                start, end = reading.span(*place)
                if quiet is None:
                    quiet = self.unless.where(hits)
                if not overlaps(found, start, end) and not touched(quiet, start, end):
                    found.append((start, end))
                    yield Match(start, end, raw=True)


def outside(places: Iterable[tuple[int, int]], innocent: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give the words that stand in no innocent one."""
    innocent = sorted(innocent)
    if not innocent:
        yield from places
        return
    # How far the innocent words reach that begin at each of them or before.
    reach = list(accumulate((end for _, end in innocent), max))
    for start, end in places:
        before = bisect_right(innocent, start, key=itemgetter(0))
        if not (before and reach[before - 1] >= end):
            yield start, end


def overlaps(found: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether a stretch overlaps one that was found."""
    return any(start < after and before < end for before, after in found)


def stands_alone(text: str, start: int, end: int) -> bool:
    """
    Tell whether a word of katakana or Latin letters is no part of a longer one: バカ is none of バカンス.

    A letter left out counts as one of its word, and 死〇 is no 死〇者.
    """
    first, last = text[start], text[end - 1]
    if last == CIRCLE:
        last = text[end - 2]
        if end - start == 2 and _kanji(text[end : end + 1]):
            return False
    return not (
        (start and _joined(text[start - 1], first if first != CIRCLE else text[start + 1]))
        or (end < len(text) and _joined(last, text[end]))
    )


def _joined(one: str, other: str) -> bool:
    return (_katakana(one) and _katakana(other)) or (_latin(one) and _latin(other))


def _katakana(character: str) -> bool:
    return "ァ" <= character <= "ヺ" or character == "ー"


def _latin(character: str) -> bool:
    return "a" <= character <= "z" or "0" <= character <= "9"


def _kanji(character: str) -> bool:
    return "一" <= character <= "鿿"

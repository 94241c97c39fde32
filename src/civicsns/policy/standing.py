"""
Standing 所在: where the words of one detector stand in a text.

The one pass over a text tells which words stand in it, and so whom to ask. Few want to know more than that: where the
words stand is looked up only by those who ask, and the other words of a detector are looked for once it needs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Final, overload

import ahocorasick_rs

from civicsns.policy.scan import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

#: Where a word stands: its list, where it begins, and one past its end.
Place = tuple[int, int, int]
#: Makes a hit of a tuple, in half the time that calling `Hit` takes.
_hit: Final[Callable[[Place], Hit]] = partial(tuple.__new__, Hit)
#: So many words are looked for one by one in less time than by an automaton.
_FEW: Final = 12
#: For so many other words it is kept which of the words reach into them.
_MOST: Final = 256
#: The order in which one pass over a text meets words: by their ends, of those that end together the longer first.
_in_order: Final = itemgetter(1, 0)


class Standing:
    """
    Finds words of several lists.

    Args:
        slots: The lists.
        given: The lists whose words the one pass over the text finds; of an empty one, nothing is to be found.

    Attributes:
        slots: The lists.
        given: The lists whose words the one pass over the text finds, and the empty ones.
    """

    def __init__(self, slots: Sequence[Sequence[str]], given: Sequence[int] = ()) -> None:
        self.slots = slots
        empty = {slot for slot, terms in enumerate(slots) if not terms}
        self.given = frozenset(given) | empty

        self._at: dict[str, tuple[str, ...]] = {}
        # What finds the words of a list is made when it is first needed: few detectors are asked, and fewer for all lists.
        self._finders: dict[int, Callable[..., list[tuple[int, int, int]]]] = {}

    def _finder(self, slot: int) -> Callable[..., list[tuple[int, int, int]]]:
        made = self._finders.get(slot)
        if made is None:
            words = ahocorasick_rs.AhoCorasick(self.slots[slot], store_patterns=False)
            made = self._finders[slot] = words.find_matches_as_indexes
        return made

    @cached_property
    def _all(self) -> ahocorasick_rs.AhoCorasick:
        return ahocorasick_rs.AhoCorasick([term for terms in self.slots for term in terms], store_patterns=False)

    @cached_property
    def _sets(self) -> list[frozenset[str]]:
        return [frozenset(terms) for terms in self.slots]

    @cached_property
    def longest(self) -> int:
        """How long the longest word is."""
        return max((len(term) for terms in self.slots for term in terms), default=0)

    def places(self, view: str, met: AbstractSet[str]) -> list[Place]:
        """Give where the words of all lists stand in a folded text, in the order of their ends."""
        every = [
            (slot, *place) for slot, terms in enumerate(self.slots) if terms for place in self.of(slot, view, met)
        ]
        return sorted(every, key=itemgetter(2, 1)) if len(every) > 1 else every

    def of(self, slot: int, view: str, met: AbstractSet[str]) -> list[tuple[int, int]]:
        """
        Give where the words of one list stand in a folded text, in the order of their ends.

        Args:
            slot: The list.
            view: The folded text.
            met: The words that the one pass met in it.
        """
        words: Iterable[str] = self.slots[slot]
        if slot in self.given:
            words = self._sets[slot] & met
        elif len(self.slots[slot]) > _FEW:
            return [(start, end) for _, start, end in self._finder(slot)(view, overlapping=True)]
        found: list[tuple[int, int]] = []
        for word in words:
            start, size = view.find(word), len(word)
            while start >= 0:
                found.append((start, start + size))
                start = view.find(word, start + 1)
        if len(found) > 1:
            found.sort(key=_in_order)
        return found

    def some(self, view: str) -> bool:
        """Tell whether one of the words stands in a folded text."""
        for slot, terms in enumerate(self.slots):
            if len(terms) > _FEW:
                if self._finder(slot)(view):
                    return True
                continue
            for term in terms:
                if term in view:
                    return True
        return False

    def at(self, word: str) -> tuple[str, ...]:
        """Give which of the words may stand where another one stands, or reach into it."""
        known = self._at.get(word)
        if known is None:
            if len(self._at) >= _MOST:
                self._at.clear()
            known = self._at[word] = tuple(_reaching((term for terms in self.slots for term in terms), word))
        return known

    def words(self, view: str) -> set[int]:
        """Give which of the words stand in a folded text, by number."""
        return {pattern for pattern, _, _ in self._all.find_matches_as_indexes(view, overlapping=True)}


def _reaching(terms: Iterable[str], word: str) -> Iterator[str]:
    begins = tuple(word[:size] for size in range(1, len(word)))
    ends = tuple(word[size:] for size in range(1, len(word)))
    for term in terms:
        if term.endswith(begins) or term.startswith(ends) or word in term or term in word:
            yield term


class Hits(Sequence[Hit]):
    """
    Where the words of a detector stand in a text.

    Args:
        standing: The detector's words.
        view: The folded text.
        met: The words that the one pass over the text met.
    """

    __slots__ = ("_all", "_met", "_standing", "_view")

    def __init__(self, standing: Standing, view: str, met: AbstractSet[str]) -> None:
        self._standing, self._view, self._met = standing, view, met
        self._all: list[Place] | None = None

    def of(self, slot: int) -> list[tuple[int, int]]:
        """Give where the words of one list begin and end, in the order of their ends."""
        return self._standing.of(slot, self._view, self._met)

    def near(self, slot: int, start: int, end: int, reach: int) -> list[tuple[int, int]]:
        """
        Give where the words of one list stand that are near some place, in the order of their ends.

        Others may be given that are further away: a few letters are looked through in less time than a text.

        Args:
            slot: The list.
            start: Where the place begins.
            end: One past its end.
            reach: How many letters may lie between.
        """
        standing = self._standing
        if slot in standing.given:
            return standing.of(slot, self._view, self._met)
        begin = max(start - reach - standing.longest, 0)
        near = standing.of(slot, self._view[begin : end + reach + standing.longest], self._met)
        return [(first + begin, last + begin) for first, last in near]

    def _places(self) -> list[Place]:
        if self._all is None:
            self._all = self._standing.places(self._view, self._met)
        return self._all

    def __iter__(self) -> Iterator[Hit]:
        """Give them all, in the order of their ends."""
        return map(_hit, self._places())

    def __len__(self) -> int:
        """Tell how many there are."""
        return len(self._places())

    @overload
    def __getitem__(self, place: int, /) -> Hit: ...
    @overload
    def __getitem__(self, place: slice, /) -> Sequence[Hit]: ...
    def __getitem__(self, place: int | slice, /) -> Hit | Sequence[Hit]:
        """Give one, or some."""
        return _hit(self._places()[place]) if isinstance(place, int) else list(map(_hit, self._places()[place]))

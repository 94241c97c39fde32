"""What every detector has."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias

import attrs

from civicsns.text.folding import folded_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from civicsns.language import Bilingual
    from civicsns.model import Context, Draft
    from civicsns.policy.scan import Match, Scan
    from civicsns.policy.standing import Hits


#: Stretches of a folded text, in order.
Quiet: TypeAlias = Sequence[tuple[int, int]]
#: The whole text, whatever it is.
EVERYWHERE: Final = (-sys.maxsize, sys.maxsize)


class CannotTell(Exception):  # noqa: N818 -- no error: it tells the engine what is not known
    """
    A detector lacks something that it needs; the engine reports its rule as not run.

    Attributes:
        reason: What it lacks.
    """

    def __init__(self, reason: Bilingual) -> None:
        super().__init__(reason)
        self.reason = reason


class Words:
    """
    The lists of words that a pack, and the city's overlay, give by name.

    Args:
        lists: The lists, by name; one that nobody gives is empty.

    Attributes:
        named: The lists that somebody had words from.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists
        self.named: set[str] = set()

    def of(self, given: str | Sequence[str] | None) -> tuple[str, ...]:
        """Give the words of a list that is named, or written out with `@name` for a list's; as they were written."""
        if given is None:
            return ()
        if isinstance(given, str):
            self.named.add(given.removeprefix("@"))
            return tuple(self._lists.get(given.removeprefix("@"), ()))
        if "@" not in "".join(given):
            return tuple(given)
        # A word may be an at sign.
        return tuple(
            one for word in given for one in (self.of(word) if word.startswith("@") and len(word) > 1 else (word,))
        )

    def folded(self, given: str | Sequence[str] | None) -> tuple[str, ...]:
        """Give the words as they stand in a folded text."""
        return tuple(dict.fromkeys(folded_terms(self.of(given))))


class Detector(Protocol):
    """
    Finds what one rule is about, in a text.

    Attributes:
        slots: Lists of folded words that the one pass over the text looks for; `find` is called where one of the words
            in the slots that `needs` names was met.
        needs: The slots of which at least one word must be there; empty where it looks at every text.

    Some kinds say more, by attributes of their own, of what they need to find anything:

    - `ways` (see `civicsns.policy.detect.factors`): instead of `needs`, words of several lists that must stand in one
      text, in one of several ways;
    - `marks`: characters of which one must have been written, in the form of the inside of a regular expression's class;
    - `sentence`: it also finds sentences of more than so many characters;
    - `validator`: the kind of number they find, which has a least number of digits (`civicsns.policy.numbers`);
    - `hidden`: words that they find though somebody hides them; `gapped`: also where a letter of them is left out.
    """

    @property
    def slots(self) -> tuple[tuple[str, ...], ...]:
        """Words to look for."""
        ...

    @property
    def needs(self) -> tuple[int, ...]:
        """Slots that make it look."""
        ...

    def find(self, scan: Scan, hits: Hits, /) -> Iterable[Match]:
        """
        Find it, given where the words of the slots stand, in the order of their ends.

        Raises:
            CannotTell: If something is not known that it needs; what was found before counts.
        """
        ...


class LooksAtDraft(Protocol):
    """
    Finds what one rule is about in a draft as a whole, not in a text.

    Attributes:
        when: Facts that must hold for it to look, beside those that its rule names.
        reads: Facts that must be known.
    """

    @property
    def when(self) -> Mapping[str, Any]:
        """Facts that must hold."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """Facts that must be known."""
        ...

    def look(self, draft: Draft, facts: Mapping[str, Any], context: Context, /) -> Iterable[Match]:
        """
        Find it.

        Raises:
            CannotTell: If something is not known that it needs.
        """
        ...


@attrs.frozen
class Unless:
    """
    Words that speak against a finding, and words that speak against those.

    Attributes:
        none: The slot of the words that speak against it.
        overrides: The slot of the words in whose presence they do not.
        window: How many characters away they still count; None for the whole text.
        some: Whether there are such words at all.
    """

    none: int
    overrides: int
    window: int | None
    some: bool

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words, *, slot: int) -> tuple[Self, tuple[tuple[str, ...], ...]]:
        """Make it from `none`, `none_window` and `none_overrides`, and give its two slots, the first being *slot*."""
        slots = words.folded(table.get("none")), words.folded(table.get("none_overrides"))
        return cls(slot, slot + 1, table.get("none_window"), bool(slots[0])), slots

    def where(self, hits: Hits) -> Quiet:
        """Give the stretches of the text in which something speaks against a finding, in order and apart."""
        if not self.some or hits.of(self.overrides):
            return ()
        return stretches(hits, self.none, self.window)


def stretches(hits: Hits, slot: int, window: int | None) -> Quiet:
    """Give the stretches of the text around the words of a slot, in order and apart; without *window*, the whole."""
    places = hits.of(slot)
    if not places:
        return ()
    if window is None:
        return (EVERYWHERE,)
    if len(places) == 1:
        ((start, end),) = places
        return ((start - window, end + window),)
    around = sorted((start - window, end + window) for start, end in places)
    apart = around[:1]
    for start, end in around[1:]:
        if start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((start, end))
    return apart


def touched(quiet: Quiet, start: int, end: int) -> bool:
    """Whether a place touches one of some stretches that are in order."""
    if not quiet:
        return False
    after = bisect_left(quiet, end, key=itemgetter(0))
    return (after < len(quiet) and quiet[after][0] <= end) or (after > 0 and quiet[after - 1][1] >= start)

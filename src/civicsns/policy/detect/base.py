"""What every detector has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from civicsns.text.folding import folded_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from civicsns.policy.scan import Hit, Match, Scan


class Words:
    """
    The lists of words that a pack, and the city's overlay, give by name.

    Args:
        lists: The lists, by name.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._lists = lists

    def of(self, given: str | Sequence[str] | None) -> tuple[str, ...]:
        """Give the words of a list that is named, or written out; as they were written."""
        if given is None:
            return ()
        return tuple(self._lists[given]) if isinstance(given, str) else tuple(given)

    def folded(self, given: str | Sequence[str] | None) -> tuple[str, ...]:
        """Give the words as they stand in a folded text."""
        return tuple(dict.fromkeys(folded_term(word) for word in self.of(given)))


class Detector(Protocol):
    """
    Finds what one rule is about.

    Attributes:
        slots: Lists of folded words that the one pass over the text looks for; `find` is called where one of the words
            in the slots that `needs` names was met.
        needs: The slots of which at least one word must be there; empty where it looks at every text.
    """

    @property
    def slots(self) -> tuple[tuple[str, ...], ...]:
        """Words to look for."""
        ...

    @property
    def needs(self) -> tuple[int, ...]:
        """Slots that make it look."""
        ...

    def find(self, scan: Scan, hits: Sequence[Hit], /) -> Iterable[Match]:
        """Find it, given where the words of the slots stand, in their order."""
        ...

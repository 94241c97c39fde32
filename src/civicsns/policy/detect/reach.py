"""
How far around a trigger a pattern needs to be tried.

A pattern of which every match holds one of its triggers can only match near them: no match reaches further from a
trigger than it is long. That is read off the pattern's own tree, as the standard library parses it.
"""

from __future__ import annotations

from functools import cache
from re import _constants as codes  # type: ignore[attr-defined] # the standard library gives its parser no public name
from re import _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: With a longer reach, the windows of a post would cover all of it.
_LONGEST: Final = 200
#: Of a class of so many characters each is followed; of more ways than that, none.
_FEW, _MOST_WAYS = 12, 200
_REPEATS: Final = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT})
_GROUPS: Final = {codes.SUBPATTERN: 3, codes.ATOMIC_GROUP: None}

Nodes = Any


def reach(pattern: str, triggers: Sequence[str]) -> tuple[int, int] | None:
    """
    Give how far from a trigger a match may reach, and how far beyond its end it looks; None where neither is bounded.

    Args:
        pattern: A pattern that compiles.
        triggers: Folded words.
    """
    bounds = widths(pattern)
    if bounds is None or not triggers:
        return None
    kept = max(map(len, triggers)) - 1
    return None if _Ways(triggers, kept).after(_parser.parse(pattern), frozenset({""})) else bounds


def widths(pattern: str) -> tuple[int, int] | None:
    """Give how long a match may be, and how far beyond its end the pattern looks; None where neither is bounded."""
    tree = _parser.parse(pattern)
    longest, ahead = int(tree.getwidth()[1]), _ahead(tree)
    # An end of text just beyond a window is none: two more characters tell.
    return None if longest > _LONGEST or ahead > _LONGEST else (longest, ahead + 2)


def _ahead(nodes: Iterable[Nodes]) -> int:
    """Give how far the lookaheads of a tree look."""
    longest = 0
    for operation, argument in nodes:
        if operation in {codes.ASSERT, codes.ASSERT_NOT}:
            inner = argument[1]
            longest = max(longest, (int(inner.getwidth()[1]) if argument[0] > 0 else 0) + _ahead(inner))
        elif operation is codes.BRANCH:
            longest = max(longest, *map(_ahead, argument[1]))
        elif operation in _REPEATS:
            longest = max(longest, _ahead(argument[2]))
        elif operation in _GROUPS:
            place = _GROUPS[operation]
            longest = max(longest, _ahead(argument if place is None else argument[place]))
    return longest


class _Ways:
    """
    Follows the ways through a pattern on which no trigger has been met, by the last characters that are known.

    Args:
        triggers: The triggers.
        kept: So many characters can still become one.
    """

    def __init__(self, triggers: Sequence[str], kept: int) -> None:
        self._triggers = tuple(triggers)
        self._kept = kept
        self._letters = frozenset().union(*triggers)

    def after(self, nodes: Iterable[Nodes], ways: frozenset[str]) -> frozenset[str]:
        """Give the ways that are left after *nodes*; an unknown character leaves the empty way."""
        for operation, argument in nodes:
            if not ways:
                break
            ways = self._step(operation, argument, ways)
            if len(ways) > _MOST_WAYS:
                ways = frozenset({""})
        return ways

    def _step(self, operation: Any, argument: Any, ways: frozenset[str]) -> frozenset[str]:
        if operation is codes.LITERAL:
            return self._and(ways, [chr(argument)])
        if operation is codes.IN:
            return self._and(ways, few) if (few := _few(argument)) else frozenset({""})
        if operation is codes.BRANCH:
            return frozenset().union(*(self.after(branch, ways) for branch in argument[1]))
        if operation in _GROUPS:
            place = _GROUPS[operation]
            return self.after(argument if place is None else argument[place], ways)
        if operation in _REPEATS:
            least, most, body = argument
            done = ways
            for _ in range(min(int(least), 3)):
                done = self.after(body, done)
            if least == most or not done:
                return done
            again = self.after(body, done)
            return done | again if most == least + 1 else done | ({""} if again else set())
        if operation in {codes.ASSERT, codes.ASSERT_NOT, codes.AT}:
            return ways
        return frozenset({""})

    def _and(self, ways: Iterable[str], characters: Iterable[str]) -> frozenset[str]:
        kept, left = self._kept, set[str]()
        for character in map(_folded, characters):
            if character not in self._letters:
                left.add("")
                continue
            for way in ways:
                longer = way + character
                if not longer.endswith(self._triggers):
                    left.add(longer[-kept:] if kept else "")
        return frozenset(left)


@cache
def _folded(character: str) -> str:
    return fold(character).view


def _few(items: Sequence[Any]) -> list[str]:
    few: list[str] = []
    for operation, argument in items:
        if operation is codes.LITERAL:
            few.append(chr(argument))
        elif operation is codes.RANGE and argument[1] - argument[0] < _FEW:
            few += map(chr, range(argument[0], argument[1] + 1))
        else:
            return []
    return few if len(few) <= _FEW else []

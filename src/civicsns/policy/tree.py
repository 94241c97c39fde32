"""
The parse tree of a regular expression, and the characters that its parts take.

Which characters a set takes is told on samples: every border of every range in the pattern, the characters beside them,
and one of each category. Two sets of one pattern that share a character share one of those.
"""

from __future__ import annotations

import re
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What `re` calls the operations of its trees.
codes: Any = import_module("re._constants")
_parser: Any = import_module("re._parser")

#: One operation of the tree with its argument, as `re` has it.
Node = tuple[Any, Any]

#: Beyond so many times, a repeat counts as one without end: it is longer than most posts.
ENDLESS = 200

REPEATS = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT})
ASSERTIONS = frozenset({codes.ASSERT, codes.ASSERT_NOT})
SINGLE = frozenset({codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN})
UNPROVABLE = frozenset({codes.GROUPREF, codes.GROUPREF_EXISTS})

_SAMPLES = "09azAZ_-!. \n\x01あアー漢"
_CATEGORIES = {
    codes.CATEGORY_DIGIT: re.compile(r"\d"),
    codes.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    codes.CATEGORY_SPACE: re.compile(r"\s"),
    codes.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    codes.CATEGORY_WORD: re.compile(r"\w"),
    codes.CATEGORY_NOT_WORD: re.compile(r"\W"),
}


class Tree:
    """
    A pattern, parsed.

    Args:
        pattern: The pattern.

    Raises:
        re.error: If it does not compile.
    """

    def __init__(self, pattern: str) -> None:
        self.nodes: list[Node] = list(_parser.parse(pattern))
        self._memo: dict[Any, frozenset[str]] = {}

    @cached_property
    def size(self) -> int:
        """How many single characters and sets there are, repeats written out as often as they are at most."""
        return _size(self.nodes)

    @cached_property
    def universe(self) -> tuple[str, ...]:
        """Characters by which sets are told apart."""
        points = {ord(character) for character in _SAMPLES}
        for operation, argument in walk(self.nodes):
            if operation in {codes.LITERAL, codes.NOT_LITERAL}:
                points |= {argument - 1, argument, argument + 1}
            elif operation is codes.IN:
                for inner, borders in argument:
                    if inner is codes.LITERAL:
                        points |= {borders - 1, borders, borders + 1}
                    elif inner is codes.RANGE:
                        low, high = borders
                        points |= {low - 1, low, high, high + 1}
        return tuple(chr(point) for point in sorted(points) if 0 < point < 0x110000 and not 0xD800 <= point < 0xE000)

    def characters(self, node: Node) -> frozenset[str]:
        """Give the characters of the universe that a node for a single character takes."""
        key: Any = id(node[1]) if node[0] is codes.IN else node
        if key not in self._memo:
            if node[0] is codes.LITERAL:
                self._memo[key] = frozenset({chr(node[1])})
            else:
                self._memo[key] = frozenset(character for character in self.universe if takes(node, character))
        return self._memo[key]

    def first(self, nodes: list[Node]) -> tuple[frozenset[str], bool]:
        """Give the characters with which a sequence can begin, and whether it can be empty."""
        begins: frozenset[str] = frozenset()
        for node in nodes:
            these, empty = self._first(node)
            begins |= these
            if not empty:
                return begins, False
        return begins, True

    def _first(self, node: Node) -> tuple[frozenset[str], bool]:
        operation, argument = node
        if operation in SINGLE:
            return self.characters(node), False
        if operation in REPEATS:
            least, _, body = argument
            begins, empty = self.first(list(body))
            return begins, empty or least == 0
        if operation is codes.BRANCH:
            each = [self.first(list(branch)) for branch in argument[1]]
            return frozenset[str]().union(*(begins for begins, _ in each)), any(empty for _, empty in each)
        if (inner := within(node)) is not None:
            return self.first(inner)
        return frozenset(), True

    def all(self, nodes: list[Node]) -> frozenset[str]:
        """Give every character that a sequence can take."""
        return frozenset[str]().union(*(self.characters(node) for node in walk(nodes) if node[0] in SINGLE))


def takes(node: Node, character: str) -> bool:
    """Whether a node for a single character takes this one."""
    operation, argument = node
    point = ord(character)
    if operation is codes.LITERAL:
        return bool(point == argument)
    if operation is codes.NOT_LITERAL:
        return bool(point != argument)
    if operation is codes.ANY:
        return character != "\n"
    negated = argument[0][0] is codes.NEGATE
    for inner, borders in argument:
        if (
            (inner is codes.LITERAL and point == borders)
            or (inner is codes.RANGE and borders[0] <= point <= borders[1])
            or (inner is codes.CATEGORY and _CATEGORIES[borders].match(character))
        ):
            return not negated
    return bool(negated)


def within(node: Node) -> list[Node] | None:
    """Give what a group holds; None for what is no group."""
    operation, argument = node
    if operation is codes.SUBPATTERN:
        return list(argument[3])
    if operation is codes.ATOMIC_GROUP:
        return list(argument)
    return None


def children(node: Node) -> list[list[Node]]:
    """Give the sequences of nodes that a node holds."""
    operation, argument = node
    if operation in REPEATS:
        return [list(argument[2])]
    if operation is codes.BRANCH:
        return [list(branch) for branch in argument[1]]
    if operation in ASSERTIONS:
        return [list(argument[1])]
    inner = within(node)
    return [] if inner is None else [inner]


def walk(nodes: list[Node], *, past: Callable[[Node], bool] = lambda _node: False) -> Iterator[Node]:
    """Give every node, whatever it stands in; of those that *past* names, neither them nor what they hold."""
    for node in nodes:
        if not past(node):
            yield node
            for held in children(node):
                yield from walk(held, past=past)


def _size(nodes: list[Node]) -> int:
    size = 0
    for node in nodes:
        operation, argument = node
        if operation in REPEATS:
            size += _size(list(argument[2])) * (max(argument[0], 1) if endless(node) else argument[1])
        elif operation is codes.BRANCH:
            size += sum(_size(list(branch)) for branch in argument[1])
        elif operation in ASSERTIONS:
            size += _size(list(argument[1]))
        else:
            inner = within(node)
            size += 1 if inner is None else _size(inner)
    return size


def endless(node: Node) -> bool:
    """Whether a node is a repeat that may go on for as long as a post does."""
    return node[0] in REPEATS and (node[1][1] is codes.MAXREPEAT or node[1][1] > ENDLESS)

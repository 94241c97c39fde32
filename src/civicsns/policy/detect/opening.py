"""
What a pattern can begin with.

The standard library finds a pattern fast that begins with one character, or with one of a class. One that begins with
one of several phrases, some of them in brackets, it tries phrase by phrase at each place of a text: three times as slow
as where the pattern says first which characters any of them begins with. That is read off the pattern's own tree.
"""

from __future__ import annotations

import re
from re import _constants as codes  # type: ignore[attr-defined] # the standard library gives its parser no public name
from re import _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_REPEATS: Final = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT})
_NOTHING: Final = frozenset({codes.ASSERT, codes.ASSERT_NOT, codes.AT})
#: With them, a character stands for others, or the pattern cannot be put into another.
_FLAGS: Final = re.IGNORECASE | re.VERBOSE | re.LOCALE | re.ASCII
_CATEGORIES: Final = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w"}


class _UnknownError(Exception):
    """What it begins with cannot be told."""


def opened(pattern: str) -> str:
    """
    Give a pattern that matches the same as *pattern*, and says first what it can begin with where that makes it faster.

    Args:
        pattern: A pattern that compiles.
    """
    tree = _parser.parse(pattern)
    if tree.state.flags & _FLAGS or _fast(list(tree)):
        return pattern
    try:
        first, empty = _first(tree)
    except _UnknownError:
        return pattern
    return pattern if empty else f"(?=[{''.join(sorted(first))}])(?:{pattern})"


def _fast(nodes: list[Any]) -> bool:
    """Whether the standard library finds by itself what a sequence begins with."""
    operation, argument = nodes[0] if nodes else (codes.AT, None)
    if operation is codes.SUBPATTERN:
        return _fast(list(argument[3]))
    if operation is codes.BRANCH:
        return all(len(branch) > 0 and branch[0][0] is codes.LITERAL for branch in argument[1])
    return operation in {codes.LITERAL, codes.IN}


def _first(nodes: Iterable[Any]) -> tuple[set[str], bool]:
    """Give what a sequence can begin with, each as it stands in a class; and whether it can be empty."""
    first = set[str]()
    for node in nodes:
        more, empty = _first_of(*node)
        first |= more
        if not empty:
            return first, False
    return first, True


def _first_of(operation: Any, argument: Any) -> tuple[set[str], bool]:
    if operation is codes.LITERAL:
        return {re.escape(chr(argument))}, False
    if operation is codes.IN:
        return set(map(_written, argument)), False
    if operation is codes.BRANCH:
        ways = [_first(branch) for branch in argument[1]]
        return set[str]().union(*(first for first, _ in ways)), any(empty for _, empty in ways)
    if operation in _REPEATS:
        first, empty = _first(argument[2])
        return first, empty or not argument[0]
    if operation in _NOTHING:
        return set(), True
    if operation is codes.SUBPATTERN and not (argument[1] or argument[2]):
        return _first(argument[3])
    if operation is codes.ATOMIC_GROUP:
        return _first(argument)
    raise _UnknownError


def _written(item: Any) -> str:
    operation, argument = item
    if operation is codes.LITERAL:
        return re.escape(chr(argument))
    if operation is codes.RANGE:
        return "-".join(re.escape(chr(point)) for point in argument)
    if operation is codes.CATEGORY and argument in _CATEGORIES:
        return _CATEGORIES[argument]
    raise _UnknownError

"""
Whether a pattern can do without its triggers.

A pattern is tried only where one of its triggers stands; so each of its matches must hold one. What the pattern takes is
run beside an automaton that knows the triggers: if there is a way to the end on which no trigger is ever complete, the
text of that way would never be found.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from civicsns.policy.tree import ASSERTIONS, REPEATS, SINGLE, Tree, codes, takes, within
from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from civicsns.policy.tree import Node

#: A character that hardly any trigger has, and that says what it stands for.
_OTHER = "…"
#: A repeat of more than so many is one without end; on which way no trigger stands is the same.
_COPIES = 40
#: More places than so many are not looked through: the pattern is then taken to need its triggers.
_PLACES = 2_000_000


@lru_cache(maxsize=1024)
def without(pattern: str, triggers: tuple[str, ...]) -> str | None:
    """
    Give a text that a pattern takes and that has none of its triggers in it; None where every match has one.

    Assertions are not looked at, but for one before the first character: what they would rule out may be given, too.

    Args:
        pattern: A pattern that compiles.
        triggers: Folded words.
    """
    tree = Tree(pattern)
    ways = _Ways()
    end = ways.add(tree.nodes, ways.start)
    words = _Words(triggers)
    seen: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {(ways.start, 0): None}
    queue = deque([(ways.start, 0)])
    while queue and len(seen) < _PLACES:
        here = queue.popleft()
        place, state = here
        if place == end:
            return _text(seen, here)
        for node, after in ways.steps[place]:
            for shown, next_state in [("", state)] if node is None else ways.moves(tree, node, words, state):
                there = after, next_state
                if there not in seen:
                    seen[there] = here, shown
                    queue.append(there)
    return None


def _text(seen: dict[tuple[int, int], tuple[tuple[int, int], str] | None], end: tuple[int, int]) -> str:
    text = ""
    step = seen[end]
    while step is not None:
        before, shown = step
        text = shown + text
        step = seen[before]
    return text


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    return fold(character).view


class _Words:
    """The triggers as an automaton: a state is how much of one of them the text ends with."""

    complete = -1

    def __init__(self, triggers: Iterable[str]) -> None:
        self.triggers = tuple(triggers)
        self.letters = frozenset("".join(self.triggers))
        beginnings = {word[:length] for word in self.triggers for length in range(len(word))}
        self._whole = frozenset(self.triggers)
        self._states = {text: number for number, text in enumerate(sorted(beginnings | {""}, key=len))}
        self._texts = list(self._states)
        self._next: dict[tuple[int, str], int] = {}

    def after(self, state: int, characters: str) -> int:
        """Give the state after more characters."""
        for character in characters:
            key = state, character
            if key not in self._next:
                self._next[key] = self._step(self._texts[state] + character)
            state = self._next[key]
            if state == self.complete:
                return state
        return state

    def _step(self, text: str) -> int:
        ends = [text[begin:] for begin in range(len(text) + 1)]
        if not self._whole.isdisjoint(ends):
            return self.complete
        return next(self._states[end] for end in ends if end in self._states)


class _Ways:
    """The ways through a pattern: from each place, which characters lead to which other place."""

    def __init__(self) -> None:
        self.steps: list[list[tuple[Node | None, int]]] = [[]]
        self.start = 0
        self._choices: dict[Any, list[tuple[str, str]]] = {}
        self._moves: dict[tuple[Any, int], list[tuple[str, int]]] = {}

    def moves(self, tree: Tree, node: Node, words: _Words, state: int) -> list[tuple[str, int]]:
        """Give where a node leads to from a state, with one character for each; no trigger is complete there."""
        key: Any = (id(node[1]) if node[0] is codes.IN else node, state)
        if key not in self._moves:
            found: dict[int, str] = {}
            for shown, characters in self.characters(tree, node, words):
                found.setdefault(words.after(state, characters), shown)
            found.pop(words.complete, None)
            self._moves[key] = [(shown, after) for after, shown in found.items()]
        return self._moves[key]

    def characters(self, tree: Tree, node: Node, words: _Words) -> list[tuple[str, str]]:
        """Give the characters that a node takes, as they are and as they are folded, as far as they make a difference."""
        key: Any = id(node[1]) if node[0] is codes.IN else node
        if key not in self._choices:
            if node[0] is codes.LITERAL:
                wanted = [chr(node[1])]
            else:
                # Of those that no trigger has, one stands for all: the one that belongs to no set, if it is taken.
                wanted = [_OTHER, *sorted(tree.characters(node) | words.letters)]
            folded = {one: _folded(one) for one in wanted if takes(node, one)}
            telling = [(one, view) for one, view in folded.items() if words.letters & set(view)]
            telling += [(one, view) for one, view in folded.items() if not words.letters & set(view)][:1]
            self._choices[key] = telling
        return self._choices[key]

    def _new(self) -> int:
        self.steps.append([])
        return len(self.steps) - 1

    def add(self, nodes: list[Node], begin: int) -> int:
        """Add the ways through a sequence from a place on, and give where they end."""
        for node in nodes:
            begin = self._node(node, begin)
        return begin

    def _node(self, node: Node, begin: int) -> int:
        operation, argument = node
        if operation in SINGLE:
            end = self._new()
            self.steps[begin].append((node, end))
            return end
        if operation is codes.BRANCH:
            end = self._new()
            for branch in argument[1]:
                self.steps[self.add(list(branch), begin)].append((None, end))
            return end
        if operation in REPEATS:
            least, most, body = argument
            return self._repeat(least, most, list(body), begin)
        if operation in ASSERTIONS:
            direction, body = argument
            if operation is codes.ASSERT and direction < 0 and begin == self.start:
                return self.add(list(body), begin)
            return begin
        inner = within(node)
        return begin if inner is None else self.add(inner, begin)

    def _repeat(self, least: int, most: int, nodes: list[Node], begin: int) -> int:
        for _ in range(min(least, _COPIES)):
            begin = self.add(nodes, begin)
        end = self._new()
        self.steps[begin].append((None, end))
        if most is codes.MAXREPEAT or most - least > _COPIES:
            again = self._new()
            self.steps[begin].append((None, again))
            last = self.add(nodes, again)
            self.steps[last] += [(None, again), (None, end)]
            return end
        for _ in range(most - least):
            begin = self.add(nodes, begin)
            self.steps[begin].append((None, end))
        return end

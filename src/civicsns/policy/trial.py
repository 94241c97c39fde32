"""
A trial of a pattern on hostile input: steps are counted, time is not looked at.

`re` backtracks and does not say how much. Here the pattern is run by a small backtracking machine that takes the same
way, on texts made from the pattern itself: what goes before each repeat, then the repeat's own characters again and
again. Where a text twice as long costs more steps for each character, some longer text costs more than anybody has time
for.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.policy.tree import ASSERTIONS, REPEATS, SINGLE, codes, endless, takes, walk, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.policy.tree import Node, Tree

#: Steps for each character beyond which a pattern is slow however it grows: about 5 µs in CPython's `re`.
MOST = 4000
#: The shortest text; each next one is twice as long.
_LENGTH = 48
#: After so many steps in all no further text is tried; the most telling come first.
_STEPS = 80_000
#: The same, for patterns all of whose repeats have an end.
_FEWER_STEPS = 20_000


@attrs.frozen
class Slow:
    """
    A pattern is slow.

    Attributes:
        text: A text on which it is, in short.
        steps: The steps for each character, on texts each twice as long as the one before.
    """

    text: str
    steps: tuple[float, ...]


def trial(tree: Tree) -> Slow | None:
    """Say on which text a pattern is slow; None where it is on none."""
    machine = _Machine(tree)
    repeats = [node for node in walk(tree.nodes) if node[0] in REPEATS]
    longest = max((node[1][1] for node in repeats if not endless(node)), default=0)
    length = max(_LENGTH, 2 * longest)
    # Without a repeat that has no end, what a character costs does not grow for ever.
    grows = any(map(endless, repeats))
    sizes = (length, 2 * length, 4 * length) if grows else (length,)
    spent = 0
    for before, again, after in _hostile(tree):
        steps: list[float] = []
        for size in sizes:
            text = before + again * max(size // len(again), 1) + after
            taken = machine.steps(text)
            spent += taken
            steps.append(taken / len(text))
            if steps[-1] > MOST:
                return Slow(f"{before}{again * 3}…{after}", tuple(steps))
            if len(sizes) == 1 or (len(steps) > 1 and steps[-1] <= 1.3 * steps[-2] + 1):
                break
        else:
            return Slow(f"{before}{again * 3}…{after}", tuple(steps))
        if spent > (_STEPS if grows else _FEWER_STEPS):
            break
    return None


def _hostile(tree: Tree) -> Iterator[tuple[str, str, str]]:
    """Give texts as what comes first, what comes again and again, and what comes last."""
    whole = _sample(tree, tree.nodes)
    begins, _ = tree.first(tree.nodes)
    pumps: list[tuple[str, str]] = []
    liked: Counter[str] = Counter()
    for node in walk(tree.nodes):
        if node[0] in SINGLE:
            liked.update(tree.characters(node))
    repeats = sorted(_repeats(tree, tree.nodes, ""), key=lambda one: not endless(one[1]))
    for before, repeat in repeats:
        for again in _pumps(tree, list(repeat[1][2]), begins, liked):
            if (before, again) not in pumps:
                pumps.append((before, again))
    for before, again in pumps:
        yield before, again, ""
        yield before, again, "\x01"
        if before:
            yield "", before + again, "\x01"
    for before, again in pumps:
        for other, more in pumps:
            if again != more and other.startswith(before):
                yield before, again, more * 24
    if whole:
        yield "", whole, ""
        yield "", whole[0], ""
    if len(whole) > 1:
        yield "", whole[:-1], ""


def _repeats(tree: Tree, nodes: list[Node], before: str) -> Iterator[tuple[str, Node]]:
    """Give every repeat with the shortest text that leads to it."""
    for node in nodes:
        operation, argument = node
        if operation in REPEATS:
            if argument[1] is codes.MAXREPEAT or argument[1] > 1:
                yield before, node
            yield from _repeats(tree, list(argument[2]), before)
        elif operation is codes.BRANCH:
            for branch in argument[1]:
                yield from _repeats(tree, list(branch), before)
        elif operation in ASSERTIONS:
            yield from _repeats(tree, list(argument[1]), before)
        elif (inner := within(node)) is not None:
            yield from _repeats(tree, inner, before)
        before += _sample(tree, [node])


def _pumps(tree: Tree, body: list[Node], begins: frozenset[str], liked: Counter[str]) -> Iterator[str]:
    """Give what a repeat's body can take; of a set, what the pattern may begin with, and what most other sets take."""
    if len(body) > 1 or body[0][0] not in SINGLE:
        yield _sample(tree, body, most=True) or "\x01"
        return
    taken = tree.characters(body[0])
    most = sorted(taken, key=lambda one: (-liked[one], one))
    yield from dict.fromkeys([*sorted(taken & begins)[:2], *most[:2]])


def _sample(tree: Tree, nodes: list[Node], *, most: bool = False) -> str:
    """Give a short text that a sequence takes; with *most*, one in which optional parts are there."""
    made = ""
    for node in nodes:
        operation, argument = node
        if operation in SINGLE:
            made += chr(argument) if operation is codes.LITERAL else min(tree.characters(node), default="")
        elif operation in REPEATS:
            least, most_times, body = argument
            times = max(least, 1 if most and most_times else 0)
            made += _sample(tree, list(body), most=most) * times
        elif operation is codes.BRANCH:
            made += _sample(tree, list(argument[1][0]), most=most)
        elif (inner := within(node)) is not None:
            made += _sample(tree, inner, most=most)
    return made


class _Machine:
    """A backtracking matcher that counts its steps; alternatives and repeats are tried in the order of `re`."""

    def __init__(self, tree: Tree) -> None:
        self._program: list[tuple[str, Any, Any]] = []
        self._begins, _ = tree.first(tree.nodes)
        self._emit(tree.nodes)
        self._program.append(("end", None, None))
        self._taken: dict[tuple[int, str], bool] = {}
        self._spent = 0

    def steps(self, text: str) -> int:
        """Count the steps of finding all that matches in *text*, up to the most that is of interest."""
        self._spent = 0
        start = 0
        most = (MOST + 1) * len(text)
        while start < len(text) and self._spent < most:
            if text[start] not in self._begins:
                self._spent += 1
                start += 1
                continue
            end = self._run(0, text, start, most)
            start = end if end is not None and end > start else start + 1
        return self._spent

    def _run(self, begin: int, text: str, start: int, most: int) -> int | None:
        """Give where a match from *start* ends; None where there is none, or where it takes too long to tell."""
        stack = [(begin, start)]
        program = self._program
        while stack and self._spent < most:
            place, at = stack.pop()
            while True:
                self._spent += 1
                what, one, other = program[place]
                if what == "take":
                    if at < len(text) and self._takes(place, one, text[at]):
                        place, at = place + 1, at + 1
                        continue
                elif what == "split":
                    stack.append((other, at))
                    place = one
                    continue
                elif what == "jump":
                    place = one
                    continue
                elif what == "at":
                    if _stands(one, text, at):
                        place += 1
                        continue
                elif what in {"ahead", "behind"}:
                    wanted, width, after = one
                    found = at >= width and self._run(place + 1, text, at - width, most) is not None
                    if found is wanted:
                        place = after
                        continue
                elif what == "atomic":
                    end = self._run(place + 1, text, at, most)
                    if end is not None:
                        place, at = one, end
                        continue
                elif what == "end":
                    return at
                break
        return None

    def _takes(self, place: int, node: Node, character: str) -> bool:
        key = place, character
        if key not in self._taken:
            self._taken[key] = takes(node, character)
        return self._taken[key]

    def _emit(self, nodes: list[Node]) -> None:
        program = self._program
        for node in nodes:
            operation, argument = node
            if operation in SINGLE:
                program.append(("take", node, None))
            elif operation is codes.AT:
                program.append(("at", argument, None))
            elif operation is codes.BRANCH:
                self._branches([list(branch) for branch in argument[1]])
            elif operation is codes.SUBPATTERN:
                self._emit(list(argument[3]))
            elif operation is codes.ATOMIC_GROUP:
                self._apart("atomic", list(argument))
            elif operation is codes.POSSESSIVE_REPEAT:
                self._apart("atomic", [(codes.MAX_REPEAT, argument)])
            elif operation in REPEATS:
                self._repeat(*argument, greedy=operation is codes.MAX_REPEAT)
            elif operation in ASSERTIONS:
                direction, body = argument
                width = body.getwidth()[0] if direction < 0 else 0
                self._apart("behind" if direction < 0 else "ahead", list(body), (operation is codes.ASSERT, width))

    def _apart(self, what: str, nodes: list[Node], how: tuple[bool, int] | None = None) -> None:
        place = len(self._program)
        self._program.append((what, None, None))
        self._emit(nodes)
        self._program.append(("end", None, None))
        after = len(self._program)
        self._program[place] = (what, after if how is None else (*how, after), None)

    def _branches(self, branches: list[list[Node]]) -> None:
        ends: list[int] = []
        for number, branch in enumerate(branches):
            split = len(self._program)
            if number < len(branches) - 1:
                self._program.append(("split", split + 1, None))
            self._emit(branch)
            if number < len(branches) - 1:
                ends.append(len(self._program))
                self._program.append(("jump", None, None))
                self._program[split] = ("split", split + 1, len(self._program))
        for end in ends:
            self._program[end] = ("jump", len(self._program), None)

    def _repeat(self, least: int, most: int, body: Any, *, greedy: bool) -> None:
        nodes = list(body)
        for _ in range(least):
            self._emit(nodes)
        if most is codes.MAXREPEAT or most - least > 10 * MOST:
            split = self._split(nodes, greedy=greedy)
            self._program.append(("jump", split, None))
            self._join([split], greedy=greedy)
        else:
            self._join([self._split(nodes, greedy=greedy) for _ in range(most - least)], greedy=greedy)

    def _split(self, nodes: list[Node], *, greedy: bool) -> int:
        split = len(self._program)
        self._program.append(("split", split + 1 if greedy else None, None if greedy else split + 1))
        self._emit(nodes)
        return split

    def _join(self, splits: list[int], *, greedy: bool) -> None:
        after = len(self._program)
        for split in splits:
            self._program[split] = ("split", split + 1, after) if greedy else ("split", after, split + 1)


def _stands(where: Any, text: str, at: int) -> bool:
    if where in {codes.AT_BEGINNING, codes.AT_BEGINNING_STRING}:
        return at == 0
    if where is codes.AT_END:
        return at == len(text) or (at == len(text) - 1 and text[at] == "\n")
    if where is codes.AT_END_STRING:
        return at == len(text)
    # A border between words: patterns with one are refused before they come here.
    return True

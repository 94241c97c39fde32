"""
An exhaustive model of the ledger's protocol: every interleaving, every crash, every delay within the bounds.

`python tools/ledger_model.py` explores every variant of the world and plants every mutant; `--quick` takes the small
variants that the tests take. It prints how many states there are, and a trace for each counterexample.
"""

from __future__ import annotations

import sys
import time
from array import array
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
from ledger_steps import State, Steps

if TYPE_CHECKING:
    from ledger_world import World


@attrs.frozen(kw_only=True)
class Explored:
    """
    What a search found.

    Attributes:
        world: Where.
        states: How many states there are; up to the counterexample where there is one.
        steps: How many steps lead from one to another.
        seconds: How long it took.
        broken: What went wrong; empty where nothing does.
        trace: The shortest way to it, step by step.
    """

    world: str
    states: int
    steps: int
    seconds: float
    broken: str
    trace: tuple[str, ...]


class TooLarge(RuntimeError):  # noqa: N818 -- says what it is
    """The space is larger than was allowed, so nothing is proven."""


def explore(world: World, *, most: int = 20_000_000) -> Explored:
    """
    Look at every state that can be reached, the nearest first.

    Raises:
        TooLarge: If there are more than *most*.
    """
    began = time.perf_counter()
    steps = Steps(world)
    first = steps.first()
    numbers = {first: 0}
    states = [first]
    parents = array("l", [-1])
    ways: tuple[array[int], array[int]] = (array("l"), array("l"))
    taken = 0

    def found(broken: str, trace: list[str]) -> Explored:
        return Explored(
            world=world.name,
            states=len(states),
            steps=taken,
            seconds=time.perf_counter() - began,
            broken=broken,
            trace=tuple(trace),
        )

    at = 0
    while at < len(states):
        for step in steps.after(states[at]):
            taken += 1
            known = numbers.get(step.after)
            if step.broken:
                return found(step.broken, [*_trace(steps, states, parents, at), step.said])
            if known is None:
                known = len(states)
                if known >= most:
                    raise TooLarge(f"{world.name}: more than {most} states")
                numbers[step.after] = known
                states.append(step.after)
                parents.append(at)
                if broken := steps.broken(step.after):
                    return found(broken, _trace(steps, states, parents, known))
            if step.fair:
                ways[0].append(at)
                ways[1].append(known)
        at += 1
    stranded = _stranded(steps, states, ways)
    if stranded is not None:
        return found("stranded: no way leads to an end", _trace(steps, states, parents, stranded))
    return found("", [])


def _stranded(steps: Steps, states: list[State], ways: tuple[array[int], array[int]]) -> int | None:
    """Give a state from which no fair way leads to rest: go back from rest, and see what is never met."""
    starts = array("l", [0]) * (len(states) + 1)
    for to in ways[1]:
        starts[to + 1] += 1
    for number in range(len(states)):
        starts[number + 1] += starts[number]
    back = array("l", [0]) * len(ways[0])
    filled = array("l", starts)
    for origin, to in zip(*ways, strict=True):
        back[filled[to]] = origin
        filled[to] += 1
    met = bytearray(len(states))
    open_ = [number for number, state in enumerate(states) if steps.at_rest(state)]
    for number in open_:
        met[number] = 1
    while open_:
        number = open_.pop()
        for origin in back[starts[number] : starts[number + 1]]:
            if not met[origin]:
                met[origin] = 1
                open_.append(origin)
    missed = met.find(0)
    return None if missed < 0 else missed


def _trace(steps: Steps, states: list[State], parents: array[int], at: int) -> list[str]:
    way = [at]
    while parents[way[-1]] >= 0:
        way.append(parents[way[-1]])
    way.reverse()
    lines = []
    for origin, to in pairwise(way):
        said = next(step.said for step in steps.after(states[origin]) if step.after == states[to])
        lines.append(f"{said}  [{steps.told(states[to])}]")
    return lines


def _say(explored: Explored, *, trace: bool) -> None:
    verdict = explored.broken or "nothing goes wrong"
    print(
        f"{explored.world}: {explored.states:,} states, {explored.steps:,} steps, {explored.seconds:.1f} s: {verdict}"
    )
    if trace:
        for number, line in enumerate(explored.trace, 1):
            print(f"  {number:3} {line}")


def main(arguments: list[str]) -> int:
    """Explore everything; give 1 where the protocol fails, or a mutant goes unseen."""
    # These import the module that is running here.
    import ledger_mutants  # noqa: PLC0415
    import ledger_variants  # noqa: PLC0415

    quick = "--quick" in arguments
    wrong = 0
    print("The protocol")
    for world in [*ledger_variants.quick(), *([] if quick else ledger_variants.full())]:
        explored = explore(world)
        _say(explored, trace=True)
        wrong += bool(explored.broken)
    for title, group in (
        ("Mutants", ledger_mutants.mutants()),
        ("Broken bounds", ledger_mutants.broken_bounds()),
    ):
        print(f"\n{title}")
        for mutant in group:
            with mutant.planted() as world:
                explored = attrs.evolve(explore(world), world=mutant.name)
            _say(explored, trace=not quick)
            wrong += not explored.broken
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

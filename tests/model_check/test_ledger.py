"""The ledger's protocol, over every interleaving of workers, network, person and time; `make model` takes more."""

from __future__ import annotations

import attrs
import ledger_mutants
import ledger_variants
import pytest
from ledger_model import TooLarge, explore
from ledger_steps import Steps
from ledger_world import Nature, World


@pytest.mark.parametrize("world", ledger_variants.quick(), ids=lambda world: world.name)
def test_nothing_goes_wrong(world):
    """
    In every state that can be reached: never two posts, never a false record, no part before its predecessor, and a
    way to an end that needs no luck.
    """
    explored = explore(world)
    print(f"{explored.states} states, {explored.steps} steps")

    assert ("", ()) == (explored.broken, explored.trace)


@pytest.mark.parametrize("mutant", ledger_mutants.mutants(), ids=lambda mutant: mutant.name)
def test_every_shortcut_is_found(mutant):
    """
    A shortcut in the protocol has a counterexample, told step by step.
    """
    with mutant.planted() as world:
        explored = explore(world)
    print(f"{explored.broken}: {len(explored.trace)} steps, {explored.states} states", *explored.trace, sep="\n")

    wrongs = ("two posts", "recorded as", "a part of a thread", "sent ", "stranded", "more attempts")
    assert explored.broken.startswith(wrongs)
    assert len(explored.trace) > 1


@pytest.mark.parametrize("broken", ledger_mutants.broken_bounds(), ids=lambda broken: broken.name)
def test_every_bound_is_needed(broken):
    """
    Where the world exceeds what a setting states, the promise does not hold: the documents list it as a risk.
    """
    with broken.planted() as world:
        explored = explore(world)

    assert explored.broken.startswith(("two posts", "recorded as failed"))


@pytest.mark.parametrize("world", ledger_mutants.left_to_a_person(), ids=lambda world: world.name)
def test_a_list_with_gaps_needs_no_bound_until_a_person_decides(world):
    """
    Where absence proves nothing, the program sends nothing again by itself, whatever the world does.
    """
    assert "" == explore(world).broken


def test_steps_taken_together_hide_nothing():
    """
    What can be stored and be on the network is the same, whether steps that nobody can tell apart are one or several.
    """

    def seen(world):
        steps = Steps(world)
        states = [steps.first()]
        met = set(states)
        for state in states:
            for step in steps.after(state):
                if step.after not in met:
                    met.add(step.after)
                    states.append(step.after)
        return {
            (
                tuple((row.state, row.unreached, row.not_before is None) for row in steps.rows(state)),
                tuple(age >= 0 for age in state.posts),
                len(state.flights),
            )
            for state in states
        }

    world = World(name="", faults=frozenset(), person=False, nature=Nature(pause=0, delay=1, lag=0))
    apart = seen(attrs.evolve(world, reduced=False))

    assert apart == seen(world)


def test_a_world_without_rest_is_found():
    """
    Where no way leads to an end, that is found: here a network that never takes a request, nor says so.
    """

    class Deaf(Steps):
        def after(self, state):
            return (step for step in super().after(state) if not step.after.flights)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ledger_model.Steps", Deaf)
        explored = explore(World(name="", workers=1, faults=frozenset({"unclear"})))

    assert explored.broken.startswith("stranded")


def test_a_space_that_is_too_large_proves_nothing():
    """
    A search that was cut short is no proof, and says so.
    """
    with pytest.raises(TooLarge):
        explore(World(name="", nature=Nature()), most=100)

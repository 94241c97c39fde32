"""
A process is killed at every step, with every fault of the networks: no post is doubled, lost, or recorded falsely.

The gate takes a part in which every point and every fault comes on either database; `make crash` takes all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import crash_postgres
import pytest
from crash_cells import DATABASES, FAULTS, Cell, Trials, cells, sample
from crash_points import POINTS
from crash_process import Workshop
from crash_world import world

from civicsns.model import DeliveryState

CELLS = list(cells()) if os.environ.get("CIVICSNS_CRASH") == "all" else sample()


@pytest.fixture(scope="module")
def trials(tmp_path_factory) -> Iterator[Trials]:
    folder: Path = tmp_path_factory.mktemp("crash")
    with (
        crash_postgres.database() as postgres,
        world(folder) as networks,
        Workshop() as workshop,
        Trials(networks, workshop, {"sqlite": str(folder / "civicsns.db"), "postgresql": postgres}) as made,
    ):
        yield made
    print(f"\n{', '.join(f'{name}: {count}' for name, count in made.tally.items())}")


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_process_that_is_killed_on_the_way(trials, cell):
    """
    Whatever stands in the ledger in the end is what is on the network, once; what nothing proves came before a person.
    """
    seen = trials.run(cell)

    assert [] == seen.faults
    assert bool(seen.deliveries) is not cell.point.unaccepted
    assert {DeliveryState.DELIVERED} >= {delivery.state for delivery in seen.deliveries}
    if cell.platform == "x" and cell.point.needs != "stale":
        # X lists every post: no person is needed.
        assert {} == seen.waited


def test_the_part_that_the_gate_takes():
    """
    Every point, every fault, either network and every engine come on either database.
    """
    for database in DATABASES:
        taken = [cell for cell in sample() if cell.database == database]

        assert {cell.point for cell in taken} == set(POINTS)
        assert {cell.fault for cell in taken} == set(FAULTS)
        assert {cell.platform for cell in taken} == {"x", "facebook"}

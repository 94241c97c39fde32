"""
A process is killed at every step, with every fault of the networks: no post is doubled, lost, or recorded falsely.

The gate takes a part in which every point and every fault comes on either database; `make crash` takes all.
"""

from __future__ import annotations

import os

import pytest
from crash_cells import DATABASES, FAULTS, Cell, Trials, cells, sample
from crash_points import POINTS
from crash_work import DRIVERS

from civicsns.model import DeliveryState

CELLS = list(cells()) if os.environ.get("CIVICSNS_CRASH") == "all" else sample()


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_process_that_is_halted_on_the_way(trials: Trials, cell: Cell) -> None:
    """
    Whatever stands in the ledger in the end is what is on the network, once; what nothing proves came before a person.
    """
    seen = trials.run(cell)

    assert [] == seen.faults
    assert bool(seen.deliveries) is not (cell.point.unaccepted and cell.manner == "killed")
    assert {DeliveryState.DELIVERED} >= {delivery.state for delivery in seen.deliveries}
    if cell.platform == "x" and cell.point.needs != "stale":
        # X lists every post: no person is needed.
        assert {} == seen.waited


def test_the_part_that_the_gate_takes() -> None:
    """
    Every point, every fault, either network and every engine come on either database.
    """
    for database in DATABASES:
        taken = [cell for cell in sample() if cell.database == database]

        assert {cell.point for cell in taken} == set(POINTS)
        assert {cell.fault for cell in taken} == set(FAULTS)
        assert {cell.platform for cell in taken} == {"x", "facebook"}
        assert {cell.engine for cell in taken} == set(DRIVERS)

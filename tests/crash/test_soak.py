"""A short soak; `make soak` takes ten thousand deliveries."""

from __future__ import annotations

from typing import Any

import attrs
import crash_soak
import pytest
from crash_soak import Soak
from crash_world import scratch


def test_a_short_soak() -> None:
    """
    With processes killed, networks that fail and clocks that differ, the ledger and the networks agree in the end.
    """
    with scratch() as folder:
        outcome = Soak(folder, deliveries=120, seed=20260401, seconds=300).run()

    assert () == outcome.findings
    assert outcome.figures["killed"] >= 5
    assert outcome.figures["deliveries"] >= 120
    assert outcome.figures["attempts"] > outcome.figures["deliveries"]


def test_a_soak_finds_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A post that is doubled behind the ledger's back, and one that is gone, are found and told with their evidence.
    """
    compare = crash_soak._compare

    def meddled(networks: Any, sides: Any) -> Any:
        x = networks.sandbox.x
        first, second, *_ = x.posts()
        x._state.remove(first)
        x._state.posts["1"] = attrs.evolve(second, id="1", history=("1",))
        return compare(networks, sides)

    monkeypatch.setattr(crash_soak, "_compare", meddled)
    with scratch() as folder:
        outcome = Soak(folder, deliveries=10, seed=20260402, seconds=300).run()
    whats = sorted(finding.what.partition(": ")[2].partition(": ")[0] for finding in outcome.findings)

    assert ["doubled", "recorded as delivered, but absent"] == whats
    assert all("delivery.sending" in finding.evidence for finding in outcome.findings)

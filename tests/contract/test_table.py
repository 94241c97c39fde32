"""The fault table: complete, and in the documents as it is in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from civicsns.errors import Outcome, OutcomeUnknown, Unavailable
from civicsns.testing.contract import TABLE, Kind, Operation
from civicsns.testing.contract.table import KINDS, cases
from civicsns.testing.sandbox import Fault

DOCS = Path(__file__).parents[2] / "docs"
#: The rows of the documents, in their order.
ROWS: list[set[Fault | None]] = [
    {None},
    {Fault.TIMEOUT, Fault.SLOW_BODY},
    {Fault.RESET},
    {Fault.TRUNCATED},
    {Fault.SERVER_ERROR, Fault.HTML_503},
    {Fault.HTML_200},
    {Fault.ERRORS_ONLY},
    {Fault.RATE_LIMITED, Fault.RATE_LIMITED_BARE},
    {Fault.PAYMENT_REQUIRED},
]


def test_the_table_has_every_fault_for_every_kind_of_operation() -> None:
    """
    Every fault of the practice networks but the late listing, which fails no call, and every operation.
    """
    assert set(TABLE) == {None, *Fault} - {Fault.HIDDEN}
    assert all(set(row) == set(Kind) for row in TABLE.values())
    assert set(KINDS) == set(Operation)


def test_nothing_that_may_have_been_carried_out_is_called_unavailable() -> None:
    """
    For an operation that changes something, only a network that was not reached leaves nothing behind for certain.
    """
    unavailable = {fault for fault, row in TABLE.items() if Unavailable in row[Kind.CHANGES].outcomes}

    assert {None} == unavailable


def test_reading_is_never_of_unknown_outcome() -> None:
    """
    Whatever happens to a call that publishes nothing, it may be repeated.
    """
    outcomes = {outcome for row in TABLE.values() for outcome in row[Kind.READS].outcomes}

    assert OutcomeUnknown not in outcomes
    assert all(issubclass(outcome, Outcome) for outcome in outcomes)


def test_changes_are_tried_carried_out_and_not() -> None:
    """
    A reset on posting is tried both ways; on reading, and for a refusal, there is only one.
    """
    calls = {Operation.PUBLISH: ("create",), Operation.FIND: ("list",)}
    found = [str(case) for case in cases(calls, without={Fault.PAYMENT_REQUIRED})]

    assert {"publish-create-reset", "publish-create-reset-not-carried-out", "find-list-reset"} == {
        case for case in found if "reset" in case
    }
    assert ["publish-create-rate_limited", "find-list-rate_limited"] == [
        case for case in found if case.endswith("-rate_limited")
    ]
    assert not [case for case in found if "payment" in case]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("page", ["contract.md", "contract.en.md"])
def test_the_documents_tell_the_same_table(page: str) -> None:
    """
    Each row names the outcomes and reasons that the kit expects.
    """
    text = (DOCS / page).read_text(encoding="utf-8").partition("{#table}")[2]
    rows = [line.split("|")[2:4] for line in text.splitlines() if line.startswith("|")][2:]
    shown = [tuple(frozenset(re.findall(r"[A-Za-z_]{5,}", cell)) for cell in row) for row in rows]
    expected = [
        tuple(
            frozenset({one.__name__ for fault in faults for one in TABLE[fault][kind].outcomes})
            | {str(reason) for fault in faults for reason in TABLE[fault][kind].reasons}
            for kind in (Kind.CHANGES, Kind.READS)
        )
        for faults in ROWS
    ]

    assert expected == shown

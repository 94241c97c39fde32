"""The whole fault table, case by case."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, D205

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import Outcome, OutcomeUnknown, WentOut
from civicsns.model import Receipt
from civicsns.testing.contract.operations import Operation
from civicsns.testing.contract.steps import calls_of, outcome_of, published, ready, succeeded
from civicsns.testing.contract.table import KINDS, WAITING, Kind

if TYPE_CHECKING:
    from civicsns.testing.contract.bench import ContractBench
    from civicsns.testing.contract.table import Case


class FaultChecks:
    """Every fault in every call of every operation."""

    def test_fault(self, bench: ContractBench, case: Case) -> None:
        """
        The fault becomes the outcome in the table and no other, after one call, with no secret in sight; what the
        network holds does not contradict it.
        """
        call = ready(bench, case.operation, hasty=case.fault in WAITING)
        before = [post.id for post in bench.held()]
        calls = calls_of(bench, (case.call,))
        if case.fault is None:
            bench.network.stop()
        else:
            bench.network.faults.order(case.fault, on=case.call, carried_out=case.carried_out)
        result = outcome_of(bench, call)
        after = [post.id for post in bench.held()]

        assert not bench.network.faults.waiting, (
            f"{case.operation} did not call {case.call} at all: `calls` of the contract class is wrong."
        )
        assert isinstance(result, Outcome), f"Expected {case.expected}, got {result!r}"
        assert isinstance(result, case.expected.outcomes), f"Expected {case.expected}, got {result!r}"
        if isinstance(result, OutcomeUnknown):
            assert result.reason in case.expected.reasons, f"Expected {case.expected}, got {result.reason}"
        if case.fault is not None:
            assert calls + 1 == calls_of(bench, (case.call,)), "One attempt is one call; only the ledger repeats."
        if case.operation is Operation.PUBLISH:
            assert len(after) == len(before) + case.carried_out
            assert after == before or result.went_out is WentOut.UNKNOWN
        else:
            # An edit may give the post another id; it never makes a second one.
            assert len(after) <= len(before), f"{case.operation} made a post."
        if KINDS[case.operation] is not Kind.CHANGES:
            assert after == before, f"{case.operation} changed something."

    def test_the_ledger_can_settle_an_unknown_outcome(self, bench: ContractBench, lost: Case) -> None:
        """
        After an unknown outcome `find` tells the truth: the post where the network made it, None where it did not.
        """
        since = bench.now()
        rendition = bench.adapter.prepare(bench.draft("不明な結果のあとで読み戻します。"), bench.account)
        assert lost.fault is not None
        bench.network.faults.order(lost.fault, on=lost.call, carried_out=lost.carried_out)
        adapter = bench.hasty if lost.fault in WAITING else bench.adapter
        result = outcome_of(bench, lambda: adapter.publish(rendition, bench.credential))
        found = succeeded(bench, lambda: bench.adapter.find(rendition, bench.credential, since=since))
        held = [post.id for post in bench.held()]

        assert isinstance(result, OutcomeUnknown), f"{result!r}"
        assert held == ([found.post_id] if isinstance(found, Receipt) else [])

    def test_one_fault_does_not_spoil_the_next_call(self, bench: ContractBench, lost: Case) -> None:
        """
        The adapter is not left with a broken connection, a stale answer or a lock.
        """
        assert lost.fault is not None
        rendition = bench.adapter.prepare(bench.draft("一回目は届きません。"), bench.account)
        bench.network.faults.order(lost.fault, on=lost.call, carried_out=lost.carried_out)
        outcome_of(bench, lambda: bench.adapter.publish(rendition, bench.credential))
        _, receipt = published(bench)

        assert receipt.post_id in {post.id for post in bench.held()}

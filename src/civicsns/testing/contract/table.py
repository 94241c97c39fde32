"""
The fault table: which outcome each fault must become, for each kind of operation.

It is the adapter's half of the promise that one draft becomes one post: the ledger repeats what is `Unavailable`,
and never what is `OutcomeUnknown`. A fault taken for the wrong one of the two is a lost post or a second one.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    UnknownReason,
)
from civicsns.testing.contract.operations import Operation
from civicsns.testing.sandbox.faults import NEVER_CARRIED_OUT, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet


class Kind(StrEnum):
    """What an operation does to the world."""

    #: It changes something for good: a call that may have been carried out must not be repeated on hope.
    CHANGES = "changes"
    #: It publishes nothing, and may be repeated.
    READS = "reads"
    #: It ends a sign-in: the code from the network is spent, and the person can sign in again.
    SIGNS_IN = "signs in"


KINDS: Final[Mapping[Operation, Kind]] = MappingProxyType(
    {
        Operation.PUBLISH: Kind.CHANGES,
        Operation.EDIT: Kind.CHANGES,
        Operation.DELETE: Kind.CHANGES,
        Operation.REFRESH: Kind.CHANGES,
        Operation.REVOKE: Kind.CHANGES,
        Operation.FIND: Kind.READS,
        Operation.UPLOAD: Kind.READS,
        Operation.MENTIONS: Kind.READS,
        Operation.METRICS: Kind.READS,
        Operation.PROFILE: Kind.READS,
        Operation.WHOAMI: Kind.READS,
        Operation.INSPECT: Kind.READS,
        Operation.DISCOVER: Kind.READS,
        Operation.BEGIN: Kind.READS,
        Operation.COMPLETE: Kind.SIGNS_IN,
    }
)


@attrs.frozen(kw_only=True)
class Expected:
    """
    The outcomes that are right.

    Attributes:
        outcomes: The adapter raises one of these, and nothing else.
        reasons: Of an `OutcomeUnknown`: one of these.
    """

    outcomes: tuple[type[Outcome], ...]
    reasons: frozenset[UnknownReason] = frozenset()

    def __str__(self) -> str:
        names = " or ".join(kind.__name__ for kind in self.outcomes)
        return f"{names} ({', '.join(sorted(self.reasons))})" if self.reasons else names


def _lost(*reasons: UnknownReason) -> Mapping[Kind, Expected]:
    """Expect what follows from a call of which nobody knows whether it was carried out."""
    return {
        Kind.CHANGES: Expected(outcomes=(OutcomeUnknown,), reasons=frozenset(reasons)),
        Kind.READS: Expected(outcomes=(Unavailable,)),
        Kind.SIGNS_IN: Expected(outcomes=(AuthorizationLost, Unavailable)),
    }


def _always(outcome: type[Outcome]) -> Mapping[Kind, Expected]:
    return {kind: Expected(outcomes=(outcome,)) for kind in Kind}


#: Fault → kind of operation → what is right. The key None stands for a network that cannot be reached at all.
#: `HIDDEN` is no failure of a call; the kit looks at it on its own.
TABLE: Final[Mapping[Fault | None, Mapping[Kind, Expected]]] = MappingProxyType(
    {
        None: _always(Unavailable),
        Fault.TIMEOUT: _lost(UnknownReason.TIMEOUT),
        Fault.SLOW_BODY: _lost(UnknownReason.TIMEOUT),
        Fault.RESET: _lost(UnknownReason.CONNECTION_LOST),
        Fault.TRUNCATED: _lost(UnknownReason.CONNECTION_LOST, UnknownReason.UNREADABLE_ANSWER),
        Fault.SERVER_ERROR: _lost(UnknownReason.SERVER_ERROR),
        Fault.HTML_503: _lost(UnknownReason.SERVER_ERROR),
        Fault.HTML_200: _lost(UnknownReason.UNREADABLE_ANSWER),
        Fault.ERRORS_ONLY: _lost(UnknownReason.UNREADABLE_ANSWER, UnknownReason.SERVER_ERROR),
        Fault.RATE_LIMITED: _always(RateLimited),
        Fault.RATE_LIMITED_BARE: _always(RateLimited),
        Fault.PAYMENT_REQUIRED: _always(BudgetSpent),
    }
)


@attrs.frozen(kw_only=True)
class Case:
    """
    One fault in one call.

    Attributes:
        operation: What the adapter is asked to do.
        call: The network's own name of the call that goes wrong.
        fault: What goes wrong; None for a network that cannot be reached.
        carried_out: Whether the network does what it was asked before the fault.
    """

    operation: Operation
    call: str
    fault: Fault | None
    carried_out: bool

    @property
    def expected(self) -> Expected:
        """What is right."""
        return TABLE[self.fault][KINDS[self.operation]]

    def __str__(self) -> str:
        fault = "unreachable" if self.fault is None else self.fault
        never = self.fault is None or self.fault in NEVER_CARRIED_OUT
        return f"{self.operation}-{self.call}-{fault}{'' if self.carried_out or never else '-not-carried-out'}"


#: Only time tells that there is no answer.
WAITING: Final = frozenset({Fault.TIMEOUT, Fault.SLOW_BODY})
#: Part of an answer arrived, so that the network did what it was asked.
_ANSWERED: Final = frozenset({Fault.SLOW_BODY, Fault.TRUNCATED})


def cases(calls: Mapping[Operation, tuple[str, ...]], *, without: AbstractSet[Fault]) -> Iterator[Case]:
    """
    Give every case of the table.

    Args:
        calls: The network's names of the calls that each operation makes.
        without: Faults that the network cannot have.
    """
    for operation, names in calls.items():
        for call in names:
            for fault in TABLE:
                if fault in without:
                    continue
                done = fault is not None and fault not in NEVER_CARRIED_OUT
                yield Case(operation=operation, call=call, fault=fault, carried_out=done)
                if KINDS[operation] is Kind.CHANGES and done and fault not in _ANSWERED:
                    yield Case(operation=operation, call=call, fault=fault, carried_out=False)

"""Faults that can be ordered from a practice network, call by call."""

from __future__ import annotations

import threading
from enum import StrEnum

import attrs


class Fault(StrEnum):
    """What goes wrong with one call."""

    #: The request arrives, and no answer ever comes.
    TIMEOUT = "timeout"
    #: The request arrives, then the connection is reset.
    RESET = "reset"
    #: HTTP 500 with the network's own error body.
    SERVER_ERROR = "server_error"
    #: HTTP 503 with a page of HTML, as a load balancer sends it.
    HTML_503 = "html_503"
    #: HTTP 200 with a page of HTML, as a captive portal or a proxy sends it.
    HTML_200 = "html_200"
    #: HTTP 200 with an error body and no data.
    ERRORS_ONLY = "errors_only"
    #: HTTP 429 with the headers that say when to come back.
    RATE_LIMITED = "rate_limited"
    #: HTTP 429 without any such header.
    RATE_LIMITED_BARE = "rate_limited_bare"
    #: HTTP 402: the credits are used up.
    PAYMENT_REQUIRED = "payment_required"
    #: The answer comes one byte at a time.
    SLOW_BODY = "slow_body"
    #: The answer ends in the middle.
    TRUNCATED = "truncated"
    #: The post is made, but the lists do not show it for a number of reads (`Order.reads`).
    HIDDEN = "hidden"


#: Faults of which the network has refused the call before doing anything.
NEVER_CARRIED_OUT = frozenset({Fault.RATE_LIMITED, Fault.RATE_LIMITED_BARE, Fault.PAYMENT_REQUIRED})


@attrs.frozen(kw_only=True)
class Order:
    """
    One ordered fault.

    Attributes:
        fault: What goes wrong.
        operation: With which calls: the network's name for the operation, such as `create`.
        carried_out: Whether the network does what was asked before the fault. Always False for refusals.
        account: Only for calls by this user or Page id; empty for all.
        skip: How many matching calls go well first.
        reads: For `HIDDEN`: how many reads of a list do not show the post.
    """

    fault: Fault
    operation: str
    carried_out: bool = True
    account: str = ""
    skip: int = 0
    reads: int = 1

    @property
    def does_it(self) -> bool:
        """Whether the network does what was asked."""
        return self.carried_out and self.fault not in NEVER_CARRIED_OUT


class FaultBook:
    """The faults that are ordered and not yet served; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[tuple[Order, int]] = []

    def order(
        self,
        fault: Fault,
        *,
        on: str,
        times: int = 1,
        carried_out: bool = True,
        account: str = "",
        skip: int = 0,
        reads: int = 1,
    ) -> None:
        """
        Order *fault* for the next *times* calls of operation *on*.

        Args:
            fault: What goes wrong.
            on: The network's name for the operation.
            times: For how many calls.
            carried_out: Whether the network does what was asked before the fault.
            account: Only for calls by this user or Page id.
            skip: How many matching calls go well first.
            reads: For `Fault.HIDDEN`: how many reads of a list do not show the post.
        """
        made = Order(fault=fault, operation=on, carried_out=carried_out, account=account, skip=skip, reads=reads)
        with self._lock:
            self._orders.append((made, times))

    def take(self, operation: str, account: str) -> Order | None:
        """Give the fault for this call, and count it as served."""
        with self._lock:
            for index, (order, times) in enumerate(self._orders):
                if order.operation != operation or (order.account and order.account != account):
                    continue
                if order.skip:
                    self._orders[index] = (attrs.evolve(order, skip=order.skip - 1), times)
                    return None
                if times > 1:
                    self._orders[index] = (order, times - 1)
                else:
                    del self._orders[index]
                return order
        return None

    @property
    def waiting(self) -> int:
        """How many faults are ordered and not yet served."""
        with self._lock:
            return sum(times for _, times in self._orders)

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

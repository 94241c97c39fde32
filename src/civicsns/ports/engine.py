"""What drives deliveries when a step is due, and what some engines can do besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from threading import Event

    from civicsns.model import Delivery


class Engine(Protocol):
    """
    What calls the ledger when a step is due; it may be late, repeat or lose, the ledger does not care.

    `civicsns.testing.engine_contract.EngineContract` proves that one keeps its promises.
    """

    def bind(self, drive: Callable[[str], datetime | None]) -> None:
        """
        Take the function that drives one delivery, by its id, one step, and says when the next is due.

        Where it says a time, the engine is to call it again at that time or later.
        """
        ...

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """
        See that each is driven at its `not_before` or later, at least once; one without is left alone.

        Called again for the same delivery, it may drive it again. What is in the lane EMERGENCY overtakes the rest.
        """
        ...


@runtime_checkable
class Runs(Engine, Protocol):
    """An engine whose work can be done in this process: what `civicsns dispatch --loop` does."""

    def run(self, stop: Event) -> None:
        """Do the engine's work until *stop* is set, and let what is under way come to its end."""
        ...


@runtime_checkable
class Sweeps(Engine, Protocol):
    """An engine with a timer of its own, on which it wakes what is overdue."""

    def sweeps(self, sweep: Callable[[], object]) -> None:
        """Take the function that wakes what is overdue, to be called about once a minute."""
        ...

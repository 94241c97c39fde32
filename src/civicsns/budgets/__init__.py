"""
Budgets and gates, shared by all processes of the programme through the store.

A process sets calls and money aside in the store, and then draws on them in memory: one write for many attempts where
many are made, one write for one attempt where few are. What the network says of its own limits, and the circuit
breaker, are read from the store once a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.budgets.gates import Gates
from civicsns.budgets.purses import Balance, Permit, Purses, counted
from civicsns.errors import AuthorizationLost, BudgetSpent, Outcome, RateLimited, Refused, StoreError, Unavailable
from civicsns.model.budget import BudgetSettings, Operation
from civicsns.posting import budget
from civicsns.posting.budget import Amount, Wait

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from civicsns.model import Delivery, Receipt
    from civicsns.ports import Clock, Store
    from civicsns.posting.gates import Gate

__all__ = ["Balance", "Budgets", "Permit"]

_UNLIMITED = BudgetSettings()


class Budgets:
    """
    Says whether an attempt may begin, and learns from how it ended. Safe to use from several threads.

    Args:
        store: Where it is kept what was used.
        clock: Where the time comes from.
        settings: The budgets, by network.
        longest: How long an attempt may last at the most.
    """

    def __init__(
        self, *, store: Store, clock: Clock, settings: Mapping[str, BudgetSettings], longest: timedelta
    ) -> None:
        self._clock = clock
        self._settings = dict(settings)
        self._longest = longest
        self._gates = Gates(store=store, clock=clock)
        self._purses = Purses(store=store, clock=clock, settings=self._settings)

    def look(self, delivery: Delivery) -> Wait | None:
        """
        Say whether something keeps the delivery back, before any work is done for it; nothing is set aside.

        Raises:
            StoreError: If the store is out of order.
        """
        now = self._clock.now()
        for gate in self._gates.near(delivery.rendition.platform, delivery.rendition.account):
            opens = gate.opens(delivery.lane)
            if opens is not None and now < opens:
                return gate.wait(opens, now=now)
        return None

    def reserve(self, delivery: Delivery) -> Permit | Wait:
        """
        Set aside what one attempt comes to; to be called right before its intent.

        Raises:
            StoreError: If the store is out of order.
        """
        if (waits := self.look(delivery)) is not None:
            return waits
        platform, account, lane = delivery.rendition.platform, delivery.rendition.account, delivery.lane
        settings = self._settings.get(platform)
        amount = budget.cost(settings, budget.operation(delivery.rendition)) if settings else Amount()
        permit = Permit(platform=platform, account=account, lane=lane, cost=amount)
        try:
            for whose in counted(settings, account):
                drawn = self._purses.draw(platform, whose, lane, amount)
                if isinstance(drawn, Wait):
                    self._purses.give_back(permit, amount)
                    return drawn
                permit = attrs.evolve(permit, drawn=(*permit.drawn, (whose, drawn)))
            probes = self._gates.probe(platform, lasts=self._longest)
        except StoreError:
            self._purses.give_back(permit, amount)
            raise
        if isinstance(probes, Wait):
            self._purses.give_back(permit, amount)
            return probes
        return attrs.evolve(permit, probes=True) if probes else permit

    def settle(self, permit: Permit, ended: Receipt | Outcome | None) -> None:
        """
        Learn from the end of an attempt.

        What it says of the app or the account is in force at once; where the store does not take it, in this process
        alone, and the next attempt says it again.

        Args:
            permit: What `reserve` gave.
            ended: How it ended; None where it never began.
        """
        unused = Amount()
        if ended is None and permit.probes:
            self._gates.hand_on(permit.platform)
        if ended is None or isinstance(ended, Unavailable):
            unused = permit.cost
        elif isinstance(ended, Refused | RateLimited | AuthorizationLost | BudgetSpent):
            # The call counted; networks charge for what they carry out.
            unused = Amount(0, permit.cost.micros)
        self._purses.give_back(permit, unused)
        if ended is not None:
            self._learn(permit.platform, permit.account, ended, probes=permit.probes)

    def uploaded(self, delivery: Delivery, ended: Outcome | int) -> None:
        """
        Learn from an upload: how many files went up, or how it failed.

        Args:
            delivery: Whose files.
            ended: The number of files, or the outcome.
        """
        platform, account = delivery.rendition.platform, delivery.rendition.account
        if isinstance(ended, RateLimited):
            # Networks count files apart; who posts words alone may go on.
            return
        if isinstance(ended, Outcome):
            self._learn(platform, account, ended, probes=False)
        else:
            self._purses.note(platform, account, Operation.UPLOAD, ended)

    def found(self, delivery: Delivery) -> None:
        """Count one reading back: it may cost money, but nothing ever forbids it."""
        self._purses.note(delivery.rendition.platform, delivery.rendition.account, Operation.FIND, 1)

    def asked(self, platform: str, account: str) -> None:
        """Count one question to the network about an account's credential, as reading back is counted."""
        self._purses.note(platform, account, Operation.FIND, 1)

    def shut(self) -> Sequence[Gate]:
        """
        List the gates that are shut now.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._gates.shut()

    def balances(self) -> Sequence[Balance]:
        """
        List how each budget stands: the app's, and that of each account where accounts have one.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._purses.balances()

    def open_again(self, platform: str, *, by: str) -> int:
        """
        Open the gates of an app at once, since a person has put right what shut them; who, goes on record.

        Returns:
            How many gates were opened. The deliveries that they held back go on at once, or within the hour where
            they are more than a thousand.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._gates.open_again(platform, by=by)

    def close(self) -> None:
        """Give back what was set aside and not used; where the store takes it no more, it stays counted as used."""
        self._purses.close()

    def _learn(self, platform: str, account: str, ended: Receipt | Outcome, *, probes: bool) -> None:
        reserved = (self._settings.get(platform) or _UNLIMITED).reserved_for_emergency
        self._gates.learn(platform, account, ended, reserved=reserved, probes=probes)

"""The gates of a programme, shared by all its processes: what networks say of their limits, and the breaker."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import Outcome, StoreError
from civicsns.log import Events
from civicsns.model import DeliveryState, Fact, Receipt, Record
from civicsns.posting import budget, gates
from civicsns.posting.gates import Cause, Gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.ports import Clock, Store
    from civicsns.posting.budget import Wait

_log = Events(__name__)

#: How old what we know of the gates may be, in seconds.
_KNOWN_FOR = 1.0
#: How many deliveries go on at once when a gate is opened, emergencies first; the others within the hour.
_LET_GO = 1_000


class Gates:
    """
    Keeps posts back where a network said so. Safe to use from several threads.

    Args:
        store: Where the gates are kept.
        clock: Where the time comes from.
    """

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[tuple[str, str, Cause], Fact] = {}
        self._read_at = float("-inf")

    def near(self, platform: str, account: str) -> list[Gate]:
        """
        Give the gates of an app and an account, as they were a second ago at the most.

        Raises:
            StoreError: If the store is out of order.
        """
        elapsed = self._clock.elapsed()
        if elapsed - self._read_at >= _KNOWN_FOR:
            self._read_at = elapsed
            self._read()
        if not self._known:
            return []
        places = [(platform, whose, cause) for whose in ("", account) for cause in Cause]
        return [gates.gate(fact) for place in places if (fact := self._known.get(place)) is not None]

    def shut(self) -> Sequence[Gate]:
        """
        List the gates that are shut now.

        Raises:
            StoreError: If the store is out of order.
        """
        now = self._clock.now()
        known = [gates.gate(fact) for fact in self._store.facts(gates.KIND)]
        return [gate for gate in known if gate.believed(now=now) and (gate.cause is Cause.BREAKER or now < gate.until)]

    def probe(self, platform: str, *, lasts: timedelta) -> Wait | bool:
        """
        Take the turn to find out whether an app is let in again.

        Args:
            platform: The network.
            lasts: How long the attempt may last.

        Returns:
            Whether the attempt is to find out; or how long to wait, where another's does.

        Raises:
            StoreError: If the store is out of order.
        """
        breaker = self._known.get((platform, "", Cause.BREAKER))
        if breaker is None:
            return False
        now = self._clock.now()
        probing = gates.gate(breaker).probed(now=now, lasts=lasts)
        if self._put(breaker, gates.fact(probing, breaker)):
            return True
        return probing.wait(now + lasts, now=now)

    def learn(self, platform: str, account: str, ended: Receipt | Outcome, *, reserved: float, probes: bool) -> None:
        """
        Shut or open gates by what the end of an attempt says.

        Args:
            platform: The network.
            account: The account.
            ended: How it ended.
            reserved: The share of a limit that is kept for emergencies.
            probes: Whether the attempt was to find out if the app is let in again.
        """
        now = self._clock.now()
        if isinstance(ended, Receipt):
            for used in gates.shut_by_usage(
                ended.allowances,
                platform=platform,
                account=account,
                reserved=reserved,
                now=now,
            ):
                self._shut_down(used)
        elif (gate := gates.shut_by(ended, platform=platform, account=account, now=now)) is not None:
            self._shut_down(gate, again=probes)
        breaker = self._known.get((platform, "", Cause.BREAKER))
        if probes and breaker is not None and gates.shows_open(ended):
            with contextlib.suppress(StoreError):
                self._put(breaker, None, self._record("gate.opened", gates.gate(breaker)))

    def hand_on(self, platform: str) -> None:
        """Let the next attempt probe at once, where the one that was to do so never began."""
        breaker = self._known.get((platform, "", Cause.BREAKER))
        if breaker is not None:
            # Where the store does not take it, the next one probes a little later.
            with contextlib.suppress(StoreError):
                now = self._clock.now()
                self._put(breaker, gates.fact(gates.gate(breaker).probed(now=now, lasts=timedelta(0)), breaker))

    def open_again(self, platform: str, *, by: str) -> int:
        """
        Open the gates of an app at once, since a person has put right what shut them; who, goes on record.

        Returns:
            How many gates were opened. The deliveries that they held back go on at once, or within the hour where
            they are more than a thousand.

        Raises:
            StoreError: If the store is out of order.
        """
        opened = 0
        for fact in self._store.facts(gates.KIND):
            gate = gates.gate(fact)
            if gate.platform == platform and not gate.account:
                opened += self._put(fact, None, self._record("gate.opened", gate, by=by))
        if opened:
            self._let_go(platform, by=by)
        return opened

    def _read(self) -> None:
        now = self._clock.now()
        known: dict[tuple[str, str, Cause], Fact] = {}
        for fact in self._store.facts(gates.KIND):
            gate = gates.gate(fact)
            over = gate.cause is not Cause.BREAKER and gate.until < now - timedelta(days=1)
            if over or not gate.believed(now=now):
                self._store.put(fact, None)
            else:
                known[gate.key] = fact
        self._known = known

    def _shut_down(self, gate: Gate, *, again: bool = False) -> None:
        old = self._known.get(gate.key)
        if old is not None:
            before = gates.gate(old)
            known = before.until >= gate.until - timedelta(seconds=1)
            if gate.cause is Cause.BREAKER:
                # One that was under way when it was shut says nothing new.
                known = not again and before.until > gate.since
                gate = attrs.evolve(gate, since=before.since)
            if known:
                return
        records = [self._record("gate.shut", gate)] if gate.cause is Cause.BREAKER and old is None else []
        new = gates.fact(gate, old)
        try:
            self._put(old, new, *records)
        except StoreError:
            self._known = {**self._known, gate.key: new}

    def _put(self, old: Fact | None, new: Fact | None, *records: Record) -> bool:
        kept = self._store.put(old, new, records)
        if not kept:
            self._read()
            return False
        known = dict(self._known)
        if new is not None:
            known[gates.gate(new).key] = new
        elif old is not None:
            known.pop(gates.gate(old).key, None)
        self._known = known
        for record in records:
            _log.info(record.event, **record.facts)
        return True

    def _record(self, event: str, gate: Gate, *, by: str = "") -> Record:
        facts = {
            "network": gate.platform,
            "cause": gate.cause.value,
            "outcome": gate.outcome,
            "until": gate.until.isoformat(),
        }
        return Record(at=self._clock.now(), subject=gate.platform, event=event, by=by, facts=facts)

    def _let_go(self, platform: str, *, by: str) -> None:
        """Let what was held back go on; whatever else is due by then stays as it is."""
        now = self._clock.now()
        for delivery in self._store.due(now + budget.LOOK_AGAIN, limit=_LET_GO, platform=platform):
            held = delivery.failure is not None and delivery.failure.outcome == budget.HELD_BACK
            if delivery.state is DeliveryState.PENDING and held:
                record = Record(at=now, subject=delivery.id, event="delivery.let_go", by=by)
                self._store.replace(delivery, budget.let_go(delivery, now=now), record)

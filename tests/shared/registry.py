"""A register to be changed, somebody who retires accounts, and a store that breaks off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs

from civicsns.accounts import register
from civicsns.accounts.lifecycle import Wanted
from civicsns.config import LifecycleSettings
from civicsns.lifecycle import Lifecycle
from civicsns.model import Account, Fact, Person, Record
from civicsns.ports import Store
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock

MARCH = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
APRIL = date(2026, 4, 1)
#: Whoever does it; always there.
CHIEF = Person(number="9", name="総務 太郎", section="総務課")
#: Nobody has to be told how many leave.
ANY = LifecycleSettings(many=1.0)


class Stop(Exception):  # noqa: N818 -- the plug is pulled; that is no error of anybody
    """The process ends here."""


class Breaking(MemoryStore):
    """A store that pulls the plug at the nth time that something is put: before it is kept, or after."""

    def __init__(self) -> None:
        super().__init__()
        self.left: int | None = None
        self.kept = False

    def put_all(self, changes: Sequence[tuple[Fact | None, Fact | None]], records: Sequence[Record] = ()) -> bool:
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self.left = None
                if self.kept:
                    super().put_all(changes, records)
                raise Stop
        return super().put_all(changes, records)


@attrs.define
class Registrar:
    """Closes and hands over accounts in the register."""

    store: Store
    clock: PracticeClock
    done: list[str] = attrs.field(factory=list)

    def retire(self, account_id: str, *, by: str, reason: str) -> None:
        self._put(account_id, closed=self.clock.now().date())
        self.done.append(f"retire {account_id}")

    def call_off(self, account_id: str, *, by: str, reason: str, since: datetime) -> None:
        """Nothing waits here."""

    def hand_over(self, account_id: str, *, to: str, by: str, reason: str) -> None:
        self._put(account_id, steward=to)
        self.done.append(f"hand over {account_id} to {to}")

    def _put(self, account_id: str, **changes: Any) -> None:
        fact = self.store.fact(register.ACCOUNT, account_id)
        assert fact is not None
        account = attrs.evolve(register.account(fact), **changes)
        assert self.store.put(fact, fact.becomes(**register.account_value(account)))


@attrs.define
class Town:
    """A register, its lifecycle, and what happens at the networks."""

    store: Store
    clock: PracticeClock
    lifecycle: Lifecycle
    registrar: Registrar

    def people(self) -> dict[str, Person]:
        return dict(register.roster(self.store).people.items())

    def accounts(self, *, closed: bool = False) -> dict[str, Account]:
        found = register.roster(self.store).accounts.items()
        return {name: one for name, one in found if closed or one.closed is None}

    def stands(self) -> tuple[dict[str, Person], dict[str, Account]]:
        return self.people(), self.accounts()

    def apply(
        self,
        people: Sequence[Person],
        accounts: Sequence[Account] | None = None,
        *,
        day: date | None = None,
        **wanted: Any,
    ) -> Any:
        want = Wanted(people=by_number(people), accounts=None if accounts is None else by_id(accounts), **wanted)
        return self.lifecycle.apply(self.lifecycle.plan(want, day=day), by="9", reason="4月の異動")

    def until(self, day: date) -> None:
        """Let the days pass until it is *day*, in the morning."""
        self.clock.advance(datetime(day.year, day.month, day.day, tzinfo=UTC) - self.clock.now() + timedelta(hours=8))

    def events(self, subject: str) -> list[str]:
        return [record.event for record in self.store.records(subject)]


def by_number(people: Sequence[Person]) -> dict[str, Person]:
    return {one.number: one for one in (*people, CHIEF)}


def by_id(accounts: Sequence[Account]) -> dict[str, Account]:
    return {one.id: one for one in accounts}


def town(
    people: Sequence[Person] = (),
    accounts: Sequence[Account] = (),
    *,
    store: Store | None = None,
    settings: LifecycleSettings = ANY,
    retires: bool = True,
) -> Town:
    """Give a register with these people, the chief among them, and these accounts."""
    store = store or MemoryStore()
    clock = PracticeClock(MARCH)
    for one in by_number(people).values():
        store.put(None, Fact(kind=register.PERSON, key=one.number, value=register.person_value(one)))
    for account in accounts:
        store.put(None, Fact(kind=register.ACCOUNT, key=account.id, value=register.account_value(account)))
    registrar = Registrar(store, clock)
    return Town(
        store,
        clock,
        Lifecycle(
            store=store,
            clock=clock,
            zone=UTC,
            settings=settings,
            retirement=registrar if retires else None,
        ),
        registrar,
    )

"""
The register アカウント台帳 in the store: who works here, and which accounts there are, as they stand.

Where the settings name no files, people and accounts are facts of the store, so that all machines of the programme see
a change at once, and each change stands on record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import attrs

from civicsns.accounts.roster import Roster
from civicsns.model import Account, Fact, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.ports import Store

T = TypeVar("T")

#: The kinds of facts.
PERSON: Final = "person"
ACCOUNT: Final = "account"


def person_value(person: Person) -> dict[str, Any]:
    """Give what the fact about a person says."""
    return _value(person, key="number")


def account_value(account: Account) -> dict[str, Any]:
    """Give what the fact about an account says."""
    return _value(account, key="id")


def person(fact: Fact) -> Person:
    """Read a person back."""
    return Person(number=fact.key, **_dated(fact.value, "since", "until"))


def account(fact: Fact) -> Account:
    """Read an account back."""
    return Account(id=fact.key, **_dated(fact.value, "opened", "closed"))


def roster(store: Store) -> Roster:
    """Give the people and accounts of a store, each read when it is asked for."""
    return Roster(people=_Stored(store, PERSON, person), accounts=_Stored(store, ACCOUNT, account))


def in_store(read: Roster) -> bool:
    """Tell whether a roster is a store's register, which can be changed, and not made of files."""
    return isinstance(read.people, _Stored)


class _Stored(Mapping[str, T], Generic[T]):
    """Facts of one kind, by their keys; what another machine has changed is seen at once."""

    def __init__(self, store: Store, kind: str, read: Callable[[Fact], T]) -> None:
        self._store = store
        self._kind = kind
        self._read = read

    def __getitem__(self, key: str) -> T:
        fact = self._store.fact(self._kind, key)
        if fact is None:
            raise KeyError(key)
        return self._read(fact)

    def __iter__(self) -> Iterator[str]:
        return iter([fact.key for fact in self._store.facts(self._kind)])

    def __len__(self) -> int:
        return len(self._store.facts(self._kind))

    # Else each one would be read by itself.
    def values(self) -> Any:
        """Read all."""
        return [self._read(fact) for fact in self._store.facts(self._kind)]

    def items(self) -> Any:
        """Read all, with their keys."""
        return [(fact.key, self._read(fact)) for fact in self._store.facts(self._kind)]


def _value(one: Person | Account, *, key: str) -> dict[str, Any]:
    """Leave out what is as it is by default; dates as ISO 8601 writes them."""
    value: dict[str, Any] = {}
    for field in attrs.fields(type(one)):
        said = getattr(one, field.name)
        if field.name == key or said == field.default:
            continue
        match said:
            case date():
                value[field.name] = said.isoformat()
            case frozenset():
                value[field.name] = sorted(said)
            case _:
                value[field.name] = said
    return value


def _dated(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    read = dict(value)
    for name in names:
        if name in read:
            read[name] = date.fromisoformat(read[name])
    return read

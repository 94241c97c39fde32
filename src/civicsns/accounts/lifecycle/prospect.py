"""What will stand on a day to come: what stands, and the changes that are prepared until then."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.accounts import register
from civicsns.accounts.lifecycle.change import (
    LEARNT,
    Kind,
    Subject,
    differing,
    key_of,
    kind_of,
    read_value,
    value_of,
)
from civicsns.model import Account, Fact, Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from civicsns.accounts.roster import Roster

#: The kind of the facts that stand for prepared changes.
KIND: Final = "change"


@attrs.frozen(kw_only=True)
class Prepared:
    """
    A change with a day to come 予定: one for each person or account and day.

    Attributes:
        effective: The first day on which it holds.
        before: What it was planned upon; None where there is nothing.
        after: What stands from then on; None where nothing does.
        by: The personnel number of whoever prepared it.
        application: The id of the application that it came with.
        because: The person who brings it about, as in `Change`.
    """

    effective: date
    before: Subject | None
    after: Subject | None
    by: str
    application: str
    because: str = ""

    @property
    def about(self) -> Subject:
        """The person or the account."""
        found = self.after if self.after is not None else self.before
        assert found is not None, "a change is about something"
        return found

    @property
    def dismisses(self) -> frozenset[str]:
        """The personnel numbers of those who may no longer post under an account."""
        before, after = self.before, self.after
        if isinstance(before, Account) and isinstance(after, Account):
            return before.posters - after.posters
        return frozenset()

    @property
    def kind(self) -> Kind:
        """What it does."""
        return kind_of(self.before, self.after)

    @property
    def key(self) -> str:
        """The key of its fact; in the order of the days."""
        return key(self.effective, self.about)

    @property
    def value(self) -> dict[str, Any]:
        """What its fact says."""
        return {
            "effective": self.effective.isoformat(),
            "before": value_of(self.before),
            "after": value_of(self.after),
            "by": self.by,
            "application": self.application,
            "because": self.because,
        }


def key(effective: date, about: Subject) -> str:
    """Give the key of the fact that stands for a change on a day."""
    kind = register.PERSON if isinstance(about, Person) else register.ACCOUNT
    return f"{effective.isoformat()} {kind} {key_of(about)}"


def read(fact: Fact) -> Prepared:
    """Read a prepared change back."""
    value = fact.value
    return Prepared(
        effective=date.fromisoformat(value["effective"]),
        before=read_value(value["before"]),
        after=read_value(value["after"]),
        by=value["by"],
        application=value["application"],
        because=value["because"],
    )


def settle(current: Subject | None, prepared: Prepared) -> Subject | None:
    """
    Put a prepared change upon what stands when its day has come, which may no longer be what it was planned upon.

    What was said for the day holds from then on; what the change did not touch stays as it has become. Somebody who
    has left meanwhile is not brought back by a move.
    """
    return laid(current, prepared.before, prepared.after)


def laid(current: Subject | None, before: Subject | None, after: Subject | None) -> Subject | None:
    """
    Lay what a change makes of *before* upon what stands.

    Posters are added and struck off, so that whoever was named meanwhile stays; and another steward follows only the
    one that the change was made for, whoever else has taken the account over meanwhile.
    """
    if after is None or (current is None and before is not None):
        return None
    if current is None:
        return after
    said = differing(before, after) if before is not None else _fields(after)
    changes = {name: getattr(after, name) for name in said}
    if isinstance(current, Account) and isinstance(before, Account) and isinstance(after, Account):
        changes["posters"] = (current.posters | (after.posters - before.posters)) - (before.posters - after.posters)
        if current.steward != before.steward:
            changes.pop("steward", None)
    return attrs.evolve(current, **changes)


def _fields(about: Subject) -> list[str]:
    own = [field.name for field in attrs.fields(type(about)) if field.name not in {"number", "id"}]
    return [name for name in own if name not in LEARNT or getattr(about, name)]


class Prospect:
    """
    What stands, and what is prepared.

    Args:
        stands: The people and accounts as they stand.
        prepared: The changes with a day to come.
    """

    def __init__(self, stands: Roster, prepared: Iterable[Prepared] = ()) -> None:
        # Read once: behind them may be a store.
        self.people = dict(stands.people.items())
        self.accounts = dict(stands.accounts.items())
        self.prepared = sorted(prepared, key=lambda one: one.effective)
        self._of: dict[tuple[type[Subject], str], list[Prepared]] = defaultdict(list)
        for one in self.prepared:
            about = one.about
            self._of[type(about), key_of(about)].append(one)

    def person(self, number: str, day: date) -> Person | None:
        """Give a person as of *day*; None where there is none then."""
        found: Person | None = self._at(Person, number, self.people.get(number), day)
        return found

    def account(self, account_id: str, day: date) -> Account | None:
        """Give an account as of *day*, open or closed; None where there is none then."""
        found: Account | None = self._at(Account, account_id, self.accounts.get(account_id), day)
        return found

    def people_at(self, day: date) -> dict[str, Person]:
        """Give the people as of *day*."""
        return dict(self._all(Person, self.people, day))

    def accounts_at(self, day: date, *, apart_from: Collection[str] = ()) -> dict[str, Account]:
        """
        Give the accounts as of *day*, closed ones included.

        Args:
            day: The day.
            apart_from: The keys of prepared changes that do not count.
        """
        return dict(self._all(Account, self.accounts, day, apart_from))

    def has(self, effective: date, about: Subject) -> bool:
        """Tell whether something is prepared for a person or an account on exactly that day."""
        return any(one.effective == effective for one in self._of.get((type(about), key_of(about)), ()))

    def after(self, day: date, about: Subject) -> list[Prepared]:
        """List what is prepared for a person or an account on later days."""
        return [one for one in self._of.get((type(about), key_of(about)), ()) if one.effective > day]

    def ripe(self, day: date) -> dict[tuple[type[Subject], str], list[Prepared]]:
        """Give what is prepared until *day*, by what it is about, in the order of the days."""
        found = {place: [one for one in all_of if one.effective <= day] for place, all_of in self._of.items()}
        return {place: some for place, some in found.items() if some}

    def _at(self, kind: type[Any], about: str, current: Any, day: date, apart_from: Collection[str] = ()) -> Any:
        # In a large city most people have nothing prepared, and mostly nobody has.
        for one in self._of.get((kind, about), ()) if self._of else ():
            if one.effective <= day and one.key not in apart_from:
                current = settle(current, one)
        return current

    def _all(
        self, kind: type[Any], stands: dict[str, Any], day: date, apart_from: Collection[str] = ()
    ) -> Iterator[tuple[str, Any]]:
        changing = {about for of, about in self._of if of is kind}
        for about in (*stands, *sorted(changing - stands.keys())):
            found = stands.get(about)
            if about in changing:
                found = self._at(kind, about, found, day, apart_from)
            if found is not None:
                yield about, found

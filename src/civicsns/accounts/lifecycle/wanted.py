"""What is to stand from a day on: the roster as the personnel system has it, made whole with what stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast

import attrs

from civicsns.accounts.lifecycle.change import LEARNT
from civicsns.accounts.lifecycle.prospect import laid
from civicsns.model import Account, Person
from civicsns.model.account import SECTION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from civicsns.accounts.lifecycle.prospect import Prospect
    from civicsns.config import LifecycleSettings

_KEPT = {field.name for field in attrs.fields(Person)} - {"number", "name"}


@attrs.frozen(kw_only=True)
class Wanted:
    """
    Who works here, and which accounts there are to be.

    Attributes:
        people: All of the staff, by personnel number; whoever is not among them leaves.
        accounts: All accounts, by id; which is not among them is closed. None where nothing is said of accounts: they
            then follow the people.
        dates: From which day on what is said of a person holds, by personnel number, where it is another day.
        columns: What the roster speaks of, by the names of `Person`; the rest stays as it stands. None where it says
            all.
        successors: Who follows as steward 後任の管理者, by the account's id.
    """

    people: Mapping[str, Person]
    accounts: Mapping[str, Account] | None = None
    dates: Mapping[str, date] = attrs.field(factory=dict)
    columns: Collection[str] | None = None
    successors: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(
        cls,
        people: Mapping[str, Person],
        accounts: Mapping[str, Account] | None = None,
        *,
        successors: Mapping[str, str] | None = None,
    ) -> Self:
        """Give what a roster says that leaves out columns: what none of its rows has, it does not speak of."""
        columns = {name for name in _KEPT if any(getattr(one, name) for one in people.values())}
        return cls(people=people, accounts=accounts, columns=columns, successors=successors or {})


class Aim(NamedTuple):
    """
    What is to become of a person or an account; a tuple, since there is one for each, changed or not.

    Attributes:
        effective: From which day on.
        before: What is planned to stand then already.
        after: What is to stand.
        because: The person who brings it about, where that is another change.
    """

    effective: date
    before: Any
    after: Any
    because: str = ""


@attrs.frozen
class Aims:
    """
    What is to become of everybody and of every account.

    Attributes:
        prospect: What stands, and what is prepared.
        wanted: What is to stand.
        settings: The table `[lifecycle]`.
        day: From when, unless said otherwise.
    """

    prospect: Prospect
    wanted: Wanted
    settings: LifecycleSettings
    day: date

    def people(self) -> Iterator[Aim]:
        """Give what is to become of people: those who are there, in the roster's order, and then those who leave."""
        at = self.prospect.people_at(self.day)
        for number, person in self.wanted.people.items():
            since = max(self.wanted.dates.get(number, self.day), self.day)
            before = at.get(number)
            if before is None and person.since is not None:
                since = max(since, person.since)
            if since > self.day:
                before = self.prospect.person(number, since)
            if _over(person, since):
                if before is not None:
                    yield Aim(effective=since, before=before, after=None)
                continue
            after = self._whole(person, before)
            yield Aim(effective=self.day if before == after else since, before=before, after=after)
        for number, before in at.items():
            if number not in self.wanted.people:
                yield Aim(effective=self._last(before), before=before, after=None)

    def accounts(self, people: Mapping[str, Aim]) -> Iterator[Aim]:
        """
        Give what is to become of accounts.

        Args:
            people: What is to become of people, by personnel number.
        """
        # Who was to leave and stays keeps what was to be closed.
        staying = {number for number, aim in people.items() if aim.before is None and number in self.prospect.people}
        dropped = {one.key for one in self.prospect.prepared if one.because in staying or one.dismisses & staying}
        at = self.prospect.accounts_at(self.day, apart_from=dropped)
        standing = {name: account for name, account in at.items() if account.closed is None}
        given = self.wanted.accounts
        wanted = standing if given is None else {name: self._learnt(one, at.get(name)) for name, one in given.items()}
        personal = self._personal(people, wanted, at)
        for account in wanted.values():
            yield from self._until_closed(account, people, follows=given is None)
        for account in personal.values():
            yield self._followed(account, people[account.steward], people, follows=True)
        for name, account in standing.items():
            if name not in wanted and name not in personal:
                steward = people.get(account.steward)
                if account.personal and (steward is None or steward.after is None):
                    yield self._closed(account, steward, because=account.steward)
                else:
                    yield self._closed(account, None)

    def _whole(self, person: Person, before: Person | None) -> Person:
        """Keep what the roster has no column for."""
        if before is None or self.wanted.columns is None:
            return person
        return attrs.evolve(person, **{name: getattr(before, name) for name in _KEPT - set(self.wanted.columns)})

    def _last(self, person: Person) -> date:
        ended = person.until + timedelta(days=1) if person.until is not None else self.day
        return min(self.day, ended)

    def _learnt(self, account: Account, before: Account | None) -> Account:
        """Keep what the programme learnt when the account was connected."""
        if before is None or before.closed is not None:
            # What is only prepared to be closed is connected still.
            before = self.prospect.accounts.get(account.id)
        if before is None or (before.closed is not None and account.closed is None):
            # Opened again, it is connected anew.
            return account
        learnt = {name: getattr(before, name) for name in LEARNT if getattr(before, name)}
        if account.handle:
            # A name is what people give it; what the network gives it stands fast.
            learnt.pop("handle", None)
        return attrs.evolve(account, **learnt)

    def _personal(
        self, people: Mapping[str, Aim], wanted: Mapping[str, Account], at: Mapping[str, Account]
    ) -> dict[str, Account]:
        """Give the accounts that members of staff are to connect, beside those that they have."""
        have = {(one.platform, one.steward) for one in wanted.values() if one.personal and one.closed is None}
        made: dict[str, Account] = {}
        for platform, pattern in self.settings.personal.items():
            for number, aim in people.items():
                name = f"{platform}:{number}"
                if aim.after is None or (platform, number) in have or name in wanted:
                    continue
                stands = at.get(name)
                if stands is not None and stands.closed is None:
                    # A list of the sections' accounts says nothing of it.
                    if stands.steward == number:
                        made[name] = stands
                    continue
                if stands is not None and aim.before is not None:
                    # It was taken back from somebody who is still here; that is not undone by the next roster.
                    continue
                account = Account(
                    id=name,
                    platform=platform,
                    handle=pattern.handle.replace("{number}", number),
                    section=aim.after.section,
                    steward=number,
                    personal=True,
                    purpose=pattern.purpose,
                )
                made[account.id] = account
        return made

    def _until_closed(self, account: Account, people: Mapping[str, Aim], *, follows: bool) -> Iterator[Aim]:
        """Let an account stand as it is to stand until the day on which it is to be closed, where that is to come."""
        day, steward = account.closed, people.get(account.steward)
        if day is None or day <= self.day:
            yield self._followed(account, steward, people, follows=follows)
            return
        still = self._followed(attrs.evolve(account, closed=None), steward, people, follows=follows)
        ends = still.after is None or still.after.closed is not None
        if ends or still.effective < day:
            yield still
        if not ends:
            before = self.prospect.account(account.id, day)
            if still.effective < day:
                before = cast("Account | None", laid(before, still.before, still.after))
            yield Aim(effective=day, before=before, after=attrs.evolve(still.after, closed=day))

    def _followed(self, account: Account, steward: Aim | None, people: Mapping[str, Aim], *, follows: bool) -> Aim:
        """Let an account follow its steward and its posters."""
        if account.closed is not None:
            return self._aim(account.id, account, max(self.day, account.closed))
        if account.personal and (steward is None or steward.after is None):
            # Also where he left before, and it could not be closed then.
            return self._closed(account, steward, because=account.steward)
        day, because = self.day, ""
        if account.personal and follows and steward is not None:
            section = steward.after.section
            if steward.before is None or steward.before.section != section:
                day, because = steward.effective, account.steward
            else:
                # What is prepared for the person on a later day is prepared for the account as well.
                by_then = self.prospect.person(account.steward, day)
                section = by_then.section if by_then is not None else section
            account = self._later(account, day)
            if account.section != section:
                account = attrs.evolve(account, section=section)
        elif not account.personal and account.id in self.wanted.successors:
            account = attrs.evolve(account, steward=self.wanted.successors[account.id])
        leaving = {number for number in account.posters if number != SECTION and self._leaves(number, people)}
        if leaving:
            day = max([day, *(people[number].effective for number in leaving if number in people)])
            account = attrs.evolve(self._later(account, day), posters=account.posters - leaving)
            because = because or min(leaving)
        return self._aim(account.id, account, day, because)

    def _leaves(self, number: str, people: Mapping[str, Aim]) -> bool:
        """Whether somebody leaves, or is to have left by then."""
        aim = people.get(number)
        return number in self.prospect.people if aim is None else aim.after is None

    def _later(self, account: Account, day: date) -> Account:
        """Give an account as it will stand when a change takes effect that comes later than the others."""
        later = self.prospect.account(account.id, day) if day > self.day and self.wanted.accounts is None else None
        return account if later is None or later.closed is not None else later

    def _closed(self, account: Account, steward: Aim | None, *, because: str = "") -> Aim:
        day = self.day if steward is None else steward.effective
        stands = self.prospect.accounts.get(account.id)
        # What was only to be opened stays as it is.
        after = stands if stands is None or stands.closed is not None else attrs.evolve(account, closed=day)
        return self._aim(account.id, after, day, because)

    def _aim(self, account_id: str, account: Account | None, day: date, because: str = "") -> Aim:
        return Aim(effective=day, before=self.prospect.account(account_id, day), after=account, because=because)


def _over(person: Person, day: date) -> bool:
    return person.until is not None and person.until < day

"""A plan 計画: what has to change so that what stands becomes what is wanted. Nothing is changed by it."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from civicsns.accounts.lifecycle import notice
from civicsns.accounts.lifecycle.change import Change, Kind, Subject, digest, key_of, kind_of
from civicsns.accounts.lifecycle.notice import Notice, NoticeKind
from civicsns.accounts.lifecycle.prospect import Prospect
from civicsns.accounts.lifecycle.wanted import Aim, Aims, Wanted
from civicsns.accounts.roster import Roster
from civicsns.model import Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from civicsns.config import LifecycleSettings

#: In which order changes of one day are shown and put into effect.
_ORDER = {kind: place for place, kind in enumerate(Kind)}


@attrs.frozen(kw_only=True)
class Expected:
    """
    What somebody who has looked at it says will come of a plan; None where nothing is said.

    Attributes:
        leavers: How many people leave.
        closed: How many accounts are closed, those of leavers apart.
    """

    leavers: int | None = None
    closed: int | None = None


@attrs.frozen(kw_only=True, slots=False)
class Plan:
    """
    What has to change.

    Attributes:
        today: The day on which it was made.
        day: From which day on what is wanted is to stand.
        changes: One for each person or account that changes and each day, in the order in which they take effect.
        notices: What to look at before it is put into effect.
        void: The keys of prepared changes that are due and change nothing any more.
    """

    today: date
    day: date
    changes: tuple[Change, ...]
    notices: tuple[Notice, ...] = ()
    void: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The same for the same changes to the same; it changes when what stands has changed."""
        return digest(self.changes, today=self.today)

    @property
    def now(self) -> tuple[Change, ...]:
        """What takes effect at once."""
        return tuple(change for change in self.changes if change.effective <= self.today)

    @property
    def later(self) -> tuple[Change, ...]:
        """What is prepared for a day to come."""
        return tuple(change for change in self.changes if change.effective > self.today)

    @property
    def stops(self) -> tuple[Notice, ...]:
        """The notices for which it cannot be put into effect as it is."""
        return tuple(one for one in self.notices if one.stops)

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many changes there are of each kind, in the order of the kinds."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in Kind if found[kind]}


def plan(
    prospect: Prospect,
    wanted: Wanted,
    *,
    today: date,
    day: date | None = None,
    settings: LifecycleSettings,
    expected: Expected | None = None,
) -> Plan:
    """
    Compare what stands with what is wanted.

    Args:
        prospect: What stands, and what is prepared.
        wanted: What is to stand.
        today: The day, in the city's zone.
        day: From which day on; today unless given.
        settings: The table `[lifecycle]`.
        expected: What is said to come of it, where that is many.
    """
    day = max(day or today, today)
    expected = expected or Expected()
    aims = Aims(prospect, wanted, settings, day)
    people = {_number(aim): aim for aim in aims.people()}
    accounts = list(aims.accounts(people))
    changes = sorted(_changes((*people.values(), *accounts), prospect, today=today), key=_order)
    there = {number: aim.after for number, aim in people.items() if aim.after is not None}
    open_ = [aim.after for aim in accounts if aim.after is not None and aim.after.closed is None]
    # One that is to be closed on a day to come is aimed at twice.
    befores = {aim.before.id: aim.before for aim in accounts if aim.before is not None and aim.before.closed is None}
    standing = list(befores.values())
    notices = (
        *notice.overdue(prospect, today=today),
        *notice.many(
            changes,
            people=sum(aim.before is not None for aim in people.values()),
            accounts=len(standing),
            sections=sum(not one.personal for one in standing),
            share=settings.many,
            leavers=expected.leavers,
            closed=expected.closed,
        ),
        *notice.places(open_, prospect.accounts),
        *notice.identities((wanted.accounts or {}).values(), prospect.accounts),
        *notice.stewards(open_, there, {one.key: one for one in changes if one.fact == "person"}, day=day),
        *notice.names(changes, there.values()),
        *notice.later(prospect, changes, wanted.people, day=day),
        *notice.invitations(open_, day=day),
    )
    return Plan(today=today, day=day, changes=tuple(changes), notices=notices)


def due(
    prospect: Prospect,
    *,
    today: date,
    settings: LifecycleSettings,
    expected: Expected | None = None,
    terms: bool = True,
) -> Plan:
    """
    Plan what has come due: prepared changes whose day has come, and people whose term has ended.

    Args:
        prospect: What stands, and what is prepared.
        today: The day, in the city's zone.
        settings: The table `[lifecycle]`.
        expected: What is said to come of it, where that is many.
        terms: Whether to look at the terms.
    """
    people, accounts = prospect.people_at(today), prospect.accounts_at(today)
    settled = Prospect(Roster(people=people, accounts=accounts))
    # Nobody is given an account because a day has come.
    still = attrs.evolve(settings, personal={})
    ended = Plan(today=today, day=today, changes=())
    if terms:
        ended = plan(settled, Wanted(people=people), today=today, settings=still, expected=expected)
    ends = {(type(change.about), change.key): change for change in ended.changes}
    ripe = prospect.ripe(today)
    changes: list[Change] = []
    void: list[str] = []
    for place in {**ripe, **ends}:
        prepared, end = ripe.get(place, ()), ends.get(place)
        before = _stands(prospect, *place)
        after = end.after if end is not None else _stands(settled, *place)
        keys = tuple(one.key for one in prepared)
        if before == after:
            void.extend(keys)
            continue
        last = prepared[-1] if prepared else None
        changes.append(
            Change(
                kind=kind_of(before, after),
                before=before,
                after=after,
                effective=end.effective if end is not None else last.effective if last is not None else today,
                because=end.because if end is not None else last.because if last is not None else "",
                prepared=keys,
                by=last.by if last is not None else "",
            )
        )
    return Plan(
        today=today,
        day=today,
        changes=tuple(sorted(changes, key=_order)),
        notices=tuple(one for one in ended.notices if one.kind is not NoticeKind.INVITE),
        void=tuple(void),
    )


def _changes(aims: Iterable[Aim], prospect: Prospect, *, today: date) -> Iterator[Change]:
    for aim in aims:
        if aim.before == aim.after:
            continue
        kind = kind_of(aim.before, aim.after)
        if aim.effective > today and kind in {Kind.JOIN, Kind.LEAVE, Kind.OPEN, Kind.CLOSE}:
            kind = _cancelled(aim, prospect, kind)
        yield Change(kind=kind, before=aim.before, after=aim.after, effective=aim.effective, because=aim.because)


def _cancelled(aim: Aim, prospect: Prospect, kind: Kind) -> Kind:
    """Tell a change from the end of what was prepared: who has not come yet does not leave."""
    about = aim.before if aim.after is None else aim.after
    if not prospect.has(aim.effective, about):
        return kind
    there = _stands(prospect, type(about), key_of(about))
    stands = there is not None and (isinstance(there, Person) or there.closed is None)
    return Kind.CANCEL if stands == (kind in {Kind.JOIN, Kind.OPEN}) else kind


def _stands(prospect: Prospect, kind: type[Subject], key: str) -> Subject | None:
    return prospect.people.get(key) if kind is Person else prospect.accounts.get(key)


def _order(change: Change) -> tuple[date, int]:
    return change.effective, _ORDER[change.kind]


def _number(aim: Aim) -> str:
    found: Person = aim.after if aim.after is not None else aim.before
    return found.number

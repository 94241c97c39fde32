"""Whatever stands and whatever is wanted: plans lead there, once, through any interruption, and back."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry import APRIL, CHIEF, Breaking, Stop, by_id, by_number, town

from civicsns.accounts import lifecycle
from civicsns.accounts.lifecycle import Wanted
from civicsns.lifecycle import application
from civicsns.model import Account, Person

_SECTIONS = ["観光課", "税務課", "防災課"]
_NUMBERS = ["1", "2", "3", "4"]


@st.composite
def people(draw) -> list[Person]:
    numbers = draw(st.sets(st.sampled_from(_NUMBERS)))
    return [
        Person(
            number=number,
            name=draw(st.sampled_from(["佐賀 花子", "武雄 太郎"])),
            section=draw(st.sampled_from(_SECTIONS)),
            post=draw(st.sampled_from(["", "課長"])),
        )
        for number in sorted(numbers)
    ]


@st.composite
def accounts(draw, staff: list[Person]) -> list[Account]:
    """Personal accounts of some, as they are when they follow their people, and those of sections."""
    made = [
        Account(
            id=f"x:{one.number}",
            platform="x",
            handle=f"tk{one.number}",
            section=one.section,
            steward=one.number,
            personal=True,
            network_id=draw(st.sampled_from(["", f"10{one.number}"])),
        )
        for one in staff
        if draw(st.booleans())
    ]
    stewards = [*(one.number for one in staff), CHIEF.number]
    made += [
        Account(
            id=f"facebook:{place}",
            platform="facebook",
            handle=f"takeo.{place}",
            section=section,
            steward=draw(st.sampled_from(stewards)),
            posters=draw(st.sets(st.sampled_from(stewards))),
            network_id=draw(st.sampled_from(["", f"p{place}"])),
        )
        for place, section in enumerate(_SECTIONS)
        if draw(st.booleans())
    ]
    return made


@st.composite
def places(draw) -> tuple[list[Person], list[Account]]:
    staff = draw(people())
    return staff, draw(accounts(staff))


@st.composite
def lists(draw) -> tuple[list[Person], list[Account]]:
    """A roster and a list of accounts that knows nothing of ids on networks, as most do."""
    staff, named = draw(places())
    return staff, [attrs.evolve(one, network_id="") for one in named]


def learnt(wanted: list[Account], before: list[Account]) -> dict[str, Account]:
    """What was learnt when an account was connected stays, whatever a list says."""
    known = by_id(before)
    return {
        one.id: attrs.evolve(one, network_id=(known[one.id].network_id if one.id in known else "") or one.network_id)
        for one in wanted
    }


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(application, "SIZE", 3)


@given(places(), places())
@settings(max_examples=40)
def test_a_plan_leads_from_what_stands_to_what_is_wanted(before, after):
    """
    Put into effect, a plan makes what is wanted stand; there is nothing left to plan then; undone, what stood before
    stands again, but for what a network was told.
    """
    city = town(*before)
    stood = city.stands()
    done = city.apply(*after)
    stands = city.stands()
    again = city.lifecycle.plan(Wanted(people=by_number(after[0]), accounts=by_id(after[1])))

    assert (by_number(after[0]), learnt(after[1], before[1])) == stands
    assert () == again.changes
    if done is not None:
        left = {one.about for one in city.lifecycle.undo(done.id, by="9", reason="誤り").left}
        back = city.stands()
        told = {one.split()[-1] if one.startswith("retire") else one.split()[2] for one in city.registrar.done}

        assert stood[0] == back[0]
        assert told == left
        assert {name: one for name, one in stood[1].items() if name not in left} == {
            name: one for name, one in back[1].items() if name not in left
        }
        assert city.lifecycle.under_way is None


@given(places(), places(), st.integers(1, 12), st.booleans(), st.booleans())
@settings(max_examples=40)
def test_what_is_interrupted_is_taken_to_the_same_end(before, after, at, kept, later):
    """
    However far it came when the plug was pulled, going on leads to the same end as if nothing had happened; and nothing
    is on record twice.
    """
    store = Breaking()
    whole, broken = town(*before), town(*before, store=store)
    day = APRIL if later else None
    whole.apply(*after, day=day)
    store.left, store.kept = at, kept
    try:
        broken.apply(*after, day=day)
    except Stop:
        broken.lifecycle.resume()
    store.left = None
    broken.apply(*after, day=day)
    subjects = {f"person:{number}" for number in _NUMBERS} | {one.id for one in (*before[1], *after[1])}

    assert whole.stands() == broken.stands()
    assert whole.lifecycle.prepared() == [
        attrs.evolve(one, application=ours.application)
        for one, ours in zip(broken.lifecycle.prepared(), whole.lifecycle.prepared(), strict=True)
    ]
    assert broken.lifecycle.under_way is None
    assert {one: whole.events(one) for one in subjects} == {one: broken.events(one) for one in subjects}


@given(places(), lists(), lists(), st.booleans())
@settings(max_examples=40)
def test_what_is_prepared_stands_on_its_day_and_not_before(before, first, corrected, undone):
    """
    Prepared in March, corrected before its day or undone, on the first of April the last word stands, and until then
    what stood before.
    """
    city = town(*before)
    stood = city.stands()
    city.apply(*first, day=APRIL)
    second = city.apply(*corrected, day=APRIL)
    last = corrected
    if undone and second is not None:
        city.lifecycle.undo(second.id, by="9", reason="誤り")
        last = first
    in_march = city.stands()
    nothing = city.lifecycle.sweep()
    repeated = city.lifecycle.plan(Wanted(people=by_number(last[0]), accounts=by_id(last[1])), day=APRIL)
    city.until(APRIL)
    city.lifecycle.sweep()

    assert stood == in_march
    assert 0 == nothing
    assert () == repeated.changes
    assert (by_number(last[0]), learnt(last[1], before[1])) == city.stands()
    assert [] == list(city.lifecycle.prepared())
    assert 0 == city.lifecycle.sweep()


@given(places(), people(), st.sets(st.sampled_from(_NUMBERS)))
@settings(max_examples=40)
def test_each_person_has_the_own_day(before, staff, in_may):
    """
    Whoever is transferred in May stands as before until then, and so do the accounts; after the last day all is as
    the roster says, and there is nothing left to plan.
    """
    may = date(2026, 5, 1)
    city = town(*before)
    stood, had = city.stands()
    city.apply(staff, day=APRIL, dates=dict.fromkeys(in_may, may))
    city.until(APRIL)
    city.lifecycle.sweep()
    between = city.people()
    wanted = Wanted(people=by_number(staff), dates=dict.fromkeys(in_may, may))
    in_april = city.lifecycle.plan(wanted).changes
    city.until(may)
    city.lifecycle.sweep()
    there = by_number(staff)

    assert {number: one for number, one in stood.items() if number in in_may and number in there} == {
        number: one for number, one in between.items() if number in in_may
    }
    assert () == in_april
    assert there == city.people()
    assert following(had, there) == city.accounts()


@given(places(), lists(), st.sets(st.sampled_from(["x:1", "x:2", "facebook:0", "facebook:1"])))
@settings(max_examples=40)
def test_closing_days_in_a_list_are_kept(before, after, closing):
    """
    Until the day that a list gives for its closing an account stands as the list has it otherwise, and is closed on
    that day; the same list changes nothing more, before the day and after it, and takes away nothing that was learnt.
    """
    may = date(2026, 5, 1)
    listed = [attrs.evolve(one, closed=may) if one.id in closing else one for one in after[1]]
    wanted = Wanted(people=by_number(after[0]), accounts=by_id(listed))
    city = town(*before)
    city.apply(after[0], listed)
    between, in_april = city.accounts(), city.lifecycle.plan(wanted).changes
    city.until(may)
    city.lifecycle.sweep()
    expected = learnt(after[1], before[1])

    assert expected == between
    assert () == in_april
    assert {name: one for name, one in expected.items() if name not in closing} == city.accounts()
    assert () == city.lifecycle.plan(wanted).changes
    assert {name: one.network_id for name, one in expected.items()} == {
        name: one.network_id for name, one in city.accounts(closed=True).items() if name in expected
    }


def following(had: dict[str, Account], there: dict[str, Person]) -> dict[str, Account]:
    """Give the accounts as they are when they have followed their people."""
    return {
        name: attrs.evolve(
            one,
            section=there[one.steward].section if one.personal else one.section,
            posters=one.posters & set(there),
        )
        for name, one in had.items()
        if not one.personal or one.steward in there
    }


@given(places(), people(), people())
@settings(max_examples=40)
def test_accounts_follow_their_people(before, staff, corrected):
    """
    Where nothing is said of accounts, personal ones close with those who leave, and move with those who move; who was
    to leave and stays after all keeps the own.
    """
    city = town(*before)
    had = city.accounts()
    city.apply(staff, day=APRIL)
    city.apply(corrected, day=APRIL)
    city.until(APRIL)
    city.lifecycle.sweep()
    there = by_number(corrected)

    assert following(had, there) == city.accounts()
    assert there == city.people()


@given(people(), st.lists(st.integers(-3, 3), min_size=4, max_size=4))
def test_a_term_that_is_over_ends(staff, ends):
    """
    The day after the last day of a term the person is off the register, and the day itself not.
    """
    today = date(2026, 3, 10)
    staff = [attrs.evolve(one, until=today + timedelta(days=end)) for one, end in zip(staff, ends, strict=False)]
    city = town(staff)
    plan = city.lifecycle.due()

    assert [one.number for one in staff if one.until < today] == sorted(change.key for change in plan.changes)
    assert {lifecycle.Kind.LEAVE} >= set(plan.counts)

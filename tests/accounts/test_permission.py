"""Who may post where, over every combination; see `civicsns.accounts.permission`."""

from __future__ import annotations

import itertools
import operator
import pickle
from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.accounts import permission
from civicsns.accounts.permission import Cause, MayNot
from civicsns.model import Account, Person
from civicsns.model.account import SECTION
from civicsns.posting.hold import Hold, Scope

DAY = date(2026, 4, 1)
EVE, MORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
HANAKO = Person(number="1001", name="佐賀 花子", section="観光課")
PAGE = Account(id="facebook:kanko", platform="facebook", section="観光課", steward="1002", opened=DAY)
HELD = Hold(scope=Scope.ACCOUNT, name=PAGE.id, by="1009", reason="確認中", at=NOON)

#: As what Hanako stands with the account, and whether that lets her post.
ROLES: dict[str, tuple[dict[str, Any], bool]] = {
    "steward": ({"steward": "1001"}, True),
    "owner": ({"steward": "1001", "personal": True}, True),
    "poster": ({"posters": {"1003", "1001"}}, True),
    "poster of a personal account": ({"posters": {"1001"}, "personal": True}, True),
    "section": ({"posters": {SECTION}}, True),
    "another section posts": ({"posters": {SECTION}, "section": "税務課"}, False),
    "no section posts": ({"posters": {SECTION}, "section": ""}, False),
    "section that does not post": ({}, False),
    "others post": ({"posters": {"1003", "10011", "100"}}, False),
    "nobody posts": ({"steward": ""}, False),
}
#: Who would be let through if names were taken for what they are not.
ALIKE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"section": ""}, {"posters": {SECTION}, "section": ""}),
    ({"number": SECTION}, {"posters": {SECTION}, "section": "税務課"}),
    ({"number": "観光課"}, {"posters": {SECTION}, "section": "税務課"}),
    ({"section": SECTION}, {"posters": {SECTION}}),
    ({"section": ""}, {"posters": {"1003"}, "section": ""}),
    ({"number": "１００２"}, {}),
    ({"number": "1002 "}, {}),
]
#: Whether the term lets her post.
TERMS = {
    (None, None): True,
    (DAY, DAY): True,
    (EVE, MORROW): True,
    (MORROW, None): False,
    (None, EVE): False,
    (MORROW, EVE): False,
}
#: Whether the account lets anybody post.
STATES = {
    (None, None): None,
    (DAY, None): None,
    (MORROW, None): Cause.NOT_OPEN,
    (EVE, EVE): Cause.CLOSED,
    (EVE, MORROW): Cause.CLOSED,
}


@pytest.mark.parametrize("role", ROLES)
def test_every_combination(role: str):
    """
    One thing in the way is enough to refuse, and what is told is the first of them: term, name, closed, given back,
    not open yet, connection, hold.
    """
    changes, named = ROLES[role]
    for ((since, until), serves), ((opened, closed), state), connected, held, retiring in itertools.product(
        TERMS.items(), STATES.items(), (True, False), (None, HELD), (True, False)
    ):
        person = attrs.evolve(HANAKO, since=since, until=until)
        account = attrs.evolve(PAGE, opened=opened, closed=closed, **changes)
        said = permission.decide(person, account, held=held, day=DAY, connected=connected, retiring=retiring)
        in_the_way = [
            *([] if serves else [Cause.TERM]),
            *([] if named else [Cause.NOT_NAMED]),
            *([state] if state is Cause.CLOSED else []),
            *([Cause.RETIRING] if retiring else []),
            *([state] if state else []),
            *([] if connected else [Cause.NOT_CONNECTED]),
            *([Cause.ON_HOLD] if held else []),
        ]

        assert next(iter(in_the_way), None) == said.cause
        assert (not in_the_way) == said.allowed


@pytest.mark.parametrize(("person", "account"), ALIKE)
def test_what_looks_alike_is_not_the_same(person, account):
    """
    Nobody is let through because a number reads like the word for the section, or because two sections have no name.
    """
    said = permission.decide(attrs.evolve(HANAKO, **person), attrs.evolve(PAGE, **account), held=None, day=DAY)

    assert Cause.NOT_NAMED is said.cause


_numbers = st.sampled_from(["1", "2", "01", "1 ", "１", "section", "所管課", "観光課"])
_sections = st.sampled_from(["", "観光課", "税務課", "section", " "])
_days = st.sampled_from([None, None, None, EVE, DAY, MORROW])
_seldom = st.sampled_from([False, False, False, True])
_people = st.builds(Person, number=_numbers, name=st.just("誰か"), section=_sections, since=_days, until=_days)
_accounts = st.builds(
    Account,
    id=st.just("a"),
    platform=st.just("x"),
    section=_sections,
    steward=st.just("") | _numbers,
    personal=st.booleans(),
    posters=st.frozensets(_numbers),
    opened=_days,
    closed=_days,
)


@given(_people, _accounts, _seldom, _seldom.map(operator.not_))
def test_nobody_who_is_not_listed_is_let_through(person: Person, account: Account, held: bool, connected: bool):
    """
    Whatever names look alike, whoever is let through is in term, stands there by number or section, and nothing holds.
    """
    said = permission.decide(person, account, held=HELD if held else None, day=DAY, connected=connected)
    numbers = {account.steward, *(one for one in account.posters if one != "section")} - {""}
    by_section = "section" in account.posters and person.section == account.section != ""
    if said.allowed:
        assert person.number in numbers or by_section
        assert person.since is None or person.since <= DAY
        assert person.until is None or person.until >= DAY
        assert account.closed is None
        assert connected
        assert not held
    assert numbers | ({"section"} if "section" in account.posters and account.section else set()) == set(said.who)


@pytest.mark.parametrize(
    ("changes", "ja", "en"),
    [
        ({}, "できるのは管理者 1002です", "Those who may: the steward 1002."),
        ({"posters": {SECTION, "1003"}, "section": "税務課"}, "投稿者 1003、税務課の職員", "the staff of 税務課"),
        ({"posters": {f"2{n}" for n in range(9)}}, "20, 21, 22, 23, 24 (+4)", "20, 21, 22, 23, 24 (+4)"),
        ({"steward": ""}, "誰にもできません", "Nobody may"),
    ],
)
def test_a_refusal_says_who_could(changes, ja: str, en: str):
    """
    Whoever may not is told who may, by number, and no names; of hundreds the first few.
    """
    said = permission.decide(HANAKO, attrs.evolve(PAGE, **changes), held=None, day=DAY)

    assert Cause.NOT_NAMED is said.cause
    assert ja in said.mend.ja
    assert en in said.mend.en
    assert "1001" in said.reason.ja
    assert PAGE.id in said.reason.en


@pytest.mark.parametrize(
    ("changes", "overseers", "until", "cause"),
    [
        ({"steward": "1001"}, (), None, None),
        ({"steward": "1001", "closed": EVE}, (), None, None),
        ({"posters": {SECTION}}, (), None, None),
        ({}, ("1001",), None, None),
        ({}, ("1005",), None, Cause.NOT_NAMED),
        ({}, (), None, Cause.NOT_NAMED),
        ({"steward": "1001"}, ("1001",), EVE, Cause.TERM),
    ],
)
def test_who_puts_right(changes, overseers, until, cause):
    """
    Whoever could be the author may, and an overseer; a closed account keeps nobody from taking something back.
    """
    person = attrs.evolve(HANAKO, until=until)
    said = permission.tend(person, attrs.evolve(PAGE, **changes), overseers=overseers, day=DAY)

    assert cause == said.cause
    assert set(overseers) <= set(said.who)


def test_an_overseer_posts_nowhere():
    """
    To put right what others have posted is no right to post; the table of posts does not ask for overseers at all.
    """
    allowed = permission.tend(HANAKO, PAGE, overseers={"1001"}, day=DAY)

    assert allowed.allowed
    assert not permission.decide(HANAKO, PAGE, held=None, day=DAY).allowed


OWN = attrs.evolve(PAGE, id="x:hanako", steward="1001", personal=True)
LED = attrs.evolve(PAGE, steward="1001")
OTHERS = attrs.evolve(PAGE, id="facebook:zeimu", steward="1003")


@pytest.mark.parametrize(
    ("scope", "by", "accounts", "overseers", "allowed"),
    [
        (Scope.PROGRAMME, "1001", [], (), True),
        (Scope.PROGRAMME, "1009", [], (), False),
        (Scope.PROGRAMME, "1009", [], ("1001",), True),
        (Scope.SECTION, "1009", [LED], (), False),
        (Scope.ACCOUNT, "1009", [LED], (), True),
        (Scope.ACCOUNT, "1009", [attrs.evolve(PAGE, posters={"1001", SECTION})], (), False),
        (Scope.ACCOUNT, "1009", [], (), False),
        # What somebody else has stopped on one's own account is not one's own to let go.
        (Scope.ACCOUNT, "1009", [OWN], (), False),
        (Scope.ACCOUNT, "1001", [OWN], (), True),
        (Scope.DELIVERY, "1009", [OWN], (), False),
        (Scope.DELIVERY, "1009", [LED], (), True),
        (Scope.DRAFT, "1009", [LED, LED], (), True),
        (Scope.DRAFT, "1009", [LED, OTHERS], (), False),
        (Scope.DRAFT, "1009", [LED, OWN], (), False),
    ],
)
def test_who_lifts(scope: Scope, by: str, accounts: list[Account], overseers, allowed: bool):
    """
    Whoever placed a hold lifts it, or an overseer, or the steward of all that it holds, if that is nobody's own.
    """
    hold = attrs.evolve(HELD, scope=scope, name="" if scope is Scope.PROGRAMME else "z", by=by)
    said = permission.lift(HANAKO, hold, accounts=accounts, overseers=overseers, day=DAY)
    over = permission.lift(attrs.evolve(HANAKO, until=EVE), hold, accounts=accounts, overseers=overseers, day=DAY)

    assert allowed is said.allowed
    assert allowed is ("1001" in said.who)
    assert Cause.TERM is over.cause


def test_a_refusal_crosses_a_process_border():
    """
    An error for several accounts says each reason and each mend once, and is the same on the other side of a pickle.
    """
    refused = {
        one.id: permission.decide(HANAKO, one, held=None, day=DAY)
        for one in (PAGE, attrs.evolve(OTHERS, steward="1002"))
    }
    error = MayNot("1001", refused)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes

    assert str(error) == str(again)
    assert refused == again.refused
    assert "facebook:kanko, facebook:zeimu" == error.place
    assert 1 == str(error).count("the steward 1002")

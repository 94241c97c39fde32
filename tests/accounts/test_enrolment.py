"""What is decided of enrolments by values alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civicsns.accounts import assigned, enrolment
from civicsns.accounts.enrolment import Problem, Stage
from civicsns.accounts.refusals import LinkReason, StepMissing, WrongPerson
from civicsns.language import Bilingual
from civicsns.model import Account, Credential, CredentialKind, DiscoveredAccount, Person, Profile

NOW = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = Bilingual("だめ", "no")
ACCOUNT = Account(id="x:hanako", platform="x", handle="saga_hanako", steward="1001", personal=True)
HANAKO = Person(number="1001", name="佐賀 花子")
ISSUED = enrolment.issue(ACCOUNT, link="link", by="1", now=NOW, valid=14 * DAY)


#: What people and browsers may do, in whatever order.
STEPS = st.lists(
    st.one_of(
        st.just(("open",)),
        st.tuples(st.just("answer"), st.sampled_from(["1001", "1002", " １００１ ", ""]), st.sampled_from("abc")),
        st.tuples(st.just("agree"), st.sampled_from(["r1", "r2"]), st.sampled_from("abc")),
        st.tuples(st.just("practise"), st.just("post"), st.sampled_from("abc")),
        st.tuples(st.just("sign_in"), st.just("key"), st.sampled_from("abc")),
        st.just(("fail",)),
    ),
    max_size=25,
)


def taken(invitation, step, *, practice):
    match step:
        case ("open",):
            return enrolment.open_(invitation, now=NOW)
        case ("answer", number, session):
            return enrolment.answer(invitation, number, session=session, now=NOW)
        case ("agree", rules, session):
            return enrolment.agree(invitation, rules, session=session, now=NOW)
        case ("practise", post, session):
            return enrolment.practise(invitation, post, session=session, now=NOW)
        case ("sign_in", key, session):
            return enrolment.sign_in(invitation, key, session=session, practice=practice, now=NOW)
        case _:
            return enrolment.fail(invitation, Problem.DECLINED, WORDS, mend=WORDS, now=NOW)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, practice=st.booleans())
def test_nobody_gets_to_the_network_by_another_way(steps, practice):
    """
    In whatever order things are done: only a browser that gave the right number signs in, after the rules and, where
    the city wants it, the practice; five wrong numbers shut the link, and what is kept is read back as it was.
    """
    invitation, right, agreed, practised = ISSUED, set(), False, False
    for step in steps:
        if enrolment.shut(invitation, ACCOUNT, HANAKO, now=NOW) is not None:
            break
        session = step[-1]
        if step[0] == "answer" and "1001" in step[1].translate(str.maketrans("１０", "10")):
            right.add(session)
        may = session in right and (step[0] != "practise" or agreed)
        if step[0] == "sign_in":
            may = session in right and agreed and (practised or not practice)
        try:
            invitation = taken(invitation, step, practice=practice)
        except (WrongPerson, StepMissing):
            assert not may
            continue
        assert step[0] not in {"agree", "practise", "sign_in"} or may
        agreed |= step[0] == "agree"
        practised |= step[0] == "practise"
        assert invitation == enrolment.read(enrolment.fact(invitation))

    assert (invitation.wrong >= enrolment.TRIES) == (invitation.problem is Problem.LOCKED)


@pytest.mark.parametrize(
    ("changes", "account", "person", "now", "reason"),
    [
        ({}, {}, {}, NOW, None),
        ({}, {}, {}, NOW + 14 * DAY - timedelta(seconds=1), None),
        ({}, {}, {}, NOW + 14 * DAY, LinkReason.EXPIRED),
        ({"stage": Stage.CONNECTED}, {}, {}, NOW + 99 * DAY, LinkReason.USED),
        ({"stage": Stage.CANCELLED}, {}, {}, NOW, LinkReason.CANCELLED),
        ({"wrong": 5, "stage": Stage.FAILED, "problem": Problem.LOCKED}, {}, {}, NOW, LinkReason.LOCKED),
        ({"wrong": 5, "stage": Stage.FAILED, "problem": Problem.ABANDONED}, {}, {}, NOW, LinkReason.LOCKED),
        ({"wrong": 4, "stage": Stage.FAILED, "problem": Problem.DECLINED}, {}, {}, NOW, None),
        ({"stage": Stage.FAILED, "problem": Problem.DECLINED}, {}, {}, NOW, None),
        ({}, {"steward": "2"}, {}, NOW, LinkReason.CANCELLED),
        ({}, {"closed": date(2026, 4, 1)}, {}, NOW, LinkReason.CANCELLED),
        ({}, None, {}, NOW, LinkReason.CANCELLED),
        ({}, {}, None, NOW, LinkReason.CANCELLED),
        ({}, {}, {"until": date(2026, 3, 31)}, NOW, LinkReason.CANCELLED),
        ({}, {}, {"until": date(2026, 4, 1)}, NOW, None),
        ({}, {}, {"since": date(2026, 5, 1)}, NOW, None),
    ],
)
def test_when_a_link_opens(changes, account, person, now, reason):
    """
    A newcomer may connect before the first day; who has left may not.
    """
    stands = None if account is None else attrs.evolve(ACCOUNT, **account)
    who = None if person is None else attrs.evolve(HANAKO, **person)

    assert reason is enrolment.shut(attrs.evolve(ISSUED, **changes), stands, who, now=now)


@pytest.mark.parametrize(
    ("account", "profile", "same"),
    [
        ({"handle": "saga_hanako"}, {"handle": "saga_hanako"}, True),
        ({"handle": "@Saga_Hanako"}, {"handle": "saga_hanako"}, True),
        ({"handle": "saga_hanako"}, {"handle": "saga_hanak0"}, False),
        ({"handle": "saga.hanako"}, {"handle": "sagahanako"}, False),
        ({"handle": ""}, {"handle": "anybody"}, None),
        ({"handle": "", "network_id": "7"}, {"handle": "renamed"}, True),
        ({"handle": "", "network_id": "8"}, {"handle": "renamed"}, False),
        ({"handle": "old", "network_id": "7"}, {"handle": "renamed"}, True),
        ({"handle": "old", "network_id": "8"}, {"handle": "old"}, False),
        ({"handle": "takeo.kanko"}, {"url": "https://www.facebook.com/TakeoKanko/"}, True),
        ({"handle": "takeo.kanko"}, {"url": "https://www.facebook.com/pan.ya"}, False),
        ({"handle": "takeo.kanko"}, {"url": "https://www.facebook.com/7"}, None),
        ({"handle": "takeo.kanko"}, {"url": "https://www.facebook.com/Takeo-Kanko-7"}, None),
        ({"handle": "takeo.kanko"}, {"url": "https://www.facebook.com/profile.php?id=7"}, None),
    ],
)
def test_what_is_the_assigned_account(account, profile, same):
    """
    Where the network's id is known, it decides; else the handle does, as the network compares it. Where there is
    nothing to compare, nobody knows.
    """
    assert same is assigned.same(attrs.evolve(ACCOUNT, **account), Profile(platform="x", network_id="7", **profile))


def found(network_id, **profile):
    return DiscoveredAccount(
        profile=Profile(platform="facebook", network_id=network_id, **profile),
        credential=Credential(platform="facebook", kind=CredentialKind.FACEBOOK_PAGE, secrets={}),
    )


def test_which_of_several_is_meant():
    """
    What was assigned is taken by itself; else the person chooses, but never from what is known to be another.
    """
    pages = [found("1", url="https://www.facebook.com/pan.ya"), found("2"), found("3")]
    named = attrs.evolve(ACCOUNT, handle="takeo.kanko")

    assert pages[1] == assigned.fit(attrs.evolve(named, network_id="2"), pages, chooses=True).right
    assert (pages[1], pages[2]) == assigned.fit(named, pages, chooses=True).open
    assert assigned.Fit() == assigned.fit(attrs.evolve(named, network_id="9"), pages, chooses=True)
    assert assigned.Fit() == assigned.fit(named, [], chooses=True)
    assert pages[1] == assigned.fit(named, [pages[1]], chooses=False).right

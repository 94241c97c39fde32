"""Profiles that are read at the practice networks, and held against the register."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from city import PACK
from enrolling import networks

from civicsns.accounts.inspection import Soundness
from civicsns.accounts.profile import Lack
from civicsns.config import ProfileSettings, RegisterSettings
from civicsns.errors import AuthorizationLost, BadInput
from civicsns.health import Level
from civicsns.language import Bilingual, Language
from civicsns.model import Credential, CredentialKind, Secret
from civicsns.program import Program
from civicsns.testing.sandbox import Fault

SITE = "https://www.city.takeo.example/sns/"
WORDS = Bilingual("だめ", "no")


@pytest.fixture
def ours(village, sandbox, hanako):
    """The village with a register on its site; Hanako's account is connected, and its profile says nothing yet."""
    program = Program(
        roster=village.program.roster,
        adapters=networks(sandbox),
        store=village.store,
        vault=village.program.vault,
        clock=village.clock,
        pack=PACK,
        public=RegisterSettings(url=SITE, city="武雄市"),
        profiles=ProfileSettings(every_days=20, per_run=5),
    )
    village.connect(village.invited(), hanako)
    sandbox.x.set_profile(hanako, name="花子", description="", url="", protected=False)
    with program:
        yield attrs.evolve(village, program=program)


def paged(city, made, person, *, tasks=("CREATE_CONTENT", "MODERATE")):
    """Connect the section's Page."""
    city.graph.set_tasks(made, person, tasks)
    secrets = {"access_token": Secret(city.graph.page_token(made, person))}
    given = Credential(platform="facebook", kind=CredentialKind.FACEBOOK_PAGE, secrets=secrets, subject=made.id)
    city.change(id="facebook:kanko", network_id=made.id)
    assert city.program.vault.put(city.account("facebook:kanko"), given)


def lacks(city, *accounts):
    return {look.account: look.lacks for look in city.program.profiles.check(accounts or None)}


def test_from_nothing_to_what_was_suggested(ours, sandbox, hanako, page):
    """
    What is missing is told, on record and in health; with the suggested text pasted, nothing is any more.
    """
    made, person, _ = page
    paged(ours, made, person)

    assert {
        "x:hanako": (Lack.NAME, Lack.SECTION, Lack.NOTICE, Lack.LINK),
        "facebook:kanko": (Lack.LINK,),
    } == lacks(ours)
    assert "profile.checked" in ours.events("x:hanako")
    symptom = next(one for one in ours.program.health().symptoms if one.code == "profile.link")
    assert (Level.ATTENTION, 2) == (symptom.level, symptom.count)

    text = ours.program.profiles.introduction("x:hanako")[Language.JA]
    sandbox.x.set_profile(hanako, name=text.name, description=text.description, url=text.link)
    of_page = ours.program.profiles.introduction("facebook:kanko")[Language.JA]
    sandbox.graph.set_profile(made, about=of_page.description, website=of_page.link)
    assert {"x:hanako": (), "facebook:kanko": ()} == lacks(ours, "x:hanako", "facebook:kanko")
    assert not [one for one in ours.program.health().symptoms if one.code.startswith("profile.")]


def test_little_is_spent(ours, sandbox):
    """
    One call each, and none before its turn: a quarter of the usual time where something was missing.
    """
    before = len(sandbox.x.calls)
    lacks(ours)
    lacks(ours)
    assert 1 == len(sandbox.x.calls) - before
    ours.clock.advance(timedelta(days=4))
    lacks(ours)
    assert 1 == len(sandbox.x.calls) - before
    ours.clock.advance(timedelta(days=2))
    lacks(ours)

    assert 2 == len(sandbox.x.calls) - before


def test_who_has_moved_is_read_again(ours, sandbox, hanako):
    """
    The profile was right for the old section; after the transfer it is read at the next run, and is not.
    """
    text = ours.program.profiles.introduction("x:hanako")[Language.JA]
    sandbox.x.set_profile(hanako, name=text.name, description=text.description, url=text.link)
    assert {"x:hanako": ()} == lacks(ours)
    ours.change(id="x:hanako", section="農林課")

    assert {"x:hanako": (Lack.SECTION,)} == lacks(ours)


def test_verifying_reads_the_profile_on_the_way(ours, sandbox):
    """
    X tells both in one call, so that the profile is not asked for again.
    """
    before = len(sandbox.x.calls)
    ours.program.verification.verify(["x:hanako"])

    assert {"x:hanako": (Lack.NAME, Lack.SECTION, Lack.NOTICE, Lack.LINK)} == lacks(ours)
    assert 1 == len(sandbox.x.calls) - before


def test_a_profile_that_is_refused_makes_no_token_dead(ours, monkeypatch):
    """
    Where a network asks more for the profile than for a post, the token is as good as before.
    """

    def refused(_adapter, _credential):
        raise AuthorizationLost(WORDS, mend=WORDS)

    monkeypatch.setattr(type(ours.program.adapter("x")), "profile", refused)
    (look,) = ours.program.verification.verify(["x:hanako"])

    assert Soundness.GOOD is look.soundness


def test_a_limit_of_none_asks_nobody(ours, sandbox):
    """
    Only what is known is told.
    """
    before = len(sandbox.x.calls)

    assert [] == ours.program.profiles.check(limit=0)
    assert before == len(sandbox.x.calls)


def test_what_the_network_does_not_show_is_told_with_what_to_do(ours, page):
    """
    Without the task MODERATE a Page's own words are refused: it is told why, and does not stand in the way of others.
    """
    made, person, _ = page
    paged(ours, made, person, tasks=("CREATE_CONTENT",))
    found = {look.account: look for look in ours.program.profiles.check()}
    look = found["facebook:kanko"]

    assert (Lack.UNREAD,) == look.lacks
    assert look.why is not None
    assert look.mend is not None
    assert (Lack.NAME, Lack.SECTION, Lack.NOTICE, Lack.LINK) == found["x:hanako"].lacks


def test_a_network_out_of_order_changes_nothing(ours, sandbox):
    """
    What was known stays, and the profile keeps its turn.
    """
    sandbox.x.faults.order(Fault.SERVER_ERROR, on="me")
    assert {} == lacks(ours)
    sandbox.x.faults.order(Fault.RATE_LIMITED, on="me")
    assert {} == lacks(ours)

    assert ["x:hanako"] == list(lacks(ours))


def test_accounts_that_are_closed_or_lost_are_left_out(ours, sandbox):
    """
    Nobody is asked about them, and what was found once is not told of a closed one.
    """
    lacks(ours)
    before = len(sandbox.x.calls)
    ours.program.vault.mark_lost(ours.account("x:hanako"), WORDS)
    assert {"x:hanako": (Lack.NAME, Lack.SECTION, Lack.NOTICE, Lack.LINK)} == lacks(ours, "x:hanako")
    assert before == len(sandbox.x.calls)
    ours.change(id="x:hanako", closed=ours.clock.now().date())

    assert {} == lacks(ours)


def test_an_unknown_account(ours):
    """
    It is a mistake in the call.
    """
    with pytest.raises(BadInput):
        ours.program.profiles.check(["x:nobody"])


def test_nothing_of_a_person_is_kept(ours, sandbox, hanako):
    """
    Neither the record nor the store has what somebody wrote into the profile.
    """
    sandbox.x.set_profile(hanako, name="はなちゃん", description="祭り大好き")
    lacks(ours)
    (fact,) = ours.store.facts("profile.look")
    assert not [word for word in ("はなちゃん", "祭り") if word in str(fact.value)]
    (record,) = [one for one in ours.store.records("x:hanako") if one.event == "profile.checked"]

    assert {"lacks": "name, section, notice, link"} == dict(record.facts)

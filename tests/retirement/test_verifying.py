"""Credentials that are verified: each way in which one may not work is told, and little is asked of the networks."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from enrolling import NOW

from civicsns.accounts import register
from civicsns.accounts.inspection import Soundness
from civicsns.clock import SystemClock
from civicsns.errors import RateLimited, StoreError
from civicsns.health import Level
from civicsns.language import Bilingual
from civicsns.model import Account, Credential, CredentialKind, Fact, Secret

WORDS = Bilingual("だめ", "no")


def connected(city, user):
    city.connect(city.invited(), user)
    return city.program.vault.get(city.account("x:hanako"))


def soundness(city, *accounts):
    """Verify, and say how each is."""
    return {look.account: look.soundness for look in city.program.verification.verify(accounts or None)}


def page_put(city, token, page, **more):
    """Put a Page's token into the vault, as its section's."""
    given = Credential(
        platform="facebook",
        kind=CredentialKind.FACEBOOK_PAGE,
        secrets={"access_token": Secret(token)},
        subject=page.id,
        **more,
    )
    city.change(id="facebook:kanko", network_id=page.id)
    assert city.program.vault.put(city.account("facebook:kanko"), given)


def test_what_works_is_good(village, hanako, page):
    """
    An X account and a Page whose tokens the networks take; what waits to be connected is not told.
    """
    made, person, _ = page
    connected(village, hanako)
    page_put(village, village.graph.page_token(made, person), made)

    assert {"facebook:kanko": Soundness.GOOD, "x:hanako": Soundness.GOOD} == soundness(village)


def test_revoked_at_the_network(city, hanako, page):
    """
    The person has removed the app on X, and on Facebook: it is told, on record, and in health, until it is mended.
    """
    made, person, _ = page
    connected(city, hanako)
    page_put(city, city.graph.page_token(made, person), made)
    city.x.revoke_tokens(hanako)
    city.graph.revoke_tokens(person)

    assert {Soundness.REVOKED} == set(soundness(city).values())
    assert "credential.verified" in city.events("x:hanako")
    symptom = next(one for one in city.program.health().symptoms if one.code == "credential.revoked")
    assert (Level.BAD, 2) == (symptom.level, symptom.count)
    connected(city, hanako)
    (symptom,) = [one for one in city.program.health().symptoms if one.code == "credential.revoked"]
    assert ("facebook:kanko",) == symptom.subjects
    assert Soundness.GOOD is soundness(city)["x:hanako"]


def test_wrong_scopes(village, page):
    """
    A Page's token that may only read posts nothing.
    """
    made, person, _ = page
    token = village.graph.page_token(made, person, scopes=("pages_show_list", "pages_read_engagement"))
    page_put(village, token, made)
    (look,) = village.program.verification.verify(["facebook:kanko"])

    assert Soundness.SCOPES is look.soundness
    assert "pages_manage_posts" in str(look.why)


def test_wrong_subject(village, sandbox, hanako):
    """
    A token of somebody else's account, put into the vault by hand.
    """
    connected(village, hanako)
    other = sandbox.x.add_user(handle=f"other{len(sandbox.x.posts())}", name="other")
    key, secret = sandbox.x.oauth1_token(other)
    held = village.program.vault.get(village.account("x:hanako"))
    wrong = attrs.evolve(
        held,
        secrets={"access_token": Secret(key), "access_token_secret": Secret(secret)},
        generation=held.generation + 1,
    )
    assert village.program.vault.put(village.account("x:hanako"), wrong)

    assert Soundness.SUBJECT is soundness(village)["x:hanako"]


def test_renamed(village, hanako):
    """
    The account is called otherwise in the register than at X.
    """
    connected(village, hanako)
    village.change(id="x:hanako", handle="saga_hanako_2")

    assert Soundness.RENAMED is soundness(village)["x:hanako"]


def test_ends_soon(village, page):
    """
    A Page's token from a short-lived sign-in ends within the hour, and nothing renews it.
    """
    made, person, _ = page
    page_put(village, village.graph.page_token(made, person, long_lived=False), made)
    # The practice networks go by the time of this machine.
    village.clock.set(SystemClock().now())

    assert Soundness.EXPIRING is soundness(village)["facebook:kanko"]


def test_what_needs_no_network(village, hanako):
    """
    Missing, lost, left over after closing: told without a question.
    """
    connected(village, hanako)
    village.change(id="x:taro", network_id="12345")
    verification = village.program.verification
    asked = {look.account: look.soundness for look in verification.verify(limit=0)}
    assert {"x:taro": Soundness.MISSING} == asked
    village.program.vault.mark_lost(village.account("x:hanako"), WORDS)
    assert Soundness.LOST is soundness(village)["x:hanako"]
    village.change(id="x:hanako", closed=NOW.date())

    assert Soundness.LEFT_OVER is soundness(village)["x:hanako"]
    symptoms = {one.code for one in village.program.health().symptoms}
    assert {"credential.left_over", "credential.missing"} <= symptoms


def test_when_it_was_asked_about_is_not_forgotten(village, hanako):
    """
    What is found without the network leaves its turn to be asked about as it was.
    """
    connected(village, hanako)
    village.program.verification.verify()
    village.program.vault.mark_lost(village.account("x:hanako"), WORDS)
    (look,) = village.program.verification.verify()

    assert (Soundness.LOST, NOW) == (look.soundness, look.asked_at)


def test_each_question_is_counted(village, hanako):
    """
    Where reading costs money, the account's budget knows of it.
    """
    connected(village, hanako)
    counted = []
    verification = village.program.verification
    verification._counted = lambda *whose: counted.append(whose)
    verification.verify()

    assert [("x", "x:hanako")] == counted


def test_a_token_is_exchanged_on_the_way(town, hanako):
    """
    X's OAuth 2.0 token lasts two hours: verified after one and a half it is exchanged, and the new one is good.
    """
    before = connected(town, hanako)
    town.clock.set(before.expires_at - timedelta(minutes=30))

    assert Soundness.GOOD is soundness(town)["x:hanako"]
    assert before.generation + 1 == town.program.vault.get(town.account("x:hanako")).generation


class Counting:
    """An adapter's questions, counted; some are answered with an error."""

    def __init__(self, adapter, monkeypatch) -> None:
        self.asked: list[str] = []
        self.ends: list[Exception] = []
        profile = type(adapter).profile

        def counted(inner, credential):
            self.asked.append(credential.subject)
            if self.ends:
                raise self.ends.pop()
            return profile(inner, credential)

        monkeypatch.setattr(type(adapter), "profile", counted)


@pytest.fixture
def many(village, sandbox, monkeypatch):
    """Six connected accounts at X, whose network counts the questions."""
    for number in range(6):
        handle = f"many_{number}"
        user = sandbox.x._state.user_by_handle(handle) or sandbox.x.add_user(handle=handle, name=handle)
        key, secret = sandbox.x.oauth1_token(user)
        account = Account(id=f"x:{handle}", platform="x", handle=handle, network_id=user.id, steward="1002")
        made = Fact(kind=register.ACCOUNT, key=account.id, value=register.account_value(account))
        assert village.store.put(None, made)
        tokens = {"access_token": Secret(key), "access_token_secret": Secret(secret)}
        given = Credential(platform="x", kind=CredentialKind.X_OAUTH1, secrets=tokens, subject=user.id)
        assert village.program.vault.put(account, given)
    return village, Counting(village.program.adapter("x"), monkeypatch)


def test_some_at_a_time_the_longest_ago_first(many):
    """
    Two in a run: after three runs each was asked about once; then nobody, for a week; then the first ones again.
    """
    city, network = many
    verification = city.program.verification
    for _ in range(3):
        verification.verify(limit=2)
        city.clock.advance(timedelta(hours=1))

    assert 6 == len(network.asked) == len(set(network.asked))
    assert 6 == len(verification.verify(limit=2))
    assert 6 == len(network.asked)
    city.clock.advance(timedelta(days=7) - timedelta(hours=2))
    verification.verify(limit=6)
    assert network.asked[:2] == network.asked[6:8]
    # Asked an hour after the others, the last ones are not due yet.
    assert 10 == len(network.asked)


def test_what_is_wrong_is_asked_before_what_is_well(many, sandbox):
    """
    After what was never asked comes what was wrong, every time.
    """
    city, network = many
    verification = city.program.verification
    sandbox.x.revoke_tokens(sandbox.x._state.user_by_handle("many_3"))
    looks = verification.verify()
    wrong = [look.account for look in looks if look.soundness is Soundness.REVOKED]
    network.asked.clear()
    verification.verify(limit=1)

    assert ["x:many_3"] == wrong
    assert [city.account("x:many_3").network_id] == network.asked


def test_a_network_that_has_enough_is_left_alone(many):
    """
    After a rate limit nobody is asked about any more in this run, and nothing that is known is forgotten.
    """
    city, network = many
    verification = city.program.verification
    verification.verify()
    city.clock.advance(timedelta(days=8))
    network.asked.clear()
    network.ends = [RateLimited(WORDS, mend=WORDS, until=city.clock.now())]
    looks = verification.verify()

    assert 1 == len(network.asked)
    assert [Soundness.UNREACHED] == [look.soundness for look in looks if look.soundness is not Soundness.GOOD]
    assert {Soundness.GOOD} == {look.soundness for look in verification.known()}


def failing(monkeypatch, refresher, *accounts):
    """Have the store fail for some accounts, as it does while another process exchanges their tokens."""
    fresh = type(refresher).fresh

    def broken(inner, account, adapter):
        if account.id in accounts:
            raise StoreError(Bilingual("更新中です。", "It is busy."), mend=WORDS, place=account.id)
        return fresh(inner, account, adapter)

    monkeypatch.setattr(type(refresher), "fresh", broken)


def test_an_account_that_is_busy_holds_up_no_other(many, monkeypatch):
    """
    What another process is at just now is told, and keeps its turn; all others are asked about.
    """
    city, network = many
    failing(monkeypatch, city.program.refresher, "x:many_0", "x:many_3")
    looks = city.program.verification.verify()
    missed = [look for look in looks if look.soundness is Soundness.UNREACHED]

    assert ["x:many_0", "x:many_3"] == [look.account for look in missed]
    assert "It is busy." == missed[0].why.en
    assert 4 == len(network.asked) == len(city.program.verification.known())


def test_a_store_that_is_out_of_order_ends_the_run(many, monkeypatch):
    """
    It says how many were looked at; what was found of them is kept, and the next run goes on with the rest.
    """
    city, network = many
    failing(monkeypatch, city.program.refresher, *(f"x:many_{number}" for number in range(2, 6)))
    with pytest.raises(StoreError) as ended:
        city.program.verification.verify()
    monkeypatch.undo()

    assert "2 accounts were looked at, and what was found is kept. It is busy." in ended.value.what.en
    assert "2 件は点検済みで、結果も残っています。更新中です。" in ended.value.what.ja
    assert 2 == len(network.asked) == len(city.program.verification.known())
    assert 6 == len(city.program.verification.verify())


def test_asked_for_by_name_it_is_asked_at_once(many):
    """
    Named accounts are asked about whenever they were asked about before; others are not.
    """
    city, network = many
    city.program.verification.verify(["x:many_1"])
    city.program.verification.verify(["x:many_1"])

    assert [city.account("x:many_1").network_id] * 2 == network.asked

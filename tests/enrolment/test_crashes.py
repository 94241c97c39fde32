"""A process that dies at any point of an enrolment leaves something to go on from: never half an account."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from enrolling import Died, Frail, service, token_of

from civicsns.accounts import register
from civicsns.accounts.enrolment import Stage
from civicsns.accounts.refusals import LinkError, LinkReason, SignInError, WrongAccount
from civicsns.enrolment import PageChoice, state_in
from civicsns.enrolment.signins import KIND, LIFE
from civicsns.errors import AuthorizationLost, Unavailable
from civicsns.language import Bilingual
from civicsns.model import Secret
from civicsns.testing.sandbox import Fault
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealed import SealedVault
from civicsns.vault.sealer import of_this_process

CHROME = "hanako's browser"
WORDS = Bilingual("だめ", "no")


def way(city, enrolments, token, user):
    """Go all the way that a person goes, from wherever it was left."""
    enrolments.opened(token)
    enrolments.confirm(token, "1001", session=CHROME)
    enrolments.agreed(token, "rules-1", session=CHROME)
    url = enrolments.begin(token, redirect_uri=city.back, session=CHROME)
    came = city.x.sign_in(url, user)
    enrolments.complete(state_in(came), came, session=CHROME)


@pytest.mark.parametrize("resumes", [True, False], ids=["resumed", "gone on by the person"])
@pytest.mark.parametrize(("part", "writes"), [("store", 8), ("vault", 1), ("sealed", 7)])
def test_killed_at_every_write(town, part, writes, resumes):
    """
    Before and after each write the process dies; whatever is next, the end is the same as without.
    """
    deaths, hanako = 0, None
    vault = town.program.vault
    if part == "sealed":
        # In the store, in one transaction with the account.
        key = LocalKey(bytes(32))
        vault = SealedVault(town.store, Keys(lambda: key), programme="", clock=town.clock)
    name = f"{part[:2]}_{resumes}_"
    for at, after in itertools.product(range(1, writes + 2), (False, True)):
        sealer = of_this_process(programme="")
        healthy = service(town, sealer, vault=vault)
        token = token_of(healthy.invite("x:hanako", by="1"))
        # As if the account had never been connected; X asks nobody too often whose a token is.
        hanako = town.x.add_user(handle=f"{name}{at}", name="佐賀 花子") if not after else hanako
        assert hanako is not None
        town.change(id="x:hanako", handle=hanako.handle, network_id="", opened=None)
        vault.destroy(town.account("x:hanako"))
        frail = Frail(vault if part == "vault" else town.store, frozenset({"put", "put_all", "reseal"}), at, after)
        parts: dict[str, Any] = {"vault": frail} if part == "vault" else {"store": frail, "vault": vault}
        if part == "sealed":
            parts["vault"] = SealedVault(frail, Keys(lambda: key), programme="", clock=town.clock)
        try:
            way(town, service(town, sealer, **parts), token, hanako)
        except Died:
            deaths += 1
            town.clock.advance(LIFE)
            if resumes:
                healthy.resume()
            try:
                way(town, healthy, token, hanako)
            except LinkError as error:
                assert LinkReason.USED is error.reason  # noqa: PT017 -- it may have been at its end
        records = town.events("x:hanako")
        last = records[len(records) - records[::-1].index("invitation.issued") :]

        assert hanako.id == town.account("x:hanako").network_id
        assert vault.get(town.account("x:hanako"))
        assert (1, 1) == (last.count("account.connected"), last.count("invitation.connected"))
        assert Stage.CONNECTED is town.enrolments.status()[1].stage
        healthy.resume()
        town.clock.advance(LIFE)
        healthy.resume()
        assert [] == list(town.store.facts(KIND))
    # Once more than there are writes, so that none was forgotten.
    assert 2 * writes == deaths


def test_whose_the_tokens_are_is_asked_again(city, hanako):
    """
    The tokens are here and the network does not say whose: they wait, sealed, and `resume` finishes without the person.
    """
    came = city.back_from_x(city.invited(), hanako)
    city.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        city.complete(came)
    city.clock.advance(LIFE)
    done = city.enrolments.resume()

    assert 1 == done
    assert hanako.id == city.account("x:hanako").network_id


def test_tokens_for_an_account_that_is_gone(town, hanako):
    """
    They waited, and the account was taken out of the register meanwhile: they are revoked.
    """
    came = town.back_from_x(town.invited(), hanako)
    town.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        town.complete(came)
    town.store.put(town.store.fact(register.ACCOUNT, "x:hanako"), None)
    town.clock.advance(LIFE)
    done = town.enrolments.resume()

    assert 1 == done
    assert [] == [one for one in town.x._state.oauth1.values() if one.user_id == hanako.id]
    assert [] == list(town.store.facts(KIND))


def test_the_next_try_finishes_what_was_left(town, hanako):
    """
    Where the person is faster than `resume`, the next try finds the account connected.
    """
    token = town.invited()
    came = town.back_from_x(token, hanako)
    town.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        town.complete(came)
    with pytest.raises(LinkError) as caught:
        town.enrolments.begin(token, redirect_uri=town.back, session=CHROME)

    assert LinkReason.USED is caught.value.reason
    assert hanako.id == town.account("x:hanako").network_id


def test_what_could_not_be_revoked_is_revoked_later(town, other):
    """
    The wrong account's token, and a network that is down just then.
    """
    came = town.back_from_x(town.invited(), other)
    town.x.faults.order(Fault.HTML_503, on="revoke", carried_out=False)
    with pytest.raises(WrongAccount):
        town.complete(came)
    alive = [one for one in town.x._state.oauth1.values() if one.user_id == other.id]
    town.clock.advance(LIFE)
    town.enrolments.resume()

    assert 1 == len(alive)
    assert not [one for one in town.x._state.oauth1.values() if one.user_id == other.id]
    assert [] == list(town.store.facts(KIND))


def test_a_choice_that_nobody_makes_is_given_up(town):
    """
    The grant is taken back, and the stage says so.
    """
    person = town.graph.add_person("佐賀 花子")
    page = town.graph.add_page("観光課", tasks={person: ("CREATE_CONTENT",)})
    result = town.complete(town.back_from_facebook(town.invited("facebook:kanko"), person, page.id))
    town.clock.advance(LIFE)
    town.enrolments.resume()
    town.clock.advance(LIFE)
    town.enrolments.resume()

    assert isinstance(result, PageChoice)
    assert [] == list(town.store.facts(KIND))
    assert Stage.FAILED is town.enrolments.status()[0].stage
    assert "invitation.grant_ended" == town.events("facebook:kanko")[-1]


def test_sealed_with_a_key_that_is_gone(town, hanako):
    """
    Another process without the key cannot end the sign-in; the person signs in again.
    """
    token = town.invited()
    came = town.back_from_x(token, hanako)
    fresh = service(town, of_this_process(programme=""))
    with pytest.raises(SignInError):
        fresh.complete(state_in(came), came, session=CHROME)
    way(town, fresh, token, hanako)

    assert hanako.id == town.account("x:hanako").network_id


def test_tokens_under_way_are_sealed(town, hanako):
    """
    Between the network's answer and the vault nothing of a token can be read in the store.
    """
    came = town.back_from_x(town.invited(), hanako)
    town.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        town.complete(came)
    stored = repr(
        [dict(fact.value) for kind in (KIND, "invitation", "account.profile") for fact in town.store.facts(kind)]
    )
    tokens = [text for one in town.x._state.oauth1.values() for text in (one.token, one.secret)]

    assert tokens
    assert not [token for token in tokens if token in stored]


def test_no_credential_is_lost_where_the_vault_is_down(town, hanako):
    """
    The vault says no at the last moment: nothing is half, and it is finished later.
    """

    class Down:
        def get(self, account):
            raise AuthorizationLost(WORDS, mend=WORDS)

        def put(self, account, credential):
            raise OSError("down")

        def held(self):
            return []

    sealer = of_this_process(programme="")
    token = token_of(service(town, sealer).invite("x:hanako", by="1"))
    with pytest.raises(OSError, match="down"):
        way(town, service(town, sealer, vault=Down()), token, hanako)

    assert not town.account("x:hanako").network_id
    town.clock.advance(LIFE)
    service(town, sealer).resume()
    assert isinstance(town.program.vault.get(town.account("x:hanako")).secrets["access_token"], Secret)
    assert hanako.id == town.account("x:hanako").network_id

"""Two at once: whoever is second finds what the first has done, and nothing is done twice or by halves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import attrs
import pytest
from enrolling import NOW, service, token_of

from civicsns.accounts import register
from civicsns.accounts.enrolment import Problem
from civicsns.accounts.refusals import LinkError, SignInError, WrongAccount
from civicsns.enrolment import Connected, state_in
from civicsns.enrolment.signins import KIND, LIFE
from civicsns.errors import AuthorizationLost, StoreError
from civicsns.model import Secret
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealed import SealedVault

CHROME = "hanako's browser"


def stirred(inner, call, meddle):
    """Give an adapter during one of whose calls something happens, once."""
    real, left = getattr(inner, call), [meddle]

    def called(_, *given, **named):
        result = real(*given, **named)
        if left:
            left.pop()()
        return result

    # What it is able to do is looked for by its methods, which stay its own.
    made: Any = object.__new__(type("Stirred", (type(inner),), {call: called}))
    made.__dict__.update(inner.__dict__)
    return made


def meddled(city, call, meddle):
    """Give the service at whose network something happens during *call*."""
    adapter = stirred(city.program.adapter("x"), call, meddle)
    return service(city, city.program.sealer, network=lambda _: adapter)


def tokens(city, user):
    return [one for one in city.x._state.oauth1.values() if one.user_id == user.id]


def nothing_kept(city, account_id="x:hanako"):
    with pytest.raises(AuthorizationLost):
        city.program.vault.get(city.account(account_id))
    return not city.account(account_id).network_id


def test_an_answer_that_is_sent_twice_at_once(town, hanako):
    """
    While the network is asked for the tokens, the same answer comes once more: one of them connects the account.
    """
    came = town.back_from_x(town.invited(), hanako)
    seen = []

    def again():
        with pytest.raises(SignInError):
            town.complete(came)
        seen.append(True)

    result = meddled(town, "complete", again).complete(state_in(came), came, session=CHROME)

    assert isinstance(result, Connected)
    assert [True] == seen


def test_many_threads_with_one_answer(city, hanako):
    """
    Of eight at once, one connects the account.
    """
    came = city.back_from_x(city.invited(), hanako)

    def one(_):
        try:
            return isinstance(city.complete(came), Connected)
        except (SignInError, LinkError, StoreError):
            return False

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(one, range(8)))

    assert 1 == sum(done)
    assert 1 == city.events("x:hanako").count("account.connected")


@pytest.mark.parametrize("sealed", [False, True], ids=["elsewhere", "in the store"])
@pytest.mark.parametrize("call", ["complete", "whoami"])
@pytest.mark.parametrize("how", ["cancelled", "invited anew", "handed over"])
def test_what_ends_the_link_while_the_network_answers(town, hanako, call, how, sealed):
    """
    The account is not connected, and the tokens that arrive are revoked, at once or by `resume`; wherever the vault is.
    """
    if sealed:
        key = LocalKey(bytes(32))
        town.program.vault = SealedVault(town.store, Keys(lambda: key), programme="", clock=town.clock)
    before = len(tokens(town, hanako))
    came = town.back_from_x(town.invited(), hanako)
    ends = {
        "cancelled": lambda: town.enrolments.cancel("x:hanako", by="1", reason="誤り"),
        "invited anew": lambda: town.enrolments.invite("x:hanako", by="1"),
        "handed over": lambda: town.change(id="x:hanako", steward="1002"),
    }
    with pytest.raises((SignInError, LinkError)):
        meddled(town, call, ends[how]).complete(state_in(came), came, session=CHROME)
    town.clock.advance(LIFE)
    town.enrolments.resume()

    assert nothing_kept(town)
    assert before == len(tokens(town, hanako))
    assert [] == list(town.store.facts(KIND))


@pytest.mark.parametrize("call", ["complete", "whoami"])
def test_a_token_that_is_in_use_is_not_revoked(town, hanako, call):
    """
    An account that works is connected once more, and that is cancelled on the way: X may have given the very token by
    which the account lives.
    """
    town.connect(town.invited(), hanako)
    came = town.back_from_x(town.invited(), hanako)
    cancel = partial(town.enrolments.cancel, "x:hanako", by="1", reason="いらない")
    with pytest.raises(SignInError):
        meddled(town, call, cancel).complete(state_in(came), came, session=CHROME)
    town.clock.advance(LIFE)
    town.enrolments.resume()

    assert 2 == len(tokens(town, hanako))
    assert [] == list(town.store.facts(KIND))
    assert "no" == town.store.records("x:hanako")[-1].facts["revoked"]


def test_who_has_left_while_the_network_answers(town, hanako):
    """
    Whose term is over in the register connects nothing any more.
    """
    came = town.back_from_x(town.invited(), hanako)
    was = town.store.fact(register.PERSON, "1001")
    left = attrs.evolve(register.person(was), until=NOW.date() - timedelta(days=1))
    with pytest.raises(LinkError):
        meddled(town, "complete", lambda: town.store.put(was, was.becomes(**register.person_value(left)))).complete(
            state_in(came), came, session=CHROME
        )

    assert nothing_kept(town)
    assert [] == tokens(town, hanako)


def test_two_accounts_with_one_profile_at_once(town, other):
    """
    While one account is on its way into a vault that lies elsewhere, another is connected to the same profile.
    """
    town.change(id="x:hanako", handle="")
    one = town.back_from_x(town.invited(), other)
    two = town.back_from_x(town.invited("x:taro", session="taro"), other, session="taro")
    seen = []

    def second():
        with pytest.raises(WrongAccount) as caught:
            town.complete(two, session="taro")
        seen.append(caught.value.problem)

    vault = stirred(town.program.vault, "put", second)
    service(town, town.program.sealer, vault=vault).complete(state_in(one), one, session=CHROME)

    assert [Problem.TAKEN] == seen
    assert other.id == town.account("x:hanako").network_id
    assert nothing_kept(town, "x:taro")


def test_what_was_exchanged_meanwhile_is_not_put_back(town, hanako):
    """
    The process died between the vault and the account, and somebody has exchanged the tokens since: they stay.
    """
    vault = town.program.vault

    def dies():
        raise KeyboardInterrupt

    came = town.back_from_x(town.invited(), hanako)
    with pytest.raises(KeyboardInterrupt):
        service(town, town.program.sealer, vault=stirred(vault, "put", dies)).complete(
            state_in(came), came, session=CHROME
        )
    account = town.account("x:hanako")
    first = vault.get(account)
    assert first.issued_at is not None
    exchanged = attrs.evolve(
        first,
        secrets={"access_token": Secret("exchanged")},
        issued_at=first.issued_at + timedelta(minutes=1),
        generation=first.generation + 1,
    )
    vault.put(account, exchanged)
    town.clock.advance(LIFE)
    town.enrolments.resume()

    assert hanako.id == town.account("x:hanako").network_id
    assert exchanged == vault.get(account)


def test_wrong_numbers_from_many_browsers_at_once(city):
    """
    Five of twenty are answered, the rest find the link shut: none is uncounted.
    """
    token = token_of(city.enrolments.invite("x:hanako", by="1"))

    def one(number):
        try:
            city.enrolments.confirm(token, f"9{number}", session=str(number))
        except LinkError:
            return "shut"
        except Exception as error:  # noqa: BLE001 -- told apart below
            return type(error).__name__
        return "let in"

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(one, range(20)))

    assert {"WrongPerson": 4, "shut": 16} == {end: ends.count(end) for end in set(ends)}
    assert 4 == city.events("x:hanako").count("invitation.wrong_person")

"""An account that is connected once more: as itself, whatever it is called by now, and with one grant alone."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from enrolling import Died, Frail, open_city, service, token_of

from civicsns.accounts.enrolment import Problem
from civicsns.accounts.refusals import LinkError, LinkReason, WrongAccount
from civicsns.adapters.x import Enrolment
from civicsns.enrolment import state_in
from civicsns.enrolment.signins import KIND, LIFE
from civicsns.errors import ShutForGood, Unavailable
from civicsns.language import Bilingual
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault, Sandbox
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealed import SealedVault

CHROME = "hanako's browser"
WORDS = Bilingual("だめ", "no")


@pytest.fixture(scope="module")
def sandbox():
    """Networks of its own: X asks nobody too often whose a token is."""
    with Sandbox() as networks:
        yield networks


@pytest.fixture(params=["elsewhere", "in the store"])
def anew(request, sandbox, tmp_path):
    """A town whose app signs in at X by OAuth 2.0, and whose vault lies elsewhere or in the store."""
    store = MemoryStore() if request.param == "elsewhere" else SqlStore(tmp_path / "civicsns.db")
    yield from open_city(sandbox, store, enrolment=Enrolment.OAUTH2)
    if isinstance(store, SqlStore):
        store.close()


def way(city, enrolments, token, user):
    """Go all the way that a person goes, from wherever it was left."""
    enrolments.opened(token)
    enrolments.confirm(token, "1001", session=CHROME)
    enrolments.agreed(token, "rules-1", session=CHROME)
    came = city.x.sign_in(enrolments.begin(token, redirect_uri=city.back, session=CHROME), user)
    enrolments.complete(state_in(came), came, session=CHROME)


def refresh_tokens(city, user):
    return {token for token, grant in city.x._state.refresh.items() if grant.user_id == user.id}


def kept(city):
    return city.program.vault.get(city.account("x:hanako")).secrets["refresh_token"].reveal()


def test_the_old_grant_is_revoked(anew, hanako):
    """
    The network knows the new tokens, and no others; that the old ones ended is on record.
    """
    anew.connect(anew.invited(), hanako)
    first = kept(anew)
    anew.connect(anew.invited(), hanako)
    last = anew.store.records("x:hanako")[-1]

    assert first != kept(anew)
    assert {kept(anew)} == refresh_tokens(anew, hanako)
    assert [] == list(anew.store.facts(KIND))
    assert ("invitation.grant_ended", "yes") == (last.event, last.facts["revoked"])
    assert hanako.id == anew.program.adapter("x").whoami(anew.program.vault.get(anew.account("x:hanako"))).network_id


def test_the_old_grant_is_revoked_later(anew, hanako):
    """
    The network is down just then: the account is connected, and `resume` revokes.
    """
    anew.connect(anew.invited(), hanako)
    first = kept(anew)
    came = anew.back_from_x(anew.invited(), hanako)
    anew.x.faults.order(Fault.HTML_503, on="revoke", carried_out=False)
    anew.complete(came)
    both = {first, kept(anew)}
    assert both == refresh_tokens(anew, hanako)
    anew.clock.advance(LIFE)
    anew.enrolments.resume()

    assert {kept(anew)} == refresh_tokens(anew, hanako)
    assert [] == list(anew.store.facts(KIND))


def test_the_old_grant_is_not_exchanged_meanwhile(anew, hanako):
    """
    Who exchanges it at that moment has its turn first: what came of it would live on.
    """
    anew.connect(anew.invited(), hanako)
    vault, account = anew.program.vault, anew.account("x:hanako")
    came = anew.back_from_x(anew.invited(), hanako)
    was, turns = vault.exclusively, []

    def exclusively(account):
        turns.append(account.id)
        return was(account)

    vault.exclusively = exclusively
    anew.complete(came)

    assert [account.id] == turns


def test_a_sign_in_that_ends_leaves_the_account_its_tokens(anew, hanako):
    """
    Connected by OAuth 2.0, begun once more, and cancelled: what that sign-in brought is revoked, and nothing else.
    """
    anew.connect(anew.invited(), hanako)
    came = anew.back_from_x(anew.invited(), hanako)
    anew.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        anew.complete(came)
    anew.enrolments.cancel("x:hanako", by="1", reason="いらない")
    anew.clock.advance(LIFE)
    anew.enrolments.resume()

    assert {kept(anew)} == refresh_tokens(anew, hanako)
    assert [] == list(anew.store.facts(KIND))


def test_what_does_not_open_keeps_nothing_alive(anew, hanako):
    """
    A new sign-in ends, while what the account lives on does not open: its tokens are revoked all the same.
    """
    anew.connect(anew.invited(), hanako)
    first = kept(anew)
    came = anew.back_from_x(anew.invited(), hanako)
    anew.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        anew.complete(came)

    def shut(_):
        raise ShutForGood(WORDS, mend=WORDS)

    anew.program.vault.remains = shut
    anew.enrolments.cancel("x:hanako", by="1", reason="いらない")
    anew.clock.advance(LIFE)
    anew.enrolments.resume()

    assert {first} == refresh_tokens(anew, hanako)
    assert [] == list(anew.store.facts(KIND))


def test_killed_at_every_write(sandbox, tmp_path):
    """
    Whenever the process dies from when the person is back: in the end the account works, and the old grant is dead.
    """
    # The answer is taken, its tokens are kept, they are sealed, the old ones are revoked: the fifth write to the eighth.
    deaths, key = 0, LocalKey(bytes(32))
    keys = Keys(lambda: key)
    with SqlStore(tmp_path / "civicsns.db") as store, contextlib.ExitStack() as stack:
        (city,) = itertools.islice(opened := open_city(sandbox, store, enrolment=Enrolment.OAUTH2), 1)
        stack.callback(list, opened)
        for at, after in itertools.product(range(5, 10), (False, True)):
            person = city.x.add_user(handle=f"again_{at}_{after}", name="佐賀 花子")
            city.change(id="x:hanako", handle=person.handle, network_id="")
            city.connect(city.invited(), person)
            first, token = kept(city), token_of(city.enrolments.invite("x:hanako", by="1"))
            frail = Frail(store, frozenset({"put", "put_all", "reseal"}), at, after)
            vault = SealedVault(frail, keys, programme="town", clock=city.clock)
            try:
                way(city, service(city, city.program.sealer, store=frail, vault=vault), token, person)
            except Died:
                deaths += 1
                city.clock.advance(LIFE)
                city.enrolments.resume()
                try:
                    way(city, city.enrolments, token, person)
                except LinkError as error:
                    assert LinkReason.USED is error.reason  # noqa: PT017 -- it may have been at its end
            city.clock.advance(LIFE)
            city.enrolments.resume()
            alive = refresh_tokens(city, person)

            assert first not in alive
            assert kept(city) in alive
            assert [] == list(store.facts(KIND))
    assert 2 * 4 == deaths


def test_by_oauth_1_the_token_is_the_same(town, hanako):
    """
    X gives the same token twice, so that nothing is revoked.
    """
    town.connect(town.invited(), hanako)
    before = [call.operation for call in town.x.calls].count("revoke")
    town.connect(town.invited(), hanako)

    assert before == [call.operation for call in town.x.calls].count("revoke")


def test_what_does_not_open_is_replaced(anew, hanako):
    """
    Its key is gone: it cannot be revoked, and keeps nobody from connecting the account.
    """
    anew.connect(anew.invited(), hanako)
    vault = anew.program.vault

    def remains(_):
        raise ShutForGood(WORDS, mend=WORDS)

    first = kept(anew)
    vault.remains = remains
    anew.connect(anew.invited(), hanako)

    assert first != kept(anew)
    assert {first, kept(anew)} == refresh_tokens(anew, hanako)


def test_a_renamed_account_is_the_same(town, hanako):
    """
    The network's id is what it was: the account is connected, and stands under its new name, which is on record.
    """
    town.connect(town.invited(), hanako)
    town.change(id="x:hanako", handle="hanako_before")
    town.connect(town.invited(), hanako)
    (last,) = [one for one in town.store.records("x:hanako") if one.event == "account.connected"][1:]

    assert ("saga_hanako", hanako.id) == (town.account("x:hanako").handle, town.account("x:hanako").network_id)
    assert ("saga_hanako", "hanako_before") == (last.facts["handle"], last.facts["handle_before"])


def test_who_took_over_the_old_name_is_another(town, hanako, other):
    """
    A handle that was given up can be somebody else's the next day.
    """
    town.connect(town.invited(), hanako)
    town.change(id="x:hanako", handle="hanako_private")
    with pytest.raises(WrongAccount) as caught:
        town.connect(town.invited(), other)

    assert Problem.WRONG_ACCOUNT is caught.value.problem
    assert hanako.id == town.account("x:hanako").network_id

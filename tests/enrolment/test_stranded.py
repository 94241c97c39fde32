"""Sign-ins whose seal does not open, whose network does not answer, or whose store fails: each comes to an end."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from functools import partial
from typing import Any

import attrs
import pytest
from enrolling import service, token_of

from civicsns.accounts.enrolment import Problem, Stage
from civicsns.accounts.refusals import LinkError, LinkReason, SignInError, WrongAccount, WrongPerson
from civicsns.enrolment import Connected, state_in
from civicsns.enrolment.signins import KIND, LIFE, SETTLED, TRIED
from civicsns.errors import ConfigurationError, StoreError, Unavailable, VaultError
from civicsns.language import Bilingual
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault, Sandbox
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealer import Sealer, of_this_process

CHROME = "hanako's browser"
DAY = timedelta(days=1)
WORDS = Bilingual("届きません", "out of reach")


@pytest.fixture(scope="module")
def sandbox():
    """Networks of its own: X asks nobody too often whose a token is."""
    with Sandbox() as networks:
        yield networks


def sealer(*numbers: int) -> Sealer:
    """Give a sealer by the number of its key, and those of previous keys; the town's own is 0."""
    return Sealer(
        Keys(
            partial(LocalKey, bytes([numbers[0]]) * 32),
            [partial(LocalKey, bytes([number]) * 32) for number in numbers[1:]],
        ),
        programme="town",
    )


def events(city, account_id="x:hanako"):
    return [(one.event, one.facts.get("revoked")) for one in city.store.records(account_id)]


def tokens(city, user):
    return [one for one in city.x._state.oauth1.values() if one.user_id == user.id]


def granted(city, hanako):
    """Sign in, while the network does not say whose the tokens are; give the link's token."""
    token = city.invited()
    came = city.back_from_x(token, hanako)
    city.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        city.complete(came)
    return token


def sealing(city, hanako):
    """Sign in, while a vault that lies elsewhere is down."""

    class Down:
        def __init__(self, inner):
            self.inner = inner

        def get(self, account):
            return self.inner.get(account)

        def held(self):
            return self.inner.held()

        def put(self, account, credential):
            raise StoreError(WORDS, mend=WORDS)

    token = city.invited()
    came = city.back_from_x(token, hanako)
    with pytest.raises(StoreError):
        service(city, city.program.sealer, vault=Down(city.program.vault)).complete(
            state_in(came), came, session=CHROME
        )
    return token


def begun(city, hanako):
    """Go to the network, and no further."""
    token = city.invited()
    city.back_from_x(token, hanako)
    return token


def connected_by(city, enrolments, token, user):
    """Go all the way that a person goes."""
    enrolments.opened(token)
    enrolments.confirm(token, "1001", session=CHROME)
    enrolments.agreed(token, "rules-1", session=CHROME)
    came = city.x.sign_in(enrolments.begin(token, redirect_uri=city.back, session=CHROME), user)
    return enrolments.complete(state_in(came), came, session=CHROME)


@pytest.mark.parametrize("left", [begun, granted, sealing])
@pytest.mark.parametrize("how", ["begin", "invite", "cancel", "retire", "resume"])
def test_the_key_is_gone(town, hanako, left, how):
    """
    Whatever is done next, the sign-in ends, what could not be revoked is on record, and the account can be connected.
    """
    token = left(town, hanako)
    fresh = service(town, sealer(7))
    match how:
        case "begin":
            fresh.begin(token, redirect_uri=town.back, session=CHROME)
        case "invite":
            fresh.invite("x:hanako", by="1")
        case "cancel":
            assert fresh.cancel("x:hanako", by="1", reason="誤り")
        case "retire":
            town.program.sealer = sealer(7)
            del town.program.enrolments
            assert town.program.retirement.retire("x:hanako", by="1", reason="退職").closed
            town.change(id="x:hanako", closed=None)
        case _:
            town.clock.advance(LIFE)
            assert 1 == fresh.resume()
            standing = fresh.status()[1]
            assert (Stage.FAILED, Problem.ABANDONED) == (standing.stage, standing.problem)
    kept = [fact for fact in town.store.facts(KIND) if fact.value["step"] != "begun"]

    assert [] == kept
    assert (left is not begun) == (("invitation.grant_ended", "no") in events(town))
    result = connected_by(town, fresh, token_of(fresh.invite("x:hanako", by="1")), hanako)
    assert isinstance(result, Connected)


def test_a_choice_whose_key_is_gone(town):
    """
    The person sees that it is over, and signs in once more.
    """
    person = town.graph.add_person("佐賀 花子")
    page = town.graph.add_page("観光課", tasks={person: ("CREATE_CONTENT",)})
    token = town.invited("facebook:kanko")
    town.complete(town.back_from_facebook(token, person, page.id))
    fresh = service(town, sealer(7))
    with pytest.raises(SignInError):
        fresh.choice(token, session=CHROME)

    assert [] == list(town.store.facts(KIND))
    assert Problem.ABANDONED is fresh.look(token).problem
    assert ("invitation.grant_ended", "no") in events(town, "facebook:kanko")


def test_what_is_to_be_revoked_and_its_key_is_gone(town, hanako, other):
    """
    Nobody can revoke it; a sign-in that was begun since, with the same link, goes on.
    """
    token = town.invited()
    came = town.back_from_x(token, other)
    town.x.faults.order(Fault.HTML_503, on="revoke", carried_out=False)
    with pytest.raises(WrongAccount):
        town.complete(came)
    fresh = service(town, sealer(7))
    town.clock.advance(LIFE)
    came = town.x.sign_in(fresh.begin(token, redirect_uri=town.back, session=CHROME), hanako)
    fresh.resume()

    assert ("invitation.grant_ended", "no") == events(town)[-1]
    assert Stage.SIGNING_IN is fresh.look(token).stage
    assert isinstance(fresh.complete(state_in(came), came, session=CHROME), Connected)


def test_a_machine_that_has_no_such_key_yet(town, hanako):
    """
    While keys are changed, another machine may have the key still: nothing is ended before its time.
    """
    granted(town, hanako)
    town.clock.advance(SETTLED)

    assert 0 == service(town, sealer(7)).resume()
    assert 1 == town.enrolments.resume()
    assert hanako.id == town.account("x:hanako").network_id


def test_a_machine_that_was_given_no_key(city, hanako):
    """
    A process that only delivers cannot tell that nobody else has the key: it ends nothing that is kept for others.
    """
    granted(city, hanako)
    city.clock.advance(LIFE)
    done = service(city, of_this_process(programme="town")).resume()

    assert (0 if isinstance(city.store, SqlStore) else 1) == done
    assert (1 if isinstance(city.store, SqlStore) else 0) == len(city.store.facts(KIND))


@attrs.define
class FarKey:
    """A key in a key-management service, which may be out of reach."""

    inner: LocalKey = attrs.field(factory=lambda: LocalKey(bytes([3]) * 32))
    away: bool = False

    @property
    def id(self) -> str:
        return self.inner.id

    def wrap(self, key: bytes) -> bytes:
        if self.away:
            raise VaultError(WORDS, mend=WORDS)
        return self.inner.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        if self.away:
            raise VaultError(WORDS, mend=WORDS)
        return self.inner.unwrap(wrapped)


@pytest.fixture
def far(town):
    """A town whose sign-ins are sealed by a key-management service."""
    key = FarKey()
    town.program.sealer = Sealer(Keys(lambda: key), programme="town")
    return key


def test_a_key_service_that_is_out_of_reach_ends_nothing(town, hanako, far):
    """
    Whatever is tried meanwhile, and for however long: once it is back, the account is connected.
    """
    token = granted(town, hanako)
    far.away = True
    for call in (
        lambda: town.enrolments.begin(token, redirect_uri=town.back, session=CHROME),
        lambda: town.enrolments.invite("x:hanako", by="1"),
        lambda: town.enrolments.cancel("x:hanako", by="1", reason="誤り"),
    ):
        with pytest.raises(VaultError):
            call()
    town.clock.advance(3 * DAY)
    assert 0 == town.enrolments.resume()
    (waits,) = town.enrolments.waiting()
    assert WORDS == waits.what
    far.away = False
    town.enrolments.resume()

    assert hanako.id == town.account("x:hanako").network_id


def test_the_answer_comes_while_the_key_service_is_out_of_reach(town, hanako, far):
    """
    It is not used up: the same page, loaded once more, connects the account.
    """
    came = town.back_from_x(town.invited(), hanako)
    far.away = True
    with pytest.raises(VaultError):
        town.complete(came)
    far.away = False

    assert isinstance(town.complete(came), Connected)


# --- tokens that are here, and not kept -------------------------------------------------------------------------


@attrs.define
class Failing:
    """A store that is out of order for a while."""

    inner: object
    down: bool = False

    def __getattr__(self, name):
        if self.down and name in {"put", "put_all", "fact", "facts"}:
            raise StoreError(WORDS, mend=WORDS)
        return getattr(self.inner, name)


def fails_at(city, part, switch):
    """Give a service whose store or key fails from when the network has granted the tokens."""
    adapter = city.program.adapter("x")
    real = adapter.complete

    def complete(_, *given):
        credential = real(*given)
        setattr(part, switch, True)
        return credential

    made: Any = object.__new__(type("Failing", (type(adapter),), {"complete": complete}))
    made.__dict__.update(adapter.__dict__)
    parts = {"store": part} if isinstance(part, Failing) else {}
    return service(city, city.program.sealer, network=lambda _: made, **parts)


@pytest.mark.parametrize("what", ["store", "key"])
@pytest.mark.parametrize("then", ["resume", "begin", "cancelled"])
def test_tokens_that_could_not_be_kept(town, hanako, far, what, then):
    """
    They wait in the process: it goes on by itself, or when the person comes again; if nobody waits, they are revoked.
    """
    part, switch = (Failing(town.store), "down") if what == "store" else (far, "away")
    enrolments = fails_at(town, part, switch)
    token = town.invited()
    came = town.back_from_x(token, hanako)
    with pytest.raises(StoreError, match="goes on by itself"):
        enrolments.complete(state_in(came), came, session=CHROME)
    if then == "resume":
        # It stays, as long as it takes.
        with pytest.raises(StoreError) if what == "store" else contextlib.nullcontext():
            enrolments.resume()
    setattr(part, switch, False)
    match then:
        case "begin":
            with pytest.raises(LinkError) as caught:
                enrolments.begin(token, redirect_uri=town.back, session=CHROME)
            assert LinkReason.USED is caught.value.reason
        case "cancelled":
            town.enrolments.cancel("x:hanako", by="1", reason="誤り")
            enrolments.resume()
        case _:
            enrolments.resume()
            town.clock.advance(SETTLED)
            enrolments.resume()

    assert (0 if then == "cancelled" else 1) == len(tokens(town, hanako))
    assert ("" if then == "cancelled" else hanako.id) == town.account("x:hanako").network_id
    assert [] == list(town.store.facts(KIND))


def test_a_process_that_ends_keeps_them_first(town, hanako, far):
    """
    Where the key is back by then: the next process goes on.
    """
    enrolments = fails_at(town, far, "away")
    came = town.back_from_x(town.invited(), hanako)
    with pytest.raises(StoreError):
        enrolments.complete(state_in(came), came, session=CHROME)
    far.away = False
    next_process = town.program.enrolments
    town.program.enrolments = enrolments
    town.program.close()
    town.clock.advance(SETTLED)

    assert 1 == next_process.resume()
    assert hanako.id == town.account("x:hanako").network_id


# --- networks that do not answer --------------------------------------------------------------------------------


def test_tokens_that_are_dead_are_given_up_at_once(town, hanako):
    """
    The person has taken the app's access back before it was known whose the tokens are.
    """
    token = granted(town, hanako)
    town.x.revoke_tokens(hanako)
    town.clock.advance(SETTLED)
    town.enrolments.resume()
    standing = town.enrolments.status()[1]

    assert (Stage.FAILED, Problem.NETWORK) == (standing.stage, standing.problem)
    assert [] == list(town.store.facts(KIND))
    assert isinstance(connected_by(town, town.enrolments, token, hanako), Connected)


def test_a_network_that_never_says_whose_the_tokens_are(town, hanako):
    """
    For a day it is asked again, which officials see; then the tokens are revoked, and the person signs in once more.
    """
    token = granted(town, hanako)
    town.clock.advance(TRIED - timedelta(seconds=1))
    town.x.faults.order(Fault.HTML_503, on="me")
    town.enrolments.resume()
    standing, (waits,) = town.enrolments.status()[1], town.enrolments.waiting()
    symptoms = {one.code: one.subjects for one in town.program.health().symptoms}
    assert (Stage.SIGNING_IN, None, True) == (standing.stage, standing.problem, standing.why is not None)
    assert ("x:hanako", None) == (waits.account, waits.fault)
    assert ("x:hanako",) == symptoms["account.sign_in"]
    town.clock.advance(timedelta(seconds=1))
    town.x.faults.order(Fault.HTML_503, on="me")
    town.enrolments.resume()

    assert Problem.NETWORK is town.enrolments.look(token).problem
    assert [] == tokens(town, hanako)
    assert [] == list(town.store.facts(KIND))
    assert [] == list(town.enrolments.waiting())


def test_a_network_that_never_revokes(town, other):
    """
    After a day it is left as it is, which is on record.
    """
    came = town.back_from_x(town.invited(), other)
    town.x.faults.order(Fault.HTML_503, on="revoke", carried_out=False, times=3)
    with pytest.raises(WrongAccount):
        town.complete(came)
    for later in (LIFE, TRIED - LIFE):
        assert 1 == len(town.store.facts(KIND))
        town.clock.advance(later)
        town.enrolments.resume()

    assert [] == list(town.store.facts(KIND))
    assert ("invitation.grant_ended", "no") == events(town)[-1]


def test_dispatching_takes_sign_ins_further(town, hanako):
    """
    Whoever delivers finishes what was left, so that nothing else has to run.
    """
    granted(town, hanako)
    town.clock.advance(SETTLED)
    town.program.dispatch()

    assert hanako.id == town.account("x:hanako").network_id


# --- links that are shut ----------------------------------------------------------------------------------------


def test_a_locked_link_stays_locked(town, hanako):
    """
    Whatever becomes of a sign-in that was under way when it was locked.
    """
    token = begun(town, hanako)
    for number in range(5):
        with pytest.raises((LinkError, WrongPerson)):
            town.enrolments.confirm(token, f"9{number}", session="stranger")
    town.clock.advance(LIFE)
    town.enrolments.resume()
    with pytest.raises(LinkError) as caught:
        town.enrolments.look(token)

    assert LinkReason.LOCKED is caught.value.reason
    assert [] == list(town.store.facts(KIND))
    assert Problem.LOCKED is town.enrolments.status()[1].problem
    assert [] == list(town.enrolments.reminders(after=timedelta(0)))


# --- keys -------------------------------------------------------------------------------------------------------


def test_keys_are_changed_under_sign_ins(town, hanako, other):
    """
    Those under way are sealed anew, and go on where the old key is no more; what somebody is at, is left until later.
    """
    came = town.back_from_x(town.invited(), hanako)
    person = town.graph.add_person("佐賀 花子")
    page = town.graph.add_page("観光課", tasks={person: ("CREATE_CONTENT",)})
    chooses = town.invited("facebook:kanko")
    town.complete(town.back_from_facebook(chooses, person, page.id))
    third = town.invited("x:taro", session="taro")
    town.x.faults.order(Fault.HTML_503, on="me")
    with pytest.raises(Unavailable):
        town.complete(town.back_from_x(third, other, session="taro"), session="taro")
    both, new = service(town, sealer(7, 0)), service(town, sealer(7))
    before = {(one.account, one.current, one.fault) for one in both.under_way()}
    done = both.reseal()
    town.clock.advance(SETTLED)
    done_later, done_again, data = both.reseal(), both.reseal(), both.reseal(data=True)

    assert {("x:hanako", False, None), ("x:taro", False, None), ("facebook:kanko", False, None)} == before
    assert (2, 1, 0, 3) == (done, done_later, done_again, data)
    assert {(True, None)} == {(one.current, one.fault) for one in new.under_way()}
    assert isinstance(new.complete(state_in(came), came, session=CHROME), Connected)
    assert isinstance(new.choose(chooses, page.id, session=CHROME), Connected)
    assert 1 == new.resume()
    assert other.id == town.account("x:taro").network_id


def test_keys_are_changed_while_the_answer_comes(town, hanako):
    """
    Between reading the sign-in and using it up, it is sealed anew: it is the same sign-in.
    """
    came = town.back_from_x(town.invited(), hanako)
    both, left = service(town, sealer(7, 0)), [True]

    class Stirred:
        def __getattr__(self, name):
            if name == "put_all" and left:
                left.pop()
                both.reseal()
            return getattr(town.store, name)

    result = service(town, sealer(7, 0), store=Stirred()).complete(state_in(came), came, session=CHROME)

    assert isinstance(result, Connected)
    assert not left


def test_sign_ins_of_an_unknown_key_are_left_and_told(town, hanako):
    """
    Changing keys does not stop at them.
    """
    begun(town, hanako)
    both = service(town, sealer(7, 8))
    (one,) = both.under_way()

    assert (0, False) == (both.reseal(), one.current)
    assert one.fault is not None


def test_a_key_of_the_process_alone_is_refused(city):
    """
    Where sign-ins outlive the process and their key does not, nobody is invited, and nobody signs in.
    """
    token = city.invited()
    was = city.program
    program = Program(
        roster=was.roster,
        adapters={"x": was.adapter("x")},
        store=city.store,
        vault=was.vault,
        clock=city.clock,
        enrolment=was.enrolments.desk.settings,
    )
    refused = []
    for call in (
        lambda: program.enrolments.begin(token, redirect_uri=city.back, session=CHROME),
        lambda: program.enrolments.invite("x:hanako", by="1"),
    ):
        try:
            call()
        except ConfigurationError as error:
            refused.append((error.place, "civicsns vault init" in error.mend.en))

    assert ([("vault.key", True)] * 2 if isinstance(city.store, SqlStore) else []) == refused

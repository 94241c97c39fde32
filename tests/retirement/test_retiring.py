"""Accounts that are given back: afterwards their tokens are dead at the network, and nothing of them is left here."""

from __future__ import annotations

import threading
from datetime import timedelta

import attrs
import pytest
from enrolling import ACCOUNTS, NOW, PEOPLE

from civicsns.accounts.lifecycle import Expected, Wanted
from civicsns.accounts.permission import Cause, MayNot
from civicsns.accounts.refusals import LinkError, SignInError
from civicsns.accounts.retirement import Revoked, Step, TaskKind
from civicsns.accounts.roster import Roster
from civicsns.clock import SystemClock
from civicsns.enrolment import settling
from civicsns.errors import AuthorizationLost, BadInput, ConfigurationError, StoreError, Unavailable
from civicsns.language import Bilingual
from civicsns.model import Credential, DeliveryState, Draft
from civicsns.model.account import SECTION
from civicsns.posting.hold import Scope
from civicsns.retirement import Retiring
from civicsns.retirement.withdrawal import Withdrawal

WHY = "退職のため"
WORDS = Bilingual("だめ", "no")


def connected(city, user):
    """Connect Hanako's account; give what is in the vault then."""
    city.connect(city.invited(), user)
    return city.program.vault.get(city.account("x:hanako"))


def page_connected(city, page, person, *, session="hanako's browser"):
    """Connect the section's Page, as its steward."""
    token = city.invited("facebook:kanko", session=session)
    result = city.complete(city.back_from_facebook(token, person, page.id, session=session), session=session)
    if not city.account("facebook:kanko").network_id:
        assert result.pages
        city.enrolments.choose(token, page.id, session=session)
    return city.program.vault.get(city.account("facebook:kanko"))


def dead(city, credential):
    """Try a token at the network that gave it."""
    adapter = city.program.adapter(credential.platform)
    try:
        adapter.whoami(credential)
    except AuthorizationLost:
        return True
    return False


def planned(city, account="x:hanako", *, days=7):
    """Plan a post for later."""
    draft = Draft(
        author="1001", text="春の桜まつりを開きます。", accounts=[account], not_before=NOW + timedelta(days=days)
    )
    return city.program.publish(draft, patience=timedelta(0)).results[0]


def nothing_left(city, account="x:hanako"):
    return [held.account for held in city.program.vault.held() if held.account == account] == []


def test_a_retired_account_has_no_token_left(city, hanako):
    """
    The token is dead at X, destroyed here, the account closed, the planned post held, the steps on record.
    """
    credential = connected(city, hanako)
    post = planned(city)
    retired = city.program.retirement.retire("x:hanako", by="1", reason=WHY)

    assert (Step.CLOSED, Revoked.NETWORK) == (retired.step, retired.revoked)
    assert dead(city, credential)
    assert nothing_left(city)
    assert NOW.date() == city.account("x:hanako").closed
    assert DeliveryState.HELD is city.program.deliveries(post.id)[0].state
    assert [post.id] == [one.id for one in city.program.retirement.left_behind("x:hanako")]
    steps = [event for event in city.events("x:hanako") if not event.startswith("invitation.")]
    assert ["retirement.begun", "retirement.revoked", "account.closed"] == [
        event for event in steps if event.startswith(("retirement.", "account.closed"))
    ]
    assert () == city.program.holds()
    assert [] == city.program.retirement.tasks()


def test_both_tokens_of_oauth2_die(town, hanako):
    """
    With the refresh token alive another access token could be made; both are dead.
    """
    credential = connected(town, hanako)
    town.program.retirement.retire("x:hanako", by="1", reason=WHY)

    assert dead(town, credential)
    with pytest.raises(AuthorizationLost):
        town.program.adapter("x").refresh(credential)


def test_twice_is_once(village, hanako):
    """
    Retiring what is retired changes nothing, nor does going on with it.
    """
    connected(village, hanako)
    first = village.program.retirement.retire("x:hanako", by="1", reason=WHY)
    events = village.events("x:hanako")

    assert first == village.program.retirement.retire("x:hanako", by="1", reason="もう一度")
    assert 0 == village.program.retirement.resume()
    assert events == village.events("x:hanako")


def test_never_connected(city):
    """
    An account that waits to be connected is closed; its link opens no more.
    """
    token = city.invited()
    retired = city.program.retirement.retire("x:hanako", by="1", reason=WHY)

    assert (Step.CLOSED, Revoked.NONE) == (retired.step, retired.revoked)
    assert NOW.date() == city.account("x:hanako").closed
    assert "invitation.cancelled" in city.events("x:hanako")
    with pytest.raises(LinkError, match="cancelled"):
        city.enrolments.look(token)


def test_a_token_on_its_way_is_revoked_too(city, hanako):
    """
    The person is at the network while the account is retired: what comes back connects nothing.
    """
    came = city.back_from_x(city.invited(), hanako)
    city.program.retirement.retire("x:hanako", by="1", reason=WHY)

    with pytest.raises((LinkError, SignInError)):
        city.complete(came)
    assert nothing_left(city)


def test_a_dead_token_is_no_trouble(village, hanako):
    """
    A token that X has forgotten already counts as revoked.
    """
    credential = connected(village, hanako)
    village.x.revoke_tokens(hanako)
    retired = village.program.retirement.retire("x:hanako", by="1", reason=WHY)

    assert (True, Revoked.NETWORK) == (retired.closed, retired.revoked)
    assert dead(village, credential)
    assert nothing_left(village)


def test_a_lost_credential_is_revoked_all_the_same(city, hanako):
    """
    What is marked as lost here may live on at the network.
    """
    credential = connected(city, hanako)
    city.program.vault.mark_lost(city.account("x:hanako"), WORDS)
    city.program.retirement.retire("x:hanako", by="1", reason=WHY)

    assert dead(city, credential)
    assert nothing_left(city)


def test_a_network_that_does_not_confirm_is_asked_again(town, hanako, monkeypatch):
    """
    The token is kept, nothing goes out, a person is told; a timer asks again after a while, and then it ends.
    """
    credential = connected(town, hanako)
    adapter, answers = town.program.adapter("x"), [Unavailable(WORDS, mend=WORDS)]
    revoke = type(adapter).revoke

    def frail(self, given):
        if answers:
            raise answers.pop()
        revoke(self, given)

    monkeypatch.setattr(type(adapter), "revoke", frail)
    retirement = town.program.retirement
    waiting = retirement.retire("x:hanako", by="1", reason=WHY)

    assert (Step.HELD, 1) == (waiting.step, waiting.tries)
    assert not dead(town, credential)
    assert not nothing_left(town)
    assert town.account("x:hanako").closed is None
    assert [Scope.ACCOUNT] == [one.scope for one in town.program.holds()]
    assert [TaskKind.NOT_REVOKED] == [one.kind for one in retirement.tasks()]
    assert 0 == retirement.resume(patient=True)
    town.clock.advance(timedelta(seconds=301))
    assert 1 == retirement.resume(patient=True)
    assert dead(town, credential)
    assert nothing_left(town)
    assert [] == retirement.tasks()


def test_a_refusal_proves_nothing(town, hanako, monkeypatch):
    """
    X refuses to revoke it, as where something about the app is wrong: the token is not given up before X has confirmed.
    """
    credential = connected(town, hanako)

    def refuse(self, given):
        raise AuthorizationLost(WORDS, mend=WORDS)

    monkeypatch.setattr(type(town.program.adapter("x")), "revoke", refuse)
    waiting = town.program.retirement.retire("x:hanako", by="1", reason=WHY)

    assert Step.HELD is waiting.step
    assert not nothing_left(town)
    town.x.revoke_tokens(hanako)
    assert 0 == town.program.retirement.resume()
    assert not nothing_left(town)
    monkeypatch.undo()
    assert 1 == town.program.retirement.resume()
    assert dead(town, credential)
    assert nothing_left(town)


def test_without_the_network(town, hanako, monkeypatch):
    """
    Where the network cannot be had to, somebody destroys the credential, and takes the token back by hand.
    """
    credential = connected(town, hanako)

    def refuse(self, given):
        raise Unavailable(WORDS, mend=WORDS)

    monkeypatch.setattr(type(town.program.adapter("x")), "revoke", refuse)
    retirement = town.program.retirement
    retired = retirement.retire("x:hanako", by="1", reason=WHY, without_network=True)

    assert (True, Revoked.PERSON, True) == (retired.closed, retired.revoked, retired.waits_for_person)
    assert not dead(town, credential)
    assert nothing_left(town)
    assert [TaskKind.TAKE_BACK] == [one.kind for one in retirement.tasks()]
    retirement.confirm("x:hanako", by="1")
    assert [] == retirement.tasks()
    with pytest.raises(BadInput, match="nothing to confirm"):
        retirement.confirm("x:hanako", by="1")


def test_a_page_is_taken_back_by_a_person(city, page):
    """
    Facebook revokes no Page's token by itself: it is destroyed here, and a person ends it there, and says so.
    """
    made, person, _ = page
    page_connected(city, made, person)
    retired = city.program.retirement.retire("facebook:kanko", by="1", reason="廃止")

    assert (True, Revoked.PERSON) == (retired.closed, retired.revoked)
    assert nothing_left(city, "facebook:kanko")
    (task,) = city.program.retirement.tasks()
    assert TaskKind.TAKE_BACK is task.kind
    assert "ビジネス統合" in task.mend.ja
    assert "business integrations" in task.mend.en.lower()
    city.program.retirement.confirm("facebook:kanko", by="1")
    assert "retirement.confirmed" in city.events("facebook:kanko")


def test_handed_over_the_new_steward_connects_first(city, page):
    """
    Until the new steward has connected the Page, it posts with the earlier one's grant; then that may end, whatever
    becomes of the link.
    """
    made, before, after = page
    old = page_connected(city, made, before)
    retirement = city.program.retirement
    retirement.hand_over("facebook:kanko", to="1002", by="1", reason="人事異動")

    assert "1002" == city.account("facebook:kanko").steward
    assert not dead(city, old)
    assert [TaskKind.CONNECT] == [one.kind for one in retirement.tasks()]
    with pytest.raises(BadInput, match="connected through 1001"):
        retirement.confirm("facebook:kanko", by="1")
    new = page_connected(city, made, after, session="taro's browser")
    city.enrolments.invite("facebook:kanko", by="1")
    assert [TaskKind.SHUT_OUT] == [one.kind for one in retirement.tasks()]
    city.graph.revoke_tokens(before)
    assert dead(city, old)
    assert not dead(city, new)
    retirement.confirm("facebook:kanko", by="1")
    assert [] == retirement.tasks()
    assert {"account.handed_over", "hand_over.connected", "hand_over.confirmed"} <= set(city.events("facebook:kanko"))


def test_the_other_way_round_it_dies(village, page):
    """
    Where the earlier one's access ends first, the Page's token is dead: this is what the task warns of.
    """
    made, before, _ = page
    old = page_connected(village, made, before)
    village.program.retirement.hand_over("facebook:kanko", to="1002", by="1")
    village.graph.revoke_tokens(before)

    assert dead(village, old)


def test_handing_over_again_changes_nothing(village):
    """
    Handed over twice is handed over once; where nothing was connected, nothing is left to do.
    """
    first = village.program.retirement.hand_over("facebook:kanko", to="1002", by="1")

    assert first == village.program.retirement.hand_over("facebook:kanko", to="1002", by="1")
    assert ["account.handed_over"] == village.events("facebook:kanko")
    assert [] == village.program.retirement.tasks()


@pytest.mark.parametrize(
    ("account", "to", "why"),
    [
        ("x:hanako", "1002", "personal account"),
        ("facebook:kanko", "9999", "9999"),
        ("facebook:nowhere", "1002", "nowhere"),
    ],
)
def test_what_is_not_handed_over(village, account, to, why):
    """
    A personal account, nobody, and an account that is not there.
    """
    with pytest.raises(BadInput, match=why):
        village.program.retirement.hand_over(account, to=to, by="1")
    assert [] == village.events(account)


def test_a_person_leaves(city, hanako):
    """
    The personal account is retired, the section's has a successor, and the person is no poster any more.
    """
    credential = connected(city, hanako)
    city.change(id="x:taro", posters=frozenset({"1001", "1"}))
    gone = city.program.retirement.retire_person("1001", by="1", reason=WHY, successors={"facebook:kanko": "1002"})

    assert gone.done
    assert ["x:hanako"] == [one.account for one in gone.retired]
    assert ["facebook:kanko"] == [one.account for one in gone.handed_over]
    assert ("x:taro",) == gone.posters
    assert {"1"} == city.account("x:taro").posters
    assert dead(city, credential)
    again = city.program.retirement.retire_person("1001", by="1", reason=WHY)
    assert ((), (), ()) == (again.retired, again.handed_over, again.posters)


def test_whoever_leaves_posts_nothing_more(village, hanako, monkeypatch):
    """
    The person's term ends before anything else is done: whatever comes in between, nothing goes out in that name, not
    even under the account of a section that all of its staff may post under.
    """
    connected(village, hanako)
    village.change(id="x:taro", section="観光課", posters=frozenset({SECTION}), network_id="99")

    def dies(*_given, **_named):
        raise StoreError(WORDS, mend=WORDS)

    monkeypatch.setattr(Withdrawal, "retire", dies)
    before = village.program.permissions.may("1001", "x:taro").allowed
    with pytest.raises(StoreError):
        village.program.retirement.retire_person("1001", by="1", reason=WHY)

    assert before
    assert Cause.TERM is village.program.permissions.may("1001", "x:taro").cause
    assert NOW.date() - timedelta(days=1) == village.program.roster.person("1001").until
    assert ["person.updated"] == village.events("person:1001")
    monkeypatch.undo()
    assert village.program.retirement.retire_person("1001", by="1", reason=WHY).retired[0].closed
    assert ["person.updated"] == village.events("person:1001")


@pytest.mark.parametrize(
    "successors", [{"x:hanako": "1002"}, {"facebook:kanko": "9999"}, {"facebook:kanko": "1001"}, {"x:taro": "1"}]
)
def test_a_wrong_successor_changes_nothing(village, successors):
    """
    A personal account has none, nobody and the leaver are none, and another's account is not theirs to give.
    """
    village.change(id="x:taro", posters=frozenset({"1001"}))
    with pytest.raises(BadInput):
        village.program.retirement.retire_person("1001", by="1", reason=WHY, successors=successors)

    assert {"1001"} == village.account("x:taro").posters
    assert village.account("x:hanako").closed is None
    assert "1001" == village.account("facebook:kanko").steward


def test_a_person_leaves_without_a_successor(village):
    """
    A section's account is nobody's to close: it stays, and is named.
    """
    city, retirement = village, village.program.retirement
    gone = retirement.retire_person("1001", by="1", reason=WHY)

    assert ("facebook:kanko",) == gone.needs_successor
    assert not gone.done
    assert "1001" == city.account("facebook:kanko").steward


@pytest.mark.parametrize(("by", "reason"), [("9999", WHY), ("1", " ")])
def test_nobody_retires_anything(village, by, reason):
    """
    Whoever is nobody of the staff, or gives no reason, changes nothing.
    """
    with pytest.raises(BadInput):
        village.program.retirement.retire("x:hanako", by=by, reason=reason)
    assert [] == village.events("x:hanako")
    assert village.account("x:hanako").closed is None


def test_a_plan_retires_leavers(city, hanako):
    """
    A roster without Hanako, put into effect: the token is dead, the account closed, nothing is left to do.
    """
    credential = connected(city, hanako)
    lifecycle = city.program.lifecycle
    people = {one.number: one for one in PEOPLE if one.number != "1001"}
    wanted = Wanted(people=people, successors={"facebook:kanko": "1002"})
    plan = lifecycle.plan(wanted, expected=Expected(leavers=1))
    done = lifecycle.apply(plan, by="1", reason="人事異動")

    assert done is not None
    assert () == done.left
    assert dead(city, credential)
    assert nothing_left(city)
    assert NOW.date() == city.account("x:hanako").closed
    assert "1002" == city.account("facebook:kanko").steward


def test_opened_again_it_can_be_retired_again(village, hanako):
    """
    An account that was closed and opened again is retired anew, and its second token dies, too.
    """
    connected(village, hanako)
    village.program.retirement.retire("x:hanako", by="1", reason=WHY)
    village.change(id="x:hanako", closed=None)
    second = connected(village, hanako)
    village.program.retirement.retire("x:hanako", by="1", reason=WHY)

    assert dead(village, second)
    assert nothing_left(village)


def test_a_token_that_is_being_exchanged_dies_too(town, hanako, monkeypatch):
    """
    Retiring begins while another thread exchanges the tokens: it waits, and the fresh ones are revoked.
    """
    before = connected(town, hanako)
    town.clock.set(before.expires_at - timedelta(minutes=30))
    program, waits, fresh = town.program, threading.Event(), []
    adapter, vault, account = program.adapter("x"), program.vault, town.account("x:hanako")
    real_refresh, real_turn = type(adapter).refresh, vault.exclusively
    retiring = threading.Thread(target=program.retirement.retire, args=("x:hanako",), kwargs={"by": "1", "reason": WHY})

    def turn(of):
        if threading.current_thread() is retiring:
            waits.set()
        return real_turn(of)

    def refresh(self, credential):
        retiring.start()
        waits.wait(30)
        fresh.append(real_refresh(self, credential))
        return fresh[0]

    monkeypatch.setattr(vault, "exclusively", turn)
    monkeypatch.setattr(type(adapter), "refresh", refresh)
    program.refresher.fresh(account, adapter)
    retiring.join(30)

    assert waits.is_set()
    assert town.account("x:hanako").closed is not None
    assert nothing_left(town)
    with pytest.raises(AuthorizationLost):
        real_refresh(adapter, fresh[0])
    assert dead(town, fresh[0])


# --- what the network would publish later ---------------------------------------------------------------------------


def scheduled(city, *, hours=30, text="春の桜まつりを開きます。"):
    """Have Facebook publish a post at a later time."""
    now = SystemClock().now()
    city.clock.set(now)
    draft = Draft(author="1001", text=text, accounts=["facebook:kanko"], publish_at=now + timedelta(hours=hours))
    (post,) = city.program.publish(draft).results

    assert DeliveryState.DELIVERED is post.state
    return post


def test_what_facebook_would_publish_later_is_deleted_first(city, page):
    """
    A post that waits at Facebook for its time does not come out after its Page was given back: it is deleted there,
    on record, while there is a token; what people have scheduled by hand there is told.
    """
    made, person, _ = page
    page_connected(city, made, person)
    post = scheduled(city)
    by_hand = city.program.adapter("facebook").publish(
        attrs.evolve(
            post.rendition,
            body={**post.rendition.body, "scheduled_publish_time": post.rendition.body["scheduled_publish_time"] + 60},
        ),
        city.program.vault.get(city.account("facebook:kanko")),
    )
    retired = city.program.retirement.retire("facebook:kanko", by="1", reason="廃止")

    assert retired.closed
    assert [by_hand.post_id] == [one.id for one in city.graph.posts(made, published=False)]
    assert DeliveryState.DELETED is city.program.deliveries(post.id)[0].state
    assert ["delivery.deletion_begun", "delivery.deleted"] == city.events(post.id)[-2:]
    told = {task.kind: task for task in city.program.retirement.tasks()}
    assert {TaskKind.TAKE_BACK, TaskKind.TAKE_DOWN} == set(told)
    assert by_hand.post_id.rpartition("_")[2] in told[TaskKind.TAKE_DOWN].what.en
    city.program.retirement.confirm("facebook:kanko", by="1")
    assert [] == city.program.retirement.tasks()


def test_the_token_is_kept_until_facebook_has_deleted_what_waits_there(village, page, monkeypatch):
    """
    Facebook cannot be had to: the retirement waits, with the token; afterwards the post is deleted, and it ends.
    """
    made, person, _ = page
    page_connected(village, made, person)
    post = scheduled(village)
    adapter, answers = village.program.adapter("facebook"), [Unavailable(WORDS, mend=WORDS)]
    delete = type(adapter).delete

    def frail(self, receipt, credential):
        if answers:
            raise answers.pop()
        delete(self, receipt, credential)

    monkeypatch.setattr(type(adapter), "delete", frail)
    waiting = village.program.retirement.retire("facebook:kanko", by="1", reason="廃止")

    assert Step.HELD is waiting.step
    assert not nothing_left(village, "facebook:kanko")
    assert [TaskKind.NOT_REVOKED] == [one.kind for one in village.program.retirement.tasks()]
    assert 1 == village.program.retirement.resume()
    assert () == village.graph.posts(made, published=False)
    assert DeliveryState.DELETED is village.program.deliveries(post.id)[0].state


@pytest.mark.parametrize("how", ["without the network", "dead token", "no credential"])
def test_what_no_program_can_delete_is_told(village, page, monkeypatch, how):
    """
    Without a token that works, or without the network, a person is told which posts will come out, and where they are.
    """
    made, person, _ = page
    page_connected(village, made, person)
    post = scheduled(village)
    if how == "dead token":
        village.graph.revoke_tokens(person)
    if how == "no credential":
        village.program.vault.destroy(village.account("facebook:kanko"))
    if how == "without the network":

        def refuse(self, receipt, credential):
            raise Unavailable(WORDS, mend=WORDS)

        monkeypatch.setattr(type(village.program.adapter("facebook")), "delete", refuse)
    retired = village.program.retirement.retire(
        "facebook:kanko", by="1", reason="廃止", without_network=how == "without the network"
    )

    assert retired.closed
    assert (post.receipt.url,) == retired.scheduled
    assert TaskKind.TAKE_DOWN in [one.kind for one in village.program.retirement.tasks()]
    assert [post.receipt.post_id] == [one.id for one in village.graph.posts(made, published=False)]


def test_a_post_on_its_way_is_waited_for(village, page):
    """
    What is being sent at that moment may be scheduled a moment later: the token is kept until that has ended.
    """
    made, person, _ = page
    page_connected(village, made, person)
    post = planned(village, "facebook:kanko", days=0)
    now = village.clock.now()
    sending = attrs.evolve(
        post,
        id="sending",
        state=DeliveryState.SENDING,
        receipt=None,
        attempts=1,
        intent_at=now,
        not_before=now + timedelta(minutes=5),
    )
    village.store.add([sending], [])
    waiting = village.program.retirement.retire("facebook:kanko", by="1", reason="廃止")
    village.clock.advance(timedelta(minutes=6))

    assert Step.HELD is waiting.step
    assert 1 == village.program.retirement.resume()


# --- called off -----------------------------------------------------------------------------------------------------


@pytest.fixture
def unreachable(town, monkeypatch):
    """X, which does not answer."""

    def refuse(self, given):
        raise Unavailable(WORDS, mend=WORDS)

    monkeypatch.setattr(type(town.program.adapter("x")), "revoke", refuse)


@pytest.mark.usefixtures("unreachable")
def test_called_off_the_account_goes_on(town, hanako):
    """
    As long as X has not confirmed, a retirement can be called off: the token works, the hold is gone, the post goes on,
    nobody asks X again; and it can be begun anew.
    """
    credential = connected(town, hanako)
    post = planned(town)
    retirement = town.program.retirement
    retirement.retire("x:hanako", by="1", reason=WHY)
    called = retirement.call_off("x:hanako", by="1", reason="取り違え")

    assert Step.CALLED_OFF is called.step
    assert () == town.program.holds()
    assert [] == retirement.tasks()
    assert 0 == retirement.resume()
    assert not dead(town, credential)
    assert DeliveryState.PENDING is town.program.deliveries(post.id)[0].state
    assert "retirement.called_off" in town.events("x:hanako")
    assert Step.HELD is retirement.retire("x:hanako", by="1", reason=WHY).step


@pytest.mark.usefixtures("unreachable")
def test_nothing_goes_out_while_an_account_is_given_back(town, hanako):
    """
    Its token lives until X has confirmed: nobody lifts its hold, whoever has placed it, and nothing new is planned
    under it, not even for later.
    """
    connected(town, hanako)
    town.program.hold(Scope.ACCOUNT, "x:hanako", by="1002", reason="確認中")
    town.clock.advance(timedelta(minutes=1))
    town.program.retirement.retire("x:hanako", by="1", reason=WHY)
    with pytest.raises(MayNot, match="being given back"):
        town.program.lift(Scope.ACCOUNT, "x:hanako", by="1002", reason="済んだ")
    with pytest.raises(MayNot) as refused:
        planned(town)

    assert [Cause.RETIRING] == [one.cause for one in refused.value.refused.values()]
    assert Cause.RETIRING is town.program.permissions.may("1001", "x:hanako").cause
    assert [Scope.ACCOUNT] == [one.scope for one in town.program.holds()]
    town.program.retirement.call_off("x:hanako", by="1", reason="取り違え")
    town.program.lift(Scope.ACCOUNT, "x:hanako", by="1002", reason="済んだ")
    assert town.program.permissions.may("1001", "x:hanako").allowed


@pytest.mark.usefixtures("unreachable")
def test_what_others_hold_stays_held(town, hanako):
    """
    A hold that was there before the retirement stays when that is called off, and so does what it holds.
    """
    connected(town, hanako)
    post = planned(town)
    town.program.hold(Scope.ACCOUNT, "x:hanako", by="1002", reason="確認中")
    town.program.retirement.retire("x:hanako", by="1", reason=WHY)
    town.program.retirement.call_off("x:hanako", by="1", reason="取り違え")

    assert ["1002"] == [one.by for one in town.program.holds()]
    assert DeliveryState.HELD is town.program.deliveries(post.id)[0].state


def test_too_late_to_be_called_off(village, hanako):
    """
    A token that X has forgotten does not come back.
    """
    connected(village, hanako)
    village.program.retirement.retire("x:hanako", by="1", reason=WHY)
    called = village.program.retirement.call_off("x:hanako", by="1", reason="取り違え")

    assert Step.CLOSED is called.step
    assert village.program.retirement.call_off("x:taro", by="1", reason="取り違え") is None


@pytest.mark.usefixtures("unreachable")
def test_taking_a_plan_back_calls_off_what_it_closes(town, hanako, monkeypatch):
    """
    A wrong roster is taken back while X does not answer: the account does not close when X answers again. One whose
    retirement somebody began before that goes on being retired.
    """
    credential = connected(town, hanako)
    lifecycle, retirement = town.program.lifecycle, town.program.retirement
    retirement.retire("x:taro", by="1", reason=WHY)
    town.clock.advance(timedelta(minutes=1))
    people = {one.number: one for one in PEOPLE if one.number != "1001"}
    plan = lifecycle.plan(Wanted(people=people, successors={"facebook:kanko": "1002"}), expected=Expected(leavers=1))
    done = lifecycle.apply(plan, by="1", reason="人事異動")
    undone = lifecycle.undo(done.id, by="1", reason="取り違え")
    monkeypatch.undo()
    retirement.resume()

    assert ("x:hanako",) == done.left
    assert "x:hanako" not in [one.about for one in undone.left]
    assert town.account("x:hanako").closed is None
    assert not dead(town, credential)
    assert town.account("x:taro").closed is not None


def test_taking_a_plan_back_tells_what_is_too_late(village, hanako, monkeypatch):
    """
    X has forgotten the token, and the process died before the account was closed: that is told, and not undone.
    """
    connected(village, hanako)
    lifecycle = village.program.lifecycle

    def dies(_account):
        raise StoreError(WORDS, mend=WORDS)

    monkeypatch.setattr(village.program.vault, "destroy", dies)
    people = {one.number: one for one in PEOPLE if one.number != "1001"}
    plan = lifecycle.plan(Wanted(people=people, successors={"facebook:kanko": "1002"}), expected=Expected(leavers=1))
    with pytest.raises(StoreError):
        lifecycle.apply(plan, by="1", reason="人事異動")
    monkeypatch.undo()
    undone = lifecycle.undo(lifecycle.under_way.id, by="1", reason="取り違え")

    assert ["x:hanako"] == [one.about for one in undone.left]
    assert "taken back already" in undone.left[0].why.en


# --- stewards before -------------------------------------------------------------------------------------------------


def shut_out(city):
    return [one.person for one in city.program.retirement.tasks() if one.kind is TaskKind.SHUT_OUT]


def test_every_steward_before_is_shut_out(city, page):
    """
    Handed on twice before anybody has confirmed, both stewards before are named, also once the account is closed; until
    somebody confirms.
    """
    made, before, after = page
    page_connected(city, made, before)
    retirement = city.program.retirement
    retirement.hand_over("facebook:kanko", to="1002", by="1")
    page_connected(city, made, after, session="taro's browser")
    retirement.hand_over("facebook:kanko", to="1", by="1")
    first = shut_out(city)
    city.clock.advance(timedelta(minutes=1))
    page_connected(city, made, before, session="ichiro's browser")
    both = shut_out(city)
    retirement.retire("facebook:kanko", by="1", reason="廃止")

    assert ["1001"] == first
    assert ["1001", "1002"] == both
    assert both == shut_out(city)
    retirement.confirm("facebook:kanko", by="1", kind=TaskKind.TAKE_BACK)
    assert both == shut_out(city)
    retirement.confirm("facebook:kanko", by="1", kind=TaskKind.SHUT_OUT)
    assert [] == retirement.tasks()
    with pytest.raises(BadInput, match="nothing to confirm"):
        retirement.confirm("facebook:kanko", by="1", kind=TaskKind.SHUT_OUT)


def test_an_earlier_steward_is_shut_out_before_the_new_one_connects(city, page):
    """
    What is left of an earlier hand-over can be confirmed by itself; that the new steward connects stays to do.
    """
    made, before, after = page
    page_connected(city, made, before)
    retirement = city.program.retirement
    retirement.hand_over("facebook:kanko", to="1002", by="1")
    page_connected(city, made, after, session="taro's browser")
    retirement.hand_over("facebook:kanko", to="1", by="1")
    retirement.confirm("facebook:kanko", by="1")

    assert [TaskKind.CONNECT] == [one.kind for one in retirement.tasks()]
    retirement.hand_over("facebook:kanko", to="1002", by="1")
    assert [] == retirement.tasks()


def test_where_files_count_nothing_is_retired(village):
    """
    The register has the account as well, and the settings name files: closing it there would be of no effect.
    """
    filed = Roster(people={one.number: one for one in PEOPLE}, accounts={one.id: one for one in ACCOUNTS})
    village.program.roster = filed
    retirement = village.program.retirement
    with pytest.raises(ConfigurationError, match="in a file"):
        retirement.retire("x:hanako", by="1", reason=WHY)
    with pytest.raises(ConfigurationError, match="in a file"):
        retirement.hand_over("facebook:kanko", to="1002", by="1")

    assert [] == village.events("x:hanako")
    with pytest.raises(ConfigurationError, match="in a file"):
        village.enrolments.invite("x:hanako", by="1")
    with pytest.raises(ConfigurationError, match="in a file"):
        village.enrolments.invite_all(by="1")
    assert [] == village.events("x:hanako")


# --- connected in the same moment -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("unreachable")
def test_nobody_is_invited_to_what_is_given_back(town, hanako):
    """
    A link would bring a new token in, after the old one was revoked.
    """
    connected(town, hanako)
    town.program.retirement.retire("x:hanako", by="1", reason=WHY)
    with pytest.raises(BadInput, match="being given back"):
        town.enrolments.invite("x:hanako", by="1")

    assert "invitation.cancelled" not in town.events("x:hanako")
    assert 1 == town.events("x:hanako").count("invitation.issued")


@pytest.mark.parametrize("where", ["city", "village"])
def test_what_is_granted_after_a_retirement_has_begun_is_revoked(where, request, hanako, monkeypatch):
    """
    The account is being retired by somebody who died over it, as its person comes back from X: nothing is connected,
    and the token is dead; in the vault of the store, and in another one.
    """
    city = request.getfixturevalue(where)
    adapter = city.program.adapter("x")
    granted: list[Credential] = []
    whoami = type(adapter).whoami

    def dies(_account, _by, _reason):
        raise StoreError(WORDS, mend=WORDS)

    def begun(self, credential):
        if not granted:
            granted.append(credential)
            desk = attrs.evolve(city.program.retirement._desk, cancel=dies)
            with pytest.raises(StoreError):
                Retiring(desk).retire("x:hanako", by="1", reason=WHY)
        return whoami(self, credential)

    monkeypatch.setattr(type(adapter), "whoami", begun)
    with pytest.raises(LinkError, match="cancelled"):
        city.connect(city.invited(), hanako)

    assert nothing_left(city)
    assert "" == city.account("x:hanako").network_id
    assert dead(city, granted[0])
    assert 1 == city.program.retirement.resume()


def test_what_an_account_posts_with_outlives_a_sign_in_that_came_too_late(village, page, monkeypatch):
    """
    The steward in between died over connecting the Page, and it was handed on: it goes on posting with what the first
    one has connected.
    """
    made, before, after = page
    old = page_connected(village, made, before)
    retirement = village.program.retirement
    retirement.hand_over("facebook:kanko", to="1002", by="1")

    def dies(*_given, **_named):
        raise StoreError(WORDS, mend=WORDS)

    monkeypatch.setattr(settling, "renew", dies)
    with pytest.raises(StoreError):
        page_connected(village, made, after, session="taro's browser")
    monkeypatch.undo()
    retirement.hand_over("facebook:kanko", to="1", by="1")

    assert old.secrets == village.program.vault.get(village.account("facebook:kanko")).secrets
    assert [("connect", "1001")] == [(one.kind, one.person) for one in retirement.tasks()]

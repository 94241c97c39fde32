"""Links, browsers and answers that are not what they seem: each is refused, and nothing is kept of it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from enrolling import token_of

from civicsns.accounts.enrolment import Problem, Stage
from civicsns.accounts.refusals import LinkError, LinkReason, SignInError, StepMissing, WrongAccount, WrongPerson
from civicsns.enrolment import state_in
from civicsns.enrolment.signins import KIND, LIFE
from civicsns.errors import AuthorizationLost, BadInput, Refused

CHROME = "hanako's browser"
HOUR = timedelta(hours=1)


def refused(call):
    """Give why a link did not open."""
    with pytest.raises(LinkError) as caught:
        call()
    return caught.value.reason


def connected(city, account_id="x:hanako"):
    """Tell whether anything was kept of an account."""
    try:
        city.program.vault.get(city.account(account_id))
    except AuthorizationLost:
        return bool(city.account(account_id).network_id)
    return True


def tokens_alive(city, user):
    """Tell how many tokens of a user the practice X knows."""
    state = city.x._state
    return sum(one.user_id == user.id for one in state.oauth1.values())


# --- the link ----------------------------------------------------------------------------------------------------


def test_a_forged_link(town):
    """
    A token that was never given opens nothing, and neither does one that differs in its last character.
    """
    token = token_of(town.enrolments.invite("x:hanako", by="1"))
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert {LinkReason.UNKNOWN} == {refused(partial(town.enrolments.look, one)) for one in (forged, "", token[:20])}


def test_an_expired_link(town):
    """
    It opens until its last second, and not from then on.
    """
    token = token_of(town.enrolments.invite("x:hanako", by="1", valid=HOUR))
    town.clock.advance(HOUR - timedelta(seconds=1))
    town.enrolments.look(token)
    town.clock.advance(timedelta(seconds=1))

    assert LinkReason.EXPIRED is refused(lambda: town.enrolments.opened(token))
    assert Stage.EXPIRED is town.enrolments.status()[1].stage


def test_a_replayed_link(town, hanako):
    """
    Once the account is connected the link does nothing any more, in whatever browser.
    """
    token = town.invited()
    town.connect(token, hanako)
    calls = [
        lambda: town.enrolments.opened(token),
        lambda: town.enrolments.confirm(token, "1001", session="another"),
        lambda: town.enrolments.agreed(token, "rules-1", session=CHROME),
        lambda: town.enrolments.begin(token, redirect_uri=town.back, session=CHROME),
        lambda: town.enrolments.choose(token, "1", session=CHROME),
    ]

    assert {LinkReason.USED} == {refused(call) for call in calls}


def test_a_new_link_ends_the_earlier_one(town, hanako):
    """
    Even one whose sign-in is under way: the answer that comes back connects nothing.
    """
    earlier = town.invited()
    came = town.back_from_x(earlier, hanako)
    later = token_of(town.enrolments.invite("x:hanako", by="1"))

    assert LinkReason.CANCELLED is refused(lambda: town.enrolments.look(earlier))
    with pytest.raises(SignInError):
        town.complete(came)
    assert not connected(town)
    assert "x:hanako" == town.enrolments.look(later).account


def test_a_cancelled_link(city, hanako):
    """
    It opens no more, what is under way by it ends, and who cancelled it, and why, is on record.
    """
    token = city.invited()
    came = city.back_from_x(token, hanako)
    cancelled = city.enrolments.cancel("x:hanako", by="1", reason="別の人に渡った")
    last = city.store.records("x:hanako")[-1]

    assert cancelled
    assert ("invitation.cancelled", "1", "別の人に渡った") == (last.event, last.by, last.facts["reason"])
    assert LinkReason.CANCELLED is refused(lambda: city.enrolments.look(token))
    with pytest.raises(SignInError):
        city.complete(came)
    assert [] == list(city.store.facts(KIND))
    assert not city.enrolments.cancel("x:hanako", by="1", reason="もう一度")


@pytest.mark.parametrize("changes", [{"steward": "1002"}, {"closed": date(2026, 4, 1)}], ids=["handed over", "closed"])
def test_a_link_ends_with_what_it_is_for(town, changes):
    """
    Where another answers for the account meanwhile, or it was closed, the link opens no more.
    """
    token = town.invited()
    town.change(id="x:hanako", **changes)

    assert LinkReason.CANCELLED is refused(lambda: town.enrolments.look(token))


# --- the person --------------------------------------------------------------------------------------------------


def test_a_link_opened_by_the_wrong_person(town):
    """
    Who does not know whose it is gets no further; five wrong numbers shut it, for the right person, too.
    """
    token = token_of(town.enrolments.invite("x:hanako", by="1"))
    town.enrolments.opened(token)
    left = []
    for number in ("1002", "", "x" * 1000, "\ud800"):
        with pytest.raises(WrongPerson) as caught:
            town.enrolments.confirm(token, number, session="stranger")
        left.append(caught.value.left)

    assert [4, 3, 2, 1] == left
    assert LinkReason.LOCKED is refused(lambda: town.enrolments.confirm(token, "1003", session="stranger"))
    assert LinkReason.LOCKED is refused(lambda: town.enrolments.confirm(token, "1001", session=CHROME))
    assert (Stage.FAILED, Problem.LOCKED) == (town.enrolments.status()[1].stage, town.enrolments.status()[1].problem)
    assert "invitation.locked" == town.events("x:hanako")[-1]


def test_a_number_is_read_as_input_methods_write_it(town):
    """
    Full-width digits, with a blank after them.
    """
    token = token_of(town.enrolments.invite("x:hanako", by="1"))

    assert town.enrolments.confirm(token, "１００１　", session=CHROME).confirmed(CHROME)


def test_another_browser_has_to_say_whose_it_is(town):
    """
    What one browser has shown counts for that one alone.
    """
    token = town.invited()
    for call in (
        lambda: town.enrolments.agreed(token, "rules-2", session="stranger"),
        lambda: town.enrolments.begin(token, redirect_uri=town.back, session="stranger"),
    ):
        with pytest.raises(WrongPerson):
            call()

    assert not town.enrolments.look(token).confirmed("stranger")


def test_no_step_is_left_out(town):
    """
    Nobody gets to the network without having agreed to the rules.
    """
    token = token_of(town.enrolments.invite("x:hanako", by="1"))
    town.enrolments.confirm(token, "1001", session=CHROME)
    with pytest.raises(StepMissing) as caught:
        town.enrolments.begin(token, redirect_uri=town.back, session=CHROME)

    assert Stage.AGREED is caught.value.step


# --- the answer --------------------------------------------------------------------------------------------------


def test_a_replayed_answer(town, hanako):
    """
    An answer of the network works once.
    """
    came = town.back_from_x(town.invited(), hanako)
    town.complete(came)
    with pytest.raises(SignInError):
        town.complete(came)

    assert connected(town)


def test_an_answer_in_another_browser(town, hanako, other):
    """
    An attacker's sign-in, finished in a victim's browser, connects nothing: neither the attacker's account nor
    another; and the one who began it can still finish it.
    """
    came = town.back_from_x(town.invited(), hanako)
    with pytest.raises(SignInError):
        town.complete(came, session="victim")

    assert not connected(town)
    town.complete(came)
    assert connected(town)


def test_a_swapped_state(town, hanako, other):
    """
    Two sign-ins, and the answer to the one with the state of the other.
    """
    one = town.back_from_x(town.invited(), hanako)
    two = town.back_from_x(town.invited("x:taro", session="taro"), other, session="taro")
    with pytest.raises(BadInput):
        town.enrolments.complete(state_in(one), two, session=CHROME)

    assert not connected(town)
    assert Stage.FAILED is town.enrolments.status()[1].stage


def test_a_forged_state(town, hanako):
    """
    A state that nobody has given out.
    """
    came = town.back_from_x(town.invited(), hanako)
    with pytest.raises(SignInError):
        town.enrolments.complete("forged", came, session=CHROME)

    assert not connected(town)


def test_an_answer_that_comes_too_late(town, hanako):
    """
    A sign-in ends after its time, even if the link opens still.
    """
    token = town.invited()
    came = town.back_from_x(token, hanako)
    town.clock.advance(LIFE)
    standing = town.enrolments.status()[1]
    with pytest.raises(SignInError):
        town.complete(came)

    assert (Stage.FAILED, Problem.ABANDONED) == (standing.stage, standing.problem)
    town.connect(token, hanako)
    assert connected(town)


def test_the_link_may_end_while_the_person_is_away(town, hanako):
    """
    Who was at the network when the hour struck is let in.
    """
    token = town.invited()
    came = town.back_from_x(token, hanako)
    town.clock.advance(timedelta(days=14) - timedelta(minutes=5))
    with pytest.raises(SignInError):
        town.complete(came)
    late = town.back_from_x(token, hanako)
    town.clock.advance(timedelta(minutes=10))
    town.complete(late)

    assert connected(town)


# --- the account -------------------------------------------------------------------------------------------------


def test_the_wrong_account_is_not_kept(city, hanako, other):
    """
    Its token is revoked at once, the stage says so without naming it, and the right one can still be connected.
    """
    token = city.invited()
    with pytest.raises(WrongAccount) as caught:
        city.connect(token, other)
    standing = city.enrolments.status()[1]
    records = city.store.records("x:hanako")

    assert (Problem.WRONG_ACCOUNT, "@hanako_private") == (caught.value.problem, caught.value.connected)
    assert (Stage.FAILED, Problem.WRONG_ACCOUNT) == (standing.stage, standing.problem)
    assert not connected(city)
    assert 0 == tokens_alive(city, other)
    assert ["invitation.failed", "invitation.grant_ended"] == [one.event for one in records[-2:]]
    assert "hanako_private" not in repr([(one.event, dict(one.facts)) for one in records]) + repr(standing)
    city.connect(token, hanako)
    assert connected(city)


def test_one_profile_belongs_to_one_account(town, hanako):
    """
    Who signs in with an account of the register that is somebody else's is refused; that account's token lives on.
    """
    town.connect(town.invited(), hanako)
    before = [call.operation for call in town.x.calls].count("revoke")
    with pytest.raises(WrongAccount) as caught:
        town.connect(town.invited("x:taro"), hanako)

    town.clock.advance(LIFE)
    town.enrolments.resume()

    assert Problem.TAKEN is caught.value.problem
    # X itself gives the same token of OAuth 1.0a to the same person twice.
    assert before == [call.operation for call in town.x.calls].count("revoke")
    assert not connected(town, "x:taro")


def test_an_account_is_connected_again_only_as_itself(town, hanako, other):
    """
    Where its tokens were lost: the network's id must be what it was.
    """
    town.connect(town.invited(), hanako)
    token = town.invited()
    with pytest.raises(WrongAccount):
        town.connect(token, other)
    town.connect(token, hanako)

    assert 1 == town.program.vault.get(town.account("x:hanako")).generation


def test_a_page_must_be_one_of_those_opened(town):
    """
    A Page that the sign-in has not opened cannot be chosen, nor in another browser.
    """
    person, stranger = town.graph.add_person("佐賀 花子"), town.graph.add_person("他人")
    own = town.graph.add_page("観光課", tasks={person: ("CREATE_CONTENT",)})
    strange = town.graph.add_page("他人のページ", tasks={stranger: ("CREATE_CONTENT",)})
    token = town.invited("facebook:kanko")
    town.complete(town.back_from_facebook(token, person, own.id))
    with pytest.raises(BadInput):
        town.enrolments.choose(token, strange.id, session=CHROME)
    with pytest.raises(SignInError):
        town.enrolments.choose(token, own.id, session="stranger")

    assert not connected(town, "facebook:kanko")


def test_no_page_to_post_on(town):
    """
    A person without the task on any Page is told so, and the grant is taken back.
    """
    person = town.graph.add_person("佐賀 花子")
    page = town.graph.add_page("観光課", tasks={person: ("ANALYZE",)})
    with pytest.raises(WrongAccount) as caught:
        town.complete(town.back_from_facebook(town.invited("facebook:kanko"), person, page.id))

    assert Problem.NO_PAGE is caught.value.problem
    assert "revoked" in town.store.records("facebook:kanko")[-1].facts


def test_who_declines_may_come_back(town, hanako):
    """
    A no on the network's page is told, and the same link works again.
    """
    token = town.invited()
    came = town.back_from_x(token, hanako, approve=False)
    with pytest.raises(Refused):
        town.complete(came)

    assert Problem.DECLINED is town.enrolments.status()[1].problem
    town.connect(token, hanako)
    assert connected(town)

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import attrs
import pytest

from civicsns.errors import BadInput


def signed(city, token):
    return hmac.new(city.graph.app.secret.encode(), token.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("place", ["header", "query", "form"])
def test_a_token_may_come_in_three_places(city, place):
    """Authorization: Bearer, or access_token in the address or in the body."""
    path, data = f"/{city.page.id}/feed", {"message": "a"}
    if place == "header":
        answer = city.call("POST", path, data=data)
    elif place == "query":
        answer = city.call("POST", path, token="", data=data, params={"access_token": city.token})
    else:
        answer = city.call("POST", path, token="", data={**data, "access_token": city.token})

    assert 200 == answer.status_code


def test_two_tokens_in_one_call_are_refused(city, refusal):
    """Nobody can tell which of them was meant."""
    both = {"access_token": city.token}

    assert (400, 100, 0) == refusal(city.get("/me", **both))
    assert (400, 100, 0) == refusal(city.call("POST", "/me/feed", token="", params=both, data=both))
    assert (400, 100, 0) == refusal(city.call("POST", "/me/feed", json={**both, "message": "a"}))


def test_no_token_and_a_token_of_nothing_are_refused(city, refusal):
    """Without one: 104, or 2500 for me; with one that cannot be read: 190 without a subcode."""
    answer = city.get(f"/{city.page.id}/published_posts", token="nonsense")

    assert (401, 104, 0) == refusal(city.get(f"/{city.page.id}/published_posts", token=""))
    assert (400, 2500, 0) == refusal(city.get("/me", token=""))
    assert (400, 190, 0) == refusal(answer)
    assert answer.headers["WWW-Authenticate"].startswith('OAuth "Facebook Platform" "invalid_token"')


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467])
def test_a_dead_token_says_why(city, refusal, subcode):
    """190 with the subcode; the sentence for the person comes along."""
    city.graph.expire(city.token, subcode)
    answer = city.get("/me")

    assert (401, 190, subcode) == refusal(answer)
    assert answer.json()["error"]["error_user_msg"]
    assert "" == city.graph.calls[-1].account


def test_a_token_cannot_die_of_something_else(city):
    """A test that plants a subcode which Graph does not have is wrong."""
    with pytest.raises(BadInput):
        city.graph.expire(city.token, 999)
    with pytest.raises(BadInput):
        city.graph.revoke_tokens(city.person, 999)


def test_tokens_end_when_their_time_is_up(city, practice_clock, refusal):
    """A login's token lasts 90 minutes, a long one 60 days, a Page's from a long one for ever."""
    short, long = city.graph.user_token(city.person), city.graph.user_token(city.person, long_lived=True)
    short_page = city.graph.page_token(city.page, city.person, long_lived=False)
    alive = []
    for ahead in (timedelta(minutes=89), timedelta(minutes=1), timedelta(days=59), timedelta(days=1)):
        practice_clock.advance(ahead)
        alive.append([city.get("/me", token=token).status_code == 200 for token in (short, short_page, long)])

    assert [[True, True, True], [False, False, True], [False, False, True], [False, False, False]] == alive
    assert (401, 190, 463) == refusal(city.get("/me", token=long))
    assert 200 == city.get("/me").status_code


def test_removing_the_app_kills_every_token_of_the_person(city, refusal):
    """The Page's too; another person's live on."""
    colleague = city.graph.add_person("佐賀太郎")
    page = city.graph.set_tasks(city.page, colleague, ("CREATE_CONTENT",))
    other = city.graph.page_token(page, colleague)
    city.graph.revoke_tokens(city.person)

    assert (401, 190, 458) == refusal(city.get("/me"))
    assert 200 == city.get("/me", token=other).status_code


def test_a_proof_is_checked_whenever_it_comes(city, refusal):
    """A wrong appsecret_proof is refused though the app does not demand one."""
    right = signed(city, city.token)

    assert 200 == city.get("/me", appsecret_proof=right).status_code
    assert (400, 100, 0) == refusal(city.get("/me", appsecret_proof=right[::-1]))
    assert (400, 100, 0) == refusal(city.get("/me", appsecret_proof="証明"))


def test_an_app_can_demand_the_proof(city, refusal):
    """Then a call without it is refused as a GraphMethodException; the app's own token needs none."""
    city.graph.app = attrs.evolve(city.graph.app, require_appsecret_proof=True)
    answer = city.get("/me")

    assert ((400, 100, 0), "GraphMethodException") == (refusal(answer), answer.json()["error"]["type"])
    assert 200 == city.get("/me", appsecret_proof=signed(city, city.token)).status_code
    assert 200 == city.get("/debug_token", token=city.graph.app_token, input_token=city.token).status_code


@pytest.mark.parametrize("lacking", ["pages_manage_posts", "pages_read_engagement"])
def test_posting_takes_both_permissions(city, refusal, lacking):
    """Pages API, Posts."""
    have = {"pages_manage_posts", "pages_read_engagement", "pages_show_list"} - {lacking}
    token = city.scoped(*have)

    assert (403, 200, 0) == refusal(city.post(f"/{city.page.id}/feed", token=token, message="a"))


def test_posting_takes_the_page_s_own_token(city, refusal):
    """Not the person's, not the app's, not another Page's: (#200)."""
    other = city.graph.add_page("他の市", tasks={city.person: ("CREATE_CONTENT",)})
    wrong = (city.graph.user_token(city.person), city.graph.app_token, city.graph.page_token(other, city.person))

    assert [(403, 200, 0)] * 3 == [
        refusal(city.post(f"/{city.page.id}/feed", token=token, message="a")) for token in wrong
    ]


def test_posting_takes_the_task_and_losing_it_counts_at_once(city, refusal):
    """A token that is out does not outlive the task behind it."""
    city.graph.set_tasks(city.page, city.person, ("ANALYZE",))

    assert (403, 200, 0) == refusal(city.post(f"/{city.page.id}/feed", message="a"))
    assert (403, 10, 0) == refusal(city.get(f"/{city.page.id}/published_posts"))


def test_reading_takes_pages_read_engagement(city, refusal):
    """(#10) without it."""
    post_id = city.publish("a")

    assert (403, 10, 0) == refusal(city.get(f"/{post_id}", token=city.scoped("pages_manage_posts")))


def test_a_misspelt_task_or_permission_is_refused(city):
    """The practice network does not let a test plant what Meta does not have."""
    with pytest.raises(BadInput):
        city.graph.add_page("a", tasks={city.person: ("CREATE",)})
    with pytest.raises(BadInput):
        city.graph.user_token(city.person, scopes=("publish_pages",))


def test_no_repr_and_no_call_shows_a_token_or_the_secret(city):
    """What the control side hands out can be printed."""
    city.get("/me", token="", access_token=city.token)
    token = city.graph._world.tokens.find(city.token, city.graph.clock.now())
    printed = repr((city.graph.app, city.graph.calls, city.graph.pages, token, city.graph.snapshot()))

    assert city.token not in printed
    assert city.graph.app.secret not in printed

"""Faults as a real client meets them, down to the connection."""

from __future__ import annotations

import pytest
import requests
import tweepy

from civicsns.testing.sandbox.faults import Fault

API = "https://api.x.com"
#: What a client sees of each fault that has an answer.
ANSWERS = {
    Fault.SERVER_ERROR: (500, "application/problem+json"),
    Fault.HTML_503: (503, "text/html"),
    Fault.HTML_200: (200, "text/html"),
    Fault.ERRORS_ONLY: (200, "application/json"),
    Fault.RATE_LIMITED: (429, "application/problem+json"),
    Fault.RATE_LIMITED_BARE: (429, "application/json"),
    Fault.PAYMENT_REQUIRED: (402, "application/problem+json"),
    Fault.SLOW_BODY: (201, "application/json"),
}
REFUSALS = {Fault.RATE_LIMITED, Fault.RATE_LIMITED_BARE, Fault.PAYMENT_REQUIRED}


@pytest.mark.parametrize("fault", ANSWERS)
def test_answers_of_faults(network, user, poster, fault):
    """
    Each fault has its status and type, and only a refusal leaves the post undone.
    """
    network.faults.order(fault, on="create")

    answer = poster(user, text="x")

    status, mime = ANSWERS[fault]
    assert (status, mime) == (answer.status_code, answer.headers["content-type"].partition(";")[0])
    assert (0 if fault in REFUSALS else 1) == len(network.posts())
    assert 0 == network.faults.waiting


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.TRUNCATED])
def test_connections_that_break(network, user, poster, fault):
    """
    The connection breaks, and the post is there all the same.
    """
    network.faults.order(fault, on="create")

    with pytest.raises(requests.RequestException):
        poster(user, text="x")

    assert ["x"] == [post.text for post in network.posts()]
    assert ["create"] == [call.operation for call in network.calls]


def test_a_fault_can_come_before_the_post(network, user, poster):
    """
    With `carried_out=False` the network fails without having done anything, and nothing is a duplicate later.
    """
    network.faults.order(Fault.SERVER_ERROR, on="create", carried_out=False)

    assert [500, 201] == [poster(user, text="x").status_code for _ in range(2)]


def test_the_two_rate_limits(network, user, poster, clock):
    """
    One says when to come back, the other says nothing.
    """
    network.faults.order(Fault.RATE_LIMITED, on="create")
    network.faults.order(Fault.RATE_LIMITED_BARE, on="create")

    first, second = poster(user, text="x"), poster(user, text="x")

    assert 880 < int(first.headers["x-rate-limit-reset"]) - clock.now().timestamp() <= 900
    assert [] == [name for name in second.headers if "limit" in name.lower()]
    assert 88 == second.json()["errors"][0]["code"]


def test_errors_without_data(network, user, client_for):
    """
    A 200 with errors alone gives tweepy a response without data and no exception.
    """
    network.faults.order(Fault.ERRORS_ONLY, on="create")

    answer = client_for(user).create_tweet(text="x")

    assert (None, 1) == (answer.data, len(answer.errors))


def test_html_escapes_tweepy_as_a_foreign_exception(network, user, client_for):
    """
    A page of HTML with 200 makes tweepy raise what is not its own.
    """
    network.faults.order(Fault.HTML_200, on="create")

    with pytest.raises(requests.JSONDecodeError):
        client_for(user).create_tweet(text="x")


def test_a_hidden_post_shows_itself_later(network, user, client_for):
    """
    With HIDDEN the post is made, and the timeline shows it after so many reads.
    """
    network.faults.order(Fault.HIDDEN, on="create", reads=2)
    client = client_for(user)

    made = client.create_tweet(text="x").data["id"]
    seen = [client.get_users_tweets(user.id, user_auth=True).data for _ in range(3)]

    assert [None, None, [int(made)]] == [posts and [post.id for post in posts] for posts in seen]


def test_faults_of_one_account(network, user, citizen, poster):
    """
    A fault can be ordered for one account alone.
    """
    network.faults.order(Fault.SERVER_ERROR, on="create", account=citizen.id)

    assert [201, 500] == [poster(who, text="x").status_code for who in (user, citizen)]


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("delete", "DELETE", "/2/tweets/1"),
        ("lookup", "GET", "/2/tweets/1"),
        ("lookup", "GET", "/2/tweets"),
        ("timeline", "GET", "/2/users/1/tweets"),
        ("mentions", "GET", "/2/users/1/mentions"),
        ("me", "GET", "/2/users/me"),
        ("upload", "POST", "/2/media/upload"),
        ("upload_status", "GET", "/2/media/upload"),
        ("upload_initialize", "POST", "/2/media/upload/initialize"),
        ("upload_append", "POST", "/2/media/upload/1/append"),
        ("upload_finalize", "POST", "/2/media/upload/1/finalize"),
        ("metadata", "POST", "/2/media/metadata"),
        ("token", "POST", "/2/oauth2/token"),
        ("token", "POST", "/oauth2/token"),
        ("revoke", "POST", "/2/oauth2/revoke"),
        ("revoke", "POST", "/1.1/oauth/invalidate_token"),
        ("request_token", "POST", "/oauth/request_token"),
        ("access_token", "POST", "/oauth/access_token"),
        ("authorize", "GET", "/oauth/authorize"),
        ("authorize", "GET", "/i/oauth2/authorize"),
    ],
)
def test_each_operation_can_fail(network, user, bearer_for, operation, method, path):
    """
    Every address has an operation by which faults are ordered and calls recorded.
    """
    network.faults.order(Fault.HTML_503, on=operation)

    assert 503 == bearer_for(user).request(method, f"{API}{path}").status_code
    assert (operation, method, path, 503) == tuple(
        getattr(network.calls[-1], name) for name in ("operation", "method", "path", "status")
    )


def test_calls_hold_no_secret(network, user, poster, client_for):
    """
    What is recorded of a call names no token, and neither does any value that can be printed.
    """
    access, refresh = network.oauth2_token(user)
    key, secret = network.oauth1_token(user)
    poster(user, text="x")
    client_for(user).create_tweet(text="y")
    wrong = client_for(user)
    wrong.access_token_secret = "wrong"
    with pytest.raises(tweepy.Unauthorized):
        wrong.get_me()

    said = repr((network.calls, network.app, network._state.access.values(), network._state.oauth1.values()))

    secrets = (access, refresh, key, secret, network.app.consumer_secret, network.app.client_secret)
    assert [] == [each for each in secrets if each in said]

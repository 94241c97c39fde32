"""Rate limits and prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
import requests
import tweepy

from civicsns.testing.sandbox.x import Allowance

API = "https://api.x.com"


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/2/users/me", "75"), ("/2/users/{}/mentions", "300"), ("/2/users/{}/tweets", "900"), ("/2/tweets/1", "900")],
)
def test_each_answer_says_what_is_left(user, bearer_for, path, limit):
    """
    Every answer carries the documented limit, what is left of it, and when it begins anew.
    """
    session = bearer_for(user)

    headers = [session.get(f"{API}{path.format(user.id)}").headers for _ in range(2)]

    assert [limit] * 2 == [each["x-rate-limit-limit"] for each in headers]
    assert [str(int(limit) - 1), str(int(limit) - 2)] == [each["x-rate-limit-remaining"] for each in headers]
    assert headers[0]["x-rate-limit-reset"] == headers[1]["x-rate-limit-reset"]


def test_posting_counts_for_user_and_app(user, citizen, poster):
    """
    A post counts against the user's 100 and against the app's 10,000 of the day.
    """
    headers = [poster(who, text="x").headers for who in (user, citizen)]

    assert ["99", "99"] == [each["x-rate-limit-remaining"] for each in headers]
    assert ["9999", "9998"] == [each["x-app-limit-24hour-remaining"] for each in headers]


def test_the_hundred_and_first_post_waits_for_the_window(network, user, citizen, client_for, clock):
    """
    After 100 posts tweepy sees 429 with the time of reset; others may go on, and so may the user afterwards.
    """
    client = client_for(user)
    for number in range(100):
        client.create_tweet(text=str(number))

    with pytest.raises(tweepy.TooManyRequests) as caught:
        client.create_tweet(text="one more")

    assert 880 < caught.value.reset_time - clock.now().timestamp() <= 900
    assert {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429} == (
        caught.value.response.json()
    )
    client_for(citizen).create_tweet(text="somebody else")
    assert 101 == len(network.posts())


def test_a_window_ends_after_a_quarter_of_an_hour(network, user, bearer_for, clock):
    """
    A refused call costs nothing, and after 15 minutes the window is new.
    """
    network.allow("me", Allowance(user=1))
    session = bearer_for(user)

    def statuses(count):
        return [session.get(f"{API}/2/users/me").status_code for _ in range(count)]

    first = statuses(3)
    clock.move(minutes=15)

    assert [200, 429, 429, 200, 429] == first + statuses(2)


def test_a_daily_cap(network, user, poster, clock):
    """
    A cap on a user's day, as X once set for automatic posts, holds for a day with headers of its own.
    """
    network.allow("create", Allowance(user=100, user_day=2))

    answers = [poster(user, text=str(number)) for number in range(3)]
    clock.move(minutes=20)
    later = poster(user, text="later")
    clock.move(hours=24)

    assert [201, 201, 429] == [answer.status_code for answer in answers]
    assert ("2", "0") == tuple(answers[2].headers[f"x-user-limit-24hour-{name}"] for name in ("limit", "remaining"))
    assert 429 == later.status_code
    assert 201 == poster(user, text="tomorrow").status_code


def test_uploads_answer_429_in_the_older_shape(network, user, bearer_for):
    """
    The media part answers with code 88.
    """
    network.allow("metadata", Allowance(user=0))

    answer = bearer_for(user).post(f"{API}/2/media/metadata", json={"id": "1"})

    assert 429 == answer.status_code
    assert [{"code": 88, "message": "Rate limit exceeded"}] == answer.json()["errors"]
    assert "x-rate-limit-reset" in answer.headers


def test_an_app_alone_has_an_allowance_of_its_own(network, user, mounted, bearer_for):
    """
    The app's own token has the app's allowance, and does not use up a user's.
    """
    session = mounted(requests.Session())
    headers = {"Authorization": f"Bearer {network.bearer_token()}"}
    address = f"{API}/2/users/{user.id}/mentions"

    assert "450" == session.get(address, headers=headers).headers["x-rate-limit-limit"]
    assert "299" == bearer_for(user).get(address).headers["x-rate-limit-remaining"]


def test_a_call_that_proves_nobody_is_not_counted(network, user, bearer_for, mounted):
    """
    A dead token neither uses up an allowance nor is told of one.
    """
    answer = mounted(requests.Session()).get(f"{API}/2/users/me", headers={"Authorization": "Bearer dead"})

    assert 401 == answer.status_code
    assert "x-rate-limit-limit" not in answer.headers


def test_prices(network, user, citizen, poster, bearer_for, uploaded, pictures):
    """
    Posting costs $0.015, with a link $0.20; deleting, describing and reading cost what X says; the rest is free.
    """
    session = bearer_for(user)
    media_id = uploaded(user, pictures())
    others = network.post_as(citizen, "x")

    def cost(call):
        before = network.spent
        call()
        return network.spent - before

    made = poster(user, text="0").json()["data"]["id"]
    costs = [
        cost(lambda: poster(user, text="1")),
        cost(lambda: poster(user, text="https://www.city.example.lg.jp/")),
        cost(lambda: poster(user, text="saga.example.jp")),
        cost(lambda: poster(user, text="1")),
        cost(lambda: session.get(f"{API}/2/tweets/{made}")),
        cost(lambda: session.get(f"{API}/2/tweets/{others.id}")),
        cost(lambda: session.get(f"{API}/2/users/me")),
        cost(lambda: session.post(f"{API}/2/media/metadata", json={"id": media_id})),
        cost(lambda: session.delete(f"{API}/2/tweets/{made}")),
    ]

    expected = ["0.015", "0.20", "0.20", "0", "0.001", "0.005", "0.001", "0.005", "0.010"]
    assert [Decimal(each) for each in expected] == costs


def test_when_the_credits_are_used_up(network, user, client_for):
    """
    Without credit X answers 402 `CreditsDepleted`, which tweepy knows as a plain HTTPException, and nothing goes out.
    """
    network.credits = Decimal("0.02")
    client = client_for(user)
    client.create_tweet(text="affordable")

    with pytest.raises(tweepy.HTTPException) as caught:
        client.create_tweet(text="too dear")

    assert (402, "CreditsDepleted") == (caught.value.response.status_code, caught.value.response.json()["title"])
    assert (Decimal("0.005"), Decimal("0.015")) == (network.credits, network.spent)
    assert ["affordable"] == [post.text for post in network.posts()]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/2/tweets", {"text": "x"}),
        ("DELETE", "/2/tweets/1", None),
        ("GET", "/2/tweets/1", None),
        ("GET", "/2/users/me", None),
        ("GET", "/2/users/1/tweets", None),
        ("GET", "/2/users/1/mentions", None),
        ("POST", "/2/media/metadata", {"id": "1"}),
    ],
)
def test_everything_with_a_price_stops(network, user, bearer_for, method, path, body):
    """
    Without any credit every call that costs is refused.
    """
    network.credits = 0

    assert 402 == bearer_for(user).request(method, f"{API}{path}", json=body).status_code


def test_credit_can_be_added(network, user, poster):
    """
    After someone has added credit, or lifted the bound, posting goes on.
    """
    statuses = []
    for number, dollars in enumerate([0, 1, 0, None]):
        network.credits = dollars
        statuses.append(poster(user, text=str(number)).status_code)

    assert [402, 201, 402, 201] == statuses

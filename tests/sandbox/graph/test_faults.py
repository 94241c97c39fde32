from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from civicsns.testing.sandbox.faults import Fault


def test_a_server_error_may_have_posted(city, refusal):
    """HTTP 500, code 2, is_transient – and a live post, as koala #699 found."""
    city.graph.faults.order(Fault.SERVER_ERROR, on="feed")
    answer = city.post(f"/{city.page.id}/feed", message="a")

    assert ((500, 2, 0), True) == (refusal(answer), answer.json()["error"]["is_transient"])
    assert ["a"] == [post.message for post in city.graph.posts(city.page)]


def test_an_error_can_come_with_http_200(city, refusal):
    """ERRORS_ONLY: a body with nothing but error."""
    city.graph.faults.order(Fault.ERRORS_ONLY, on="feed", carried_out=False)
    answer = city.post(f"/{city.page.id}/feed", message="a")

    assert ((200, 2, 0), {"error"}) == (refusal(answer), set(answer.json()))
    assert () == city.graph.posts(city.page)


def test_spent_money_is_402(city):
    """PAYMENT_REQUIRED in Graph's envelope."""
    city.graph.faults.order(Fault.PAYMENT_REQUIRED, on="feed")
    answer = city.post(f"/{city.page.id}/feed", message="a")

    assert (402, True) == (answer.status_code, "error" in answer.json())


@pytest.mark.parametrize("edge", ["feed", "photos"])
def test_a_hidden_post_is_missing_from_so_many_reads(city, edge, png):
    """HIDDEN with reads=2: made, readable by its id, and listed from the third read on."""
    city.graph.faults.order(Fault.HIDDEN, on=edge, reads=2)
    files = {"source": ("a.png", png)} if edge == "photos" else None
    answer = city.call("POST", f"/{city.page.id}/{edge}", data={"message": "a"}, files=files).json()
    counts = [len(city.get(f"/{city.page.id}/published_posts").json()["data"]) for _ in range(3)]

    assert [0, 0, 1] == counts
    assert 200 == city.get(f"/{answer.get('post_id', answer['id'])}").status_code


def test_a_film_in_parts_can_be_hidden_too(city, film):
    """The order is taken by the first step and concerns the post of the last."""
    city.graph.faults.order(Fault.HIDDEN, on="videos")
    videos = f"/{city.page.id}/videos"
    session = city.post(videos, upload_phase="start", file_size=len(film)).json()["upload_session_id"]
    about = {"upload_phase": "transfer", "upload_session_id": session, "start_offset": 0}
    city.call("POST", videos, data=about, files={"video_file_chunk": ("part", film)})
    city.post(videos, upload_phase="finish", upload_session_id=session)
    counts = [len(city.get(f"/{city.page.id}/published_posts").json()["data"]) for _ in range(2)]

    assert [0, 1] == counts


def test_a_fault_can_be_meant_for_one_page(city):
    """The account of an order is the Page behind the token."""
    other = city.graph.add_page("他の市", tasks={city.person: ("CREATE_CONTENT",)})
    city.graph.faults.order(Fault.SERVER_ERROR, on="feed", account=other.id, carried_out=False)
    ours = city.post("/me/feed", message="a").status_code
    theirs = city.post("/me/feed", token=city.graph.page_token(other, city.person), message="a").status_code

    assert (200, 500) == (ours, theirs)


def test_a_broken_connection_may_have_posted(city):
    """RESET after the post was made."""
    city.graph.faults.order(Fault.RESET, on="feed")
    with pytest.raises(requests.ConnectionError):
        city.post(f"/{city.page.id}/feed", message="a")

    assert ["a"] == [post.message for post in city.graph.posts(city.page)]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/{page}/feed", "feed"),
        ("GET", "/{page}/feed", "feed_read"),
        ("POST", "/{page}/photos", "photos"),
        ("POST", "/{page}/videos", "videos"),
        ("GET", "/1_2", "object_read"),
        ("POST", "/1_2", "object_edit"),
        ("DELETE", "/1_2", "object_delete"),
        ("GET", "/{page}/published_posts", "published_posts"),
        ("GET", "/{page}/scheduled_posts", "scheduled_posts"),
        ("GET", "/1_2/comments", "comments"),
        ("POST", "/1_2/comments", "comments"),
        ("GET", "/{page}/tagged", "tagged"),
        ("GET", "/1_2/insights", "insights"),
        ("GET", "/me", "me"),
        ("GET", "/me/accounts", "accounts"),
        ("GET", "/me/permissions", "permissions"),
        ("DELETE", "/me/permissions", "permissions_delete"),
        ("DELETE", "/me/permissions/email", "permissions_delete"),
        ("GET", "/debug_token", "debug_token"),
        ("GET", "/oauth/access_token", "token"),
        ("POST", "/oauth/access_token", "token"),
        ("GET", "/dialog/oauth", "authorize"),
        ("PUT", "/{page}/feed", ""),
    ],
)
def test_every_call_has_its_operation(city, method, path, operation):
    """Orders and the record of calls go by these names."""
    city.call(method, path.format(page=city.page.id))

    assert operation == city.graph.calls[-1].operation


def test_the_snapshot_is_json(city, png):
    """What the page to look at reads, with nothing that JSON cannot carry."""
    post_id = city.publish("a", backdated_time="2026-03-01T00:00:00+09:00")
    comment = city.graph.comment_as("市民", post_id, "b")
    city.photo(published="true")
    state = json.loads(json.dumps(city.graph.snapshot()))

    assert [city.page.id] == [page["id"] for page in state["pages"]]
    assert [post_id] == [post["id"] for post in state["posts"] if post["message"] == "a"]
    assert [(comment.id, post_id)] == [(one["id"], one["object_id"]) for one in state["comments"]]


def test_many_may_call_at_once(city):
    """Every post of eight threads is there once, under an id of its own, and every call is on record."""

    def publish(number):
        with requests.Session() as http:
            http.trust_env = False
            form = {"message": str(number), "access_token": city.token}
            return http.post(f"{city.graph.url}/v26.0/me/feed", data=form, timeout=10).json()["id"]

    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(publish, range(64)))

    assert set(ids) == {post.id for post in city.graph.posts(city.page)}
    assert (64, 64) == (len(set(ids)), len(city.graph.calls))

"""The real facebook-sdk 3.1.0 as a client, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import facebook
import pytest
import requests


class _Session(requests.Session):
    """Send what facebook-sdk makes to the practice network: another host, JSON for what is not a text."""

    def __init__(self, base):
        super().__init__()
        self.base = base
        self.trust_env = False

    def request(self, method, url, params=None, data=None, **rest):  # type: ignore[override]  # what the SDK hands in
        if data is not None:
            data = {name: one if isinstance(one, str) else json.dumps(one) for name, one in data.items()}
        url = url.replace(facebook.FACEBOOK_GRAPH_URL, f"{self.base}/")
        return super().request(method, url, params=params, data=data, **rest)


@pytest.fixture
def connect(city) -> Iterator[Callable[..., Any]]:
    sessions = []

    def connect(token=None, session=None):
        sessions.append(session or _Session(city.graph.url))
        api = facebook.GraphAPI(token, session=sessions[-1], timeout=10)
        api.version = "v26.0"
        return api

    yield connect
    for session in sessions:
        session.close()


def test_post_read_answer_and_delete(city, connect):
    """put_object, get_object, put_comment, get_connections, delete_object."""
    api = connect(city.token)
    post_id = api.put_object(city.page.id, "feed", message="こんにちは", published=True)["id"]
    api.put_comment(post_id, "補足です")
    shown = api.get_object(post_id, fields="message,comments{message}")
    listed = [one["id"] for one in api.get_all_connections(city.page.id, "published_posts", limit=1)]

    assert ("こんにちは", "補足です") == (shown["message"], shown["comments"]["data"][0]["message"])
    assert [post_id] == listed
    assert {"success": True} == api.delete_object(post_id)


def test_a_photo_and_a_post_that_shows_it(city, connect, png):
    """put_photo sends a multipart body; attached_media goes as JSON."""
    api = connect(city.token)
    photo = api.put_photo(png, album_path=f"{city.page.id}/photos", published="false", alt_text_custom="庁舎")["id"]
    api.put_object(city.page.id, "feed", message="a", attached_media=[{"media_fbid": photo}])

    assert [((photo,), ("庁舎",))] == [(post.attached, post.alt_texts) for post in city.graph.posts(city.page)]


def test_what_the_sdk_corrupts_is_refused(city, connect):
    """Without help it sends a list of dicts as `attached_media=media_fbid`: no post, instead of one without photos."""

    class Bare(_Session):
        def request(self, method, url, params=None, data=None, **rest):  # type: ignore[override]  # what the SDK hands in
            url = url.replace(facebook.FACEBOOK_GRAPH_URL, f"{self.base}/")
            return requests.Session.request(self, method, url, params=params, data=data, **rest)

    api = connect(city.token, Bare(city.graph.url))
    with pytest.raises(facebook.GraphAPIError) as caught:
        api.put_object(city.page.id, "feed", message="a", attached_media=[{"media_fbid": "1"}])

    assert 100 == caught.value.code
    assert () == city.graph.posts(city.page)


def test_paging_walks_the_whole_list(city, connect):
    """get_all_connections takes the token out of `next`, and finds it there."""
    made = [city.publish(str(n)) for n in range(5)]
    api = connect(city.token)

    assert made[::-1] == [one["id"] for one in api.get_all_connections(city.page.id, "published_posts", limit=2)]


def test_the_person_s_side(city, connect):
    """get_permissions, extend_access_token, debug_access_token, get_app_access_token, get_version."""
    app = city.graph.app
    user = city.graph.user_token(city.person)
    api = connect(user)
    longer = api.extend_access_token(app.id, app.secret)

    assert "pages_manage_posts" in api.get_permissions("me")
    assert 5_184_000 == longer["expires_in"]
    assert city.graph.app_token == connect().get_app_access_token(app.id, app.secret)
    # This call of the SDK sends its own token beside the app's; without one of its own there is only one.
    assert connect().debug_access_token(longer["access_token"], app.id, app.secret)["data"]["is_valid"]
    assert "26.0" == api.get_version()


def test_a_refusal_reaches_the_client(city, connect):
    """With Graph's code and sentence."""
    city.graph.expire(city.token, 460)
    with pytest.raises(facebook.GraphAPIError) as caught:
        connect(city.token).get_object("me")

    assert 190 == caught.value.code

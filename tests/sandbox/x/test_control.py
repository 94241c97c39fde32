"""The handle by which tests hold the network."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

import civicsns.testing.sandbox.x as package

API = "https://api.x.com"


def test_a_handle_is_taken_once(network, user):
    """
    Two people cannot have the same handle, in whatever case.
    """
    with pytest.raises(ValueError, match="taken"):
        network.add_user(handle="SAGA_HANAKO", name="別人")


def test_unknown_scopes_are_a_mistake(network, user):
    """
    A scope that X does not know is refused where the test asks for it.
    """
    with pytest.raises(ValueError, match=r"tweet\.fly"):
        network.oauth2_token(user, scopes=("tweet.fly",))


def test_posts_of_one_and_of_all(network, user, citizen, poster):
    """
    Posts are listed oldest first, of one person or of all.
    """
    network.post_as(citizen, "一")
    poster(user, text="二")

    assert ["一", "二"] == [post.text for post in network.posts()]
    assert ["二"] == [post.text for post in network.posts(user)]
    assert ["X Web App", network.app.name] == [post.source for post in network.posts()]


def test_the_snapshot_is_plain_data(network, user, citizen, poster, uploaded, pictures):
    """
    What the page shows can be written as JSON, and names its media.
    """
    media_id = uploaded(user, pictures())
    poster(user, text="写真", media={"media_ids": [media_id]})
    poster(user, text="どちら", poll={"options": ["a", "b"], "duration_minutes": 5})
    network.post_as(citizen, "返信", reply_to=network.posts(user)[0])

    snapshot = json.loads(json.dumps(network.snapshot(), ensure_ascii=False))

    assert ["saga_hanako", "citizen"] == [each["handle"] for each in snapshot["users"]]
    assert [{"key": f"3_{media_id}", "type": "image/png", "alt_text": ""}] == snapshot["posts"][0]["media"]
    assert ["a", "b"] == snapshot["posts"][1]["poll"]["options"]
    assert snapshot["posts"][0]["id"] == snapshot["posts"][2]["reply_to"]


def test_unknown_media_have_no_bytes(network):
    """
    A key that is not there is a KeyError.
    """
    with pytest.raises(KeyError):
        network.media_bytes("3_1")


def test_many_threads_post_at_once(network, user, bearer_for):
    """
    Forty posts from eight threads are forty posts with forty ids.
    """
    sessions = [bearer_for(user) for _ in range(8)]

    def work(number):
        return [
            sessions[number].post(f"{API}/2/tweets", json={"text": f"{number}-{count}"}).json()["data"]["id"]
            for count in range(5)
        ]

    with ThreadPoolExecutor(8) as pool:
        made = [each for part in pool.map(work, range(8)) for each in part]

    assert 40 == len(set(made)) == len(network.posts(user))
    assert sorted(made) == [post.id for post in network.posts(user)]


def test_ids_never_repeat_when_the_clock_goes_back(network, user, clock):
    """
    Ids grow although the clock was set back.
    """
    first = network.post_as(user, "a")
    clock.move(hours=-1)

    assert int(first.id) < int(network.post_as(user, "b").id)


def test_what_is_exported():
    """
    The package exports what tests need, sorted.
    """
    assert sorted(package.__all__) == package.__all__
    assert all(hasattr(package, name) for name in package.__all__)

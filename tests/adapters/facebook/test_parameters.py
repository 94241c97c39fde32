"""Every parameter that the adapter sends, held against the tables in Meta's own SDK."""

from __future__ import annotations

import inspect
import json
import re
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.post import Post
from facebook_business.adobjects.user import User

from civicsns.adapters.facebook import extras, reading
from civicsns.model import PostRef
from civicsns.testing.clock import WORKDAY

#: Parameters of every call, which Meta's tables leave out (Graph API: Overview, Paginated Results, Secure Requests).
EVERYWHERE = {"fields", "appsecret_proof"}
PAGING = {"limit", "after"}

#: Which method of Meta's SDK stands for which call of ours.
METHODS = {
    ("POST", "feed"): Page.create_feed,
    ("POST", "photos"): Page.create_photo,
    ("POST", "videos"): Page.create_video,
    ("GET", "published_posts"): Page.get_published_posts,
    ("GET", "scheduled_posts"): Page.get_scheduled_posts,
    ("GET", "tagged"): Page.get_tagged,
    ("GET", "insights"): Page.get_insights,
    ("GET", "comments"): PagePost.get_comments,
    ("GET", "accounts"): User.get_accounts,
    ("DELETE", "permissions"): User.delete_permissions,
    ("GET", ""): Page.api_get,
    ("POST", ""): PagePost.api_update,
    ("DELETE", ""): PagePost.api_delete,
}
#: Files, which Meta's tables name for some edges and its client attaches by itself for others.
FILES = {"photos": {"source"}, "videos": {"video_file_chunk"}}


def param_types(method):
    """Read the table out of the method's source; it is a literal there and nowhere else."""
    found = re.search(r"param_types = \{(.*?)\n        \}", inspect.getsource(method), re.DOTALL)
    assert found is not None
    return dict(re.findall(r"'([^']+)': '([^']+)',", found[1]))


def fits(text, kind):
    """Tell whether *text*, as it stands on the wire, is of one of Meta's types."""
    if kind in {"string", "datetime", "unsigned int", "int"} or kind.endswith("_enum"):
        return re.fullmatch(r"\d+", text) is not None if "int" in kind or kind == "datetime" else text != ""
    if kind == "bool":
        return text in {"true", "false"}
    value = json.loads(text) if text[:1] in {"{", "["} else text
    if kind.startswith("list"):
        return isinstance(value, list)
    # `place` is called an object, and is the id of one.
    return isinstance(value, dict) or value.isdigit()


def edge(seen):
    parts = seen.path.split("/")[2:]
    return (seen.method, parts[1] if len(parts) > 1 else "")


def unknown(seen):
    """Name the parameters of one request that Meta's table for the call does not have, or has as another type."""
    table = param_types(METHODS[edge(seen)])
    sent = {**seen.query, **(seen.form if seen.method == "POST" else {})}
    known = EVERYWHERE | (PAGING if seen.method == "GET" else set())
    return [
        name for name, text in sent.items() if name not in known and not (name in table and fits(text, table[name]))
    ]


FULL_FEED = {
    "targeting": {"geo_locations": {"countries": ["JP"]}},
    "feed_targeting": {"age_min": 20},
    "call_to_action": {"type": "LEARN_MORE"},
    "backdated_time": datetime(2020, 1, 1, tzinfo=UTC),
    "backdated_time_granularity": "day",
    "place": "110",
    "tags": ["5"],
    "child_attachments": [{"link": "https://example.jp/"}],
    "multi_share_end_card": True,
    "multi_share_optimized": False,
    "og_action_type_id": "1",
    "og_icon_id": "2",
    "og_object_id": "3",
}
FULL_FILM = {
    "targeting": {"geo_locations": {"countries": ["JP"]}},
    "feed_targeting": {"age_min": 20},
    "call_to_action": {"type": "LEARN_MORE"},
    "title": "訓練",
    "content_category": "OTHER",
    "content_tags": ["1"],
    "custom_labels": ["a"],
    "embeddable": True,
    "is_ai_generated": False,
    "social_actions": True,
}


@pytest.fixture
def all_requests(make_recorded, reply, picture, film):
    """Every kind of request that the adapter makes, with every field that it may send."""
    desk = make_recorded()
    adapter, credential = desk.adapter, desk.credential
    made = reply.json({"id": "100_1", "success": True, "data": [{"id": "100_2"}]})
    desk.say(made)
    receipt = desk.publish("x", link="https://example.jp/", extra={"facebook": FULL_FEED})
    desk.publish("x", media=(picture(1), picture(2)))
    desk.publish("x", media=(picture(1),), publish_at=WORKDAY + timedelta(hours=1))
    session = {"upload_session_id": "1", "video_id": "2", "start_offset": "0", "end_offset": "3024"}
    size = len(film().content)
    desk.say(
        reply.json({**session, "end_offset": str(size)}),
        reply.json({"start_offset": str(size), "end_offset": str(size)}),
        made,
    )
    desk.publish("x", media=(film(),), publish_at=WORKDAY + timedelta(hours=1), extra={"facebook": FULL_FILM})
    rendition = desk.prepare("y")
    adapter.edit(receipt, rendition, credential)
    adapter.find(rendition, credential, since=WORKDAY)
    adapter.find(desk.prepare("y", publish_at=WORKDAY + timedelta(hours=1)), credential, since=WORKDAY)
    adapter.mentions(desk.account, credential, since=WORKDAY)
    adapter.metrics(desk.account, credential, [])
    adapter.metrics(desk.account, credential, [PostRef(platform="facebook", id="100_1")])
    adapter.discover(desk.person)
    adapter.delete(receipt, credential)
    adapter.revoke(desk.person)
    adapter.whoami(credential)
    adapter.profile(credential)
    two = make_recorded(two_phase=True)
    two.say(reply.json({"id": "100_1", "success": True}))
    two.publish("x")
    return desk.seen


def test_every_parameter_is_one_of_meta_s(all_requests):
    """
    Name and type of everything that is sent stand in the table of the same call in Meta's own SDK.
    """
    assert [] == [(edge(seen), unknown(seen)) for seen in all_requests if unknown(seen)]


def test_every_call_is_covered(all_requests):
    """
    No row of the table above is idle, and no call is without a row.
    """
    assert set(METHODS) == {edge(seen) for seen in all_requests}


def test_the_check_can_fail(all_requests):
    """
    A name that Meta does not have, and a value of another type, are found.
    """
    seen = next(seen for seen in all_requests if edge(seen) == ("POST", "feed"))

    assert ["alt_text"] == unknown(attrs.evolve(seen, body=b"alt_text=x"))
    assert ["published"] == unknown(attrs.evolve(seen, body=b"published=False"))
    assert ["attached_media"] == unknown(attrs.evolve(seen, body=b"attached_media=media_fbid"))


def test_every_file_goes_where_meta_takes_it(all_requests):
    """
    Pictures as `source`, pieces of a film as `video_file_chunk`.
    """
    multipart = [seen for seen in all_requests if seen.headers.get("content-type", "").startswith("multipart/")]

    assert {"photos", "videos"} == {edge(seen)[1] for seen in multipart}
    assert all(set(seen.files) == FILES[edge(seen)[1]] for seen in multipart)


@pytest.mark.parametrize(
    ("allowed", "method", "tried"),
    [(extras.FEED, Page.create_feed, FULL_FEED), (extras.VIDEO, Page.create_video, FULL_FILM)],
)
def test_the_extra_fields_are_meta_s_and_are_all_tried(allowed, method, tried):
    """
    The allow-list names nothing that Meta does not have, and the requests above carry all of it.
    """
    assert set(allowed) <= set(param_types(method))
    assert set(allowed) == set(tried)


def test_a_post_can_be_published_by_its_id():
    """
    `is_published` is a field that a Page post and a post can be given: what `two_phase` rests on.
    """
    assert "bool" == param_types(PagePost.api_update)["is_published"] == param_types(Post.api_update)["is_published"]


def test_a_film_can_be_sent_in_phases():
    """
    The parameters of the three phases stand in Meta's table.
    """
    table = param_types(Page.create_video)

    assert {"upload_phase", "upload_session_id", "file_size", "start_offset", "video_file_chunk"} <= set(table)


def test_the_fields_that_are_read_exist():
    """
    What the list of posts is asked for are fields or edges of Meta's Page post.
    """
    fields = re.sub(r"\{.*\}|\{[^}]*\}", "", re.sub(r"\{id\}", "", reading._POST)).split(",")
    known = {value for name, value in vars(PagePost.Field).items() if not name.startswith("_")}

    assert {"attachments"} == {field for field in fields if field not in known}
    assert hasattr(PagePost, "get_attachments")

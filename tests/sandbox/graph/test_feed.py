from __future__ import annotations

import json
from datetime import timedelta

import attrs
import pytest


def test_a_post_is_kept_as_sent_and_read_back_in_the_same_call(city):
    """POST feed answers with the fields asked for, and the network holds text, app and author."""
    answer = city.post(f"/{city.page.id}/feed", message="断水のお知らせ", fields="id,permalink_url").json()
    (post,) = city.graph.posts(city.page)

    number = post.id.partition("_")[2]
    assert {
        "id": f"{city.page.id}_{number}",
        "permalink_url": f"https://www.facebook.com/{city.page.id}/posts/{number}",
    } == answer
    assert ("断水のお知らせ", city.graph.app.id, city.page.id) == (post.message, post.app_id, post.author_id)


def test_ids_look_like_the_real_ones(city):
    """A Page id has 15 digits; a post id is the Page's, an underscore and a number."""
    post_id = city.publish("a")

    assert (15, True) == (len(city.page.id), city.page.id.isdecimal())
    assert city.page.id == post_id.partition("_")[0]


def test_a_post_without_text_link_or_media_is_refused(city, refusal):
    """One of the three is needed, and spaces are no text."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed"))
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message=" \n"))
    assert () == city.graph.posts(city.page)


@pytest.mark.parametrize("path", ["me", "{person}"])
def test_nothing_is_posted_to_a_profile(city, refusal, path):
    """Personal profiles have been closed to the API since 2018-08-01: (#200)."""
    user = city.graph.user_token(city.person)
    answer = city.post(f"/{path.format(person=city.person.id)}/feed", token=user, message="a")

    assert (403, 200, 0) == refusal(answer)


def test_me_is_the_page_with_a_page_token(city):
    """POST /me/feed with a Page's token posts on that Page."""
    city.post("/me/feed", message="a")

    assert ["a"] == [post.message for post in city.graph.posts(city.page)]


@pytest.mark.parametrize("word", ["False", "false", "0"])
def test_false_is_read_in_every_spelling(city, word):
    """str(False) of Python is what facebook-sdk puts on the wire; Graph reads it as false."""
    city.publish("a", published=word)

    assert ((), 1) == (city.graph.posts(city.page), len(city.graph.posts(city.page, published=False)))


def test_a_word_that_is_no_boolean_is_refused(city, refusal):
    """published=no does not pass for true."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message="a", published="no"))


def test_an_unknown_parameter_is_refused(city, refusal):
    """A misspelt name must not be dropped in silence."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message="a", mesage="b"))
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message="a", お知らせ="b"))
    assert () == city.graph.posts(city.page)


def test_the_body_may_be_json(city):
    """Graph takes a JSON object as it takes a form."""
    body = {"message": "a", "published": False, "feed_targeting": {"geo_locations": {"countries": ["JP"]}}}
    answer = city.call("POST", f"/{city.page.id}/feed", json=body)
    (post,) = city.graph.posts(city.page, published=False)

    assert (200, {"feed_targeting": {"geo_locations": {"countries": ["JP"]}}}) == (answer.status_code, post.extra)


def test_a_scheduled_post_appears_when_its_time_has_come(city, practice_clock):
    """It is listed as unpublished until then, and bears the time at which it came out."""
    at = practice_clock.now() + timedelta(hours=1)
    post_id = city.publish("a", published="false", scheduled_publish_time=int(at.timestamp()))
    before = city.get(f"/{post_id}", fields="is_published,scheduled_publish_time").json()
    practice_clock.advance(timedelta(minutes=61))
    after = city.get(f"/{post_id}", fields="is_published,scheduled_publish_time,created_time").json()

    assert {"is_published": False, "scheduled_publish_time": int(at.timestamp()), "id": post_id} == before
    assert {"is_published": True, "created_time": "2026-04-01T01:00:00+0000", "id": post_id} == after


@pytest.mark.parametrize(
    ("ahead", "taken"),
    [
        (timedelta(minutes=9), False),
        (timedelta(minutes=10), True),
        (timedelta(days=30), True),
        (timedelta(days=30, seconds=1), False),
    ],
)
def test_the_time_lies_between_ten_minutes_and_thirty_days(city, practice_clock, ahead, taken):
    """Pages API, Posts; ISO 8601 with an offset is read too."""
    at = (practice_clock.now() + ahead).isoformat()
    answer = city.post(f"/{city.page.id}/feed", message="a", published="false", scheduled_publish_time=at)

    assert (200 if taken else 400) == answer.status_code


@pytest.mark.parametrize("when", ["tomorrow", "2026-04-02T10:00:00", "99999999999999999"])
def test_a_time_that_depends_on_the_reader_is_refused(city, refusal, when):
    """Words for strtotime() and times without an offset mean different things in different places."""
    answer = city.post(f"/{city.page.id}/feed", message="a", published="false", scheduled_publish_time=when)

    assert (400, 100, 0) == refusal(answer)


def test_a_time_without_published_false_is_refused(city, practice_clock, refusal):
    """Otherwise the post would go out at once."""
    at = int(practice_clock.now().timestamp()) + 3600

    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message="a", scheduled_publish_time=at))


def test_the_same_text_twice_running_is_a_duplicate_for_a_while(city, practice_clock, refusal):
    """506 for the same content just after; not after other content, and not later."""
    city.publish("a")
    again = refusal(city.post(f"/{city.page.id}/feed", message="a"))
    city.publish("b")
    city.publish("a")
    practice_clock.advance(city.graph.limits.duplicate_window)
    city.publish("a")

    assert (400, 506, 1455006) == again
    assert ["a", "b", "a", "a"] == [post.message for post in city.graph.posts(city.page)]


def test_a_text_of_63206_characters_is_taken_and_one_more_is_not(city, refusal):
    """The limit that is commonly reported; it can be set."""
    city.publish("あ" * 63_206)
    too_long = refusal(city.post(f"/{city.page.id}/feed", message="あ" * 63_207))
    city.graph.limits = attrs.evolve(city.graph.limits, text=3)

    assert (400, 100, 0) == too_long
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message="abcd"))


def test_links_must_be_addresses_that_can_be_fetched(city, refusal):
    """A link that is none is a wrong parameter; one that cannot be fetched is 1609005."""
    city.graph.unreachable_hosts.add("gone.example")
    city.publish("", link="https://www.city.saga.lg.jp/")

    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", link="javascript:alert(1)"))
    assert (400, 1609005, 0) == refusal(city.post(f"/{city.page.id}/feed", link="https://gone.example/a"))
    assert ["https://www.city.saga.lg.jp/"] == [post.link for post in city.graph.posts(city.page)]


@pytest.mark.parametrize("subcode", [1390008, 4854002, 1346003, 1404082])
def test_a_stopped_page_writes_nothing(city, refusal, subcode):
    """368 with the subcode that says why, until the stop is lifted."""
    city.graph.block(city.page, subcode)
    refused = refusal(city.post(f"/{city.page.id}/feed", message="a"))
    city.graph.unblock(city.page)
    city.publish("a")

    assert (400, 368, subcode) == refused


def test_photos_are_attached_in_order_with_their_alt_texts(city):
    """Unpublished photos become one post with attached_media."""
    ids = [city.photo(alt_text_custom=text).json()["id"] for text in ("庁舎", "桜")]
    media = json.dumps([{"media_fbid": one} for one in reversed(ids)])
    post_id = city.publish("春", attached_media=media)
    (post,) = city.graph.posts(city.page)
    shown = city.get(f"/{post_id}", fields="status_type,attachments").json()

    assert (tuple(reversed(ids)), ("桜", "庁舎")) == (post.attached, post.alt_texts)
    assert "added_photos" == shown["status_type"]
    album = shown["attachments"]["data"][0]["subattachments"]["data"]
    assert list(reversed(ids)) == [one["target"]["id"] for one in album]


def test_attached_media_may_come_by_index(city):
    """attached_media[0]={…} is the form that Meta's own example shows."""
    photo = city.photo().json()["id"]
    city.publish("a", **{"attached_media[0]": json.dumps({"media_fbid": photo})})

    assert (photo,) == city.graph.posts(city.page)[0].attached


@pytest.mark.parametrize("wrong", ["media_fbid", '["1"]', '[{"media_fbid": "1"}]', '{"media_fbid": "1"}'])
def test_attached_media_that_is_not_what_was_meant_is_refused(city, refusal, wrong):
    """facebook-sdk sends a list of dicts as the word media_fbid; that must not become a post without photos."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message="a", attached_media=wrong))


def test_a_photo_is_posted_once(city, refusal):
    """A photo that a post shows cannot be attached again, nor one that was published by itself."""
    photo = city.photo().json()["id"]
    media = json.dumps([{"media_fbid": photo}])
    city.publish("a", attached_media=media)
    alone = json.dumps([{"media_fbid": city.photo(published="true").json()["id"]}])

    for used in (media, alone):
        assert (400, 100, 1366051) == refusal(city.post(f"/{city.page.id}/feed", message="b", attached_media=used))


def test_a_scheduled_post_with_photos_needs_its_kind(city, practice_clock):
    """Without unpublished_content_type=SCHEDULED, Graph takes it and never publishes it."""
    at = int((practice_clock.now() + timedelta(hours=1)).timestamp())
    for text, kind in (("comes", {"unpublished_content_type": "SCHEDULED"}), ("never", {})):
        media = json.dumps([{"media_fbid": city.photo().json()["id"]}])
        city.publish(text, attached_media=media, published="false", scheduled_publish_time=at, **kind)
    practice_clock.advance(timedelta(days=31))

    assert ["comes"] == [post.message for post in city.graph.posts(city.page)]
    assert ["never"] == [post.message for post in city.graph.posts(city.page, published=False)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"published": "false", "unpublished_content_type": "SCHEDULED"},
        {"published": "false", "unpublished_content_type": "ADS_POST"},
        {"unpublished_content_type": "DRAFT"},
    ],
)
def test_the_kind_of_an_unpublished_post_must_fit(city, refusal, wrong):
    """SCHEDULED without a time, a kind for advertisements, and a draft that is published."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.page.id}/feed", message="a", **wrong))


def test_what_changes_nothing_here_is_kept_with_the_post(city):
    """Audience and its like are checked for their type and can be looked at."""
    city.publish("a", targeting=json.dumps({"geo_locations": {"countries": ["JP"]}}), tags="[1]", place="123")
    (post,) = city.graph.posts(city.page)

    assert {"targeting": {"geo_locations": {"countries": ["JP"]}}, "tags": [1], "place": 123} == post.extra
    assert 400 == city.post(f"/{city.page.id}/feed", message="b", tags="1").status_code

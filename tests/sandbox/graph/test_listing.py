from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest


def ids(answer):
    return [one["id"] for one in answer.json()["data"]]


def test_the_newest_comes_first_and_only_what_is_published(city, practice_clock):
    """/published_posts leaves out what is unpublished, hidden or written by visitors; /feed lists it all."""
    first = city.publish("a")
    practice_clock.advance(timedelta(minutes=1))
    second = city.publish("b")
    city.post(f"/{city.publish('hidden')}", is_hidden="true")
    city.publish("draft", published="false")
    city.graph.post_as("市民", city.page, "こんにちは")

    assert [second, first] == ids(city.get(f"/{city.page.id}/published_posts"))
    assert 5 == len(ids(city.get(f"/{city.page.id}/feed")))


@pytest.mark.parametrize(("posts", "expected"), [(7, 3), (6, 2), (3, 1)])
def test_paging_goes_on_until_there_is_no_next(city, posts, expected):
    """By the cursor `after`: every post once; `next` is absent on the last page only, a full one too."""
    made = [city.publish(str(n)) for n in range(posts)]
    found, after, pages = [], None, 0
    while pages < 10:
        answer = city.get(f"/{city.page.id}/published_posts", limit=3, **({"after": after} if after else {}))
        found += ids(answer)
        pages += 1
        paging = answer.json()["paging"]
        if "next" not in paging:
            break
        after = paging["cursors"]["after"]

    assert (list(reversed(made)), expected) == (found, pages)


def test_before_goes_back(city):
    """`before` gives the page that stands in front."""
    made = [city.publish(str(n)) for n in range(5)]
    second = city.get(f"/{city.page.id}/published_posts", limit=2, after=_after(city, 2))
    back = city.get(f"/{city.page.id}/published_posts", limit=2, before=second.json()["paging"]["cursors"]["before"])

    assert [made[2], made[1]] == ids(second)
    assert [made[4], made[3]] == ids(back)


def _after(city, limit):
    return city.get(f"/{city.page.id}/published_posts", limit=limit).json()["paging"]["cursors"]["after"]


def test_next_repeats_the_token_only_where_it_came_in_the_address(city):
    """facebook-sdk's get_all_connections stumbles over a next without a token; the real network sends both kinds."""
    for n in range(2):
        city.publish(str(n))
    address = f"/{city.page.id}/published_posts"
    by_header = city.get(address, limit=1, fields="id").json()["paging"]["next"]
    by_query = city.get(address, token="", access_token=city.token, limit=1).json()["paging"]["next"]

    assert "access_token" not in parse_qs(urlsplit(by_header).query)
    assert [city.token] == parse_qs(urlsplit(by_query).query)["access_token"]
    assert (1, 1) == (len(ids(city.call("GET", by_header))), len(ids(city.call("GET", by_query, token=""))))


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"after": "x"}, {"since": "yesterday"}, {"q": "a"}, {"fields": "x"}],
)
def test_wrong_parameters_are_refused(city, wrong):
    """Limit is at most 100; cursors and times are checked; unknown names and fields are refused."""
    city.publish("a")

    assert 400 == city.get(f"/{city.page.id}/published_posts", **wrong).status_code


def test_since_and_until_bound_the_time(city, practice_clock):
    """Both ends belong to the stretch; Unix and ISO 8601 are read."""
    made = []
    for n in range(3):
        made.append(city.publish(str(n)))
        practice_clock.advance(timedelta(minutes=10))
    found = ids(
        city.get(f"/{city.page.id}/published_posts", since="2026-04-01T00:10:00+0000", until=1_775_001_600 + 600)
    )

    assert [made[1]] == found


def test_an_omitted_post_is_missing_from_lists_but_there_by_id(city):
    """Absence from a list does not prove that nothing was published."""
    seen, unseen = city.publish("a"), city.publish("b")
    city.graph.omit(next(post for post in city.graph.posts(city.page) if post.id == unseen))

    assert [seen] == ids(city.get(f"/{city.page.id}/published_posts"))
    assert 200 == city.get(f"/{unseen}").status_code


def test_a_page_can_be_empty_and_not_the_last(city):
    """What is left out is left out of its page; only a missing `next` ends the list."""
    made = [city.publish(str(n)) for n in range(3)]
    for post in city.graph.posts(city.page)[1:]:
        city.graph.omit(post)
    first = city.get(f"/{city.page.id}/published_posts", limit=2)

    assert [] == ids(first)
    assert [made[0]] == ids(city.call("GET", first.json()["paging"]["next"]))


def test_only_the_ranked_posts_of_a_year_are_listed(city, practice_clock):
    """About 600 a year; one that people answered ranks above one that nobody did."""
    city.graph.limits = attrs.evolve(city.graph.limits, ranked=2)
    made = []
    for n in range(4):
        made.append(city.publish(str(n)))
        practice_clock.advance(timedelta(minutes=1))
    city.graph.comment_as("市民", made[0], "！")

    assert [made[3], made[0]] == ids(city.get(f"/{city.page.id}/published_posts"))


def test_tagged_lists_what_others_wrote_about_the_page(city, refusal):
    """It takes pages_read_user_content, and does not tell who wrote."""
    post = city.graph.post_as("市民", city.page, "佐賀市さんへ")
    shown = city.get(f"/{city.page.id}/tagged", fields="message,from").json()["data"]
    token = city.scoped("pages_read_engagement", "pages_show_list")

    assert [{"message": "佐賀市さんへ", "id": post.id}] == shown
    assert (403, 10, 0) == refusal(city.get(f"/{city.page.id}/tagged", token=token))


def test_a_person_s_token_does_not_list(city, refusal):
    """The most common mistake: a user token where a Page's belongs, (#210)."""
    user = city.graph.user_token(city.person)

    assert (403, 210, 0) == refusal(city.get(f"/{city.page.id}/published_posts", token=user))


def test_a_summary_counts_what_there_is(city):
    """Meta's own SDK asks for it with every list."""
    for n in range(3):
        city.publish(str(n))
    answer = city.get(f"/{city.page.id}/published_posts", limit=1, summary="true").json()

    assert (1, {"total_count": 3}) == (len(answer["data"]), answer["summary"])


def test_scheduled_posts_are_listed_by_themselves(city, practice_clock):
    """/scheduled_posts shows what will come, until it has come."""
    at = int((practice_clock.now() + timedelta(hours=1)).timestamp())
    post_id = city.publish("a", published="false", scheduled_publish_time=at)
    city.publish("draft", published="false")
    before = ids(city.get(f"/{city.page.id}/scheduled_posts"))
    practice_clock.advance(timedelta(hours=1))

    assert [post_id] == before
    assert [] == ids(city.get(f"/{city.page.id}/scheduled_posts"))


def test_the_whole_feed_takes_pages_read_user_content(city, refusal):
    """It holds what visitors wrote (Page Feed, Requirements)."""
    token = city.scoped("pages_read_engagement")

    assert (403, 10, 0) == refusal(city.get(f"/{city.page.id}/feed", token=token))
    assert 200 == city.get(f"/{city.page.id}/published_posts", token=token).status_code

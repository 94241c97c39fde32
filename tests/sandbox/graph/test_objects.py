from __future__ import annotations

import pytest


def test_a_deleted_post_is_gone_for_every_call(city, refusal):
    """DELETE answers success once; then it, GET and POST answer 100 with subcode 33, as for what never was."""
    post_id = city.publish("a")
    first = city.delete(f"/{post_id}").json()

    assert {"success": True} == first
    assert (400, 100, 33) == refusal(city.delete(f"/{post_id}"))
    assert (400, 100, 33) == refusal(city.get(f"/{post_id}"))
    assert (400, 100, 33) == refusal(city.post(f"/{post_id}", message="b"))
    assert (400, 100, 33) == refusal(city.delete(f"/{city.page.id}_1"))


def test_the_text_of_a_post_can_be_changed(city, practice_clock):
    """POST /{post} answers success, and the time of the change is kept."""
    post_id = city.publish("a")
    answer = city.post(f"/{post_id}", message="b").json()

    assert {"success": True} == answer
    assert ["b"] == [post.message for post in city.graph.posts(city.page)]


def test_an_app_changes_only_its_own_posts(city, refusal):
    """Another app's post, and what a person wrote by hand, cannot be changed; deleting them can."""
    other = city.graph.register_app(name="Other")
    theirs = city.graph.page_token(city.page, city.person, app=other)
    post_id = city.publish("a")
    by_hand = city.graph.post_as("市民", city.page, "こんにちは")

    assert (403, 200, 0) == refusal(city.post(f"/{post_id}", token=theirs, message="b"))
    assert (403, 200, 0) == refusal(city.post(f"/{by_hand.id}", message="b"))
    assert {"success": True} == city.delete(f"/{post_id}", token=theirs).json()


def test_publishing_by_id_can_be_repeated(city):
    """Made with published=false, then is_published=true: the second time changes nothing."""
    post_id = city.publish("a", published="false")
    first = city.post(f"/{post_id}", is_published="true").json()
    seen = city.graph.posts(city.page)
    second = city.post(f"/{post_id}", is_published="true").json()

    assert ({"success": True}, {"success": True}) == (first, second)
    assert [post_id] == [post.id for post in seen] == [post.id for post in city.graph.posts(city.page)]


def test_a_published_post_does_not_go_back(city, refusal):
    """is_published=false on a published post is refused; deleting is the way."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.publish('a')}", is_published="false"))


@pytest.mark.parametrize("change", [{}, {"message": ""}, {"link": "https://example.com/"}, {"published": "true"}])
def test_a_change_that_means_nothing_is_refused(city, refusal, change):
    """Nothing to change, an emptied post, and names that are not of a change."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.publish('a')}", **change))


@pytest.mark.parametrize("fields", ["nope", "id,fan_count", "from{nope}id", "id,,message", "id,", "{id}", "id}"])
def test_fields_are_checked(city, fields):
    """A field that the node does not have, and a list that cannot be read, are refused."""
    assert 400 == city.get(f"/{city.publish('a')}", fields=fields).status_code


def test_fields_lead_to_what_hangs_on_the_post(city):
    """Modifiers and inner fields: the number of comments, and their texts only."""
    post_id = city.publish("a")
    for text in ("一", "二", "三"):
        city.graph.comment_as("市民", post_id, text)
    city.graph.set_figure(post_id, "reactions", 7)
    shown = city.get(
        f"/{post_id}", fields="comments.limit(2).summary(true){message},reactions.summary(total_count),shares"
    ).json()

    assert ["一", "二"] == [one["message"] for one in shown["comments"]["data"]]
    assert (3, 7) == (shown["comments"]["summary"]["total_count"], shown["reactions"]["summary"]["total_count"])
    assert "shares" not in shown


def test_the_post_says_which_app_made_it(city):
    """Application tells our posts from what somebody wrote by hand."""
    ours, by_hand = city.publish("a"), city.graph.post_as("市民", city.page, "b").id

    assert city.graph.app.id == city.get(f"/{ours}", fields="application").json()["application"]["id"]
    assert {"id": by_hand} == city.get(f"/{by_hand}", fields="application,from").json()


def test_what_belongs_to_another_page_is_not_shown(city, refusal):
    """Reading another Page's post takes a feature that the app does not have: (#10)."""
    post_id = city.publish("a")
    other = city.graph.add_page("他の市", tasks={city.person: ("CREATE_CONTENT",)})
    token = city.graph.page_token(other, city.person)

    assert (403, 10, 0) == refusal(city.get(f"/{post_id}", token=token))
    assert (403, 10, 0) == refusal(city.get(f"/{post_id}", token=city.graph.app_token))


def test_an_address_that_is_none_is_refused(city, refusal):
    """Unknown edges are code 2500; a wrong method on a known edge is 100 with subcode 33."""
    assert (400, 2500, 0) == refusal(city.get(f"/{city.page.id}/nope"))
    assert (400, 2500, 0) == refusal(city.get("/a/b/c/d"))
    assert (400, 100, 33) == refusal(city.delete(f"/{city.page.id}/feed"))
    assert (400, 100, 33) == refusal(city.post(f"/{city.page.id}", about="a"))
    assert (400, 100, 33) == refusal(city.get("/%0d%0aX-Evil:%201"))

from __future__ import annotations

from datetime import timedelta

import pytest


def test_comments_come_oldest_first_and_answers_with_stream(city, practice_clock):
    """Toplevel is usual; stream adds the answers; reverse_chronological turns the order."""
    post_id = city.publish("a")
    first = city.graph.comment_as("市民甲", post_id, "質問です")
    practice_clock.advance(timedelta(minutes=1))
    second = city.graph.comment_as("市民乙", post_id, "私も")
    answer = city.graph.comment_as("市民丙", first.id, "同感")

    def listed(**params):
        return [one["id"] for one in city.get(f"/{post_id}/comments", **params).json()["data"]]

    assert [first.id, second.id] == listed()
    assert [first.id, answer.id, second.id] == listed(filter="stream")
    assert [second.id, first.id] == listed(order="reverse_chronological")
    assert [second.id] == listed(since=int(practice_clock.now().timestamp()))


def test_the_page_answers_a_comment(city):
    """POST /{comment}/comments writes as the Page; the answer knows what it answers."""
    post_id = city.publish("a")
    question = city.graph.comment_as("市民", post_id, "質問です")
    answer = city.post(f"/{question.id}/comments", message="お答えします").json()["id"]
    shown = city.get(f"/{answer}", fields="message,from,parent{id}").json()

    assert ("お答えします", city.page.id, question.id) == (
        shown["message"],
        shown["from"]["id"],
        shown["parent"]["id"],
    )
    assert answer.partition("_")[0] == post_id.partition("_")[2]


def test_the_page_hides_and_deletes_what_others_wrote_but_does_not_change_it(city, refusal):
    """is_hidden and DELETE are moderation; the text belongs to its author."""
    post_id = city.publish("a")
    comment = city.graph.comment_as("市民", post_id, "…")

    assert (403, 200, 0) == refusal(city.post(f"/{comment.id}", message="x"))
    assert {"success": True} == city.post(f"/{comment.id}", is_hidden="true").json()
    assert [True] == [one.hidden for one in city.graph.comments(post_id)]
    assert {"success": True} == city.delete(f"/{comment.id}").json()
    assert (400, 100, 33) == refusal(city.delete(f"/{comment.id}"))


def test_comments_go_with_their_post(city, refusal):
    """Deleting a post deletes what stands under it, answers included."""
    post_id = city.publish("a")
    comment = city.graph.comment_as("市民", post_id, "…")
    answer = city.post(f"/{comment.id}/comments", message="x").json()["id"]
    city.delete(f"/{post_id}")

    assert (400, 100, 33) == refusal(city.get(f"/{comment.id}"))
    assert (400, 100, 33) == refusal(city.get(f"/{answer}"))


@pytest.mark.parametrize("wrong", [{"filter": "all"}, {"order": "ranked"}, {"nope": "1"}])
def test_wrong_parameters_are_refused(city, refusal, wrong):
    """Values that Graph does not know, and names that it does not have."""
    assert (400, 100, 0) == refusal(city.get(f"/{city.publish('a')}/comments", **wrong))


def test_answering_takes_pages_manage_engagement(city, refusal):
    """Writing comments is another permission than posting."""
    post_id = city.publish("a")
    token = city.scoped("pages_manage_posts", "pages_read_engagement")

    assert (403, 200, 0) == refusal(city.post(f"/{post_id}/comments", token=token, message="a"))
    assert 200 == city.get(f"/{post_id}/comments", token=token).status_code


def test_an_empty_comment_is_refused(city, refusal):
    """A comment takes a message."""
    assert (400, 100, 0) == refusal(city.post(f"/{city.publish('a')}/comments", message=" "))


def test_a_page_has_no_comments(city, refusal):
    """Only posts, photos, films and comments have them; a citizen cannot write under nothing either."""
    assert (400, 100, 33) == refusal(city.get(f"/{city.page.id}/comments"))
    with pytest.raises(KeyError):
        city.graph.comment_as("市民", "1_2", "a")

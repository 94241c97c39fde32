from __future__ import annotations

import pytest


def test_figures_of_a_page_and_of_a_post(city):
    """Each metric with its period, value and id; what nobody set is 0, or an empty table."""
    post_id = city.publish("a")
    city.graph.set_figure(city.page.id, "page_follows", 1234)
    city.graph.set_figure(post_id, "post_media_view", 56)
    of_page = city.get(f"/{city.page.id}/insights", metric="page_follows,page_media_view", period="day").json()["data"]
    of_post = city.get(
        f"/{post_id}/insights", metric='["post_media_view","post_reactions_by_type_total"]', period="lifetime"
    ).json()["data"]

    assert [("page_follows", 1234), ("page_media_view", 0)] == [
        (one["name"], one["values"][0]["value"]) for one in of_page
    ]
    assert [("post_media_view", 56), ("post_reactions_by_type_total", {})] == [
        (one["name"], one["values"][0]["value"]) for one in of_post
    ]
    assert f"{post_id}/insights/post_media_view/lifetime" == of_post[0]["id"]


def test_without_a_period_every_period_comes(city):
    """One row for each that the metric has."""
    rows = city.get(f"/{city.page.id}/insights", metric="page_views_total").json()["data"]

    assert ["day", "week", "days_28"] == [one["period"] for one in rows]


@pytest.mark.parametrize("metric", ["page_impressions", "page_fans", "post_media_view", "nope", ""])
def test_withdrawn_and_unknown_metrics_are_refused(city, refusal, metric):
    """page_impressions and page_fans ended on 2025-11-15; a post's metric is none of a Page's."""
    assert (400, 100, 0) == refusal(city.get(f"/{city.page.id}/insights", metric=metric))


@pytest.mark.parametrize("wrong", [{"period": "year"}, {"since": 200, "until": 100}, {"since": 0, "until": 8_000_000}])
def test_periods_and_times_are_checked(city, refusal, wrong):
    """A period that is none, an end before its beginning, and more than 92 days."""
    assert (400, 100, 0) == refusal(city.get(f"/{city.page.id}/insights", metric="page_follows", **wrong))


def test_figures_take_read_insights_and_analyze(city, refusal):
    """(#10) without the permission or the task, (#210) with a person's token."""
    path, asked = f"/{city.page.id}/insights", {"metric": "page_follows"}
    user = city.graph.user_token(city.person)
    without = refusal(city.get(path, token=city.scoped("pages_read_engagement"), **asked))
    as_person = refusal(city.get(path, token=user, **asked))
    city.graph.set_tasks(city.page, city.person, ("CREATE_CONTENT",))

    assert ((403, 10, 0), (403, 210, 0)) == (without, as_person)
    assert (403, 10, 0) == refusal(city.get(path, **asked))

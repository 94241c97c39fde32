from __future__ import annotations

import json
from datetime import timedelta

import attrs
import pytest

from civicsns.testing.sandbox.faults import Fault


def case(city, answer):
    return json.loads(answer.headers["X-Business-Use-Case-Usage"])[city.page.id][0]


def test_a_page_s_calls_count_in_a_rolling_day(city, practice_clock, refusal):
    """Percent in X-Business-Use-Case-Usage; the call too many is 80001, and says how long to wait."""
    city.graph.limits = attrs.evolve(city.graph.limits, page_calls=4)
    shares = []
    for _ in range(4):
        shares.append(case(city, city.get("/me"))["call_count"])
        practice_clock.advance(timedelta(hours=1))
    refused = city.get("/me")

    assert [25, 50, 75, 100] == shares
    assert ((400, 80001, 2446079), 20 * 60) == (
        refusal(refused),
        case(city, refused)["estimated_time_to_regain_access"],
    )
    practice_clock.advance(timedelta(hours=20))
    assert 200 == city.get("/me").status_code


@pytest.mark.parametrize(("path", "code"), [("/me", 17), ("/{page}/published_posts", 32)])
def test_a_person_s_calls_count_against_the_app_in_a_rolling_hour(city, practice_clock, refusal, path, code):
    """X-App-Usage; 17 for the person's own calls, 32 for those about Pages. The Page's own calls go on."""
    city.graph.limits = attrs.evolve(city.graph.limits, app_calls=2)
    user = city.graph.user_token(city.person)
    usage = [json.loads(city.get("/me", token=user).headers["X-App-Usage"])["call_count"] for _ in range(2)]
    refused = refusal(city.get(path.format(page=city.page.id), token=user))
    practice_clock.advance(timedelta(hours=1))

    assert [50, 100] == usage
    assert code == refused[1]
    assert (200, 200) == (city.get("/me", token=user).status_code, city.get("/me").status_code)


def test_an_app_s_calls_have_a_code_of_their_own(city, refusal):
    """(#4)."""
    city.graph.limits = attrs.evolve(city.graph.limits, app_calls=0 + 1)
    for _ in range(2):
        answer = city.get("/debug_token", token=city.graph.app_token, input_token=city.token)

    assert (403, 4, 0) == refusal(answer)


def test_a_refused_call_does_not_count(city, practice_clock):
    """Waiting as long as the header says is enough, however often one tried in between."""
    city.graph.limits = attrs.evolve(city.graph.limits, page_calls=1)
    city.get("/me")
    practice_clock.advance(timedelta(hours=23))
    city.get("/me")
    practice_clock.advance(timedelta(hours=1))

    assert 200 == city.get("/me").status_code


def test_usage_can_be_set(city, refusal):
    """What a test sets stands in the headers, and 100 percent of anything refuses."""
    city.graph.usage |= {"call_count": 85, "total_time": 12}
    fine = case(city, city.get("/me"))
    city.graph.usage |= {"total_cputime": 100, "estimated_time_to_regain_access": 7}
    refused = city.get("/me")

    assert (85, 12, 0) == (fine["call_count"], fine["total_time"], fine["estimated_time_to_regain_access"])
    assert ((400, 80001, 2446079), 7) == (refusal(refused), case(city, refused)["estimated_time_to_regain_access"])


def test_ordered_rate_limits_come_with_and_without_the_header(city, refusal):
    """RATE_LIMITED says when to come back; RATE_LIMITED_BARE says nothing. Neither posts."""
    for fault in (Fault.RATE_LIMITED, Fault.RATE_LIMITED_BARE):
        city.graph.faults.order(fault, on="feed")
    said, bare = (city.post(f"/{city.page.id}/feed", message="a") for _ in range(2))

    assert ((400, 80001, 2446079), 5) == (refusal(said), case(city, said)["estimated_time_to_regain_access"])
    assert (403, 32, 0) == refusal(bare)
    assert not [name for name in bare.headers if "usage" in name.lower()]
    assert () == city.graph.posts(city.page)

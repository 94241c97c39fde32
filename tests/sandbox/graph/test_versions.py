from __future__ import annotations

from datetime import UTC, datetime

import pytest


def at(city, path):
    return city.call("GET", f"{city.graph.url}{path}")


def test_a_version_answers_as_itself(city):
    """The header says which version answered."""
    assert ["v26.0", "v25.0"] == [
        at(city, f"/{version}/me").headers["facebook-api-version"] for version in ("v26.0", "v25.0")
    ]


def test_without_a_version_the_oldest_that_works_answers(city, practice_clock):
    """It changes when that one ends."""
    before = at(city, "/me").headers["facebook-api-version"]
    practice_clock.set(datetime(2026, 11, 22, tzinfo=UTC))
    after = at(city, "/me").headers["facebook-api-version"]

    assert ("v19.0", "v21.0") == (before, after)


@pytest.mark.parametrize(
    ("version", "end"), [("v25.0", "2028-07-29"), ("v24.0", "2028-02-18"), ("v20.0", "2026-09-24")]
)
def test_a_version_works_until_its_last_day(city, practice_clock, refusal, version, end):
    """Meta, Graph API, Versions; after that the call is refused with a code of its own."""
    day = datetime.fromisoformat(f"{end}T00:00:00+00:00")
    practice_clock.set(day.replace(year=day.year - 1))
    before = at(city, f"/{version}/me").status_code
    practice_clock.set(day)

    assert (200, (400, 2635, 0)) == (before, refusal(at(city, f"/{version}/me")))


def test_a_version_that_never_was_is_refused(city, refusal):
    """v99.0 is no path."""
    assert (400, 2500, 0) == refusal(at(city, "/v99.0/me"))


def test_the_table_can_be_set(city, practice_clock, refusal):
    """So that a test can let the version that it uses end."""
    city.graph.versions["v26.0"] = practice_clock.now()

    assert (400, 2635, 0) == refusal(city.get("/me"))

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.errors import BadInput
from civicsns.records.destruction import destroyed_by, destruction, first_uncovered
from civicsns.records.retention import Retention, destroyable, from_the_next_fiscal_year

YEAR = timedelta(days=365)
TOKYO = ZoneInfo("Asia/Tokyo")


def test_nothing_is_destroyed_that_no_period_covers(pairs):
    """
    The library knows no period of its own: without one, everything is kept for ever.
    """
    late = datetime(9000, 1, 1, tzinfo=UTC)

    assert [] == list(destroyable(pairs, Retention({}), now=late))
    assert [] == list(destroyable(pairs, Retention({"draft.": YEAR}), now=late))


def test_bodies_may_go_when_their_period_is_over(pairs):
    """
    A body may be destroyed from the moment its period ends, and not a moment earlier.
    """
    retention = Retention({"delivery.": YEAR})
    third = pairs[2][0].at + YEAR

    assert [1, 2] == list(destroyable(pairs, retention, now=third - timedelta(microseconds=1)))
    assert [1, 2, 3] == list(destroyable(pairs, retention, now=third))


def test_the_longest_beginning_counts(pairs):
    """
    A period for one event stands before the period for its kind.
    """
    retention = Retention({"": YEAR, "delivery.delivered": 10 * YEAR, "delivery.": 3 * YEAR})
    at = pairs[0][0].at

    assert at + 10 * YEAR == retention.ends("delivery.delivered", at)
    assert at + 3 * YEAR == retention.ends("delivery.failed", at)
    assert at + YEAR == retention.ends("draft.made", at)


def test_records_of_destructions_are_kept_for_ever(chained, record):
    """
    Even a period for all events does not cover the record that explains what is gone, nor what is gone already.
    """
    gone = destruction([1], at=record(2).at, by="1001", rule="r")
    (first, _), second = chained([record(1), gone])

    assert [] == list(destroyable([(first, None), second], Retention({"": YEAR}), now=record(1).at + 90 * YEAR))


def test_a_body_that_cannot_be_read_is_kept(pairs):
    """
    A body that somebody changed is not destroyed with the others: it is evidence.
    """
    entry, sealed = pairs[0]
    broken = (entry, attrs.evolve(sealed, body=sealed.body[:-1]))

    assert [2] == list(destroyable([broken, pairs[1]], Retention({"": YEAR}), now=entry.at + 2 * YEAR))


@pytest.mark.parametrize(
    ("made", "begins"),
    [
        (datetime(2026, 3, 31, 23, 59, tzinfo=TOKYO), datetime(2026, 4, 1, tzinfo=TOKYO)),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=TOKYO)),
        (datetime(2026, 4, 1, tzinfo=TOKYO), datetime(2027, 4, 1, tzinfo=TOKYO)),
        (datetime(2026, 12, 31, tzinfo=TOKYO), datetime(2027, 4, 1, tzinfo=TOKYO)),
        (datetime(2027, 1, 1, tzinfo=TOKYO), datetime(2027, 4, 1, tzinfo=TOKYO)),
    ],
)
def test_periods_can_count_from_the_next_fiscal_year(made, begins):
    """
    The 1 April after the record, as the calendar of the city has it.
    """
    retention = Retention({"": YEAR}, from_the_next_fiscal_year(TOKYO))

    assert begins + YEAR == retention.ends("delivery.delivered", made)


@pytest.mark.parametrize("period", [timedelta(0), -YEAR])
def test_a_period_is_longer_than_nothing(period):
    """
    A period of nothing would destroy records at once; it is refused with the beginning that it was given for.
    """
    with pytest.raises(BadInput) as caught:
        Retention({"delivery.": period})

    assert "delivery." == caught.value.place


@given(st.sets(st.integers(1, 60), min_size=1))
def test_a_destruction_names_what_it_destroyed(seqs):
    """
    The record of a destruction names the entries in runs, and gives the same entries back.
    """
    record = destruction(seqs, at=datetime(2026, 4, 1, tzinfo=UTC), by="1001", rule="青葉市文書管理規程 第30条")

    assert seqs == {n for first, last in destroyed_by(record) for n in range(first, last + 1)}


@pytest.mark.parametrize(("seqs", "by", "rule"), [([], "1001", "r"), ([1], " ", "r"), ([1], "1001", "")])
def test_a_destruction_takes_a_person_and_a_rule(seqs, by, rule):
    """
    Nothing is destroyed by nobody, or under no rule.
    """
    with pytest.raises(BadInput):
        destruction(seqs, at=datetime(2026, 4, 1, tzinfo=UTC), by=by, rule=rule)


runs = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 9)).map(lambda run: (run[0], run[0] + run[1])))


@given(st.sets(st.integers(1, 30)), runs)
def test_the_first_gap_is_found_as_sets_find_it(missing, covered):
    """
    The first missing number that no run covers is the smallest of the difference of the two sets.
    """
    cover = {n for first, last in covered for n in range(first, last + 1)}

    assert min(missing - cover, default=None) == first_uncovered([(n, n) for n in sorted(missing)], covered)

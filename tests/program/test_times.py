"""Times: not before, not after, in a thread, on business days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from city import HOUR, NOW, THREAD, unknown
from wall import later, published, world

from civicsns.errors import BadInput
from civicsns.model import Calendar, Delivery, DeliveryState, Media


def test_a_post_that_is_late_is_not_sent_but_reported():
    """
    What could not be sent by its time is not sent at all; whoever watches, and the records, are told.
    """
    shown = world()
    (planned,) = later(shown, not_after=NOW + 2 * HOUR)
    shown.clock.advance(2 * HOUR)
    seen: list[Delivery] = []
    moved = shown.program.dispatch(progress=seen.append)
    _, *records = shown.program.store.records(planned.id)

    assert (1, {}) == (moved, shown.wall.posts)
    assert [(DeliveryState.FAILED, "TooLate")] == [(one.state, one.failure and one.failure.outcome) for one in seen]
    assert ("delivery.failed", "TooLate") == (records[-1].event, records[-1].facts["outcome"])
    assert 0 == shown.drive(HOUR)


def test_a_post_in_time_is_sent():
    """
    Until its time is over it goes out as any other.
    """
    shown = world()
    later(shown, not_after=NOW + 2 * HOUR)
    shown.drive(2 * HOUR - timedelta(microseconds=1))

    assert ["あとのお知らせです。"] == shown.texts()


def test_a_post_that_could_never_be_in_time_is_not_kept():
    """
    A validity that ends before it begins is refused before anything is kept or sent.
    """
    shown = world()
    with pytest.raises(BadInput, match="not later than not_before"):
        later(shown, not_after=NOW + HOUR)

    assert [] == shown.program.upcoming()


def test_nothing_goes_up_for_a_post_that_is_late():
    """
    The files of a post that is too late stay where they are.
    """
    shown = world()
    picture = Media(content=b"\x89PNG\r\n\x1a\n", media_type="image/png", alt_text="札")
    later(shown, not_after=NOW + 2 * HOUR, media=[picture])
    shown.drive(2 * HOUR)

    assert 0 == shown.wall.uploads


def test_an_unknown_outcome_is_read_back_after_its_time():
    """
    What went out in time is found, however late; what did not is not sent again.
    """
    for out in (True, False):
        shown = world()
        (planned,) = later(shown, not_after=NOW + HOUR + timedelta(minutes=1))
        shown.wall.sends = [unknown()]
        shown.drive(HOUR)
        if out:
            shown.wall.make(planned.rendition)
        shown.drive(HOUR)

        assert (DeliveryState.DELIVERED if out else DeliveryState.FAILED) is shown.state(planned)
        assert int(out) == len(shown.wall.posts)


def test_the_rest_of_a_thread_follows_its_beginning_at_any_time():
    """
    Once the first part is out the others follow, late or not; where it is too late for the first, nothing goes out.
    """
    shown = world()
    parts = published(shown, THREAD, thread=True, not_before=NOW + HOUR, not_after=NOW + HOUR + timedelta(seconds=1))

    def slow() -> None:
        shown.clock.advance(timedelta(minutes=10))

    shown.wall.sends = [slow]
    shown.drive(HOUR)
    missed = world()
    late = published(missed, THREAD, thread=True, not_before=NOW + HOUR, not_after=NOW + 2 * HOUR)
    missed.drive(3 * HOUR)

    assert [part.rendition.text for part in parts] == shown.texts()
    assert {} == missed.wall.posts
    assert ["TooLate"] + ["Dropped"] * (len(late) - 1) == [
        failure.outcome for part in late if (failure := missed.program.store.get(part.id).failure)
    ]


def test_the_programme_knows_its_business_days():
    """
    The next business day is the city's, in its zone; a time that is written down is one of its zone too.
    """
    shown = world()
    shown.program.calendar = Calendar(closed=[NOW.date() + timedelta(days=1)])

    assert "2026-04-03T09:00:00+09:00" == shown.program.next_business_day().isoformat()
    assert "2026-04-01T21:00:00+09:00" == shown.program.read_time("21:00").isoformat()

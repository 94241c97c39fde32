"""What goes wrong on the way without a process that dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crash_cells import Trials

from civicsns.model import DeliveryState
from civicsns.testing.sandbox import Fault


def test_somebody_elses_same_words(trials: Trials, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Somebody has written the same words by hand, and X refuses ours as a duplicate: theirs is not taken for ours, nor
    the refusal for success, and ours goes out once X takes it.
    """
    monkeypatch.setattr(trials.world.sandbox.x.settings, "duplicates", timedelta(minutes=5))
    given = trials.post("x")
    trials.world.by_hand(given["accounts"][0], given["text"])
    ended = trials.workshop.run(**trials.job("sqlite"), draft=given)
    seen = trials.compare("sqlite", given, trials.take_over("sqlite"))

    assert "" == ended.error
    assert [] == seen.faults
    assert [DeliveryState.DELIVERED] == [delivery.state for delivery in seen.deliveries]
    assert 2 == seen.deliveries[0].attempts


def test_a_list_with_gaps(trials: Trials) -> None:
    """
    Facebook's list may leave a post out for ever: then nothing is sent again, and a person says what is there.
    """
    given = trials.post("facebook")
    trials.world.order("facebook", Fault.HIDDEN.value, on="create", reads=1000)
    halted = trials.workshop.run(**trials.job("sqlite"), draft=given, point="send.answered")
    seen = trials.compare("sqlite", given, trials.take_over("sqlite"))

    assert 9 == halted.signal
    assert [] == seen.faults
    assert [DeliveryState.UNKNOWN] == list(seen.waited.values())


def test_rather_twice_than_not_at_all(trials: Trials) -> None:
    """
    The process that sends an emergency dies, and Facebook's list leaves the post out for ever. It is sent again, and
    nobody has to decide: it is there twice, and the ledger says that it may be.
    """
    given = trials.post("facebook") | {"twice": True}
    trials.world.order("facebook", Fault.HIDDEN.value, on="create", reads=1000)
    halted = trials.workshop.run(**trials.job("sqlite"), draft=given, point="send.answered")
    seen = trials.compare("sqlite", given, trials.take_over("sqlite"))
    (delivery,) = seen.deliveries

    assert 9 == halted.signal
    assert ([], {}) == (seen.faults, seen.waited)
    assert (DeliveryState.DELIVERED, True, 2) == (delivery.state, delivery.may_be_double, len(seen.posts[0]))


def test_a_list_that_was_asked_for_too_early(trials: Trials) -> None:
    """
    A process asks for the list before the post can show, and stands still until long after: its list proves nothing.
    """
    given = trials.post("x")
    trials.world.order("x", "late", on="create")
    ended = trials.workshop.run(**trials.job("sqlite"), draft=given, stalls={"find.answered": 3600})
    seen = trials.compare("sqlite", given, trials.take_over("sqlite"))

    assert "" == ended.error
    assert [] == seen.faults
    assert [1] == [delivery.attempts for delivery in seen.deliveries]

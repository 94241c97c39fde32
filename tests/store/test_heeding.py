"""Steps that are taken unless there is a fact of a kind, such as a hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from civicsns.model import Fact
from civicsns.ports import Heeds
from civicsns.store.sql import SqlStore
from civicsns.testing.store_contract import delivery, full, record, step

HOLD = Fact(kind="hold", key="programme", value={"by": "1042"})


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    if request.param == "sqlite":
        return tmp_path / "civicsns.db"
    return request.getfixturevalue("postgres").create()


@pytest.fixture
def store(place):
    with SqlStore(place) as store:
        assert isinstance(store, Heeds)
        yield store


def unless_held(store, old, **changes):
    new = step(old, **changes)
    return store.replace_unless("hold", old, new, record(old.id, "stepped")), new


@pytest.mark.parametrize("make", [delivery, full])
def test_a_step_is_not_taken_while_there_is_such_a_fact(place, store, make):
    """
    A fact that another process has put there keeps the step from being taken, and its record from being kept; one of
    another kind does not; taken away, the step can be taken.
    """
    old = make("a")
    store.add([old], [])
    changes = {"rendition": delivery("a").rendition} if make is full else {}
    with SqlStore(place) as elsewhere:
        elsewhere.put(None, Fact(kind="budget", key="programme", value={}))
        elsewhere.put(None, HOLD)
        held, _ = unless_held(store, old, **changes)
        left = store.get("a"), len(store.records("a"))
        elsewhere.put(HOLD, None)
    taken, new = unless_held(store, old, **changes)

    assert not held
    assert (old, 0) == left
    assert taken
    assert new == store.get("a")
    assert ["stepped"] == [kept.event for kept in store.records("a")]


@pytest.mark.parametrize("make", [delivery, full])
def test_nothing_is_added_while_there_is_such_a_fact(place, store, make):
    """
    A fact that another process has put there keeps deliveries and their records from being added; one of another kind
    does not; taken away, they can be added, and not twice.
    """
    with SqlStore(place) as elsewhere:
        elsewhere.put(None, Fact(kind="budget", key="programme", value={}))
        elsewhere.put(None, HOLD)
        held = store.add_unless("hold", [make("a"), make("b")], [record("a", "planned")])
        alone = store.add_unless("hold", [], [record("a", "looked_at")])
        left = len(store.unended()), len(store.records("a"))
        elsewhere.put(HOLD, None)
    added = store.add_unless("hold", [make("a"), make("b")], [record("a", "planned")])

    assert not held
    assert not alone
    assert (0, 0) == left
    assert added
    assert ["a", "b"] == [one.id for one in store.unended()]
    assert ["planned"] == [kept.event for kept in store.records("a")]
    with pytest.raises(ValueError, match="already"):
        store.add_unless("hold", [make("b")], [])


def test_a_step_that_comes_too_late_or_to_nothing(store):
    """
    Without such a fact it is a step as any: false where somebody was faster, an error where there is no delivery.
    """
    old = delivery("a")
    store.add([old], [])
    store.replace(old, step(old), record("a"))

    assert not unless_held(store, old)[0]
    with pytest.raises(KeyError):
        unless_held(store, delivery("b"))


def test_who_heeds_and_who_does_not_together(store):
    """
    Of steps that are written together, a fact stops those that heed it, and no other.
    """
    old = [delivery(f"{number}") for number in range(12)]
    store.add(old, [])
    store.put(None, HOLD)

    def take(number):
        one = old[number]
        heed = partial(store.replace_unless, "hold") if number % 2 else store.replace
        return heed(one, step(one), record(one.id))

    with ThreadPoolExecutor(12) as pool:
        taken = list(pool.map(take, range(12)))

    assert [True, False] * 6 == taken
    assert [1, 0] * 6 == [store.get(one.id).version for one in old]
    assert [1, 0] * 6 == [len(store.records(one.id)) for one in old]


def test_additions_that_heed_and_others_together(store):
    """
    Of what is added together, a fact stops what heeds it, and no other; steps beside it are taken.
    """
    store.add([delivery("old")], [])
    store.put(None, HOLD)

    def add(number):
        one = delivery(f"{number}")
        if number == 12:
            return store.replace(delivery("old"), step(delivery("old")), record("old"))
        if number % 2:
            return store.add_unless("hold", [one], [record(one.id)])
        store.add([one], [record(one.id)])
        return True

    with ThreadPoolExecutor(13) as pool:
        taken = list(pool.map(add, range(13)))

    assert [*[True, False] * 6, True] == taken
    assert {"old", *(f"{number}" for number in range(0, 12, 2))} == {one.id for one in store.unended()}
    assert [1, 0] * 6 == [len(store.records(f"{number}")) for number in range(12)]

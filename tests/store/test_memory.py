"""The store in memory: all or none, and the first one wins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from civicsns.model import Delivery, Record, Rendition
from civicsns.store.memory import MemoryStore

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
RENDITION = Rendition(platform="x", account="x:a", text="文", body={})


def delivery(name: str, due: datetime | None = NOW) -> Delivery:
    return Delivery(id=name, draft="0", rendition=RENDITION, not_before=due)


def record(subject: str, event: str = "noted") -> Record:
    return Record(at=NOW, subject=subject, event=event)


def test_all_or_none():
    """
    Where one of several is there already, none is added, and no record either.
    """
    store = MemoryStore()
    store.add([delivery("a")], [])
    with pytest.raises(ValueError, match="a already"):
        store.add([delivery("b"), delivery("a")], [record("b")])
    with pytest.raises(KeyError):
        store.get("b")

    assert [] == store.records("b")


def test_the_first_one_wins():
    """
    Of two steps from the same version one is kept; the other, with its record, is not.
    """
    store = MemoryStore()
    first = delivery("a")
    store.add([first], [])

    assert store.replace(first, attrs.evolve(first, version=1, attempts=1), record("a", "first"))
    assert not store.replace(first, attrs.evolve(first, version=1, attempts=9), record("a", "second"))
    assert 1 == store.get("a").attempts
    assert ["first"] == [kept.event for kept in store.records("a")]


def test_what_is_due():
    """
    What is due comes with the longest overdue first; what has no next step, or a later one, does not.
    """
    store = MemoryStore()
    store.add(
        [
            delivery("later", NOW + timedelta(seconds=1)),
            delivery("now", NOW),
            delivery("overdue", NOW - timedelta(hours=1)),
            delivery("ended", None),
        ],
        [],
    )

    assert ["overdue", "now"] == [due.id for due in store.due(NOW)]

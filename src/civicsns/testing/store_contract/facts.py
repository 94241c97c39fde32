"""Facts hold until they are changed."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from civicsns.model import Fact
from civicsns.testing.store_contract.things import record

if TYPE_CHECKING:
    from civicsns.ports import Store


class KeepsFacts:
    """Checks of `civicsns.testing.store_contract.StoreContract`."""

    def test_a_fact_holds_until_it_is_changed(self, store: Store) -> None:
        """
        A fact is put once, changed by whoever has seen what holds, and taken away; its records come with it.
        """
        first = Fact(kind="hold", key="x:takeo", value={"by": "1042", "since": None, "of": ["a", {"b": 1.5}]})
        later = first.becomes(by="1043")

        assert store.put(None, first, [record("x:takeo", "held")])
        assert not store.put(None, first, [record("x:takeo", "held twice")])
        assert [first] == store.facts("hold")
        assert store.put(first, later)
        assert not store.put(first, first.becomes(by="1044"), [record("x:takeo", "too late")])
        assert [later] == store.facts("hold")
        assert not store.put(first, None)
        assert store.put(later, None, [record("x:takeo", "lifted")])
        assert [] == store.facts("hold")
        assert [record("x:takeo", "held"), record("x:takeo", "lifted")] == store.records("x:takeo")

    def test_a_fact_put_back_is_another_one(self, store: Store) -> None:
        """
        Whoever saw the first one does not change the second, though it has the same number.
        """
        first = Fact(kind="hold", key="x:takeo", value={"by": "1042"})
        again = Fact(kind="hold", key="x:takeo", value={"by": "1043"})
        store.put(None, first)
        store.put(first, None)
        store.put(None, again)

        assert not store.put(first, first.becomes(by="1044"))
        assert not store.put(first, None)
        assert [again] == store.facts("hold")

    def test_facts_are_listed_by_kind(self, store: Store) -> None:
        """
        Each kind by itself, in the order of the keys.
        """
        for kind, key in [("hold", "x:b"), ("heartbeat", "a"), ("hold", "x:B"), ("hold", "x:a")]:
            store.put(None, Fact(kind=kind, key=key))

        assert ["x:B", "x:a", "x:b"] == [fact.key for fact in store.facts("hold")]
        assert [] == store.facts("breaker")

    def test_a_fact_follows_its_own(self, store: Store) -> None:
        """
        A fact does not take the place of another, nor skip a number.
        """
        first = Fact(kind="hold", key="x:takeo")
        store.put(None, first)

        for old, new in [
            (None, None),
            (None, first.becomes()),
            (first, first),
            (first, first.becomes().becomes()),
            (first, Fact(kind="hold", key="x:other", version=1)),
            (first, Fact(kind="heartbeat", key="x:takeo", version=1)),
        ]:
            with pytest.raises(ValueError, match=r"follows|nothing"):
                store.put(old, new)

        assert [first] == store.facts("hold")

    def test_one_fact_is_read(self, store: Store) -> None:
        """
        A fact is read by its kind and key; there may be none.
        """
        fact = Fact(kind="hold", key="x:takeo", value={"by": "1042"})
        store.put(None, fact)

        assert fact == store.fact("hold", "x:takeo")
        assert store.fact("hold", "x:nobody") is None
        assert store.fact("heartbeat", "x:takeo") is None

    def test_facts_are_put_together(self, store: Store) -> None:
        """
        Several facts are added, changed and taken away at once, with their records.
        """
        gone, old = (Fact(kind="account", key=key) for key in "ab")
        many = [Fact(kind="person", key=f"{number:04}", value={"name": "森"}) for number in range(1000)]
        store.put_all([(None, gone), (None, old)])

        assert store.put_all(
            [*((None, fact) for fact in many), (gone, None), (old, old.becomes(section="税務課"))],
            [record("roster", "imported")],
        )
        assert [old.becomes(section="税務課")] == store.facts("account")
        assert many == store.facts("person")
        assert [record("roster", "imported")] == store.records("roster")

    def test_facts_are_put_together_or_not_at_all(self, store: Store) -> None:
        """
        Where one of several is no longer what is stored, none is put, and nothing goes on record.
        """
        first, second = (Fact(kind="account", key=key) for key in "ab")
        store.put_all([(None, first), (None, second)])
        store.put(first, first.becomes(by="1"))
        stale = first, first.becomes(by="2")

        for beside in [(None, Fact(kind="person", key="1")), (second, None), (second, second.becomes(by="3"))]:
            assert not store.put_all([beside, stale], [record("roster", "too late")])
        assert not store.put_all([(None, Fact(kind="person", key="1")), (None, second)])
        assert [first.becomes(by="1"), second] == store.facts("account")
        assert [] == store.facts("person")
        assert [] == store.records("roster")
        with pytest.raises(ValueError, match="twice"):
            store.put_all([(None, Fact(kind="person", key="1"))] * 2)

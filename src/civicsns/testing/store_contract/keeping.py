"""What is added, or follows by a step, is kept whole: all of it or nothing."""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import pytest

from civicsns.model import Media
from civicsns.testing.store_contract.things import FILM, NOW, PHOTO, delivery, full, record, step

if TYPE_CHECKING:
    from civicsns.ports import Store


class KeepsWhatItIsGiven:
    """Checks of `civicsns.testing.store_contract.StoreContract`."""

    def test_all_or_none(self, store: Store) -> None:
        """
        Where one of several is there already, or comes twice, none is added, and no record either.
        """
        store.add([delivery("a")], [])
        with pytest.raises(ValueError, match="a already"):
            store.add([delivery("b"), delivery("a")], [record("b")])
        with pytest.raises(ValueError, match="c already"):
            store.add([delivery("b"), delivery("c"), delivery("c")], [record("b")])
        with pytest.raises(KeyError):
            store.get("b")

        assert [] == store.records("b")
        assert ["a"] == [waiting.id for waiting in store.due(NOW)]

    def test_what_is_not_there(self, store: Store) -> None:
        """
        Reading or replacing a delivery that was never added is a KeyError, and leaves no record.
        """
        unknown = delivery("a")
        with pytest.raises(KeyError):
            store.get("a")
        with pytest.raises(KeyError):
            store.replace(unknown, step(unknown), record("a"))

        assert [] == store.records("a")

    def test_the_first_one_wins(self, store: Store) -> None:
        """
        Of two steps from the same version one is kept; the other, with its record, is not.
        """
        first = delivery("a")
        store.add([first], [])

        assert store.replace(first, step(first, attempts=1), record("a", "first"))
        assert not store.replace(first, step(first, attempts=9), record("a", "second"))
        assert 1 == store.get("a").attempts
        assert ["first"] == [kept.event for kept in store.records("a")]

    def test_a_step_leads_to_the_next_version(self, store: Store) -> None:
        """
        What is not the next version of the same delivery is refused, and nothing changes.
        """
        first = delivery("a")
        store.add([first], [])
        for other in (attrs.evolve(first, attempts=5), attrs.evolve(first, version=2), step(delivery("b"))):
            with pytest.raises(ValueError, match="not what follows"):
                store.replace(first, other, record("a"))

        assert first == store.get("a")
        assert [] == store.records("a")

    def test_records_come_in_their_order(self, store: Store) -> None:
        """
        Records about one subject come back whole, in the order in which they were kept, whatever their times say.
        """
        early = attrs.evolve(record("a", "said to be early"), at=NOW - timedelta(days=1))
        store.add([delivery("a")], [record("a", "first"), record("b", "other")])
        store.replace(delivery("a"), step(delivery("a")), record("a", "second"))
        store.add([], [early])

        assert [record("a", "first"), record("a", "second"), early] == store.records("a")

    def test_every_field_comes_back(self, store: Store) -> None:
        """
        A delivery comes back equal in every field, down to odd characters, zones, and the digest of what it says.
        """
        whole = full("a")
        store.add([whole], [])
        back = store.get("a")

        assert whole == back
        assert whole.rendition.digest == back.rendition.digest
        assert whole.receipt is not None
        assert back.receipt is not None
        assert whole.receipt.raw == back.receipt.raw

    def test_a_step_changes_every_field(self, store: Store) -> None:
        """
        What a step changes is changed, media included; what it leaves out is as it was.
        """
        plain = attrs.evolve(delivery("a"), version=6)
        store.add([plain], [])
        store.replace(plain, full("a"), record("a"))

        assert full("a") == store.get("a")

    def test_files_are_kept_whole(self, store: Store) -> None:
        """
        Pictures and films come back byte for byte, also where several deliveries share one or name it otherwise.
        """
        renamed = Media(content=PHOTO.content, media_type="image/jpeg", alt_text=None, name="b.jpg")
        store.add([delivery("a", media=[PHOTO, FILM]), delivery("b", media=[renamed, renamed])], [])
        store.add([delivery("c", media=[FILM])], [])

        assert (PHOTO, FILM) == store.get("a").rendition.media
        assert (renamed, renamed) == store.get("b").rendition.media
        assert [FILM.content] == [medium.content for medium in store.get("c").rendition.media]

    def test_many_at_once(self, store: Store) -> None:
        """
        A broadcast to every account of a large city is one addition.
        """
        names = [f"{number:04}" for number in range(780)]
        store.add([delivery(name, media=[PHOTO]) for name in names], [record("draft") for _ in names])

        assert names == [due.id for due in store.due(NOW)]
        assert len(names) == len(store.records("draft"))

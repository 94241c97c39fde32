"""
The contract kit for stores that chain their records: every record is in the chain, once, in its order.

A store's author inherits `ArchiveContract` beside `StoreContract`, with the same fixture `open_store`.
"""

# A check is written like a test: its docstring states a fact, and it asserts expected == actual.
# ruff: noqa: D200, SIM300

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import attrs
import pytest

from civicsns.errors import BadInput
from civicsns.model import Fact
from civicsns.records.body import opened
from civicsns.records.chain import verify
from civicsns.records.destruction import DESTROYED, destruction
from civicsns.testing.store_contract import NOW, delivery, fresh, record, step

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from civicsns.ports import Archive, Store

    class ChainingStore(Store, Archive, Protocol):
        """A store that chains its records."""

    OpenStore = Callable[[], ChainingStore]

#: Processes that write at once, and how much each writes.
_WRITERS = 3
_STEPS = 12


class ArchiveContract:
    """
    What every store that chains its records must do, as tests for pytest.

    ```python
    class TestArchive(ArchiveContract):
        @pytest.fixture
        def open_store(self, tmp_path: Path) -> Callable[[], Store]:
            return partial(SqlStore, tmp_path / "civicsns.db")
    ```

    Attributes:
        durable: Whether the store outlives its process; the checks for that are not collected where it does not.
    """

    durable: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.durable:
            # pytest collects what is callable.
            cls.test_processes_make_one_chain = None  # type: ignore[method-assign,assignment]

    @pytest.fixture
    def archive(self, open_store: OpenStore) -> Iterator[ChainingStore]:
        """Give the store, opened, for one test."""
        with _opened(open_store) as store:
            yield store

    def test_an_empty_chain(self, archive: ChainingStore) -> None:
        """
        A new store has a chain without entries.
        """
        examined = verify(archive.chain(), heads=[archive.tip().head])

        assert (0, True) == (examined.head.size, examined.sound)

    def test_every_way_of_keeping_a_record_chains_it(self, archive: ChainingStore) -> None:
        """
        What is added, replaced or put leaves its records in the chain, in that order; what is refused leaves none.
        """
        first = delivery("a")
        fact = Fact(kind="hold", key="x:takeo", version=0, value={})
        archive.add([first], [record("a", "added"), record("draft", "checked")])
        archive.replace(first, step(first), record("a", "stepped"))
        archive.put(None, fact, [record("hold", "held")])
        with pytest.raises(ValueError, match="a already"):
            archive.add([first], [record("a", "refused")])
        archive.replace(first, step(first), record("a", "refused"))
        archive.put(None, fact, [record("hold", "refused")])
        archive.add([], [])
        examined = verify(archive.chain(), heads=[archive.tip().head])

        assert [("a", "added"), ("draft", "checked"), ("a", "stepped"), ("hold", "held")] == _events(archive)
        assert (4, True) == (examined.head.size, examined.sound)
        assert archive.tip().head == examined.head

    def test_a_part_of_the_chain(self, archive: ChainingStore) -> None:
        """
        The chain can be read from any place on.
        """
        archive.add([], [record("a", f"{number}") for number in range(5)])

        assert [4, 5] == [entry.seq for entry, _ in archive.chain(after=3)]
        assert [] == list(archive.chain(after=5))

    def test_no_two_commitments_are_the_same(self, archive: ChainingStore) -> None:
        """
        Records of the same content have salts and commitments of their own.
        """
        archive.add([], [record("a")] * 3)

        assert 3 == len({entry.commitment for entry, _ in archive.chain()})
        assert 3 == len({sealed.salt for _, sealed in archive.chain() if sealed})

    def test_what_cannot_be_chained_is_refused(self, archive: ChainingStore) -> None:
        """
        A record with half of a character is refused, and what it belongs to is not kept.
        """
        with pytest.raises(BadInput):
            archive.add([delivery("a")], [attrs.evolve(record("a"), facts={"reason": "\ud83d"})])
        with pytest.raises(KeyError):
            archive.get("a")

        assert 0 == archive.tip().size

    def test_a_body_is_destroyed_and_the_chain_stays_whole(self, archive: ChainingStore) -> None:
        """
        A destroyed body is gone from every list; who destroyed it, and under which rule, is in the chain.
        """
        archive.add([], [record("a", "first"), record("a", "second"), record("b", "third")])
        before = archive.tip().head
        gone = destruction([1, 3], at=NOW, by="1005", rule="青葉市文書管理規程 第30条")
        archive.destroy([1, 3], gone)
        examined = verify(archive.chain(), heads=[before, archive.tip().head])

        assert (4, 2, None) == (examined.head.size, examined.destroyed, examined.fault)
        assert ["second"] == [kept.event for kept in archive.records("a")]
        assert [] == archive.records("b")
        assert [gone] == archive.records("records")
        assert [1, 3] == [entry.seq for entry, sealed in archive.chain() if sealed is None]

    @pytest.mark.parametrize("seqs", [[1, 2], [3], [4, 9]])
    def test_what_cannot_be_destroyed(self, archive: ChainingStore, seqs: list[int]) -> None:
        """
        A body that is gone, one that never was, and the record of a destruction are not; nor what is named with them.
        """
        archive.add([], [record("a"), record("a")])
        archive.destroy([1], destruction([1], at=NOW, by="1005", rule="第30条"))
        archive.add([], [record("a", "last")])
        before = archive.tip()
        with pytest.raises(ValueError, match="no body that could be destroyed"):
            archive.destroy(seqs, destruction(seqs, at=NOW, by="1005", rule="第30条"))

        assert before == archive.tip()
        assert [("a", "noted"), ("records", DESTROYED), ("a", "last")] == _events(archive)

    def test_the_records_about_one_subject(self, archive: ChainingStore) -> None:
        """
        The records about one subject come with their entries.
        """
        archive.add([], [record("a", "first"), record("b"), record("a", "second")])
        archive.destroy([1], destruction([1], at=NOW, by="1005", rule="第30条"))

        assert [(3, "second")] == [(entry.seq, kept.event) for entry, kept in archive.about("a")]
        assert [entry for entry, _ in archive.about("a")] == [entry for entry, _ in archive.chain() if entry.seq == 3]

    def test_threads_make_one_chain(self, archive: ChainingStore) -> None:
        """
        Records that several threads keep at once make one chain, with none lost and none twice.
        """
        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(_write, archive, f"{number}") for number in range(6)]:
                done.result()

        _require_whole(archive, 6)

    def test_a_chain_is_read_as_it_stood(self, archive: ChainingStore) -> None:
        """
        Who reads the chain sees it as it stood at one moment, whatever is appended or destroyed meanwhile.
        """
        archive.add([], [record("a", f"{number}") for number in range(3000)])
        reading = archive.chain()
        next(reading)
        archive.destroy([2, 2999], destruction([2, 2999], at=NOW, by="1005", rule="第30条"))
        rest = list(reading)

        assert 2999 == len(rest)
        assert all(sealed is not None for _, sealed in rest)

    def test_processes_make_one_chain(self, open_store: OpenStore) -> None:
        """
        Records that several processes keep at once make one chain, with none lost and none twice.
        """
        with _opened(open_store) as store:
            with ProcessPoolExecutor(_WRITERS, mp_context=fresh()) as pool:
                for done in [pool.submit(_write_elsewhere, open_store, f"{number}") for number in range(_WRITERS)]:
                    done.result()

            _require_whole(store, _WRITERS)


@contextmanager
def _opened(open_store: OpenStore) -> Generator[ChainingStore]:
    store = open_store()
    try:
        yield store
    finally:
        close = getattr(store, "close", None)
        if close is not None:
            close()


def _events(archive: ChainingStore) -> list[tuple[str, str]]:
    records = [opened(sealed.body) for _, sealed in archive.chain() if sealed is not None]
    return [(one.subject, one.event) for one in records]


def _write(store: ChainingStore, name: str) -> None:
    current = delivery(name)
    store.add([current], [record(name, "0")])
    for number in range(1, _STEPS):
        following = step(current)
        store.replace(current, following, record(name, f"{number}"))
        current = following


def _write_elsewhere(open_store: OpenStore, name: str) -> None:
    with _opened(open_store) as store:
        _write(store, name)


def _require_whole(store: ChainingStore, writers: int) -> None:
    examined = verify(store.chain(), heads=[store.tip().head])

    assert (writers * _STEPS, None) == (examined.head.size, examined.fault)
    for number in range(writers):
        assert [f"{each}" for each in range(_STEPS)] == [kept.event for kept in store.records(f"{number}")]

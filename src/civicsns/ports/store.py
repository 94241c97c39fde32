"""Where deliveries and records are kept, and what some stores can do besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from civicsns.model import Delivery, Fact, Marks, Record
    from civicsns.records.chain import Entry, Sealed, Tip


class Store(Protocol):
    """Where deliveries, records and facts are kept."""

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None) -> None:
        """
        Keep new deliveries and records, all or none.

        Args:
            deliveries: The deliveries.
            records: The records.
            marks: By what `alike` finds them later.

        Raises:
            ValueError: If a delivery of that id is there already.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...

    def get(self, delivery_id: str) -> Delivery:
        """
        Read one delivery.

        Raises:
            KeyError: If there is none of that id.
            StoreError: If the store is out of order.
        """
        ...

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        """
        Put *new* in the place of *old* and keep *record*, unless *old* is no longer what is stored.

        Raises:
            KeyError: If there is none of that id.
            ValueError: If *new* is not the next version of *old*.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...

    def due(self, now: datetime, *, limit: int | None = None, platform: str | None = None) -> Sequence[Delivery]:
        """
        List the deliveries with a step that is due, *limit* of them at most, in an order that is fair.

        Emergencies come before routine posts. In each lane every account has its turn: first the longest overdue of
        each, then the second of each, and so on; in a turn the longest overdue comes first, and what is due at the
        same time in the order in which it was added. So the backlog of one account, or of one network, keeps nobody
        else's post from the first rows, however long it is; nor does it make the call slower.

        A part of a thread is not due before the part that it answers has ended: what waits for a person behind it
        would fill the list for nothing.

        Args:
            now: The time.
            limit: The most to list; None for all.
            platform: Only those of this network; None for all.
        """
        ...

    def of_draft(self, draft: str) -> Sequence[Delivery]:
        """List the deliveries of the draft with that digest, in the order in which they were added."""
        ...

    def of_account(self, account: str, *, since: datetime) -> Sequence[Delivery]:
        """
        List the deliveries of an account of which something may be out since *since*, in the order they were added.

        They are being sent, unknown, or were delivered since then.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def failed(self, *, limit: int) -> Sequence[Delivery]:
        """List what has failed, what was added last first, *limit* of them at most."""
        ...

    def scheduled(self, account_id: str, *, after: datetime) -> Sequence[Delivery]:
        """List what the network publishes under an account by itself, later than *after*, in the order of adding."""
        ...

    def waiting(self) -> Sequence[Delivery]:
        """List what waits for a person, oldest first: unknown with no next step, or held."""
        ...

    def alike(
        self, platform: str, marks: Collection[int], *, since: datetime, apart_from: Collection[str], limit: int
    ) -> Sequence[Delivery]:
        """
        List deliveries of other accounts that share a mark, those that share most first, the newest of those first.

        Args:
            platform: On which network.
            marks: The marks of a text.
            since: Only what was added since then.
            apart_from: Ids of accounts whose deliveries are left out.
            limit: The most to list.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def records(self, subject: str) -> Sequence[Record]:
        """List the records about *subject*, oldest first; those that were destroyed lawfully are not among them."""
        ...

    def facts(self, kind: str) -> Sequence[Fact]:
        """
        List what holds of that kind, in the order of the keys.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def fact(self, kind: str, key: str) -> Fact | None:
        """
        Read one fact; None where there is none.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def put(self, old: Fact | None, new: Fact | None, records: Sequence[Record] = ()) -> bool:
        """
        Put the fact *new* in the place of *old* and keep *records*, unless *old* is no longer what is stored.

        Args:
            old: The fact as it was read; None where there is none.
            new: What holds from now on; None where nothing does.
            records: What is to stand on record about it.

        Raises:
            ValueError: If *new* is not what follows *old*, or both are None.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...

    def put_all(self, changes: Sequence[tuple[Fact | None, Fact | None]], records: Sequence[Record] = ()) -> bool:
        """
        Put several facts in the places of others, as `put` does one, and keep *records*: all or nothing.

        Args:
            changes: What was read, and what holds from now on, for each; no fact twice.
            records: What is to stand on record about it.

        Returns:
            False if one of them is no longer what is stored; nothing was kept.

        Raises:
            ValueError: If one does not follow the other, or a fact is there twice.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...


@runtime_checkable
class Heeds(Protocol):
    """A store that looks at facts as it keeps something, so that they need not be read before."""

    def add_unless(
        self, kind: str, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None
    ) -> bool:
        """
        Do as `Store.add` does, unless there is a fact of that kind as it is done.

        A fact whose `put` had ended before this was called is heeded, whichever process put it there.

        Returns:
            Whether they were kept; where not, there was a fact.

        Raises:
            ValueError: If a delivery of that id is there already.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...

    def replace_unless(self, kind: str, old: Delivery, new: Delivery, record: Record) -> bool:
        """
        Do as `Store.replace` does, unless there is a fact of that kind as it is done.

        A fact whose `put` had ended before this was called is heeded, whichever process put it there.

        Returns:
            Whether the step was kept; where it was not, either *old* was no longer what is stored, or there was a fact.

        Raises:
            KeyError: If there is no delivery of that id.
            ValueError: If *new* is not the next version of *old*.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...


@runtime_checkable
class Archive(Protocol):
    """
    A store that chains its records: each has been appended when the call that kept it returns.

    `civicsns.records.chain` says how, and `civicsns.testing.archive_contract` holds a store to it.
    """

    def tip(self) -> Tip:
        """Tell where the chain stands."""
        ...

    def chain(self, *, after: int = 0) -> Iterator[tuple[Entry, Sealed | None]]:
        """
        Read the chain from the entry that follows *after* on, as it stands at one moment; None for a body destroyed.

        Raises:
            StoreError: If the store is out of order, or an entry cannot be read.
        """
        ...

    def destroy(self, seqs: Collection[int], destroyed: Record) -> None:
        """
        Take away the bodies of the entries *seqs* and keep the record *destroyed* of that, both or neither.

        Raises:
            ValueError: If one of them has no body, or is itself the record of a destruction.
            StoreError: If the store is out of order; nothing was destroyed.
        """
        ...

    def about(self, subject: str) -> Sequence[tuple[Entry, Record]]:
        """List the records about *subject* whose bodies were not destroyed, with their entries, oldest first."""
        ...


@runtime_checkable
class Tidies(Protocol):
    """A store that keeps files apart from the deliveries that need them, and can let go of them."""

    def collect(self, before: datetime) -> int:
        """
        Let go of the files that no delivery needs which is under way, or has ended at *before* or later.

        Returns:
            How many files there are less.

        Raises:
            StoreError: If the store is out of order; what was let go until then is gone.
        """
        ...


@runtime_checkable
class Restorable(Protocol):
    """A store that may come back from an older backup; `civicsns.epoch` notices it by these."""

    @property
    def connections(self) -> int:
        """How many connections were made; behind a new one there may be another database."""
        ...

    def newest(self) -> tuple[int, datetime | None]:
        """
        Give the number of the newest record, which only ever grows, and its time; 0 and None where there is none.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def intents(self, ids: Sequence[str]) -> Mapping[str, tuple[int, datetime | None]]:
        """
        Give the version of each delivery, and when its last attempt was begun; what is not there is left out.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def unended(self) -> Sequence[Delivery]:
        """
        List the deliveries that have not ended, oldest first.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

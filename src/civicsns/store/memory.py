"""A store that lives as long as its process: for trying things out, and for tests."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from civicsns.errors import StoreError
from civicsns.language import Bilingual
from civicsns.model import Lane
from civicsns.model.delivery import ENDED, DeliveryState
from civicsns.records.chain import WIDTH, Tip, commit, seal
from civicsns.records.destruction import DESTROYED
from civicsns.store import require_apart, require_reseal, require_successor

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from civicsns.model import Delivery, Fact, Marks, Record, SealedCredential
    from civicsns.records.chain import Entry, Sealed


class MemoryStore:
    """Deliveries and records in this process; gone when it ends. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deliveries: dict[str, Delivery] = {}
        self._records: list[Record | None] = []
        self._chain: list[tuple[Entry, Sealed | None]] = []
        self._tip = Tip()
        self._marks: dict[str, tuple[datetime, frozenset[int]]] = {}
        self._facts: dict[tuple[str, str], Fact] = {}
        self._delivered: dict[str, datetime] = {}
        self._sealed: dict[str, SealedCredential] = {}
        self._turns: dict[str, threading.Lock] = {}

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None) -> None:
        """
        Keep new deliveries and records, all or none.

        Raises:
            BadInput: If a record holds a code that is no character.
            ValueError: If a delivery of that id is there already.
        """
        sealed = _sealed(records)
        with self._lock:
            added: dict[str, Delivery] = {}
            for delivery in deliveries:
                if delivery.id in self._deliveries or delivery.id in added:
                    msg = f"There is a delivery {delivery.id} already."
                    raise ValueError(msg)
                added[delivery.id] = delivery
            self._deliveries.update(added)
            self._append(records, sealed)
            if marks is not None:
                self._marks = {one: kept for one, kept in self._marks.items() if kept[0] >= marks.since}
                self._marks.update({one: (marks.at, frozenset(found)) for one, found in marks.of.items()})

    def get(self, delivery_id: str) -> Delivery:
        """
        Read one delivery.

        Raises:
            KeyError: If there is none of that id.
        """
        with self._lock:
            return self._deliveries[delivery_id]

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        """
        Put *new* in the place of *old* and keep *record*, unless *old* is no longer what is stored.

        Raises:
            BadInput: If the record holds a code that is no character.
            KeyError: If there is none of that id.
            ValueError: If *new* is not the next version of *old*.
        """
        require_successor(old, new)
        sealed = _sealed([record])
        with self._lock:
            if self._deliveries[old.id].version != old.version:
                return False
            self._deliveries[new.id] = new
            if new.state is DeliveryState.DELIVERED:
                self._delivered[new.id] = record.at
            self._append([record], sealed)
            return True

    def due(self, now: datetime, *, limit: int | None = None, platform: str | None = None) -> Sequence[Delivery]:
        """List the deliveries with a step that is due: emergencies first, then every account in turn; see `Store.due`."""
        with self._lock:
            waiting = [
                (delivery.not_before, delivery)
                for delivery in self._deliveries.values()
                if delivery.not_before is not None
                and delivery.not_before <= now
                and platform in {None, delivery.rendition.platform}
                and not self._behind(delivery)
            ]
        turns: Counter[tuple[str, str, str]] = Counter()
        order: list[tuple[bool, int, datetime, Delivery]] = []
        for since, delivery in sorted(waiting, key=lambda pair: pair[0]):
            of = (delivery.lane.value, delivery.rendition.platform, delivery.rendition.account)
            turns[of] += 1
            order.append((delivery.lane is not Lane.EMERGENCY, turns[of], since, delivery))
        return [delivery for *_, delivery in sorted(order, key=lambda place: place[:3])][:limit]

    def _behind(self, delivery: Delivery) -> bool:
        before = self._deliveries.get(delivery.follows) if delivery.follows is not None else None
        return before is not None and before.state not in ENDED

    def of_draft(self, draft: str) -> Sequence[Delivery]:
        """List the deliveries of the draft with that digest, in the order in which they were added."""
        with self._lock:
            return [delivery for delivery in self._deliveries.values() if delivery.draft == draft]

    def of_account(self, account: str, *, since: datetime) -> Sequence[Delivery]:
        """List the deliveries of an account of which something may be out since *since*."""
        under_way = {DeliveryState.SENDING, DeliveryState.UNKNOWN}
        with self._lock:
            return [
                one
                for one in self._deliveries.values()
                if one.rendition.account == account
                and (one.state in under_way or ((at := self._delivered.get(one.id)) is not None and at >= since))
            ]

    def failed(self, *, limit: int) -> Sequence[Delivery]:
        """List what has failed, what was added last first, *limit* of them at most."""
        with self._lock:
            newest = reversed(self._deliveries.values())
            return list(islice((one for one in newest if one.state is DeliveryState.FAILED), limit))

    def scheduled(self, account_id: str, *, after: datetime) -> Sequence[Delivery]:
        """List what the network publishes under an account by itself, later than *after*, in the order of adding."""
        with self._lock:
            return [
                one
                for one in self._deliveries.values()
                if one.rendition.account == account_id and one.shows_after(after)
            ]

    def waiting(self) -> Sequence[Delivery]:
        """List what waits for a person, oldest first: unknown with no next step, or held."""
        with self._lock:
            return [delivery for delivery in self._deliveries.values() if delivery.waits_for_a_person]

    def alike(
        self, platform: str, marks: Collection[int], *, since: datetime, apart_from: Collection[str], limit: int
    ) -> Sequence[Delivery]:
        """List deliveries of other accounts that share a mark, those that share most first."""
        with self._lock:
            found = [
                (len(kept & set(marks)), at, self._deliveries[one])
                for one, (at, kept) in self._marks.items()
                if at >= since and not kept.isdisjoint(marks)
            ]
        others = [
            item
            for item in found
            if item[2].rendition.platform == platform and item[2].rendition.account not in apart_from
        ]
        return [delivery for *_, delivery in sorted(others, key=lambda item: item[:2], reverse=True)[:limit]]

    def records(self, subject: str) -> Sequence[Record]:
        """List the records about *subject*, oldest first."""
        with self._lock:
            return [record for record in self._records if record is not None and record.subject == subject]

    def tip(self) -> Tip:
        """Tell where the chain of records stands."""
        with self._lock:
            return self._tip

    def chain(self, *, after: int = 0) -> Iterator[tuple[Entry, Sealed | None]]:
        """Read the chain of records from the entry that follows *after* on, as it stands at one moment."""
        with self._lock:
            return iter(self._chain[after:])

    def destroy(self, seqs: Collection[int], destroyed: Record) -> None:
        """
        Take away the bodies of the entries *seqs* and keep the record *destroyed* of that, both or neither.

        Raises:
            ValueError: If one of them has no body, or is itself the record of a destruction.
        """
        sealed = _sealed([destroyed])
        with self._lock:
            kept = {entry.seq: record for (entry, _), record in zip(self._chain, self._records, strict=True)}
            for seq in seqs:
                record = kept.get(seq)
                if record is None or record.event == DESTROYED:
                    msg = "Some of these records have no body that could be destroyed."
                    raise ValueError(msg)
            for seq in seqs:
                self._chain[seq - 1] = (self._chain[seq - 1][0], None)
                self._records[seq - 1] = None
            self._append([destroyed], sealed)

    def about(self, subject: str) -> Sequence[tuple[Entry, Record]]:
        """List the records about *subject* whose bodies were not destroyed, with their entries, oldest first."""
        with self._lock:
            pairs = zip(self._chain, self._records, strict=True)
            return [(entry, one) for (entry, _), one in pairs if one is not None and one.subject == subject]

    def facts(self, kind: str) -> Sequence[Fact]:
        """List what holds of that kind, in the order of the keys."""
        with self._lock:
            return [fact for (of, _), fact in sorted(self._facts.items(), key=lambda item: item[0]) if of == kind]

    def fact(self, kind: str, key: str) -> Fact | None:
        """Read one fact; None where there is none."""
        with self._lock:
            return self._facts.get((kind, key))

    def put(self, old: Fact | None, new: Fact | None, records: Sequence[Record] = ()) -> bool:
        """
        Put the fact *new* in the place of *old* and keep *records*, unless *old* is no longer what is stored.

        Raises:
            BadInput: If a record holds a code that is no character.
            ValueError: If *new* is not what follows *old*, or both are None.
        """
        return self.put_all([(old, new)], records)

    def put_all(self, changes: Sequence[tuple[Fact | None, Fact | None]], records: Sequence[Record] = ()) -> bool:
        """
        Put several facts in the places of others, as `put` does one, and keep *records*: all or nothing.

        Raises:
            BadInput: If a record holds a code that is no character.
            ValueError: If one does not follow the other, or a fact is there twice.
        """
        places = require_apart(changes)
        sealed = _sealed(records)
        with self._lock:
            if not self._exchange(places, changes):
                return False
            self._append(records, sealed)
            return True

    def sealed(self, account_id: str) -> SealedCredential | None:
        """Read the sealed credential of an account; None where there is none."""
        with self._lock:
            return self._sealed.get(account_id)

    def all_sealed(self) -> Sequence[SealedCredential]:
        """List the sealed credentials, in the order of the accounts' ids."""
        with self._lock:
            return [one for _, one in sorted(self._sealed.items())]

    def reseal(
        self,
        old: SealedCredential | None,
        new: SealedCredential | None,
        *,
        changes: Sequence[tuple[Fact | None, Fact | None]] = (),
        records: Sequence[Record] = (),
    ) -> bool:
        """
        Put *new* in the place of *old*, and facts with it, unless one of them is no longer what is stored.

        Raises:
            BadInput: If a record holds a code that is no character.
            ValueError: If *new* is not what follows *old*, or both are None.
        """
        account = require_reseal(old, new)
        places = require_apart(changes)
        sealed = _sealed(records)
        with self._lock:
            if self._sealed.get(account) != old or not self._exchange(places, changes):
                return False
            if new is None:
                del self._sealed[account]
            else:
                self._sealed[account] = new
            self._append(records, sealed)
            return True

    def last(self, subject: str, events: Collection[str]) -> Mapping[str, str] | None:
        """Read the facts of the newest record about *subject* of one of these events."""
        with self._lock:
            newest = reversed(self._records)
            return next(
                (one.facts for one in newest if one is not None and one.subject == subject and one.event in events),
                None,
            )

    @contextlib.contextmanager
    def exclusively(self, name: str, *, patience: float) -> Generator[None]:
        """
        Keep every other thread out of what goes by *name*, in a `with` statement.

        Raises:
            StoreError: If it was not one's turn in time.
        """
        with self._lock:
            turn = self._turns.setdefault(name, threading.Lock())
        if not turn.acquire(timeout=patience):
            raise StoreError(
                Bilingual("ほかの処理が長く続いています。", "Somebody else has been at it for too long."),
                mend=Bilingual("しばらくしてから、やり直してください。", "Try again in a while."),
                place=name,
            )
        try:
            yield
        finally:
            turn.release()

    def _exchange(self, places: Sequence[tuple[str, str]], changes: Sequence[tuple[Fact | None, Fact | None]]) -> bool:
        if any(self._facts.get(place) != old for place, (old, _) in zip(places, changes, strict=True)):
            return False
        for place, (_, new) in zip(places, changes, strict=True):
            if new is None:
                del self._facts[place]
            else:
                self._facts[place] = new
        return True

    def _append(self, records: Sequence[Record], sealed: Sequence[Sealed]) -> None:
        for record, one in zip(records, sealed, strict=True):
            entry, self._tip = self._tip.follow(commit(one), record.at)
            self._chain.append((entry, one))
            self._records.append(record)


def _sealed(records: Sequence[Record]) -> list[Sealed]:
    return [seal(record, salt=secrets.token_bytes(WIDTH)) for record in records]

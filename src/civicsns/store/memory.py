"""A store that lives as long as its process: for trying things out, and for tests."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from civicsns.model import Lane
from civicsns.model.delivery import ENDED
from civicsns.store import require_following, require_successor

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from civicsns.model import Delivery, Fact, Marks, Record


class MemoryStore:
    """Deliveries and records in this process; gone when it ends. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deliveries: dict[str, Delivery] = {}
        self._records: list[Record] = []
        self._marks: dict[str, tuple[datetime, frozenset[int]]] = {}
        self._facts: dict[tuple[str, str], Fact] = {}

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None) -> None:
        """
        Keep new deliveries and records, all or none.

        Raises:
            ValueError: If a delivery of that id is there already.
        """
        with self._lock:
            added: dict[str, Delivery] = {}
            for delivery in deliveries:
                if delivery.id in self._deliveries or delivery.id in added:
                    msg = f"There is a delivery {delivery.id} already."
                    raise ValueError(msg)
                added[delivery.id] = delivery
            self._deliveries.update(added)
            self._records.extend(records)
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
            KeyError: If there is none of that id.
            ValueError: If *new* is not the next version of *old*.
        """
        require_successor(old, new)
        with self._lock:
            if self._deliveries[old.id].version != old.version:
                return False
            self._deliveries[new.id] = new
            self._records.append(record)
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
            return [record for record in self._records if record.subject == subject]

    def facts(self, kind: str) -> Sequence[Fact]:
        """List what holds of that kind, in the order of the keys."""
        with self._lock:
            return [fact for (of, _), fact in sorted(self._facts.items(), key=lambda item: item[0]) if of == kind]

    def put(self, old: Fact | None, new: Fact | None, records: Sequence[Record] = ()) -> bool:
        """
        Put the fact *new* in the place of *old* and keep *records*, unless *old* is no longer what is stored.

        Raises:
            ValueError: If *new* is not what follows *old*, or both are None.
        """
        about = require_following(old, new)
        place = (about.kind, about.key)
        with self._lock:
            if self._facts.get(place) != old:
                return False
            if new is None:
                del self._facts[place]
            else:
                self._facts[place] = new
            self._records.extend(records)
            return True

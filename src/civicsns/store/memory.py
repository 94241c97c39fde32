"""A store that lives as long as its process: for trying things out, and for tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from civicsns.model import Lane
from civicsns.model.delivery import ENDED
from civicsns.store import require_following, require_successor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from civicsns.model import Delivery, Fact, Record


class MemoryStore:
    """Deliveries and records in this process; gone when it ends. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._deliveries: dict[str, Delivery] = {}
        self._records: list[Record] = []
        self._facts: dict[tuple[str, str], Fact] = {}

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record]) -> None:
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
        """
        List the deliveries with a step that is due, the longest overdue first, *limit* of them at most.

        A part of a thread is not due before the part that it answers has ended.
        """
        with self._lock:
            waiting = [
                (delivery.not_before, delivery)
                for delivery in self._deliveries.values()
                if delivery.not_before is not None
                and delivery.not_before <= now
                and platform in {None, delivery.rendition.platform}
                and not self._behind(delivery)
            ]
        waiting.sort(key=lambda pair: (pair[1].lane is not Lane.EMERGENCY, pair[0]))
        return [delivery for _, delivery in waiting][:limit]

    def _behind(self, delivery: Delivery) -> bool:
        before = self._deliveries.get(delivery.follows) if delivery.follows is not None else None
        return before is not None and before.state not in ENDED

    def waiting(self) -> Sequence[Delivery]:
        """List what waits for a person, oldest first: unknown with no next step, or held."""
        with self._lock:
            return [delivery for delivery in self._deliveries.values() if delivery.waits_for_a_person]

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

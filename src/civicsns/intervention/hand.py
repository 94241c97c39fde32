"""Whoever takes a hand in deliveries: each step on record with the person and the reason, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.posting import trail

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicsns.accounts.roster import Roster
    from civicsns.model import Delivery
    from civicsns.permissions import Permissions
    from civicsns.ports import Clock, Store

_log = Events(__name__)


@attrs.frozen(kw_only=True)
class Hand:
    """
    What every intervention needs.

    Attributes:
        store: Where deliveries, records and holds are kept.
        clock: Where the time comes from.
        rostered: Gives the staff and the accounts as they are now.
        permissions: Say who may do what.
        wake: Tells whoever drives deliveries that these go on.
    """

    store: Store
    clock: Clock
    rostered: Callable[[], Roster]
    permissions: Permissions
    wake: Callable[[Sequence[Delivery]], None]

    @property
    def roster(self) -> Roster:
        """The staff and the accounts."""
        return self.rostered()

    def require(self, by: str, reason: str, what: Bilingual) -> None:
        """
        Ask for a person on the staff and a reason.

        Raises:
            BadInput: If *by* is nobody of the staff, or *reason* is empty; it asks for *what* then.
        """
        self.roster.person(by)
        if not reason.strip():
            raise BadInput(
                Bilingual("理由がありません。", "There is no reason."),
                mend=Bilingual(f"{what.ja}を書いてください。", f"Say {what.en}."),
                place="reason",
            )

    def exists(self, delivery_id: str) -> bool:
        """Tell whether there is such a delivery."""
        try:
            self.store.get(delivery_id)
        except KeyError:
            return False
        return True

    def of(self, subject: str) -> list[Delivery]:
        """
        Give a delivery with what follows it, or all deliveries of a draft.

        Raises:
            KeyError: If there is no such delivery or draft.
        """
        if self.exists(subject):
            return self.following(self.store.get(subject))
        found = list(self.store.of_draft(subject))
        if not found:
            raise KeyError(subject)
        return found

    def following(self, delivery: Delivery) -> list[Delivery]:
        """Give a delivery and the later parts of its thread, in order."""
        chain = [delivery]
        for other in self.store.of_draft(delivery.draft):
            if other.follows == chain[-1].id:
                chain.append(other)
        return chain

    def kept(self, old: Delivery, new: Delivery, *, by: str, reason: str = "", event: str = "") -> bool:
        """
        Keep a step with its record, unless somebody was faster.

        Args:
            old: The delivery before the step.
            new: The delivery after it.
            by: Who took it.
            reason: Why, where a reason was asked for.
            event: What happened, where the state alone does not tell.
        """
        record = trail.record(new, at=self.clock.now(), by=by, reason=reason, event=event, was=old)
        kept = self.store.replace(old, new, record)
        if kept:
            # A person's reason belongs on record, and not into a log.
            _log.info(record.event, delivery=new.id, by=by, state=new.state.value)
        return kept

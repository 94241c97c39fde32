"""Declaring and ending disaster mode 災害対応中."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Record
from civicsns.posting import disaster
from civicsns.posting.disaster import Disaster

if TYPE_CHECKING:
    from civicsns.intervention.hand import Hand

_log = Events(__name__)
#: How old what a check knows of another process's declaration may be, in seconds.
_LATELY = 1.0
_SHOW = Bilingual("civicsns disaster show で確かめてください。", "Look: civicsns disaster show")


class Disasters:
    """
    The disaster mode of a programme.

    Args:
        hand: Puts steps on record.
    """

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        # Another one after each change of ours.
        self._change = object()
        # What was read last, when the reading of it began, and after which change.
        self._seen: tuple[Disaster | None, float, object] | None = None

    def now(self) -> Disaster | None:
        """Tell whether it is on, since when and why; see `Interventions.disaster`."""
        return disaster.read(self._hand.store.facts(disaster.KIND))

    def lately(self) -> Disaster | None:
        """
        Tell whether it is on, for a check: at once where this programme has declared or ended it.

        What another process has done may be a second old. A post that is checked then would have passed a moment
        before; a check that reads it anew for each post costs every post a way to the database and back.
        """
        began, change, seen = self._hand.clock.elapsed(), self._change, self._seen
        if seen is not None and seen[2] is change and 0 <= began - seen[1] < _LATELY:
            return seen[0]
        found = self.now()
        self._seen = (found, began, change)
        return found

    def begin(self, *, by: str, reason: str) -> Disaster:
        """
        Declare it; see `Interventions.declare_disaster`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or it is on already.
        """
        self._hand.require(by, reason, Bilingual("なぜ災害対応に入るか", "why it is declared"))
        declared = Disaster(by=by, reason=reason, at=self._hand.clock.now())
        if not self._hand.store.put(None, declared.fact, [self._record("declared", by=by, reason=reason)]):
            raise BadInput(
                Bilingual("すでに災害対応中です。", "Disaster mode is on already."), mend=_SHOW, place=disaster.KEY
            )
        self._change = object()
        _log.info("disaster.declared", by=by)
        return declared

    def end(self, *, by: str, reason: str) -> None:
        """
        End it; see `Interventions.end_disaster`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or it is not on.
        """
        self._hand.require(by, reason, Bilingual("なぜ災害対応を終えるか", "why it is over"))
        fact = next(iter(self._hand.store.facts(disaster.KIND)), None)
        if fact is None or not self._hand.store.put(fact, None, [self._record("ended", by=by, reason=reason)]):
            raise BadInput(
                Bilingual("災害対応中ではありません。", "Disaster mode is not on."), mend=_SHOW, place=disaster.KEY
            )
        self._change = object()
        _log.info("disaster.ended", by=by)

    def _record(self, what: str, *, by: str, reason: str) -> Record:
        return Record(
            at=self._hand.clock.now(),
            subject=disaster.KEY,
            event=f"disaster.{what}",
            by=by,
            facts={"reason": reason},
        )

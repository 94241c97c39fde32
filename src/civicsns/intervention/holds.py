"""Placing and lifting holds 投稿停止, and letting go on what a lifted hold kept back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Record
from civicsns.posting import hold
from civicsns.posting import intervention as ledger
from civicsns.posting.hold import Hold, Scope
from civicsns.posting.steps import ON_HOLD

if TYPE_CHECKING:
    from civicsns.intervention.hand import Hand
    from civicsns.model import Account, Delivery

_log = Events(__name__)


class Holds:
    """
    The holds of a programme.

    Args:
        hand: Puts steps on record.
    """

    def __init__(self, hand: Hand) -> None:
        self._hand = hand

    def in_force(self) -> tuple[Hold, ...]:
        """List the holds that are in force."""
        return tuple(hold.read(fact) for fact in self._hand.store.facts(hold.KIND))

    def place(self, scope: Scope, name: str, *, by: str, reason: str) -> Hold:
        """
        Place a hold; see `Interventions.hold`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, there is no such thing to hold, or it is on
                hold already.
        """
        self._hand.require(by, reason, Bilingual("なぜ停止するか", "why it is held"))
        self._known(scope, name)
        placed = Hold(scope=scope, name=name, by=by, reason=reason, at=self._hand.clock.now())
        record = self._held_record(placed, "hold.placed", by=by, reason=reason)
        if not self._hand.store.put(None, placed.fact, [record]):
            raise BadInput(
                Bilingual("すでに投稿停止中です。", "It is on hold already."),
                mend=Bilingual("civicsns hold で一覧を確かめてください。", "Look at the list: civicsns hold"),
                place=placed.key,
            )
        _log.info(record.event, hold=placed.key, by=by)
        return placed

    def lift(self, scope: Scope, name: str, *, by: str, reason: str) -> tuple[Delivery, ...]:
        """
        Lift a hold, and let go on what it kept back; see `Interventions.lift`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or there is no such hold.
            MayNot: If the person may not lift it.
        """
        self._hand.require(by, reason, Bilingual("なぜ解除するか", "why it is lifted"))
        key = hold.key(scope, name)
        while True:
            fact = self._hand.store.fact(hold.KIND, key)
            if fact is None:
                raise BadInput(
                    Bilingual("この投稿停止はありません。", "There is no such hold."),
                    mend=Bilingual("civicsns hold で一覧を確かめてください。", "Look at the list: civicsns hold"),
                    place=key,
                )
            held = hold.read(fact)
            self._hand.permissions.require_lifting(by, held, self._accounts(held))
            record = self._held_record(held, "hold.lifted", by=by, reason=reason)
            # Whoever begins to retire the account touches its hold, which is then looked at once more.
            if self._hand.store.put(fact, None, [record]):
                break
        _log.info(record.event, hold=key, by=by)
        # After the hold is gone: whatever is held from now on sees that by itself.
        others, sections = self._hand.store.facts(hold.KIND), self._sections()
        gone_on: list[Delivery] = []
        for delivery in self._hand.store.waiting():
            kept_back = delivery.failure is not None and delivery.failure.outcome == ON_HOLD
            section = sections.get(delivery.rendition.account, "")
            if not kept_back or hold.in_force(others, delivery, section=section) is not None:
                continue
            account = self._hand.roster.accounts.get(delivery.rendition.account)
            if account is not None and account.closed is not None:
                # Its posts do not go on by themselves, should it ever be opened again.
                continue
            resumed = ledger.resume(delivery, now=self._hand.clock.now())
            if self._hand.kept(delivery, resumed, by=by, reason=reason):
                gone_on.append(resumed)
        self._hand.wake(gone_on)
        return tuple(gone_on)

    def over(self, delivery: Delivery) -> Hold | None:
        """Give the hold that keeps *delivery* from going out; the widest where there are several."""
        section = self._sections().get(delivery.rendition.account, "")
        return hold.in_force(self._hand.store.facts(hold.KIND), delivery, section=section)

    def _known(self, scope: Scope, name: str) -> None:
        known = {
            Scope.PROGRAMME: lambda: not name,
            Scope.SECTION: lambda: bool(name) and name in self._sections().values(),
            Scope.ACCOUNT: lambda: name in self._sections(),
            Scope.DRAFT: lambda: bool(self._hand.store.of_draft(name)),
            Scope.DELIVERY: lambda: self._hand.exists(name),
        }
        if not known[scope]():
            raise BadInput(
                Bilingual(f"投稿停止の対象「{name}」がありません。", f"There is nothing of the name {name!r} to hold."),
                mend=Bilingual(
                    "アカウント一覧や配信の ID を確かめてください。", "Look at the accounts, or at the delivery's id."
                ),
                place=scope.value,
            )

    def _accounts(self, held: Hold) -> list[Account]:
        """Give the accounts of what a hold on posts or on one account holds; none where one is off the list."""
        match held.scope:
            case Scope.ACCOUNT:
                names = [held.name]
            case Scope.DRAFT | Scope.DELIVERY:
                names = list(dict.fromkeys(part.rendition.account for part in self._hand.of(held.name)))
            case _:
                return []
        listed = self._hand.roster.accounts
        return [listed[name] for name in names] if all(name in listed for name in names) else []

    def _sections(self) -> dict[str, str]:
        return {account.id: account.section for account in self._hand.roster.accounts.values()}

    def _held_record(self, held: Hold, event: str, *, by: str, reason: str) -> Record:
        # A post's own hold stands among the post's own records.
        own = held.scope in {Scope.DRAFT, Scope.DELIVERY}
        return Record(
            at=self._hand.clock.now(),
            subject=held.name if own else held.key,
            event=event,
            by=by,
            facts={"hold": held.key, "reason": reason},
        )

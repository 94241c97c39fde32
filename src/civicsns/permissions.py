"""
Who may do what, evaluated in one place, before anything is planned; what is refused goes on record.

`civicsns.accounts.permission` decides. Whoever calls with a personnel number vouches for it: the host application has
authenticated that person, by its own login or the city's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.accounts import permission, register, retirement
from civicsns.accounts.permission import MayNot, Permission
from civicsns.errors import BadInput
from civicsns.log import Events
from civicsns.model import Account, Capacity, Record
from civicsns.ports import Heeds
from civicsns.posting import hold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import date, tzinfo

    from civicsns.accounts.roster import Roster
    from civicsns.model import Delivery, Draft, Fact, Person
    from civicsns.ports import Clock, Store
    from civicsns.posting.hold import Hold

_log = Events(__name__)


class Permissions:
    """
    Who may post under which account, and who may put it right.

    Args:
        store: Where holds and records are kept.
        clock: Where the time comes from.
        zone: The zone in which the city lives: terms begin and end with its days.
        rostered: Gives the staff and the accounts as they are now.
        overseers: The personnel numbers of those who may put right whatever is posted, and lift any hold.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        zone: tzinfo,
        rostered: Callable[[], Roster],
        overseers: Collection[str] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._rostered = rostered
        self.overseers = frozenset(overseers)
        # Whether anything was on hold when that was last read. What is kept in spite of it depends on the store alone.
        self._held = False
        self._heeds = isinstance(store, Heeds)

    def may(self, number: str, account_id: str) -> Permission:
        """
        Say whether a person may post under an account at this moment, and why.

        Args:
            number: The personnel number.
            account_id: The account's id.

        Raises:
            BadInput: If there is no such person or account.
            StoreError: If the store is out of order.
        """
        roster = self._rostered()
        person, account = roster.person(number, place="number"), roster.account(account_id)
        return self._look(person, account, self._store.facts(hold.KIND))

    def under(self, number: str) -> Mapping[str, Permission]:
        """
        Say of every account whether a person may post under it at this moment, and why; by the account's id.

        Raises:
            BadInput: If there is no such person.
            StoreError: If the store is out of order.
        """
        roster = self._rostered()
        person, held = roster.person(number, place="number"), self._store.facts(hold.KIND)
        return {account.id: self._look(person, account, held) for account in roster.accounts.values()}

    def look(
        self,
        draft: Draft,
        author: Person,
        accounts: Iterable[Account],
        *,
        by_hand: bool = False,
        held: Collection[Fact] | None = None,
    ) -> dict[str, Permission]:
        """
        Say what of *draft* its author may not post; empty where all may go out.

        What is planned for later may be planned while posting is on hold: the hold is looked at again when it is due.
        Nothing is planned under an account that is being given back.

        Args:
            draft: What is to be said.
            author: Who says it.
            accounts: Where.
            by_hand: Whether a person posts it, and no program: nothing need be connected for that.
            held: What is on hold; read here unless given.
        """
        later = self._is_later(draft) and not by_hand
        if held is None:
            held = self._holds()
        # Most of the time nothing is on hold, and no digest is needed.
        digest = draft.digest if held else ""
        looked = {
            one.id: self._look(author, one, held, digest=digest, by_hand=by_hand, later=later) for one in accounts
        }
        return {account: one for account, one in looked.items() if not one.allowed}

    def require(
        self, draft: Draft, author: Person, accounts: Sequence[Account], *, step: str, by_hand: bool = False
    ) -> None:
        """
        Let *draft* go on its way only where its author may post under every account; a refusal goes on record.

        Args:
            draft: What is to be said.
            author: Who says it.
            accounts: Where.
            step: What was tried, for the record: `publish`, `correct`, `hand_off`.
            by_hand: Whether a person posts it, and no program.

        Raises:
            MayNot: If the author may not, under one or more of the accounts.
        """
        refused = self.look(draft, author, accounts, by_hand=by_hand)
        if refused:
            private = draft.capacity is Capacity.PRIVATE
            self._refuse(author.number, refused, step=step, about={"draft": draft.digest}, private=private)

    def presume(self, draft: Draft, author: Person, accounts: Sequence[Account], *, step: str) -> bool:
        """
        Do as `require` does, but take it that nothing is on hold where nothing was when that was last read.

        Whoever goes on then keeps the draft only where nothing is (`Heeds.add_unless`), and else requires it after all.

        Returns:
            Whether that was taken so.

        Raises:
            MayNot: As `require`.
        """
        asked = self._held or not self._heeds or self._is_later(draft)
        if asked or self.look(draft, author, accounts, held=()):
            self.require(draft, author, accounts, step=step)
            return False
        return True

    def require_tending(self, by: str, deliveries: Iterable[Delivery], *, step: str) -> None:
        """
        Let a person put right what was posted only where that person may, under every account; else it goes on record.

        Args:
            by: The personnel number.
            deliveries: What is to be changed.
            step: What was tried, for the record, such as `delete`.

        Raises:
            BadInput: If *by* is nobody of the staff.
            MayNot: If the person may not.
        """
        deliveries = list(deliveries)
        accounts = {delivery.rendition.account: self._account(delivery) for delivery in deliveries}
        about = {"delivery": deliveries[0].id} if deliveries else {}
        private = any(delivery.capacity is Capacity.PRIVATE for delivery in deliveries)
        self._tended(by, accounts.values(), step=step, about=about, private=private)

    def require_tending_account(self, by: str, account: Account, draft: Draft, *, step: str) -> None:
        """
        Let a person say what became of *draft* under *account* only where that person may; else it goes on record.

        Raises:
            BadInput: If *by* is nobody of the staff.
            MayNot: If the person may not.
        """
        private = draft.capacity is Capacity.PRIVATE
        self._tended(by, [account], step=step, about={"draft": draft.digest}, private=private)

    def require_lifting(self, by: str, held: Hold, accounts: Iterable[Account]) -> None:
        """
        Let a person lift a hold only where that person may; else it goes on record.

        Args:
            by: The personnel number.
            held: The hold.
            accounts: The accounts of what it holds.

        Raises:
            BadInput: If *by* is nobody of the staff.
            MayNot: If the person may not.
        """
        person = self._rostered().person(by)
        said = permission.lift(
            person,
            held,
            accounts=accounts,
            overseers=self.overseers,
            day=self._today(),
            retiring=held.scope is hold.Scope.ACCOUNT and self._retiring(held.name),
        )
        if said.allowed:
            return
        # As where it was placed: a post's own hold stands among the post's own records.
        own = held.scope in {hold.Scope.DRAFT, hold.Scope.DELIVERY}
        record = Record(
            at=self._clock.now(),
            subject=held.name if own else held.key,
            event="hold.refused",
            by=by,
            facts={"hold": held.key, "cause": str(said.cause)},
        )
        self._store.add([], [record])
        _log.info("hold.refused", hold=held.key, by=by)
        raise MayNot(by, {held.key: said})

    def _tended(
        self, by: str, accounts: Iterable[Account], *, step: str, about: Mapping[str, str], private: bool
    ) -> None:
        person, day = self._rostered().person(by), self._today()
        looked = [permission.tend(person, account, overseers=self.overseers, day=day) for account in accounts]
        refused = {one.account: one for one in looked if not one.allowed}
        if refused:
            self._refuse(by, refused, step=step, about=about, private=private)

    def _refuse(
        self, by: str, refused: Mapping[str, Permission], *, step: str, about: Mapping[str, str], private: bool
    ) -> None:
        if not private:
            at = self._clock.now()
            facts = [(account, {"step": step, "cause": str(one.cause), **about}) for account, one in refused.items()]
            self._store.add(
                [], [Record(at=at, subject=account, event="post.refused", by=by, facts=said) for account, said in facts]
            )
            _log.info("post.refused", accounts=", ".join(refused), by=by, step=step)
        raise MayNot(by, refused)

    def _look(
        self,
        person: Person,
        account: Account,
        held: Collection[Fact],
        *,
        digest: str = "",
        by_hand: bool = False,
        later: bool = False,
    ) -> Permission:
        # In files nobody writes down the network's id; there the vault tells whether an account is connected.
        connected = by_hand or bool(account.network_id) or not register.in_store(self._rostered())
        over = None if later else hold.over(held, section=account.section, account=account.id, draft=digest)
        # Whatever is given back is on hold, so that the others cost no look.
        own = hold.key(hold.Scope.ACCOUNT, account.id)
        retiring = any(fact.key == own for fact in held) and self._retiring(account.id)
        return permission.decide(person, account, held=over, day=self._today(), connected=connected, retiring=retiring)

    def _holds(self) -> Sequence[Fact]:
        held = self._store.facts(hold.KIND)
        self._held = bool(held)
        return held

    def _is_later(self, draft: Draft) -> bool:
        return draft.not_before is not None and draft.not_before > self._clock.now()

    def _account(self, delivery: Delivery) -> Account:
        """Give the account of a delivery; off the list, one that names nobody."""
        rendition = delivery.rendition
        try:
            return self._rostered().account(rendition.account)
        except BadInput:
            return Account(id=rendition.account, platform=rendition.platform)

    def _retiring(self, account_id: str) -> bool:
        stored = self._store.fact(retirement.KIND, account_id)
        return stored is not None and not retirement.read(stored).ended

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

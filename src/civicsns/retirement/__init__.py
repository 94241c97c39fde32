"""
Retiring accounts アカウントの返納, and handing those of sections over: steps at the network, in the vault, on record.

`civicsns.accounts.retirement` says how far one has come. Whatever is interrupted goes on with `Retiring.resume`, which
whoever delivers calls by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.accounts import enrolment, tasks
from civicsns.accounts import retirement as course
from civicsns.accounts.retirement import HandOver, Retirement, Revoked, Step, Task, TaskKind
from civicsns.errors import CivicsnsError
from civicsns.log import Events
from civicsns.model import DeliveryState
from civicsns.ports import DiscoversAccounts
from civicsns.retirement.departure import Departing, Departure
from civicsns.retirement.desk import Desk, nothing
from civicsns.retirement.succession import Succession
from civicsns.retirement.withdrawal import Withdrawal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from civicsns.accounts.enrolment import Invitation
    from civicsns.model import Account, Delivery

__all__ = [
    "Departure",
    "Desk",
    "HandOver",
    "Retirement",
    "Retiring",
    "Revoked",
    "Step",
    "Task",
    "TaskKind",
]

_log = Events(__name__)


class Retiring:
    """
    What closes accounts of a programme, and hands them over.

    *by* is the personnel number of an official whom the host application vouches for; empty where the programme itself
    acts, as when somebody's term ends.

    Args:
        desk: What all parts of it share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._withdrawal = Withdrawal(desk)
        self._succession = Succession(desk)
        self._departing = Departing(desk, self._withdrawal, self._succession)

    def retire(self, account_id: str, /, *, by: str, reason: str, without_network: bool = False) -> Retirement:
        """
        Take an account's credential back, and close the account; safe to do again.

        In this order: posting is held and what is queued with it, open links are cancelled, the network is asked to
        forget the token, the sealed credential is destroyed, the account is closed. Where the network does not
        confirm, it stops there, with the token kept and nothing going out: `resume` asks again.

        Args:
            account_id: The account.
            by: Who does it.
            reason: Why; it goes on record.
            without_network: Destroy the credential although the network has not confirmed that it forgot the token.
                That is left for a person to see to.

        Returns:
            How far it has come.

        Raises:
            BadInput: If there is no such account, *by* is nobody of the staff, or there is no reason.
            ConfigurationError: If the account is not in the register.
            StoreError: If the store is out of order; what was done until then stands.
        """
        self._desk.require(by, reason)
        return self._withdrawal.retire(account_id, by=by, reason=reason, without_network=without_network)

    def retire_person(
        self, number: str, /, *, by: str, reason: str, successors: Mapping[str, str] | None = None
    ) -> Departure:
        """
        Take back all that a person who leaves posts with; safe to do again.

        First the person's term ends, with the day before. Then personal accounts are retired; open links for the person
        are cancelled; the person is no poster any more; what is a section's is handed over to its successor. The person
        stays on the roster until what has come due is put into effect, which takes whoever's term is over off it.

        Args:
            number: The personnel number.
            by: Who does it.
            reason: Why; it goes on record.
            successors: The new steward's personnel number of each section account that the person answers for. Those
                without one stay as they are, and are named in `Departure.needs_successor`.

        Raises:
            BadInput: If a successor is nobody of the staff, or is given for another account; nothing was changed.
            ConfigurationError: If people and accounts are in files.
            StoreError: If the store is out of order; what was done until then stands.
        """
        self._desk.require(by, reason)
        return self._departing.leave(number, by=by, reason=reason, successors=successors or {})

    def hand_over(self, account_id: str, /, *, to: str, by: str, reason: str = "") -> HandOver:
        """
        Hand a section's account to another steward; safe to do again.

        The account goes on posting with what the steward before has connected, until the new one connects it. On
        Facebook a Page's token ends with the access of the person who connected it: so first the new steward connects
        the account, and only then is the access of the one before taken away. `tasks` says so until it is confirmed.

        Args:
            account_id: The account.
            to: The personnel number of the new steward.
            by: Who does it.
            reason: Why, where there is more to say than that it was handed over.

        Raises:
            BadInput: If there is no such account, it is personal or closed, or *to* or *by* is nobody of the staff.
            ConfigurationError: If the account is not in the register.
            StoreError: If the store is out of order; nothing was changed.
        """
        self._desk.require(by)
        return self._succession.hand_over(account_id, to=to, by=by, reason=reason)

    def call_off(self, account_id: str, /, *, by: str, reason: str, since: datetime | None = None) -> Retirement | None:
        """
        Let an account go on after all, as long as the network was not brought to forget its token.

        What was held for it goes on, unless something else holds it. Links that were cancelled stay so, and what the
        network was to publish later and has deleted already does not come back.

        Args:
            account_id: The account.
            by: Who does it.
            reason: Why; it goes on record.
            since: Only where it was begun then or later; None for whenever.

        Returns:
            The retirement as it stands: where its step is not `Step.CALLED_OFF`, it was too late, or not begun since
            then. None where there never was one.

        Raises:
            BadInput: If there is no such account, *by* is nobody of the staff, or there is no reason.
            ConfigurationError: If the account is not in the register.
            StoreError: If the store is out of order.
        """
        self._desk.require(by, reason)
        return self._withdrawal.call_off(account_id, by=by, reason=reason, since=since)

    def confirm(self, account_id: str, /, *, by: str, kind: TaskKind | None = None) -> Retirement | HandOver:
        """
        Put on record that a person has done at the network what no program can.

        Args:
            account_id: The account.
            by: The personnel number of whoever has seen to it.
            kind: What of it was done, where an account has both: `TaskKind.SHUT_OUT`, that stewards before have no way
                in any more, or `TaskKind.TAKE_BACK`, what retiring the account has left to do. None for the first of
                them that waits.

        Raises:
            BadInput: If there is nothing of the account to confirm, or *by* is nobody of the staff.
            StoreError: If the store is out of order.
        """
        self._desk.roster.person(by, place="by")
        handed = None if kind is TaskKind.TAKE_BACK else self._succession.confirm(account_id, by=by)
        if handed is None and kind is TaskKind.SHUT_OUT:
            raise nothing(account_id)
        return handed or self._withdrawal.confirm(account_id, by=by)

    def resume(self, *, patient: bool = False) -> int:
        """
        Go on with what was interrupted, and ask networks again that have not confirmed.

        Safe at any time, from any process, and as often as one likes.

        Args:
            patient: Leave alone what was tried in vain a short while ago; as a timer does.

        Returns:
            How many accounts are closed now that were not.

        Raises:
            StoreError: If the store is out of order.
        """
        done = 0
        for stored in self._desk.store.facts(course.KIND):
            found = course.read(stored)
            again = found.next_try()
            if found.ended or (patient and again is not None and self._desk.now < again):
                continue
            try:
                done += self._withdrawal.go_on(found).closed
            except CivicsnsError as error:
                _log.failed("retirement.left", error, account=found.account)
        return done

    def retirements(self) -> Sequence[Retirement]:
        """
        List the accounts that were retired or are being retired, by their ids.

        Raises:
            StoreError: If the store is out of order.
        """
        return [course.read(stored) for stored in self._desk.store.facts(course.KIND)]

    def tasks(self) -> Sequence[Task]:
        """
        List what is left for a person to do, by the accounts' ids.

        Raises:
            StoreError: If the store is out of order.
        """
        store = self._desk.store
        invited = {stored.key: enrolment.read(stored) for stored in store.facts(enrolment.KIND)}
        handed = {one.account: one for one in self._succession.handed()}
        # Only what was connected by an invitation tells by whom.
        accounts = self._desk.roster.accounts.values() if invited else ()
        found = [
            *(task for one in self.retirements() for task in tasks.of_retirement(one)),
            *(task for one in handed.values() for task in tasks.of_hand_over(one)),
        ]
        hanging = (self._hanging(one, invited.get(one.id)) for one in accounts if one.id not in handed)
        found += [one for one in hanging if one is not None]
        return sorted(found, key=lambda one: (one.account, one.kind, one.person))

    def left_behind(self, account_id: str) -> Sequence[Delivery]:
        """
        List the posts of an account that wait for a person: held ones, and those whose outcome is unknown.

        Raises:
            StoreError: If the store is out of order.
        """
        waiting = {DeliveryState.HELD, DeliveryState.UNKNOWN}
        return [
            one for one in self._desk.store.waiting() if one.rendition.account == account_id and one.state in waiting
        ]

    def _hanging(self, account: Account, invitation: Invitation | None) -> Task | None:
        """Say of an account whose credential hangs on the access of somebody who does not answer for it any more."""
        if account.closed is not None or not account.network_id or account.personal:
            return None
        if invitation is None or invitation.stage is not enrolment.Stage.CONNECTED:
            return None
        if invitation.person == account.steward or not self._hangs_on_person(account):
            return None
        return tasks.connect(account.id, invitation.person, account.steward, since=invitation.since)

    def _hangs_on_person(self, account: Account) -> bool:
        try:
            # One sign-in of a person opens several accounts there, and ends them all.
            return isinstance(self._desk.network(account.platform), DiscoversAccounts)
        except CivicsnsError:
            return False

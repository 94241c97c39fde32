"""Taking back all that a person who leaves posts with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from civicsns.accounts import enrolment, register
from civicsns.accounts.enrolment import Stage
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.retirement.desk import ATTEMPTS, busy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.accounts.retirement import HandOver, Retirement
    from civicsns.model import Account
    from civicsns.retirement.desk import Desk
    from civicsns.retirement.succession import Succession
    from civicsns.retirement.withdrawal import Withdrawal


@attrs.frozen(kw_only=True)
class Departure:
    """
    What became of the accounts of a person who leaves.

    Attributes:
        person: The personnel number.
        retired: The personal accounts.
        handed_over: The section accounts that have another steward now.
        needs_successor: The ids of section accounts that the person still answers for.
        posters: The ids of accounts under which the person might post, and may not any more.
        connected: The ids of other accounts whose credential hangs on the person's own access at the network: their
            stewards connect them before it ends.
    """

    person: str
    retired: tuple[Retirement, ...] = ()
    handed_over: tuple[HandOver, ...] = ()
    needs_successor: tuple[str, ...] = ()
    posters: tuple[str, ...] = ()
    connected: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is left of the person here: every personal account is closed, and no section's is left."""
        return not self.needs_successor and all(one.closed for one in self.retired)


class Departing:
    """
    Takes people's accounts back.

    Args:
        desk: What all parts of retiring share.
        withdrawal: Retires accounts.
        succession: Hands accounts over.
    """

    def __init__(self, desk: Desk, withdrawal: Withdrawal, succession: Succession) -> None:
        self._desk = desk
        self._withdrawal = withdrawal
        self._succession = succession

    def leave(self, number: str, *, by: str, reason: str, successors: Mapping[str, str]) -> Departure:
        """Take back all that a person posts with; see `Retiring.retire_person`."""
        roster = self._desk.roster
        if not register.in_store(roster):
            raise ConfigurationError(
                Bilingual(
                    "職員とアカウントは設定のファイルから読まれています。",
                    "People and accounts are read from the files that the settings name.",
                ),
                mend=Bilingual(
                    "civicsns accounts import で台帳に取り込み、設定から people と accounts を消してください。",
                    "Take them into the register with civicsns accounts import, then take people and accounts out of"
                    " the settings.",
                ),
                place="programme.people",
            )
        open_ = [account for account in roster.accounts.values() if account.closed is None]
        own = [account for account in open_ if account.steward == number]
        self._require(number, own, successors)
        # First the person: from here on nothing goes out in that name, and nobody new comes in by it.
        self._end_term(number, by=by, reason=reason)
        posters = [account.id for account in open_ if number in account.posters]
        for account_id in posters:
            self._strike(account_id, number, by=by, reason=reason)
        for account in own:
            if not account.personal and account.id not in successors:
                self._desk.cancel(account.id, by, reason)
        handed = [
            self._succession.hand_over(account.id, to=successors[account.id], by=by, reason=reason)
            for account in own
            if not account.personal and account.id in successors
        ]
        retired = [
            self._withdrawal.retire(account.id, by=by, reason=reason, without_network=False)
            for account in own
            if account.personal
        ]
        return Departure(
            person=number,
            retired=tuple(retired),
            handed_over=tuple(handed),
            needs_successor=tuple(one.id for one in own if not one.personal and one.id not in successors),
            posters=tuple(posters),
            connected=tuple(one.id for one in open_ if one not in own and self._connected(one, number)),
        )

    def _require(self, number: str, own: list[Account], successors: Mapping[str, str]) -> None:
        """
        Look at all of it before anything is done.

        Raises:
            BadInput: If the person is nobody, or a successor is given where there is nothing to follow in.
        """
        if not own:
            self._desk.roster.person(number)
        sections = {account.id: account for account in own if not account.personal}
        for account_id, to in successors.items():
            if account_id not in sections or to == number:
                raise BadInput(
                    Bilingual(
                        f"職員 {number} が管理する所管課のアカウントではないか、後任が本人です。",
                        f"This is no section account of {number}, or the successor is {number} again.",
                    ),
                    mend=Bilingual("アカウントと後任を確かめてください。", "Look at the account, and the successor."),
                    place=account_id,
                )
            self._succession.require(sections[account_id], to)

    def _end_term(self, number: str, *, by: str, reason: str) -> None:
        """Let the term of a person end with the day before, where it is not over yet."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            today, was = desk.now.date(), desk.store.fact(register.PERSON, number)
            person = register.person(was) if was is not None else None
            if was is None or person is None or (person.until is not None and person.until < today):
                return
            until = today - timedelta(days=1)
            ended = attrs.evolve(person, until=until)
            said = f"{person.until.isoformat() if person.until else '—'} → {until.isoformat()}"
            record = desk.record(f"{register.PERSON}:{number}", "person.updated", by=by, until=said, reason=reason)
            if desk.put([(was, was.becomes(**register.person_value(ended)))], [record]):
                return
        raise busy(number)

    def _strike(self, account_id: str, number: str, *, by: str, reason: str) -> None:
        """Take a person off those who may post under an account."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            was, account = desk.account(account_id)
            if number not in account.posters:
                return
            left = attrs.evolve(account, posters=account.posters - {number})
            record = desk.record(account_id, "account.changed", by=by, posters=f"{number} → —", reason=reason)
            if desk.put([(was, was.becomes(**register.account_value(left)))], [record]):
                return
        raise busy(account_id)

    def _connected(self, account: Account, number: str) -> bool:
        stored = self._desk.store.fact(enrolment.KIND, account.id)
        if stored is None or not account.network_id:
            return False
        invitation = enrolment.read(stored)
        return invitation.stage is Stage.CONNECTED and invitation.person == number

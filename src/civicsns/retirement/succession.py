"""Handing a section's account to another steward 管理者の引継ぎ, before the access of the one before ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.accounts import enrolment, register, tasks
from civicsns.accounts import retirement as course
from civicsns.accounts.retirement import HandOver
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.retirement.desk import ATTEMPTS, busy

if TYPE_CHECKING:
    from civicsns.model import Account
    from civicsns.retirement.desk import Desk


class Succession:
    """
    Hands accounts over.

    Args:
        desk: What all parts of retiring share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def hand_over(self, account_id: str, *, to: str, by: str, reason: str) -> HandOver:
        """Put another steward in the place of the one before; see `Retiring.hand_over`."""
        desk = self._desk
        self.require(desk.account(account_id)[1], to)
        for _ in range(ATTEMPTS):
            was, account = desk.account(account_id)
            stored = desk.store.fact(course.HAND_OVER, account_id)
            if account.steward == to:
                if stored is not None and (found := course.read_hand_over(stored)).to == to:
                    return found
                return HandOver(account=account_id, before="", to=to, by=by, at=desk.now)
            self.require(account, to)
            new = HandOver(
                account=account_id,
                before=account.steward,
                to=to,
                by=by,
                at=desk.now,
                was_connected=bool(account.network_id),
            )
            if stored is not None:
                new = course.succeeding(new, course.read_hand_over(stored))
            given = attrs.evolve(account, steward=to)
            record = desk.record(
                account_id, "account.handed_over", by=by, steward=f"{account.steward or '—'} → {to}", reason=reason
            )
            changes = [
                (was, was.becomes(**register.account_value(given))),
                (stored, course.fact(new, stored)),
            ]
            if desk.put(changes, [record]):
                # Links of the one before do not open any more, since he does not answer for it; on record, too.
                desk.cancel(account_id, by, reason or f"管理者の引継ぎ / handed over to {to}")
                return new
        raise busy(account_id)

    def require(self, account: Account, to: str) -> None:
        """
        Ask that *account* can be handed over, and that *to* is somebody.

        Raises:
            BadInput: If it is not so.
        """
        person = self._desk.roster.person(to, place="to")
        if not person.serves(self._desk.now.date()) and person.until is not None:
            raise BadInput(
                Bilingual("新しい管理者の任期は終わっています。", "The new steward's term is over."),
                mend=Bilingual("在職中の職員を指定してください。", "Name somebody who serves."),
                place=to,
            )
        if account.personal:
            raise BadInput(
                Bilingual("個人のアカウントは引き継げません。", "A personal account is not handed over."),
                mend=Bilingual("返納してください: civicsns accounts retire", "Retire it: civicsns accounts retire"),
                place=account.id,
            )
        if account.closed is not None:
            raise BadInput(
                Bilingual("閉鎖したアカウントです。", "The account is closed."),
                mend=Bilingual("台帳を確かめてください。", "Look at the register."),
                place=account.id,
            )

    def handed(self) -> list[HandOver]:
        """Read the hand-overs."""
        return [course.read_hand_over(stored) for stored in self._desk.store.facts(course.HAND_OVER)]

    def confirm(self, account_id: str, *, by: str) -> HandOver | None:
        """
        Note that the steward before has no way in any more; None where no hand-over waits for that.

        Raises:
            BadInput: If the new steward has not connected the account yet.
        """
        desk = self._desk
        for _ in range(ATTEMPTS):
            stored = desk.store.fact(course.HAND_OVER, account_id)
            handed = course.read_hand_over(stored) if stored is not None else None
            if stored is None or handed is None or handed.done:
                return None
            invited = desk.store.fact(enrolment.KIND, account_id) is not None
            waits = handed.was_connected and handed.connected_at is None and invited
            if waits and not handed.others:
                task = tasks.connect(account_id, handed.before, handed.to, since=handed.at)
                raise BadInput(task.what, mend=task.mend, place=account_id)
            # Without the one before nothing would go out, until the new one has connected the account.
            gone = handed.others if waits else (*handed.others, handed.before)
            new = attrs.evolve(handed, others=())
            if not waits:
                new = attrs.evolve(new, confirmed_by=by, confirmed_at=desk.now)
            record = desk.record(account_id, "hand_over.confirmed", by=by, before=" ".join(dict.fromkeys(gone)))
            if desk.put([(stored, course.fact(new, stored))], [record]):
                return new
        raise busy(account_id)

"""Who has begun, who has finished, who has failed and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.accounts import enrolment
from civicsns.accounts.enrolment import Problem, Stage
from civicsns.accounts.refusals import LinkReason
from civicsns.enrolment import signins
from civicsns.enrolment.signins import LIFE, Step
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.ports import DiscoversAccounts, Enrols

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from civicsns.accounts.enrolment import Invitation
    from civicsns.enrolment.desk import Desk
    from civicsns.model import Account, Person


@attrs.frozen(kw_only=True)
class Standing:
    """
    How far one enrolment has come, for officials.

    Attributes:
        account: The account.
        person: The personnel number of whom it is for.
        name: The person's name.
        stage: How far it has come, with what time has done to it.
        since: Since when; None where nobody was invited.
        expires_at: When the link ends; None where nobody was invited.
        problem: Why it failed; None where it has not.
        why: The same in words.
        mend: What to do about it.
        reminded_at: When the person was last reminded.
    """

    account: Account
    person: str
    name: str
    stage: Stage
    since: datetime | None = None
    expires_at: datetime | None = None
    problem: Problem | None = None
    why: Bilingual | None = None
    mend: Bilingual | None = None
    reminded_at: datetime | None = None


class Overview:
    """
    Looks at all enrolments.

    Args:
        desk: What all parts of enrolment share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def invitations(self) -> list[Invitation]:
        """Read the newest invitation of each account."""
        return [enrolment.read(fact) for fact in self._desk.store.facts(enrolment.KIND)]

    def open_(self) -> set[str]:
        """Give the ids of the accounts that have a link which opens."""
        roster, now = self._desk.roster, self._desk.now
        accounts, people = dict(roster.accounts.items()), dict(roster.people.items())
        return {
            one.account
            for one in self.invitations()
            if enrolment.shut(one, accounts.get(one.account), people.get(one.person), now=now) is None
        }

    def connectable(self, account: Account) -> bool:
        """Whether the account is connected by signing in; a profile whose network opens only Pages is not."""
        try:
            adapter = self._desk.network(account.platform)
        except ConfigurationError:
            return False
        return isinstance(adapter, Enrols) and not (account.personal and isinstance(adapter, DiscoversAccounts))

    def status(self, *, section: str | None = None) -> Sequence[Standing]:
        """Say how far each has come; see `Enrolments.status`."""
        roster = self._desk.roster
        people = dict(roster.people.items())
        invited = {one.account: one for one in self.invitations()}
        steps = {fact.key: signins.read(fact).step for fact in self._desk.store.facts(signins.KIND)}
        return [
            self._standing(account, invited.get(account.id), people, steps)
            for account in roster.accounts.values()
            if account.closed is None and (section is None or account.section == section) and self.connectable(account)
        ]

    def _standing(
        self, account: Account, invitation: Invitation | None, people: Mapping[str, Person], steps: Mapping[str, Step]
    ) -> Standing:
        steward = people.get(account.steward)
        stands = Standing(
            account=account,
            person=account.steward,
            name=steward.name if steward else "",
            stage=Stage.CONNECTED if account.network_id else Stage.UNINVITED,
        )
        if invitation is None or (account.network_id and invitation.stage is Stage.CANCELLED):
            return stands
        now = self._desk.now
        shut = enrolment.shut(invitation, account, people.get(invitation.person), now=now)
        stands = attrs.evolve(
            stands,
            stage=_BY_TIME.get(shut, invitation.stage) if shut is not None else invitation.stage,
            since=invitation.since,
            expires_at=invitation.expires_at,
            problem=invitation.problem,
            why=invitation.why,
            mend=invitation.mend,
            reminded_at=invitation.reminded_at,
        )
        if stands.stage is not Stage.SIGNING_IN:
            return stands
        if steps.get(invitation.sign_in) in {Step.GRANTED, Step.SEALING}:
            return attrs.evolve(stands, why=_GOES_ON[0], mend=_GOES_ON[1])
        if invitation.since + LIFE <= now:
            return attrs.evolve(
                stands,
                stage=Stage.FAILED,
                problem=Problem.ABANDONED,
                why=Bilingual(
                    "ネットワークの画面から戻っていません。", "The person has not come back from the network."
                ),
                mend=Bilingual(
                    "本人に、リンクからやり直すよう伝えてください。", "Ask the person to open the link again."
                ),
            )
        return stands


_GOES_ON = (
    Bilingual(
        "本人の手順は済み、ネットワークか保管庫の応答を待っています。",
        "The person has done everything; the network or the vault has not answered yet.",
    ),
    Bilingual("自動で続きます。待ってください。", "It goes on by itself. Wait."),
)
_BY_TIME = {LinkReason.EXPIRED: Stage.EXPIRED, LinkReason.CANCELLED: Stage.CANCELLED}

"""What all parts of enrolment share: who and what there is, one invitation at a time, each step on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts import enrolment, retirement
from civicsns.accounts.refusals import LinkError, LinkReason
from civicsns.enrolment import signins
from civicsns.enrolment.signins import SignIn, Step
from civicsns.errors import ConfigurationError, ShutForGood, StoreError
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Record
from civicsns.ports import Restorable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from civicsns.accounts.enrolment import Invitation
    from civicsns.accounts.roster import Roster
    from civicsns.config import EnrolmentSettings
    from civicsns.model import Account, Fact
    from civicsns.ports import Adapter, Clock, Store, Vault
    from civicsns.vault.sealer import Sealer

_log = Events(__name__)

#: So often somebody else may be faster.
ATTEMPTS: Final = 20

_NETWORKS: Final = {"x": "X", "facebook": "Facebook"}

#: Why tokens were not revoked that are sealed with a key that is gone; and what their person can do.
UNOPENED: Final = Bilingual(
    "封印の鍵がないか、書き換えられていて、開けません。",
    "The key that they were sealed with is not there, or they were changed: they do not open.",
)

Change = tuple["Fact | None", "Fact | None"]


@attrs.frozen(kw_only=True)
class Desk:
    """
    What every part of enrolment needs.

    Attributes:
        store: Where people, accounts, invitations and sign-ins are.
        vault: Where credentials go.
        sealer: Seals sign-ins under way.
        clock: Where the time comes from.
        zone: The zone in which the city lives.
        rostered: Gives the staff and the accounts as they are now.
        network: Gives the adapter of a network.
        settings: The table `[enrolment]`.
    """

    store: Store
    vault: Vault
    sealer: Sealer
    clock: Clock
    zone: tzinfo
    rostered: Callable[[], Roster]
    network: Callable[[str], Adapter]
    settings: EnrolmentSettings

    @property
    def roster(self) -> Roster:
        """The staff and the accounts."""
        return self.rostered()

    @property
    def now(self) -> datetime:
        """The time, as the city's clocks show it."""
        return self.clock.now().astimezone(self.zone)

    def by_token(self, token: str) -> tuple[Fact, Invitation]:
        """
        Find the invitation that a link is for.

        Raises:
            LinkError: If the link does not open.
        """
        link = enrolment.digest(token)
        noted = self.store.fact(enrolment.LINK, link)
        if noted is None:
            raise LinkError(LinkReason.UNKNOWN)
        stored = self.store.fact(enrolment.KIND, str(noted.value["account"]))
        if stored is None:
            raise LinkError(LinkReason.CANCELLED)
        invitation = enrolment.read(stored)
        roster = self.roster
        enrolment.require_open(
            invitation,
            roster.accounts.get(invitation.account),
            roster.people.get(invitation.person),
            link=link,
            now=self.now,
        )
        return stored, invitation

    def step(
        self, token: str, decide: Callable[[Invitation], Invitation], event: Callable[[Invitation], str]
    ) -> Invitation:
        """
        Take an invitation a step further, and put that on record; nothing happens where nothing changes.

        Raises:
            LinkError: If the link does not open.
            StoreError: If the store is out of order.
        """
        stored, invitation = self.by_token(token)
        for _ in range(ATTEMPTS):
            new = decide(invitation)
            if new == invitation:
                return invitation
            if self.put([(stored, enrolment.fact(new, stored))], [self.record(new, event(new))]):
                return new
            stored, invitation = self.by_token(token)
        raise busy(invitation.account)

    def given_back(self, account_id: str) -> bool:
        """Whether an account is being retired: what came into the vault now would not be revoked at the network."""
        stored = self.store.fact(retirement.KIND, account_id)
        return stored is not None and not retirement.read(stored).ended

    def record(self, invitation: Invitation, event: str, *, by: str | None = None, **facts: str) -> Record:
        """Write down what happened to an invitation; its person did it unless *by* says otherwise."""
        person = {"person": invitation.person}
        if invitation.problem is not None:
            person["problem"] = invitation.problem.value
        return Record(
            at=self.now,
            subject=invitation.account,
            event=event,
            by=invitation.person if by is None else by,
            facts={**person, **facts},
        )

    def put(self, changes: list[Change], records: list[Record]) -> bool:
        """
        Keep changes and records, all or none.

        Raises:
            StoreError: If the store is out of order.
        """
        kept = self.store.put_all(changes, records)
        if kept:
            for record in records:
                _log.info(record.event, account=record.subject, by=record.by)
        return kept

    def sign_in(self, invitation: Invitation) -> tuple[Fact, SignIn] | None:
        """Give the sign-in that is under way for an invitation; None where none is."""
        stored = self.store.fact(signins.KIND, invitation.sign_in) if invitation.sign_in else None
        return None if stored is None else (stored, signins.read(stored))

    def ending(self, invitation: Invitation) -> tuple[list[Change], list[Record]]:
        """
        Give the changes that end a sign-in under way, with their records; tokens that it brought are to be revoked.

        Raises:
            VaultError: If what is sealed does not open just now.
        """
        found = self.sign_in(invitation)
        if found is None or found[1].step is Step.REVOKING:
            return [], []
        stored, sign_in = found
        if not sign_in.step.granted:
            return [(stored, None)], []
        try:
            credential = signins.credential(sign_in, self.sealer)
        except ShutForGood:
            return [(stored, None)], [self.ended(sign_in, left=UNOPENED)]
        revoking = signins.with_credential(sign_in, Step.REVOKING, credential, sealer=self.sealer, now=self.now)
        return [(stored, revoking.fact(stored))], []

    def ended(self, sign_in: SignIn, *, left: Bilingual | None = None) -> Record:
        """
        Write down that tokens of no use were revoked; or were left as they are.

        Args:
            sign_in: What brought them.
            left: Why they were not revoked; None where they were.
        """
        facts = {"revoked": "yes"} if left is None else {"revoked": "no", "reason": str(left)}
        return Record(at=self.now, subject=sign_in.account, event="invitation.grant_ended", facts=facts)

    @property
    def seals_last(self) -> bool:
        """Whether sign-ins under way can be opened for as long as they are kept, and not by this process alone."""
        return self.sealer.lasting or not isinstance(self.store, Restorable)

    def require_lasting(self) -> None:
        """
        Ask that sign-ins under way can be opened for as long as they are kept.

        Raises:
            ConfigurationError: If the key of their seals ends with this process.
        """
        if self.seals_last:
            return
        raise ConfigurationError(
            Bilingual(
                "接続の途中の情報を封印する鍵が設定されていません。このままでは、再起動や別のプロセスで接続を続けられません。",
                "No key is set that seals sign-ins under way: after a restart, or in another process, none could go on.",
            ),
            mend=Bilingual(
                "civicsns vault init で鍵を作り、示された [vault] を設定に加えてください。",
                "Make a key with civicsns vault init, and add the table [vault] that it shows to the settings.",
            ),
            place="vault.key",
        )


def busy(account: str) -> StoreError:
    """Say that others were faster again and again."""
    return StoreError(
        Bilingual("同じ登録が何度も同時に変更されました。", "The same enrolment was changed at once, again and again."),
        mend=Bilingual("もう一度行ってください。", "Do it again."),
        place=account,
    )


def named(account: Account) -> str:
    """Name an account as people know it: the network and the handle, or the id where there is no handle yet."""
    network = _NETWORKS.get(account.platform, account.platform)
    return f"{network} @{account.handle}" if account.handle else account.id

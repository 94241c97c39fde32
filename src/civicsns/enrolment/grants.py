"""Grants: what a network has given for a sign-in, whose it is, and how it is given back where it is of no use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.accounts import assigned, enrolment
from civicsns.accounts.enrolment import Problem, Stage
from civicsns.accounts.refusals import WrongAccount
from civicsns.enrolment import signins
from civicsns.enrolment.desk import ATTEMPTS, busy
from civicsns.enrolment.signins import SignIn, Step
from civicsns.errors import AuthorizationLost, ConfigurationError, Outcome, Unsupported
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import DiscoveredAccount, Record
from civicsns.ports import DiscoversAccounts, Enrols

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.enrolment.desk import Change, Desk
    from civicsns.model import Account, Credential, Fact

_log = Events(__name__)


class Grants:
    """
    Asks networks about what they have granted, and has them forget it.

    Args:
        desk: What all parts of enrolment share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def enrols(self, platform: str) -> Enrols:
        """
        Give the adapter of a network on which people can sign in.

        Raises:
            ConfigurationError: If there is none.
        """
        adapter = self._desk.network(platform)
        if not isinstance(adapter, Enrols):
            raise ConfigurationError(
                Bilingual(
                    f"媒体「{platform}」はサインインによる接続に対応していません。",
                    f"The adapter of {platform} does not connect accounts by signing in.",
                ),
                mend=Bilingual("認証情報を保管庫に直接入れてください。", "Put the credential into the vault."),
                place=f"networks.{platform}",
            )
        return adapter

    def account(self, sign_in: SignIn) -> Account:
        """Give the account that a sign-in is for, as it stands."""
        return self._desk.roster.account(sign_in.account)

    def opened(self, credential: Credential) -> Sequence[DiscoveredAccount]:
        """Ask the network what the tokens open."""
        adapter = self.enrols(credential.platform)
        if isinstance(adapter, DiscoversAccounts):
            return adapter.discover(credential)
        return [DiscoveredAccount(profile=adapter.whoami(credential), credential=credential)]

    def refused(
        self,
        stored: Fact,
        granted: SignIn,
        opened: Sequence[DiscoveredAccount],
        credential: Credential,
        problem: Problem,
    ) -> WrongAccount:
        """Keep nothing of what was connected, and have the network forget it."""
        # Whose it is stays between the person and the network: it may be a private account.
        why, mend = _words(problem, self.account(granted))
        revoking = self.revoking(granted, credential)
        kept = revoking.fact(stored)
        self.failed(granted.account, granted.link, problem, why, mend=mend, gone=(stored, kept))
        self._try_to_revoke(kept, revoking)
        names = [f"@{one.profile.handle}" if one.profile.handle else one.profile.name for one in opened]
        return WrongAccount(problem, why, mend=mend, connected="、".join(names))

    def end(self, stored: Fact | None, granted: SignIn, credential: Credential) -> None:
        """Have the network forget tokens that nobody waits for any more."""
        revoking = self.revoking(granted, credential)
        kept = revoking.fact(stored)
        if self._desk.put([(stored, kept)], []):
            self._try_to_revoke(kept, revoking)

    def revoking(self, granted: SignIn, credential: Credential) -> SignIn:
        """Give the sign-in whose tokens are to be revoked."""
        desk = self._desk
        return signins.with_credential(granted, Step.REVOKING, credential, sealer=desk.sealer, now=desk.now)

    def revoked(self, stored: Fact, revoking: SignIn) -> None:
        """Have the network forget tokens that are of no use, unless an account of ours lives on them."""
        desk = self._desk
        credential = signins.credential(revoking, desk.sealer)
        facts = {"revoked": "yes"}
        if self._lives_on(credential):
            facts = {"revoked": "no", "reason": "an account of the register is connected by it"}
        else:
            try:
                self.enrols(credential.platform).revoke(credential)
            except Unsupported as error:
                facts = {"revoked": "no", "reason": str(error.what), "mend": str(error.mend)}
        desk.put(
            [(stored, None)],
            [Record(at=desk.now, subject=revoking.account, event="invitation.grant_ended", facts=facts)],
        )

    def _try_to_revoke(self, stored: Fact, revoking: SignIn) -> None:
        try:
            self.revoked(stored, revoking)
        except Outcome as error:
            # It stays to be revoked; `resume` does it.
            _log.failed("enrolment.not_revoked", error, account=revoking.account)

    def _lives_on(self, credential: Credential) -> bool:
        """
        Whether an account of the register is connected by the same grant.

        By OAuth 1.0a a person has the same token twice, and on one grant at Facebook all of a person's Pages live.
        """
        try:
            opened = self.opened(credential)
        except (AuthorizationLost, Unsupported):
            return False
        accounts = list(self._desk.roster.accounts.values())
        return any(assigned.owner(one.profile, accounts, but="") for one in opened)

    def failed(
        self,
        account_id: str,
        link: str,
        problem: Problem,
        why: Bilingual,
        *,
        mend: Bilingual,
        gone: Change | None = None,
    ) -> None:
        """Say on the invitation, and on record, why it did not come about."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            stored = desk.store.fact(enrolment.KIND, account_id)
            changes: list[Change] = [] if gone is None else [gone]
            records: list[Record] = []
            if stored is not None:
                invitation = enrolment.read(stored)
                if invitation.link == link and invitation.stage not in {Stage.CONNECTED, Stage.CANCELLED}:
                    failed = enrolment.fail(invitation, problem, why, mend=mend, now=desk.now)
                    changes.append((stored, enrolment.fact(failed, stored)))
                    records.append(desk.record(failed, "invitation.failed"))
            if not changes or desk.put(changes, records):
                return
            if gone is not None and gone[0] is not None and desk.store.fact(signins.KIND, gone[0].key) != gone[0]:
                return
        raise busy(account_id)


def _words(problem: Problem, account: Account) -> tuple[Bilingual, Bilingual]:
    wanted = f"@{account.handle}" if account.handle else account.id
    match problem:
        case Problem.TAKEN:
            return (
                Bilingual(
                    "接続しようとしたアカウントは、台帳の別のアカウントとして登録されています。",
                    "The account is in the register already, as another account.",
                ),
                Bilingual(
                    f"{wanted} に切り替えてから、もう一度接続してください。",
                    f"Switch to {wanted} at the network, and sign in once more.",
                ),
            )
        case Problem.NO_PAGE:
            return (
                Bilingual(
                    "投稿を作れるページが見つかりませんでした。",
                    "The sign-in opened no Page on which you may create content.",
                ),
                Bilingual(
                    "ページの管理者に「コンテンツ」の権限をもらい、接続のときにそのページを選んでください。",
                    "Have the Page's owner give you the task to create content, and tick the Page when you sign in.",
                ),
            )
        case _:
            return (
                Bilingual(
                    f"割り当てられた {wanted} とは別のアカウントが接続されました。保存せずに破棄しました。",
                    f"Another account was connected than {wanted}, which was assigned. Nothing of it was kept.",
                ),
                Bilingual(
                    f"{wanted} に切り替えてから、もう一度接続してください。",
                    f"Switch to {wanted} at the network, and sign in once more.",
                ),
            )

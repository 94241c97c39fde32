"""Grants: what a network has given for a sign-in, whose it is, and how it is given back where it is of no use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.accounts import assigned, enrolment
from civicsns.accounts.enrolment import Problem, Stage
from civicsns.accounts.refusals import WrongAccount
from civicsns.enrolment import signins
from civicsns.enrolment.desk import ATTEMPTS, UNOPENED, busy
from civicsns.enrolment.signins import SignIn, Step
from civicsns.errors import AuthorizationLost, CivicsnsError, ConfigurationError, ShutForGood, Unsupported
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import CredentialKind, DiscoveredAccount
from civicsns.ports import DiscoversAccounts, Enrols, Remains

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.enrolment.desk import Change, Desk
    from civicsns.model import Account, Credential, Fact, Record

_log = Events(__name__)

#: Why a sign-in ended that could not be taken further, and what its person does.
_STRANDED = Bilingual(
    "接続の途中の情報を開けなくなったため、この接続は終わりました。",
    "What was kept of the sign-in does not open any more, so that it has ended.",
)
AGAIN = Bilingual("渡されたリンクから、もう一度接続してください。", "Open your link, and sign in once more.")
_LIVES = Bilingual("台帳のアカウントが同じ許可で動いています。", "An account of the register is connected by it.")


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
        self.try_to_revoke(kept, revoking)
        names = [f"@{one.profile.handle}" if one.profile.handle else one.profile.name for one in opened]
        return WrongAccount(problem, why, mend=mend, connected="、".join(names))

    def end(self, stored: Fact | None, granted: SignIn, credential: Credential) -> None:
        """Have the network forget tokens that nobody waits for any more."""
        revoking = self.revoking(granted, credential)
        kept = revoking.fact(stored)
        if self._desk.put([(stored, kept)], []):
            self.try_to_revoke(kept, revoking)

    def give_up(self, stored: Fact, granted: SignIn, error: CivicsnsError) -> None:
        """End a sign-in whose tokens do not work, or of which the network does not say whose they are."""
        revoking = self.revoking(granted, signins.credential(granted, self._desk.sealer))
        kept = revoking.fact(stored)
        if self.failed(granted.account, granted.link, Problem.NETWORK, error.what, mend=AGAIN, gone=(stored, kept)):
            self.try_to_revoke(kept, revoking)

    def strand(self, stored: Fact, left: SignIn) -> None:
        """End a sign-in whose seal never opens again; the account is free for another."""
        gone: Change = (stored, None)
        records = [self._desk.ended(left, left=UNOPENED)] if left.step.granted else []
        if left.step is Step.REVOKING:
            # Its invitation has gone on since.
            self._desk.put([gone], records)
            return
        self.failed(left.account, left.link, Problem.ABANDONED, _STRANDED, mend=AGAIN, gone=gone, records=records)

    def revoking(self, granted: SignIn, credential: Credential) -> SignIn:
        """Give the sign-in whose tokens are to be revoked."""
        desk = self._desk
        return signins.with_credential(granted, Step.REVOKING, credential, sealer=desk.sealer, now=desk.now)

    def revoked(self, stored: Fact, revoking: SignIn) -> None:
        """Have the network forget tokens that are of no use, unless an account of ours lives on them."""
        credential = signins.credential(revoking, self._desk.sealer)
        if self._lives_on(revoking, credential):
            self.left(stored, revoking, _LIVES)
            return
        try:
            self.enrols(credential.platform).revoke(credential)
        except Unsupported as error:
            what, mend = error.what, error.mend
            self.left(stored, revoking, Bilingual(f"{what.ja}{mend.ja}", f"{what.en} {mend.en}"))
            return
        self._desk.put([(stored, None)], [self._desk.ended(revoking)])

    def left(self, stored: Fact, revoking: SignIn, why: Bilingual) -> None:
        """Leave tokens of no use as they are, and say so on record."""
        self._desk.put([(stored, None)], [self._desk.ended(revoking, left=why)])

    def try_to_revoke(self, stored: Fact, revoking: SignIn) -> None:
        """Have the network forget tokens; where it does not answer, `resume` does it later."""
        try:
            self.revoked(stored, revoking)
        except CivicsnsError as error:
            _log.failed("enrolment.not_revoked", error, account=revoking.account)

    def _lives_on(self, revoking: SignIn, credential: Credential) -> bool:
        """
        Whether an account of the register is connected by the same grant.

        By OAuth 1.0a a person has the same token twice, and on one grant at Facebook all of a person's Pages live. By
        OAuth 2.0 at X each sign-in has tokens of its own.
        """
        if credential.kind is CredentialKind.X_OAUTH2:
            kept = self._remains(revoking.account)
            return kept is not None and kept.secrets == credential.secrets
        try:
            opened = self.opened(credential)
        except (AuthorizationLost, Unsupported):
            return False
        accounts = list(self._desk.roster.accounts.values())
        return any(assigned.owner(one.profile, accounts, but="") for one in opened)

    def _remains(self, account_id: str) -> Credential | None:
        account, vault = self._desk.roster.accounts.get(account_id), self._desk.vault
        if account is None or not isinstance(vault, Remains):
            return None
        try:
            return vault.remains(account)
        except ShutForGood:
            # Nothing lives on what nobody can open.
            return None

    def failed(
        self,
        account_id: str,
        link: str,
        problem: Problem,
        why: Bilingual,
        *,
        mend: Bilingual,
        gone: Change | None = None,
        records: Sequence[Record] = (),
    ) -> bool:
        """
        Say on the invitation, and on record, why it did not come about.

        Args:
            account_id: The account.
            link: The digest of the link's token; another link of the account is left alone.
            problem: Why.
            why: The same in words.
            mend: What its person does.
            gone: What becomes of the sign-in at the same time.
            records: What goes on record besides.

        Returns:
            False where somebody else has taken the sign-in further.
        """
        desk = self._desk
        for _ in range(ATTEMPTS):
            stored = desk.store.fact(enrolment.KIND, account_id)
            changes: list[Change] = [] if gone is None else [gone]
            said = list(records)
            if stored is not None:
                invitation = enrolment.read(stored)
                if invitation.link == link and invitation.stage not in {Stage.CONNECTED, Stage.CANCELLED}:
                    failed = enrolment.fail(invitation, problem, why, mend=mend, now=desk.now)
                    if failed != invitation:
                        changes.append((stored, enrolment.fact(failed, stored)))
                        said.append(desk.record(failed, "invitation.failed"))
            if not changes or desk.put(changes, said):
                return True
            if gone is not None and gone[0] is not None and desk.store.fact(signins.KIND, gone[0].key) != gone[0]:
                return False
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

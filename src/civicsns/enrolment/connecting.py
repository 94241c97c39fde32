"""
Connecting an account: to the network, back with its answer, and into the vault, step by step.

Each step is kept before the next begins, so that a crash at any point leaves something to go on from:
`Connecting.resume` finishes, revokes or gives up what was left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from civicsns.accounts import assigned, enrolment, register
from civicsns.accounts.enrolment import Problem, Stage
from civicsns.accounts.refusals import LinkError, LinkReason, SignInError, WrongAccount
from civicsns.enrolment import signins
from civicsns.enrolment.desk import ATTEMPTS, busy
from civicsns.enrolment.signins import SETTLED, SignIn, Step
from civicsns.errors import (
    AuthorizationLost,
    BadInput,
    CivicsnsError,
    ConfigurationError,
    Outcome,
    Refused,
    Unsupported,
)
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import DiscoveredAccount, Fact, Record
from civicsns.ports import DiscoversAccounts, Enrols, PutsTogether
from civicsns.vault.refreshing import renew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.accounts.enrolment import Invitation
    from civicsns.enrolment.desk import Change, Desk
    from civicsns.model import Account, Credential, Profile

_log = Events(__name__)

_AGAIN = Bilingual("渡されたリンクから、もう一度接続してください。", "Open your link, and sign in once more.")


@attrs.frozen(kw_only=True)
class Connected:
    """
    An account that is connected now.

    Attributes:
        account: The account, with the network's id.
        handle: Its name on the network, without `@`; empty where the network has none.
        name: Its name as shown there.
    """

    account: Account
    handle: str = ""
    name: str = ""


@attrs.frozen(kw_only=True)
class PageChoice:
    """
    A sign-in that has opened several accounts, such as Pages; the person says which is meant.

    Attributes:
        account: The account that is to be connected.
        pages: What there is to choose from.
    """

    account: Account
    pages: tuple[Profile, ...]


class Connecting:
    """
    Takes sign-ins to their end.

    Args:
        desk: What all parts of enrolment share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def begin(self, token: str, *, redirect_uri: str, session: str) -> str:
        """Begin a sign-in; see `Enrolments.begin`."""
        desk = self._desk
        _, invitation = desk.by_token(token)
        practice = desk.settings.practice
        # Before the network is asked, which costs a call.
        enrolment.sign_in(invitation, "", session=session, practice=practice, now=desk.now)
        found = desk.sign_in(invitation)
        if found is not None and found[1].step in {Step.GRANTED, Step.SEALING}:
            self._made_up_for(*found)
        try:
            request = self.enrols(invitation.platform).begin(redirect_uri)
        except Outcome as error:
            self._failed(invitation.account, invitation.link, Problem.NETWORK, error.what, mend=error.mend)
            raise
        for _ in range(ATTEMPTS):
            stored, invitation = desk.by_token(token)
            begun = signins.begin(
                request,
                account=invitation.account,
                link=invitation.link,
                session=session,
                sealer=desk.sealer,
                now=desk.now,
            )
            new = enrolment.sign_in(invitation, begun.key, session=session, practice=practice, now=desk.now)
            changes: list[Change] = [*desk.ending(invitation), (stored, enrolment.fact(new, stored))]
            if desk.put([*changes, (None, begun.fact())], [desk.record(new, "invitation.signing_in")]):
                return request.url
        raise busy(invitation.account)

    def _made_up_for(self, stored: Fact, left: SignIn) -> None:
        """What a crash has left may be all that it takes; where it is not, the person signs in once more."""
        try:
            result = self._settled(stored, left)
        except Outcome as error:
            if left.step is Step.SEALING:
                raise
            _log.failed("enrolment.left", error, account=left.account)
            return
        if isinstance(result, Connected):
            raise LinkError(LinkReason.USED)

    def complete(self, state: str, callback_url: str, *, session: str) -> Connected | PageChoice:
        """End a sign-in; see `Enrolments.complete`."""
        desk = self._desk
        stored, taken = self._take(state, session)
        try:
            credential = self.enrols(self._account(taken).platform).complete(
                signins.request(taken, desk.sealer), callback_url
            )
        except (BadInput, Outcome, SignInError) as error:
            declined = isinstance(error, Refused | AuthorizationLost) and error.status is None
            problem = Problem.DECLINED if declined else Problem.NETWORK
            self._failed(taken.account, taken.link, problem, error.what, mend=error.mend, gone=(stored, None))
            raise
        credential = attrs.evolve(credential, issued_at=credential.issued_at or desk.now)
        granted = signins.with_credential(taken, Step.GRANTED, credential, sealer=desk.sealer, now=desk.now)
        kept = granted.fact(stored)
        if not desk.put([(stored, kept)], []):
            # Cancelled meanwhile: nobody waits for these tokens.
            self._forget(taken, credential)
            raise SignInError
        return self._settled(kept, granted)

    def choice(self, token: str, *, session: str) -> PageChoice:
        """Give once more what there is to choose from; see `Enrolments.choice`."""
        _, choosing = self._choosing(token, session)
        opened = self._opened(choosing, signins.credential(choosing, self._desk.sealer))
        account = self._account(choosing)
        return PageChoice(account=account, pages=_profiles(assigned.fit(account, opened, chooses=True).open))

    def choose(self, token: str, network_id: str, *, session: str) -> Connected:
        """Connect one of several; see `Enrolments.choose`."""
        stored, choosing = self._choosing(token, session)
        credential = signins.credential(choosing, self._desk.sealer)
        account = self._account(choosing)
        opened = self._opened(choosing, credential)
        for one in assigned.fit(account, opened, chooses=True).open:
            if one.profile.network_id == network_id:
                return self._right(stored, choosing, one, opened, credential)
        raise BadInput(
            Bilingual("選べるページの中にありません。", "This is none of the Pages that you can choose."),
            mend=Bilingual("一覧から選んでください。", "Choose one of the list."),
            place="network_id",
        )

    def resume(self) -> int:
        """Take further what a crash has left, and give up what nobody came back for; see `Enrolments.resume`."""
        done = 0
        for stored in self._desk.store.facts(signins.KIND):
            left = signins.read(stored)
            waits = left.step in {Step.BEGUN, Step.TAKEN, Step.CHOOSING}
            if left.lasts(self._desk.now) if waits else self._desk.now < left.at + SETTLED:
                continue
            try:
                self._resumed(stored, left)
            except CivicsnsError as error:
                # It is tried again next time.
                _log.failed("enrolment.left", error, account=left.account)
            else:
                done += 1
        return done

    def _resumed(self, stored: Fact, left: SignIn) -> None:
        match left.step:
            case Step.REVOKING:
                self._revoked(stored, left)
            case Step.GRANTED | Step.SEALING:
                try:
                    self._settled(stored, left)
                except WrongAccount:
                    return
            case _:
                gone: Change = (stored, None)
                if left.step is Step.CHOOSING:
                    desk = self._desk
                    credential = signins.credential(left, desk.sealer)
                    revoking = signins.with_credential(
                        left, Step.REVOKING, credential, sealer=desk.sealer, now=desk.now
                    )
                    gone = (stored, revoking.fact(stored))
                why = Bilingual("接続の途中で終わりました。", "The sign-in was not brought to its end.")
                self._failed(left.account, left.link, Problem.ABANDONED, why, mend=_AGAIN, gone=gone)

    def finish(self, invitation: Invitation) -> bool:
        """Bring to its end what is already on its way into the vault; tell whether there was something."""
        found = self._desk.sign_in(invitation)
        if found is None or found[1].step is not Step.SEALING:
            return False
        self._settled(*found)
        return True

    # --- parts ---------------------------------------------------------------------------------------------------

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

    def _account(self, sign_in: SignIn) -> Account:
        return self._desk.roster.account(sign_in.account)

    def _take(self, state: str, session: str) -> tuple[Fact, SignIn]:
        """Use up a sign-in: it works once, in the browser in which it was begun."""
        desk = self._desk
        stored = desk.store.fact(signins.KIND, enrolment.digest(state))
        if stored is None:
            raise SignInError
        begun = signins.read(stored)
        if begun.session != enrolment.digest(session) or begun.step is not Step.BEGUN or not begun.lasts(desk.now):
            raise SignInError
        self._require_still(begun)
        taken = attrs.evolve(begun, step=Step.TAKEN, at=desk.now)
        kept = taken.fact(stored)
        if not desk.put([(stored, kept)], []):
            raise SignInError
        return kept, taken

    def _require_still(self, sign_in: SignIn) -> None:
        """Ask that the link has not been shut meanwhile; the hour may have passed while the person was away."""
        desk = self._desk
        stored = desk.store.fact(enrolment.KIND, sign_in.account)
        if stored is None:
            raise LinkError(LinkReason.CANCELLED)
        invitation, roster = enrolment.read(stored), desk.roster
        account, person = roster.accounts.get(invitation.account), roster.people.get(invitation.person)
        reason = enrolment.shut(invitation, account, person, now=desk.now)
        if invitation.link != sign_in.link or reason not in {None, LinkReason.EXPIRED}:
            raise LinkError(reason or LinkReason.CANCELLED)

    def _choosing(self, token: str, session: str) -> tuple[Fact, SignIn]:
        desk = self._desk
        _, invitation = desk.by_token(token)
        found = desk.sign_in(invitation)
        if (
            found is None
            or found[1].step is not Step.CHOOSING
            or found[1].session != enrolment.digest(session)
            or not found[1].lasts(desk.now)
        ):
            raise SignInError
        return found

    def _opened(self, sign_in: SignIn, credential: Credential) -> Sequence[DiscoveredAccount]:
        """Ask the network what the tokens open."""
        adapter = self.enrols(self._account(sign_in).platform)
        if isinstance(adapter, DiscoversAccounts):
            return adapter.discover(credential)
        return [DiscoveredAccount(profile=adapter.whoami(credential), credential=credential)]

    def _settled(self, stored: Fact, granted: SignIn) -> Connected | PageChoice:
        """Find out whose the tokens are, and connect the account, or ask which one, or refuse them."""
        desk = self._desk
        credential = signins.credential(granted, desk.sealer)
        if granted.step is Step.SEALING:
            return self._sealed(stored, granted, credential)
        try:
            self._require_still(granted)
        except LinkError:
            self._end_grant(stored, granted, credential)
            raise
        account = self._account(granted)
        opened = self._opened(granted, credential)
        chooses = isinstance(self.enrols(account.platform), DiscoversAccounts)
        found = assigned.fit(account, opened, chooses=chooses)
        if found.right is not None:
            return self._right(stored, granted, found.right, opened, credential)
        if found.open:
            choosing = signins.with_credential(granted, Step.CHOOSING, credential, sealer=desk.sealer, now=desk.now)
            if not desk.put([(stored, choosing.fact(stored))], []):
                raise SignInError
            return PageChoice(account=account, pages=_profiles(found.open))
        raise self._refused(stored, granted, opened, credential, Problem.WRONG_ACCOUNT if opened else Problem.NO_PAGE)

    def _right(
        self,
        stored: Fact,
        granted: SignIn,
        one: DiscoveredAccount,
        opened: Sequence[DiscoveredAccount],
        credential: Credential,
    ) -> Connected:
        desk = self._desk
        profile = one.profile
        place = f"{profile.platform}:{profile.network_id}"
        held = desk.store.fact(signins.PROFILE, place)
        if assigned.owner(profile, desk.roster.accounts.values(), but=granted.account) or self._reserved(held, granted):
            raise self._refused(stored, granted, opened, credential, Problem.TAKEN)
        value = {"account": granted.account, "sign_in": granted.key}
        reserved: Change = (held, held.becomes(**value) if held else Fact(kind=signins.PROFILE, key=place, value=value))
        right = attrs.evolve(granted, network_id=profile.network_id, handle=profile.handle)
        # From when it is ours; a Page's token comes without a time.
        own = attrs.evolve(one.credential, issued_at=one.credential.issued_at or desk.now)
        if isinstance(desk.vault, PutsTogether):
            connected = self._ended(stored, right, own, and_=[reserved])
        else:
            sealing = signins.with_credential(right, Step.SEALING, own, sealer=desk.sealer, now=desk.now)
            kept = sealing.fact(stored)
            if not desk.put([(stored, kept), reserved], []):
                raise SignInError
            connected = self._sealed(kept, sealing, own)
        return attrs.evolve(connected, name=profile.name)

    def _reserved(self, held: Fact | None, granted: SignIn) -> bool:
        """Tell whether somebody else's sign-in with the same profile is on its way into the vault."""
        if held is None or held.value["account"] == granted.account:
            return False
        other = self._desk.store.fact(signins.KIND, str(held.value["sign_in"]))
        return other is not None and signins.read(other).step is Step.SEALING

    def _sealed(self, stored: Fact, sealing: SignIn, credential: Credential) -> Connected:
        """Put the tokens into a vault that lies elsewhere, and then connect the account; safe to do twice."""
        vault = self._desk.vault
        account = attrs.evolve(self._account(sealing), network_id=sealing.network_id)
        if not self._holds(account, credential):
            renew(vault, account, credential, clock=self._desk.clock)
        return self._ended(stored, sealing, credential)

    def _holds(self, account: Account, credential: Credential) -> bool:
        """Whether the vault has these tokens already, or what they were exchanged for since."""
        try:
            held = self._desk.vault.get(account)
        except AuthorizationLost:
            return False
        later = held.issued_at and credential.issued_at and held.issued_at > credential.issued_at
        return held.secrets == credential.secrets or bool(later)

    def _ended(self, stored: Fact, right: SignIn, credential: Credential, *, and_: Sequence[Change] = ()) -> Connected:
        """Connect the account, in one transaction with its tokens where the vault lies in the store."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            was = desk.store.fact(register.ACCOUNT, right.account)
            invited = desk.store.fact(enrolment.KIND, right.account)
            assert was is not None, "an account is closed, and not taken away"
            assert invited is not None, "as its invitation"
            account = register.account(was)
            if account.closed is not None or account.steward != enrolment.read(invited).person:
                self._let_go(stored, right, credential)
                raise LinkError(LinkReason.CANCELLED)
            account = attrs.evolve(
                account,
                network_id=right.network_id,
                handle=account.handle or right.handle,
                opened=account.opened or desk.now.date(),
            )
            ended = enrolment.connect(enrolment.read(invited), now=desk.now)
            facts = {"network_id": right.network_id, "handle": account.handle, "credential": credential.kind.value}
            connected = Record(at=desk.now, subject=account.id, event="account.connected", by=ended.person, facts=facts)
            changes: list[Change] = [
                (was, was.becomes(**register.account_value(account))),
                (invited, enrolment.fact(ended, invited)),
                (stored, None),
                *and_,
            ]
            if self._put_with(account, credential, changes, [desk.record(ended, "invitation.connected"), connected]):
                return Connected(account=account, handle=right.handle)
            now_there = desk.store.fact(signins.KIND, right.key)
            if now_there is None and self._account(right).network_id == right.network_id:
                # Another process has finished it.
                return Connected(account=self._account(right), handle=right.handle)
            if now_there != stored:
                raise SignInError
        raise busy(right.account)

    def _let_go(self, stored: Fact, right: SignIn, credential: Credential) -> None:
        """Undo what was done for an account that is another's now, or closed."""
        vault = self._desk.vault
        if not isinstance(vault, PutsTogether):
            vault.destroy(self._account(right))
        self._end_grant(stored, right, credential)

    def _put_with(self, account: Account, credential: Credential, changes: list[Change], records: list[Record]) -> bool:
        vault = self._desk.vault
        if not isinstance(vault, PutsTogether):
            return self._desk.put(changes, records)
        return vault.put_together(account, credential, changes=changes, records=records) is not None

    # --- ends that are none -----------------------------------------------------------------------------------------

    def _refused(
        self,
        stored: Fact,
        granted: SignIn,
        opened: Sequence[DiscoveredAccount],
        credential: Credential,
        problem: Problem,
    ) -> WrongAccount:
        """Keep nothing of what was connected; the network is to forget it, unless it is another account's of ours."""
        desk = self._desk
        account = self._account(granted)
        # By OAuth 1.0a the same person has the same token twice, and a person's one grant holds all Pages' tokens.
        ours = any(assigned.owner(one.profile, desk.roster.accounts.values(), but="") for one in opened)
        gone: Change = (stored, None)
        if not ours:
            revoking = signins.with_credential(granted, Step.REVOKING, credential, sealer=desk.sealer, now=desk.now)
            gone = (stored, revoking.fact(stored))
        # Whose it is stays between the person and the network: it may be a private account.
        why, mend = _words(problem, account)
        self._failed(granted.account, granted.link, problem, why, mend=mend, gone=gone)
        if not ours and gone[1] is not None:
            self._try_to_revoke(gone[1], signins.read(gone[1]))
        names = [f"@{one.profile.handle}" if one.profile.handle else one.profile.name for one in opened]
        return WrongAccount(problem, why, mend=mend, connected="、".join(names))

    def _end_grant(self, stored: Fact, granted: SignIn, credential: Credential) -> None:
        """Have the network forget tokens that nobody waits for any more."""
        desk = self._desk
        revoking = signins.with_credential(granted, Step.REVOKING, credential, sealer=desk.sealer, now=desk.now)
        kept = revoking.fact(stored)
        if desk.put([(stored, kept)], []):
            self._try_to_revoke(kept, revoking)

    def _try_to_revoke(self, stored: Fact, revoking: SignIn) -> None:
        try:
            self._revoked(stored, revoking)
        except Outcome as error:
            # It stays to be revoked; `resume` does it.
            _log.failed("enrolment.not_revoked", error, account=revoking.account)

    def _revoked(self, stored: Fact, revoking: SignIn) -> None:
        """Have the network forget tokens that are of no use."""
        desk = self._desk
        credential = signins.credential(revoking, desk.sealer)
        facts = {"revoked": "yes"}
        try:
            self.enrols(self._account(revoking).platform).revoke(credential)
        except Unsupported as error:
            facts = {"revoked": "no", "mend": str(error.mend)}
        desk.put(
            [(stored, None)],
            [Record(at=desk.now, subject=revoking.account, event="invitation.grant_ended", facts=facts)],
        )

    def _forget(self, sign_in: SignIn, credential: Credential) -> None:
        try:
            self.enrols(self._account(sign_in).platform).revoke(credential)
        except (Unsupported, Outcome) as error:
            _log.failed("enrolment.not_revoked", error, account=sign_in.account)

    def _failed(
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
            if gone is not None and desk.store.fact(signins.KIND, cast("Fact", gone[0]).key) != gone[0]:
                return
        raise busy(account_id)


def _profiles(found: Sequence[DiscoveredAccount]) -> tuple[Profile, ...]:
    return tuple(one.profile for one in found)


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

"""
Connecting an account: to the network, back with its answer, and into the vault, step by step.

Each step is kept before the next begins, so that a crash at any point leaves something to go on from:
`Connecting.resume` finishes, revokes or gives up what was left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.accounts import assigned, enrolment
from civicsns.accounts.enrolment import Problem
from civicsns.accounts.refusals import LinkError, LinkReason, SignInError, WrongAccount
from civicsns.enrolment import signins
from civicsns.enrolment.desk import ATTEMPTS, busy
from civicsns.enrolment.grants import AGAIN, Grants
from civicsns.enrolment.settling import Connected, PageChoice, Settling, profiles
from civicsns.enrolment.signins import LIFE, SETTLED, TRIED, SignIn, Step
from civicsns.errors import (
    AuthorizationLost,
    BadInput,
    BudgetSpent,
    CivicsnsError,
    ConfigurationError,
    Outcome,
    RateLimited,
    Refused,
    ShutForGood,
    StoreError,
    Unavailable,
)
from civicsns.language import Bilingual
from civicsns.log import Events

if TYPE_CHECKING:
    from civicsns.accounts.enrolment import Invitation
    from civicsns.enrolment.desk import Change, Desk
    from civicsns.model import AuthorizationRequest, Credential, Fact

_log = Events(__name__)


class Connecting:
    """
    Takes people to the network and back.

    Args:
        desk: What all parts of enrolment share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._grants = Grants(desk)
        self._settling = Settling(desk, self._grants)
        #: What networks have granted, and the store did not take: gone with this process, and not before.
        self._unkept: dict[str, tuple[Fact, SignIn, Credential]] = {}

    def begin(self, token: str, *, redirect_uri: str, session: str) -> str:
        """Begin a sign-in; see `Enrolments.begin`."""
        desk = self._desk
        desk.require_lasting()
        self.keep()
        _, invitation = desk.by_token(token)
        practice = desk.settings.practice
        # Before the network is asked, which costs a call.
        enrolment.sign_in(invitation, "", session=session, practice=practice, now=desk.now)
        found = desk.sign_in(invitation)
        if found is not None and found[1].step in {Step.GRANTED, Step.SEALING}:
            self._made_up_for(*found)
        try:
            request = self._grants.enrols(invitation.platform).begin(redirect_uri)
        except Outcome as error:
            self._grants.failed(invitation.account, invitation.link, Problem.NETWORK, error.what, mend=error.mend)
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
            changes, records = desk.ending(invitation)
            changes += [(stored, enrolment.fact(new, stored)), (None, begun.fact())]
            if desk.put(changes, [*records, desk.record(new, "invitation.signing_in")]):
                return request.url
        raise busy(invitation.account)

    def _made_up_for(self, stored: Fact, left: SignIn) -> None:
        """What a crash has left may be all that it takes; where it is not, the person signs in once more."""
        try:
            result = self._settling.settled(stored, left)
        except ShutForGood:
            self._grants.strand(stored, left)
            return
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
        stored, taken, request = self._take(state, session)
        try:
            credential = self._grants.enrols(request.platform).complete(request, callback_url)
        except (BadInput, Outcome) as error:
            declined = isinstance(error, Refused | AuthorizationLost) and error.status is None
            problem = Problem.DECLINED if declined else Problem.NETWORK
            self._grants.failed(taken.account, taken.link, problem, error.what, mend=error.mend, gone=(stored, None))
            raise
        credential = attrs.evolve(credential, issued_at=credential.issued_at or desk.now)
        try:
            kept, granted = self._kept(stored, taken, credential)
        except (StoreError, ConfigurationError) as error:
            self._unkept[taken.key] = stored, taken, credential
            _log.failed("enrolment.not_kept", error, account=taken.account)
            raise StoreError(
                Bilingual(
                    f"ネットワークの許可は得られましたが、保管できませんでした。{error.what.ja}",
                    f"The network has granted it, and it could not be kept. {error.what.en}",
                ),
                mend=Bilingual(
                    "保管庫が直れば自動で続きます。しばらくしてから、渡されたリンクを開いて確かめてください。",
                    "It goes on by itself once the store works. Open your link in a while to see.",
                ),
                place=taken.account,
            ) from error
        return self._settling.settled(kept, granted)

    def _kept(self, stored: Fact, taken: SignIn, credential: Credential) -> tuple[Fact, SignIn]:
        """
        Keep what the network has granted, sealed, before anything is done with it.

        Raises:
            SignInError: If nobody waits for it any more.
        """
        desk = self._desk
        granted = signins.with_credential(taken, Step.GRANTED, credential, sealer=desk.sealer, now=desk.now)
        kept = granted.fact(stored)
        if desk.put([(stored, kept)], []):
            return kept, granted
        self._grants.end(None, taken, credential)
        raise SignInError

    def keep(self) -> None:
        """Keep what the store did not take when the network granted it."""
        for key in list(self._unkept):
            unkept = self._unkept.pop(key, None)
            if unkept is None:
                continue
            try:
                self._kept(*unkept)
            except SignInError:
                continue
            except (StoreError, ConfigurationError) as error:
                self._unkept[key] = unkept
                _log.failed("enrolment.not_kept", error, account=unkept[1].account)

    def choice(self, token: str, *, session: str) -> PageChoice:
        """Give once more what there is to choose from; see `Enrolments.choice`."""
        _, choosing, credential = self._choosing(token, session)
        opened = self._grants.opened(credential)
        account = self._grants.account(choosing)
        return PageChoice(account=account, pages=profiles(assigned.fit(account, opened, chooses=True).open))

    def choose(self, token: str, network_id: str, *, session: str) -> Connected:
        """Connect one of several; see `Enrolments.choose`."""
        stored, choosing, credential = self._choosing(token, session)
        account = self._grants.account(choosing)
        opened = self._grants.opened(credential)
        for one in assigned.fit(account, opened, chooses=True).open:
            if one.profile.network_id == network_id:
                return self._settling.right(stored, choosing, one, opened, credential)
        raise BadInput(
            Bilingual("選べるページの中にありません。", "This is none of the Pages that you can choose."),
            mend=Bilingual("一覧から選んでください。", "Choose one of the list."),
            place="network_id",
        )

    def resume(self) -> int:
        """Take further what a crash has left, and give up what nobody came back for; see `Enrolments.resume`."""
        done, now = 0, self._desk.now
        self.keep()
        for stored in self._desk.store.facts(signins.KIND):
            left = signins.read(stored)
            waits = left.step in {Step.BEGUN, Step.TAKEN, Step.CHOOSING}
            if left.lasts(now) if waits else now < left.at + SETTLED:
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
        try:
            match left.step:
                case Step.REVOKING:
                    self._revoked(stored, left)
                case Step.GRANTED | Step.SEALING:
                    self._settled(stored, left)
                case _:
                    self._abandoned(stored, left)
        except ShutForGood:
            # A machine on which the keys were changed already may have it; and one without a key knows nothing.
            if left.lasts(self._desk.now) or not self._desk.seals_last:
                raise
            self._grants.strand(stored, left)

    def _settled(self, stored: Fact, left: SignIn) -> None:
        try:
            self._settling.settled(stored, left)
        except (WrongAccount, LinkError):
            # That is an end, too, and stands on the invitation.
            return
        except StoreError:
            raise
        except CivicsnsError as error:
            if left.step is Step.SEALING or not self._hopeless(left, error):
                raise
            self._grants.give_up(stored, left, error)

    def _hopeless(self, left: SignIn, error: CivicsnsError) -> bool:
        """Whether nobody is to be asked any more whose the tokens are."""
        if isinstance(error, AuthorizationLost):
            return True
        final = isinstance(error, Outcome) and not isinstance(error, BudgetSpent | RateLimited | Unavailable)
        return self._desk.now >= left.at + (LIFE if final else TRIED)

    def _revoked(self, stored: Fact, left: SignIn) -> None:
        try:
            self._grants.revoked(stored, left)
        except StoreError:
            raise
        except CivicsnsError as error:
            if self._desk.now < left.at + TRIED:
                raise
            _log.failed("enrolment.not_revoked", error, account=left.account)
            self._grants.left(stored, left, error.what)

    def _abandoned(self, stored: Fact, left: SignIn) -> None:
        gone: Change = (stored, None)
        if left.step is Step.CHOOSING:
            credential = signins.credential(left, self._desk.sealer)
            gone = (stored, self._grants.revoking(left, credential).fact(stored))
        why = Bilingual("接続の途中で終わりました。", "The sign-in was not brought to its end.")
        self._grants.failed(left.account, left.link, Problem.ABANDONED, why, mend=AGAIN, gone=gone)

    def finish(self, invitation: Invitation) -> bool:
        """Bring to its end what is already on its way into the vault; tell whether there was something."""
        found = self._desk.sign_in(invitation)
        if found is None or found[1].step is not Step.SEALING:
            return False
        try:
            self._settling.settled(*found)
        except ShutForGood:
            self._grants.strand(*found)
        except LinkError as error:
            # The account is closed or another's, and what was granted is revoked: that is an end, too.
            _log.failed("enrolment.let_go", error, account=invitation.account)
        return True

    def _take(self, state: str, session: str) -> tuple[Fact, SignIn, AuthorizationRequest]:
        """
        Use up a sign-in: it works once, in the browser in which it was begun.

        Raises:
            VaultError: If what it began with does not open just now; it is not used up then.
        """
        desk = self._desk
        # Whoever changes keys replaces the fact meanwhile, and it stands for the same sign-in.
        while (stored := desk.store.fact(signins.KIND, enrolment.digest(state))) is not None:
            begun = signins.read(stored)
            if begun.session != enrolment.digest(session) or begun.step is not Step.BEGUN or not begun.lasts(desk.now):
                break
            self._settling.require_still(begun)
            try:
                request = signins.request(begun, desk.sealer)
            except ShutForGood:
                self._grants.strand(stored, begun)
                break
            taken = attrs.evolve(begun, step=Step.TAKEN, at=desk.now)
            kept = taken.fact(stored)
            if desk.put([(stored, kept)], []):
                return kept, taken, request
        raise SignInError

    def _choosing(self, token: str, session: str) -> tuple[Fact, SignIn, Credential]:
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
        try:
            return *found, signins.credential(found[1], desk.sealer)
        except ShutForGood:
            self._grants.strand(*found)
        raise SignInError

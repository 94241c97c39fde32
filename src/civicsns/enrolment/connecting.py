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
from civicsns.enrolment.grants import Grants
from civicsns.enrolment.settling import Connected, PageChoice, Settling, profiles
from civicsns.enrolment.signins import SETTLED, SignIn, Step
from civicsns.errors import (
    AuthorizationLost,
    BadInput,
    CivicsnsError,
    Outcome,
    Refused,
)
from civicsns.language import Bilingual
from civicsns.log import Events

if TYPE_CHECKING:
    from civicsns.accounts.enrolment import Invitation
    from civicsns.enrolment.desk import Change, Desk
    from civicsns.model import Fact

_log = Events(__name__)

_AGAIN = Bilingual("渡されたリンクから、もう一度接続してください。", "Open your link, and sign in once more.")


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
            changes: list[Change] = [*desk.ending(invitation), (stored, enrolment.fact(new, stored))]
            if desk.put([*changes, (None, begun.fact())], [desk.record(new, "invitation.signing_in")]):
                return request.url
        raise busy(invitation.account)

    def _made_up_for(self, stored: Fact, left: SignIn) -> None:
        """What a crash has left may be all that it takes; where it is not, the person signs in once more."""
        try:
            result = self._settling.settled(stored, left)
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
            credential = self._grants.enrols(self._grants.account(taken).platform).complete(
                signins.request(taken, desk.sealer), callback_url
            )
        except (BadInput, Outcome, SignInError) as error:
            declined = isinstance(error, Refused | AuthorizationLost) and error.status is None
            problem = Problem.DECLINED if declined else Problem.NETWORK
            self._grants.failed(taken.account, taken.link, problem, error.what, mend=error.mend, gone=(stored, None))
            raise
        credential = attrs.evolve(credential, issued_at=credential.issued_at or desk.now)
        granted = signins.with_credential(taken, Step.GRANTED, credential, sealer=desk.sealer, now=desk.now)
        kept = granted.fact(stored)
        if not desk.put([(stored, kept)], []):
            # Cancelled meanwhile: nobody waits for these tokens.
            self._grants.end(None, taken, credential)
            raise SignInError
        return self._settling.settled(kept, granted)

    def choice(self, token: str, *, session: str) -> PageChoice:
        """Give once more what there is to choose from; see `Enrolments.choice`."""
        _, choosing = self._choosing(token, session)
        opened = self._grants.opened(signins.credential(choosing, self._desk.sealer))
        account = self._grants.account(choosing)
        return PageChoice(account=account, pages=profiles(assigned.fit(account, opened, chooses=True).open))

    def choose(self, token: str, network_id: str, *, session: str) -> Connected:
        """Connect one of several; see `Enrolments.choose`."""
        stored, choosing = self._choosing(token, session)
        credential = signins.credential(choosing, self._desk.sealer)
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
                self._grants.revoked(stored, left)
            case Step.GRANTED | Step.SEALING:
                try:
                    self._settling.settled(stored, left)
                except (WrongAccount, LinkError):
                    # That is an end, too, and stands on the invitation.
                    return
            case _:
                gone: Change = (stored, None)
                if left.step is Step.CHOOSING:
                    credential = signins.credential(left, self._desk.sealer)
                    gone = (stored, self._grants.revoking(left, credential).fact(stored))
                why = Bilingual("接続の途中で終わりました。", "The sign-in was not brought to its end.")
                self._grants.failed(left.account, left.link, Problem.ABANDONED, why, mend=_AGAIN, gone=gone)

    def finish(self, invitation: Invitation) -> bool:
        """Bring to its end what is already on its way into the vault; tell whether there was something."""
        found = self._desk.sign_in(invitation)
        if found is None or found[1].step is not Step.SEALING:
            return False
        self._settling.settled(*found)
        return True

    def _take(self, state: str, session: str) -> tuple[Fact, SignIn]:
        """Use up a sign-in: it works once, in the browser in which it was begun."""
        desk = self._desk
        stored = desk.store.fact(signins.KIND, enrolment.digest(state))
        if stored is None:
            raise SignInError
        begun = signins.read(stored)
        if begun.session != enrolment.digest(session) or begun.step is not Step.BEGUN or not begun.lasts(desk.now):
            raise SignInError
        self._settling.require_still(begun)
        taken = attrs.evolve(begun, step=Step.TAKEN, at=desk.now)
        kept = taken.fact(stored)
        if not desk.put([(stored, kept)], []):
            raise SignInError
        return kept, taken

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

"""Settling: from tokens that are here to an account that is connected, or to a choice, or to a refusal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import attrs

from civicsns.accounts import assigned, enrolment, register, retirement
from civicsns.accounts.enrolment import Problem
from civicsns.accounts.refusals import LinkError, LinkReason, SignInError
from civicsns.enrolment import signins
from civicsns.enrolment.desk import ATTEMPTS, busy
from civicsns.enrolment.signins import SignIn, Step
from civicsns.errors import AuthorizationLost, ShutForGood, VaultError
from civicsns.log import Events
from civicsns.model import CredentialKind, Fact, Record
from civicsns.ports import DiscoversAccounts, PutsTogether, Refreshes, Remains
from civicsns.vault.refreshing import renew

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from civicsns.accounts.enrolment import Invitation
    from civicsns.enrolment.desk import Change, Desk
    from civicsns.enrolment.grants import Grants
    from civicsns.model import Account, Credential, DiscoveredAccount, Profile

_log = Events(__name__)


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


class Settling:
    """
    Puts tokens where they belong.

    Args:
        desk: What all parts of enrolment share.
        grants: Says whose tokens are.
    """

    def __init__(self, desk: Desk, grants: Grants) -> None:
        self._desk = desk
        self._grants = grants

    def settled(self, stored: Fact, granted: SignIn) -> Connected | PageChoice:
        """Find out whose the tokens are, and connect the account, or ask which one, or refuse them."""
        desk = self._desk
        credential = signins.credential(granted, desk.sealer)
        if granted.step is Step.SEALING:
            return self._sealed(stored, granted, credential)
        try:
            self.require_still(granted)
        except LinkError:
            self._grants.end(stored, granted, credential)
            raise
        account = self._grants.account(granted)
        opened = self._grants.opened(credential)
        chooses = isinstance(self._grants.enrols(account.platform), DiscoversAccounts)
        found = assigned.fit(account, opened, chooses=chooses)
        if found.right is not None:
            return self.right(stored, granted, found.right, opened, credential)
        if found.open:
            choosing = signins.with_credential(granted, Step.CHOOSING, credential, sealer=desk.sealer, now=desk.now)
            if not desk.put([(stored, choosing.fact(stored))], []):
                raise SignInError
            return PageChoice(account=account, pages=profiles(found.open))
        raise self._grants.refused(
            stored, granted, opened, credential, Problem.WRONG_ACCOUNT if opened else Problem.NO_PAGE
        )

    def right(
        self,
        stored: Fact,
        granted: SignIn,
        one: DiscoveredAccount,
        opened: Sequence[DiscoveredAccount],
        credential: Credential,
    ) -> Connected:
        """Connect the account to what the sign-in has opened, unless another account of the register has it."""
        desk = self._desk
        profile = one.profile
        place = f"{profile.platform}:{profile.network_id}"
        held = desk.store.fact(signins.PROFILE, place)
        if assigned.owner(profile, desk.roster.accounts.values(), but=granted.account) or self._reserved(held, granted):
            raise self._grants.refused(stored, granted, opened, credential, Problem.TAKEN)
        value = {"account": granted.account, "sign_in": granted.key}
        reserved: Change = (held, held.becomes(**value) if held else Fact(kind=signins.PROFILE, key=place, value=value))
        right = attrs.evolve(granted, network_id=profile.network_id, handle=profile.handle)
        # From when it is ours; a Page's token comes without a time.
        own = attrs.evolve(one.credential, issued_at=one.credential.issued_at or desk.now)
        if isinstance(desk.vault, PutsTogether):
            with self._replacing(right, own) as former:
                connected = self._ended(stored, right, own, former=former, and_=[reserved])
            self._forget(former)
        else:
            sealing = signins.with_credential(right, Step.SEALING, own, sealer=desk.sealer, now=desk.now)
            kept = sealing.fact(stored)
            if not desk.put([(stored, kept), reserved], []):
                raise SignInError
            connected = self._sealed(kept, sealing, own)
        return attrs.evolve(connected, name=profile.name)

    def require_still(self, sign_in: SignIn) -> None:
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

    def _reserved(self, held: Fact | None, granted: SignIn) -> bool:
        """Tell whether somebody else's sign-in with the same profile is on its way into the vault."""
        if held is None or held.value["account"] == granted.account:
            return False
        other = self._desk.store.fact(signins.KIND, str(held.value["sign_in"]))
        return other is not None and signins.read(other).step is Step.SEALING

    def _sealed(self, stored: Fact, sealing: SignIn, credential: Credential) -> Connected:
        """Put the tokens into a vault that lies elsewhere, and then connect the account; safe to do twice."""
        vault = self._desk.vault
        account = attrs.evolve(self._grants.account(sealing), network_id=sealing.network_id)
        self._require_wanted(stored, sealing, credential)
        with self._replacing(sealing, credential) as former:
            if not self._holds(account, credential):
                renew(vault, account, credential, clock=self._desk.clock)
            connected = self._ended(stored, sealing, credential, former=former)
        self._forget(former)
        return connected

    @contextlib.contextmanager
    def _replacing(self, right: SignIn, credential: Credential) -> Generator[SignIn | None]:
        """
        Give what is to be revoked once an account is connected anew, in a `with` statement; None where nothing is.

        By OAuth 2.0 at X the tokens from before would live on beside the new ones. Meanwhile nobody exchanges them:
        what came of that would live on, too.
        """
        former = self._former(right, credential)
        vault = self._desk.vault
        if former is None or not isinstance(vault, Refreshes):
            yield former
            return
        with vault.exclusively(self._grants.account(right)):
            yield self._former(right, credential)

    def _former(self, right: SignIn, credential: Credential) -> SignIn | None:
        desk = self._desk
        account = self._grants.account(right)
        if not account.network_id or not isinstance(desk.vault, Remains):
            return None
        try:
            old = desk.vault.remains(account)
        except VaultError as error:
            # What does not open cannot be revoked; and the account is connected anew just because of that.
            _log.failed("enrolment.not_revoked", error, account=account.id)
            return None
        if old is None or old.kind is not CredentialKind.X_OAUTH2 or old.secrets == credential.secrets:
            return None
        before = attrs.evolve(right, key=enrolment.digest(f"{right.key} before"), link="", session="")
        return signins.with_credential(before, Step.REVOKING, old, sealer=desk.sealer, now=desk.now)

    def _forget(self, former: SignIn | None) -> None:
        if former is not None:
            self._grants.try_to_revoke(former.fact(), former)

    def _holds(self, account: Account, credential: Credential) -> bool:
        """Whether the vault has these tokens already, or what they were exchanged for since."""
        try:
            held = self._desk.vault.get(account)
        except (AuthorizationLost, ShutForGood):
            return False
        later = held.issued_at and credential.issued_at and held.issued_at > credential.issued_at
        return held.secrets == credential.secrets or bool(later)

    def _ended(
        self,
        stored: Fact,
        right: SignIn,
        credential: Credential,
        *,
        former: SignIn | None,
        and_: Sequence[Change] = (),
    ) -> Connected:
        """Connect the account, in one transaction with its tokens where the vault lies in the store."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            was = desk.store.fact(register.ACCOUNT, right.account)
            invited = desk.store.fact(enrolment.KIND, right.account)
            assert was is not None, "an account is closed, and not taken away"
            assert invited is not None, "as its invitation"
            self._require_wanted(stored, right, credential)
            before = account = register.account(was)
            account = attrs.evolve(
                account,
                network_id=right.network_id,
                handle=assigned.handle(account, right.handle),
                opened=account.opened or desk.now.date(),
            )
            ended = enrolment.connect(enrolment.read(invited), now=desk.now)
            facts = {"network_id": right.network_id, "handle": account.handle, "credential": credential.kind.value}
            if before.handle not in {"", account.handle}:
                facts["handle_before"] = before.handle
            connected = Record(at=desk.now, subject=account.id, event="account.connected", by=ended.person, facts=facts)
            changes: list[Change] = [
                (was, was.becomes(**register.account_value(account))),
                (invited, enrolment.fact(ended, invited)),
                (stored, None),
                *([] if former is None else [(None, former.fact())]),
                *and_,
            ]
            records = [desk.record(ended, "invitation.connected"), connected]
            handed = desk.store.fact(retirement.HAND_OVER, account.id)
            if handed is not None and (taken_over := self._taken_over(handed, ended)) is not None:
                changes.append(taken_over)
                records.append(Record(at=desk.now, subject=account.id, event="hand_over.connected", by=ended.person))
            if self._put_with(account, credential, changes, records):
                return Connected(account=account, handle=right.handle)
            now_there = desk.store.fact(signins.KIND, right.key)
            if now_there is None and self._grants.account(right).network_id == right.network_id:
                # Another process has finished it.
                return Connected(account=self._grants.account(right), handle=right.handle)
            if now_there != stored:
                raise SignInError
        raise busy(right.account)

    def _require_wanted(self, stored: Fact, right: SignIn, credential: Credential) -> None:
        """
        Ask that the account still is to be connected by that person; what was granted is revoked where it is not.

        Raises:
            LinkError: If it is another's now, closed, or being retired. Whoever retires it touches the account first,
                so that what was read of the account before is too old then.
        """
        desk = self._desk
        account, invited = self._grants.account(right), desk.store.fact(enrolment.KIND, right.account)
        person = enrolment.read(invited).person if invited is not None else ""
        if account.closed is None and account.steward == person and not desk.given_back(account.id):
            return
        self._let_go(stored, right, credential)
        raise LinkError(LinkReason.CANCELLED)

    def _taken_over(self, stored: Fact, ended: Invitation) -> Change | None:
        """Note on a hand-over that the new steward has connected the account; None where that is nothing new."""
        handed = retirement.read_hand_over(stored)
        new = retirement.connected(handed, ended)
        return None if new == handed else (stored, retirement.fact(new, stored))

    def _let_go(self, stored: Fact, right: SignIn, credential: Credential) -> None:
        """Undo what was done for an account that is another's now, or closed."""
        vault, account = self._desk.vault, self._grants.account(right)
        # What others have connected since stays, and so does what is still to be revoked.
        if not isinstance(vault, PutsTogether) and self._is_there(account, credential):
            vault.destroy(account)
        self._grants.end(stored, right, credential)

    def _is_there(self, account: Account, credential: Credential) -> bool:
        try:
            return self._desk.vault.get(account).secrets == credential.secrets
        except AuthorizationLost:
            return False

    def _put_with(self, account: Account, credential: Credential, changes: list[Change], records: list[Record]) -> bool:
        vault = self._desk.vault
        if not isinstance(vault, PutsTogether):
            return self._desk.put(changes, records)
        return vault.put_together(account, credential, changes=changes, records=records) is not None


def profiles(found: Sequence[DiscoveredAccount]) -> tuple[Profile, ...]:
    """Give what a person chooses from."""
    return tuple(one.profile for one in found)

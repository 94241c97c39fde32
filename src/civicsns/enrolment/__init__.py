"""
Enrolment 登録: links for people, their sign-ins at the networks, and who has come how far.

A network lets nobody open or connect an account for others. So each person gets a link that is good for one account,
for some days, and until the account is connected; behind it the person signs in at the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from civicsns.accounts import enrolment
from civicsns.accounts.enrolment import Problem
from civicsns.accounts.refusals import LinkError, LinkReason, WrongPerson
from civicsns.enrolment import reminders, underway
from civicsns.enrolment.connecting import Connecting
from civicsns.enrolment.desk import Desk
from civicsns.enrolment.inviting import Inviting, Link, link_url
from civicsns.enrolment.overview import Overview, Standing
from civicsns.enrolment.reminders import Reminder, Reminding
from civicsns.enrolment.settling import Connected, PageChoice
from civicsns.enrolment.underway import UnderWay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from civicsns.accounts.enrolment import Invitation
    from civicsns.model import Receipt

__all__ = [
    "Connected",
    "Desk",
    "Enrolments",
    "Link",
    "PageChoice",
    "Reminder",
    "Standing",
    "UnderWay",
    "link_url",
    "state_in",
]


def state_in(callback_url: str) -> str:
    """
    Find what binds a network's answer to its sign-in; empty where there is nothing.

    OAuth 2.0 sends `state` back; OAuth 1.0a the request token, as `denied` where the person declined.
    """
    query = parse_qs(urlsplit(callback_url).query)
    return next((query[name][0] for name in ("state", "oauth_token", "denied") if name in query), "")


class Enrolments:
    """
    The enrolments of a programme.

    Whoever calls has asked who the caller is: *by* is the personnel number of an official whom the host application
    vouches for, *token* what the link holds, *session* the browser's session, an unguessable text that the web
    application sets and knows again.

    Args:
        desk: What all parts of enrolment share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._connecting = Connecting(desk)
        self._overview = Overview(desk)
        self._inviting = Inviting(desk, self._connecting, self._overview)
        self._reminding = Reminding(desk)

    @property
    def desk(self) -> Desk:
        """What all parts of enrolment share; the web application needs its clock, settings and seals."""
        return self._desk

    # --- links -------------------------------------------------------------------------------------------------------

    def invite(self, account_id: str, *, by: str, valid: timedelta | None = None) -> Link:
        """
        Make a link for the person who answers for an account; an earlier link of the account opens no more.

        An account that is connected already may be connected once more, where its tokens are lost.

        Args:
            account_id: The account.
            by: The personnel number of whoever invites.
            valid: How long the link opens; `[enrolment] valid_days` unless given.

        Raises:
            BadInput: If there is no such account or person, nobody answers for the account, or it is closed.
            ConfigurationError: If the account is not in the register, its network has no sign-in, or
                `[enrolment] base_url` is not set.
            StoreError: If the store is out of order.
        """
        return self._inviting.invite(account_id, by=by, valid=valid)

    def invite_all(self, *, by: str, section: str | None = None, valid: timedelta | None = None) -> Sequence[Link]:
        """
        Make links for all accounts that wait to be connected and have no link that opens.

        Personal accounts that no program may post under, such as profiles on Facebook, are left out.

        Args:
            by: The personnel number of whoever invites.
            section: Only the accounts of this section.
            valid: How long the links open.

        Raises:
            BadInput: If *by* is nobody of the staff.
            ConfigurationError: As `invite`.
            StoreError: If the store is out of order; nobody was invited then.
        """
        return self._inviting.invite_all(by=by, section=section, valid=valid)

    def cancel(self, account_id: str, *, by: str, reason: str) -> bool:
        """
        Let the open link of an account open no more.

        Args:
            account_id: The account.
            by: The personnel number of whoever cancels it; empty for the programme itself.
            reason: Why; it goes on record.

        Returns:
            False if there was nothing to cancel: no link, or one that was used; what was on its way into the vault
            is brought to its end first.

        Raises:
            BadInput: If *by* is nobody of the staff, or there is no reason.
            StoreError: If the store is out of order.
        """
        return self._inviting.cancel(account_id, by=by, reason=reason)

    # --- the way of one person ---------------------------------------------------------------------------------------

    def look(self, token: str) -> Invitation:
        """
        Find what a link is for; nothing is changed.

        Raises:
            LinkError: If it does not open; `LinkError.reason` says why.
        """
        return self._desk.by_token(token)[1]

    def opened(self, token: str) -> Invitation:
        """
        Note that somebody has opened the link.

        Raises:
            LinkError: If it does not open.
        """
        now = self._desk.now
        return self._desk.step(
            token, lambda invitation: enrolment.open_(invitation, now=now), lambda _: "invitation.opened"
        )

    def confirm(self, token: str, number: str, *, session: str) -> Invitation:
        """
        Hear from a browser whose it is, before it may do anything; after five wrong numbers the link is shut.

        Args:
            token: The link's token.
            number: The personnel number that was typed.
            session: The browser's session; give it another one before, so that nobody else has chosen it.

        Raises:
            LinkError: If the link does not open, or is shut by this.
            WrongPerson: If the number is not that of the person whom the link is for.
        """
        now = self._desk.now

        def event(invitation: Invitation) -> str:
            if invitation.confirmed(session):
                return "invitation.confirmed"
            return "invitation.locked" if invitation.problem is Problem.LOCKED else "invitation.wrong_person"

        new = self._desk.step(
            token, lambda invitation: enrolment.answer(invitation, number, session=session, now=now), event
        )
        if new.problem is Problem.LOCKED:
            raise LinkError(LinkReason.LOCKED)
        if not new.confirmed(session):
            raise WrongPerson(left=enrolment.TRIES - new.wrong)
        return new

    def agreed(self, token: str, rules_digest: str, *, session: str) -> Invitation:
        """
        Note that the person has read the conduct rules and agrees.

        Args:
            token: The link's token.
            rules_digest: The digest of the rules as they were shown.
            session: The browser's session.

        Raises:
            LinkError: If the link does not open.
            WrongPerson: If the browser has not said whose it is.
        """
        now = self._desk.now
        return self._desk.step(
            token,
            lambda invitation: enrolment.agree(invitation, rules_digest, session=session, now=now),
            lambda _: "invitation.agreed",
        )

    def practised(self, token: str, receipt: Receipt, *, session: str) -> Invitation:
        """
        Note the person's first post on the practice network.

        Raises:
            LinkError: If the link does not open.
            WrongPerson: If the browser has not said whose it is.
            StepMissing: If the rules come first.
        """
        now = self._desk.now
        return self._desk.step(
            token,
            lambda invitation: enrolment.practise(invitation, receipt.post_id, session=session, now=now),
            lambda _: "invitation.practised",
        )

    def begin(self, token: str, *, redirect_uri: str, session: str) -> str:
        """
        Begin the sign-in at the network, which is bound to this browser; one that was begun earlier ends.

        Args:
            token: The link's token.
            redirect_uri: Where the network sends the person afterwards, as it is registered there.
            session: The browser's session.

        Returns:
            The address of the network to which to send the person.

        Raises:
            LinkError: If the link does not open; `USED` where it turns out that the account is connected.
            WrongPerson: If the browser has not said whose it is.
            StepMissing: If the rules or the practice come first.
            Outcome: If the network could not be reached, or refused the app.
        """
        return self._connecting.begin(token, redirect_uri=redirect_uri, session=session)

    def complete(self, state: str, callback_url: str, *, session: str) -> Connected | PageChoice:
        """
        End a sign-in with what the network has answered: once, and in the browser in which it was begun.

        The account that was connected must be the one that was assigned.

        Args:
            state: What `state_in` finds in the address.
            callback_url: The address that the network sent the person back to.
            session: The browser's session.

        Returns:
            The account, connected; or what there is to choose from, for `choose`.

        Raises:
            SignInError: If the answer belongs to no sign-in that was begun in this browser, or was used.
            LinkError: If the link was cancelled or replaced meanwhile.
            WrongAccount: If another account was connected. Nothing of it was kept, and its tokens are revoked, unless
                they are those of another account of the register.
            BadInput: If the answer is incomplete.
            Outcome: If the person or the network declined. Once the tokens are here, `resume` or the next `begin` goes
                on from there.
            StoreError: If the store or the key is out of order. Tokens that have come meanwhile are kept in this process,
                and `resume` or the next `begin` goes on from there.
        """
        return self._connecting.complete(state, callback_url, session=session)

    def choice(self, token: str, *, session: str) -> PageChoice:
        """
        Give once more what there is to choose from, for a page that is shown again.

        Raises:
            LinkError: If the link does not open.
            SignInError: If there is nothing to choose from, here and now.
            Outcome: If the network could not be reached.
        """
        return self._connecting.choice(token, session=session)

    def choose(self, token: str, network_id: str, *, session: str) -> Connected:
        """
        Connect one of the accounts that the sign-in has opened.

        Raises:
            LinkError: If the link does not open.
            SignInError: If there is nothing to choose from, here and now.
            BadInput: If it is none of them.
            WrongAccount: If it is another account of the register.
            Outcome: If the network could not be reached.
        """
        return self._connecting.choose(token, network_id, session=session)

    # --- all of them -------------------------------------------------------------------------------------------------

    def resume(self) -> int:
        """
        Take further what a crash has left, and give up sign-ins that nobody came back for.

        Safe at any time, from any process, and as often as one likes.

        Returns:
            How many sign-ins there were to take care of.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._connecting.resume()

    def close(self) -> None:
        """Keep what networks have granted and the store did not take, before the process ends."""
        self._connecting.keep()

    def under_way(self) -> Sequence[UnderWay]:
        """
        Say of every sign-in under way with which key it is sealed, and whether it opens.

        Raises:
            StoreError: If the store is out of order.
        """
        return underway.look(self._desk)

    def waiting(self) -> Sequence[UnderWay]:
        """
        List the sign-ins that a network has granted, and that have been waiting since for longer than they should.

        Raises:
            StoreError: If the store is out of order.
        """
        return underway.waiting(self._desk)

    def reseal(self, *, data: bool = False) -> int:
        """
        Seal sign-ins under way with the key that wraps from now on.

        Safe while the programme runs. What somebody is at, at this moment, is left out; so do it again until `under_way`
        shows none by an earlier key.

        Args:
            data: Whether those are sealed anew, too, that are sealed with that key already.

        Returns:
            How many were sealed anew.

        Raises:
            VaultError: If a key is out of reach just now; those before are done.
            StoreError: If the store is out of order.
        """
        return underway.reseal(self._desk, data=data)

    def status(self, *, section: str | None = None) -> Sequence[Standing]:
        """
        Say for every open account that is connected by signing in how far its enrolment has come.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._overview.status(section=section)

    def reminders(self, *, now: datetime | None = None, after: timedelta | None = None) -> Sequence[Reminder]:
        """
        Make reminders for those who have not finished, one for each person; nothing is sent, and they hold no link.

        Args:
            now: The time; the clock's unless given.
            after: How long nothing must have happened; `[enrolment] remind_after_days` unless given.

        Raises:
            StoreError: If the store is out of order.
        """
        desk = self._desk
        return reminders.due(
            self.status(),
            now=desk.now if now is None else now.astimezone(desk.zone),
            after=desk.settings.remind_after if after is None else after,
        )

    def remind(self, reminder: Reminder, *, by: str) -> bool:
        """
        Send a reminder through Apprise (extra `reminders`) to where `[enrolment] notify` says, and note that.

        Returns:
            Whether the service took it; if not, nothing was noted, and it is due still.

        Raises:
            BadInput: If *by* is nobody of the staff.
            ConfigurationError: If the extra is not installed, or `notify` is missing or wrong.
            StoreError: If the store is out of order.
        """
        return self._reminding.remind(reminder, by=by)

    def reminded(self, reminder: Reminder, *, by: str) -> None:
        """
        Note that a person was reminded, by whatever means: the next reminder is due from then.

        Raises:
            BadInput: If *by* is nobody of the staff.
            StoreError: If the store is out of order.
        """
        self._reminding.reminded(reminder, by=by)

"""Links: made, handed out once, and ended."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import attrs

from civicsns.accounts import enrolment, register
from civicsns.accounts.enrolment import Stage
from civicsns.enrolment.desk import ATTEMPTS, busy
from civicsns.enrolment.grants import Grants
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import Fact, Secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from civicsns.accounts.enrolment import Invitation
    from civicsns.enrolment.connecting import Connecting
    from civicsns.enrolment.desk import Change, Desk
    from civicsns.enrolment.overview import Overview
    from civicsns.model import Account, Record


@attrs.frozen(kw_only=True)
class Link:
    """
    A link that was just made: the one moment at which its address is known.

    Attributes:
        invitation: What it is for.
        url: Its address, which lets its person connect the account; give it to that person alone.
    """

    invitation: Invitation
    url: Secret


def link_url(base_url: str, token: str) -> str:
    """Give the address of a link: `BASE/link/TOKEN`."""
    return f"{base_url.rstrip('/')}/link/{token}"


class Inviting:
    """
    Makes links and ends them.

    Args:
        desk: What all parts of enrolment share.
        connecting: Brings to its end what is on its way into the vault.
        overview: Says who has a link already.
    """

    def __init__(self, desk: Desk, connecting: Connecting, overview: Overview) -> None:
        self._desk = desk
        self._grants = Grants(desk)
        self._connecting = connecting
        self._overview = overview

    def invite(self, account_id: str, *, by: str, valid: timedelta | None = None) -> Link:
        """Make a link; see `Enrolments.invite`."""
        roster = self._desk.roster
        roster.person(by, place="by")
        account = roster.account(account_id)
        self._require_connectable(account)
        return self._invited([account], by=by, valid=valid)[0]

    def invite_all(self, *, by: str, section: str | None = None, valid: timedelta | None = None) -> Sequence[Link]:
        """Make links for all that wait; see `Enrolments.invite_all`."""
        desk = self._desk
        roster = desk.roster
        roster.person(by, place="by")
        if not register.in_store(roster):
            raise _in_file("programme.accounts")
        open_ = self._overview.open_()
        people = dict(roster.people.items())
        chosen = [
            account
            for account in enrolment.waiting(roster.accounts.values(), section=section)
            if account.id not in open_ and self._overview.connectable(account) and account.steward in people
        ]
        return self._invited(chosen, by=by, valid=valid)

    def cancel(self, account_id: str, *, by: str, reason: str) -> bool:
        """End a link; see `Enrolments.cancel`."""
        desk = self._desk
        if by:
            desk.roster.person(by, place="by")
        if not reason.strip():
            raise BadInput(
                Bilingual("理由がありません。", "There is no reason."),
                mend=Bilingual("なぜ取り消すかを書いてください。", "Say why it is cancelled."),
                place="reason",
            )
        for _ in range(ATTEMPTS):
            stored = desk.store.fact(enrolment.KIND, account_id)
            if stored is None:
                return False
            invitation = enrolment.read(stored)
            if invitation.stage in {Stage.CONNECTED, Stage.CANCELLED}:
                return False
            if self._connecting.finish(invitation):
                continue
            new = enrolment.cancel(invitation, now=desk.now)
            changes, records = desk.ending(invitation)
            records.append(desk.record(new, "invitation.cancelled", by=by, reason=reason))
            if desk.put([*changes, (stored, enrolment.fact(new, stored))], records):
                return True
        raise busy(account_id)

    def _invited(self, accounts: Sequence[Account], *, by: str, valid: timedelta | None) -> list[Link]:
        desk = self._desk
        # Before links are handed out whose people would get no further.
        desk.require_lasting()
        base = desk.settings.base_url
        if base is None:
            raise ConfigurationError(
                Bilingual(
                    "登録ページのアドレスが設定されていません。", "The address of the enrolment pages is not set."
                ),
                mend=Bilingual(
                    "設定の [enrolment] に base_url を加えてください。", "Add base_url to [enrolment] in the settings."
                ),
                place="enrolment.base_url",
            )
        for _ in range(ATTEMPTS):
            now, links = desk.now, list[Link]()
            changes: list[Change] = []
            records: list[Record] = []
            for account in accounts:
                token = secrets.token_urlsafe(32)
                more, ended, new = self._issued(account, enrolment.digest(token), by=by, valid=valid, now=now)
                changes += more
                records += ended
                records.append(desk.record(new, "invitation.issued", by=by, until=new.expires_at.isoformat()))
                links.append(Link(invitation=new, url=Secret(link_url(base, token))))
            if not accounts or desk.put(changes, records):
                return links
        raise busy(accounts[0].id)

    def _issued(
        self, account: Account, link: str, *, by: str, valid: timedelta | None, now: datetime
    ) -> tuple[list[Change], list[Record], Invitation]:
        desk = self._desk
        new = enrolment.issue(account, link=link, by=by, now=now, valid=valid or desk.settings.valid)
        old = desk.store.fact(enrolment.KIND, account.id)
        changes: list[Change] = []
        records: list[Record] = []
        if old is not None:
            earlier = enrolment.read(old)
            if self._connecting.finish(earlier):
                old = desk.store.fact(enrolment.KIND, account.id)
            else:
                changes, records = desk.ending(earlier)
        noted = Fact(kind=enrolment.LINK, key=link, value={"account": account.id})
        return [*changes, (old, enrolment.fact(new, old)), (None, noted)], records, new

    def _require_connectable(self, account: Account) -> None:
        desk = self._desk
        if not register.in_store(desk.roster):
            raise _in_file(account.id)
        if desk.given_back(account.id):
            raise BadInput(
                Bilingual("返納の途中のアカウントです。", "The account is being given back."),
                mend=Bilingual(
                    f"使い続けるなら、返納をやめてください: civicsns accounts retire {account.id} --call-off",
                    f"To go on with it, call that off: civicsns accounts retire {account.id} --call-off",
                ),
                place=account.id,
            )
        if account.closed is not None or not account.steward:
            closed = account.closed is not None
            raise BadInput(
                Bilingual("閉鎖したアカウントです。", "The account is closed.")
                if closed
                else Bilingual("管理者が決まっていません。", "Nobody answers for the account."),
                mend=Bilingual("台帳を確かめてください。", "Look at the register."),
                place=account.id,
            )
        desk.roster.person(account.steward, place=f"{account.id}: steward")
        if not self._overview.connectable(account):
            self._grants.enrols(account.platform)
            raise BadInput(
                Bilingual(
                    "個人のプロフィールには、プログラムから投稿できません。接続はいりません。",
                    "No program may post under a personal profile there; it needs no connecting.",
                ),
                mend=Bilingual(
                    "投稿は手渡し（hand_off）で行ってください。", "Hand posts to the person instead (hand_off)."
                ),
                place=account.id,
            )


def _in_file(place: str) -> ConfigurationError:
    """Say that the settings name files, so that what the register has of accounts is of no effect."""
    return ConfigurationError(
        Bilingual(
            "アカウントがファイルにあり、台帳にありません。登録は台帳のアカウントだけで行えます。",
            "The account is in a file, and not in the register; only accounts of the register are enrolled.",
        ),
        mend=Bilingual(
            "civicsns accounts import で台帳に取り込み、設定から people と accounts を除いてください。",
            "Bring it in by: civicsns accounts import; and take people and accounts out of the settings.",
        ),
        place=place,
    )

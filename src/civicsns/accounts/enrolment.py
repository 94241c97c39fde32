"""
Enrolment 登録: from the link that a person is given to the account that the person has connected.

An invitation is for one account and one person. What is decided here is decided by values alone;
`civicsns.enrolment` keeps them and asks the networks.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.accounts.refusals import LinkError, LinkReason, StepMissing, WrongPerson
from civicsns.language import Bilingual
from civicsns.model import Fact
from civicsns.model.moment import aware

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, timedelta

    from civicsns.model import Account, Person

#: `Fact.kind` of an invitation; the key is the account's id, so that there is one at a time.
KIND: Final = "invitation"
#: `Fact.kind` of a link; the key is the digest of its token.
LINK: Final = "invitation.link"
#: So many wrong personnel numbers shut a link.
TRIES: Final = 5
#: So many browsers at most may have said whose they are; the oldest has to say so again.
_BROWSERS: Final = 5


class Stage(StrEnum):
    """How far an enrolment has come."""

    #: The account waits, and nobody was invited to connect it.
    UNINVITED = "uninvited"
    ISSUED = "issued"
    OPENED = "opened"
    AGREED = "agreed"
    PRACTISED = "practised"
    SIGNING_IN = "signing_in"
    CONNECTED = "connected"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def said(self) -> Bilingual:
        """The stage in words."""
        return _STAGES[self]


_STAGES: Final = {
    Stage.UNINVITED: Bilingual("案内前", "not invited"),
    Stage.ISSUED: Bilingual("未着手", "not begun"),
    Stage.OPENED: Bilingual("開いた", "link opened"),
    Stage.AGREED: Bilingual("規範を確認済み", "rules read"),
    Stage.PRACTISED: Bilingual("練習済み", "practised"),
    Stage.SIGNING_IN: Bilingual("接続中", "signing in"),
    Stage.CONNECTED: Bilingual("接続済み", "connected"),
    Stage.FAILED: Bilingual("失敗", "failed"),
    Stage.EXPIRED: Bilingual("期限切れ", "expired"),
    Stage.CANCELLED: Bilingual("取消し", "cancelled"),
}


class Problem(StrEnum):
    """Why an enrolment failed."""

    #: The person did not agree on the network's page.
    DECLINED = "declined"
    #: Another account was connected than the one that was assigned.
    WRONG_ACCOUNT = "wrong_account"
    #: The account that was connected belongs to another account of the register.
    TAKEN = "taken"
    #: The sign-in opened no Page on which the person may create content.
    NO_PAGE = "no_page"
    #: The network refused, or could not be reached.
    NETWORK = "network"
    #: The sign-in was begun and never came back.
    ABANDONED = "abandoned"
    #: Too many wrong personnel numbers.
    LOCKED = "locked"


@attrs.frozen(kw_only=True)
class Invitation:
    """
    What a link is for, and how far its person has come.

    Attributes:
        account: The id of the account.
        platform: Its network.
        person: The personnel number of whom it is for.
        link: The digest of the link's token; the token itself is kept nowhere.
        by: The personnel number of whoever invited.
        issued_at: When.
        expires_at: From then on the link does not open.
        stage: How far it has come, as far as it was told; `standing` knows what time has done to it.
        since: Since when.
        agreed: The digest of the conduct rules that the person has read and agreed to; empty before.
        practised: The id of the post on the practice network; empty before.
        browsers: Digests of the browser sessions that have said whose they are.
        wrong: How many wrong personnel numbers were given.
        sign_in: The digest of the sign-in under way, or of the last one; empty before.
        problem: Why the last attempt failed; None where none has.
        why: The same in words.
        mend: What to do about it.
        reminded_at: When the person was last reminded; None before.
    """

    account: str
    platform: str
    person: str
    link: str
    by: str
    issued_at: datetime = attrs.field(validator=aware)
    expires_at: datetime = attrs.field(validator=aware)
    stage: Stage = Stage.ISSUED
    since: datetime = attrs.field(validator=aware)
    agreed: str = ""
    practised: str = ""
    browsers: tuple[str, ...] = ()
    wrong: int = 0
    sign_in: str = ""
    problem: Problem | None = None
    why: Bilingual | None = None
    mend: Bilingual | None = None
    reminded_at: datetime | None = None

    @property
    def locked(self) -> bool:
        """Whether so many wrong numbers were given that the link is shut, whatever happened since."""
        return self.wrong >= TRIES

    def confirmed(self, session: str) -> bool:
        """Whether the browser of that session has said that it is the person's."""
        return digest(session) in self.browsers


def digest(secret: str) -> str:
    """Give what is kept of a link's token, a session or a `state`: its SHA-256, from which it cannot be had back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(account: Account, *, link: str, by: str, now: datetime, valid: timedelta) -> Invitation:
    """Invite the person who answers for *account*; *link* is the digest of the link's token."""
    return Invitation(
        account=account.id,
        platform=account.platform,
        person=account.steward,
        link=link,
        by=by,
        issued_at=now,
        expires_at=now + valid,
        since=now,
    )


def shut(invitation: Invitation, account: Account | None, person: Person | None, *, now: datetime) -> LinkReason | None:
    """
    Say why a link does not open any more; None where it does.

    Args:
        invitation: What it is for.
        account: The account as it stands; None where it is gone.
        person: The person as he stands; None where he is gone.
        now: The time, in the city's zone.
    """
    if invitation.stage is Stage.CONNECTED:
        return LinkReason.USED
    if invitation.stage is Stage.CANCELLED or not _still(invitation, account, person, now.date()):
        return LinkReason.CANCELLED
    if invitation.locked:
        return LinkReason.LOCKED
    return LinkReason.EXPIRED if invitation.expires_at <= now else None


def _still(invitation: Invitation, account: Account | None, person: Person | None, day: date) -> bool:
    """Whether the account is still the person's to connect; a newcomer may connect before the first day."""
    return (
        account is not None
        and account.closed is None
        and account.steward == invitation.person
        and person is not None
        and (person.until is None or day <= person.until)
    )


def open_(invitation: Invitation, *, now: datetime) -> Invitation:
    """Note that somebody has opened the link; once."""
    return _moved(invitation, Stage.OPENED, now) if invitation.stage is Stage.ISSUED else invitation


def answer(invitation: Invitation, number: str, *, session: str, now: datetime) -> Invitation:
    """
    Note who a browser says that it is; a wrong number counts, and `TRIES` of them shut the link.

    Args:
        invitation: The invitation.
        number: The personnel number that was typed.
        session: The browser's session.
        now: The time.
    """
    # As an input method writes it: full-width digits, blanks around.
    typed = unicodedata.normalize("NFKC", number).strip()
    if hmac.compare_digest(typed.encode(errors="replace"), invitation.person.encode()):
        mark = digest(session)
        others = [one for one in invitation.browsers if one != mark]
        return attrs.evolve(invitation, browsers=(*others[1 - _BROWSERS :], mark))
    wrong = attrs.evolve(invitation, wrong=invitation.wrong + 1)
    if not wrong.locked:
        return wrong
    return attrs.evolve(
        wrong,
        stage=Stage.FAILED,
        since=now,
        problem=Problem.LOCKED,
        why=Bilingual(
            f"職員番号が {TRIES} 回違っていたため、リンクを止めました。",
            f"The link was shut after {TRIES} wrong personnel numbers.",
        ),
        mend=Bilingual("誰が開いたかを確かめ、案内し直してください。", "Find out who opened it, and invite again."),
    )


def agree(invitation: Invitation, rules: str, *, session: str, now: datetime) -> Invitation:
    """
    Note that the person has read the conduct rules with that digest, and agrees.

    Raises:
        WrongPerson: If this browser has not said whose it is.
    """
    _require(invitation, session)
    if invitation.agreed == rules:
        return invitation
    return _moved(attrs.evolve(invitation, agreed=rules), Stage.AGREED, now)


def practise(invitation: Invitation, post: str, *, session: str, now: datetime) -> Invitation:
    """
    Note the person's first post on the practice network.

    Raises:
        WrongPerson: If this browser has not said whose it is.
        StepMissing: If the rules come first.
    """
    _require(invitation, session)
    if not invitation.agreed:
        raise StepMissing(Stage.AGREED)
    if invitation.practised:
        return invitation
    return _moved(attrs.evolve(invitation, practised=post), Stage.PRACTISED, now)


def sign_in(invitation: Invitation, key: str, *, session: str, practice: bool, now: datetime) -> Invitation:
    """
    Note that the person goes to the network to sign in, as often as it takes.

    Args:
        invitation: The invitation.
        key: The digest of the sign-in.
        session: The browser's session.
        practice: Whether a post on the practice network comes first.
        now: The time.

    Raises:
        WrongPerson: If this browser has not said whose it is.
        StepMissing: If the rules or the practice come first.
    """
    _require(invitation, session)
    if not invitation.agreed:
        raise StepMissing(Stage.AGREED)
    if practice and not invitation.practised:
        raise StepMissing(Stage.PRACTISED)
    return _moved(attrs.evolve(invitation, sign_in=key), Stage.SIGNING_IN, now)


def fail(invitation: Invitation, problem: Problem, why: Bilingual, *, mend: Bilingual, now: datetime) -> Invitation:
    """Note why the account was not connected; the person may try again. Where the link is locked, that is why."""
    if invitation.locked:
        return invitation
    return attrs.evolve(invitation, stage=Stage.FAILED, since=now, problem=problem, why=why, mend=mend)


def connect(invitation: Invitation, *, now: datetime) -> Invitation:
    """Note that the account is connected: the link has done its work."""
    return _moved(attrs.evolve(invitation, browsers=()), Stage.CONNECTED, now)


def cancel(invitation: Invitation, *, now: datetime) -> Invitation:
    """Note that the link opens no more."""
    return _moved(attrs.evolve(invitation, browsers=()), Stage.CANCELLED, now)


def _moved(invitation: Invitation, stage: Stage, now: datetime) -> Invitation:
    return attrs.evolve(invitation, stage=stage, since=now, problem=None, why=None, mend=None)


def _require(invitation: Invitation, session: str) -> None:
    if not invitation.confirmed(session):
        raise WrongPerson(left=TRIES - invitation.wrong)


def fact(invitation: Invitation, old: Fact | None = None) -> Fact:
    """Give the fact that stands for an invitation, in the place of *old*."""
    value = {
        name: _plain(said)
        for name, said in attrs.asdict(invitation, recurse=False).items()
        if name != "account" and said not in (None, "", ())
    }
    return old.becomes(**value) if old is not None else Fact(kind=KIND, key=invitation.account, value=value)


def read(stored: Fact) -> Invitation:
    """Read an invitation back."""
    value: dict[str, Any] = dict(stored.value)
    for name in ("issued_at", "expires_at", "since", "reminded_at"):
        if name in value:
            value[name] = datetime.fromisoformat(value[name])
    for name in ("why", "mend"):
        if name in value:
            value[name] = Bilingual(**value[name])
    if "problem" in value:
        value["problem"] = Problem(value["problem"])
    value["stage"] = Stage(value["stage"])
    value["browsers"] = tuple(value.get("browsers", ()))
    return Invitation(account=stored.key, **value)


def _plain(said: Any) -> Any:
    match said:
        case datetime():
            return said.isoformat()
        case Bilingual():
            return {"ja": said.ja, "en": said.en}
        case tuple():
            return list(said)
        case StrEnum():
            return said.value
        case _:
            return said


def require_open(
    invitation: Invitation, account: Account | None, person: Person | None, *, link: str, now: datetime
) -> None:
    """
    Let a link open that may.

    Args:
        invitation: The account's invitation.
        account: The account as it stands.
        person: The person as he stands.
        link: The digest of the token of the link that was opened.
        now: The time, in the city's zone.

    Raises:
        LinkError: If it was used, is expired, cancelled, locked, or another took its place.
    """
    replaced = LinkReason.CANCELLED if invitation.link != link else None
    reason = replaced or shut(invitation, account, person, now=now)
    if reason is not None:
        raise LinkError(reason)


def waiting(accounts: Iterable[Account], *, section: str | None = None) -> list[Account]:
    """List the accounts that wait to be connected: open, somebody answers for them, and no network id is known."""
    return [
        account
        for account in accounts
        if account.closed is None
        and not account.network_id
        and account.steward
        and (section is None or account.section == section)
    ]

"""
Retiring accounts and handing them over: how far it has come, and what is left for a person to do.

An account is retired in an order that leaves no token alive behind a crash: held, revoked at the network, destroyed in
the vault, closed. Each step is kept before the next begins.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.language import Bilingual
from civicsns.model import Fact
from civicsns.model.moment import aware

if TYPE_CHECKING:
    from civicsns.accounts.enrolment import Invitation

#: `Fact.kind` of a retirement; the key is the account's id.
KIND: Final = "retirement"
#: `Fact.kind` of a hand-over; the key is the account's id.
HAND_OVER: Final = "hand_over"
#: How long to wait before a network is asked again; doubled with each try, up to the longest.
_FIRST: Final = timedelta(minutes=5)
_LONGEST: Final = timedelta(hours=6)


class Step(StrEnum):
    """How far a retirement has come."""

    #: Nothing goes out under the account any more; its token still lives.
    HELD = "held"
    #: The network has forgotten the token, or no program can make it; the sealed credential is still there.
    REVOKED = "revoked"
    #: The credential is destroyed, and the account closed.
    CLOSED = "closed"


class Revoked(StrEnum):
    """How the network came to forget the token."""

    #: The network was asked, and has confirmed it.
    NETWORK = "network"
    #: There was no token.
    NONE = "none"
    #: No program can: a person takes it back at the network, and confirms it.
    PERSON = "person"


@attrs.frozen(kw_only=True)
class Retirement:
    """
    An account that is retired.

    Attributes:
        account: Its id.
        by: The personnel number of whoever retires it; empty for the programme itself.
        reason: Why.
        at: When it was begun.
        step: How far it has come.
        revoked: How the network came to forget the token; None before.
        why: Why a person must take the token back, or why the last try failed; None where neither is so.
        mend: What to do about it.
        tries: How often the network was asked in vain.
        tried_at: When it was asked last in vain; None where it was not.
        closed_at: When the account was closed; None before.
        confirmed_by: The personnel number of whoever confirmed that the token was taken back; empty before.
        confirmed_at: When; None before.
    """

    account: str
    by: str
    reason: str
    at: datetime = attrs.field(validator=aware)
    step: Step = Step.HELD
    revoked: Revoked | None = None
    why: Bilingual | None = None
    mend: Bilingual | None = None
    tries: int = 0
    tried_at: datetime | None = None
    closed_at: datetime | None = None
    confirmed_by: str = ""
    confirmed_at: datetime | None = None

    @property
    def closed(self) -> bool:
        """Whether the account is closed, and nothing of its credential is left here."""
        return self.step is Step.CLOSED

    @property
    def waits_for_person(self) -> bool:
        """Whether a person still has to take the token back at the network."""
        return self.revoked is Revoked.PERSON and self.confirmed_at is None

    def next_try(self) -> datetime | None:
        """When the network may be asked again; None where that is at once."""
        if self.tried_at is None:
            return None
        return self.tried_at + min(_FIRST * (1 << min(self.tries - 1, 10)), _LONGEST)


def failed(retirement: Retirement, why: Bilingual, mend: Bilingual, *, now: datetime) -> Retirement:
    """Note that the network did not confirm; the token is kept, so that it can be asked again."""
    return attrs.evolve(retirement, why=why, mend=mend, tries=retirement.tries + 1, tried_at=now)


def revoke(retirement: Retirement, how: Revoked, why: Bilingual | None, mend: Bilingual | None) -> Retirement:
    """Note how the network came to forget the token, or who has to see to it."""
    return attrs.evolve(retirement, step=Step.REVOKED, revoked=how, why=why, mend=mend, tried_at=None)


def close(retirement: Retirement, *, now: datetime) -> Retirement:
    """Note that the credential is destroyed, and the account closed."""
    return attrs.evolve(retirement, step=Step.CLOSED, closed_at=now)


def confirm(retirement: Retirement, *, by: str, now: datetime) -> Retirement:
    """Note that a person has taken the token back at the network."""
    return attrs.evolve(retirement, confirmed_by=by, confirmed_at=now)


@attrs.frozen(kw_only=True)
class HandOver:
    """
    An account of a section that has another steward now.

    The credential is still the one that the steward before has connected, until the new one connects the account.

    Attributes:
        account: Its id.
        before: The personnel number of the steward before; empty where there was none.
        to: The personnel number of the new steward.
        by: The personnel number of whoever handed it over; empty for the programme itself.
        at: When.
        was_connected: Whether the account was connected then; if not, nothing is left to do.
        connected_at: When the new steward connected it; None before.
        confirmed_by: The personnel number of whoever confirmed that the steward before has no way in any more.
        confirmed_at: When; None before.
    """

    account: str
    before: str
    to: str
    by: str
    at: datetime = attrs.field(validator=aware)
    was_connected: bool = False
    connected_at: datetime | None = None
    confirmed_by: str = ""
    confirmed_at: datetime | None = None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return not self.was_connected or self.confirmed_at is not None


def connected(handed: HandOver, invitation: Invitation | None) -> HandOver:
    """Note that the new steward has connected the account, where its invitation says so."""
    if handed.connected_at is not None or invitation is None or invitation.stage != "connected":
        return handed
    if invitation.person != handed.to or invitation.since < handed.at:
        return handed
    return attrs.evolve(handed, connected_at=invitation.since)


class TaskKind(StrEnum):
    """What a person has to do."""

    #: Take the token back at the network, where no program can.
    TAKE_BACK = "take_back"
    #: Look why the network does not confirm; civicsns goes on trying.
    NOT_REVOKED = "not_revoked"
    #: Have the steward connect the account: its credential hangs on somebody else.
    CONNECT = "connect"
    #: See that the steward before has no way in any more.
    SHUT_OUT = "shut_out"
    #: See why a sign-in that was granted does not come to its end.
    SIGN_IN = "sign_in"


@attrs.frozen(kw_only=True)
class Task:
    """
    Something that is left to see to before an account is connected, retired or handed over for good.

    Attributes:
        account: The account's id.
        kind: What it is.
        what: What it is, in words.
        mend: How it is done.
        person: The personnel number of whom it is about; empty where it is about nobody.
        since: Since when.
    """

    account: str
    kind: TaskKind
    what: Bilingual
    mend: Bilingual
    person: str = ""
    since: datetime | None = None


def of_retirement(retirement: Retirement) -> Task | None:
    """Give what is left to do for an account that is retired; None where nothing is."""
    if retirement.why is None or retirement.mend is None:
        return None
    if retirement.waits_for_person:
        return Task(
            account=retirement.account,
            kind=TaskKind.TAKE_BACK,
            what=retirement.why,
            mend=Bilingual(
                f"{retirement.mend.ja}終わったら: civicsns accounts retire {retirement.account} --confirm",
                f"{retirement.mend.en} Then: civicsns accounts retire {retirement.account} --confirm",
            ),
            since=retirement.at,
        )
    if retirement.step is Step.HELD:
        return Task(
            account=retirement.account,
            kind=TaskKind.NOT_REVOKED,
            what=Bilingual(
                f"媒体がトークンの取消しを確認していません。{retirement.why.ja}",
                f"The network has not confirmed that it forgot the token. {retirement.why.en}",
            ),
            mend=Bilingual(
                f"{retirement.mend.ja}取消しは自動で繰り返します。媒体に取り消させられないときは --without-network で破棄できます。",
                f"{retirement.mend.en} It is tried again by itself; if the network cannot be had to, --without-network"
                " destroys the credential all the same.",
            ),
            since=retirement.at,
        )
    return None


def of_hand_over(handed: HandOver) -> Task | None:
    """Give what is left to do for an account that was handed over; None where nothing is."""
    if handed.done:
        return None
    if handed.connected_at is None:
        return connect(handed.account, handed.before, handed.to, since=handed.at)
    return Task(
        account=handed.account,
        kind=TaskKind.SHUT_OUT,
        what=Bilingual(
            f"前の管理者（職員 {handed.before}）の接続が、媒体に残っている可能性があります。",
            f"What the steward before ({handed.before}) granted may still stand at the network.",
        ),
        mend=Bilingual(
            "媒体のパスワードと権限（Facebook ではページの役割とビジネス統合）を確かめて外してください。"
            f"終わったら: civicsns accounts hand-over {handed.account} --confirm",
            "Change the password there, and take the person off (on Facebook: the role on the Page, and the app among"
            f" business integrations). Then: civicsns accounts hand-over {handed.account} --confirm",
        ),
        person=handed.before,
        since=handed.connected_at,
    )


def connect(account: str, before: str, to: str, *, since: datetime | None) -> Task:
    """Say that *to* has to connect an account whose credential hangs on *before*."""
    return Task(
        account=account,
        kind=TaskKind.CONNECT,
        what=Bilingual(
            f"接続は職員 {before or '—'} のものです。その人の権限がなくなると、投稿できなくなります。",
            f"It is connected through {before or '—'}; when that person's access ends, nothing goes out any more.",
        ),
        mend=Bilingual(
            f"先に職員 {to or '—'} が接続し直し、その後で前の人の権限を外してください: civicsns enrol invite {account}",
            f"First have {to or '—'} connect it, and only then take away the other's access: civicsns enrol invite"
            f" {account}",
        ),
        person=before,
        since=since,
    )


def fact(value: Retirement | HandOver, old: Fact | None = None) -> Fact:
    """Give the fact that stands for it, in the place of *old*."""
    said = {
        name: _plain(one)
        for name, one in attrs.asdict(value, recurse=False).items()
        if name != "account" and one not in (None, "")
    }
    kind = KIND if isinstance(value, Retirement) else HAND_OVER
    return old.becomes(**said) if old is not None else Fact(kind=kind, key=value.account, value=said)


def read(stored: Fact) -> Retirement:
    """Read a retirement back."""
    value = _read(stored, "at", "tried_at", "closed_at", "confirmed_at")
    for name in ("why", "mend"):
        if name in value:
            value[name] = Bilingual(**value[name])
    if "revoked" in value:
        value["revoked"] = Revoked(value["revoked"])
    value["by"] = value.get("by", "")
    value["step"] = Step(value["step"])
    return Retirement(account=stored.key, **value)


def read_hand_over(stored: Fact) -> HandOver:
    """Read a hand-over back."""
    value = _read(stored, "at", "connected_at", "confirmed_at")
    value |= {"by": value.get("by", ""), "before": value.get("before", "")}
    return HandOver(account=stored.key, **value)


def _read(stored: Fact, *moments: str) -> dict[str, Any]:
    value = dict(stored.value)
    for name in moments:
        if name in value:
            value[name] = datetime.fromisoformat(value[name])
    return value


def _plain(said: Any) -> Any:
    match said:
        case datetime():
            return said.isoformat()
        case Bilingual():
            return {"ja": said.ja, "en": said.en}
        case StrEnum():
            return said.value
        case _:
            return said

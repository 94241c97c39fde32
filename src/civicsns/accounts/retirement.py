"""
Retiring accounts and handing them over: how far it has come. `civicsns.accounts.tasks` says what is left to do.

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
    #: It was called off before anything was taken back, and the account goes on.
    CALLED_OFF = "called_off"


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
        scheduled: What the network still publishes by itself at a later time, by its address, for a person to delete.
        closed_at: When the account was closed; None before.
        confirmed_by: The personnel number of whoever confirmed that this was done at the network; empty before.
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
    scheduled: tuple[str, ...] = ()
    closed_at: datetime | None = None
    confirmed_by: str = ""
    confirmed_at: datetime | None = None

    @property
    def closed(self) -> bool:
        """Whether the account is closed, and nothing of its credential is left here."""
        return self.step is Step.CLOSED

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do of it here."""
        return self.step in {Step.CLOSED, Step.CALLED_OFF}

    @property
    def waits_for_person(self) -> bool:
        """Whether a person still has to take the token back at the network, or to delete what it would publish."""
        return (self.revoked is Revoked.PERSON or bool(self.scheduled)) and self.confirmed_at is None

    def next_try(self) -> datetime | None:
        """When the network may be asked again; None where that is at once."""
        if self.tried_at is None:
            return None
        return self.tried_at + min(_FIRST * (1 << min(self.tries - 1, 10)), _LONGEST)


def failed(retirement: Retirement, why: Bilingual, mend: Bilingual, *, now: datetime) -> Retirement:
    """Note that the network did not confirm; the token is kept, so that it can be asked again."""
    return attrs.evolve(retirement, why=why, mend=mend, tries=retirement.tries + 1, tried_at=now)


def revoke(
    retirement: Retirement,
    how: Revoked,
    why: Bilingual | None,
    mend: Bilingual | None,
    *,
    scheduled: tuple[str, ...] = (),
) -> Retirement:
    """Note how the network came to forget the token, or who has to see to it, and what it would still publish."""
    return attrs.evolve(
        retirement, step=Step.REVOKED, revoked=how, why=why, mend=mend, tried_at=None, scheduled=scheduled
    )


def call_off(retirement: Retirement) -> Retirement:
    """Note that the account is not given back after all."""
    return attrs.evolve(retirement, step=Step.CALLED_OFF, why=None, mend=None, tried_at=None)


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
        others: The personnel numbers of earlier stewards whose way in nobody has confirmed to be shut.
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
    others: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return not self.others and (not self.was_connected or self.confirmed_at is not None)


def connected(handed: HandOver, invitation: Invitation | None) -> HandOver:
    """Note that the new steward has connected the account, where its invitation says so."""
    if handed.connected_at is not None or invitation is None or invitation.stage != "connected":
        return handed
    if invitation.person != handed.to or invitation.since < handed.at:
        return handed
    return attrs.evolve(handed, connected_at=invitation.since)


def succeeding(new: HandOver, earlier: HandOver) -> HandOver:
    """Take over into a hand-over what an earlier one of the account has left to do."""
    if earlier.done:
        return new
    if earlier.was_connected and earlier.confirmed_at is None and earlier.connected_at is None:
        # Whoever came between has never connected it: the credential still hangs on the one before.
        others = _without(earlier.others, earlier.before, new.to)
        if earlier.before == new.to:
            return attrs.evolve(new, was_connected=False, others=others)
        return attrs.evolve(new, before=earlier.before, others=others)
    return attrs.evolve(new, others=_without(unshut(earlier), new.before, new.to))


def closing(handed: HandOver) -> HandOver | None:
    """Give what is left of a hand-over once the account is closed, and has no credential; None where nothing is."""
    shut_out = unshut(handed)
    return attrs.evolve(handed, was_connected=False, others=shut_out) if shut_out else None


def unshut(handed: HandOver) -> tuple[str, ...]:
    """Whose way in nobody has confirmed to be shut, since others have connected the account."""
    waits = handed.was_connected and handed.connected_at is not None and handed.confirmed_at is None
    return tuple(dict.fromkeys([*handed.others, *([handed.before] if waits else [])]))


def _without(numbers: tuple[str, ...], *but: str) -> tuple[str, ...]:
    return tuple(one for one in numbers if one not in but)


class TaskKind(StrEnum):
    """What a person has to do."""

    #: Take the token back at the network, where no program can.
    TAKE_BACK = "take_back"
    #: Look why the network does not confirm; civicsns goes on trying.
    NOT_REVOKED = "not_revoked"
    #: Delete at the network what it would still publish by itself.
    TAKE_DOWN = "take_down"
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


def fact(value: Retirement | HandOver, old: Fact | None = None) -> Fact:
    """Give the fact that stands for it, in the place of *old*."""
    said = {
        name: _plain(one)
        for name, one in attrs.asdict(value, recurse=False).items()
        if name != "account" and one not in (None, "", ())
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
    value |= {"by": value.get("by", ""), "scheduled": tuple(value.get("scheduled", ()))}
    value["step"] = Step(value["step"])
    return Retirement(account=stored.key, **value)


def read_hand_over(stored: Fact) -> HandOver:
    """Read a hand-over back."""
    value = _read(stored, "at", "connected_at", "confirmed_at")
    value |= {"by": value.get("by", ""), "before": value.get("before", ""), "others": tuple(value.get("others", ()))}
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
        case tuple():
            return list(said)
        case _:
            return said

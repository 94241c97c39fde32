"""
What keeps posts of an app or of an account back for a while: a circuit breaker, a network's own limit, its last share.

Pure values and functions; `civicsns.budgets` keeps them in the store and asks them.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.errors import AuthorizationLost, BudgetSpent, Outcome, RateLimited, Refused
from civicsns.language import Bilingual
from civicsns.model import Allowance, Fact, Lane, Receipt
from civicsns.posting.budget import LOOK_AGAIN, Wait

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Under what kind of fact gates are kept.
KIND: Final = "gate"
#: A usage without an end, as Facebook tells it of a rolling hour, is believed for so long.
_BELIEVED: Final = timedelta(minutes=5)
#: How long the breaker stays open where the credits are spent, and where the network has refused the app. The first
#: may be mended in a minute; a block lasts longer where somebody hammers at it.
_CREDITS: Final = timedelta(hours=1)
_BLOCKED: Final = timedelta(hours=6)
#: One that was shut further ahead than this was shut by a clock that was wrong: it would hold posts back for years.
_AHEAD: Final = timedelta(days=1)
#: An emergency tries an app without credits again after this time.
_EMERGENCY: Final = timedelta(minutes=5)


class Cause(StrEnum):
    """Why a gate is shut."""

    #: The app's credits are spent, or the network has refused the app: one attempt probes it, then it opens for all.
    BREAKER = "breaker"
    #: The network counts no more calls until a time.
    LIMIT = "limit"
    #: Of what the network counts, only the share reserved for emergencies is left.
    SHARE = "share"


@attrs.frozen(kw_only=True)
class Gate:
    """
    Keeps the posts of an app, or of one account, back for a while.

    Attributes:
        platform: The network.
        account: The account's id; empty for the whole app.
        cause: Why.
        since: Since when.
        until: Until when.
        outcome: The name of the outcome that shut it; empty where the network's figures did.
        what: What the network said.
        mend: What helps.
        tried_at: When the last attempt ended that met it, or when the one that probes it began.
    """

    platform: str
    account: str = ""
    cause: Cause
    since: datetime
    until: datetime
    outcome: str = ""
    what: Bilingual
    mend: Bilingual
    tried_at: datetime

    @property
    def key(self) -> tuple[str, str, Cause]:
        """Which gate it is; there is one of each."""
        return self.platform, self.account, self.cause

    def opens(self, lane: Lane) -> datetime | None:
        """Say from when on it lets a lane pass, if only to probe; None where it never holds it back."""
        if self.cause is Cause.SHARE:
            return self.until if lane is Lane.ROUTINE else None
        if self.cause is Cause.BREAKER and lane is Lane.EMERGENCY and self.outcome == BudgetSpent.__name__:
            return min(self.until, self.tried_at + _EMERGENCY)
        return self.until

    def believed(self, *, now: datetime) -> bool:
        """Tell whether it can have been shut by *now*; if not, a clock was wrong."""
        return self.tried_at <= now + _AHEAD

    def wait(self, until: datetime, *, now: datetime) -> Wait:
        """Say why, and until when."""
        return Wait(until=min(until, now + LOOK_AGAIN), what=self.what, mend=self.mend, cause=self.cause.value)

    def probed(self, *, now: datetime, lasts: timedelta) -> Gate:
        """Give it to one attempt that begins now; the others wait until that has ended, or surely has."""
        return attrs.evolve(self, tried_at=now + lasts, until=now + lasts)


def key(platform: str, account: str, cause: Cause) -> str:
    """Give the key under which a gate is kept."""
    return f"{platform}/{cause.value}/{account}"


def fact(gate: Gate, old: Fact | None) -> Fact:
    """Write a gate as the fact that follows *old*."""
    value: dict[str, Any] = {
        "platform": gate.platform,
        "account": gate.account,
        "cause": gate.cause.value,
        "since": gate.since.isoformat(),
        "until": gate.until.isoformat(),
        "outcome": gate.outcome,
        "what": {"ja": gate.what.ja, "en": gate.what.en},
        "mend": {"ja": gate.mend.ja, "en": gate.mend.en},
        "tried_at": gate.tried_at.isoformat(),
    }
    if old is not None:
        return old.becomes(**value)
    return Fact(kind=KIND, key=key(*gate.key), value=value)


def gate(fact: Fact) -> Gate:
    """Read a gate."""
    value = fact.value
    return Gate(
        platform=value["platform"],
        account=value["account"],
        cause=Cause(value["cause"]),
        since=datetime.fromisoformat(value["since"]),
        until=datetime.fromisoformat(value["until"]),
        outcome=value["outcome"],
        what=Bilingual(**value["what"]),
        mend=Bilingual(**value["mend"]),
        tried_at=datetime.fromisoformat(value["tried_at"]),
    )


def shut_by(ended: Outcome, *, platform: str, account: str, now: datetime) -> Gate | None:
    """Give the gate that an outcome shuts; None where it concerns one post alone."""
    match ended:
        case RateLimited():
            whose = "" if ended.scope == "app" else account
            return _gate(platform, whose, Cause.LIMIT, ended, now=now, until=ended.until) if ended.until > now else None
        case BudgetSpent():
            return _gate(platform, "", Cause.BREAKER, ended, now=now, until=now + _CREDITS)
        case Refused() | AuthorizationLost() if ended.scope == "app":
            return _gate(platform, "", Cause.BREAKER, ended, now=now, until=now + _BLOCKED)
        case _:
            return None


def shows_open(ended: Receipt | Outcome | None) -> bool:
    """Tell whether an attempt that ended so has found the app let in again; a time-out, for one, has found nothing."""
    match ended:
        case Receipt():
            return True
        case Refused() | AuthorizationLost():
            return ended.scope != "app"
        case _:
            return False


def _gate(platform: str, account: str, cause: Cause, ended: Outcome, *, now: datetime, until: datetime) -> Gate:
    return Gate(
        platform=platform,
        account=account,
        cause=cause,
        since=now,
        until=until,
        outcome=type(ended).__name__,
        what=ended.what,
        mend=ended.mend,
        tried_at=now,
    )


def shut_by_usage(
    known: Iterable[Allowance], *, platform: str, account: str, reserved: float, now: datetime
) -> list[Gate]:
    """
    Give the gates that the figures in a network's answer shut: at the last share for routine, at the end for all.

    A network that tells no end is asked again after a few minutes, by the next post.
    """
    shut: dict[tuple[str, str, Cause], Gate] = {}
    for one in known:
        ends = one.resets_at or now + _BELIEVED
        over = one.remaining == 0 or one.used >= 1
        if ends <= now or not (over or _last_share(one, reserved)):
            continue
        whose = "" if one.scope == "app" else account
        made = Gate(
            platform=platform,
            account=whose,
            cause=Cause.LIMIT if over else Cause.SHARE,
            since=now,
            until=ends,
            what=_OVER if over else _SHARE,
            mend=_WAIT,
            tried_at=now,
        )
        earlier = shut.get(made.key)
        if earlier is None or earlier.until < made.until:
            shut[made.key] = made
    return list(shut.values())


def _last_share(one: Allowance, reserved: float) -> bool:
    """Tell whether one more post would come out of the reserved share."""
    if not reserved:
        return False
    if one.remaining is None or not one.used:
        return one.used >= 1 - reserved
    calls = one.remaining / (1 - one.used)
    # A little more than is reserved, by what the shares were rounded.
    return one.remaining <= math.ceil(calls * reserved - 1e-6)


_OVER: Final = Bilingual(
    "ネットワークの回数制限に達しました。",
    "A limit of the network's is reached.",
)
_SHARE: Final = Bilingual(
    "ネットワークの回数制限の残りは、緊急用の分だけです。",
    "Of a limit of the network's, only the share reserved for emergencies is left.",
)
_WAIT: Final = Bilingual("時間がたてば自動で送ります。", "It is sent by itself when the time has come.")

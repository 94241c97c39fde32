"""
Inspecting credentials 認証情報の点検: whether each still does what its account needs, and what to do where it does not.

What the vault tells costs nothing; whether the network still knows a token, only the network can tell.
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
    from collections.abc import Iterable

    from civicsns.model import Account, Credential, Held

#: `Fact.kind` of what was found when an account's credential was last looked at; the key is the account's id.
KIND: Final = "credential.look"

_CONNECT: Final = Bilingual(
    "管理者を招待し、接続し直してもらってください: civicsns enrol invite",
    "Invite the steward, to connect it again: civicsns enrol invite",
)


class Soundness(StrEnum):
    """How a credential is."""

    GOOD = "good"
    #: It ends before long, and nothing renews it.
    EXPIRING = "expiring"
    #: The account has another name on the network than in the register.
    RENAMED = "renamed"
    #: The account is closed, or off the list, and its credential is still here.
    LEFT_OVER = "left_over"
    #: The account was connected, and there is no credential.
    MISSING = "missing"
    #: The network could not be asked just now.
    UNREACHED = "unreached"
    #: The network does not take it any more.
    REVOKED = "revoked"
    #: It was marked as lost here.
    LOST = "lost"
    #: It may do less than sign-ins ask for.
    SCOPES = "scopes"
    #: It speaks for somebody else.
    SUBJECT = "subject"
    #: The vault does not open it.
    SHUT = "shut"

    @property
    def said(self) -> Bilingual:
        """The same in a word or two."""
        return _WORDS[self]

    @property
    def grave(self) -> int:
        """How bad it is: 0 where all is well, 1 where somebody should look, 2 where posts do not go out."""
        if self is Soundness.GOOD:
            return 0
        return 1 if self in _SLIGHT else 2


_SLIGHT: Final = frozenset(
    {Soundness.EXPIRING, Soundness.RENAMED, Soundness.LEFT_OVER, Soundness.MISSING, Soundness.UNREACHED}
)
_WORDS: Final = {
    Soundness.GOOD: Bilingual("有効", "valid"),
    Soundness.EXPIRING: Bilingual("期限間近", "ends soon"),
    Soundness.RENAMED: Bilingual("名前が相違", "renamed"),
    Soundness.LEFT_OVER: Bilingual("閉鎖後も残存", "left over"),
    Soundness.MISSING: Bilingual("認証情報なし", "missing"),
    Soundness.UNREACHED: Bilingual("照会できず", "not reached"),
    Soundness.REVOKED: Bilingual("媒体側で失効", "revoked at the network"),
    Soundness.LOST: Bilingual("失効（記録済み）", "lost"),
    Soundness.SCOPES: Bilingual("権限不足", "wrong scopes"),
    Soundness.SUBJECT: Bilingual("別人のトークン", "somebody else's"),
    Soundness.SHUT: Bilingual("開けず", "does not open"),
}


@attrs.frozen(kw_only=True)
class Look:
    """
    What was found when a credential was looked at.

    Attributes:
        account: The account's id.
        soundness: How it is.
        at: When it was looked at.
        asked_at: When the network was last asked; None where it never was.
        version: Which version of the credential it was; -1 where there was none.
        why: What is wrong, in words; None where nothing is.
        mend: What to do about it.
        expires_at: When the token ends; None where it does not, or that is not known.
    """

    account: str
    soundness: Soundness
    at: datetime = attrs.field(validator=aware)
    asked_at: datetime | None = None
    version: int = -1
    why: Bilingual | None = None
    mend: Bilingual | None = None
    expires_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Answer:
    """
    What a network says of a token.

    Attributes:
        valid: Whether it takes it.
        subject: For whom it speaks; empty where the network does not say.
        handle: The account's name there; empty where the network has none.
        scopes: What it may do; empty where the network does not say.
        expires_at: When it ends; None where it does not.
    """

    valid: bool = True
    subject: str = ""
    handle: str = ""
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = None


def at_home(account: Account | None, held: Held | None, *, account_id: str, now: datetime) -> Look | None:
    """
    Say what can be said without the network; None where only the network knows more.

    Args:
        account: The account as it stands; None where it is off the list.
        held: What the vault has of it; None where it has nothing.
        account_id: The account's id.
        now: The time.
    """
    if held is None:
        if account is None or account.closed is not None or not account.network_id:
            return None
        why = Bilingual("接続済みのはずですが、認証情報がありません。", "It was connected, and there is no credential.")
        return Look(account=account_id, soundness=Soundness.MISSING, at=now, why=why, mend=_CONNECT)
    if account is None or account.closed is not None:
        off = account is None
        return Look(
            account=account_id,
            soundness=Soundness.LEFT_OVER,
            at=now,
            version=held.version,
            why=Bilingual("台帳にないアカウントの認証情報です。", "It is the credential of an account off the list.")
            if off
            else Bilingual(
                "閉鎖したアカウントの認証情報が残っています。", "The account is closed, and it is still here."
            ),
            mend=Bilingual("台帳に載せてから返納してください。", "Put it on the list again, and retire it.")
            if off
            else Bilingual(
                f"返納してください: civicsns accounts retire {account_id}",
                f"Retire it: civicsns accounts retire {account_id}",
            ),
        )
    if held.lost is not None:
        return Look(
            account=account_id, soundness=Soundness.LOST, at=now, version=held.version, why=held.lost, mend=_CONNECT
        )
    return None


def judged(
    account: Account,
    held: Held,
    credential: Credential,
    answer: Answer,
    *,
    asked_for: Iterable[str],
    soon: timedelta,
    now: datetime,
) -> Look:
    """
    Say what a network's answer makes of a credential.

    Args:
        account: The account.
        held: What the vault has of it.
        credential: The credential that the network was asked about.
        answer: What it said.
        asked_for: What sign-ins ask for.
        soon: What ends within this time ends soon.
        now: The time.
    """
    soundness, why, mend = Soundness.GOOD, None, None
    expires_at = answer.expires_at or credential.expires_at
    lacking = sorted(set(asked_for) - answer.scopes) if answer.scopes else []
    renews = "refresh_token" in credential.secrets
    if not answer.valid:
        soundness, mend = Soundness.REVOKED, _CONNECT
        why = Bilingual("媒体がトークンを受け付けません。", "The network does not take the token any more.")
    elif account.network_id and answer.subject and answer.subject != account.network_id:
        soundness, mend = Soundness.SUBJECT, _CONNECT
        why = Bilingual(
            f"トークンは別のアカウント（ID {answer.subject}）のものです。",
            f"The token speaks for another account (id {answer.subject}).",
        )
    elif lacking:
        soundness, mend = Soundness.SCOPES, _CONNECT
        why = Bilingual(f"権限が足りません: {', '.join(lacking)}", f"It lacks: {', '.join(lacking)}")
    elif expires_at is not None and not renews and expires_at - now <= soon:
        soundness, mend = Soundness.EXPIRING, _CONNECT
        why = Bilingual(
            f"トークンは {expires_at:%Y-%m-%d} に切れ、更新できません。",
            f"The token ends on {expires_at:%Y-%m-%d}, and nothing renews it.",
        )
    elif account.handle and answer.handle and account.handle.removeprefix("@").lower() != answer.handle.lower():
        soundness = Soundness.RENAMED
        why = Bilingual(
            f"媒体での名前は @{answer.handle} です（台帳では @{account.handle}）。",
            f"On the network it is called @{answer.handle}; in the register @{account.handle}.",
        )
        mend = Bilingual(
            "名前を変えた理由を確かめ、台帳か媒体の名前を直してください。",
            "Find out why, and put right the register or the name there.",
        )
    return Look(
        account=account.id,
        soundness=soundness,
        at=now,
        asked_at=now,
        version=held.version,
        why=why,
        mend=mend,
        expires_at=expires_at,
    )


def revoked(account: Account, held: Held, why: Bilingual, *, now: datetime) -> Look:
    """Say that the network has refused the credential."""
    return Look(
        account=account.id,
        soundness=Soundness.REVOKED,
        at=now,
        asked_at=now,
        version=held.version,
        why=why,
        mend=_CONNECT,
        expires_at=held.expires_at,
    )


def fact(look: Look, old: Fact | None = None) -> Fact:
    """Give the fact that stands for a look, in the place of *old*."""
    said = {
        name: _plain(one)
        for name, one in attrs.asdict(look, recurse=False).items()
        if name != "account" and one is not None
    }
    return old.becomes(**said) if old is not None else Fact(kind=KIND, key=look.account, value=said)


def read(stored: Fact) -> Look:
    """Read a look back."""
    value: dict[str, Any] = dict(stored.value)
    for name in ("at", "asked_at", "expires_at"):
        if name in value:
            value[name] = datetime.fromisoformat(value[name])
    for name in ("why", "mend"):
        if name in value:
            value[name] = Bilingual(**value[name])
    value["soundness"] = Soundness(value["soundness"])
    return Look(account=stored.key, **value)


def as_dict(look: Look) -> dict[str, Any]:
    """Give a look for JSON."""
    return {"account": look.account, **fact(look).value}


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

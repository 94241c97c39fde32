"""
Who may post under which account, who may put right what is out, and who may lift a hold.

Default deny: whoever is not named for an account may not post under it. The application that hosts the programme says
who somebody is; that is not asked again here. All of it is decided from values, so that one table tells the whole.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.errors import NotPermitted
from civicsns.language import Bilingual
from civicsns.model.account import SECTION
from civicsns.posting.hold import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from civicsns.model import Account, Person
    from civicsns.posting.hold import Hold

#: How many personnel numbers a sentence names; an account may have hundreds of posters.
_NAMED: Final = 5


class Cause(StrEnum):
    """Why somebody may not."""

    #: The person's term has not begun, or is over.
    TERM = "term"
    CLOSED = "closed"
    #: It is being given back.
    RETIRING = "retiring"
    NOT_OPEN = "not_open"
    #: Neither steward, nor among the posters.
    NOT_NAMED = "not_named"
    NOT_CONNECTED = "not_connected"
    ON_HOLD = "on_hold"


@attrs.frozen(kw_only=True)
class Permission:
    """
    Whether a person may do something under an account, and why.

    Attributes:
        account: The account's id; empty where it is about a hold.
        cause: Why not; None where the person may.
        reason: As what the person may, or why not.
        mend: What would change that; the same as `reason` where the person may.
        who: The personnel numbers of those who could, as far as they are named; `civicsns.model.account.SECTION`
            stands for all of the account's section.
    """

    account: str = ""
    cause: Cause | None = None
    reason: Bilingual
    mend: Bilingual
    who: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the person may."""
        return self.cause is None


class MayNot(NotPermitted):
    """
    A person may not do that: under an account, or to a hold.

    Attributes:
        by: The personnel number of whoever tried.
        refused: What was refused, by the account's id or the key of the hold.
    """

    def __init__(self, by: str, refused: Mapping[str, Permission]) -> None:
        # One sentence for each account; one mend where all have the same.
        mends = list(dict.fromkeys(one.mend for one in refused.values()))
        super().__init__(_joined(one.reason for one in refused.values()), mend=_joined(mends), place=", ".join(refused))
        self.by = by
        self.refused = dict(refused)


def decide(
    person: Person,
    account: Account,
    *,
    held: Hold | None,
    day: date,
    connected: bool = True,
    retiring: bool = False,
) -> Permission:
    """
    Say whether *person* may post under *account*.

    A person may who is in term and is the account's steward, one of its posters, or of its section where that posts;
    while the account is open, connected and not being given back, and neither it, nor its section, nor the programme is
    on hold.

    Args:
        person: Who wants to post; the host application vouches for that.
        account: Under which account.
        held: The hold that is in force over the account; None where none is.
        day: Today, in the city's zone.
        connected: Whether the network knows us under that account; True where nobody can tell yet.
        retiring: Whether the account is being given back.
    """
    posters = _posters(account)

    def no(cause: Cause, reason: Bilingual, mend: Bilingual) -> Permission:
        return Permission(account=account.id, cause=cause, reason=reason, mend=mend, who=posters)

    if (over := _out_of_term(person, day)) is not None:
        return no(Cause.TERM, over, _TERM)
    role = _role(person, account)
    if role is None:
        return no(
            Cause.NOT_NAMED,
            Bilingual(
                f"職員 {person.number} は、アカウント {account.id} に投稿できる職員ではありません。",
                f"Person {person.number} is not among those who may post under {account.id}.",
            ),
            _asked(account),
        )
    if account.closed is not None:
        closed = account.closed.isoformat()
        return no(
            Cause.CLOSED,
            Bilingual(
                f"アカウント {account.id} は {closed} に閉鎖されました。", f"{account.id} was closed on {closed}."
            ),
            Bilingual("開いているアカウントを選んでください。", "Choose an account that is open."),
        )
    if retiring:
        return no(Cause.RETIRING, *_retiring(account.id))
    if account.opened is not None and day < account.opened:
        opens = account.opened.isoformat()
        return no(
            Cause.NOT_OPEN,
            Bilingual(f"アカウント {account.id} の開設日は {opens} です。", f"{account.id} opens on {opens}."),
            Bilingual(f"{opens} から投稿できます。", f"Post from {opens} on."),
        )
    if not connected:
        return no(
            Cause.NOT_CONNECTED,
            Bilingual(f"アカウント {account.id} はまだ接続されていません。", f"{account.id} is not connected yet."),
            Bilingual(
                "登録のリンクで接続してください: civicsns enrol status",
                "Connect it by its enrolment link: civicsns enrol status",
            ),
        )
    if held is not None:
        return no(Cause.ON_HOLD, held.said, _HELD)
    return Permission(account=account.id, reason=role, mend=role, who=posters)


def tend(person: Person, account: Account, *, overseers: Collection[str], day: date) -> Permission:
    """
    Say whether *person* may put right what is posted under *account*: correct, withdraw, delete, settle, let go on.

    Whoever may be its author may, and so may overseers. Neither a hold nor a closed account keeps anybody from it:
    taking something back is what remains then.

    Args:
        person: Who wants to; the host application vouches for that.
        account: Under which account the post is, or was to be.
        overseers: The personnel numbers of those who may put right whatever is posted.
        day: Today, in the city's zone.
    """
    who = tuple(dict.fromkeys((*_posters(account), *sorted(overseers))))
    if (over := _out_of_term(person, day)) is not None:
        return Permission(account=account.id, cause=Cause.TERM, reason=over, mend=_TERM, who=who)
    role = _OVERSEER if person.number in overseers else _role(person, account)
    if role is not None:
        return Permission(account=account.id, reason=role, mend=role, who=who)
    return Permission(
        account=account.id,
        cause=Cause.NOT_NAMED,
        reason=Bilingual(
            f"職員 {person.number} は、アカウント {account.id} の投稿を扱える職員ではありません。",
            f"Person {person.number} is not among those who look after the posts of {account.id}.",
        ),
        mend=_asked(account, overseers),
        who=who,
    )


def lift(
    person: Person,
    hold: Hold,
    *,
    accounts: Iterable[Account],
    overseers: Collection[str],
    day: date,
    retiring: bool = False,
) -> Permission:
    """
    Say whether *person* may lift *hold*.

    Whoever placed it may, and so may overseers; and the stewards of the accounts that it holds, unless it holds a
    section, the programme, or somebody's own account: nobody lifts what others have put on the own posts. While an
    account is given back, nobody lifts its hold: its token lives still.

    Args:
        person: Who wants to; the host application vouches for that.
        hold: What is to be lifted.
        accounts: The accounts of what it holds.
        overseers: The personnel numbers of those who may lift any hold.
        day: Today, in the city's zone.
        retiring: Whether it holds an account that is being given back.
    """
    stewards: set[str] = set()
    if hold.scope in {Scope.ACCOUNT, Scope.DRAFT, Scope.DELIVERY}:
        # Of a draft under several accounts, somebody must be the steward of all.
        each = [{account.steward} if account.steward and not account.personal else set[str]() for account in accounts]
        stewards = set[str].intersection(*each) if each else set()
    who = tuple(dict.fromkeys((hold.by, *sorted(stewards), *sorted(overseers))))
    if (over := _out_of_term(person, day)) is not None:
        return Permission(cause=Cause.TERM, reason=over, mend=_TERM, who=who)
    if retiring:
        reason, mend = _retiring(hold.name)
        return Permission(cause=Cause.RETIRING, reason=reason, mend=mend)
    if person.number in who:
        role = _PLACED if person.number == hold.by else _STEWARD if person.number in stewards else _OVERSEER
        return Permission(reason=role, mend=role, who=who)
    named = _numbers(who)
    return Permission(
        cause=Cause.NOT_NAMED,
        reason=Bilingual(
            f"職員 {person.number} は、この投稿停止を解除できません（停止した職員 {hold.by}、理由: {hold.reason}）。",
            f"Person {person.number} may not lift this hold (by {hold.by}: {hold.reason}).",
        ),
        mend=Bilingual(
            f"解除できるのは職員 {named} です。いなければ、設定の [permissions] overseers に統括者を書いてください。",
            f"{named} may lift it. If none of them is there, name an overseer in [permissions] overseers.",
        ),
        who=who,
    )


def _retiring(account_id: str) -> tuple[Bilingual, Bilingual]:
    return (
        Bilingual(
            f"アカウント {account_id} は返納の途中です。媒体の確認を待っています。",
            f"{account_id} is being given back; the network has yet to confirm that.",
        ),
        Bilingual(
            f"使い続けるなら、返納をやめてください: civicsns accounts retire {account_id} --call-off",
            f"To go on with it, call that off: civicsns accounts retire {account_id} --call-off",
        ),
    )


_TERM: Final = Bilingual("職員名簿の任期を確かめてください。", "Look at the person's term in the roster.")
_HELD: Final = Bilingual(
    "投稿停止が解除されるまで待つか、停止した職員に解除を頼んでください: civicsns hold lift",
    "Wait until the hold is lifted, or ask whoever placed it to lift it: civicsns hold lift",
)
_OVERSEER: Final = Bilingual("統括者です。", "An overseer.")
_PLACED: Final = Bilingual("この投稿停止を置いた職員です。", "Placed this hold.")
_STEWARD: Final = Bilingual("管理者です。", "The steward.")
_OWN: Final = Bilingual("本人のアカウントです。", "The person's own account.")
_POSTER: Final = Bilingual("投稿者です。", "One of its posters.")
_OF_SECTION: Final = Bilingual("所管課の職員です。", "Of the section that posts under it.")


def _role(person: Person, account: Account) -> Bilingual | None:
    """As what *person* posts under *account*; None where nothing names the person."""
    if account.steward and person.number == account.steward:
        return _OWN if account.personal else _STEWARD
    if person.number in account.posters - {SECTION}:
        return _POSTER
    # Two sections that nobody has named are not the same one.
    if SECTION in account.posters and account.section and person.section == account.section:
        return _OF_SECTION
    return None


def _out_of_term(person: Person, day: date) -> Bilingual | None:
    if person.serves(day):
        return None
    if person.since is not None and day < person.since:
        since = person.since.isoformat()
        return Bilingual(
            f"職員 {person.number} の任期は {since} からです。",
            f"The term of person {person.number} begins on {since}.",
        )
    assert person.until is not None, "a term that is over has an end"
    until = person.until.isoformat()
    return Bilingual(
        f"職員 {person.number} の任期は {until} に終わりました。",
        f"The term of person {person.number} ended on {until}.",
    )


def _posters(account: Account) -> tuple[str, ...]:
    """Give who may post under an account: its steward, those it names, and its section."""
    section = (SECTION,) if SECTION in account.posters and account.section else ()
    steward = (account.steward,) if account.steward else ()
    return tuple(dict.fromkeys((*steward, *sorted(account.posters - {SECTION}), *section)))


def _asked(account: Account, overseers: Collection[str] = ()) -> Bilingual:
    """Say whom to ask."""
    ja: list[str] = []
    en: list[str] = []
    others = account.posters - {SECTION, account.steward}
    if account.steward:
        ja.append(f"管理者 {account.steward}")
        en.append(f"the steward {account.steward}")
    if others:
        ja.append(f"投稿者 {_numbers(sorted(others))}")
        en.append(f"the posters {_numbers(sorted(others))}")
    if SECTION in account.posters and account.section:
        ja.append(f"{account.section}の職員")
        en.append(f"the staff of {account.section}")
    if overseers:
        ja.append(f"統括者 {_numbers(sorted(overseers))}")
        en.append(f"the overseers {_numbers(sorted(overseers))}")
    if not ja:
        return Bilingual(
            "誰にもできません。アカウント一覧に管理者か投稿者を書いてください。",
            "Nobody may: name a steward or posters in the list of accounts.",
        )
    return Bilingual(
        f"できるのは{'、'.join(ja)}です。頼むか、アカウント一覧の「投稿者」に加えてもらってください。",
        f"Those who may: {'; '.join(en)}. Ask one of them, or have the list of accounts name you among its posters.",
    )


def _numbers(numbers: Iterable[str]) -> str:
    first = list(numbers)
    more = f" (+{len(first) - _NAMED})" if len(first) > _NAMED else ""
    return ", ".join(first[:_NAMED]) + more


def _joined(parts: Iterable[Bilingual]) -> Bilingual:
    parts = list(parts)
    return Bilingual("".join(part.ja for part in parts), " ".join(part.en for part in parts))

"""What a plan tells beside its changes: what a person has to look at, to decide or to do."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts.lifecycle.change import Change, Kind
from civicsns.accounts.names import skeleton
from civicsns.language import Bilingual
from civicsns.model import Account, Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from civicsns.accounts.lifecycle.prospect import Prospect


class NoticeKind(StrEnum):
    """What a notice is of."""

    MANY_LEAVERS = "many_leavers"
    MANY_CLOSED = "many_closed"
    OVERDUE = "overdue"
    OTHER_NETWORK = "other_network"
    SAME_HANDLE = "same_handle"
    SAME_NETWORK_ID = "same_network_id"
    OTHER_ID = "other_id"
    STEWARD_LEAVES = "steward_leaves"
    STEWARD_MOVES = "steward_moves"
    NOBODY = "nobody"
    RENUMBERED = "renumbered"
    TWICE = "twice"
    SAME_NAME = "same_name"
    LATER = "later"
    INVITE = "invite"


@attrs.frozen(kw_only=True)
class Notice:
    """
    Something that a person should know before a plan is put into effect.

    Attributes:
        kind: What it is of.
        about: Personnel numbers, and ids of accounts.
        what: What there is.
        mend: What to do.
        stops: Whether the plan cannot be put into effect as it is.
    """

    kind: NoticeKind
    about: Sequence[str]
    what: Bilingual
    mend: Bilingual
    stops: bool = False


def many(
    changes: Iterable[Change],
    *,
    people: int,
    accounts: int,
    sections: int,
    share: float,
    leavers: int | None,
    closed: int | None,
) -> Iterator[Notice]:
    """
    Stop a plan under which many go at once, as when a wrong file was read.

    Args:
        changes: The plan's changes.
        people: How many people there are.
        accounts: How many open accounts there are.
        sections: How many of them are of sections: few among hundreds of personal ones, and the most to lose.
        share: More than this share of them is many.
        leavers: How many people are said to leave; None where nothing is said.
        closed: How many accounts are said to be closed, those of leavers apart; None where nothing is said.
    """
    going = list(changes)
    left = [one.key for one in going if one.kind is Kind.LEAVE]
    closing = [one for one in going if one.closes and not one.because]
    shut = [one.key for one in closing]
    of_sections = sum(isinstance(one.before, Account) and not one.before.personal for one in closing)
    too_many = len(shut) > share * accounts or of_sections > max(1, share * sections)
    if leavers != len(left) and (leavers is not None or len(left) > share * people):
        yield Notice(
            kind=NoticeKind.MANY_LEAVERS,
            about=left,
            what=Bilingual(
                f"{people} 人のうち {len(left)} 人が名簿から消えます。", f"{len(left)} of {people} people would leave."
            ),
            mend=Bilingual(
                f"名簿の取り違えでないか確かめ、正しければ --expect-leavers {len(left)} を付けてください。",
                f"See that it is the right roster; if so, say --expect-leavers {len(left)}.",
            ),
            stops=True,
        )
    if closed != len(shut) and (closed is not None or too_many):
        yield Notice(
            kind=NoticeKind.MANY_CLOSED,
            about=shut,
            what=Bilingual(
                f"開いている {accounts} 件のアカウントのうち {len(shut)} 件が閉じられます。",
                f"{len(shut)} of {accounts} open accounts would be closed.",
            ),
            mend=Bilingual(
                f"一覧の取り違えでないか確かめ、正しければ --expect-closed {len(shut)} を付けてください。",
                f"See that it is the right list; if so, say --expect-closed {len(shut)}.",
            ),
            stops=True,
        )


def overdue(prospect: Prospect, *, today: date) -> Iterator[Notice]:
    """Stop a plan while changes whose day has come are not in effect: it would be made upon what is over."""
    ripe = [about for _, about in prospect.ripe(today)]
    if ripe:
        yield Notice(
            kind=NoticeKind.OVERDUE,
            about=ripe,
            what=Bilingual(
                f"日の来た予定が {len(ripe)} 件、まだ発効していません。",
                f"{len(ripe)} prepared changes have come due and are not in effect.",
            ),
            mend=Bilingual(
                "先に発効させてください: civicsns accounts apply --due",
                "Put them into effect first: civicsns accounts apply --due",
            ),
            stops=True,
        )


def later(prospect: Prospect, changes: Iterable[Change], people: Collection[str], *, day: date) -> Iterator[Notice]:
    """
    Tell of what is prepared for later days.

    Args:
        prospect: What stands, and what is prepared.
        changes: The plan's changes: what is prepared for what they are about is told.
        people: Who is on the roster: whoever is to join and is not on it is told.
        day: From when the roster holds.
    """
    found = [(change.key, one) for change in changes for one in prospect.after(change.effective, change.about)]
    for one in prospect.prepared:
        about = one.about
        joins = one.effective > day and one.before is None and isinstance(about, Person)
        if joins and isinstance(about, Person) and about.number not in people:
            found.append((about.number, one))
    for subject, one in found:
        on = one.effective.isoformat()
        yield Notice(
            kind=NoticeKind.LATER,
            about=[subject],
            what=Bilingual(
                f"{subject} には {on} の変更がすでに予定されています。",
                f"A change on {on} is prepared for {subject} already.",
            ),
            mend=Bilingual(
                f"それも変えるなら、その日の名簿を --on {on} で取り込んでください。",
                f"If that is to change too, plan the roster of that day with --on {on}.",
            ),
        )


def names(changes: Sequence[Change], people: Iterable[Person]) -> Iterator[Notice]:
    """
    Tell of people who are easily taken for each other, where one of them joins or gets that name.

    Args:
        changes: The plan's changes.
        people: All who are there afterwards.
    """
    gone: dict[str, list[Person]] = defaultdict(list)
    new: dict[str, list[Person]] = defaultdict(list)
    for change in changes:
        before, after = change.before, change.after
        if change.kind is Kind.LEAVE and isinstance(before, Person):
            gone[skeleton(before.name)].append(before)
        named = isinstance(after, Person) and (not isinstance(before, Person) or before.name != after.name)
        if named and isinstance(after, Person):
            new[skeleton(after.name)].append(after)
    if not new:
        return
    others: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        others[skeleton(person.name)].append(person)
    for found, joined in new.items():
        numbers = [one.number for one in joined]
        if left := gone.get(found):
            yield _renumbered([one.number for one in left], numbers, joined[0].name)
        same = others[found]
        if len(same) > 1:
            sections = [one.section for one in same]
            yield _same(same, twice=len(set(sections)) < len(sections))


def _renumbered(left: list[str], joined: list[str], name: str) -> Notice:
    ja, en = "、".join(left), ", ".join(left)
    return Notice(
        kind=NoticeKind.RENUMBERED,
        about=[*left, *joined],
        what=Bilingual(
            f"{ja} が去り、同じ氏名（{name}）の {'、'.join(joined)} が来ます。",
            f"{en} leaves, and {', '.join(joined)} of the same name ({name}) joins.",
        ),
        mend=Bilingual(
            "同じ人で番号だけが変わったのなら、個人のアカウントは閉じられて新しく開かれます。名簿の番号を確かめてください。",
            "If it is one person with a new number, the personal accounts are closed and opened anew: look at the number.",
        ),
    )


def _same(same: Sequence[Person], *, twice: bool) -> Notice:
    shown = [f"{one.number} {one.name}（{one.section}）" for one in same[:10]]
    return Notice(
        kind=NoticeKind.TWICE if twice else NoticeKind.SAME_NAME,
        about=[one.number for one in same],
        what=Bilingual(
            f"氏名が同じか、とても似ています: {'、'.join(shown)}。",
            f"The same name, or very nearly so: {', '.join(shown)}.",
        ),
        mend=Bilingual("一人が二行に載っていないか確かめてください。", "See whether one person stands on two rows.")
        if twice
        else Bilingual(
            "表示名で取り違えられないようにしてください。", "Give them display names by which they are told apart."
        ),
    )


def stewards(
    accounts: Iterable[Account], people: Mapping[str, Person], changes: Mapping[str, Change], *, day: date
) -> Iterator[Notice]:
    """
    Tell of accounts that nobody answers for, or whose steward leaves or moves.

    Args:
        accounts: The open accounts, as they are afterwards.
        people: All who are there afterwards.
        changes: What becomes of people, by personnel number.
        day: When that is.
    """
    for account in accounts:
        change = changes.get(account.steward)
        steward = people.get(account.steward)
        if change is None and steward is not None and steward.until is None:
            continue
        where = f"{account.id}（{account.section}）" if account.section else account.id
        of = f"{account.id} ({account.section})" if account.section else account.id
        name_it = Bilingual(
            f"後任を --successor {account.id}=職員番号 で示すか、アカウントの一覧に書いてください。",
            f"Name the successor with --successor {account.id}=NUMBER, or in the list of accounts.",
        )
        if change is not None and change.kind is Kind.LEAVE:
            yield Notice(
                kind=NoticeKind.STEWARD_LEAVES,
                about=[account.id, account.steward],
                what=Bilingual(
                    f"{where} の管理者 {account.steward} が {change.effective} に去ります。",
                    f"{account.steward}, the steward of {of}, leaves on {change.effective}.",
                ),
                mend=name_it,
            )
        elif steward is None or not steward.serves(max(day, steward.since or day)):
            yield Notice(
                kind=NoticeKind.NOBODY,
                about=[account.id],
                what=Bilingual(f"{where} に責任を持つ職員がいません。", f"Nobody answers for {of}."),
                mend=name_it,
            )
        elif (
            change is not None
            and change.kind is Kind.MOVE
            and not account.personal
            and change.before is not None
            and change.before.section == account.section
        ):
            yield Notice(
                kind=NoticeKind.STEWARD_MOVES,
                about=[account.id, account.steward],
                what=Bilingual(
                    f"{where} の管理者 {account.steward} が {change.effective} に {steward.section} へ移ります。",
                    f"{account.steward}, the steward of {of}, moves to {steward.section} on {change.effective}.",
                ),
                mend=name_it,
            )


def places(accounts: Iterable[Account], known: Mapping[str, Account]) -> Iterator[Notice]:
    """
    Stop a plan after which two open accounts would be one on the network, or one would be two.

    Args:
        accounts: The open accounts, as they are afterwards.
        known: The accounts as they stand.
    """
    handles: dict[tuple[str, str], str] = {}
    ids: dict[tuple[str, str], str] = {}
    same: dict[tuple[NoticeKind, str, str], list[str]] = {}
    for account in accounts:
        for kind, said, first_of in (
            (NoticeKind.SAME_HANDLE, account.handle.casefold(), handles),
            (NoticeKind.SAME_NETWORK_ID, account.network_id, ids),
        ):
            if said and (first := first_of.setdefault((account.platform, said), account.id)) != account.id:
                same.setdefault((kind, account.platform, said), [first]).append(account.id)
        before = known.get(account.id)
        if before is not None and before.platform != account.platform:
            yield Notice(
                kind=NoticeKind.OTHER_NETWORK,
                about=[account.id],
                what=Bilingual(
                    f"{account.id} の媒体が {before.platform} から {account.platform} に変わります。",
                    f"{account.id} would go from {before.platform} to {account.platform}.",
                ),
                mend=Bilingual(
                    "別のアカウントとして、別の ID を付けてください。", "It is another account: give it another id."
                ),
                stops=True,
            )
    for (kind, _, shown), named in same.items():
        word = _HANDLE if kind is NoticeKind.SAME_HANDLE else _NETWORK_ID
        yield Notice(
            kind=kind,
            about=named,
            what=Bilingual(
                f"{'、'.join(named)} の{word.ja}が同じです（{shown}）。",
                f"{', '.join(named)} have the same {word.en} ({shown}).",
            ),
            mend=Bilingual("一つのアカウントは一度だけ書いてください。", "Name each account once."),
            stops=True,
        )


_HANDLE: Final = Bilingual("ユーザー名", "handle")
_NETWORK_ID: Final = Bilingual("媒体側 ID", "network's id")


def identities(wanted: Iterable[Account], known: Mapping[str, Account]) -> Iterator[Notice]:
    """Tell where a list of accounts gives another network id than the account that was connected."""
    for account in wanted:
        before = known.get(account.id)
        if before is None or before.closed is not None or not account.network_id or not before.network_id:
            continue
        if before.network_id != account.network_id:
            yield Notice(
                kind=NoticeKind.OTHER_ID,
                about=[account.id],
                what=Bilingual(
                    f"{account.id} の媒体側 ID は {before.network_id} として接続されていますが、一覧には {account.network_id} とあります。",
                    f"{account.id} was connected as {before.network_id}; the list says {account.network_id}.",
                ),
                mend=Bilingual(
                    "接続されている ID を残します。違うアカウントなら、閉じてから開き直してください。",
                    "What was connected stays. If it is another account, close this one and open that.",
                ),
            )


def invitations(accounts: Iterable[Account], *, day: date) -> Iterator[Notice]:
    """Tell which open accounts wait for somebody to connect them."""
    waiting = [account.id for account in accounts if not account.network_id]
    if waiting:
        yield Notice(
            kind=NoticeKind.INVITE,
            about=waiting,
            what=Bilingual(
                f"{len(waiting)} 件のアカウントが接続を待っています（{day} 時点）。",
                f"{len(waiting)} accounts wait to be connected (as of {day}).",
            ),
            mend=Bilingual(
                "招待を送ってください: civicsns enrol invite", "Send the invitations: civicsns enrol invite"
            ),
        )

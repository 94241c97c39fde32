"""What is left for a person to do before an account is retired, or handed over, for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.accounts.retirement import Revoked, Step, Task, TaskKind, unshut
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.accounts.retirement import HandOver, Retirement


def of_retirement(retirement: Retirement) -> list[Task]:
    """Give what is left to do for an account that is retired."""
    found: list[Task] = []
    account, since, why, mend = retirement.account, retirement.at, retirement.why, retirement.mend
    then = f"civicsns accounts retire {account} --confirm"
    if retirement.step is Step.HELD and why is not None and mend is not None:
        what = Bilingual(
            f"返納を進められません。{why.ja}", f"The network has not confirmed what retiring asks of it. {why.en}"
        )
        again = Bilingual(
            f"{mend.ja}自動で繰り返します。媒体に行わせられないときは --without-network で認証情報を破棄できます。",
            f"{mend.en} It is tried again by itself; if the network cannot be had to, --without-network destroys the"
            " credential all the same.",
        )
        found.append(Task(account=account, since=since, kind=TaskKind.NOT_REVOKED, what=what, mend=again))
    if not retirement.waits_for_person:
        return found
    if retirement.scheduled:
        addresses = retirement.scheduled
        what = Bilingual(
            f"媒体に予約された投稿が {len(addresses)} 件あり、時刻が来ると公開されます: {'、'.join(addresses)}",
            f"The network would still publish what was scheduled there ({len(addresses)}): {', '.join(addresses)}",
        )
        delete = Bilingual(
            f"媒体の画面で予約を削除してください。終わったら: {then}", f"Delete it at the network. Then: {then}"
        )
        found.append(Task(account=account, since=since, kind=TaskKind.TAKE_DOWN, what=what, mend=delete))
    if retirement.revoked is Revoked.PERSON and why is not None and mend is not None:
        by_hand = Bilingual(f"{mend.ja}終わったら: {then}", f"{mend.en} Then: {then}")
        found.append(Task(account=account, since=since, kind=TaskKind.TAKE_BACK, what=why, mend=by_hand))
    return found


def of_hand_over(handed: HandOver) -> list[Task]:
    """Give what is left to do for an account that was handed over."""
    found: list[Task] = []
    if handed.was_connected and handed.connected_at is None and handed.confirmed_at is None:
        found.append(connect(handed.account, handed.before, handed.to, since=handed.at))
    return [*found, *(_shut_out(handed, number) for number in unshut(handed))]


def _shut_out(handed: HandOver, number: str) -> Task:
    return Task(
        account=handed.account,
        kind=TaskKind.SHUT_OUT,
        what=Bilingual(
            f"前の管理者（職員 {number}）の接続が、媒体に残っている可能性があります。",
            f"What the steward before ({number}) granted may still stand at the network.",
        ),
        mend=Bilingual(
            "媒体のパスワードと権限（Facebook ではページの役割とビジネス統合）を確かめて外してください。"
            f"終わったら: civicsns accounts hand-over {handed.account} --confirm",
            "Change the password there, and take the person off (on Facebook: the role on the Page, and the app among"
            f" business integrations). Then: civicsns accounts hand-over {handed.account} --confirm",
        ),
        person=number,
        since=handed.connected_at or handed.at,
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

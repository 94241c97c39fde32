"""
What is stuck, why, and what to do: a pure look at what the store says.

Nothing is sent, nothing is changed, and no network is asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from civicsns.errors import AuthorizationLost, Unavailable
from civicsns.heartbeat import KIND, ONCE, Heartbeat
from civicsns.language import Bilingual
from civicsns.model import DeliveryState
from civicsns.posting.budget import HELD_BACK
from civicsns.posting.gates import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from civicsns.model import Account, Credential, Delivery
    from civicsns.model.condition import Condition
    from civicsns.ports import Store
    from civicsns.posting.gates import Gate

#: The most deliveries that are looked at.
_LOOKED_AT = 1000
T = TypeVar("T")

#: So many ids are named; the rest are counted.
_NAMED = 20
#: A token that ends sooner than this, and that nothing renews, is reported.
_SOON = timedelta(days=14)
#: Free room on the disk below which it is reported, and below which it is urgent, in bytes.
_LITTLE, _NONE = 2_000_000_000, 200_000_000
#: Pictures and films above this are reported, in bytes.
_MUCH_MEDIA = 20_000_000_000


class Level(IntEnum):
    """How bad it is; the exit status of `civicsns health`."""

    GOOD = 0
    #: Somebody should look when there is time.
    ATTENTION = 1
    #: Posts do not go out, or may not.
    BAD = 2


@attrs.frozen(kw_only=True)
class Symptom:
    """
    One thing that is not as it should be, or worth knowing.

    Attributes:
        level: How bad it is; GOOD for what is only worth knowing.
        code: What it is, for monitoring; never changes its meaning.
        what: What it is.
        mend: What to do next.
        count: How many deliveries, accounts or processes it is about.
        subjects: Their ids; some of them, where there are many.
        since: Since when, where that is known.
        until: Until when, where it will end by itself.
    """

    level: Level
    code: str
    what: Bilingual
    mend: Bilingual
    count: int = 1
    subjects: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it for JSON."""
        return {
            "level": self.level.name.lower(),
            "code": self.code,
            "what": {"ja": self.what.ja, "en": self.what.en},
            "mend": {"ja": self.mend.ja, "en": self.mend.en},
            "count": self.count,
            "subjects": list(self.subjects),
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }


@attrs.frozen(kw_only=True)
class Health:
    """
    How the programme is.

    Attributes:
        at: When it was looked at.
        workers: The processes that deliver, alive or silent.
        symptoms: What is not as it should be, the worst first.
        condition: How the database is, where the store can say.
    """

    at: datetime
    workers: tuple[Heartbeat, ...]
    symptoms: tuple[Symptom, ...]
    condition: Condition | None = None

    @property
    def level(self) -> Level:
        """How bad the worst of it is."""
        return max((symptom.level for symptom in self.symptoms), default=Level.GOOD)

    def as_dict(self) -> dict[str, Any]:
        """Give it for JSON, for a monitoring system."""
        return {
            "at": self.at.isoformat(),
            "level": self.level.name.lower(),
            "symptoms": [symptom.as_dict() for symptom in self.symptoms],
            "workers": [
                {
                    "host": worker.host,
                    "pid": worker.pid,
                    "version": worker.version,
                    "engine": worker.engine,
                    "since": worker.since.isoformat(),
                    "at": worker.at.isoformat(),
                    "ahead": worker.ahead,
                    "doing": list(worker.doing),
                    "trouble": worker.trouble,
                }
                for worker in self.workers
            ],
            "store": self.condition
            and {
                "place": self.condition.place,
                "schema": self.condition.schema,
                "size": self.condition.size,
                "media": self.condition.media,
                "free": self.condition.free,
            },
        }


def look(
    *,
    store: Store,
    now: datetime,
    max_age: timedelta,
    gates: Sequence[Gate],
    networks: Collection[str],
    accounts: Mapping[str, Account],
    opened: Callable[[Account], Credential],
    clock_skew: timedelta,
) -> Health:
    """
    Look at what a store holds, and at whether the credentials open.

    Args:
        store: Where deliveries and signs of life are kept.
        now: The time.
        max_age: How old a sign of life may be, and how long overdue a delivery, before it is reported.
        gates: What keeps the posts of an app or an account back.
        networks: The networks that are set up.
        accounts: The accounts on the list.
        opened: Opens the credential of an account.
        clock_skew: How far apart the clocks may be.

    Raises:
        StoreError: If the store is out of order.
    """
    credentials: dict[str, Credential] = {}
    shut: dict[str, Unavailable] = {}
    for account in accounts.values():
        # One that was never connected is no trouble before something is to go out under it; then it is held.
        try:
            credentials[account.id] = opened(account)
        except AuthorizationLost:
            continue
        except Unavailable as error:
            shut[account.id] = error
    examine = getattr(store, "condition", None)
    return diagnose(
        now=now,
        max_age=max_age,
        workers=[Heartbeat.read(fact) for fact in store.facts(KIND)],
        overdue=store.due(now - max_age, limit=_LOOKED_AT),
        postponed=[
            one
            for one in store.due(now + timedelta(days=1), limit=_LOOKED_AT)
            if one.not_before is not None and one.not_before > now
        ],
        waiting=store.waiting(),
        gates=gates,
        networks=networks,
        accounts=accounts,
        credentials=credentials,
        shut=shut,
        condition=examine() if examine is not None else None,
        clock_skew=clock_skew,
    )


def diagnose(
    *,
    now: datetime,
    max_age: timedelta,
    workers: Sequence[Heartbeat],
    overdue: Sequence[Delivery],
    postponed: Sequence[Delivery],
    waiting: Sequence[Delivery],
    gates: Sequence[Gate],
    networks: Collection[str],
    accounts: Mapping[str, Account],
    credentials: Mapping[str, Credential],
    shut: Mapping[str, Unavailable],
    condition: Condition | None,
    clock_skew: timedelta,
) -> Health:
    """
    Say what is stuck, and why.

    Args:
        now: The time.
        max_age: How old a sign of life may be, and how long overdue a delivery, before it is reported.
        workers: The processes that deliver, as the store has them.
        overdue: The deliveries that have been due for longer than *max_age*.
        postponed: The deliveries that are due later.
        waiting: The deliveries that wait for a person.
        gates: What keeps the posts of an app or an account back.
        networks: The networks that are set up.
        accounts: The accounts on the list.
        credentials: The tokens, by account.
        shut: Why the vault does not open, by account, where it does not.
        condition: How the database is.
        clock_skew: How far apart the clocks may be.
    """
    symptoms = [
        *_workers(workers, now=now, max_age=max_age, clock_skew=clock_skew),
        *_overdue(overdue, now=now, networks=networks, accounts=accounts),
        *_waiting(waiting),
        *_postponed(postponed),
        *_gates(gates),
        *_vault(shut),
        *_tokens(credentials, now=now),
        *(_database(condition) if condition is not None else ()),
    ]
    symptoms.sort(key=lambda symptom: -symptom.level)
    return Health(at=now, workers=tuple(workers), symptoms=tuple(symptoms), condition=condition)


def _workers(
    workers: Sequence[Heartbeat], *, now: datetime, max_age: timedelta, clock_skew: timedelta
) -> Iterable[Symptom]:
    alive = [worker for worker in workers if now - worker.at <= max_age]
    if not alive:
        yield Symptom(
            level=Level.BAD,
            code="worker.none",
            what=Bilingual("配信する処理が動いていません。", "No process is delivering."),
            mend=Bilingual(
                "civicsns dispatch --loop の動作（systemctl status civicsns）か、cron の設定を確かめてください。",
                "See that civicsns dispatch --loop is running (systemctl status civicsns), or that cron calls it.",
            ),
            count=0,
            since=max((worker.at for worker in workers), default=None),
        )
    for worker in workers:
        name = f"{worker.host}:{worker.pid}"
        if worker not in alive:
            if worker.engine == ONCE:
                # A timer's, or a person's: nobody has said that it would come again.
                continue
            yield Symptom(
                level=Level.ATTENTION if alive else Level.BAD,
                code="worker.silent",
                what=Bilingual(
                    f"{name} からの合図が、終了の知らせなしに途絶えました。",
                    f"{name} has fallen silent without saying that it ended.",
                ),
                mend=Bilingual(
                    "そのマシンと処理を確かめてください。止めたものなら、7日後に一覧から消えます。",
                    "Look at that machine. If it was switched off on purpose, the entry goes away after seven days.",
                ),
                subjects=(name,),
                since=worker.at,
            )
        elif worker.trouble:
            yield Symptom(
                level=Level.ATTENTION,
                code="worker.trouble",
                what=Bilingual(f"{name} で誤りが起きました: {worker.trouble}", f"{name} has trouble: {worker.trouble}"),
                mend=Bilingual("そのマシンのログを見てください。", "Look at the log on that machine."),
                subjects=(name,),
                since=worker.at,
            )
        ahead = timedelta(seconds=abs(worker.ahead or 0))
        if worker in alive and ahead > clock_skew / 2:
            seconds = ahead.total_seconds()
            yield Symptom(
                level=Level.BAD if ahead > clock_skew else Level.ATTENTION,
                code="worker.clock",
                what=Bilingual(
                    f"{worker.host} の時計がデータベースの時計と {seconds:.0f} 秒ずれています。",
                    f"The clock of {worker.host} is {seconds:.0f} seconds off the database's.",
                ),
                mend=Bilingual(
                    "両方のマシンで時刻同期（NTP）を確かめてください。設定の clock_skew を超えると二重投稿を防げません。",
                    "See to time synchronisation (NTP) on both; beyond clock_skew nothing protects from posting twice.",
                ),
                subjects=(worker.host,),
            )
    versions = sorted({worker.version for worker in alive})
    if len(versions) > 1:
        yield Symptom(
            level=Level.ATTENTION,
            code="worker.versions",
            what=Bilingual(
                f"異なる版が動いています: {', '.join(versions)}",
                f"Different versions are at work: {', '.join(versions)}",
            ),
            mend=Bilingual("更新を終えてください。", "Finish the update."),
            count=len(alive),
        )


def _overdue(
    deliveries: Sequence[Delivery], *, now: datetime, networks: Collection[str], accounts: Mapping[str, Account]
) -> Iterable[Symptom]:
    def why(delivery: Delivery) -> str:
        rendition = delivery.rendition
        if rendition.platform not in networks:
            return "delivery.no_network"
        if delivery.state is DeliveryState.SENDING:
            return "delivery.cut_off"
        return "delivery.overdue" if rendition.account in accounts else "delivery.off_the_list"

    for (platform, code), some in _grouped(deliveries, lambda one: (one.rendition.platform, why(one))):
        oldest = min(one.not_before for one in some if one.not_before is not None)
        late = _minutes(now - oldest)
        what, mend = _OVERDUE[code]
        yield Symptom(
            level=Level.BAD,
            code=code,
            what=Bilingual(
                f"{platform}: {what.ja}（{_several(some)}、最長 {late.ja}遅れ）",
                f"{platform}: {what.en} ({_several(some)}, up to {late.en} late)",
            ),
            mend=mend,
            count=len(some),
            subjects=_ids(some),
            since=oldest,
        )


_OVERDUE = {
    "delivery.no_network": (
        Bilingual("設定にない媒体への配信があります", "deliveries to a network that is not set up"),
        Bilingual(
            "設定に [networks.…] を戻すか、配信を取り下げてください。",
            "Put the table [networks.…] back into the settings, or withdraw the deliveries.",
        ),
    ),
    "delivery.cut_off": (
        Bilingual("送信の途中で止まった配信があります", "deliveries were cut off while they were sent"),
        Bilingual(
            "配信する処理が動けば、ネットワークを読み返して確かめます。手で送り直さないでください。",
            "As soon as a process delivers again, the network is read back. Do not send them again by hand.",
        ),
    ),
    "delivery.off_the_list": (
        Bilingual("一覧から外れたアカウントの配信があります", "deliveries of accounts that are off the list"),
        Bilingual(
            "アカウントを一覧に戻すか、配信を取り下げてください。", "Put the accounts back, or withdraw the deliveries."
        ),
    ),
    "delivery.overdue": (
        Bilingual("時刻を過ぎても進まない配信があります", "deliveries are overdue"),
        Bilingual(
            "配信する処理の動作とログを確かめてください。混雑しているだけなら concurrency を増やせます。",
            "Look at the processes that deliver, and at their log. Where there is simply much to do, raise concurrency.",
        ),
    ),
}


def _waiting(deliveries: Sequence[Delivery]) -> Iterable[Symptom]:
    unknown = [one for one in deliveries if one.state is DeliveryState.UNKNOWN]
    if unknown:
        yield Symptom(
            level=Level.ATTENTION,
            code="delivery.unknown",
            what=Bilingual(
                f"送信できたか分からず、人の判断を待つ配信があります（{_several(unknown)}）",
                f"It is not known whether they went out; a person must look ({_several(unknown)})",
            ),
            mend=Bilingual(
                "civicsns ledger で一覧を見て、媒体の画面で確かめ、判断を記録してください。",
                "List them with civicsns ledger, look at the network, and record the decision.",
            ),
            count=len(unknown),
            subjects=_ids(unknown),
            since=min((one.intent_at for one in unknown if one.intent_at is not None), default=None),
        )
    held = [one for one in deliveries if one.state is DeliveryState.HELD]

    def why(delivery: Delivery) -> tuple[str, str]:
        return delivery.rendition.account, delivery.failure.what.en if delivery.failure is not None else ""

    for (account, _), some in _grouped(held, why):
        failure = some[0].failure
        reason = failure.what if failure is not None else Bilingual("停止中です。", "It is held.")
        yield Symptom(
            level=Level.ATTENTION,
            code="delivery.held",
            what=Bilingual(
                f"{account} の配信が止まっています（{_several(some)}）: {reason.ja}",
                f"Deliveries of {account} are held ({_several(some)}): {reason.en}",
            ),
            mend=failure.mend
            if failure is not None
            else Bilingual("停止を解くと進みます。", "They go on when the hold is lifted."),
            count=len(some),
            subjects=_ids(some),
            since=min((one.failure.at for one in some if one.failure is not None), default=None),
        )


def _postponed(deliveries: Sequence[Delivery]) -> Iterable[Symptom]:
    """Say what an outcome has put off; what is for later by its author's wish is none of it."""
    put_off = [one for one in deliveries if one.failure is not None and one.state is DeliveryState.PENDING]
    for (platform, outcome), some in _grouped(
        put_off, lambda one: (one.rendition.platform, one.failure.outcome if one.failure else "")
    ):
        failure = some[0].failure
        assert failure is not None, "only those with one are listed"
        until = max(one.not_before for one in some if one.not_before is not None)
        yield Symptom(
            level=Level.ATTENTION if any(_needs_somebody(one) for one in some) else Level.GOOD,
            code=f"delivery.put_off.{outcome}",
            what=Bilingual(
                f"{platform}: 先送りされた配信があります（{_several(some)}）: {failure.what.ja}",
                f"{platform}: deliveries were put off ({_several(some)}): {failure.what.en}",
            ),
            mend=failure.mend,
            count=len(some),
            subjects=_ids(some),
            until=until,
        )


def _needs_somebody(put_off: Delivery) -> bool:
    """Tell whether somebody has to put something right: spent credits, a stopped app, a budget that is used up."""
    assert put_off.failure is not None, "only those with one are listed"
    held_back = put_off.failure.outcome == HELD_BACK and put_off.failure.evidence.get("cause") in {
        "breaker",
        "budget",
        "vault",
    }
    return held_back or put_off.failure.outcome == "BudgetSpent"


def _gates(gates: Sequence[Gate]) -> Iterable[Symptom]:
    for gate in gates:
        whose = gate.account or gate.platform
        breaker = gate.cause is Cause.BREAKER
        yield Symptom(
            level=Level.BAD if breaker else Level.GOOD,
            code=f"gate.{gate.cause}",
            what=Bilingual(
                f"{whose} への投稿を見合わせています: {gate.what.ja}", f"{whose} is kept back: {gate.what.en}"
            ),
            mend=gate.mend,
            subjects=(whose,),
            since=gate.since,
            until=gate.until,
        )


def _vault(shut: Mapping[str, Unavailable]) -> Iterable[Symptom]:
    for _, some in _grouped(shut.items(), lambda one: one[1].what.en):
        error = some[0][1]
        count = len(some)
        yield Symptom(
            level=Level.BAD,
            code="vault.shut",
            what=Bilingual(
                f"{count:,} 件のアカウントの認証情報を読めません: {error.what.ja}",
                f"The credentials of {count:,} accounts cannot be read: {error.what.en}",
            ),
            mend=error.mend,
            count=count,
            subjects=tuple(account for account, _ in some[:_NAMED]),
        )


def _tokens(credentials: Mapping[str, Credential], *, now: datetime) -> Iterable[Symptom]:
    for account, credential in credentials.items():
        ends = credential.expires_at
        # A refresh token renews it when it is next used.
        if ends is None or "refresh_token" in credential.secrets or ends - now > _SOON:
            continue
        over = ends <= now
        yield Symptom(
            level=Level.ATTENTION,
            code="token.expired" if over else "token.expiring",
            what=Bilingual(
                f"{account} のトークンの期限が{'切れました' if over else 'まもなく切れます'}。",
                f"The token of {account} {'has ended' if over else 'ends soon'}.",
            ),
            mend=Bilingual("アカウントを接続し直してください。", "Connect the account again."),
            subjects=(account,),
            until=ends,
        )


def _database(condition: Condition) -> Iterable[Symptom]:
    if condition.free is not None and condition.free < _LITTLE:
        yield Symptom(
            level=Level.BAD if condition.free < _NONE else Level.ATTENTION,
            code="store.disk",
            what=Bilingual(
                f"保管庫のディスクの空きが {_megabytes(condition.free)} です。",
                f"The store's disk has {_megabytes(condition.free)} left.",
            ),
            mend=Bilingual(
                "空きを作ってください。満杯になると、送る前に止まります。",
                "Make room; when it is full, deliveries stop before they are sent.",
            ),
            subjects=(condition.place,),
        )
    if condition.media > _MUCH_MEDIA:
        yield Symptom(
            level=Level.ATTENTION,
            code="store.media",
            what=Bilingual(
                f"画像・動画が {_megabytes(condition.media)} たまっています。",
                f"Pictures and films take {_megabytes(condition.media)}.",
            ),
            mend=Bilingual(
                "保存期間を過ぎたものを片付けてください。", "Clear away those whose retention period is over."
            ),
            subjects=(condition.place,),
        )


def _grouped(all_: Iterable[T], key: Callable[[T], Any]) -> Iterable[tuple[Any, list[T]]]:
    for name, some in groupby(sorted(all_, key=key), key=key):
        yield name, list(some)


def _ids(deliveries: Sequence[Delivery]) -> tuple[str, ...]:
    return tuple(one.id for one in deliveries[:_NAMED])


def _several(deliveries: Sequence[Delivery]) -> str:
    return f"{len(deliveries):,}"


def _minutes(lasted: timedelta) -> Bilingual:
    minutes = int(lasted.total_seconds() // 60)
    if minutes < 120:
        return Bilingual(f"{minutes} 分", f"{minutes} minutes")
    return Bilingual(f"{minutes // 60} 時間", f"{minutes // 60} hours")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"

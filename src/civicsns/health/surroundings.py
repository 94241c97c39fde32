"""What is wrong around deliveries: processes, credentials, the disk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from civicsns.health.symptom import Level, Symptom
from civicsns.health.telling import NAMED, grouped, megabytes
from civicsns.heartbeat import ONCE, Heartbeat
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from civicsns.errors import Unavailable
    from civicsns.model import Credential
    from civicsns.model.condition import Condition

#: A token that ends sooner than this, and that nothing renews, is reported.
_SOON = timedelta(days=14)
#: Free room on the disk below which it is reported, and below which it is urgent, in bytes.
_LITTLE, _NONE = 2_000_000_000, 200_000_000
#: Pictures and films above this are reported, in bytes.
_MUCH_MEDIA = 20_000_000_000


def workers(
    beats: Sequence[Heartbeat], *, now: datetime, max_age: timedelta, clock_skew: timedelta
) -> Iterable[Symptom]:
    """Say which processes deliver, and which are silent, in trouble, or have a wrong clock."""
    alive = [worker for worker in beats if now - worker.at <= max_age]
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
            since=max((worker.at for worker in beats), default=None),
        )
    for worker in beats:
        name = worker.name
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
    yield from _keys([worker for worker in alive if worker.keys])


def _keys(workers: Sequence[Heartbeat]) -> Iterable[Symptom]:
    """Say which processes cannot open what others seal, or seal with another key than they."""
    sealing = {worker.keys[0] for worker in workers}
    lacking = [worker for worker in workers if not sealing <= set(worker.keys)]
    if len(sealing) < 2:
        return
    yield Symptom(
        level=Level.BAD if lacking else Level.ATTENTION,
        code="worker.keys",
        what=Bilingual(
            f"封印に使う鍵が処理ごとに異なります（{'、'.join(sorted(sealing))}）。",
            f"Different processes seal with different keys ({', '.join(sorted(sealing))}).",
        )
        if not lacking
        else Bilingual(
            "ほかの処理が封印に使う鍵を持たない処理があります。そこでは認証情報が開きません。",
            "Some processes lack a key with which others seal; there, credentials do not open.",
        ),
        mend=Bilingual(
            "すべての処理の [vault] を同じにして、再起動してください: civicsns vault status",
            "Give every process the same [vault], and restart it: civicsns vault status",
        ),
        count=len(lacking) or len(workers),
        subjects=tuple(worker.name for worker in (lacking or workers)[:NAMED]),
    )


def vault(shut: Mapping[str, Unavailable]) -> Iterable[Symptom]:
    """Say which credentials cannot be read."""
    for _, some in grouped(shut.items(), lambda one: one[1].what.en):
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
            subjects=tuple(account for account, _ in some[:NAMED]),
        )


def tokens(credentials: Mapping[str, Credential], *, now: datetime) -> Iterable[Symptom]:
    """Say which tokens end soon, or have ended."""
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


def database(condition: Condition) -> Iterable[Symptom]:
    """Say where room is short."""
    if condition.free is not None and condition.free < _LITTLE:
        yield Symptom(
            level=Level.BAD if condition.free < _NONE else Level.ATTENTION,
            code="store.disk",
            what=Bilingual(
                f"保管庫のディスクの空きが {megabytes(condition.free)} です。",
                f"The store's disk has {megabytes(condition.free)} left.",
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
                f"画像・動画が {megabytes(condition.media)} たまっています。",
                f"Pictures and films take {megabytes(condition.media)}.",
            ),
            mend=Bilingual(
                "保存期間を過ぎたものを片付けてください。", "Clear away those whose retention period is over."
            ),
            subjects=(condition.place,),
        )

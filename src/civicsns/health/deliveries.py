"""What is wrong with deliveries: overdue, waiting for a person, put off, kept back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.health.symptom import Level, Symptom
from civicsns.health.telling import grouped, ids, minutes, several
from civicsns.language import Bilingual
from civicsns.model import Account, Delivery, DeliveryState
from civicsns.posting.budget import HELD_BACK
from civicsns.posting.gates import Cause, Gate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime


def overdue(
    deliveries: Sequence[Delivery], *, now: datetime, networks: Collection[str], accounts: Mapping[str, Account]
) -> Iterable[Symptom]:
    """Say of what is overdue why, where that can be told."""

    def why(delivery: Delivery) -> str:
        rendition = delivery.rendition
        if rendition.platform not in networks:
            return "delivery.no_network"
        if delivery.state is DeliveryState.SENDING:
            return "delivery.cut_off"
        return "delivery.overdue" if rendition.account in accounts else "delivery.off_the_list"

    for (platform, code), some in grouped(deliveries, lambda one: (one.rendition.platform, why(one))):
        oldest = min(one.not_before for one in some if one.not_before is not None)
        late = minutes(now - oldest)
        what, mend = _OVERDUE[code]
        yield Symptom(
            level=Level.BAD,
            code=code,
            what=Bilingual(
                f"{platform}: {what.ja}（{several(some)}、最長 {late.ja}遅れ）",
                f"{platform}: {what.en} ({several(some)}, up to {late.en} late)",
            ),
            mend=mend,
            count=len(some),
            subjects=ids(some),
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


def waiting(deliveries: Sequence[Delivery]) -> Iterable[Symptom]:
    """Say what waits for a person, and for what."""
    unknown = [one for one in deliveries if one.state is DeliveryState.UNKNOWN]
    if unknown:
        yield Symptom(
            level=Level.ATTENTION,
            code="delivery.unknown",
            what=Bilingual(
                f"送信できたか分からず、人の判断を待つ配信があります（{several(unknown)}）",
                f"It is not known whether they went out; a person must look ({several(unknown)})",
            ),
            mend=Bilingual(
                "civicsns ledger で一覧を見て、媒体の画面で確かめ、判断を記録してください。",
                "List them with civicsns ledger, look at the network, and record the decision.",
            ),
            count=len(unknown),
            subjects=ids(unknown),
            since=min((one.intent_at for one in unknown if one.intent_at is not None), default=None),
        )
    held = [one for one in deliveries if one.state is DeliveryState.HELD]

    def why(delivery: Delivery) -> tuple[str, str]:
        return delivery.rendition.account, delivery.failure.what.en if delivery.failure is not None else ""

    for (account, _), some in grouped(held, why):
        failure = some[0].failure
        reason = failure.what if failure is not None else Bilingual("停止中です。", "It is held.")
        yield Symptom(
            level=Level.ATTENTION,
            code="delivery.held",
            what=Bilingual(
                f"{account} の配信が止まっています（{several(some)}）: {reason.ja}",
                f"Deliveries of {account} are held ({several(some)}): {reason.en}",
            ),
            mend=failure.mend
            if failure is not None
            else Bilingual("停止を解くと進みます。", "They go on when the hold is lifted."),
            count=len(some),
            subjects=ids(some),
            since=min((one.failure.at for one in some if one.failure is not None), default=None),
        )


def postponed(deliveries: Sequence[Delivery]) -> Iterable[Symptom]:
    """Say what is put off, and by what."""
    """Say what an outcome has put off; what is for later by its author's wish is none of it."""
    put_off = [one for one in deliveries if one.failure is not None and one.state is DeliveryState.PENDING]
    for (platform, outcome), some in grouped(
        put_off, lambda one: (one.rendition.platform, one.failure.outcome if one.failure else "")
    ):
        failure = some[0].failure
        assert failure is not None, "only those with one are listed"
        until = max(one.not_before for one in some if one.not_before is not None)
        yield Symptom(
            level=Level.ATTENTION if any(_needs_somebody(one) for one in some) else Level.GOOD,
            code=f"delivery.put_off.{outcome}",
            what=Bilingual(
                f"{platform}: 先送りされた配信があります（{several(some)}）: {failure.what.ja}",
                f"{platform}: deliveries were put off ({several(some)}): {failure.what.en}",
            ),
            mend=failure.mend,
            count=len(some),
            subjects=ids(some),
            until=until,
        )


def gates(shut: Sequence[Gate]) -> Iterable[Symptom]:
    """Say what keeps the posts of an app or an account back."""
    for gate in shut:
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


def _needs_somebody(put_off: Delivery) -> bool:
    """Tell whether somebody has to put something right: spent credits, a stopped app, a budget that is used up."""
    assert put_off.failure is not None, "only those with one are listed"
    held_back = put_off.failure.outcome == HELD_BACK and put_off.failure.evidence.get("cause") in {
        "breaker",
        "budget",
        "vault",
    }
    return held_back or put_off.failure.outcome == "BudgetSpent"

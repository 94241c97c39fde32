"""What the checks keep in a store: deliveries, steps and records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from civicsns.language import Bilingual
from civicsns.model import (
    Allowance,
    Delivery,
    DeliveryState,
    Failure,
    Lane,
    Media,
    PostRef,
    Proof,
    Receipt,
    Record,
    Rendition,
    Upload,
)

NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
PHOTO = Media(content=b"\xff\xd8" + bytes(range(256)) * 400, media_type="image/jpeg", alt_text="朝市", name="a.jpg")
FILM = Media(content=b"\0\0\0\x18ftypmp42" + b"\0film" * 1000, media_type="video/mp4")


def delivery(name: str, *, due: datetime | None = NOW, **rendition: Any) -> Delivery:
    """Give a delivery to keep."""
    fields: dict[str, Any] = {
        "platform": "x",
        "account": "x:takeo",
        "text": "本日の朝市は中止です。",
        "body": {},
    } | rendition
    return Delivery(id=name, draft="0" * 64, rendition=Rendition(**fields), not_before=due)


def record(subject: str, event: str = "noted") -> Record:
    """Give a record to keep."""
    return Record(at=NOW, subject=subject, event=event, by="1042", facts={"理由": "雨"})


def step(old: Delivery, **changes: Any) -> Delivery:
    """Give what follows *old*."""
    return attrs.evolve(old, version=old.version + 1, **changes)


def full(name: str) -> Delivery:
    """Give a delivery in which every field has something in it."""
    rendition = Rendition(
        platform="facebook",
        account="facebook:takeo",
        network_id="111222333",
        text="改行\nと\u3000空白と\0と👩\u200d🌾と\ud83d、それにとても長い文" + "あ" * 200_000,
        body={"a": [1, 2.5, None, True], "b": {"c": "d"}, "e": ("f",), "g": MappingProxyType({"$tuple": [1]})},
        media=[PHOTO, FILM],
        uploads=[Upload(digest=PHOTO.digest, id="77", key="3_77", ready_after=NOW.astimezone(TOKYO))],
        reply_to=PostRef(platform="facebook", id="1_2"),
        key=f"{name}-7",
    )
    receipt = Receipt(
        platform="facebook",
        account="facebook:takeo",
        post_id="111222333_4",
        url="https://www.facebook.com/111222333_4",
        at=NOW,
        proof=Proof.READ_BACK,
        scheduled_for=NOW + timedelta(hours=1),
        allowances=[Allowance(scope="app", window="day", used=0.25, remaining=3, resets_at=NOW)],
        raw={"id": "111222333_4", "nested": [{"x": None}]},
    )
    failure = Failure(
        outcome="RateLimited",
        what=Bilingual("多すぎます。", "Too many."),
        mend=Bilingual("待ちます。", "It waits."),
        at=NOW,
        evidence={"media": "77"},
    )
    return Delivery(
        id=name,
        draft="ab" * 32,
        rendition=rendition,
        state=DeliveryState.UNKNOWN,
        version=7,
        attempts=3,
        unreached=2,
        unclear=4,
        prefer_duplicate=True,
        risked=2,
        not_before=NOW.astimezone(TOKYO),
        not_after=NOW + timedelta(days=1),
        lane=Lane.EMERGENCY,
        intent_at=NOW - timedelta(microseconds=1),
        clock_set=timedelta(hours=3, microseconds=1),
        open_since=NOW - timedelta(hours=1),
        lost_since=NOW - timedelta(hours=2),
        follows="another",
        receipt=receipt,
        failure=failure,
    )

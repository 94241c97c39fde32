"""
Deliveries and facts as bytes, and back, exactly.

The bytes are JSON in UTF-8, so that anybody can read what was kept with any tool.
Where a value has no form in JSON it has one of these:

| value | form |
| --- | --- |
| a datetime | `2026-04-01T09:00:00+09:00[Asia/Tokyo]`, as in RFC 9557; the brackets only where the zone has a name |
| a tuple, a read-only mapping, bytes, a datetime inside a body | `{"$tuple": […]}`, `{"$mapping": {…}}`, `{"$bytes": "…"}`, `{"$datetime": "…"}` |
| a mapping that has such a key itself | `{"$dict": {…}}` |
| half of a surrogate pair | its three bytes, which strict UTF-8 has not |

The bytes of pictures and films are not in it, only their digests; the store keeps them beside.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import (
    Allowance,
    Capacity,
    Delivery,
    DeliveryState,
    Fact,
    Failure,
    Lane,
    Media,
    PostRef,
    Proof,
    Receipt,
    Rendition,
    Upload,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_TAGS = frozenset({"$tuple", "$mapping", "$bytes", "$datetime", "$dict"})


def rendition_bytes(rendition: Rendition) -> bytes:
    """
    Write a rendition, without the bytes of its media.

    Raises:
        BadInput: If the body has a part that cannot be kept.
    """
    return _dump(
        {
            "platform": rendition.platform,
            "account": rendition.account,
            "network_id": rendition.network_id,
            "text": rendition.text,
            "body": _plain(dict(rendition.body)),
            "media": [
                {
                    "digest": media.digest,
                    "media_type": media.media_type,
                    "alt_text": media.alt_text,
                    "name": media.name,
                }
                for media in rendition.media
            ],
            "uploads": [
                {
                    "digest": upload.digest,
                    "id": upload.id,
                    "key": upload.key,
                    "ready_after": _moment_or_none(upload.ready_after),
                }
                for upload in rendition.uploads
            ],
            "reply_to": _post(rendition.reply_to),
            "key": rendition.key,
        }
    )


def rendition_from(stored: bytes, content: Callable[[str], bytes | None], *, key: str = "") -> Rendition:
    """
    Read a rendition.

    Args:
        stored: What `rendition_bytes` wrote.
        content: Gives the bytes of a file by its SHA-256; None where they were let go.
        key: Its key, where an earlier version wrote it, which knew of none.
    """
    fields = _load(stored)
    return Rendition(
        platform=fields["platform"],
        account=fields["account"],
        network_id=fields["network_id"],
        text=fields["text"],
        body=_rich(fields["body"]),
        media=[_media(media, content(media["digest"])) for media in fields["media"]],
        uploads=[
            Upload(
                digest=upload["digest"],
                id=upload["id"],
                key=upload["key"],
                ready_after=_moment_from(upload["ready_after"]),
            )
            for upload in fields["uploads"]
        ],
        reply_to=_post_from(fields["reply_to"]),
        key=fields.get("key", key),
    )


def _media(fields: dict[str, Any], content: bytes | None) -> Media:
    return Media(
        content=content or b"",
        media_type=fields["media_type"],
        alt_text=fields["alt_text"],
        name=fields["name"],
        stands_for=fields["digest"] if content is None else "",
    )


def progress_bytes(delivery: Delivery) -> bytes:
    """Write how far a delivery has come: all of it that is neither its rendition nor a column of its own."""
    return _dump(
        {
            "capacity": delivery.capacity,
            "attempts": delivery.attempts,
            "unreached": delivery.unreached,
            "unclear": delivery.unclear,
            "prefer_duplicate": delivery.prefer_duplicate,
            "risked": delivery.risked,
            "not_before": _moment_or_none(delivery.not_before),
            "intent_at": _moment_or_none(delivery.intent_at),
            "clock_set": delivery.clock_set.total_seconds(),
            "open_since": _moment_or_none(delivery.open_since),
            "lost_since": _moment_or_none(delivery.lost_since),
            "not_after": _moment_or_none(delivery.not_after),
            "receipt": _receipt(delivery.receipt) if delivery.receipt else None,
            "failure": _failure(delivery.failure) if delivery.failure else None,
        }
    )


def delivery_from(
    *,
    id: str,  # noqa: A002 -- the column's name
    draft: str,
    state: str,
    version: int,
    lane: str,
    follows: str | None,
    rendition: Rendition,
    progress: bytes,
) -> Delivery:
    """Put a delivery together from its columns, its rendition and what `progress_bytes` wrote."""
    fields = _load(progress)
    return Delivery(
        id=id,
        draft=draft,
        rendition=rendition,
        # Deliveries of before it was kept were official.
        capacity=Capacity(fields.get("capacity", Capacity.OFFICIAL)),
        state=DeliveryState(state),
        version=version,
        lane=Lane(lane),
        attempts=fields["attempts"],
        unreached=fields["unreached"],
        unclear=fields.get("unclear", 0),
        prefer_duplicate=fields.get("prefer_duplicate", False),
        risked=fields.get("risked", 0),
        not_before=_moment_from(fields["not_before"]),
        intent_at=_moment_from(fields["intent_at"]),
        clock_set=timedelta(seconds=fields.get("clock_set", 0)),
        open_since=_moment_from(fields["open_since"]),
        lost_since=_moment_from(fields.get("lost_since")),
        # The first stores had none.
        not_after=_moment_from(fields.get("not_after")),
        follows=follows,
        receipt=_receipt_from(fields["receipt"]) if fields["receipt"] else None,
        failure=_failure_from(fields["failure"]) if fields["failure"] else None,
    )


def intent_from(progress: bytes) -> datetime | None:
    """Read when the last attempt was begun from what `progress_bytes` wrote."""
    return _moment_from(_load(progress)["intent_at"])


def value_bytes(fact: Fact) -> bytes:
    """
    Write the value of a fact; equal values make equal bytes.

    Raises:
        BadInput: If a part of it has no form in JSON.
    """
    return _dump(_ordered(_plain(dict(fact.value))))


def fact_from(*, kind: str, key: str, version: int, value: bytes) -> Fact:
    """Put a fact together from its columns and what `value_bytes` wrote."""
    loaded = _load(value)
    # Most are flat: to look into each text of a hundred thousand people costs as much as to read them.
    flat = value.count(b"{") == 1 and b"[" not in value and _TAGS.isdisjoint(loaded)
    return Fact(kind=kind, key=key, version=version, value=loaded if flat else _rich(loaded))


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "platform": receipt.platform,
        "account": receipt.account,
        "post_id": receipt.post_id,
        "url": receipt.url,
        "at": _moment(receipt.at),
        "proof": receipt.proof.value,
        "scheduled_for": _moment_or_none(receipt.scheduled_for),
        "allowances": [
            {
                "scope": allowance.scope,
                "window": allowance.window,
                "used": allowance.used,
                "remaining": allowance.remaining,
                "resets_at": _moment_or_none(allowance.resets_at),
            }
            for allowance in receipt.allowances
        ],
        # For a person to look at. What has no form in JSON is kept as it prints: after the post has gone out
        # nothing may stand in the way of writing that down.
        "raw": _plain(dict(receipt.raw), otherwise=repr),
    }


def _receipt_from(fields: dict[str, Any]) -> Receipt:
    return Receipt(
        platform=fields["platform"],
        account=fields["account"],
        post_id=fields["post_id"],
        url=fields["url"],
        at=_moment_exactly(fields["at"]),
        proof=Proof(fields["proof"]),
        scheduled_for=_moment_from(fields["scheduled_for"]),
        allowances=[
            Allowance(
                scope=allowance["scope"],
                window=allowance["window"],
                used=allowance["used"],
                remaining=allowance["remaining"],
                resets_at=_moment_from(allowance["resets_at"]),
            )
            for allowance in fields["allowances"]
        ],
        raw=_rich(fields["raw"]),
    )


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "outcome": failure.outcome,
        "what": {"ja": failure.what.ja, "en": failure.what.en},
        "mend": {"ja": failure.mend.ja, "en": failure.mend.en},
        "at": _moment(failure.at),
        "evidence": {str(key): str(value) for key, value in failure.evidence.items()},
    }


def _failure_from(fields: dict[str, Any]) -> Failure:
    return Failure(
        outcome=fields["outcome"],
        what=Bilingual(**fields["what"]),
        mend=Bilingual(**fields["mend"]),
        at=_moment_exactly(fields["at"]),
        evidence=fields["evidence"],
    )


def _post(post: PostRef | None) -> dict[str, str] | None:
    return {"platform": post.platform, "id": post.id} if post else None


def _post_from(fields: dict[str, str] | None) -> PostRef | None:
    return PostRef(**fields) if fields else None


def _moment(value: datetime) -> str:
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    return f"{value.isoformat()}[{zone}]" if zone else value.isoformat()


def _moment_or_none(value: datetime | None) -> str | None:
    return None if value is None else _moment(value)


def _moment_exactly(text: str) -> datetime:
    clock, bracket, name = text.partition("[")
    moment = datetime.fromisoformat(clock)
    if not bracket:
        return moment
    try:
        zone = ZoneInfo(name.removesuffix("]"))
    except ZoneInfoNotFoundError:
        # This machine knows the zone no more; the instant is the same.
        return moment
    for fold in (0, 1):
        read = moment.replace(tzinfo=zone, fold=fold)
        if read.utcoffset() == moment.utcoffset():
            return read
    # The zone's rules have changed since; the instant stands.
    return moment.astimezone(zone)


def _moment_from(text: str | None) -> datetime | None:
    return None if text is None else _moment_exactly(text)


def _unkeepable(value: Any) -> Any:
    kind = type(value).__name__
    raise BadInput(
        Bilingual(f"{kind} という値は保管できません。", f"A value of the type {kind} cannot be kept."),
        mend=Bilingual(
            "文字列・数・真偽値・日時と、その並びや表だけを使ってください（アダプターの不具合かもしれません）。",
            "Use text, numbers, true and false, datetimes, and lists and tables of them; the adapter may be at fault.",
        ),
        place="body",
    )


def _plain(value: Any, *, otherwise: Callable[[Any], Any] = _unkeepable) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_plain(item, otherwise=otherwise) for item in value]
        case tuple():
            return {"$tuple": [_plain(item, otherwise=otherwise) for item in value]}
        case dict():
            if not all(isinstance(key, str) for key in value):
                return otherwise(value)
            fields = {key: _plain(item, otherwise=otherwise) for key, item in value.items()}
            return {"$dict": fields} if _TAGS & fields.keys() else fields
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                return otherwise(value)
            return {"$mapping": {key: _plain(item, otherwise=otherwise) for key, item in value.items()}}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode("ascii")}
        case datetime():
            return {"$datetime": _moment(value)}
        case _:
            return otherwise(value)


def _rich(value: Any) -> Any:
    match value:
        case list():
            return [_rich(item) for item in value]
        case {"$tuple": list(items)} if len(value) == 1:
            return tuple(_rich(item) for item in items)
        case {"$dict": dict(fields)} if len(value) == 1:
            return {key: _rich(item) for key, item in fields.items()}
        case {"$mapping": dict(fields)} if len(value) == 1:
            return MappingProxyType({key: _rich(item) for key, item in fields.items()})
        case {"$bytes": str(text)} if len(value) == 1:
            return base64.b64decode(text)
        case {"$datetime": str(text)} if len(value) == 1:
            return _moment_exactly(text)
        case dict():
            return {key: _rich(item) for key, item in value.items()}
        case _:
            return value


def _ordered(value: Any) -> Any:
    match value:
        case dict():
            return {key: _ordered(value[key]) for key in sorted(value)}
        case list():
            return [_ordered(item) for item in value]
        case _:
            return value


def _dump(fields: dict[str, Any]) -> bytes:
    return _encode(fields).encode("utf-8", "surrogatepass")


def _load(stored: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = _decode(stored.decode("utf-8", "surrogatepass"))
    return loaded

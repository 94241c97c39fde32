"""Points in time: always with a zone."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from datetime import datetime

    import attrs


def require_aware(value: datetime, place: str) -> None:
    """
    Refuse a datetime without a zone, since 17:00 means nothing to a network abroad.

    Raises:
        BadInput: If *value* has no UTC offset.
    """
    if value.tzinfo is None or value.utcoffset() is None:
        raise BadInput(
            Bilingual(
                f"日時 {value.isoformat()} に時間帯がありません。",
                f"The datetime {value.isoformat()} has no time zone.",
            ),
            mend=Bilingual(
                "例: datetime(2026, 4, 1, 9, 0, tzinfo=ZoneInfo('Asia/Tokyo')) のように時間帯を付けてください。",
                "Give it one, for example datetime(2026, 4, 1, 9, 0, tzinfo=ZoneInfo('Asia/Tokyo')).",
            ),
            place=place,
        )


def aware(instance: object, attribute: attrs.Attribute[Any], value: datetime) -> None:
    """Validate an attrs field: a datetime with a zone."""
    if value.tzinfo is not UTC:
        require_aware(value, f"{type(instance).__name__}.{attribute.name}")


def aware_or_none(instance: object, attribute: attrs.Attribute[Any], value: datetime | None) -> None:
    """Validate an attrs field: a datetime with a zone, or None."""
    if value is not None and value.tzinfo is not UTC:
        require_aware(value, f"{type(instance).__name__}.{attribute.name}")

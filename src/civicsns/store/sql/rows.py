"""Deliveries and records as rows of the tables."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeVar

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model.delivery import ENDED
from civicsns.store.sql import chaining, codec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from civicsns.model import Delivery, Record
    from civicsns.store.sql.chaining import Note

T = TypeVar("T")

#: So many values in one statement, well below what either database takes.
_AT_ONCE = 200


def row(delivery: Delivery, *, at: datetime | None, since: Delivery | None = None) -> dict[str, Any]:
    """
    Give the row of a delivery; without its rendition where that is still the same as in *since*.

    Args:
        delivery: The delivery.
        at: When it came to its state, as far as that is on record.
        since: What is stored.

    Raises:
        BadInput: If a part cannot be kept.
    """
    not_before = delivery.not_before
    columns: dict[str, Any] = {
        "draft": text(delivery.draft, "draft"),
        "state": delivery.state.value,
        "version": delivery.version,
        "lane": delivery.lane.value,
        "not_before": None if not_before is None else not_before.astimezone(UTC),
        "ended_at": at.astimezone(UTC) if at is not None and delivery.state in ENDED else None,
        "follows": None if delivery.follows is None else text(delivery.follows, "follows"),
        "progress": codec.progress_bytes(delivery),
    }
    if since is None:
        columns["id"] = text(delivery.id, "id")
    if since is None or delivery.rendition is not since.rendition:
        columns["platform"] = text(delivery.rendition.platform, "platform")
        columns["account"] = text(delivery.rendition.account, "account")
        columns["rendition"] = codec.rendition_bytes(delivery.rendition)
    return columns


def note(record: Record) -> Note:
    """
    Make a record ready for the chain.

    Raises:
        BadInput: If a part cannot be kept.
    """
    text(record.subject, "subject")
    text(record.event, "event")
    return chaining.note(record)


def text(value: str, place: str) -> str:
    """
    Refuse what neither database takes as text.

    Raises:
        BadInput: If there is U+0000 or half of a surrogate pair in it.
    """
    if "\0" in value or not (value.isascii() or _encodable(value)):
        raise BadInput(
            Bilingual(
                "使えない文字（U+0000 など）が入っています。",
                "There is a character in it that is none (such as U+0000).",
            ),
            mend=Bilingual("その文字を除いてください。", "Leave it out."),
            place=place,
        )
    return value


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut what is too much for one statement."""
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]

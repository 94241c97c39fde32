"""Marks of texts, by which like ones are found without reading all of them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from civicsns.store.sql import tables

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from civicsns.model import Delivery, Marks

_marks = tables.marks.c
#: So many marks in one statement, well below what either database takes.
_AT_ONCE = 200
# Built once; building one takes longer than carrying it out.
_KEEP = sa.insert(tables.marks)
_KEY = (_marks.platform, _marks.mark, _marks.at, _marks.delivery)
_FORGET = sa.delete(tables.marks).where(
    sa.tuple_(*_KEY).in_(
        sa.select(*_KEY)
        .where(_marks.at < sa.bindparam("since"))
        .order_by(_marks.at)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
)
_ALIKE = (
    sa.select(_marks.delivery)
    .where(
        _marks.platform == sa.bindparam("platform"),
        _marks.mark.in_(sa.bindparam("marks", expanding=True)),
        _marks.at >= sa.bindparam("since"),
        _marks.account.not_in(sa.bindparam("apart_from", expanding=True)),
    )
    .group_by(_marks.delivery)
    .order_by(sa.func.count().desc(), sa.func.max(_marks.at).desc(), _marks.delivery)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def rows(deliveries: Sequence[Delivery], marks: Marks) -> list[dict[str, Any]]:
    """Give what is to be kept of *marks*, for deliveries that are being added."""
    return [
        {
            "platform": delivery.rendition.platform,
            "mark": mark,
            "at": marks.at.astimezone(UTC),
            "delivery": delivery.id,
            "account": delivery.rendition.account,
        }
        for delivery in deliveries
        for mark in sorted(set(marks.of.get(delivery.id, ())))
    ]


def keep(connection: sa.Connection, made: Sequence[dict[str, Any]], *, since: datetime) -> None:
    """
    Keep marks, and forget some of those that are too old.

    Each addition forgets more than it adds, so the table stays as large as what is of use.
    """
    for start in range(0, len(made), _AT_ONCE):
        connection.execute(_KEEP, made[start : start + _AT_ONCE])
    connection.execute(_FORGET, {"since": since.astimezone(UTC), "most": 2 * len(made)})


def alike(
    connection: sa.Connection,
    platform: str,
    marks: Collection[int],
    *,
    since: datetime,
    apart_from: Collection[str],
    limit: int,
) -> list[str]:
    """Give the ids of deliveries that share marks, those that share most first, the newest of those first."""
    asked = {
        "platform": platform,
        "marks": sorted(marks),
        "since": since.astimezone(UTC),
        "apart_from": sorted(apart_from),
        "most": limit,
    }
    return list(connection.scalars(_ALIKE, asked))

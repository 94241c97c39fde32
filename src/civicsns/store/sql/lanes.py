"""
What is due, in an order that is fair: emergencies first, and of each lane every account in turn.

An account's own deliveries stay in their order. The index keeps what waits of one account together, so the accounts
that have work are found by one step in the index each, and of each no more rows are read than can be wanted: a
hundred thousand that wait on one account cost no other one anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from civicsns.model import Lane
from civicsns.model.delivery import ENDED
from civicsns.store.sql import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_of = tables.deliveries.c


def _behind(of: Any) -> sa.ColumnElement[bool]:
    """Tell a part of a thread where the part that it answers has not ended."""
    before = tables.deliveries.alias("before")
    return sa.select(sa.literal(1)).where(before.c.id == of.follows, before.c.state.not_in(sorted(ENDED))).exists()


def due(connection: sa.Connection, now: datetime, *, limit: int | None, platform: str | None) -> Sequence[int]:
    """
    Give the numbers of the deliveries that are due, in the order in which they are to be driven.

    Args:
        connection: To the database.
        now: The time, in UTC.
        limit: The most to give; None for all.
        platform: Of which network; None for all.
    """
    found: list[int] = []
    for lane in (Lane.EMERGENCY, Lane.ROUTINE):
        wanted = None if limit is None else limit - len(found)
        if wanted is None or wanted > 0:
            found += _of_lane(connection, lane, now, limit=wanted, platform=platform)
    return found


def _of_lane(
    connection: sa.Connection, lane: Lane, now: datetime, *, limit: int | None, platform: str | None
) -> list[int]:
    if limit is None:
        return list(connection.scalars(_all(lane, now, platform)))
    accounts = connection.scalar(sa.select(sa.func.count()).select_from(_accounts(lane, platform))) or 0
    if not accounts:
        return []
    each = -(-limit // accounts)
    while True:
        rows = connection.execute(_first(connection.dialect.name, lane, now, platform, each)).all()
        # Enough; or all there is, since no account has as many as were asked for.
        if len(rows) >= limit or all(row.turn < each for row in rows):
            return [row.seq for row in rows[:limit]]
        each = min(limit, 4 * each)


def _turn(of: Any) -> sa.ColumnElement[int]:
    return sa.func.row_number().over(partition_by=(of.platform, of.account), order_by=(of.not_before, of.seq))


def _all(lane: Lane, now: datetime, platform: str | None) -> sa.Select[Any]:
    waiting = sa.select(_of.seq).where(_of.lane == lane.value, _of.not_before <= now, ~_behind(_of))
    if platform is not None:
        waiting = waiting.where(_of.platform == platform)
    return waiting.order_by(_turn(_of), _of.not_before, _of.seq)


def _accounts(lane: Lane, platform: str | None) -> sa.CTE:
    """Find the accounts for which something waits, each by one step to where the next begins in the index."""
    one, other = tables.deliveries.alias("one"), tables.deliveries.alias("other")
    at = tables.deliveries.alias("at")

    def first(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        waits = sa.select(at.c.seq).where(at.c.lane == lane.value, at.c.not_before.is_not(None), *where)
        return waits.order_by(at.c.platform, at.c.account).limit(1)

    beginning = first() if platform is None else first(at.c.platform == platform)
    found = (
        sa.select(one.c.platform, one.c.account)
        .where(one.c.seq == beginning.scalar_subquery())
        .cte("accounts", recursive=True)
    )
    # One comparison each: SQLite uses the index for the first part only of a comparison of pairs.
    following: sa.ColumnElement[int] = (
        first(at.c.platform == found.c.platform, at.c.account > found.c.account).correlate(found).scalar_subquery()
    )
    if platform is None:
        on_next = first(at.c.platform > found.c.platform).correlate(found).scalar_subquery()
        following = sa.func.coalesce(following, on_next)
    return found.union_all(
        sa.select(other.c.platform, other.c.account).select_from(found.join(other, other.c.seq == following))
    )


def _first(dialect: str, lane: Lane, now: datetime, platform: str | None, each: int) -> sa.Select[Any, int]:
    """Find the first *each* deliveries that are due of every account."""
    accounts = _accounts(lane, platform)
    mine = tables.deliveries.alias("mine")
    of_account = (
        sa.select(mine.c.seq)
        .where(
            mine.c.lane == lane.value,
            mine.c.platform == accounts.c.platform,
            mine.c.account == accounts.c.account,
            mine.c.not_before <= now,
            ~_behind(mine.c),
        )
        .order_by(mine.c.not_before, mine.c.seq)
        .limit(each)
        .correlate(accounts)
    )
    if dialect == "postgresql":
        lateral = of_account.add_columns(mine.c.platform, mine.c.account, mine.c.not_before).lateral("first")
        joined, first = accounts.join(lateral, sa.true()), lateral.c
    else:
        # SQLite has no LATERAL; here it looks each number up that the inner query gives.
        due = tables.deliveries.alias("due")
        joined, first = accounts.join(due, due.c.seq.in_(of_account)), due.c
    turn = _turn(first).label("turn")
    return sa.select(first.seq, turn).select_from(joined).order_by(turn, first.not_before, first.seq)

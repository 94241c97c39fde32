"""From a draft to its deliveries; see `civicsns.posting.plan`."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from civicsns.model import Draft, Rendition
from civicsns.posting import plan

AT = datetime(2026, 11, 3, 9, tzinfo=UTC)


def named(at: datetime) -> list[uuid.UUID]:
    """Give the names of the deliveries of three accounts."""
    draft = Draft(author="1", text="本日の朝市は中止です。", accounts=["x:a", "x:b", "x:c"])
    planned = [[Rendition(platform="x", account=account, text=draft.text, body={})] for account in draft.accounts]
    return [uuid.UUID(one.id) for chain in plan.deliveries(draft, planned, now=at) for one in chain]


def test_names_are_uuids_that_begin_with_the_time():
    """
    What is planned later has a greater name, so that an index takes it in at its end.
    """
    before, later = named(AT), named(AT + timedelta(milliseconds=1))

    assert {(7, uuid.RFC_4122)} == {(name.version, name.variant) for name in (*before, *later)}
    assert {int(AT.timestamp() * 1000)} == {name.int >> 80 for name in before}
    assert max(before) < min(later)


def test_names_of_one_moment_differ():
    """
    Nothing but chance tells deliveries of one millisecond apart, and that suffices.
    """
    names = [name for _ in range(1000) for name in named(AT)]

    assert len(names) == len(set(names))

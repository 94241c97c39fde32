"""The very same words again under the same account, where a network refuses that for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from civicsns.model import Delivery, DeliveryState, Draft, Media, Receipt, Rendition, Severity
from civicsns.policy import repetition

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
GONE = frozenset({DeliveryState.FAILED, DeliveryState.WITHDRAWN, DeliveryState.DELETED})
PICTURE = Media(content=b"\x89PNG\r\n\x1a\n", media_type="image/png")


def rendition(text: str = "完売", *, account: str = "x:own", platform: str = "x", media=()) -> Rendition:
    return Rendition(platform=platform, account=account, text=text, body={}, media=media)


def posted(said: Rendition, *, at: datetime = NOW - timedelta(hours=1), **changes) -> Delivery:
    receipt = Receipt(platform=said.platform, account=said.account, post_id="1", at=at, **changes)
    return Delivery(id="e", draft="d", rendition=said, state=DeliveryState.DELIVERED, receipt=receipt)


def waiting(state: DeliveryState, *, due: datetime | None = None) -> Delivery:
    return Delivery(id="e", draft="d", rendition=rendition(), state=state, not_before=due)


def look(*history: Delivery, said: Rendition | None = None, severity=None, **times):
    asked = []

    def earlier(platform, numbers):
        asked.append((platform, numbers))
        return history

    found = repetition.look(
        Draft(author="1", text="完売", accounts=["x:own"], **times),
        [said or rendition()],
        repeats=lambda platform: DAY if platform == "x" else None,
        earlier=earlier,
        severity=severity or {},
        now=NOW,
    )
    return [(one.rule, one.severity) for one in found], asked


def test_what_was_posted_a_short_while_ago_is_asked_about():
    """
    Within the time, in which the network refuses it, and no longer.
    """
    assert [("SIM003", Severity.REVIEW)] == look(posted(rendition()))[0]
    assert [("SIM003", Severity.ADVISE)] == look(posted(rendition()), severity={"SIM003": Severity.ADVISE})[0]
    assert [] == look(posted(rendition(), at=NOW - DAY))[0]


@pytest.mark.parametrize("state", sorted(frozenset(DeliveryState) - {DeliveryState.DELIVERED}))
def test_what_waits_counts_and_what_is_gone_does_not(state):
    """
    A post on its way will be there; one that failed, or was withdrawn or deleted, will not.
    """
    assert (state in GONE) == (not look(waiting(state))[0])


def test_when_each_of_them_shows_decides():
    """
    A post for another day is none of today's, whichever of the two waits for its day, here or on the network.
    """
    tomorrow = NOW + DAY

    assert [] == look(waiting(DeliveryState.PENDING, due=tomorrow))[0]
    assert [] == look(posted(rendition(), scheduled_for=tomorrow))[0]
    assert [] == look(posted(rendition()), not_before=tomorrow)[0]
    assert [("SIM003", Severity.REVIEW)] == look(waiting(DeliveryState.PENDING, due=tomorrow), not_before=tomorrow)[0]
    assert [("SIM003", Severity.REVIEW)] == look(posted(rendition(), scheduled_for=tomorrow), publish_at=tomorrow)[0]


def test_other_words_accounts_and_files_are_others():
    """
    Found by a number that another text happens to share, a post is compared word by word; with a file it is another.
    """
    assert [] == look(posted(rendition("本日完売")))[0]
    assert [] == look(posted(rendition(account="x:other")))[0]
    assert [] == look(posted(rendition(media=[PICTURE])))[0]
    assert [] == look(posted(rendition()), said=rendition(media=[PICTURE]))[0]


def test_a_network_that_never_refuses_is_not_looked_at():
    """
    Where nothing is refused, nothing is looked for.
    """
    assert ([], []) == look(said=rendition(platform="facebook"))
    assert [("x", [repetition.number(rendition())])] == look()[1]

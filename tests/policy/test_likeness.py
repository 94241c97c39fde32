"""The same text from several accounts: refused, asked about, or nobody's business, as the network has it."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from civicsns.model import (
    Delivery,
    DeliveryState,
    Draft,
    Lane,
    Receipt,
    Rendition,
    Severity,
    SimilarSettings,
)
from civicsns.policy import likeness

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
TEXT = "4月5日の花火大会は、武雄温泉駅前で19時から開催します。"
NEARLY = "4月6日の花火大会は、武雄温泉駅前で18時から開催します。"


def rendition(account: str = "x:own", text: str = TEXT, platform: str = "x") -> Rendition:
    return Rendition(platform=platform, account=account, text=text, body={})


def earlier(text: str, *, state: DeliveryState = DeliveryState.DELIVERED, account: str = "x:other") -> Delivery:
    receipt = Receipt(platform="x", account=account, post_id="1", at=NOW) if state is DeliveryState.DELIVERED else None
    return Delivery(id="e", draft="d", rendition=rendition(account, text), state=state, receipt=receipt)


def look(*renditions, history=(), lane=Lane.ROUTINE, severity=None, near=0.5):
    asked = []

    def alike(platform, marks, accounts):
        asked.append((platform, tuple(accounts)))
        return history

    draft = Draft(author="1", text=TEXT, accounts=["x:own"], lane=lane)
    found = likeness.look(
        draft,
        renditions or [rendition()],
        forbidden=lambda platform: platform == "x",
        alike=alike,
        settings=SimilarSettings(near=near),
        severity=severity or {},
    )
    return [(finding.rule, finding.severity) for finding in found], asked, found


def test_one_text_for_two_accounts_is_refused():
    """
    One draft for two accounts of such a network blocks, and says what to do instead.
    """
    found, asked, (finding,) = look(rendition("x:a"), rendition("x:b"))

    assert [("SIM001", Severity.BLOCK)] == found
    assert [("x", ("x:a", "x:b"))] == asked
    assert finding.mend is not None
    assert "リポスト" in finding.mend.ja
    assert "repost" in finding.mend.en


def test_a_network_that_does_not_mind():
    """
    Where the network does not forbid it, nothing is looked for.
    """
    found, asked, _ = look(rendition("f:a", platform="facebook"), rendition("f:b", platform="facebook"))

    assert ([], []) == (found, asked)


def test_the_parts_of_a_thread_are_one_accounts():
    """
    Several texts of one account are compared with others', not with each other.
    """
    found, asked, _ = look(rendition(text=TEXT + "(1/2)"), rendition(text=TEXT + "(2/2)"))

    assert [] == found
    assert 2 == len(asked)


GONE = frozenset({DeliveryState.FAILED, DeliveryState.WITHDRAWN, DeliveryState.DELETED})


@pytest.mark.parametrize("state", sorted(frozenset(DeliveryState) - GONE))
def test_what_another_account_has_said(state):
    """
    The same as another account's post, published or on its way, blocks; nearly the same asks.
    """
    assert [("SIM001", Severity.BLOCK)] == look(history=[earlier(TEXT + " #花火", state=state)])[0]
    assert [("SIM002", Severity.REVIEW)] == look(history=[earlier(NEARLY, state=state)])[0]


@pytest.mark.parametrize("state", sorted(GONE))
def test_what_is_not_there_is_no_double(state):
    """
    A post that never went out, or is gone, may go out from another account.
    """
    assert [] == look(history=[earlier(TEXT, state=state)])[0]


def test_what_only_shares_a_mark_is_no_double():
    """
    Marks find candidates; what is alike is decided on the texts, by the city's own measure.
    """
    assert [] == look(history=[earlier("本日の朝市は、雨のため中止します。")])[0]
    assert [] == look(history=[earlier(NEARLY)], near=0.9)[0]


def test_an_emergency_is_asked_about():
    """
    An order to evacuate is not stopped by it, but somebody confirms.
    """
    assert [("SIM001", Severity.REVIEW)] == look(history=[earlier(TEXT)], lane=Lane.EMERGENCY)[0]


def test_a_city_may_weigh_it_otherwise():
    """
    A city that has settled it with the network lowers the severity, as of any rule.
    """
    advise = {"SIM001": Severity.ADVISE}

    assert [("SIM001", Severity.ADVISE)] == look(history=[earlier(TEXT)], severity=advise)[0]
    assert [("SIM001", Severity.ADVISE)] == look(history=[earlier(TEXT)], severity=advise, lane=Lane.EMERGENCY)[0]


def test_what_is_marked():
    """
    Only texts long enough, and only on networks that forbid it.
    """
    deliveries = [
        attrs.evolve(earlier(TEXT), id="a"),
        attrs.evolve(earlier("短い文"), id="b"),
        attrs.evolve(earlier(TEXT), id="c", rendition=rendition(platform="facebook")),
    ]

    def marked(some):
        return likeness.marked(
            some,
            forbidden=lambda platform: platform == "x",
            repeats=lambda _: None,
            settings=SimilarSettings(days=7),
            now=NOW,
        )

    made = marked(deliveries)
    assert made is not None
    assert ["a"] == list(made.of)
    assert (NOW - made.since).days == 7
    assert marked(deliveries[1:]) is None

"""Tokens that are exchanged on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from board import ACCOUNTS, Board, World, world
from city import NOW, WORDS, draft, unknown
from together import at_once, meeting

from civicsns.errors import AuthorizationLost, Outcome
from civicsns.model import AuthorizationRequest, Credential, DeliveryState, Profile, Secret


class Renewing(Board):
    """A network whose tokens end and are exchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.refreshed = 0
        self.refresh_ends: list[Exception] = []

    def refresh(self, credential: Credential) -> Credential:
        if self.refresh_ends:
            raise self.refresh_ends.pop(0)
        self.refreshed += 1
        return attrs.evolve(
            credential,
            secrets={"token": Secret("fresh")},
            expires_at=NOW + timedelta(hours=2),
            generation=credential.generation + 1,
        )

    def begin(self, redirect_uri: str) -> AuthorizationRequest:
        raise AssertionError

    def complete(self, request: AuthorizationRequest, callback_url: str) -> Credential:
        raise AssertionError

    def revoke(self, credential: Credential) -> None:
        raise AssertionError

    def whoami(self, credential: Credential) -> Profile:
        raise AssertionError


def ending(shown: World, at: datetime) -> None:
    stale = attrs.evolve(shown.vault.get(ACCOUNTS["a"]), expires_at=at, generation=1)
    assert shown.vault.put(ACCOUNTS["a"], stale)


def test_a_token_about_to_end_is_exchanged_once_and_kept_first():
    """
    The fresh token is in the vault before it is used, and one exchange serves everybody.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))
    for number in range(3):
        shown.program.publish(draft(f"お知らせ {number}"))

    assert 1 == board.refreshed
    assert ["publish a fresh"] * 3 == board.calls
    assert 2 == shown.vault.get(ACCOUNTS["a"]).generation


def test_many_at_once_exchange_a_token_once(monkeypatch: pytest.MonkeyPatch):
    """
    Threads that have all seen the stale token spend it once, and all use the fresh one.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))
    plans = [
        shown.program.publish(draft(f"お知らせ {n}", not_before=NOW + timedelta(hours=1))).results[0] for n in range(8)
    ]
    shown.clock.advance(timedelta(hours=1))
    meeting(monkeypatch, shown.vault, "get", 8)
    waiting = [plan.id for plan in plans]
    at_once(8, lambda: shown.program.deliver(waiting.pop()))

    assert 1 == board.refreshed
    assert ["publish a fresh"] * 8 == board.calls


@pytest.mark.parametrize("ended", [unknown(), AuthorizationLost(WORDS, mend=WORDS)])
def test_an_exchange_that_may_have_spent_the_token_holds_the_account(ended: Outcome):
    """
    A single-use token that may be spent is not tried again; nothing of the post has gone out.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))
    board.refresh_ends = [ended]
    done = shown.program.publish(draft())

    assert DeliveryState.HELD is done.results[0].state
    assert [] == board.calls

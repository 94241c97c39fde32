"""Tokens that are exchanged on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs
import pytest
from board import ACCOUNTS, Board, World, world
from city import NOW, WORDS, draft, unknown
from together import at_once, meeting

from civicsns.errors import AuthorizationLost, VaultError
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


def test_an_exchange_that_is_refused_holds_the_account():
    """
    A token that does not serve any more is not tried again; nothing of the post has gone out.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))
    board.refresh_ends = [AuthorizationLost(WORDS, mend=WORDS)]
    done = shown.program.publish(draft())

    assert DeliveryState.HELD is done.results[0].state
    assert [] == board.calls


def test_an_exchange_that_may_have_spent_the_token_holds_the_account_in_the_end():
    """
    The old token serves while it lasts, and the programme says that somebody must connect the account before.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=15))
    shown.clock.advance(timedelta(minutes=5))
    board.refresh_ends = [unknown()]
    states = [shown.program.publish(draft("お知らせ 1")).results[0].state]
    shown.clock.advance(timedelta(minutes=6))
    told = {symptom.code for symptom in shown.program.health().symptoms}
    states.append(shown.program.publish(draft("お知らせ 2")).results[0].state)
    shown.clock.advance(timedelta(minutes=4))
    states.append(shown.program.publish(draft("お知らせ 3")).results[0].state)

    assert [DeliveryState.DELIVERED, DeliveryState.DELIVERED, DeliveryState.HELD] == states
    assert ["publish a token-a"] * 2 == board.calls
    assert 0 == board.refreshed
    assert "credential.doubtful" in told
    assert "credential.lost" in {symptom.code for symptom in shown.program.health().symptoms}


@pytest.mark.parametrize("closed", [True, False])
def test_tokens_that_were_not_kept_are_kept_when_the_programme_ends(monkeypatch: pytest.MonkeyPatch, closed: bool):
    """
    Where the vault failed when the network had given them, closing the programme is the last try.
    """
    board = Renewing()
    shown = world(board)
    ending(shown, NOW + timedelta(minutes=5))

    def shut(*_: object) -> bool:
        raise VaultError(WORDS, mend=WORDS)

    with monkeypatch.context() as patched:
        patched.setattr(shown.vault, "succeed", shut)
        done = shown.program.publish(draft(), patience=timedelta(0))
        if not closed:
            # Where it still fails, the rest is let go of all the same.
            shown.program.close()
    shown.program.close()

    assert DeliveryState.PENDING is done.results[0].state
    assert 2 == shown.vault.get(ACCOUNTS["a"]).generation

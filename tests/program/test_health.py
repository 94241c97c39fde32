"""Health: what is stuck, and why, is told; all else is well."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import attrs
import pytest
from city import HOUR, NOW, WORDS
from networks import Deaf, World, world

from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    ConfigurationError,
    OutcomeUnknown,
    RateLimited,
    UnknownReason,
)
from civicsns.health import Level
from civicsns.heartbeat import Pulse
from civicsns.language import Bilingual
from civicsns.model import Account, Credential, CredentialKind, DeliveryState, Secret
from civicsns.posting.hold import Scope
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock
from civicsns.vault.memory import MemoryVault


def codes(shown: World, **given: object) -> dict[str, Level]:
    return {symptom.code: symptom.level for symptom in shown.program.health(**given).symptoms}  # type: ignore[arg-type]


def test_nobody_is_at_work():
    """
    Where no process delivers, that is bad; once one has been there just now, all is well.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    before = codes(shown)
    shown.program.dispatch()
    after = codes(shown)
    clock.advance(timedelta(minutes=3))

    assert {"worker.none": Level.BAD} == before
    assert {} == after
    assert {"worker.none": Level.BAD} == codes(shown)
    assert {} == codes(shown, max_age=timedelta(minutes=10))


def test_a_worker_that_fell_silent():
    """
    One that ended as it should is forgotten; one that died is named, until seven days have passed.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    died, ended = (
        Pulse(store=shown.store, clock=clock, engine="InlineEngine", every=timedelta(seconds=15)) for _ in range(2)
    )
    died.beat()
    ended.beat()
    ended.end()
    clock.advance(timedelta(minutes=3))
    shown.program.dispatch()
    found = shown.program.health()
    clock.advance(timedelta(days=7))
    ended.clear()

    assert ["worker.silent"] == [symptom.code for symptom in found.symptoms]
    assert Level.ATTENTION is found.level
    assert NOW == found.symptoms[0].since
    assert ["worker.none"] == list(codes(shown))


def test_what_waits_is_told_with_its_reason():
    """
    Unknown outcomes, held accounts, limits and spent credits are each named, with how many and until when.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    x, facebook = shown.networks.values()
    facebook.ends["facebook:0"] = OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.TIMEOUT)
    facebook.ends["facebook:1"] = AuthorizationLost(WORDS, mend=WORDS)
    x.ends["x:0"] = RateLimited(WORDS, mend=WORDS, until=NOW + timedelta(hours=2))
    shown.program.publish(shown.draft, patience=timedelta(0))
    x.ends["x:1"] = BudgetSpent(WORDS, mend=WORDS)
    shown.program.publish(attrs.evolve(shown.draft, text="別の話です", accounts=["x:1"]), patience=timedelta(0))
    clock.advance(timedelta(minutes=10))
    shown.program.dispatch()
    found = shown.program.health()

    assert {
        "delivery.unknown": Level.ATTENTION,
        "delivery.held": Level.ATTENTION,
        "delivery.put_off.RateLimited": Level.GOOD,
        "delivery.put_off.BudgetSpent": Level.ATTENTION,
        # One account's limit is its own; where the credits are spent the whole app waits.
        "gate.limit": Level.GOOD,
        "gate.breaker": Level.BAD,
    } == codes(shown)
    assert NOW + timedelta(hours=2) == next(one.until for one in found.symptoms if one.code.endswith("RateLimited"))
    assert NOW == next(one.since for one in found.symptoms if one.code == "delivery.unknown")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (("new", "old"), ("new",), {}),
        (("new", "old"), ("old", "new"), {"worker.keys": Level.ATTENTION}),
        (("new", "old"), ("old",), {"worker.keys": Level.BAD}),
        # One of an earlier version does not say.
        (("new",), (), {}),
    ],
)
def test_processes_that_seal_with_different_keys(
    first: tuple[str, ...], second: tuple[str, ...], expected: dict[str, Level]
):
    """
    While keys are changed that is worth knowing; where one cannot open what another seals, it is bad.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    for names in (first, second):
        Pulse(
            store=shown.store,
            clock=clock,
            engine="InlineEngine",
            every=timedelta(seconds=15),
            keys=partial(tuple, names),
        ).beat()

    assert expected == codes(shown)


@pytest.mark.parametrize("listed", [True, False])
def test_what_is_lost_is_told(listed: bool):
    """
    A credential that was marked as lost is bad, with its reason, whether or not anybody has verified it since.
    """
    shown = world(clock=PracticeClock(NOW))
    shown.program.dispatch()
    gone = Bilingual("取り消された。", "It was revoked.")
    account = shown.program.account("x:0") if listed else Account(id="x:gone", platform="x")
    token = Credential(platform="x", kind=CredentialKind.OTHER, secrets={"t": Secret("t")}, generation=1)
    shown.vault.put(account, token)
    shown.vault.mark_lost(account, gone)
    before = codes(shown)
    shown.program.verification.verify()
    found = [one for one in shown.program.health().symptoms if one.code == "credential.lost"]

    assert ({"credential.lost": Level.BAD} if listed else {}) == before
    assert ([(("x:0",), True)] if listed else []) == [(one.subjects, gone.en in one.what.en) for one in found]


def test_what_is_overdue_is_told_with_its_reason():
    """
    Overdue deliveries are told apart: simply late, cut off while sent, of no network, of no account on the list.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock, engine=Deaf())
    shown.program.publish(shown.draft, patience=timedelta(0))
    cases: dict[str, dict[str, Any]] = {
        "x:0": {"state": DeliveryState.SENDING, "intent_at": NOW, "attempts": 1},
        "x:1": {"platform": "mastodon"},
        "facebook:0": {"account": "facebook:gone"},
    }
    for account, changes in cases.items():
        old = next(one for one in shown.store.due(NOW) if one.rendition.account == account)
        of = {key: changes.pop(key) for key in ("platform", "account") if key in changes}
        new = attrs.evolve(old, version=1, rendition=attrs.evolve(old.rendition, **of), **changes)
        shown.store._deliveries[old.id] = new
    clock.advance(timedelta(minutes=10))
    found = {symptom.code: symptom for symptom in shown.program.health().symptoms}

    assert {
        "worker.none",
        "delivery.cut_off",
        "delivery.no_network",
        "delivery.off_the_list",
        "delivery.overdue",
    } == set(found)
    assert {Level.BAD} == {symptom.level for symptom in found.values()}
    assert "10 minutes late" in found["delivery.cut_off"].what.en
    assert "10 分遅れ" in found["delivery.cut_off"].what.ja


@pytest.mark.parametrize(
    ("ends", "refreshes", "expected"),
    [
        (None, False, set()),
        (timedelta(days=30), False, set()),
        (timedelta(days=3), False, {"token.expiring"}),
        (timedelta(days=-1), False, {"token.expired"}),
        (timedelta(days=-1), True, set()),
    ],
)
def test_a_token_that_ends(ends: timedelta | None, refreshes: bool, expected: set[str]):
    """
    A token that ends soon, and that nothing renews, is named before it stops an account.
    """
    shown = world(clock=PracticeClock(NOW))
    secrets = {"t": Secret("t")} | ({"refresh_token": Secret("r")} if refreshes else {})
    credential = Credential(
        platform="x",
        kind=CredentialKind.OTHER,
        secrets=secrets,
        expires_at=None if ends is None else NOW + ends,
        generation=1,
    )
    shown.vault.put(shown.program.account("x:0"), credential)
    shown.program.dispatch()

    assert expected == set(codes(shown))


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(0.0, {}), (20.0, {"worker.clock": Level.ATTENTION}), (-40.0, {"worker.clock": Level.BAD})],
)
def test_a_clock_that_is_off(ahead: float, expected: dict[str, Level]):
    """
    A machine whose clock is further from the database's than the settings allow may post twice; that is bad.
    """

    class Elsewhere(MemoryStore):
        def time(self) -> datetime:
            return NOW - timedelta(seconds=ahead)

    shown = world(clock=PracticeClock(NOW), store=Elsewhere())
    shown.program.dispatch()

    assert expected == codes(shown)


class Shut(MemoryVault):
    """A vault that does not open for some accounts."""

    def __init__(self) -> None:
        super().__init__()
        self.shut: dict[str, Exception] = {}

    def get(self, account: Account) -> Credential:
        if account.id in self.shut:
            raise self.shut[account.id]
        return super().get(account)


def vaulted(**given: Any) -> tuple[World, Shut]:
    shown = world(**given)
    vault = Shut()
    for account in shown.program.accounts:
        vault.put(account, shown.vault.get(account))
    shown.program.vault = vault
    shown.program._dispatcher.access._vault = vault
    shown.program.refresher._vault = vault
    return shown, vault


@pytest.mark.parametrize("trouble", [ConfigurationError(WORDS, mend=WORDS), OSError("token-123")])
def test_a_vault_that_does_not_open_for_one_account_stops_no_other(trouble: Exception):
    """
    The others' posts go out and are shown; its own waits with the reason, for as long as it takes, and is reported.
    """
    clock = PracticeClock(NOW)
    shown, vault = vaulted(clock=clock)
    vault.shut["x:0"] = trouble
    done = shown.program.publish(shown.draft, patience=timedelta(0))
    states = {one.rendition.account: one.state for one in done.results}
    (left,) = (one for one in done.results if one.rendition.account == "x:0")
    for _ in range(50):
        clock.advance(timedelta(hours=1))
        shown.program.dispatch()

    assert DeliveryState.PENDING is states.pop("x:0")
    assert {DeliveryState.DELIVERED} == set(states.values())
    assert left.failure is not None
    assert "token-123" not in repr(left)
    assert {("delivery.put_off.HeldBack", Level.ATTENTION), ("vault.shut", Level.BAD)} <= set(codes(shown).items())
    vault.shut.clear()
    clock.advance(timedelta(hours=1))
    shown.program.dispatch()
    assert DeliveryState.DELIVERED is shown.store.get(left.id).state


def test_two_reasons_of_one_account_are_both_told():
    """
    One post waits for a hold, another for its account: whoever looks sees both, each with what helps.
    """
    clock = PracticeClock(NOW)
    shown = world(clock=clock)
    shown.networks["x"].ends["x:0"] = AuthorizationLost(Bilingual("切れた", "It is dead."), mend=WORDS)
    item = attrs.evolve(shown.draft, accounts=["x:0"])
    shown.program.publish(item, patience=timedelta(0))
    shown.program.publish(attrs.evolve(item, text="別の話です", not_before=NOW + HOUR), patience=timedelta(0))
    shown.program.hold(Scope.ACCOUNT, "x:0", by="1", reason="確認中")
    clock.advance(HOUR)
    shown.program.dispatch()
    said = [one.what.en for one in shown.program.health().symptoms if one.code == "delivery.held"]

    assert (1, 1) == (sum("It is dead." in one for one in said), sum("on hold" in one for one in said))

"""Processes that want the same tokens at the same time exchange each once, and lose none."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
import race

from civicsns.errors import AuthorizationLost, Refused
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Fault, Sandbox
from civicsns.vault.refreshing import Refresher


@pytest.mark.parametrize(("database", "failing"), [("sqlite", 0), ("postgresql", 0), ("sqlite", 5)])
def test_a_token_is_exchanged_once_however_many_want_it(request, tmp_path, database: str, failing: int):
    """
    Each round each account's token is exchanged by whoever is first; nobody replays a spent one; all work in the end.

    Nor does it matter that the vault fails now and then, just when the network has given the tokens.

    `benchmarks/vault.py` has more processes, accounts and rounds.
    """
    address = tmp_path / "civicsns.db" if database == "sqlite" else request.getfixturevalue("postgres").create()
    with Sandbox() as sandbox:
        tally = race.run(race.prepare(sandbox, address, 4, failing=failing), processes=2, rounds=5)

    assert race.Tally(wanted=40, exchanged=20, refused=0, lost=0, dead=0, troubles=()) == tally


def test_an_app_with_the_wrong_password_costs_no_account(tmp_path):
    """
    The network refuses the app: tokens serve while they last, then the posts of all accounts wait for whoever mends it.
    """
    with Sandbox() as sandbox:
        job = race.prepare(sandbox, tmp_path / "civicsns.db", 1)
        account, clock = race.account(job.accounts[0]), race.At(job.begun + race.ROUND)
        wrong = race.adapter_of(attrs.evolve(job, x={**job.x, "client_secret": "wrong"}), clock)
        with SqlStore(job.address) as store:
            vault = race.vault_of(job, store, clock)
            refresher = Refresher(vault, clock=clock)
            served = refresher.fresh(account, wrong)
            clock.moment = job.begun + timedelta(hours=2)
            with pytest.raises(Refused) as refused:
                refresher.fresh(account, wrong)
            mended = refresher.fresh(account, race.adapter_of(job, clock))

    assert [0, "app", 1] == [served.generation, refused.value.scope, mended.generation]


def test_an_answer_that_is_lost_costs_the_account_when_its_token_has_ended(tmp_path):
    """
    The token of before goes on posting; nobody tries its refresh token again; at the end the account says why it is lost.
    """
    with Sandbox() as sandbox:
        job = race.prepare(sandbox, tmp_path / "civicsns.db", 1)
        account, clock = race.account(job.accounts[0]), race.At(job.begun + race.ROUND)
        adapter = race.adapter_of(job, clock)
        sandbox.x.faults.order(Fault.RESET, on="token")
        with SqlStore(job.address) as store:
            vault = race.vault_of(job, store, clock)
            refresher = Refresher(vault, clock=clock)
            served = [refresher.fresh(account, adapter) for _ in range(2)]
            whose = adapter.whoami(served[1])
            clock.moment = job.begun + timedelta(hours=2)
            with pytest.raises(AuthorizationLost, match="may be spent"):
                refresher.fresh(account, adapter)
            (held,) = vault.held()
        asked = sum(call.operation == "token" for call in sandbox.x.calls)

    assert [0, 0, "a0", 1] == [*(one.generation for one in served), whose.handle, asked]
    assert held.lost is not None

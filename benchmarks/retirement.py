"""
What it takes to verify the credentials of a whole city hall and to give them all back, killed on the way.

Each account is connected at the practice X, which runs in a process of its own, its token sealed in SQLite. Another
process verifies all of them, and retires all of them; the latter is killed (SIGKILL) at random moments and started
again. At the end every token is tried at the network: none may be alive.

Run: python benchmarks/retirement.py [accounts] [kills]
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicsns.accounts import register
from civicsns.accounts.inspection import Soundness
from civicsns.adapters.x import XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.errors import AuthorizationLost
from civicsns.model import Account, Credential, CredentialKind, Fact, Person, Secret
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealed import SealedVault

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def practice(pipe: Connection, accounts: int) -> None:
    """Run the practice X, with a connected account for each."""
    from civicsns.testing.sandbox import Sandbox  # noqa: PLC0415 -- in the other process alone

    with Sandbox() as sandbox:
        users = [sandbox.x.add_user(handle=f"tk_{number}", name=f"職員{number}") for number in range(accounts)]
        app = sandbox.x.app
        tokens = [(user.id, *sandbox.x.oauth1_token(user)) for user in users]
        pipe.send({"x": sandbox.x.url, "consumer": (app.consumer_key, app.consumer_secret), "tokens": tokens})
        pipe.recv()


def programme(world: dict[str, Any], folder: Path) -> Program:
    """Open the programme."""
    key, secret = world["consumer"]
    settings = XSettings(
        base_url=world["x"],
        consumer_key=Secret(key),
        consumer_secret=Secret(secret),
        read_timeout=timedelta(seconds=60),
    )
    store, clock, wrapping = SqlStore(folder / "civicsns.db"), SystemClock(), LocalKey(bytes(range(32)))
    return Program(
        roster=register.roster(store),
        adapters={"x": XAdapter(settings, clock=clock)},
        store=store,
        vault=SealedVault(store, Keys(lambda: wrapping), programme="bench", clock=clock),
        clock=clock,
        name="bench",
    )


def connected(program: Program, world: dict[str, Any]) -> list[Credential]:
    """Put everybody into the register, and every token into the vault; give the tokens."""
    given: list[Credential] = []
    facts = [Fact(kind=register.PERSON, key="1", value=register.person_value(Person(number="1", name="総務")))]
    for number, (user, token, secret) in enumerate(world["tokens"]):
        account = Account(
            id=f"x:{number}", platform="x", handle=f"tk_{number}", network_id=user, steward="1", personal=True
        )
        facts.append(Fact(kind=register.ACCOUNT, key=account.id, value=register.account_value(account)))
        tokens = {"access_token": Secret(token), "access_token_secret": Secret(secret)}
        given.append(Credential(platform="x", kind=CredentialKind.X_OAUTH1, secrets=tokens, subject=user))
        program.vault.put(account, given[-1])
    program.store.put_all([(None, fact) for fact in facts])
    return given


def retired(world: dict[str, Any], folder: Path) -> None:
    """Give every account back, from wherever it was left."""
    with programme(world, folder) as program:
        retirement = program.retirement
        retirement.resume()
        for account in program.accounts:
            if account.closed is None:
                retirement.retire(account.id, by="1", reason="benchmark")


def checked(program: Program, given: list[Credential]) -> int:
    """
    Look at the end: how many tokens are alive.

    Raises:
        AssertionError: If something is left here, or a step is on record twice.
    """
    assert not program.vault.held()
    assert not program.holds()
    adapter, alive = program.adapter("x"), 0
    assert isinstance(adapter, XAdapter)
    for number, credential in enumerate(given):
        assert program.account(f"x:{number}").closed is not None
        events = Counter(record.event for record in program.store.records(f"x:{number}"))
        steps = ("retirement.begun", "retirement.revoked", "credential.destroyed", "account.closed")
        assert all(events[step] == 1 for step in steps), events
        try:
            adapter.whoami(credential)
        except AuthorizationLost:
            continue
        alive += 1
    return alive


def run(accounts: int, kills: int) -> dict[str, float]:
    """Measure one run."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    network = spawn.Process(target=practice, args=(theirs, accounts))
    network.start()
    world = ours.recv()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with programme(world, folder) as program:
            given = connected(program, world)
            begun = time.perf_counter()
            looks = program.verification.verify(limit=accounts)
            verified = time.perf_counter() - begun
            assert [Soundness.GOOD] * accounts == [look.soundness for look in looks]
        begun, chance, killed = time.perf_counter(), random.Random(5), 0
        while True:
            worker = spawn.Process(target=retired, args=(world, folder))
            worker.start()
            worker.join(chance.uniform(1.2, 3) if killed < kills else None)
            if worker.exitcode is None and worker.pid is not None:
                os.kill(worker.pid, signal.SIGKILL)
                worker.join()
                killed += 1
                continue
            assert worker.exitcode == 0, worker.exitcode
            break
        took = time.perf_counter() - begun
        with programme(world, folder) as program:
            alive = checked(program, given)
    ours.send("done")
    network.join()
    return {
        "accounts": accounts,
        "killed": killed,
        "verify, s": round(verified, 1),
        "retire, s": round(took, 1),
        "tokens alive": alive,
    }


def main() -> None:
    """Measure, and print."""
    accounts = int(sys.argv[1]) if sys.argv[1:] else 390
    kills = int(sys.argv[2]) if sys.argv[2:] else 20
    for times in (0, kills):
        print(json.dumps(run(accounts, times), ensure_ascii=False))


if __name__ == "__main__":
    main()

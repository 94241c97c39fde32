"""
What sealing costs, and whether tokens survive processes that all want them exchanged.

`python benchmarks/vault.py` seals and opens credentials in this process alone, and through the vault on SQLite and
PostgreSQL, which keep what they are given on the disk. `python benchmarks/vault.py race` lets 8 processes want the tokens
of 40 accounts in 100 rounds, on either database, from the practice network's token endpoint: every token is exchanged
once a round; one that was spent and is tried again, or an account that does not work in the end, would be counted.
`race 8 5 5` is a short one: processes, accounts, rounds. `race 8 5 5 10` lets the vault fail once in 10 exchanges.
`python benchmarks/vault.py kill` kills such processes at random, and loses answers of the network on the way: an account
over which one died is lost, and must say so. `kill 8 5 10` is a short one: processes, accounts, deaths.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from civicsns.model import Account, Credential, CredentialKind, Secret
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Sandbox
from civicsns.vault import envelope, keys
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealed import SealedVault
from store import postgres

sys.path.append(str(Path(__file__).parents[1] / "tests" / "shared"))
import race

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
TIMES = 2000
STORED = 200
#: As long as X's tokens are.
TOKENS = {"access_token": "a" * 91, "refresh_token": "r" * 91}


def taken(work: Callable[[], object], times: int) -> float:
    """Give the microseconds of one call: the median of some rounds."""
    rounds: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter() - began) / times * 1e6)
    return statistics.median(rounds)


def alone() -> None:
    """Seal and open without a store."""
    wrapper = LocalKey(os.urandom(32))
    data, bound = str(TOKENS).encode(), envelope.about("credential", "武雄市", "x:saga_hanako", "x", "x-oauth2", "1")
    sealed = envelope.seal(data, bound=bound, wrapper=wrapper)
    print(f"seal   {taken(lambda: envelope.seal(data, bound=bound, wrapper=wrapper), TIMES):8.1f} µs")
    print(f"open   {taken(lambda: envelope.open_(sealed, bound=bound, wrapper=wrapper, place=''), TIMES):8.1f} µs")
    other = LocalKey(os.urandom(32))
    print(f"rewrap {taken(lambda: envelope.rewrap(sealed, old=wrapper, new=other), TIMES):8.1f} µs")


def stored(name: str, address: str | Path) -> None:
    """Put, exchange and open through a vault on a database."""
    account = Account(id="x:saga_hanako", platform="x")
    now = datetime.now(UTC)
    credential = Credential(
        platform="x",
        kind=CredentialKind.X_OAUTH2,
        secrets={key: Secret(value) for key, value in TOKENS.items()},
        issued_at=now,
        expires_at=now + timedelta(hours=2),
    )
    key = keys.parse(keys.generate(), place="benchmark")
    with SqlStore(address) as store:
        vault = SealedVault(store, Keys(lambda: key), programme="武雄市", clock=race.At(now))
        generations = iter(range(10**9))
        put = taken(lambda: vault.put(account, attrs.evolve(credential, generation=next(generations))), STORED)
        print(f"{name:10} put {put:8.0f} µs   get {taken(lambda: vault.get(account), STORED):6.0f} µs")


def raced(  # noqa: PLR0917 -- as they stand on the command line
    name: str, address: str | Path, processes: int = 8, accounts: int = 40, rounds: int = 100, failing: int = 0
) -> None:
    """Let processes race, and print what was counted."""
    with Sandbox() as sandbox:
        job = race.prepare(sandbox, address, accounts, failing=failing)
        began = time.perf_counter()
        tally = race.run(job, processes=processes, rounds=rounds)
        seconds = time.perf_counter() - began
    print(
        f"{name}: {tally.wanted} times wanted, {tally.exchanged} exchanged, {tally.refused} spent tokens replayed,"
        f" {tally.lost} accounts lost, {tally.dead} that do not work, {len(tally.troubles)} other troubles;"
        f" {seconds:.0f} s"
    )
    for trouble in sorted(set(tally.troubles))[:5]:
        print(f"  {trouble}")


def killed(name: str, address: str | Path, processes: int = 8, accounts: int = 40, deaths: int = 40) -> None:
    """Kill processes in the middle of it, and print what became of the accounts."""
    with Sandbox() as sandbox:
        job = race.prepare(sandbox, address, accounts)
        seen = race.kill(job, sandbox, processes=processes, deaths=deaths, seed=1)
    print(
        f"{name}: {seen.killed} processes killed, {seen.exchanged} tokens exchanged, {seen.replayed} spent tokens"
        f" replayed, {seen.unanswered} answers lost, {seen.reported} accounts lost and reported, {seen.silent} lost in"
        " silence"
    )


def main() -> None:
    """Measure, and print."""
    with ExitStack() as cleanup:
        directory = Path(tempfile.mkdtemp(prefix="civicsns-bench-"))
        cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
        (directory / "pg").mkdir()
        url = postgres(directory / "pg", cleanup)
        addresses: dict[str, str | Path] = {"SQLite": directory / "civicsns.db"}
        if url is not None:
            addresses["PostgreSQL"] = url
        what, sizes = "".join(sys.argv[1:2]), [int(size) for size in sys.argv[2:]]
        if not what:
            alone()
        works: dict[str, Callable[..., None]] = {"race": raced, "kill": killed, "": stored}
        for name, address in addresses.items():
            works[what](name, address, *sizes)


if __name__ == "__main__":
    main()

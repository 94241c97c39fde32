"""
What it takes to connect the accounts of a whole city hall, and that a process killed on the way leaves nothing by halves.

Each person goes all the way at the practice X, over real sockets: request token, the page, consent, the answer back,
whose token it is, the vault; SQLite, tokens sealed. The practice network runs in a process of its own, the enrolments in
another, which is killed (SIGKILL) at random moments and started again.

Run: python benchmarks/enrolment.py [people] [kills]
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from civicsns.accounts import register
from civicsns.accounts.refusals import LinkError, LinkReason
from civicsns.adapters.x import XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.config import EnrolmentSettings
from civicsns.enrolment import signins, state_in
from civicsns.model import Account, Fact, Person, Secret
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealed import SealedVault
from civicsns.vault.sealer import Sealer

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

BACK = "https://localhost/callback"


def practice(pipe: Connection, people: int) -> None:
    """Run the practice X with an account for each person."""
    from civicsns.testing.sandbox import Sandbox  # noqa: PLC0415 -- in the other process alone

    with Sandbox() as sandbox:
        users = [sandbox.x.add_user(handle=f"tk_{number}", name=f"職員{number}").id for number in range(people)]
        app = sandbox.x.app
        pipe.send({"x": sandbox.x.url, "consumer": (app.consumer_key, app.consumer_secret), "users": users})
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
        sealer=Sealer(Keys(lambda: wrapping), programme="bench"),
        clock=clock,
        enrolment=EnrolmentSettings(base_url="https://sns.city.example/enrol"),
        name="bench",
    )


def imported(program: Program, people: int) -> list[str]:
    """Put everybody into the register, and invite all; give the tokens of the links."""
    staff = [Person(number=str(10_000 + number), name=f"職員{number}") for number in range(people)]
    accounts = [
        Account(id=f"x:{number}", platform="x", handle=f"tk_{number}", steward=str(10_000 + number), personal=True)
        for number in range(people)
    ]
    facts = [Fact(kind=register.PERSON, key=one.number, value=register.person_value(one)) for one in staff]
    facts += [Fact(kind=register.ACCOUNT, key=one.id, value=register.account_value(one)) for one in accounts]
    program.store.put_all([(None, fact) for fact in facts])
    links = program.enrolments.invite_all(by="10000")
    by_account = {link.invitation.account: link.url.reveal().rpartition("/")[2] for link in links}
    return [by_account[f"x:{number}"] for number in range(people)]


def enrolled(world: dict[str, Any], folder: Path, tokens: list[str]) -> None:
    """Be everybody, from wherever each was left."""
    program, browser = programme(world, folder), requests.Session()
    with program:
        for number, (token, user) in enumerate(zip(tokens, world["users"], strict=True)):
            try:
                one(program, browser, token, str(10_000 + number), user)
            except LinkError as error:
                if error.reason is not LinkReason.USED:
                    raise


def one(program: Program, browser: requests.Session, token: str, number: str, user: str) -> None:
    """Be one person, with a browser."""
    enrolments, session = program.enrolments, f"session of {number}"
    enrolments.opened(token)
    enrolments.confirm(token, number, session=session)
    enrolments.agreed(token, "rules", session=session)
    url = enrolments.begin(token, redirect_uri=BACK, session=session)
    page = browser.get(url, timeout=60)
    (key,) = re.findall(r'name="authenticity_token" value="([^"]+)"', page.text)
    choice = {"authenticity_token": key, "user_id": user, "decision": "approve"}
    answer = browser.post(url, data=choice, allow_redirects=False, timeout=60)
    came = answer.headers["Location"]
    enrolments.complete(state_in(came), came, session=session)


def verified(program: Program, world: dict[str, Any]) -> None:
    """
    Look at the end: every account connected to its own user, once, its token in the vault and alive, nothing left over.

    Raises:
        AssertionError: If not.
    """
    adapter = program.adapter("x")
    assert isinstance(adapter, XAdapter)
    for number, user in enumerate(world["users"]):
        account = program.account(f"x:{number}")
        assert account.network_id == user
        assert adapter.whoami(program.vault.get(account)).network_id == user
        events = Counter(record.event for record in program.store.records(account.id))
        assert events["account.connected"] == events["credential.sealed"] == 1, events
    assert not program.store.facts(signins.KIND)


def run(people: int, kills: int) -> dict[str, float]:
    """Measure one run."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    network = spawn.Process(target=practice, args=(theirs, people))
    network.start()
    world = ours.recv()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.perf_counter()
        with programme(world, folder) as program:
            tokens = imported(program, people)
        invited = time.perf_counter() - begun
        chance, killed, before = random.Random(5), 0, resource.getrusage(resource.RUSAGE_CHILDREN)
        while True:
            worker = spawn.Process(target=enrolled, args=(world, folder, tokens))
            worker.start()
            worker.join(chance.uniform(1.5, 6) if killed < kills else None)
            if worker.exitcode is None and worker.pid is not None:
                os.kill(worker.pid, signal.SIGKILL)
                worker.join()
                killed += 1
                continue
            assert worker.exitcode == 0, worker.exitcode
            break
        connected = time.perf_counter() - begun - invited
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with programme(world, folder) as program:
            verified(program, world)
        checked = time.perf_counter() - begun - invited - connected
    ours.send("done")
    network.join()
    return {
        "people": people,
        "killed": killed,
        "import and invite, s": round(invited, 1),
        "connect, s": round(connected, 1),
        "processor time of that, s": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
        "verify, s": round(checked, 1),
    }


def main() -> None:
    """Measure, and print."""
    people = int(sys.argv[1]) if sys.argv[1:] else 390
    kills = int(sys.argv[2]) if sys.argv[2:] else 20
    for times in (0, kills):
        print(json.dumps(run(people, times), ensure_ascii=False))


if __name__ == "__main__":
    main()

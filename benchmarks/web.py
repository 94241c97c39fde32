"""
What it takes to connect the accounts of a whole city hall through the pages, and that killing their server loses nothing.

Each person opens the own link in a browser of requests, gives the number, agrees to the rules, signs in at the practice X
by OAuth 1.0a, and comes back. Three processes: the practice network, the pages (SQLite, sealed vault), which are killed
(SIGKILL) at random moments and started again, and this one, which is everybody's browser, eight at a time.

Run: python benchmarks/web.py [people] [kills]
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import requests

from civicsns import web
from civicsns.accounts import register
from civicsns.adapters.x import XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.config import EnrolmentSettings
from civicsns.enrolment import signins
from civicsns.model import Account, Fact, Person, Secret
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.vault.keys import Keys, LocalKey
from civicsns.vault.sealed import SealedVault
from civicsns.vault.sealer import Sealer
from civicsns.web import serving

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

BROWSERS: Final = 8
MARK: Final = re.compile(r'name="(form|rules)" value="([^"]*)"')


def practice(pipe: Connection, people: int, back: str) -> None:
    """Run the practice X with an account for each person."""
    from civicsns.testing.sandbox import Sandbox  # noqa: PLC0415 -- in the other process alone

    with Sandbox() as sandbox:
        users = [sandbox.x.add_user(handle=f"tk_{number}", name=f"職員{number}").id for number in range(people)]
        app = sandbox.x.register_app(name="bench", callback_uris=(back,))
        pipe.send({"x": sandbox.x.url, "consumer": (app.consumer_key, app.consumer_secret), "users": users})
        pipe.recv()
        pipe.send(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))


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
    keys = Keys(lambda: wrapping)
    return Program(
        roster=register.roster(store),
        adapters={"x": XAdapter(settings, clock=clock)},
        pack=Policy(builtin("jp-municipal")),
        store=store,
        vault=SealedVault(store, keys, programme="bench", clock=clock),
        sealer=Sealer(keys, programme="bench"),
        clock=clock,
        enrolment=EnrolmentSettings(base_url=world["base"]),
        name="bench",
    )


def pages(world: dict[str, Any], folder: Path, pipe: Connection) -> None:
    """Serve the pages, after finishing what the process before has left."""
    with programme(world, folder) as program:
        program.enrolments.resume()
        listening = socket.create_server(("127.0.0.1", world["port"]), backlog=128)
        server = serving.server(web.app(program))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        pipe.send("ready")
        pipe.recv()
        server.should_exit = True
        thread.join()
        pipe.send(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))


def imported(program: Program, people: int) -> list[str]:
    """Put everybody into the register, and invite all; give the links."""
    staff = [Person(number=str(10_000 + number), name=f"職員{number}") for number in range(people)]
    accounts = [
        Account(id=f"x:{number}", platform="x", handle=f"tk_{number}", steward=str(10_000 + number), personal=True)
        for number in range(people)
    ]
    facts = [Fact(kind=register.PERSON, key=one.number, value=register.person_value(one)) for one in staff]
    facts += [Fact(kind=register.ACCOUNT, key=one.id, value=register.account_value(one)) for one in accounts]
    program.store.put_all([(None, fact) for fact in facts])
    links = program.enrolments.invite_all(by="10000")
    by_account = {link.invitation.account: link.url.reveal() for link in links}
    return [by_account[f"x:{number}"] for number in range(people)]


def person(world: dict[str, Any], link: str, number: str, user: str, stop: threading.Event) -> int:
    """Be one person, who opens the link again whenever something goes wrong; give how often that was."""
    for tries in range(1000):
        if stop.is_set():
            break
        try:
            with requests.Session() as browser:
                if way(world, browser, link, number, user):
                    return tries
        except (requests.RequestException, OSError):
            # The server was killed, and is not back yet.
            time.sleep(0.2)
    msg = f"{number} did not get there"
    raise AssertionError(msg)


def way(world: dict[str, Any], browser: requests.Session, link: str, number: str, user: str) -> bool:
    """Go from the link as far as it leads; tell whether the account is connected."""
    base = world["base"]

    def went(answer: requests.Response) -> requests.Response:
        while answer.status_code == 303:
            to = urljoin(answer.url, answer.headers["Location"]).partition("#")[0]
            answer = browser.get(to, allow_redirects=False, timeout=30)
        return answer

    def sent(path: str, page: requests.Response, **fields: str) -> requests.Response:
        hidden = dict(MARK.findall(page.text))
        origin = {"Origin": base, "Sec-Fetch-Site": "same-origin"}
        answer = browser.post(
            f"{base}{path}", data={**hidden, **fields}, headers=origin, allow_redirects=False, timeout=30
        )
        return went(answer)

    page = went(browser.get(link, allow_redirects=False, timeout=30))
    if page.status_code == 410:
        # Used: connected the last time, when the answer was lost.
        return "Connected" in page.text or "接続済み" in page.text
    page = sent("/who", page, number=number)
    if page.url.endswith("/rules"):
        page = sent("/rules", page, agree="yes")
    away = sent("/connect", page)
    found = re.search(r'content="0; url=([^"]*)"', away.text)
    if found is None:
        return "接続済み" in away.text
    url = unescape(found[1])
    (key,) = re.findall(r'name="authenticity_token" value="([^"]+)"', browser.get(url, timeout=30).text)
    choice = {"authenticity_token": key, "user_id": user, "decision": "approve"}
    back = browser.post(url, data=choice, allow_redirects=False, timeout=30).headers["Location"]
    return went(browser.get(back, allow_redirects=False, timeout=30)).url.endswith("/done")


def verified(program: Program, world: dict[str, Any]) -> int:
    """
    Look at the end: every account connected to its own user, once, its token in the vault and alive, nothing left over.

    Raises:
        AssertionError: If not.
    """
    adapter = program.adapter("x")
    assert isinstance(adapter, XAdapter)
    program.enrolments.resume()
    for number, user in enumerate(world["users"]):
        account = program.account(f"x:{number}")
        assert account.network_id == user, account
        assert adapter.whoami(program.vault.get(account)).network_id == user
        events = Counter(record.event for record in program.store.records(account.id))
        assert events["account.connected"] == events["credential.sealed"] == 1, events
    return len(program.store.facts(signins.KIND))


def run(people: int, kills: int) -> dict[str, float]:
    """Measure one run."""
    spawn = multiprocessing.get_context("spawn")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    ours, theirs = spawn.Pipe()
    network = spawn.Process(target=practice, args=(theirs, people, f"{base}/callback"))
    network.start()
    world: dict[str, Any] = ours.recv() | {"base": base, "port": port}
    chance, killed, stop = random.Random(5), 0, threading.Event()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(BROWSERS) as crowd:
        folder = Path(name)
        begun = time.perf_counter()
        with programme(world, folder) as program:
            links = imported(program, people)
        invited = time.perf_counter() - begun
        going = [
            crowd.submit(person, world, link, str(10_000 + number), user, stop)
            for number, (link, user) in enumerate(zip(links, world["users"], strict=True))
        ]
        try:
            while True:
                near, far = spawn.Pipe()
                server = spawn.Process(target=pages, args=(world, folder, far))
                server.start()
                near.recv()
                ends = time.monotonic() + (chance.uniform(0.8, 2.5) if killed < kills else 3600)
                while time.monotonic() < ends and not all(one.done() for one in going):
                    time.sleep(0.05)
                if all(one.done() for one in going):
                    break
                assert server.pid is not None
                os.kill(server.pid, signal.SIGKILL)
                server.join()
                killed += 1
            again = sum(one.result() for one in going)
        finally:
            stop.set()
        connected = time.perf_counter() - begun - invited
        near.send("done")
        used = near.recv()
        server.join()
        with programme(world, folder) as program:
            left = verified(program, world)
        checked = time.perf_counter() - begun - invited - connected
    ours.send("done")
    network_used = ours.recv()
    network.join()
    return {
        "people": people,
        "killed": killed,
        "opened again": again,
        "import and invite, s": round(invited, 1),
        "connect, s": round(connected, 1),
        "verify, s": round(checked, 1),
        "cpu of the last server, s": round(used, 1),
        "cpu of the network, s": round(network_used, 1),
        "sign-ins left to time out": left,
    }


def main() -> None:
    """Measure, and print."""
    people = int(sys.argv[1]) if sys.argv[1:] else 390
    kills = int(sys.argv[2]) if sys.argv[2:] else 20
    for times in (0, kills):
        print(json.dumps(run(people, times), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()

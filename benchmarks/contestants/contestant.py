"""
One contestant of `benchmarks/ledger.py`, in a process of its own so that it can be killed.

`python contestant.py NAME TASK PLACE COUNT`: it prints `ready`, and begins when a line is put in. `race` enqueues COUNT
posts and sends them, and prints the seconds that took; `enqueue` leaves them in the queue; `work` sends what is there until it is killed.
The network is a file that takes a line for each post; it outlives whoever writes to it, and answers after
`BENCH_ANSWER` seconds.
"""

# Only the contestant that runs is imported.
# ruff: noqa: PLC0415
from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: Posts under way at once.
CONCURRENCY = int(os.environ.get("BENCH_CONCURRENCY", "8"))
NETWORK = Path(os.environ.get("BENCH_NETWORK", os.devnull))
#: The number of the first post: where several processes run, each has its own.
FIRST = int(os.environ.get("BENCH_FIRST", "0"))
ANSWER = float(os.environ.get("BENCH_ANSWER", "0"))
TEXT = "本日の朝市は雨のため中止します。"

_sent = threading.Condition()
_count = 0


def send(name: str) -> None:
    """Publish on the network."""
    global _count  # noqa: PLW0603 -- counts for `wait_for`
    line = os.open(NETWORK, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(line, f"{name}\n".encode())
    os.close(line)
    if ANSWER:
        time.sleep(ANSWER)
    with _sent:
        _count += 1
        _sent.notify_all()


def wait_for(count: int) -> None:
    with _sent:
        _sent.wait_for(lambda: _count >= count)


def names(count: int) -> list[str]:
    return [f"{TEXT}{FIRST + number}" for number in range(count)]


@cache
def rules() -> Any:
    """Make the pack ready, once in a process, as `Program.open` does."""
    from civicsns.policy.engine import Policy
    from civicsns.policy.packfile import builtin

    return Policy(builtin("jp-municipal"))


class Civicsns:
    """
    The ledger: intent, post and end, each on the disk before the next.

    After a kill an attempt is read back as soon as it can have ended; where it is going to be *killed*, that is soon.
    """

    def __init__(self, place: str, *, killed: bool = False) -> None:
        from civicsns.accounts.roster import Roster
        from civicsns.config import DeliverySettings
        from civicsns.model import (
            Account,
            Credential,
            CredentialKind,
            Draft,
            Idempotency,
            Limits,
            MediaLimits,
            Person,
            ReadBack,
            Receipt,
            Rendition,
            Secret,
            TextLimits,
        )
        from civicsns.program import Program
        from civicsns.store.sql import SqlStore
        from civicsns.text import Measure
        from civicsns.vault.memory import MemoryVault

        class Board:
            """A network that is a file."""

            limits = Limits(
                text=TextLimits(measure=Measure.X, maximum=280),
                media=MediaLimits(images=0, videos=0, types=frozenset(), bytes_={}, alt_text=0),
                schedule=None,
                idempotency=Idempotency.NONE,
                read_back=ReadBack.STRONG,
                network_delay=timedelta(0),
                read_back_lag=timedelta(0),
            )
            platform: ClassVar[str]

            def prepare(self, draft: Draft, account: Account) -> Rendition:
                return Rendition(platform=self.platform, account=account.id, text=draft.text, body={"text": draft.text})

            def publish(self, rendition: Rendition, _credential: Credential) -> Receipt:
                send(rendition.text)
                return self.receipt(rendition)

            def receipt(self, rendition: Rendition) -> Receipt:
                return Receipt(
                    platform=self.platform,
                    account=rendition.account,
                    post_id=str(hash(rendition.text)),
                    url="https://board.example/1",
                    at=datetime.now(UTC),
                )

            def find(
                self,
                rendition: Rendition,
                _credential: Credential,
                *,
                since: datetime,  # noqa: ARG002 -- as the port has it
                apart_from: Collection[str] = (),  # noqa: ARG002 -- as the port has it
            ) -> Receipt | None:
                there = NETWORK.read_text(encoding="utf-8").splitlines() if NETWORK.exists() else []
                return self.receipt(rendition) if rendition.text in there else None

            def delete(self, receipt: Receipt, credential: Credential) -> None:
                raise NotImplementedError

        class Red(Board):
            platform = "red"

        class Blue(Board):
            platform = "blue"

        accounts = {
            f"{platform}:{number}": Account(id=f"{platform}:{number}", platform=platform, steward="1")
            for platform in ("red", "blue")
            for number in range(390)
        }
        vault = MemoryVault()
        for account in accounts.values():
            secrets = {"token": Secret("t")}
            vault.put(account, Credential(platform=account.platform, kind=CredentialKind.OTHER, secrets=secrets))
        self._draft = Draft
        self.store = SqlStore(place)
        self.program = Program(
            roster=Roster(people={"1": Person(number="1", name="佐賀 花子")}, accounts=accounts),
            adapters={"red": Red(), "blue": Blue()},
            pack=rules(),
            vault=vault,
            store=self.store,
            settings=DeliverySettings(
                concurrency=CONCURRENCY,
                start_deadline=timedelta(seconds=1),
                longest_pause=timedelta(seconds=1),
                clock_skew=timedelta(0),
            )
            if killed
            else DeliverySettings(concurrency=CONCURRENCY),
        )
        self._accounts = list(accounts)

    def post(self, text: str, number: int, not_before: datetime | None = None) -> Any:
        account = self._accounts[number % len(self._accounts)]
        return self.program.publish(
            self._draft(author="1", text=text, accounts=[account], not_before=not_before),
            patience=timedelta(seconds=30 if not_before is None else 0),
        )

    def race(self, count: int) -> float:
        began = time.perf_counter()
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            published = list(pool.map(self.post, names(count), range(FIRST, FIRST + count)))
        took = time.perf_counter() - began
        assert all(one.delivered for one in published)
        return took

    def broadcast(self, _count: int) -> float:
        """Send one text under all 780 accounts."""
        began = time.perf_counter()
        publication = self.program.publish(
            self._draft(author="1", text=f"{TEXT}{time.time_ns()}", accounts=self._accounts)
        )
        took = time.perf_counter() - began
        assert len(self._accounts) == len(publication.delivered)
        return took

    def enqueue(self, count: int) -> None:
        later = datetime.now(UTC) + timedelta(seconds=1)
        for number, name in enumerate(names(count)):
            self.post(name, number, later + timedelta(seconds=count / 100))

    def work(self) -> None:
        while True:
            if not self.program.dispatch():
                time.sleep(0.02)

    def first(self, _count: int) -> float:
        """Give the CPU seconds of publishing one post, after a few others."""
        for number in range(20):
            self.post(f"{TEXT}{time.time_ns()}", number)
        began = time.process_time()
        for number in range(100):
            self.post(f"{TEXT}{time.time_ns()}", number)
        return (time.process_time() - began) / 100


class Procrastinate:
    """A task that sends, as its documentation shows it; jobs in PostgreSQL."""

    def __init__(self, place: str) -> None:
        import procrastinate

        self._already = procrastinate.exceptions.ConnectorException
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=place))
        self._worker = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=place))
        self._task = self._app.task(name="post")(send)
        self._worker.task(name="post")(send)

    def race(self, count: int) -> float:
        self._schema()
        began = time.perf_counter()
        self._defer(count)
        self._worker.run_worker(wait=False, concurrency=CONCURRENCY, listen_notify=False)
        return time.perf_counter() - began

    def enqueue(self, count: int) -> None:
        self._schema()
        self._defer(count)

    def work(self) -> None:
        self._worker.run_worker(concurrency=CONCURRENCY)

    def _schema(self) -> None:
        # It cannot be made twice.
        with self._app.open(), contextlib.suppress(self._already):
            self._app.schema_manager.apply_schema()

    def _defer(self, count: int) -> None:
        with self._app.open():
            for name in names(count):
                self._task.defer(name=name)


class Dbos:
    """A durable workflow of one step, as its documentation shows it; in PostgreSQL."""

    def __init__(self, place: str) -> None:
        import dbos

        self._dbos = dbos
        self._place = place
        dbos.DBOS(
            config={"name": "bench", "system_database_url": place, "log_level": "ERROR", "application_version": "1"}
        )
        step = dbos.DBOS.step()(send)

        @dbos.DBOS.workflow(name="post")  # type: ignore[untyped-decorator]  # its types are not read
        def post(name: str) -> None:
            step(name)

        self._post = post

    def race(self, count: int) -> float:
        self._launch()
        began = time.perf_counter()
        handles = [self._dbos.DBOS.enqueue_workflow("posts", self._post, name) for name in names(count)]
        for handle in handles:
            handle.get_result()
        return time.perf_counter() - began

    def enqueue(self, count: int) -> None:
        self._launch()
        self._dbos.DBOS.destroy()
        client = self._dbos.DBOSClient(system_database_url=self._place)
        for name in names(count):
            client.enqueue({"queue_name": "posts", "workflow_name": "post", "app_version": "1"}, name)

    def work(self) -> None:
        self._launch()
        threading.Event().wait()

    def _launch(self) -> None:
        self._dbos.DBOS.launch()
        self._dbos.DBOS.register_queue("posts", worker_concurrency=CONCURRENCY, polling_interval_sec=0.05)


class Huey:
    """A task that sends, as its documentation shows it; a queue in SQLite with every commit on the disk."""

    def __init__(self, place: str) -> None:
        from huey import SqliteHuey

        self._huey = SqliteHuey(filename=place, fsync=True, results=False)
        self._task = self._huey.task(name="post")(send)

    def race(self, count: int) -> float:
        began = time.perf_counter()
        self.enqueue(count)
        consumer = self._consumer()
        consumer.start()
        wait_for(count)
        took = time.perf_counter() - began
        consumer.stop(graceful=True)
        return took

    def enqueue(self, count: int) -> None:
        for name in names(count):
            self._task(name)

    def work(self) -> None:
        self._consumer().run()

    def _consumer(self) -> Any:
        return self._huey.create_consumer(
            workers=CONCURRENCY, worker_type="thread", periodic=False, initial_delay=0.01, max_delay=0.05
        )


CONTESTANTS: dict[str, Callable[[str], Any]] = {
    "civicsns": Civicsns,
    "procrastinate": Procrastinate,
    "dbos": Dbos,
    "huey": Huey,
}


def main() -> None:
    name, task, place, count = sys.argv[1:]
    logging.disable(logging.ERROR)
    made: Callable[..., Any] = CONTESTANTS[name]
    contestant = made(place, killed=True) if task == "work" and name == "civicsns" else made(place)
    if task == "work":
        contestant.work()
    print("ready", flush=True)
    sys.stdin.readline()
    took = getattr(contestant, task)(int(count))
    print(f"took {took}", flush=True)
    # DBOS and others leave threads behind.
    os._exit(0)


if __name__ == "__main__":
    main()

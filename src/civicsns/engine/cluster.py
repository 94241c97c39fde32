"""
The engine of many machines: procrastinate, on the PostgreSQL database that is the store (extra `cluster`).

Its traps, and what is done about them:

- A job whose worker was killed stays `doing`: a task that runs every minute puts it back, and sweeps the store.
- Jobs with the same `lock` wait for each other even where one lies a week ahead, or its worker is dead: none is used.
- `queueing_lock` refuses a second job as long as the first waits, whenever that is due: the time is a part of it.
- A worker that is at work on `concurrency` jobs takes no other, however urgent: each network has workers of its own,
  and one more for emergencies alone.
- The number of threads of an asyncio loop is that of its processors: each network has its own threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.clock import SystemClock
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Lane, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

    from procrastinate import App
    from procrastinate.jobs import Job

    from civicsns.model import Delivery
    from civicsns.ports import Clock

_log = Events(__name__)

_PRIORITY = {Lane.EMERGENCY: 100, Lane.ROUTINE: 0}
#: The key of the lock under which procrastinate's tables are made: "civicjob" in ASCII.
_INSTALLING = int.from_bytes(b"civicjob")
#: How long after its last sign of life a worker is taken for dead; procrastinate's own workers give one every 10 s.
_DEAD_AFTER = 30.0
#: How long to wait before a worker that ended, because the database went away, is started again.
_AGAIN_AFTER = 2.0


@attrs.frozen(kw_only=True)
class _Task:
    """What a job carries; JSON, and read by later versions too."""

    delivery: str
    platform: str
    lane: str


class ProcrastinateEngine:
    """
    Drives deliveries with workers on many machines.

    `run` works in this process; where the city runs workers of its own (`procrastinate worker`), hand in its `App`.

    Args:
        address: The URL of the PostgreSQL database, the store's; needless with *app*.
        app: The city's own procrastinate app. Open it where deliveries are published; its connector must be
            asynchronous where workers run.
        networks: The networks to serve.
        concurrency: How many jobs of one network a process does at once.
        queue: What the names of the queues begin with; another for each programme on the same database.
        clock: Where the time comes from.
        every: How often to look for jobs whose time has come.
        repair: When to put back jobs whose worker has died, and to sweep the store; a crontab line, with a sixth
            field for seconds where wanted.

    Raises:
        ConfigurationError: If the extra `cluster` is not installed.
    """

    def __init__(
        self,
        address: str | Secret | None = None,
        *,
        app: App | None = None,
        networks: Iterable[str],
        concurrency: int = 8,
        queue: str = "civicsns",
        clock: Clock | None = None,
        every: timedelta = timedelta(seconds=1),
        repair: str = "* * * * *",
    ) -> None:
        procrastinate = _procrastinate()
        self._conninfo = "" if address is None else _conninfo(address)
        if app is None and not self._conninfo:
            raise ValueError("It takes the address of the database, or an app.")
        self._networks = tuple(networks)
        self._concurrency = concurrency
        self._queue = queue
        self._clock = clock or SystemClock()
        self._every = every
        self._drive: Callable[[str], datetime | None] | None = None
        self._sweep: Callable[[], object] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: dict[str, ThreadPoolExecutor] = {}
        self._opening = threading.Lock()
        self._sender: App | None = app
        self.app: App = app or procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=concurrency)
        )
        self._step_name = f"{queue}:step"
        self.app.task(name=self._step_name)(self._step)
        mend = self.app.task(name=f"{queue}:repair", queue=f"{queue}:repair", queueing_lock=f"{queue}:repair")
        self.app.periodic(cron=repair)(mend(self._repair))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def bind(self, drive: Callable[[str], datetime | None]) -> None:
        """Take the function that drives one delivery one step and says when the next is due."""
        self._drive = drive

    def sweeps(self, sweep: Callable[[], object]) -> None:
        """Take the function that wakes what is overdue; it is called every minute, by one worker of all."""
        self._sweep = sweep

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """
        Put a job into the queue for each that has a time.

        Raises:
            Exception: If the database is out of order; the sweep will find them.
        """
        tasks = [
            (_Task(delivery=one.id, platform=one.rendition.platform, lane=one.lane.value), one.not_before)
            for one in deliveries
            if one.not_before is not None
        ]
        if not tasks:
            return
        loop = self._loop
        if loop is not None and loop.is_running():
            # In a worker's process, from one of its threads.
            asyncio.run_coroutine_threadsafe(self._defer_async(tasks), loop).result(timeout=_DEAD_AFTER)
            return
        sender = self._opened_sender()
        jobs = [self._job(task, at) for task, at in tasks]
        waiting = sender.connector.get_sync_connector().execute_query_all(_WAITING, locks=_locks(jobs))
        jobs = _new(jobs, waiting)
        if not jobs:
            return
        try:
            sender.job_manager.batch_defer_jobs(jobs=jobs)
        except _already_enqueued():
            for job in jobs:
                with contextlib.suppress(_already_enqueued()):
                    sender.job_manager.defer_job(job=job)

    def install(self) -> bool:
        """
        Make procrastinate's tables where they are missing; safe to call from many processes at once.

        They are brought up to date by procrastinate's own migrations, as its documentation says.

        Returns:
            Whether they were missing.
        """
        import psycopg  # noqa: PLC0415 -- an extra

        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [_INSTALLING])
            found = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
            if found is not None and found[0] is not None:
                return False
            with connection.transaction():
                connection.execute(self.app.schema_manager.get_schema())
            return True

    def run(self, stop: threading.Event) -> None:
        """Work on the jobs of every network until *stop* is set, and let those under way come to their end."""
        while not stop.is_set():
            try:
                if self._conninfo:
                    self.install()
                asyncio.run(self._run(stop))
            except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
                _log.failed("engine.out_of_reach", error)
                stop.wait(_AGAIN_AFTER)

    def close(self) -> None:
        """Let go of the database; a city's own app stays open."""
        with self._opening:
            if self._sender is not None and self._sender is not self.app:
                self._sender.close()
                self._sender = None
        for threads in self._threads.values():
            threads.shutdown()
        self._threads = {}

    async def _run(self, stop: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        stopping = asyncio.Event()
        loop = self._loop

        def tell() -> None:
            stop.wait()
            with contextlib.suppress(RuntimeError):
                # The loop has ended by itself.
                loop.call_soon_threadsafe(stopping.set)

        threading.Thread(target=tell, name="civicsns-stop", daemon=True).start()
        try:
            async with self.app.open_async():
                workers = [asyncio.create_task(self._keep(stopping, **options)) for options in self._workers()]
                await stopping.wait()
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
        finally:
            self._loop = None

    def _workers(self) -> list[dict[str, Any]]:
        """One worker for each network, one for its emergencies alone, one for repairs."""
        each: list[dict[str, Any]] = [
            {"queues": [f"{self._queue}:repair"], "concurrency": 1, "listen_notify": False},
        ]
        for platform in self._networks:
            urgent = self._queue_of(platform, Lane.EMERGENCY)
            each += [
                {"queues": [urgent, self._queue_of(platform, Lane.ROUTINE)], "concurrency": self._concurrency},
                {"queues": [urgent], "concurrency": 1, "listen_notify": False},
            ]
        return each

    async def _keep(self, stopping: asyncio.Event, **options: Any) -> None:
        """Run one worker, and run it again where it ends because the database went away."""
        # A worker that is told to end while it begins may take that for its own end, and not pass it on.
        while not stopping.is_set():
            try:
                await self.app.run_worker_async(
                    **options,
                    fetch_job_polling_interval=self._every.total_seconds(),
                    stalled_worker_timeout=_DEAD_AFTER,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
            except Exception as error:  # noqa: BLE001 -- the database may be back in a moment
                _log.failed("engine.worker_ended", error, queues=",".join(options["queues"]))
            if not stopping.is_set():
                await asyncio.sleep(_AGAIN_AFTER)

    async def _step(self, delivery: str, platform: str, lane: str, **_later: object) -> None:
        """Drive a delivery, and put in a job for its next step. What fails is found by the sweep."""
        self._loop = asyncio.get_running_loop()
        due = await self._loop.run_in_executor(self._threads_of(platform), self._driven, delivery)
        if due is not None:
            await self._defer_async([(_Task(delivery=delivery, platform=platform, lane=lane), due)])

    def _driven(self, delivery: str) -> datetime | None:
        assert self._drive is not None, "Program binds it before there are jobs"
        try:
            while (due := self._drive(delivery)) is not None and due <= self._clock.now():
                pass
        except Exception as error:  # noqa: BLE001 -- its words, which may be anybody's, do not belong into the job's log
            _log.failed("dispatch.failed", error, delivery=delivery)
            return None
        return due

    async def _repair(self, timestamp: int) -> None:
        """Put back the jobs of workers that died, and wake what is overdue."""
        del timestamp
        manager = self.app.job_manager
        for job in await manager.get_stalled_jobs(task_name=self._step_name, seconds_since_heartbeat=_DEAD_AFTER):
            if job.id is None:
                continue
            try:
                await manager.retry_job_by_id_async(job.id, retry_at=datetime.now(UTC))
            except Exception:  # noqa: BLE001 -- another job for the same step waits already
                from procrastinate.jobs import Status  # noqa: PLC0415 -- an extra

                await manager.finish_job_by_id_async(job.id, status=Status.FAILED, delete_job=True)
        await manager.prune_stalled_workers(_DEAD_AFTER)
        await manager.delete_old_jobs(
            nb_hours=24, queue=f"{self._queue}:repair", include_failed=True, include_aborted=True
        )
        if self._sweep is not None:
            self._loop = asyncio.get_running_loop()
            await self._loop.run_in_executor(self._threads_of("repair"), self._sweep)

    async def _defer_async(self, tasks: Sequence[tuple[_Task, datetime]]) -> None:
        jobs = [self._job(task, at) for task, at in tasks]
        jobs = _new(jobs, await self.app.connector.execute_query_all_async(_WAITING, locks=_locks(jobs)))
        if not jobs:
            return
        try:
            await self.app.job_manager.batch_defer_jobs_async(jobs=jobs)
        except _already_enqueued():
            for job in jobs:
                with contextlib.suppress(_already_enqueued()):
                    await self.app.job_manager.defer_job_async(job=job)

    def _job(self, task: _Task, at: datetime) -> Job:
        from procrastinate.jobs import Job  # noqa: PLC0415 -- an extra

        now = at <= self._clock.now()
        lane = Lane(task.lane)
        return Job(
            id=None,
            queue=self._queue_of(task.platform, lane),
            lock=None,
            # What is due now has a lock of its own: a job that lies ahead by mistake must not stand in its way.
            queueing_lock=f"{self._queue}:{task.delivery}:{'now' if now else at.isoformat()}",
            task_name=self._step_name,
            priority=_PRIORITY[lane],
            task_kwargs=attrs.asdict(task),
            scheduled_at=None if now else at,
        )

    def _queue_of(self, platform: str, lane: Lane) -> str:
        return f"{self._queue}:{platform}:{lane.value}"

    def _threads_of(self, platform: str) -> ThreadPoolExecutor:
        if platform not in self._threads:
            self._threads[platform] = ThreadPoolExecutor(
                max_workers=self._concurrency + 1, thread_name_prefix=f"civicsns-{platform}"
            )
        return self._threads[platform]

    def _opened_sender(self) -> App:
        """Give the app that is used where no worker runs; opened when it is first needed."""
        with self._opening:
            if self._sender is None:
                procrastinate = _procrastinate()
                connector = procrastinate.SyncPsycopgConnector(conninfo=self._conninfo, min_size=0, max_size=4)
                sender: App = procrastinate.App(connector=connector)
                sender.open()
                self._sender = sender
            return self._sender


#: Which of these jobs are waiting already; one that is would make a whole batch fail.
_WAITING = "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(locks)s)"


def _locks(jobs: Sequence[Job]) -> list[str | None]:
    return [job.queueing_lock for job in jobs]


def _new(jobs: Sequence[Job], waiting: Iterable[dict[str, Any]]) -> list[Job]:
    """Leave out what waits already, and what stands there twice."""
    there = {row["queueing_lock"] for row in waiting}
    return list({job.queueing_lock: job for job in jobs if job.queueing_lock not in there}.values())


def _procrastinate() -> Any:
    try:
        import procrastinate  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise ConfigurationError(
            Bilingual(
                f"procrastinate で動かすのに必要な {error.name} がありません。",
                f"Running on procrastinate needs {error.name}, which is not installed.",
            ),
            mend=Bilingual(
                'pip install "civicsns[cluster]" を実行してください。', 'Run: pip install "civicsns[cluster]"'
            ),
            place="engine",
        ) from error
    return procrastinate


def _already_enqueued() -> type[Exception]:
    from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415 -- an extra

    return AlreadyEnqueued


def _conninfo(address: str | Secret) -> str:
    """Make of SQLAlchemy's URL one that libpq takes."""
    revealed = address.reveal() if isinstance(address, Secret) else address
    scheme, separator, rest = revealed.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"

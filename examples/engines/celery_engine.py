"""
Deliveries as Celery tasks, for a city that runs Celery already.

`CeleryEngine` is all it takes. Celery may lose a task, repeat it or be late; the ledger does not care, as long as
`Program.sweep` runs every minute (`app.conf.beat_schedule`, or `civicsns dispatch --loop` on one machine).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import Celery
from celery.contrib.testing.worker import start_worker
from engine_practice import broadcast, practice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from civicsns.model import Delivery


class CeleryEngine:
    """A task for each step, in a queue for each network and lane."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def bind(self, drive: Callable[[str], datetime | None]) -> None:
        """Make the task that drives a delivery, and puts in another for its next step."""

        def step(delivery_id: str, queue: str) -> None:
            due = drive(delivery_id)
            if due is not None:
                self._step.apply_async((delivery_id, queue), eta=due, queue=queue)

        # Acknowledged when it has ended: a task whose worker was killed comes again.
        self._step = self._app.task(name="civicsns.step", acks_late=True, ignore_result=True)(step)

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """Put in a task for each."""
        for one in deliveries:
            queue = f"civicsns-{one.rendition.platform}-{one.lane}"
            if one.not_before is not None:
                self._step.apply_async((one.id, queue), eta=one.not_before, queue=queue)


def main() -> None:
    """Run a broadcast on a worker in this process; in earnest: celery -A yourmodule worker -Q ..., one per network."""
    # A broker in memory; in earnest it is the city's own.
    app = Celery(broker="memory://")
    app.conf.task_queues = None
    queues = [f"civicsns-{platform}-{lane}" for platform in ("x", "facebook") for lane in ("emergency", "routine")]
    with (
        practice(CeleryEngine(app)) as (program, sandbox),
        start_worker(app, pool="threads", concurrency=4, queues=queues, perform_ping_check=False),
    ):
        broadcast(program, sandbox)


if __name__ == "__main__":
    main()

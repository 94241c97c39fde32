"""
Deliveries as DBOS workflows, for a city that runs DBOS already.

`DBOSEngine` is all it takes. A workflow that DBOS runs again after a crash drives the delivery again, and the ledger
sees to it that nothing goes out twice; what DBOS loses, `Program.sweep` finds (from a scheduled workflow, or
`civicsns dispatch --loop` on one machine).
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dbos import DBOS, SetEnqueueOptions
from engine_practice import broadcast, practice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicsns.model import Delivery


class DBOSEngine:
    """A workflow for each step, in a queue for each network and lane."""

    def bind(self, drive: Callable[[str], datetime | None]) -> None:
        """Make the workflow that drives a delivery, and enqueues another for its next step."""

        def step(delivery_id: str, queue: str) -> None:
            due = drive(delivery_id)
            if due is not None:
                self._enqueue(delivery_id, queue, due)

        self._step = DBOS.workflow(name="civicsns.step")(step)

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """Enqueue a workflow for each."""
        for one in deliveries:
            if one.not_before is not None:
                self._enqueue(one.id, f"civicsns-{one.rendition.platform}-{one.lane}", one.not_before)

    def _enqueue(self, delivery_id: str, queue: str, at: datetime) -> None:
        with SetEnqueueOptions(delay_seconds=max((at - datetime.now(UTC)).total_seconds(), 0)):
            DBOS.enqueue_workflow(queue, self._step, delivery_id, queue)


def main() -> None:
    """Run a broadcast on DBOS in this process, which there can be one of; its tables are in a file of their own."""
    with tempfile.TemporaryDirectory() as folder:
        # A version of one's own: DBOS leaves what one version enqueued to that version for ever.
        DBOS(
            config={
                "name": "civicsns",
                "system_database_url": f"sqlite:///{folder}/dbos.sqlite",
                "application_version": "1",
                "console_log_level": "WARNING",
            }
        )
        with practice(DBOSEngine()) as (program, sandbox):
            DBOS.launch()
            try:
                for platform in ("x", "facebook"):
                    for lane in ("emergency", "routine"):
                        DBOS.register_queue(
                            f"civicsns-{platform}-{lane}", worker_concurrency=8, polling_interval_sec=0.2
                        )
                broadcast(program, sandbox)
            finally:
                DBOS.destroy()


if __name__ == "__main__":
    main()

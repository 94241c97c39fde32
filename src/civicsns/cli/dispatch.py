"""`civicsns dispatch`: take what waits further, once or in a loop."""

from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from civicsns.cli import options, report
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from civicsns.model import Delivery


@click.command()
@options.settings
@click.option("--loop", is_flag=True, help="止めるまで続ける / Go on until stopped.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    help="--loop で、ほかの処理が入れた配信を探す間隔（秒） / Seconds between two looks for what others have put in, with --loop.",
)
def dispatch(settings: Path, *, loop: bool, every: float | None) -> None:
    """
    時刻の来た配信を先へ進めます。cron から一回ずつ、または --loop で。

    Take the deliveries that are due further: once, from cron, or without end with --loop.

    --loop は SIGTERM か Ctrl-C で終わります。送信中のものは最後まで待ちます。 --loop ends on SIGTERM or Ctrl-C,
    after what is under way.
    """
    console = report.console()

    def progress(delivery: Delivery) -> None:
        said = report.state(delivery)
        console.print(
            f"  {delivery.rendition.account} {delivery.id}: {said.ja} / {said.en}", markup=False, soft_wrap=True
        )

    with Program.open(settings) as program:
        if loop:
            _log_to_standard_error()
            console.print("配信しています。Ctrl-C で終わります / Delivering; Ctrl-C ends it.")
            program.run(_stopped_by_signal(), every=timedelta(seconds=every) if every else None, progress=progress)
        else:
            changed = program.dispatch(progress=progress)
            console.print(f"{changed} 件を進めました。 / {changed} deliveries moved.")
        waiting = len(program.waiting())
    if waiting:
        console.print(
            f"人の判断を待つ配信が {waiting} 件あります: civicsns ledger"
            f" / {waiting} deliveries wait for a person: civicsns ledger"
        )


class _Facts(logging.Formatter):
    """The event, and its facts behind it."""

    usual = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in vars(record).items() if name not in self.usual)
        return f"{super().format(record)} {facts}".rstrip()


def _log_to_standard_error() -> None:
    """Show what goes wrong; a system's journal adds the time, and takes the number in brackets for the severity."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Facts("<4>%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s %(message)s"))
    handler.setLevel(logging.WARNING)
    logging.getLogger("civicsns").addHandler(handler)


def _stopped_by_signal() -> threading.Event:
    """Give an event that SIGINT or SIGTERM sets; the second one ends the process at once."""
    stop = threading.Event()

    def set_(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, set_)
    return stop

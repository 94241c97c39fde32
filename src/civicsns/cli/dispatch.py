"""`civicsns dispatch`: take what waits further, once or in a loop."""

from __future__ import annotations

import signal
import threading
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
@click.option("--loop", is_flag=True, help="止めるまで繰り返す / Go on until stopped.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="--loop で、次に見るまでの秒数 / Seconds between two looks, with --loop.",
)
def dispatch(settings: Path, *, loop: bool, every: float) -> None:
    """
    時刻の来た配信を先へ進めます。cron から一回ずつ、または --loop で。

    Take the deliveries that are due further: once, from cron, or again and again with --loop.
    """
    console = report.console()
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    if loop:
        # A signal ends the loop between two rounds, never in the middle of an attempt.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)

    def progress(delivery: Delivery) -> None:
        said = report.state(delivery)
        console.print(
            f"  {delivery.rendition.account} {delivery.id}: {said.ja} / {said.en}", markup=False, soft_wrap=True
        )

    with Program.open(settings) as program:
        while True:
            changed = program.dispatch(progress=progress)
            if not loop:
                break
            if stopping.is_set() or (not changed and stopping.wait(every)):
                break
        waiting = len(program.waiting())
    if not loop:
        console.print(f"{changed} 件を進めました。 / {changed} deliveries moved.")
    if waiting:
        console.print(
            f"人の判断を待つ配信が {waiting} 件あります: civicsns ledger"
            f" / {waiting} deliveries wait for a person: civicsns ledger"
        )

"""`civicsns publish`: check a post and deliver it."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from civicsns.cli import options, report
from civicsns.model import Decision, Delivery, DeliveryState
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.settings
@options.draft
@click.option(
    "--reason", default="", help="要確認の指摘を確認した理由 / Why it may go out although a rule asks for review."
)
@click.option(
    "--patience", type=float, default=30.0, show_default=True, help="結果を待つ秒数 / Seconds to wait for results."
)
def publish(settings: Path, reason: str, patience: float, **parts: Any) -> None:
    """
    確認してから投稿し、アカウントごとの結果を示します。

    Check a post, deliver it, and show what happened for each account. Exits with 0 only if all went out.
    """
    draft = options.make_draft(**parts)
    console = report.console()
    with Program.open(settings) as program:
        decision = Decision(by=draft.author, digest=draft.digest, reason=reason) if reason else None

        def progress(delivery: Delivery) -> None:
            said = report.state(delivery)
            console.print(f"  {delivery.rendition.account}: {said.ja} / {said.en}", markup=False)

        done = program.publish(draft, decision=decision, patience=timedelta(seconds=patience), progress=progress)
        if done.verdict.findings:
            console.print(report.verdict(done.verdict, draft))
        console.print(report.publication(done, program))
    sys.exit(0 if all(result.state is DeliveryState.DELIVERED for result in done.results) else 1)

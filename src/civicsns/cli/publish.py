"""`civicsns publish`: check a post and deliver it."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from civicsns.cli import options, own, report
from civicsns.cli.sending import sending
from civicsns.model import Delivery, DeliveryState
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.settings
@options.draft
@options.window
@own.anyway
@click.option(
    "--reason", default="", help="要確認の指摘を確認した理由 / Why it may go out although a rule asks for review."
)
@options.waivers
@click.option(
    "--patience", type=float, default=30.0, show_default=True, help="結果を待つ秒数 / Seconds to wait for results."
)
def publish(
    settings: Path,
    reason: str,
    waived: tuple[str, ...],
    waived_by: str | None,
    patience: float,
    *,
    at: str | None,
    until: str | None,
    next_business_day: bool,
    anyway: bool,
    **parts: Any,
) -> None:
    """
    確認してから投稿し、アカウントごとの結果を示します。

    Check a post, deliver it, and show what happened for each account. Exits with 0 only if all went out, or waits for
    the time that was asked for.
    """
    draft = options.make_draft(**parts)
    console = report.console()
    with Program.open(settings) as program:
        own.obey(draft, zone=program.zone, anyway=anyway)
        draft = options.timed(draft, program, at=at, until=until, next_business_day=next_business_day)
        decision = options.decision(draft, reason=reason, waived=waived, waived_by=waived_by)

        def progress(delivery: Delivery) -> None:
            said = report.state(delivery)
            console.print(f"  {delivery.rendition.account}: {said.ja} / {said.en}", markup=False)

        with sending(program, draft):
            done = program.publish(draft, decision=decision, patience=timedelta(seconds=patience), progress=progress)
        report.verdict(console, done.verdict, draft, program.pack)
        report.show(console, done.results, program)
    waits = draft.not_before is not None
    sys.exit(0 if all(_well(result, waits=waits) for result in done.results) else 1)


def _well(result: Delivery, *, waits: bool) -> bool:
    return result.state is DeliveryState.DELIVERED or (
        waits and result.state is DeliveryState.PENDING and result.failure is None
    )

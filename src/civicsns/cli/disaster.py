"""`civicsns disaster`: disaster mode 災害対応中, which rules read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from civicsns.cli import options, report
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
@options.settings_of_group
def disaster() -> None:
    """
    災害対応中かどうかを示し、切り替えます。

    Show whether the city is in disaster mode, and switch it.
    """


@disaster.command()
@options.settings
@options.by
@options.reason
def on(settings: Path, *, by: str, reason: str) -> None:
    """
    災害対応に入ります。

    Put the city in disaster mode.
    """
    with Program.open(settings) as program:
        program.declare_disaster(by=by, reason=reason)
    report.console().print("災害対応中にしました。 / Disaster mode is on.")


@disaster.command()
@options.settings
@options.by
@options.reason
def off(settings: Path, *, by: str, reason: str) -> None:
    """
    災害対応を終えます。

    End the disaster mode.
    """
    with Program.open(settings) as program:
        program.end_disaster(by=by, reason=reason)
    report.console().print("災害対応を終えました。 / Disaster mode is off.")


@disaster.command()
@options.settings
@options.as_json
def show(settings: Path, *, as_json: bool) -> None:
    """
    災害対応中かどうか、いつから、なぜかを示します。

    Show whether disaster mode is on, since when and why.
    """
    with Program.open(settings) as program:
        declared, zone = program.disaster(), program.zone
    if as_json:
        facts = None if declared is None else {"by": declared.by, "reason": declared.reason, "at": declared.at}
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, default=str))
    elif declared is None:
        report.console().print("災害対応中ではありません。 / Disaster mode is off.")
    else:
        since = declared.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        report.console().print(
            f"災害対応中（{since} から、職員 {declared.by}、理由: {declared.reason}）。"
            f" / Disaster mode is on since {since} (by {declared.by}: {declared.reason}).",
            markup=False,
            soft_wrap=True,
        )

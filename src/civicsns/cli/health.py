"""`civicsns health`: what is stuck, why, and what to do."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.errors import CivicsnsError
from civicsns.health import Health, Level
from civicsns.language import Bilingual, Language
from civicsns.program import Program

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

_LEVELS = {
    Level.GOOD: ("green", Bilingual("参考", "note")),
    Level.ATTENTION: ("yellow", Bilingual("注意", "attention")),
    Level.BAD: ("red", Bilingual("異常", "bad")),
}


@click.command()
@options.settings
@click.option(
    "--max-age",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="動作の合図と配信の遅れを、何秒まで認めるか。cron で動かすなら間隔の2倍に"
    " / Seconds that a sign of life may be old, and a delivery late; with cron, twice its interval.",
)
@click.option("--json", "as_json", is_flag=True, help="監視システムのための JSON / JSON, for a monitoring system.")
def health(settings: Path, *, max_age: float, as_json: bool) -> None:
    """
    何が、なぜ止まっているかと、次にすることを示します。何も送信しません。

    Say what is stuck, why, and what to do. Nothing is sent. Exits with 0 if all is well, 1 if somebody should look,
    2 if posts do not go out.
    """
    try:
        with Program.open(settings) as program:
            found = program.health(max_age=timedelta(seconds=max_age))
            zone = program.zone
    except CivicsnsError as error:
        # What cannot even be looked at is as bad as can be, and monitoring must learn of it in its own language.
        if as_json:
            said = {"ja": error.in_(Language.JA), "en": error.in_(Language.EN)}
            click.echo(json.dumps({"level": "bad", "error": said}, ensure_ascii=False))
        else:
            click.echo(error.in_(Language.JA), err=True)
            click.echo(error.in_(Language.EN), err=True)
        sys.exit(Level.BAD)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        _show(found, zone)
    sys.exit(found.level)


def _show(found: Health, zone: tzinfo) -> None:
    console = report.console()
    if found.symptoms:
        table = Table(show_lines=True, title="運用の状態 / How the programme is", title_justify="left")
        table.add_column("段階\nLevel", overflow="fold")
        table.add_column("何が\nWhat", overflow="fold", ratio=1)
        table.add_column("次にすること\nWhat to do", overflow="fold", ratio=1)
        for symptom in found.symptoms:
            colour, word = _LEVELS[symptom.level]
            times = [
                f"{name} {at.astimezone(zone):%Y-%m-%d %H:%M}"
                for name, at in (("⇤", symptom.since), ("⇥", symptom.until))
                if at is not None
            ]
            table.add_row(
                f"[{colour}]{word.ja}\n{word.en}[/]",
                escape("\n".join([symptom.what.ja, symptom.what.en, *times])),
                escape(f"{symptom.mend.ja}\n{symptom.mend.en}"),
            )
        console.print(table)
    if found.level is Level.GOOD:
        console.print("異常ありません。 / All is well.")
    for worker in found.workers:
        doing = len(worker.doing)
        console.print(
            f"{worker.host}:{worker.pid} {worker.engine} {worker.version}"
            f" · {worker.at.astimezone(zone):%Y-%m-%d %H:%M:%S} · 送信中 {doing} / {doing} under way",
            markup=False,
            soft_wrap=True,
        )

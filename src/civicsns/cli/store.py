"""`civicsns store`: what is said about the store as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from civicsns.cli import options, report
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
@options.settings_of_group
def store() -> None:
    """
    保管庫の手入れ。

    Look after the store.
    """


@store.command()
@options.settings
@options.by
@click.option(
    "--taken-at",
    required=True,
    help="バックアップを取った時刻、またはそれより前 / When the backup was made, or earlier: 2026-04-01T03:00+09:00",
)
def restored(settings: Path, *, by: str, taken_at: str) -> None:
    """
    バックアップから戻したと伝えます。待っている投稿は、送る前に必ず読み返します。

    Say that the store was restored from a backup: what waits is read back before it is sent.
    """
    with Program.open(settings) as program:
        doubted = program.restored(taken_at=_moment(taken_at, program), by=by)
    report.console().print(
        f"{doubted} 件を、送る前に読み返します。 / {doubted} deliveries are read back before they are sent.",
        markup=False,
        soft_wrap=True,
    )


def _moment(text: str, program: Program) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            Bilingual("時刻として読めません。", "It cannot be read as a time."),
            mend=Bilingual("「2026-04-01T03:00+09:00」のように書いてください。", "Write it as 2026-04-01T03:00+09:00."),
            place="--taken-at",
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=program.zone)

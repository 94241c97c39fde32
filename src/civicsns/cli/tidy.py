"""`civicsns tidy`: let go of files that nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from civicsns.cli import options
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.settings
def tidy(settings: Path) -> None:
    """
    配信が終わって一定の日数（設定の [records] file_days）が過ぎた画像・動画を、保管庫から消します。

    Remove the pictures and films whose deliveries ended longer ago than the settings keep them ([records] file_days).
    """
    with Program.open(settings) as program:
        count = program.tidy()
    click.echo(f"{count:,} 件の画像・動画を消しました。 / {count:,} pictures and films were removed.")

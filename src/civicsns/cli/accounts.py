"""`civicsns accounts`: the accounts of the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.settings
@click.option("--section", help="所管課で絞り込む / Only those of a section.")
def accounts(settings: Path, section: str | None) -> None:
    """
    アカウントの一覧を示します。

    List the accounts.
    """
    with Program.open(settings) as program:
        shown = [account for account in program.accounts if section is None or account.section == section]
        people = program.roster.people
    table = Table(
        "アカウント / Account", "媒体 / Network", "ユーザー名 / Handle", "所管課 / Section", "管理者 / Steward"
    )
    for account in shown:
        steward = people[account.steward].name if account.steward else "—"
        cells = (account.id, account.platform, account.handle, account.section, steward)
        table.add_row(*(escape(cell) for cell in cells))
    console = report.console()
    console.print(table)
    console.print(f"{len(shown)} 件 / {len(shown)} accounts")

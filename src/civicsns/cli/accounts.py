"""`civicsns accounts`: the accounts of the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import impostors, lifecycle, may, options, profiles, public, report, retiring, roster
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path

_section = click.option("--section", help="所管課で絞り込む / Only those of a section.")


@click.group(invoke_without_command=True)
@options.settings
@_section
@click.pass_context
def accounts(context: click.Context, settings: Path, section: str | None) -> None:
    """
    アカウントの一覧を示します（list と同じ）。人事異動は plan と apply、投稿の権限は may、返納は retire、点検は verify と profiles。

    List the accounts, as `list` does. `plan` and `apply` take in a new roster; `may` tells who may post; `retire` gives
    accounts back; `verify` looks after credentials, `profiles` after what citizens see.
    """
    if context.invoked_subcommand is None:
        _show(settings, section)


@accounts.command("list")
@options.settings
@_section
def list_(settings: Path, section: str | None) -> None:
    """
    アカウントの一覧を示します。

    List the accounts.
    """
    _show(settings, section)


def _show(settings: Path, section: str | None) -> None:
    with Program.open(settings) as program:
        shown = [account for account in program.accounts if section is None or account.section == section]
        people = program.roster.people
        # Of a register in the store, each would be read by itself.
        names = {person.number: person.name for person in people.values()}
    table = Table()
    # Ids are typed again for other commands: never shortened, and whole where there is room.
    table.add_column("アカウント / Account", overflow="fold", min_width=max((len(one.id) for one in shown), default=0))
    for heading in ("媒体 / Network", "ユーザー名 / Handle", "所管課 / Section", "管理者 / Steward"):
        table.add_column(heading, overflow="fold")
    for account in shown:
        # A steward who has left is on no roster.
        steward = names.get(account.steward, account.steward) or "—"
        cells = (account.id, account.platform, account.handle, account.section, steward)
        table.add_row(*(escape(cell) for cell in cells))
    console = report.console()
    console.print(table)
    console.print(f"{len(shown)} 件 / {len(shown)} accounts")


for _command in (
    roster.check,
    *lifecycle.COMMANDS,
    *may.COMMANDS,
    *public.COMMANDS,
    *impostors.COMMANDS,
    *profiles.COMMANDS,
    *retiring.COMMANDS,
):
    accounts.add_command(_command)

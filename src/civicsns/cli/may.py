"""`civicsns accounts may`: who may post under which account, and why."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from civicsns.accounts.permission import Permission


@click.command()
@click.argument("number")
@click.argument("account", required=False)
@options.settings
@options.as_json
@click.option("--all", "everything", is_flag=True, help="投稿できないものも示す / Show what the person may not, too.")
def may(settings: Path, number: str, account: str | None, *, as_json: bool, everything: bool) -> None:
    """
    職員が、どのアカウントに投稿できるかと、その理由を示します。投稿できないアカウントを指定すると 1 で終わります。

    Say under which accounts a person may post, and why. Exits with 1 where ACCOUNT is given and the person may not.
    """
    with Program.open(settings) as program:
        looked = (
            program.permissions.under(number)
            if account is None
            else {account: program.permissions.may(number, account)}
        )
    shown = [one for one in looked.values() if one.allowed or everything or account is not None]
    if as_json:
        click.echo(json.dumps([_table(one) for one in shown], ensure_ascii=False, indent=2))
    else:
        _show(shown, looked=len(looked))
    if account is not None and not looked[account].allowed:
        sys.exit(1)


#: For the group `civicsns accounts`.
COMMANDS = (may,)


def _table(one: Permission) -> dict[str, Any]:
    return {
        "account": one.account,
        "allowed": one.allowed,
        "cause": one.cause,
        "reason": {"ja": one.reason.ja, "en": one.reason.en},
        "mend": None if one.allowed else {"ja": one.mend.ja, "en": one.mend.en},
        "who": list(one.who),
    }


def _show(shown: list[Permission], *, looked: int) -> None:
    console = report.console()
    table = Table(show_lines=True)
    for heading in ("アカウント / Account", "投稿 / May post", "理由 / Why"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        why = [f"{one.reason.ja}\n{one.reason.en}"]
        if not one.allowed:
            why.append(f"{one.mend.ja}\n{one.mend.en}")
        answer = "[green]できる / yes[/]" if one.allowed else "[red]できない / no[/]"
        table.add_row(escape(one.account), answer, escape("\n".join(why)))
    if shown:
        console.print(table)
    count = sum(one.allowed for one in shown)
    console.print(
        f"{looked} 件のうち {count} 件に投稿できます。 / May post under {count} of {looked} accounts.", soft_wrap=True
    )
    if len(shown) < looked:
        console.print("ほかの理由は --all で。 / With --all: why not under the others.")

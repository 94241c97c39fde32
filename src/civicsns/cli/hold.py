"""`civicsns hold`: stop posting 投稿停止, and let it go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.posting.hold import Scope
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from civicsns.posting.hold import Hold

F = TypeVar("F", bound="Callable[..., Any]")


def _what(command: F) -> F:
    """Add the options that say what is held."""
    added: list[Callable[[Any], Any]] = [
        click.option("--account", help="アカウント / An account."),
        click.option("--section", help="所管課のすべてのアカウント / All accounts of a section."),
        click.option("--delivery", help="一つの配信 / One delivery."),
        click.option("--draft", help="起案の要約値 / The digest of a draft."),
        click.option("--all", "programme", is_flag=True, help="すべての投稿 / All posting."),
        options.by,
        options.reason,
    ]
    for add in reversed(added):
        command = add(command)
    return command


@click.group(invoke_without_command=True)
@options.settings
@options.as_json
@click.pass_context
def hold(context: click.Context, settings: Path, *, as_json: bool) -> None:
    """
    投稿停止の一覧を示します。停止は place、解除は lift。

    List what is on hold. `place` stops posting, `lift` lets it go on.
    """
    if context.invoked_subcommand is not None:
        return
    with Program.open(settings) as program:
        shown = program.holds()
        zone = program.zone
    console = report.console()
    if as_json:
        rows = [
            {"scope": one.scope, "name": one.name, "by": one.by, "reason": one.reason, "at": one.at} for one in shown
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    if not shown:
        console.print("投稿停止はありません。 / Nothing is on hold.")
        return
    table = Table(show_lines=True)
    for heading in ("停止 / On hold", "職員 / By", "いつから / Since", "理由 / Reason"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        since = one.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(*(escape(cell) for cell in (one.key, one.by, since, one.reason)))
    console.print(table)


@hold.command()
@options.settings
@_what
def place(settings: Path, *, by: str, reason: str, **what: Any) -> None:
    """
    投稿を停止します。緊急の投稿も止まります。送信の最中のものは止まりません。

    Stop posting, emergencies included. What is being sent at this moment is not stopped.
    """
    scope, name = _chosen(**what)
    with Program.open(settings) as program:
        placed = program.hold(scope, name, by=by, reason=reason)
    _show(placed)


@hold.command()
@options.settings
@_what
def lift(settings: Path, *, by: str, reason: str, **what: Any) -> None:
    """
    投稿停止を解除します。止まっていた配信は、次の dispatch で出ます。

    Lift a hold. What it kept back goes out with the next dispatch.
    """
    scope, name = _chosen(**what)
    with Program.open(settings) as program:
        gone_on = program.lift(scope, name, by=by, reason=reason)
    report.console().print(
        f"投稿停止を解除しました。{len(gone_on)} 件の配信が再開します。"
        f" / The hold is lifted; {len(gone_on)} deliveries go on."
    )


def _chosen(
    *, account: str | None, section: str | None, delivery: str | None, draft: str | None, programme: bool
) -> tuple[Scope, str]:
    named = {Scope.ACCOUNT: account, Scope.SECTION: section, Scope.DELIVERY: delivery, Scope.DRAFT: draft}
    chosen = [(scope, name) for scope, name in named.items() if name]
    if programme:
        chosen.append((Scope.PROGRAMME, ""))
    if len(chosen) != 1:
        msg = (
            "--account、--section、--delivery、--draft、--all のどれか一つを指定してください。"
            " / Give one of --account, --section, --delivery, --draft, --all."
        )
        raise click.UsageError(msg)
    return chosen[0]


def _show(placed: Hold) -> None:
    said = placed.said
    report.console().print(f"{said.ja} / {said.en}", markup=False, soft_wrap=True)

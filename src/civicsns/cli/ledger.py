"""`civicsns ledger`: what waits for a person, and what the person decides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from civicsns.model import Delivery

_by = click.option("--by", required=True, help="判断した人の職員番号 / The personnel number of whoever decides.")


@click.group(invoke_without_command=True)
@options.settings
@click.pass_context
def ledger(context: click.Context, settings: Path) -> None:
    """
    人の判断を待つ配信を示します。

    List the deliveries that wait for a person: outcomes that nothing proves, and deliveries of held accounts.
    """
    context.obj = settings
    if context.invoked_subcommand is not None:
        return
    with Program.open(settings) as program:
        shown = program.waiting()
        table = Table(show_lines=True)
        for heading in ("配信 / Delivery", "結果 / Result", "本文 / Text", "くわしく / Details"):
            table.add_column(heading, overflow="fold")
        for delivery in shown:
            said, more = report.state(delivery), report.note(delivery, program.zone)
            begun = (
                delivery.intent_at.astimezone(program.zone).strftime("%Y-%m-%d %H:%M:%S") if delivery.intent_at else "—"
            )
            evidence = delivery.failure.evidence if delivery.failure else {}
            facts = [f"送信開始 / begun: {begun}", *(f"{name}: {value}" for name, value in evidence.items())]
            cells = (
                f"{delivery.id}\n{delivery.rendition.account}",
                f"{said.ja}\n{said.en}",
                delivery.rendition.text,
                "\n".join([more.ja, more.en, *facts]),
            )
            table.add_row(*(escape(cell) for cell in cells))
    console = report.console()
    if shown:
        console.print(table)
        console.print(
            "ネットワークの画面を見て判断してください / Look at the network and decide:\n"
            "  civicsns ledger decide ID --by NUMBER --reason … --published POST_ID | --absent [--again]\n"
            "  civicsns ledger resume ID --by NUMBER",
            markup=False,
            soft_wrap=True,
        )
    else:
        console.print("人の判断を待つ配信はありません。 / Nothing waits for a person.")


@ledger.command()
@click.argument("delivery_id")
@_by
@click.option("--reason", required=True, help="何を見て判断したか / What was seen.")
@click.option("--published", "post_id", help="投稿されていた。その投稿のID / It is there; the post's id.")
@click.option("--absent", is_flag=True, help="投稿されていなかった / It is not there.")
@click.option("--again", is_flag=True, help="--absent のとき、もう一度送る / With --absent: send it once more.")
@click.pass_obj
def decide(
    settings: Path, delivery_id: str, *, by: str, reason: str, post_id: str | None, absent: bool, again: bool
) -> None:
    """
    送信が不明な配信を、画面で見たことに基づいて判断します。

    Settle an unknown outcome by what you see on the network now.
    """
    if (post_id is not None) == absent or (again and not absent):
        msg = "--published か --absent のどちらか一つを指定してください。 / Give either --published or --absent."
        raise click.UsageError(msg)
    with Program.open(settings) as program:
        _known(program, delivery_id)
        decided = program.decide(
            delivery_id, by=by, reason=reason, seen_at=datetime.now(UTC), post_id=post_id, again=again
        )
    _show(decided)


@ledger.command()
@click.argument("delivery_id")
@_by
@click.pass_obj
def resume(settings: Path, delivery_id: str, *, by: str) -> None:
    """
    停止中の配信を再開します。アカウントを接続し直したあとに使います。

    Let a held delivery go on, once its account is connected again.
    """
    with Program.open(settings) as program:
        _known(program, delivery_id)
        resumed = program.resume(delivery_id, by=by)
    _show(resumed)


def _known(program: Program, delivery_id: str) -> None:
    if delivery_id not in {delivery.id for delivery in program.waiting()}:
        raise BadInput(
            Bilingual("人の判断を待つ配信に、このIDはありません。", "No delivery of that id waits for a person."),
            mend=Bilingual("civicsns ledger で一覧を確かめてください。", "Look at the list: civicsns ledger"),
            place=delivery_id,
        )


def _show(delivery: Delivery) -> None:
    said = report.state(delivery)
    report.console().print(f"{delivery.id}: {said.ja} / {said.en}", markup=False, soft_wrap=True)

"""`civicsns ledger`: what waits for a person, and what the person decides."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Capacity, DeliveryState
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from civicsns.model import Delivery


@click.group(invoke_without_command=True)
@options.settings
@click.pass_context
def ledger(context: click.Context, settings: Path) -> None:
    """
    人の判断を待つ配信を示します。

    List the deliveries that wait for a person: outcomes that nothing proves, and deliveries of held accounts.
    """
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
                # Whoever looks after the ledger need not be its author.
                delivery.rendition.text if delivery.capacity is Capacity.OFFICIAL else "（私的な投稿） / (private)",
                "\n".join([more.ja, more.en, *facts]),
            )
            table.add_row(*(escape(cell) for cell in cells))
    console = report.console()
    if shown:
        console.print(table)
        console.print(
            "ネットワークの画面を見て判断してください / Look at the network and decide:\n"
            "  civicsns ledger decide ID --by NUMBER --reason … --published POST_ID | --absent [--again]\n"
            "  civicsns ledger resume ID --by NUMBER\n"
            "  civicsns ledger withdraw ID --by NUMBER --reason …\n"
            "  civicsns hold",
            markup=False,
            soft_wrap=True,
        )
    else:
        console.print("人の判断を待つ配信はありません。 / Nothing waits for a person.")


@ledger.command()
@options.settings
@click.argument("delivery_id")
@options.by
@click.option("--reason", required=True, help="何を見て判断したか / What was seen.")
@click.option("--published", "post_id", help="投稿されていた。その投稿のID / It is there; the post's id.")
@click.option("--absent", is_flag=True, help="投稿されていなかった / It is not there.")
@click.option("--again", is_flag=True, help="--absent のとき、もう一度送る / With --absent: send it once more.")
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
@options.settings
@click.argument("delivery_id")
@options.by
def resume(settings: Path, delivery_id: str, *, by: str) -> None:
    """
    停止中の配信を再開します。アカウントを接続し直したあとに使います。

    Let a held delivery go on, once its account is connected again.
    """
    with Program.open(settings) as program:
        _known(program, delivery_id)
        resumed = program.resume(delivery_id, by=by)
    _show(resumed)


@ledger.command()
@options.settings
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="件数の上限 / At most so many."
)
def upcoming(settings: Path, *, limit: int) -> None:
    """
    これから送る配信を、時刻の順に示します。

    List what is to be sent, in the order of its times.
    """
    with Program.open(settings) as program:
        report.show(report.console(), program.upcoming(limit=limit), program)


@ledger.command()
@options.settings
@click.argument("subject")
@options.by
@options.reason
def withdraw(settings: Path, subject: str, *, by: str, reason: str) -> None:
    """
    送信前の配信（または起案の全配信）を取り下げます。

    Take back a delivery, or all of a draft, before it is sent.
    """
    with Program.open(settings) as program, options.existing(subject):
        left = program.withdraw(subject, by=by, reason=reason)
    for delivery in left:
        _show(delivery)


@ledger.command()
@options.settings
@click.argument("delivery_id")
@options.by
@options.reason
@click.option("--yes", is_flag=True, help="確かめずに削除する / Do not ask before deleting.")
def delete(settings: Path, delivery_id: str, *, by: str, reason: str, yes: bool) -> None:
    """
    投稿をネットワークから削除し、消えたことを確かめます。スレッドは後ろの投稿から削除します。

    Delete a published post on its network, and confirm that it is gone. Of a thread, the last part goes first.
    """
    with Program.open(settings) as program, options.existing(delivery_id):
        delivery = program.store.get(delivery_id)
        if not yes:
            more = report.note(delivery, program.zone)
            click.echo(f"{delivery.rendition.account}: {delivery.rendition.text}")
            click.echo("\n".join(dict.fromkeys((more.ja, more.en))))
            click.confirm("削除しますか / Delete it?", abort=True)
        left = program.delete(delivery_id, by=by, reason=reason)
        report.show(report.console(), left, program)
    sys.exit(0 if all(part.state is not DeliveryState.DELIVERED for part in left) else 1)


@ledger.command()
@options.settings
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="件数の上限 / At most so many."
)
def failed(settings: Path, *, limit: int) -> None:
    """
    出なかった配信（期限切れを含む）を、新しい順に示します。

    List what did not go out, what was too late included, the newest first.
    """
    with Program.open(settings) as program:
        report.show(report.console(), program.failed(limit=limit), program)


@ledger.command()
@options.settings
@click.argument("subject")
def show(settings: Path, subject: str) -> None:
    """
    一つの配信（または起案の全配信）の今と、証跡を示します。

    Show how a delivery, or all of a draft, stands, and what is on record about it.
    """
    with Program.open(settings) as program, options.existing(subject):
        shown = program.deliveries(subject)
        console = report.console()
        report.show(console, shown, program)
        for about in dict.fromkeys([shown[0].draft, *(delivery.id for delivery in shown)]):
            console.print(f"\n{about}", markup=False, soft_wrap=True)
            for record in program.store.records(about):
                at = record.at.astimezone(program.zone).strftime("%Y-%m-%d %H:%M:%S")
                facts = [record.facts[name] for name in ("outcome", "post", "reason") if name in record.facts]
                facts += ["prefer_duplicate"] if "prefer_duplicate" in record.facts else []
                console.print("  ".join([f"  {at}", record.event, record.by, *facts]), markup=False, soft_wrap=True)


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

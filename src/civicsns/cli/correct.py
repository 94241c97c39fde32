"""`civicsns correct`: publish a correction 訂正 of an earlier post."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from civicsns.cli import options, own, report
from civicsns.cli.sending import sending
from civicsns.model import DeliveryState, Draft
from civicsns.posting import correction
from civicsns.posting.correction import Linking
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.settings
@click.argument("delivery_id")
@click.argument("text", required=False)
@click.option("--author", "-a", help="起案者の職員番号 / The author's personnel number.")
@click.option("--reason", help="何が誤っていたか / What was wrong.")
@click.option(
    "--linking",
    type=click.Choice([linking.value for linking in Linking]),
    default=Linking.ANSWER.value,
    show_default=True,
    help="元の投稿との結び付け: 返信、引用、なし、元の投稿の編集 / How it is tied to the original, or whether that is edited.",
)
@click.option("--link", help="リンク / A link.")
@click.option(
    "--delete-original", is_flag=True, help="訂正が出たら元の投稿を削除する / Delete the original once it is out."
)
@own.anyway
@options.waivers
@click.option("--template", is_flag=True, help="訂正文のひな形を示す / Show a form for the words.")
@click.option(
    "--patience", type=float, default=30.0, show_default=True, help="結果を待つ秒数 / Seconds to wait for results."
)
def correct(
    settings: Path,
    delivery_id: str,
    text: str | None,
    author: str | None,
    reason: str | None,
    *,
    waived: tuple[str, ...],
    waived_by: str | None,
    linking: str,
    link: str | None,
    delete_original: bool,
    template: bool,
    anyway: bool,
    patience: float,
) -> None:
    """
    投稿の訂正を、元の投稿に結び付けて投稿します。

    Publish a correction of an earlier post, tied to it on the network and in the records.
    """
    console = report.console()
    with Program.open(settings) as program:
        with options.existing(delivery_id):
            original = program.store.get(delivery_id)
        if template:
            said = correction.template(original, zone=program.zone)
            console.print(f"{said.ja}\n\n{said.en}", markup=False, soft_wrap=True)
            return
        if not (text and author and reason):
            msg = "訂正文、--author、--reason を指定してください。 / Give the words, --author and --reason."
            raise click.UsageError(msg)
        # Whoever corrects has looked at what the rules say, and gives the reason for both.
        draft = Draft(
            author=author,
            text=text,
            accounts=[original.rendition.account],
            link=link,
            thread=True,
            corrects=original.draft,
        )
        own.obey(draft, zone=program.zone, anyway=anyway)
        with sending(program, draft):
            done = program.correct(
                delivery_id,
                draft,
                by=author,
                reason=reason,
                linking=Linking(linking),
                delete_original=delete_original,
                decision=options.decision(draft, reason=reason, waived=waived, waived_by=waived_by),
                patience=timedelta(seconds=patience),
            )
        if done.publication.verdict.findings:
            report.verdict(console, done.publication.verdict, draft, program.pack)
        report.show(console, done.publication.results, program)
        if delete_original:
            report.show(console, done.originals, program)
    right = all(result.state is DeliveryState.DELIVERED and not result.failure for result in done.publication.results)
    gone = not delete_original or all(original.state is DeliveryState.DELETED for original in done.originals)
    sys.exit(0 if right and gone else 1)

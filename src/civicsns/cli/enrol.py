"""`civicsns enrol`: connect accounts by links for their people 登録."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from civicsns.accounts.enrolment import Stage
from civicsns.cli import files, options, report
from civicsns.enrolment import sheets
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.enrolment import Link, Standing

_COLOURS = {Stage.CONNECTED: "green", Stage.FAILED: "red", Stage.EXPIRED: "red", Stage.CANCELLED: "red"}
_days = click.option("--days", type=click.IntRange(min=1), help="リンクの有効日数 / How many days the links open.")
_section = click.option("--section", help="所管課で絞り込む / Only those of a section.")


@click.group()
@options.settings_of_group
def enrol() -> None:
    """
    アカウントの登録（本人によるネットワークへの接続）。

    Connect accounts: links for their people, who has come how far, reminders.
    """


@enrol.command()
@options.settings
@click.argument("accounts", nargs=-1)
@_section
@click.option("--all", "everybody", is_flag=True, help="接続を待つすべて / All that wait to be connected.")
@options.by
@_days
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="印刷する案内書（HTML） / To print.")
@click.option("--text", type=click.Path(path_type=Path, dir_okay=False), help="メール用の文 / As text, for mail.")
@click.option("--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="差し込み用の表 / A table.")
@click.option("--links", is_flag=True, help="表にリンクも入れる / Put the links into the table, too.")
def invite(
    settings: Path, accounts: tuple[str, ...], section: str | None, by: str, days: int | None, **given: Any
) -> None:
    """
    本人に渡すリンクを作ります。リンクはこのときだけ書き出せます（保管しません）。

    Make links for people. They can be written out at this moment alone: nobody keeps them.
    """
    everybody: bool = given["everybody"]
    sheet: Path | None = given["sheet"]
    text: Path | None = given["text"]
    table: Path | None = given["table"]
    if bool(accounts) == bool(everybody or section):
        msg = (
            "アカウントか、--all・--section のどちらかを指定してください。 / Name accounts, or give --all or --section."
        )
        raise click.UsageError(msg)
    if not (sheet or text or (table and given["links"])):
        msg = (
            "リンクの書き出し先を --sheet、--text、--csv --links のどれかで指定してください。"
            " / Say where the links go: --sheet, --text, or --csv with --links."
        )
        raise click.UsageError(msg)
    valid = timedelta(days=days) if days else None
    # Before links are made that could not be written out.
    for path in (sheet, text, table):
        if path is not None:
            files.writable(path)
    with Program.open(settings) as program:
        if sheet:
            sheets.html([], program.roster, city=program.name)
        links: Sequence[Link] = (
            [program.enrolments.invite(one, by=by, valid=valid) for one in accounts]
            if accounts
            else program.enrolments.invite_all(by=by, section=section, valid=valid)
        )
        if sheet and links:
            _private(sheet, sheets.html(links, program.roster, city=program.name))
        if text and links:
            _private(text, sheets.text(links, program.roster))
        if table and links:
            # A mark at the beginning, by which spreadsheets know UTF-8.
            _private(table, "\ufeff" + sheets.table(links, program.roster, with_links=given["links"]))
    report.console().print(f"{len(links)} 件のリンクを作りました。 / {len(links)} links were made.")
    if not links:
        report.console().print(
            "使えるリンクのないまま接続を待つアカウントはありません。作り直すには: civicsns enrol sheet ACCOUNT\n"
            "No account waits to be connected without a link that opens. For another link: civicsns enrol sheet ACCOUNT",
            markup=False,
            soft_wrap=True,
        )


@enrol.command()
@options.settings
@click.argument("account")
@options.by
@_days
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="書き出し先 / Where to.")
def sheet(settings: Path, account: str, by: str, days: int | None, out: Path) -> None:
    """
    一人分の案内書を、新しいリンクで作り直します。前のリンクは使えなくなります。

    Make the sheet of one account anew, with a new link; the earlier one opens no more.
    """
    files.writable(out)
    with Program.open(settings) as program:
        sheets.html([], program.roster, city=program.name)
        link = program.enrolments.invite(account, by=by, valid=timedelta(days=days) if days else None)
        _private(out, sheets.html([link], program.roster, city=program.name))


@enrol.command()
@options.settings
@_section
@click.option("--open", "unfinished", is_flag=True, help="終わっていないものだけ / Only what is not finished.")
@options.as_json
def status(settings: Path, section: str | None, *, unfinished: bool, as_json: bool) -> None:
    """
    誰がどこまで進んだか、失敗した理由とともに示します。

    Show who has come how far, and why what failed has failed.
    """
    with Program.open(settings) as program:
        shown = [
            one
            for one in program.enrolments.status(section=section)
            if not (unfinished and one.stage is Stage.CONNECTED)
        ]
        waiting = program.enrolments.waiting()
        zone = program.zone
    if as_json:
        click.echo(json.dumps([_plain(one) for one in shown], ensure_ascii=False, indent=2))
        return
    table = Table()
    headings = ("アカウント / Account", "職員 / Person", "所管課 / Section", "状況 / Stage", "いつから / Since")
    for heading in (*headings, "理由と対処 / Why, and what to do"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        since = one.since.astimezone(zone).strftime("%Y-%m-%d %H:%M") if one.since else "—"
        said = f"[{_COLOURS.get(one.stage, 'yellow')}]{one.stage.said.ja} / {one.stage.said.en}[/]"
        why = f"{one.why} {one.mend}" if one.why and one.mend else ""
        cells = (one.account.id, f"{one.person} {one.name}", one.account.section)
        table.add_row(*(escape(cell) for cell in cells), said, since, escape(why))
    console = report.console()
    console.print(table)
    counted = Counter(one.stage for one in shown)
    for stage in Stage:
        if counted[stage]:
            console.print(f"{stage.said.ja} {counted[stage]} / {stage.said.en}: {counted[stage]}")
    for left in waiting:
        since = left.since.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        console.print(f"! {left.account}（{since}）: {left.what} {left.mend}", markup=False, soft_wrap=True)


@enrol.command()
@options.settings
@click.option("--after", type=click.IntRange(min=0), help="何日動きがなければ / After how many days without a step.")
@click.option("--send", is_flag=True, help="Apprise で送る / Send them through Apprise.")
@click.option("--by", default="", help="職員番号。--send に要ります / Who sends them.")
@options.as_json
def remind(settings: Path, after: int | None, by: str, *, send: bool, as_json: bool) -> None:
    """
    まだ終わっていない人への催促の文を示すか、送ります。

    Show what is said to those who have not finished, or send it.
    """
    with Program.open(settings) as program:
        waiting = program.enrolments.reminders(after=None if after is None else timedelta(days=after))
        if send:
            sent = [one for one in waiting if program.enrolments.remind(one, by=by)]
            report.console().print(f"{len(sent)}/{len(waiting)} 件を送りました。 / {len(sent)} of {len(waiting)} sent.")
            return
    if as_json:
        rows = [
            {
                "person": one.person,
                "name": one.name,
                "accounts": list(one.accounts),
                "subject": {"ja": one.subject.ja, "en": one.subject.en},
                "text": {"ja": one.text.ja, "en": one.text.en},
            }
            for one in waiting
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for left in waiting:
        click.echo(
            f"== {left.person} {left.name}: {left.subject.ja} / {left.subject.en}\n{left.text.ja}\n{left.text.en}"
        )
    report.console().print(f"{len(waiting)} 人 / {len(waiting)} people")


@enrol.command()
@options.settings
@click.argument("account")
@options.by
@options.reason
def cancel(settings: Path, account: str, by: str, reason: str) -> None:
    """
    渡したリンクを使えなくします。

    Let the link of an account open no more.
    """
    with Program.open(settings) as program:
        cancelled = program.enrolments.cancel(account, by=by, reason=reason)
    said = (
        "リンクを取り消しました。 / The link opens no more."
        if cancelled
        else "使えるリンクはありません。 / There is no link that opens."
    )
    report.console().print(said)


@enrol.command()
@options.settings
def resume(settings: Path) -> None:
    """
    途中で止まった接続を終わらせ、戻らなかったものを片付けます（cron 向け）。

    Finish sign-ins that a crash has left, and give up those that nobody came back for; for cron.
    """
    with Program.open(settings) as program:
        done = program.enrolments.resume()
    report.console().print(f"{done} 件 / {done} sign-ins")


def _plain(left: Standing) -> dict[str, Any]:
    return {
        "account": left.account.id,
        "platform": left.account.platform,
        "handle": left.account.handle,
        "section": left.account.section,
        "person": left.person,
        "name": left.name,
        "stage": left.stage.value,
        "since": left.since.isoformat() if left.since else None,
        "expires_at": left.expires_at.isoformat() if left.expires_at else None,
        "problem": left.problem.value if left.problem else None,
        "why": {"ja": left.why.ja, "en": left.why.en} if left.why else None,
        "mend": {"ja": left.mend.ja, "en": left.mend.en} if left.mend else None,
        "reminded_at": left.reminded_at.isoformat() if left.reminded_at else None,
    }


def _private(path: Path, content: str) -> None:
    """Write a file that its owner alone can read, from its first byte; it holds links."""
    with files.writing(path):
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(content)
    report.console().print(str(path), markup=False, soft_wrap=True)

"""`civicsns accounts check`: whether a roster can be taken in, and how it is understood."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click
from rich.markup import escape

from civicsns import config
from civicsns.accounts import roster
from civicsns.cli import options, report
from civicsns.cli.files import writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from civicsns.accounts.table import Remark
    from civicsns.model import Account, Person

_path = click.Path(path_type=Path, dir_okay=False)
#: By the values of `civicsns.accounts.table.Grade`; other commands do not pay for what reads tables.
_GRADES: Final = {
    "fault": ("red", "不備 / Fault"),
    "question": ("yellow", "確認 / Look"),
    "note": ("cyan", "備考 / Note"),
}
#: So many remarks are shown; the rest is counted.
_SHOWN: Final = 50
#: How the columns are headed that are written; as the examples' are.
_HEADINGS: Final = {
    "number": "職員番号",
    "name": "氏名",
    "section": "所属",
    "job": "職種",
    "post": "職名",
    "since": "採用年月日",
    "until": "任期満了日",
}


@click.command()
@options.settings
@click.argument("people", type=_path)
@click.option("--accounts", type=_path, help="アカウントの一覧も確かめる / Check a list of accounts, too.")
@click.option("--out", type=_path, help="読み取った職員をCSVに書く / Write the people, as they were read, as CSV.")
@click.option("--all", "whole", is_flag=True, help="すべて示す（初めは 50 件） / Show all, not the first 50 only.")
@options.as_json
@click.pass_context
def check(
    context: click.Context,
    /,
    settings: Path,
    people: Path,
    accounts: Path | None,
    out: Path | None,
    *,
    whole: bool,
    as_json: bool,
) -> None:
    """
    名簿 PEOPLE を取り込めるか確かめ、不備を行と列で示します。何も変えません。

    Check whether the roster PEOPLE can be taken in; each fault is shown with its line and column. Nothing is changed.

    Exits with 0 where it can be taken in, and with 1 where it cannot.
    """
    from civicsns.accounts.table import Grade, RosterError  # noqa: PLC0415 -- a tenth of a second for this command alone

    form = config.RosterSettings()
    if options.asked(context, "settings") or settings.exists():
        form = config.load(settings).roster
    staff: dict[str, Person] | None = None
    listed: dict[str, Account] | None = None
    files: list[tuple[Path, Sequence[Remark]]] = []
    try:
        read = roster.staff(people, form)
        staff = dict(read.people)
        files.append((people, read.remarks))
    except RosterError as error:
        files.append((people, error.faults))
    if accounts is not None:
        try:
            # Without a roster, nobody can be missing on it.
            accounted = roster.listed(accounts, people=staff, form=form)
            listed = dict(accounted.accounts)
            files.append((accounts, accounted.remarks))
        except RosterError as error:
            files.append((accounts, error.faults))
    if as_json:
        click.echo(json.dumps([_as_json(path, found) for path, found in files], ensure_ascii=False, indent=2))
    else:
        console = report.console()
        for path, found in files:
            _show(console, path, found, whole=whole)
        _count(console, staff, listed)
    if staff is not None and out is not None:
        # A mark, since Excel takes it for Shift_JIS without one.
        with writing(out):
            out.write_text(_as_csv(staff), encoding="utf-8-sig", newline="")
    sys.exit(any(one.grade is Grade.FAULT for _, found in files for one in found))


def ask(path: Path, found: Sequence[Remark]) -> None:
    """Show, on standard error, what somebody should look at in a table that was taken in."""
    questions = [one for one in found if one.grade == "question"]
    if questions:
        _show(report.console(stderr=True), path, questions, whole=True)


def _show(console: Console, path: Path, found: Sequence[Remark], *, whole: bool) -> None:
    console.print(f"[bold]{escape(str(path))}[/]", soft_wrap=True)
    for one in found if whole else found[:_SHOWN]:
        colour, grade = _GRADES[one.grade]
        console.print(f"[{colour}]{grade}[/] {escape(_told(one, 'ja'))}", soft_wrap=True)
        console.print(f"  {escape(_told(one, 'en'))}", soft_wrap=True)
    rest = 0 if whole else len(found) - _SHOWN
    if rest > 0:
        console.print(f"ほか {rest:,} 件（--all で示す） / {rest:,} more (--all shows them)")


def _told(one: Remark, language: str) -> str:
    place, what, mend = (
        getattr(said, language) if said is not None else "" for said in (one.place, one.what, one.mend)
    )
    parts = [f"{place}:" if place else "", what, "" if one.grade == "note" else mend]
    return " ".join(part for part in parts if part)


def _count(console: Console, staff: dict[str, Person] | None, listed: dict[str, Account] | None) -> None:
    if staff is not None:
        sections = len({one.section for one in staff.values() if one.section})
        console.print(f"{len(staff):,} 人、{sections:,} 所属 / {len(staff):,} people, {sections:,} sections")
    if listed is not None:
        console.print(f"{len(listed):,} アカウント / {len(listed):,} accounts")


def _as_json(path: Path, found: Sequence[Remark]) -> dict[str, Any]:
    from civicsns.accounts.table import letter  # noqa: PLC0415 -- as above

    return {
        "file": str(path),
        "remarks": [
            {
                "grade": one.grade,
                "flaw": one.flaw,
                "line": one.line,
                "column": None if one.column is None else letter(one.column),
                "heading": one.heading,
                "what": attrs.asdict(one.what),
                "mend": attrs.asdict(one.mend),
            }
            for one in found
        ],
    }


def _as_csv(staff: dict[str, Person]) -> str:
    from civicsns.accounts.table import write  # noqa: PLC0415 -- as above

    rows = [
        ["" if value is None else str(value) for value in (getattr(one, name) for name in _HEADINGS)]
        for one in staff.values()
    ]
    return write([list(_HEADINGS.values()), *rows])

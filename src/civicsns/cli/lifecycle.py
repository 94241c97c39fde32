"""`civicsns accounts import`, `plan`, `apply`, `applied`, `undo`: who comes, moves and leaves."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from rich.progress import Progress

from civicsns import config
from civicsns.accounts import roster
from civicsns.accounts.lifecycle import Expected, Plan, Wanted
from civicsns.cli import options, plans, report
from civicsns.cli import roster as asked
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from civicsns.lifecycle import Application, Lifecycle

F = TypeVar("F", bound="Callable[..., Any]")
_file = click.Path(path_type=Path, dir_okay=False)
_all = click.option(
    "--all", "whole", is_flag=True, help="すべて示す（初めは 50 件） / Show all, not the first 50 only."
)
_yes = click.option("--yes", is_flag=True, help="確かめずに進む / Do not ask.")


def _wanted(command: F) -> F:
    """Add the options that say what is wanted, from when, and how much is expected to come of it."""
    added: list[Callable[[Any], Any]] = [
        click.argument("people", type=_file, required=False),
        click.option("--accounts", type=_file, help="アカウントの一覧も取り込む / A list of accounts, too."),
        click.option(
            "--on",
            "day",
            type=click.DateTime(["%Y-%m-%d"]),
            help="名簿の基準日（例 2026-04-01）。先の日なら予定として残す / From which day on it holds; one to come is prepared.",
        ),
        click.option(
            "--successor",
            "successors",
            multiple=True,
            metavar="ID=NUMBER",
            help="アカウントの後任の管理者 / Who follows as an account's steward.",
        ),
        click.option("--expect-leavers", type=int, help="去る人数を確かめた / How many leave, having looked."),
        click.option("--expect-closed", type=int, help="閉じる件数を確かめた / How many are closed, having looked."),
    ]
    for add in reversed(added):
        command = add(command)
    return command


@click.command()
@options.settings
@_wanted
@click.option("--prepared", is_flag=True, help="予定されている変更を示す / Show what is prepared for days to come.")
@click.option("--due", is_flag=True, help="日の来た予定と任期の終わりを示す / Show what has come due.")
@options.as_json
@_all
def plan(settings: Path, *, prepared: bool, due: bool, as_json: bool, whole: bool, **wanted: Any) -> None:
    """
    名簿 PEOPLE を台帳と比べ、何が変わるかを示します。何も変えません。

    Compare the roster PEOPLE with the register, and show what would change. Nothing is changed.
    """
    with Program.open(settings) as program:
        lifecycle = program.lifecycle
        if prepared:
            plans.prepared(report.console(), lifecycle.prepared(), as_json=as_json)
            return
        made = lifecycle.due(expected=_expected(wanted)) if due else _planned(lifecycle, wanted, settings)
        if as_json:
            click.echo(json.dumps(plans.as_json(made), ensure_ascii=False, indent=2))
            return
        _interrupted(lifecycle)
        plans.show(report.console(), made, whole=whole)


@click.command("apply")
@options.settings
@_wanted
@click.option("--by", help="職員番号 / The personnel number of whoever does it.")
@click.option("--reason", help="理由（証跡に残ります） / Why; it goes on record.")
@click.option("--plan", "digest", help="確かめた計画の要約値。違えば何もしない / Only if the plan has this digest.")
@click.option("--due", is_flag=True, help="日の来た予定と任期の終わりを発効させる / Put into effect what has come due.")
@click.option("--resume", is_flag=True, help="中断した適用の続きを行う / Go on with what was interrupted.")
@_yes
@_all
def apply_(  # noqa: PLR0917 -- click gives them by name
    settings: Path,
    by: str | None,
    reason: str | None,
    digest: str | None,
    due: bool,  # noqa: FBT001
    resume: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    whole: bool,  # noqa: FBT001
    **wanted: Any,
) -> None:
    """
    名簿 PEOPLE の計画を示し、確かめてから適用します。中断しても --resume で続けられます。

    Show the plan for the roster PEOPLE, ask, and put it into effect. Interrupted, it goes on with --resume.
    """
    with Program.open(settings) as program:
        lifecycle = program.lifecycle
        if resume:
            _ended(_with_progress(lifecycle.resume))
            return
        by, reason = _given("--by", by), _given("--reason", reason)
        made = lifecycle.due(expected=_expected(wanted)) if due else _planned(lifecycle, wanted, settings)
        _carry_out(lifecycle, made, by=by, reason=reason, digest=digest, yes=yes, whole=whole)


@click.command("import")
@options.settings
@_wanted
@options.by
@options.reason
@_yes
@_all
def import_(settings: Path, *, by: str, reason: str, yes: bool, whole: bool, **wanted: Any) -> None:
    """
    設定の people と accounts のファイル（か PEOPLE と --accounts）を、保管庫の台帳に取り込みます。

    Take the files of the settings, or PEOPLE and --accounts, into the register in the store.
    """
    programme = config.load(settings).programme
    if wanted["people"] is None:
        wanted["people"], wanted["accounts"] = programme.people, wanted["accounts"] or programme.accounts
    with Program.open(settings) as program:
        made = _planned(program.lifecycle, wanted, settings, importing=True)
        _carry_out(program.lifecycle, made, by=by, reason=reason, digest=None, yes=yes, whole=whole)
    if programme.people is not None:
        report.console().print(
            "設定の [programme] から people と accounts を消すと、台帳が使われます。\n"
            "Take people and accounts out of [programme] in the settings, and the register counts.",
            markup=False,
        )


@click.command()
@options.settings
@options.as_json
def applied(settings: Path, *, as_json: bool) -> None:
    """
    これまでの適用の一覧を示します。

    List what was put into effect.
    """
    with Program.open(settings) as program:
        plans.applications(report.console(), program.lifecycle.applications(), program.zone, as_json=as_json)


@click.command()
@options.settings
@click.argument("application")
@options.by
@options.reason
@_yes
def undo(settings: Path, *, application: str, by: str, reason: str, yes: bool) -> None:
    """
    適用 APPLICATION を、取り消せるところまで取り消します。

    Take the application APPLICATION back, as far as it can be.
    """
    if not yes:
        click.confirm(f"{application} を取り消しますか / Take it back?", abort=True)
    with Program.open(settings) as program:
        undone = program.lifecycle.undo(application, by=by, reason=reason)
    plans.undone(report.console(), undone)


COMMANDS: Final = (import_, plan, apply_, applied, undo)


def _planned(lifecycle: Lifecycle, wanted: dict[str, Any], settings: Path, *, importing: bool = False) -> Plan:
    form = config.load(settings).roster
    return lifecycle.plan(_read(wanted, form), day=_day(wanted["day"]), expected=_expected(wanted), importing=importing)


def _read(wanted: dict[str, Any], form: config.RosterSettings) -> Wanted:
    people, accounts = wanted["people"], wanted["accounts"]
    if people is None:
        msg = "名簿のファイルを指定してください。 / Name the roster's file."
        raise click.UsageError(msg)
    successors: dict[str, str] = {}
    for written in wanted["successors"]:
        account, sign, number = written.rpartition("=")
        if not sign or not account or not number:
            msg = f"--successor {written}: ID=職員番号 / ID=NUMBER"
            raise click.UsageError(msg)
        successors[account] = number
    staff = roster.staff(people, form)
    asked.ask(people, staff.remarks)
    listed = roster.listed(accounts, people=staff.people, form=form).accounts if accounts is not None else None
    return Wanted(people=staff.people, accounts=listed, dates=staff.dates, columns=staff.columns, successors=successors)


def _expected(wanted: dict[str, Any]) -> Expected:
    return Expected(leavers=wanted["expect_leavers"], closed=wanted["expect_closed"])


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _given(option: str, value: str | None) -> str:
    if value is None:
        raise click.MissingParameter(param_type="option", param_hint=option)
    return value


def _carry_out(
    lifecycle: Lifecycle, made: Plan, *, by: str, reason: str, digest: str | None, yes: bool, whole: bool
) -> None:
    console = report.console()
    plans.show(console, made, whole=whole)
    if digest is not None and not (len(digest) >= plans.DIGITS and made.digest.startswith(digest)):
        raise BadInput(
            Bilingual("確かめた計画と違います。", "It is not the plan that was looked at."),
            mend=Bilingual(
                "台帳か名簿が変わっています。計画を確かめ直してください。",
                "The register or the roster has changed: look at the plan again.",
            ),
            place="--plan",
        )
    if not made.changes and not made.void:
        return
    if not made.stops and not yes:
        click.confirm("適用しますか / Put it into effect?", abort=True)
    _ended(_with_progress(partial(lifecycle.apply, made, by=by, reason=reason)))


def _with_progress(act: Callable[..., Application | None]) -> Application | None:
    with Progress(console=report.console(stderr=True), transient=True) as shown:
        task = shown.add_task("適用 / Applying", total=None)

        def progress(done: int, of: int) -> None:
            shown.update(task, completed=done, total=of)

        return act(progress=progress)


def _ended(found: Application | None) -> None:
    console = report.console()
    if found is None:
        console.print("することはありません。 / There is nothing to do.")
        return
    plans.ended(console, found)


def _interrupted(lifecycle: Lifecycle) -> None:
    found = lifecycle.under_way
    if found is not None:
        report.console(stderr=True).print(
            f"適用 {found.id} が終わっていません: civicsns accounts apply --resume\n"
            f"The application {found.id} has not come to its end: civicsns accounts apply --resume",
            markup=False,
        )

"""`civicsns accounts retire`, `hand-over` and `verify`: giving accounts back, handing them on, and whether they work."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click
from rich.markup import escape
from rich.table import Table

from civicsns.accounts import inspection
from civicsns.accounts import retirement as course
from civicsns.accounts.inspection import Soundness
from civicsns.accounts.retirement import Step, TaskKind
from civicsns.accounts.tasks import of_retirement
from civicsns.cli import options, report
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from civicsns.accounts.retirement import HandOver, Retirement, Task
    from civicsns.retirement import Departure, Retiring

_GRAVE: Final = ("green", "yellow", "red")
_yes = click.option("--yes", is_flag=True, help="確かめずに進む / Do not ask.")
_by = click.option("--by", help="職員番号 / The personnel number of whoever does it.")
_reason = click.option("--reason", help="理由（証跡に残ります） / Why; it goes on record.")


@click.command()
@options.settings
@click.argument("target", required=False)
@_by
@_reason
@click.option(
    "--successor",
    "successors",
    multiple=True,
    metavar="ID=NUMBER",
    help="去る職員が管理する所管課のアカウントの後任 / Who follows as steward of a section's account.",
)
@click.option("--confirm", is_flag=True, help="媒体で人の手で取り消したと記録する / A person has taken the token back.")
@click.option("--call-off", is_flag=True, help="媒体が取り消す前の返納をやめる / Let the account go on after all.")
@click.option("--resume", is_flag=True, help="途中のものの続きを行う / Go on with what was interrupted.")
@click.option(
    "--without-network",
    is_flag=True,
    help="媒体が確認しなくても認証情報を破棄する / Destroy the credential although the network has not confirmed.",
)
@_yes
@options.as_json
def retire(  # noqa: PLR0917 -- click gives them by name
    settings: Path,
    target: str | None,
    by: str | None,
    reason: str | None,
    successors: tuple[str, ...],
    confirm: bool,  # noqa: FBT001
    call_off: bool,  # noqa: FBT001
    resume: bool,  # noqa: FBT001
    without_network: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """
    アカウント、または去る職員（番号）のアカウントを返納します。TARGET を省くと、残っている作業を示します。

    Retire an account, or all that a person who leaves posts with. Without TARGET, show what is left to do. Exits with 1
    where something is left to do.
    """
    with Program.open(settings) as program:
        retiring = program.retirement
        if resume:
            retiring.resume()
        if target is None:
            _left(retiring.tasks(), as_json=as_json)
            return
        if confirm:
            retiring.confirm(target, by=_given("--by", by), kind=TaskKind.TAKE_BACK)
            _said(Bilingual("確認を記録しました。", "Confirmed, and put on record."))
            return
        by, reason = _given("--by", by), _given("--reason", reason)
        if call_off:
            _called_off(retiring.call_off(target, by=by, reason=reason), target)
            return
        is_account = target in program.roster.accounts
        if (is_account and successors) or (without_network and not is_account):
            msg = (
                "--successor は職員に、--without-network はアカウントに使います。"
                " / --successor goes with a person, --without-network with an account."
            )
            raise click.UsageError(msg)
        if not yes:
            _ask(target, program, is_account=is_account)
        if is_account:
            done = retiring.retire(target, by=by, reason=reason, without_network=without_network)
            _retired(done, retiring, as_json=as_json)
            return
        gone = retiring.retire_person(target, by=by, reason=reason, successors=_pairs(successors))
        _departed(gone, retiring, as_json=as_json)


@click.command("hand-over")
@options.settings
@click.argument("account")
@click.option("--to", help="新しい管理者の職員番号 / The new steward's personnel number.")
@_by
@_reason
@click.option(
    "--confirm",
    is_flag=True,
    help="前の管理者の権限を外したと記録する / The steward before has no way in any more.",
)
def hand_over(
    settings: Path, account: str, to: str | None, by: str | None, reason: str | None, *, confirm: bool
) -> None:
    """
    所管課の ACCOUNT を、次の管理者に引き継ぎます。

    Hand a section's ACCOUNT over to the next steward.
    """
    by = _given("--by", by)
    with Program.open(settings) as program:
        retiring = program.retirement
        if confirm:
            retiring.confirm(account, by=by, kind=TaskKind.SHUT_OUT)
            _said(Bilingual("確認を記録しました。", "Confirmed, and put on record."))
            return
        handed = retiring.hand_over(account, to=_given("--to", to), by=by, reason=reason or "")
        _handed([handed])
        for task in retiring.tasks():
            if task.account == account:
                _said(task.what)
                _said(task.mend)


@click.command()
@options.settings
@click.argument("accounts", nargs=-1)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help="媒体に尋ねる件数。0 なら尋ねない。省くと設定の per_run / How many to ask the networks about; 0 for none.",
)
@options.as_json
def verify(settings: Path, accounts: tuple[str, ...], limit: int | None, *, as_json: bool) -> None:
    """
    認証情報が使えるかを点検します。少しずつ、前回から長く空いたものから、媒体に尋ねます。

    Verify credentials: the networks are asked about some at a time, those not asked about longest first. Exits with 0
    if all are well, 1 if somebody should look, 2 if posts do not go out.
    """
    with Program.open(settings) as program:
        looks = program.verification.verify(accounts or None, limit=limit)
        zone = program.zone
    grave = max((look.soundness.grave for look in looks), default=0)
    if as_json:
        click.echo(json.dumps({"credentials": [inspection.as_dict(look) for look in looks]}, ensure_ascii=False))
        sys.exit(grave)
    console = report.console()
    table = Table(show_lines=True)
    for heading in ("アカウント\nAccount", "状態\nState", "媒体への照会\nAsked", "何が、次に\nWhat, and what to do"):
        table.add_column(heading, overflow="fold")
    shown = sorted((look for look in looks if look.soundness.grave), key=lambda look: -look.soundness.grave)
    for look in shown:
        word, colour = look.soundness.said, _GRAVE[look.soundness.grave]
        asked = look.asked_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if look.asked_at else "—"
        said = [text for one in (look.why, look.mend) if one is not None for text in (one.ja, one.en)]
        table.add_row(escape(look.account), f"[{colour}]{word.ja}\n{word.en}[/]", asked, escape("\n".join(said)))
    if shown:
        console.print(table)
    good = sum(look.soundness is Soundness.GOOD for look in looks)
    console.print(f"有効 {good} 件、要対応 {len(shown)} 件 / {good} valid, {len(shown)} to look at")
    sys.exit(grave)


def _given(option: str, value: str | None) -> str:
    if not value:
        msg = f"{option} を指定してください。 / Give {option}."
        raise click.UsageError(msg)
    return value


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for one in given:
        # The ids of accounts have colons, and no equals sign.
        account, equals, number = one.rpartition("=")
        if not equals or not account or not number:
            raise BadInput(
                Bilingual(f"「{one}」を読めません。", f"{one!r} cannot be read."),
                mend=Bilingual("--successor アカウントID=職員番号 と書いてください。", "Write --successor ID=NUMBER."),
                place="--successor",
            )
        pairs[account] = number
    return pairs


def _ask(target: str, program: Program, *, is_account: bool) -> None:
    """Ask before what cannot be undone."""
    if is_account:
        account = program.account(target)
        what = Bilingual(f"アカウント {target}（@{account.handle}）", f"the account {target} (@{account.handle})")
    else:
        # Somebody whom the roster has no more may have left accounts behind.
        person = program.roster.people.get(target)
        whose = f"{target} {person.name}" if person else target
        what = Bilingual(f"職員 {whose} のアカウント", f"the accounts of {whose}")
    click.confirm(
        f"{what.ja}の接続を取り消し、認証情報を破棄します。元に戻せません。"
        f" / The credentials of {what.en} are revoked and destroyed. This cannot be undone.",
        abort=True,
    )


def _said(words: Bilingual) -> None:
    console = report.console()
    console.print(words.ja, markup=False, soft_wrap=True)
    console.print(words.en, markup=False, soft_wrap=True)


def _state(one: Retirement) -> Bilingual:
    if one.closed and not one.waits_for_person:
        return Bilingual("返納しました", "retired")
    if one.closed:
        return Bilingual("閉鎖済み。媒体での取消しが残っています", "closed; to be taken back at the network")
    if one.step is Step.CALLED_OFF:
        return Bilingual("返納をやめました", "called off")
    return Bilingual("停止済み。媒体の確認待ち", "held; the network has not confirmed")


def _retired(done: Retirement, retiring: Retiring, *, as_json: bool) -> None:
    held = [one.id for one in retiring.left_behind(done.account)]
    if as_json:
        click.echo(json.dumps({**_plain(done), "held": held}, ensure_ascii=False))
    else:
        state = _state(done)
        _said(Bilingual(f"{done.account}: {state.ja}。", f"{done.account}: {state.en}."))
        if held:
            _said(
                Bilingual(
                    f"投稿 {len(held)} 件が止まっています。取り下げるか、別のアカウントで投稿し直してください。",
                    f"{len(held)} posts wait: withdraw them, or publish them under another account.",
                )
            )
            for one in held:
                report.console().print(f"  {one}", markup=False)
    left = of_retirement(done)
    if not as_json:
        for task in left:
            _said(task.what)
            _said(task.mend)
    if left:
        sys.exit(1)


def _called_off(found: Retirement | None, account: str) -> None:
    if found is None or found.step is not Step.CALLED_OFF:
        raise BadInput(
            Bilingual("やめられる返納はありません。", "There is no retirement that can be called off.")
            if found is None
            else Bilingual(
                "トークンはもう取り消されているため、やめられません。",
                "The token was taken back already: it cannot be called off.",
            ),
            mend=Bilingual(
                "使い続けるなら、返納が終わってから台帳で開き直し、接続してください: civicsns enrol invite",
                "To go on with the account, open it again with a roster once it is closed, and connect it:"
                " civicsns enrol invite",
            ),
            place=account,
        )
    _said(Bilingual("返納をやめました。", "Called off, and put on record."))


def _departed(gone: Departure, retiring: Retiring, *, as_json: bool) -> None:
    if as_json:
        said = {
            "person": gone.person,
            "retired": [_plain(one) for one in gone.retired],
            "handed_over": [_plain(one) for one in gone.handed_over],
            "needs_successor": gone.needs_successor,
            "posters": gone.posters,
            "connected": gone.connected,
        }
        click.echo(json.dumps(said, ensure_ascii=False))
        sys.exit(not gone.done)
    for one in gone.retired:
        state = _state(one)
        _said(Bilingual(f"{one.account}: {state.ja}。", f"{one.account}: {state.en}."))
    _handed(gone.handed_over)
    for account in gone.posters:
        _said(Bilingual(f"{account}: 投稿者から外しました。", f"{account}: may not post there any more."))
    for account in gone.needs_successor:
        _said(
            Bilingual(
                f"{account}: 後任の管理者が要ります: civicsns accounts hand-over {account} --to 職員番号",
                f"{account}: needs another steward: civicsns accounts hand-over {account} --to NUMBER",
            )
        )
    own = [one.account for one in gone.retired] + [one.account for one in gone.handed_over]
    about = {*gone.needs_successor, *gone.connected, *own}
    left = [task for task in retiring.tasks() if task.account in about]
    if left:
        _show(left)
    sys.exit(1 if left or not gone.done else 0)


def _handed(handed: Sequence[HandOver]) -> None:
    for one in handed:
        _said(
            Bilingual(
                f"{one.account}: 管理者は職員 {one.to} になりました。", f"{one.account}: the steward is {one.to} now."
            )
        )


def _left(tasks: Sequence[Task], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "account": task.account,
                "kind": task.kind,
                "what": {"ja": task.what.ja, "en": task.what.en},
                "mend": {"ja": task.mend.ja, "en": task.mend.en},
                "person": task.person,
                "since": task.since and task.since.isoformat(),
            }
            for task in tasks
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif tasks:
        _show(tasks)
    else:
        _said(Bilingual("残っている作業はありません。", "Nothing is left to do."))
    sys.exit(bool(tasks))


def _show(tasks: Sequence[Task]) -> None:
    table = Table(show_lines=True, title="残っている作業 / What is left to do", title_justify="left")
    for heading in ("アカウント\nAccount", "何が\nWhat", "次に\nWhat to do"):
        table.add_column(heading, overflow="fold")
    for task in tasks:
        cells = (task.account, f"{task.what.ja}\n{task.what.en}", f"{task.mend.ja}\n{task.mend.en}")
        table.add_row(*(escape(cell) for cell in cells))
    report.console().print(table)


def _plain(one: Retirement | HandOver) -> dict[str, Any]:
    return {"account": one.account, **course.fact(one).value}


#: What `civicsns accounts` has of it.
COMMANDS: Final = (retire, hand_over, verify)

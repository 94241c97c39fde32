"""`civicsns budget`: what was used and what is left, and what keeps posts back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.language import Bilingual
from civicsns.model.budget import MICROS
from civicsns.posting.budget import Amount, Limit, Period
from civicsns.posting.gates import Cause
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from pathlib import Path

    from civicsns.budgets import Balance
    from civicsns.posting.gates import Gate

_PERIODS = {Period.MONTH: Bilingual("月", "month"), Period.DAY: Bilingual("日", "day")}
_CAUSES = {
    Cause.BREAKER: Bilingual("遮断中", "stopped"),
    Cause.LIMIT: Bilingual("回数制限", "limit reached"),
    Cause.SHARE: Bilingual("緊急のみ", "emergencies only"),
}
_APP = Bilingual("アプリ全体", "whole app")


@click.group(invoke_without_command=True)
@options.settings
@click.option("--json", "as_json", is_flag=True, help="JSON で示す / As JSON.")
@click.pass_context
def budget(context: click.Context, settings: Path, *, as_json: bool) -> None:
    """
    呼出しと金額の予算、使った分と残り、投稿を止めているものを示します。

    Show what was used of the budgets and what is left, and what keeps posts back, by app and by account.
    """
    if context.invoked_subcommand is not None:
        return
    with Program.open(settings) as program:
        balances, shut, zone = program.budgets.balances(), program.budgets.shut(), program.zone
    if as_json:
        stands = {"budgets": [_balance(one) for one in balances], "stopped": [_gate(one) for one in shut]}
        click.echo(json.dumps(stands, ensure_ascii=False, indent=2))
        return
    console = report.console()
    if balances:
        console.print(_table(balances))
    else:
        console.print(
            "予算は設定されていません（設定の [budget.媒体名]）。 / No budget is set ([budget.NETWORK] in the settings)."
        )
    if shut:
        console.print(_stopped(shut, zone))
        console.print(
            "直したあと、すぐに再開するには / Once it is put right, go on at once with:\n"
            "  civicsns budget reopen NETWORK --by NUMBER",
            markup=False,
            soft_wrap=True,
        )


@budget.command()
@options.settings
@click.argument("network")
@click.option("--by", required=True, help="再開した人の職員番号 / The personnel number of whoever reopens it.")
def reopen(settings: Path, network: str, *, by: str) -> None:
    """
    止まっている媒体への投稿を再開します。原因を直したあとに使います。

    Let posts to a network go on, once what stopped them is put right.
    """
    with Program.open(settings) as program:
        opened = program.reopen(network, by=by)
    console = report.console()
    if opened:
        console.print("再開しました。待っていた投稿は次の配信で送られます。 / Posts go on with the next dispatch.")
    else:
        console.print("止まっていませんでした。 / Nothing was stopped.")


def _table(balances: Sequence[Balance]) -> Table:
    table = Table(
        "媒体 / Network",
        "対象 / Whose",
        "期間 / Period",
        "使用 / Used",
        "上限 / Limit",
        "残り（通常） / Left, routine",
        "残り（緊急） / Left, emergency",
    )
    for one in balances:
        period = _PERIODS[one.usage.period]
        cells = (
            one.platform,
            one.account or f"{_APP.ja} / {_APP.en}",
            f"{one.usage.during} ({period.ja} / {period.en})",
            _said(Limit(one.usage.total.calls, one.usage.total.micros), one.currency),
            _said(one.limit, one.currency),
            _said(one.routine, one.currency),
            _said(one.emergency, one.currency),
        )
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _said(amount: Limit, currency: str) -> str:
    calls = "—" if amount.calls is None else f"{amount.calls:,}"
    money = "" if amount.micros is None else f"\n{amount.micros / MICROS:,.3f} {currency}"
    return calls + money


def _stopped(shut: Sequence[Gate], zone: tzinfo) -> Table:
    table = Table("媒体 / Network", "対象 / Whose", "状態 / State", "いつまで / Until", "理由 / Why")
    for gate in shut:
        cause = _CAUSES[gate.cause]
        cells = (
            gate.platform,
            gate.account or f"{_APP.ja} / {_APP.en}",
            f"{cause.ja} / {cause.en}",
            gate.until.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            f"{gate.what.ja}{gate.mend.ja}\n{gate.what.en} {gate.mend.en}",
        )
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _balance(one: Balance) -> dict[str, Any]:
    return {
        "network": one.platform,
        "account": one.account or None,
        "period": one.usage.period.value,
        "during": one.usage.during,
        "currency": one.currency,
        "used": {"routine": _plain(one.usage.routine), "emergency": _plain(one.usage.emergency)},
        "limit": _plain(one.limit),
        "left": {"routine": _plain(one.routine), "emergency": _plain(one.emergency)},
    }


def _plain(amount: Amount | Limit) -> dict[str, Any]:
    return {"calls": amount.calls, "money": None if amount.micros is None else amount.micros / MICROS}


def _gate(one: Gate) -> dict[str, Any]:
    return {
        "network": one.platform,
        "account": one.account or None,
        "cause": one.cause.value,
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
        "outcome": one.outcome or None,
        "what": {"ja": one.what.ja, "en": one.what.en},
        "mend": {"ja": one.mend.ja, "en": one.mend.en},
    }

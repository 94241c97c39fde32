"""`civicsns accounts profiles`: what citizens see of accounts at the networks, held against the register."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import attrs
import click
from rich.markup import escape
from rich.table import Table

from civicsns.accounts import profile
from civicsns.cli import options, report
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from civicsns.accounts.introduction import Introduction
    from civicsns.language import Language
    from civicsns.profiles import Look


@click.command()
@options.settings
@click.argument("accounts", nargs=-1)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help="媒体から読む件数。0 なら読まない。省くと設定の per_run / How many to read from the networks; 0 for none.",
)
@click.option(
    "--text",
    "texts",
    is_flag=True,
    help="プロフィールに貼り付ける文も示す / Show what to put into the profiles, too.",
)
@options.as_json
def profiles(settings: Path, accounts: tuple[str, ...], limit: int | None, *, texts: bool, as_json: bool) -> None:
    """
    プロフィールを台帳と照らします。表示名、所属、「個人の見解」の断り、市のサイトへのリンクを見ます。

    Hold profiles against the register: display name, section, the notice that views are one's own, the link to the
    city's site. Some are read at a time, those not read longest first. Exits with 1 where something is missing.
    """
    with Program.open(settings) as program:
        desk = program.profiles
        looks = desk.check(accounts or None, limit=limit)
        about = accounts or [look.account for look in looks if not look.good]
        given = {account: desk.introduction(account) for account in about} if texts else {}
        knows_home = desk.knows_home
        zone = program.zone
    wrong = [look for look in looks if not look.good]
    if as_json:
        said: dict[str, Any] = {"profiles": [profile.as_dict(look) for look in looks], "link_asked": knows_home}
        if texts:
            said["texts"] = {account: _plain(both) for account, both in given.items()}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        sys.exit(bool(wrong))
    console = report.console()
    if wrong:
        table = Table(show_lines=True)
        for heading in ("アカウント\nAccount", "表示名\nName", "読んだ日\nRead", "何が足りないか\nWhat is missing"):
            table.add_column(heading, overflow="fold")
        for look in wrong:
            day = look.at.astimezone(zone).strftime("%Y-%m-%d")
            table.add_row(escape(look.account), escape(report.printable(look.name)), day, escape(_missing(look)))
        console.print(table)
    for account, both in given.items():
        _show(account, both)
    good = len(looks) - len(wrong)
    console.print(
        f"台帳どおり {good} 件、要対応 {len(wrong)} 件 / {good} as they should be, {len(wrong)} to look at",
        soft_wrap=True,
    )
    if not knows_home:
        console.print(
            "市のサイトへのリンクは見ていません。設定の [register] に url か site を書いてください。"
            " / Links were not looked for: give url or site in [register] of the settings.",
            markup=False,
            soft_wrap=True,
        )
    sys.exit(bool(wrong))


#: For the group `civicsns accounts`.
COMMANDS = (profiles,)


def _missing(look: Look) -> str:
    said = [one.said for one in look.lacks]
    said += [one for one in (look.why, look.mend) if one is not None]
    return "\n".join(text for one in said for text in (one.ja, one.en))


def _show(account: str, both: Mapping[Language, Introduction]) -> None:
    console = report.console()
    console.rule(escape(account), align="left")
    for one in both.values():
        fits = "" if one.fits else "（長すぎます。縮めてください / too long: shorten it）"
        for label, text in (("表示名 / Name", one.name), ("自己紹介 / Description", one.description)):
            console.print(f"{label} [{one.language}]{fits}:", markup=False, soft_wrap=True)
            console.print(f"  {text}", markup=False, soft_wrap=True)
    link = next(iter(both.values())).link
    if link:
        console.print(f"リンク / Link:\n  {link}", markup=False, soft_wrap=True)


def _plain(both: Mapping[Language, Introduction]) -> dict[str, Any]:
    return {
        language.value: attrs.asdict(one, filter=attrs.filters.exclude("language")) for language, one in both.items()
    }

"""`civicsns accounts profiles`: what citizens see of accounts at the networks, held against the register."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click
from rich.markup import escape
from rich.table import Table

from civicsns.accounts import profile
from civicsns.accounts.table import delimited
from civicsns.cli import options, report
from civicsns.language import Language
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from civicsns.accounts.introduction import Introduction
    from civicsns.profiles import Look

_COLUMNS = (
    "アカウント / Account",
    "職員番号 / Number",
    "足りないもの / Missing",
    "表示名 / Name (ja)",
    "自己紹介 / Description (ja)",
    "表示名 / Name (en)",
    "自己紹介 / Description (en)",
    "リンク / Link",
)


@click.command()
@options.settings
@click.argument("accounts", nargs=-1)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help="媒体から読む件数。0 なら読まない。省くと設定の per_run / How many to read from the networks; 0 for none.",
)
@click.option(
    "--text", "texts", is_flag=True, help="プロフィールに貼り付ける文も示す / Show what to put into the profiles, too."
)
@click.option(
    "--csv",
    "table",
    type=click.Path(path_type=Path, dir_okay=False),
    help="貼り付ける文を差し込み用の表に書く / Write what to put there as a table for mail merge.",
)
@options.as_json
def profiles(  # noqa: PLR0917 -- click gives them by name
    settings: Path,
    accounts: tuple[str, ...],
    limit: int | None,
    texts: bool,  # noqa: FBT001
    table: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """
    プロフィールを台帳と照らします。表示名、所属、「個人の見解」の断り、市のサイトへのリンクを見ます。

    Hold profiles against the register: display name, section, the notice that views are one's own, the link to the
    city's site. Some are read at a time, those not read longest first. Exits with 1 where something is missing.
    """
    with Program.open(settings) as program:
        desk = program.profiles
        looks = desk.check(accounts or None, limit=limit)
        wrong = [look for look in looks if not look.good]
        unread = sorted(set(accounts) - {look.account for look in looks})
        about = dict.fromkeys((*accounts, *(look.account for look in wrong)))
        given = {account: desk.introduction(account) for account in about} if texts or table is not None else {}
        listed = {one.id: one for one in program.accounts}
        addresses = {look.account: desk.address(listed[look.account]) for look in looks}
        stewards = {account: listed[account].steward for account in given}
        knows_home = desk.knows_home
        zone = program.zone
    if table is not None:
        missing = {look.account: " ".join(look.lacks) for look in looks}
        rows = [_row(account, stewards[account], missing.get(account, ""), both) for account, both in given.items()]
        # Spreadsheets take a table without this mark for one in the encoding of their system.
        table.write_bytes(delimited.write([_COLUMNS, *rows]).encode("utf-8-sig"))
    if as_json:
        said: dict[str, Any] = {
            "profiles": [{**profile.as_dict(look), "url": addresses[look.account]} for look in looks],
            "unread": unread,
            "link_asked": knows_home,
        }
        if texts:
            said["texts"] = {account: _plain(both) for account, both in given.items()}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        sys.exit(bool(wrong or unread))
    console = report.console()
    if wrong:
        shown = Table(show_lines=True)
        for heading in ("アカウント\nAccount", "読んだ日\nRead", "何が足りないか\nWhat is missing"):
            shown.add_column(heading, overflow="fold")
        for look in wrong:
            day = look.at.astimezone(zone).strftime("%Y-%m-%d")
            shown.add_row(escape(f"{look.account}\n{addresses[look.account]}"), day, escape(_missing(look)))
        console.print(shown)
    if texts:
        for account, both in given.items():
            _show(account, both)
    good = len(looks) - len(wrong)
    _say(f"台帳どおり {good} 件、要対応 {len(wrong)} 件 / {good} as they should be, {len(wrong)} to look at")
    for account in unread:
        _say(
            f"{account}: 読めませんでした。接続されていないか、媒体が今応じないか、プロフィールを見せない媒体です。"
            f" / {account}: not read: it is not connected, or its network does not answer now, or shows no profiles."
        )
    if not knows_home:
        _say(
            "市のサイトへのリンクは見ていません。設定の [register] に url か site を書いてください。"
            " / Links were not looked for: give url or site in [register] of the settings."
        )
    sys.exit(bool(wrong or unread))


#: For the group `civicsns accounts`.
COMMANDS = (profiles,)


def _say(text: str) -> None:
    report.console().print(text, markup=False, soft_wrap=True)


def _missing(look: Look) -> str:
    said = [one.said for one in look.lacks]
    said += [one for one in (look.why, look.mend) if one is not None]
    return "\n".join(text for one in said for text in (one.ja, one.en))


def _show(account: str, both: Mapping[Language, Introduction]) -> None:
    report.console().rule(escape(account), align="left")
    for one in both.values():
        fits = "" if one.fits else "（長すぎます。縮めてください / too long: shorten it）"
        for label, text in (("表示名 / Name", one.name), ("自己紹介 / Description", one.description)):
            _say(f"{label} [{one.language}]{fits}:\n  {text}")
    link = both[Language.JA].link
    if link:
        _say(f"リンク / Link:\n  {link}")


def _row(account: str, steward: str, missing: str, both: Mapping[Language, Introduction]) -> Sequence[str]:
    japanese, english = both[Language.JA], both[Language.EN]
    texts = (japanese.name, japanese.description, english.name, english.description, japanese.link)
    return (account, steward, missing, *texts)


def _plain(both: Mapping[Language, Introduction]) -> dict[str, Any]:
    return {
        language.value: attrs.asdict(one, filter=attrs.filters.exclude("language")) for language, one in both.items()
    }

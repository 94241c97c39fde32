"""`civicsns accounts impostors`: accounts that somebody could take for the city's own."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.markup import escape
from rich.table import Table

from civicsns.accounts import impostors as looks
from civicsns.cli import options, report
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What the columns are called.
_COLUMNS: Final[Mapping[str, str]] = {
    "platform": "platform",
    "媒体": "platform",
    "handle": "handle",
    "ユーザー名": "handle",
    "name": "name",
    "名前": "name",
    "network_id": "network_id",
    "ネットワークid": "network_id",
}


@click.command()
@options.settings
@click.option(
    "--candidates",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="調べるアカウントの CSV / A CSV file with the accounts to look at.",
)
@options.as_json
def impostors(settings: Path, candidates: Path, *, as_json: bool) -> None:
    """
    市のアカウントに似たアカウントを、理由とともに示します。似たものがあれば 1 で終わります。

    Show which accounts of a list look like the city's own, and why. Exits with 1 where there are any.
    """
    listed = _read(candidates)
    with Program.open(settings) as program:
        found = program.look_alikes(listed)
    if as_json:
        click.echo(json.dumps([_table(one) for one in found], ensure_ascii=False, indent=2))
    else:
        _show(found, looked=len(listed))
    if found:
        sys.exit(1)


#: For the group `civicsns accounts`.
COMMANDS = (impostors,)


def _read(path: Path) -> list[looks.Candidate]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            names = [_COLUMNS.get(name.strip().lower(), "") for name in next(rows, [])]
            read = [
                (rows.line_num, {name: cell.strip() for name, cell in zip(names, row, strict=False) if name})
                for row in rows
                if any(map(str.strip, row))
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            Bilingual("UTF-8 の CSV として読めません。", "It cannot be read as CSV in UTF-8."),
            mend=Bilingual("場所と文字コードを確かめてください。", "Check the path and the encoding."),
            place=str(path),
        ) from error
    missing = [] if "platform" in names and {"handle", "name"} & set(names) else [1]
    missing += [line for line, row in read if not row.get("platform") or not (row.get("handle") or row.get("name"))]
    if missing:
        lines = ", ".join(map(str, missing[:50]))
        raise BadInput(
            Bilingual(
                f"{lines} 行目に、媒体か、ユーザー名と名前の両方がありません。",
                f"Line {lines}: no network, or neither a handle nor a name.",
            ),
            mend=Bilingual(
                "媒体と、ユーザー名か名前を書いてください（見出しは platform、handle、name、network_id）。",
                "Give the network and a handle or a name, in columns called platform, handle, name, network_id.",
            ),
            place=str(path),
        )
    return [
        looks.Candidate(
            platform=row["platform"].lower(),
            handle=row.get("handle", "").removeprefix("@"),
            name=row.get("name", ""),
            network_id=row.get("network_id", ""),
        )
        for _, row in read
    ]


def _table(one: looks.Likeness) -> dict[str, object]:
    candidate = one.candidate
    return {
        "platform": candidate.platform,
        "handle": candidate.handle,
        "name": candidate.name,
        "network_id": candidate.network_id,
        "reason": one.reason.value,
        "account": one.account or None,
        "said": {"ja": one.reason.said.ja, "en": one.reason.said.en},
    }


def _show(found: Sequence[looks.Likeness], *, looked: int) -> None:
    console = report.console()
    table = Table(show_lines=True)
    for heading in ("調べたもの / Looked at", "市のアカウント / Of the city", "理由 / Why"):
        table.add_column(heading, overflow="fold")
    for one in found:
        candidate = one.candidate
        seen = " ".join(part for part in (candidate.platform, candidate.handle, candidate.name) if part)
        why = one.reason.said
        table.add_row(escape(_printable(seen)), escape(one.account or "—"), escape(f"{why.ja}\n{why.en}"))
    if found:
        console.print(table)
    alike = len({one.candidate for one in found})
    console.print(
        f"{looked} 件のうち {alike} 件が市のアカウントに似ています。似ているだけで、なりすましとは限りません。 / "
        f"{alike} of {looked} look like accounts of the city; likeness alone makes nobody an impostor.",
        soft_wrap=True,
    )


def _printable(text: str) -> str:
    # What a stranger calls himself must not steer the terminal.
    return "".join(one if one.isprintable() else "\ufffd" for one in text)

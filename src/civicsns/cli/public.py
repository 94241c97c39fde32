"""`civicsns accounts register`: the accounts as citizens may know them, for the city's own site."""

from __future__ import annotations

import json
from pathlib import Path

import click

from civicsns.cli import options, report
from civicsns.program import Program


@click.command()
@options.settings
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="書き出すフォルダー / The folder to write to.",
)
@options.as_json
def register(settings: Path, out: Path, *, as_json: bool) -> None:
    """
    市のサイトに載せる公開台帳を、日英のページ、CSV、JSON-LD、お知らせ（Atom）として書き出します。

    Write the public register for the city's site: pages in Japanese and English, CSV, JSON-LD and notices (Atom).
    """
    from civicsns.accounts import public  # noqa: PLC0415 -- other commands do not need it

    with Program.open(settings) as program:
        shown = program.public_register()
    changed = public.write(public.documents(shown), out)
    if as_json:
        said = {"open": len(shown.open), "closed": len(shown.closed), "changed": changed}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    console = report.console()
    for name in changed:
        console.print(str(out / name), markup=False, soft_wrap=True)
    console.print(
        f"運用中 {len(shown.open)} 件、閉鎖 {len(shown.closed)} 件。{len(changed)} 個のファイルを書きました。 / "
        f"{len(shown.open)} open, {len(shown.closed)} closed; {len(changed)} files written.",
        soft_wrap=True,
    )


#: For the group `civicsns accounts`.
COMMANDS = (register,)

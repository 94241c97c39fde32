"""`civicsns audit`: what is on record, whether it is what was recorded, and the keys that say so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from civicsns.cli import files, options
from civicsns.cli.archive import FILE, checkpoint, destroy, export, kept_checkpoints, read, show
from civicsns.errors import StoreError
from civicsns.language import Bilingual, Language
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from civicsns.records.export import Report
    from civicsns.records.keys import PublicKey


@click.group()
@options.settings_of_group
def audit() -> None:
    """
    証跡を示す、検証する、書き出す、廃棄する。

    Show records, verify them, hand them out, destroy them.
    """


for _command in (show, export, checkpoint, destroy):
    audit.add_command(_command)


@audit.command()
@click.argument("exports", type=FILE, nargs=-1)
@click.option("--store", "live", is_flag=True, help="書き出しではなく、保管庫を調べる / Examine the store itself.")
@options.settings
@click.option(
    "--key",
    "-k",
    "keys",
    type=FILE,
    multiple=True,
    help="公開鍵（PEM）。以前の鍵も並べられます / A public key (PEM); former ones too.",
)
@kept_checkpoints
def verify(
    exports: tuple[Path, ...], *, live: bool, settings: Path, keys: tuple[Path, ...], checkpoints: tuple[Path, ...]
) -> None:
    """
    証跡が記録されたときのままかを確かめます。書き出しの検証には、ネットワークもデータベースも要りません。

    Tell whether records are what was recorded: exports, without network and database (several that go on from one
    another in their order), or the store. Exits with 0 if they are, 1 if not, 2 for a wrong option.
    """
    from civicsns.records.keys import PublicKey  # noqa: PLC0415 -- only this command needs it

    if live == bool(exports):
        msg = "書き出しのファイルか --store のどちらかを指定してください。 / Give either exports or --store."
        raise click.UsageError(msg)
    if not keys and (exports or checkpoints):
        msg = "--key で公開鍵を指定してください。 / Give the public key with --key."
        raise click.UsageError(msg)
    public = [PublicKey.load(path) for path in keys]
    kept = {str(path): read(path) for path in checkpoints}
    sound = _exported(exports, public, kept) if exports else _live(settings, public, kept)
    sys.exit(0 if sound else 1)


@audit.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def keygen(path: Path) -> None:
    """
    チェックポイントに署名する鍵を作ります。公開鍵は PATH.pub です。

    Make a key that signs checkpoints: the private one in PATH, the public one in PATH.pub. Overwrites nothing.
    """
    from civicsns.records.keys import generate  # noqa: PLC0415 -- only this command needs it

    with files.writing(path):
        key = generate(path)
    click.echo(f"秘密鍵 {path} はこのマシンから出さないでください。公開鍵 {path}.pub は検証する人に渡します。")
    click.echo(f"Keep the private key {path} on this machine; hand the public key {path}.pub to those who verify.")
    click.echo(f"公開鍵 / Public key: {key.public.raw.hex()}")


def _exported(exports: Sequence[Path], keys: Sequence[PublicKey], checkpoints: Mapping[str, str]) -> bool:
    """Verify exports, each of which goes on from the one before."""
    from civicsns.records.export import verify_export  # noqa: PLC0415 -- only this command needs it

    before: Report | None = None
    for number, path in enumerate(exports, 1):
        report = verify_export(path, keys=keys, checkpoints=checkpoints, more=number < len(exports))
        _say(_said(report, str(path), line=True))
        if report.sound and before is not None and before.examined and report.after != before.examined.head:
            _say(
                [
                    Bilingual(
                        f"異常があります。{path} は前の書き出しの続きではありません。",
                        f"Not in order. {path} does not go on from the one before.",
                    )
                ]
            )
            return False
        if not report.sound:
            return False
        before = report
    return True


def _live(settings: Path, keys: Sequence[PublicKey], checkpoints: Mapping[str, str]) -> bool:
    """Verify the records in the store."""
    with Program.open(settings) as program:
        try:
            report = program.audit.verify(keys=keys, checkpoints=checkpoints)
        except StoreError as error:
            _say([Bilingual(f"異常があります。{error.in_(Language.JA)}", f"Not in order. {error.in_(Language.EN)}")])
            return False
    _say(_said(report, "", line=False))
    return report.sound


def _say(lines: Sequence[Bilingual]) -> None:
    for said in lines:
        click.echo(said.ja)
        click.echo(said.en)


def _said(report: Report, source: str, *, line: bool) -> list[Bilingual]:
    """Say what was found, and what that does not prove."""
    if report.fault is not None:
        place, what = report.fault.place, report.fault.what
        ja = en = source
        if not place.isdecimal():
            ja = en = place
        elif line:
            ja, en = f"{source} {place} 行目", f"{source}, line {place}"
        before = (f"{ja}: ", f"{en}: ") if ja else ("", "")
        return [Bilingual(f"異常があります。{before[0]}{what.ja}", f"Not in order. {before[1]}{what.en}")]
    assert report.examined is not None
    size, destroyed = report.examined.head.size, report.examined.destroyed
    said = [
        Bilingual(
            f"異常ありません。「{report.programme}」の証跡 {size:,} 件（うち廃棄済み {destroyed:,} 件）。",
            f"In order: {size:,} records of {report.programme!r}, {destroyed:,} of them destroyed as recorded.",
        )
    ]
    if report.after.size:
        said.append(
            Bilingual(
                f"この書き出しにあるのは {report.after.size + 1:,} 件目からです。それより前は、前の書き出しで確かめてください。",
                f"This export begins with record {report.after.size + 1:,}; verify those before in the former exports.",
            )
        )
    compared = [one for one in report.outside if report.after.size <= one.head.size <= size]
    if compared:
        latest = max(compared, key=lambda one: one.head.size)
        said.append(
            Bilingual(
                f"保管してあったチェックポイント {len(compared)} 件と一致しました（最新は {latest.head.size:,} 件目まで）。",
                f"They agree with {len(compared)} checkpoints kept elsewhere, the latest over {latest.head.size:,}.",
            )
        )
    else:
        said.append(
            Bilingual(
                "注意: 別の場所に保管したチェックポイントとは比べていません。末尾の切り捨てや全体の作り直しは分かりません。",
                "Note: no checkpoint kept elsewhere was given; a cut end or a chain written anew would not show.",
            )
        )
    if report.unsigned > 0:
        said.append(
            Bilingual(
                f"注意: 最後の {report.unsigned:,} 件は、どのチェックポイントにもまだ含まれていません。",
                f"Note: no checkpoint covers the last {report.unsigned:,} records yet.",
            )
        )
    return said

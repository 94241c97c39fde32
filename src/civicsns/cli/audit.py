"""`civicsns audit`: keys for checkpoints, and whether an export of the records is what was recorded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from civicsns.records.export import Report

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def audit() -> None:
    """
    証跡の検証。ネットワークもデータベースも使いません。

    Verify records, without network and without database.
    """


@audit.command()
@click.argument("export", type=_FILE)
@click.option(
    "--key",
    "-k",
    "keys",
    type=_FILE,
    multiple=True,
    required=True,
    help="公開鍵（PEM）。以前の鍵も並べられます / A public key (PEM); former ones too.",
)
@click.option(
    "--checkpoint",
    "-p",
    "checkpoints",
    type=_FILE,
    multiple=True,
    help="別の場所に保管してあったチェックポイント / A checkpoint that was kept elsewhere.",
)
def verify(export: Path, keys: tuple[Path, ...], checkpoints: tuple[Path, ...]) -> None:
    """
    書き出した証跡が記録されたときのままかを確かめます。

    Tell whether exported records are what was recorded. Exits with 0 if they are, 1 if not, 2 for a wrong option.
    """
    from civicsns.records.export import verify_export  # noqa: PLC0415 -- only this command needs it
    from civicsns.records.keys import PublicKey  # noqa: PLC0415 -- same

    report = verify_export(
        export,
        keys=[PublicKey.load(path) for path in keys],
        checkpoints={str(path): _read(path) for path in checkpoints},
    )
    for line in _said(report, export):
        click.echo(line.ja)
        click.echo(line.en)
    sys.exit(0 if report.sound else 1)


@audit.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def keygen(path: Path) -> None:
    """
    チェックポイントに署名する鍵を作ります。公開鍵は PATH.pub です。

    Make a key that signs checkpoints: the private one in PATH, the public one in PATH.pub. Overwrites nothing.
    """
    from civicsns.records.keys import generate  # noqa: PLC0415 -- only this command needs it

    try:
        key = generate(path)
    except OSError as error:
        raise BadInput(
            Bilingual(f"書き込めません（{error.strerror}）。", f"It cannot be written ({error.strerror})."),
            mend=Bilingual("書き込める場所を指定してください。", "Name a place that can be written."),
            place=str(path),
        ) from None
    click.echo(f"秘密鍵 {path} はこのマシンから出さないでください。公開鍵 {path}.pub は検証する人に渡します。")
    click.echo(f"Keep the private key {path} on this machine; hand the public key {path}.pub to those who verify.")
    click.echo(f"公開鍵 / Public key: {key.public.raw.hex()}")


def _read(path: Path) -> str:
    try:
        # Not read_text: it would make other line ends into ours, and the signature covers each byte.
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            Bilingual("読めません。", "It cannot be read."),
            mend=Bilingual("受け取ったときのままのファイルを使ってください。", "Use the file as it was received."),
            place=str(path),
        ) from None


def _said(report: Report, export: Path) -> list[Bilingual]:
    """Say what was found, and what that does not prove."""
    if report.fault is not None:
        place, what = report.fault.place, report.fault.what
        if place.isdecimal():
            ja, en = f"{export} {place} 行目", f"{export}, line {place}"
        else:
            ja = en = place
        return [Bilingual(f"異常があります。{ja}: {what.ja}", f"Not in order. {en}: {what.en}")]
    assert report.examined is not None
    size, destroyed = report.examined.head.size, report.examined.destroyed
    said = [
        Bilingual(
            f"異常ありません。「{report.programme}」の証跡 {size:,} 件（うち廃棄済み {destroyed:,} 件）。",
            f"In order: {size:,} records of {report.programme!r}, {destroyed:,} of them destroyed as recorded.",
        )
    ]
    if report.outside:
        latest = max(report.outside, key=lambda one: one.head.size)
        said.append(
            Bilingual(
                f"保管してあったチェックポイント {len(report.outside)} 件と一致しました（最新は {latest.head.size:,} 件目まで）。",
                f"They agree with {len(report.outside)} checkpoints kept elsewhere, the latest over {latest.head.size:,}.",
            )
        )
    else:
        said.append(
            Bilingual(
                "注意: 別の場所に保管したチェックポイントとは比べていません。末尾の切り捨てや全体の作り直しは分かりません。",
                "Note: no checkpoint kept elsewhere was given; a cut end or a chain written anew would not show.",
            )
        )
    if report.unsigned:
        said.append(
            Bilingual(
                f"注意: 最後の {report.unsigned:,} 件は、どのチェックポイントにもまだ含まれていません。",
                f"Note: no checkpoint covers the last {report.unsigned:,} records yet.",
            )
        )
    return said

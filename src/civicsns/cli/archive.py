"""The commands of `civicsns audit` that work on the store: show, export, checkpoint, destroy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from civicsns.cli import options, report
from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from civicsns.audit import Dossier, Overdue

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
kept_checkpoints = click.option(
    "--checkpoint",
    "-p",
    "checkpoints",
    type=FILE,
    multiple=True,
    help="別の場所に保管してあったチェックポイント / A checkpoint that was kept elsewhere.",
)
_json = click.option("--json", "as_json", is_flag=True, help="JSON で出力 / Print JSON.")

_EVENTS = {
    "draft.made": Bilingual("起案", "drafted"),
    "draft.checked": Bilingual("規範の確認", "checked by the rules"),
    "draft.refused": Bilingual("規範により不可", "refused by the rules"),
    "draft.decided": Bilingual("決裁", "decided"),
    "draft.handed_off": Bilingual("手渡し", "handed off"),
    "draft.shared": Bilingual("手渡し後の投稿", "shared by hand"),
    "delivery.planned": Bilingual("配信の予定", "delivery planned"),
    "delivery.pending": Bilingual("待機", "waits"),
    "delivery.risked": Bilingual("二重を承知の再送", "sent again, perhaps twice"),
    "delivery.sending": Bilingual("送信の開始", "attempt begun"),
    "delivery.unknown": Bilingual("結果不明", "outcome unknown"),
    "delivery.delivered": Bilingual("投稿済み", "published"),
    "delivery.failed": Bilingual("送信できず", "failed"),
    "delivery.held": Bilingual("停止", "held"),
    "delivery.withdrawn": Bilingual("取下げ", "withdrawn"),
    "delivery.deleted": Bilingual("削除", "deleted"),
    "records.adopted": Bilingual("鎖への組入れ", "taken into the chain"),
    "records.destroyed": Bilingual("廃棄", "destroyed"),
}


@click.command()
@click.argument("subject")
@options.settings
@_json
def show(subject: str, settings: Path, *, as_json: bool) -> None:
    """
    一つの起案または配信について、記録されたすべてを順に示します（開示資料）。

    Show all that is on record about one draft (its digest) or one delivery (its id), in order: the dossier.
    """
    with Program.open(settings) as program:
        found, zone = program.audit.dossier(subject), program.zone
    if as_json:
        click.echo(json.dumps(_shape(found), ensure_ascii=False, indent=2))
    else:
        report.console().print(_table(found, zone))


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@options.settings
@click.option(
    "--after",
    type=click.IntRange(min=0),
    default=0,
    help="前回の書き出しの件数。その続きだけを書き出す / The size of a former export, to go on from there.",
)
@kept_checkpoints
def export(path: Path, settings: Path, *, after: int, checkpoints: tuple[Path, ...]) -> None:
    """
    証跡を、公開鍵だけで検証できる一つのファイルに書き出します。

    Write the records into one file that anybody with the public key can verify.
    """
    notes = [read(one) for one in checkpoints]
    with Program.open(settings) as program:
        try:
            head = program.audit.export(path, checkpoints=notes, after=after)
        except OSError as error:
            raise _unwritable(path, error) from None
    click.echo(
        f"{after + 1:,} 件目から {head.size:,} 件目までを {path} に書き出しました。続きは --after {head.size} です。"
    )
    click.echo(
        f"Records {after + 1:,} to {head.size:,} are in {path}; the next export goes on with --after {head.size}."
    )


@click.command()
@options.settings
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="書き込むファイル。上書きはしません / The file to write; never one that is there.",
)
@click.option(
    "--key",
    "-k",
    "keys",
    type=FILE,
    multiple=True,
    help="以前の公開鍵（PEM） / A former public key (PEM).",
)
@kept_checkpoints
def checkpoint(settings: Path, *, out: Path | None, keys: tuple[Path, ...], checkpoints: tuple[Path, ...]) -> None:
    """
    保管庫の証跡をすべて検証し、今の状態に署名します。別の場所に保管してください。

    Verify all records in the store, and sign where they stand. Keep what is printed where nobody can change it.
    """
    from civicsns.records.keys import PublicKey  # noqa: PLC0415 -- only this command needs it

    kept = {str(path): read(path) for path in checkpoints}
    with Program.open(settings) as program:
        note = program.audit.checkpoint(keys=[PublicKey.load(path) for path in keys], checkpoints=kept)
    if out is None:
        # As it is: the signature covers each byte.
        click.echo(note.encode(), nl=False)
        return
    try:
        with out.open("xb") as file:
            file.write(note.encode())
    except OSError as error:
        raise _unwritable(out, error) from None
    click.echo(f"{out} に書き込みました。データベースの管理者が書き換えられない所に保管してください。")
    click.echo(f"It is in {out}. Keep it where the database's administrator cannot change it.")


@click.command()
@options.settings
@click.option("--by", help="廃棄する人の職員番号 / The personnel number of whoever destroys them.")
@click.option("--rule", help="根拠となる規程 / The rule that allows it.")
@click.option(
    "--record",
    "records",
    type=click.IntRange(min=1),
    multiple=True,
    help="期間によらず、この番号の証跡を廃棄する / Destroy this record, whatever its period.",
)
@click.option(
    "--confirm",
    type=click.IntRange(min=1),
    help="示された件数。これを付けたときだけ廃棄する / The number shown; without it, nothing is destroyed.",
)
@_json
def destroy(
    settings: Path, *, by: str | None, rule: str | None, records: tuple[int, ...], confirm: int | None, as_json: bool
) -> None:
    """
    保存期間を過ぎた証跡の本文を廃棄します。--confirm を付けるまでは、対象を示すだけです。

    Destroy the bodies of records whose retention is over. Without --confirm it only shows which.
    """
    if confirm is not None and (by is None or rule is None):
        msg = "--confirm には --by と --rule が要ります。 / --confirm needs --by and --rule."
        raise click.UsageError(msg)
    with Program.open(settings) as program:
        over = None if records else program.audit.overdue()
        seqs: Sequence[int] = records if over is None else over.seqs
        if confirm is None or by is None or rule is None:
            _announce(seqs, over, as_json=as_json)
            return
        if confirm != len(seqs):
            raise BadInput(
                Bilingual(
                    f"対象は {len(seqs)} 件で、{confirm} 件ではありません。",
                    f"There are {len(seqs)} of them, not {confirm}.",
                ),
                mend=Bilingual(
                    "--confirm なしで対象を確かめ直してください。", "Look at them again, without --confirm."
                ),
                place="confirm",
            )
        count = program.audit.destroy(seqs, by=by, rule=rule)
    click.echo(
        f"{count:,} 件の本文を廃棄し、廃棄の証跡を残しました。バックアップと書き出しの分は別に廃棄してください。"
    )
    click.echo(f"{count:,} bodies are destroyed, and that is on record. Backups and exports are to be destroyed apart.")


def read(path: Path) -> str:
    """Read a checkpoint, byte for byte."""
    try:
        # Not read_text: it would make other line ends into ours, and the signature covers each byte.
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            Bilingual("読めません。", "It cannot be read."),
            mend=Bilingual("受け取ったときのままのファイルを使ってください。", "Use the file as it was received."),
            place=str(path),
        ) from None


def _announce(seqs: Sequence[int], over: Overdue | None, *, as_json: bool) -> None:
    kinds = {} if over is None else dict(over.kinds)
    if as_json:
        click.echo(
            json.dumps({"count": len(seqs), "kinds": kinds, "records": list(seqs)}, ensure_ascii=False, indent=2)
        )
        return
    for event, count in kinds.items():
        said = _EVENTS.get(event, Bilingual(event, event))
        click.echo(f"  {event}（{said.ja} / {said.en}）: {count:,}")
    click.echo(f"廃棄できる証跡は {len(seqs):,} 件です。まだ何も廃棄していません。")
    click.echo(f"{len(seqs):,} records may be destroyed. Nothing was destroyed yet.")
    if seqs:
        click.echo(f'  civicsns audit destroy --by NUMBER --rule "…" --confirm {len(seqs)}')


def _table(found: Dossier, zone: tzinfo) -> Table:
    table = Table(show_lines=True, title=f"開示資料 / Dossier: {found.subject}", title_justify="left")
    for heading in ("番号\nNo.", "日時\nTime", "出来事\nEvent", "職員\nBy", "内容 / Facts"):
        table.add_column(heading, overflow="fold")
    for entry, record in found.items:
        said = _EVENTS.get(record.event, Bilingual(record.event, record.event))
        about = "" if record.subject == found.subject else f"{record.subject}\n"
        facts = "\n".join(f"{name}: {value}" for name, value in record.facts.items())
        cells = (
            f"{entry.seq}",
            record.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            f"{said.ja}\n{said.en}",
            record.by or "—",
            f"{about}{facts}",
        )
        table.add_row(*(escape(cell) for cell in cells))
    return table


def _shape(found: Dossier) -> dict[str, object]:
    return {
        "subject": found.subject,
        "deliveries": list(found.deliveries),
        "records": [
            {
                "seq": entry.seq,
                "at": entry.stamp,
                "subject": record.subject,
                "event": record.event,
                "by": record.by,
                "facts": dict(record.facts),
                "hash": entry.hash.hex(),
            }
            for entry, record in found.items
        ],
    }


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        Bilingual(f"書き込めません（{error.strerror}）。", f"It cannot be written ({error.strerror})."),
        mend=Bilingual(
            "書き込める、まだない場所を指定してください。", "Name a place that can be written and is not taken."
        ),
        place=str(path),
    )

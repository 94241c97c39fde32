"""`civicsns policy`: work on rule packs and overlays."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import tomli
from rich.markup import escape
from rich.table import Table

from civicsns import plugins
from civicsns.cli import options, report, standards
from civicsns.cli.findings import COLOURS, Shown
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual, Language
from civicsns.model import Severity
from civicsns.policy import corpus, packfile, proof, wording
from civicsns.policy.fault import PackError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from civicsns.cli.standards import Standards
    from civicsns.policy.corpus import Sample, Tally


@click.group()
@options.settings_of_group
def policy() -> None:
    """
    規範パックと市の規範を試します。

    Try rule packs and overlays.
    """


@policy.command("test")
@options.settings
@click.argument("target", required=False)
@click.option(
    "--corpus",
    "corpora",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="問題のないはずの文章。1行1件のテキストか JSONL / Texts that ought to be harmless: text or JSONL.",
)
@click.option(
    "--window",
    type=click.IntRange(min=0),
    default=corpus.WINDOW,
    show_default=True,
    help="テキストをこの字数に区切る。0 なら1行ずつ / Cut texts into windows of so many characters; 0: line by line.",
)
@click.option(
    "--show", type=click.IntRange(min=0), default=3, show_default=True, help="示す例の数 / How many alarms to show."
)
@click.option(
    "--most-block",
    type=float,
    default=0.1,
    show_default=True,
    metavar="PERCENT",
    help="投稿不可の上限 / Most that may block.",
)
@click.option(
    "--most-review",
    type=float,
    default=10.0,
    show_default=True,
    metavar="PERCENT",
    help="要確認の上限 / Most for review.",
)
@click.pass_context
def test(
    context: click.Context,
    /,
    settings: Path,
    target: str | None,
    corpora: tuple[Path, ...],
    *,
    window: int,
    show: int,
    most_block: float,
    most_review: float,
) -> None:
    """
    パックの例をすべて試し、市の文章での誤検知を数えます。

    Try all examples of a pack, and count false alarms on a city's own texts.

    TARGET is a pack's name, a pack's file or folder, or a city's policy.toml; without it, what the settings name is
    tested. Exits with 1 where an example fails or a corpus has too many alarms, and with 2 where something cannot be
    read.
    """
    console = report.console()
    try:
        held = _held(settings, target, asked=options.asked(context, "settings"))
    except PackError as error:
        for fault in error.faults:
            console.print(f"{fault.in_(Language.JA)}\n{fault.in_(Language.EN)}", markup=False, soft_wrap=True)
        said = Bilingual(
            f"誤り {len(error.faults)} 件。読み込みません。", f"{len(error.faults)} faults; it is not read."
        )
        console.print(f"{said.ja} / {said.en}", markup=False)
        sys.exit(1)
    except ConfigurationError as error:
        for language in Language:
            click.echo(error.in_(language), err=True)
        sys.exit(2)
    failed = _examples(console, held)
    Shown(console, held.pack, Language).notices(held.notices)
    too_many = False
    for path in corpora:
        tally = corpus.tally(_samples(path, held, window), held.answers, show=show)
        too_many |= _told(console, path, tally, most={Severity.BLOCK: most_block, Severity.REVIEW: most_review})
    sys.exit(1 if failed or too_many else 0)


def _held(settings: Path, target: str | None, *, asked: bool) -> Standards:
    """Read what is to be tested; a pack in files is proven as it is read."""
    if target is None:
        return standards.find(settings, asked=asked, packs=(), overlay=None)
    place = Path(target)
    if place.suffix == ".toml" and not place.exists():
        said = f"{target}: このファイルはありません。 / There is no such file."
        raise click.BadParameter(said, param_hint="TARGET")
    if not place.exists():
        return standards.of(plugins.pack(target, place="TARGET"))
    if place.is_file() and _is_overlay(place):
        return standards.find(settings, asked=False, packs=(), overlay=place)
    return standards.of(packfile.read(place))


def _is_overlay(place: Path) -> bool:
    try:
        return "extends" in tomli.loads(place.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        # Whoever reads it as a pack says what is wrong.
        return False


def _examples(console: Console, held: Standards) -> int:
    """Try every example, tell which fail, and give their number."""
    pack, engine = held.pack, held.policy
    assert pack is not None, "there is a pack to test"
    assert engine is not None, "there is a pack to test"
    failed = tried = 0
    for rule in pack.rules:
        tried += len(rule.must_flag) + len(rule.must_pass) + len(rule.known_miss)
        for wrong in proof.proven(engine, rule, (rule.code,)):
            failed += 1
            where = ".".join(map(str, wrong.path))
            for language in Language:
                console.print(
                    f"{where}: {wrong.what.in_(language)} {wrong.mend.in_(language)}", markup=False, soft_wrap=True
                )
    known = sum(len(rule.known_miss) for rule in pack.rules)
    said = Bilingual(
        f"{pack.id} {pack.version}: {len(pack.rules)} 規範、例 {tried} 件（見つけられないと分かっているもの {known} 件）、外れた例 {failed} 件。",
        f"{pack.id} {pack.version}: {len(pack.rules)} rules, {tried} examples ({known} known to be missed), {failed} failed.",
    )
    console.print(f"{said.ja}\n{said.en}", markup=False, soft_wrap=True)
    return failed


def _samples(path: Path, held: Standards, window: int) -> Iterator[Sample]:
    try:
        with path.open(encoding="utf-8") as lines:
            if path.suffix == ".jsonl":
                yield from corpus.labelled(lines, zone=held.zone)
            else:
                yield from corpus.plain(lines, window=window)
    except BadInput as error:
        said = f"{path}:{error.place}: {error.what.ja} / {error.what.en}"
        raise click.BadParameter(said, param_hint="--corpus") from error
    except (OSError, UnicodeDecodeError) as error:
        said = f"{path}: 読めません。 / It cannot be read."
        raise click.BadParameter(said, param_hint="--corpus") from error


def _told(console: Console, path: Path, tally: Tally, *, most: dict[Severity, float]) -> bool:
    """Tell what the rules said of a corpus, and whether there are too many alarms."""
    table = Table(
        "規範\nRule",
        "重さ\nSeverity",
        "件数\nTexts",
        "割合\nShare",
        "例\nAlarms",
        title=str(path),
        title_justify="left",
    )
    for (code, severity), count in sorted(tally.alarms.items(), key=lambda one: (-one[1], one[0])):
        colour = COLOURS[severity]
        table.add_row(
            code,
            f"[{colour}]{wording.SEVERITIES[severity].ja}[/]",
            str(count),
            f"{tally.rate(count):.2%}",
            escape("\n".join(tally.shown.get(code, ()))),
        )
    console.print(table)
    too_many = False
    for severity in Severity:
        share = tally.rate(tally.heaviest[severity])
        limit = most.get(severity)
        over = limit is not None and share * 100 > limit
        too_many |= over
        said = wording.SEVERITIES[severity]
        bound = "" if limit is None else f"（≤ {limit:g}%）" + (" ✗" if over else " ✓")
        console.print(
            f"{said.ja} / {said.en}: {tally.heaviest[severity]}/{tally.texts} = {share:.2%}{bound}", markup=False
        )
    expected = Counter(tally.expected)
    if expected:
        total, missed = sum(expected.values()), sum(tally.missed.values())
        console.print(f"見つけた / found: {total - missed}/{total} = {(total - missed) / total:.1%}", markup=False)
        for code, count in tally.missed.most_common():
            console.print(f"  {code}: {count}/{expected[code]} 見落とし / missed", markup=False)
    return too_many

"""`civicsns check`: what the conduct rules say, before anything is sent."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

import click

from civicsns.cli import options, report
from civicsns.errors import BadInput
from civicsns.language import Language
from civicsns.model import Severity
from civicsns.policy import bulk
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


def _in_bulk(context: click.Context, _parameter: click.Parameter, file: TextIO | None) -> None:
    """Answer line by line, without settings: what is checked is not going out."""
    if file is None:
        return
    from civicsns.policy.engine import Policy  # noqa: PLC0415 -- loaded where a pack is
    from civicsns.policy.packfile import builtin  # noqa: PLC0415

    policy = Policy(builtin("jp-municipal"))
    zone = ZoneInfo("Asia/Tokyo")
    wrong = False
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            said = bulk.answer(line, policy.check, zone=zone, language=Language.JA)
        except BadInput as error:
            wrong = True
            said = {"line": number, "error": str(error)}
        click.echo(json.dumps(said, ensure_ascii=False))
    context.exit(2 if wrong else 0)


@click.command()
@click.option(
    "--jsonl",
    type=click.File(encoding="utf-8"),
    is_eager=True,
    expose_value=False,
    callback=_in_bulk,
    help="1行1件のJSONをまとめて確認する / Check many posts, one a line as JSON.",
)
@options.settings
@options.draft
def check(settings: Path, **parts: Any) -> None:
    """
    投稿規範に照らして確認します。何も送信しません。

    Check a post against the conduct rules. Nothing is sent. Exits with 1 where a rule blocks it, 0 otherwise.
    """
    draft = options.make_draft(**parts)
    with Program.open(settings) as program:
        program.prepare(draft)
        verdict = program.check(draft)
    console = report.console()
    if verdict.findings:
        console.print(report.verdict(verdict, draft))
    else:
        console.print(
            f"指摘はありません（{len(verdict.ran)} 規範を確認）。 / Nothing found ({len(verdict.ran)} rules looked)."
        )
    sys.exit(1 if verdict.severity is Severity.BLOCK else 0)

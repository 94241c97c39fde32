"""`civicsns check`: what the conduct rules say, before anything is sent."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from civicsns.cli import options, report
from civicsns.model import Severity
from civicsns.program import Program

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
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

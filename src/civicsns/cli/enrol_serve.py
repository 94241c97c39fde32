"""`civicsns enrol serve` and `overview`: the enrolment pages, from this machine, and the pass to their overview."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from civicsns.cli import options, report
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual
from civicsns.program import Program

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from civicsns.web import SandboxPractice


@click.command()
@options.settings
@click.option("--host", default="127.0.0.1", show_default=True, help="待ち受けるアドレス / The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8620, show_default=True, help="ポート / The port.")
@click.option("--contact", default="", help="画面の下に示す問い合わせ先 / Whom to ask, at the foot of each page.")
def serve(settings: Path, host: str, port: int, contact: str) -> None:
    """
    登録の画面を動かします。https は、前に置くウェブサーバーが受け持ちます。

    Serve the enrolment pages until interrupted; a web server in front of them speaks https.
    """
    from civicsns.web.serving import serve as served  # noqa: PLC0415 -- an extra

    console = report.console()

    def ready(address: str) -> None:
        console.print(f"登録の画面が動いています / The enrolment pages are being served\n  {address}", soft_wrap=True)
        console.print("登録の状況 / How it stands: civicsns enrol overview --by NUMBER", soft_wrap=True)
        console.print("Ctrl-C で終わります / Ctrl-C ends it.")

    with Program.open(settings) as program:
        with suppress(KeyboardInterrupt):
            # Interrupted at some moments, it ends as if it had come to its end.
            served(program, host=host, port=port, contact=contact, practice=_practice, ready=ready)
        console.print("終わりました / Stopped.")


@click.command()
@options.settings
@options.by
def overview(settings: Path, by: str) -> None:
    """
    登録の状況の画面に入るリンクを作ります（統括者だけ。10 分以内に一度だけ開けます）。

    Make a pass to the page that shows how enrolment stands: for an overseer, good once, for ten minutes.
    """
    from civicsns.web.passes import Passes  # noqa: PLC0415 -- an extra

    with Program.open(settings) as program:
        made = Passes.of(program).issue(by)
    report.console(stderr=True).print(
        "本人のブラウザーで 10 分以内に開いてください。 / Open it in your own browser within ten minutes.",
        soft_wrap=True,
    )
    click.echo(made.reveal())


@contextmanager
def _practice() -> Generator[SandboxPractice]:
    """Open the practice networks for as long as the pages are served."""
    from civicsns.web import SandboxPractice  # noqa: PLC0415 -- an extra

    try:
        from civicsns.testing.sandbox import Sandbox  # noqa: PLC0415 -- another
    except ImportError as error:
        raise ConfigurationError(
            Bilingual(
                f"練習の投稿に必要な {error.name} がありません。",
                f"Practice posts need {error.name}, which is not installed.",
            ),
            mend=Bilingual(
                'pip install "civicsns[sandbox]" を実行するか、[enrolment] practice を false にしてください。',
                'Run: pip install "civicsns[sandbox]", or set [enrolment] practice to false.',
            ),
            place="enrolment.practice",
        ) from error
    with Sandbox() as sandbox:
        practice = SandboxPractice(sandbox)
        try:
            yield practice
        finally:
            practice.close()

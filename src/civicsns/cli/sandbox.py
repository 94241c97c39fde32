"""`civicsns sandbox`: the practice networks, with a programme to post from."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from pathlib import Path

import click

from civicsns.cli import report
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

_PEOPLE = "職員番号,氏名,所属\n1001,佐賀 花子,観光課\n1002,武雄 太郎,防災課\n"
_ACCOUNTS = (
    "アカウントID,媒体,ユーザー名,所管課,管理者,個人\n"
    "x:hanako,x,saga_hanako,観光課,1001,はい\n"
    "x:taro,x,takeo_taro,防災課,1002,はい\n"
    "facebook:kanko,facebook,takeo.kanko,観光課,1001,いいえ\n"
)


@click.command()
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("practice"),
    show_default=True,
    help="練習用の設定を書くフォルダー / The folder for the practice settings.",
)
@click.option(
    "--ports",
    type=(int, int, int),
    default=(8610, 8611, 8612),
    show_default=True,
    help="X・Facebook・閲覧ページのポート / Ports of X, Facebook and the page.",
)
def sandbox(into: Path, ports: tuple[int, int, int]) -> None:
    """
    練習用のXとFacebookを、この端末の中だけで動かします。

    Run a practice X and Facebook on this machine alone, until interrupted.
    """
    try:
        from civicsns.testing.sandbox import Sandbox, programme  # noqa: PLC0415 -- an extra, told apart below
    except ImportError as error:
        raise ConfigurationError(
            Bilingual(
                f"練習用ネットワークに必要な {error.name} がありません。",
                f"The practice networks need {error.name}, which is not installed.",
            ),
            mend=Bilingual(
                'pip install "civicsns[sandbox]" を実行してください。', 'Run: pip install "civicsns[sandbox]"'
            ),
            place="civicsns sandbox",
        ) from error
    into.mkdir(parents=True, exist_ok=True)
    people, accounts = into / "people.csv", into / "accounts.csv"
    if not people.exists() or not accounts.exists():
        people.write_text(_PEOPLE, encoding="utf-8")
        accounts.write_text(_ACCOUNTS, encoding="utf-8")
    console = report.console()
    try:
        running = Sandbox(ports=ports)
        running.start()
    except OSError as error:
        raise ConfigurationError(
            Bilingual(
                f"ポート {ports} のいずれかが使われています。",
                f"One of the ports {ports} is in use.",
            ),
            mend=Bilingual(
                "--ports で別の番号を指定してください（--ports 0 0 0 は空きを選びます）。",
                "Choose others with --ports (--ports 0 0 0 takes any that are free).",
            ),
            place="--ports",
        ) from error
    try:
        settings = programme.write(running, people=people, accounts=accounts, into=into)
        console.print(
            f"[bold]練習用ネットワークが動いています / The practice networks are running[/]\n  {running.page.url}"
        )
        console.print("別の端末で投稿してみてください / Try a post from another terminal:")
        console.print(
            f'  {_ourselves()} publish -c {settings} -a 1001 -t x:hanako -t facebook:kanko "はじめての投稿です。"',
            soft_wrap=True,
        )
        console.print("Ctrl-C で終わります / Ctrl-C ends it.")
        # A shell that starts it in the background has SIGINT ignored; both signals are to end it cleanly.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("終わりました / Stopped.")
    finally:
        running.stop()


def _ourselves() -> str:
    """Name the command as the newcomer can type it, with or without an activated environment."""
    return "civicsns" if shutil.which("civicsns") else f"{sys.executable} -m civicsns"

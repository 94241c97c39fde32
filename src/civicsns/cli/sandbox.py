"""`civicsns sandbox`: the practice networks, with a programme to post from."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from pathlib import Path

import click

from civicsns.accounts import roster
from civicsns.cli import files, report
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
@click.option(
    "--callback",
    metavar="URL",
    default="http://127.0.0.1:8620/enrol/callback",
    show_default=True,
    help="接続を練習するとき、サインインのあとに戻るアドレス / Where people come back to, to practise connecting.",
)
def sandbox(into: Path, ports: tuple[int, int, int], callback: str) -> None:
    """
    練習用のXとFacebookを、この端末の中だけで動かします。

    Run a practice X and Facebook on this machine alone, until interrupted.

    フォルダーに people.csv と accounts.csv があれば、そのアカウントを開きます。設定と台帳は、始めるたびに作り直します。
    Where the folder has a people.csv and an accounts.csv, those accounts are opened. Settings and ledger are made anew
    each time.
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
    if not programme.may_write(into):
        raise ConfigurationError(
            Bilingual(
                f"フォルダー {into} には練習用でない設定か台帳があります。",
                f"The folder {into} holds settings or a ledger that are not for practice.",
            ),
            mend=Bilingual(
                "消さずに残しました。--into で別のフォルダーを指定してください。",
                "They were left as they are. Choose another folder with --into.",
            ),
            place="--into",
        )
    people, accounts = into / "people.csv", into / "accounts.csv"
    with files.writing(into):
        into.mkdir(parents=True, exist_ok=True)
        for path, example in ((people, _PEOPLE), (accounts, _ACCOUNTS)):
            if not path.exists():
                path.write_text(example, encoding="utf-8")
    console = report.console()
    try:
        running = Sandbox(ports=ports)
        running.return_to(callback)
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
        console.print(f"  {_ourselves()} publish -c {settings} {_example(settings)}", soft_wrap=True, highlight=False)
        console.print("Ctrl-C で終わります / Ctrl-C ends it.")
        # A shell that starts it in the background has SIGINT ignored; both signals are to end it cleanly.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("終わりました / Stopped.")
    finally:
        running.stop()


def _example(settings: Path) -> str:
    """Name a first post that one of those on the roster may make: under one account on each network."""
    held = roster.read(people=settings.parent / "people.csv", accounts=settings.parent / "accounts.csv")
    author = next((one.steward for one in held.accounts.values() if one.steward), "NUMBER")
    own: dict[str, str] = {}
    for one in held.accounts.values():
        if one.steward == author:
            own.setdefault(one.platform, one.id)
    under = [f"-t {own[platform]}" for platform in sorted(own, reverse=True)] or ["-t ACCOUNT"]
    return " ".join((f"-a {author}", *under, '"はじめての投稿です。"'))


def _ourselves() -> str:
    """Name the command as the newcomer can type it, with or without an activated environment."""
    return "civicsns" if shutil.which("civicsns") else f"{sys.executable} -m civicsns"

"""
武雄市の物語を、練習用ネットワークの上で最初から最後まで / Takeo's story, whole, on the practice networks.

390人の職員名簿を読み、祭りの会場から「佐賀牛が売り切れました」を、観光課の職員のXと課のFacebookページに投稿します。
死んだトークンが一つ、通信の事故が一つ起きます。

It reads a roster of 390 invented staff and posts "the Saga beef is sold out" from the festival ground, to the X account
of one member of the tourism section and to the section's Facebook Page. One token is dead, and one answer gets lost.

Run: make demo
"""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from civicsns import Capacity, DeliveryState, Draft, Media, Program
from civicsns.cli import report
from civicsns.testing.sandbox import Fault, Sandbox, programme

if TYPE_CHECKING:
    from civicsns.model import Delivery

HERE = Path(__file__).parent
ACCOUNTS = ("x:1001", "facebook:kanko", "facebook:matsuri")


def main() -> int:
    """Run the story; 0 if it went as it should."""
    console = Console(highlight=False)
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        console.rule("civicsns: 武雄市の物語 / Takeo's story")
        settings = programme.write(
            sandbox, people=HERE / "people.csv", accounts=HERE / "accounts.csv", into=Path(folder)
        )
        with Program.open(settings) as program:
            console.print(
                f"職員 {len(program.roster.people)} 人、アカウント {len(program.accounts)} 件を読みました。"
                f" / Read {len(program.roster.people)} staff and {len(program.accounts)} accounts.\n"
            )
            went_well = tell(program, sandbox, console)
        page = sandbox.page.url
        console.print(
            f"\n投稿を見る / See the posts: [bold]{page}[/]\n"
            "（練習用です。x.com や facebook.com には何も出ていません。 / Practice: nothing went to x.com or facebook.com.）\n",
            soft_wrap=True,
        )
        console.print(
            "次は自分で / Next, try it yourself:\n"
            "  .venv/bin/civicsns sandbox          練習用ネットワークを動かす / run the practice networks\n"
            "  .venv/bin/civicsns publish --help   投稿する / post\n"
            "  docs/getting-started.md             はじめかた / getting started (docs/getting-started.en.md)",
            soft_wrap=True,
        )
        # 端末の前に人がいなければ、待たずに終わる / With nobody at a terminal it ends, and does not wait.
        if sys.stdin.isatty() and console.is_terminal:
            console.print("\nCtrl-C で終わります / Ctrl-C ends it.")
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                console.print("終わりました / Stopped.")
    return 0 if went_well else 1


def tell(program: Program, sandbox: Sandbox, console: Console) -> bool:
    """Post from the festival ground while two things go wrong, and show what became of each delivery."""
    # 祭り実行委員会のページのトークンは失効している / the festival committee's token is dead
    dead = program.account("facebook:matsuri")
    sandbox.graph.expire(program.vault.get(dead).secret("access_token"), subcode=463)
    # Xは投稿を受け取るが、返事が届かない / X takes the post, but its answer gets lost
    sandbox.x.faults.order(Fault.RESET, on="create")

    draft = Draft(
        author="1001",
        text="佐賀牛が売り切れました。たくさんのご来場ありがとうございます。 #武雄物産まつり",
        accounts=ACCOUNTS,
        media=[
            Media.from_path(
                HERE / "sold-out.jpg", alt_text="「佐賀牛 串焼き 完売」の札を掲げた、祭りちょうちんの下の屋台"
            )
        ],
        capacity=Capacity.OFFICIAL,
    )
    console.print(f"起案 / Draft: {draft.text}")
    verdict = program.check(draft)
    console.print(
        f"規範の確認 / Conduct rules: {len(verdict.ran)} 件を確認、指摘 {len(verdict.findings)} 件"
        f" / {len(verdict.ran)} looked, {len(verdict.findings)} found"
    )
    console.print(
        f"[dim]照らせなかった規範は {len(verdict.skipped)} 件です。理由は civicsns check が挙げます。"
        f" / {len(verdict.skipped)} could not look; civicsns check tells why.[/]\n"
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("配信中 / Delivering", total=len(ACCOUNTS))

        def show(delivery: Delivery) -> None:
            if delivery.version == 0:
                return
            said = report.state(delivery)
            progress.console.print(f"  {delivery.rendition.account}: {said.ja} / {said.en}", markup=False)
            if delivery.not_before is None:
                progress.advance(task)

        done = program.publish(draft, progress=show)
    console.print(report.deliveries(done.results, program))

    states = [result.state for result in done.results]
    on_x = sandbox.x.posts()
    console.print(
        f"\nXの投稿は {len(on_x)} 件だけです。返事が失われても、読み返して確かめ、二度は投稿しません。"
        f"\nThere is {len(on_x)} post on X: when the answer was lost, civicsns read the account back"
        " instead of posting again."
    )
    return states == [DeliveryState.DELIVERED, DeliveryState.DELIVERED, DeliveryState.HELD] and len(on_x) == 1


if __name__ == "__main__":
    sys.exit(main())

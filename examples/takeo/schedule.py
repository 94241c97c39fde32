"""
時刻、期限、投稿停止、取下げ、訂正、削除 / Times, ends, holds, withdrawals, corrections and deletions.

観光課の一日を、練習用ネットワークの上で早送りします。時計は練習用で、止まったり進んだりします。

A day of the tourism section, on the practice networks, wound forward: the clock is for practice too.

Run: make examples
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from civicsns import DeliveryState, Draft, Program
from civicsns.cli import report
from civicsns.posting.correction import Linking
from civicsns.posting.hold import Scope
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import Sandbox, programme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from civicsns.model import Delivery

HERE = Path(__file__).parent
AUTHOR = "1001"
ON_X, ON_FACEBOOK = "x:1001", "facebook:kanko"


def main() -> int:
    """Go through the day; 0 if it went as it should."""
    clock = PracticeClock(datetime.now(UTC))
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        settings = programme.write(
            sandbox, people=HERE / "people.csv", accounts=HERE / "accounts.csv", into=Path(folder)
        )
        with Program.open(settings, clock=clock) as program:
            return 0 if held_back(program, clock) and put_right(program, clock) else 1


def held_back(program: Program, clock: PracticeClock) -> bool:
    """Plan three posts for the next business day, stop posting, withdraw one, and let the rest go on."""
    opens = program.next_business_day()
    say("翌開庁日に三つの投稿を予定します", "Three posts are planned for the next business day")

    def plan(text: str, until: datetime | None = None) -> Delivery:
        draft = Draft(author=AUTHOR, text=text, accounts=[ON_X], not_before=opens, not_after=until)
        return program.publish(draft).results[0]

    kept = plan("物産まつりは今日から三日間です。")
    short = plan("先着100名の試食は10時までです。", until=opens + timedelta(hours=1))
    wrong = plan("雨天中止です。")
    show(program, [kept, short, wrong])

    say(
        "朝、警報が出たので課の投稿を止め、一つは取り下げます",
        "A warning is out: the section stops, and one is withdrawn",
    )
    program.hold(Scope.SECTION, "観光課", by=AUTHOR, reason="大雨警報")
    program.withdraw(wrong.id, by=AUTHOR, reason="雨天決行に変わった")
    clock.set(opens)
    program.dispatch()
    show(program, [kept, short, wrong])

    say("二時間後に解除します。期限の過ぎた投稿は出しません", "Lifted two hours later: what is too late stays unsent")
    clock.set(opens + timedelta(hours=2))
    program.lift(Scope.SECTION, "観光課", by=AUTHOR, reason="警報解除")
    program.dispatch()
    states = show(program, [kept, short, wrong])
    return states == [DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.WITHDRAWN]


def put_right(program: Program, clock: PracticeClock) -> bool:
    """Publish a wrong date, correct it on each network as that can, and delete a post."""
    clock.advance(timedelta(hours=1))
    say(
        "日付を誤った投稿を、Xでは返信で、Facebookでは編集で訂正します",
        "A wrong date: answered on X, edited on Facebook",
    )
    wrong = Draft(author=AUTHOR, text="花火は4日です。", accounts=[ON_X, ON_FACEBOOK])
    on_x, on_facebook = program.publish(wrong).results

    def right(text: str, account: str) -> Draft:
        return Draft(author=AUTHOR, text=text, accounts=[account])

    because = "日付の誤り"
    answer = program.correct(
        on_x.id, right("（訂正）花火は5日です。お詫びして訂正します。", ON_X), by=AUTHOR, reason=because
    )
    edited = program.correct(
        on_facebook.id,
        right("花火は5日です。（4日と書いていたのは誤りでした）", ON_FACEBOOK),
        by=AUTHOR,
        reason=because,
        linking=Linking.EDIT,
    )
    states = show(program, [*answer.publication.results, *edited.publication.results])

    say("最後に、Xの誤った投稿を削除します", "Last, the wrong post on X is deleted")
    program.delete(on_x.id, by=AUTHOR, reason=because)
    states += show(program, [on_x])
    for record in program.store.records(on_x.id):
        print(f"    {record.event} {record.by or '-'} {record.facts.get('reason', '')}")
    return states == [DeliveryState.DELIVERED, DeliveryState.DELIVERED, DeliveryState.DELETED]


def say(japanese: str, english: str) -> None:
    """Tell what comes next."""
    print(f"\n{japanese} / {english}")


def show(program: Program, deliveries: Iterable[Delivery]) -> list[DeliveryState]:
    """Show how deliveries stand now."""
    now = [program.store.get(delivery.id) for delivery in deliveries]
    for delivery in now:
        said = report.state(delivery)
        print(f"  {said.ja} / {said.en}: {delivery.rendition.account} {delivery.rendition.text}")
    return [delivery.state for delivery in now]


if __name__ == "__main__":
    sys.exit(main())

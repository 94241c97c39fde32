"""What the command line shows of verdicts and deliveries, in Japanese and in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from civicsns.cli.findings import Shown
from civicsns.language import Bilingual, Language
from civicsns.model import DeliveryState, Proof
from civicsns.model.delivery import ENDED
from civicsns.policy.checked import Checked
from civicsns.posting.steps import TOO_LATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from civicsns.model import Delivery, Draft, Verdict
    from civicsns.policy.pack import Pack
    from civicsns.program import Program

_STATES = {
    DeliveryState.PENDING: ("yellow", Bilingual("待機中", "waiting")),
    DeliveryState.SENDING: ("yellow", Bilingual("送信中", "sending")),
    DeliveryState.UNKNOWN: ("magenta", Bilingual("確認中（送信不明）", "checking (unknown)")),
    DeliveryState.DELIVERED: ("green", Bilingual("投稿済み", "published")),
    DeliveryState.FAILED: ("red", Bilingual("送信できず", "failed")),
    DeliveryState.HELD: ("red", Bilingual("停止中", "held")),
    DeliveryState.WITHDRAWN: ("cyan", Bilingual("取下げ済み", "withdrawn")),
    DeliveryState.DELETED: ("cyan", Bilingual("削除済み", "deleted")),
}
_PREFERS = Bilingual(
    "起案者は「届かないより二重のほうがよい」を選んでいます。",
    "Its author would rather have it twice than not at all.",
)
_DOUBLE = Bilingual(
    "結果の分からない送信のあとにも送ったため、二重に出ているかもしれません。画面を見て、二重なら一つを削除してください。",
    "It was sent again after an unknown outcome, and may be there twice: look, and delete one if it is.",
)
_PLATFORMS = {"x": "X", "facebook": "Facebook"}


def console(*, stderr: bool = False) -> Console:
    """Make the console that the command line writes to."""
    return Console(highlight=False, soft_wrap=False, stderr=stderr)


def state(delivery: Delivery) -> Bilingual:
    """Say in a word where a delivery stands."""
    if delivery.state is DeliveryState.UNKNOWN and delivery.not_before is None:
        return Bilingual("要判断（送信不明）", "needs a person (unknown)")
    if delivery.state is DeliveryState.PENDING and delivery.rendition.uploads:
        return Bilingual("画像を預けました", "files are uploaded")
    if delivery.failure is not None and delivery.failure.outcome == TOO_LATE:
        return Bilingual("期限切れ（送信せず）", "too late (not sent)")
    if delivery.state is DeliveryState.DELIVERED and delivery.failure is not None:
        return Bilingual("投稿済み（変更できず）", "published, not changed")
    if delivery.may_be_double:
        return Bilingual("投稿済み（二重の恐れ）", "published, perhaps twice")
    proof = delivery.receipt.proof if delivery.receipt is not None else None
    if delivery.state is DeliveryState.DELIVERED and proof is Proof.READ_BACK:
        return Bilingual("投稿済み（読み返しで確認）", "published (found by reading back)")
    return _STATES[delivery.state][1]


def note(delivery: Delivery, zone: tzinfo) -> Bilingual:
    """Say what there is to know or to do: the address of the post, or what happened, the mend, and what is next."""
    if delivery.state is DeliveryState.WITHDRAWN:
        return Bilingual("送信せずに取り下げました。", "It was withdrawn before anything was sent.")
    if delivery.state is DeliveryState.DELETED:
        return Bilingual("ネットワークから削除しました。", "It was deleted on the network.")
    if delivery.receipt is not None and delivery.failure is None:
        address = delivery.receipt.url or delivery.receipt.post_id
        return _and(Bilingual(address, address), _DOUBLE) if delivery.may_be_double else Bilingual(address, address)
    if delivery.failure is not None:
        failure = delivery.failure
        said = Bilingual(f"{failure.what.ja}{failure.mend.ja}", f"{failure.what.en} {failure.mend.en}")
    else:
        said = Bilingual("まだ送信していません。", "Nothing was sent yet.")
    if delivery.not_before is not None and delivery.state is not DeliveryState.HELD:
        due = _when(delivery.not_before, zone)
        said = Bilingual(f"{said.ja}次の処理は {due} 以降です。", f"{said.en} Next step at {due} or later.")
    if delivery.not_after is not None and delivery.state in {DeliveryState.PENDING, DeliveryState.HELD}:
        until = _when(delivery.not_after, zone)
        said = Bilingual(f"{said.ja}期限は {until} です。", f"{said.en} It is not sent from {until} on.")
    if delivery.prefer_duplicate and delivery.state not in ENDED:
        said = _and(said, _DOUBLE if delivery.risked else _PREFERS)
    return said


def _and(said: Bilingual, more: Bilingual) -> Bilingual:
    return Bilingual(f"{said.ja} {more.ja}", f"{said.en} {more.en}")


def _when(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def show(console: Console, shown: Sequence[Delivery], program: Program) -> None:
    """Print a table with a row for each delivery, and below it their ids, for other commands to name them by."""
    if not shown:
        console.print("ありません。 / There are none.")
        return
    console.print(deliveries(shown, program))
    for delivery in shown:
        console.print(f"  {delivery.id}  {delivery.rendition.account}", markup=False, soft_wrap=True)


def deliveries(shown: Sequence[Delivery], program: Program) -> Table:
    """Make a table with a row for each delivery."""
    table = Table(show_lines=True, title="配信結果 / What happened to each delivery", title_justify="left")
    table.add_column("アカウント\nAccount", overflow="fold")
    table.add_column("結果\nResult", overflow="fold", max_width=22)
    table.add_column("くわしく\nDetails", overflow="fold", ratio=1)
    for delivery in shown:
        # An account that was taken off the list had a past.
        account = program.roster.accounts.get(delivery.rendition.account)
        section = account.section if account else "一覧にありません / off the list"
        platform = delivery.rendition.platform
        colour, _ = _STATES[delivery.state]
        said, more = state(delivery), note(delivery, program.zone)
        table.add_row(
            escape(f"{delivery.rendition.account}\n{_PLATFORMS.get(platform, platform)} · {section}"),
            f"[{colour}]{escape(said.ja)}\n{escape(said.en)}[/]",
            escape(more.ja if more.ja == more.en else f"{more.ja}\n{more.en}"),
        )
    return table


def verdict(console: Console, shown: Verdict, draft: Draft, pack: Pack | None) -> None:
    """Print what the rules say of a draft: which words, which rule, which law, how to mend it, what to ask oneself."""
    if shown.findings or shown.questions:
        Shown(console, pack, Language).text(Checked(draft=draft, verdict=shown))

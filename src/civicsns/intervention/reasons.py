"""Why a person's step is not possible as things stand, and what to do then."""

from __future__ import annotations

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Delivery, DeliveryState

_UNKNOWN = (
    Bilingual("送信されたかどうか分かっていません。", "It is not known whether it was sent."),
    Bilingual(
        "読み返しで確かめられるのを待つか、civicsns ledger decide で判断し、出ていれば削除してください。",
        "Wait until it is read back, or decide it with civicsns ledger decide; delete it if it is out.",
    ),
)
#: What to do about a hold that stands in the way.
LIFT = Bilingual("先に投稿停止を解除してください: civicsns hold lift", "Lift it first: civicsns hold lift")
_OVER = Bilingual("することはありません。", "There is nothing to do.")
#: Why a delivery cannot be withdrawn or deleted as it stands, and what to do then.
_WHY_NOT: dict[DeliveryState, tuple[Bilingual, Bilingual]] = {
    # Waiting, with an attempt that is open.
    DeliveryState.PENDING: _UNKNOWN,
    DeliveryState.HELD: (
        _UNKNOWN[0],
        Bilingual(
            "投稿停止を解除するか（civicsns hold lift）、civicsns ledger resume で再開すると、まず読み返して確かめます。",
            "Lift its hold (civicsns hold lift), or let it go on with civicsns ledger resume: it is read back first.",
        ),
    ),
    DeliveryState.UNKNOWN: _UNKNOWN,
    DeliveryState.SENDING: (
        Bilingual("送信の最中です。", "It is being sent at this moment."),
        Bilingual(
            "結果が出るまで待ち、投稿されていれば削除してください。", "Wait for the result, and delete it if it is out."
        ),
    ),
    DeliveryState.DELIVERED: (
        Bilingual("すでに投稿されています。", "It has been published."),
        Bilingual(
            "削除するには civicsns ledger delete を使ってください。", "To delete it, use civicsns ledger delete."
        ),
    ),
    DeliveryState.FAILED: (Bilingual("送信できずに終わっています。", "It has failed, and will not be sent."), _OVER),
    DeliveryState.WITHDRAWN: (Bilingual("取り下げられています。", "It was withdrawn."), _OVER),
    DeliveryState.DELETED: (Bilingual("削除されています。", "It was deleted."), _OVER),
}


def why_not_withdrawn(delivery: Delivery) -> BadInput:
    """Say why *delivery* cannot be taken back."""
    what, mend = _WHY_NOT[delivery.state]
    return BadInput(what, mend=mend, place=delivery.id)


def why_not_deleted(delivery: Delivery) -> BadInput:
    """Say why *delivery* cannot be deleted on its network."""
    if delivery.state in {DeliveryState.PENDING, DeliveryState.HELD}:
        what = Bilingual("まだ投稿されていません。", "It has not been published.")
        return BadInput(what, mend=Bilingual("取り下げてください。", "Withdraw it."), place=delivery.id)
    what, mend = _WHY_NOT[delivery.state]
    return BadInput(what, mend=mend, place=delivery.id)

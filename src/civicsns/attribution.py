"""
Whose a post is that was read back: a city may want the same words twice, and no post stands for two deliveries.

A network that carries no mark of ours shows the same post to both. What the ledger knows of the account's other
deliveries tells them apart; where two of them ask for a post at once, the first to write its claim has it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from civicsns.errors import Unavailable
from civicsns.language import Bilingual
from civicsns.model import Delivery, DeliveryState, Fact, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from civicsns.ports import Store

#: Which delivery a post was read back for, by network and post.
KIND: Final = "post"
#: Clocks differ, and the end of an attempt may be written late; to ask further back costs next to nothing.
_FURTHER: Final = timedelta(days=1)


def own(
    delivery: Delivery, look: Callable[[frozenset[str]], Receipt | None], *, store: Store, since: datetime
) -> Receipt | None:
    """
    Give the post that became of *delivery* and of no other; None where there is none.

    Args:
        delivery: Whose outcome is unknown.
        look: Gives the post that may be it, apart from those with the given ids.
        store: Where the account's other deliveries stand.
        since: Since when *look* looks.

    Raises:
        Outcome: If the network could not be read, or another delivery of the same words is being sent just now.
        StoreError: If the store is out of order.
    """
    others: set[str] = set()
    while (post := look(frozenset(others))) is not None and post.post_id not in others:
        # Read after the post was seen: what had not begun by then did not make it.
        stand = [
            one for one in store.of_account(delivery.rendition.account, since=since - _FURTHER) if one.id != delivery.id
        ]
        if _belongs(post, delivery, stand, store):
            return post
        others.add(post.post_id)
    return None


def _belongs(post: Receipt, delivery: Delivery, stand: Sequence[Delivery], store: Store) -> bool:
    if any(one.receipt is not None and one.receipt.post_id == post.post_id for one in stand):
        return False
    twins = [one for one in stand if one.receipt is None and one.rendition.text == delivery.rendition.text]
    if any(one.state is DeliveryState.SENDING for one in twins):
        raise Unavailable(
            Bilingual(
                "同じ文の別の配信を送信している最中なので、見つかった投稿がどちらのものかまだ分かりません。",
                "Another delivery with the same words is being sent, so it is not known yet whose the post is.",
            ),
            mend=Bilingual("自動でもう一度読み返します。", "The network is read back again by itself."),
        )
    return not twins or _claim(post, delivery, store)


def _claim(post: Receipt, delivery: Delivery, store: Store) -> bool:
    key = f"{post.platform}:{post.post_id}"
    claim = Fact(kind=KIND, key=key, value={"delivery": delivery.id})
    if store.put(None, claim):
        return True
    first = store.fact(KIND, key)
    return first is not None and first.value.get("delivery") == delivery.id

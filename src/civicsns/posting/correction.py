"""
Corrections 訂正: a new post, tied to the one that it corrects.

The words are the author's own; `template` gives a form to begin with.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput, Unsupported
from civicsns.language import Bilingual
from civicsns.model import DeliveryState, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, tzinfo

    from civicsns.model import Account, Delivery, Draft
    from civicsns.ports import Adapter
    from civicsns.posting.plan import Tie


class Linking(StrEnum):
    """How a correction is tied to the post that it corrects."""

    #: As an answer; where the network has none, as a quote, and where it has neither, by the address in the text.
    ANSWER = "answer"
    #: As a quote; where the network has none, by the address in the text.
    QUOTE = "quote"
    #: By the words alone, such as where the original is deleted afterwards. The records tie the two together.
    ALONE = "alone"
    #: The original itself is edited, where the network lets an app do that.
    EDIT = "edit"


def originals(deliveries: Iterable[Delivery], accounts: Iterable[str]) -> dict[str, Delivery]:
    """
    Give the post that is corrected, for each account: of a thread, its first part.

    Args:
        deliveries: Those of the draft that is corrected.
        accounts: Where the correction is to appear.

    Raises:
        BadInput: If an account has no such post.
    """
    known: dict[str, Delivery] = {}
    for delivery in deliveries:
        if delivery.follows is None and delivery.state is DeliveryState.DELIVERED:
            # The newest, where the same draft was published more than once.
            known[delivery.rendition.account] = delivery
    found: dict[str, Delivery] = {}
    for account in accounts:
        if account not in known:
            raise BadInput(
                Bilingual(
                    f"アカウント {account} には、訂正する投稿が出ていません。",
                    f"There is no published post to correct under {account}.",
                ),
                mend=Bilingual(
                    "投稿先から外してください。送信前の投稿は取り下げ、結果の不明な投稿は先に確かめてください。",
                    "Leave the account out. Withdraw what has not been sent; settle first what is unknown.",
                ),
                place="accounts",
            )
        found[account] = known[account]
    return found


def tie(wrong: Mapping[str, Delivery], *, linking: Linking) -> Tie:
    """Give what ties a draft to the post that it corrects, account by account; for `plan.chains`."""

    def tied_to(draft: Draft, account: Account, adapter: Adapter) -> Draft:
        return tied(draft, adapter, original=wrong[account.id], linking=linking)

    return tied_to


def records(
    draft: Draft, wrong: Mapping[str, Delivery], *, linking: Linking, by: str, reason: str, at: datetime
) -> list[Record]:
    """Put on record, with the draft and with each post, that the one corrects the other."""
    posts = ",".join(delivery.id for delivery in wrong.values())
    facts = {"linking": linking.value, "reason": reason}
    about = Record(
        at=at,
        subject=draft.digest,
        event="draft.corrects",
        by=by,
        facts={**facts, "draft": draft.corrects or "", "deliveries": posts},
    )
    return [
        about,
        *(
            Record(
                at=at, subject=delivery.id, event="delivery.corrected", by=by, facts={**facts, "draft": draft.digest}
            )
            for delivery in wrong.values()
        ),
    ]


def tied(draft: Draft, adapter: Adapter, *, original: Delivery, linking: Linking) -> Draft:
    """
    Tie *draft* to *original*, as the network can.

    Raises:
        BadInput: If the draft answers or quotes another post.
        Unsupported: If the network offers no way to tie the two together.
    """
    assert original.receipt is not None, "what is corrected was published"
    if linking in {Linking.ALONE, Linking.EDIT}:
        return draft
    if draft.reply_to is not None or draft.quote is not None:
        raise BadInput(
            Bilingual(
                "訂正は元の投稿に結び付けるため、返信先や引用元を別に指定できません。",
                "A correction answers or quotes the post that it corrects, and no other.",
            ),
            mend=Bilingual("reply_to と quote を外してください。", "Leave out reply_to and quote."),
            place="reply_to",
        )
    limits = adapter.limits
    if limits.replies and linking is Linking.ANSWER:
        return attrs.evolve(draft, reply_to=original.receipt.post)
    if limits.quotes:
        return attrs.evolve(draft, quote=original.receipt.post)
    address = original.receipt.url
    if not address:
        raise Unsupported(
            Bilingual(
                "元の投稿のアドレスが分からず、結び付けられません。",
                "The address of the original is not known, so nothing ties the correction to it.",
            ),
            mend=Bilingual(
                "元の投稿が分かる文面にし、linking=ALONE を指定してください。",
                "Say in the text which post it corrects, and use linking=ALONE.",
            ),
            place="linking",
        )
    platform = adapter.platform
    text = draft.text_for(platform)
    if address in text:
        return draft
    return attrs.evolve(draft, variants={**draft.variants, platform: f"{text}\n{address}" if text else address})


def template(original: Delivery, *, zone: tzinfo) -> Bilingual:
    """Give a form for a correction of *original*, to be filled in by its author."""
    at = original.receipt.at.astimezone(zone) if original.receipt else None
    ja, en = (f"{at.month}月{at.day}日", f"{at:%Y-%m-%d}") if at else ("○月○日", "…")
    return Bilingual(
        f"（訂正）{ja}の投稿に誤りがありました。\n誤：…\n正：…\nお詫びして訂正します。",
        f"(Correction) Our post of {en} was wrong.\nWrong: …\nRight: …\nWe apologise.",
    )

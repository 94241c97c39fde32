"""From a draft to its deliveries: one chain for each account, the parts of a thread in order."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, TypeAlias

import attrs

from civicsns.errors import BadInput, TextTooLong
from civicsns.language import Bilingual
from civicsns.model import Account, Delivery, Draft, Rendition
from civicsns.posting import double
from civicsns.posting.schedule import require_time_to_send
from civicsns.text import split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from civicsns.ports import Adapter


#: Makes of a draft what it is under one account.
Tie: TypeAlias = "Callable[[Draft, Account, Adapter], Draft]"


def untied(draft: Draft, account: Account, adapter: Adapter) -> Draft:  # noqa: ARG001 -- it is the same everywhere
    """Give the draft as it is."""
    return draft


def chains(
    draft: Draft, accounts: Sequence[Account], *, adapter: Callable[[str], Adapter], tie: Tie = untied
) -> list[Sequence[Rendition]]:
    """
    Make what goes out under each account.

    Args:
        draft: What to say.
        accounts: Where.
        adapter: Gives the adapter of a network.
        tie: Makes of the draft what it is under one account, such as an answer to a post of that account.

    Raises:
        BadInput: If there is no account, one stands there twice, the draft would rather be sent twice and is no
            emergency, or an adapter finds a part of it wrong.
    """
    if not accounts:
        raise BadInput(
            Bilingual("投稿先のアカウントがありません。", "The draft names no account."),
            mend=Bilingual("accounts に一つ以上書いてください。", "Name at least one in accounts."),
            place="accounts",
        )
    if len({account.id for account in accounts}) != len(accounts):
        raise BadInput(
            Bilingual("同じアカウントが二度あります。", "The draft names an account twice."),
            mend=Bilingual("一度だけ書いてください。", "Name each once."),
            place="accounts",
        )
    double.require_emergency(draft)
    made: list[Sequence[Rendition]] = []
    for account in accounts:
        network = adapter(account.platform)
        made.append(renditions(tie(draft, account, network), account, network))
    return made


def renditions(draft: Draft, account: Account, adapter: Adapter) -> Sequence[Rendition]:
    """
    Make what goes out under one account: one post, or a thread where the text is too long and may be cut.

    Files, a poll and a quoted post go with the first part; each later part answers the one before it.

    Raises:
        BadInput: If the adapter finds a part of the draft wrong.
        TextTooLong: If the text is too long and must not, or can not, be cut.
    """
    try:
        return [adapter.prepare(draft, account)]
    except TextTooLong:
        if not draft.thread or not adapter.limits.replies:
            raise
    limits = adapter.limits
    text = draft.text_for(account.platform)
    if draft.link and not limits.links and draft.link not in text:
        text = f"{text}\n{draft.link}"
    first, *rest = split(text, by=limits.text.measure, maximum=limits.text.maximum)
    opening = attrs.evolve(draft, text=first, variants={}, link=draft.link if limits.links else None)
    following = attrs.evolve(opening, media=(), poll=None, quote=None, link=None, reply_to=None)
    return [
        adapter.prepare(opening, account),
        *(adapter.prepare(attrs.evolve(following, text=part), account) for part in rest),
    ]


def _named(at: datetime) -> str:
    """
    Make up a UUID that begins with the time (RFC 9562, version 7).

    Deliveries of one time then stand together in the indexes of a store, which costs the same however large it is.
    """
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    return f"{milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62):032x}"


def deliveries(draft: Draft, planned: Sequence[Sequence[Rendition]], *, now: datetime) -> list[list[Delivery]]:
    """
    Make a delivery of each rendition, due at once or at the draft's own time.

    Raises:
        BadInput: If the draft could never go out in time.
    """
    require_time_to_send(draft, now=now)
    due = draft.not_before or now
    digest = draft.digest
    made: list[list[Delivery]] = []
    for chain in planned:
        parts: list[Delivery] = []
        for rendition in chain:
            delivery_id = _named(now)
            parts.append(
                Delivery(
                    id=delivery_id,
                    draft=digest,
                    capacity=draft.capacity,
                    rendition=attrs.evolve(rendition, key=delivery_id),
                    lane=draft.lane,
                    prefer_duplicate=draft.prefer_duplicate,
                    not_before=due,
                    # Half a thread says less than a late one.
                    not_after=None if parts else draft.not_after,
                    follows=parts[-1].id if parts else None,
                )
            )
        made.append(parts)
    return made

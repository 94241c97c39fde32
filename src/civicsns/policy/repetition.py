"""
The very same words again under the same account, where a network refuses that for a while (`Limits.repeat_after`).

Such a refusal says no more than that the words are there, not whose post they are: the outcome is unknown then, and a
person may have to look. So it is asked about before anything is sent.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from civicsns.language import Bilingual
from civicsns.model import Delivery, DeliveryState, Draft, Finding, Rendition, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

#: The same words again under the same account.
AGAIN: Final = "SIM003"
TITLE: Final = Bilingual("同じアカウントでの同文の繰返し", "Same text again under one account")
_ENDED_ELSEWHERE: Final = frozenset({DeliveryState.FAILED, DeliveryState.WITHDRAWN, DeliveryState.DELETED})


def number(rendition: Rendition) -> int:
    """Give the number by which what says exactly the same under the same account is found, whatever its length."""
    said = f"{rendition.account}\n{rendition.text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) >> 1


def look(
    draft: Draft,
    renditions: Iterable[Rendition],
    *,
    repeats: Callable[[str], timedelta | None],
    earlier: Callable[[str, Sequence[int]], Sequence[Delivery]],
    severity: Mapping[str, Severity],
    now: datetime,
) -> list[Finding]:
    """
    Find what says the same as a post of the same account that goes out, or went out, a short while before or after it.

    A post with files is another each time: their addresses are a part of its text.

    Args:
        draft: What is to be said.
        renditions: What it becomes on each account.
        repeats: Gives for how long a network refuses the same words; None where it never does.
        earlier: Gives posts on a network that share numbers.
        severity: The city's own severities, by code.
        now: The time.
    """
    at = draft.publish_at or draft.not_before or now
    words: dict[str, dict[tuple[str, str], int]] = {}
    for rendition in renditions:
        if repeats(rendition.platform) is not None and not rendition.media:
            words.setdefault(rendition.platform, {})[rendition.account, rendition.text] = number(rendition)
    for platform, said in words.items():
        refused = repeats(platform) or timedelta(0)
        for other in earlier(platform, list(said.values())):
            same = (other.rendition.account, other.rendition.text) in said and not other.rendition.media
            if same and other.state not in _ENDED_ELSEWHERE and abs(at - _when(other, now)) < refused:
                return [_again(other, severity.get(AGAIN, Severity.REVIEW))]
    return []


def _when(delivery: Delivery, now: datetime) -> datetime:
    """Say when a post shows, or is to show."""
    if delivery.receipt is not None:
        return delivery.receipt.scheduled_for or delivery.receipt.at
    return delivery.not_before or delivery.intent_at or now


def _again(other: Delivery, weight: Severity) -> Finding:
    account = other.rendition.account
    out = other.receipt is not None
    how = (
        Bilingual("少し前に投稿", "was published a short while ago")
        if out
        else Bilingual("送信待ちに", "waits to go out")
    )
    return Finding(
        rule=AGAIN,
        severity=weight,
        message=Bilingual(
            f"アカウント「{account}」で同じ文を{how.ja}しています。"
            "ネットワークは続けて出された同じ文を断ることがあり、そのときは出たかどうかを職員が確かめることになります。",
            f"The same words under {account!r}: a post {how.en}. The network may refuse what is repeated so soon, and "
            "then a person may have to find out what is there.",
        ),
        mend=Bilingual(
            "時刻や状況など、前の投稿との違いを書き足してください。そのまま出すなら、理由を付けてください。",
            "Say what is new, such as the time; or give a reason, to send it as it is.",
        ),
    )

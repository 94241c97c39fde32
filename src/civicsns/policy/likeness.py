"""
The same or nearly the same text from several accounts, where a network forbids that (`Limits.similar_texts`).

X suspends accounts for it: what is the same is refused, what is nearly the same is asked about. An emergency is asked
about in both cases: when X announced the rule in 2018 it named warnings of weather and emergencies as an exception,
and whether that still holds only X can say.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.language import Bilingual
from civicsns.model import Delivery, DeliveryState, Finding, Lane, Marks, Rendition, Severity
from civicsns.policy import repetition
from civicsns.text.likeness import folded, likeness, marks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from civicsns.model import Draft
    from civicsns.model.budget import SimilarSettings

#: The same text from several accounts.
SAME: Final = "SIM001"
#: Nearly the same text from several accounts.
NEARLY: Final = "SIM002"
#: The titles of these rules, by their codes.
TITLES: Final = {
    SAME: Bilingual("複数アカウントの同文", "Same text from several accounts"),
    NEARLY: Bilingual("複数アカウントの類似文", "Similar text from several accounts"),
    repetition.AGAIN: repetition.TITLE,
}
_BASIS: Final = ("X: Authenticity policy", "X: Automation rules")
#: So many of the likest earlier posts are compared word by word.
COMPARED: Final = 50
#: What never went out, or is gone, is no double.
_STANDING: Final = frozenset(
    {
        DeliveryState.PENDING,
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
        DeliveryState.DELIVERED,
        DeliveryState.HELD,
    }
)
_MEND: Final = Bilingual(
    "一つのアカウントで投稿し、他のアカウントはネットワークの画面から再投稿（リポスト）するか、自分の言葉で書いてください。",
    "Post it from one account; let the others repost it by hand on the network, or write in their own words.",
)


def look(
    draft: Draft,
    renditions: Iterable[Rendition],
    *,
    forbidden: Callable[[str], bool],
    alike: Callable[[str, Sequence[int], Collection[str]], Sequence[Delivery]],
    settings: SimilarSettings,
    severity: Mapping[str, Severity],
) -> list[Finding]:
    """
    Find what is the same, or nearly the same, as other accounts' posts.

    Args:
        draft: What is to be said.
        renditions: What it becomes on each account.
        forbidden: Tells whether a network forbids it.
        alike: Gives posts of other accounts on a network that share marks with a text.
        settings: What counts as nearly the same.
        severity: The city's own severities, by code.
    """
    texts: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for rendition in renditions:
        if forbidden(rendition.platform) and marks(rendition.text):
            texts[rendition.platform, rendition.text][rendition.account] = None
    found: dict[str, Finding] = {}
    for (platform, text), accounts in texts.items():
        if len(accounts) > 1:
            found.setdefault(SAME, _same(list(accounts), platform))
        others = [one for one in alike(platform, marks(text), list(accounts)) if one.state in _STANDING]
        said = folded(text)
        for other in others:
            if folded(other.rendition.text) == said:
                found.setdefault(SAME, _earlier(other, SAME, 1.0))
            elif (much := likeness(text, other.rendition.text)) >= settings.near:
                found.setdefault(NEARLY, _earlier(other, NEARLY, much))
    return [_weighed(finding, draft.lane, severity) for finding in found.values()]


def marked(
    deliveries: Iterable[Delivery],
    *,
    forbidden: Callable[[str], bool],
    repeats: Callable[[str], timedelta | None],
    settings: SimilarSettings,
    now: datetime,
) -> Marks | None:
    """Give the marks by which these deliveries are found later; None where there are none."""
    of: dict[str, tuple[int, ...]] = {}
    for delivery in deliveries:
        rendition = delivery.rendition
        alike = marks(rendition.text) if forbidden(rendition.platform) else ()
        same = (repetition.number(rendition),) if repeats(rendition.platform) is not None else ()
        if alike or same:
            of[delivery.id] = (*alike, *same)
    return Marks(of=of, at=now, since=earliest(settings, now=now)) if of else None


def earliest(settings: SimilarSettings, *, now: datetime) -> datetime:
    """Say since when posts are compared with."""
    return now - timedelta(days=settings.days)


def _weighed(finding: Finding, lane: Lane, severity: Mapping[str, Severity]) -> Finding:
    weight = severity.get(finding.rule, finding.severity)
    if lane is Lane.EMERGENCY and weight is Severity.BLOCK:
        weight = Severity.REVIEW
    return attrs.evolve(finding, severity=weight)


def _same(accounts: Sequence[str], platform: str) -> Finding:
    return Finding(
        rule=SAME,
        severity=Severity.BLOCK,
        message=Bilingual(
            f"同じ文を {platform} の {len(accounts)} アカウントから投稿しようとしています。"
            "ネットワークの規約は、複数アカウントからの同じ内容の投稿を禁じています。",
            f"The same text would go out from {len(accounts)} accounts on {platform}; "
            "the network forbids the same content from several accounts.",
        ),
        legal_basis=_BASIS,
        mend=_MEND,
    )


def _earlier(other: Delivery, rule: str, much: float) -> Finding:
    account = other.rendition.account
    gone_out = other.receipt is not None
    when = other.receipt.at.date().isoformat() if other.receipt is not None else ""
    how_ja = f"{when} に投稿した" if gone_out else "投稿待ちの"
    how_en = f"published on {when}" if gone_out else "that waits to go out"
    if rule == SAME:
        return Finding(
            rule=SAME,
            severity=Severity.BLOCK,
            message=Bilingual(
                f"アカウント「{account}」が{how_ja}文と同じです。"
                "ネットワークの規約は、複数アカウントからの同じ内容の投稿を禁じています。",
                f"It says the same as a post of {account!r} {how_en}; "
                "the network forbids the same content from several accounts.",
            ),
            legal_basis=_BASIS,
            mend=_MEND,
        )
    return Finding(
        rule=NEARLY,
        severity=Severity.REVIEW,
        message=Bilingual(
            f"アカウント「{account}」が{how_ja}文とよく似ています（{much:.0%}）。"
            "実質的に同じ内容ではありませんか。ネットワークの規約は、それを複数アカウントから投稿することを禁じています。",
            f"It is much like a post of {account!r} {how_en} ({much:.0%}). Is it in substance another one? "
            "The network forbids substantially similar content from several accounts.",
        ),
        legal_basis=_BASIS,
        mend=_MEND,
    )

"""Facts 状況: what rules may know of a draft and its circumstances, by the names that packs use."""

from __future__ import annotations

from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from civicsns.model import Context, Draft

#: Each fact that a rule's `when` may name, and what to say where nobody knows it.
FACTS: Final[Mapping[str, Bilingual]] = MappingProxyType(
    {
        "capacity": Bilingual("公私の別が分かりません。", "It is not known whether this is official or private."),
        "lane": Bilingual("緊急か通常かが分かりません。", "It is not known whether this is an emergency."),
        "reply": Bilingual("返信かどうかが分かりません。", "It is not known whether this answers somebody."),
        "quote": Bilingual("引用投稿かどうかが分かりません。", "It is not known whether this quotes a post."),
        "addressed": Bilingual(
            "だれかの投稿に応じているかどうかが分かりません。",
            "It is not known whether this answers or reposts somebody.",
        ),
        "correction": Bilingual("訂正かどうかが分かりません。", "It is not known whether this corrects a post."),
        "media": Bilingual("画像や動画の有無が分かりません。", "It is not known whether there are pictures or films."),
        "on_duty": Bilingual(
            "勤務時間中かどうかが分かりません（勤務表がありません）。",
            "It is not known whether the author is on duty (there is no shift calendar).",
        ),
        "section": Bilingual("投稿者の所管課が分かりません。", "The author's section is not known."),
        "job": Bilingual("投稿者の職種が分かりません。", "The author's job type is not known."),
        "election": Bilingual(
            "選挙期間かどうかが分かりません（選挙の日程がありません）。",
            "It is not known whether an election is on (there is no election calendar).",
        ),
        "disaster": Bilingual("災害対応中かどうかが分かりません。", "It is not known whether a disaster is on."),
        "answered": Bilingual(
            "返信先・再投稿元のアカウントが分かりません。", "It is not known whose post is answered or reposted."
        ),
        "approved": Bilingual("承認の有無が分かりません。", "It is not known whether it has been approved."),
        "local_time": Bilingual("投稿の日時が分かりません。", "It is not known when this would go out."),
    }
)


_CIRCUMSTANCES: Final = attrgetter("on_duty", "section", "job", "election", "disaster", "approved")


def of_draft(draft: Draft) -> tuple[Hashable, ...]:
    """Give what of a draft decides which rules apply: equal for two of which the same is known."""
    return (
        draft.capacity,
        draft.lane,
        draft.reply_to is None,
        draft.quote is None,
        draft.corrects is None,
        not draft.media,
    )


def of_context(context: Context) -> tuple[Hashable, ...]:
    """
    Give what of the circumstances decides which rules apply: equal for two of which the same is known.

    Of the time, and of the account that is answered, only whether they are known: no `when` names one of them.
    """
    return (
        context.answered is None,
        context.local_time is None,
        tuple(context.why.items()),
        *_CIRCUMSTANCES(context),
    )


def known(draft: Draft, context: Context) -> dict[str, Any]:
    """Give what is known of draft and circumstances, by the names that rules use; None is unknown."""
    return {
        "capacity": draft.capacity.value,
        "lane": draft.lane.value,
        "reply": draft.reply_to is not None,
        "quote": draft.quote is not None,
        "addressed": draft.reply_to is not None or draft.quote is not None or context.answered is not None,
        "correction": draft.corrects is not None,
        "media": bool(draft.media),
        "on_duty": context.on_duty,
        "section": context.section,
        "job": context.job,
        "election": context.election,
        "disaster": context.disaster,
        "answered": context.answered,
        "approved": context.approved,
        "local_time": context.local_time,
    }

"""
`Draft.extra["x"]`: fields of POST /2/tweets that civicsns has no name for, checked by name and type.

The list is that of the OpenAPI document of the X API v2, version 2.167.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from civicsns.errors import BadInput, Unsupported
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from civicsns.model import Draft

    Check = Callable[[Any], bool]


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _words(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _id(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19


def _up_to_ten_ids(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= 10 and all(_id(one) for one in value)


def _ids(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(_id(one) for one in value)


#: What may be given; a table stands for an object.
_KNOWN: Mapping[str, Any] = {
    "card_uri": _words,
    "community_id": _id,
    "direct_message_deep_link": _words,
    "for_super_followers_only": _flag,
    "geo": {"place_id": _words},
    "made_with_ai": _flag,
    "media": {
        "call_to_actions": {
            "app_install": {"app_store_id": _words, "ipad_app_store_id": _words, "play_store_id": _words},
            "visit_site": {"url": _words},
            "watch_now": {"url": _words},
        },
        "description": _words,
        "embeddable": _flag,
        "preview_media_id": _id,
        "tagged_user_ids": _up_to_ten_ids,
        "title": _words,
    },
    "nullcast": _flag,
    "paid_partnership": _flag,
    "reply": {"auto_populate_reply_metadata": _flag, "exclude_reply_user_ids": _ids},
    "share_with_followers": _flag,
}

#: What civicsns sets itself, and with what.
_OURS = {
    "text": "Draft.text",
    "poll": "Draft.poll",
    "quote_tweet_id": "Draft.quote",
    "reply_settings": "Draft.reply_settings",
    "edit_options": "XAdapter.edit",
    "media.media_ids": "Draft.media",
    "reply.in_reply_to_tweet_id": "Draft.reply_to",
}

_PLACE = 'extra["x"]'


def checked_extra(draft: Draft) -> dict[str, Any]:
    """
    Give the extra fields of *draft* for X.

    Raises:
        Unsupported: If X has no such field.
        BadInput: If a value has another type than X takes, civicsns itself sets the field, or the field belongs to
            media or to an answer that the draft has not.
    """
    extra = draft.extra.get("x", {})
    checked = _object(extra, _KNOWN, path="")
    for key, there, name in (("media", draft.media, "Draft.media"), ("reply", draft.reply_to, "Draft.reply_to")):
        if key in checked and not there:
            raise BadInput(
                Bilingual(f"{key} の追加項目は {name} なしでは使えません。", f"{key} means nothing without {name}."),
                mend=Bilingual(f"{name} を指定するか、項目を除いてください。", f"Give {name}, or leave the field out."),
                place=f"{_PLACE}.{key}",
            )
    return checked


def _object(fields: Mapping[str, Any], known: Mapping[str, Any], *, path: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in fields.items():
        name = f"{path}{key}"
        if name in _OURS:
            raise BadInput(
                Bilingual(f"{name} は civicsns が自分で設定します。", f"civicsns itself sets {name}."),
                mend=Bilingual(f"{_OURS[name]} を使ってください。", f"Use {_OURS[name]}."),
                place=f"{_PLACE}.{name}",
            )
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = near or sorted(known)
            raise Unsupported(
                Bilingual(f"X の投稿に {name} という項目はありません。", f"A post on X has no field {name}."),
                mend=Bilingual(f"使える項目: {', '.join(hint)}。", f"Fields that it has: {', '.join(hint)}."),
                place=f"{_PLACE}.{name}",
            )
        check = known[key]
        if isinstance(check, dict) and hasattr(value, "items"):
            result[key] = _object(value, check, path=f"{name}.")
        elif not isinstance(check, dict) and check(value):
            result[key] = list(value) if isinstance(value, tuple) else value
        else:
            raise BadInput(
                Bilingual(f"{name} の値の型が違います。", f"The value of {name} has the wrong type."),
                mend=Bilingual(
                    "X の API 文書（POST /2/tweets）で型を確かめてください。",
                    "Look its type up in X's API reference, POST /2/tweets.",
                ),
                place=f"{_PLACE}.{name}",
            )
    return result

"""
Fields of a draft's `extra["facebook"]` that go to the network as they are.

A list of what is allowed: an unknown field would be dropped by Facebook without a word, or change who sees the post.
Names and types are those of Meta's own SDK for `/{page}/feed` and `/{page}/videos`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model.moment import require_aware

_Reader = Callable[[Any, str], Any]


def _words(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(Bilingual("文字列", "a string that is not empty"), place)
    return value


def _yes_or_no(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(Bilingual("true か false", "true or false"), place)
    return value


def _table(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not value:
        raise _wrong(Bilingual("空でない表", "a table that is not empty"), place)
    return dict(_json(value, place))


def _tables(value: Any, place: str) -> list[Any]:
    return [_table(item, f"{place}[{number}]") for number, item in enumerate(_items(value, place))]


def _names(value: Any, place: str) -> list[str]:
    return [_words(item, f"{place}[{number}]") for number, item in enumerate(_items(value, place))]


def _items(value: Any, place: str) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise _wrong(Bilingual("空でない配列", "a list that is not empty"), place)
    return value


def _time(value: Any, place: str) -> int:
    if not isinstance(value, datetime):
        raise _wrong(Bilingual("時間帯付きの日時", "a datetime with a time zone"), place)
    require_aware(value, place)
    return int(value.timestamp())


def _json(value: Any, place: str) -> Any:
    try:
        return json.loads(json.dumps(value, default=_inner))
    except (TypeError, ValueError, RecursionError):
        raise _wrong(Bilingual("JSON で書ける値", "what JSON can write"), place) from None


def _inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    msg = "no JSON value"
    raise TypeError(msg)


_BOTH: Final[dict[str, _Reader]] = {
    "targeting": _table,
    "feed_targeting": _table,
    "call_to_action": _table,
    "backdated_time": _time,
    "backdated_time_granularity": _words,
}

#: Fields of `/{page}/feed`.
FEED: Final[dict[str, _Reader]] = {
    **_BOTH,
    "place": _words,
    "tags": _names,
    "child_attachments": _tables,
    "multi_share_end_card": _yes_or_no,
    "multi_share_optimized": _yes_or_no,
    "og_action_type_id": _words,
    "og_icon_id": _words,
    "og_object_id": _words,
}

#: Fields of `/{page}/videos`.
VIDEO: Final[dict[str, _Reader]] = {
    **{name: reader for name, reader in _BOTH.items() if not name.startswith("backdated")},
    "title": _words,
    "content_category": _words,
    "content_tags": _names,
    "custom_labels": _names,
    "embeddable": _yes_or_no,
    "is_ai_generated": _yes_or_no,
    "social_actions": _yes_or_no,
}


def read(extra: Mapping[str, Any], *, film: bool) -> dict[str, Any]:
    """
    Give the fields of *extra* as they go to the network.

    Raises:
        BadInput: If a field is unknown or of the wrong type.
    """
    known = VIDEO if film else FEED
    fields: dict[str, Any] = {}
    for name, value in extra.items():
        place = f"draft.extra.facebook.{name}"
        if name not in known:
            listed = ", ".join(sorted(known))
            raise BadInput(
                Bilingual(
                    f"Facebook への追加項目「{name}」は使えません。",
                    f"The extra field {name!r} does not go to Facebook.",
                ),
                mend=Bilingual(
                    f"使えるのは {listed} です。それ以外は Draft の項目で指定してください。",
                    f"It takes {listed}; the rest is said by the fields of Draft.",
                ),
                place=place,
            )
        fields[name] = known[name](value, place)
    if "tags" in fields and "place" not in fields:
        # Reference of `/{page}/feed`: people can be tagged only where a place is given.
        raise BadInput(
            Bilingual("tags には place が必要です。", "tags needs a place."),
            mend=Bilingual("place を加えるか、tags を外してください。", "Add place, or leave tags out."),
            place="draft.extra.facebook.tags",
        )
    return fields


def _wrong(kind: Bilingual, place: str) -> BadInput:
    return BadInput(
        Bilingual("追加項目の値の型が正しくありません。", "The extra field has a value of the wrong type."),
        mend=Bilingual(f"{kind.ja}を指定してください。", f"Give {kind.en}."),
        place=place,
    )

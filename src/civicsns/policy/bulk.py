"""
Posts in bulk: one a line as JSON, and what the rules say of each, one a line.

In: `id`, `text`, optional `context` with `local_time` (ISO 8601), `capacity` (`official` or `private`), `on_duty`,
`section`, `job`, `election`, `disaster`, `approved`, and optional `media`, a list with one entry for each picture:
its alt text, or an object whose `alt` is that.

Out: the same `id`, `findings` (`code`, `family`, `severity`, `start`, `end` in code points, `message`), `questions` and
`skipped`; or `error`, where the line could not be read.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Capacity, Context, Draft, Finding, Media, PostRef, Question, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import tzinfo

    from civicsns.language import Language

_CIRCUMSTANCES = {"on_duty": bool, "section": str, "job": str, "election": bool, "disaster": bool, "approved": bool}
_MEND = Bilingual(
    "1行に1件のJSONで、少なくとも id と text を書いてください。",
    "Give one JSON object a line, with id and text at least.",
)


def answer(
    line: str,
    check: Callable[[Draft, Context], Iterable[Finding | Question | Skipped]],
    *,
    zone: tzinfo,
    language: Language,
) -> dict[str, Any]:
    """
    Say what the rules find in the post that *line* holds.

    Args:
        line: One JSON object.
        check: The rules.
        zone: The zone of a time that names none.
        language: The language of the messages.

    Raises:
        BadInput: If the line is no such post.
    """
    try:
        post = json.loads(line)
    except ValueError:
        raise _wrong("JSON として読めません", "This is no JSON") from None
    if not isinstance(post, dict) or "id" not in post or not isinstance(post.get("text"), str):
        raise _wrong("id か text がありません", "There is no id, or no text")
    draft, context = read(post, zone=zone)
    answers = list(check(draft, context))
    found = [one for one in answers if isinstance(one, Finding)]
    return {
        "id": post["id"],
        "findings": [
            {
                "code": one.rule,
                "family": one.family,
                "severity": one.severity.value,
                "start": one.span.start if one.span else 0,
                "end": one.span.end if one.span else len(draft.text),
                "part": one.part,
                "message": one.message.in_(language),
            }
            for one in sorted(found, key=lambda one: (one.span.start if one.span else 0, one.rule))
        ],
        "questions": [
            {"code": one.rule, "question": one.ask.in_(language)} for one in answers if isinstance(one, Question)
        ],
        "skipped": [
            {"code": one.rule, "reason": one.reason.in_(language)} for one in answers if isinstance(one, Skipped)
        ],
    }


def read(post: dict[str, Any], *, zone: tzinfo) -> tuple[Draft, Context]:
    """
    Read a post and its circumstances.

    Raises:
        BadInput: If a key is unknown or a value wrong.
    """
    given = post.get("context") or {}
    if not isinstance(given, dict):
        raise _wrong("context が表ではありません", "context is no object")
    known: dict[str, Any] = {}
    capacity = Capacity.OFFICIAL
    for key, value in given.items():
        if value is None:
            continue
        if key == "local_time":
            known[key] = _time(value, zone)
        elif key == "capacity" and value in set(Capacity):
            capacity = Capacity(value)
        elif key in _CIRCUMSTANCES and isinstance(value, _CIRCUMSTANCES[key]):
            known[key] = value
        elif key not in {"reply", "quote"} or not isinstance(value, bool):
            raise _wrong(f"context の {key} が正しくありません", f"context.{key} is wrong")
    draft = Draft(
        author="",
        text=post["text"],
        accounts=(),
        media=[_picture(number, item) for number, item in enumerate(post.get("media") or ())],
        capacity=capacity,
        reply_to=PostRef(platform="", id="") if given.get("reply") else None,
        quote=PostRef(platform="", id="") if given.get("quote") else None,
    )
    return draft, Context(**known)


def _time(value: object, zone: tzinfo) -> datetime:
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        raise _wrong("local_time が日時ではありません", "context.local_time is no time") from None
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _picture(number: int, item: object) -> Media:
    alt = item.get("alt") if isinstance(item, dict) else item
    if alt is not None and not isinstance(alt, str):
        raise _wrong(f"media の {number + 1} 番目が正しくありません", f"Entry {number + 1} of media is wrong")
    return Media(content=b"", media_type="image/jpeg", alt_text=alt, name=f"media {number + 1}")


def _wrong(ja: str, en: str) -> BadInput:
    return BadInput(Bilingual(f"{ja}。", f"{en}."), mend=_MEND)

"""
Posts in bulk: one a line as JSON, and what the rules say of each, one a line.

In: `id`, `text`, optional `context` with `local_time` (ISO 8601), `capacity` (`official` or `private`), `on_duty`,
`section`, `job`, `election`, `disaster`, `approved`, `reply` and `quote` (true, or the account of the post that is
answered or shared), and optional `media`, a list with one entry for each picture: an object with `alt` (its alt text;
`alt_text` will do) and `path` (a file, which is read) or `name`; or just a file's name; or just its alt text.

Out: the same `id`, `findings` (`code`, `family`, `severity`, `start`, `end` in code points, `part`, `message`),
`questions` and `skipped`, and `ignored` where there are keys that nothing reads; or `error` with the number of the
`line`, where it could not be read.
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Capacity, Context, Draft, Finding, Media, PostRef, Question, Skipped
from civicsns.policy import exif

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import tzinfo

    from civicsns.language import Language

    Check = Callable[[Draft, Context], Iterable[Finding | Question | Skipped]]

_CIRCUMSTANCES = {"on_duty": bool, "section": str, "job": str, "election": bool, "disaster": bool, "approved": bool}
_MEND = Bilingual(
    "1行に1件のJSONで、少なくとも id と text を書いてください。",
    "Give one JSON object a line, with id and text at least.",
)
_VALUES = {
    bool: Bilingual("true か false を書いてください。", "Write true or false."),
    str: Bilingual("文字列を書いてください。", "Write a string."),
    Capacity: Bilingual("official か private を書いてください。", "Write official or private."),
    datetime: Bilingual("2026-04-01T09:00:00+09:00 のように書いてください。", "Write it as 2026-04-01T09:00:00+09:00."),
    PostRef: Bilingual(
        "true か false、または相手のアカウントを書いてください。", "Write true, false, or the account of that post."
    ),
    dict: Bilingual("{ } で囲んだ表を書いてください。", "Write an object, in { }."),
    Media: Bilingual(
        '[{"alt": "会場の地図", "path": "map.png"}] のように書いてください。',
        'Write it as [{"alt": "Map of the venue", "path": "map.png"}].',
    ),
}
_FILE_NAME = re.compile(r"[^\s/\\]+\.(?:jpe?g|png|gif|webp|heic|mp4|mov)", re.IGNORECASE)
_EMPTY: dict[str, Any] = {}


def answers(lines: Iterable[bytes], check: Check, *, zone: tzinfo, language: Language) -> Iterator[dict[str, Any]]:
    """
    Say what the rules find in each post; a line that cannot be read gives its number and what is wrong with it.

    Args:
        lines: One JSON object each, in UTF-8; empty lines are left out.
        check: The rules.
        zone: The zone of a time that names none.
        language: The language of the messages.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        post = _EMPTY
        try:
            post = _post(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
            yield answer(post, check, zone=zone, language=language)
        except BadInput as error:
            named = {"id": post["id"]} if "id" in post else {}
            yield {**named, "line": number, "error": error.what.in_(language), "mend": error.mend.in_(language)}


def _post(line: bytes) -> dict[str, Any]:
    try:
        post = json.loads(line.decode("utf-8"), parse_constant=_no_number, parse_float=_float)
    except UnicodeDecodeError:
        raise _wrong("UTF-8 ではありません", "This is not UTF-8") from None
    except (ValueError, RecursionError):
        # NaN and Infinity are Python's, and no JSON.
        raise _wrong("JSON として読めません", "This is no JSON") from None
    if not isinstance(post, dict):
        raise _wrong("JSON のオブジェクトではありません", "This is no JSON object")
    return post


def _no_number(constant: str) -> float:
    raise ValueError(constant)


def _float(written: str) -> float:
    number = float(written)
    return number if math.isfinite(number) else _no_number(written)


def answer(post: dict[str, Any], check: Check, *, zone: tzinfo, language: Language) -> dict[str, Any]:
    """
    Say what the rules find in *post*.

    Args:
        post: What a line holds.
        check: The rules.
        zone: The zone of a time that names none.
        language: The language of the messages.

    Raises:
        BadInput: If it is no such post.
    """
    for key in ("id", "text"):
        if key not in post:
            raise _wrong(f"{key} がありません", f"There is no {key}")
    if not isinstance(post["text"], str):
        raise _wrong("text が文字列ではありません", "text is no string", str)
    draft, context = read(post, zone=zone)
    answers = list(check(draft, context))
    found = [one for one in answers if isinstance(one, Finding)]
    said = {
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
    ignored = [*_ignored(post)]
    return {**said, "ignored": ignored} if ignored else said


_KNOWN = frozenset({"local_time", "capacity", "reply", "quote", *_CIRCUMSTANCES})
_OF_A_PICTURE = frozenset({"alt", "alt_text", "path", "name"})


def _ignored(post: dict[str, Any]) -> Iterator[str]:
    """Name the keys that nothing reads: one may be a slip of the pen."""
    yield from (key for key in post if key not in {"id", "text", "context", "media"})
    yield from (f"context.{key}" for key in post.get("context") or () if key not in _KNOWN)
    pictures: list[Any] = post.get("media") or []
    for number, item in enumerate(pictures):
        if isinstance(item, dict):
            yield from (f"media.{number}.{key}" for key in item if key not in _OF_A_PICTURE)


def read(post: dict[str, Any], *, zone: tzinfo) -> tuple[Draft, Context]:
    """
    Read a post and its circumstances; keys of the context that no rule knows are left out.

    Raises:
        BadInput: If a value is wrong.
    """
    given: Any = {} if post.get("context") is None else post["context"]
    if not isinstance(given, dict):
        raise _wrong("context が表ではありません", "context is no object", dict)
    known: dict[str, Any] = {}
    capacity = Capacity.OFFICIAL
    for key, value in given.items():
        if value is None:
            continue
        if key == "local_time":
            known[key] = _time(value, zone)
        elif key == "capacity" and isinstance(value, str) and value in set(Capacity):
            capacity = Capacity(value)
        elif key in _CIRCUMSTANCES and isinstance(value, _CIRCUMSTANCES[key]):
            known[key] = value
        elif key in _KNOWN and not (key in {"reply", "quote"} and isinstance(value, bool | str)):
            kind = {"capacity": Capacity, "reply": PostRef, "quote": PostRef}.get(key) or _CIRCUMSTANCES[key]
            raise _wrong(f"context の {key} が正しくありません", f"context.{key} is wrong", kind)
    draft = Draft(
        author="",
        text=post["text"],
        accounts=(),
        media=[_picture(number, item) for number, item in enumerate(_list(post.get("media")), start=1)],
        capacity=capacity,
        reply_to=_post_of(given.get("reply")),
        quote=_post_of(given.get("quote")),
    )
    if answered := next((one.account for one in (draft.reply_to, draft.quote) if one and one.account), None):
        known["answered"] = answered
    if any(item.content for item in draft.media):
        known["media"] = [exif.read(item) if item.content else None for item in draft.media]
    return draft, Context(**known)


def _post_of(given: bool | str | None) -> PostRef | None:  # noqa: FBT001 -- a value of the line
    return PostRef(platform="", id="", account=given if isinstance(given, str) else "") if given else None


def _time(value: object, zone: tzinfo) -> datetime:
    try:
        when = datetime.fromisoformat(value if isinstance(value, str) else "")
        # Rules look at the hour as the city's clocks show it.
        return when.astimezone(zone) if when.tzinfo else when.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise _wrong("context の local_time が日時ではありません", "context.local_time is no time", datetime) from None


def _list(media: object) -> list[object]:
    if media is not None and not isinstance(media, list):
        raise _wrong("media が配列ではありません", "media is no list", Media)
    return media or []


def _picture(number: int, item: object) -> Media:
    if isinstance(item, str):
        item = {"name": item} if _FILE_NAME.fullmatch(item) else {"alt": item}
    given = {"alt": None} if item is None else item
    said: list[Any] = (
        [given.get(key) for key in ("alt", "alt_text", "path", "name")] if isinstance(given, dict) else [0]
    )
    if not all(value is None or isinstance(value, str) for value in said):
        raise _wrong(f"media の {number} 番目が正しくありません", f"Entry {number} of media is wrong", Media)
    alt, other, path, name = said
    alt = other if alt is None else alt
    if path is not None:
        return Media.from_path(Path(path), alt_text=alt)
    return Media(content=b"", media_type="image/jpeg", alt_text=alt, name=name or f"media {number}")


def _wrong(ja: str, en: str, kind: type | None = None) -> BadInput:
    return BadInput(Bilingual(f"{ja}。", f"{en}."), mend=_VALUES[kind] if kind else _MEND)

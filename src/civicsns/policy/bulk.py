"""
Posts in bulk: one a line as JSON, and what the rules say of each, one a line.

In: `id`, `text`, optional `context` with `local_time` (ISO 8601), `capacity` (`official` or `private`), `on_duty`,
`section`, `job`, `election`, `disaster`, `approved`, `reply`, `quote`, and optional `media`, a list with one entry for
each picture: an object with `alt` (its alt text) and `path` (a file, which is read) or `name`; or just a file's name; or
just its alt text.

Out: the same `id`, `findings` (`code`, `family`, `severity`, `start`, `end` in code points, `part`, `message`),
`questions` and `skipped`, and `ignored` where the context has keys that no rule knows; or `error` with the number of the
`line`, where it could not be read.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Capacity, Context, Draft, Finding, Media, PostRef, Question, Skipped

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
        post = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise _wrong("UTF-8 ではありません", "This is not UTF-8") from None
    except (ValueError, RecursionError):
        raise _wrong("JSON として読めません", "This is no JSON") from None
    if not isinstance(post, dict):
        raise _wrong("JSON のオブジェクトではありません", "This is no JSON object")
    return post


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
    if "id" not in post or not isinstance(post.get("text"), str):
        raise _wrong("id か text がありません", "There is no id, or no text")
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
    ignored = [f"context.{key}" for key in post.get("context") or () if key not in _KNOWN]
    return {**said, "ignored": ignored} if ignored else said


_KNOWN = frozenset({"local_time", "capacity", "reply", "quote", *_CIRCUMSTANCES})


def read(post: dict[str, Any], *, zone: tzinfo) -> tuple[Draft, Context]:
    """
    Read a post and its circumstances; keys of the context that no rule knows are left out.

    Raises:
        BadInput: If a value is wrong.
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
        elif key == "capacity" and isinstance(value, str) and value in set(Capacity):
            capacity = Capacity(value)
        elif key in _CIRCUMSTANCES and isinstance(value, _CIRCUMSTANCES[key]):
            known[key] = value
        elif key in _KNOWN and not (key in {"reply", "quote"} and isinstance(value, bool)):
            raise _wrong(f"context の {key} が正しくありません", f"context.{key} is wrong")
    draft = Draft(
        author="",
        text=post["text"],
        accounts=(),
        media=[_picture(number, item) for number, item in enumerate(_list(post.get("media")), start=1)],
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


def _list(media: object) -> list[object]:
    if media is not None and not isinstance(media, list):
        raise _wrong("media が配列ではありません", "media is no list")
    return media or []


def _picture(number: int, item: object) -> Media:
    if isinstance(item, str):
        item = {"name": item} if _FILE_NAME.fullmatch(item) else {"alt": item}
    given = {"alt": None} if item is None else item
    said = [given.get(key) for key in ("alt", "path", "name")] if isinstance(given, dict) else [0]
    if not all(value is None or isinstance(value, str) for value in said):
        raise _wrong(f"media の {number} 番目が正しくありません", f"Entry {number} of media is wrong")
    alt, path, name = said
    if path is not None:
        return Media.from_path(Path(path), alt_text=alt)
    return Media(content=b"", media_type="image/jpeg", alt_text=alt, name=name or f"media {number}")


def _wrong(ja: str, en: str) -> BadInput:
    return BadInput(Bilingual(f"{ja}。", f"{en}."), mend=_MEND)

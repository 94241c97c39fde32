"""What X does to a text: links become `https://t.co/…`, an answer begins with a handle, `&<>` are escaped."""

from __future__ import annotations

import hashlib
import html
import re
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.text import EntityKind, entities, extract_mentions

if TYPE_CHECKING:
    from civicsns.testing.sandbox.x.state import State
    from civicsns.testing.sandbox.x.values import XPost, XUser

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KANA_OR_KANJI = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_LISTS = {
    EntityKind.URL: "urls",
    EntityKind.MENTION: "mentions",
    EntityKind.HASHTAG: "hashtags",
    EntityKind.CASHTAG: "cashtags",
}


@attrs.frozen(kw_only=True)
class Shown:
    """
    A text as reading calls give it.

    Attributes:
        text: The text, escaped.
        entities: What was found in it, with places in that text; empty lists left out.
        visible: Where the author's own words begin and end.
        language: A guess, as X makes one.
    """

    text: str
    entities: dict[str, list[dict[str, Any]]]
    visible: tuple[int, int]
    language: str


class _Writer:
    """Writes a text piece by piece, and notes what came to stand where."""

    def __init__(self, *, escapes: bool = True) -> None:
        self._escapes = escapes
        self.text = ""
        self.entities: dict[str, list[dict[str, Any]]] = {}

    def plain(self, text: str) -> None:
        self.text += html.escape(text, quote=False) if self._escapes else text

    def entity(self, kind: EntityKind, text: str, *details: dict[str, Any]) -> None:
        """Write *text*, and note it once for each of *details*."""
        start = len(self.text)
        self.plain(text)
        places = [{"start": start, "end": len(self.text), **each} for each in details]
        self.entities.setdefault(_LISTS[kind], []).extend(places)


def shown(post: XPost, state: State) -> Shown:
    """Give the text of *post* as X shows it."""
    writer = _Writer()
    answered = _answered(post, state)
    if answered is not None:
        writer.entity(EntityKind.MENTION, f"@{answered.handle}", {"username": answered.handle, "id": answered.id})
        writer.plain(" ")
    begins = len(writer.text)
    _words(writer, post.text, state, key=post.id)
    ends = len(writer.text)
    if post.media_keys:
        if ends > begins:
            writer.plain(" ")
        _media_link(writer, post, state.users[post.user_id].handle)
    return Shown(text=writer.text, entities=writer.entities, visible=(begins, ends), language=_language(post.text))


def profile(user: XUser, state: State) -> dict[str, Any]:
    """Give what a profile says and where its links lead: `description`, `url`, and `entities` where there are any."""
    # Unlike a post's text, it is not escaped.
    writer = _Writer(escapes=False)
    _words(writer, user.description, state, key=user.id)
    found: dict[str, Any] = {}
    short = ""
    if user.url:
        link = _link(_tail(user.id, "url"), user.url)
        short = link["url"]
        found["url"] = {"urls": [{"start": 0, "end": len(short), **link}]}
    if writer.entities:
        found["description"] = writer.entities
    return {"description": writer.text, "url": short, **({"entities": found} if found else {})}


def addresses(post: XPost, user: XUser, state: State) -> bool:
    """Tell whether *post* names *user*, or answers one of that user's posts."""
    answered = state.posts.get(post.reply_to)
    if answered is not None and answered.user_id == user.id:
        return True
    return any(found.value.lower() == user.handle.lower() for found in extract_mentions(post.text))


def has_link(text: str) -> bool:
    """Tell whether X would make a link in *text*, for which a post costs more."""
    return any(entity.kind is EntityKind.URL for entity in entities(text))


def _answered(post: XPost, state: State) -> XUser | None:
    """Whose handle X puts before an answer: nobody's where the author wrote it, left it out, or answers himself."""
    answered = state.posts.get(post.reply_to)
    if answered is None or answered.user_id == post.user_id:
        return None
    if answered.user_id in post.extra.get("exclude_reply_user_ids", ()):
        return None
    author = state.users[answered.user_id]
    return None if post.text.lower().startswith(f"@{author.handle.lower()}") else author


def _words(writer: _Writer, text: str, state: State, *, key: str) -> None:
    """Write *text* with its entities; its links are those of what *key* is the id of."""
    at = 0
    for index, found in enumerate(entities(text)):
        writer.plain(text[at : found.start])
        at = found.end
        match found.kind:
            case EntityKind.URL:
                tail = _tail(key, str(index))
                writer.entity(found.kind, f"https://t.co/{tail}", _link(tail, found.value))
            case EntityKind.MENTION:
                user = state.user_by_handle(found.value)
                known = {} if user is None else {"id": user.id}
                writer.entity(found.kind, found.text, {"username": found.value, **known})
            case _:
                writer.entity(found.kind, found.text, {"tag": found.value})
    writer.plain(text[at:])


def _media_link(writer: _Writer, post: XPost, handle: str) -> None:
    """All media of a post share one link at its end."""
    tail = _tail(post.id, "media")
    kind = "photo" if post.media_keys[0].startswith("3_") else "video"
    link = {
        **_link(tail, f"https://x.com/{handle}/status/{post.id}/{kind}/1"),
        "display_url": f"pic.x.com/{tail}",
    }
    writer.entity(EntityKind.URL, f"https://t.co/{tail}", *({**link, "media_key": key} for key in post.media_keys))


def _link(tail: str, address: str) -> dict[str, Any]:
    full = address if "://" in address else f"http://{address}"
    bare = full.partition("://")[2].removeprefix("www.").rstrip("/")
    return {
        "url": f"https://t.co/{tail}",
        "expanded_url": full,
        "display_url": bare if len(bare) <= 27 else f"{bare[:26]}…",
    }


def _tail(post_id: str, part: str) -> str:
    """Make the end of a short link; the same for the same part of the same post."""
    number = int.from_bytes(hashlib.sha256(f"{post_id}/{part}".encode()).digest()[:8])
    tail = ""
    for _ in range(10):
        number, digit = divmod(number, len(_DIGITS))
        tail += _DIGITS[digit]
    return tail


def _language(text: str) -> str:
    if _KANA_OR_KANJI.search(text):
        return "ja"
    return "en" if re.search("[A-Za-z]", text) else "und"

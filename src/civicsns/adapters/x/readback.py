"""
Whether a post on X is what a rendition would have become.

X changes what was sent: links become `https://t.co/…`, `&<>` are escaped, an answer gets the handle it answers in
front, media and quotes get a link behind. All that is undone before comparing. A post counts as ours only where
text, media, poll, answered and quoted post all agree, and, where both are known, the app.
"""

from __future__ import annotations

import contextlib
import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from civicsns.text.canonical import canonical

if TYPE_CHECKING:
    from civicsns.model import Rendition

#: The zero of X's ids: 2010-11-04T01:42:54.657Z, in milliseconds; 22 bits of an id are not time (docs.x.com, X IDs).
_EPOCH = 1288834974657
_NOT_TIME = 22

_HANDLES = re.compile(r"(?:@[A-Za-z0-9_]{1,15}\s+)+", re.ASCII)
_OWN_HOSTS = frozenset({"x.com", "twitter.com", "www.x.com", "www.twitter.com", "mobile.twitter.com"})


def id_before(moment: datetime) -> str:
    """Give an id that is lower than that of any post made at *moment* or later."""
    millis = int(moment.timestamp() * 1000) - _EPOCH
    return str(max((millis << _NOT_TIME) - 1, 1))


def made_at(post_id: str, *, now: datetime) -> datetime:
    """Give the time that an id carries; *now* where that is nonsense."""
    millis = (int(post_id) >> _NOT_TIME) + _EPOCH
    moment = datetime.fromtimestamp(millis / 1000, UTC)
    return moment if abs(moment - now) < timedelta(days=1) else now


def written_at(post: dict[str, Any]) -> datetime | None:
    """Give the time in a post's `created_at`; None where it has none."""
    try:
        moment = datetime.fromisoformat(str(post.get("created_at")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_ours(post: dict[str, Any], rendition: Rendition, *, app_name: str) -> bool:
    """
    Tell whether *post* is what *rendition* became.

    Args:
        post: A post as X lists it.
        rendition: What was to be published.
        app_name: The app as X shows it in `source`; empty where it is not configured. X leaves `source` out of some
            answers: what is missing is not compared.
    """
    source = post.get("source")
    if app_name and isinstance(source, str) and source and source != app_name:
        return False
    references = _references(post)
    if references is None:
        # Without the references we still see whether it answers somebody.
        if (rendition.reply_to is None) and post.get("in_reply_to_user_id"):
            return False
    else:
        answered = {rendition.reply_to.id} if rendition.reply_to else set[str]()
        quoted = {rendition.body["quote_tweet_id"]} if "quote_tweet_id" in rendition.body else set[str]()
        if references.get("replied_to", set()) != answered or references.get("quoted", set()) != quoted:
            return False
    attached = _attached(post, "media_keys")
    if bool(_attached(post, "poll_ids")) != ("poll" in rendition.body):
        return False
    keys = {one.key for one in rendition.uploads if one.key}
    if keys and attached:
        # A media key belongs to one upload: that is proof, whatever became of the text.
        return not keys.isdisjoint(attached)
    return len(attached) == len(rendition.media) and _says(post, rendition)


def referenced(post: dict[str, Any], kind: str) -> str:
    """Give the id of the post that *post* answers or quotes; empty where it does not."""
    return next(iter((_references(post) or {}).get(kind, ())), "")


def _references(post: dict[str, Any]) -> dict[str, set[str]] | None:
    # The name differs between X's reference and its OpenAPI document of 2026.
    listed = post.get("referenced_tweets", post.get("referenced_posts"))
    if not isinstance(listed, list):
        return None if post.get("in_reply_to_user_id") else {}
    found: dict[str, set[str]] = {}
    for one in listed:
        if isinstance(one, dict):
            found.setdefault(str(one.get("type")), set()).add(str(one.get("id")))
    return found


def _attached(post: dict[str, Any], name: str) -> set[str]:
    attachments = post.get("attachments")
    listed = attachments.get(name) if isinstance(attachments, dict) else None
    return {str(one) for one in listed} if isinstance(listed, list) else set()


def text_of(post: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Give a post's whole text as X shows it, and the links in it; a long post has its text elsewhere."""
    note = post.get("note_tweet", post.get("note_post"))
    holder = note if isinstance(note, dict) and isinstance(note.get("text"), str) else post
    entities = holder.get("entities")
    links = entities.get("urls") if isinstance(entities, dict) else None
    listed = [one for one in links if isinstance(one, dict)] if isinstance(links, list) else []
    return str(holder.get("text", "")), listed


def as_written(post: dict[str, Any]) -> str:
    """Give a post's text with the addresses in the place of X's short links."""
    shown, links = text_of(post)
    text = html.unescape(shown)
    for link in links:
        if link.get("url") and link.get("expanded_url") and "media_key" not in link:
            text = text.replace(str(link["url"]), str(link["expanded_url"]))
    return text


def _says(post: dict[str, Any], rendition: Rendition) -> bool:
    shown, links = text_of(post)
    # One address may stand for several pictures.
    by_address = {str(one["url"]): one for one in links if one.get("url")}
    ours = _plain(rendition.text)
    theirs = _plain(html.unescape(shown))
    starts = [theirs]
    if rendition.reply_to is not None and (handles := _HANDLES.match(theirs)):
        # X puts the handle in front; the author may have written it too.
        starts.append(theirs[handles.end() :])
    while True:
        if any(_same(start, ours, by_address) for start in starts):
            return True
        # Media and quotes leave a link at the end that nobody wrote.
        last = theirs.rpartition(" ")[2]
        if last not in by_address or not _is_own(by_address[last]):
            return False
        theirs = theirs.removesuffix(last).rstrip()
        starts = [start.removesuffix(last).rstrip() for start in starts]


def _plain(text: str) -> str:
    return canonical(text).replace("\r\n", "\n").strip()


def _is_own(link: dict[str, Any]) -> bool:
    return "media_key" in link or (urlsplit(str(link.get("expanded_url"))).hostname or "") in _OWN_HOSTS


def _same(theirs: str, ours: str, links: dict[str, dict[str, Any]]) -> bool:
    """Compare the texts; where theirs has a short link, ours must have what that leads to."""
    if not links:
        return theirs == ours
    parts = re.split("(" + "|".join(re.escape(one) for one in sorted(links, key=len, reverse=True)) + ")", theirs)
    at = len(parts[0])
    if not ours.startswith(parts[0]):
        return False
    for index in range(1, len(parts), 2):
        plain, last = parts[index + 1], index + 2 == len(parts)
        end = _link_end(ours, at, plain, links[parts[index]], last=last)
        if end is None:
            return False
        at = end + len(plain)
    return at == len(ours)


def _link_end(ours: str, start: int, plain: str, link: dict[str, Any], *, last: bool) -> int | None:
    """Give where the address in *ours* ends that begins at *start*, is that of *link*, and is followed by *plain*."""
    wanted = _address(str(link.get("expanded_url")))
    if last:
        end = len(ours) - len(plain)
        return end if end > start and ours.endswith(plain) and _address(ours[start:end]) == wanted else None
    end = ours.find(plain, start + 1)
    while end >= 0:
        # An escaped address is up to nine times as long; beyond that no end can fit, and time stays linear.
        if end - start > 9 * len(wanted) + 16:
            return None
        if _address(ours[start:end]) == wanted:
            return end
        end = ours.find(plain, end + 1)
    return None


def _address(url: str) -> str:
    """Give *url* in a form in which X's spelling and the author's are the same."""
    bare = re.sub(r"^https?://", "", unquote(url), flags=re.IGNORECASE)
    host, slash, rest = bare.partition("/")
    host = host.casefold()
    if "xn--" in host:
        with contextlib.suppress(UnicodeError):
            host = host.encode("ascii").decode("idna")
    return (canonical(host) + slash + canonical(rest)).rstrip("/")

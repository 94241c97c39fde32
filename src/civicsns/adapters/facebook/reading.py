"""Reading a Page: posts that may be ours, what citizens wrote, and figures."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from civicsns.adapters.facebook.publishing import address, is_gone, scheduled_for, unpublished
from civicsns.adapters.facebook.rendition import PLATFORM
from civicsns.adapters.transport import failed
from civicsns.errors import Refused
from civicsns.model import Mention, Metrics, PostRef, Profile, Proof, Receipt
from civicsns.text import extract_urls

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from civicsns.adapters.facebook.wire import Wire
    from civicsns.model import Rendition, Secret

_POST: Final = (
    "id,message,created_time,permalink_url,application{id},"
    "attachments{target{id},url,unshimmed_url,subattachments{target{id}}}"
)
_COMMENT: Final = "id,message,from{id,name},created_time,permalink_url,parent{id}"
_TAGGED: Final = "id,message,from{id,name},created_time,permalink_url"
#: What citizens see of a Page (Graph API reference, Page).
_PROFILE: Final = "id,name,link,about,bio,description,website,is_published"


# --- what may be ours -------------------------------------------------------------------------------------------


def find(
    wire: Wire,
    rendition: Rendition,
    *,
    page: str,
    app_id: str,
    token: Secret,
    since: datetime,
    now: datetime,
    apart_from: Collection[str],
) -> Receipt | None:
    """
    Look for the post of *rendition* among those that the app published after *since*.

    `/published_posts` is a ranked choice of about 600 posts a year, so absence proves nothing. A post that somebody
    made by hand is of another application, and is not ours. Those in *apart_from* became of other deliveries.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    at = scheduled_for(rendition, now)
    waiting = unpublished(rendition)
    if waiting is not None:
        try:
            post = wire.get(waiting, token, fields="id,is_published,created_time,permalink_url").object
        except Refused as refusal:
            if is_gone(refusal):
                return None
            raise
        return _receipt(rendition, post, at=None, now=now) if post.get("is_published") is True else None
    # The network's clock counts whole seconds.
    begin = since.astimezone(UTC).replace(microsecond=0)
    edge = "published_posts" if at is None or at <= now else "scheduled_posts"
    found: list[Mapping[str, Any]] = []
    for post in wire.list(f"{page}/{edge}", token, fields=_POST):
        made = when(post.get("created_time"))
        if edge == "published_posts" and made is not None and made < begin:
            # The newest come first.
            break
        if made is None or made < begin or post.get("id") in apart_from:
            continue
        if _application(post) == app_id and _same(rendition, post):
            found.append(post)
    return _receipt(rendition, found[-1], at=at, now=now) if found else None


def scheduled(wire: Wire, *, account: str, page: str, token: Secret, now: datetime) -> list[Receipt]:
    """
    Read what the Page is to publish later, `/scheduled_posts`, of every app and of people who scheduled by hand.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    fields = "id,created_time,permalink_url,scheduled_publish_time"
    return [
        Receipt(
            platform=PLATFORM,
            account=account,
            post_id=str(post.get("id", "")),
            url=address(post.get("permalink_url")),
            at=when(post.get("created_time")) or now,
            proof=Proof.READ_BACK,
            scheduled_for=_moment(post.get("scheduled_publish_time")),
            raw=dict(post),
        )
        for post in wire.list(f"{page}/scheduled_posts", token, fields=fields)
    ]


def _moment(value: Any) -> datetime | None:
    """Read a time in seconds, as Facebook gives it for what is scheduled; None where it is none."""
    try:
        return datetime.fromtimestamp(value, tz=UTC) if isinstance(value, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _receipt(rendition: Rendition, post: Mapping[str, Any], *, at: datetime | None, now: datetime) -> Receipt:
    return Receipt(
        platform=PLATFORM,
        account=rendition.account,
        post_id=str(post.get("id", "")),
        url=address(post.get("permalink_url")),
        at=when(post.get("created_time")) or now,
        proof=Proof.READ_BACK,
        scheduled_for=at,
        raw={name: value for name, value in post.items() if name != "message"},
    )


def _application(post: Mapping[str, Any]) -> str:
    application = post.get("application")
    return str(application.get("id", "")) if isinstance(application, dict) else ""


def _same(rendition: Rendition, post: Mapping[str, Any]) -> bool:
    message = post.get("message")
    if _folded(rendition.text) != _folded(message if isinstance(message, str) else ""):
        return False
    targets, links = _attachments(post)
    keys = {upload.key for upload in rendition.uploads}
    if rendition.media:
        return keys <= targets if keys else bool(rendition.text) and len(targets) == len(rendition.media)
    link = rendition.body.get("link")
    # A text is enough of a mark; a bare link must be the one.
    return bool(rendition.text) or link in links


def _folded(text: str) -> str:
    """Give what of a text survives the network: line ends are unified, the margins are cut."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _attachments(post: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Give the ids of the files and the links that a post carries."""
    targets: set[str] = set()
    links: set[str] = set()
    for item in _data(post.get("attachments")):
        inner = _data(item.get("subattachments"))
        for one in inner or [item]:
            target = one.get("target")
            if isinstance(target, dict) and isinstance(target.get("id"), str):
                targets.add(target["id"])
        # `url` leads by way of Facebook's own redirect, where `unshimmed_url` does not.
        links |= {item[name] for name in ("url", "unshimmed_url") if isinstance(item.get(name), str)}
    return targets, links


def _data(value: Any) -> list[Mapping[str, Any]]:
    items = value.get("data") if isinstance(value, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def when(value: Any) -> datetime | None:
    """Read a time of the Graph API, such as `2026-04-01T09:00:00+0900`; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- what citizens wrote ----------------------------------------------------------------------------------------


def mentions(wire: Wire, *, page: str, token: Secret, since: datetime, posts: int) -> Sequence[Mention]:
    """
    Read comments on the newest *posts* of the Page, and posts that tag the Page, after *since*, oldest first.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    found = {mention.post.id: mention for mention in _all(wire, page=page, token=token, since=since, posts=posts)}
    return sorted(found.values(), key=lambda mention: (mention.at, mention.post.id))


def _all(wire: Wire, *, page: str, token: Secret, since: datetime, posts: int) -> Iterator[Mention]:
    for post in islice(wire.list(f"{page}/published_posts", token, fields="id"), posts):
        ref = PostRef(platform=PLATFORM, id=str(post.get("id", "")))
        comments = wire.list(
            f"{ref.id}/comments", token, fields=_COMMENT, filter="stream", since=int(since.timestamp())
        )
        yield from _others(comments, page=page, since=since, answers=ref)
    yield from _others(wire.list(f"{page}/tagged", token, fields=_TAGGED), page=page, since=since, answers=None)


def _others(
    items: Iterable[Mapping[str, Any]], *, page: str, since: datetime, answers: PostRef | None
) -> Iterator[Mention]:
    for item in items:
        made = when(item.get("created_time"))
        author = item.get("from")
        author = author if isinstance(author, dict) else {}
        # What the Page itself wrote is no mention. A citizen's name comes only where the app may see it.
        if made is None or made <= since or str(author.get("id", "")) == page:
            continue
        parent = item.get("parent")
        above = str(parent["id"]) if isinstance(parent, dict) and "id" in parent else None
        yield Mention(
            post=PostRef(platform=PLATFORM, id=str(item.get("id", ""))),
            author_id=str(author.get("id", "")),
            author_name=str(author.get("name", "")),
            text=str(item.get("message", "")),
            at=made,
            in_reply_to=PostRef(platform=PLATFORM, id=above) if above else answers,
            url=address(item.get("permalink_url")),
        )


# --- the Page itself --------------------------------------------------------------------------------------------


def profile(wire: Wire, *, token: Secret) -> Profile:
    """
    Read what citizens see of the Page behind *token*.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    answer = wire.get("me", token, fields=_PROFILE)
    page = answer.object
    if not isinstance(page.get("id"), str):
        raise failed(network="Facebook", reason=None, status=answer.status)
    told = [str(page[name]) for name in ("about", "bio", "description") if page.get(name)]
    description = "\n".join(dict.fromkeys(told))
    # People write one address or several there, often without `https://`.
    links = [*str(page.get("website", "")).split(), *(found.text for found in extract_urls(description))]
    return Profile(
        platform=PLATFORM,
        network_id=page["id"],
        name=str(page.get("name", "")),
        url=str(page.get("link", "")),
        description=description,
        links=dict.fromkeys(one if "://" in one else f"http://{one}" for one in links),
        visible=page.get("is_published") is not False,
    )


# --- figures ----------------------------------------------------------------------------------------------------


def metrics(wire: Wire, *, subject: str, names: Sequence[str], period: str, token: Secret, now: datetime) -> Metrics:
    """
    Read figures of a post (`period` is `lifetime`) or of a Page (`day`): the last value of each.

    A figure with parts, such as reactions by kind, comes as several, named `figure.part`.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    answer = wire.get(f"{subject}/insights", token, metric=list(names), period=period)
    values: dict[str, int] = {}
    for item in _data(answer.object):
        series = item.get("values")
        last = series[-1] if isinstance(series, list) and series else None
        value = last.get("value") if isinstance(last, dict) else None
        name = str(item.get("name", ""))
        parts = {f"{name}.{part}": one for part, one in value.items()} if isinstance(value, dict) else {name: value}
        values |= {key: one for key, one in parts.items() if isinstance(one, int) and not isinstance(one, bool)}
    return Metrics(subject=subject, at=now, values=values)

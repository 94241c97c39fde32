"""
What a node shows: each field of each kind of node.

The names are fields or edges in Meta's own tables (`facebook_business.adobjects`); one that a node does not have is
refused, as Graph does.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import (
    GraphApp,
    GraphComment,
    GraphPage,
    GraphPerson,
    GraphPhoto,
    GraphPost,
    GraphVideo,
    TokenKind,
)
from civicsns.testing.sandbox.graph.selection import Selected, select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from civicsns.testing.sandbox.graph.exchange import Exchange
    from civicsns.testing.sandbox.graph.world import Node


def stamp(moment: datetime) -> str:
    """Write a time as Graph does: `2026-04-01T00:00:00+0000`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def show(exchange: Exchange, node: Node, fields: str = "") -> dict[str, Any]:
    """
    Give a node with the fields asked for, or the usual ones.

    Raises:
        GraphError: If it has no such field (code 100), or the list cannot be read (code 2500).
    """
    kind = kind_of(node)
    return expand(exchange, node, select(fields) if fields else tuple(Selected(name) for name in USUAL[kind]))


def expand(exchange: Exchange, node: Node, selected: tuple[Selected, ...]) -> dict[str, Any]:
    """
    Give a node with the *selected* fields, and its id always.

    Raises:
        GraphError: If it has no such field (code 100).
    """
    kind = kind_of(node)
    shown: dict[str, Any] = {}
    for field in selected:
        if field.name not in FIELDS[kind]:
            raise errors.no_such_field(field.name, _GRAPH_NAMES[kind])
        value = FIELDS[kind][field.name](exchange, node, field)
        if value is not None:
            shown[field.name] = value
    return shown if "id" in shown else {**shown, "id": node.id}


def kind_of(node: Node) -> str:
    """Give the kind of a node: page, user, app, post, photo, video or comment."""
    return _KINDS[type(node)]


def page_of(node: Node) -> str:
    """Give the id of the Page to which a node belongs; empty where it is not a Page's."""
    return node.id if isinstance(node, GraphPage) else getattr(node, "page_id", "")


_KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {
        GraphPage: "page",
        GraphPerson: "user",
        GraphApp: "app",
        GraphPost: "post",
        GraphPhoto: "photo",
        GraphVideo: "video",
        GraphComment: "comment",
    }
)
_GRAPH_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "page": "Page",
        "user": "User",
        "app": "Application",
        "post": "PagePost",
        "photo": "Photo",
        "video": "Video",
        "comment": "Comment",
    }
)

#: The fields that come when none are asked for.
USUAL: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "page": ("name", "id"),
        "user": ("name", "id"),
        "app": ("name", "id"),
        "post": ("created_time", "message", "id"),
        "photo": ("created_time", "name", "id"),
        "video": ("updated_time", "description", "id"),
        "comment": ("created_time", "from", "message", "id"),
    }
)


def _page_itself(exchange: Exchange, node: GraphPost | GraphPhoto | GraphVideo, _: Selected) -> dict[str, str]:
    page = exchange.world.pages[node.page_id]
    return {"name": page.name, "id": page.id}


def _author(exchange: Exchange, node: GraphPost | GraphComment, _: Selected) -> dict[str, str] | None:
    # Of a citizen's own post, Graph tells who wrote it to nobody but the citizen (Page Tagged, Limitations).
    if isinstance(node, GraphPost) and node.author_id not in exchange.world.pages:
        return None
    return {"name": node.author, "id": node.author_id}


def _application(exchange: Exchange, node: GraphPost, _: Selected) -> dict[str, str] | None:
    app = exchange.world.apps.get(node.app_id)
    return {"name": app.name, "id": app.id} if app else None


def _attachments(exchange: Exchange, post: GraphPost, _: Selected) -> dict[str, Any] | None:
    media = [
        {
            "media_type": "video" if one in exchange.world.videos else "photo",
            "target": {"id": one, "url": f"https://www.facebook.com/{one}"},
            "url": f"https://www.facebook.com/{one}",
        }
        for one in post.attached
    ]
    if len(media) > 1:
        album = {"media_type": "album", "url": post.permalink_url, "subattachments": {"data": media}}
        return {"data": [album]}
    if post.link:
        media.append({"media_type": "link", "url": post.link})
    return {"data": media} if media else None


def _status_type(exchange: Exchange, post: GraphPost, _: Selected) -> str:
    if any(one in exchange.world.videos for one in post.attached):
        return "added_video"
    if post.attached:
        return "added_photos"
    return "shared_story" if post.link else "mobile_status_update"


def _count(metric: str) -> Any:
    def count(exchange: Exchange, node: GraphPost | GraphComment, _: Selected) -> int:
        return exchange.world.figures.get((node.id, metric), 0)

    return count


def _shares(exchange: Exchange, post: GraphPost, _: Selected) -> dict[str, int] | None:
    count = exchange.world.figures.get((post.id, "shares"), 0)
    return {"count": count} if count else None


def _reactions(exchange: Exchange, post: GraphPost, field: Selected) -> dict[str, Any]:
    shown: dict[str, Any] = {"data": []}
    if field.modifiers.get("summary") in {"true", "1", "total_count"}:
        shown["summary"] = {"total_count": exchange.world.figures.get((post.id, field.name), 0)}
    return shown


def _comments(exchange: Exchange, node: Node, field: Selected) -> dict[str, Any]:
    exchange.read(page_of(node), scopes=("pages_read_engagement",), tasks=("MODERATE",))
    found = exchange.world.under(node.id)
    limit = field.modifiers.get("limit", "25")
    if not limit.isascii() or not limit.isdecimal():
        raise errors.parameter("limit must be an integer")
    inner = field.inner or tuple(Selected(name) for name in USUAL["comment"])
    shown: dict[str, Any] = {"data": [expand(exchange, one, inner) for one in found[: int(limit)]]}
    if field.modifiers.get("summary") in {"true", "1", "total_count"}:
        shown["summary"] = {"order": "chronological", "total_count": len(found)}
    return shown


def _page_token(exchange: Exchange, page: GraphPage, _: Selected) -> str | None:
    token = exchange.bearer
    if token.kind is TokenKind.PAGE:
        return token.value if token.page_id == page.id else None
    if page.id not in token.pages or not exchange.tasks(page):
        return None
    return exchange.world.tokens.page(token, page.id, now=exchange.now).value


def _parent(exchange: Exchange, comment: GraphComment, _: Selected) -> dict[str, Any] | None:
    parent = exchange.world.comments.get(comment.object_id)
    return show(exchange, parent) if parent else None


def _scheduled(_: Exchange, post: GraphPost, __: Selected) -> int | None:
    return int(post.scheduled_for.timestamp()) if post.scheduled_for else None


def _status(exchange: Exchange, video: GraphVideo, _: Selected) -> dict[str, Any]:
    return {"video_status": "ready" if video.ready_at <= exchange.now else "processing"}


def _own(attribute: str) -> Any:
    """Make a field that shows an attribute, and nothing where that is empty."""

    def own(_: Exchange, node: Any, __: Selected) -> Any:
        value = getattr(node, attribute)
        return None if value == "" else value

    return own


def _time(attribute: str) -> Any:
    def time(_: Exchange, node: Any, __: Selected) -> str:
        return stamp(getattr(node, attribute))

    return time


def _told(attribute: str) -> Any:
    """Make a field of what a Page says of itself; it takes more than its name does (Page, Reading, Requirements)."""

    def told(exchange: Exchange, page: GraphPage, _: Selected) -> str | None:
        exchange.read(page.id, scopes=("pages_read_engagement",), tasks=("MODERATE",))
        value: str = getattr(page, attribute)
        return value or None

    return told


_NAMED: Final = {"id": _own("id"), "name": _own("name")}

#: The fields of each kind of node: from the call, the node and how the field was selected, to its value or None.
FIELDS: Final[Mapping[str, Mapping[str, Callable[[Exchange, Any, Selected], Any]]]] = MappingProxyType(
    {
        "user": _NAMED,
        "app": _NAMED,
        "page": {
            **_NAMED,
            "category": _own("category"),
            "link": lambda _, page, __: f"https://www.facebook.com/{page.id}",
            **{name: _told(name) for name in ("about", "bio", "description", "website")},
            "is_published": _own("is_published"),
            "followers_count": _count("page_follows"),
            "fan_count": _count("page_follows"),
            "access_token": _page_token,
        },
        "post": {
            "id": _own("id"),
            "message": _own("message"),
            "created_time": _time("created_at"),
            "updated_time": _time("updated_at"),
            "permalink_url": _own("permalink_url"),
            "is_published": _own("published"),
            "is_hidden": _own("hidden"),
            "scheduled_publish_time": _scheduled,
            "from": _author,
            "application": _application,
            "status_type": _status_type,
            "attachments": _attachments,
            "comments": _comments,
            "likes": _reactions,
            "reactions": _reactions,
            "shares": _shares,
        },
        "photo": {
            "id": _own("id"),
            "name": _own("message"),
            "alt_text_custom": _own("alt_text"),
            "created_time": _time("created_at"),
            "from": _page_itself,
            "link": lambda _, photo, __: f"https://www.facebook.com/photo.php?fbid={photo.id}",
            "page_story_id": _own("post_id"),
            "comments": _comments,
        },
        "video": {
            "id": _own("id"),
            "title": _own("title"),
            "description": _own("description"),
            "created_time": _time("created_at"),
            "updated_time": _time("created_at"),
            "from": _page_itself,
            "permalink_url": lambda _, video, __: f"/{video.page_id}/videos/{video.id}/",
            "post_id": _own("post_id"),
            "published": _own("published"),
            "status": _status,
            "comments": _comments,
        },
        "comment": {
            "id": _own("id"),
            "message": _own("message"),
            "created_time": _time("created_at"),
            "from": _author,
            "is_hidden": _own("hidden"),
            "like_count": _count("likes"),
            "comment_count": lambda exchange, comment, _: len(exchange.world.under(comment.id)),
            "parent": _parent,
            "permalink_url": lambda exchange, comment, _: _comment_url(exchange, comment),
            "comments": _comments,
        },
    }
)


def _comment_url(exchange: Exchange, comment: GraphComment) -> str:
    post_id = comment.object_id
    while post_id in exchange.world.comments:
        post_id = exchange.world.comments[post_id].object_id
    number = post_id.rpartition("_")[2]
    return f"https://www.facebook.com/{comment.page_id}/posts/{number}?comment_id={comment.id.rpartition('_')[2]}"

"""`GET`, `POST` and `DELETE /{object}`: Pages, posts, photos, films, comments (Graph API reference, Page Post)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

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
from civicsns.testing.sandbox.graph.nodes import kind_of, page_of, show
from civicsns.testing.sandbox.graph.publishing import SCOPES, TASKS, checked_text, checked_time

if TYPE_CHECKING:
    from civicsns.testing.sandbox.graph.exchange import Exchange

#: Any of these lets a person read what the Page holds (Page Feed, Requirements).
READERS: Final = ("CREATE_CONTENT", "MANAGE", "MODERATE")
_SUCCESS: Final = {"success": True}


def read(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Show one object.

    Raises:
        GraphError: If there is none (100, subcode 33), or it may not be read.
    """
    exchange.parameters("")
    node = exchange.world.node(object_id)
    token = exchange.bearer
    if node is None:
        raise errors.missing("get", object_id)
    if isinstance(node, GraphPerson | GraphApp):
        if node.id not in {token.person_id, token.app_id} or (
            token.kind is TokenKind.PAGE and isinstance(node, GraphPerson)
        ):
            raise errors.missing("get", object_id)
    elif not isinstance(node, GraphPage):
        exchange.read(page_of(node), scopes=("pages_read_engagement",), tasks=READERS)
    elif token.kind is TokenKind.APP or (token.kind is TokenKind.PAGE and token.page_id != node.id):
        raise errors.unapproved("This takes the Page's own token, or the feature Page Public Content Access.")
    elif not exchange.tasks(node) or (token.kind is not TokenKind.PAGE and node.id not in token.pages):
        raise errors.missing("get", object_id)
    return show(exchange, node, exchange.fields)


def edit(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Change one object.

    Raises:
        GraphError: If it is not there, cannot be changed, or is another app's.
    """
    node = exchange.world.node(object_id)
    match node:
        case GraphPost():
            return _edit_post(exchange, node)
        case GraphVideo():
            return _edit_video(exchange, node)
        case GraphComment():
            return _edit_comment(exchange, node)
        case _:
            raise errors.missing("post", object_id)


def delete(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Delete one object.

    Raises:
        GraphError: If it is not there (100, subcode 33), or may not be deleted.
    """
    exchange.parameters("")
    world = exchange.world
    node = world.node(object_id)
    if isinstance(node, GraphComment):
        exchange.write(node.page_id, scopes=("pages_manage_engagement",), tasks=("MODERATE",))
        world.drop_comments(node.id)
        del world.comments[node.id]
        return _SUCCESS
    if not isinstance(node, GraphPost | GraphPhoto | GraphVideo):
        raise errors.missing("delete", object_id)
    exchange.write(node.page_id, scopes=SCOPES, tasks=TASKS)
    if isinstance(node, GraphPost):
        world.drop_post(node.id)
        return _SUCCESS
    post = world.posts.get(node.post_id)
    if post is not None and (isinstance(node, GraphVideo) or post.attached == (node.id,)):
        world.drop_post(post.id)
        return _SUCCESS
    if post is not None:
        left = [(one, text) for one, text in zip(post.attached, post.alt_texts, strict=True) if one != node.id]
        world.posts[post.id] = attrs.evolve(
            post, attached=tuple(one for one, _ in left), alt_texts=tuple(text for _, text in left)
        )
    world.drop_comments(node.id)
    world.photos.pop(node.id, None)
    return _SUCCESS


def _edit_post(exchange: Exchange, post: GraphPost) -> dict[str, Any]:
    exchange.write(post.page_id, scopes=SCOPES, tasks=TASKS)
    parameters = exchange.parameters(kind_of(post))
    if post.app_id != exchange.app.id:
        raise errors.permission("An app can change only the posts that it made.")
    if not parameters.values:
        raise errors.parameter("Nothing to change was sent")
    changed = attrs.evolve(post, updated_at=exchange.now)
    if "message" in parameters:
        message = checked_text(exchange, "message", parameters.text("message"))
        if not (message.strip() or post.link or post.attached):
            raise errors.parameter("A post takes a message, a link or attached media")
        changed = attrs.evolve(changed, message=message)
    if "is_hidden" in parameters:
        changed = attrs.evolve(changed, hidden=parameters.get("is_hidden"))
    if "scheduled_publish_time" in parameters:
        if post.published:
            raise errors.parameter("A published post cannot be scheduled")
        at = checked_time(exchange, parameters.get("scheduled_publish_time"))
        changed = attrs.evolve(changed, scheduled_for=at)
    if post.published and parameters.get("is_published") is False:
        raise errors.parameter("A published post cannot go back to unpublished")
    exchange.world.posts[post.id] = changed
    if parameters.get("is_published") and not post.published:
        exchange.world.publish(changed, exchange.now)
    return _SUCCESS


def _edit_video(exchange: Exchange, video: GraphVideo) -> dict[str, Any]:
    exchange.write(video.page_id, scopes=SCOPES, tasks=TASKS)
    parameters = exchange.parameters(kind_of(video))
    if video.app_id != exchange.app.id:
        raise errors.permission("An app can change only the films that it uploaded.")
    if not parameters.values:
        raise errors.parameter("Nothing to change was sent")
    if video.published and parameters.get("published") is False:
        raise errors.parameter("A published film cannot go back to unpublished")
    description = checked_text(exchange, "description", parameters.get("description", video.description))
    exchange.world.videos[video.id] = attrs.evolve(
        video,
        title=parameters.get("name", video.title),
        description=description,
        published=parameters.get("published", video.published),
    )
    post = exchange.world.posts[video.post_id]
    exchange.world.posts[post.id] = attrs.evolve(post, message=description, updated_at=exchange.now)
    exchange.world.settle(exchange.now)
    return _SUCCESS


def _edit_comment(exchange: Exchange, comment: GraphComment) -> dict[str, Any]:
    exchange.write(comment.page_id, scopes=("pages_manage_engagement",), tasks=("MODERATE",))
    parameters = exchange.parameters(kind_of(comment))
    if not parameters.values:
        raise errors.parameter("Nothing to change was sent")
    if "message" in parameters:
        if comment.author_id != comment.page_id:
            raise errors.permission("Only the one who wrote a comment can change its text.")
        if not parameters.text("message").strip():
            raise errors.parameter("A comment takes a message")
    exchange.world.comments[comment.id] = attrs.evolve(
        comment,
        message=parameters.get("message", comment.message),
        hidden=parameters.get("is_hidden", comment.hidden),
    )
    return _SUCCESS

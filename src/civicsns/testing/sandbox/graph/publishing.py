"""`POST /{page}/feed` and `POST /{page}/photos` (Graph API reference, Page Feed and Page Photos; Pages API, Posts)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import puremagic

from civicsns.testing.sandbox.faults import Fault
from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import GraphPage, GraphPhoto, GraphPost
from civicsns.testing.sandbox.graph.nodes import show
from civicsns.testing.sandbox.graph.parameters import KEPT

if TYPE_CHECKING:
    from civicsns.testing.sandbox.graph.exchange import Exchange
    from civicsns.testing.sandbox.graph.parameters import Parameters

#: What publishing takes (Pages API, Posts; Page Feed, Requirements).
SCOPES: Final = ("pages_manage_posts", "pages_read_engagement")
TASKS: Final = ("CREATE_CONTENT",)
#: What an unpublished post can be; Graph knows more kinds, for advertisements.
_UNPUBLISHED: Final = ("SCHEDULED", "DRAFT")
#: "JPEG, BMP, PNG, GIF, TIFF" (Page Photos), and the later formats that the upload dialog names.
_IMAGES: Final = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp", "image/heif", "image/heic"}
)
#: How long a temporary photo waits for its post (Page Photos, `temporary`).
_TEMPORARY: Final = timedelta(hours=24)


def page_to_post_on(exchange: Exchange, object_id: str) -> GraphPage:
    """
    Find the Page on which a call wants to publish.

    Raises:
        GraphError: If it is a person's profile (200: closed to the API since 2018-08-01), nothing at all (100), or
            the caller may not publish there.
    """
    if object_id in exchange.world.people:
        raise errors.permission("Nothing can be posted to a person's profile through the API.")
    if object_id not in exchange.world.pages:
        raise errors.missing("post", object_id)
    return exchange.write(object_id, scopes=SCOPES, tasks=TASKS)


def feed(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Make a post.

    Raises:
        GraphError: If it is refused.
    """
    page = page_to_post_on(exchange, object_id)
    parameters = exchange.parameters("page")
    message = checked_text(exchange, "message", parameters.text("message"))
    link = _link(exchange, parameters.text("link"))
    photos = [_attachable(exchange, page, part) for part in parameters.get("attached_media", [])]
    if not (message.strip() or link or photos):
        raise errors.parameter("A post takes a message, a link or attached media")
    published, scheduled_for = timing(exchange, parameters)
    content = (message, link, tuple(photo.id for photo in photos))
    if published:
        _not_again(exchange, page, content)
    post = make_post(
        exchange,
        page,
        message=message,
        link=link,
        attached=content[2],
        published=published,
        scheduled_for=scheduled_for,
        extra=parameters,
        alt_texts=tuple(photo.alt_text for photo in photos),
    )
    if published:
        exchange.world.last[page.id] = (content, exchange.now)
    return show(exchange, post, exchange.fields or "id")


def photos(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Take a photo: published by itself, or kept for a post.

    Raises:
        GraphError: If it is refused.
    """
    page = page_to_post_on(exchange, object_id)
    parameters = exchange.parameters("page")
    content, media_type = _image(exchange, parameters)
    if "message" in parameters and "caption" in parameters:
        raise errors.parameter("caption is the old name of message; send one of them")
    message = checked_text(exchange, "message", parameters.text("message") or parameters.text("caption"))
    published, scheduled_for = timing(exchange, parameters)
    temporary = parameters.get("temporary", default=False)
    if temporary and published:
        raise errors.parameter("A temporary photo must have published=false")
    photo = GraphPhoto(
        id=exchange.world.number(),
        page_id=page.id,
        content=content,
        media_type=media_type,
        alt_text=parameters.text("alt_text_custom"),
        message=message,
        published=published,
        expires_at=exchange.now + _TEMPORARY if temporary else None,
        created_at=exchange.now,
        app_id=exchange.app.id,
    )
    exchange.world.photos[photo.id] = photo
    answer = show(exchange, photo, exchange.fields or "id")
    if published or scheduled_for:
        post = make_post(
            exchange,
            page,
            message=message,
            attached=(photo.id,),
            alt_texts=(photo.alt_text,),
            published=published,
            scheduled_for=scheduled_for,
            extra=parameters,
        )
        answer["post_id"] = post.id
    return answer


def make_post(
    exchange: Exchange,
    page: GraphPage,
    *,
    message: str,
    attached: tuple[str, ...],
    alt_texts: tuple[str, ...],
    published: bool,
    scheduled_for: datetime | None,
    extra: Parameters,
    link: str = "",
) -> GraphPost:
    """Keep a new post of the Page, hidden from the lists where that was ordered."""
    post = GraphPost(
        id=f"{page.id}_{exchange.world.number()}",
        page_id=page.id,
        message=message,
        link=link,
        attached=attached,
        alt_texts=alt_texts,
        published=published,
        scheduled_for=scheduled_for,
        created_at=exchange.now,
        updated_at=exchange.now,
        app_id=exchange.app.id,
        author=page.name,
        author_id=page.id,
        extra={name: extra.get(name) for name in KEPT[exchange.operation] if name in extra},
    )
    exchange.world.put(post)
    if exchange.order is not None and exchange.order.fault is Fault.HIDDEN:
        exchange.world.hidden_reads[post.id] = exchange.order.reads
    return post


def timing(exchange: Exchange, parameters: Parameters) -> tuple[bool, datetime | None]:
    """
    Read whether, and when, a post is to be published.

    Raises:
        GraphError: If the time does not fit (code 100).
    """
    published = parameters.get("published", default=True)
    at = parameters.get("scheduled_publish_time")
    kind = parameters.text("unpublished_content_type")
    if kind not in {"", *_UNPUBLISHED}:
        raise errors.parameter(f"unpublished_content_type must be one of {', '.join(_UNPUBLISHED)}")
    if published and (kind or at is not None):
        raise errors.parameter("scheduled_publish_time and unpublished_content_type take published=false")
    if (kind == "SCHEDULED" and at is None) or (kind == "DRAFT" and at is not None):
        raise errors.parameter("unpublished_content_type=SCHEDULED goes with scheduled_publish_time, DRAFT without")
    if at is None:
        return published, None
    scheduled_for = checked_time(exchange, at)
    # With photos and without SCHEDULED, Graph takes the post, and never publishes it (Page Photos, multi-photo posts).
    return False, scheduled_for if kind or "attached_media" not in parameters else None


def checked_time(exchange: Exchange, at: int | datetime) -> datetime:
    """
    Check a time for which a post is scheduled.

    Raises:
        GraphError: If it is too near or too far (code 100).
    """
    limits = exchange.world.limits
    try:
        moment = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else at
    except (ValueError, OverflowError, OSError):
        raise errors.parameter("scheduled_publish_time is no time") from None
    if not exchange.now + limits.schedule_from <= moment <= exchange.now + limits.schedule_to:
        raise errors.parameter(
            f"scheduled_publish_time must lie between {limits.schedule_from} and {limits.schedule_to} from now",
            subcode=1366049,
        )
    return moment


def checked_text(exchange: Exchange, name: str, text: str) -> str:
    """
    Check the length of a text.

    Raises:
        GraphError: If it is too long (code 100).
    """
    if len(text) > exchange.world.limits.text:
        raise errors.parameter(f"{name} has {len(text)} characters; {exchange.world.limits.text} are allowed")
    return text


def _link(exchange: Exchange, link: str) -> str:
    if not link:
        return ""
    parts = urlsplit(link)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise errors.parameter("link should represent a valid URL")
    if parts.hostname in exchange.world.unreachable_hosts:
        raise errors.GraphError(
            code=1609005,
            message="(#1609005) The link could not be fetched.",
            title="Link cannot be shared",
            advice="Check the address and try again.",
        )
    return link


def _attachable(exchange: Exchange, page: GraphPage, part: Any) -> GraphPhoto:
    if not isinstance(part, dict) or set(part) != {"media_fbid"} or not isinstance(part["media_fbid"], str | int):
        raise errors.parameter("Param attached_media must be an array of objects with media_fbid")
    photo = exchange.world.photos.get(str(part["media_fbid"]))
    if photo is None or photo.page_id != page.id:
        raise errors.parameter(f"attached_media names {part['media_fbid']}, which is no photo of this Page")
    if photo.published or photo.post_id:
        raise errors.parameter("A photo in attached_media was already posted", subcode=1366051)
    return photo


def _image(exchange: Exchange, parameters: Parameters) -> tuple[bytes, str]:
    if "url" in parameters:
        raise errors.parameter("url: the practice network fetches nothing from other hosts; send the file as source")
    if "source" not in parameters.files:
        raise errors.GraphError(code=324, message="(#324) An image file is needed as source")
    content = parameters.files["source"].read()
    if len(content) > exchange.world.limits.photo_bytes:
        raise errors.parameter(f"The photo has more than {exchange.world.limits.photo_bytes} bytes", subcode=1366046)
    media_type = signature(content)
    if media_type not in _IMAGES:
        raise errors.GraphError(code=324, message="(#324) The file is no image of a kind that is taken")
    return content, media_type


def signature(content: bytes) -> str:
    """Tell the type of a file by its first bytes; empty where they say nothing."""
    try:
        return puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        return ""


def _not_again(exchange: Exchange, page: GraphPage, content: tuple[str, str, tuple[str, ...]]) -> None:
    last = exchange.world.last.get(page.id)
    if last and last[0] == content and exchange.now - last[1] < exchange.world.limits.duplicate_window:
        raise errors.GraphError(
            code=506,
            subcode=1455006,
            message="(#506) The same post was made just before",
            title="Duplicate",
            advice="This was posted just now. Change the text and try again.",
        )

"""
Lists: posts of a Page, its whole feed, what tags it, and comments.

A list shows about 600 posts of a year, chosen by rank (Graph API reference, Page Feed), so that a post may be missing
though it was published. What is left out is left out of the page on which it would stand: pages come short, even
empty, with more behind them, and only a missing `next` says that the list is at its end.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode

from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import GraphComment, GraphPage, GraphPost
from civicsns.testing.sandbox.graph.nodes import page_of, show
from civicsns.testing.sandbox.graph.objects import READERS
from civicsns.testing.sandbox.graph.publishing import checked_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicsns.testing.sandbox.graph.exchange import Exchange
    from civicsns.testing.sandbox.graph.parameters import Parameters

_Item = TypeVar("_Item", GraphPost, GraphComment)
_USUAL: Final = 25
#: The most that `limit` may be (Graph API reference, Page Feed).
_MOST: Final = 100


def published_posts(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """List what the Page published itself, newest first."""
    page = _page(exchange, object_id, ("pages_read_engagement",))
    parameters = exchange.parameters("page", paged=True)
    posts = [one for one in exchange.world.posts.values() if one.page_id == page.id and one.author_id == page.id]
    return _posts(exchange, parameters, [one for one in posts if one.published and not one.hidden])


def scheduled_posts(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """List what the Page is to publish later."""
    page = _page(exchange, object_id, ("pages_read_engagement",))
    parameters = exchange.parameters("page", paged=True)
    posts = [one for one in exchange.world.posts.values() if one.page_id == page.id and one.scheduled_for is not None]
    return _posts(exchange, parameters, posts)


def feed_read(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """List everything on the Page: unpublished posts and those of visitors too."""
    page = _page(exchange, object_id, ("pages_read_engagement", "pages_read_user_content"))
    parameters = exchange.parameters("page", paged=True)
    return _posts(exchange, parameters, [one for one in exchange.world.posts.values() if one.page_id == page.id])


def tagged(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """List the posts of others that name the Page."""
    page = _page(exchange, object_id, ("pages_read_user_content", "pages_show_list"))
    parameters = exchange.parameters("page", paged=True)
    return _posts(exchange, parameters, [one for one in exchange.world.posts.values() if page.id in one.tags])


def comments(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Read the comments under an object, or write one as the Page.

    Raises:
        GraphError: If there is no such object, or it may not be done.
    """
    node = exchange.world.node(object_id)
    if node is None or not page_of(node) or isinstance(node, GraphPage):
        raise errors.missing(exchange.method, object_id)
    if exchange.method == "POST":
        return _comment(exchange, object_id, page_of(node))
    exchange.read(page_of(node), scopes=("pages_read_engagement",), tasks=("MODERATE",))
    parameters = exchange.parameters("post", operation="comments_read", paged=True)
    if parameters.text("filter") not in {"", "toplevel", "stream"}:
        raise errors.parameter("filter must be toplevel or stream")
    if parameters.text("order") not in {"", "chronological", "reverse_chronological"}:
        raise errors.parameter("order must be chronological or reverse_chronological")
    found = list(exchange.world.under(object_id))
    if parameters.text("filter") == "stream":
        found = _with_answers(exchange, found)
    found = [one for one in found if _within(one, parameters)]
    if parameters.text("order") == "reverse_chronological":
        found.reverse()
    return _paged(exchange, parameters, found, lambda _: True)


def _page(exchange: Exchange, object_id: str, scopes: tuple[str, ...]) -> GraphPage:
    if object_id not in exchange.world.pages:
        raise errors.missing("get", object_id)
    return exchange.read(object_id, scopes=scopes, tasks=READERS)


def _comment(exchange: Exchange, object_id: str, page_id: str) -> dict[str, Any]:
    page = exchange.write(
        page_id, scopes=("pages_manage_engagement", "pages_read_engagement"), tasks=("MODERATE", "CREATE_CONTENT")
    )
    parameters = exchange.parameters("post", operation="comments_write")
    message = checked_text(exchange, "message", parameters.text("message"))
    if not message.strip():
        raise errors.parameter("A comment takes a message")
    comment = GraphComment(
        id=comment_id(object_id, exchange.world.number()),
        object_id=object_id,
        page_id=page_id,
        author=page.name,
        author_id=page.id,
        message=message,
        created_at=exchange.now,
        app_id=exchange.app.id,
    )
    exchange.world.comments[comment.id] = comment
    return show(exchange, comment, exchange.fields or "id")


def comment_id(object_id: str, number: str) -> str:
    """Give the id of a comment under an object: `{number of the post}_{number}`, for answers too."""
    before, bar, after = object_id.partition("_")
    # Of a post `{page}_{post}` the second part counts, of a comment `{post}_{comment}` the first.
    is_post = bar and len(before) == 15
    return f"{after if is_post else before}_{number}"


def _with_answers(exchange: Exchange, found: Sequence[GraphComment]) -> list[GraphComment]:
    everything: list[GraphComment] = []
    for comment in found:
        everything += [comment, *_with_answers(exchange, exchange.world.under(comment.id))]
    return everything


def _within(one: GraphPost | GraphComment, parameters: Parameters) -> bool:
    since, until = parameters.get("since"), parameters.get("until")
    return (since is None or one.created_at >= since) and (until is None or one.created_at <= until)


def _posts(exchange: Exchange, parameters: Parameters, posts: list[GraphPost]) -> dict[str, Any]:
    world = exchange.world
    posts = sorted((one for one in posts if _within(one, parameters)), key=lambda one: (one.created_at, one.id))
    posts.reverse()
    ranked = _ranked(exchange, posts)

    def shown(post: GraphPost) -> bool:
        waiting = world.hidden_reads.get(post.id, 0)
        if waiting:
            world.hidden_reads[post.id] = waiting - 1
        return not waiting and post.id not in world.omitted and post.id in ranked

    return _paged(exchange, parameters, posts, shown)


def _ranked(exchange: Exchange, posts: Sequence[GraphPost]) -> set[str]:
    comments = Counter(comment.object_id for comment in exchange.world.comments.values())
    by_year: dict[int, list[GraphPost]] = {}
    for post in posts:
        by_year.setdefault(post.created_at.year, []).append(post)
    kept: set[str] = set()
    for of_year in by_year.values():
        # Sorting keeps the order of equals, and that is newest first.
        ranking = sorted(of_year, key=lambda one: -comments[one.id])
        kept |= {one.id for one in ranking[: exchange.world.limits.ranked]}
    return kept


def _paged(
    exchange: Exchange, parameters: Parameters, items: Sequence[_Item], shown: Callable[[_Item], bool]
) -> dict[str, Any]:
    limit = parameters.get("limit", _USUAL)
    if not 1 <= limit <= _MOST:
        raise errors.parameter(f"limit must lie between 1 and {_MOST}")
    if "after" in parameters and "before" in parameters:
        raise errors.parameter("after and before cannot come together")
    start, end = _window(parameters, [one.id for one in items], limit)
    window = items[start:end]
    # Cursors keep pointing at items that are not shown: a page can be empty and yet not the last.
    answer: dict[str, Any] = {"data": [show(exchange, one, exchange.fields) for one in window if shown(one)]}
    if parameters.text("summary") in {"true", "1", "total_count"}:
        answer["summary"] = {"total_count": len(items)}
    if not window:
        return answer
    before, after = _cursor(window[0].id), _cursor(window[-1].id)
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    if end < len(items):
        paging["next"] = _link(exchange, after=after)
    if start > 0:
        paging["previous"] = _link(exchange, before=before)
    answer["paging"] = paging
    return answer


def _window(parameters: Parameters, ids: Sequence[str], limit: int) -> tuple[int, int]:
    if "before" in parameters:
        end = _place(parameters.text("before"), ids)
        return max(0, end - limit), end
    start = _place(parameters.text("after"), ids) + 1 if "after" in parameters else 0
    return start, start + limit


def _cursor(object_id: str) -> str:
    return base64.urlsafe_b64encode(f"practice:{object_id}".encode()).decode()


def _place(cursor: str, ids: Sequence[str]) -> int:
    try:
        mark, _, object_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
    except (binascii.Error, UnicodeError):
        mark, object_id = "", ""
    if mark != "practice" or object_id not in ids:
        raise errors.parameter("The cursor is not valid, or what it pointed at is gone")
    return ids.index(object_id)


def _link(exchange: Exchange, **cursor: str) -> str:
    kept = {name: text for name, text in exchange.sent.items() if name not in {"after", "before", "access_token"}}
    # Graph repeats the token in the address only where it came that way.
    if exchange.token_in_query:
        kept["access_token"] = exchange.bearer.value
    return f"{exchange.base}/{'/'.join(exchange.path)}?{urlencode(kept | cursor)}"

"""Reads both practice networks into what the page shows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.testing.sandbox.page.board import Account, Card, Picture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.testing.sandbox.graph import GraphNetwork
    from civicsns.testing.sandbox.x import XNetwork


@attrs.frozen(kw_only=True)
class Everything:
    """
    What both networks hold.

    Attributes:
        cards: Posts, replies and comments by network, `"x"` and `"graph"`.
        accounts: Users of X, then Pages.
    """

    cards: Mapping[str, tuple[Card, ...]]
    accounts: tuple[Account, ...]


def read(x: XNetwork, graph: GraphNetwork) -> Everything:
    """Read both networks, each at one moment."""
    x_cards, users = _x(x)
    graph_cards, pages = _graph(graph)
    return Everything(cards={"x": x_cards, "graph": graph_cards}, accounts=(*users, *pages))


def _x(network: XNetwork) -> tuple[tuple[Card, ...], tuple[Account, ...]]:
    state = network.snapshot()
    accounts = {
        user["id"]: Account(network="x", id=user["id"], name=user["name"], handle=user["handle"])
        for user in state["users"]
    }
    return tuple(_x_card(post, accounts[post["user_id"]]) for post in state["posts"]), tuple(accounts.values())


def _x_card(post: Mapping[str, Any], author: Account) -> Card:
    return Card(
        id=post["id"],
        author=author.id,
        name=author.name,
        handle=author.handle,
        at=datetime.fromisoformat(post["created_at"]),
        text=post["text"],
        pictures=tuple(
            Picture(key=item["key"], alt=item["alt_text"] or "", film=item["type"].startswith("video/"))
            for item in post["media"]
        ),
        poll=tuple(post["poll"]["options"]) if post["poll"] else (),
        answers=post["reply_to"],
        quotes=post["quote"],
        edited=len(post["history"]) > 1,
        source=post["source"],
    )


def _graph(network: GraphNetwork) -> tuple[tuple[Card, ...], tuple[Account, ...]]:
    state = network.snapshot()
    pages = {page["id"]: Account(network="graph", id=page["id"], name=page["name"]) for page in state["pages"]}
    shown_in = {file: post["id"] for post in state["posts"] for file in post["attached"]}
    posts = (_graph_post(post, pages, network) for post in state["posts"])
    comments = (_comment(comment, pages, shown_in) for comment in state["comments"] if not comment["hidden"])
    return (*posts, *comments), tuple(pages.values())


def _graph_post(post: Mapping[str, Any], pages: Mapping[str, Account], network: GraphNetwork) -> Card:
    author = post["author_id"] or post["page_id"]
    made, changed = datetime.fromisoformat(post["created_at"]), datetime.fromisoformat(post["updated_at"])
    return Card(
        id=post["id"],
        author=author if author in pages else "",
        name=post["author"] or pages[post["page_id"]].name,
        at=made,
        text=post["message"],
        pictures=tuple(
            Picture(key=file, alt=alt, film=_is_film(network, file))
            for file, alt in zip(post["attached"], post["alt_texts"], strict=True)
        ),
        link=post["link"],
        scheduled_for=datetime.fromisoformat(post["scheduled_for"]) if post["scheduled_for"] else None,
        published=post["published"],
        edited=post["published"] and changed > made,
    )


def _comment(comment: Mapping[str, Any], pages: Mapping[str, Account], shown_in: Mapping[str, str]) -> Card:
    return Card(
        id=comment["id"],
        author=comment["author_id"] if comment["author_id"] in pages else "",
        name=comment["author"],
        at=datetime.fromisoformat(comment["created_at"]),
        text=comment["message"],
        answers=shown_in.get(comment["object_id"], comment["object_id"]),
    )


def _is_film(network: GraphNetwork, file: str) -> bool:
    """Ask for the file's type, since a post does not say which of its files are films."""
    try:
        return network.media_bytes(file)[1].startswith("video/")
    except KeyError:
        return False

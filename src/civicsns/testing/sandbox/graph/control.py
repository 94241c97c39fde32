"""What happens: the second half of what a test says to the practice Facebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from civicsns.testing.sandbox.graph.listing import comment_id
from civicsns.testing.sandbox.graph.model import GraphComment, GraphPage, GraphPost
from civicsns.testing.sandbox.graph.publishing import signature
from civicsns.testing.sandbox.graph.registry import Registry


class Control(Registry):
    """
    The side of the network that tests use; safe from several threads.

    Attributes:
        usage: Percentages to report instead of the counted ones, by the names of the usage headers (`call_count`,
            `total_cputime`, `total_time`), and `estimated_time_to_regain_access` in minutes. A call that finds 100 or
            more here is refused. Empty for what was counted.
        versions: The versions of the API, and when each ends.
        unreachable_hosts: Hosts of links that the network cannot fetch; a post with such a link is refused.
    """

    def _set_up(self) -> None:
        super()._set_up()
        self.usage: dict[str, int] = {}
        self.versions = self._world.versions
        self.unreachable_hosts = self._world.unreachable_hosts

    def posts(self, page: GraphPage, *, published: bool = True) -> tuple[GraphPost, ...]:
        """Give what the Page holds, oldest first: what can be seen, or with *published* False what cannot."""
        with self.lock:
            self._world.settle(self.clock.now())
            found = [one for one in self._world.posts.values() if one.page_id == page.id and one.published is published]
            return tuple(sorted(found, key=lambda one: (one.created_at, one.id)))

    def comments(self, object_id: str) -> tuple[GraphComment, ...]:
        """Give the comments directly under a post, photo, film or comment, oldest first."""
        with self.lock:
            return self._world.under(object_id)

    def comment_as(self, name: str, post_id: str, text: str) -> GraphComment:
        """
        Let a citizen write under a post, photo, film or comment.

        Raises:
            KeyError: If there is none of that id.
        """
        with self.lock:
            under = self._world.node(post_id)
            if not isinstance(page_id := getattr(under, "page_id", None), str):
                raise KeyError(post_id)
            comment = GraphComment(
                id=comment_id(post_id, self._world.number()),
                object_id=post_id,
                page_id=page_id,
                author=name,
                author_id=self._citizen(name),
                message=text,
                created_at=self.clock.now(),
            )
            self._world.comments[comment.id] = comment
            return comment

    def post_as(self, name: str, page: GraphPage, text: str) -> GraphPost:
        """Let a citizen write on the Page and name it; the Page finds it in `/tagged`."""
        with self.lock:
            now = self.clock.now()
            post = GraphPost(
                id=f"{page.id}_{self._world.number()}",
                page_id=page.id,
                message=text,
                created_at=now,
                updated_at=now,
                author=name,
                author_id=self._citizen(name),
                tags=(page.id,),
            )
            self._world.put(post)
            return post

    def omit(self, post: GraphPost) -> None:
        """Leave a post out of every list, as the ranking does; by its id it can still be read."""
        with self.lock:
            self._world.omitted.add(post.id)

    def block(self, page: GraphPage, subcode: int) -> None:
        """Stop a Page: every write is refused with 368 and *subcode*, such as 1390008, 4854002, 1346003 or 1404082."""
        with self.lock:
            self._world.blocked[page.id] = subcode

    def unblock(self, page: GraphPage) -> None:
        """Let a stopped Page write again."""
        with self.lock:
            self._world.blocked.pop(page.id, None)

    def set_figure(self, object_id: str, metric: str, value: int) -> None:
        """Set a figure of a post or a Page: an insights metric, or `shares`, `likes`, `reactions` of a post."""
        with self.lock:
            self._world.figures[object_id, metric] = value

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Give all that there is to see, as JSON can carry it: `pages`, `posts` and `comments`, each oldest first."""
        with self.lock:
            self._world.settle(self.clock.now())
            return {
                "pages": [attrs.asdict(page, value_serializer=_plain) for page in self._world.pages.values()],
                "posts": [
                    {**attrs.asdict(post, value_serializer=_plain), "permalink_url": post.permalink_url}
                    for post in sorted(self._world.posts.values(), key=_age)
                ],
                "comments": [
                    attrs.asdict(comment, value_serializer=_plain)
                    for comment in sorted(self._world.comments.values(), key=_age)
                ],
            }

    def media_bytes(self, media_id: str) -> tuple[bytes, str]:
        """
        Give the bytes of a photo or film, and their type.

        Raises:
            KeyError: If there is none of that id.
        """
        with self.lock:
            content = (self._world.photos.get(media_id) or self._world.videos[media_id]).content
            return content, signature(content)

    def _citizen(self, name: str) -> str:
        for person in self._world.people.values():
            if person.name == name:
                return person.id
        return self._world.add_person(name).id


def _age(one: GraphPost | GraphComment) -> tuple[datetime, str]:
    return one.created_at, one.id


def _plain(_owner: object, _field: object, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value

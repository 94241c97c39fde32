"""What a test says to the practice Facebook: who is there, which tokens there are, and what goes wrong."""

from __future__ import annotations

import threading
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.listing import comment_id
from civicsns.testing.sandbox.graph.model import (
    PERMISSIONS,
    TASKS,
    USUAL_PERMISSIONS,
    GraphApp,
    GraphComment,
    GraphPage,
    GraphPerson,
    GraphPost,
)
from civicsns.testing.sandbox.graph.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from civicsns.ports import Clock
    from civicsns.testing.sandbox.graph.limits import GraphLimits


@attrs.frozen(kw_only=True)
class GraphSnapshot:
    """
    All that there is to see at one moment.

    Attributes:
        pages: The Pages.
        posts: The posts of all Pages, published or not, oldest first.
        comments: The comments and the answers to them, oldest first.
    """

    pages: tuple[GraphPage, ...]
    posts: tuple[GraphPost, ...]
    comments: tuple[GraphComment, ...]


class Control:
    """
    The side of the network that tests use; safe from several threads.

    Attributes:
        usage: Percentages to report instead of the counted ones, by the names of the usage headers (`call_count`,
            `total_cputime`, `total_time`), and `estimated_time_to_regain_access` in minutes. A call that finds 100 or
            more here is refused. Empty for what was counted.
        versions: The versions of the API, and when each ends.
        unreachable_hosts: Hosts of links that the network cannot fetch; a post with such a link is refused.
    """

    clock: Clock
    lock: threading.RLock

    def _set_up(self) -> None:
        self._world = World()
        self.usage: dict[str, int] = {}
        self.versions = self._world.versions
        self.unreachable_hosts = self._world.unreachable_hosts
        app = self._world.add_app(
            "Practice app", redirect_uris=("http://localhost/callback",), require_appsecret_proof=False
        )
        self._app_id = app.id

    @property
    def app(self) -> GraphApp:
        """The app to which tokens are given where none is named. Set a changed copy (`attrs.evolve`) to change it."""
        with self.lock:
            return self._world.apps[self._app_id]

    @app.setter
    def app(self, app: GraphApp) -> None:
        with self.lock:
            self._world.apps[app.id] = app
            self._app_id = app.id

    @property
    def limits(self) -> GraphLimits:
        """The limits in force. Set a changed copy (`attrs.evolve`) to change them."""
        with self.lock:
            return self._world.limits

    @limits.setter
    def limits(self, limits: GraphLimits) -> None:
        with self.lock:
            self._world.limits = limits

    def register_app(
        self, *, name: str, redirect_uris: Iterable[str] = (), require_appsecret_proof: bool = False
    ) -> GraphApp:
        """Register one more app; `app` stays what it was."""
        with self.lock:
            return self._world.add_app(
                name, redirect_uris=tuple(redirect_uris), require_appsecret_proof=require_appsecret_proof
            )

    def add_person(self, name: str) -> GraphPerson:
        """Add a person."""
        with self.lock:
            return self._world.add_person(name)

    def add_page(
        self,
        name: str,
        *,
        tasks: Mapping[GraphPerson, Iterable[str]] | None = None,
        category: str = "Government organization",
    ) -> GraphPage:
        """
        Add a Page.

        Args:
            name: Its name.
            tasks: What each person may do on it, such as `CREATE_CONTENT`.
            category: Its category.

        Raises:
            BadInput: If there is no such task.
        """
        given = {person.id: _known("tasks", names, TASKS) for person, names in (tasks or {}).items()}
        with self.lock:
            return self._world.add_page(name, category, given)

    def set_tasks(self, page: GraphPage, person: GraphPerson, tasks: Iterable[str]) -> GraphPage:
        """
        Change what a person may do on a Page; tokens that are out follow at once.

        Raises:
            BadInput: If there is no such task.
        """
        names = _known("tasks", tasks, TASKS)
        with self.lock:
            now = self._world.pages[page.id]
            changed = attrs.evolve(now, tasks=MappingProxyType({**now.tasks, person.id: names}))
            self._world.pages[page.id] = changed
            return changed

    @property
    def app_token(self) -> str:
        """The token of `app`: `id|secret`."""
        app = self.app
        return f"{app.id}|{app.secret}"

    def user_token(
        self,
        person: GraphPerson,
        *,
        scopes: Iterable[str] = USUAL_PERMISSIONS,
        long_lived: bool = False,
        pages: Iterable[GraphPage] | None = None,
        app: GraphApp | None = None,
    ) -> str:
        """
        Give a person's token, as the login would.

        Args:
            person: Whose.
            scopes: The permissions given.
            long_lived: Whether it lasts 60 days instead of 90 minutes.
            pages: The Pages that the app may see; all on which the person has a task, where None.
            app: The app.

        Raises:
            BadInput: If there is no such permission.
        """
        names = _known("scopes", scopes, PERMISSIONS)
        with self.lock:
            return self._world.tokens.user(
                app=app or self.app,
                person_id=person.id,
                scopes=names,
                pages=self._pages(person, pages),
                now=self.clock.now(),
                long_lived=long_lived,
            ).value

    def system_user_token(
        self,
        person: GraphPerson,
        *,
        scopes: Iterable[str] = USUAL_PERMISSIONS,
        pages: Iterable[GraphPage] | None = None,
        app: GraphApp | None = None,
    ) -> str:
        """
        Give the token of a system user, which does not end. *person* is the system user.

        Raises:
            BadInput: If there is no such permission.
        """
        names = _known("scopes", scopes, PERMISSIONS)
        with self.lock:
            return self._world.tokens.system_user(
                app=app or self.app,
                person_id=person.id,
                scopes=names,
                pages=self._pages(person, pages),
                now=self.clock.now(),
            ).value

    def page_token(
        self,
        page: GraphPage,
        person: GraphPerson,
        *,
        scopes: Iterable[str] = USUAL_PERMISSIONS,
        long_lived: bool = True,
        app: GraphApp | None = None,
    ) -> str:
        """
        Give a Page's token, as `/me/accounts` would to *person*; one that does not end, unless *long_lived* is False.

        Raises:
            BadInput: If there is no such permission.
        """
        user = self.user_token(person, scopes=scopes, long_lived=long_lived, pages=(page,), app=app)
        with self.lock:
            now = self.clock.now()
            source = self._world.tokens.find(user, now)
            assert source is not None
            return self._world.tokens.page(source, page.id, now=now).value

    def expire(self, token: str, subcode: int = 463) -> None:
        """
        Make a token dead for one of the reasons 458, 459, 460, 463, 464 or 467.

        Raises:
            BadInput: If there is no such reason.
        """
        if not errors.known_subcode(subcode):
            raise _unknown("subcode", [str(subcode)])
        with self.lock:
            self._world.tokens.kill(token, subcode)

    def revoke_tokens(self, person: GraphPerson, subcode: int = 458) -> None:
        """
        Make dead every token that a person gave, those of Pages included, as if he had removed the app.

        Raises:
            BadInput: If there is no such reason.
        """
        if not errors.known_subcode(subcode):
            raise _unknown("subcode", [str(subcode)])
        with self.lock:
            self._world.tokens.kill_all(person.id, subcode)

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

    def snapshot(self) -> GraphSnapshot:
        """Give all that there is to see."""
        with self.lock:
            self._world.settle(self.clock.now())
            return GraphSnapshot(
                pages=tuple(self._world.pages.values()),
                posts=tuple(sorted(self._world.posts.values(), key=_age)),
                comments=tuple(sorted(self._world.comments.values(), key=_age)),
            )

    def media_bytes(self, media_id: str) -> bytes:
        """
        Give the bytes of a photo or film.

        Raises:
            KeyError: If there is none of that id.
        """
        with self.lock:
            found = self._world.photos.get(media_id) or self._world.videos[media_id]
            return found.content

    def _pages(self, person: GraphPerson, pages: Iterable[GraphPage] | None) -> tuple[str, ...]:
        if pages is not None:
            return tuple(page.id for page in pages)
        return tuple(page.id for page in self._world.pages.values() if page.tasks.get(person.id))

    def _citizen(self, name: str) -> str:
        for person in self._world.people.values():
            if person.name == name:
                return person.id
        return self._world.add_person(name).id


def _age(one: GraphPost | GraphComment) -> tuple[datetime, str]:
    return one.created_at, one.id


def _known(place: str, given: Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    if strange := [name for name in names if name not in known]:
        raise _unknown(place, strange)
    return names


def _unknown(place: str, names: list[str]) -> BadInput:
    listed = ", ".join(names)
    return BadInput(
        Bilingual(f"練習用 Facebook にはありません：{listed}", f"The practice Facebook has no such thing: {listed}"),
        mend=Bilingual("名前の綴りを確かめてください。", "Check the spelling."),
        place=f"sandbox.graph {place}",
    )

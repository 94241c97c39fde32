"""Who is there: apps, people, Pages and the tokens that they gave; the first half of what a test says."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.model import (
    PERMISSIONS,
    TASKS,
    USUAL_PERMISSIONS,
    GraphApp,
    GraphPage,
    GraphPerson,
)
from civicsns.testing.sandbox.graph.world import World

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Mapping

    from civicsns.ports import Clock
    from civicsns.testing.sandbox.graph.limits import GraphLimits


#: What a Page says of itself in brief has so many characters (Graph API reference, Page, `about` and `bio`).
_BRIEF: Final = 100


class Registry:
    """Apps, people, Pages and tokens; safe from several threads."""

    clock: Clock
    lock: threading.RLock

    def _set_up(self) -> None:
        self._world = World()
        app = self._world.add_app(
            "Practice app", redirect_uris=("http://localhost/callback",), require_appsecret_proof=False
        )
        self._app_id = app.id

    @property
    def people(self) -> tuple[GraphPerson, ...]:
        """Everybody who is there, citizens included."""
        with self.lock:
            return tuple(self._world.people.values())

    @property
    def pages(self) -> tuple[GraphPage, ...]:
        """The Pages."""
        with self.lock:
            return tuple(self._world.pages.values())

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

    def set_profile(self, page: GraphPage, **changes: Any) -> GraphPage:
        """
        Change what a Page says of itself, by hand: `name`, `about`, `bio`, `description`, `website`, `is_published`.

        Raises:
            BadInput: If there is no such thing, or `about` or `bio` is too long.
        """
        _known("profile", changes, ("name", "about", "bio", "description", "website", "is_published"))
        if long := [name for name in ("about", "bio") if len(changes.get(name, "")) > _BRIEF]:
            raise _unknown("profile", [f"{name} > {_BRIEF}" for name in long])
        with self.lock:
            changed = attrs.evolve(self._world.pages[page.id], **changes)
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

    def _pages(self, person: GraphPerson, pages: Iterable[GraphPage] | None) -> tuple[str, ...]:
        if pages is not None:
            return tuple(page.id for page in pages)
        return tuple(page.id for page in self._world.pages.values() if page.tasks.get(person.id))


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

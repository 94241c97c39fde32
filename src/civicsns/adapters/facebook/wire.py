"""One call to the Graph API: through the SDK, once, to an answer or an outcome."""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

from civicsns.adapters.facebook.answers import Answer, judge, parse
from civicsns.adapters.facebook.settings import GRAPH
from civicsns.adapters.transport import attempt, is_loopback, redact
from civicsns.model import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import requests

    from civicsns.adapters.facebook.client import GraphSession
    from civicsns.adapters.facebook.settings import FacebookSettings
    from civicsns.ports import Clock

#: The most that the Graph API lists at once.
PAGE_SIZE: Final = 100
#: A list longer than this many pages is not read to its end.
_MOST_PAGES: Final = 50


class Wire:
    """
    The way to the Graph API; safe to use from several threads, each with connections of its own.

    Args:
        settings: The settings, checked.
        clock: Where the time comes from.
    """

    def __init__(self, settings: FacebookSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._local = threading.local()
        self._lock = threading.Lock()
        # Weak: the sessions of a thread go with the thread.
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()

    @property
    def app_token(self) -> Secret:
        """The app's own token, for inspecting others."""
        return Secret(f"{self._settings.app_id}|{self._settings.app_secret.reveal()}")

    def get(self, path: str, token: Secret, /, **query: Any) -> Answer:
        """
        Read.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        return self._call("GET", path, token, query=query, changes=False)

    def post(
        self,
        path: str,
        token: Secret | None,
        /,
        *,
        fields: Mapping[str, Any],
        changes: bool,
        files: Mapping[str, Any] | None = None,
    ) -> Answer:
        """
        Send fields and files.

        Args:
            path: The object and edge, without the version.
            token: Whom the call speaks for; None where the fields say so.
            fields: What is sent; a `Secret` among them is revealed to the network alone.
            changes: Whether the public, or a token, is changed by it.
            files: The files, as `requests` takes them.

        Raises:
            Outcome: `OutcomeUnknown` only where *changes* is true.
        """
        return self._call("POST", path, token, fields=fields, files=files, changes=changes)

    def delete(self, path: str, token: Secret, /) -> Answer:
        """
        Delete.

        Raises:
            Outcome: One of the six.
        """
        return self._call("DELETE", path, token, changes=True)

    def list(self, path: str, token: Secret, /, **query: Any) -> Iterator[Mapping[str, Any]]:
        """
        Read a list to its end, page by page as the caller goes on.

        A page may be short, or empty, although more follow; the end is where the network names no `next`
        (https://developers.facebook.com/docs/graph-api/results).

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            body = self.get(path, token, limit=PAGE_SIZE, **query).object
            items = body.get("data")
            yield from (item for item in items if isinstance(item, dict)) if isinstance(items, list) else ()
            after = _next(body)
            if after is None or after in seen:
                return
            seen.add(after)
            query["after"] = after

    def raw(self, answer: Answer, *secrets: Secret) -> dict[str, Any]:
        """Give the body of *answer* without secrets."""
        return dict(redact(dict(answer.object), (*secrets, self._settings.app_secret)))

    def close(self) -> None:
        """Close every connection; the next call opens new ones."""
        with self._lock:
            sessions, self._sessions = list(self._sessions), weakref.WeakSet()
            self._local = threading.local()
        for session in sessions:
            session.close()

    def _call(
        self,
        method: str,
        path: str,
        token: Secret | None,
        *,
        changes: bool,
        query: Mapping[str, Any] | None = None,
        fields: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
    ) -> Answer:
        session = self._session()

        def send() -> requests.Response:
            from civicsns.adapters.facebook.client import GraphClient  # noqa: PLC0415 -- the SDK loads with a call

            client = GraphClient(
                version=self._settings.version,
                session=session,
                access_token=token.reveal() if token is not None else None,
            )
            try:
                # Copies, because the SDK writes the token into what it is given.
                client.request(
                    f"{client.version}/{path}",
                    args=dict(query or {}),
                    post_args=None if fields is None else dict(fields),
                    files=files,
                    method=method,
                )
            except Exception:
                # Where an answer came, the SDK's reading of it counts for nothing: it drops status and subcode.
                if session.answer is None:
                    raise
            if session.answer is None:
                msg = "The SDK returned without an answer."
                raise RuntimeError(msg)
            return session.answer

        response = attempt(send, session=session, network="Facebook", changes=changes)
        answer = Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=parse(response.content),
        )
        given = (token, *(query or {}).values(), *(fields or {}).values())
        secrets = (self._settings.app_secret, *(one for one in given if isinstance(one, Secret)))
        outcome = judge(answer, changes=changes, now=self._clock.now(), secrets=secrets)
        if outcome is not None:
            raise outcome
        return answer

    def _session(self) -> GraphSession:
        found: GraphSession | None = getattr(self._local, "session", None)
        # A forked process must not share sockets with its parent: answers would reach the wrong one.
        if found is None or self._local.process != os.getpid():
            from civicsns.adapters.facebook.client import GraphSession  # noqa: PLC0415 -- same

            settings = self._settings
            found = GraphSession(
                # A gateway of the city's own stands in the place of Meta's address; on loopback the network practises.
                origin=GRAPH if is_loopback(settings.base_url) else settings.base_url,
                base_url=settings.base_url,
                connect=settings.connect_timeout.total_seconds(),
                read=settings.read_timeout.total_seconds(),
                alias=GRAPH,
                app_secret=settings.app_secret,
            )
            self._local.session, self._local.process = found, os.getpid()
            with self._lock:
                self._sessions.add(found)
        return found


def _next(body: Mapping[str, Any]) -> str | None:
    """Give the cursor of the next page; None at the end."""
    paging = body.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None

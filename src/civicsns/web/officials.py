"""Who has begun, finished, failed and why, at a glance, for overseers, and for those whom a host application vouches for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs
from starlette.responses import RedirectResponse

from civicsns.accounts.enrolment import Stage
from civicsns.web.guard import FORM
from civicsns.web.turned import Turned

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from civicsns.program import Program
    from civicsns.web.guard import Site
    from civicsns.web.passes import Passes
    from civicsns.web.sessions import Session, Sessions
    from civicsns.web.throttle import Strays
    from civicsns.web.view import View

#: So many rows at most; more than that nobody reads at a glance.
MOST: Final = 1000
_BAD: Final = frozenset({Stage.FAILED, Stage.EXPIRED, Stage.CANCELLED})


class Officials:
    """
    Answers for those whom the host application vouches for.

    Args:
        program: Whose accounts are connected.
        view: Makes HTML for a request.
        authenticate: Gives the personnel number of whoever asks, where the host application knows it and that person
            may see the overview; None otherwise.
    """

    def __init__(
        self, program: Program, *, view: Callable[[Request], View], authenticate: Callable[[Request], str | None]
    ) -> None:
        self._program = program
        self._view = view
        self._authenticate = authenticate

    def overview(self, request: Request) -> Response:
        """Show how far everybody has come."""
        number = self._authenticate(request)
        if number is None or number not in self._program.roster.people:
            raise Turned("overview_refused", mend="overview_ask", status=403)
        return overview(request, self._program, self._view, session=None)


class Overseers:
    """
    Answers for overseers, who come by a pass.

    As with the links of enrolment, a look at the address changes nothing: the browser keeps the pass, sealed, and the
    address bar forgets it; with the button it is taken, and the session that may see the overview is a new one.

    Args:
        program: Whose accounts are connected.
        site: Where people reach the pages.
        view: Makes HTML for a request.
        sessions: What overseers' browsers keep; not what people's browsers do on their way.
        passes: Lets overseers in.
        strays: Counts links that do not exist.
    """

    def __init__(
        self,
        program: Program,
        *,
        site: Site,
        view: Callable[[Request], View],
        sessions: Sessions,
        passes: Passes,
        strays: Strays,
    ) -> None:
        self._program = program
        self._site = site
        self._view = view
        self._sessions = sessions
        self._passes = passes
        self._strays = strays

    def come(self, request: Request) -> Response:
        """Let the browser keep a pass."""
        token = str(request.path_params["token"])
        if not self._passes.opens(token):
            self._strays.refuse(request, self._program.enrolments.desk.now)
            raise Turned("pass_over", mend="overview_pass", status=404)
        return self._sessions.keep(self._to("overview"), self._sessions.begin(token))

    def overview(self, request: Request) -> Response:
        """Show how far everybody has come, or ask to take the pass."""
        session = self._sessions.of(request)
        if session is not None and session.token:
            return self._view(request).html("enter.html", session=session, leave="overview/leave")
        if session is None or not self._passes.admits(session.overseer):
            raise Turned("overview_refused", mend="overview_pass", status=403)
        return overview(request, self._program, self._view, session=session)

    def enter(self, request: Request) -> Response:
        """Take the pass."""
        session = self._sent(request)
        number = self._passes.take(session.token) if session.token else None
        if number is None:
            raise Turned("pass_over", mend="overview_pass", status=403)
        new = attrs.evolve(self._sessions.begin(""), overseer=number)
        return self._sessions.keep(self._to("overview"), new)

    def leave(self, request: Request) -> Response:
        """Let the browser forget everything."""
        self._sent(request)
        return self._sessions.end(self._to("overview/left"))

    def left(self, request: Request) -> Response:
        """Say that nothing is left here."""
        view = self._view(request)
        return view.html(
            "problem.html", title=view.text("left"), what=view.text("left_here"), mend=view.text("overview_pass")
        )

    def _sent(self, request: Request) -> Session:
        session = self._sessions.of(request)
        if session is None:
            raise Turned("overview_refused", mend="overview_pass", status=403)
        if not session.owns(request.scope[FORM]):
            raise Turned("foreign", mend="overview_pass", status=403)
        return session

    def _to(self, step: str) -> Response:
        return RedirectResponse(f"{self._site.path}/{step}", status_code=303)


def overview(
    request: Request, program: Program, view: Callable[[Request], View], *, session: Session | None
) -> Response:
    """Show how far everybody has come, to somebody who may see it."""
    section, stage = request.query_params.get("section", ""), request.query_params.get("stage", "")
    everything = program.enrolments.status()
    sections = sorted({one.account.section for one in everything if one.account.section})
    chosen = [one for one in everything if not section or one.account.section == section]
    accounts = {one.account.id for one in chosen}
    counted = Counter(one.stage for one in chosen)
    shown = [one for one in chosen if not stage or one.stage.value == stage]
    # What somebody has to do something about comes first.
    shown.sort(key=lambda one: (one.stage not in _BAD, one.stage is Stage.CONNECTED))
    return view(request).html(
        "overview.html",
        session=session,
        leave="overview/leave",
        counts=[(one, counted[one]) for one in Stage if counted[one]],
        sections=sections,
        section=section,
        stages=list(Stage),
        bad=_BAD,
        stage=stage,
        waiting=[one for one in program.enrolments.waiting() if one.account in accounts],
        standings=shown[:MOST],
        cut=MOST if len(shown) > MOST else 0,
    )

"""Who has begun, finished, failed and why, at a glance, for those whom the host application vouches for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from civicsns.accounts.enrolment import Stage
from civicsns.web.turned import Turned

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from civicsns.program import Program
    from civicsns.web.view import View

#: So many rows at most; more than that nobody reads at a glance.
MOST: Final = 1000
_BAD: Final = frozenset({Stage.FAILED, Stage.EXPIRED, Stage.CANCELLED})


class Officials:
    """
    Answers for officials.

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
        section, stage = request.query_params.get("section", ""), request.query_params.get("stage", "")
        everything = self._program.enrolments.status()
        sections = sorted({one.account.section for one in everything if one.account.section})
        chosen = [one for one in everything if not section or one.account.section == section]
        counted = Counter(one.stage for one in chosen)
        shown = [one for one in chosen if not stage or one.stage.value == stage]
        # What somebody has to do something about comes first.
        shown.sort(key=lambda one: (one.stage not in _BAD, one.stage is Stage.CONNECTED))
        return self._view(request).html(
            "overview.html",
            counts=[(one, counted[one]) for one in Stage if counted[one]],
            sections=sections,
            section=section,
            stages=list(Stage),
            bad=_BAD,
            stage=stage,
            standings=shown[:MOST],
            cut=MOST if len(shown) > MOST else 0,
        )

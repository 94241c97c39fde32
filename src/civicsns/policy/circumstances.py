"""
From settings to what is known around a draft: rules read facts, and this is where the facts come from.

Whatever cannot be found out stays unknown, with the reason; it keeps nobody from posting, but the rules that need it
are reported as not run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import attrs

from civicsns.language import Bilingual
from civicsns.model import Context
from civicsns.policy import exif
from civicsns.policy.calendars import Unread

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from civicsns.model import Draft, Person
    from civicsns.policy.elections import Elections
    from civicsns.policy.shifts import Shifts

T = TypeVar("T")

_NO_SHIFTS: Final = Bilingual(
    "勤務時間中かどうかが分かりません（勤務表にも勤務時間の設定にもありません）。",
    "It is not known whether the author is on duty (neither a shift calendar nor office hours tell).",
)
_NOBODY: Final = Bilingual("投稿者が名簿にありません。", "The author is not on the roster.")


@attrs.frozen(kw_only=True)
class Circumstances:
    """
    Where facts about circumstances come from.

    Attributes:
        zone: The city's zone.
        shifts: Who is on duty when; None where nothing tells.
        elections: When elections are on; None where nothing tells.
    """

    zone: tzinfo
    shifts: Shifts | None = None
    elections: Elections | None = None

    def context(
        self,
        draft: Draft,
        *,
        at: datetime,
        author: Person | None,
        disaster: bool | None = None,
        answered: str | None = None,
        approved: bool | None = None,
    ) -> Context:
        """
        Give what is known around *draft*.

        Args:
            draft: What is to be said.
            at: When it would go out.
            author: Who says it; None where that is nobody of the roster.
            disaster: Whether the city is in disaster mode.
            answered: The account that is answered or reposted, as `platform:handle`.
            approved: Whether somebody entitled has approved it.
        """
        local, why = at.astimezone(self.zone), dict[str, Bilingual]()

        def found(fact: str, look: Callable[[], T]) -> T | None:
            try:
                return look()
            except Unread as unread:
                why[fact] = unread.reason
                return None

        on_duty = None
        if author is None:
            why |= dict.fromkeys(("on_duty", "section", "job"), _NOBODY)
        elif self.shifts is not None:
            shifts = self.shifts
            on_duty = found("on_duty", lambda: shifts.on_duty(author, local))
            if on_duty is None:
                why.setdefault("on_duty", _NO_SHIFTS)
        elections = None
        if self.elections is not None:
            calendar = self.elections
            elections = found("election", lambda: calendar.on(local))
        return Context(
            local_time=local,
            on_duty=on_duty,
            section=(author.section or None) if author else None,
            job=(author.job or None) if author else None,
            election=None if elections is None else bool(elections),
            elections=elections or (),
            disaster=disaster,
            answered=answered,
            approved=approved,
            media=[exif.read(item) for item in draft.media],
            why=why,
        )

"""What is known around a draft: rules read it, they do not fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.model.moment import aware_or_none

if TYPE_CHECKING:
    from datetime import datetime


@attrs.frozen(kw_only=True)
class Context:
    """
    The circumstances 状況 in which somebody would post.

    None means that nobody knows; a rule that needs to know is then reported as not run.

    Attributes:
        local_time: When it would go out, in the city's zone.
        on_duty: Whether the author is on duty then 勤務時間中.
        section: The author's section.
        job: The author's job type 職種.
        election: Whether an election of the city's territory is on 選挙期間.
        disaster: Whether the city is in disaster mode 災害対応中.
        answered: The account that is answered or reposted, as `platform:handle`.
        approved: Whether somebody entitled has approved it.
    """

    local_time: datetime | None = attrs.field(default=None, validator=aware_or_none)
    on_duty: bool | None = None
    section: str | None = None
    job: str | None = None
    election: bool | None = None
    disaster: bool | None = None
    answered: str | None = None
    approved: bool | None = None


#: Nothing is known.
UNKNOWN = Context()

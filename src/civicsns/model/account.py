"""Who posts, and under which name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

#: Stands in `Account.posters` for all who belong to the account's own section.
SECTION: Final = "section"

_filled: Any = attrs.validators.min_len(1)


@attrs.frozen(kw_only=True)
class Person:
    """
    A member of staff 職員.

    Attributes:
        number: The personnel number 職員番号, unique in the programme.
        name: The name, as it is shown.
        section: The section 所管課 that the person belongs to.
        job: The job type 職種, such as `教員`; empty where it is not known.
        post: The post 職, such as `課長`; empty where it is not known.
        since: The first day 採用日 of the term; None where it is not known.
        until: The last day 任期末日 of the term; None where there is none.
    """

    number: str = attrs.field(validator=_filled)
    name: str = attrs.field(validator=_filled)
    section: str = ""
    job: str = ""
    post: str = ""
    since: date | None = None
    until: date | None = None

    def serves(self, day: date) -> bool:
        """Whether *day* lies in the term."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def _numbers(value: Iterable[str]) -> frozenset[str]:
    return frozenset(value)


@attrs.frozen(kw_only=True)
class Account:
    """
    An account アカウント on one network.

    Attributes:
        id: The name by which the programme calls it, such as `x:saga_hanako`.
        platform: The network, as in `Adapter.platform`.
        handle: The name on the network, without `@`.
        network_id: The network's own id: X user id, Facebook Page id. Empty until known.
        section: The section that answers for it 所管課.
        steward: The personnel number of the person who answers for it 管理者.
        personal: True for a staff member's own account, False for a section's. A personal account's steward is the
            person whose it is.
        posters: The personnel numbers of those who may post under it beside the steward 投稿者; `SECTION` stands for
            all of its section.
        purpose: What it is for 目的, as citizens read it.
        opened: The day on which it was opened 開設日; None where it is not known.
        closed: The day on which it was closed 閉鎖日; None while it is open.
    """

    id: str = attrs.field(validator=_filled)
    platform: str = attrs.field(validator=_filled)
    handle: str = ""
    network_id: str = ""
    section: str = ""
    steward: str = ""
    personal: bool = False
    posters: frozenset[str] = attrs.field(default=frozenset(), converter=_numbers)
    purpose: str = ""
    opened: date | None = None
    closed: date | None = None

"""Who posts, and under which name."""

from __future__ import annotations

from typing import Any

import attrs

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
    """

    number: str = attrs.field(validator=_filled)
    name: str = attrs.field(validator=_filled)
    section: str = ""
    job: str = ""


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
        personal: True for a staff member's own account, False for a section's.
    """

    id: str = attrs.field(validator=_filled)
    platform: str = attrs.field(validator=_filled)
    handle: str = ""
    network_id: str = ""
    section: str = ""
    steward: str = ""
    personal: bool = False

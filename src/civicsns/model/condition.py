"""How the database itself is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.model.moment import aware_or_none

if TYPE_CHECKING:
    from datetime import datetime


@attrs.frozen(kw_only=True)
class Condition:
    """
    How a store is, apart from what is in it.

    Attributes:
        place: Which store, without a password.
        schema: The version of its tables.
        size: How many bytes it takes.
        media: How many bytes of that are pictures and films.
        free: How many bytes are free on its disk; None where that is another machine's.
        time: The database's clock; None where it is this machine's.
    """

    place: str
    schema: str
    size: int
    media: int
    free: int | None = None
    time: datetime | None = attrs.field(default=None, validator=aware_or_none)

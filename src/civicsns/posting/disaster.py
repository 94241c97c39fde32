"""
Disaster mode 災害対応中: a fact of the programme that rules read, declared and ended by a person with a reason.

It stops nothing and lets nothing pass by itself: what it changes, the rules say that ask for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from civicsns.model import Fact
from civicsns.model.moment import aware

if TYPE_CHECKING:
    from collections.abc import Iterable

#: `Fact.kind` of disaster mode; there is one of it or none.
KIND = "disaster"
#: `Fact.key`, and the subject of its records.
KEY = "disaster"


@attrs.frozen(kw_only=True)
class Disaster:
    """
    That the city is in disaster mode.

    Attributes:
        by: The personnel number of whoever declared it.
        reason: Why, such as the setting up of the disaster response headquarters 災害対策本部.
        at: Since when.
    """

    by: str
    reason: str
    at: datetime = attrs.field(validator=aware)

    @property
    def fact(self) -> Fact:
        """The fact that stands for it."""
        return Fact(kind=KIND, key=KEY, value={"by": self.by, "reason": self.reason, "at": self.at.isoformat()})


def read(facts: Iterable[Fact]) -> Disaster | None:
    """Give what facts of this kind say; None where there is none."""
    for fact in facts:
        value = fact.value
        return Disaster(by=value["by"], reason=value["reason"], at=datetime.fromisoformat(value["at"]))
    return None

"""What holds at the moment, for the programme or a part of it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


@attrs.frozen(kw_only=True)
class Fact:
    """
    Something that holds until it is changed, and that all machines of the programme must agree on.

    Such as a hold on an account 投稿停止, or the sign of life of a dispatcher.

    Attributes:
        kind: What it is a fact of, such as `hold`.
        key: What it is about, unique within its kind.
        version: Counts changes; a stored fact is replaced only by its successor.
        value: What holds: texts, numbers, true and false, None, and lists and mappings of them.
    """

    kind: str
    key: str
    version: int = 0
    value: Mapping[str, Any] = attrs.field(factory=dict, converter=_frozen, hash=False)

    def becomes(self, **value: Any) -> Fact:
        """Give what follows it: the same fact, with another value."""
        return attrs.evolve(self, version=self.version + 1, value=value)

"""What an adapter does, one name for each of its calls."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from civicsns.ports import (
    Adapter,
    DiscoversAccounts,
    Edits,
    Enrols,
    InspectsTokens,
    ReadsMentions,
    ReadsMetrics,
    ReadsProfiles,
    Uploads,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Check = TypeVar("Check", bound="Callable[..., None]")


class Operation(StrEnum):
    """A call of an adapter that may reach its network; `prepare` never does."""

    PUBLISH = "publish"
    FIND = "find"
    DELETE = "delete"
    UPLOAD = "upload"
    EDIT = "edit"
    MENTIONS = "mentions"
    METRICS = "metrics"
    PROFILE = "profile"
    BEGIN = "begin"
    COMPLETE = "complete"
    REFRESH = "refresh"
    REVOKE = "revoke"
    WHOAMI = "whoami"
    INSPECT = "inspect"
    DISCOVER = "discover"


#: The Protocol of `civicsns.ports` that each operation belongs to.
PROTOCOLS: Final[Mapping[Operation, type]] = MappingProxyType(
    {
        Operation.PUBLISH: Adapter,
        Operation.FIND: Adapter,
        Operation.DELETE: Adapter,
        Operation.UPLOAD: Uploads,
        Operation.EDIT: Edits,
        Operation.MENTIONS: ReadsMentions,
        Operation.METRICS: ReadsMetrics,
        Operation.PROFILE: ReadsProfiles,
        Operation.BEGIN: Enrols,
        Operation.COMPLETE: Enrols,
        Operation.REFRESH: Enrols,
        Operation.REVOKE: Enrols,
        Operation.WHOAMI: Enrols,
        Operation.INSPECT: InspectsTokens,
        Operation.DISCOVER: DiscoversAccounts,
    }
)


def operations_of(adapter: type) -> tuple[Operation, ...]:
    """List the operations of an adapter class, by the Protocols whose methods it has."""
    return tuple(
        operation for operation, protocol in PROTOCOLS.items() if protocol is Adapter or issubclass(adapter, protocol)
    )


_NEEDED = "civicsns_needed"


def needs(*operations: Operation) -> Callable[[Check], Check]:
    """Mark a check that is only for adapters with these operations."""

    def marked(check: Check) -> Check:
        setattr(check, _NEEDED, operations)
        return check

    return marked


def needed_by(check: object) -> tuple[Operation, ...]:
    """Give the operations without which *check* says nothing."""
    found: tuple[Operation, ...] = getattr(check, _NEEDED, ())
    return found

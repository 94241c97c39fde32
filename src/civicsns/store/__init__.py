"""Where deliveries and records are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from civicsns.model import Delivery


def require_successor(old: Delivery, new: Delivery) -> None:
    """
    Refuse a step that is no step: the one who compares versions would not see it.

    Raises:
        ValueError: If *new* is not the next version of *old*.
    """
    if new.id != old.id or new.version != old.version + 1:
        msg = f"{new.id} version {new.version} is not what follows {old.id} version {old.version}."
        raise ValueError(msg)

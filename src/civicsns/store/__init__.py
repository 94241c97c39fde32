"""Where deliveries and records are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.model import Delivery, Fact, SealedCredential


def require_successor(old: Delivery, new: Delivery) -> None:
    """
    Refuse a step that is no step: the one who compares versions would not see it.

    Raises:
        ValueError: If *new* is not the next version of *old*.
    """
    if new.id != old.id or new.version != old.version + 1:
        msg = f"{new.id} version {new.version} is not what follows {old.id} version {old.version}."
        raise ValueError(msg)


def require_following(old: Fact | None, new: Fact | None) -> Fact:
    """
    Refuse to put a fact in the place of another one.

    Returns:
        One of the two; both are about the same.

    Raises:
        ValueError: If *new* is not what follows *old*, or both are None.
    """
    if new is None:
        if old is None:
            msg = "There is nothing to put in the place of nothing."
            raise ValueError(msg)
        return old
    followed = old is None or (old.kind, old.key, old.version + 1) == (new.kind, new.key, new.version)
    if not followed or (old is None and new.version != 0):
        msg = f"{new.kind} {new.key} version {new.version} is not what follows."
        raise ValueError(msg)
    return new


def require_apart(changes: Sequence[tuple[Fact | None, Fact | None]]) -> list[tuple[str, str]]:
    """
    Refuse to change a fact twice at once, or to put one in the place of another.

    Returns:
        The kind and key of each.

    Raises:
        ValueError: If one does not follow the other, or a fact is there twice.
    """
    about = [require_following(old, new) for old, new in changes]
    places = [(fact.kind, fact.key) for fact in about]
    if len(set(places)) != len(places):
        msg = "A fact is there twice."
        raise ValueError(msg)
    return places


def require_reseal(old: SealedCredential | None, new: SealedCredential | None) -> str:
    """
    Refuse to put a sealed credential in the place of another account's.

    Returns:
        Whose it is.

    Raises:
        ValueError: If *new* is not what follows *old*, or both are None.
    """
    if new is None:
        if old is None:
            msg = "There is nothing to put in the place of nothing."
            raise ValueError(msg)
        return old.held.account
    before = -1 if old is None else old.revision
    if new.revision != before + 1 or (old is not None and old.held.account != new.held.account):
        msg = f"The sealed credential of {new.held.account}, revision {new.revision}, is not what follows."
        raise ValueError(msg)
    return new.held.account

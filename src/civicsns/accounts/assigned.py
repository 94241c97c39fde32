"""Whether what was connected is what was assigned: the handle and the network's id."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from civicsns.model import Account, DiscoveredAccount, Profile


@attrs.frozen(kw_only=True)
class Fit:
    """
    What one sign-in opened, held against the account that was assigned.

    Attributes:
        right: What is to be connected; None where nobody can tell, or nothing fits.
        open: What the person may choose from, where nothing was assigned that could be compared.
    """

    right: DiscoveredAccount | None = None
    open: tuple[DiscoveredAccount, ...] = ()


def fit(account: Account, opened: Sequence[DiscoveredAccount], *, chooses: bool) -> Fit:
    """
    Find what was assigned in what a sign-in has opened.

    Args:
        account: What was assigned.
        opened: What the sign-in has opened.
        chooses: Whether one sign-in opens several, so that a person must say which where nothing else does.
    """
    compared = [(one, same(account, one.profile)) for one in opened]
    right = [one for one, is_same in compared if is_same]
    if right:
        return Fit(right=right[0])
    undecided = tuple(one for one, is_same in compared if is_same is None)
    if chooses:
        return Fit(open=undecided)
    return Fit(right=undecided[0] if undecided else None)


def same(account: Account, profile: Profile) -> bool | None:
    """
    Whether *profile* is what was assigned; None where nothing was assigned that the network tells, too.

    Where the network's id is known, it decides: handles are changed, and given to others, and ids are not. Else handles
    are compared as networks do: without regard to case, and Facebook's without regard to dots.
    """
    if account.network_id:
        return account.network_id == profile.network_id
    handle = profile.handle or _name_in_address(profile)
    if not account.handle or not handle:
        return None
    dots = not profile.handle
    return _plain(account.handle, dots=dots) == _plain(handle, dots=dots)


def handle(account: Account, told: str) -> str:
    """
    Give the handle by which an account that was connected stands in the register.

    Args:
        account: As it stood before.
        told: What the network calls it; empty where it has no handle.
    """
    renamed = bool(account.network_id and told) and _plain(account.handle, dots=False) != _plain(told, dots=False)
    return told if renamed else account.handle or told


def owner(profile: Profile, accounts: Iterable[Account], *, but: str) -> Account | None:
    """Give the account of the register, other than *but*, which is connected to that profile; None where none is."""
    for account in accounts:
        if (
            account.network_id == profile.network_id
            and account.platform == profile.platform
            and account.id != but
            and account.closed is None
        ):
            return account
    return None


def _plain(handle: str, *, dots: bool) -> str:
    plain = handle.removeprefix("@").casefold()
    return plain.replace(".", "") if dots else plain


def _name_in_address(profile: Profile) -> str:
    """Give the name of a Page as its address has it; empty where the address has no more than the id."""
    name = urlsplit(profile.url).path.strip("/").rpartition("/")[2]
    # New Pages without a name of their own stand at `profile.php?id=…`.
    return "" if name.endswith(profile.network_id) or name.isdigit() or name == "profile.php" else name

"""
Changing keys while the programme runs, and looking whether every envelope opens.

The wrapping key is changed by naming the new one as `[vault] key` and the old one among `previous`: from then on what is
sealed is wrapped by the new one, and everything opens as before. `rotate` then wraps what is left. Nobody has to stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from civicsns.errors import VaultError
from civicsns.model import Held, Record
from civicsns.model.sealed import SEALED
from civicsns.vault import envelope
from civicsns.vault.envelope import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from civicsns.vault.sealed import SealedVault

#: The subject of records about the vault as a whole.
VAULT: Final = "vault"


@attrs.frozen(kw_only=True)
class Standing:
    """
    How the credential of one account lies in the vault.

    Attributes:
        held: What may be shown of it.
        key: The name of the key that wraps its own.
        current: Whether that is the key that wraps from now on.
        fault: Why it does not open; None where it does.
    """

    held: Held
    key: str
    current: bool
    fault: VaultError | None


def rotate(vault: SealedVault, *, by: str, data: bool = False, progress: Callable[[str], None] = lambda _: None) -> int:
    """
    Wrap the keys of all envelopes by the current key; or seal everything anew, with new keys.

    Safe while the programme runs, and when run again after it was interrupted: what is done already is left alone
    (unless *data*).

    Args:
        vault: The vault.
        by: The personnel number of whoever does it.
        data: Whether the data keys are changed too.
        progress: Called with the account's id of each envelope that was changed.

    Returns:
        How many were changed.

    Raises:
        VaultError: If one does not open; those before it are done.
        StoreError: If the store is out of order; what was done until then stays done.
    """
    done = 0
    for row in vault.safe.all_sealed():
        if _turn(vault, row.held.account, data=data):
            done += 1
            progress(row.held.account)
    if done:
        facts = {"key": vault.keys.current.id, "envelopes": str(done), "data": "yes" if data else "no"}
        vault.safe.add([], [Record(at=vault.clock.now(), subject=VAULT, event="vault.rotated", by=by, facts=facts)])
    return done


def look(vault: SealedVault) -> Sequence[Standing]:
    """
    Try whether every envelope opens, in the order of the accounts' ids; nothing is kept of what is in it.

    Raises:
        ConfigurationError: If a key is not where the settings say.
        StoreError: If the store is out of order.
    """
    found: list[Standing] = []
    for row in vault.safe.all_sealed():
        fault = None
        try:
            # As it stands by now: somebody may have sealed it anew since the list was made.
            standing = vault.standing(row.held.account)
            if standing is not None:
                vault.plain(standing)
        except VaultError as error:
            fault = error
        found.append(Standing(held=row.held, key=row.key, current=row.key == vault.keys.current.id, fault=fault))
    return found


def _turn(vault: SealedVault, account_id: str, *, data: bool) -> bool:
    """Rotate one; False where there is nothing to do."""
    while (old := vault.standing(account_id)) is not None:
        current = vault.keys.current
        records: list[Record] = []
        if data:
            plain = vault.plain(old)
            held = attrs.evolve(old.held, version=old.held.version + 1)
            new, record = vault.sealing(plain, held, old=old, event=SEALED)
            records.append(record)
        elif old.key == current.id:
            return False
        else:
            unwrapping = vault.keys.of(old.key, place=account_id)
            again = envelope.rewrap(Envelope.unpack(old.envelope, place=account_id), old=unwrapping, new=current)
            new = attrs.evolve(old, key=current.id, envelope=again.pack(), revision=old.revision + 1)
        if vault.safe.reseal(old, new, records=records):
            return True
    return False

"""
Credentials sealed in the store.

Each is in an envelope of its own, bound to programme, account, platform, kind and version, and to all that may be shown
of it: what is moved, put back or changed does not open. Which version stands is on record: a row that is older than the
newest record about it is refused. Without the wrapping key, neither the database nor a backup of it can be read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NoReturn

import attrs

from civicsns.errors import AuthorizationLost, VaultError
from civicsns.language import Bilingual
from civicsns.model import Credential, Held, Record, SealedCredential
from civicsns.model.sealed import DESTROYED, LOST, REFRESHED, SEALED, STANDING
from civicsns.vault import envelope, rows
from civicsns.vault.envelope import DataKey, Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from civicsns.model import Account, Fact
    from civicsns.ports import Clock
    from civicsns.ports.vault import SafeStore
    from civicsns.vault.keys import Keys

#: How long to wait for another process that exchanges tokens of the same account, in seconds.
_PATIENCE: Final = 10.0
_CONNECT: Final = Bilingual("アカウントを接続してください。", "Connect the account.")
_AGAIN: Final = Bilingual("アカウントを接続し直してください。", "Connect the account again.")
_LOOK: Final = Bilingual(
    "保管庫を書き換えた人や、一部だけを戻した人がいないか調べ、アカウントを接続し直してください。",
    "Find out who changed the store, or put a part of it back, and connect the account again.",
)


class SealedVault:
    """
    Credentials in the store, sealed.

    Safe to use from several threads and processes at once.

    Args:
        safe: The store.
        keys: What wraps the keys of envelopes.
        programme: The programme's name; it is bound to every envelope.
        clock: Where the time comes from.
        patience: How long to wait for another process that exchanges tokens of the same account, in seconds.

    Attributes:
        safe: The store.
        keys: What wraps the keys of envelopes.
        clock: Where the time comes from.
    """

    def __init__(
        self, safe: SafeStore, keys: Keys, *, programme: str, clock: Clock, patience: float = _PATIENCE
    ) -> None:
        self._patience = patience
        self.safe = safe
        self.keys = keys
        self._programme = programme
        self.clock = clock
        #: What a successor will be sealed with, made before the network is asked for it.
        self._ready: dict[str, DataKey] = {}

    def __repr__(self) -> str:
        return f"SealedVault({self._programme!r})"

    def __reduce__(self) -> NoReturn:
        msg = "a vault is not copied"
        raise TypeError(msg)

    def get(self, account: Account) -> Credential:
        """
        Open the credential of *account*.

        Raises:
            AuthorizationLost: If there is none, or it was marked as lost.
            VaultError: If it does not open: it was moved, put back or changed, or the key is not there.
            StoreError: If the store is out of order.
        """
        row = self.standing(account.id)
        if row is None:
            raise AuthorizationLost(
                Bilingual("このアカウントの認証情報がありません。", "There is no credential for this account."),
                mend=_CONNECT,
                place=account.id,
            )
        if row.held.lost is not None:
            raise AuthorizationLost(row.held.lost, mend=_AGAIN, place=account.id)
        return rows.credential(account, row.held, self.plain(row))

    def remains(self, account: Account) -> Credential | None:
        """
        Open the credential of *account*, whatever is known against it; None where there is none.

        Raises:
            VaultError: If it does not open.
            StoreError: If the store is out of order.
        """
        row = self.standing(account.id)
        return None if row is None else rows.credential(account, row.held, self.plain(row))

    def put(self, account: Account, credential: Credential) -> bool:
        """
        Keep *credential*, unless the stored one works and is of the same or a later generation.

        Raises:
            VaultError: If its key cannot be wrapped.
            StoreError: If the store is out of order; nothing was kept.
        """
        while True:
            old = self.safe.sealed(account.id)
            if old is not None and old.held.lost is None and old.held.generation >= credential.generation:
                return False
            new, record = self._sealing(account, credential, old=old, event=SEALED)
            if self.safe.reseal(old, new, records=[record]):
                return True

    def succeed(self, account: Account, credential: Credential, fresh: Credential) -> bool:
        """
        Keep *fresh*, which the network gave for *credential*, in its place; False if that is no longer what is kept.

        Where `begin` came before, the wrapping key is not needed.

        Raises:
            VaultError: If its key cannot be wrapped.
            StoreError: If the store is out of order; nothing was kept.
        """
        kept = False
        while not kept:
            old = self.safe.sealed(account.id)
            if old is None or old.held.generation != credential.generation:
                break
            new, record = self._sealing(account, fresh, old=old, event=REFRESHED, key=self._ready.get(account.id))
            kept = self.safe.reseal(old, new, records=[record])
        self._ready.pop(account.id, None)
        return kept

    def put_together(
        self,
        account: Account,
        credential: Credential,
        *,
        changes: Sequence[tuple[Fact | None, Fact | None]] = (),
        records: Sequence[Record] = (),
    ) -> Credential | None:
        """
        Keep a newly connected credential in the place of whatever there is, and facts with it: all or nothing.

        Returns:
            The credential as it was kept; None if one of the facts is no longer what is stored.

        Raises:
            VaultError: If its key cannot be wrapped.
            StoreError: If the store is out of order; nothing was kept.
        """
        while True:
            old = self.safe.sealed(account.id)
            generation = self._next(account) if old is None else old.held.generation + 1
            kept = attrs.evolve(credential, generation=generation, issued_at=credential.issued_at or self.clock.now())
            new, record = self._sealing(account, kept, old=old, event=SEALED)
            if self.safe.reseal(old, new, changes=changes, records=[record, *records]):
                return kept
            if self.safe.sealed(account.id) == old:
                # So it was one of the facts.
                return None

    def destroy(self, account: Account) -> bool:
        """
        Let go of every version of the credential of *account*; that it was there stays on record.

        Raises:
            StoreError: If the store is out of order; it is still there.
        """
        while (old := self.safe.sealed(account.id)) is not None:
            gone = Record(
                at=self.clock.now(),
                subject=account.id,
                event=DESTROYED,
                facts={
                    "version": str(old.held.version),
                    "generation": str(old.held.generation),
                    "kind": old.held.kind.value,
                },
            )
            if self.safe.reseal(old, None, records=[gone]):
                return True
        return False

    def key_names(self) -> Sequence[str]:
        """
        Name the wrapping keys, the one that wraps from now on first.

        Raises:
            ConfigurationError: If one is not where the settings say.
            VaultError: If one is out of reach just now.
        """
        return [key.id for key in self.keys.all]

    def held(self) -> Sequence[Held]:
        """
        List what is kept, by the accounts' ids; nothing is opened for it.

        Raises:
            StoreError: If the store is out of order.
        """
        return [row.held for row in self.safe.all_sealed()]

    def mark_lost(self, account: Account, reason: Bilingual, *, generation: int | None = None) -> bool:
        """
        Note that the credential of *account* no longer works, and why.

        Raises:
            StoreError: If the store is out of order; nothing was noted.
        """
        while True:
            old = self.safe.sealed(account.id)
            if old is None or old.held.lost is not None or generation not in {None, old.held.generation}:
                return False
            facts = {"version": str(old.held.version), "kind": old.held.kind.value, "reason": str(reason)}
            record = Record(at=self.clock.now(), subject=account.id, event=LOST, facts=facts)
            if self.safe.reseal(old, rows.changed(old, lost=reason, begun_at=None), records=[record]):
                return True

    def exclusively(self, account: Account) -> AbstractContextManager[None]:
        """
        Keep everybody else from exchanging the tokens of *account*, in a `with` statement.

        Raises:
            StoreError: If somebody else is at it for too long.
        """
        return self.safe.exclusively(f"credential {account.id}", patience=self._patience)

    def begin(self, account: Account, credential: Credential) -> bool:
        """
        Write down that *credential* is about to be exchanged, and make ready to seal what comes of it.

        Raises:
            VaultError: If the key of its successor cannot be wrapped; nothing was noted.
            StoreError: If the store is out of order; nothing was noted.
        """
        ready: DataKey | None = None
        # Whoever changes keys replaces the row meanwhile, and it stands for the same credential.
        while True:
            old = self.safe.sealed(account.id)
            if old is None or old.held.begun_at is not None or old.held.generation != credential.generation:
                return False
            ready = ready or DataKey.by(self.keys.current)
            if self.safe.reseal(old, rows.changed(old, begun_at=self.clock.now())):
                self._ready[account.id] = ready
                return True

    def settle(self, account: Account, credential: Credential) -> bool:
        """
        Take that mark away: *credential* was provably not exchanged.

        Raises:
            StoreError: If the store is out of order; the mark is still there.
        """
        self._ready.pop(account.id, None)
        while True:
            old = self.safe.sealed(account.id)
            if old is None or old.held.begun_at is None or old.held.generation != credential.generation:
                return False
            if self.safe.reseal(old, rows.changed(old, begun_at=None)):
                return True

    def standing(self, account_id: str) -> SealedCredential | None:
        """
        Read a row as it lies in the store, and make sure that it is the one that stands; None where there is none.

        Raises:
            VaultError: If the newest record about it says otherwise.
        """
        row = self.safe.sealed(account_id)
        while row is not None:
            noted = self.safe.last(account_id, STANDING)
            # A record that was destroyed lawfully, when its time was over, proves nothing.
            if noted is None or rows.matches(row, noted):
                return row
            again = self.safe.sealed(account_id)
            if again == row:
                raise VaultError(
                    Bilingual(
                        f"保管されている認証情報（版 {row.held.version}）は、証跡にある最新のもの（版"
                        f" {noted.get('version')}）ではありません。",
                        f"The credential in the store (version {row.held.version}) is not the newest one on record"
                        f" (version {noted.get('version')}).",
                    ),
                    mend=_LOOK,
                    place=account_id,
                )
            # Somebody has sealed it anew between our looking at the one and at the other.
            row = again
        return None

    def _sealing(
        self,
        account: Account,
        credential: Credential,
        *,
        old: SealedCredential | None,
        event: str,
        key: DataKey | None = None,
    ) -> tuple[SealedCredential, Record]:
        # No version comes twice, not even after it was destroyed.
        noted = self.safe.last(account.id, STANDING) or {}
        before = max(int(noted.get("version", 0)), old.held.version if old else 0)
        held = Held(
            account=account.id,
            platform=account.platform,
            kind=credential.kind,
            version=before + 1,
            generation=credential.generation,
            subject=credential.subject,
            scopes=credential.scopes,
            expires_at=credential.expires_at,
            issued_at=credential.issued_at,
        )
        secrets = {name: secret.reveal() for name, secret in credential.secrets.items()}
        return self.sealing(json.dumps(secrets).encode(), held, old=old, event=event, key=key)

    def _next(self, account: Account) -> int:
        """
        Count on where an account was given up before.

        Else what is still under way for the credential of then would be taken for this one's.
        """
        noted = self.safe.last(account.id, STANDING)
        # A credential is sealed at least as often as it is exchanged.
        return 0 if noted is None else int(noted.get("generation", noted.get("version", 0))) + 1

    def sealing(
        self,
        plain: bytes,
        held: Held,
        *,
        old: SealedCredential | None,
        event: str,
        key: DataKey | None = None,
    ) -> tuple[SealedCredential, Record]:
        """
        Make the row that follows *old*, and the record of it.

        Args:
            plain: What to seal.
            held: What may be shown of it.
            old: The row before it.
            event: What goes on record.
            key: What to seal it with; None for a new one.

        Raises:
            VaultError: If its key cannot be wrapped.
        """
        key = key or DataKey.by(self.keys.current)
        made = key.seal(plain, bound=rows.about(self._programme, held))
        facts = {
            "version": str(held.version),
            "kind": held.kind.value,
            "subject": held.subject,
            "key": key.wrapper,
            "seal": made.digest,
        }
        record = Record(at=self.clock.now(), subject=held.account, event=event, facts=facts)
        revision = 0 if old is None else old.revision + 1
        return SealedCredential(held=held, key=key.wrapper, envelope=made.pack(), revision=revision), record

    def plain(self, row: SealedCredential) -> bytes:
        """
        Open a row.

        Raises:
            VaultError: If it does not open.
        """
        place = row.held.account
        return envelope.open_(
            Envelope.unpack(row.envelope, place=place),
            bound=rows.about(self._programme, row.held),
            wrapper=self.keys.of(row.key, place=place),
            place=place,
        )

"""
Credentials sealed in the store.

Each is in an envelope of its own, bound to programme, account, platform, kind and version, and to all that may be shown
of it: what is moved, put back or changed does not open. Which version stands is on record: a row that is older than the
newest record about it is refused. Without the wrapping key, neither the database nor a backup of it can be read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

import attrs

from civicsns.errors import AuthorizationLost, VaultError
from civicsns.language import Bilingual
from civicsns.model import Credential, Held, Record, SealedCredential, Secret
from civicsns.model.sealed import DESTROYED, LOST, REFRESHED, SEALED, STANDING
from civicsns.vault import envelope
from civicsns.vault.envelope import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from civicsns.model import Account, Fact
    from civicsns.ports import Clock
    from civicsns.ports.vault import SafeStore
    from civicsns.vault.keys import Keys

#: The subject of records about the vault as a whole.
VAULT: Final = "vault"
#: How long to wait for another process that exchanges tokens of the same account, in seconds.
_PATIENCE: Final = 150.0
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
    """

    def __init__(self, safe: SafeStore, keys: Keys, *, programme: str, clock: Clock) -> None:
        self._safe = safe
        self._keys = keys
        self._programme = programme
        self._clock = clock

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
        row = self._standing(account.id)
        if row is None:
            raise AuthorizationLost(
                Bilingual("このアカウントの認証情報がありません。", "There is no credential for this account."),
                mend=_CONNECT,
                place=account.id,
            )
        if row.held.lost is not None:
            raise AuthorizationLost(row.held.lost, mend=_AGAIN, place=account.id)
        return self._opened(account, row)

    def remains(self, account: Account) -> Credential | None:
        """
        Open the credential of *account*, whatever is known against it; None where there is none.

        Raises:
            VaultError: If it does not open.
            StoreError: If the store is out of order.
        """
        row = self._standing(account.id)
        return None if row is None else self._opened(account, row)

    def put(self, account: Account, credential: Credential) -> bool:
        """
        Keep *credential*, unless the stored one works and is of the same or a later generation.

        A refreshed one is not put in the place of one that was destroyed meanwhile.

        Raises:
            VaultError: If its key cannot be wrapped.
            StoreError: If the store is out of order; nothing was kept.
        """
        while True:
            old = self._safe.sealed(account.id)
            if old is not None and old.held.lost is None and old.held.generation >= credential.generation:
                return False
            noted = self._safe.last(account.id, STANDING)
            if old is None and credential.generation > 0 and noted is not None and "seal" not in noted:
                return False
            event = REFRESHED if old is not None and credential.generation > 0 else SEALED
            new, record = self._sealing(account, credential, old=old, noted=noted, event=event)
            if self._safe.reseal(old, new, records=[record]):
                return True

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
            old = self._safe.sealed(account.id)
            generation = 0 if old is None else old.held.generation + 1
            kept = attrs.evolve(credential, generation=generation, issued_at=credential.issued_at or self._clock.now())
            noted = self._safe.last(account.id, STANDING)
            new, record = self._sealing(account, kept, old=old, noted=noted, event=SEALED)
            if self._safe.reseal(old, new, changes=changes, records=[record, *records]):
                return kept
            if self._safe.sealed(account.id) == old:
                # So it was one of the facts.
                return None

    def destroy(self, account: Account) -> bool:
        """
        Let go of every version of the credential of *account*; that it was there stays on record.

        Raises:
            StoreError: If the store is out of order; it is still there.
        """
        while (old := self._safe.sealed(account.id)) is not None:
            gone = Record(
                at=self._clock.now(),
                subject=account.id,
                event=DESTROYED,
                facts={"version": str(old.held.version), "kind": old.held.kind.value},
            )
            if self._safe.reseal(old, None, records=[gone]):
                return True
        return False

    def held(self) -> Sequence[Held]:
        """
        List what is kept, by the accounts' ids; nothing is opened for it.

        Raises:
            StoreError: If the store is out of order.
        """
        return [row.held for row in self._safe.all_sealed()]

    def mark_lost(self, account: Account, reason: Bilingual, *, generation: int | None = None) -> bool:
        """
        Note that the credential of *account* no longer works, and why.

        Raises:
            StoreError: If the store is out of order; nothing was noted.
        """
        while True:
            old = self._safe.sealed(account.id)
            if old is None or old.held.lost is not None or generation not in {None, old.held.generation}:
                return False
            facts = {"version": str(old.held.version), "kind": old.held.kind.value, "reason": reason.ja}
            record = Record(at=self._clock.now(), subject=account.id, event=LOST, facts=facts)
            if self._safe.reseal(old, _changed(old, lost=reason, begun_at=None), records=[record]):
                return True

    def exclusively(self, account: Account) -> AbstractContextManager[None]:
        """
        Keep everybody else from exchanging the tokens of *account*, in a `with` statement.

        Raises:
            StoreError: If somebody else is at it for too long.
        """
        return self._safe.exclusively(f"credential {account.id}", patience=_PATIENCE)

    def begin(self, account: Account, credential: Credential) -> bool:
        """
        Write down that *credential* is about to be exchanged.

        Raises:
            StoreError: If the store is out of order; nothing was noted.
        """
        old = self._safe.sealed(account.id)
        if old is None or old.held.begun_at is not None or old.held.generation != credential.generation:
            return False
        return self._safe.reseal(old, _changed(old, begun_at=self._clock.now()))

    def settle(self, account: Account, credential: Credential) -> bool:
        """
        Take that mark away: *credential* was provably not exchanged.

        Raises:
            StoreError: If the store is out of order; the mark is still there.
        """
        old = self._safe.sealed(account.id)
        if old is None or old.held.begun_at is None or old.held.generation != credential.generation:
            return False
        return self._safe.reseal(old, _changed(old, begun_at=None))

    def rotate(self, *, by: str, data: bool = False, progress: Callable[[str], None] = lambda _: None) -> int:
        """
        Wrap the keys of all envelopes by the current key; or seal everything anew, with new keys.

        Safe while the programme runs, and when run again after it was interrupted: what is done already is left alone
        (unless *data*).

        Args:
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
        for row in self._safe.all_sealed():
            if self._turn(row.held.account, data=data):
                done += 1
                progress(row.held.account)
        if done:
            facts = {"key": self._keys.current.id, "envelopes": str(done), "data": "yes" if data else "no"}
            record = Record(at=self._clock.now(), subject=VAULT, event="vault.rotated", by=by, facts=facts)
            self._safe.add([], [record])
        return done

    def open_all(self) -> Mapping[str, VaultError | None]:
        """
        Try whether every envelope opens; nothing is kept of what is in it.

        Returns:
            What is wrong with each, by the account's id; None where nothing is.

        Raises:
            StoreError: If the store is out of order.
        """
        found: dict[str, VaultError | None] = {}
        for listed in self._safe.all_sealed():
            account_id = listed.held.account
            try:
                row = self._standing(account_id)
                if row is not None:
                    self._plain(row, platform=row.held.platform)
                    found[account_id] = None
            except VaultError as error:
                found[account_id] = error
        return found

    def key_of(self) -> Mapping[str, str]:
        """
        Tell which key wraps the envelope of each account.

        Raises:
            StoreError: If the store is out of order.
        """
        return {row.held.account: row.key for row in self._safe.all_sealed()}

    def _turn(self, account_id: str, *, data: bool) -> bool:
        """Rotate one; False where there is nothing to do."""
        while (old := self._standing(account_id)) is not None:
            current = self._keys.current
            records: list[Record] = []
            if data:
                plain = self._plain(old, platform=old.held.platform)
                held = attrs.evolve(old.held, version=old.held.version + 1)
                new, record = self._sealed(plain, held, old=old, event=SEALED)
                records.append(record)
            elif old.key == current.id:
                return False
            else:
                unwrapping = self._keys.of(old.key, place=account_id)
                again = envelope.rewrap(Envelope.unpack(old.envelope, place=account_id), old=unwrapping, new=current)
                new = attrs.evolve(old, key=current.id, envelope=again.pack(), revision=old.revision + 1)
            if self._safe.reseal(old, new, records=records):
                return True
        return False

    def _standing(self, account_id: str) -> SealedCredential | None:
        """
        Read a row, and make sure that it is the one that stands.

        Raises:
            VaultError: If the newest record about it says otherwise.
        """
        row = self._safe.sealed(account_id)
        while row is not None:
            noted = self._safe.last(account_id, STANDING)
            # A record that was destroyed lawfully, when its time was over, proves nothing.
            if noted is None or _matches(row, noted):
                return row
            again = self._safe.sealed(account_id)
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
        noted: Mapping[str, str] | None,
        event: str,
    ) -> tuple[SealedCredential, Record]:
        before = max(int((noted or {}).get("version", 0)), old.held.version if old else 0)
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
        return self._sealed(json.dumps(secrets, ensure_ascii=False).encode(), held, old=old, event=event)

    def _sealed(
        self, plain: bytes, held: Held, *, old: SealedCredential | None, event: str
    ) -> tuple[SealedCredential, Record]:
        wrapper = self._keys.current
        made = envelope.seal(plain, bound=self._about(held, platform=held.platform), wrapper=wrapper)
        facts = {
            "version": str(held.version),
            "kind": held.kind.value,
            "subject": held.subject,
            "key": wrapper.id,
            "seal": made.digest,
        }
        record = Record(at=self._clock.now(), subject=held.account, event=event, facts=facts)
        revision = 0 if old is None else old.revision + 1
        return SealedCredential(held=held, key=wrapper.id, envelope=made.pack(), revision=revision), record

    def _opened(self, account: Account, row: SealedCredential) -> Credential:
        held = row.held
        secrets: dict[str, str] = json.loads(self._plain(row, platform=account.platform))
        return Credential(
            platform=held.platform,
            kind=held.kind,
            secrets={name: Secret(value) for name, value in secrets.items()},
            subject=held.subject,
            scopes=held.scopes,
            expires_at=held.expires_at,
            issued_at=held.issued_at,
            generation=held.generation,
        )

    def _plain(self, row: SealedCredential, *, platform: str) -> bytes:
        place = row.held.account
        return envelope.open_(
            Envelope.unpack(row.envelope, place=place),
            bound=self._about(row.held, platform=platform),
            wrapper=self._keys.of(row.key, place=place),
            place=place,
        )

    def _about(self, held: Held, *, platform: str) -> bytes:
        return envelope.about(
            "credential",
            self._programme,
            held.account,
            platform,
            held.kind.value,
            str(held.version),
            str(held.generation),
            held.subject,
            envelope.parts(list(held.scopes)),
            held.expires_at.isoformat() if held.expires_at else "",
            held.issued_at.isoformat() if held.issued_at else "",
        )


def _matches(row: SealedCredential, noted: Mapping[str, str]) -> bool:
    digest = Envelope.unpack(row.envelope, place=row.held.account).digest
    return noted.get("version") == str(row.held.version) and noted.get("seal") == digest


def _changed(row: SealedCredential, **changes: Any) -> SealedCredential:
    """Give what follows it where nothing is sealed anew."""
    return attrs.evolve(row, held=attrs.evolve(row.held, **changes), revision=row.revision + 1)

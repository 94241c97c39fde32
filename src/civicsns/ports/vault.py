"""Where credentials are kept, what they are sealed with, and what a store must do to keep sealed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from civicsns.ports.store import Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from civicsns.language import Bilingual
    from civicsns.model import Account, Credential, Fact, Held, Record, SealedCredential


class Vault(Protocol):
    """Where credentials are kept."""

    def get(self, account: Account) -> Credential:
        """
        Open the credential of *account*.

        Raises:
            AuthorizationLost: If there is none, or it was marked as lost.
        """
        ...

    def put(self, account: Account, credential: Credential) -> bool:
        """
        Keep *credential*, unless the stored one is of the same or a later generation.

        One that was marked as lost makes way for any. To put a newly connected one in the place of one that works, use
        `civicsns.vault.refreshing.renew`.
        """
        ...

    def destroy(self, account: Account) -> bool:
        """
        Let go of every version of the credential of *account*; `get` says then that there is none.

        Returns:
            False if there was none.
        """
        ...

    def held(self) -> Sequence[Held]:
        """List what is kept, by the accounts' ids, those marked as lost included; no secret is in it."""
        ...

    def mark_lost(self, account: Account, reason: Bilingual, *, generation: int | None = None) -> bool:
        """
        Note that the credential of *account* no longer works: `get` says so from now on, with the reason.

        It is kept until it is replaced or destroyed, and `Remains.remains` still gives it, so that it can be revoked.

        Args:
            account: Whose.
            reason: Why, for whoever has to connect the account again; no secret.
            generation: Which generation it was that failed; None for whichever is kept.

        Returns:
            False if there is none, it is marked already, or a later generation is kept.
        """
        ...


@runtime_checkable
class Refreshes(Protocol):
    """A vault that several processes may use at once while tokens are exchanged."""

    def exclusively(self, account: Account) -> AbstractContextManager[None]:
        """
        Keep everybody else from exchanging the tokens of *account*, in a `with` statement.

        Raises:
            StoreError: If somebody else is at it for too long.
        """
        ...

    def begin(self, account: Account, credential: Credential) -> bool:
        """
        Write down, before the network is asked, that *credential* is about to be exchanged.

        The mark goes with the successor that `succeed` keeps, or with `settle`. Whoever finds one left behind knows that a
        process died over it, or that no answer came, and that the refresh token may be spent.

        Returns:
            False if it is not what is kept, or there is a mark already.

        Raises:
            StoreError: If the vault is out of order, or could not keep a successor; nothing was noted.
        """
        ...

    def succeed(self, account: Account, credential: Credential, fresh: Credential) -> bool:
        """
        Keep *fresh*, which the network gave for *credential*, in its place.

        Returns:
            False if *credential* is no longer what is kept: the account was connected anew, or given up.
        """
        ...

    def settle(self, account: Account, credential: Credential) -> bool:
        """Take the mark away: the network has provably not exchanged *credential*. False if there was none."""
        ...


@runtime_checkable
class PutsTogether(Protocol):
    """A vault that lies in the store, so that a credential and facts can be kept in one transaction."""

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

        Args:
            account: Whose.
            credential: What the network gave.
            changes: As in `Store.put_all`.
            records: What is to stand on record besides.

        Returns:
            The credential as it was kept, with its generation; None if one of the facts is no longer what is stored,
            and nothing was kept.

        Raises:
            StoreError: If the store is out of order; nothing was kept.
        """
        ...


@runtime_checkable
class Remains(Protocol):
    """A vault that gives what was marked as lost to whoever wants to revoke it."""

    def remains(self, account: Account) -> Credential | None:
        """Open the credential of *account*, whatever is known against it; None where there is none."""
        ...


@runtime_checkable
class NamesKeys(Protocol):
    """A sealed vault, which says with which keys this process opens it."""

    def key_names(self) -> Sequence[str]:
        """
        Name the wrapping keys, the one that wraps from now on first.

        Raises:
            ConfigurationError: If one is not where the settings say.
            VaultError: If one is out of reach just now.
        """
        ...


class KeyWrapper(Protocol):
    """
    The key that wraps the keys of envelopes: in a file, the environment, the system's keyring, or a KMS.

    What it wraps are 32 random bytes, each once; it never sees a credential.
    """

    @property
    def id(self) -> str:
        """Its name, which stands beside what it wraps; another key has another name, wherever it is kept."""
        ...

    def wrap(self, key: bytes) -> bytes:
        """
        Wrap a key.

        Raises:
            VaultError: If that is not possible just now.
        """
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """
        Give back what was wrapped.

        Raises:
            ShutForGood: If it was not wrapped by this key, or was changed since.
            VaultError: If that is not possible just now.
        """
        ...


class ConfigurableWrapper(Protocol):
    """What an entry point of the group `civicsns.keys` names."""

    @classmethod
    def configure(cls, options: Mapping[str, Any], *, place: str) -> KeyWrapper:
        """
        Make it from what stands beside its name in the settings, `[vault] key = { kms = "…", … }`.

        Raises:
            ConfigurationError: If an option is unknown, missing or wrong.
        """
        ...


@runtime_checkable
class Safe(Protocol):
    """
    A store that keeps sealed credentials beside deliveries and records.

    `civicsns.testing.vault_contract` holds a store to it.
    """

    def sealed(self, account_id: str) -> SealedCredential | None:
        """
        Read the sealed credential of an account; None where there is none.

        Raises:
            StoreError: If the store is out of order, or it cannot be read.
        """
        ...

    def all_sealed(self) -> Sequence[SealedCredential]:
        """
        List the sealed credentials, in the order of the accounts' ids.

        Raises:
            StoreError: If the store is out of order, or one cannot be read.
        """
        ...

    def reseal(
        self,
        old: SealedCredential | None,
        new: SealedCredential | None,
        *,
        changes: Sequence[tuple[Fact | None, Fact | None]] = (),
        records: Sequence[Record] = (),
    ) -> bool:
        """
        Put *new* in the place of *old*, and facts with it, unless one of them is no longer what is stored.

        Args:
            old: The sealed credential as it was read; None where there is none.
            new: What is stored from now on; None where nothing is, and nothing of *old* stays behind.
            changes: As in `Store.put_all`.
            records: What is to stand on record about it.

        Raises:
            ValueError: If *new* is not what follows *old*, or both are None.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...

    def last(self, subject: str, events: Collection[str]) -> Mapping[str, str] | None:
        """
        Read the facts of the newest record about *subject* of one of these events, as the chain commits to it.

        Raises:
            StoreError: If the store is out of order, or the record is not what the chain commits to.
        """
        ...

    def exclusively(self, name: str, *, patience: float) -> AbstractContextManager[None]:
        """
        Keep every other process and thread out of what goes by *name*, in a `with` statement.

        It ends with the process, however that ends.

        Args:
            name: What it is about.
            patience: How long to wait for one's turn, in seconds.

        Raises:
            StoreError: If it was not one's turn by then, or the store is out of order.
        """
        ...


class SafeStore(Safe, Store, Protocol):
    """A store that is a safe as well."""

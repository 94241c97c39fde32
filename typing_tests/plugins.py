"""What type checkers ask of an adapter and a rule; this file is checked, never run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from civicsns.adapters.facebook import FacebookAdapter
from civicsns.adapters.x import XAdapter
from civicsns.language import Bilingual
from civicsns.store.memory import MemoryStore
from civicsns.vault.memory import MemoryVault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from civicsns.model import Account, Context, Credential, Draft, Finding, Limits, Receipt, Rendition, Skipped
    from civicsns.ports import Adapter, Configurable, DiscoversAccounts, Edits, Enrols, Rule, Store, Uploads, Vault
    from civicsns.vault.file import CredentialFile


class Smallest:
    """The least that is an adapter: nothing is inherited."""

    platform: ClassVar[str] = "smallest"

    @property
    def limits(self) -> Limits:
        raise NotImplementedError

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        raise NotImplementedError

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        raise NotImplementedError

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        raise NotImplementedError

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise NotImplementedError


class NoReadBack:
    """What cannot be read back is no adapter."""

    platform: ClassVar[str] = "deaf"

    @property
    def limits(self) -> Limits:
        raise NotImplementedError

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        raise NotImplementedError

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        raise NotImplementedError

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        raise NotImplementedError


class Quiet:
    """The least that is a rule."""

    code = "TST001"
    title = Bilingual("なし", "nothing")

    def check(self, draft: Draft, context: Context) -> Iterable[Finding | Skipped]:
        raise NotImplementedError


def fits(smallest: Smallest, deaf: NoReadBack, x: XAdapter, facebook: FacebookAdapter, file: CredentialFile) -> None:
    """Say what fits where."""
    networks: list[Adapter] = [smallest, x, facebook]
    not_a_network: Adapter = deaf  # type: ignore[assignment]
    enrolling: list[Enrols] = [x, facebook]
    uploading: list[Uploads] = [x, facebook]
    editing: list[Edits] = [x, facebook]
    discovering: DiscoversAccounts = facebook
    configured: list[type[Configurable]] = [XAdapter, FacebookAdapter]
    rules: list[Rule] = [Quiet()]
    vaults: list[Vault] = [MemoryVault(), file]
    store: Store = MemoryStore()
    del networks, not_a_network, enrolling, uploading, editing, discovering, configured, rules, vaults, store

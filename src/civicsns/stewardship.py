"""The accounts of a programme, and those who hold them: connected, verified, handed over, given back, made known."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from civicsns.accounts import register
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from civicsns import config
    from civicsns.accounts.impostors import Candidate, Likeness
    from civicsns.accounts.public import PublicRegister
    from civicsns.accounts.roster import Roster
    from civicsns.audit import Audit
    from civicsns.budgets import Budgets
    from civicsns.enrolment import Enrolments
    from civicsns.lifecycle import Lifecycle
    from civicsns.model import Account
    from civicsns.ports import Adapter, Clock, Store, Vault
    from civicsns.profiles import Profiles
    from civicsns.retirement import Retiring
    from civicsns.vault.refreshing import Refresher
    from civicsns.vault.sealer import Sealer
    from civicsns.verification import Verification


class Stewardship:
    """
    What is done with the accounts of a programme and with its records; `civicsns.program.Program` has all of this.

    Its parts are made when they are asked for: posting needs none of them.

    Attributes:
        roster: The staff and the accounts.
        zone: The zone in which the city lives.
        store: Where deliveries, records and the register are kept.
        vault: Where the credentials are.
        sealer: Seals what must not lie open for a while.
        refresher: Opens credentials, and exchanges those whose time it is.
        budgets: Count what the networks are asked.
    """

    roster: Roster
    zone: tzinfo
    store: Store
    vault: Vault
    sealer: Sealer
    refresher: Refresher
    budgets: Budgets
    _adapters: Mapping[str, Adapter]
    _clock: Clock
    _name: str
    _records: config.RecordSettings
    _comings: config.LifecycleSettings
    _enrolment: config.EnrolmentSettings
    _verification: config.VerificationSettings
    _public: config.RegisterSettings
    _asked: config.ProfileSettings

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts, in the order of the list."""
        return tuple(self.roster.accounts.values())

    def account(self, account_id: str) -> Account:
        """
        Look up an account.

        Raises:
            BadInput: If there is none of that id.
        """
        return self.roster.account(account_id)

    def adapter(self, platform: str) -> Adapter:
        """
        Give the adapter of a network.

        Raises:
            ConfigurationError: If the settings have no such network.
        """
        if platform not in self._adapters:
            raise ConfigurationError(
                Bilingual(f"媒体「{platform}」が設定されていません。", f"The network {platform!r} is not set up."),
                mend=Bilingual(
                    f"設定に [networks.{platform}] を加えてください。",
                    f"Add a table [networks.{platform}] to the settings.",
                ),
                place=f"networks.{platform}",
            )
        return self._adapters[platform]

    @property
    def audit(self) -> Audit:
        """
        What is done with the records.

        Raises:
            ConfigurationError: If the store does not chain its records.
        """
        from civicsns.audit import Audit  # noqa: PLC0415 -- posting does not need it

        return Audit.of(
            self.store,
            programme=self._name,
            settings=self._records,
            person=self.roster.person,
            clock=self._clock,
            zone=self.zone,
        )

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """Who comes, moves and leaves, and what becomes of accounts: as a plan, put into effect, taken back."""
        from civicsns.lifecycle import Lifecycle  # noqa: PLC0415 -- posting does not need it

        return Lifecycle(
            store=self.store,
            clock=self._clock,
            zone=self.zone,
            settings=self._comings,
            retirement=self.retirement,
            in_files=not register.in_store(self.roster),
        )

    @cached_property
    def retirement(self) -> Retiring:
        """Taking accounts back from those who leave, and handing those of sections over."""
        from civicsns.retirement import Desk, Retiring  # noqa: PLC0415 -- posting does not need it

        return Retiring(
            Desk(
                store=self.store,
                vault=self.vault,
                clock=self._clock,
                zone=self.zone,
                rostered=lambda: self.roster,
                network=self.adapter,
                cancel=lambda account, by, reason: self.enrolments.cancel(account, by=by, reason=reason),
            )
        )

    @cached_property
    def verification(self) -> Verification:
        """Whether credentials still work, as the vault and the networks say."""
        from civicsns.verification import Verification  # noqa: PLC0415 -- posting does not need it

        return Verification(
            store=self.store,
            vault=self.vault,
            refresher=self.refresher,
            clock=self._clock,
            rostered=lambda: self.roster,
            network=self.adapter,
            counted=self.budgets.asked,
            settings=self._verification,
            seen=self.profiles.seen,
        )

    @cached_property
    def profiles(self) -> Profiles:
        """Whether what citizens see of accounts at the networks agrees with the register."""
        from civicsns.profiles import Profiles  # noqa: PLC0415 -- posting does not need it

        return Profiles(
            store=self.store,
            vault=self.vault,
            refresher=self.refresher,
            clock=self._clock,
            rostered=lambda: self.roster,
            network=self.adapter,
            counted=self.budgets.asked,
            settings=self._asked,
            register=self._public,
            city=self._public.city or self._name,
        )

    def public_register(self) -> PublicRegister:
        """
        Give what citizens may know of the accounts today; `civicsns.accounts.public` makes pages and data of it.

        Raises:
            StoreError: If the store is out of order.
        """
        from civicsns.accounts import public  # noqa: PLC0415 -- posting does not need it

        return public.listed(
            self.roster,
            self._public,
            city=self._public.city or self._name,
            day=self._clock.now().astimezone(self.zone).date(),
            zone=self.zone,
            in_files=not register.in_store(self.roster),
        )

    def look_alikes(self, candidates: Iterable[Candidate]) -> Sequence[Likeness]:
        """
        Tell which accounts look like the city's own, by handle or by name, and why; see `civicsns.accounts.impostors`.

        Raises:
            StoreError: If the store is out of order.
        """
        from civicsns.accounts import impostors  # noqa: PLC0415 -- posting does not need it

        city = self._public.city or self._name
        return impostors.alike(
            candidates,
            self.accounts,
            names=[city, self._public.english.get(city, city)],
            day=self._clock.now().astimezone(self.zone).date(),
        )

    @cached_property
    def enrolments(self) -> Enrolments:
        """How accounts are connected: links for people, their sign-ins, and who has come how far."""
        from civicsns.enrolment import Desk, Enrolments  # noqa: PLC0415 -- posting does not need it

        return Enrolments(
            Desk(
                store=self.store,
                vault=self.vault,
                sealer=self.sealer,
                clock=self._clock,
                zone=self.zone,
                rostered=lambda: self.roster,
                network=self.adapter,
                settings=self._enrolment,
            )
        )

    def _transfers(self) -> None:
        self.enrolments.resume()
        self.lifecycle.sweep()
        self.retirement.resume(patient=True)

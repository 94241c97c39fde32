"""What settings there are, with their defaults."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import attrs

from civicsns.config.checks import not_negative, positive
from civicsns.config.delivery import DeliverySettings, RunningSettings
from civicsns.config.faults import Wrong
from civicsns.config.people import LifecycleSettings, RosterSettings
from civicsns.config.profile import ProfileSettings
from civicsns.config.records import RecordSettings
from civicsns.config.rules import ContextSettings, PolicySettings
from civicsns.config.vault import VaultSettings  # noqa: TC001 -- read at run time by the converter
from civicsns.language import Bilingual
from civicsns.model.budget import BudgetSettings, SimilarSettings
from civicsns.model.calendar import Calendar
from civicsns.model.credential import Secret  # noqa: TC001 -- read at run time by the converter

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen(kw_only=True)
class StoreAddress:
    """
    Where deliveries and records are kept: one of the two.

    Attributes:
        path: A file.
        url: The URL of a PostgreSQL database; it may hold a password.
    """

    path: Path | None = None
    url: Secret | None = None


def _together(programme: ProgrammeSettings, _attribute: object, value: Path | None) -> None:
    if (programme.people is None) != (value is None):
        raise Wrong(
            Bilingual(
                "people と accounts は両方書くか、どちらも書かないでください。",
                "Give both people and accounts, or neither.",
            )
        )


@attrs.frozen(kw_only=True)
class ProgrammeSettings:
    """
    The table `[programme]`.

    Attributes:
        name: The programme's name, as officials read it.
        timezone: The zone in which the city lives; reports give times in it.
        people: The CSV file with the staff; given together with *accounts*, or neither: then the register in the store
            says who and what there is.
        accounts: The CSV file with the accounts.
        credentials: The file with the accounts' tokens, readable by its owner alone.
        store: Where deliveries and records are kept: a file, or a PostgreSQL database.
        epoch: The folder in which this machine notes how far the store has come, so that a restored backup is
            noticed; it is no part of the store's backup.
    """

    name: str
    timezone: ZoneInfo = attrs.field(factory=lambda: ZoneInfo("Asia/Tokyo"))
    people: Path | None = None
    accounts: Path | None = attrs.field(default=None, validator=_together)
    credentials: Path | None = None
    store: StoreAddress = StoreAddress(path=Path("civicsns.db"))
    epoch: Path = Path("civicsns.epoch")


def _safe(_instance: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    if value is None:
        return
    parts = urlsplit(value)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if (
        not parts.hostname
        or parts.query
        or parts.fragment
        or parts.scheme not in ({"https", "http"} if here else {"https"})
    ):
        raise Wrong(
            Bilingual(
                f"{attribute.name} は https:// で始まるアドレスにしてください。",
                f"{attribute.name} takes an address that begins with https://.",
            )
        )


@attrs.frozen(kw_only=True)
class EnrolmentSettings:
    """
    The table `[enrolment]`.

    Attributes:
        base_url: Where people reach the enrolment pages: https, or an address of this machine for trying it out.
        valid_days: How many days a link opens.
        practice: Whether a person's first post goes to the practice network, before the account is connected.
        remind_after_days: After how many days without a step a person is reminded.
        notify: Where reminders go, as Apprise writes it, with `{number}` in the place of the personnel number, such
            as `mailtos://user:password@mail.example?to={number}@city.example`.
    """

    base_url: str | None = attrs.field(default=None, validator=_safe)
    valid_days: int = attrs.field(default=14, validator=positive)
    practice: bool = False
    remind_after_days: int = attrs.field(default=3, validator=positive)
    notify: Secret | None = None

    @property
    def valid(self) -> timedelta:
        """How long a link opens."""
        return timedelta(days=self.valid_days)

    @property
    def remind_after(self) -> timedelta:
        """After how long without a step a person is reminded."""
        return timedelta(days=self.remind_after_days)


@attrs.frozen(kw_only=True)
class PermissionSettings:
    """
    The table `[permissions]`; who posts under an account stands with the account.

    Attributes:
        overseers: The personnel numbers of those who may correct, withdraw and delete whatever is posted, lift any
            hold, and see how enrolment stands 統括者. It lets nobody post.
    """

    overseers: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class VerificationSettings:
    """
    The table `[verification]`: how often the networks are asked whether credentials still work.

    Attributes:
        every_days: A credential that was well is asked about again after so many days.
        per_run: How many are asked about in one run of `civicsns accounts verify`. Each is one call: X charges for it
            as for reading what is one's own ($0.001 in 2026, docs.x.com), Facebook does not.
        expiring_days: A token that ends within so many days, and that nothing renews, is reported.
    """

    every_days: int = attrs.field(default=7, validator=positive)
    per_run: int = attrs.field(default=60, validator=positive)
    expiring_days: int = attrs.field(default=14, validator=positive)

    @property
    def every(self) -> timedelta:
        """After how long it is asked again."""
        return timedelta(days=self.every_days)

    @property
    def soon(self) -> timedelta:
        """What ends within this time is reported."""
        return timedelta(days=self.expiring_days)


class PersonalShown(StrEnum):
    """How much of staff members' own accounts the public register tells."""

    NONE = "none"
    #: The account and its section.
    SECTION = "section"
    #: Whose it is, besides.
    NAME = "name"


def _folder(_instance: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    if value is not None and not value.endswith("/"):
        raise Wrong(
            Bilingual(
                f"{attribute.name} の終わりは / にしてください。", f"{attribute.name} takes an address that ends in /."
            )
        )


def _addresses(_instance: object, attribute: attrs.Attribute[Any], value: Mapping[str, str]) -> None:
    for pattern in value.values():
        if not pattern.startswith("https://") or ("{handle}" not in pattern and "{id}" not in pattern):
            raise Wrong(
                Bilingual(
                    f"{attribute.name} は https://example.com/{{handle}} のように、{{handle}} か {{id}} を入れてください。",
                    f"{attribute.name} takes addresses such as https://example.com/{{handle}}, with {{handle}} or {{id}}.",
                )
            )


@attrs.frozen(kw_only=True)
class RegisterSettings:
    """
    The table `[register]`: the public register of accounts, on the city's own site.

    Attributes:
        url: Where it stands: the address of the folder that `civicsns accounts register` writes, with `/` at its end.
        city: Whose accounts they are, as citizens read it; the programme's name unless given.
        site: The city's home page.
        personal: How much it tells of staff members' own accounts.
        closed_years: For how many years it lists accounts that were closed.
        contact: Where citizens tell of an impostor.
        english: What names and purposes are called on the English page, by what they are called otherwise.
        profiles: Where citizens see accounts of networks other than X and Facebook, by network, with `{handle}` or
            `{id}`.
    """

    url: str | None = attrs.field(default=None, validator=[_safe, _folder])
    city: str | None = None
    site: str | None = attrs.field(default=None, validator=_safe)
    personal: PersonalShown = PersonalShown.SECTION
    closed_years: int = attrs.field(default=3, validator=not_negative)
    contact: str = ""
    english: dict[str, str] = attrs.field(factory=dict)
    profiles: dict[str, str] = attrs.field(factory=dict, validator=_addresses)


def _one_vault(instance: Settings, _attribute: object, value: VaultSettings | None) -> None:
    if value is not None and instance.programme.credentials is not None:
        raise Wrong(
            Bilingual(
                "[vault] を書くときは、programme.credentials を外してください（中身は civicsns vault import で移せます）。",
                "With [vault], leave out programme.credentials; civicsns vault import takes over what is in it.",
            )
        )


@attrs.frozen(kw_only=True)
class Settings:
    """
    All of `civicsns.toml`.

    Attributes:
        programme: Who we are.
        policy: Which rules apply.
        networks: Each network's own table; its adapter checks it.
        delivery: How deliveries are made.
        records: How records are kept.
        budget: How much each network may be used.
        similar: When texts of several accounts count as the same.
        running: Who makes them, and when.
        calendar: On which days the city hall is open.
        context: Where facts about circumstances come from.
        vault: Where credentials are sealed; None where they are in a file.
        enrolment: How accounts are connected.
        lifecycle: How people and accounts come and go.
        verification: How often credentials are verified.
        permissions: Who may put right what others have posted.
        roster: How the personnel system writes its roster.
        register: What citizens are told of accounts.
        profiles: What is asked of the profiles of accounts.
    """

    programme: ProgrammeSettings
    policy: PolicySettings
    networks: dict[str, dict[str, Any]]
    delivery: DeliverySettings = attrs.field(factory=DeliverySettings)
    records: RecordSettings = attrs.field(factory=RecordSettings)
    budget: dict[str, BudgetSettings] = attrs.field(factory=dict)
    similar: SimilarSettings = attrs.field(factory=SimilarSettings)
    running: RunningSettings = attrs.field(factory=RunningSettings)
    calendar: Calendar = attrs.field(factory=Calendar)
    context: ContextSettings = attrs.field(factory=ContextSettings)
    vault: VaultSettings | None = attrs.field(default=None, validator=_one_vault)
    enrolment: EnrolmentSettings = EnrolmentSettings()
    lifecycle: LifecycleSettings = attrs.field(factory=LifecycleSettings)
    verification: VerificationSettings = VerificationSettings()
    permissions: PermissionSettings = PermissionSettings()
    roster: RosterSettings = attrs.field(factory=RosterSettings)
    register: RegisterSettings = attrs.field(factory=RegisterSettings)
    profiles: ProfileSettings = attrs.field(factory=ProfileSettings)

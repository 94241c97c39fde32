"""What settings there are, with their defaults."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import attrs

from civicsns.config.faults import Wrong
from civicsns.config.profile import ProfileSettings
from civicsns.language import Bilingual
from civicsns.model.budget import BudgetSettings, SimilarSettings
from civicsns.model.calendar import Calendar
from civicsns.model.credential import Secret  # noqa: TC001 -- read at run time by the converter
from civicsns.model.verdict import Severity  # noqa: TC001 -- read at run time by the converter

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOURS = re.compile(r"(?:(?:[01]\d|2[0-3]):[0-5]\d-?){2}(?<!-)")


def _positive(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value < 1:
        raise Wrong(Bilingual(f"{attribute.name} は 1 以上にしてください。", f"{attribute.name} takes 1 or more."))


def _passes(_instance: object, attribute: attrs.Attribute[timedelta], value: timedelta) -> None:
    if value < timedelta(milliseconds=10):
        raise Wrong(
            Bilingual(f"{attribute.name} は 0.01 秒以上です。", f"{attribute.name} takes 0.01 seconds or more.")
        )


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


#: The rule packs that apply where nobody says which.
PACKS: Final = ("jp-municipal",)


@attrs.frozen(kw_only=True)
class PolicySettings:
    """
    The table `[policy]`.

    Attributes:
        packs: The rule packs that apply, by name; unless given those that the overlay extends, and without an overlay
            `PACKS`.
        overlay: The city's own additions and exceptions, `policy.toml`.
        rules: Rule sets in Python, by the names of their entry points.
        severity: Another severity for a rule of those, by its code.
    """

    packs: tuple[str, ...] | None = None
    overlay: Path | None = None
    rules: tuple[str, ...] = ()
    severity: dict[str, Severity] = attrs.field(factory=dict)


def _hours(_instance: object, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    if not all(_HOURS.fullmatch(hours) for hours in value):
        raise Wrong(
            Bilingual(
                '["08:30-17:15"] のように書いてください。', f'{attribute.name} takes hours such as ["08:30-17:15"].'
            )
        )


@attrs.frozen(kw_only=True)
class ContextSettings:
    """
    The table `[context]`: where facts about circumstances come from; see `civicsns.policy.circumstances`.

    Attributes:
        shifts: The folder with the shift calendars, an iCalendar file for each person or section.
        office_hours: When the others work, on business days, such as `08:30-17:15`.
        elections: The file with the elections, TOML or iCalendar.
        territory: The city, and what it lies in, by the names that this file uses.
    """

    shifts: Path | None = None
    office_hours: tuple[str, ...] = attrs.field(default=(), validator=_hours)
    elections: Path | None = None
    territory: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class DeliverySettings:
    """
    The table `[delivery]`.

    Attributes:
        concurrency: How many accounts of one network are served at once.
        start_deadline: Between writing down the intent and the first byte; later than that, nothing is sent.
        longest_pause: The longest that one attempt may last.
        clock_skew: How far apart the clocks of the programme's machines may be, steps of one clock included.
        retry_first: The pause after the first attempt that provably sent nothing; it doubles each time.
        retry_attempts: After this many such attempts the delivery has failed.
        attempts: After this many attempts of unknown outcome a person decides.
    """

    concurrency: int = attrs.field(default=8, validator=_positive)
    start_deadline: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(seconds=120)
    clock_skew: timedelta = timedelta(seconds=30)
    retry_first: timedelta = timedelta(seconds=30)
    retry_attempts: int = attrs.field(default=6, validator=_positive)
    attempts: int = attrs.field(default=5, validator=_positive)


class EngineName(StrEnum):
    """What drives deliveries."""

    #: This process: the one that publishes, or `civicsns dispatch`.
    INLINE = "inline"
    #: procrastinate, on the PostgreSQL database that is the store, on as many machines as there are (extra `cluster`).
    PROCRASTINATE = "procrastinate"


@attrs.frozen(kw_only=True)
class RunningSettings:
    """
    The table `[running]`.

    Attributes:
        engine: What drives deliveries.
        every: How often a loop looks for what other processes have put into the store.
        sweep: How often an engine is told again of what is overdue.
        heartbeat: How often a process that delivers gives a sign of life.
    """

    engine: EngineName = EngineName.INLINE
    every: timedelta = attrs.field(default=timedelta(seconds=5), validator=_passes)
    sweep: timedelta = attrs.field(default=timedelta(seconds=60), validator=_passes)
    heartbeat: timedelta = attrs.field(default=timedelta(seconds=15), validator=_passes)


class CountedFrom(StrEnum):
    """From when a retention period counts."""

    #: From the 1 April that follows, as rules on documents usually have it.
    FISCAL_YEAR = "fiscal_year"
    RECORD = "record"


def _years(_instance: object, _attribute: object, value: Mapping[str, int]) -> None:
    for kind, years in value.items():
        if years < 1:
            raise Wrong(Bilingual(f"{kind} は 1 年以上にしてください。", f"{kind} takes a year or more."))


@attrs.frozen(kw_only=True)
class KeySource:
    """
    Where the key that signs checkpoints is: one of the two. It is read only when something is signed.

    Attributes:
        path: A PEM file, readable by its owner alone.
        env: An environment variable with the PEM text.
    """

    path: Path | None = None
    env: str | None = None


@attrs.frozen(kw_only=True)
class RecordSettings:
    """
    The table `[records]`.

    Attributes:
        key: The key that signs checkpoints.
        retention: How many years the records are kept, by the beginning of the event, such as `delivery`. What no
            period covers is kept for ever.
        counted_from: From when these years count.
        file_days: How many days the pictures and films of a delivery are kept after it has ended; for ever unless
            said.
    """

    key: KeySource | None = None
    retention: dict[str, int] = attrs.field(factory=dict, validator=_years)
    counted_from: CountedFrom = CountedFrom.FISCAL_YEAR
    file_days: int | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))


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
    valid_days: int = attrs.field(default=14, validator=_positive)
    practice: bool = False
    remind_after_days: int = attrs.field(default=3, validator=_positive)
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
class WrapperSource:
    """
    Where a key is that wraps the keys of sealed credentials: one of these. It is fetched when it is needed first.

    Attributes:
        path: A file that its owner alone can read.
        env: An environment variable.
        keyring: A name in the system's keyring, service `civicsns` (extra `keyring`).
        kms: A key-management service, by the name of its entry point (group `civicsns.keys`).
        options: What that service is told besides.
    """

    path: Path | None = None
    env: str | None = None
    keyring: str | None = None
    kms: str | None = None
    options: dict[str, Any] = attrs.field(factory=dict, repr=False)


@attrs.frozen(kw_only=True)
class VaultSettings:
    """
    The table `[vault]`: credentials are sealed in the store.

    Attributes:
        key: What wraps the keys of envelopes.
        previous: What wrapped them before; until `civicsns vault rotate` has come to its end.
        programme: The name that is bound to every envelope; that of `[programme]` unless given. Give it where the
            programme was renamed since.
    """

    key: WrapperSource
    previous: tuple[WrapperSource, ...] = ()
    programme: str | None = None


def _share(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value <= 1:
        raise Wrong(Bilingual(f"{attribute.name} は 0 から 1 までです。", f"{attribute.name} takes 0 to 1."))


def _pattern(_instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value and "{number}" not in value:
        raise Wrong(
            Bilingual(
                f"{attribute.name} には {{number}}（職員番号）が要ります。",
                f"{attribute.name} needs {{number}}, for the personnel number.",
            )
        )


@attrs.frozen(kw_only=True)
class PersonalAccounts:
    """
    A table `[lifecycle.personal.NETWORK]`: everybody on the staff has a personal account there.

    Attributes:
        handle: What it is called, with `{number}` for the personnel number, such as `takeo_{number}`; empty where
            people bring their own.
        purpose: What it is for 目的, as citizens read it.
    """

    handle: str = attrs.field(default="", validator=_pattern)
    purpose: str = ""


@attrs.frozen(kw_only=True)
class LifecycleSettings:
    """
    The table `[lifecycle]`.

    Attributes:
        personal: The networks on which everybody has a personal account, by name.
        many: When more than this share of people leave at once, or of accounts are closed, somebody has to say how
            many: a wrong file must not retire a city.
        undo_days: For how many days what was put into effect can be undone; until then the store keeps what stood
            before, names included.
    """

    personal: dict[str, PersonalAccounts] = attrs.field(factory=dict)
    many: float = attrs.field(default=0.2, validator=_share)
    undo_days: int = attrs.field(default=90, validator=_positive)


#: What the columns of a roster may be mapped to; see `civicsns.accounts.table.heading`.
ROSTER_FIELDS = frozenset(
    "number name family given section section_code job post since until effective duty".split()  # noqa: SIM905 -- legible
)


def _mappable(_instance: object, _attribute: attrs.Attribute[Any], value: dict[str, str]) -> None:
    if unknown := sorted(set(value) - ROSTER_FIELDS):
        known = ", ".join(sorted(ROSTER_FIELDS))
        raise Wrong(
            Bilingual(
                f"columns に {'、'.join(unknown)} という項目はありません。使えるのは {known} です。",
                f"Of columns there is no {', '.join(unknown)}; there are {known}.",
            )
        )


def _encodes(_instance: object, _attribute: attrs.Attribute[Any], value: str | None) -> None:
    try:
        # Of a text without letters, Python does not look the encoding up.
        " ".encode(value or "utf-8")
    except LookupError:
        raise Wrong(
            Bilingual("cp932 や utf-8 のように書いてください。", "It takes an encoding, such as cp932 or utf-8.")
        ) from None


@attrs.frozen(kw_only=True)
class RosterSettings:
    """
    The table `[roster]`: how the personnel system writes its roster, where that cannot be seen in the file.

    Attributes:
        columns: The headings of its columns, by what they stand for, such as `{ number = "職員ID" }`.
        encoding: Its encoding, such as `cp932`; found out unless given.
        sheet: The sheet of an Excel file; found out unless given.
        digits: So many digits a personnel number has; zeros that were lost at its head are put back.
        sections: The sections that there are; another one is a fault. Any will do where none are given.
    """

    columns: dict[str, str] = attrs.field(factory=dict, validator=_mappable)
    encoding: str | None = attrs.field(default=None, validator=_encodes)
    sheet: str | None = None
    digits: int | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))
    sections: tuple[str, ...] = ()


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

    every_days: int = attrs.field(default=7, validator=_positive)
    per_run: int = attrs.field(default=60, validator=_positive)
    expiring_days: int = attrs.field(default=14, validator=_positive)

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


def _not_negative(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value < 0:
        raise Wrong(Bilingual(f"{attribute.name} は 0 以上にしてください。", f"{attribute.name} takes 0 or more."))


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
    closed_years: int = attrs.field(default=3, validator=_not_negative)
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
    delivery: DeliverySettings = DeliverySettings()
    records: RecordSettings = RecordSettings()
    budget: dict[str, BudgetSettings] = attrs.field(factory=dict)
    similar: SimilarSettings = attrs.field(factory=SimilarSettings)
    running: RunningSettings = RunningSettings()
    calendar: Calendar = attrs.field(factory=Calendar)
    context: ContextSettings = ContextSettings()
    vault: VaultSettings | None = attrs.field(default=None, validator=_one_vault)
    enrolment: EnrolmentSettings = EnrolmentSettings()
    lifecycle: LifecycleSettings = attrs.field(factory=LifecycleSettings)
    verification: VerificationSettings = VerificationSettings()
    permissions: PermissionSettings = PermissionSettings()
    roster: RosterSettings = attrs.field(factory=RosterSettings)
    register: RegisterSettings = attrs.field(factory=RegisterSettings)
    profiles: ProfileSettings = attrs.field(factory=ProfileSettings)

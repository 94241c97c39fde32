"""
Settings from `civicsns.toml`: checked whole before anything happens, every fault with its place and its mend.

Secrets do not stand in the file: it names the environment variable or the file that holds them.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.model.budget import BudgetSettings, SimilarSettings
from civicsns.model.calendar import Calendar
from civicsns.model.credential import Secret
from civicsns.model.verdict import Severity  # noqa: TC001 -- read at run time by the converter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cattrs import Converter

T = TypeVar("T")

_HOURS = re.compile(r"(?:(?:[01]\d|2[0-3]):[0-5]\d-?){2}(?<!-)")


def _positive(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value < 1:
        raise _Wrong(Bilingual(f"{attribute.name} は 1 以上にしてください。", f"{attribute.name} takes 1 or more."))


def _passes(_instance: object, attribute: attrs.Attribute[timedelta], value: timedelta) -> None:
    if value < timedelta(milliseconds=10):
        raise _Wrong(
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


@attrs.frozen(kw_only=True)
class ProgrammeSettings:
    """
    The table `[programme]`.

    Attributes:
        name: The programme's name, as officials read it.
        timezone: The zone in which the city lives; reports give times in it.
        people: The CSV file with the staff.
        accounts: The CSV file with the accounts.
        credentials: The file with the accounts' tokens, readable by its owner alone.
        store: Where deliveries and records are kept: a file, or a PostgreSQL database.
        epoch: The folder in which this machine notes how far the store has come, so that a restored backup is
            noticed; it is no part of the store's backup.
    """

    name: str
    timezone: ZoneInfo = attrs.field(factory=lambda: ZoneInfo("Asia/Tokyo"))
    people: Path
    accounts: Path
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
        raise _Wrong(
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
            raise _Wrong(Bilingual(f"{kind} は 1 年以上にしてください。", f"{kind} takes a year or more."))


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


def load(path: Path) -> Settings:
    """
    Read and check a settings file; paths in it are relative to it.

    Raises:
        ConfigurationError: If the file cannot be read, is no TOML, or has an unknown, missing or wrong key.
    """
    place = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            Bilingual(
                f"設定ファイルを読めません（{error.strerror}）。",
                f"The settings file cannot be read ({error.strerror}).",
            ),
            mend=Bilingual("場所と権限を確かめてください。", "Check the path and its permissions."),
            place=place,
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            Bilingual("設定ファイルが UTF-8 ではありません。", "The settings file is not UTF-8."),
            mend=Bilingual("UTF-8 で保存し直してください。", "Save it as UTF-8."),
            place=place,
        ) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            Bilingual(f"TOML として読めません: {error}。", f"This is not TOML: {error}."),
            mend=Bilingual("示された行を直してください。", "Mend the line that it names."),
            place=place,
        ) from error
    base = path.parent.absolute()
    if isinstance(tables.get("programme"), dict):
        tables["programme"] = _anchored(tables["programme"], base)
    settings = structure(Settings, tables, place=place)
    programme, policy = settings.programme, settings.policy
    records, key = settings.records, settings.records.key
    if key is not None and key.path is not None:
        records = attrs.evolve(records, key=KeySource(path=base / key.path))
    context = settings.context
    return attrs.evolve(
        settings,
        records=records,
        policy=attrs.evolve(policy, overlay=base / policy.overlay if policy.overlay else None),
        context=attrs.evolve(
            context,
            shifts=base / context.shifts if context.shifts else None,
            elections=base / context.elections if context.elections else None,
        ),
        networks={name: _anchored(table, base) for name, table in settings.networks.items()},
        programme=attrs.evolve(
            programme,
            people=base / programme.people,
            accounts=base / programme.accounts,
            credentials=base / programme.credentials if programme.credentials else None,
            epoch=base / programme.epoch,
            store=StoreAddress(path=base / programme.store.path) if programme.store.path else programme.store,
        ),
    )


def _anchored(table: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """Make the paths of `{ file = "…" }` relative to the settings file instead of to the process."""
    return {
        key: {"file": str(base / value["file"])}
        if isinstance(value, dict) and isinstance(value.get("file"), str) and len(value) == 1
        else value
        for key, value in table.items()
    }


def structure(kind: type[T], mapping: Mapping[str, Any], *, place: str) -> T:
    """
    Make a settings value of *kind* from a table; adapters use it for their own tables.

    A field of type `Secret` takes `{ env = "NAME" }` or `{ file = "path" }`, never the secret itself.
    A field of type `timedelta` takes seconds.

    Raises:
        ConfigurationError: Naming every unknown, missing and wrong key, with the mend.
    """
    from cattrs.errors import BaseValidationError  # noqa: PLC0415 -- loaded with the converter

    try:
        return _converter().structure(dict(mapping), kind)
    except BaseValidationError as error:
        faults = list(_faults(error, kind, ()))
    what_ja = "".join(fault.ja for fault in faults)
    what_en = " ".join(fault.en for fault in faults)
    # Not chained: the original error quotes values, and a value may be a secret in the wrong place.
    raise ConfigurationError(
        Bilingual(what_ja, what_en),
        mend=Bilingual("設定を直してから、もう一度実行してください。", "Mend the settings and run again."),
        place=place,
    ) from None


@lru_cache(maxsize=1)
def _converter() -> Converter:
    from cattrs import Converter  # noqa: PLC0415 -- 50 ms that `import civicsns` does not pay

    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(Secret, lambda value, _: _secret(value))
    converter.register_structure_hook(StoreAddress, lambda value, _: _store(value))
    converter.register_structure_hook(KeySource, lambda value, _: _key(value))
    converter.register_structure_hook(timedelta, lambda value, _: _seconds(value))
    converter.register_structure_hook(ZoneInfo, lambda value, _: _zone(value))
    converter.register_structure_hook(StrEnum, lambda value, kind: _one_of(kind, value))
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], lambda value, _: _texts(value))
    converter.register_structure_hook(Path, lambda value, _: Path(_exactly(str, value)))
    converter.register_structure_hook_func(lambda kind: kind == frozenset[date], lambda value, _: _dates(value))
    for plain in (str, int, float, bool, time):
        converter.register_structure_hook(plain, lambda value, kind: _exactly(kind, value))
    return converter


def _exactly(kind: type[Any], value: Any) -> Any:
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise _Wrong(Bilingual(f"{_KINDS[kind].ja}を書いてください。", f"It takes {_KINDS[kind].en}."))
    return value


def _one_of(kind: type[StrEnum], value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise _Wrong(Bilingual(f"{known} のいずれかを書いてください。", f"It takes one of: {known}.")) from None


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise _Wrong(Bilingual('["…", "…"] のように書いてください。', 'It takes a list of strings, ["…", "…"].'))
    return tuple(value)


def _dates(value: Any) -> frozenset[date]:
    # A datetime is a date to Python, and no day to a calendar.
    if not isinstance(value, (list, tuple)) or not all(type(item) is date for item in value):
        raise _Wrong(
            Bilingual("[2026-11-04, …] のように書いてください。", "It takes a list of dates, [2026-11-04, …].")
        )
    return frozenset(value)


_KINDS = {
    str: Bilingual("文字列", "a string"),
    int: Bilingual("整数", "a whole number"),
    float: Bilingual("数値", "a number"),
    bool: Bilingual("true か false", "true or false"),
    time: Bilingual("09:00:00 のような時刻", "a time, such as 09:00:00"),
}


class _Wrong(ValueError):  # noqa: N818 -- never leaves this module
    """A value is wrong; says so in both languages without quoting it."""

    def __init__(self, what: Bilingual) -> None:
        super().__init__()
        self.what = what


def _seconds(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise _Wrong(Bilingual("0 以上の秒数を書いてください。", "It takes a number of seconds, 0 or more."))
    return timedelta(seconds=value)


def _zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError):
        raise _Wrong(
            Bilingual(
                "「Asia/Tokyo」のような時間帯名を書いてください。", "It takes a time zone's name, such as Asia/Tokyo."
            )
        ) from None


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((source, name),) = value.items()
        if source == "env" and isinstance(name, str):
            found = os.environ.get(name)
            if not found:
                raise _Wrong(
                    Bilingual(f"環境変数 {name} が設定されていません。", f"The environment variable {name} is not set.")
                )
            return Secret(found)
        if source == "file" and isinstance(name, str):
            try:
                return Secret(Path(name).read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError):
                raise _Wrong(Bilingual(f"ファイル {name} を読めません。", f"The file {name} cannot be read.")) from None
    raise _Wrong(
        Bilingual(
            '秘密は設定ファイルに書かず、{ env = "変数名" } か { file = "パス" } で示してください。',
            'A secret does not stand in the settings: name its source, { env = "NAME" } or { file = "PATH" }.',
        )
    )


def _store(value: Any) -> StoreAddress:
    if isinstance(value, str) and "://" not in value:
        return StoreAddress(path=Path(value))
    url = Secret(value) if isinstance(value, str) else _secret(value)
    try:
        parts = urlsplit(url.reveal())
        password = parts.password or "password=" in parts.query
    except ValueError:
        # Not chained: the error may quote the address, password and all.
        parts, password = None, None
    if parts is None or parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise _Wrong(
            Bilingual(
                "ファイルの場所か、postgresql://… という URL を書いてください。",
                "It takes a file's path, or a URL that begins with postgresql://.",
            )
        )
    if password and isinstance(value, str):
        raise _Wrong(
            Bilingual(
                'パスワードは設定ファイルに書かず、URL 全体を { env = "変数名" } か { file = "パス" } で示してください。',
                'A password does not stand in the settings: name the source of the whole URL, { env = "NAME" } or { file = "PATH" }.',
            )
        )
    return StoreAddress(url=url)


def _key(value: Any) -> KeySource:
    if isinstance(value, str) and "-----" not in value:
        return KeySource(path=Path(value))
    if isinstance(value, dict) and len(value) == 1:
        ((source, name),) = value.items()
        if source in {"env", "file"} and isinstance(name, str):
            return KeySource(env=name) if source == "env" else KeySource(path=Path(name))
    raise _Wrong(
        Bilingual(
            '鍵は設定ファイルに書かず、ファイルの場所か { env = "変数名" } で示してください。',
            'The key does not stand in the settings: name its file, or { env = "NAME" }.',
        )
    )


def _faults(error: BaseException, kind: type[Any], path: tuple[str, ...]) -> Iterator[Bilingual]:
    """Walk the converter's tree of errors; give one sentence for each leaf."""
    from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError  # noqa: PLC0415

    if isinstance(error, ClassValidationError):
        wrong, other = error.group_exceptions()
        for leaf, note in wrong:
            inner = note.type if isinstance(note.type, type) else kind
            yield from _faults(leaf, inner, (*path, note.name))
        for leaf in other:
            yield from _faults(leaf, error.cl, path)
        return
    if isinstance(error, IterableValidationError):
        items, other = error.group_exceptions()
        for leaf, entry in items:
            yield from _faults(leaf, kind, (*path, str(entry.index)))
        for leaf in other:
            yield from _faults(leaf, kind, path)
        return
    if isinstance(error, ForbiddenExtraKeysError):
        for key in sorted(error.extra_fields):
            yield _unknown(key, error.cl, path)
        return
    yield _leaf(error, path)


def _leaf(error: BaseException, path: tuple[str, ...]) -> Bilingual:
    key = ".".join(path)
    if isinstance(error, KeyError):
        return Bilingual(f"「{key}」がありません。", f"The key {key!r} is missing.")
    if isinstance(error, _Wrong):
        return Bilingual(f"「{key}」: {error.what.ja}", f"{key!r}: {error.what.en}")
    if isinstance(error, BadInput):
        return Bilingual(f"「{key}」: {error.what.ja}{error.mend.ja}", f"{key!r}: {error.what.en} {error.mend.en}")
    return Bilingual(f"「{key}」の値が正しくありません。", f"The value of {key!r} is not what it should be.")


def _unknown(key: str, kind: type[Any], path: tuple[str, ...]) -> Bilingual:
    known = [field.name for field in attrs.fields(kind)] if attrs.has(kind) else []
    near = difflib.get_close_matches(key, known, n=1)
    name = ".".join((*path, key))
    if near:
        meant = ".".join((*path, near[0]))
        return Bilingual(
            f"「{name}」という設定はありません。「{meant}」のことですか。",
            f"There is no setting {name!r}; did you mean {meant!r}?",
        )
    return Bilingual(
        f"「{name}」という設定はありません。使えるのは {'、'.join(known)} です。",
        f"There is no setting {name!r}; there are {', '.join(known)}.",
    )

"""
Events of an iCalendar file (RFC 5545): shifts, elections, a person's evenings.

Files come from other programs, and from people who do not know what is in them. So what may recur is bounded before it
is expanded: a rule is taken only in a form whose next occurrence is found quickly, however far off or impossible it is.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo
    from pathlib import Path

T = TypeVar("T")

#: The largest file that is read, in bytes.
LARGEST: Final = 2_000_000
#: The most events in one file.
MOST_EVENTS: Final = 2_000
#: The most rules of recurrence in one file.
MOST_RULES: Final = 100
#: The earliest beginning of what recurs: each day since then is gone through.
EARLIEST: Final = 1990
#: The most occurrences that may have to be gone through for one day.
MOST_OCCURRENCES: Final = 100_000
#: The longest that one occurrence of what recurs may last.
LONGEST: Final = timedelta(days=31)

_DAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_ANY = r"(?:INTERVAL=[1-9]\d{0,2}|COUNT=\d{1,6}|UNTIL=[0-9TZ]+|WKST=" + _DAY + r")"
_MONTHS = r"BYMONTH=\d{1,2}(?:,\d{1,2})*"
_DATED = (
    rf"(?:{_MONTHS}|BYMONTHDAY=-?\d{{1,2}}(?:,-?\d{{1,2}})*|BYDAY=(?:[+-]?[1-5])?{_DAY}(?:,(?:[+-]?[1-5])?{_DAY})*)"
)
_RULES: Final = {
    "DAILY": re.compile(rf"{_ANY}|{_MONTHS}"),
    "WEEKLY": re.compile(rf"{_ANY}|{_MONTHS}|BYDAY={_DAY}(?:,{_DAY})*"),
    "MONTHLY": re.compile(rf"{_ANY}|{_DATED}|BYSETPOS=-?[1-4]"),
    "YEARLY": re.compile(rf"{_ANY}|{_DATED}|BYSETPOS=-?[1-4]"),
}
#: The days of the months that are not of 31.
_LONGEST_MONTHS: Final = {"2": 29, "4": 30, "6": 30, "9": 30, "11": 30}
_FOLD = re.compile(rb"\r?\n[ \t]")
_RULE = re.compile(rb"^(RRULE|EXRULE)[^:\r\n]*:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_EVENT = re.compile(rb"^BEGIN:VEVENT", re.MULTILINE | re.IGNORECASE)


class Unread(Exception):  # noqa: N818 -- no error: a rule that needs the file is reported as not run
    """
    A file of facts cannot be used.

    Attributes:
        reason: Why; it quotes nothing of the file.
    """

    def __init__(self, reason: Bilingual) -> None:
        super().__init__(reason)
        self.reason = reason


@attrs.frozen(kw_only=True)
class Event:
    """
    One occurrence of an event.

    Attributes:
        begin: When it begins.
        end: When it is over.
        whole_days: Whether it is noted for days, without hours.
        summary: What it is called.
        place: Where it is.
        categories: What it is filed under.
    """

    begin: datetime
    end: datetime
    whole_days: bool = False
    summary: str = attrs.field(default="", repr=False)
    place: str = attrs.field(default="", repr=False)
    categories: tuple[str, ...] = attrs.field(default=(), repr=False)

    def covers(self, moment: datetime) -> bool:
        """Tell whether *moment* is in it."""
        return self.begin <= moment < self.end


class CalendarFile:
    """
    An iCalendar file, read anew when it has changed.

    Args:
        path: The file.
        zone: The zone of times that name none.
    """

    def __init__(self, path: Path, *, zone: tzinfo) -> None:
        self._path = path
        self._zone = zone
        self._read = lru_cache(maxsize=1)(self._loaded)
        # Of one version of the file; a day is asked for often, and few days are.
        self._days = lru_cache(maxsize=8)(self._on)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def on(self, day: date) -> tuple[Event, ...]:
        """
        Give the events of *day*, those included that began before it, in the order of their beginning.

        Raises:
            Unread: If the file cannot be read, or holds what is not bounded.
        """
        return self._days(_mark(self._path), day)

    def _loaded(self, _mark: tuple[int, int]) -> Any:
        return load(_bytes(self._path))

    def _on(self, mark: tuple[int, int], day: date) -> tuple[Event, ...]:
        begin = datetime.combine(day, time(), self._zone)
        return between(self._read(mark), begin, datetime.combine(day + timedelta(days=1), time(), self._zone))


def load(content: bytes) -> Any:
    """
    Read an iCalendar file, and make sure that its events can be found in bounded time.

    Raises:
        Unread: If it is none, or is too large, or recurs in a way that is not bounded; or if the libraries for it are
            not installed (extra `calendars`).
    """
    try:
        import icalendar  # noqa: PLC0415 -- an extra
    except ImportError:
        raise Unread(
            Bilingual(
                "暦を読むライブラリがありません（civicsns[calendars] を入れてください）。",
                "The libraries for calendars are missing (install civicsns[calendars]).",
            )
        ) from None
    _require_bounds(content)
    try:
        calendar = icalendar.Calendar.from_ical(content)
        events = calendar.walk("VEVENT")
        # Each value is parsed when it is first asked for.
        bad = [event for event in events if _unbounded(event)]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, ArithmeticError):
        # Not chained: the original quotes the file.
        raise _no_calendar() from None
    if bad:
        raise _too_much()
    return calendar


def between(calendar: Any, begin: datetime, end: datetime) -> tuple[Event, ...]:
    """
    Give the events of a calendar that `load` has read which touch the time from *begin* to *end*.

    What was cancelled, or leaves the time free (`TRANSP:TRANSPARENT`), is left out.

    Raises:
        Unread: If an event contradicts itself.
    """
    import recurring_ical_events  # noqa: PLC0415 -- an extra

    zone = begin.tzinfo
    assert zone is not None, "the caller's day has a zone"
    try:
        if sum(_occurrences(event, end.date()) for event in calendar.walk("VEVENT")) > MOST_OCCURRENCES:
            raise _too_much()
        found = recurring_ical_events.of(calendar).between(begin, end)
        events = [_event(one, zone) for one in found if _counts(one)]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, ArithmeticError):
        raise _no_calendar() from None
    return tuple(sorted(events, key=lambda one: (one.begin, one.end)))


def _too_much() -> Unread:
    return Unread(
        Bilingual(
            "暦に、知らない時間帯、または古すぎるか多すぎるか長すぎる繰り返しがあります。",
            "The calendar has an unknown time zone, or recurrences that are too old, too many or too long.",
        )
    )


def _no_calendar() -> Unread:
    return Unread(Bilingual("暦が iCalendar として読めません。", "The calendar cannot be read as iCalendar."))


def _require_bounds(content: bytes) -> None:
    if len(content) > LARGEST or len(_EVENT.findall(content)) > MOST_EVENTS:
        raise Unread(
            Bilingual(
                f"暦が大きすぎます（{LARGEST:,} バイト、予定 {MOST_EVENTS:,} 件まで）。",
                f"The calendar is too large ({LARGEST:,} bytes and {MOST_EVENTS:,} events at most).",
            )
        )
    rules = _RULE.findall(_FOLD.sub(b"", content))
    if len(rules) > MOST_RULES or not all(_bounded(name, rule) for name, rule in rules):
        raise Unread(
            Bilingual(
                f"暦に、扱えない形の繰り返しがあります（毎日・毎週・毎月・毎年、{MOST_RULES} 件まで）。",
                "The calendar recurs in a way that is not taken "
                f"(daily, weekly, monthly or yearly, {MOST_RULES} rules at most).",
            )
        )


def _bounded(name: bytes, rule: bytes) -> bool:
    """Tell whether the next occurrence is found quickly: no rule of these forms goes on for long without one."""
    parts = rule.decode("ascii", "replace").strip().upper().rstrip(";").split(";")
    frequency = next((part[5:] for part in parts if part.startswith("FREQ=")), "")
    allowed = _RULES.get(frequency)
    if name.upper() != b"RRULE" or allowed is None:
        return False
    if not all(part.startswith("FREQ=") or allowed.fullmatch(part) for part in parts):
        return False
    return frequency in {"DAILY", "WEEKLY"} or _possible(dict(part.split("=", 1) for part in parts))


def _possible(rule: Mapping[str, str]) -> bool:
    """Tell whether a monthly or yearly rule has occurrences at all: those that have none are sought for long."""
    weekdays, days, months = (rule.get(part, "") for part in ("BYDAY", "BYMONTHDAY", "BYMONTH"))
    numbered = any(letter.isdigit() for letter in weekdays)
    if days and numbered:
        return False
    if "BYSETPOS" in rule and (not weekdays or days or numbered):
        return False
    if months and rule["FREQ"] == "MONTHLY" and (rule.get("INTERVAL", "1") != "1" or not (weekdays or days)):
        return False
    longest = max((_LONGEST_MONTHS.get(month.lstrip("0"), 31) for month in months.split(",")), default=31)
    return not days or any(1 <= abs(int(day)) <= longest for day in days.split(","))


def _unbounded(event: Any) -> bool:
    begin = event.get("DTSTART")
    if begin is None:
        return True
    at = begin.dt
    if "TZID" in begin.params and isinstance(at, datetime) and at.tzinfo is None:
        return True
    if "RRULE" not in event:
        return False
    rule = event["RRULE"]
    # Without a day, that of the beginning is meant, and not every month has it.
    elsewhere = "BYMONTH" in rule and not {"BYDAY", "BYMONTHDAY"} & set(rule) and at.month not in rule["BYMONTH"]
    too_long: bool = event.duration > LONGEST
    return at.year < EARLIEST or too_long or (elsewhere and at.day > 28)


def _occurrences(event: Any, until: date) -> int:
    """Give how many occurrences there may be from the beginning of an event until *until*; rather too many."""
    rule = event.get("RRULE")
    if rule is None:
        return 1
    ends = [day.date() if isinstance(day, datetime) else day for day in rule.get("UNTIL", ())]
    days = (min([until, *ends]) - _day(event["DTSTART"].dt)).days + 1
    frequency = str(rule["FREQ"][0])
    by_days = bool({"BYDAY", "BYMONTHDAY"} & set(rule))
    each = {"DAILY": 1, "WEEKLY": len(rule.get("BYDAY", "1")) / 7, "MONTHLY": 1 if by_days else 1 / 28}
    counts: list[int] = [int(count) for count in rule.get("COUNT", ())]
    return min([max(0, round(days * each.get(frequency, 1 if by_days else 1 / 365))) + 1, *counts])


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _counts(event: Any) -> bool:
    return str(event.get("STATUS", "")).upper() != "CANCELLED" and str(event.get("TRANSP", "")).upper() != "TRANSPARENT"


def _event(event: Any, zone: tzinfo) -> Event:
    return Event(
        begin=_moment(event.start, zone),
        end=_moment(event.end, zone),
        whole_days=not isinstance(event.start, datetime),
        summary=str(event.get("SUMMARY", "")),
        place=str(event.get("LOCATION", "")),
        categories=tuple(map(str, event.categories)),
    )


def _moment(at: date, zone: tzinfo) -> datetime:
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), zone)
    return at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)


def _mark(path: Path) -> tuple[int, int]:
    """Give what changes whenever the file does."""
    return _disk(lambda: (path.stat().st_mtime_ns, path.stat().st_size))


def _bytes(path: Path) -> bytes:
    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)

    return _disk(read)


def _disk(act: Callable[[], T]) -> T:
    try:
        return act()
    except OSError:
        # Neither chained nor quoted: the name of the file may be a person's own business.
        raise Unread(Bilingual("暦のファイルを読めません。", "The calendar's file cannot be read.")) from None

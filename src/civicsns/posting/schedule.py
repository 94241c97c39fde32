"""
When a post goes out: business days 開庁日, what a person writes as a time, and how long a post is worth sending.

Pure functions; the clock, the zone and the calendar are arguments.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from civicsns.model import Calendar, Draft

#: The years whose holidays are known: from the Act on National Holidays (1948) as far as equinoxes are computed.
_FIRST_YEAR, _LAST_YEAR = 1949, 2099
#: More closed days in a row than this are a mistake in the calendar.
_LONGEST_CLOSING: Final = 366

_SATURDAY: Final = 5
_DAYS_OFF: Final = (Bilingual("土曜日", "Saturday"), Bilingual("日曜日", "Sunday"))
#: 令和1年 is 2019 (天皇の退位等に関する皇室典範特例法の施行, 2019-05-01).
_BEFORE_REIWA: Final = 2018

_DATE = r"""
    (?: (?P<year>\d{4}) | (?:令和|R)\s*(?P<reiwa>\d{1,2}|元) ) \s*[-/.年]\s*
    (?P<month>\d{1,2}) \s*[-/.月]\s* (?P<day>\d{1,2}) \s*日?
"""
_TIME = r"""
    (?P<half>午前|午後)? \s* (?P<hour>\d{1,2})
    (?: : (?P<minute>\d{2}) (?: : (?P<second>\d{2}) )? | 時 (?: \s*(?P<minutes>\d{1,2})分 | (?P<thirty>半) )? )
"""
_WRITTEN = re.compile(
    rf"\s* (?: {_DATE} (?: \s+ | T | (?<=日) ) )? \s* {_TIME} \s*"
    r"(?: (?P<offset> Z | [+-]\d{2}:?\d{2} ) )? \s* (?: \[ (?P<zone> [A-Za-z0-9_+/-]+ ) \] )? \s*",
    re.VERBOSE,
)


def closed_because(day: date, calendar: Calendar) -> Bilingual | None:
    """
    Say why the city hall is closed on *day*; None where it is open.

    Raises:
        BadInput: If the holidays of that year are not known.
    """
    if day in calendar.open:
        return None
    if day in calendar.closed:
        return Bilingual("市の閉庁日", "closed by the city")
    if _year_end(day, calendar):
        return Bilingual("年末年始の閉庁", "year-end closing")
    holiday = _holidays(day.year).get(day)
    if holiday is not None:
        return holiday
    weekend = day.weekday() - _SATURDAY
    return _DAYS_OFF[weekend] if weekend >= 0 else None


def is_open(day: date, calendar: Calendar) -> bool:
    """
    Tell whether *day* is a business day.

    Raises:
        BadInput: If the holidays of that year are not known.
    """
    return closed_because(day, calendar) is None


def business_day(day: date, number: int, calendar: Calendar) -> date:
    """
    Count business days from *day*: 1 is the next one after it, -1 the last one before it.

    *day* itself is never counted; 0 gives it back where it is a business day, and else the next one.

    Raises:
        BadInput: If the calendar has no business day for a year on end, or holidays are not known so far away.
    """
    step = timedelta(days=1 if number >= 0 else -1)
    left = abs(number)
    found, tried = day, 0
    if number == 0 and is_open(found, calendar):
        return found
    left = max(left, 1)
    while left:
        tried += 1
        if tried > _LONGEST_CLOSING:
            raise BadInput(
                Bilingual("開庁日が一年間ありません。", "There is no business day for a year."),
                mend=Bilingual("設定の [calendar] を確かめてください。", "Look at [calendar] in the settings."),
                place="calendar",
            )
        found += step
        if is_open(found, calendar):
            left, tried = left - 1, 0
    return found


def next_business_day(now: datetime, *, zone: tzinfo, calendar: Calendar, at: time | None = None) -> datetime:
    """
    Give the next business day after today, at *at*, or when the city hall opens.

    Args:
        now: The present time.
        zone: The city's.
        calendar: Which days are business days.
        at: The time of day; `Calendar.opens` unless given.

    Raises:
        BadInput: If there is no such time on that day (where clocks are put forward), or it comes twice.
    """
    day = business_day(now.astimezone(zone).date(), 1, calendar)
    return local(datetime.combine(day, calendar.opens if at is None else at), zone, place="at")


def local(wall: datetime, zone: tzinfo, *, place: str) -> datetime:
    """
    Give the moment at which clocks in *zone* show *wall*.

    Raises:
        BadInput: If they never show it, or show it twice: where clocks are put forward or back.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    shown = f"{wall:%Y-%m-%d %H:%M}"
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall:
        raise BadInput(
            Bilingual(
                f"{zone} の {shown} という時刻はありません（時計が進められる間です）。",
                f"There is no {shown} in {zone}: clocks are put forward over it.",
            ),
            mend=Bilingual("別の時刻を指定してください。", "Give another time."),
            place=place,
        )
    raise BadInput(
        Bilingual(
            f"{zone} の {shown} は二度あります（時計が戻されます）。",
            f"{shown} comes twice in {zone}: clocks are put back.",
        ),
        mend=Bilingual(
            f"{shown}{_offset(first)} か {shown}{_offset(second)} のように、時差を付けてください。",
            f"Say which by its offset: {shown}{_offset(first)} or {shown}{_offset(second)}.",
        ),
        place=place,
    )


def read_moment(text: str, *, zone: tzinfo, now: datetime, place: str, on: date | None = None) -> datetime:
    """
    Read the time that a person has written.

    `2026-04-01 09:00`, `2026/4/1 9:00`, `2026年4月1日 9時30分`, `令和8年4月1日 午後5時半` are times in *zone*;
    `2026-04-01T09:00+09:00`, `…Z` and `…[Europe/Paris]` say their own. A time of day alone is one of today.

    Args:
        text: What was written; full-width characters are as good as others.
        zone: The city's.
        now: The present time.
        place: Where it was written, for messages.
        on: The day that a time of day alone is meant for; today unless given.

    Raises:
        BadInput: If it cannot be read, is over already, or is a time that clocks never show, or show twice.
    """
    match = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text))
    if match is None:
        raise _unreadable(text, place)
    zone = _zone(match["zone"], place) if match["zone"] else zone
    try:
        day = _date(match) or on or now.astimezone(zone).date()
        wall = datetime.combine(day, _time(match))
        offset = _fixed(match["offset"]) if match["offset"] else None
    except ValueError:
        raise _unreadable(text, place) from None
    if offset is not None:
        moment = wall.replace(tzinfo=offset)
        if match["zone"]:
            # An offset that the zone does not have then is a slip in one of the two.
            there = moment.astimezone(zone)
            if there.replace(tzinfo=None) != wall:
                raise _unreadable(text, place)
            moment = there
    else:
        moment = local(wall, zone, place=place)
    if moment <= now:
        raise BadInput(
            Bilingual(
                f"{moment:%Y-%m-%d %H:%M}（{_offset(moment)}）は過ぎています。",
                f"{moment:%Y-%m-%d %H:%M} ({_offset(moment)}) is over.",
            ),
            mend=Bilingual("これからの時刻を、日付とともに指定してください。", "Give a time to come, with its date."),
            place=place,
        )
    return moment


def require_time_to_send(draft: Draft, *, now: datetime) -> None:
    """
    Refuse a draft that could never go out in time.

    Raises:
        BadInput: If `not_after` is over, or not later than `not_before` and `publish_at`.
    """
    if draft.not_after is None:
        return
    if draft.not_after <= now:
        raise BadInput(
            Bilingual("送信の期限が過ぎています。", "The time by which it was to be sent is over."),
            mend=Bilingual("not_after を直すか、除いてください。", "Mend not_after, or leave it out."),
            place="not_after",
        )
    for name, begins in (("not_before", draft.not_before), ("publish_at", draft.publish_at)):
        if begins is not None and draft.not_after <= begins:
            raise BadInput(
                Bilingual(
                    f"送信の期限（not_after）が {name} より後ではありません。",
                    f"The time by which it is to be sent (not_after) is not later than {name}.",
                ),
                mend=Bilingual("どちらかの時刻を直してください。", "Mend one of the two."),
                place="not_after",
            )


def _year_end(day: date, calendar: Calendar) -> bool:
    if not calendar.year_end:
        return False
    first, last = calendar.year_end
    here = f"{day:%m-%d}"
    return first <= here <= last if first <= last else here >= first or here <= last


@lru_cache(maxsize=16)
def _holidays(year: int) -> Mapping[date, Bilingual]:
    """Give the holidays of a year, substitutes and days between two holidays included, with their names."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise BadInput(
            Bilingual(f"{year} 年の祝日は分かりません。", f"The holidays of {year} are not known."),
            mend=Bilingual("近い年の日付を指定してください。", "Give a date in a nearer year."),
            place="calendar",
        )
    import holidays  # noqa: PLC0415 -- a third of a second that only those pay who ask for business days

    japanese, english = (
        holidays.country_holidays("JP", years=year, expand=False, language=language) for language in ("ja", "en_US")
    )
    return MappingProxyType({day: Bilingual(name, english[day]) for day, name in japanese.items()})


def _date(match: re.Match[str]) -> date | None:
    if match["month"] is None:
        return None
    if match["reiwa"] is None:
        year = int(match["year"])
    else:
        year = _BEFORE_REIWA + (1 if match["reiwa"] == "元" else int(match["reiwa"]))
    return date(year, int(match["month"]), int(match["day"]))


def _time(match: re.Match[str]) -> time:
    hour = int(match["hour"])
    if match["half"]:
        if hour > 11:  # 午後12時 is noon to some and midnight to others
            raise ValueError(hour)
        hour += 12 if match["half"] == "午後" else 0
    minute = 30 if match["thirty"] else int(match["minute"] or match["minutes"] or 0)
    return time(hour, minute, int(match["second"] or 0))


def _fixed(text: str) -> timezone:
    if text == "Z":
        return UTC
    shift = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-shift if text[0] == "-" else shift)


def _zone(name: str, place: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            Bilingual(f"「{name}」という時間帯はありません。", f"There is no time zone {name!r}."),
            mend=Bilingual("Asia/Tokyo のように書いてください。", "Write it like Asia/Tokyo."),
            place=place,
        ) from None


def _offset(moment: datetime) -> str:
    return f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]


def _unreadable(text: str, place: str) -> BadInput:
    return BadInput(
        Bilingual(f"「{text}」を日時として読めません。", f"{text!r} cannot be read as a time."),
        mend=Bilingual(
            "「2026-04-01 09:00」「2026年4月1日 9時」のように書いてください。時差や [Asia/Tokyo] も付けられます。",
            "Write it like 2026-04-01 09:00; an offset, or a zone as in [Asia/Tokyo], may follow.",
        ),
        place=place,
    )

"""Dates 日付 as personnel systems write them: Western and Japanese years, digits alone, Excel's serial numbers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import attrs

from civicsns.accounts.table.flaw import Flaw
from civicsns.language import Bilingual

#: The eras 元号 that members of staff were born or hired in, by their first day; each ends where the next begins.
#: Sources: 明治45年詔書, 大正15年詔書, 昭和64年政令第1号, 平成31年政令第143号.
_ERAS: Final = (
    ("大正", "T", "2", date(1912, 7, 30), "Taishō"),
    ("昭和", "S", "3", date(1926, 12, 25), "Shōwa"),
    ("平成", "H", "4", date(1989, 1, 8), "Heisei"),
    ("令和", "R", "5", date(2019, 5, 1), "Reiwa"),
)
_BY_NAME: Final = {
    name: place
    for place, (kanji, initial, *_) in enumerate(_ERAS)
    for name in (kanji, kanji[0], initial, initial.lower())
}
_BY_CODE: Final = {code: place for place, (_, _, code, *_) in enumerate(_ERAS)}

_MIDNIGHT: Final = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?$")
_WEEKDAY: Final = re.compile(r" ?\([月火水木金土日]\)$")
_JAPANESE: Final = re.compile(
    rf"(?P<era>{'|'.join(sorted(_BY_NAME, key=len, reverse=True))}) ?(?P<year>元|[0-9]{{1,2}})"
    r"(?:(?: ?年 ?|[./-])(?P<month>[0-9]{1,2})(?: ?月 ?|[./-])(?P<day>[0-9]{1,2}) ?日?|(?P<both>[0-9]{4}))"
)
_WESTERN: Final = re.compile(r"([0-9]{4})(?: ?年 ?|[./-])([0-9]{1,2})(?: ?月 ?|[./-])([0-9]{1,2}) ?日?")
_SHORT: Final = re.compile(r"[0-9]{1,2}[./年-][0-9]{1,2}[./月-][0-9]{1,2}日?|[0-9]{6}")
_DAY_FIRST: Final = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}")
#: How systems write that a term has no end.
_ENDLESS: Final = frozenset({"9999", "99999999"})
_NOTHING: Final = frozenset({"", "0", "00000000", "0000/00/00", "0000-00-00", "-", "ー", "―", "—", "なし", "無し"})
#: Excel counts days from here, having taken 1900 for a leap year (ECMA-376 Part 1, 18.17.4.1).
_SERIAL_ZERO: Final = date(1899, 12, 30)
_SERIALS: Final = range(10_000, 80_000)
_EARLIEST, _LATEST = 1920, 2200


@attrs.frozen
class WrongDate:
    """
    What is wrong with a date.

    Attributes:
        flaw: What.
        said: What the remark names beside the value.
    """

    flaw: Flaw
    said: dict[str, object] = attrs.field(factory=dict)


@attrs.frozen
class Day:
    """
    A date, read.

    Attributes:
        date: The day; None where the cell says that there is none.
        serial: Whether it was one of Excel's serial numbers.
    """

    date: date | None
    serial: bool = False


def read(value: object) -> Day | WrongDate:
    """
    Read a date: `2026-04-01`, `2026/4/1`, `2026年4月1日`, `20260401`, `R8.4.1`, `令和8年4月1日`, `5080401`, `46113`.

    A year of two digits without an era, and days before months, are not guessed at.
    """
    if isinstance(value, datetime):
        return _checked(value.date())
    if isinstance(value, date):
        return _checked(value)
    if value is None:
        return Day(None)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _read(str(value))


@lru_cache(maxsize=4096)
def _read(text: str) -> Day | WrongDate:
    # ㋿ is 令和 then, and full-width digits are digits.
    plain = _WEEKDAY.sub("", " ".join(unicodedata.normalize("NFKC", text).split()))
    plain = _MIDNIGHT.sub("", plain)
    if plain in _NOTHING:
        return Day(None)
    if plain in _ENDLESS or (plain.startswith("9999") and _WESTERN.fullmatch(plain)):
        return Day(None)
    if found := _WESTERN.fullmatch(plain):
        return _made(*(int(part) for part in found.groups()))
    if found := _JAPANESE.fullmatch(plain):
        both = found["both"]
        month, day = (both[:2], both[2:]) if both else (found["month"], found["day"])
        year = 1 if found["year"] == "元" else int(found["year"])
        return _in_era(_BY_NAME[found["era"]], year, int(month), int(day))
    if plain.isascii() and plain.isdecimal():
        return _of_digits(plain)
    if _DAY_FIRST.fullmatch(plain):
        return WrongDate(Flaw.DAY_FIRST)
    return WrongDate(Flaw.YEAR_SHORT if _SHORT.fullmatch(plain) else Flaw.NO_DAY)


def _of_digits(plain: str) -> Day | WrongDate:
    match len(plain):
        case 8:
            return _made(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
        case 7 if plain[0] in _BY_CODE:
            # The era's code 元号コード, and two digits each.
            return _in_era(_BY_CODE[plain[0]], int(plain[1:3]), int(plain[3:5]), int(plain[5:]))
        case 6:
            return WrongDate(Flaw.YEAR_SHORT)
        case 5 if int(plain) in _SERIALS:
            return Day(_SERIAL_ZERO + timedelta(days=int(plain)), serial=True)
        case _:
            return WrongDate(Flaw.NO_DAY)


def _made(year: int, month: int, day: int) -> Day | WrongDate:
    try:
        return _checked(date(year, month, day))
    except ValueError:
        return WrongDate(Flaw.NO_SUCH_DAY)


def _checked(day: date) -> Day | WrongDate:
    if day.year == 9999:
        return Day(None)
    return Day(day) if _EARLIEST <= day.year <= _LATEST else WrongDate(Flaw.FAR_YEAR)


def _in_era(place: int, year: int, month: int, day: int) -> Day | WrongDate:
    kanji, _, _, first, latin = _ERAS[place]
    try:
        found = date(first.year + year - 1, month, day)
    except ValueError:
        return WrongDate(Flaw.NO_SUCH_DAY)
    following = _ERAS[place + 1][3] if place + 1 < len(_ERAS) else date.max
    if year >= 1 and first <= found < following:
        return _checked(found)
    return WrongDate(Flaw.OTHER_ERA, {"era": Bilingual(kanji, latin), "meant": _japanese(found)})


def _japanese(day: date) -> str:
    for kanji, _, _, first, _ in reversed(_ERAS):
        if day >= first:
            year = day.year - first.year + 1
            return f"{kanji}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return day.isoformat()

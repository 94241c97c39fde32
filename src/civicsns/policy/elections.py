"""
When elections are on 選挙期間, in whose territory.

From the day of the public notice (告示日・公示日) on, candidates have filed and the campaign has begun (公職選挙法
第129条); it is over for good when the polls close at eight in the evening of polling day (第40条第1項).
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import attrs
import tomli

from civicsns.language import Bilingual
from civicsns.policy.calendars import LARGEST, CalendarFile, Unread

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import tzinfo
    from pathlib import Path

#: When the polls close (公職選挙法 第40条第1項); a city may close some earlier, none later.
POLLS_CLOSE: Final = time(20)
_KEYS: Final = {"name", "territory", "announced", "voting"}


@attrs.frozen(kw_only=True)
class Election:
    """
    One election, or a vote that is like one, such as a referendum.

    Attributes:
        name: What it is called.
        territories: Where it is held, such as `武雄市` or `佐賀県`; empty for the whole country.
        announced: The day of the public notice.
        voting: Polling day.
    """

    name: str
    territories: tuple[str, ...] = ()
    announced: date
    voting: date

    def on(self, moment: datetime) -> bool:
        """Tell whether it is on at *moment*, which is in the zone where it is held."""
        return self.announced <= moment.date() and (
            moment.date() < self.voting or (moment.date() == self.voting and moment.time() < POLLS_CLOSE)
        )

    def concerns(self, territory: Collection[str]) -> bool:
        """Tell whether it is held in one of the territories *territory*, or everywhere."""
        return not self.territories or not {_plain(one) for one in self.territories}.isdisjoint(map(_plain, territory))


class Elections:
    """
    The elections that a file lists; it is read anew when it has changed.

    A TOML file has a table `[[election]]` for each, with `name`, `territory` (one or several; none for the whole
    country), `announced` and `voting`, and may say `known_until`, the last day for which it is complete. An iCalendar
    file has an event for each, from the day of the notice to polling day, with the territory as its place.

    Args:
        path: The file, `….toml` or `….ics`.
        zone: The city's zone.
        territory: The city, and what it lies in: prefecture, constituency.
    """

    def __init__(self, path: Path, *, zone: tzinfo, territory: Collection[str]) -> None:
        self._path = path
        self._territory = tuple(territory)
        self._events = CalendarFile(path, zone=zone) if path.suffix.lower() == ".ics" else None
        self._cached: tuple[int, tuple[Election, ...], date | None] | None = None

    def on(self, moment: datetime) -> tuple[str, ...]:
        """
        Give the names of the elections of the territory that are on at *moment*.

        Raises:
            Unread: If the file cannot be read, or is wrong, or does not know so late a day.
        """
        elections = self._listed(moment.date())
        return tuple(one.name for one in elections if one.on(moment) and one.concerns(self._territory))

    def _listed(self, day: date) -> tuple[Election, ...]:
        if self._events is not None:
            return tuple(
                Election(
                    name=event.summary,
                    territories=tuple(
                        part.strip() for part in event.place.replace("、", ",").split(",") if part.strip()
                    ),
                    announced=event.begin.date(),
                    voting=_last(event.begin, event.end),
                )
                for event in self._events.on(day)
            )
        try:
            mark = self._path.stat().st_mtime_ns
            if self._cached is None or self._cached[0] != mark:
                with self._path.open("rb") as file:
                    self._cached = (mark, *read(file.read(LARGEST).decode("utf-8-sig")))
        except (OSError, UnicodeDecodeError):
            raise Unread(
                Bilingual("選挙の日程のファイルを読めません。", "The election calendar cannot be read.")
            ) from None
        _, elections, known_until = self._cached
        if known_until is not None and day > known_until:
            raise Unread(
                Bilingual(
                    f"選挙の日程は {known_until.isoformat()} までしかありません。",
                    f"The election calendar ends on {known_until.isoformat()}.",
                )
            )
        return elections


def read(text: str) -> tuple[tuple[Election, ...], date | None]:
    """
    Read the elections of a TOML file, and the last day for which it is complete; None where it does not say.

    Raises:
        Unread: If it is wrong; the first fault is named.
    """
    try:
        table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise _wrong(f"TOML ではありません（{error}）", f"it is no TOML ({error})") from None
    unknown = set(table) - {"election", "known_until"}
    known_until = table.get("known_until")
    if unknown or not isinstance(table.get("election", []), list) or not _is_day(known_until, optional=True):
        raise _wrong("[[election]] と known_until だけが使えます", "it takes [[election]] and known_until only")
    return tuple(_election(number, one) for number, one in enumerate(table.get("election", []), start=1)), known_until


def _election(number: int, table: Any) -> Election:
    if not isinstance(table, dict) or set(table) - _KEYS or not {"name", "announced", "voting"} <= set(table):
        raise _wrong(
            f"{number} 件目には name・announced・voting（と territory）を書いてください",
            f"entry {number} takes name, announced, voting (and territory)",
        )
    territory = table.get("territory", [])
    territories = [territory] if isinstance(territory, str) else territory
    texts = isinstance(territories, list) and all(isinstance(one, str) for one in [table["name"], *territories])
    if not texts or not _is_day(table["announced"]) or not _is_day(table["voting"]):
        raise _wrong(
            f"{number} 件目の値が正しくありません（日付は引用符なしの 2026-12-13）",
            f"a value of entry {number} is wrong (a date is 2026-12-13, without quotes)",
        )
    if table["voting"] < table["announced"]:
        raise _wrong(
            f"{number} 件目の投票日が告示日より前です", f"polling day of entry {number} is before its public notice"
        )
    return Election(
        name=table["name"], territories=tuple(territories), announced=table["announced"], voting=table["voting"]
    )


def _is_day(value: object, *, optional: bool = False) -> bool:
    # A datetime is a date to Python.
    return type(value) is date or (optional and value is None)


def _last(begin: datetime, end: datetime) -> date:
    """Give the last day that an event touches; an end at midnight is the end of the day before."""
    if end > begin and end.time() == time():
        return date.fromordinal(end.date().toordinal() - 1)
    return end.date()


def _plain(territory: str) -> str:
    return unicodedata.normalize("NFKC", territory).strip()


def _wrong(ja: str, en: str) -> Unread:
    return Unread(Bilingual(f"選挙の日程が正しくありません: {ja}。", f"The election calendar is wrong: {en}."))

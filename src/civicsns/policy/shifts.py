"""
Who is on duty when 勤務時間: from shift calendars, and from office hours where there is none.

A folder holds an iCalendar file for each person or section that works in shifts, named by the personnel number or the
section: `1001.ics`, `消防署.ics`. A person's own file comes before the section's.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final, Self

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.policy.calendars import CalendarFile, Unread
from civicsns.posting import schedule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo
    from pathlib import Path

    from civicsns.model import Calendar, Person

#: What a day is called on which somebody does not work.
_AWAY: Final = re.compile(r"休|非番|明け|欠勤|\b(?:off|leave|holiday|vacation)\b", re.IGNORECASE)
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


@attrs.frozen
class Hours:
    """
    A stretch of each day.

    Attributes:
        begin: When it begins.
        end: When it is over; before `begin` where it goes on past midnight.
    """

    begin: time
    end: time

    @classmethod
    def of(cls, written: str) -> Self:
        """
        Read hours such as `08:30-17:15`, or `22:00-06:00` past midnight.

        Raises:
            BadInput: If they are none.
        """
        if not _HOURS.fullmatch(written):
            raise BadInput(
                Bilingual("時間帯として読めません。", "These are no hours."),
                mend=Bilingual("08:30-17:15 のように書いてください。", "Write them as 08:30-17:15."),
                place="hours",
            )
        begin, _, end = written.partition("-")
        return cls(time.fromisoformat(begin), time.fromisoformat(end))

    def __contains__(self, moment: datetime) -> bool:
        at = moment.time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


class Shifts:
    """
    Tells who is on duty.

    Args:
        folder: The folder with the shift calendars; None where nobody works in shifts.
        office_hours: When the others work, on business days; empty where that is not known.
        calendar: On which days the city hall is open.
        zone: The city's zone.
    """

    def __init__(self, folder: Path | None, *, office_hours: Iterable[Hours], calendar: Calendar, zone: tzinfo) -> None:
        self._folder = folder
        self._office_hours = tuple(office_hours)
        self._calendar = calendar
        self._zone = zone
        self._files: dict[Path, CalendarFile] = {}

    def on_duty(self, person: Person, moment: datetime) -> bool | None:
        """
        Tell whether *person* is on duty at *moment*; None where nothing tells.

        A shift lasts from its beginning to its end, past midnight too. A day that is called one off (休, 非番, 明け)
        has no shifts but those with hours; any other note for a whole day leaves open when its hours are.

        Raises:
            Unread: If there is a calendar of the person's, and it cannot be used.
        """
        moment = moment.astimezone(self._zone)
        file = self._file(person)
        if file is None:
            return self._in_office(moment)
        events = file.on(moment.date())
        if any(event.covers(moment) and not event.whole_days for event in events):
            return True
        days = [event for event in events if event.whole_days and event.covers(moment)]
        if any(_AWAY.search(event.summary) for event in days):
            return False
        timed = any(not event.whole_days for event in events)
        return None if days and not timed else False

    def _in_office(self, moment: datetime) -> bool | None:
        if not self._office_hours:
            return None
        # Part of yesterday's, where office hours go on past midnight.
        for hours in self._office_hours:
            if moment in hours:
                past = hours.end < hours.begin and moment.time() < hours.end
                day = moment.date() - timedelta(days=1) if past else moment.date()
                try:
                    return schedule.is_open(day, self._calendar)
                except BadInput as unknown:
                    raise Unread(unknown.what) from None
        return False

    def _file(self, person: Person) -> CalendarFile | None:
        if self._folder is None:
            return None
        # Looked up among what there is: neither a number nor a section leads out of the folder.
        try:
            there = {unicodedata.normalize("NFC", one.name): one for one in self._folder.iterdir()}
        except OSError:
            raise Unread(
                Bilingual("勤務表のフォルダを読めません。", "The folder of shift calendars cannot be read.")
            ) from None
        for name in (person.number, person.section):
            path = there.get(unicodedata.normalize("NFC", f"{name}.ics"))
            if path is not None:
                return self._files.setdefault(path, CalendarFile(path, zone=self._zone))
        return None

"""`date`: days of the week that do not belong to the date beside them."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from civicsns.model import Severity
from civicsns.policy.detect.base import CannotTell
from civicsns.policy.facts import FACTS
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits

_DAYS: Final = "月火水木金土日"
#: The year before the first of each era.
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925}
_DATE: Final = re.compile(
    r"(?<![0-9])(?P<month>[0-9]{1,2})(?: ?月 ?(?P<day>[0-9]{1,2}) ?日|/(?P<slashed>[0-9]{1,2}))"
    rf" ?[(\[〔【] ?(?P<weekday>[{_DAYS}])(?:曜日?)?(?:・祝|・休)? ?[)\]〕】]"
)
_YEAR: Final = re.compile(r"(?P<era>令和|平成|昭和)? ?(?P<year>[0-9]{1,4}|元)(?:年 ?|/)$")
_BEFORE_WEEKDAY: Final = frozenset("日0123456789 ")
#: Month, day and spaces; 曜日 and a bracket.
_DATE_LENGTH: Final = 11
#: Era, year and spaces.
_YEAR_LENGTH: Final = 10


@attrs.frozen
class Date:
    """Finds dates with a wrong day of the week. A date without a year is the one nearest to the post's own day."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]

    @classmethod
    def of(cls, _table: Mapping[str, Any], _words: Words) -> Self:
        """Make it from its table: `check`."""
        return cls((tuple(bracket + day for bracket in "([〔【" for day in _DAYS),), (0,))

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find them."""
        unsure = False
        moment = scan.context.local_time
        view = scan.view
        brackets = hits.of(0)
        if moment is None and "年" not in view and "/" not in view:
            # Nothing to find, but perhaps something that cannot be told.
            if not _BEFORE_WEEKDAY.isdisjoint([view[start - 1 : start] for start, _ in brackets]):
                raise CannotTell(FACTS["local_time"])
            return
        for before, behind in brackets:
            found = _DATE.search(scan.view, max(before - _DATE_LENGTH, 0), behind + _DATE_LENGTH)
            if not found:
                continue
            start, end = found.span()
            dated = _YEAR.search(scan.view, max(start - _YEAR_LENGTH, 0), start)
            year = _year(dated) if dated else None
            month, day = int(found["month"]), int(found["day"] or found["slashed"])
            if year is not None:
                meant = _day(year, month, day)
            elif moment is not None:
                meant = _nearest(month, day, moment.date())
            else:
                unsure = True
                continue
            if meant is None or _DAYS[meant.weekday()] == found["weekday"]:
                continue
            start = dated.start() if dated else start
            at, after = found.span("weekday")
            right = _DAYS[meant.weekday()]
            # Which year is meant is a guess: an old post looked at again must not come to a halt over it.
            severity = Severity.ADVISE if year is None else None
            instead = scan.written(start, at) + right + scan.written(after, end)
            yield Match(start, end, instead=instead, severity=severity)
        if unsure:
            raise CannotTell(FACTS["local_time"])


def _year(found: re.Match[str]) -> int | None:
    number = 1 if found["year"] == "元" else int(found["year"])
    if found["era"]:
        return number + _ERAS[found["era"]]
    # 8年 alone is some era's.
    return number if number >= 1000 else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(month: int, day: int, today: date) -> date | None:
    days = [meant for year in (today.year - 1, today.year, today.year + 1) if (meant := _day(year, month, day))]
    return min(days, key=lambda meant: abs(meant - today), default=None)

"""On which days the city hall is open."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A leap year, so that 29 February is a day.
_LEAP = 2000


def _days(value: Iterable[date]) -> frozenset[date]:
    return frozenset(value)


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def _two_days(_instance: object, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    try:
        days = [date.fromisoformat(f"{_LEAP}-{text}") for text in value]
    except ValueError:
        days = [date.min]
    if len(days) not in {0, 2} or date.min in days:
        raise BadInput(
            Bilingual(
                "年末年始の閉庁は、最初の日と最後の日で書きます。",
                "The year-end closing is its first and its last day.",
            ),
            mend=Bilingual('例: ["12-29", "01-03"]。なければ []。', 'For example ["12-29", "01-03"]; [] for none.'),
            place=attribute.name,
        )


@attrs.frozen(kw_only=True)
class Calendar:
    """
    The days on which the city hall is open 開庁日; the table `[calendar]` of the settings.

    A Japanese municipality's days of rest stand in its own ordinance, and are Saturdays, Sundays, the days of rest of
    the Act on National Holidays, and days at the turn of the year (地方自治法 第4条の2 第1項・第2項). Which days at the
    turn of the year, each ordinance says: the default is that of the State's own offices (行政機関の休日に関する法律
    第1条第1項第3号), which most follow. Look into yours.

    Attributes:
        closed: Further days on which it is closed, such as a memorial day (第4条の2 第3項).
        open: Days on which it is open all the same, such as a Sunday in the moving season.
        year_end: The first and the last day of the year-end closing, as month and day; empty for none.
        opens: When a post that waits for the next such day goes out, in the programme's zone.

    Raises:
        BadInput: If a day is both open and closed, or the year-end closing makes no sense.
    """

    closed: frozenset[date] = attrs.field(factory=frozenset, converter=_days)
    open: frozenset[date] = attrs.field(factory=frozenset, converter=_days)
    year_end: tuple[str, ...] = attrs.field(default=("12-29", "01-03"), converter=_texts, validator=_two_days)
    opens: time = time(9)

    def __attrs_post_init__(self) -> None:
        both = self.closed & self.open
        if both:
            day = min(both).isoformat()
            raise BadInput(
                Bilingual(
                    f"{day} が閉庁日と開庁日の両方にあります。", f"{day} is among both the closed and the open days."
                ),
                mend=Bilingual("どちらか一方から除いてください。", "Leave it in one of the two."),
                place="calendar",
            )

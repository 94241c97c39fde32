"""
Retention 保存期間: which bodies may be destroyed, and when.

How long records are kept is for each city to say, in its rules on documents (文書管理規程). civicsns has no period of
its own: what no period covers is kept.
"""

from __future__ import annotations

from calendar import isleap
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.records.body import opened
from civicsns.records.destruction import DESTROYED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from civicsns.records.chain import Entry, Sealed


def from_the_record(at: datetime) -> datetime:
    """Count a period from the time of the record."""
    return at


def from_the_next_fiscal_year(zone: tzinfo) -> Callable[[datetime], datetime]:
    """
    Count periods from the 1 April after the record, as rules on documents usually do.

    The national rules count from the first day of the fiscal year after the one in which a document was made
    (公文書等の管理に関する法律施行令 第8条第4項); a city's own rules say what holds for it.

    Args:
        zone: Where the city is.
    """

    def begins(at: datetime) -> datetime:
        local = at.astimezone(zone)
        return datetime(local.year + (local.month >= 4), 4, 1, tzinfo=zone)

    return begins


def _periods(value: Mapping[str, timedelta | int]) -> tuple[tuple[str, timedelta | int], ...]:
    return tuple(sorted(value.items(), key=lambda item: len(item[0]), reverse=True))


@attrs.frozen
class Retention:
    """
    How long the bodies of records are kept.

    Attributes:
        periods: The periods by the beginning of the event, such as `delivery.`; the longest beginning that fits
            counts. A whole number means years of the calendar. No event but one named here is ever destroyed.
        begins: From when a period counts.
    """

    periods: tuple[tuple[str, timedelta | int], ...] = attrs.field(converter=_periods)
    begins: Callable[[datetime], datetime] = from_the_record

    def __attrs_post_init__(self) -> None:
        for prefix, period in self.periods:
            if not (period > 0 if isinstance(period, int) else period > timedelta(0)):
                raise BadInput(
                    Bilingual("保存期間は 0 より長くしてください。", "A retention period is longer than nothing."),
                    mend=Bilingual(
                        "文書管理規程の期間を書いてください。", "Give the period in your rules on documents."
                    ),
                    place=prefix,
                )

    def ends(self, event: str, at: datetime) -> datetime | None:
        """Say when the body of a record may be destroyed; None for never."""
        if event == DESTROYED:
            return None
        for prefix, period in self.periods:
            if event.startswith(prefix):
                begun = self.begins(at)
                return _years_after(begun, period) if isinstance(period, int) else begun + period
        return None


def _years_after(begun: datetime, years: int) -> datetime:
    if begun.month == 2 and begun.day == 29 and not isleap(begun.year + years):
        # Kept a day too long rather than too short.
        begun = begun.replace(month=3, day=1)
    return begun.replace(year=begun.year + years)


def destroyable(pairs: Iterable[tuple[Entry, Sealed | None]], retention: Retention, *, now: datetime) -> Iterator[int]:
    """
    List the numbers of the entries whose bodies may be destroyed at *now*.

    A body that cannot be read is not listed: nobody knows what it was.
    """
    for entry, _ in overdue(pairs, retention, now=now):
        yield entry.seq


def overdue(
    pairs: Iterable[tuple[Entry, Sealed | None]], retention: Retention, *, now: datetime
) -> Iterator[tuple[Entry, str]]:
    """List the entries whose bodies may be destroyed at *now*, with their events."""
    for entry, sealed in pairs:
        if sealed is None:
            continue
        try:
            event = opened(sealed.body).event
        except ValueError:
            continue
        end = retention.ends(event, entry.at)
        if end is not None and end <= now:
            yield entry, event

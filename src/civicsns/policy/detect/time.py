"""`time`: posts at an hour at which they should not be made, or of a kind that has no place in those hours."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.detect.base import CannotTell, Unless, touched
from civicsns.policy.facts import FACTS
from civicsns.policy.scan import WHOLE, Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from civicsns.model import Context, Draft
    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits


@attrs.frozen
class Hours:
    """
    A stretch of the day.

    Attributes:
        begin: When it begins.
        end: When it is over; before `begin` where it goes on past midnight.
    """

    begin: time
    end: time

    @classmethod
    def of(cls, written: str) -> Self:
        """Read hours such as `08:30-17:15`."""
        begin, _, end = written.partition("-")
        return cls(time.fromisoformat(begin), time.fromisoformat(end))

    def __contains__(self, moment: datetime) -> bool:
        at = moment.time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@attrs.frozen
class QuietHours:
    """Finds any post that would go out outside some hours."""

    hours: Hours
    when: Mapping[str, Any]
    reads: tuple[str, ...] = ("local_time",)

    def look(self, _draft: Draft, _facts: Mapping[str, Any], context: Context) -> Iterator[Match]:
        """Find it."""
        if context.local_time is not None and context.local_time not in self.hours:
            yield WHOLE


@attrs.frozen
class OnDuty:
    """Finds words in a post made on duty; without a shift calendar, within some hours of a weekday."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    hours: Hours
    unless: Unless

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find them."""
        on_duty, moment = scan.context.on_duty, scan.context.local_time
        if on_duty is None:
            if moment is None:
                raise CannotTell(scan.context.why.get("on_duty", FACTS["on_duty"]))
            on_duty = moment.weekday() < 5 and moment in self.hours
        if on_duty:
            quiet = self.unless.where(hits)
            for start, end in hits.of(0):
                if not touched(quiet, start, end):
                    yield Match(start, end)


class Time:
    """A rule about hours."""

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> QuietHours | OnDuty:
        """Make it: `outside` (hours) with `unless_topic`; or `inside` (`workday` and hours) with `and_terms`, `none`."""
        if "outside" in table:
            return QuietHours(
                Hours.of(table["outside"]),
                {"lane": "routine"} if table.get("unless_topic") == "emergency" else {},
            )
        unless, slots = Unless.of(table, words, slot=1)
        hours = Hours.of(table["inside"].removeprefix("workday").strip())
        return OnDuty((words.folded(table["and_terms"]), *slots), (0,), hours, unless)

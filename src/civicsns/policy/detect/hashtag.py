"""`hashtag`: how many hashtags there are, and how they are written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan

_TAG: Final = re.compile(r"[#＃](\w+)")
_ONE_CASE: Final = re.compile(r"[a-z0-9_]+|[A-Z0-9_]+")


@attrs.frozen
class Hashtag:
    """Finds hashtags beyond a number, and long ones of Latin letters in which no word begins with a capital."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    most: int
    camel_from: int
    may_lack_capitals: re.Pattern[str]

    @classmethod
    def of(cls, table: Mapping[str, Any], _words: Words) -> Self:
        """Make it from its table: `max`, `camel_case_min` (letters from which words should begin with a capital)."""
        least = int(table["camel_case_min"])
        return cls((("#",),), (0,), int(table["max"]), least, re.compile(f"[#＃][A-Za-z0-9_]{{{least}}}"))

    def find(self, scan: Scan, _hits: Sequence[Hit]) -> Iterator[Match]:
        """Find them."""
        # Nearly all texts are through with this.
        if scan.view.count("#") <= self.most and not self.may_lack_capitals.search(scan.raw):
            return
        tags = [found for found in _TAG.finditer(scan.raw) if not found.group(1).isdigit()]
        for tag in tags:
            if len(tag.group(1)) >= self.camel_from and _ONE_CASE.fullmatch(tag.group(1)):
                yield Match(tag.start(), tag.end(), raw=True)
        if len(tags) > self.most:
            yield Match(tags[self.most].start(), tags[-1].end(), raw=True)

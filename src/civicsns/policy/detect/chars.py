"""`chars`: characters that should not be written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan

#: Greek, Cyrillic, Armenian and Cherokee: what has letters that look like Latin ones.
_LOOK_ALIKE: Final = "\u0370-\u03ff\u0400-\u058f\u13a0-\u13ff"
_MIXED: Final = re.compile(
    rf"[A-Za-z](?=[{_LOOK_ALIKE}])[A-Za-z{_LOOK_ALIKE}]+|[{_LOOK_ALIKE}]+(?=[A-Za-z])[A-Za-z{_LOOK_ALIKE}]+"
)


@attrs.frozen
class Chars:
    """Finds runs of characters of a set in the text as it was written, and words of mixed scripts."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    marks: str
    run: re.Pattern[str]
    mixed: bool

    @classmethod
    def of(cls, table: Mapping[str, Any], _words: Words) -> Self:
        """Make it from its table: `set` (as in a regular expression's class), `mixed_script`."""
        mixed = bool(table.get("mixed_script", False))
        marks = table["set"] + (_LOOK_ALIKE if mixed else "")
        return cls((), (), marks, re.compile(f"[{table['set']}]+"), mixed)

    def find(self, scan: Scan, _hits: Sequence[Hit]) -> Iterator[Match]:
        """Find the runs."""
        for found in self.run.finditer(scan.raw):
            yield Match(found.start(), found.end(), raw=True)
        if self.mixed:
            for found in _MIXED.finditer(scan.raw):
                yield Match(found.start(), found.end(), raw=True)

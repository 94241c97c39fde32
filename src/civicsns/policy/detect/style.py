"""`style`: です・ます beside だ・である."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan

_POLITE: Final = ("です", "ます", "ました", "ません", "でした", "でしょう", "ましょう", "ください")
#: だ alone is part of ください; at the very end of a text, only what is none of it makes the rule look.
_PLAIN: Final = ("である", "であった", "だった", "のだ", "んだ", "要だ", *(f"だ{end}" for end in "。!?\n"))
_QUOTED: Final = re.compile(r"「[^「」]*」|『[^『』]*』")
#: What ends a sentence.
_END: Final = r"(?=[。!?\n]|$)"
_POLITE_END: Final = re.compile(rf"(?:{'|'.join(_POLITE)})[ね]?{_END}")
_PLAIN_END: Final = re.compile(rf"(?:で(?:ある|あった)|だ(?:った)?){_END}")


@attrs.frozen
class Style:
    """Finds a sentence that ends in だ or である in a post whose others end in です or ます; quotations aside."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]

    @classmethod
    def of(cls, _table: Mapping[str, Any], _words: Words) -> Self:
        """Make it from its table: `check`."""
        return cls((_PLAIN,), (0,))

    def find(self, scan: Scan, _hits: Sequence[Hit]) -> Iterator[Match]:
        """Find it."""
        spoken = _QUOTED.sub(lambda found: "＿" * len(found.group()), scan.view)
        plain = _PLAIN_END.search(spoken)
        if plain and _POLITE_END.search(spoken):
            yield Match(*plain.span())

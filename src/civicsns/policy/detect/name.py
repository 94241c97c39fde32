"""`name`: names of persons; a public figure's is none, nor is a local place's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.model import Severity
from civicsns.policy.detect.base import CannotTell
from civicsns.policy.names import Kind, NoDictionary, find_names
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan


@attrs.frozen
class Name:
    """
    Finds names of persons.

    A name of which there is only one part comes as advice, for such words are often places or firms; and so does one
    that stands where a town announces its speakers and contacts.

    Attributes:
        slots: Nothing: where names stand, `civicsns.policy.names` finds out in one pass of its own.
        needs: Nothing.
        less: What such a name weighs; None where it weighs as much as the others.
        allowed: Names, with or without a title, of persons whom everybody may name; by their first character.
        innocent: Names of places.
    """

    less: Severity | None
    allowed: Mapping[str, tuple[str, ...]]
    innocent: frozenset[str]
    slots: tuple[tuple[str, ...], ...] = ()
    needs: tuple[int, ...] = ()

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it from its table: `require` (`full_or_honorific` or `any`), `allow_list`, `suppress_list`."""
        allowed: dict[str, tuple[str, ...]] = {}
        for figure in words.folded(table.get("allow_list")):
            allowed[figure[0]] = (*allowed.get(figure[0], ()), figure)
        less = Severity.ADVISE if table.get("require", "any") == "full_or_honorific" else None
        return cls(less, allowed, frozenset(words.folded(table.get("suppress_list"))))

    def find(self, scan: Scan, _hits: Sequence[Hit]) -> Iterator[Match]:
        """
        Find the names.

        Raises:
            CannotTell: If the dictionary is not installed.
        """
        try:
            names = find_names(scan.view, innocent=self.innocent)
        except NoDictionary as why:
            raise CannotTell(why.reason) from None
        for name in names:
            if self.allowed and self._public(scan.view, name.start, name.end):
                continue
            less = name.kind is Kind.BARE or name.announced
            yield Match(name.start, name.end, severity=self.less if less else None)

    def _public(self, text: str, start: int, end: int) -> bool:
        """Whether it is a public figure's name, or a name and a title that are in the list together."""
        return any(
            len(figure) >= end - start and text.startswith(figure, start)
            for figure in self.allowed.get(text[start], ())
        )

"""The conduct rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from civicsns.language import Bilingual
    from civicsns.model import Context, Draft, Finding, Question, Skipped


class Rule(Protocol):
    """One conduct rule."""

    @property
    def code(self) -> str:
        """Its code, such as `ACC001`; never used again for another rule."""
        ...

    @property
    def title(self) -> Bilingual:
        """What it is about, in a few words."""
        ...

    def check(self, draft: Draft, context: Context) -> Iterable[Finding | Question | Skipped]:
        """Find what is wrong with *draft*; rules read facts, they do not fetch."""
        ...

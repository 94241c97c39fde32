"""One text under examination: as it was written, and as it is read once tricks and variants are folded away."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from civicsns.model import Severity, Span
from civicsns.policy.facts import known
from civicsns.policy.numbers import runs
from civicsns.text.numerals import digits_in, unlisted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from civicsns.model import Context, Draft
    from civicsns.policy.numbers import Run
    from civicsns.text.folding import Folded


class Hit(NamedTuple):
    """
    A word that a detector asked for.

    Attributes:
        slot: Under which of the detector's lists of words.
        start: Its first character in the folded text.
        end: One past its last.
    """

    slot: int
    start: int
    end: int


class Match(NamedTuple):
    """
    What a detector found.

    Attributes:
        start: Its first character, in the folded text unless `raw`.
        end: One past its last; before `start` where it is about the whole post.
        instead: What to write instead, where the detector knows.
        raw: Whether the places are those of the text as it was written.
        severity: How much it weighs, where that is less than what the rule says.
        part: Which part of the draft it is about, where that is another than the one that was looked at.
    """

    start: int
    end: int
    instead: str | None = None
    raw: bool = False
    severity: Severity | None = None
    part: str | None = None


#: The whole post, no words in particular.
WHOLE: Final = Match(0, -1)


class Scan:
    """
    A text under examination.

    Args:
        folded: The text, and how it is read.
        draft: The draft that the text is a part of.
        context: The circumstances.
        part: Which part of the draft it is.
        hiding: Whether it may hide words.
        stretches: Where its digits stand near each other, if that is known and no number in it is read out.

    Attributes:
        raw: The text as it was written.
        view: The text as it is read; detectors look at this.
    """

    def __init__(
        self,
        folded: Folded,
        *,
        draft: Draft,
        context: Context,
        part: str = "text",
        hiding: bool = False,
        stretches: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        self.folded = folded
        self.raw = folded.raw
        self.view = folded.view
        self.draft = draft
        self.context = context
        self.part = part
        self.hiding = hiding
        self.stretches = stretches

    def span(self, match: Match) -> Span | None:
        """Give where *match* stands in the author's own text; None where it is about the whole post."""
        if match.end < match.start:
            return None
        if match.raw:
            return Span(start=match.start, end=match.end)
        start, end = self.folded.span(match.start, match.end)
        return Span(start=start, end=end)

    def written(self, start: int, end: int) -> str:
        """Give the author's own words where the folded text has the characters from *start* to *end*."""
        begins, ends = self.folded.span(start, end)
        return self.raw[begins:ends]

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What is known of draft and circumstances, by name; None is unknown."""
        return known(self.draft, self.context)

    @cached_property
    def digits(self) -> str:
        """The folded text as somebody reads it who looks for numbers; same places."""
        view = self.view
        if self.stretches is None or unlisted(view, self.raw, self.folded.starts) is not view:
            return self.folded.digits
        return digits_in(view, self.stretches)

    @cached_property
    def numbers(self) -> tuple[Run, ...]:
        """The longer runs of digits; the rules about numbers share them."""
        return runs(self.digits, self.stretches)

"""What the conduct rules say of a draft."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from civicsns.language import Bilingual


class Severity(StrEnum):
    """How much a finding weighs."""

    #: Stops the post.
    BLOCK = "block"
    #: The author confirms with a reason; the section sees it afterwards.
    REVIEW = "review"
    #: Shown, nothing more.
    ADVISE = "advise"


@attrs.frozen(kw_only=True)
class Span:
    """
    A stretch of the author's own text, in code points.

    Attributes:
        start: The first code point.
        end: One past the last.
    """

    start: int
    end: int


@attrs.frozen(kw_only=True)
class Fix:
    """
    A change that mends a finding.

    Attributes:
        kind: What is done: `replace` puts `text` in the place of the span; `strip_metadata` takes place, device and
            time out of the picture.
        text: What to put in the place of the span.
        safe: Whether it may be made without asking: what the post says stays the same.
    """

    kind: str
    text: str = attrs.field(default="", repr=False)
    safe: bool = False


@attrs.frozen(kw_only=True)
class Question:
    """
    What only a person can answer.

    Attributes:
        rule: The rule that asks.
        ask: The question.
        legal_basis: The articles behind it.
    """

    rule: str
    ask: Bilingual
    legal_basis: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Finding:
    """
    One thing a rule found 指摘.

    Attributes:
        rule: The rule's code, such as `ACC001`.
        severity: How much it weighs.
        message: What is wrong, and why.
        span: Which words; None where it is about the whole post.
        part: Which part of the draft the span counts in: `text`, `variants.x`, `media.0.alt_text`, `link`, `poll.0`.
        legal_basis: The articles that it rests on. No lawyer has confirmed any of them.
        mend: What to change.
        fix: A change that a program can make; None where only a person can.
        waivable: Whether somebody entitled may let one post pass in spite of it 例外承認.
    """

    rule: str
    severity: Severity
    message: Bilingual
    span: Span | None = None
    part: str = "text"
    legal_basis: tuple[str, ...] = ()
    mend: Bilingual | None = None
    fix: Fix | None = None
    waivable: bool = True

    @property
    def family(self) -> str:
        """The family of its rule: the letters that the code begins with."""
        return self.rule.rstrip("0123456789")


@attrs.frozen(kw_only=True)
class Skipped:
    """
    A rule that did not run.

    Attributes:
        rule: Its code.
        reason: Why not.
    """

    rule: str
    reason: Bilingual


@attrs.frozen(kw_only=True)
class Verdict:
    """
    All that the rules say of one draft.

    Attributes:
        digest: The digest of the draft that was checked.
        ran: The codes of the rules that ran.
        findings: What they found.
        questions: What only a person can answer.
        skipped: The rules that did not run, with reasons.
    """

    digest: str
    ran: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    questions: tuple[Question, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def severity(self) -> Severity | None:
        """The heaviest severity found; `BLOCK` where no rule ran at all, since an empty policy refuses."""
        if not self.ran:
            return Severity.BLOCK
        found = {finding.severity for finding in self.findings}
        return next((severity for severity in Severity if severity in found), None)


@attrs.frozen(kw_only=True)
class Waiver:
    """
    Who let one draft pass in spite of one rule that blocks it 例外承認.

    Attributes:
        rule: The code of the rule.
        by: The personnel number of the person; it counts only if that person is entitled.
        digest: The digest of the draft; another draft is not covered.
        reason: Why.
    """

    rule: str
    by: str
    digest: str
    reason: str = attrs.field(repr=False)


def _waivers(value: Iterable[Waiver]) -> tuple[Waiver, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Decision:
    """
    Who let a draft pass 決裁.

    Attributes:
        by: The personnel number of the person.
        digest: The digest of the draft that was let pass; another draft is not covered.
        reason: Why, where the rules asked for a reason.
        waivers: The rules that block it and were waived, each by somebody entitled.
    """

    by: str
    digest: str
    reason: str = attrs.field(default="", repr=False)
    waivers: tuple[Waiver, ...] = attrs.field(default=(), converter=_waivers)

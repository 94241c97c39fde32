"""What the conduct rules say of a draft."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
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
class Finding:
    """
    One thing a rule found 指摘.

    Attributes:
        rule: The rule's code, such as `ACC001`.
        severity: How much it weighs.
        message: What is wrong, and why.
        span: Which words; None where it is about the whole post.
        legal_basis: The articles that it rests on. No lawyer has confirmed any of them.
        mend: What to change.
    """

    rule: str
    severity: Severity
    message: Bilingual
    span: Span | None = None
    legal_basis: tuple[str, ...] = ()
    mend: Bilingual | None = None


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
    questions: tuple[Bilingual, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def severity(self) -> Severity | None:
        """The heaviest severity found; `BLOCK` where no rule ran at all, since an empty policy refuses."""
        if not self.ran:
            return Severity.BLOCK
        found = {finding.severity for finding in self.findings}
        return next((severity for severity in Severity if severity in found), None)


@attrs.frozen(kw_only=True)
class Decision:
    """
    Who let a draft pass 決裁.

    Attributes:
        by: The personnel number of the person.
        digest: The digest of the draft that was let pass; another draft is not covered.
        reason: Why, where the rules asked for a reason.
    """

    by: str
    digest: str
    reason: str = attrs.field(default="", repr=False)

"""Texts that were checked, with the places of findings as editors count them; and all of it as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.language import Bilingual
from civicsns.policy import articles
from civicsns.policy.engine import parts

if TYPE_CHECKING:
    from civicsns.model import Draft, Finding, Verdict
    from civicsns.policy.pack import Pack


@attrs.frozen(kw_only=True)
class Place:
    """
    Where a finding stands in a part of a draft; lines and columns count from 1, columns in code points.

    Attributes:
        line: The line of its first character.
        column: The column of its first character.
        end_line: The line of its last character.
        end_column: One past the column of its last character.
    """

    line: int
    column: int
    end_line: int
    end_column: int


@attrs.frozen(kw_only=True)
class Checked:
    """
    A text that was checked.

    Attributes:
        name: The file that it came from; empty where it came from none.
        draft: The draft.
        verdict: What the rules say of it.
    """

    name: str = ""
    draft: Draft
    verdict: Verdict

    def part(self, name: str) -> str:
        """Give the text of a part of the draft, as findings name it; empty where a finding is about no text."""
        return next((text for part, text in parts(self.draft) if part == name), "")

    def place(self, finding: Finding) -> Place | None:
        """Say where a finding stands in its part; None where it is about the whole."""
        span, text = finding.span, self.part(finding.part)
        if span is None or span.end > len(text):
            return None
        # What is missing, or is an end, has no last character.
        last = max(span.start, span.end - 1)
        return Place(
            line=text.count("\n", 0, span.start) + 1,
            column=span.start - text.rfind("\n", 0, span.start),
            end_line=text.count("\n", 0, last) + 1,
            end_column=last - text.rfind("\n", 0, last) + (1 if span.end > span.start else 0),
        )

    def findings(self) -> list[Finding]:
        """Give the findings in the order of the text; those about the whole come first."""
        return sorted(self.verdict.findings, key=lambda one: (one.part, one.span.start if one.span else -1, one.rule))


def table(checked: Checked, pack: Pack | None) -> dict[str, Any]:
    """Give all that the rules say of a text, for `json.dumps`: words in both languages, places in code points."""
    return {
        "name": checked.name,
        "severity": checked.verdict.severity,
        "ran": len(checked.verdict.ran),
        "findings": [_finding(checked, one, pack) for one in checked.findings()],
        "questions": [
            {"code": one.rule, "question": both(one.ask), "legal": _legal(one.legal_basis, pack)}
            for one in checked.verdict.questions
        ],
        "skipped": [{"code": one.rule, "reason": both(one.reason)} for one in checked.verdict.skipped],
    }


def both(words: Bilingual) -> dict[str, str]:
    """Give words in both languages, by language."""
    return {"ja": words.ja, "en": words.en}


def _finding(checked: Checked, one: Finding, pack: Pack | None) -> dict[str, Any]:
    place, text = checked.place(one), checked.part(one.part)
    return {
        "code": one.rule,
        "family": one.family,
        "severity": one.severity,
        "part": one.part,
        "start": one.span.start if one.span else 0,
        "end": one.span.end if one.span else len(text),
        **(attrs.asdict(place) if place else {}),
        "message": both(one.message),
        **({"mend": both(one.mend)} if one.mend else {}),
        **({"fix": attrs.asdict(one.fix)} if one.fix else {}),
        "legal": _legal(one.legal_basis, pack),
        "waivable": one.waivable,
    }


def _legal(keys: tuple[str, ...], pack: Pack | None) -> list[dict[str, str]]:
    return [{"key": key, **both(articles.named(key, pack) if pack else Bilingual(key, key))} for key in keys]

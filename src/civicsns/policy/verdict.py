"""From rules and a draft to a verdict, and from a verdict and a decision to a yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.errors import NotPermitted
from civicsns.language import Bilingual
from civicsns.model.context import UNKNOWN
from civicsns.model.verdict import Decision, Finding, Question, Severity, Skipped, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from civicsns.model.context import Context
    from civicsns.model.draft import Draft
    from civicsns.ports import Rule


def check(
    draft: Draft, rules: Iterable[Rule], *, severity: Mapping[str, Severity], context: Context = UNKNOWN
) -> Verdict:
    """
    Let every rule look at *draft*.

    Args:
        draft: What is to be said.
        rules: The rules that apply.
        severity: The city's own severities, by code; they replace the rule's.
        context: What is known around the draft.
    """
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    questions: list[Question] = []
    ran: list[str] = []
    for rule in rules:
        answers = list(rule.check(draft, context))
        left_out = [answer for answer in answers if isinstance(answer, Skipped)]
        skipped += left_out
        if not left_out:
            ran.append(rule.code)
        questions += [answer for answer in answers if isinstance(answer, Question)]
        findings += [
            attrs.evolve(answer, severity=severity.get(answer.rule, answer.severity))
            for answer in answers
            if isinstance(answer, Finding)
        ]
    return Verdict(
        digest=draft.digest,
        ran=tuple(ran),
        findings=tuple(findings),
        questions=tuple(questions),
        skipped=tuple(skipped),
    )


def permit(verdict: Verdict, decision: Decision | None) -> None:
    """
    Let a draft pass, or say what would let it pass.

    Raises:
        NotPermitted: If no rule ran; if a finding blocks; if a finding asks for review and nobody has decided with a
            reason; if the decision was made on another draft.
    """
    if not verdict.ran:
        raise NotPermitted(
            Bilingual(
                "どの投稿規範も確認できていないため、投稿できません。",
                "No conduct rule has looked at this post, so it may not go out.",
            ),
            mend=Bilingual("設定の [policy] rules に規範を加えてください。", "Add a rule set to [policy] rules."),
        )
    blocking = [finding for finding in verdict.findings if finding.severity is Severity.BLOCK]
    if blocking:
        raise NotPermitted(
            _listed(blocking), mend=Bilingual("該当箇所を直してください。", "Change what the rules name."), place="text"
        )
    if decision is not None and decision.digest != verdict.digest:
        raise NotPermitted(
            Bilingual("決裁の後で内容が変わっています。", "The post was changed after the decision."),
            mend=Bilingual("今の内容で、もう一度決裁を受けてください。", "Have the present version decided on again."),
        )
    reviewing = [finding for finding in verdict.findings if finding.severity is Severity.REVIEW]
    if reviewing and (decision is None or not decision.reason.strip()):
        raise NotPermitted(
            _listed(reviewing),
            mend=Bilingual(
                "内容を直すか、確認した理由を付けて決裁してください。",
                "Change it, or decide with the reason why it may go out as it is.",
            ),
            place="text",
        )


def _listed(findings: list[Finding]) -> Bilingual:
    return Bilingual(
        "".join(f"[{finding.rule}] {finding.message.ja}" for finding in findings),
        " ".join(f"[{finding.rule}] {finding.message.en}" for finding in findings),
    )

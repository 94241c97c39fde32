"""From rules and a draft to a verdict, and from a verdict and a decision to a yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

from civicsns.errors import NotPermitted
from civicsns.language import Bilingual
from civicsns.model.context import UNKNOWN
from civicsns.model.verdict import Decision, Finding, Question, Severity, Skipped, Verdict
from civicsns.policy import waiver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from civicsns.model.context import Context
    from civicsns.model.draft import Draft
    from civicsns.policy.pack import Pack
    from civicsns.ports import Rule


class Looks(Protocol):
    """Many rules made ready together: `civicsns.policy.engine.Policy`."""

    @property
    def pack(self) -> Pack:
        """Where they come from; it names articles in words."""
        ...

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the rules."""
        ...

    def check(self, draft: Draft, context: Context) -> Iterable[Finding | Question | Skipped]:
        """Let every rule look at *draft*."""
        ...


def check(
    draft: Draft,
    rules: Collection[Rule],
    *,
    severity: Mapping[str, Severity],
    pack: Looks | None = None,
    context: Context = UNKNOWN,
) -> Verdict:
    """
    Let every rule look at *draft*.

    Args:
        draft: What is to be said.
        rules: The rules that apply.
        severity: The city's own severities, by code; they replace the rule's.
        pack: The rules of a pack, whose severities the city's overlay has settled already.
        context: What is known around the draft.
    """
    answers = [
        attrs.evolve(answer, severity=severity.get(answer.rule, answer.severity))
        if isinstance(answer, Finding)
        else answer
        for rule in rules
        for answer in rule.check(draft, context)
    ]
    codes = [rule.code for rule in rules]
    if pack is not None:
        answers += pack.check(draft, context)
        codes += pack.codes
    # Several detectors of a rule may lack the same fact.
    skipped = tuple(dict.fromkeys(answer for answer in answers if isinstance(answer, Skipped)))
    left_out = {one.rule for one in skipped}
    return Verdict(
        digest=draft.digest,
        ran=tuple([code for code in codes if code not in left_out]),
        findings=tuple(answer for answer in answers if isinstance(answer, Finding)),
        questions=tuple(answer for answer in answers if isinstance(answer, Question)),
        skipped=skipped,
    )


def permit(verdict: Verdict, decision: Decision | None, *, entitled: Collection[str] = ()) -> None:
    """
    Let a draft pass, or say what would let it pass.

    Args:
        verdict: What the rules found in it.
        decision: Who lets it pass.
        entitled: The personnel numbers of those whose waivers count.

    Raises:
        NotPermitted: If no rule ran; if the decision was made on another draft; if a finding blocks and is not waived by
            somebody entitled; if a finding asks for review and nobody has decided with a reason.
    """
    if not verdict.ran:
        raise NotPermitted(
            Bilingual(
                "どの投稿規範も確認できていないため、投稿できません。",
                "No conduct rule has looked at this post, so it may not go out.",
            ),
            mend=Bilingual("設定の [policy] packs に規範を加えてください。", "Name a rule pack in [policy] packs."),
        )
    if decision is not None and decision.digest != verdict.digest:
        raise NotPermitted(
            Bilingual("決裁の後で内容が変わっています。", "The post was changed after the decision."),
            mend=Bilingual("今の内容で、もう一度決裁を受けてください。", "Have the present version decided on again."),
        )
    blocking = waiver.hurdles(verdict, decision.waivers if decision else (), entitled=entitled)
    if blocking:
        stopped = {hurdle.rule for hurdle in blocking}
        raise NotPermitted(
            _listed([one for one in verdict.findings if one.rule in stopped and one.severity is Severity.BLOCK]),
            mend=Bilingual(
                "".join(f"[{hurdle.rule}] {hurdle.way.ja}" for hurdle in blocking),
                " ".join(f"[{hurdle.rule}] {hurdle.way.en}" for hurdle in blocking),
            ),
            place="text",
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

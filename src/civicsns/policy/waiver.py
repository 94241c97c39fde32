"""
Waivers 例外承認: what would let a post pass that a rule blocks.

A rule that blocks may be wrong for one post: a telephone number that is in the news, a name that a court has published.
Somebody entitled, whom the city's overlay names, may then waive that rule for that one text, with a reason that goes on
record. What is changed afterwards has another digest, and needs another waiver. Rules that admit of no exception say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.language import Bilingual
from civicsns.model.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from civicsns.model.verdict import Verdict, Waiver


@attrs.frozen(kw_only=True)
class Hurdle:
    """
    A rule that keeps a post back.

    Attributes:
        rule: Its code.
        waivable: Whether somebody entitled could waive it.
        way: What would let the post pass.
    """

    rule: str
    waivable: bool
    way: Bilingual


_CHANGE = Bilingual("該当箇所を直してください。", "Change what the rule names.")
_NEVER = Bilingual(
    "該当箇所を直してください。この規範に例外は認められません。",
    "Change what the rule names; it admits of no exception.",
)
_ASK = Bilingual(
    "該当箇所を直すか、例外承認の権限がある職員に、理由を付けて承認を受けてください。",
    "Change what the rule names, or have somebody entitled waive the rule, with a reason.",
)


def hurdles(verdict: Verdict, waivers: Iterable[Waiver] = (), *, entitled: Collection[str]) -> tuple[Hurdle, ...]:
    """
    Say which rules keep a draft back, and for each what would let it pass; none where nothing does.

    Args:
        verdict: What the rules found in it.
        waivers: What was waived.
        entitled: The personnel numbers of those whose waivers count; with nobody, no rule can be waived.
    """
    given = {waiver.rule: waiver for waiver in waivers}
    stopped: dict[str, Hurdle] = {}
    for finding in verdict.findings:
        if finding.severity is not Severity.BLOCK:
            continue
        waivable = finding.waivable and bool(entitled)
        way = _NEVER if not finding.waivable else _why_not(given.get(finding.rule), verdict, entitled)
        if way is not None:
            # A rule may come from two sides; the stricter counts.
            before = stopped.get(finding.rule)
            if before is None or before.waivable:
                stopped[finding.rule] = Hurdle(rule=finding.rule, waivable=waivable, way=way)
    return tuple(stopped.values())


def _why_not(waiver: Waiver | None, verdict: Verdict, entitled: Collection[str]) -> Bilingual | None:
    """Say why a rule is not waived; None where it is."""
    if waiver is None:
        return _ASK if entitled else _CHANGE
    if waiver.by not in entitled:
        return Bilingual(
            f"職員 {waiver.by} に例外承認の権限はありません。権限のある職員（policy.toml の [waivers]）の承認を受けてください。",
            f"{waiver.by} is not entitled to waive a rule. Ask somebody who is (see [waivers] in policy.toml).",
        )
    if waiver.digest != verdict.digest:
        return Bilingual(
            "例外承認の後で内容が変わっています。今の内容で承認を受けてください。",
            "The post was changed after the waiver. Have the present version waived.",
        )
    if not waiver.reason.strip():
        return Bilingual("例外を認める理由を書いてください。", "Give the reason for the waiver.")
    return None


def used(verdict: Verdict, waivers: Iterable[Waiver]) -> tuple[Waiver, ...]:
    """Give the waivers without which a verdict would have stopped its draft; they go on record."""
    blocking = {finding.rule for finding in verdict.findings if finding.severity is Severity.BLOCK}
    return tuple(waiver for waiver in waivers if waiver.rule in blocking)

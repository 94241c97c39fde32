"""
What the rules found as SARIF, the format in which tools that look at code exchange findings.

Source of the form: Static Analysis Results Interchange Format (SARIF) Version 2.1.0, OASIS Standard, 27 March 2020.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from civicsns.model import Severity
from civicsns.policy import articles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from civicsns.language import Language
    from civicsns.model import Finding
    from civicsns.policy.checked import Checked
    from civicsns.policy.pack import Pack, PackRule

_LEVELS: Final[Mapping[Severity, str]] = {
    Severity.BLOCK: "error",
    Severity.REVIEW: "warning",
    Severity.ADVISE: "note",
}


def log(checked: Iterable[Checked], pack: Pack | None, *, version: str, language: Language) -> str:
    """
    Write a SARIF log with one run.

    Columns are code points; regions of a finding about the whole text are left out. A rule that could not run is a
    notification of the run, so that a reader sees what was not looked for.

    Args:
        checked: What was checked.
        pack: Knows the rules; codes of other rules go without a description.
        version: The version of civicsns.
        language: The language of the messages.
    """
    items = list(checked)
    rules = {rule.code: rule for rule in pack.rules} if pack else {}
    codes = sorted({finding.rule for item in items for finding in item.verdict.findings})
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "civicsns",
                "semanticVersion": version,
                "rules": [_rule(code, rules.get(code), pack, language) for code in codes],
            }
        },
        "language": language.value,
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, finding, codes, language) for item in items for finding in item.findings()],
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": list(_not_run(items, language)),
            }
        ],
    }
    return json.dumps(
        {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
        ensure_ascii=False,
        indent=1,
    )


def _rule(code: str, rule: PackRule | None, pack: Pack | None, language: Language) -> dict[str, Any]:
    if rule is None or pack is None:
        return {"id": code}
    described: dict[str, Any] = {
        "id": code,
        "name": rule.title.in_(language),
        "shortDescription": {"text": rule.title.in_(language)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "family": rule.family,
            "legal": [articles.named(key, pack).in_(language) for key in rule.legal],
        },
    }
    if rule.explain is not None:
        described["fullDescription"] = {"text": rule.explain.in_(language)}
    if rule.mend is not None:
        described["help"] = {"text": rule.mend.in_(language)}
    return described


def _result(item: Checked, finding: Finding, codes: Sequence[str], language: Language) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": codes.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message.in_(language)},
        "properties": {"severity": finding.severity.value, "part": finding.part},
    }
    if not item.name:
        return result
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(item.name.replace("\\", "/"))}}
    place = item.place(finding)
    # Lines and columns are those of the file, which holds the text alone.
    if place is not None and finding.part == "text":
        location["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
        if finding.fix is not None and finding.fix.kind == "replace":
            result["fixes"] = [
                {
                    "description": {"text": finding.mend.in_(language) if finding.mend else finding.rule},
                    "artifactChanges": [
                        {
                            "artifactLocation": location["artifactLocation"],
                            "replacements": [
                                {"deletedRegion": location["region"], "insertedContent": {"text": finding.fix.text}}
                            ],
                        }
                    ],
                }
            ]
    result["locations"] = [{"physicalLocation": location}]
    return result


def _not_run(items: Iterable[Checked], language: Language) -> Iterable[dict[str, Any]]:
    told: set[tuple[str, str]] = set()
    for item in items:
        for one in item.verdict.skipped:
            said = one.rule, one.reason.in_(language)
            if said not in told:
                told.add(said)
                yield {
                    "level": "note",
                    "message": {"text": f"{one.rule}: {one.reason.in_(language)}"},
                    "descriptor": {"id": one.rule},
                }

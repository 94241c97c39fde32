"""
What the rules found as annotations of GitHub Actions: lines that a workflow prints, shown beside the file.

Source of the form: GitHub Docs, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from civicsns.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.language import Language
    from civicsns.policy.checked import Checked

_COMMANDS: Final[Mapping[Severity, str]] = {
    Severity.BLOCK: "error",
    Severity.REVIEW: "warning",
    Severity.ADVISE: "notice",
}


def commands(checked: Checked, language: Language) -> Iterator[str]:
    """Give a line for each finding, and for each question, of a text; and in the log alone, which rules did not run."""
    for finding in checked.findings():
        place = checked.place(finding) if finding.part == "text" else None
        where = {"file": checked.name} if checked.name else {}
        if place is not None:
            where |= {"line": str(place.line), "endLine": str(place.end_line)}
            if place.line == place.end_line:
                # GitHub counts columns within one line only.
                where |= {"col": str(place.column), "endColumn": str(place.end_column)}
        said = finding.message.in_(language)
        if finding.mend is not None:
            said += f"\n{finding.mend.in_(language)}"
        yield _command(_COMMANDS[finding.severity], {**where, "title": finding.rule}, said)
    for question in checked.verdict.questions:
        where = {"file": checked.name} if checked.name else {}
        yield _command("notice", {**where, "title": question.rule}, question.ask.in_(language))
    for one in checked.verdict.skipped:
        yield _escaped(f"{one.rule}: {one.reason.in_(language)}")


def _command(name: str, properties: Mapping[str, str], message: str) -> str:
    given = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items()
    )
    return f"::{name} {given}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

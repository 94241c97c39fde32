"""Packs of one rule, for tests of detectors and of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from civicsns.language import Bilingual
from civicsns.model import Context, Draft, Finding, Severity
from civicsns.model.verdict import Question, Skipped
from civicsns.policy.engine import Policy
from civicsns.policy.pack import Pack, PackRule


def rule(code: str, detect: Mapping[str, Any], **changes: Any) -> PackRule:
    fields: dict[str, Any] = {
        "code": code,
        "title": Bilingual("題", "Title"),
        "severity": Severity.REVIEW,
        "message": Bilingual("指摘", "A finding"),
        "explain": None,
        "mend": None,
        "legal": ("law:1",),
        "detect": detect,
    }
    return PackRule(**(fields | changes))


def pack(*rules: PackRule, lists: Mapping[str, Sequence[str]] | None = None) -> Pack:
    return Pack(
        id="test",
        version="1",
        title=Bilingual("試", "Test"),
        families={},
        laws={},
        citations={},
        lists={name: tuple(words) for name, words in (lists or {}).items()},
        rules=rules,
    )


class Clock:
    """A clock that stands still."""

    def __init__(self, day: date = date(2026, 10, 1)) -> None:
        self._now = datetime(day.year, day.month, day.day, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return 0.0


def draft(text: str, **changes: Any) -> Draft:
    return Draft(author="1", text=text, accounts=("x:a",), **changes)


def policy(detect: Mapping[str, Any], *, lists: Mapping[str, Sequence[str]] | None = None, **changes: Any) -> Policy:
    return Policy(pack(rule("TST001", detect, **changes), lists=lists), clock=Clock())


def answers(
    detect: Mapping[str, Any], written: str | Draft, context: Context | None = None, **changes: Any
) -> list[Finding | Question | Skipped]:
    """Give what one rule says of a text."""
    post = draft(written) if isinstance(written, str) else written
    return list(policy(detect, **changes).check(post, context or Context()))


def words(
    detect: Mapping[str, Any], written: str | Draft, context: Context | None = None, **changes: Any
) -> list[str | None]:
    """Give the words that one rule finds, as they were written; None where a finding is about the whole post."""
    post = draft(written) if isinstance(written, str) else written
    return [
        post.text[one.span.start : one.span.end] if one.span else None
        for one in answers(detect, post, context, **changes)
        if isinstance(one, Finding)
    ]


def reasons(
    detect: Mapping[str, Any], written: str | Draft, context: Context | None = None, **changes: Any
) -> list[str]:
    """Give why one rule did not run, in Japanese."""
    return [one.reason.ja for one in answers(detect, written, context, **changes) if isinstance(one, Skipped)]

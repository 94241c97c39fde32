"""The conduct rules 投稿規範 in short, as a person reads them before connecting an account."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import attrs

from civicsns.model import Severity

if TYPE_CHECKING:
    from civicsns.language import Bilingual
    from civicsns.policy.pack import Pack, PackRule


@attrs.frozen(kw_only=True)
class Family:
    """
    Rules about one subject.

    Attributes:
        title: The subject.
        stopping: Those that stop a post.
        others: Those that ask for a second look, or advise.
    """

    title: Bilingual
    stopping: tuple[PackRule, ...]
    others: tuple[PackRule, ...]


@attrs.frozen(kw_only=True)
class Rules:
    """
    What a person reads and agrees to.

    Attributes:
        title: What they are.
        families: The rules, by subject.
        digest: Changes when a word of them does, or how much one weighs; it goes on record.
    """

    title: Bilingual
    families: tuple[Family, ...]
    digest: str


def in_short(pack: Pack) -> Rules:
    """Give the rules of a pack in short: subject, title, message, and whether they stop a post."""
    by_family: dict[str, list[PackRule]] = {}
    for rule in pack.rules:
        by_family.setdefault(rule.family, []).append(rule)
    families = tuple(
        Family(
            title=pack.families[key],
            stopping=tuple(rule for rule in rules if rule.severity is Severity.BLOCK),
            others=tuple(rule for rule in rules if rule.severity is not Severity.BLOCK),
        )
        for key, rules in by_family.items()
    )
    said = [
        [rule.code, rule.severity, rule.title.ja, rule.title.en, rule.message.ja, rule.message.en]
        for rule in pack.rules
    ]
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
    return Rules(title=pack.title, families=families, digest=digest)

"""What is known of the articles that rules rest on, and which of it has grown old."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from datetime import date

    from civicsns.policy.pack import Citation, Pack


class Doubt(StrEnum):
    """Why a citation ought to be looked at."""

    #: Nobody has read it, nor a page that quotes it.
    UNSEEN = "unseen"
    #: Only pages that quote it were read, not the article.
    SECOND_HAND = "second_hand"
    #: It was read, and it is not known in which version.
    UNDATED = "undated"
    #: The version that was read is older than wanted; it may still be in force.
    OLD = "old"
    #: No rule names it.
    UNUSED = "unused"
    #: No lawyer has confirmed it.
    UNCONFIRMED = "unconfirmed"


@attrs.frozen(kw_only=True)
class Doubtful:
    """
    A citation that ought to be looked at.

    Attributes:
        citation: The citation.
        rules: The codes of the rules that rest on it.
        doubts: Why.
        months: How many whole months old the version is that was read; None where that is not known.
    """

    citation: Citation
    rules: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    months: int | None


def stale(pack: Pack, today: date, *, months: int) -> tuple[Doubtful, ...]:
    """
    List the citations that ought to be looked at, those with the most rules first.

    That no lawyer has confirmed a citation is said of each; alone it does not put one on the list.

    Args:
        pack: The pack.
        today: The day.
        months: From how many whole months on a version is old.
    """
    listed: list[Doubtful] = []
    for key, citation in pack.citations.items():
        rules = tuple(rule.code for rule in pack.rules if key in rule.legal)
        age = None if citation.version is None else elapsed(citation.version, today)
        doubts = [*_doubts(citation, age, months), *([] if rules else [Doubt.UNUSED])]
        if doubts:
            if not citation.confirmed:
                doubts.append(Doubt.UNCONFIRMED)
            listed.append(Doubtful(citation=citation, rules=rules, doubts=tuple(doubts), months=age))
    return tuple(sorted(listed, key=lambda one: (-len(one.rules), one.citation.key)))


def unconfirmed(pack: Pack) -> tuple[Citation, ...]:
    """List the citations that no lawyer has confirmed; a city's own rules need none."""
    return tuple(one for one in pack.citations.values() if not one.confirmed and one.seen != "local")


def elapsed(since: date, today: date) -> int:
    """Give how many whole months have passed."""
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)


def _doubts(citation: Citation, age: int | None, months: int) -> list[Doubt]:
    if citation.seen == "local":
        # It is the city's to know its own rules.
        return []
    if citation.seen == "unseen":
        return [Doubt.UNSEEN]
    doubts = [Doubt.SECOND_HAND] if citation.seen == "secondary" else []
    if age is None:
        return [*doubts, Doubt.UNDATED]
    return [*doubts, Doubt.OLD] if age >= months else doubts

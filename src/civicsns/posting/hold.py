"""
Holds 投稿停止: nothing goes out of what is held, until a person lifts the hold.

A hold is a fact of the programme, about all of it, a section, an account, a draft or one delivery.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from civicsns.language import Bilingual
from civicsns.model import Delivery, Fact
from civicsns.model.moment import aware

if TYPE_CHECKING:
    from collections.abc import Iterable

#: `Fact.kind` of a hold.
KIND = "hold"


class Scope(StrEnum):
    """How much is held."""

    PROGRAMME = "programme"
    SECTION = "section"
    ACCOUNT = "account"
    DRAFT = "draft"
    DELIVERY = "delivery"


_WORDS = {
    Scope.PROGRAMME: Bilingual("すべての投稿", "All posting"),
    Scope.SECTION: Bilingual("所管課", "The section"),
    Scope.ACCOUNT: Bilingual("アカウント", "The account"),
    Scope.DRAFT: Bilingual("起案", "The draft"),
    Scope.DELIVERY: Bilingual("配信", "The delivery"),
}


@attrs.frozen(kw_only=True)
class Hold:
    """
    One hold.

    Attributes:
        scope: How much is held.
        name: Which section, account, draft (its digest) or delivery; empty for the whole programme.
        by: The personnel number of whoever placed it.
        reason: Why.
        at: When.
    """

    scope: Scope
    name: str = ""
    by: str
    reason: str
    at: datetime = attrs.field(validator=aware)

    @property
    def key(self) -> str:
        """The key of its fact."""
        return key(self.scope, self.name)

    @property
    def fact(self) -> Fact:
        """The fact that stands for it."""
        value = {"by": self.by, "reason": self.reason, "at": self.at.isoformat()}
        return Fact(kind=KIND, key=self.key, value=value)

    @property
    def said(self) -> Bilingual:
        """Who holds what, and why."""
        what = _WORDS[self.scope]
        ja, en = (f"「{self.name}」", f" {self.name}") if self.name else ("", "")
        return Bilingual(
            f"{what.ja}{ja}は投稿停止中です（職員 {self.by}、理由: {self.reason}）。",
            f"{what.en}{en} is on hold (by {self.by}: {self.reason}).",
        )


def key(scope: Scope, name: str = "") -> str:
    """Give the key of the fact that stands for a hold."""
    return f"{scope}:{name}" if name else scope.value


def read(fact: Fact) -> Hold:
    """Give the hold that a fact stands for."""
    scope, _, name = fact.key.partition(":")
    value = fact.value
    return Hold(
        scope=Scope(scope),
        name=name,
        by=value["by"],
        reason=value["reason"],
        at=datetime.fromisoformat(value["at"]),
    )


def in_force(facts: Iterable[Fact], delivery: Delivery, *, section: str) -> Hold | None:
    """
    Give the hold that keeps *delivery* from going out; the widest where there are several.

    Args:
        facts: All holds.
        delivery: What is due.
        section: The section that answers for its account; empty where none does.
    """
    return over(facts, section=section, account=delivery.rendition.account, draft=delivery.draft, delivery=delivery.id)


def over(facts: Iterable[Fact], *, section: str, account: str, draft: str, delivery: str | None = None) -> Hold | None:
    """
    Give the hold that keeps a post from going out; the widest where there are several.

    Args:
        facts: All holds.
        section: The section that answers for its account; empty where none does.
        account: The account's id.
        draft: The digest of the draft.
        delivery: The id of its delivery; None for what is no delivery, such as a hand-off.
    """
    held = {fact.key: fact for fact in facts}
    if not held:
        return None
    names = {Scope.PROGRAMME: "", Scope.SECTION: section, Scope.ACCOUNT: account, Scope.DRAFT: draft}
    if delivery is not None:
        names[Scope.DELIVERY] = delivery
    found = (held.get(key(scope, name)) for scope, name in names.items())
    return next((read(fact) for fact in found if fact is not None), None)

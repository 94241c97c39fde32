"""`account`: whose post is answered or reposted, and whether somebody approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.policy.scan import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.model import Context, Draft
    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Match


@attrs.frozen
class Approval:
    """Finds a draft that nobody has approved."""

    when: Mapping[str, Any] = attrs.field(factory=dict)
    reads: tuple[str, ...] = ("approved",)

    def look(self, _draft: Draft, facts: Mapping[str, Any], _context: Context) -> Iterator[Match]:
        """Find it."""
        if not facts["approved"]:
            yield WHOLE


@attrs.frozen
class RepostTarget:
    """Finds a draft that quotes or answers an account of a list; the handles with or without `platform:` and `@`."""

    accounts: frozenset[str]
    when: Mapping[str, Any] = attrs.field(factory=lambda: {"addressed": True})
    reads: tuple[str, ...] = ("answered",)

    def look(self, _draft: Draft, facts: Mapping[str, Any], _context: Context) -> Iterator[Match]:
        """Find it."""
        account = _plain(facts["answered"])
        if account in self.accounts or account.partition(":")[2] in self.accounts:
            yield WHOLE


def _plain(account: str) -> str:
    return account.lower().replace("@", "")


class Account:
    """A rule about accounts."""

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Approval | RepostTarget:
        """Make it from its table: `check` (`approval_recorded`, `repost_target_in`), `list`."""
        if table["check"] == "approval_recorded":
            return Approval()
        return RepostTarget(frozenset(map(_plain, words.of(table.get("list")))))

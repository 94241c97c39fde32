"""`question`: what only a person can answer, asked when the post calls for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.policy.detect.base import Unless, touched
from civicsns.policy.scan import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.model import Context, Draft
    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Match, Scan
    from civicsns.policy.standing import Hits


@attrs.frozen
class QuestionOfText:
    """Asks where one of its triggers stands and no word of `none` speaks against it."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    unless: Unless

    def find(self, _scan: Scan, hits: Hits) -> Iterator[Match]:
        """Ask once."""
        quiet = self.unless.where(hits)
        if any(not touched(quiet, start, end) for start, end in hits.of(0)):
            yield WHOLE


@attrs.frozen
class QuestionOfDraft:
    """Asks whenever the facts of its rule hold."""

    when: Mapping[str, Any] = attrs.field(factory=dict)
    reads: tuple[str, ...] = ()

    def look(self, _draft: Draft, _facts: Mapping[str, Any], _context: Context) -> Iterator[Match]:
        """Ask."""
        yield WHOLE


class Question:
    """The question of a rule."""

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> QuestionOfText | QuestionOfDraft:
        """Make it from its table: `ask`, `triggers`, `none`, `none_window`, `none_overrides`."""
        if not table.get("triggers"):
            return QuestionOfDraft()
        unless, slots = Unless.of(table, words, slot=1)
        return QuestionOfText((words.folded(table["triggers"]), *slots), (0,), unless)

"""
The rule engine: a pack made ready, and a draft looked through by it.

The text is folded once and read once: one automaton knows the words of all rules, and a rule is asked only where one of
its words stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ahocorasick_rs

from civicsns.model import Finding
from civicsns.policy.detect import KINDS
from civicsns.policy.detect.base import Words
from civicsns.policy.scan import Hit, Scan
from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from civicsns.model import Context, Draft
    from civicsns.policy.detect.base import Detector
    from civicsns.policy.pack import Pack, PackRule


class Policy:
    """
    The rules of a pack, ready to look at drafts.

    Args:
        pack: The pack.

    Attributes:
        pack: The pack.
        codes: The codes of the rules that can run.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        words = Words(pack.lists)
        self._rules: list[tuple[PackRule, Detector]] = []
        for rule in pack.rules:
            make = KINDS.get(rule.detect["kind"])
            if make is None:
                continue
            self._rules.append((rule, make(rule.detect, words)))
        self.codes = tuple(rule.code for rule, _ in self._rules)
        places: dict[str, list[tuple[int, int]]] = {}
        for number, (_, detector) in enumerate(self._rules):
            for slot, terms in enumerate(detector.slots):
                for term in terms:
                    places.setdefault(term, []).append((number, slot))
        self._places = list(places.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(places))
        self._always = [number for number, (_, detector) in enumerate(self._rules) if not detector.needs]

    def check(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """Let every rule look at *draft*."""
        facts = known(draft, context)
        for part, text in parts(draft):
            yield from self._look(text, facts, context, part)

    def _look(self, text: str, facts: Mapping[str, Any], context: Context, part: str) -> Iterator[Finding]:
        folded = fold(text)
        hits: dict[int, list[Hit]] = {number: [] for number in self._always}
        for pattern, start, end in self._automaton.find_matches_as_indexes(folded.view, overlapping=True):
            for number, slot in self._places[pattern]:
                hits.setdefault(number, []).append(Hit(slot, start, end))
        scan = Scan(folded, facts=facts, context=context, part=part)
        for number, met in hits.items():
            rule, detector = self._rules[number]
            if detector.needs and not any(hit.slot in detector.needs for hit in met):
                continue
            for match in detector.find(scan, met):
                yield Finding(
                    rule=rule.code,
                    severity=rule.severity,
                    message=rule.message,
                    span=scan.span(match),
                    part=part,
                    legal_basis=rule.legal,
                    mend=rule.mend,
                )


def parts(draft: Draft) -> Iterable[tuple[str, str]]:
    """Give every text that a draft would publish, with its name; each text once."""
    seen: set[str] = set()
    for part, text in (
        ("text", draft.text),
        *((f"variants.{platform}", text) for platform, text in draft.variants.items()),
        *((f"media.{number}.alt_text", item.alt_text or "") for number, item in enumerate(draft.media)),
        ("link", draft.link or ""),
        *((f"poll.{number}", option) for number, option in enumerate(draft.poll.options if draft.poll else ())),
    ):
        if text and text not in seen:
            seen.add(text)
            yield part, text


def known(draft: Draft, context: Context) -> dict[str, Any]:
    """Give what is known of draft and circumstances, by the names that rules use; None is unknown."""
    return {
        "capacity": draft.capacity.value,
        "lane": draft.lane.value,
        "reply": draft.reply_to is not None,
        "quote": draft.quote is not None,
        "correction": draft.corrects is not None,
        "media": bool(draft.media),
        "on_duty": context.on_duty,
        "section": context.section,
        "job": context.job,
        "election": context.election,
        "disaster": context.disaster,
        "approved": context.approved,
    }

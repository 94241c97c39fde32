"""
The rule engine: a pack made ready, and a draft looked through by it.

The text is folded once and read once: one automaton knows the words of all rules, and a rule is asked only where one of
its words stands. Which rules apply at all depends on facts; that is worked out once for each combination of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import ahocorasick_rs
import attrs

from civicsns.clock import SystemClock
from civicsns.language import Bilingual
from civicsns.model import Finding, Span
from civicsns.model.verdict import Question, Skipped
from civicsns.policy.detect import KINDS
from civicsns.policy.detect.base import CannotTell, LooksAtDraft, LooksForMarks, Words
from civicsns.policy.facts import FACTS, known
from civicsns.policy.mending import fix_of
from civicsns.policy.scan import Hit, Scan
from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from civicsns.model import Context, Draft
    from civicsns.policy.detect.base import Detector
    from civicsns.policy.pack import Pack, PackRule
    from civicsns.policy.scan import Match
    from civicsns.ports import Clock

_NO_DETECTOR: Final = Bilingual("この種類の検出器がありません。", "There is no detector of this kind.")
#: Facts such as the section take many values; a plan is small, and quickly made again.
_MOST_PLANS: Final = 256


@attrs.frozen
class _Plan:
    """What applies where the facts are these: rules by number, a bit each, and what does not run."""

    texts: int
    drafts: tuple[int, ...]
    skipped: tuple[Skipped, ...]


class _Around(NamedTuple):
    """What a text is looked at with: the rules that apply, a bit each, and what is known."""

    rules: int
    facts: Mapping[str, Any]
    context: Context
    draft: Draft


class Policy:
    """
    The rules of a pack, ready to look at drafts.

    Args:
        pack: The pack.
        clock: Tells the day, for rules that begin or end, where it is not known when a post would go out.

    Attributes:
        pack: The pack.
        codes: The codes of the rules that can run.
    """

    def __init__(self, pack: Pack, *, clock: Clock | None = None) -> None:
        self.pack = pack
        self._clock = clock or SystemClock()
        words = Words(pack.lists)
        self._rules = pack.rules
        self._detectors: list[Detector | None] = []
        self._draft_detectors: dict[int, LooksAtDraft] = {}
        self._missing: list[int] = []
        for number, rule in enumerate(pack.rules):
            make = KINDS.get(rule.detect["kind"])
            made = make(rule.detect, words) if make else None
            if made is None:
                self._missing.append(number)
                self._detectors.append(None)
            elif isinstance(made, LooksAtDraft):
                self._draft_detectors[number] = made
                self._detectors.append(None)
            else:
                self._detectors.append(made)
        self.codes = tuple(rule.code for number, rule in enumerate(pack.rules) if number not in self._missing)
        self._asks = {
            number: Bilingual(**rule.detect["ask"]) for number, rule in enumerate(pack.rules) if "ask" in rule.detect
        }
        self._whens = [
            {**rule.when, **getattr(self._draft_detectors.get(number), "when", {})}
            for number, rule in enumerate(pack.rules)
        ]
        self._read = sorted(
            {fact for when in self._whens for fact in when}
            | {fact for detector in self._draft_detectors.values() for fact in detector.reads}
        )
        self._dated = any(rule.begins or rule.ends for rule in pack.rules)
        self._plans: dict[tuple[Any, ...], _Plan] = {}
        self._compile()

    def _compile(self) -> None:
        slots: list[dict[int, tuple[int, ...]]] = [{} for _ in self._rules]
        numbers: dict[str, int] = {}
        bits: list[int] = []
        marked: list[tuple[int, str]] = []
        self._always = 0
        for number, detector in enumerate(self._detectors):
            if detector is None:
                continue
            for slot, terms in enumerate(detector.slots):
                for term in terms:
                    pattern = numbers.setdefault(term, len(numbers))
                    if pattern == len(bits):
                        bits.append(0)
                    if slot in detector.needs:
                        bits[pattern] |= 1 << number
                    slots[number][pattern] = (*slots[number].get(pattern, ()), slot)
            if isinstance(detector, LooksForMarks):
                marked.append((1 << number, detector.marks))
            elif not detector.needs:
                self._always |= 1 << number
        self._slots = slots
        self._bits = bits
        self._automaton = ahocorasick_rs.AhoCorasick(list(numbers))
        self._marked = [(bit, re.compile(f"[{marks}]")) for bit, marks in marked]
        self._marks = re.compile(f"[{''.join(marks for _, marks in marked)}]") if marked else None

    def check(self, draft: Draft, context: Context) -> Iterator[Finding | Question | Skipped]:
        """Let every rule look at *draft*; a rule that lacks something is named with what it lacks."""
        facts = known(draft, context)
        plan = self._plan(facts, context)
        around = _Around(plan.texts, facts, context, draft)
        yield from plan.skipped
        for number in plan.drafts:
            try:
                for match in self._draft_detectors[number].look(draft, facts, context):
                    yield self._said(number, match, None)
            except CannotTell as why:
                yield Skipped(rule=self._rules[number].code, reason=why.reason)
        for part, text in parts(draft):
            yield from self._look(text, part, around)

    def _look(self, text: str, part: str, around: _Around) -> Iterator[Finding | Question | Skipped]:
        folded = fold(text)
        met = self._automaton.find_matches_as_indexes(folded.view, overlapping=True)
        bits, asked = self._bits, self._always
        for pattern, _, _ in met:
            asked |= bits[pattern]
        if self._marks is not None and self._marks.search(text):
            for bit, marks in self._marked:
                if marks.search(text):
                    asked |= bit
        asked &= around.rules
        if not asked:
            return
        scan = Scan(folded, facts=around.facts, context=around.context, draft=around.draft, part=part)
        while asked:
            lowest = asked & -asked
            asked ^= lowest
            number = lowest.bit_length() - 1
            slots = self._slots[number]
            hits = [Hit(slot, start, end) for pattern, start, end in met if pattern in slots for slot in slots[pattern]]
            detector = self._detectors[number]
            assert detector is not None
            try:
                for match in detector.find(scan, hits):
                    yield self._said(number, match, scan)
            except CannotTell as why:
                yield Skipped(rule=self._rules[number].code, reason=why.reason)

    def _said(self, number: int, match: Match, scan: Scan | None) -> Finding | Question:
        rule = self._rules[number]
        if number in self._asks:
            return Question(rule=rule.code, ask=self._asks[number], legal_basis=rule.legal)
        span = Span(start=match.start, end=match.end) if scan is None and match.end >= match.start else None
        return Finding(
            rule=rule.code,
            severity=match.severity or rule.severity,
            message=rule.message,
            span=scan.span(match) if scan else span,
            part=match.part or (scan.part if scan else "text"),
            legal_basis=rule.legal,
            mend=rule.mend,
            fix=fix_of(rule.fix, match, scan) if rule.fix else None,
            waivable=rule.waivable,
        )

    def _plan(self, facts: Mapping[str, Any], context: Context) -> _Plan:
        day = (context.local_time or self._clock.now()).date() if self._dated else None
        key = (day, *[facts[name] for name in self._read if name != "local_time"], facts["local_time"] is None)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._planned(facts, day)
        return plan

    def _planned(self, facts: Mapping[str, Any], day: date | None) -> _Plan:
        texts, drafts = 0, []
        skipped = [Skipped(rule=self._rules[number].code, reason=_NO_DETECTOR) for number in self._missing]
        for number, rule in enumerate(self._rules):
            if number in self._missing or (day is not None and not _in_force(rule, day)):
                continue
            when = self._whens[number]
            holds = [_holds(facts[name], wanted) for name, wanted in when.items()]
            if False in holds:
                continue
            detector = self._draft_detectors.get(number)
            lacking = [name for name, held in zip(when, holds, strict=True) if held is None]
            lacking += [name for name in (detector.reads if detector else ()) if facts[name] is None]
            if lacking:
                skipped.append(Skipped(rule=rule.code, reason=FACTS[lacking[0]]))
            elif detector is not None:
                drafts.append(number)
            else:
                texts |= 1 << number
        return _Plan(texts, tuple(drafts), tuple(skipped))


def _in_force(rule: PackRule, day: date) -> bool:
    return (rule.begins is None or rule.begins <= day) and (rule.ends is None or day <= rule.ends)


def _holds(fact: Any, wanted: Any) -> bool | None:
    if fact is None:
        return None
    return fact in wanted if isinstance(wanted, list | tuple) else bool(fact == wanted)


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

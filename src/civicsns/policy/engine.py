"""
The rule engine: a pack made ready, and a draft looked through by it.

The text is folded once and read once: one automaton knows the words of all rules, and a rule is asked only where one of
its words stands. Which rules apply at all depends on facts; that is worked out once for each combination of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.clock import SystemClock
from civicsns.language import Bilingual
from civicsns.model import Finding, Severity, Span
from civicsns.model.verdict import Question, Skipped
from civicsns.policy.detect import KINDS
from civicsns.policy.detect.base import CannotTell, Words
from civicsns.policy.facts import FACTS, known, of_context, of_draft
from civicsns.policy.index import Index
from civicsns.policy.mending import fix_of
from civicsns.policy.ready import tables_of
from civicsns.policy.rereading import Rereader
from civicsns.policy.restoring import Restorer
from civicsns.policy.scan import Scan
from civicsns.policy.sounds import vocabulary
from civicsns.policy.standing import Hits

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
    from datetime import date

    from civicsns.model import Context, Draft
    from civicsns.policy.detect.base import Detector, LooksAtDraft
    from civicsns.policy.pack import Pack, PackRule
    from civicsns.policy.ready import Known
    from civicsns.policy.scan import Match
    from civicsns.policy.sounds import Vocabulary
    from civicsns.ports import Clock

_NO_DETECTOR: Final = Bilingual("この種類の検出器がありません。", "There is no detector of this kind.")
#: Facts such as the section take many values; a plan is small, and quickly made again.
_MOST_PLANS: Final = 1024
#: Of one rule in one text, so many findings are reported; the text does not pass any more for naming the rest.
MOST: Final = 100


@attrs.frozen
class _Plan:
    """What applies where the facts are these, by number, and what does not run."""

    texts: frozenset[int]
    patient: frozenset[int]
    drafts: tuple[int, ...]
    skipped: tuple[Skipped, ...]


class Detectors(dict[int, "Detector"]):
    """
    Detectors by number; some are only made when they are first asked.

    Attributes:
        later: What makes those.
    """

    def __init__(self) -> None:
        super().__init__()
        self.later: dict[int, Callable[[], Any]] = {}

    def __missing__(self, number: int) -> Detector:
        # Of two threads that make it at once, both go on with the same.
        return self.setdefault(number, self.later[number]())

    def all(self) -> dict[int, Detector]:
        """Give all of them, in order."""
        return {number: self[number] for number in sorted({*self, *self.later})}


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
        fitting = pack.ready.fitting(pack) if pack.ready else None
        self._ready = pack.ready if fitting else None
        # A rule of the kind `any` has several detectors; each has a number of its own.
        self._rules: list[PackRule] = []
        self._detectors = Detectors()
        self._draft_detectors: dict[int, LooksAtDraft] = {}
        self._missing: list[int] = []
        self._shared: set[int] = set()
        taken: dict[int, int] = {}
        for rule in pack.rules:
            weighing: dict[str, PackRule] = {}
            for table in tables_of([rule]):
                number = len(self._rules)
                severity = table.get("severity", rule.severity)
                if severity not in weighing:
                    weighing[severity] = _weighing(rule, Severity(severity))
                self._rules.append(weighing[severity])
                if table is not rule.detect:
                    self._shared.add(number)
                make = KINDS.get(table["kind"])
                if fitting and make and (known := fitting.tables.get(id(table))) is not None:
                    taken[known] = number
                    self._detectors.later[number] = partial(make, table, words)
                    continue
                made: Any = make(table, words) if make else None
                if made is None:
                    self._missing.append(number)
                # A check at run time against a protocol takes longer than making the detector.
                elif hasattr(made, "look"):
                    self._draft_detectors[number] = made
                else:
                    self._detectors[number] = made
        self.codes = tuple(
            dict.fromkeys(rule.code for number, rule in enumerate(self._rules) if number not in self._missing)
        )
        self._asks = {
            number: Bilingual(**rule.detect["ask"]) for number, rule in enumerate(self._rules) if "ask" in rule.detect
        }
        self._whens = [
            {**rule.when, **getattr(self._draft_detectors.get(number), "when", {})}
            for number, rule in enumerate(self._rules)
        ]
        self._dated = any(rule.begins or rule.ends for rule in pack.rules)
        self._plans: dict[Hashable, _Plan] = {}
        # What was last asked for, as one value: several threads may ask.
        self._circumstances: tuple[Context | None, Hashable] = (None, None)
        # Reasons are few, and the same for many drafts.
        self._reasons: dict[tuple[int, str], Skipped] = {}
        self._index = Index(self._detectors, fitting.of(taken) if fitting else None)
        self._rereader = Rereader(self._index, Restorer(self._vocabulary))
        # Advice is no reason to put a text's words together.
        self._patient = frozenset(n for n, rule in enumerate(self._rules) if rule.severity is not Severity.ADVISE)

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """What looks at texts, in the order of the rules."""
        return tuple(self._detectors.all().values())

    @property
    def hearing(self) -> tuple[Detector, ...]:
        """What looks at texts that are read again, as they may be meant."""
        return tuple(detector for number, detector in self._detectors.all().items() if number in self._patient)

    def learnt(self) -> tuple[Known, dict[int, Sequence[str]]]:
        """
        Give what the index has learnt of the detectors, to be kept ready.

        Returns:
            What it knows; and for each detector, the lists that it has words from.
        """
        named: dict[int, Sequence[str]] = {}
        for number, table in enumerate(tables_of(self.pack.rules)):
            if number in self._detectors:
                words = Words(self.pack.lists)
                KINDS[table["kind"]](table, words)
                named[number] = sorted(words.named)
        return self._index.known(), named

    def check(self, draft: Draft, context: Context) -> list[Finding | Question | Skipped]:
        """Let every rule look at *draft*; a rule that lacks something is named with what it lacks."""
        plan = self._plan(draft, context)
        said: list[Finding | Question | Skipped] = [*plan.skipped]
        if plan.drafts:
            facts = known(draft, context)
            for number in plan.drafts:
                self._hear(number, self._draft_detectors[number].look(draft, facts, context), None, said)
        texts = parts(draft)
        for part, text in texts:
            reading = self._index.read(text)
            if asked := reading.asked & plan.texts:
                scan = Scan(
                    reading.folded,
                    draft=draft,
                    context=context,
                    part=part,
                    hiding=reading.hiding,
                    stretches=reading.stretches,
                )
                self._ask(asked, reading.met, scan, said)
            for again, guessed in self._rereader.read(reading, plan.patient):
                here = [one for one in said if not isinstance(one, Finding) or one.part == part]
                # Advice must not hide what weighs more.
                advised = {one.rule for one in here if _advice(one)}
                before = {one.rule for one in here if not _advice(one)}
                asked = {n for n in again.asked if self._rules[n].code not in before}
                if not asked:
                    continue
                scan = Scan(again.folded, draft=draft, context=context, part=part)
                more: list[Finding | Question | Skipped] = []
                self._ask(asked, again.met, scan, more)
                said += (
                    _guessed(one) if guessed else one for one in more if one.rule not in advised or not _advice(one)
                )
        return said if len(texts) == 1 else list(_once(said))

    def _vocabulary(self) -> Vocabulary:
        """Give the words that may be disguised."""
        known = self._ready.vocabulary() if self._ready else None
        if known is None:
            return vocabulary(self.detectors)
        more = vocabulary([made for number, made in self._detectors.items() if number not in self._detectors.later])
        known.words.update(more.words)
        known.telling.update(more.telling)
        return known

    def _unable(self, number: int, reason: Bilingual) -> Skipped:
        key = number, reason.ja
        if key not in self._reasons:
            self._reasons[key] = Skipped(rule=self._rules[number].code, reason=reason)
        return self._reasons[key]

    def _ask(
        self, asked: Iterable[int], met: Iterable[str], scan: Scan, said: list[Finding | Question | Skipped]
    ) -> None:
        seen: dict[str, set[Span | None]] = {}
        view, words, detectors, standing = scan.view, frozenset(met), self._detectors, self._index.standing
        for number in sorted(asked):
            try:
                matches: Iterable[Match] = detectors[number].find(scan, Hits(standing[number], view, words))
                # Nearly all find nothing.
                first = next(iter(matches), None) if matches else None
            except CannotTell as why:
                said.append(self._unable(number, why.reason))
                continue
            if first is None:
                continue
            # What was taken from something that gives them one by one is put back.
            matches = matches if isinstance(matches, Sequence) else chain((first,), matches)
            if number in self._shared:
                matches = _first_of(matches, scan, seen.setdefault(self._rules[number].code, set()))
            self._hear(number, matches, scan, said)

    def _hear(
        self, number: int, matches: Iterable[Match], scan: Scan | None, said: list[Finding | Question | Skipped]
    ) -> None:
        rest = MOST
        try:
            for match in matches:
                said.append(self._said(number, match, scan))
                rest -= 1
                if not rest:
                    return
        except CannotTell as why:
            said.append(self._unable(number, why.reason))

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

    def _plan(self, draft: Draft, context: Context) -> _Plan:
        day = (context.local_time or self._clock.now()).date() if self._dated else None
        before, circumstances = self._circumstances
        # Many drafts have the same context.
        if before is not context:
            circumstances = of_context(context)
            self._circumstances = context, circumstances
        key = (day, circumstances, of_draft(draft))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._planned(known(draft, context), context.why, day)
        return plan

    def _planned(self, facts: Mapping[str, Any], why: Mapping[str, Bilingual], day: date | None) -> _Plan:
        texts, drafts = set[int](), []
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
                skipped.append(Skipped(rule=rule.code, reason=why.get(lacking[0], FACTS[lacking[0]])))
            elif detector is not None:
                drafts.append(number)
            else:
                texts.add(number)
        return _Plan(frozenset(texts), self._patient & texts, tuple(drafts), tuple(skipped))


def _in_force(rule: PackRule, day: date) -> bool:
    return (rule.begins is None or rule.begins <= day) and (rule.ends is None or day <= rule.ends)


def _holds(fact: Any, wanted: Any) -> bool | None:
    if fact is None:
        return None
    return fact in wanted if isinstance(wanted, list | tuple) else bool(fact == wanted)


def _weighing(rule: PackRule, severity: Severity) -> PackRule:
    """Give a rule as one of its detectors finds it, which may weigh less but never more."""
    order = list(Severity)
    return attrs.evolve(rule, severity=severity) if order.index(severity) > order.index(rule.severity) else rule


def _guessed(one: Finding | Question | Skipped) -> Finding | Question | Skipped:
    """Let a finding weigh no more than a question for a second pair of eyes."""
    if isinstance(one, Finding) and one.severity is Severity.BLOCK:
        return attrs.evolve(one, severity=Severity.REVIEW)
    return one


def _first_of(matches: Iterable[Match], scan: Scan, seen: set[Span | None]) -> Iterator[Match]:
    """Leave out what another detector of the same rule, which is surer, has found in about the same place."""
    for match in matches:
        span = scan.span(match)
        if span not in seen and not any(
            span is not None and one is not None and span.start < one.end and one.start < span.end for one in seen
        ):
            seen.add(span)
            yield match


def _advice(one: Finding | Question | Skipped) -> bool:
    return isinstance(one, Finding) and one.severity is Severity.ADVISE


def _once(said: Iterable[Finding | Question | Skipped]) -> Iterator[Finding | Question | Skipped]:
    """Leave out what was asked, or could not be told, about one part of a draft already."""
    before: set[tuple[type, str]] = set()
    for answer in said:
        if isinstance(answer, Finding):
            yield answer
        elif (type(answer), answer.rule) not in before:
            before.add((type(answer), answer.rule))
            yield answer


def parts(draft: Draft) -> Sequence[tuple[str, str]]:
    """Give every text that a draft would publish, with its name; each text once."""
    if not (draft.variants or draft.media or draft.link or draft.poll):
        return (("text", draft.text),)
    given = [("text", draft.text)]
    given += [(f"variants.{platform}", text) for platform, text in draft.variants.items()]
    given += [(f"media.{number}.alt_text", item.alt_text or "") for number, item in enumerate(draft.media)]
    if draft.link:
        given.append(("link", draft.link))
    if draft.poll:
        given += [(f"poll.{number}", option) for number, option in enumerate(draft.poll.options)]
    first: dict[str, str] = {}
    for part, text in given:
        first.setdefault(text, part)
    return [(part, text) for text, part in first.items() if text]

"""
A city's own texts, run through the rules: how often each rule raises a false alarm, and what it misses.

Texts that are known to be harmless, such as a bulletin that was published years ago, tell how much trouble the rules
would make. Texts with labels tell besides what the rules miss.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Draft, Finding, Severity
from civicsns.model.context import UNKNOWN
from civicsns.policy import bulk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import tzinfo

    from civicsns.model import Context, Question, Skipped

#: So many characters make a window where texts are short pieces of a long one; a post on X has 140 in Japanese.
WINDOW = 140
_AROUND = 12


@attrs.frozen(kw_only=True)
class Sample:
    """
    A text of a corpus.

    Attributes:
        draft: The text, as a draft.
        context: What is known around it.
        expected: The codes of the rules that ought to find something; empty where the text is harmless.
    """

    draft: Draft
    context: Context = UNKNOWN
    expected: frozenset[str] = frozenset()


@attrs.define(kw_only=True)
class Tally:
    """
    What the rules said of a corpus.

    Attributes:
        texts: How many texts there were.
        alarms: In how many texts a rule found something that nobody expected, by code and severity.
        heaviest: How many texts have an alarm of this severity, and none that is heavier.
        missed: In how many texts a rule missed what it was expected to find, by code.
        expected: In how many texts a rule was expected to find something, by code.
        shown: Some words of each rule's alarms, with what stands around them.
    """

    texts: int = 0
    alarms: Counter[tuple[str, Severity]] = attrs.field(factory=Counter)
    heaviest: Counter[Severity] = attrs.field(factory=Counter)
    missed: Counter[str] = attrs.field(factory=Counter)
    expected: Counter[str] = attrs.field(factory=Counter)
    shown: dict[str, list[str]] = attrs.field(factory=dict)

    def rate(self, count: int) -> float:
        """Give the share of the texts, from 0 to 1."""
        return count / self.texts if self.texts else 0.0


def tally(
    samples: Iterable[Sample],
    check: Callable[[Draft, Context], Iterable[Finding | Question | Skipped]],
    *,
    show: int = 3,
) -> Tally:
    """
    Run a corpus through the rules.

    Args:
        samples: The texts.
        check: The rules.
        show: So many alarms of each rule are kept to be shown.
    """
    made = Tally()
    for sample in samples:
        made.texts += 1
        found = [one for one in check(sample.draft, sample.context) if isinstance(one, Finding)]
        alarms = [one for one in found if one.rule not in sample.expected]
        made.alarms.update({(one.rule, one.severity) for one in alarms})
        weighs = {one.severity for one in alarms}
        heaviest = next((severity for severity in Severity if severity in weighs), None)
        if heaviest is not None:
            made.heaviest[heaviest] += 1
        made.expected.update(sample.expected)
        made.missed.update(sample.expected - {one.rule for one in found})
        for one in alarms:
            some = made.shown.setdefault(one.rule, [])
            if len(some) < show:
                some.append(_excerpt(sample.draft.text, one))
    return made


def _excerpt(text: str, finding: Finding) -> str:
    if finding.span is None or finding.part != "text":
        return finding.part
    start, end = finding.span.start, finding.span.end
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return f"{before}【{text[start:end]}】{after}".replace("\n", "⏎")


def plain(lines: Iterable[str], *, window: int = WINDOW) -> Iterator[Sample]:
    """
    Give texts as samples.

    Args:
        lines: Pieces of a text; empty ones, and those that begin with `#`, are left out.
        window: They are joined, and cut into windows of so many characters; 0 takes every line as it is.
    """
    held = ""
    for line in lines:
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        if not window:
            yield _harmless(said)
            continue
        held = f"{held}\n{said}" if held else said
        while len(held) >= window:
            yield _harmless(held[:window])
            held = held[window:]
    if window and held:
        yield _harmless(held)


def _harmless(text: str) -> Sample:
    return Sample(draft=Draft(author="", text=text, accounts=()))


def labelled(lines: Iterable[str], *, zone: tzinfo) -> Iterator[Sample]:
    """
    Read samples as JSON, one a line, in the form of `civicsns check --jsonl`; `rules` holds the codes expected.

    Args:
        lines: The lines.
        zone: The zone of a time that names none.

    Raises:
        BadInput: If a line cannot be read, with its number.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                post = _object(line)
                draft, context = bulk.read(post, zone=zone)
            except BadInput as error:
                raise BadInput(error.what, mend=error.mend, place=str(number)) from error
            yield Sample(draft=draft, context=context, expected=frozenset(map(str, post.get("rules") or ())))


def _object(line: str) -> dict[str, Any]:
    try:
        post = json.loads(line)
    except ValueError:
        post = None
    if not isinstance(post, dict) or not isinstance(post.get("text"), str):
        raise BadInput(
            Bilingual("text のある JSON ではありません。", "This is no JSON object with a text."),
            mend=Bilingual("1行に1件の JSON を書いてください。", "Give one JSON object a line."),
        )
    return post

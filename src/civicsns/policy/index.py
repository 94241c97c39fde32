"""The index 索引 of a policy: in one pass over a text, where the words of all rules stand, and which rules to ask."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import ahocorasick_rs

from civicsns.policy.detect.base import LooksForAll, LooksForHidden, LooksForMarks, LooksForNumbers
from civicsns.policy.detect.hidden import pairs, parted, tripwires
from civicsns.policy.restoring import Restorer, sounding
from civicsns.policy.scan import Hit
from civicsns.text import romaji
from civicsns.text.folding import TRIPWIRES, Folded, fold_fast, fold_slowly
from civicsns.text.numerals import may_hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Detector

#: What is no letter, and between letters too rare to be looked for by name: emoji and the like.
_RARE: Final = re.compile("[\U00010000-\U0001ffffｦ-ﾟ]")
#: Letters that are as rare, and emoji within a word.
_ODD: Final = re.compile("[ｦ-ﾟ]|[一-鿿][\U00010000-\U0001ffff]+[一-鿿]")
#: A gap between letters of which one stands alone: words may have been taken apart.
_MAY_BE_APART: Final = re.compile(
    r"[ ./_*|^'`,:+=~・☆★♪♡〇×✕●■□-](?:(?<=[^\W\d_a-zァ-ヿ].)(?<![^\W\d_a-zぁ-ヿ][^\W\d_a-zぁ-ヿ].)[^\W\d_a-zァ-ヿ](?![^\W\d_a-zぁ-ヿ])"
    r"|(?<=[^\W\d_a-zぁ-ヿ].)(?<![^\W\d_a-zぁ-ヿ][^\W\d_a-zぁ-ヿ].)[ぁ-ゖ]"
    r"|(?<=[^\W\d_][._^'`])[^\W\d_a-z]"
    r"|(?<=[^\W\d_a-z].)(?<=[*〇×✕●■□★☆♡])[^\W\d_a-z]"
    r"|(?<=[aeioun] )[a-z](?=[a-z]{0,10}[aeioun](?![a-z]))"
    r"|(?<=[〇●] )[^\W\d_a-z]"
    r"|(?<=[a-zァ-ヿ][ ./_*|・-])(?:(?<![a-z][a-z].)[a-z](?![a-z])|(?<![ァ-ヿ][ァ-ヿ].)[ァ-ヿ](?![ァ-ヿ])))"
)
#: Letters one below the other.
_FEW_LINES: Final = 2
_VERTICAL: Final = re.compile(r"\n[^\W_]\n[^\W_]\n")
#: Asked, like a rule, by words that say something of the whole text.
_TRIPPED: Final = -1
_HIDING: Final = -2
_SOUNDING: Final = -3
#: Makes a hit of a tuple, in half the time that calling `Hit` takes.
_hit: Final[Callable[[tuple[int, int, int]], Hit]] = partial(tuple.__new__, Hit)

#: A word that was met: its number, where it begins, and one past its end.
Met = tuple[int, int, int]


class Reading(NamedTuple):
    """
    A text that was read.

    Attributes:
        folded: The text, and how it is read.
        met: The words that stand in it, in the order of their ends.
        asked: The numbers of the detectors that may find something.
        hiding: Whether it may hide words.
        sounding: Whether words may stand in it as they sound.
    """

    folded: Folded
    met: list[Met]
    asked: set[int]
    hiding: bool
    sounding: bool = False


class Index:
    """
    Knows the words of all detectors.

    Args:
        detectors: The detectors, by number.
    """

    def __init__(self, detectors: Mapping[int, Detector]) -> None:
        self._numbers: dict[str, int] = {}
        self._asks: list[tuple[int, ...]] = []
        self._places: list[list[tuple[int, int]]] = []
        marked: list[tuple[int, str]] = []
        hidden: dict[int, LooksForHidden] = {}
        always, counters = set[int](), set[int]()
        # Of a detector, what must be asked beside it: below all numbers and flags, one for each slot.
        self._demands: dict[int, frozenset[int]] = {}
        for number, detector in detectors.items():
            self._take(number, detector)
            if isinstance(detector, LooksForAll) and detector.demands:
                self._demand(number, detector.slots, detector.demands)
            if isinstance(detector, LooksForNumbers):
                counters.add(number)
            if isinstance(detector, LooksForHidden):
                hidden[number] = detector
            if isinstance(detector, LooksForMarks):
                marked.append((number, detector.marks))
            elif not detector.needs:
                always.add(number)
        self._demanding = frozenset(self._demands)
        self._always, self._hiders, self._counters = frozenset(always), frozenset(hidden), frozenset(counters)
        apart = [word for one in hidden.values() for word in one.hidden]
        gapped = [word for one in hidden.values() if one.gapped for word in one.hidden]
        self._pairs = pairs(apart)
        # In the same pass: what may have to be folded slowly, and what may hide a word.
        self._restorer = Restorer(detectors.values())
        for flag, patterns in (
            (_TRIPPED, TRIPWIRES),
            (_HIDING, tripwires(apart, gapped)),
            (_SOUNDING, sounding()),
        ):
            self._wire(patterns, flag)
        self._automaton = ahocorasick_rs.AhoCorasick(list(self._numbers))
        self._classes = [(number, re.compile(f"[{marks}]")) for number, marks in marked]
        self._marks = re.compile(f"[{''.join(marks for _, marks in marked)}]") if marked else None
        # There are no more marks than their classes have characters.
        self._by_mark: dict[str, tuple[int, ...]] = {}

    def _take(self, number: int, detector: Detector) -> None:
        for slot, terms in enumerate(detector.slots):
            for term in terms:
                self._places[self._pattern(term)].append((number, slot))
                if slot in detector.needs:
                    self._ask_at(term, number)

    def _demand(self, number: int, slots: Sequence[Sequence[str]], demands: Iterable[int]) -> None:
        codes: list[int] = []
        for slot in demands:
            codes.append(_SOUNDING - 1 - sum(map(len, self._demands.values())) - len(codes))
            for term in slots[slot]:
                self._ask_at(term, codes[-1])
        self._demands[number] = frozenset(codes)

    def _wire(self, wires: Iterable[str], flag: int) -> None:
        """Ask the flag at each of the wires: there are tens of thousands, and most are words of no rule."""
        numbers, asks, only = self._numbers, self._asks, (flag,)
        for wire in wires:
            if wire in numbers:
                self._ask_at(wire, flag)
            else:
                numbers[wire] = len(numbers)
                asks.append(only)
        # No rule has them for its own words.
        self._places += [[]] * (len(asks) - len(self._places))

    def _pattern(self, term: str) -> int:
        pattern = self._numbers.setdefault(term, len(self._numbers))
        if pattern == len(self._asks):
            self._asks.append(())
            self._places.append([])
        return pattern

    def _ask_at(self, term: str, number: int) -> None:
        pattern = self._pattern(term)
        if number not in self._asks[pattern]:
            self._asks[pattern] = (*self._asks[pattern], number)

    def read(self, text: str) -> Reading:
        """Fold *text*, and find the words in it."""
        view = fold_fast(text)
        if view is None:
            folded = fold_slowly(text)
            met, asked = self._met(folded.view)
        else:
            met, asked = self._met(view)
            if _TRIPPED in asked:
                folded = fold_slowly(text)
                if folded.view != view:
                    met, asked = self._met(folded.view)
            else:
                folded = Folded(text, view)
        if self._marks is not None:
            for mark in set(self._marks.findall(text)):
                asked.update(self._by_mark.get(mark) or self._marked(mark))
        if not asked.isdisjoint(self._counters) and not may_hold(folded.view):
            asked -= self._counters
        self._settle(asked)
        hiding, sounding = _HIDING in asked, _SOUNDING in asked
        if _RARE.search(text):
            hiding = hiding or not self._pairs.isdisjoint(parted(folded.view))
            sounding = sounding or _ODD.search(text) is not None
        if hiding:
            asked |= self._hiders
        return Reading(folded, met, asked, hiding, sounding)

    def read_again(self, reading: Reading) -> Iterable[tuple[Reading, bool]]:
        """
        Find the words in a text as it reads with words put together that were taken apart, and in their usual form.

        Returns:
            What to ask the detectors about that look for words, and whether that is a guess; nothing where nothing seems
            to be disguised.
        """
        view = reading.folded.view
        if (
            reading.sounding
            or _MAY_BE_APART.search(view)
            or romaji.may_hold(view)
            or (view.count("\n") > _FEW_LINES and _VERTICAL.search(f"\n{view}\n"))
        ):
            return self._read_again(reading.folded)
        return ()

    def _read_again(self, folded: Folded) -> Iterator[tuple[Reading, bool]]:
        if folded.loose:
            yield self._read_as(folded.loose, guessed=False), False
        for restored in self._restorer.restored(folded):
            yield self._read_as(restored, guessed=True), True

    def _read_as(self, folded: Folded, *, guessed: bool) -> Reading:
        met, asked = self._met(folded.view)
        # Numbers are put together anyway.
        asked -= self._always if guessed else self._always | self._counters
        self._settle(asked)
        return Reading(folded, met, asked, hiding=False)

    def _settle(self, asked: set[int]) -> None:
        """Take out whoever needs words of several kinds, and has not all."""
        for number in asked & self._demanding:
            if not self._demands[number] <= asked:
                asked.remove(number)

    def _met(self, view: str) -> tuple[list[Met], set[int]]:
        met = self._automaton.find_matches_as_indexes(view, overlapping=True)
        asks, asked = self._asks, set(self._always)
        for pattern, _, _ in met:
            if own := asks[pattern]:
                asked.update(own)
        return met, asked

    def _marked(self, mark: str) -> tuple[int, ...]:
        self._by_mark[mark] = numbers = tuple(number for number, marks in self._classes if marks.match(mark))
        return numbers

    def hits(self, asked: Iterable[int], met: Iterable[Met]) -> dict[int, list[Hit]]:
        """Give each of the detectors that are asked its own words, the detectors in order."""
        hits: dict[int, list[Hit]] = {number: [] for number in sorted(asked)}
        places = self._places
        for pattern, start, end in met:
            for number, slot in places[pattern]:
                if number in hits:
                    hits[number].append(_hit((slot, start, end)))
        return hits

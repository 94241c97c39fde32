"""The index 索引 of a policy: in one pass over a text, where the words of all rules stand, and which rules to ask."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import ahocorasick_rs

from civicsns.policy.detect.hidden import Tripwires
from civicsns.policy.ready import Known, flat
from civicsns.policy.scan import Hit
from civicsns.policy.sounds import sounds_at, stems
from civicsns.text import romaji
from civicsns.text.folding import TRIPWIRES, Folded, fold_fast, fold_slowly
from civicsns.text.numerals import ZEROS, most_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from civicsns.policy.detect.base import Detector
    from civicsns.policy.detect.factors import Way
    from civicsns.policy.restoring import Restorer

#: What is no letter, and between letters too rare to be looked for by name: emoji and the like.
_RARE: Final = "ｦ-ﾟ\U00010000-\U0001ffff"
_RAREST: Final = "ｦ"
#: Letters of half the width, and emoji within a word.
_ODD: Final = re.compile("[ｦ-ﾟ]|[一-鿿][\U00010000-\U0001ffff]+[一-鿿]")
#: A gap between letters of which one stands alone: words may have been taken apart.
_MAY_BE_APART: Final = re.compile(
    r"[ ./_*|^'`,:+=~・☆★♪♡〇×✕●■□-](?:(?<=[^\W\d_a-zァ-ヿ].)(?<![^\W\d_a-zぁ-ヿ][^\W\d_a-zぁ-ヿ].)[^\W\d_a-zァ-ヿ](?![^\W\d_a-zぁ-ヿ])"
    r"|(?<=[^\W\d_a-zぁ-ヿ].)(?<![^\W\d_a-zぁ-ヿ][^\W\d_a-zぁ-ヿ].)[ぁ-ゖ]"
    r"|(?<=[^\W\d_][._^'`])[^\W\d_a-z]"
    r"|(?<=[^\W\d_a-z].)(?<=[*〇×✕●★☆♡])[^\W\d_a-z]"
    r"|(?<=[aeioun] )[a-z](?=[a-z]{0,10}[aeioun](?![a-z]))"
    r"|(?<=[〇●] )[^\W\d_a-z]"
    r"|(?<=[a-zァ-ヿ][ ./_*|・-])(?:(?<![a-z][a-z].)[a-z](?![a-z])|(?<![ァ-ヿ][ァ-ヿ].)[ァ-ヿ](?![ァ-ヿ])))"
)
#: Letters one below the other.
_VERTICAL: Final = re.compile(r"\n[^\W_]\n[^\W_]\n")
_FEW_LINES: Final = 2
#: Asked, like a rule, by words that say something of the whole text.
_TRIPPED: Final = -1
_HIDING: Final = -2
_READ_OUT: Final = -3
_LEFT_OUT: Final = -4
_SOUNDING: Final = -5
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
        restorer: Finds their words where they are disguised.
        known: What is known of others already.
    """

    def __init__(self, detectors: Mapping[int, Detector], restorer: Restorer, known: Known | None = None) -> None:
        self._numbers: dict[str, int] = {}
        self._asks: list[tuple[int, ...]] = []
        # Of each word, whose it is, and in which of their slots.
        self._places: dict[int, list[tuple[int, int]]] = {}
        # The same, one bit for each detector: most words that are met are nobody's who is asked.
        self._owners: list[int] = []
        marked: list[tuple[int, str]] = []
        hidden = {number: (words, gapped) for number, words, gapped in known.hidden} if known is not None else {}
        hiding = len(hidden)
        always, counters = set[int](), dict[int, int]()
        # Each list of words of which one must be there has a number below all flags.
        self._lists: dict[tuple[str, ...], int] = {}
        # By the first list of a way, who is asked where it and others are met.
        self._ways: dict[int, list[tuple[int, frozenset[int]]]] = {}
        made: Any
        if known is not None:
            self._begin(known)
            marked += known.marked
            always.update(known.always)
            counters.update(known.counters)
        # Whether somebody has an attribute is asked; a check against a protocol takes longer than all the rest.
        for number, made in detectors.items():
            ways = getattr(made, "ways", ())
            self._take(number, made, () if ways else made.needs)
            for way in ways:
                self._ask_on(way, number)
            if hasattr(made, "validator"):
                counters[number] = made.validator.lengths.start
            if hasattr(made, "hidden"):
                hidden[number] = made.hidden, made.gapped
            if hasattr(made, "marks"):
                marked.append((number, made.marks))
            elif not made.needs and not ways:
                always.add(number)
        self._firsts = frozenset(self._ways)
        self._always, self._hiders, self._counters = frozenset(always), frozenset(hidden), frozenset(counters)
        self._learnt = Known(
            (), (), (), 0, (), sorted(always), [*counters.items()], marked, [(n, *own) for n, own in hidden.items()]
        )
        # In a text with no more than so many digits in a row, these find nothing.
        self._longest = max(counters.values(), default=0)
        self._counting = [
            frozenset(number for number, least in counters.items() if least > most) for most in range(self._longest)
        ]
        apart = [word for words, _ in hidden.values() for word in words]
        gapped = [word for words, also in hidden.values() if also for word in words]
        self._hides = Tripwires(apart, gapped)
        self._restorer = restorer
        # In the same pass: what may have to be folded slowly, may hide a word, may be a number that is read out, or a
        # word as it sounds.
        if known is None or len(hidden) > hiding:
            self._ask_at(self._hides.words, _HIDING)
            self._ask_at(self._hides.beside, _LEFT_OUT)
        self._ask_at(TRIPWIRES, _TRIPPED)
        self._ask_at(ZEROS, _READ_OUT)
        self._ask_at(stems(), _SOUNDING)
        self._stems = {self._numbers[stem]: lie for stem, lie in stems().items()}
        self._automaton = ahocorasick_rs.AhoCorasick(list(self._numbers), store_patterns=False)
        self._classes = [(number, re.compile(f"[{marks}]")) for number, marks in marked]
        self._marks = re.compile(f"[{''.join(marks for _, marks in marked)}{_RARE}]")
        # There are no more marks than the classes have characters.
        self._by_mark: dict[str, tuple[int, ...]] = {}

    def _begin(self, known: Known) -> None:
        """Begin with what is known already."""
        every, owners = self._asks, self._owners
        for count, asks, places in known.meanings():
            start, owner = len(every), 0
            for number, _ in places:
                owner |= 1 << number
            every += [asks] * count
            owners += [owner] * count
            if owner:
                self._places.update(dict.fromkeys(range(start, start + count), places))
        self._numbers.update(zip(known.words, range(len(known.words)), strict=True))
        # What the lists hold is not known any more; who takes one that holds the same has it twice.
        self._lists.update(((str(number),), number) for number in range(known.lists))
        self._ways.update({first: [(number, frozenset(others)) for number, others in own] for first, own in known.ways})

    def known(self) -> Known:
        """Give what it knows of its detectors."""
        means: dict[tuple[tuple[int, ...], tuple[tuple[int, int], ...]], list[str]] = {}
        for word, number in self._numbers.items():
            asks = tuple(sorted(set(self._asks[number]) - {_TRIPPED, _READ_OUT, _SOUNDING}))
            places = tuple(self._places.get(number, ()))
            if asks or places:
                means.setdefault((asks, places), []).append(word)
        ordered = sorted(means.items())
        meaning, all_places = flat((len(words), *own) for own, words in ordered)
        return self._learnt._replace(
            words=[word for _, words in ordered for word in sorted(words)],
            meaning=meaning,
            places=all_places,
            lists=len(self._lists),
            ways=[(first, [(number, sorted(others)) for number, others in own]) for first, own in self._ways.items()],
        )

    def _take(self, number: int, detector: Detector, needs: Sequence[int]) -> None:
        numbers, owners, places, owner = self._numbers, self._owners, self._places, 1 << number
        for slot, terms in enumerate(detector.slots):
            self._ask_at(terms, number if slot in needs else None)
            place = number, slot
            for term in terms:
                pattern = numbers[term]
                if owners[pattern]:
                    # Words that mean the same share what is known of them.
                    places[pattern] = [*places[pattern], place]
                    owners[pattern] |= owner
                else:
                    places[pattern] = [place]
                    owners[pattern] = owner

    def _ask_on(self, way: Way, number: int) -> None:
        first, *others = way
        if not others:
            self._ask_at(first, number)
            return
        code, *rest = map(self._list, (first, *others))
        self._ways.setdefault(code, []).append((number, frozenset(rest)))

    def _list(self, words: tuple[str, ...]) -> int:
        code = self._lists.get(words)
        if code is None:
            code = self._lists[words] = _SOUNDING - 1 - len(self._lists)
            self._ask_at(words, code)
        return code

    def _ask_at(self, terms: Iterable[str], number: int | None) -> None:
        """Look for the words, and where one stands, ask a number: a detector's, a list's or a flag."""
        numbers, asks, owners = self._numbers, self._asks, self._owners
        own = () if number is None else (number,)
        for term in terms:
            pattern = numbers.get(term)
            if pattern is None:
                numbers[term] = len(asks)
                asks.append(own)
                owners.append(0)
            elif own and number not in asks[pattern]:
                asks[pattern] += own

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
        rare = False
        if marks := self._marks.findall(text):
            for mark in set(marks):
                rare = rare or mark >= _RAREST
                asked.update(self._by_mark[mark] if mark in self._by_mark else self._marked(mark))
        most = most_digits(folded.view, read_out=_READ_OUT in asked)
        if most < self._longest:
            asked -= self._counting[most]
        self._settle(asked)
        hides = self._hides
        hiding = (
            _HIDING in asked
            or hides.taken_apart(folded.view)
            or (_LEFT_OUT in asked and hides.left_out(folded.view))
            or (rare and hides.parted(folded.view))
        )
        sounds = (_SOUNDING in asked and self._sounds(folded.view, met)) or (rare and _ODD.search(text) is not None)
        if hiding:
            asked |= self._hiders
        return Reading(folded, met, asked, hiding, sounds)

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
            return self._read_again(reading)
        return ()

    def _read_again(self, reading: Reading) -> Iterator[tuple[Reading, bool]]:
        folded = reading.folded
        if folded.loose:
            met, asked = self._met(folded.loose.view)
            # Numbers are put together anyway.
            asked -= self._always | self._counters
            self._settle(asked)
            yield Reading(folded.loose, met, asked, hiding=False), False
        before = {pattern for pattern, _, _ in reading.met}
        for restored, numbered in self._restorer.restored(folded):
            met, asked = self._met(restored.view)
            self._settle(asked)
            asked -= self._always
            if not numbered:
                # Who has no words in it that were not there before finds nothing that was not found before.
                having = 0
                for pattern in {pattern for pattern, _, _ in met} - before:
                    having |= self._owners[pattern]
                asked = {number for number in asked if number >= 0 and having >> number & 1}
            if asked:
                yield Reading(restored, met, asked, hiding=False), True

    def _sounds(self, view: str, met: Iterable[Met]) -> bool:
        """Tell whether a word stands in a text as it sounds, by the pieces of such words that were met."""
        known = self._stems
        return any(sounds_at(view, start, known[pattern]) for pattern, start, _ in met if pattern in known)

    def _settle(self, asked: set[int]) -> None:
        """Ask whoever needs words of several lists, and has all."""
        ways = self._ways
        for first in asked & self._firsts:
            for number, others in ways[first]:
                if others <= asked:
                    asked.add(number)

    def _met(self, view: str) -> tuple[list[Met], set[int]]:
        met = self._automaton.find_matches_as_indexes(view, overlapping=True)
        asks = self._asks
        return met, set(self._always).union(*[asks[pattern] for pattern, _, _ in met])

    def _marked(self, mark: str) -> tuple[int, ...]:
        self._by_mark[mark] = numbers = tuple(number for number, marks in self._classes if marks.match(mark))
        return numbers

    def hits(self, asked: AbstractSet[int], met: Iterable[Met]) -> dict[int, list[Hit]]:
        """Give each of the detectors that are asked its own words, the detectors in order."""
        hits: dict[int, list[Hit]] = {}
        wanted = 0
        for number in sorted(asked):
            hits[number] = []
            wanted |= 1 << number
        owners, places = self._owners, self._places
        for pattern, start, end in [one for one in met if owners[one[0]] & wanted]:
            for number, slot in places[pattern]:
                if number in hits:
                    hits[number].append(_hit((slot, start, end)))
        return hits

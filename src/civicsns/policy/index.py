"""The index 索引 of a policy: in one pass over a text, where the words of all rules stand, and which rules to ask."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import ahocorasick_rs

from civicsns.policy.detect import hidden
from civicsns.policy.detect.factors import common, seen
from civicsns.policy.ready import Known, flat
from civicsns.policy.sounds import sounds_at, stems
from civicsns.policy.standing import Hits, Place, Standing
from civicsns.text import romaji
from civicsns.text.folding import TRIPWIRES, Folded, fold_fast, fold_slowly
from civicsns.text.numerals import ZEROS, most_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from civicsns.policy.detect.factors import Way
    from civicsns.policy.engine import Detectors
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
#: A word that was met: its number, where it begins, and one past its end.
Met = tuple[int, int, int]
#: A list of words that so many of the examples have one of is only looked for where the other words of a way stand.
_COMMON: Final = 0.08


class Reading(NamedTuple):
    """
    A text that was read.

    Attributes:
        folded: The text, and how it is read.
        met: The words that were met, in the order of their ends.
        asked: The numbers of the detectors that may find something.
        hiding: Whether it may hide words.
        sounding: Whether words may stand in it as they sound.
    """

    folded: Folded
    met: list[Met]
    asked: set[int]
    hiding: bool
    sounding: bool = False


class _Standings(dict[int, Standing]):
    """Where the words of each detector stand; made when it is first asked."""

    def __init__(self, detectors: Detectors, given: Mapping[int, Sequence[int]]) -> None:
        super().__init__()
        self._detectors = detectors
        self._given = given

    def __missing__(self, number: int) -> Standing:
        # Of two threads that make it at once, both go on with the same.
        return self.setdefault(number, Standing(self._detectors[number].slots, self._given[number]))


class _Marking(dict[str, tuple[int, ...]]):
    """
    Whom each mark asks; there are no more marks than the classes have characters.

    Args:
        marked: Who looks for marks, and for which.

    Attributes:
        any: Finds them, and what is too rare to be looked for by name.
    """

    def __init__(self, marked: Sequence[tuple[int, str]]) -> None:
        super().__init__()
        self._classes = [(number, re.compile(f"[{marks}]")) for number, marks in marked]
        self.any = re.compile(f"[{''.join(marks for _, marks in marked)}{_RARE}]")

    def __missing__(self, mark: str) -> tuple[int, ...]:
        self[mark] = numbers = tuple(number for number, marks in self._classes if marks.match(mark))
        return numbers


def _counting(counters: Mapping[int, int]) -> list[frozenset[int]]:
    """Give who finds nothing in a text with no more than so many digits in a row, by how many these are."""
    longest = max(counters.values(), default=0)
    return [frozenset(number for number, least in counters.items() if least > most) for most in range(longest)]


class Index:
    """
    Knows the words of all detectors.

    Args:
        detectors: The detectors, by number; those of which something is known are made when they are asked.
        restorer: Finds their words where they are disguised.
        known: What is known of some already.
    """

    def __init__(self, detectors: Detectors, restorer: Restorer, known: Known | None = None) -> None:
        self._detectors = detectors
        self._numbers: dict[str, int] = {}
        self._asks: list[tuple[int, ...]] = []
        # Of each word that is looked for in the one pass, in whose lists it is; and the same, one bit for each detector:
        # most words that are met are nobody's who is asked.
        self._places: dict[int, list[tuple[int, int]]] = {}
        self._owners: list[int] = []
        marked: list[tuple[int, str]] = []
        hides = {number: (words, gapped) for number, words, gapped in known.hidden} if known is not None else {}
        hiding = len(hides)
        always, counters = set[int](), dict[int, int]()
        # Each list of words of which one must be there has a number below all flags.
        self._lists: dict[tuple[str, ...], int] = {}
        # By the first list of a way, who is asked where it and others are met.
        self._ways: dict[int, list[tuple[int, frozenset[int], tuple[Standing, ...]]]] = {}
        # How common the words of each list of a way are; and those that are looked for later.
        self._shares: dict[tuple[str, ...], float] = {}
        self._late: dict[tuple[str, ...], Standing] = {}
        # Which lists of a detector are looked for in the one pass.
        self._given: dict[int, Sequence[int]] = {}
        met = set[tuple[str, ...]]()
        made: Any
        if known is not None:
            self._begin(known)
            marked += known.marked
            always.update(known.always)
            counters.update(known.counters)
        # Whether somebody has an attribute is asked; a check against a protocol takes longer than all the rest.
        for number, made in detectors.items():
            ways = getattr(made, "ways", ())
            for way in ways or [(made.slots[slot],) for slot in made.needs]:
                met.update(self._ask_on(way, number))
            if hasattr(made, "validator"):
                counters[number] = made.validator.lengths.start
            if hasattr(made, "hidden"):
                hides[number] = made.hidden, made.gapped
            if hasattr(made, "marks"):
                marked.append((number, made.marks))
            elif not made.needs and not ways:
                always.add(number)
                if number not in counters:
                    # It looks at each text, and at its words in it.
                    for terms in made.slots:
                        met.add(terms)
                        self._ask_at(terms, number)
        for number, made in detectors.items():
            self._given[number] = self._own(number, made.slots, met)
        self._standing = _Standings(detectors, self._given)
        self._firsts = frozenset(self._ways)
        self._always, self._counters, self._hiders = frozenset(always), frozenset(counters), tuple(hides)
        self._learnt = Known(
            (),
            (),
            (),
            0,
            (),
            (),
            (),
            sorted(always),
            [*counters.items()],
            marked,
            [(n, *own) for n, own in hides.items()],
        )
        self._counting = _counting(counters)
        apart = [word for words, _ in hides.values() for word in words]
        gapped = [word for words, also in hides.values() if also for word in words]
        self._hides = hidden.Tripwires(apart, gapped)
        self._restorer = restorer
        self._flag(hidden_too=known is None or len(hides) > hiding)
        self._automaton = ahocorasick_rs.AhoCorasick(list(self._numbers), store_patterns=False)
        self._marking = _Marking(marked)

    def _flag(self, *, hidden_too: bool) -> None:
        """Look in the same pass for what says something of the whole text."""
        # What may have to be folded slowly, may hide a word, may be a number that is read out, or a
        # word as it sounds.
        if hidden_too:
            self._ask_at(self._hides.words, _HIDING)
            self._ask_at(self._hides.beside, _LEFT_OUT)
        self._ask_at(TRIPWIRES, _TRIPPED)
        self._ask_at(ZEROS, _READ_OUT)
        self._ask_at(stems(), _SOUNDING)
        self._stems = {self._numbers[stem]: lie for stem, lie in stems().items()}

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
        late = [Standing((words,)) for words in known.late]
        self._ways.update(
            {
                first: [(number, frozenset(rare), tuple(late[one] for one in others)) for number, rare, others in own]
                for first, own in known.ways
            }
        )
        self._given.update(known.given)

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
        late = {id(standing): number for number, standing in enumerate(self._late.values())}
        return self._learnt._replace(
            words=[word for _, words in ordered for word in sorted(words)],
            meaning=meaning,
            places=all_places,
            lists=len(self._lists),
            late=[list(words) for words in self._late],
            ways=[
                (first, [(number, sorted(rare), [late[id(one)] for one in others]) for number, rare, others in own])
                for first, own in self._ways.items()
            ],
            given=[(number, list(given)) for number, given in self._given.items()],
        )

    def _own(self, number: int, slots: Sequence[tuple[str, ...]], met: AbstractSet[tuple[str, ...]]) -> Sequence[int]:
        """Note who has the words that are looked for in the one pass, and give in which of the lists they are."""
        given = [slot for slot, terms in enumerate(slots) if terms in met]
        numbers, owners, places, owner = self._numbers, self._owners, self._places, 1 << number
        for slot in given:
            place = number, slot
            for term in slots[slot]:
                pattern = numbers[term]
                if owners[pattern]:
                    # Words that mean the same share what is known of them.
                    places[pattern] = [*places[pattern], place]
                    owners[pattern] |= owner
                else:
                    places[pattern] = [place]
                    owners[pattern] = owner
        return given

    def _ask_on(self, way: Way, number: int) -> Iterator[tuple[str, ...]]:
        """Ask a detector where words of all lists of a way stand, and give the lists to be looked for in the one pass."""
        if len(way) == 1:
            yield way[0]
            self._ask_at(way[0], number)
            return
        shares = self._shares
        for words in way:
            if words not in shares:
                shares[words] = seen(words, common())
        first, *others = sorted(way, key=shares.__getitem__)
        yield first
        late, rare = list[Standing](), list[int]()
        for words in others:
            if shares[words] > _COMMON:
                late.append(self._late.setdefault(words, Standing((words,))))
            else:
                rare.append(self._list(words))
                yield words
        self._ways.setdefault(self._list(first), []).append((number, frozenset(rare), tuple(late)))

    def _list(self, words: tuple[str, ...]) -> int:
        code = self._lists.get(words)
        if code is None:
            code = self._lists[words] = _SOUNDING - 1 - len(self._lists)
            self._ask_at(words, code)
        return code

    def _ask_at(self, terms: Iterable[str], number: int) -> None:
        """Look for the words, and where one stands, ask a number: a detector's, a list's or a flag."""
        numbers, asks = self._numbers, self._asks
        for term in terms:
            pattern = numbers.get(term)
            if pattern is None:
                numbers[term] = len(asks)
                asks.append((number,))
                self._owners.append(0)
            elif number not in asks[pattern]:
                asks[pattern] += (number,)

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
        if marks := self._marking.any.findall(text):
            for mark in set(marks):
                rare = rare or mark >= _RAREST
                asked.update(self._marking[mark])
        most = most_digits(folded.view, read_out=_READ_OUT in asked)
        if most < len(self._counting):
            asked -= self._counting[most]
        self._settle(asked, folded.view)
        hides = self._hides
        hiding = (
            _HIDING in asked
            or hides.taken_apart(folded.view)
            or (_LEFT_OUT in asked and hides.left_out(folded.view))
            or (rare and hides.parted(folded.view))
        )
        sounds = (_SOUNDING in asked and self._sounds(folded.view, met)) or (rare and _ODD.search(text) is not None)
        if hiding:
            asked |= self._hiding(folded)
        return Reading(folded, met, asked, hiding, sounds)

    @cached_property
    def _hidden_words(self) -> tuple[list[list[int]], ahocorasick_rs.AhoCorasick]:
        """Whose the words are that may be hidden, and what finds them; made when a text may hide some."""
        owners: dict[str, list[int]] = {}
        for number in self._hiders:
            made = self._detectors[number]
            for word in (term for slot in made.needs for term in made.slots[slot]):
                owners.setdefault(word, []).append(number)
        return list(owners.values()), ahocorasick_rs.AhoCorasick(list(owners), store_patterns=False)

    def _hiding(self, folded: Folded) -> set[int]:
        """Give who has a word that a text hides."""
        owners, automaton = self._hidden_words
        return {
            number
            for reading in hidden.readings(folded, gapped=True)
            for pattern, _, _ in automaton.find_matches_as_indexes(reading.view, overlapping=True)
            for number in owners[pattern]
        }

    def read_again(self, reading: Reading, wanted: AbstractSet[int]) -> Iterable[tuple[Reading, bool]]:
        """
        Find the words in a text as it reads with words put together that were taken apart, and in their usual form.

        Args:
            reading: The text.
            wanted: Which detectors may be asked.

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
            return self._read_again(reading, wanted)
        return ()

    def _read_again(self, reading: Reading, wanted: AbstractSet[int]) -> Iterator[tuple[Reading, bool]]:
        folded = reading.folded
        if folded.loose:
            # Numbers are put together anyway.
            met, asked = self._met(folded.loose.view)
            asked -= self._always | self._counters
            self._settle(asked, folded.loose.view)
            asked &= wanted
            if asked:
                yield Reading(folded.loose, met, asked, hiding=False), False
        for restored, numbered in self._restorer.restored(folded):
            met, asked = self._met(restored.view)
            self._settle(asked, restored.view)
            asked = (asked & wanted) - self._always
            if not numbered:
                # Who has no words in it that were not there before finds nothing that was not found before.
                asked = {number for number in asked if self._gains(number, folded.view, restored.view)}
            if asked:
                yield Reading(restored, met, asked, hiding=False), True

    def _gains(self, number: int, before: str, after: str) -> bool:
        standing = self._standing[number]
        return not standing.words(after) <= standing.words(before)

    def _sounds(self, view: str, met: Iterable[Met]) -> bool:
        """Tell whether a word stands in a text as it sounds, by the pieces of such words that were met."""
        known = self._stems
        return any(sounds_at(view, start, known[pattern]) for pattern, start, _ in met if pattern in known)

    def _settle(self, asked: set[int], view: str) -> None:
        """Ask whoever needs words of several lists, and has all."""
        ways = self._ways
        for first in asked & self._firsts:
            for number, rare, late in ways[first]:
                if rare <= asked and number not in asked and all(standing.some(view) for standing in late):
                    asked.add(number)

    def _met(self, view: str) -> tuple[list[Met], set[int]]:
        met = self._automaton.find_matches_as_indexes(view, overlapping=True)
        asks = self._asks
        return met, set(self._always).union(*[asks[pattern] for pattern, _, _ in met])

    def hits(self, asked: AbstractSet[int], reading: Reading) -> dict[int, Hits]:
        """Give each of the detectors that are asked where its own words stand, the detectors in order."""
        view, standing = reading.folded.view, self._standing
        given: dict[int, list[Place]] = {}
        wanted = 0
        for number in sorted(asked):
            given[number] = []
            wanted |= 1 << number
        owners, places = self._owners, self._places
        for pattern, start, end in reading.met:
            if owners[pattern] & wanted:
                for number, slot in places[pattern]:
                    if number in given:
                        given[number].append((slot, start, end))
        return {number: Hits(standing[number], view, own) for number, own in given.items()}

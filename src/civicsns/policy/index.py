"""The index 索引 of a policy: in one pass over a text, which words of all rules stand in it, and which rules to ask."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import ahocorasick_rs

from civicsns.policy.detect import hidden
from civicsns.policy.detect.factors import common, seen
from civicsns.policy.detect.plain import may_have_sentence
from civicsns.policy.ready import Known, flat
from civicsns.policy.signs import Marking, counting, is_rare, odd
from civicsns.policy.sounds import sounds_at, stems
from civicsns.policy.standing import Standing
from civicsns.text.folding import TRIPWIRES, Folded, fold_slowly
from civicsns.text.numerals import ZEROS, may_be_read_out, most_digits, stretches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from civicsns.policy.detect.factors import Way
    from civicsns.policy.engine import Detectors

#: Asked, like a rule, by words that say something of the whole text.
_TRIPPED: Final = -1
_HIDING: Final = -2
_READ_OUT: Final = -3
_LEFT_OUT: Final = -4
_SOUNDING: Final = -5
#: A list of which a word must stand beside, further ones, those that are looked for later, and who is asked then.
_Way: TypeAlias = tuple[int, AbstractSet[int], tuple[Standing, ...], int]
#: A list of words that so many of the examples have one of is only looked for where the other words of a way stand.
_COMMON: Final = 0.08


class Reading(NamedTuple):
    """
    A text that was read.

    Attributes:
        folded: The text, and how it is read.
        met: The words that were met.
        codes: Whom these ask: detectors, lists and flags.
        asked: The numbers of the detectors that may find something, and of flags.
        hiding: Whether it may hide words.
        sounding: Where words may stand in it as they sound.
        odd: Whether it has letters of half the width, or emoji within a word.
        stretches: Where its digits stand near each other; None where a number in it may be read out, or nobody looked.
    """

    folded: Folded
    met: Sequence[str]
    codes: AbstractSet[int]
    asked: set[int]
    hiding: bool
    sounding: Sequence[tuple[int, int]] = ()
    odd: bool = False
    stretches: Sequence[tuple[int, int]] | None = None


class _Standings(dict[int, Standing]):
    """Where the words of each detector stand; made when it is first asked."""

    def __init__(self, detectors: Detectors, given: Mapping[int, Sequence[int]]) -> None:
        super().__init__()
        self._detectors = detectors
        self._given = given

    def __missing__(self, number: int) -> Standing:
        # Of two threads that make it at once, both go on with the same.
        return self.setdefault(number, Standing(self._detectors[number].slots, self._given[number]))


class Index:
    """
    Knows the words of all detectors.

    Args:
        detectors: The detectors, by number; those of which something is known are made when they are asked.
        known: What is known of some already.

    Attributes:
        standing: Where the words of each detector stand.
        always: The detectors that look at each text, but for those that look for long sentences where none can be.
        counters: Those that look for numbers.
        late: The words of the lists that are looked for later.
    """

    def __init__(self, detectors: Detectors, known: Known | None = None) -> None:
        self._detectors = detectors
        # Of what kind each word is that is looked for in the one pass: words of a kind ask the same. There are several
        # times as many words as kinds, and ten times as many as detectors.
        self._kinds: dict[str, int] = {}
        self._asks: list[tuple[int, ...]] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        # Those that ask nobody, but are told to whoever looks at each text.
        self._told: set[str] = set()
        marked: list[tuple[int, str]] = []
        hides = {number: (words, gapped) for number, words, gapped in known.hidden} if known is not None else {}
        hiding = len(hides)
        always, counters, sentences = set[int](), dict[int, int](), dict[int, int]()
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
            sentences.update(known.sentences)
        # Whether somebody has an attribute is asked; a check against a protocol takes longer than all the rest.
        for number, made in detectors.items():
            ways = getattr(made, "ways", ())
            for way in ways or [(made.slots[slot],) for slot in made.needs]:
                met.update(self._ask_on(way, number))
            if hasattr(made, "validator"):
                counters[number] = made.validator.lengths.start
            if hasattr(made, "sentence"):
                sentences[number] = made.sentence
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
                        self._look_for(terms)
        for number, made in detectors.items():
            self._given[number] = [slot for slot, terms in enumerate(made.slots) if terms in met]
        self.standing = _Standings(detectors, self._given)
        self._first, self.always = frozenset(always), frozenset(always.union(sentences))
        self.counters, self._hiders = frozenset(counters), tuple(hides)
        self._sentences = tuple(sentences.items())
        self._learnt = Known(
            (),
            (),
            0,
            (),
            (),
            (),
            sorted(always),
            [*counters.items()],
            [*sentences.items()],
            marked,
            [(n, *own) for n, own in hides.items()],
        )
        self._counting = counting(counters)
        apart = [word for words, _ in hides.values() for word in words]
        gapped = [word for words, also in hides.values() if also for word in words]
        self._hides = hidden.Tripwires(apart, gapped)
        self._flag(hidden_too=known is None or len(hides) > hiding)
        # It gives the very words that it was given: no number is made, and no tuple, for any of those that are met.
        self._find = ahocorasick_rs.AhoCorasick(list(self._kinds), store_patterns=True).find_matches_as_strings
        self._marking = Marking(marked)
        codes = list(map(frozenset, self._asks))
        self._codes = dict(zip(self._kinds, map(codes.__getitem__, self._kinds.values()), strict=True))
        self._acts = {first: [_way(first, *way) for way in own] for first, own in self._ways.items()}
        self._live = frozenset(self._acts).union(one for asks in self._asks for one in asks if one >= 0)
        every = (one for ways in self._ways.values() for _, _, late in ways for one in late)
        self.late = Standing([words for one in {id(one): one for one in every}.values() for words in one.slots])

    @cached_property
    def longest(self) -> int:
        """How long the longest word is."""
        return max(map(len, self._kinds), default=0)

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

    def _begin(self, known: Known) -> None:
        """Begin with what is known already."""
        every: list[int] = []
        for count, asks in known.meanings():
            every += [self._kind(asks)] * count
        self._kinds.update(zip(known.words, every, strict=True))
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
        means: dict[tuple[int, ...], list[str]] = {}
        flags = {_TRIPPED, _READ_OUT, _SOUNDING}
        for word, kind in self._kinds.items():
            asks = self._asks[kind]
            own = tuple(sorted(set(asks) - flags))
            # What has nothing but flags is looked for anyway, whatever is kept.
            if own or word in self._told:
                means.setdefault(own, []).append(word)
        ordered = sorted(means.items())
        late = {id(standing): number for number, standing in enumerate(self._late.values())}
        return self._learnt._replace(
            words=[word for _, words in ordered for word in sorted(words)],
            meaning=flat((len(words), own) for own, words in ordered),
            lists=len(self._lists),
            late=[list(words) for words in self._late],
            ways=[
                (first, [(number, sorted(rare), [late[id(one)] for one in others]) for number, rare, others in own])
                for first, own in self._ways.items()
            ],
            given=[(number, list(given)) for number, given in self._given.items()],
        )

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

    def _look_for(self, terms: Iterable[str]) -> None:
        """Look for the words, and ask nobody where one stands."""
        for term in terms:
            self._kinds.setdefault(term, self._kind(()))
            self._told.add(term)

    def _kind(self, asks: tuple[int, ...]) -> int:
        kind = self._numbers.get(asks)
        if kind is None:
            kind = self._numbers[asks] = len(self._asks)
            self._asks.append(asks)
        return kind

    def _ask_at(self, terms: Iterable[str], number: int) -> None:
        """Look for the words, and where one stands, ask a number: a detector's, a list's or a flag."""
        kinds, alone = self._kinds, self._kind((number,))
        for term in terms:
            kind = kinds.setdefault(term, alone)
            if kind != alone and number not in (own := self._asks[kind]):
                kinds[term] = self._kind((*own, number))

    def read(self, text: str) -> Reading:
        """Fold *text*, and find the words in it."""
        view, noted = self._marking.fold(text)
        folded = fold_slowly(text) if view is None else Folded(text, view)
        met, codes = self.met(folded.view)
        if _TRIPPED in codes and view is not None:
            folded = fold_slowly(text)
            if folded.view != view:
                met, codes = self.met(folded.view)
        view = folded.view
        asked = self.asked(codes, view)
        for number, most in self._sentences:
            if may_have_sentence(view, most):
                asked.add(number)
        few = False
        if noted and (marks := self._marking.among(noted)):
            few = is_rare(max(marks))
            asked.update(*map(self._marking.__getitem__, marks))
        places = None if _READ_OUT in codes and may_be_read_out(view) else stretches(view)
        most = len(view) if places is None else most_digits(view, places)
        if most < len(self._counting):
            asked -= self._counting[most]
        hides = self._hides
        hiding = (
            _HIDING in codes
            or hides.taken_apart(view)
            or (_LEFT_OUT in codes and hides.left_out(view))
            or (few and hides.parted(view))
        )
        if hiding:
            asked |= self._hiding(folded)
        return Reading(
            folded,
            met,
            codes,
            asked,
            hiding,
            _sounding(view, met) if _SOUNDING in codes else (),
            few and odd(text),
            places,
        )

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

    def met(self, view: str) -> tuple[list[str], set[int]]:
        """Give the words that stand in a folded text, and whom they ask: detectors, lists and flags."""
        met = self._find(view, overlapping=True)
        return met, set[int]().union(*map(self._codes.__getitem__, met))

    @cached_property
    def _besides(self) -> dict[int, list[tuple[int, _Way]]]:
        """On which ways somebody is asked for which a code is one that must be there, each with its first."""
        found: dict[int, list[tuple[int, _Way]]] = {}
        for first, ways in self._acts.items():
            for way in ways:
                for code in {first, way[0], *way[1]}:
                    found.setdefault(code, []).append((first, way))
        return found

    def asked_besides(self, more: AbstractSet[int], codes: AbstractSet[int], view: str) -> set[int]:
        """
        Give the detectors that are asked for what further words ask.

        Args:
            more: Whom the further words ask.
            codes: Whom all words of a text ask, these among them.
            view: The text.
        """
        asked, ways = set[int](), self._besides
        for one in more:
            if one >= 0:
                asked.add(one)
            for first, (beside, others, late, number) in ways.get(one, ()):
                if first in codes and beside in codes and others <= codes and all(one.some(view) for one in late):
                    asked.add(number)
        return asked

    def asked(self, codes: AbstractSet[int], view: str) -> set[int]:
        """Give the detectors that are asked where words ask so in a folded text."""
        asked, acts = set(self._first), self._acts
        for one in codes & self._live:
            if one >= 0:
                asked.add(one)
                continue
            for beside, more, late, number in acts[one]:
                if (
                    beside in codes
                    and number not in asked
                    and (not more or more <= codes)
                ):
                    for standing in late:
                        if not standing.some(view):
                            break
                    else:
                        asked.add(number)
        return asked


def _way(first: int, number: int, rare: frozenset[int], late: tuple[Standing, ...]) -> _Way:
    beside, *more = rare or (first,)
    return beside, frozenset(more), late, number


def _sounding(view: str, met: Iterable[str]) -> list[tuple[int, int]]:
    """Give where words may stand in a text as they sound, by the pieces of such words that were met."""
    known, found = stems(), dict[tuple[int, int], None]()
    for piece in set(filter(known.__contains__, met)):
        start = view.find(piece)
        while start >= 0:
            found.update(dict.fromkeys(sounds_at(view, start, known[piece])))
            start = view.find(piece, start + 1)
    return sorted(found)

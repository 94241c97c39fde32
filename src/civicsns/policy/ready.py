"""
What is ready of a pack: where its words stand in the index, worked out before anybody uses it.

Making the detectors of a pack that comes with civicsns, and learning their words, takes a quarter of a second. What the
index has learnt then is the same each time; so `tools/prove_packs.py` writes it down, and a policy begins with that. It
is taken only where the files of the pack are, to the last character, those that it was made of, and of each rule only as
far as it and its lists are still the pack's own: what an overlay changes or adds is learnt as usual.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import attrs

from civicsns.policy.sounds import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from civicsns.policy.pack import Pack, PackRule

#: No word has it: it stands between them.
_BETWEEN: Final = "\0"
#: Numbers from 0 on are written as one character each, from this on.
_NONE: Final = 0x30


class Known(NamedTuple):
    """
    What an index knows of some detectors. Numbers below zero are no detectors', but of lists of words, and of flags.

    Attributes:
        words: The words; those that mean the same behind each other.
        meaning: For words that mean the same, behind each other: how many they are; how many numbers are asked where one
            stands, and which.
        lists: How many lists there are.
        late: Lists of words that are looked for later.
        ways: For some lists, who is asked where it and others are met: the number, the others, and which of the later.
        given: Of each detector, which of its lists are looked for in the one pass.
        always: Who is always asked.
        counters: Who looks for numbers, and of how many digits at least.
        sentences: Who finds long sentences, and of more than how many characters.
        marked: Who looks for marks, and for which.
        hidden: Who finds words that somebody hides, which, and whether also where a letter is left out.
    """

    words: Sequence[str]
    meaning: Sequence[int]
    lists: int
    late: Sequence[Sequence[str]]
    ways: Sequence[tuple[int, Sequence[tuple[int, Sequence[int], Sequence[int]]]]]
    given: Sequence[tuple[int, Sequence[int]]]
    always: Sequence[int]
    counters: Sequence[tuple[int, int]]
    sentences: Sequence[tuple[int, int]]
    marked: Sequence[tuple[int, str]]
    hidden: Sequence[tuple[int, Sequence[str], bool]]

    def meanings(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Give for words that mean the same how many they are, and whom they ask."""
        held, at = self.meaning, 0
        while at < len(held):
            end = at + 2 + held[at + 1]
            yield held[at], tuple(held[at + 2 : end])
            at = end

    def of(self, numbers: Mapping[int, int]) -> Known:
        """
        Give what is known of some of the detectors.

        Args:
            numbers: For the number of each that it had here, the one that it has now.
        """
        return Known(
            self.words,
            flat(
                (count, [one if one < 0 else numbers[one] for one in asks if one < 0 or one in numbers])
                for count, asks in self.meanings()
            ),
            self.lists,
            self.late,
            [
                (first, [(numbers[number], rare, late) for number, rare, late in those if number in numbers])
                for first, those in self.ways
            ],
            [(numbers[number], slots) for number, slots in self.given if number in numbers],
            [numbers[number] for number in self.always if number in numbers],
            [(numbers[number], least) for number, least in self.counters if number in numbers],
            [(numbers[number], most) for number, most in self.sentences if number in numbers],
            [(numbers[number], marks) for number, marks in self.marked if number in numbers],
            [(numbers[number], words, gapped) for number, words, gapped in self.hidden if number in numbers],
        )


def flat(meanings: Iterable[tuple[int, Sequence[int]]]) -> list[int]:
    """Write in a row what `Known.meanings` gives: many short lists are read slowly."""
    return [one for count, asks in meanings for one in (count, len(asks), *asks)]


def written(digest: str, known: Known, named: Mapping[int, Sequence[str]]) -> str:
    """
    Write down what an index knows of a pack's detectors, for `Ready`.

    Args:
        digest: The digest of the pack's files.
        known: What the index knows.
        named: For each detector, the lists that it has words from.
    """
    rest = {"named": list(named.items()), **known._asdict()}
    del rest["words"]
    lines = [f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in rest.items()]
    return f"{digest}\n{{{', '.join(lines)}}}\n{_BETWEEN.join(known.words)}"


def written_words(digest: str, own: Vocabulary) -> str:
    """Write down the words of a pack's detectors that may be disguised, for `Ready.vocabulary`."""
    words = sorted(own.words, key=lambda word: (-own.words[word], word))
    counts = ("".join(chr(_NONE + counter[word]) for word in words) for counter in own)
    return "\n".join((digest, *counts, " ".join(words), ""))


@attrs.frozen
class Ready:
    """
    What is ready of a pack.

    Attributes:
        digest: The digest of the pack's files.
        kept: Where what an index knows is written down.
        words: Where the words are that may be disguised.
        rules: The rules, as the pack has them.
        lists: The lists, as the pack has them.
    """

    digest: str
    kept: Traversable
    words: Traversable
    rules: Sequence[PackRule]
    lists: Mapping[str, tuple[str, ...]]

    def fitting(self, pack: Pack) -> Fitting | None:
        """Give what of it holds for *pack*, which has the rules and lists; None where nothing can be taken."""
        try:
            digest, head, words = self.kept.read_bytes().decode("utf-8").split("\n", 2)
        except (OSError, UnicodeDecodeError, ValueError):
            return None
        if digest != self.digest:
            return None
        held: dict[str, Any] = json.loads(head)
        changed = {name for name, own in self.lists.items() if pack.lists.get(name) != own}
        named = {number: changed.isdisjoint(lists) for number, lists in held.pop("named")}
        tables = {id(table): number for number, table in enumerate(tables_of(self.rules)) if named.get(number)}
        return Fitting(Known(words=words.split(_BETWEEN), **held), tables, len(named))

    def vocabulary(self) -> Vocabulary | None:
        """Give the words that may be disguised; None where those that are written down are of other files."""
        try:
            digest, *counts, held, _ = self.words.read_bytes().decode("utf-8").split("\n")
            every, telling = counts
        except (OSError, UnicodeDecodeError, ValueError):
            return None
        if digest != self.digest:
            return None
        words = held.split(" ")
        return Vocabulary(
            *(Counter(dict(zip(words, [ord(one) - _NONE for one in own], strict=True))) for own in (every, telling))
        )


@attrs.frozen
class Fitting:
    """
    What is ready, and for which detectors.

    Attributes:
        known: What the index knows.
        tables: The numbers by which it does, by the identity of the detectors' tables.
        count: How many detectors it knows.
    """

    known: Known
    tables: Mapping[int, int]
    count: int

    def of(self, numbers: Mapping[int, int]) -> Known:
        """Give what is known of some of them; *numbers* are those that they have now, by those that they had."""
        if len(numbers) == self.count and all(before == now for before, now in numbers.items()):
            return self.known
        return self.known.of(numbers)


def tables_of(rules: Sequence[PackRule]) -> Iterator[Mapping[str, Any]]:
    """Give the tables of all detectors, in order: a rule of the kind `any` has several."""
    for rule in rules:
        yield from rule.detect["of"] if rule.detect["kind"] == "any" else [rule.detect]

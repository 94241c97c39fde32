"""
Words that somebody hides: with a letter left out 伏せ字, taken apart, or in letters that look like others.

Reading a text so (`civicsns.text.disguises`) takes several times as long as all the rest. It is only done where two
neighbouring letters of such a word stand near each other, or one of them beside something that may stand for a letter.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import ahocorasick_rs
import attrs

from civicsns.text.disguises import CIRCLE, likenesses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from civicsns.text.folding import Folded

_LETTERS: Final = re.compile("[0-9a-zぁ-ゖゝゞァ-ヺヽヾー一-鿿㐀-䶿々〆]+")
#: What is usually put between letters; whatever else it may be is no character of the basic plane, but for few.
_GAPS: Final = (
    *" \n\t.,·・-_/\\|*~^+=:;…、。!?'\"`()<>[]{}「」『』【】☆★♪♡♥●■◆▲▼#@&%$→",
    "  ",
    "   ",
    "..",
    "--",
    "・・",
    "、、",
    "\n\n",
)
_IN_GAPS: Final = frozenset("".join(_GAPS))
#: What is usually written for a letter left out.
_MASKS: Final = f"{CIRCLE}*×✕✖✗✘❌●◎■□▲△▼▽◆◇★☆♡♥_#x?!@$%&="


def masked(word: str) -> Iterator[str]:
    """
    Give *word* with a letter left out, and with two neighbouring ones where it has four letters or more.

    The first letter only of four: the rest of めくら begins くらしき.
    """
    for place in range(0 if len(word) > 3 else 1, len(word)):
        yield word[:place] + CIRCLE + word[place + 1 :]
    for place in range(1, len(word) - 1 if len(word) > 3 else 0):
        yield word[:place] + CIRCLE * 2 + word[place + 2 :]


class Tripwires:
    """
    Tells whether a text may hide one of some words.

    Args:
        apart: Words that may be taken apart, or written in letters that look like others.
        gapped: Words of which a letter may be left out.

    """

    def __init__(self, apart: Iterable[str], gapped: Iterable[str]) -> None:
        self._pairs = _pairs(apart)
        # Each gap between each pair of letters makes tens of thousands of words: it is looked for by the gap instead.
        self._odd = {pair for pair in self._pairs if pair[1] in _IN_GAPS}
        self._apart = _between(self._pairs - self._odd)
        self._turned = frozenset((other, one) for one, other in self._pairs)
        self._gapped = tuple(gapped)

    @property
    def words(self) -> tuple[str, ...]:
        """Where one of these stands in a folded text, it may hide a word."""
        gaps = (f"{one}{gap}{other}" for one, other in sorted(self._odd) for gap in _GAPS)
        return tuple(dict.fromkeys((*gaps, *_likenesses(sorted(self._pairs)))))

    @property
    def beside(self) -> tuple[str, ...]:
        """Where one of these does, `left_out` is to be asked; they are a letter and what may stand for its neighbour."""
        return tuple(dict.fromkeys(_beside(self._variants)))

    @cached_property
    def _variants(self) -> list[str]:
        return [variant for word in self._gapped for variant in masked(word)]

    def taken_apart(self, view: str) -> bool:
        """Whether the letters of a pair stand on both sides of a usual gap of a folded text."""
        return not self._turned.isdisjoint(self._apart(view))

    def left_out(self, view: str) -> bool:
        """Whether a folded text has a word with something in the place of a letter."""
        return bool(self._masked.find_matches_as_indexes(view))

    def parted(self, view: str) -> bool:
        """Whether the letters of a pair stand on both sides of any gap of a text, usual or not."""
        parts = _LETTERS.findall(view)
        return not self._pairs.isdisjoint((one[-1], other[0]) for one, other in pairwise(parts))

    @cached_property
    def _masked(self) -> ahocorasick_rs.AhoCorasick:
        # Most texts have nothing that may stand for a letter beside any of the letters.
        return ahocorasick_rs.AhoCorasick(
            {variant.replace(CIRCLE, mask) for variant in self._variants for mask in _MASKS}, store_patterns=False
        )


def _pairs(words: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Give how the words begin: the first letter and the second."""
    return frozenset((word[0], word[1]) for word in words if len(word) > 1)


def _likenesses(of: Iterable[tuple[str, str]]) -> Iterator[str]:
    like = cache(likenesses)
    for one, other in of:
        for first in like(one):
            for second in like(other):
                if first + second != one + other:
                    yield first + second


def _between(apart: AbstractSet[tuple[str, str]]) -> Callable[[str], list[tuple[str, str]]]:
    """Make what gives the letters behind and before each usual gap, if these are the second and the first of some pairs."""
    if not apart:
        return lambda _: []
    one, other = (_one_of({pair[place] for pair in apart}) for place in (0, 1))
    # What begins with a letter is tried more quickly than what begins with a look behind.
    longer = "|".join(f"{re.escape(gap[1:])}(?<={re.escape(gap)})" for gap in _GAPS if len(gap) > 1)
    return re.compile(f"{_one_of(_IN_GAPS)}(?=(?:{longer})?({other}))(?<=({one}).)", re.DOTALL).findall


def _beside(variants: Iterable[str]) -> Iterator[str]:
    """Give something that may stand for a letter with the letter before it, or behind it where it is the first."""
    for variant in variants:
        place = variant.index(CIRCLE)
        part = variant[:2] if place == 0 else variant[place - 1 : place + 1]
        yield from (part.replace(CIRCLE, mask) for mask in _MASKS)


def _one_of(characters: Iterable[str]) -> str:
    return f"[{''.join(map(re.escape, sorted(characters)))}]"


def readings(folded: Folded, *, gapped: bool) -> Iterator[Folded]:
    """Give each further reading of a text that may hide words; with letters left out if *gapped*."""
    if gapped and folded.masked != folded.view:
        yield attrs.evolve(folded, view=folded.masked)
    if folded.loose is not None:
        yield folded.loose

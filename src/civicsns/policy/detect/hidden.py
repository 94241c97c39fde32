"""
Words that somebody hides: with a letter left out 伏せ字, taken apart, or in letters that look like others.

Reading a text so (`civicsns.text.disguises`) takes several times as long as all the rest. It is only done where two
neighbouring letters of such a word stand near each other, or one of them beside something that may stand for a letter.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.text.disguises import CIRCLE, likenesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import ahocorasick_rs

    from civicsns.policy.scan import Scan
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


def tripwires(apart: Iterable[str], gapped: Iterable[str]) -> Iterator[str]:
    """
    Give the words of which one stands in a folded text that hides a word, as a rule.

    Args:
        apart: Words that may be taken apart, or written in letters that look like others.
        gapped: Words of which a letter may be left out.
    """
    for one, other in pairs(apart):
        for gap in _GAPS:
            yield f"{one}{gap}{other}"
        for first in likenesses(one):
            for second in likenesses(other):
                if first + second != one + other:
                    yield first + second
    for word in gapped:
        for variant in masked(word):
            yield from (variant.replace(CIRCLE, mask) for mask in _MASKS)


def pairs(words: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Give how the words begin: the first letter and the second."""
    return frozenset((word[0], word[1]) for word in words if len(word) > 1)


def parted(view: str) -> Iterator[tuple[str, str]]:
    """Give the letters on both sides of each gap of a text."""
    return ((one[-1], other[0]) for one, other in pairwise(_LETTERS.findall(view)))


def readings(
    scan: Scan, automaton: ahocorasick_rs.AhoCorasick, *, gapped: bool
) -> Iterator[tuple[Folded, list[tuple[int, int, int]]]]:
    """Give each further reading of a text that *automaton* finds something in, and what it finds there; with letters left out if *gapped*."""
    view = scan.folded.masked if gapped else scan.view
    for reading in (attrs.evolve(scan.folded, view=view) if view != scan.view else None, scan.folded.loose):
        if reading is not None and (met := automaton.find_matches_as_indexes(reading.view, overlapping=True)):
            yield reading, met

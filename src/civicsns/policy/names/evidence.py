"""
What speaks for and against a person's name: its shape, and what stands beside it.

Each piece of evidence has a weight; their sum is a score, and more than 0 is more likely a name than not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.policy.names.candidates import JOINTS, is_hiragana
from civicsns.policy.names.weights import LEFT, RIGHT, SHAPES, UNKNOWN_SHAPE, WHOLE_QUOTATION
from civicsns.policy.names.words import (
    CALLING_ENDS,
    CALLINGS,
    FAMILIAR,
    HONORIFICS,
    ORGANISATIONS,
    PLACES,
    POLITE,
    PRIVATE_CALLINGS,
    TITLES,
)

if TYPE_CHECKING:
    from civicsns.policy.names.candidates import Candidate
    from civicsns.policy.names.reading import Words


def left(words: Words, place: int) -> str:
    """Say what stands before the word at *place*."""
    if not place:
        return "^"
    text, kind = words.texts[place - 1], words.kinds[place - 1]
    if kind == "p":
        if text == "の":
            return _before_no(words, place - 2)
        return text if text in "とやはにがをでも" else "p"
    if kind in "ys":
        if text in JOINTS:
            return "calling" if _calling(words, place - 2) else "・"
        if (kind == "s" or text in ":/…：／") and _calling(words, place - 2):
            return "label"
        return _SIGNS_BEFORE.get(text, "sign")
    return "calling" if _calling(words, place - 1) else _plain(kind)


_SIGNS_BEFORE = {
    "「": "「",
    "『": "「",
    "“": "「",
    '"': "「",
    "(": "(",
    "（": "(",
    "、": "、",
    ",": "、",
    "。": "^",
    "\n": "^",
}


def _before_no(words: Words, place: int) -> str:
    if place < 0:
        return "の"
    if _calling(words, place):
        return "の calling"
    return "の place" if words.kinds[place] in "LX" else "の"


def right(words: Words, place: int) -> str:
    """Say what stands after a name, from the word at *place* on."""
    text, kind = words.texts[place], words.kinds[place]
    if kind == "p":
        return text if text in "のとやはにがをでも" else "p"
    if kind in "ys":
        if text in "(（":
            return _bracket(words, place + 1)
        return _SIGNS_AFTER.get(text, "sign")
    if kind == ".":
        return "$"
    if text in _AFTER:
        return _AFTER[text]
    if kind in "nof":
        last = place
        while words.kinds[last + 1] in "nofX" and last < place + 3:
            last += 1
        compound = words.texts[place : last + 1]
        if any("".join(compound[first:]) in TITLES for first in range(len(compound))):
            return "title"
        return "organisation" if compound[-1] in ORGANISATIONS or compound[-1] in PLACES else "noun"
    return _plain(kind)


_SIGNS_AFTER = {
    "」": "」",
    "』": "」",
    "”": "」",
    '"': "」",
    "、": "、",
    ",": "、",
    "。": "$",
    "\n": "$",
    "・": "・",
    "=": "・",
    "＝": "・",
}

#: What a word after a name says of it; the later lists are the stronger.
_AFTER = (
    dict.fromkeys(ORGANISATIONS, "organisation")
    | dict.fromkeys(TITLES, "title")
    | dict.fromkeys(PLACES, "place")
    | dict.fromkeys(HONORIFICS, "honorific")
    | dict.fromkeys(FAMILIAR, "familiar")
    | dict.fromkeys(POLITE, "polite")
)


def _bracket(words: Words, place: int) -> str:
    text, kind = words.texts[place], words.kinds[place]
    if kind == "u":
        return "(age"
    if len(text) > 1 and is_hiragana(text):
        return "(reading"
    return "(calling" if kind != "." and _calling(words, place) else "("


def _calling(words: Words, place: int) -> bool:
    if place < 0:
        return False
    text = words.texts[place]
    return text in _CALLINGS or (words.kinds[place] in "nfo" and text[-1] in CALLING_ENDS)


_CALLINGS = CALLINGS | PRIVATE_CALLINGS


def announced(words: Words, candidate: Candidate, before: str, after: str) -> bool:
    """
    Whether a name stands where those stand who appear in public: a speaker, a performer, a contact for questions.

    Such names fill a town's own announcements. What speaks of a private person comes first: the polite 様, an age, a
    calling like 申請者.
    """
    if after in {"(age", "familiar"}:
        return False
    beyond = right(words, candidate.after + 1) if after == "polite" else ""
    if beyond and (beyond == "(age" or words.texts[candidate.after] in _PRIVATE_HONORIFICS):
        return False
    if before in _BESIDE_CALLING:
        near = "".join(words.texts[max(candidate.first - 4, 0) : candidate.first])
        return not near.rstrip("の・:：/／… ").endswith(_PRIVATE)
    if beyond:
        return before in _ANNOUNCING_BEFORE or beyond in _AFTER_HONORIFIC
    return before == "(" or before in _ANNOUNCING_BEFORE or after in _ANNOUNCING_AFTER


_PRIVATE = tuple(PRIVATE_CALLINGS)
_PRIVATE_HONORIFICS = frozenset({"様", "さま", "殿"})
_BESIDE_CALLING = frozenset({"calling", "の calling", "label"})
_ANNOUNCING_BEFORE = frozenset({"sign", "「", "・"})
_ANNOUNCING_AFTER = frozenset({"title", "(calling", "(reading", "(", "」", "・", "sign"})
_AFTER_HONORIFIC = frozenset({"(", "(calling", "sign", "」"})


def _plain(kind: str) -> str:
    if kind in "SGP":
        return "person"
    if kind in "LXuv":
        return kind
    return "noun" if kind in "nof" else "other"


def score(words: Words, candidate: Candidate) -> tuple[float, str, str]:
    """Add up the evidence about *candidate*; give the sum, and what stands before it and after it."""
    before, after = left(words, candidate.first), right(words, candidate.after)
    total = SHAPES.get(candidate.shape, UNKNOWN_SHAPE) + LEFT[before] + RIGHT[after]
    if before == "「" and after == "」":
        total += WHOLE_QUOTATION
    return total, before, after

"""
What speaks for and against a person's name: its shape, and what stands beside it.

Each piece of evidence has a weight; their sum is a score, and more than 0 is more likely a name than not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.policy.names.candidates import JOINTS, is_hiragana
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


#: Weights of what stands before a name. They were estimated on sentences in which the names were marked, for classes of
#: words and never for single ones, rounded, and corrected by hand where posts differ from encyclopaedias.
LEFT = {
    "^": 0.0,
    "、": 0.3,
    "「": -0.7,
    "(": -0.3,
    "・": 0.6,
    "label": 1.2,
    "calling": 0.9,
    "の calling": 0.9,
    "の place": -0.2,
    "の": 0.1,
    "は": 0.6,
    "も": 0.6,
    "が": 0.0,
    "を": -0.2,
    "に": -0.1,
    "で": 0.4,
    "と": 0.2,
    "や": 0.4,
    "p": 0.4,
    "v": 0.1,
    "u": -0.5,
    "sign": -0.1,
    "noun": -1.0,
    "person": -1.5,
    "L": -1.0,
    "X": -0.6,
    "other": 0.4,
}

#: Weights of what stands after a name; made like `LEFT`.
RIGHT = {
    "polite": 2.6,
    "familiar": 1.2,
    "honorific": 1.0,
    "title": 1.3,
    "(age": 2.0,
    "(reading": 1.2,
    "(calling": 1.5,
    "(": 0.0,
    "$": -0.3,
    "、": 1.0,
    "・": -0.1,
    "」": -1.2,
    "は": 1.3,
    "が": 1.9,
    "も": 1.4,
    "と": 1.2,
    "や": 0.8,
    "の": 0.6,
    "に": 0.5,
    "を": 0.2,
    "で": -0.8,
    "p": 0.0,
    "v": 0.0,
    "u": -0.7,
    "sign": -0.1,
    "noun": -1.5,
    "place": -2.1,
    "organisation": -2.0,
    "person": -1.5,
    "L": -1.0,
    "X": -0.5,
    "other": 0.3,
}

#: Weights of the shapes of names, less what it takes to be believed at all.
SHAPES = {
    # surname and given name
    "nameG": 2.4,
    "nameT": 0.2,
    "nameH": 0.8,
    "placeG": -0.6,
    "unknown": -0.4,
    "unknown1": -1.4,
    "unknown noun": -0.8,
    "unknown noun1": -2.0,
    "stage": 0.5,
    "kana": 0.5,
    # a surname, and what could be a given name
    "nameP": -0.8,
    "nameP1": -1.4,
    "nameS": -1.8,
    "nameS1": -1.8,
    "nameU": -0.8,
    "nameU1": -1.1,
    "namen": -2.1,
    "placeP": -2.0,
    "placeS": -2.0,
    "placeU": -2.0,
    "placeU1": -2.3,
    "placen": -2.5,
    # one of them
    "S": 0.4,
    "S1": -1.0,
    "G": 0.0,
    "G1": -1.9,
    "P": 0.0,
    "P1": -1.5,
    "L": -2.0,
    "X": -1.6,
    "n": -1.9,
    "wG": -1.3,
    "wS": -0.6,
    "wP": -0.4,
    # several parts in katakana
    "all": 1.3,
    "first": 1.7,
    "first+L": 0.0,
    "first+n": -0.3,
    "first+n+L": -0.8,
    "some": 0.1,
    "some+L": -1.4,
    "some+n": -0.7,
    "none": -0.2,
    "none name-like": 0.2,
    "none thing-like": -1.2,
    "none+n name-like": -0.8,
    "none+L name-like": -0.9,
    # one part in katakana
    "kana all": 0.7,
    "kana all3": 0.2,
    "kana all2": -1.2,
    "kana all+": -0.8,
    "kana none": -1.1,
    "kana none name-like": -0.9,
    "kana none3": -1.0,
    "kana some": -1.2,
}

#: Any other shape, where the dictionary knows a noun or a place.
UNKNOWN_SHAPE = -3.0

#: A name that is all there is between quotation marks is more often that of a work.
WHOLE_QUOTATION = -0.5

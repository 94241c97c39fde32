"""
How much each piece of evidence weighs: one number for a class of neighbours or shapes, none for a single word.

They were estimated by logistic regression on sentences in which the names were marked, rounded, and corrected by hand
where posts differ from encyclopaedias. A sum of 0 is as likely a name as not.
"""

from __future__ import annotations

#: What stands before a name.
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

#: What stands after a name.
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

#: The shapes of names, less what it takes to be believed at all.
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
    "whole": 1.5,
    "kana": 0.5,
    # a surname, and what could be a given name
    "nameP": -0.8,
    "nameP1": -1.4,
    "nameS": -1.8,
    "nameS1": -1.8,
    "nameU": -0.8,
    "nameU1": -1.1,
    "namen": -2.1,
    "short": -0.6,
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

"""
Whether two texts say the same, or nearly the same.

Texts are compared without what is easily changed: links, mentions, hashtags, the number of a part of a thread,
punctuation, emoji, white space, width and case.
What is left is cut into runs of three characters; how much two texts are alike is the share of runs that they have
in common (Jaccard's index). It needs no words, so it serves Japanese as well as English.

So that a text need not be compared with every earlier one, it has marks: numbers that alike texts share with high
probability (minhashes in bands; Broder 1997, "On the resemblance and containment of documents"; Leskovec, Rajaraman
and Ullman, "Mining of Massive Datasets", 3.4). Of texts that are 50% alike, 85 in 100 share a mark; of texts 60% alike, 97; of texts 80% alike, all but one in 10,000; of texts 10% alike, 1 in 70.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from civicsns.text.entity import entities

#: A text with fewer characters left says too little for likeness to mean anything: a greeting, "sold out".
SHORTEST = 10

_RUN = 3
_BANDS = 14
_ROWS = 3
_PRIME = 2**61 - 1
_PART = re.compile(r"[(（]\s*[0-9０-９]+\s*[/／]\s*[0-9０-９]+\s*[)）]\s*\Z")


def _coefficient(name: str) -> int:
    # Kept in stores, so the same on every machine and in every version.
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7]) + 1


_HASHES = tuple((_coefficient(f"a{number}"), _coefficient(f"b{number}")) for number in range(_BANDS * _ROWS))


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """Give the letters and digits of *text* that count for its likeness to others."""
    ends = [0, *(end for entity in entities(text) for end in (entity.start, entity.end)), len(text)]
    spoken = "".join(text[start:end] for start, end in list(pairwise(ends))[::2])
    spoken = _PART.sub("", spoken)
    return "".join(character for character in unicodedata.normalize("NFKC", spoken).casefold() if character.isalnum())


@lru_cache(maxsize=1024)
def marks(text: str) -> tuple[int, ...]:
    """
    Give the numbers by which texts that are alike are found, the first of which says what *text* says exactly.

    Returns:
        Numbers below 2^63; none for a text too short to compare.
    """
    said = folded(text)
    if len(said) < SHORTEST:
        return ()
    runs = [crc32(run.encode("utf-8", "surrogatepass")) for run in _runs(said)]
    least = [min((a * run + b) % _PRIME for run in runs) for a, b in _HASHES]
    bands = (least[start : start + _ROWS] for start in range(0, len(least), _ROWS))
    return (
        _number(said.encode("utf-8", "surrogatepass")),
        *(_number(f"{place}:{band}".encode()) for place, band in enumerate(bands)),
    )


def likeness(one: str, other: str) -> float:
    """Give how much two texts are alike, from 0.0 to 1.0; 0.0 where one is too short to compare."""
    first, second = folded(one), folded(other)
    if min(len(first), len(second)) < SHORTEST:
        return 0.0
    left, right = _runs(first), _runs(second)
    return len(left & right) / len(left | right)


def _runs(said: str) -> frozenset[str]:
    return frozenset(said[start : start + _RUN] for start in range(len(said) - _RUN + 1))


def _number(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest()) >> 1

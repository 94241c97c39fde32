"""
Names of persons 人名 in Japanese text.

A table of names says where it is worth looking; there the dictionary reads a few words; and a sum of evidence decides.
Nothing here knows who is a private person and who is not.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from civicsns.policy.names import windows
from civicsns.policy.names.candidates import candidates
from civicsns.policy.names.evidence import announced, score
from civicsns.policy.names.latin import latin_names
from civicsns.policy.names.reading import NoDictionary, reader
from civicsns.policy.names.windows import tables

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from civicsns.policy.names.candidates import Candidate

__all__ = ["Kind", "Name", "NoDictionary", "find_names"]


class Kind(StrEnum):
    """How complete a name is."""

    #: Surname and given name, or all parts of a foreign name.
    FULL = "full"
    #: With an honorific: 田中さん.
    HONORIFIC = "honorific"
    #: One name alone, or with a title.
    BARE = "bare"


class Name(NamedTuple):
    """
    What is probably a person's name.

    Attributes:
        start: Its first character; an honorific is no part of it.
        end: One past its last.
        kind: How complete it is.
        score: The sum of the evidence; 0 is as likely a name as not.
        announced: Whether it stands where those stand who appear in public: 講師：…, …氏（俳優）.
    """

    start: int
    end: int
    kind: Kind
    score: float
    announced: bool


#: The least score at which something is called a name; see `docs/policy/names.md` for what other values would give.
THRESHOLD = -0.2


def find_names(text: str, *, innocent: AbstractSet[str] = frozenset(), threshold: float = THRESHOLD) -> list[Name]:
    """
    Find the names of persons in *text*, in order.

    Args:
        text: The text, folded by `civicsns.text.folding` where it may be written with tricks.
        innocent: Surnames that are none here unless a given name or an honorific follows: local places.
        threshold: The least score that counts.

    Raises:
        NoDictionary: If the extra `names` is not installed.
    """
    names = [Name(start, end, Kind.FULL, 0.0, announced=False) for start, end in latin_names(text)]
    known = tables()
    stretches = windows.stretches(text, known, innocent)
    if not stretches:
        return names
    read = reader().read
    foreign: set[str] = set()
    for start, end in stretches:
        words = read(text, start, end)
        for candidate in candidates(words, known.surnames):
            total, before, after = score(words, candidate)
            if total < threshold:
                continue
            first, last = words.starts[candidate.first], words.starts[candidate.after]
            kind = _kind(candidate, after)
            if kind is Kind.BARE and text[first:last] in innocent:
                continue
            names.append(Name(first, last, kind, total, announced(words, candidate, before, after)))
            if candidate.group == "foreign":
                own = slice(candidate.first, candidate.after)
                pairs = zip(words.texts[own], words.kinds[own], strict=True)
                foreign.update(part for part, letter in pairs if len(part) > 2 and letter in "PGSo")
    if foreign:
        names += _repeated(text, names, foreign)
    return sorted(names)


def _kind(candidate: Candidate, after: str) -> Kind:
    if candidate.group in {"full", "foreign"}:
        return Kind.FULL
    return Kind.HONORIFIC if after in {"polite", "familiar"} else Kind.BARE


def _repeated(text: str, names: list[Name], parts: AbstractSet[str]) -> list[Name]:
    """Find where a part of a foreign name stands alone: who was named in full is named by the surname afterwards."""
    known = {place for name in names for place in range(name.start, name.end)}
    return [
        Name(run.start(), run.end(), Kind.BARE, 0.0, announced=False)
        for run in windows.KATAKANA.finditer(text)
        if run.group() in parts and run.start() not in known
    ]

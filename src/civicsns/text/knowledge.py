"""
What the scanner knows beside grammar: top-level domains and emoji, of today and as twitter-text 3.1.0 had them.

The tables are made by tools/make_text_tables.py; sets are built from them on first need.
"""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import TYPE_CHECKING

import attrs

from civicsns.text import _tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"[0-9A-Za-z]+")
_PUNYCODE = re.compile(r"[xX][nN]--[-0-9A-Za-z]+")
_GLUED = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz@+-")
_TONES = tuple(map(chr, range(0x1F3FB, 0x1F400)))


def _folded(text: str) -> str:
    """Fold case as JavaScript's case-insensitive matching does: one character to one, and none into ASCII."""
    return "".join(map(_folded_character, text))


def _folded_character(character: str) -> str:
    upper = character.upper()
    return upper if len(upper) == 1 and upper.isascii() == character.isascii() else character


@attrs.frozen(eq=False)
class Knowledge:
    """
    The domains and emoji of one point in time.

    Attributes:
        domains: Top-level domains in ASCII, in lower case.
        wide_domains: The others, case folded, by their first character (which may be ASCII), longest first.
        emoji: Emoji of more than one code point.
        emoji_lengths: Their lengths by their first character, longest first.
    """

    domains: frozenset[str]
    wide_domains: Mapping[str, tuple[str, ...]]
    emoji: frozenset[str]
    emoji_lengths: Mapping[str, tuple[int, ...]]

    def domain_end(self, text: str, at: int) -> int:
        """Give where the top-level domain that begins at *at* ends, or 0 where none begins there."""
        word = _WORD.match(text, at)
        if word is not None:
            end = word.end()
            if word[0].lower() in self.domains and text[end : end + 1] not in _GLUED:
                return end
            if punycode := _PUNYCODE.match(text, at):
                return punycode.end()
        for name in self.wide_domains.get(_folded(text[at : at + 1]), ()):
            end = at + len(name)
            if _folded(text[at:end]) == name and text[end : end + 1] not in _GLUED:
                return end
        return 0

    def emoji_end(self, text: str, at: int) -> int:
        """Give where the longest emoji of several code points that begins at *at* ends, or 0."""
        for length in self.emoji_lengths.get(text[at], ()):
            if text[at : at + length] in self.emoji:
                return at + length
        return 0


def _by_first(words: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        groups.setdefault(word[0], []).append(word)
    return {first: tuple(group) for first, group in groups.items()}


def _toned(shape: str) -> Iterator[str]:
    """Give an emoji in each skin tone, or each combination of two."""
    head, *rest = shape.split("?")
    for tones in itertools.product(_TONES, repeat=len(rest)):
        yield head + "".join(tone + part for tone, part in zip(tones, rest, strict=True))


def _knowledge(domains: str, emoji: str) -> Knowledge:
    names = domains.split()
    sequences = frozenset(itertools.chain.from_iterable(map(_toned, emoji.split())))
    return Knowledge(
        domains=frozenset(filter(str.isascii, names)),
        wide_domains=_by_first(_folded(name) for name in names if not name.isascii()),
        emoji=sequences,
        emoji_lengths={
            first: tuple(sorted({len(word) for word in words}, reverse=True))
            for first, words in _by_first(sequences).items()
        },
    )


@cache
def current() -> Knowledge:
    """Give today's domains and emoji: those of twitter-text and what IANA and Unicode added since."""
    return _knowledge(_tables.DOMAINS + _tables.NEWER_DOMAINS, _tables.EMOJI + _tables.NEWER_EMOJI)


@cache
def as_twitter_text() -> Knowledge:
    """Give the domains and emoji of npm's twitter-text 3.1.0, for the comparison with it."""
    return _knowledge(_tables.DOMAINS, _tables.EMOJI)

"""How long a text is, as each network counts."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from civicsns.text import _tables
from civicsns.text.knowledge import current
from civicsns.text.units import joined, unit_length
from civicsns.text.urls import Grammar, find_urls
from civicsns.text.weights import URL_WEIGHT, weighted_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    import regex


_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]{32}(?=[\U0001f1e6-\U0001f1ff])")


class Measure(StrEnum):
    """A network's way of counting."""

    #: Weighted length, at most 280: see `civicsns.text.weighted_length`.
    X = "x"
    #: UTF-16 code units. Facebook documents neither unit nor limit; 63,206 is what its users agree on.
    #: No other way of counting characters gives more, so that what fits by this count fits by any.
    FACEBOOK = "facebook"
    #: Grapheme clusters, at most 300 (and 3,000 bytes in UTF-8, which this does not count):
    #: https://docs.bsky.app/docs/advanced-guides/posts and the lexicon app.bsky.feed.post.
    BLUESKY = "bluesky"
    #: Grapheme clusters, at most 500 on most servers; a URL counts 23, a mention without its server:
    #: https://docs.joinmastodon.org/user/posting/ and Mastodon's StatusLengthValidator.
    MASTODON = "mastodon"


def measure(text: str, by: Measure) -> int:
    """
    Count *text* as a network does, in time linear in the text.

    Args:
        text: The text as it will be sent.
        by: Whose way of counting; see the members of `Measure` for rules and sources.
    """
    match by:
        case Measure.X:
            return weighted_length(text)
        case Measure.FACEBOOK:
            return unit_length(text)
        case Measure.BLUESKY:
            return _graphemes(text)
        case Measure.MASTODON:
            return _mastodon_length(text)


class Link(NamedTuple):
    """
    What Mastodon makes into a link.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        length: How much of a post it takes.
    """

    start: int
    end: int
    length: int


class _Patterns(NamedTuple):
    grapheme: regex.Pattern[str]
    mention: regex.Pattern[str]


@cache
def patterns() -> _Patterns:
    """Compile the patterns that need the `regex` package, which takes a while to import, on first need."""
    import regex  # noqa: PLC0415 -- 20 ms that X and Facebook do not need

    return _Patterns(
        grapheme=regex.compile(r"\X"),
        mention=regex.compile(
            r"(?<![=/[:word:]])@(?P<local>[A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+)"
            r"(?:@[[:word:]]++(?:[.-]++[[:word:]]++)*+)?"
            rf"(?![@＠{_tables.AFTER_NO_MENTION}]|://)"
        ),
    )


def mastodon_links(text: str) -> Iterator[Link]:
    """Find the URLs with a protocol and the mentions in *text*, as Mastodon does; none overlaps another."""
    urls = (Link(url.start, url.end, URL_WEIGHT) for url in find_urls(text, current(), grammar=Grammar.MASTODON))
    mentions = (
        Link(found.start(), found.end(), 1 + len(found["local"])) for found in patterns().mention.finditer(text)
    )
    position = 0
    for link in sorted([*urls, *(mentions if "@" in text else ())]):
        if link.start >= position:
            position = link.end
            yield link


def graphemes(text: str) -> Iterator[tuple[int, int]]:
    """Give the spans of the extended grapheme clusters of *text* (Unicode Standard Annex #29)."""
    start = 0
    # Before each regional indicator the pattern counts how many stand before it, to pair them to flags.
    # After an even number of them in a row there is always a border: cut there, and the count starts anew.
    for run in _FLAGS.finditer(text):
        yield from _clusters(text, start, run.end())
        start = run.end()
    yield from _clusters(text, start, len(text))


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for cluster in patterns().grapheme.finditer(text[start:end]):
        first, last = cluster.span()
        yield start + first, start + last


def _graphemes(text: str) -> int:
    if text.isascii() and "\r" not in text:
        return len(text)
    text = joined(text)[0]
    if _FLAGS.search(text):
        return sum(1 for _ in graphemes(text))
    return len(patterns().grapheme.findall(text))


def _mastodon_length(text: str) -> int:
    text = joined(text)[0]
    pieces: list[str] = []
    position = 0
    for link in mastodon_links(text):
        # Stood in for by as many letters: what follows may still join the last of them, as on Mastodon.
        pieces += (text[position : link.start], "x" * link.length)
        position = link.end
    return _graphemes("".join([*pieces, text[position:]]))

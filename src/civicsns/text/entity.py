"""The entities of a post: URLs, hashtags, mentions and cashtags, as twitter-text finds them."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import attrs

from civicsns.text import _tables
from civicsns.text.knowledge import current
from civicsns.text.units import joined
from civicsns.text.urls import find_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from civicsns.text.knowledge import Knowledge


class EntityKind(StrEnum):
    """What an entity is."""

    URL = "url"
    HASHTAG = "hashtag"
    MENTION = "mention"
    CASHTAG = "cashtag"


@attrs.frozen
class Entity:
    """
    A part of a post that the network makes into a link.

    Attributes:
        kind: What it is.
        start: Where it begins, in code points of the text.
        end: Where it ends, the first code point behind it.
        text: That part of the text.
        value: What it names: the URL; the hashtag or cashtag without its sign; the screen name without its sign,
            with "/" and the list's name where a list is mentioned.
            A URL may be shorter than *text*: twitter-text drops the foreign part of a domain without http://.
    """

    kind: EntityKind
    start: int
    end: int
    text: str
    value: str


class _Patterns(NamedTuple):
    hashtag: re.Pattern[str]
    mention: re.Pattern[str]
    cashtag: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    tag = _tables.TAG_LETTER + _tables.TAG_OTHER
    return _Patterns(
        hashtag=re.compile(
            rf"(?:^|[\ufe0e\ufe0f]|[^{tag}&\ud800-\udfff])[#＃](?![\ufe0f\u20e3])"
            rf"(?P<value>[{_tables.TAG_OTHER}]*+[{_tables.TAG_LETTER}][{tag}]*+)(?P<end>(?=[#＃]|://))?"
        ),
        mention=re.compile(
            r"(?:^|[^a-zA-Z0-9_!#$%&*@＠]|(?:^|[^a-zA-Z0-9_+~.-])[rR][tT]:?)[@＠]"
            r"(?P<value>[a-zA-Z0-9_]{1,20}(?:/[a-zA-Z][a-zA-Z0-9_-]{0,24})?)"
            rf"(?P<end>(?=[@＠{_tables.AFTER_NO_MENTION}]|://))?"
        ),
        cashtag=re.compile(
            rf"(?:^|[{_tables.SPACE}])\$(?P<value>[a-zA-Z]{{1,6}}(?:[._][a-zA-Z]{{1,2}})?)"
            rf"(?=\Z|[{_tables.AFTER_CASHTAG}])"
        ),
    )


def entities(text: str) -> tuple[Entity, ...]:
    """
    Find URLs, mentions, hashtags and cashtags in *text*, in order; none overlaps another.

    The answer is that of twitter-text's `extractEntitiesWithIndices`, save that newer top-level domains are known.
    """
    return find_entities(text, current())


def extract_urls(text: str) -> tuple[Entity, ...]:
    """Find the URLs in *text*, with http:// or without, as twitter-text's `extractUrlsWithIndices` does."""
    return _placed(text, lambda whole: _urls(whole, current()))


def extract_hashtags(text: str) -> tuple[Entity, ...]:
    """Find the hashtags in *text* that are no part of a URL, as twitter-text's `extractHashtagsWithIndices` does."""
    return find_hashtags(text, current())


def extract_mentions(text: str) -> tuple[Entity, ...]:
    """Find the people and lists that *text* mentions, as twitter-text's `extractMentionsOrListsWithIndices` does."""
    return _placed(text, _mentions)


def extract_cashtags(text: str) -> tuple[Entity, ...]:
    """Find the cashtags in *text*, such as $AB, as twitter-text's `extractCashtagsWithIndices` does."""
    return _placed(text, _cashtags)


def find_entities(text: str, knowledge: Knowledge) -> tuple[Entity, ...]:
    """Find all entities, by the domains that *knowledge* has."""
    return _placed(
        text,
        lambda whole: _apart(
            [*_urls(whole, knowledge), *_mentions(whole), *_hashtags(whole), *_cashtags(whole)],
        ),
    )


def find_hashtags(text: str, knowledge: Knowledge) -> tuple[Entity, ...]:
    """Find the hashtags that are no part of a URL, by the domains that *knowledge* has."""

    def found(whole: str) -> list[Entity]:
        tags = list(_hashtags(whole))
        urls = list(_urls(whole, knowledge)) if tags else []
        # Overlapping URLs hide each other first, so that the order of the two steps matters.
        apart = _apart([*tags, *urls]) if urls else tags
        return [entity for entity in apart if entity.kind is EntityKind.HASHTAG]

    return _placed(text, found)


def find_urls_as_entities(text: str, knowledge: Knowledge) -> tuple[Entity, ...]:
    """Find the URLs, by the domains that *knowledge* has."""
    return _placed(text, lambda whole: _urls(whole, knowledge))


def _placed(text: str, find: Callable[[str], Iterable[Entity]]) -> tuple[Entity, ...]:
    """Find entities in *text* with halves of characters joined, and place them in *text* as it is."""
    whole, position = joined(text)
    found = find(whole)
    if whole == text:
        return tuple(found)
    return tuple(attrs.evolve(one, start=position(one.start), end=position(one.end)) for one in found)


def _apart(found: list[Entity]) -> list[Entity]:
    """Put entities in order, and drop each that begins inside the one kept before."""
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda entity: entity.start):
        if not kept or kept[-1].end <= entity.start:
            kept.append(entity)
    return kept


def _urls(text: str, knowledge: Knowledge) -> Iterator[Entity]:
    for url in find_urls(text, knowledge):
        yield Entity(EntityKind.URL, url.start, url.end, text[url.start : url.end], url.value)


def _hashtags(text: str) -> Iterator[Entity]:
    if "#" in text or "＃" in text:
        yield from _signed(EntityKind.HASHTAG, _patterns().hashtag, text)


def _mentions(text: str) -> Iterator[Entity]:
    if "@" in text or "＠" in text:
        yield from _signed(EntityKind.MENTION, _patterns().mention, text)


def _cashtags(text: str) -> Iterator[Entity]:
    if "$" in text:
        yield from _signed(EntityKind.CASHTAG, _patterns().cashtag, text)


def _signed(kind: EntityKind, pattern: re.Pattern[str], text: str) -> Iterator[Entity]:
    """Find entities that begin with a sign; a match whose group `end` took part is none, but uses up its text."""
    for match in pattern.finditer(text):
        if match.groupdict().get("end") is None:
            start, end = match.start("value") - 1, match.end("value")
            yield Entity(kind, start, end, text[start:end], match["value"])

"""
The weighted length by which X limits a post.

Rules and figures: https://docs.x.com/fundamentals/counting-characters and version 3 of twitter-text's configuration:
280 at most; a character of the ranges below counts 1, any other 2; a URL counts 23; an emoji counts 2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from civicsns.text.canonical import canonical
from civicsns.text.knowledge import current
from civicsns.text.units import joined, unit_length
from civicsns.text.urls import find_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from civicsns.text.knowledge import Knowledge

URL_WEIGHT = 23
EMOJI_WEIGHT = 2

_LIGHT = re.compile("[\0-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")
_SECOND = "\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0061-\U000e007a"
#: Without any of these a text has no URL, no emoji of several code points, and no half characters.
_TRIPWIRE = re.compile(f"[.\ud800-\udfff{_SECOND}]")
#: Where an emoji of several code points may begin.
_EMOJI_START = re.compile(f"(?s:.)(?=[{_SECOND}])")


def weighted_length(text: str) -> int:
    """
    Count *text* as X does; X takes 280.

    The answer is that of npm's twitter-text 3.1.0, save that emoji and top-level domains newer than it are known.
    It takes time linear in the text.

    Args:
        text: The post, as it will be sent. Half characters (lone surrogates) count 2, as in twitter-text,
            although no network accepts them.
    """
    return weigh(text, current)


def weigh(text: str, knowledge: Callable[[], Knowledge]) -> int:
    """Count *text* by the domains and emoji that *knowledge* gives; it is asked only when they matter."""
    if _TRIPWIRE.search(text) is None:
        return _plain(canonical(text))
    text = canonical(joined(text)[0])
    total = position = 0
    for start, end, weight in _heavy_parts(text, knowledge()):
        if start >= position:
            total += _plain(text[position:start]) + weight
            position = end
    return total + _plain(text[position:])


def _plain(text: str) -> int:
    if text.isascii():
        return len(text)
    return 2 * len(text) - len("".join(_LIGHT.findall(text)))


def _heavy_parts(text: str, knowledge: Knowledge) -> list[tuple[int, int, int]]:
    """Give URLs and emoji with their weights, in order; a URL comes before an emoji that begins with it."""
    # The last of several URLs that begin at one place counts.
    urls = {start: (start, end, weight) for start, end, weight in _url_parts(text, knowledge)}
    emoji = [part for part in _emoji_parts(text, knowledge) if part[0] not in urls]
    return sorted([*urls.values(), *emoji])


def _url_parts(text: str, knowledge: Knowledge) -> Iterator[tuple[int, int, int]]:
    if "." not in text:
        return
    for url in find_urls(text, knowledge):
        end, weight = url.end, URL_WEIGHT
        if text[url.start : end] != url.value:
            # twitter-text goes on as many units behind the start as the URL without its foreign part has,
            # be it inside a character, whose second half then counts as one.
            left = unit_length(url.value)
            end = url.start
            while left > 0:
                left -= unit_length(text[end])
                end += 1
            weight -= 2 * left
        yield url.start, end, weight


def _emoji_parts(text: str, knowledge: Knowledge) -> Iterator[tuple[int, int, int]]:
    position = 0
    while start := _EMOJI_START.search(text, position):
        end = knowledge.emoji_end(text, start.start())
        if end:
            yield start.start(), end, EMOJI_WEIGHT
        position = end or start.end()

"""
URLs as twitter-text finds them, in time linear in the text.

twitter-text describes a URL by one regular expression that backtracks, and what it finds depends on how it does.
This scanner finds the same: it cuts the text into runs of domain characters, and each run at its dots into labels.
A domain reaches as far right as every label is sound and a top-level domain follows its last dot,
and begins as far left as the character before it allows. Both are known after one pass over a run.
"""

from __future__ import annotations

import re
import sys
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from civicsns.text import _tables
from civicsns.text.units import split_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.text.knowledge import Knowledge

#: Of protocol (`https://` where none is written) and URL together; the protocol counts twice where it is written.
_MAX_URL = 4096
#: Of a label of a domain name in its ASCII form (RFC 1035, 2.3.4).
_MAX_LABEL = 63
_MAX_SHORT_LINK = 40

_EDGE = frozenset("-_")
_NOT_AFTER = frozenset("-_./")
_PROTOCOL_LENGTHS = range(6, 10)
_WHITE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
#: What RFC 3987 calls ucschar and iprivate, and halves of characters beyond the basic plane.
_WIDE = r"\xa0-\ufdcf\ufdf0-\uffef"
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")


class FoundUrl(NamedTuple):
    """
    A URL in a text.

    Attributes:
        start: The code point where it begins.
        end: The code point behind it.
        value: The URL. Differs from the span's text where twitter-text drops the foreign part of a domain.
    """

    start: int
    end: int
    value: str


class _Patterns(NamedTuple):
    run: re.Pattern[str]
    inner_dot: re.Pattern[str]
    start: re.Pattern[str]
    edge: re.Pattern[str]
    before: re.Pattern[str]
    protocol: re.Pattern[str]
    ascii_labels: re.Pattern[str]
    short_link: re.Pattern[str]


class Grammar(Enum):
    """Whose URLs: the protocols, and the characters inside and at the end of a path and of a query."""

    X = (
        ("https?",),
        (_tables.PATH_MIDDLE, _tables.PATH_END),
        (_tables.QUERY_MIDDLE, _tables.QUERY_END),
    )
    #: Only URLs with a protocol. Facts from config/initializers/twitter_regex.rb of Mastodon.
    MASTODON = (
        ("https?", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "gemini"),
        (r"!*\"'「」;:=,.$%\[\]~&|@", rf"^{_WHITE}()?!*\"'「」<>;:=,.$%\[\]~&|@"),
        (r"!?*'();:+$%\[\].,~|@\^", rf"a-zA-Z0-9_&=#/\-{_WIDE}"),
    )


@cache
def _patterns(grammar: Grammar) -> _Patterns:
    protocols, _, (query_middle, query_end) = grammar.value
    query = rf"\?(?:[{query_middle}]*+[{query_end}]++)++"
    return _Patterns(
        run=re.compile(rf"[^{_tables.NOT_DOMAINS}]+"),
        inner_dot=re.compile(rf"\.[^{_tables.NOT_DOMAIN}]"),
        start=re.compile(rf"(?<![{_tables.NOT_BEFORE_URL}])[^{_tables.NOT_DOMAIN}]"),
        edge=re.compile(rf"[^{_tables.NOT_DOMAIN}]"),
        before=re.compile(rf"[^{_tables.NOT_BEFORE_URL}]"),
        protocol=re.compile(rf"(?:{'|'.join(protocols)})://", re.IGNORECASE | re.ASCII),
        ascii_labels=re.compile(rf"(?:[{_tables.ASCII_DOMAIN}]++\.)++"),
        short_link=re.compile(rf"https?://t\.co/([a-z0-9]+)(?:{query})?", re.IGNORECASE | re.ASCII),
    )


@cache
def _rest(grammar: Grammar) -> re.Pattern[str]:
    """Give the pattern of what follows a domain: port, path, query."""
    _, (middle, path_end), (query_middle, query_end) = grammar.value
    general = rf"(?:[{middle}]|[{path_end}])"
    brackets = rf"\((?:{general}++|{general}*+\({general}++\){general}*+)\)"
    pattern = (
        r"(?::[0-9]++)?"
        rf"(?P<path>/(?:(?:[{middle}]++|{brackets})*+[{path_end}]++)*+(?:{brackets})*+)?"
        rf"(?:\?(?:[{query_middle}]*+[{query_end}]++)++)?"
    )
    if sys.version_info < (3, 11, 5):
        # Possessive groups with alternatives inside match wrongly there (CPython issue 106052).
        import regex  # noqa: PLC0415 -- only where Python's own is at fault

        return cast("re.Pattern[str]", regex.compile(pattern))
    return re.compile(pattern)


def find_urls(text: str, knowledge: Knowledge, *, grammar: Grammar = Grammar.X) -> list[FoundUrl]:
    """
    Find URLs: with `Grammar.X` those that twitter-text's `extractUrlsWithIndices` finds.

    Args:
        text: The text, normalised or not.
        knowledge: Which top-level domains there are.
        grammar: What a URL is made of.
    """
    if _patterns(grammar).inner_dot.search(text) is None:
        return []
    units, point = split_up(text)
    return [FoundUrl(point(start), point(end), value) for start, end, value in _Scan(units, knowledge, grammar).urls()]


class _Run:
    """
    A run of domain characters, cut into labels at its dots.

    For each label: whether it is sound as a whole, where the top-level domain behind its dot ends,
    and the end of the longest domain that begins with it.
    """

    def __init__(self, text: str, start: int, end: int, knowledge: Knowledge) -> None:
        self.starts = [start]
        self.dots: list[int] = []
        at = text.find(".", start, end)
        while at >= 0:
            self.dots.append(at)
            self.starts.append(at + 1)
            at = text.find(".", at + 1, end)
        self.top_ends = [knowledge.domain_end(text, dot + 1) for dot in self.dots]
        # From right to left: `after[i]` is where the longest domain ends that goes on behind the dot of label i.
        self.after = [0] * len(self.dots)
        whole_end = 0
        for label in range(len(self.dots) - 1, -1, -1):
            self.after[label] = whole_end
            first, dot = self.starts[label], self.dots[label]
            if first == dot or text[first] in _EDGE or text[dot - 1] in _EDGE:
                whole_end = 0
            elif not whole_end and self.top_ends[label] and text.find("_", first, dot) < 0:
                whole_end = self.top_ends[label]


class _Scan:
    def __init__(self, text: str, knowledge: Knowledge, grammar: Grammar) -> None:
        self.text = text
        self.knowledge = knowledge
        self.grammar = grammar
        self.patterns = _patterns(grammar)
        self.position = 0

    def urls(self) -> Iterator[tuple[int, int, str]]:
        for match in self.patterns.run.finditer(self.text):
            start, end = match.span()
            if end > self.position and self.patterns.inner_dot.search(self.text, start, end):
                yield from self._in_run(start, _Run(self.text, start, end, self.knowledge))

    def _in_run(self, start: int, run: _Run) -> Iterator[tuple[int, int, str]]:
        if not any(run.top_ends):
            return
        protocol = self._protocol_before(start)
        if protocol:
            end = self._domain_end(run, 0, start)
            if end:
                yield from self._with_protocol(start, end, protocol)
        for label in range(len(run.dots)):
            while found := self._next_start(run, label):
                yield from self._bare(*found)

    def _protocol_before(self, start: int) -> str:
        """Give the protocol that ends at *start* and may begin where it does."""
        for length in _PROTOCOL_LENGTHS:
            begin = start - length
            if begin >= 0 and (found := self.patterns.protocol.fullmatch(self.text, begin, start)):
                free = begin > self.position and self.patterns.before.match(self.text, begin - 1)
                return found[0] if begin == 0 or free else ""
        return ""

    def _domain_end(self, run: _Run, label: int, start: int) -> int:
        """Give where the domain ends that begins at *start* inside *label*, or 0."""
        dot = run.dots[label] if label < len(run.dots) else start
        if start >= dot or self.text[dot - 1] in _EDGE or not self.patterns.edge.match(self.text, start):
            return 0
        if run.after[label]:
            return run.after[label]
        return 0 if self.text.find("_", start, dot) >= 0 else run.top_ends[label]

    def _next_start(self, run: _Run, label: int) -> tuple[int, int] | None:
        """Give start and end of the next domain without protocol that begins inside *label*."""
        first, dot = run.starts[label], run.dots[label]
        if first == 0 and self.position == 0:
            # The first character is tried as what stands before a URL, then as the URL's own.
            if self.patterns.before.match(self.text) and (end := self._domain_end(run, label, 1)):
                return 1, end
            if end := self._domain_end(run, label, 0):
                return 0, end
        if first == dot or self.text[dot - 1] in _EDGE:
            return None
        end = run.after[label]
        low = max(first, self.position + 1)
        if not end:
            end = run.top_ends[label]
            low = max(low, self.text.rfind("_", first, dot) + 1)
        start = self.patterns.start.search(self.text, low, dot) if end else None
        return (start.start(), end) if start else None

    def _with_protocol(self, start: int, domain_end: int, protocol: str) -> Iterator[tuple[int, int, str]]:
        begin = start - len(protocol)
        rest = _rest(self.grammar).match(self.text, domain_end)
        assert rest is not None
        self.position = end = rest.end()
        url = self.text[begin:end]
        if not self._sound(url, protocol, self.text[start:domain_end]):
            return
        # What follows the path of one of X's own short links is not a part of it.
        if self.grammar is Grammar.X and (short := self.patterns.short_link.match(url)):
            if len(short[1]) > _MAX_SHORT_LINK:
                return
            url = short[0]
        yield begin, begin + len(url), url

    def _bare(self, start: int, domain_end: int) -> Iterator[tuple[int, int, str]]:
        rest = _rest(self.grammar).match(self.text, domain_end)
        assert rest is not None
        self.position = end = rest.end()
        if self.grammar is not Grammar.X or (start and self.text[start - 1] in _NOT_AFTER):
            return
        url = self.text[start:end]
        domain = self.text[start:domain_end]
        if not self._sound(url, "https://", domain):
            return
        behind = 0
        found: list[tuple[int, int, str]] = []
        for name in self._ascii_domains(domain):
            # Looked for anew from the left, as twitter-text does: it may stand inside a longer word before.
            at = domain.index(name, behind)
            behind = at + len(name)
            found.append((start + at, start + behind, name))
        if found and rest["path"]:
            begin, _, name = found[-1]
            found[-1] = (begin, end, name + url[len(domain) :])
        yield from found

    def _sound(self, url: str, protocol: str, domain: str) -> bool:
        if len(protocol) + len(url) > _MAX_URL:
            return False
        if domain.startswith("xn--") and next(self._ascii_domains(domain), None) is None:
            return False
        return all(_label_length(label) <= _MAX_LABEL for label in domain.split("."))

    def _ascii_domains(self, domain: str) -> Iterator[str]:
        """Give the parts of *domain* that are domains in ASCII and accented letters, from left to right."""
        at = 0
        while labels := self.patterns.ascii_labels.search(domain, at):
            dot = labels.end() - 1
            end = 0
            while dot > labels.start() and not (end := self.knowledge.domain_end(domain, dot + 1)):
                dot = domain.rfind(".", labels.start(), dot)
            if end:
                yield domain[labels.start() : end]
            at = end or labels.end()


def _label_length(label: str) -> int:
    """Give the length of *label*, in code units, in its ASCII form (RFC 3492), or any figure that is too long too."""
    if label.isascii():
        return len(label)
    least = len(label) // 2
    if least <= _MAX_LABEL:
        points = label.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        parts = _OTHER_DOTS.split(points)
        foreign = [part for part in parts if not part.isascii()]
        # "xn--" stands before the ASCII form, in which each code point takes at least one character.
        least = len(points) + 4 * len(foreign)
        if least <= _MAX_LABEL:
            return least + sum(len(part.encode("punycode")) - len(part) for part in foreign)
    return least

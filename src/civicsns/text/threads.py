"""A text that is too long for one post, as a thread of numbered parts."""

from __future__ import annotations

import string
from bisect import bisect_left, bisect_right
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from civicsns.errors import BadInput, TextTooLong
from civicsns.language import Bilingual
from civicsns.text.breaks import Level, find_cuts
from civicsns.text.entity import entities, extract_hashtags, extract_urls
from civicsns.text.measures import Measure, mastodon_links, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: A place of a level is taken when the part before it is at least this full, in percent, the best level first.
_FULL_ENOUGH = (
    (Level.PARAGRAPH, 30),
    (Level.LINE, 45),
    (Level.SENTENCE, 50),
    (Level.CLAUSE, 65),
    (Level.PHRASE, 75),
)
#: How far behind a cut an entity may begin that the text before the cut prevented, and how much text shows it.
#: A domain name without http:// is none when the label that it ends is longer than 63 characters.
_REACH = 130
_VIEW = 400


def split(text: str, *, by: Measure, maximum: int, numbering: str = "({number}/{total})") -> tuple[str, ...]:
    """
    Split *text* into the parts of a thread, each at most *maximum* long with its number.

    A text that fits comes back as it is, unnumbered.
    Otherwise it is cut at ends of paragraphs, lines, sentences, clauses, phrases, and only then between characters:
    never inside a URL, hashtag, mention, cashtag, grapheme cluster, or a word that spaces delimit,
    never behind an opening bracket or before a closing mark, and never so that a part holds a link
    that the text does not hold there.

    Nothing is lost: the parts without their numbers, in order, with the white space that stood at the cuts and at
    both ends of the text put back, are the text.

    Args:
        text: The text.
        by: How the network counts.
        maximum: How much one post holds.
        numbering: What is added to each part behind a space, with the fields number and total; "" adds nothing.

    Raises:
        TextTooLong: A part without a place to cut is longer than a post, such as one long URL.
        BadInput: The numbering has other fields, or would be made into a link.
    """
    _check(numbering)
    if measure(text, by) <= maximum:
        return (text,)
    thread = _Thread(text, by, maximum, numbering)
    if (trimmed := thread.trimmed()) and measure(trimmed, by) <= maximum:
        return (trimmed,)
    digits = 1
    # The total is known only at the end: room is kept for so many digits of it.
    while len(parts := thread.parts(10**digits - 1)) >= 10**digits and numbering:
        digits += 1
    return tuple(part + _number(numbering, number, len(parts)) for number, part in enumerate(parts, 1))


def _check(numbering: str) -> None:
    try:
        fields = [field[1:] for field in string.Formatter().parse(numbering) if field[1] is not None]
    except ValueError:
        fields = [("", None, None)]
    plain = all(name in {"number", "total"} and not spec and not conversion for name, spec, conversion in fields)
    if (
        not plain
        or (numbering and "number" not in {name for name, _, _ in fields})
        or entities(_number(numbering, 1, 2))
    ):
        raise BadInput(
            Bilingual(
                f"連番の書式 {numbering!r} は使えません。",
                f"The numbering {numbering!r} cannot be used.",
            ),
            mend=Bilingual(
                "「({number}/{total})」のように、{number} と、必要なら {total} だけを含む、リンクにならない書式にしてください。",
                'Write it like "({number}/{total})": {number}, {total} if wanted, and nothing that becomes a link.',
            ),
            place="numbering",
        )


def _number(numbering: str, number: int, total: int) -> str:
    """Give what is added to a part; the space keeps it apart from a link at the part's end."""
    return f" {numbering.format(number=number, total=total)}" if numbering else ""


def _links(text: str, by: Measure) -> list[tuple[int, int]]:
    """Give the spans of *text* that become links; Facebook and Bluesky publish no grammar, and get that of X."""
    if by is Measure.MASTODON:
        found = {(tag.start, tag.end) for tag in extract_hashtags(text)}
        return sorted(found | {(link.start, link.end) for link in mastodon_links(text)})
    # X counts a URL even where it shows a mention that overlaps it.
    return sorted({(entity.start, entity.end) for entity in (*entities(text), *extract_urls(text))})


class _Thread:
    """One text on its way to becoming a thread."""

    def __init__(self, text: str, by: Measure, maximum: int, numbering: str) -> None:
        self.text = text
        self.by = by
        self.maximum = maximum
        self.numbering = numbering
        self.links = _links(text, by)
        # Most grapheme clusters of a text occur in it many times.
        self.cuts = find_cuts(text, self.links, lru_cache(partial(measure, by=by)))
        self.lengths = [cut.length_to_end for cut in self.cuts]

    def trimmed(self) -> str:
        """Give the text without the white space at its ends; all of it is kept that carries a combining mark."""
        return self.text[self.cuts[0].start : self.cuts[-1].end] if self.cuts else ""

    def parts(self, total: int) -> list[str]:
        """Cut the text into parts, so that each holds its number out of *total* too."""
        parts: list[str] = []
        at = 0
        while at < len(self.cuts) - 1:
            following = self._next(at, _number(self.numbering, len(parts) + 1, total))
            parts.append(self.text[self.cuts[at].start : self.cuts[following].end])
            at = following
        if not parts:
            raise self._too_long(0)
        return parts

    def _next(self, at: int, number: str) -> int:
        """Choose the cut that ends the part which begins at the cut *at*."""
        start = self.cuts[at].start
        room = self.maximum - measure(number, self.by)
        tried: set[int] = set()
        for candidate in self._candidates(at, room):
            if candidate in tried:
                continue
            tried.add(candidate)
            cut = self.cuts[candidate]
            part = self.text[start : cut.end] + number
            # The lengths of the pieces do not always add up: "-a.jp" is a URL only behind certain characters.
            fits = measure(part, self.by) <= self.maximum
            if fits and self._holds_the_same_links(start, cut.end, part) and self._begins_no_link(cut.start):
                return candidate
        raise self._too_long(start)

    def _candidates(self, at: int, room: int) -> Iterator[int]:
        """Give the cuts behind *at* that are near enough, the best first; one may come twice."""
        before = self.cuts[at].length_to_start
        far = bisect_right(self.lengths, before + room) - 1
        if far == len(self.cuts) - 1:
            yield far
        for level, percent in _FULL_ENOUGH:
            for candidate in range(far, at, -1):
                cut = self.cuts[candidate]
                if 100 * (cut.length_to_end - before) < percent * room:
                    break
                if cut.level >= level:
                    yield candidate
        yield from range(far, at, -1)

    def _links_between(self, start: int, end: int) -> Sequence[tuple[int, int]]:
        return self.links[bisect_left(self.links, (start, start)) : bisect_left(self.links, (end, end))]

    def _holds_the_same_links(self, start: int, end: int, part: str) -> bool:
        found = [(start + first, start + last) for first, last in _links(part, self.by)]
        return found == self._links_between(start, end)

    def _begins_no_link(self, start: int) -> bool:
        """Tell whether what follows a cut holds no link that the text before the cut prevented."""
        view = self.text[start : start + _VIEW]
        found = [start + first for first, _ in _links(view, self.by) if first < _REACH]
        return found == [first for first, _ in self._links_between(start, min(start + _REACH, len(self.text)))]

    def _too_long(self, start: int) -> TextTooLong:
        excerpt = self.text[start : start + 20]
        return TextTooLong(
            Bilingual(
                f"「{excerpt}」から始まる部分は、上限の {self.maximum} に収まるように分けられません。",
                f'What begins with "{excerpt}" cannot be split so that it fits into {self.maximum}.',
            ),
            mend=Bilingual(
                "その部分を短くするか、間に空白か改行を入れてください。",
                "Shorten that part, or put a space or a line break into it.",
            ),
            place="text",
        )

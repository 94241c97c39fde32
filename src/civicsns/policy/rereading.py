"""
Rereading 読み直し: a text as it may be meant, where its words seem to be taken apart or written in disguise.

Most texts that look so hide nothing: ないよう sounds like 内容, and is mostly no more than grammar. So before a text is
read again as a whole, it is looked whether the word that is meant would make any difference to any rule.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from civicsns.policy.index import Reading
from civicsns.policy.signs import taken_apart
from civicsns.policy.sounds import meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from civicsns.policy.index import Index
    from civicsns.policy.restoring import Restorer
    from civicsns.policy.standing import Standing


class Rereader:
    """
    Reads texts again.

    Args:
        index: Finds the words of the detectors.
        restorer: Finds their words where they are disguised.
    """

    def __init__(self, index: Index, restorer: Restorer) -> None:
        self._index = index
        self._restorer = restorer

    def read(self, reading: Reading, wanted: AbstractSet[int]) -> Iterable[tuple[Reading, bool]]:
        """
        Find the words in a text as it reads with words put together that were taken apart, and in their usual form.

        Args:
            reading: The text.
            wanted: Which detectors may be asked.

        Returns:
            What to ask the detectors about that look for words, and whether that is a guess; nothing where nothing seems
            to be disguised.
        """
        if reading.odd or taken_apart(reading.folded.view):
            return self._again(reading, wanted)
        if reading.sounding and self._matters(reading, wanted):
            return self._again(reading, wanted)
        return ()

    def _again(self, reading: Reading, wanted: AbstractSet[int]) -> Iterator[tuple[Reading, bool]]:
        folded, index = reading.folded, self._index
        if folded.loose:
            # Numbers are put together anyway.
            met, codes = index.met(folded.loose.view)
            asked = (index.asked(codes, folded.loose.view) & wanted) - index.always - index.counters
            if asked:
                yield Reading(folded.loose, met, codes, asked, hiding=False), False
        for restored, numbered in self._restorer.restored(folded):
            met, codes = index.met(restored.view)
            asked = (index.asked(codes, restored.view) & wanted) - index.always
            if not numbered:
                # Who has no words in it that were not there before finds nothing that was not found before.
                begin, rest = _differing(folded.view, restored.view)
                asked = {n for n in asked if self._gains(n, folded.view, restored.view, (begin, rest))}
            if asked:
                yield Reading(restored, met, codes, asked, hiding=False), True

    def _gains(self, number: int, before: str, after: str, where: tuple[int, int]) -> bool:
        """Tell whether a text has more words of a detector than before it was changed in one place, and no other."""
        standing = self._index.standing[number]
        beyond = standing.longest
        words = standing.words(after[max(where[0] - beyond, 0) : where[1] + beyond])
        return bool(words) and not words <= standing.words(before)

    def _matters(self, reading: Reading, wanted: AbstractSet[int]) -> bool:
        """Tell whether anybody would look at a word for which another stands in a text that sounds the same."""
        view = reading.folded.view
        if len(_apart(reading.sounding)) > 1 or reading.folded.loose:
            return True
        words = meant()
        for start, end in reading.sounding:
            those = words.get(view[start:end])
            # Something else than a word that sounds so.
            if those is None or any(self._asks_more(reading, (start, end), word, wanted) for word in those):
                return True
        return False

    def _asks_more(self, reading: Reading, place: tuple[int, int], word: str, wanted: AbstractSet[int]) -> bool:
        index, view, (start, end) = self._index, reading.folded.view, place
        around = f"{view[max(start - index.longest, 0) : start]}{word}{view[end : end + index.longest]}"
        _, codes = index.met(around)
        asked: AbstractSet[int] = reading.asked
        more = codes - reading.codes
        if _reaches(index.late, word, around):
            asked = index.asked(codes | reading.codes, f"{view[:start]}{word}{view[end:]}")
        elif more:
            asked = asked | index.asked_besides(more, codes | reading.codes, f"{view[:start]}{word}{view[end:]}")
        # Nearly always, no word of theirs reaches into it.
        return any(
            not standing.words(around) <= standing.words(view)
            for number in (asked & wanted) - index.always
            if _reaches(standing := index.standing[number], word, around)
        )


def _reaches(standing: Standing, word: str, around: str) -> bool:
    """Tell whether there may be a word of some lists that stands where another one does, or reaches into that."""
    return any(term in around for term in standing.at(word))


def _apart(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of places that overlap, make one; give them in order."""
    apart: list[tuple[int, int]] = []
    for start, end in places:
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((start, end))
    return apart


def _differing(before: str, after: str) -> tuple[int, int]:
    """Give from where and to where a text differs from another, as far as it does: what is around it is the same."""
    most = min(len(before), len(after))
    # Up to some length, what begins the one begins the other; and no further.
    start = bisect_left(range(1, most + 1), 1, key=lambda length: not before.startswith(after[:length]))
    end = bisect_left(range(1, most - start + 1), 1, key=lambda length: not before.endswith(after[-length:]))
    return start, len(after) - end

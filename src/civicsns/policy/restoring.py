"""
Restoring 復元: a text as it reads once words of the rules that somebody disguises are written as the rules have them.

Which words there are is not known to folding, but to the rules; so their words are looked for in the text as it sounds:
kana for kanji, romaji, kana and kanji mixed, letters of old forms, a letter left out, gaps in the middle. Where one is
found it is put into the text in its usual form, and the rules read that. Nothing here lists how a word can be disguised.

What is found only so is a guess: the engine lets it weigh no more than a question for a second pair of eyes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from threading import RLock
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.policy.sounds import KANJI, KATAKANA, LEAST, LONG, PHRASE, hiragana
from civicsns.policy.spellings import HALF, ITSELF, LEAST_APART, SOUNDS, Form, Once, Spellings
from civicsns.text import romaji
from civicsns.text.disguises import CIRCLE
from civicsns.text.numerals import amounts, closed, plates
from civicsns.text.oldforms import MODERN
from civicsns.text.rewriting import NO_LETTER, Rewriting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from civicsns.policy.sounds import Vocabulary
    from civicsns.text.folding import Folded

_KANA_ONLY: Final = re.compile(f"[ぁ-ゖァ-ヺー{CIRCLE}]+")

#: What is translated; found several times as fast as `[…]+`.
_NO_SOUND: Final = re.compile(f"[{(_CLASS := ''.join(map(chr, SOUNDS)))}][{_CLASS}]*")

#: Between letters of a word that is taken apart: up to three of these, none that ends a sentence or a clause.
_SLIGHT_ONE: Final = r"(?![、。「」『』()\[\]{}【】〈〉《》!?:;,\n〇])[\W_]"
_SLIGHT: Final = f"(?:{_SLIGHT_ONE})"
# What begins with one character of a class is found several times as fast as what begins with a look behind.
_GAP: Final = re.compile(rf"[\W_](?<=[^\W_][\W_])(?:(?<=\n)|(?<={_SLIGHT_ONE}){_SLIGHT}{{0,2}})(?=[^\W_])")
#: Left out where it stands beside one of these: a date, a place, a number of times, whoever it may be.
_HONEST: Final = re.compile("[月日時分年回市町村県区号番人名円条さ様氏君]")
#: What is written for a letter that was left out, behind one that was not: elsewhere it is a bullet.
_MASK: Final = re.compile(
    r"(?<=[^\W\d_a-z])(?<![一二三四五六七八九〇])[*〇×✕✖●◎◉■□▲△◆◇★☆♡♥#x]{1,2}(?=[^\W\d_a-z])(?![一二三四五六七八九〇])"
    r"|(?<=[^\W\d_a-z])(?<![一二三四五六七八九〇])[〇●*×x](?![〇一二三四五六七八九])"
)
#: Most texts have none of what may stand for a letter.
_MAY_MASK: Final = re.compile("[*〇×✕✖●◎◉■□▲△▼▽◆◇★☆♡♥#x]")
_MASKED_APART: Final = re.compile("(?<=[^\\W\\d_a-z] )[〇●](?= ?[^\\W\\d_a-z])")
_KATAKANA_ONE: Final = re.compile("[ァ-ヺー]")
_MODERN: Final = str.maketrans(MODERN)
_OLD: Final = re.compile(f"[{''.join(MODERN)}]")
#: A long vowel that is written as it is not usually.
_DRAWN: Final = re.compile("[ぁ-ゖ]ー|[ァ-ヺ]ー(?![ァ-ヺ])")
_WAVE: Final = re.compile("(?<=[ぁ-ヺ])(?:[~〜ー]*[~〜]+[~〜ー]*|ー{2,})")
_MAY_WAVE: Final = re.compile("[~〜ー](?:(?<=[~〜])|ー)")
_TURNS: Final = 2
#: For one letter that was left out, so many words are tried.
_TRIES: Final = 3


class Restorer:
    """
    Knows words, and finds them disguised.

    Args:
        vocabulary: Gives the words, when they are first asked for. Of several that may be meant, the one that more of their
            lists have is tried.
    """

    def __init__(self, vocabulary: Callable[[], Vocabulary]) -> None:
        self._vocabulary = vocabulary
        self.making = RLock()

    @Once
    def _spellings(self) -> Spellings:
        return Spellings(self._vocabulary())

    def restored(self, folded: Folded) -> Iterator[tuple[Folded, bool]]:
        """
        Give the text of *folded* with the words that it disguises, as they are usually written; nothing, if there are none.

        Returns:
            Each way to read it, and whether it has other numbers, too.
        """
        given = {folded.view, folded.loose.view if folded.loose else folded.view}
        for base in self._with_letters(folded):
            for whole in self._plain(base, turns=1):
                if whole[0].view not in given:
                    given.add(whole[0].view)
                    yield whole
        for whole in self._plain(folded, turns=_TURNS):
            if whole[0].view not in given:
                given.add(whole[0].view)
                yield whole

    def _plain(self, folded: Folded, *, turns: int) -> Iterator[tuple[Folded, bool]]:
        here, numbered = Rewriting(folded), False
        if _MAY_WAVE.search(here.view) and (waves := [(*found.span(), "ー") for found in _WAVE.finditer(here.view)]):
            here = Rewriting(here.put(waves))
        for read in (amounts, closed, plates):
            if changes := read(here.view):
                here, numbered = Rewriting(here.put(changes)), True
        base = here.folded.loose or here.folded
        if _OLD.search(base.view):
            base = attrs.evolve(base, view=base.view.translate(_MODERN))
        # What had no amounts has none.
        if base.view != folded.view and (changes := amounts(base.view)):
            base, numbered = Rewriting(base).put(changes), True
        if changes := romaji.letters(base.view):
            base = Rewriting(base).put(changes)
        words: frozenset[int] = frozenset()
        if spoken := romaji.stretches(base.view):
            base, words = Rewriting(base).put_words(spoken)
        here = Rewriting(base)
        found = self._disguised(here, words)
        for turn in range(turns):
            if turn and not any(len(meant) > turn for _, _, _, meant in found):
                return
            changes = _apart(
                [(worse, begin, stop, meant[min(turn, len(meant) - 1)]) for worse, begin, stop, meant in found]
            )
            yield here.put(changes) if changes else base, numbered

    def _disguised(self, here: Rewriting, words: frozenset[int]) -> list[tuple[int, int, int, Sequence[str]]]:
        """Give where words are disguised, and which each may be; the better ones have the lower number."""
        closed, places = _closed(here.view)
        # What is in order, the worse first: a word that is taken apart may be two.
        found: list[tuple[int, int, int, Sequence[str]]] = []
        # A word of the rules that is as it should be is not taken for parts of others.
        whole: list[tuple[int, int]] = []
        met = self._spellings.known(_sounds(closed))
        if not words and isinstance(here.starts, range):
            # Of two letters, only what is taken apart is believed; and nothing is where they stand side by side.
            met = [one for one in met if one[2] - one[1] > 2 or places[one[2] - 1] - places[one[1]] >= one[2] - one[1]]
        for forms, start, end in met:
            begin, stop = places[start], places[end - 1] + 1
            written = here.view[begin:stop]
            # Nearly all of them are as they should be.
            if forms[-1].word == written:
                if end - start >= LEAST:
                    whole.append((begin, stop))
                if len(forms) == 1:
                    continue
            meant = [
                form.word
                for form in forms
                if form.word != written and self._believable(form, here, (begin, stop), length=end - start, words=words)
            ]
            if meant:
                found.append((len(written) - (end - start), begin, stop, meant))
        if _DRAWN.search(here.view):
            for word, start, end in self._spellings.drawn.find(LONG.sub("ー", hiragana(closed))):
                begin, stop = places[start], places[end - 1] + 1
                if "ー" in (written := here.view[begin:stop]) and written != word and _stands(here.view, begin, stop):
                    found.append((1, begin, stop, (word,)))
        if words:
            text, where = _without_long(closed)
            for word, start, end in self._spellings.shortened.find(text):
                begin, stop = places[where[start]], places[where[end] - 1 if end < len(where) else -1] + 1
                if begin in words and stop in words and here.view[begin:stop] != word:
                    found.append((1, begin, stop, (word,)))
        if whole:
            whole.sort()
            longest = max(stop - begin for begin, stop in whole)
            found = [
                one
                for one in found
                if not any(
                    one[1] < stop and not one[1] <= begin < stop <= one[2]
                    for begin, stop in whole[
                        bisect_left(whole, (one[1] - longest, 0)) : bisect_left(whole, (one[2], 0))
                    ]
                )
            ]
        return found

    def _believable(
        self, form: Form, here: Rewriting, place: tuple[int, int], *, length: int, words: frozenset[int]
    ) -> bool:
        """Tell whether what is written is rather a word in disguise than another word, or two."""
        begin, stop = place
        written = here.view[begin:stop]
        if not _stands(here.view, begin, stop):
            return False
        if "\n" in written and written.count("\n") < length - 1:
            return False
        gaps = here.gaps(begin, stop)
        apart = gaps >= length - 1 or (begin in words and stop in words)
        letters = NO_LETTER.sub("", written)
        if letters == form.word:
            return length >= LEAST or all(map(KANJI.match, letters)) or (apart and length >= LEAST_APART)
        if form.kind == HALF:
            return length > 2 or apart
        certain = form.kind == ITSELF or all(map(KANJI.match, form.word)) or _KATAKANA_ONE.search(letters)
        least = LEAST if certain else PHRASE - 1
        return length >= (LEAST_APART if apart else least)

    def _with_letters(self, folded: Folded) -> Iterator[Folded]:
        """Give the text with letters that were left out."""
        if not _MAY_MASK.search(folded.view):
            return
        if not _MASK.search(folded.view) and not _MASKED_APART.search(folded.view):
            return
        masked = _MASKED_APART.sub(CIRCLE, _MASK.sub(lambda found: CIRCLE * len(found[0]), folded.view))
        if CIRCLE not in masked:
            return
        closed, places = _closed(masked)
        meant: dict[tuple[int, int], list[str]] = {}
        for words, start, end in self._spellings.guessed(_sounds(closed)):
            begin, stop = places[start], places[end - 1] + 1
            around = closed[max(start - 1, 0) : end + 1]
            if end - start == 2 and (_HONEST.search(closed[start:end]) or around.count(CIRCLE) > 1):
                continue
            own = masked[begin:stop]
            if "\n" in own or not _stands(masked, begin, stop):
                continue
            if _KANA_ONLY.fullmatch(own) and end - start - own.count(CIRCLE) < (
                2 if KATAKANA.search(own.replace(CIRCLE, "ア")) else 3
            ):
                continue
            meant[begin, stop] = words
        here = Rewriting(folded)
        for turn in range(_TRIES):
            found = [(0, *place, several[turn]) for place, several in meant.items() if turn < len(several)]
            if not found:
                return
            yield here.put(_apart(found))


def _sounds(text: str) -> str:
    return _NO_SOUND.sub(lambda found: found[0].translate(SOUNDS), text)


def _stands(view: str, begin: int, stop: int) -> bool:
    """Tell whether what is written is no part of a longer word in katakana, or long enough to be one of its own."""
    return stop - begin > LEAST or not (
        (begin and _KATAKANA_ONE.match(view[begin]) and _KATAKANA_ONE.match(view[begin - 1]))
        or (stop < len(view) and _KATAKANA_ONE.match(view[stop - 1]) and _KATAKANA_ONE.match(view[stop]))
    )


def _without_long(text: str) -> tuple[str, list[int]]:
    places: list[int] = []
    pieces: list[str] = []
    done = 0
    text = hiragana(text)
    for found in LONG.finditer(text):
        pieces.append(text[done : found.start()])
        places += range(done, found.start())
        done = found.end()
    pieces.append(text[done:])
    places += range(done, len(text))
    return "".join(pieces), places


def _closed(view: str) -> tuple[str, Sequence[int]]:
    """Leave out gaps that may be within a word; and give the place of each character that is left."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for found in _GAP.finditer(view):
        pieces.append(view[done : found.start()])
        places += range(done, found.start())
        done = found.end()
    if not done:
        return view, range(len(view))
    pieces.append(view[done:])
    places += range(done, len(view))
    return "".join(pieces), places


def _apart(found: Iterable[tuple[int, int, int, str]]) -> list[tuple[int, int, str]]:
    """Of stretches that overlap, keep the longer ones, those without gaps first; give them in order."""
    kept: list[tuple[int, int, str]] = []
    taken: set[int] = set()
    for _, begin, stop, word in sorted(found, key=lambda one: (min(one[0], 1), one[1] - one[2], one[1])):
        if taken.isdisjoint(range(begin, stop)):
            taken.update(range(begin, stop))
            kept.append((begin, stop, word))
    return sorted(kept)

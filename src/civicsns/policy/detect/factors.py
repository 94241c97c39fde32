"""
What words a text must hold for a pattern to match in it.

A pattern of the form `A[^。]{0,14}B` matches nowhere in a text that lacks A or B. That is read off the pattern's own
tree: for each of the ways through it, lists of words, of each of which one stands in whatever is matched on that way. A
rule that is asked by these is asked for nothing much more rarely than by one list of triggers.

Reading a pack's patterns so takes a tenth of a second. For those that come with civicsns it is done when it is built
(`tools/prove_packs.py`), and kept beside them.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from re import _constants as codes  # type: ignore[attr-defined] # the standard library gives its parser no public name
from re import _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Lists of words of each of which one must be there.
Way: TypeAlias = tuple[tuple[str, ...], ...]

#: A list of more words is none; nor is a pattern followed on more ways.
_MOST_WORDS, _MOST_WAYS = 120, 40
#: A class of more characters is not written out, nor a repeat of more.
_FEW, _TIMES = 12, 3
#: How many letters of a word are counted.
LONGEST: Final = 3
#: A list tells nothing of which any text has a word; and no more lists are taken once so few texts have words of all.
_TELLING, _RARE = 0.3, 0.0003
#: What is not seen is as much rarer than its letters make believe.
_UNSEEN = 0.1
_REPEATS: Final = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT})
_NOTHING: Final = frozenset({codes.ASSERT, codes.ASSERT_NOT, codes.AT})

Node: TypeAlias = tuple[Any, Any]


def factors(pattern: str) -> tuple[Way, ...]:
    """
    Give the ways on which a pattern can match, each with what a text must hold for it.

    Args:
        pattern: A pattern that compiles.

    Returns:
        The ways; none at all where it may match with no word that is known.
    """
    known = _kept().get(key(pattern))
    return _read(pattern) if known is None else known


def key(pattern: str) -> str:
    """Give the name by which the words of a pattern are kept."""
    return hashlib.sha256(pattern.encode()).hexdigest()[:20]


@cache
def _file() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((files("civicsns.policy") / "packs" / "factors.json").read_text(encoding="utf-8"))
    return kept


def common() -> Mapping[str, float]:
    """Give in what share of the examples that should pass some letters stand in a row: in what municipalities write."""
    rows: dict[str, float] = _file().get("common", {})
    return rows


@cache
def _kept() -> dict[str, tuple[Way, ...]]:
    kept = _file()
    lists = [tuple(words) for words in kept["lists"]]
    return {
        name: tuple(tuple(lists[number] for number in way) for way in ways) for name, ways in kept["patterns"].items()
    }


@lru_cache(maxsize=1024)
def _read(pattern: str) -> tuple[Way, ...]:
    return read(pattern, common())


def read(pattern: str, rows: Mapping[str, float]) -> tuple[Way, ...]:
    """
    Read the ways off a pattern's tree; see `factors`.

    Args:
        pattern: A pattern that compiles.
        rows: How common it is that some letters stand in a row (`common`).
    """
    tree = _parser.parse(pattern)
    if tree.state.flags & re.IGNORECASE:
        return ()
    ways = dict.fromkeys(_best(way, rows) for way in _ways(tree))
    return tuple(ways) if all(ways) else ()


def commonness(words: Iterable[str], rows: Mapping[str, float]) -> float:
    """Guess in how many texts one of *words* stands: what is seen, or less of kanji than of kana, and of long ones."""
    total = 0.0
    for word in words:
        if known := seen((word,), rows):
            total += known
            continue
        share = _UNSEEN
        for character in word:
            share *= (
                0.35
                if "ぁ" <= character <= "ゖ"
                else 0.15
                if character in " .-/、。「」()!?"
                else 0.12
                if "0" <= character <= "z" or "ァ" <= character <= "ー"
                else 0.02
            )
        total += share
    return total


def seen(words: Iterable[str], rows: Mapping[str, float]) -> float:
    """Give how many of *words* stand in one of the examples that should pass, at most and on the average."""
    share = rows.get
    return sum([min(share(word[:LONGEST], 0.0), share(word[-LONGEST:], 0.0)) for word in words])


def _best(way: Iterable[frozenset[str]], rows: Mapping[str, float]) -> Way:
    """Give the lists that fewest texts have a word of, and no more than it takes for hardly any to have all."""
    lists = sorted((commonness(words, rows), words) for words in {_least(words) for words in way})
    best: list[tuple[str, ...]] = []
    share = 1.0
    for own, words in lists:
        if share < _RARE or own > _TELLING:
            break
        share *= own
        best.append(words)
    return tuple(best)


def _least(words: Iterable[str]) -> tuple[str, ...]:
    """Leave out words that hold another."""
    least: list[str] = []
    for word in sorted(words, key=lambda word: (len(word), word)):
        if not any(other in word for other in least):
            least.append(word)
    return tuple(least)


def _ways(nodes: Iterable[Node]) -> list[list[frozenset[str]]]:
    """Give the ways through a sequence: on each, sets of words of which one is passed."""
    ways: list[list[frozenset[str]]] = [[]]
    # What is passed in one piece.
    piece = frozenset({""})
    for node in nodes:
        texts = _texts_of(node)
        if texts is not None and len(texts) * len(piece) <= _MOST_WORDS:
            piece = frozenset(before + text for before in piece for text in texts)
            continue
        if "" not in piece:
            ways = [[*way, piece] for way in ways]
        piece = texts or frozenset({""})
        inner = [] if texts is not None else _ways_of(node)
        if inner and len(ways) * len(inner) > _MOST_WAYS:
            inner = [_together(inner)]
        if inner:
            ways = [[*way, *more] for way in ways for more in inner]
    return ways if "" in piece else [[*way, piece] for way in ways]


def _ways_of(node: Node) -> list[list[frozenset[str]]]:
    operation, argument = node
    if operation in _REPEATS:
        return _ways(argument[2]) if argument[0] else []
    if operation is codes.BRANCH:
        return [way for branch in argument[1] for way in _ways(branch)]
    inner = _inner(node)
    return [] if inner is None else _ways(inner)


def _together(ways: Sequence[Sequence[frozenset[str]]]) -> list[frozenset[str]]:
    """Make one way of several: on it, a word of one of theirs is passed."""
    if not all(ways):
        return []
    return [
        frozenset[str]().union(*(min(way, key=lambda words: (commonness(words, {}), sorted(words))) for way in ways))
    ]


def _texts(nodes: Iterable[Node]) -> frozenset[str] | None:
    """Give all texts that a sequence takes; None where they are too many."""
    texts = frozenset({""})
    for node in nodes:
        more = _texts_of(node)
        if more is None or len(texts) * len(more) > _MOST_WORDS:
            return None
        texts = frozenset(before + text for before in texts for text in more)
    return texts


def _texts_of(node: Node) -> frozenset[str] | None:
    operation, argument = node
    if operation is codes.LITERAL:
        return frozenset({chr(argument)})
    if operation is codes.IN:
        return _class(argument)
    if operation in _NOTHING:
        return frozenset({""})
    if operation is codes.BRANCH:
        each = [_texts(branch) for branch in argument[1]]
        together = frozenset[str]().union(*(texts for texts in each if texts is not None))
        return together if None not in each and len(together) <= _MOST_WORDS else None
    if operation in _REPEATS:
        least, most, body = argument
        return _repeated(_texts(body), int(least), int(most)) if most <= _TIMES else None
    inner = _inner(node)
    return None if inner is None else _texts(inner)


def _repeated(texts: frozenset[str] | None, least: int, most: int) -> frozenset[str] | None:
    if texts is None or len(texts) ** most > _MOST_WORDS:
        return None
    all_of, some = frozenset({""}), frozenset[str]()
    for times in range(most + 1):
        some |= all_of if times >= least else frozenset()
        all_of = frozenset(before + text for before in all_of for text in texts)
    return some if len(some) <= _MOST_WORDS else None


def _inner(node: Node) -> Iterable[Node] | None:
    operation, argument = node
    if operation is codes.SUBPATTERN:
        return None if argument[1] & re.IGNORECASE else argument[3]
    return argument if operation is codes.ATOMIC_GROUP else None


def _class(items: Sequence[Node]) -> frozenset[str] | None:
    few: set[str] = set()
    for operation, argument in items:
        if operation is codes.LITERAL:
            few.add(chr(argument))
        elif operation is codes.RANGE and argument[1] - argument[0] < _FEW:
            few |= set(map(chr, range(argument[0], argument[1] + 1)))
        else:
            return None
    return frozenset(few) if len(few) <= _FEW else None

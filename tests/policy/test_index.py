"""One pass over a text tells exactly whom to ask."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin

if TYPE_CHECKING:
    from collections.abc import Iterable

POLICY = Policy(builtin("jp-municipal"))
#: Whom words alone make look.
WORDED: dict[int, Any] = {
    number: made
    for number, made in POLICY._detectors.all().items()
    if (made.needs or getattr(made, "ways", ())) and not hasattr(made, "marks")
}


def _ways(made: Any) -> Iterable[Iterable[tuple[str, ...]]]:
    return getattr(made, "ways", ()) or [(made.slots[slot],) for slot in made.needs]


def _text(seed: int) -> str:
    """Make a text in which one detector at least has all words of one way, and others some of theirs."""
    draw = random.Random(seed)  # noqa: S311 -- test data
    words: list[str] = []
    for place, number in enumerate(draw.sample(sorted(WORDED), 4)):
        way = list(draw.choice(list(_ways(WORDED[number]))))
        words += [draw.choice(terms) for terms in way[draw.randrange(2) if place else 0 :] if terms]
    draw.shuffle(words)
    return "、".join(words)


@pytest.mark.parametrize("seed", range(12))
def test_asked_is_who_has_a_word_of_each_list_of_a_way(seed):
    """
    A detector is asked where, on one of its ways, a word of each list stands in the text; and nobody else is.
    """
    view = POLICY._index.read(_text(seed)).folded.view
    known: dict[tuple[str, ...], bool] = {}

    def stands(terms: tuple[str, ...]) -> bool:
        if terms not in known:
            known[terms] = any(term in view for term in terms)
        return known[terms]

    wanted = {n for n, made in WORDED.items() if any(all(map(stands, way)) for way in _ways(made))}
    _, codes = POLICY._index.met(view)

    assert wanted
    assert wanted == POLICY._index.asked(codes, view) & WORDED.keys()


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("あ" * 61, True),
        ("あ" * 60 + "。" + "い" * 60, False),
        ("あ" * 30 + "。" + "い" * 61 + "。", True),
        ("あ" * 30 + "。" + "い" * 60, False),
        ("罹災してください。", True),
    ],
)
def test_a_long_sentence_or_a_hard_word_makes_one_look(text, asked):
    """
    Who finds hard words and sentences of more than sixty characters is asked where one of either may be, and else not.
    """
    number = next(n for n, made in POLICY._detectors.items() if hasattr(made, "sentence"))

    assert asked == (number in POLICY._index.read(text).asked)


@pytest.mark.parametrize("seed", range(12))
def test_further_words_ask_who_was_not_asked(seed):
    """
    Whom further words ask, beside those of a text, are those whom all of them ask and those of the text alone do not.
    """
    index = POLICY._index
    before, after = _text(seed), _text(seed + 100)
    _, known = index.met(before)
    _, codes = index.met(f"{before}、{after}")
    more = index.asked_besides(codes - known, codes, f"{before}、{after}")

    assert index.asked(codes, f"{before}、{after}") == index.asked(known, f"{before}、{after}") | more

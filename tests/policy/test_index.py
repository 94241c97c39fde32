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

"""Where the words of a detector stand."""

from __future__ import annotations

from civicsns.policy.scan import Hit
from civicsns.policy.standing import Hits, Standing

SLOTS = (("口座", "口座番号"), (), ("番号", "口座"))
VIEW = "口座番号と番号"


def test_all_words_are_found():
    """
    Each word is found wherever it stands, also within another, for each list that has it, in the order of their ends.
    """
    hits = Hits(Standing(SLOTS), VIEW, frozenset())

    assert [*hits] == [Hit(0, 0, 2), Hit(2, 0, 2), Hit(0, 0, 4), Hit(2, 2, 4), Hit(2, 5, 7)]
    assert len(hits) == 5
    assert hits[1:3] == [hits[1], hits[2]]


def test_the_words_of_one_list():
    """
    Of a list whose words the one pass finds, only those that it met are looked up; of an empty list, none are.
    """
    hits = Hits(Standing(SLOTS, [0]), VIEW, frozenset({"口座番号"}))

    assert hits.of(0) == [(0, 4)]
    assert hits.of(1) == []
    assert hits.of(2) == [(0, 2), (2, 4), (5, 7)]


def test_words_that_were_met_stand_in_the_order_of_a_pass():
    """
    Where a detector needs nothing but what was met, its words stand where, and in the order in which, a pass finds them.
    """
    met = frozenset({"口座", "口座番号", "番号", "電話"})
    view = "口座番号と番号、口座の番号"

    assert [*Hits(Standing(SLOTS, [0, 2]), view, met)] == [*Hits(Standing(SLOTS), view, frozenset())]


def test_whether_words_stand_in_a_text():
    """
    A text without the words has none of them; of a text with some it is known which.
    """
    standing = Standing(SLOTS)

    assert not standing.some("電話")
    assert standing.words("番号") < standing.words(VIEW)

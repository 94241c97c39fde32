"""Where the words of a detector stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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


_WORDS = st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=20, unique=True)


@given(_WORDS, st.text("abc", max_size=30), st.data())
def test_words_near_a_place_are_all_found(words, view, data):
    """
    Of the words of a list, few or many, that stand no further from a place than is asked for, none is missed.
    """
    start = data.draw(st.integers(0, len(view)))
    end = data.draw(st.integers(start, len(view)))
    reach = data.draw(st.integers(0, 5))
    hits = Hits(Standing([words]), view, frozenset())
    near = hits.near(0, start, end, reach)

    assert [one for one in hits.of(0) if max(start - one[1], one[0] - end) <= reach] == [
        one for one in near if max(start - one[1], one[0] - end) <= reach
    ]
    assert set(near) <= set(hits.of(0))


@given(_WORDS, st.text("abc", max_size=8), st.text("abcd", min_size=1, max_size=3), st.text("abc", max_size=8))
def test_what_reaches_into_a_word(words, before, word, after):
    """
    A word that stands in a text only once another is put into it is one of those that may reach into that.
    """
    view = before + word + after
    new = {
        one
        for one in words
        if any(
            view.startswith(one, place) for place in range(max(len(before) - len(one) + 1, 0), len(before) + len(word))
        )
    }

    assert new <= {*Standing([words]).at(word)}

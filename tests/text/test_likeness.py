"""Likeness: what says the same is the same, whatever is easily changed; what is nearly the same shares marks."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.text.likeness import SHORTEST, folded, likeness, marks

TEXT = "4月5日の花火大会は、武雄温泉駅前で19時から開催します。"


@pytest.mark.parametrize(
    "other",
    [
        "４月５日の花火大会は、武雄温泉駅前で１９時から開催します!!",
        "4月5日の花火大会は、武雄温泉駅前で19時から開催します。 https://example.jp/hanabi?x=1",
        "@takeo_city 4月5日の花火大会は、武雄温泉駅前で19時から開催します。 #武雄市 #花火",
        "🎆4月5日の花火大会は\n武雄温泉駅前で 19時から 開催します🎆 (1/2)",
        "4月5日の花火大会は、武雄温泉駅前で19時から開催します。（２／３）",
    ],
)
def test_what_is_easily_changed_does_not_count(other):
    """
    Links, mentions, hashtags, numbers of parts, emoji, punctuation, width and white space make no other text.
    """
    assert folded(TEXT) == folded(other)
    assert marks(TEXT) == marks(other)
    assert 1.0 == likeness(TEXT, other)


def test_case_does_not_count():
    """
    A text in capitals says the same.
    """
    assert folded("FIREWORKS at the station") == folded("Fireworks, at the Station!")


def test_nearly_the_same():
    """
    Another day and another hour make a text that is nearly the same; another matter makes another one.
    """
    assert 0.5 < likeness(TEXT, "4月6日の花火大会は、武雄温泉駅前で18時から開催します。") < 1
    assert likeness(TEXT, "本日の朝市は、雨のため中止します。ご注意ください。") < 0.1


def test_a_short_text_says_too_little():
    """
    A greeting is nobody's own.
    """
    short = "おはようございます"

    assert len(folded(short)) < SHORTEST
    assert () == marks(short)
    assert 0.0 == likeness(short, short)


def test_marks_stay_what_they_are():
    """
    Marks are kept in stores: another version of civicsns must find what this one has marked.
    """
    assert (1101977767483958985, 15) == (marks(TEXT)[0], len(marks(TEXT)))
    assert all(0 <= mark < 2**63 for mark in marks(TEXT))
    assert 3609354818302341421 == marks(TEXT)[-1]


def test_like_texts_share_marks():
    """
    Of texts that are 70% alike or more, nearly all share a mark; of texts that are not alike at all, none does.
    """
    draw = random.Random(5)  # noqa: S311 -- texts, no secret
    kana = "あいうえおかきくけこさしすせそたちつてとなにぬねの"
    missed = seen = 0
    for _ in range(300):
        one = [draw.choice(kana) for _ in range(60)]
        other = list(one)
        for _ in range(draw.randint(1, 4)):
            other[draw.randrange(60)] = draw.choice(kana)
        left, right = "".join(one), "".join(other)
        if likeness(left, right) >= 0.7:
            seen += 1
            missed += set(marks(left)).isdisjoint(marks(right))
        stranger = "".join(draw.choice(kana) for _ in range(60))
        assert set(marks(left)).isdisjoint(marks(stranger))

    assert seen > 150
    assert missed <= seen // 50


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_a_share(one, other):
    """
    Whatever the texts are, likeness is between 0 and 1, the same both ways, and 1 with itself or 0 where too short.
    """
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == (1.0 if marks(one) else 0.0)

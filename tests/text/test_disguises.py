from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.text import disguises
from civicsns.text.folding import fold

_TEXTS = st.lists(
    st.one_of(
        st.sampled_from("バカ力ロ口ニ二エ工ト卜一ーァヵへヘ死ねきちがabol0123456789〇九壱北陸 ・.-_()、。\n*×●🍎①⓪Ⅸ/~"),
        st.characters(),
    ),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("text", "read", "written"),
    [
        ("本当にバ カだ", "バカ", "バ カ"),
        ("もう死 ねよ", "死ね", "死 ね"),
        ("あいつはき ち が いだ", "きちがい", "き ち が い"),
        ("ば か な市民", "ばか", "ば か"),
        ("本当にバ、カだ", "バカ", "バ、カ"),
        ("あのバ 力だ", "バカ", "バ 力"),
        ("バ・・・・カ", "バカ", "バ・・・・カ"),
        ("バ・カ", "バカ", "バ・カ"),
        ("バ_カ", "バカ", "バ_カ"),
        ("バ\nカ", "バカ", "バ\nカ"),
        ("バ🍎🍎カ", "バカ", "バ🍎🍎カ"),
        ("(バ)(カ)", "バカ", "バ)(カ"),
        ("ﾊﾞ　ｶ", "バカ", "ﾊﾞ　ｶ"),
        ("キチ ガイ", "キチガイ", "キチ ガイ"),
        ("b.a.k.a", "baka", "b.a.k.a"),
        ("バ力な市民", "バカ", "バ力"),
        ("バ 力", "バカ", "バ 力"),
        ("口リコン", "ロリコン", "口リコン"),
        ("二ート", "ニート", "二ート"),
        ("ス-パ-", "スーパー", None),
        ("暴カ団", "暴力団", "暴カ団"),
        ("ァホ", "アホ", "ァホ"),
        ("バヵ", "バカ", "バヵ"),
        ("アㇹ", "アホ", "アㇹ"),
        ("ホームぺージ", "ホームページ", "ホームぺージ"),
        ("あリがとう", "ありがとう", "あリがとう"),
    ],
)
def test_words_taken_apart_or_written_with_other_letters(text, read, written):
    """
    Somebody who looks for hidden words sees them, and where they were written.
    """
    loose = fold(text).loose
    read, written = ("スパー", "ス-パ-") if written is None else (read, written)
    assert loose is not None
    start = loose.view.index(read)
    first, last = loose.span(start, start + len(read))

    assert written == text[first:last]


@pytest.mark.parametrize(
    "text",
    [
        "三国志と一番、二重の口座、ロビー、3カ所、カ月",
        "必死 ねばり",
        "ため くらし",
        "すれば かならず",
        "毎週(月)(火)(土)、(日)・(祝)",
        "メール・ファクスで申し込みください。",
        "バカンス バーベキュー",
        "I am at home.",
        "バ・・・・・カ",
        "1 2 3 4",
    ],
)
def test_honest_words(text):
    """
    Where nothing is hidden, there is no further reading.
    """
    assert fold(text).loose is None


@pytest.mark.parametrize("mask", "○〇●◯*＊×✕xｘ_＿■☆❌🍎?")
def test_letters_left_out(mask):
    """
    Whatever stands for a letter left out in a word is read as the same circle.
    """
    assert "キ〇ガイ" == fold(f"キ{mask}ガイ").masked


def test_a_letter_is_a_letter_between_others():
    """
    An x in a Latin word is no mask, and a question is one.
    """
    assert "xylophone, taxi? はい?" == fold("xylophone, taxi? はい?").masked


@pytest.mark.parametrize(
    ("letter", "written"),
    [("カ", "カ力ヵ"), ("工", "工エ"), ("ー", "ー一-"), ("へ", "へヘ"), ("ア", "アァ"), ("死", "死")],
)
def test_letters_that_are_read_as_another(letter, written):
    """
    Whoever looks for a hidden word knows which letters may be read as one of its.
    """
    assert frozenset(written) == disguises.likenesses(letter)


@given(_TEXTS)
def test_further_readings_keep_their_places(text):
    """
    The readings of numbers and masks are as long as the view; the places of the loose one lie in the text, in order.
    """
    folded = fold(text)
    loose = folded.loose or folded
    spans = [loose.span(place, place + 1) for place in range(len(loose.view))]

    assert len(folded.view) == len(folded.digits) == len(folded.masked)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert sorted(spans) == spans


@given(_TEXTS)
def test_the_quick_look_overlooks_nothing(text):
    """
    A text in which the quick look sees nothing taken apart, or in letters of another script, has nothing of these.
    """
    view = fold(text).view

    assert disguises._APART_GATE.search(f"\n{view}") or view == disguises._joined(view)[0]
    assert disguises._ALIKE_GATE.search(view) or view == disguises._in_one_script(view)


def _steps(text):
    count = 0

    def step(frame, event, argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(step)
    try:
        folded = fold(text)
        assert (folded.digits, folded.masked, folded.loose) is not None
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "unit",
    [
        "バ カ",
        "0 ",
        "o-1",
        "a@b",
        "a[at]",
        "\u200b",
        "か゛",
        "аb",
        "а",
        "一ー",
        "①1",
        "Ⅸ0",
        "a\u0e47",
        "🇯",
        "㍿",
        "☆a.",
        "a at b dot ",
    ],
)
def test_hostile_texts_cost_no_more_than_their_length(unit):
    """
    Twice the text takes about twice the steps.
    """
    _steps(unit * 10)

    assert _steps(unit * 400) <= 2.2 * _steps(unit * 200) + 100

"""What is left untried because it cannot find anything: nothing that would have been found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_packs import words

from civicsns.model import Context, Draft
from civicsns.policy.detect import KINDS, hidden
from civicsns.policy.detect.base import Words
from civicsns.policy.detect.pattern import Pattern
from civicsns.policy.detect.reach import reach, widths
from civicsns.policy.numbers import runs
from civicsns.policy.packfile import builtin
from civicsns.policy.scan import Scan
from civicsns.policy.standing import Hits, Standing
from civicsns.text.folding import fold
from civicsns.text.numerals import ZEROS, may_be_read_out, most_digits, stretches

PACK = builtin("jp-municipal")
TEXTS = tuple({one.text: None for rule in PACK.rules for one in (*rule.must_flag, *rule.must_pass, *rule.known_miss)})
PATTERNS = tuple(
    detector
    for rule in PACK.rules
    for table in rule.detect.get("of", (rule.detect,))
    if isinstance(detector := KINDS[table["kind"]](table, Words(PACK.lists)), Pattern) and detector.around is not None
)


@pytest.mark.parametrize(
    ("pattern", "triggers", "bounds"),
    [
        ("口座[0-9]{3}", ["口座"], (5, 2)),
        ("(?:普通|当座)口座", ["普通", "当座"], (4, 2)),
        ("(?:普通|定期)口座", ["普通", "当座"], None),
        ("(?:普通)?[0-9]{3}", ["普通"], None),
        ("最(?:低|高)だ", ["最高", "最低"], (3, 2)),
        ("[最再]高", ["最高", "再高"], (2, 2)),
        ("[^最]高", ["最高"], None),
        ("口座[0-9]*", ["口座"], None),
        ("口座(?![^。]{0,6}円)", ["口座"], (2, 9)),
        ("口座(?=。|$)", ["口座"], (2, 3)),
        ("(?<=普通)口座", ["口座"], (2, 2)),
        ("(?:口座){1,2}", ["口座"], (4, 2)),
        ("ＡＢ", ["ab"], (2, 2)),
        ("口座", [], None),
    ],
)
def test_how_far_a_pattern_reaches(pattern: str, triggers: list[str], bounds: tuple[int, int] | None):
    """
    A pattern of bounded length is tried around its triggers only if every match holds one of them.
    """
    assert bounds == reach(pattern, triggers)


def test_a_pattern_without_an_end_is_tried_everywhere():
    """
    Where a match, or a look ahead, may be of any length, there is no window.
    """
    assert widths("口座[0-9]+") is None
    assert widths("口座(?=[^。]*円)") is None


@settings(max_examples=60)
@given(
    st.sampled_from(PATTERNS),
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_windows_lose_nothing(detector, texts, draw):
    """
    Around its words a pattern finds what it finds in the whole text.
    """
    pieces = [text[draw.randrange(len(text)) :] if draw.random() < 0.5 else text for text in texts]
    folded = fold("".join(pieces))
    view, found_in = folded.view, detector.around[0]
    hits = Hits(Standing(detector.slots), view, frozenset())
    windowed = detector._around(view, hits, *detector.around)
    whole = [one.span() for one in detector.pattern.finditer(view)]
    if found_in or detector.window is not None:
        # Words around a match need not be part of it: what is too far from them is not meant to be found.
        assert {one.span() for one in windowed} <= set(whole)
    else:
        assert whole == [one.span() for one in windowed]


DIGITS = st.text(
    alphabet="0123456789０１２〇一二三四五六七八九壱弐oOl|-ー−.・ ()（）/、,:+月日年号番のノ三🎉\u200b", max_size=40
)


@given(DIGITS)
def test_what_may_be_a_number(text: str):
    """
    Where there is a run of digits, however it is disguised, the rules about numbers of that length are asked.
    """
    folded = fold(text)

    view = folded.view
    read_out = any(zero in view for zero in ZEROS) and may_be_read_out(view)
    most = len(view) if read_out else most_digits(view, stretches(view))
    assert most >= max((run.size for run in runs(folded.digits)), default=0)


WORD = st.sampled_from(["バカ", "キチガイ", "死ね", "うるさい", "めくら", "エロ動画"])


@given(WORD, st.sampled_from([" ", "　", "・", ".", "…", "🎉", "、", "-", "_", "\n", "♡", "/"]))
def test_words_taken_apart_are_looked_for(word: str, gap: str):
    """
    A word whose letters are parted is looked for: where that reading has it, it is found.
    """
    text = f"この{gap}{gap.join(word)}{gap}は"
    loose = fold(text).loose

    assert (loose is not None and word in loose.view) == bool(words({"kind": "terms", "terms": [word]}, text))


HIDDEN = ("バカ", "死ね", "めくら", "【ア", "あ-い", "キチガイ", "x〇y")
WIRES = hidden.Tripwires(HIDDEN, HIDDEN)
PIECES = st.text(st.sampled_from("バカ死ねめくらキチガイx〇yあい【!*。.- \n"), max_size=12)


@given(PIECES)
def test_gaps_between_letters_are_seen(text: str):
    """
    A usual gap between the first letters of a word is seen wherever it stands, and nothing else is.
    """
    apart = any(f"{word[0]}{gap}{word[1]}" in text for word in HIDDEN for gap in hidden._GAPS)

    assert apart == (WIRES.taken_apart(text) or any(word in text for word in WIRES.words))


@given(PIECES)
def test_letters_left_out_are_seen(text: str):
    """
    A word with a sign in the place of a letter is seen, and only looked for where that sign stands beside a letter.
    """
    left_out = any(
        variant.replace("〇", mask) in text
        for word in HIDDEN
        for variant in hidden.masked(word)
        for mask in hidden._MASKS
    )

    assert left_out == WIRES.left_out(text)
    assert not left_out or any(word in text for word in WIRES.beside)


def test_words_with_a_letter_left_out():
    """
    The variants keep enough of the word to be told, and are as long as the word.
    """
    assert {"バ〇"} == set(hidden.masked("バカ"))
    assert {"め〇ら", "めく〇"} == set(hidden.masked("めくら"))
    assert {"〇チガイ", "キ〇ガイ", "キチ〇イ", "キチガ〇", "キ〇〇イ", "キチ〇〇"} == set(hidden.masked("キチガイ"))


def test_digits_are_shared():
    """
    All rules read the same digits of a text.
    """
    scan = Scan(fold("電話は〇九〇一二三四五六七八"), draft=Draft(author="1", text="", accounts=()), context=Context())

    assert "電話は09012345678" == scan.digits
    assert scan.numbers is scan.numbers


@given(st.lists(st.integers(0, 9), min_size=1, max_size=3), st.sampled_from("。\n!"))
def test_a_long_sentence_is_found_wherever_others_end(sizes, end):
    """
    Whether a text has a sentence of more than six characters is told the same with a shortcut as without.
    """
    text = end.join("あ" * size for size in sizes)
    detector: Any = KINDS["plain"]({"list": ["ぬ"], "max_sentence": 6}, Words({}))
    scan = Scan(fold(text), draft=Draft(author="1", text="…", accounts=("a",)), context=Context())
    found = [*detector.find(scan, Hits(Standing(detector.slots), text, frozenset()))]

    assert [size for size in sizes if size > 6] == [one.end - one.start for one in found]

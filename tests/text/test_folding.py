from __future__ import annotations

import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from civicsns.text import _folds, _readings, addresses
from civicsns.text.folding import TRIPWIRES, fold, fold_fast, fold_slowly, folded_term, folded_terms, noting

_HIDDEN = sorted(character for character, known in _readings.exceptions().items() if not known)
_CHARACTERS = st.one_of(
    st.characters(),
    st.characters(min_codepoint=0x3000, max_codepoint=0x33FF),
    st.sampled_from(sorted(_readings.exceptions())),
    st.sampled_from(_HIDDEN),
    st.sampled_from("0123456789０〇一二三ー-・.。@[](){}☆★ 　\nか゛ﾊﾟカ力ロ口aа.е①⑴ⅠⅨ🇯🇵🇧"),
    st.sampled_from(TRIPWIRES),
)
_TEXTS = st.lists(_CHARACTERS, max_size=30).map("".join)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＡＢＣ１２３＠．", "abc123@."),
        ("ﾊﾞｶﾊﾟﾋﾟｳﾞｰ", "バカパピヴー"),
        ("か\u3099は\u309aハ゛ウ゛カﾞ", "がぱバヴガ"),
        ("バ\u200bカ\u2060だ\ufeff", "バカだ"),
        ("死\u202eね\u2066よ\u00ad", "死ねよ"),
        ("葛\U000e0100城市 神\ufe00", "葛城市 神"),
        ("b\u0336a\u0336k\u0336a\u0336 Ｃａｆé", "baka cafe"),
        ("バ\u0e47カ\u0489", "バカ"),
        ("⓪⑨⓪ ❶➁⓷ ⑩⓫", "090 123 1011"),
        ("Ⓑⓐ🅚🄰 𝐛𝕒𝓴𝒂 ʙᴀᴋᴀ", "baka baka baka"),
        ("⑼⑴ ⒝⒜⒦⒜ ⒈⒉", "91 baka 12"),
        ("1\ufe0f\u20e32\ufe0f\u20e3", "12"),
        ("🇧🇦🇰🇦", "baka"),
        ("0Ⅸ0-1234", "090-1234"),
        ("第Ⅲ期", "第iii期"),
        ("㍿㌔㍻℡㏄½", "株式会社キロ平成telcc1/2"),
        ("٠٩٠ ०९० ๐๙๐ 𝟘𝟡𝟘", "090 090 090 090"),
        ("a‐b–c—d−e－f─g➖h", "a-b-c-d-e-f-g-h"),
        ("90ー12ー34", "90-12-34"),
        ("１０時〜１２時", "10時~12時"),
        ("ﾃﾆｽ･卓球•剣道", "テニス・卓球・剣道"),
        ("○◯⭕〇", "〇〇〇〇"),
        ("tаro@exаmple.com", "taro@example.com"),
        ("раураl раура", "paypal paypa"),
        ("ΗΟΤΕL", "hotel"),
        ("神福靖﨑", "神福靖﨑"),
        ("⼥性⼈", "女性人"),
        ("taro [at] example.com", "taro@example.com"),
        ("taro（ａｔ）example（ｄｏｔ）com", "taro@example.com"),
        ("taroアットマークexampleどっとcom", "taro@example.com"),
        ("taro☆example・co・jp", "taro@example.co.jp"),
        ("taro at example dot co dot jp", "taro@example.co.jp"),
        ("taro @ example . co . jp", "taro@example.co.jp"),
        ("bit。ly/abc tinyurl . com", "bit.ly/abc tinyurl.com"),
        ("hxxp://bit．ly/abc hxxps://example[.]com", "http://bit.ly/abc https://example.com"),
        ("a\u3000b\u00a0c\u2003d\u2800e\tf", "a b c d e f"),
        ("ﬁ ﬀ ß ĳ", "fi ff ss ij"),
        ("あ\ud800い", "あ\ufffdい"),
    ],
)
def test_what_is_written_with_tricks_is_read(written, read):
    """
    A text that is written with variants, marks and look-alikes is read as it is seen.
    """
    assert read == fold(written).view


@pytest.mark.parametrize(
    "text",
    [
        "三国志と一番、二重の口座、ロビー、ハ行と八行。",
        "3カ所、カ所、力士、工事、エ場?",
        "〇〇さん、〇月〇日",
        "u.s.a. / e-ラーニング / a・b・c",
        "ん゛ あ゜ (´・ω・`) (゜д゜)",
        "α波、βカロテン、γ線、μm、москва и не это",
        "🇯🇵と🇺🇸、☀🎉👨👩👧",
        "「…」‥。、!? ¥1,000 ※◆■●★☆",
        "アットホームなドットプリンタ、jr☆夏、pta・ptoと・comのある町。net",
        "(1)受付 look at example.com now . japan",
        "ภาษาไทย हिन्दी עברית 한국어 中文",
    ],
)
def test_what_is_honest_stays(text):
    """
    Folding changes nothing in a text that hides nothing.
    """
    assert text == fold(text).view


@pytest.mark.parametrize(
    ("text", "found", "written"),
    [
        ("本当にバ\u200bカだ", "バカ", "バ\u200bカ"),
        ("ﾊﾞｶな", "バカ", "ﾊﾞｶ"),
        ("は㍿です", "株式会社", "㍿"),
        ("連絡は taro [at] example.com へ", "taro@example.com", "taro [at] example.com"),
        ("b\u0336a\u0336!", "ba", "b\u0336a\u0336"),
        ("1\ufe0f\u20e32\ufe0f\u20e3番", "12", "1\ufe0f\u20e32\ufe0f\u20e3"),
        ("全角１２３", "123", "１２３"),
    ],
)
def test_what_is_found_is_named_as_it_was_written(text, found, written):
    """
    The place of what stands in the view is that of the author's own characters.
    """
    folded = fold(text)
    start = folded.view.index(found)
    first, last = folded.span(start, start + len(found))

    assert written == text[first:last]


def test_an_empty_stretch_has_a_place():
    """
    A stretch of no characters lies where the next one begins; behind the last, at the end.
    """
    folded = fold("\u200bﾊﾞ\u200b")

    assert ((1, 1), (4, 4)) == (folded.span(0, 0), folded.span(1, 1))


def test_words_of_packs_are_folded_like_texts():
    """
    A term is folded as a text is.
    """
    assert "キ〇ガイ" == folded_term("ｷ○ｶﾞｲ")


@given(_TEXTS)
@example("a\u0e47а")
@example("8\u0e33")
@example("ʠаȽ⑲・net")
@example("ό Ꮍa\U000116abﺰ")
def test_folding_a_view_changes_nothing(text):
    """
    Folding twice is folding once.
    """
    view = fold(text).view

    assert view == fold(view).view


@given(_TEXTS)
def test_every_place_lies_in_the_text(text):
    """
    Every character of the view comes from some of the text, and they come in order.
    """
    for folded in (fold(text), fold_slowly(text)):
        spans = [folded.span(place, place + 1) for place in range(len(folded.view))]

        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(one <= other for one, other in pairwise(spans))


@given(_TEXTS, st.data())
def test_what_is_not_seen_hides_nothing(text, data):
    """
    Characters that are not seen change no view, wherever they are put.
    """
    place = data.draw(st.integers(0, len(text)))
    hidden = data.draw(st.text(st.sampled_from(_HIDDEN), min_size=1, max_size=3))

    assert fold(text).view == fold(text[:place] + hidden + text[place:]).view


@given(_TEXTS)
def test_fast_is_slow(text):
    """
    Where folding fast says that it is exact, and no tripwire is in the view, it is.
    """
    view = fold_fast(text)

    assert view is None or any(wire in view for wire in TRIPWIRES) or view == fold_slowly(text).view


@given(_TEXTS)
def test_marks_are_noted_while_a_text_is_folded(text):
    """
    What folds fast and notes marks gives the same view, and all marks that were written.
    """
    view, noted = noting("☀-➿！ら")(text)

    assert fold_fast(text) == view
    assert [one for one in text if "☀" <= one <= "➿" or one in "！ら"] == [
        one for one in noted if "☀" <= one <= "➿" or one in "！ら"
    ]


def test_the_tables_agree_with_this_python():
    """
    Decimal digits of all scripts, and whatever NFKC makes ASCII letters and digits of, are read so.
    """
    expected = {}
    for character in map(chr, range(0x80, sys.maxunicode + 1)):
        plain = unicodedata.normalize("NFKC", character).casefold()
        if unicodedata.category(character) == "Nd":
            expected[character] = str(unicodedata.decimal(character))
        elif plain.isascii() and plain.isalnum():
            expected[character] = plain

    assert expected == {character: fold(character).view for character in expected}


def test_nothing_of_the_format_category_is_read():
    """
    Of the characters that Unicode calls format controls, those are not read that are not seen.
    """
    seen = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character) == "Cf" and fold(character).view
    }

    # Signs before Arabic, Syriac and Kaithi numbers, and in hieroglyphs, which are seen.
    assert {unicodedata.name(character).split()[0] for character in seen} <= {
        "ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"
    }  # fmt: skip


def test_homoglyphs_are_folded_to_small_letters():
    """
    Whatever looks like a Latin letter is read as one of a to z beside such letters.
    """
    views = {character: fold(f"b{character}k").view for character in _folds.HOMOGLYPHS}

    assert {character: f"b{look}k" for character, look in _folds.HOMOGLYPHS.items()} == views


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in addresses.DISGUISES])
@settings(max_examples=25)
@given(st.data())
def test_no_disguise_without_a_tripwire(pattern, data):
    """
    Where an address is disguised, a tripwire says so.
    """
    text = data.draw(st.from_regex(pattern))

    assert any(wire in text for wire in TRIPWIRES)


@given(st.lists(st.text(st.sampled_from("ｷ○ｶﾞさんX３ー㍿а@☆\n\ue000\u200b\uffff🎉"), max_size=5), max_size=6))
def test_words_folded_at_once_are_as_folded_one_by_one(terms):
    """
    Words of a pack are folded together; one does not change another, whatever it holds.
    """
    assert [folded_term(term) for term in terms] == folded_terms(terms)

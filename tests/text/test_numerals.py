from __future__ import annotations

import pytest

from civicsns.policy.tree import Tree
from civicsns.policy.trial import _Machine
from civicsns.text.folding import fold
from civicsns.text.numerals import _AMOUNT, _DOTTED, amounts


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("個人番号は九八七六五四三二一〇九三", "個人番号は987654321093"),
        ("電話は〇九〇 一二三四 五六七八まで", "電話は090 1234 5678まで"),
        ("○九○ー一二三四ー五六七八", "090-1234-5678"),
        ("〡〢〣〤〥〦〧〨〩〇〡〢", "123456789012"),
        ("壱弐参四五六七八九零壱弐", "123456789012"),
        ("090一1234一5678", "090-1234-5678"),
        ("O9O-l234-5678", "090-1234-5678"),
        ("０・９・０・1・2・3・4・5・6・7・8", "0 9 0 1 2 3 4 5 6 7 8"),
        ("0🍎9🍎0🍎1🍎2🍎3🍎4🍎5", "0 9 0 1 2 3 4 5"),
        ("0\n9\n0\n1\n2\n3\n4\n5", "0 9 0 1 2 3 4 5"),
        ("090_1234_5678", "090-1234-5678"),
        ("090・1234・5678", "090-1234-5678"),
        ("1234●5678●9018", "1234-5678-9018"),
        ("①090-1234-5678", " 090-1234-5678"),
        ("⑩090-1234-5678", "  090-1234-5678"),
        ("⓪90-1234-5678", "090-1234-5678"),
        ("⓪⑨⓪①②③④⑤⑥⑦⑧", "09012345678"),
        ("ゼロ九ゼロいち二さん四ごろくナナ8", "0 90 1 23 456 7 8"),
        ("ぜろキュー0の1234の5678", "0 9  0の1234の5678"),
    ],
)
def test_numbers_in_disguise(text, read):
    """
    Somebody who looks for numbers sees them through kanji, letters, symbols and whatever separates them.
    """
    assert read == fold(text).digits


@pytest.mark.parametrize(
    "text",
    [
        "北陸0120-123-456、第一0120-123-456",
        "2026/11/23 10:00~12:00 (123.45)",
        "2024・2025・2026年度、1,234,567円",
        "人口:473,828[-1,151]、世帯数:220,830[+223]",
        "silicon 1234567890 oil",
    ],
)
def test_honest_numbers(text):
    """
    What stands between or before honest numbers stays.
    """
    assert text == fold(text).digits


@pytest.mark.parametrize("pattern", [_AMOUNT, _DOTTED])
@pytest.mark.parametrize("piece", ["〇", "一", "〇一", "一十", "一〇十", "壱"])
def test_a_row_of_kanji_digits_without_an_end_is_not_read_again_and_again(pattern, piece):
    """
    With a row of numerals four times as long, no character of it takes more steps.
    """
    machine = _Machine(Tree(pattern.pattern))
    short, long = ((piece * size)[:size] + "あ" for size in (400, 1600))

    assert machine.steps(long) / len(long) <= 1.1 * machine.steps(short) / len(short)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("三百二十円と〇〇〇", [(0, 4, "320")]),
        ("一〇〇〇年、昭和三十八.十一.三", [(8, 16, "38.11.3")]),
        ("一二三人", [(0, 3, "123")]),
        ("五月三日", [(0, 1, "5"), (2, 3, "3")]),
    ],
)
def test_numbers_in_kanji(text, read):
    """
    A number in kanji that counts something, or a date by its parts, is one; zeros at the very end are none.
    """
    assert read == amounts(text)

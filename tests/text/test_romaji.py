"""Japanese written in Latin letters is read as kana, and what is no Japanese is left alone."""

from __future__ import annotations

import pytest

from civicsns.text import romaji


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("senkyo", "せんきょ"),
        ("touhyou", "とうひょう"),
        ("nyuusatsu", "にゅうさつ"),
        ("kin'en", "きんえん"),
        ("gakkou", "がっこう"),
        ("matcha", "まっちゃ"),
        ("sinbun", "しんぶん"),
        ("shimbun", "しんぶん"),
        ("tyousa", "ちょうさ"),
    ],
)
def test_words_are_read_as_kana(word: str, expected: str) -> None:
    """Hepburn's spelling and that of the schools are read alike."""
    assert romaji.kana(word) == expected


@pytest.mark.parametrize("word", ["street", "https", "website", "north", ""])
def test_other_words_are_none(word: str) -> None:
    """A word that has syllables which Japanese has not is no romaji."""
    assert not romaji.kana(word)


def test_a_row_of_words_is_read_with_its_particles() -> None:
    """Particles are written as they are in kana, and the spaces between the words belong to them."""
    view = "kaigi wa asa"

    assert [text for _, _, text in romaji.stretches(view)] == ["かいぎ", "は", "あさ"]


def test_an_address_is_no_romaji() -> None:
    """The parts of an address are not read."""
    assert romaji.stretches("https://www.sakura.example/kaigi") == []


@pytest.mark.parametrize(
    ("view", "expected"),
    [("会議はasakara", True), ("会議は朝から", False), ("https://example.com/asa", False), ("the street", False)],
)
def test_texts_without_romaji_are_told_at_once(view: str, expected: bool) -> None:
    """An address and a word of another language are none."""
    assert romaji.may_hold(view) == expected


def test_letters_are_known_by_their_names() -> None:
    """The name of a letter beside another letter is that letter."""
    assert romaji.letters("dえむで") == [(1, 3, "m")]
    assert romaji.letters("ディーエムで") == [(0, 5, "dm")]
    assert romaji.letters("アイス") == []

"""A text is read again with the words of the rules in their usual form, where somebody writes them otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.model import Context, Draft, Finding, Severity
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.policy.restoring import Restorer
from civicsns.policy.sounds import readings, sounding, vocabulary
from civicsns.text.folding import fold

_POLICY = Policy(builtin("jp-municipal"))
_RESTORER = Restorer(lambda: vocabulary(_POLICY.detectors))


def _views(text: str) -> list[str]:
    return [whole.view for whole, _ in _RESTORER.restored(fold(text))]


def _found(text: str) -> list[Finding]:
    said: Any = _POLICY.check(Draft(author="1", text=text, accounts=("a",)), Context())
    return [one for one in said if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("せんきょの話", "選挙の話"),
        ("センキョの話", "選挙の話"),
        ("選きょの話", "選挙の話"),
        ("せん挙の話", "選挙の話"),
        ("センキョーの話", "センキョーの話"),
        ("senkyo no hanashi", "選挙の話"),
        ("選〇の話", "選挙の話"),
        ("せ〇きょの話", "選挙の話"),
        ("せ、んきょの話", "せ、んきょの話"),
        ("選擧の話", "選挙の話"),
        ("と〜ひょ〜の話", "投票の話"),
        ("よてい価格は三千五百万円", "予定価格は3500万円"),
        ("会費は五〇〇円", "会費は500円"),
    ],
)
def test_a_word_is_put_into_its_usual_form(text: str, expected: str) -> None:
    """Kana for kanji, half of it, romaji, a letter left out, an old form, a long vowel, a number in kanji."""
    assert expected in [*_views(text), fold(text).view]


def test_letters_of_an_ordinary_text_stay() -> None:
    """A bullet, and a placeholder for a date, are no letters left out."""
    text = "■くらしの相談\n〇月〇日（〇）午後"

    assert all(view.startswith("■くらしの相談\n〇月〇日") for view in _views(text))


def test_a_word_of_the_rules_is_left_whole() -> None:
    """What stands as the rules have it is not taken for parts of other words: ない and よう are no 内容 behind 教え."""
    assert not any("教え内容" in view for view in _views("ぱすわーどを他人に教えないようにしましょう。"))


def test_a_short_word_is_not_heard() -> None:
    """Three kana in a sentence may be anything."""
    assert "ばかり" in (_views("今年ばかり") or ["ばかり"])[0]


def test_what_is_found_so_is_a_guess() -> None:
    """It names the author's own words, and blocks nothing."""
    text = "こんどのせ〇きょは大川候補に投〇してください"
    found = [one for one in _found(text) if one.family == "POL"]

    assert found
    assert {one.severity for one in found} <= {Severity.REVIEW, Severity.ADVISE}
    assert all(one.span and "候補" in text[one.span.start : one.span.end] for one in found)


def test_the_table_has_what_it_needs() -> None:
    """The words sound as they are read, and none of the signs is so short that each text has it."""
    assert readings()["選挙"] == "せんきょ"
    assert "とうひょう" in sounding()
    assert "障がい" not in sounding()


@given(st.text(alphabet="せんきょ選挙とうひょう投票〇*.・ 〜ーabcdeiou一二三億万円\n\u200bｾﾝｷｮ゛", max_size=30))
def test_every_place_has_its_origin(text: str) -> None:
    """Whatever is restored, each of its letters comes from somewhere in the text, in order."""
    for whole, _ in _RESTORER.restored(fold(text)):
        spans = [whole.span(place, place + 1) for place in range(len(whole.view))]

        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert spans == sorted(spans)

"""Detectors of words: what they find, and what they leave alone."""

from __future__ import annotations

import pytest
from small_packs import words

TERMS = {"kind": "terms", "terms": ["バカ", "死ね", "pr"], "except": ["バカ貝", "死ねない"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("あのバカに言え。", ["バカ"]),
        ("バカ、バカ。", ["バカ", "バカ"]),
        ("この ＰＲ です", ["ＰＲ"]),
        ("バカ\u200bに言え", ["バカ"]),
        ("バ\u200bカに言え", ["バ\u200bカ"]),
    ],
)
def test_terms_are_found_where_they_stand(text: str, found: list[str]):
    """A word is found as often as it stands there, and named as the author wrote it."""
    assert found == words(TERMS, text)


@pytest.mark.parametrize(
    "text", ["バカンスの季節", "ムバカさん", "プロフィール profile", "バカ貝の料理", "死ねない理由"]
)
def test_terms_inside_other_words_are_innocent(text: str):
    """Katakana and Latin words count whole, and the words of `except` make what is inside them innocent."""
    assert [] == words(TERMS, text)


def test_an_innocent_word_covers_no_other():
    """An innocent word protects what stands in it, not what stands beside it."""
    assert ["バカ"] == words(TERMS, "バカ貝を見てバカと言う")


MASKED = {"kind": "terms", "terms": ["キチガイ", "バカ", "めくら", "死ね"], "except": ["バカンス"], "masked": True}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("あいつはキ○ガイだ", ["キ○ガイ"]),
        ("あいつは〇チガイだ", ["〇チガイ"]),
        ("あいつはキ＊＊イだ", ["キ＊＊イ"]),
        ("あのバ×が", ["バ×"]),
        ("○カ所あります", []),
        ("■くらしき市", []),
        ("バ○ケットの会", []),
        ("クラバ○", []),
        ("死○者の数", []),
    ],
)
def test_a_letter_left_out(text: str, found: list[str]):
    """With `masked` a letter may be left out, where enough of the word is left and no longer word is meant."""
    assert found == words(MASKED, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("この バ カ が", ["バ カ"]),
        ("バ・カだ", ["バ・カ"]),
        ("バ🎉カ", ["バ🎉カ"]),
        ("バ力な人", ["バ力"]),
        ("おまえは死　ね", ["死　ね"]),
        ("キ チ ガ イ", ["キ チ ガ イ"]),
        ("バ カ ン ス", []),
        ("バカとバ カ", ["バカ", "バ カ"]),
        ("かばカード", []),
    ],
)
def test_a_word_taken_apart(text: str, found: list[str]):
    """A word is found though its letters stand apart or look like others, unless what is read so is innocent."""
    assert found == words(MASKED, text)


def test_a_word_taken_apart_needs_no_mark_in_the_pack():
    """Letters apart are looked for in all words; letters left out only where the pack says so."""
    plain = {"kind": "terms", "terms": ["バカ"]}

    assert ["バ カ"] == words(plain, "バ カ")
    assert [] == words(plain, "バ○")


def test_words_that_speak_against_a_term():
    """A word of `none` silences the rule; with `none_window`, only near what was found; `none_overrides` undoes it."""
    near = {"kind": "terms", "terms": ["拡散"], "none": ["注意"], "none_window": 4, "none_overrides": ["至急"]}

    assert [] == words(near | {"none_window": 20}, "拡散してください。ご注意")
    assert ["拡散"] == words(near, "拡散してください。くれぐれもご注意")
    assert [] == words(near, "拡散に注意")
    assert ["拡散"] == words(near, "至急拡散、注意")
    assert [] == words(
        {"kind": "terms", "terms": ["拡散"], "none": ["注意"]}, "拡散してください。" + "あ" * 100 + "注意"
    )


NEAR = {"kind": "near", "groups": [["予定価格"], ["円", "万円"]], "window": 10}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("予定価格は4,500万円です", ["予定価格は4,500万円"]),
        ("4,500円が予定価格です", ["円が予定価格"]),
        ("予定価格はまだ誰も知らないのです、円", []),
        ("予定価格は未定。会費は5円", []),
        ("予定価格！5円", []),
    ],
)
def test_words_near_each_other(text: str, found: list[str]):
    """A word of each group must stand in the window, on either side, in the same sentence."""
    assert found == words(NEAR, text)


def test_near_across_sentences():
    """With `across`, the end of a sentence does not matter."""
    assert ["予定価格は未定。会費は5円"] == words(NEAR | {"across": True}, "予定価格は未定。会費は5円")


def test_near_takes_the_nearest_words():
    """Of several words of a group the nearest counts, so that the finding names no more than it must."""
    text = "円、円。円と予定価格は円、円、円"

    assert ["円と予定価格"] == words(NEAR, text)


def test_near_finds_each_of_its_places_once():
    """What was found twice in a text is named twice."""
    assert ["予定価格5円", "予定価格7円"] == words(NEAR, "予定価格5円と、それから予定価格7円")


def test_near_with_a_pattern_in_a_group():
    """An entry `re:` is a pattern, looked for around the words of the other group."""
    table = {"kind": "near", "groups": [["生活保護"], ["re:[一-龥]{2,4}(?:さん|様)(?!の皆)"]], "window": 10}

    assert ["生活保護の田中さん"] == words(table, "生活保護の田中さんです")
    assert [] == words(table, "生活保護の市民さんの皆様")
    assert [] == words(table, "生活保護についてのお知らせをご覧ください、田中さん")


def test_near_names_a_list():
    """A group may be a list's name, or hold one as `@name` among words."""
    table = {"kind": "near", "groups": [["@crime", "偽者"], "people"], "window": 5}
    lists = {"crime": ["詐欺師"], "people": ["店主"]}

    assert ["店主は詐欺師"] == words(table, "店主は詐欺師だ", lists=lists)
    assert ["偽者の店主"] == words(table, "偽者の店主", lists=lists)


def test_near_is_silenced():
    """A word of `none` silences it, unless one of `none_overrides` is there."""
    table = NEAR | {"none": ["公告"], "none_overrides": ["内緒"]}

    assert [] == words(table, "公告：予定価格5円")
    assert ["予定価格5円"] == words(table, "公告：予定価格5円、内緒")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("避難指示を出しました", ["避難指示"]),
        ("15時、避難指示を出しました", []),
        ("避難指示とは何か", []),
        ("何もありません", []),
    ],
)
def test_what_must_be_said_too(text: str, found: list[str]):
    """`require` finds the word beside which something is missing; words of `none` excuse it."""
    table = {"kind": "require", "if_any": ["避難指示"], "must_match": [r"[0-9]{1,2}時"], "none": ["とは"]}

    assert found == words(table, text)


def test_all_that_must_be_said():
    """Each of the patterns must match somewhere."""
    table = {"kind": "require", "if_any": ["避難指示"], "must_match": ["[0-9]時", "地区"]}

    assert ["避難指示"] == words(table, "5時に避難指示")
    assert [] == words(table, "5時に若葉地区に避難指示")


def test_a_pattern_is_tried_where_a_trigger_stands():
    """Without one of its triggers a pattern is not looked for."""
    table = {"kind": "regex", "pattern": r"[0-9]{7,8}", "triggers": ["口座"]}

    assert ["１２３４５６７"] == words(table, "口座は１２３４５６７")
    assert [] == words(table, "番号は1234567")


def test_a_pattern_in_the_window_of_its_triggers():
    """With `window` the match must lie around a trigger, and what follows the window still counts for lookaheads."""
    table = {"kind": "regex", "pattern": r"[0-9]{3}(?![0-9]|番)", "triggers": ["口座"], "window": 5}

    assert ["123"] == words(table, "口座は123です")
    assert [] == words(table, "口座はこちらです123")
    assert [] == words(table, "口座はあ123番")
    assert ["123", "456"] == words(table, "123口座と口座456")


def test_a_pattern_in_its_context():
    """A word of `context` must stand near the match, on either side; without triggers it makes the pattern tried."""
    table = {"kind": "regex", "pattern": "[a-z]{2}[0-9]{7}", "triggers": [], "context": ["旅券"], "context_window": 4}

    assert ["TR1234567"] == words(table, "旅券番号TR1234567")
    assert ["TR1234567"] == words(table, "TR1234567の旅券")
    assert [] == words(table, "品番TR1234567")
    assert [] == words(table, "旅券とは別に、品番TR1234567")
    assert ["TR1234567"] == words(table | {"context_window": 20}, "旅券とは別に、品番TR1234567")


def test_a_pattern_with_triggers_and_context():
    """Where there are both, the trigger is part of the match and the context anywhere."""
    table = {"kind": "regex", "pattern": "第[0-9]{3}", "triggers": ["第"], "context": ["旅券"]}

    assert ["第123"] == words(table, "第123号" + "あ" * 100 + "旅券")
    assert [] == words(table, "第123号")


def test_a_pattern_with_an_innocent_list_and_a_guard():
    """A match in `allow_list` is innocent; without a match of `guard` nothing is looked for."""
    table = {"kind": "regex", "pattern": "[0-9]{3}", "triggers": ["口座"], "allow_list": "ours", "guard": "振込"}

    assert ["456"] == words(table, "振込口座 123、456", lists={"ours": ["１２３"]})
    assert [] == words(table, "口座 456", lists={"ours": []})


def test_a_pattern_on_the_text_as_written():
    """With `view = "raw"` the pattern sees full-width letters, and `marks` say without which there is nothing."""
    table = {"kind": "regex", "pattern": "[Ａ-Ｚ]{2,}", "triggers": [], "view": "raw", "marks": "Ａ-Ｚ"}

    assert ["ＡＢ"] == words(table, "これはＡＢです")
    assert [] == words(table, "これはABです")

from __future__ import annotations

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from civicsns.errors import BadInput, TextTooLong
from civicsns.language import Language
from civicsns.text import Measure, entities, extract_hashtags, extract_urls, measure, split
from civicsns.text.breaks import WHITE
from civicsns.text.measures import mastodon_links

_NOTICE = """\
【お知らせ】青葉市では、十一月二十三日（日）午前九時から、市内全域で総合防災訓練を行います。当日は、防災行政無線（屋外スピーカー）からサイレンが鳴りますので、火災などとお間違えのないようご注意ください。「訓練、訓練」と繰り返し放送します。

・場所：青葉小学校、青葉中学校
・持ち物：飲み物、軍手、雨具

詳しくは市のホームページ（https://www.city.aoba.example.jp/bousai/kunren.html）をご覧いただくか、防災課（電話03-1234-5678）までお問い合わせください。#青葉市 #防災訓練 皆様のご参加をお待ちしております！！
"""
_OPENING = "([{（［｛「『【〈《〔“‘"
_CLOSING = ")]}）］｝」』】〉》〕”’。、．，！？!?.,"

_WORDS = st.sampled_from(
    [
        "青葉市", "お知らせ", "です", "を", "行います", "。", "、", "「", "」", "（", "）", "カード", "！", "？", "ー", "っ", "・",
        " ", " ", "\n", "\n\n", "　", "https://example.jp/a_(b)", "example.com", "#青葉", "＃タグ", "@aoba", "$AB", "#", "@", ".",
        "👨‍👩‍👧", "🇯🇵", "か\u3099", "word", "3", "時", "a.b", "(", ")", "'", '"', "RT", ":", "\u200b", "é", "한국어", "\u0301", "ｶﾞ",
    ]
)  # fmt: skip
_TEXTS = st.lists(_WORDS, min_size=1, max_size=80).map("".join)


def _whole(parts: tuple[str, ...], numbering: str) -> list[str]:
    """Take the numbers off again."""
    if len(parts) == 1 or not numbering:
        return list(parts)
    bare = []
    for number, part in enumerate(parts, 1):
        end = " " + numbering.format(number=number, total=len(parts))
        assert part.endswith(end)
        bare.append(part[: -len(end)])
    return bare


def _gaps(text: str, parts: list[str]) -> list[str]:
    """Give what stands before, between and behind the parts in the text, or fail where they do not make it up."""
    gaps: list[str] = []
    for part in parts:
        white = len(text) - len(text.lstrip(WHITE))
        # A part begins with a space where a combining mark stands on it.
        gap = max((length for length in range(white + 1) if text.startswith(part, length)), default=None)
        assert gap is not None
        gaps.append(text[:gap])
        text = text[gap + len(part) :]
    return [*gaps, text]


def _linked(text: str, by: Measure) -> set[tuple[int, int]]:
    if by is Measure.MASTODON:
        tags = {(tag.start, tag.end) for tag in extract_hashtags(text)}
        return tags | {(link.start, link.end) for link in mastodon_links(text)}
    return {(found.start, found.end) for found in (*entities(text), *extract_urls(text))}


def test_a_text_that_fits_comes_back_as_it_is():
    """
    A text that fits is one part without number, white space and all.
    """
    text = " 青葉市です。\n"

    assert (text,) == split(text, by=Measure.X, maximum=280)
    assert ("",) == split("", by=Measure.X, maximum=280)


def test_a_notice_is_cut_at_its_paragraphs():
    """
    A notice of two posts is cut at the blank line nearest to the end of the first post.
    """
    parts = split(_NOTICE, by=Measure.X, maximum=280)

    assert parts[0].endswith("「訓練、訓練」と繰り返し放送します。 (1/2)")
    assert parts[1].startswith("・場所：")


def test_sentences_clauses_and_phrases():
    """
    Without a paragraph's end in reach the cut is at a sentence's end, then at a clause's, then before a new word.
    """
    sentence = "青葉市の広報です。今日は晴れです。"
    clause = "青葉市では、今日は晴れです、明日は"
    phrase = "青葉市の防災課から市民の皆様"

    assert ("青葉市の広報です。", "今日は晴れです。") == split(sentence, by=Measure.X, maximum=32, numbering="")
    assert ("青葉市では、今日は晴れです、", "明日は") == split(clause, by=Measure.X, maximum=30, numbering="")
    assert ("青葉市の防災課から", "市民の皆様") == split(phrase, by=Measure.X, maximum=22, numbering="")


def test_western_text_is_cut_between_words():
    """
    Words that spaces delimit stay whole.
    """
    parts = split("The drill starts at nine. Sirens will sound; do not worry.", by=Measure.X, maximum=40)

    assert ("The drill starts at nine. (1/2)", "Sirens will sound; do not worry. (2/2)") == parts


def test_numbers_grow_digits():
    """
    With ten parts and more, each number still fits into its part, and so does the total.
    """
    text = "あ" * 400
    parts = split(text, by=Measure.X, maximum=40)

    assert len(parts) >= 10
    assert all(measure(part, Measure.X) <= 40 for part in parts)
    assert [f"({number}/{len(parts)})" for number in range(1, len(parts) + 1)] == [
        part.rpartition(" ")[2] for part in parts
    ]


@pytest.mark.parametrize("numbering", ["", "[{number}]", "（{number}／{total}）", "{{{number}}}"])
def test_numbering_is_the_callers(numbering):
    """
    The numbering is a format; an empty one adds nothing.
    """
    parts = split("青葉市です。今日は晴れです。明日も晴れです。", by=Measure.X, maximum=34, numbering=numbering)

    assert "青葉市です。今日は晴れです。明日も晴れです。" == "".join(_whole(parts, numbering))


@pytest.mark.parametrize(
    "numbering",
    [
        "{total}",
        "{0}",
        "{number.real}",
        "{number!r}",
        "{number:03}",
        "{",
        "@a{number}",
        "#第{number}回",
        "a{number}.com",
    ],
)
def test_numbering_that_cannot_be_used_is_refused(numbering):
    """
    A numbering without number, with other fields, or that would become a link, is refused before anything is cut.
    """
    with pytest.raises(BadInput, match="numbering"):
        split("青葉市", by=Measure.X, maximum=280, numbering=numbering)


@pytest.mark.parametrize(
    "text",
    [
        "#" + "あ" * 200,
        "a" * 300,
        "https://example.com/" + "a" * 300 + " あ" * 140,
        "！" * 200,
        "（" * 200,
        "👩\u200d" * 300,
        " " * 300,
    ],
)
def test_what_has_no_place_to_cut_is_too_long(text):
    """
    One word, tag or run of marks longer than a post cannot be split, and the error says so in both languages.
    """
    by = Measure.FACEBOOK if text.startswith("https") else Measure.X

    with pytest.raises(TextTooLong) as caught:
        split(text, by=by, maximum=280)

    assert "text" == caught.value.place
    assert "分けられません" in caught.value.in_(Language.JA)
    assert "Nothing was sent" in caught.value.in_(Language.EN)


def test_a_part_without_room_for_its_number_is_too_long():
    """
    A maximum that the number alone uses up is refused, not cut for ever.
    """
    with pytest.raises(TextTooLong):
        split("青葉市です。", by=Measure.X, maximum=6)


def test_a_cut_makes_no_cashtag():
    """
    What is no cashtag, because a letter follows, does not become one by a cut before that letter.
    """
    with pytest.raises(TextTooLong):
        split("$AB漢字", by=Measure.X, maximum=4, numbering="")


def test_a_long_url_takes_23():
    """
    A URL of 300 characters takes 23 of a part on X, and is not cut.
    """
    url = "https://example.com/" + "a" * 280
    parts = split(f"青葉市の皆様へお知らせします。詳しくは{url} をご覧ください。", by=Measure.X, maximum=60)

    assert [url] == [found.value for part in parts for found in entities(part)]


def test_what_counts_more_in_its_place_than_alone():
    """
    What weighs more in its place than by itself is weighed in its place: "-RT.jp" is a URL behind Japanese only.
    """
    text = "RT、、-RT.jp"

    assert 29 == measure(text, Measure.X)
    assert 6 == measure("-RT.jp", Measure.X)
    with pytest.raises(TextTooLong):
        split(f"{text} {text}", by=Measure.X, maximum=20, numbering="")


def test_no_part_gains_a_link():
    """
    A domain that is no link, because the Japanese label before it is too long, does not become one by a cut.
    """
    text = "青葉市の皆様。" * 27 + "example.com"
    parts = split(text, by=Measure.X, maximum=200)

    assert () == entities(text)
    assert [()] * len(parts) == [entities(part) for part in parts]


@settings(max_examples=400)
@given(_TEXTS, st.sampled_from(Measure), st.integers(30, 90), st.sampled_from(["({number}/{total})", ""]))
def test_every_part_is_sound(text, by, maximum, numbering):
    """
    Parts fit, make up the text, cut no entity and no grapheme, gain no link, and observe 禁則.
    """
    try:
        parts = split(text, by=by, maximum=maximum, numbering=numbering)
    except TextTooLong:
        assume(False)
    assert all(measure(part, by) <= maximum for part in parts)

    bare = _whole(parts, numbering)
    if len(parts) == 1:
        assert text.strip(WHITE) == parts[0].strip(WHITE)
        return

    gaps = _gaps(text, bare)
    assert all(not gap.strip(WHITE) for gap in gaps)
    assert text == "".join(gap + part for gap, part in zip(gaps, [*bare, ""], strict=True))
    assert all(bare)

    clusters = {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
    expected = _linked(text, by)
    kept: set[tuple[int, int]] = set()
    position = 0
    for gap, part, sent in zip(gaps, bare, parts, strict=False):
        position += len(gap)
        assert position in clusters
        kept |= {(start + position, end + position) for start, end in _linked(sent, by)}
        position += len(part)
        assert position in clusters
    assert expected == kept

    assert not any(part[-1] in _OPENING for part in bare[:-1])
    assert not any(part[0] in _CLOSING for part in bare[1:])


@settings(max_examples=100)
@given(_TEXTS, st.sampled_from(Measure))
def test_short_texts_are_never_touched(text, by):
    """
    Whatever fits is returned unchanged.
    """
    assert (text,) == split(text, by=by, maximum=10_000)

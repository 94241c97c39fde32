"""Names of persons are found, and what only looks like one is left alone."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civicsns.model import Context, Draft, Severity
from civicsns.policy.detect.base import CannotTell, Words
from civicsns.policy.detect.name import Name
from civicsns.policy.names import Kind, find_names, reading
from civicsns.policy.scan import Scan
from civicsns.text.folding import fold


def found(text, **options):
    return [(text[name.start : name.end], name.kind) for name in find_names(text, **options)]


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("窓口に来られた佐々木健一様の件です。", "佐々木健一", Kind.FULL),
        ("申請者の田中さん、至急ご連絡を。", "田中", Kind.HONORIFIC),
        ("講師は山田 太郎さんです。", "山田 太郎", Kind.FULL),
        ("講師：諸隈太郎氏", "諸隈太郎", Kind.FULL),
        ("口座名義 ヤマモト タロウ", "ヤマモト タロウ", Kind.FULL),
        ("タモリさんが来ます。", "タモリ", Kind.HONORIFIC),
        ("ジョン・スミスが来庁しました。", "ジョン・スミス", Kind.FULL),
        ("林さんに聞きました。", "林", Kind.HONORIFIC),
        ("職員の斉藤は休みです。", "斉藤", Kind.BARE),
        ("山本課長に相談しました。", "山本", Kind.BARE),
    ],
)
def test_a_name_is_found_without_its_honorific(text, name, kind):
    """
    A name is found with its kind; honorific and title stay outside.
    """
    assert [(name, kind)] == found(text)


@pytest.mark.parametrize(
    "text",
    [
        "千葉県、山口市、松本城のPRイベントを開催します。",
        "鈴木商店の跡地に施設が完成しました。",
        "松本駅前で配ります。",
        "水島コンビナートの夜景です。",
        "皆さん、○○さん、Aさん、お客さん、市長、お母さん",
        "赤ちゃん訪問のご案内。",
        "神様、王様、仏様",
        "スポーツセンターでイベント・セミナーを開きます。",
        "投票日のお知らせ",
        "バカンスの季節です。",
        "",
    ],
)
def test_places_shops_and_placeholders_are_no_names(text):
    """
    What only looks like a name is none.
    """
    assert [] == found(text)


def test_a_local_place_is_a_name_only_with_an_honorific_or_a_given_name():
    """
    水島 alone is the place that the city's list says; 水島さん is a person.
    """
    innocent = frozenset({"水島"})

    assert [] == found("水島が会場です。", innocent=innocent)
    assert ["水島"] == [name for name, _ in found("水島が会場です。")]
    assert [("水島", Kind.HONORIFIC)] == found("水島さんが会場です。", innocent=innocent)
    assert [("水島健一", Kind.FULL)] == found("水島健一が会場です。", innocent=innocent)


def matches(text, table, lists=None):
    folded = fold(text)
    scan = Scan(folded, context=Context(), draft=Draft(author="1001", accounts=("x",), text=text))
    detector = Name.of(table, Words(lists or {}))
    return [
        (text[span.start : span.end], match.severity) for match in detector.find(scan, []) if (span := scan.span(match))
    ]


def test_a_name_of_one_part_is_advice():
    """
    A full name and one with an honorific weigh what the rule says; a bare one less.
    """
    table = {"kind": "name", "require": "full_or_honorific"}

    assert [("佐々木健一", None), ("田中", None), ("斉藤", Severity.ADVISE)] == matches(
        "佐々木健一が、田中さんと、職員の斉藤は", table
    )
    assert [("斉藤", None)] == matches("職員の斉藤は", {"kind": "name"})


def test_a_public_figure_may_be_named():
    """
    A public figure's name is no finding, nor surname and title where the list has them together; a namesake is one.
    """
    table = {"kind": "name", "allow_list": "public_figures"}
    lists = {"public_figures": ["佐藤一郎", "佐藤市長"]}

    assert [] == matches("佐藤一郎さんと佐藤市長が", table, lists)
    assert ["佐藤"] == [name for name, _ in matches("佐藤さんが", table, lists)]
    assert ["佐藤一郎太"] == [name for name, _ in matches("佐藤一郎太さんが", table, lists)]


def test_the_place_is_the_one_in_the_authors_own_text():
    """
    Full-width spaces and invisible characters move no span.
    """
    assert ["田\u200b中"] == [name for name, _ in matches("申請者の田\u200b中さん", {"kind": "name"})]
    assert ["山田　太郎"] == [name for name, _ in matches("\u2060講師は\u2060山田　太郎さん", {"kind": "name"})]


def test_without_the_dictionary_the_rule_says_that_it_cannot_tell(monkeypatch):
    """
    Where the extra is not installed, the rule is reported as not run, with the command that mends it.
    """
    reading._dictionary.cache_clear()
    monkeypatch.setitem(sys.modules, "sudachipy", None)
    monkeypatch.setattr(reading, "_readers", type(reading._readers)())
    try:
        with pytest.raises(CannotTell) as caught:
            matches("申請者の田中さん", {"kind": "name"})
    finally:
        reading._dictionary.cache_clear()

    assert "civicsns[names]" in caught.value.reason.en
    assert "civicsns[names]" in caught.value.reason.ja


def test_threads_do_not_share_a_reader():
    """
    Many threads at once find what one finds.
    """
    texts = ["申請者の田中さん、至急ご連絡を。", "ジョン・スミスが来庁しました。"] * 200
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(found, texts))

    assert [found(text) for text in texts] == together


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("田中山本健一太郎さん様・ジョンスミス はがの、。()「」A1\U0001f600\n"), max_size=60))
def test_every_span_is_valid_whatever_the_text(text):
    """
    Spans are in order, do not overlap, are not empty and lie in the text.
    """
    names = find_names(text)
    edges = [edge for name in names for edge in (name.start, name.end)]

    assert sorted(edges) == edges
    assert all(0 <= name.start < name.end <= len(text) for name in names)


def test_a_long_hostile_text_is_read():
    """
    A text of nothing but names, longer than the dictionary takes at once, is read through.
    """
    names = find_names("田中さん" * 10_000)

    assert 10_000 == len(names)

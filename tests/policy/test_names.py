"""Names of persons are found, and what only looks like one is left alone."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civicsns.model import Context, Draft, Severity
from civicsns.policy.detect.base import CannotTell, Words
from civicsns.policy.detect.name import Name
from civicsns.policy.names import Kind, evidence, find_names, reading, weights, windows
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
        ("原告側の中村弁護士は会見で話した。", "中村", Kind.BARE),
        ("窓口の池田です。", "池田", Kind.BARE),
        ("北朝鮮の李登輝総統が", "李登輝", Kind.FULL),
        ("作曲家の井上ヨシマサが来ます。", "井上ヨシマサ", Kind.FULL),
        ("本日の係は Hanako Suzuki です。", "Hanako Suzuki", Kind.FULL),
        ("YAMADA, Taro の件", "YAMADA, Taro", Kind.FULL),
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
        "鈴木商店と田中屋の跡地です。",
        "若葉市栄町2丁目の広場です。",
        "松本駅前で配ります。",
        "水島コンビナートの夜景です。",
        "皆さん、○○さん、Aさん、お客さん、市長、お母さん",
        "赤ちゃん訪問のご案内。",
        "神様、王様、仏様",
        "スポーツセンターでイベント・セミナーを開きます。",
        "投票日のお知らせ",
        "バカンスの季節です。",
        "ローソンで、ピラティスの券を買えます。",
        "広島、長崎、福島で開催します。",
        "Chiba City and Yamaguchi Prefecture",
        "本田技研工業と三井住友銀行。",
        "平成30年、昭和の日、令和6年。",
        "",
    ],
)
def test_places_shops_and_placeholders_are_no_names(text):
    """
    What only looks like a name is none.
    """
    assert [] == found(text)


def test_who_was_named_in_full_is_known_by_the_surname():
    """
    A part of a foreign name that stands alone in the same text is a name too, which it is not by itself.
    """
    assert [] == found("皆がペロポネを見た。")
    assert ["ジョン・ペロポネ", "ペロポネ"] == [
        name for name, _ in found("ジョン・ペロポネが来た。皆がペロポネを見た。")
    ]


@pytest.mark.parametrize(
    ("text", "announced"),
    [
        ("講師：山田太郎氏", True),
        ("山田太郎氏（舞踊家）による講座。", True),
        ("■山田太郎さんの作品展", True),
        ("詳しくは、山田氏【電話】まで。", True),
        ("山田太郎選手が来ます。", True),
        ("織田信長ゆかりの城跡です。", True),
        ("申請者の山田太郎さんに連絡しました。", False),
        ("山田太郎様の件です。", False),
        ("■山田太郎さん（82歳）が行方不明です。", False),
        ("昨日、山田太郎さんが来ました。", False),
        ("犯人は山田太郎。", False),
    ],
)
def test_who_appears_in_public_is_told_from_a_private_person(text, announced):
    """
    A speaker, a performer or a contact is announced; somebody with an age, a 様 or a calling like 申請者 is not.
    """
    assert [announced] == [name.announced for name in find_names(fold(text).view)]


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


def test_a_name_that_is_announced_is_advice():
    """
    A town's own announcements are full of names: they are shown, and ask for no reason.
    """
    table = {"kind": "name", "require": "full_or_honorific"}

    assert [("山田太郎", Severity.ADVISE)] == matches("講師：山田太郎氏（舞踊家）", table)
    assert [("山田太郎", None)] == matches("申請者：山田太郎氏", table)


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
    reading._loaded.cache_clear()
    monkeypatch.setitem(sys.modules, "sudachipy", None)
    monkeypatch.setattr(reading, "_readers", type(reading._readers)())
    try:
        with pytest.raises(CannotTell) as caught:
            matches("申請者の田中さん", {"kind": "name"})
    finally:
        reading._loaded.cache_clear()

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


def test_every_word_of_the_tables_is_in_their_script():
    """
    The tables hold kanji and katakana only: their head is no word.
    """
    known = windows.tables()

    assert all("一" <= name[0] <= "鿿" for name in known.surnames | known.given)
    assert all("ァ" <= name[0] <= "ヺ" for name in known.katakana)
    assert {"田中", "佐々木"} <= known.surnames
    assert {"太郎", "花子"} <= known.given
    assert "ジョン" in known.katakana


def test_every_class_of_words_beside_a_name_has_a_weight():
    """
    Whatever stands before or after a name, there is a weight for it.
    """
    sides = [
        "",
        *"。、「」（）・：■ のとやはにがをでもへ5",
        "俳優の",
        "東京",
        "市",
        "さん",
        "課長",
        "太郎",
        "走る",
        "ソニー",
    ]
    for before in sides:
        for after in sides:
            find_names(f"{before}田中{after}、鈴木花子", threshold=-99.0)
    said = [
        side(reading.reader().read(text, 0, len(text)), place)
        for text in (f"{before}田中{after}" for before in sides for after in sides)
        for side, place in ((evidence.left, 1), (evidence.right, 1))
    ]

    assert set(said) <= weights.LEFT.keys() | weights.RIGHT.keys()


def test_tables_are_built_once_by_threads_that_begin_together(monkeypatch):
    """
    Building them takes as long as hundreds of posts; eight threads at the start build them once.
    """
    made = []
    build = windows._tables.__wrapped__

    def slowly():
        made.append(True)
        time.sleep(0.05)
        return build()

    monkeypatch.setattr(windows, "_tables", cache(slowly))
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: windows.tables(), range(8)))

    assert [True] == made
    assert all(one is given[0] for one in given)


@pytest.mark.parametrize(
    ("text", "read"), [("人がたくさん来た。", False), ("赤ちゃんと来た。", False), ("青ちゃんと来た。", True)]
)
def test_nothing_is_read_around_words_that_end_like_an_honorific(text, read):
    """
    The dictionary is not asked about words that only end like a name and an honorific.
    """
    assert read is bool(windows.stretches(text, windows.tables()))

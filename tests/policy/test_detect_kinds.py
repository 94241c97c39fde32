"""Detectors of other things than words: what they find, and what they leave alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from small_packs import answers, draft, reasons, words

from civicsns.model import Context, Finding, Lane, Media, PostRef
from civicsns.model.verdict import Question, Skipped

JST = timezone(timedelta(hours=9))


def at(hour: int, minute: int = 0, *, day: int = 1) -> Context:
    """October 2026; the 1st is a Thursday."""
    return Context(local_time=datetime(2026, 10, day, hour, minute, tzinfo=JST))


CHARS = {"kind": "chars", "set": "①-⑳㈱", "view": "raw"}


@pytest.mark.parametrize(("text", "found"), [("㈱まち ①②窓口", ["㈱", "①②"]), ("株式会社 (1)窓口", [])])
def test_characters(text: str, found: list[str]):
    """Runs of the characters are found as they were written, though folding makes others of them."""
    assert found == words(CHARS, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("t\u0430ro@example.com", ["t\u0430ro"]), ("\u0420ay", ["\u0420ay"]), ("Москва", []), ("Ω計画 A", [])],
)
def test_words_of_mixed_scripts(text: str, found: list[str]):
    """A word of Latin letters with one that only looks so is found; a word all in its own script is not."""
    assert found == words({"kind": "chars", "set": "\u200b", "mixed_script": True}, text)


DATE = {"kind": "date", "check": "weekday_mismatch"}


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("2026年10月3日(日)に開催", "2026年10月3日(土)"),
        ("令和８年１０月３日（日曜日）です", "令和８年１０月３日（土曜日）"),
        ("2026/10/3(月)", "2026/10/3(土)"),
    ],
)
def test_a_wrong_day_of_the_week(text: str, instead: str):
    """The date is found with its year, and what to write instead keeps the author's way of writing."""
    finding = next(one for one in answers(DATE, text, fix={"kind": "weekday"}) if isinstance(one, Finding))

    assert finding.fix is not None
    assert instead == finding.fix.text


@pytest.mark.parametrize(
    "text", ["2026年10月3日(土)", "令和8年10月3日（土曜日・祝）", "10月3日に", "2026年2月30日(月)", "3日(土)"]
)
def test_a_right_day_of_the_week(text: str):
    """The right day, no day, and dates that do not exist are left alone."""
    assert [] == words(DATE, text)


def test_a_date_without_a_year():
    """It is the one nearest to the day of the post; where that is not known, the rule did not run."""
    assert ["1月3日(土)"] == words(DATE, "1月3日(土)の出初式", at(12))
    assert [] == words(DATE, "1月3日(日)の出初式", at(12))
    assert [] == words(DATE, "9月30日(水)に開きました", at(12))
    assert ["投稿の日時が分かりません。"] == reasons(DATE, "1月3日(土)の出初式")
    assert [] == reasons(DATE, "出初式")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#a #b #c", ["#c"]),
        ("#若葉市 #SpringFestival", []),
        ("＃springfestival", ["＃springfestival"]),
        ("#SPRINGFESTIVAL", ["#SPRINGFESTIVAL"]),
        ("番号は#7119 #119 #110へ", []),
    ],
)
def test_hashtags(text: str, found: list[str]):
    """Those beyond the number are found as one stretch, long ones without capitals each; numbers are no hashtags."""
    assert found == words({"kind": "hashtag", "max": 2, "camel_case_min": 10}, text)


HOST_IN = {"kind": "url", "check": "host_in", "list": "short"}
HOST_NOT_IN = {
    "kind": "url",
    "check": "host_not_in",
    "list": "ours",
    "default": ["lg.jp"],
    "default_regex": r"(?:^|\.)city\.[a-z]+\.jp$",
}
SCHEME = {"kind": "url", "check": "scheme_not", "scheme": "https"}


@pytest.mark.parametrize(
    ("table", "text", "found"),
    [
        (HOST_IN, "申込は http://bit.ly/xyz から", ["http://bit.ly/xyz"]),
        (HOST_IN, "申込は bit．ly/xyz から", ["bit．ly/xyz"]),
        (HOST_IN, "申込は hxxp://bit.ly/xyz から", ["hxxp://bit.ly/xyz"]),
        (HOST_IN, "https://rabbit.ly/xyz", []),
        (HOST_IN, "https://www.example.jp/bit.ly", []),
        (HOST_NOT_IN, "https://www.city.wakaba.lg.jp/ https://www.city.wakaba.jp/", []),
        (HOST_NOT_IN, "https://sub.wakaba-kanko.jp/a", []),
        (HOST_NOT_IN, "https://lg.jp.example.ru/ へ", ["https://lg.jp.example.ru/"]),
        (HOST_NOT_IN, "https://若葉.jp/ へ", ["https://若葉.jp/"]),
        (HOST_IN, "見てbit.ly/xyz見て", ["bit.ly/xyz"]),
        (HOST_IN, "https://www.city.wakaba.lg.jp@bit.ly/xyz", ["https://www.city.wakaba.lg.jp@bit.ly/xyz"]),
        (HOST_NOT_IN, "https://www.city.wakaba.lg.jp/へ、https://sub.wakaba-kanko.jpへ", []),
        (HOST_NOT_IN, "example.com の node.js と v1.example", ["example.com"]),
        (HOST_NOT_IN, "http://192.0.2.1:8080/a?b", ["http://192.0.2.1:8080/a?b"]),
        (HOST_NOT_IN, "No.1 や 10.5% や e.g. は", []),
        (HOST_NOT_IN, "taro@example.com へ", []),
        (SCHEME, "申込は HTTP://www.example.com/ から", ["HTTP://www.example.com/"]),
        (SCHEME, "https://www.example.com/", []),
    ],
)
def test_links(table: dict[str, str], text: str, found: list[str]):
    """Links are told by host and scheme, whatever they are disguised as; a host in a path or a name is none."""
    assert found == words(table, text, lists={"short": ["bit.ly"], "ours": ["wakaba-kanko.jp"]})


def test_a_link_is_made_secure():
    """What to write instead is the same link with https; there is none for what is no link."""
    answered = answers(SCHEME, "Http://www.example.com/A hxxp://x.example/", fix={"kind": "https"})
    fixes = [one.fix for one in answered if isinstance(one, Finding)]

    assert ["https://www.example.com/A"] == [fix.text for fix in fixes if fix and fix.safe]
    assert "hxxp://x.example/" not in [fix.text for fix in fixes if fix]


def test_hard_words_and_long_sentences():
    """Words of the list are found, and sentences longer than the number; a line's end is a sentence's."""
    table = {"kind": "plain", "list": "hard", "max_sentence": 10}

    assert ["逓減"] == words(table, "額は逓減する。", lists={"hard": ["逓減"]})
    assert ["あ" * 11] == words(table, "短い。" + "あ" * 11 + "！短い", lists={"hard": []})
    assert [] == words(table, "あ" * 10 + "\n" + "あ" * 10, lists={"hard": []})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("講座を開催します。定員は20名である。", ["である"]),
        ("講座を開催します。申込みが必要だ。", ["だ"]),
        ("申込みが必要なのだ\n講座を開催します", ["だ"]),
        ("講座を開催します。定員は20名です。", []),
        ("定員は20名である。申込みが必要だ。", []),
        ("「必要だ。」と話しました。ありがとうございます。", []),
    ],
)
def test_mixed_style(text: str, found: list[str]):
    """だ or である at the end of a sentence is found beside です or ます; what is quoted is another's style."""
    assert found == words({"kind": "style", "check": "mixed_desu_dearu"}, text)


QUIET = {"kind": "time", "outside": "05:00-22:00", "unless_topic": "emergency"}


@pytest.mark.parametrize(
    ("context", "found"), [(at(23, 40), [None]), (at(4, 59), [None]), (at(5), []), (at(21, 59), [])]
)
def test_quiet_hours(context: Context, found: list[None]):
    """A post outside the hours is found as a whole."""
    assert found == words(QUIET, "こんばんは", context)


def test_quiet_hours_in_an_emergency():
    """An emergency knows no quiet hours."""
    assert [] == words(QUIET, draft("避難してください", lane=Lane.EMERGENCY), at(23))


def test_quiet_hours_at_an_unknown_time():
    """Without the time the rule did not run, and says so."""
    assert ["投稿の日時が分かりません。"] == reasons(QUIET, "こんばんは")


ON_DUTY = {"kind": "time", "inside": "workday 08:30-17:15", "and_terms": ["ガチャ"]}


@pytest.mark.parametrize(
    ("context", "found"),
    [
        (Context(on_duty=True), ["ガチャ"]),
        (Context(on_duty=False), []),
        (at(10), ["ガチャ"]),
        (at(20), []),
        (at(10, day=3), []),
    ],
)
def test_words_on_duty(context: Context, found: list[str]):
    """The shift calendar decides; without one, the hours on Monday to Friday."""
    assert found == words(ON_DUTY, "ガチャ回してる", context)


def test_words_on_duty_when_nobody_knows():
    """Where neither shift nor time is known, the rule did not run; without its words there was nothing to run for."""
    assert 1 == len(reasons(ON_DUTY, "ガチャ回してる"))
    assert [] == reasons(ON_DUTY, "窓口は混雑しています")


APPROVED = {"kind": "account", "check": "approval_recorded"}


def test_approval():
    """A draft known not to be approved is found; unknown is neither yes nor no."""
    assert [None] == words(APPROVED, "投稿", Context(approved=False))
    assert [] == words(APPROVED, "投稿", Context(approved=True))
    assert ["承認の有無が分かりません。"] == reasons(APPROVED, "投稿")


TARGET = {"kind": "account", "check": "repost_target_in", "list": "parties"}


@pytest.mark.parametrize("answered", ["x:Party", "x:@party", "@Party", "party"])
def test_whose_post_is_answered(answered: str):
    """An account of the list is found however its handle is written."""
    assert [None] == words(TARGET, "賛成", Context(answered=answered), lists={"parties": ["@party"]})


def test_whose_post_is_not_known():
    """A quotation of somebody unknown is reported as not looked at; another account and a plain post are innocent."""
    quoting = draft("賛成", quote=PostRef(platform="x", id="1"))

    assert 1 == len(reasons(TARGET, quoting))
    assert [] == answers(TARGET, "賛成", Context(answered="x:library"), lists={"parties": ["party"]})
    assert [] == answers(TARGET, "賛成")


PNG = b"\x89PNG\r\n\x1a\n"


def picture(alt: str | None) -> Media:
    return Media(content=PNG, media_type="image/png", alt_text=alt)


def test_missing_alt_text():
    """Each picture without a text alternative is found; a film needs none of this kind."""
    film = Media(content=b"", media_type="video/mp4")
    post = draft("写真", media=[picture("朝顔が咲いた庭"), picture(" "), picture(None), film])
    found = answers({"kind": "media", "check": "alt_missing"}, post)

    assert ["media.1", "media.2"] == [one.part for one in found if isinstance(one, Finding)]


def test_useless_alt_text():
    """An alt text that matches is found in its own place; without pictures there is nothing to look at."""
    table = {"kind": "media", "check": "alt_regex", "pattern": r"^(?:画像|img_\d+)$"}
    found = answers(table, draft("写真", media=[picture("IMG_001"), picture("庭の画像")]))

    assert [("media.0.alt_text", 7)] == [
        (one.part, one.span.end) for one in found if isinstance(one, Finding) and one.span
    ]
    assert [] == answers(table, "画像")


ASK = {"kind": "question", "ask": {"ja": "許諾は？", "en": "Licensed?"}}


def test_a_question_for_a_draft():
    """A question is asked whenever the facts of its rule hold."""
    with_media = draft("写真", media=[picture("庭")])

    assert ["TST001"] == [
        one.rule for one in answers(ASK, with_media, when={"media": True}) if isinstance(one, Question)
    ]
    assert [] == answers(ASK, "文だけ", when={"media": True})


def test_a_question_about_words():
    """With triggers it is asked where one stands, once for the whole draft, unless a word speaks against it."""
    table = ASK | {"triggers": ["歌詞"], "none": ["募集"]}
    twice = draft("歌詞と歌詞", variants={"x": "歌詞を載せます"})

    assert 1 == len(answers(table, twice))
    assert isinstance(answers(table, twice)[0], Question)
    assert [] == answers(table, "歌詞の募集")
    assert [] == answers(table, "曲")


def test_a_kind_that_nobody_knows():
    """A rule whose detector is missing is named as not run."""
    assert isinstance(answers({"kind": "telepathy"}, "文")[0], Skipped)

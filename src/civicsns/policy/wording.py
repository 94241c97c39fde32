"""What packs say with keys, said in words: severities, facts, how a rule looks, how an article was read."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from civicsns.language import Bilingual
from civicsns.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What a finding of each severity does to a post.
SEVERITIES: Final[Mapping[Severity, Bilingual]] = MappingProxyType(
    {
        Severity.BLOCK: Bilingual("投稿不可", "blocks"),
        Severity.REVIEW: Bilingual("要確認", "review"),
        Severity.ADVISE: Bilingual("助言", "advice"),
    }
)

#: How an article was read.
SEEN: Final[Mapping[str, Bilingual]] = MappingProxyType(
    {
        "text": Bilingual("条文を読んだ", "the article itself was read"),
        "secondary": Bilingual("条文を引用した頁だけを読んだ", "only pages that quote it were read"),
        "unseen": Bilingual("まだ読んでいない", "not read yet"),
        "local": Bilingual("各市の規程", "the city's own rules"),
    }
)

#: How each kind of detector looks for something.
KINDS: Final[Mapping[str, Bilingual]] = MappingProxyType(
    {
        "account": Bilingual(
            "返信先・再投稿元のアカウントを一覧と比べます。",
            "It holds the account that is answered or reposted against a list.",
        ),
        "any": Bilingual("次のいずれかで見つけます。", "It looks in any of these ways."),
        "chars": Bilingual("決まった種類の文字を探します。", "It looks for characters of certain kinds."),
        "date": Bilingual(
            "日付と曜日を読み、暦と比べます。",
            "It reads dates and days of the week, and holds them against the calendar.",
        ),
        "hashtag": Bilingual("ハッシュタグの数と書き方を見ます。", "It looks at the number and the form of hashtags."),
        "media": Bilingual("添付の画像・動画を見ます。", "It looks at the pictures and films."),
        "name": Bilingual(
            "人名を辞書で読みます（追加パッケージ names が要ります）。",
            "It reads names of persons with a dictionary (takes the extra `names`).",
        ),
        "near": Bilingual(
            "二組以上の言葉が近くにあるとき、見つけたことにします。",
            "It finds words of two or more groups that stand near each other.",
        ),
        "number": Bilingual(
            "数字の並びを読み、桁数・区切り方・検査数字・前後の言葉を調べます。",
            "It reads numbers, and looks at their length, grouping, check digit, and the words around them.",
        ),
        "plain": Bilingual(
            "やさしい日本語の目安と比べます。", "It holds the text against the measures of plain Japanese."
        ),
        "question": Bilingual(
            "機械では判断できません。投稿する人に尋ねます。", "No machine can tell: it asks the person who posts."
        ),
        "regex": Bilingual("決まった書き方の文字列を探します。", "It looks for words of a certain form."),
        "require": Bilingual(
            "要る言葉がないことを見つけます。", "It finds that words are missing which ought to be there."
        ),
        "style": Bilingual("文体の揺れを見ます。", "It looks at the style of the sentences."),
        "terms": Bilingual("決まった言葉を探します。", "It looks for certain words."),
        "time": Bilingual("投稿の日時を見ます。", "It looks at the time at which the post would go out."),
        "url": Bilingual("リンクの書き方と宛先を見ます。", "It looks at the form and the host of links."),
    }
)

_YES: Final = True
_HOLDS: Final[Mapping[tuple[str, object], Bilingual]] = MappingProxyType(
    {
        ("capacity", "official"): Bilingual("公の投稿", "an official post"),
        ("capacity", "private"): Bilingual("私的な投稿", "a private post"),
        ("lane", "emergency"): Bilingual("緊急の投稿", "an emergency"),
        ("lane", "routine"): Bilingual("通常の投稿", "a routine post"),
        ("reply", _YES): Bilingual("返信", "an answer to somebody"),
        ("quote", _YES): Bilingual("引用投稿", "a quote of a post"),
        ("addressed", _YES): Bilingual("返信・引用・再投稿", "an answer, a quote or a repost"),
        ("correction", _YES): Bilingual("訂正の投稿", "a correction"),
        ("media", _YES): Bilingual("画像や動画がある", "there are pictures or films"),
        ("on_duty", _YES): Bilingual("勤務時間中", "on duty"),
        ("on_duty", False): Bilingual("勤務時間外", "off duty"),
        ("election", _YES): Bilingual("選挙期間中", "an election is on"),
        ("disaster", _YES): Bilingual("災害対応中", "a disaster is on"),
        ("approved", _YES): Bilingual("承認済み", "approved"),
        ("approved", False): Bilingual("未承認", "not approved"),
    }
)
#: What facts are called that take any value.
_NAMES: Final[Mapping[str, Bilingual]] = MappingProxyType(
    {
        "section": Bilingual("所管課", "section"),
        "job": Bilingual("職種", "job"),
        "local_time": Bilingual("日時", "time"),
        "answered": Bilingual("相手", "to"),
        "link": Bilingual("リンク", "link"),
    }
)
_PICTURE: Final = Bilingual("画像", "picture")
_NO_ALT: Final = Bilingual("代替テキストなし", "no alt text")


def conditions(when: Mapping[str, Any]) -> Iterator[Bilingual]:
    """Say in words when a rule applies, or what is known around an example; nothing where nothing is."""
    for fact, wanted in when.items():
        values = wanted if isinstance(wanted, list | tuple) else [wanted]
        said = [_condition(fact, value) for value in values]
        yield Bilingual("または".join(one.ja for one in said), " or ".join(one.en for one in said))


def _condition(fact: str, value: Any) -> Bilingual:
    if isinstance(value, dict):
        alt = value.get("alt")
        said = _NO_ALT if alt is None else Bilingual(f"「{alt}」", f'"{alt}"')
        return Bilingual(f"{_PICTURE.ja}: {said.ja}", f"{_PICTURE.en}: {said.en}")
    name = _NAMES.get(fact, Bilingual(fact, fact))
    return _HOLDS.get((fact, value), Bilingual(f"{name.ja}: {value}", f"{name.en}: {value}"))


def kinds(detect: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the kinds of detectors of a rule, that of the whole first."""
    return tuple(dict.fromkeys((detect["kind"], *(part["kind"] for part in detect.get("of", ())))))

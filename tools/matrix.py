"""
Make the feature matrix from what each adapter says of itself: its `limits`, and the Protocols it implements.

`python tools/matrix.py` writes `docs/adapters/matrix.md` and its English sister; with `--check` it compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages import settle

from civicsns import ports
from civicsns.clock import SystemClock
from civicsns.language import Bilingual, Language
from civicsns.model import Idempotency, MediaKind, ReadBack, Secret
from civicsns.plugins import adapter
from civicsns.text import Measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from civicsns.model import Limits
    from civicsns.ports import Adapter

#: The least settings with which each built-in adapter can be made; nothing is sent.
SETTINGS: dict[str, dict[str, object]] = {
    "x": {"consumer_key": Secret("unused"), "consumer_secret": Secret("unused")},
    "facebook": {"app_id": "unused", "app_secret": Secret("unused")},
}
NAMES = {"x": "X", "facebook": "Facebook"}

YES = Bilingual("できる", "yes")
NO = Bilingual("—", "—")

ABILITIES = (
    (ports.Uploads, Bilingual("先に画像・動画を送る", "Uploads files before the post")),
    (ports.Edits, Bilingual("投稿後に直す", "Edits a post")),
    (ports.ReadsAgenda, Bilingual("媒体での予約を読む", "Reads what is scheduled there")),
    (ports.ReadsMentions, Bilingual("市民の返信・言及を読む", "Reads replies and mentions")),
    (ports.ReadsMetrics, Bilingual("数値を読む", "Reads figures")),
    (ports.ReadsProfiles, Bilingual("プロフィールを読む", "Reads the account's profile")),
    (ports.Enrols, Bilingual("本人の同意でアカウントをつなぐ", "Connects an account by signing in")),
    (ports.InspectsTokens, Bilingual("トークンを調べる", "Inspects tokens")),
    (ports.DiscoversAccounts, Bilingual("投稿できるアカウントを探す", "Finds the accounts one may post under")),
)

MEASURES = {
    Measure.X: Bilingual("（X の数え方で。日本語は1文字が2）", "as X counts (a Japanese character counts 2)"),
    Measure.FACEBOOK: Bilingual("文字", "characters"),
    Measure.BLUESKY: Bilingual("文字", "characters as a reader sees them"),
    Measure.MASTODON: Bilingual("文字", "characters as a reader sees them"),
}
KINDS = {
    MediaKind.IMAGE: Bilingual("画像", "images"),
    MediaKind.GIF: Bilingual("GIF", "GIF"),
    MediaKind.VIDEO: Bilingual("動画", "film"),
}


def _span(time: timedelta) -> Bilingual:
    seconds = int(time.total_seconds())
    for length, unit in (
        (86400, Bilingual("日", "days")),
        (3600, Bilingual("時間", "hours")),
        (60, Bilingual("分", "minutes")),
    ):
        if seconds and seconds % length == 0:
            return Bilingual(f"{seconds // length}{unit.ja}", f"{seconds // length} {unit.en}")
    return Bilingual(f"{seconds}秒", f"{seconds} seconds")


def _text(limits: Limits) -> Bilingual:
    measure = MEASURES[limits.text.measure]
    return Bilingual(f"{limits.text.maximum:,}{measure.ja}", f"{limits.text.maximum:,} {measure.en}")


def _files(limits: Limits) -> Bilingual:
    media = limits.media
    return Bilingual(
        f"画像 {media.images} 枚まで、または動画・GIF {media.videos} 本",
        f"up to {media.images} images, or {media.videos} film or GIF",
    )


def _types(limits: Limits) -> Bilingual:
    names = ", ".join(f"`{kind}`" for kind in sorted(limits.media.types))
    return Bilingual(names, names)


def _bytes(limits: Limits) -> Bilingual:
    sizes = {KINDS[kind]: f"{size // 1024**2:,} MiB" for kind, size in limits.media.bytes_.items()}
    return Bilingual(
        "、".join(f"{kind.ja} {size}" for kind, size in sizes.items()),
        ", ".join(f"{kind.en} {size}" for kind, size in sizes.items()),
    )


def _alt(limits: Limits) -> Bilingual:
    return Bilingual(f"{limits.media.alt_text:,} 文字", f"{limits.media.alt_text:,} characters")


def _schedule(limits: Limits) -> Bilingual:
    if limits.schedule is None:
        return NO
    soonest, latest = _span(limits.schedule.soonest), _span(limits.schedule.latest)
    return Bilingual(f"{soonest.ja}後から{latest.ja}後まで", f"from {soonest.en} to {latest.en} ahead")


def _repeats(limits: Limits) -> Bilingual:
    return {
        Idempotency.NONE: Bilingual("見分けない", "not recognised"),
        Idempotency.KEY: Bilingual("見分ける（鍵を付ける）", "recognised (by a key)"),
    }[limits.idempotency]


def _absence(limits: Limits) -> Bilingual:
    if limits.read_back is ReadBack.STRONG:
        return Bilingual("出ていない証拠になる", "proves that it did not go out")
    return Bilingual("証拠にならない。職員が判断する", "proves nothing; a person decides")


def _flag(name: str) -> Callable[[Limits], Bilingual]:
    return lambda limits: YES if getattr(limits, name) else NO


def _rates(limits: Limits) -> Bilingual:
    if not limits.rates:
        return Bilingual("回答に付く使用率で知る", "known from the usage in its answers")
    publish = [rate for rate in limits.rates if rate.operation == "publish"]
    scopes = {"account": Bilingual("アカウント", "account"), "app": Bilingual("アプリ", "app")}
    return Bilingual(
        "、".join(f"{scopes[rate.scope].ja}ごとに{_span(rate.per).ja}で {rate.calls:,} 件" for rate in publish),
        ", ".join(f"{rate.calls:,} in {_span(rate.per).en} for each {scopes[rate.scope].en}" for rate in publish),
    )


ROWS: tuple[tuple[Bilingual, Callable[[Limits], Bilingual]], ...] = (
    (Bilingual("本文の長さ", "Length of the text"), _text),
    (Bilingual("ファイル", "Files"), _files),
    (Bilingual("ファイルの種類", "Types of files"), _types),
    (Bilingual("ファイルの大きさ", "Size of files"), _bytes),
    (Bilingual("代替テキスト", "Alt text"), _alt),
    (Bilingual("媒体側での予約投稿", "Scheduled by the network"), _schedule),
    (Bilingual("返信", "Answers a post"), _flag("replies")),
    (Bilingual("引用", "Quotes a post"), _flag("quotes")),
    (Bilingual("アンケート", "Polls"), _flag("polls")),
    (Bilingual("返信できる人の指定", "Chooses who may answer"), _flag("reply_settings")),
    (Bilingual("本文とは別のリンク", "A link beside the text"), _flag("links")),
    (Bilingual("複数アカウントからの同じ文", "The same text from several accounts"), _flag("similar_texts")),
    (Bilingual("同じ投稿の再送", "A repeated request"), _repeats),
    (Bilingual("読み返して見つからないとき", "Absence when read back"), _absence),
    (Bilingual("投稿回数の上限", "Limit on posts"), _rates),
)


def table(adapters: dict[str, Adapter], language: Language) -> str:
    """Make the page in one language."""
    heads = {
        Language.JA: "# 機能一覧\n\nこの表は、各アダプターが自ら宣言する `limits` と、備えている機能（Protocol）から作っています。\n"
        "数値の出典は各アダプターの頁にあり、多くは設定で変えられます。\n",
        Language.EN: "# Feature matrix\n\nThis table is made from the `limits` that each adapter declares, "
        "and from the Protocols that it implements.\n"
        "The sources of the figures stand on each adapter's page, and most figures are settings.\n",
    }
    first = Bilingual("項目", "Feature").in_(language)
    lines = [
        heads[language],
        f"| {first} | " + " | ".join(NAMES[name] for name in adapters) + " |",
        "| --- |" + " --- |" * len(adapters),
    ]
    for title, cell in ROWS:
        cells = (cell(made.limits).in_(language) for made in adapters.values())
        lines.append(f"| {title.in_(language)} | " + " | ".join(cells) + " |")
    for protocol, title in ABILITIES:
        able: tuple[bool, ...] = tuple(isinstance(made, protocol) for made in adapters.values())
        cells = ((YES if can else NO).in_(language) for can in able)
        lines.append(f"| {title.in_(language)}（`{protocol.__name__}`） | " + " | ".join(cells) + " |")
    page = "\n".join(lines) + "\n"
    return page if language is Language.JA else page.replace("（`", " (`").replace("`）", "`)")


def main() -> None:
    """Write or check both pages."""
    adapters = {
        name: adapter(name, settings, place="matrix", clock=SystemClock()) for name, settings in SETTINGS.items()
    }
    settle(
        {
            "adapters/matrix.md": table(adapters, Language.JA),
            "adapters/matrix.en.md": table(adapters, Language.EN),
        },
        made_by="python tools/matrix.py",
    )


if __name__ == "__main__":
    main()

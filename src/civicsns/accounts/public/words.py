"""What the public register says in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What networks are called.
NETWORKS: Final[Mapping[str, str]] = {"x": "X", "facebook": "Facebook"}

TEXTS: Final[Mapping[str, Bilingual]] = {
    "title": Bilingual("{city} SNSアカウント一覧", "Social-media accounts of {city}"),
    "feed_title": Bilingual("{city} SNSアカウントの開設・閉鎖", "{city}: social-media accounts opened and closed"),
    "skip": Bilingual("本文へ", "Skip to the content"),
    "language": Bilingual("言語", "Language"),
    "intro": Bilingual(
        "{city}が運用しているSNSアカウントの一覧です。{day} 現在、{count} 件あります。",
        "These are the social-media accounts that {city} runs: {count} as of {day}.",
    ),
    "data": Bilingual("データ", "Data"),
    "contents": Bilingual("目次", "Contents"),
    "csv": Bilingual("CSV", "CSV"),
    "jsonld": Bilingual("JSON-LD", "JSON-LD"),
    "atom": Bilingual("開設・閉鎖のお知らせ（Atom）", "Openings and closings (Atom)"),
    "of_sections": Bilingual("課のアカウント", "Accounts of sections"),
    "of_persons": Bilingual("職員のアカウント", "Accounts of staff members"),
    "no_persons": Bilingual(
        "職員個人のアカウントは、この一覧に載せていません。",
        "Accounts of individual staff members are not on this list.",
    ),
    "none": Bilingual("今はありません。", "There are none at present."),
    "without_section": Bilingual("所管課の記載なし", "No section given"),
    "closed_ones": Bilingual("閉鎖したアカウント", "Closed accounts"),
    "closed_hint": Bilingual(
        "次のアカウントは、{city}のものではなくなりました。",
        "These accounts are no longer those of {city}.",
    ),
    "tellings": Bilingual("開設・閉鎖のお知らせ", "Openings and closings"),
    "impostors": Bilingual("この一覧にないアカウント", "Accounts that are not on this list"),
    "impostors_hint": Bilingual(
        "この一覧にないアカウントが{city}を名乗っていたら、なりすましのおそれがあります。"
        "リンクを開いたり、個人情報を送ったりしないでください。",
        "An account that calls itself {city} and is not on this list may be an impostor. "
        "Do not open its links, and do not send it personal data.",
    ),
    "contact": Bilingual("連絡先: {contact}", "Contact: {contact}"),
    "network": Bilingual("媒体", "Network"),
    "handle": Bilingual("ユーザー名", "Handle"),
    "address": Bilingual("アドレス", "Address"),
    "kind": Bilingual("区分", "Kind"),
    "section": Bilingual("所管課", "Section"),
    "person": Bilingual("氏名", "Name"),
    "purpose": Bilingual("目的", "Purpose"),
    "steward_section": Bilingual("管理者の所属", "Section of the steward"),
    "opened": Bilingual("開設日", "Opened"),
    "closed": Bilingual("閉鎖日", "Closed"),
    "state": Bilingual("状態", "State"),
    "personal": Bilingual("職員", "Staff member"),
    "of_section": Bilingual("課", "Section"),
    "is_open": Bilingual("運用中", "In use"),
    "is_closed": Bilingual("閉鎖", "Closed"),
    "opened_said": Bilingual(
        "{network} の {handle}（{section}）を開設しました", "{section} opened {handle} on {network}"
    ),
    "closed_said": Bilingual(
        "{network} の {handle}（{section}）を閉鎖しました", "{section} closed {handle} on {network}"
    ),
    "opened_more": Bilingual("アドレスは {url} です。", "Its address is {url}."),
    "closed_more": Bilingual(
        "{url} は、もう市のアカウントではありません。", "{url} is no longer an account of the city."
    ),
}

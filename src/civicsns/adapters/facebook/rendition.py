"""From a draft to what goes to a Page: pure, nothing is sent, and no part is dropped in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from civicsns.adapters.facebook import extras
from civicsns.errors import BadInput, TextTooLong, Unsupported
from civicsns.language import Bilingual
from civicsns.model import MediaKind, Rendition
from civicsns.text import measure

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.model import Account, Draft, Limits, Media

PLATFORM: Final = "facebook"


def prepare(draft: Draft, account: Account, *, limits: Limits, now: datetime) -> Rendition:
    """
    Make the rendition.

    A link beside pictures or a film is put at the end of the text, because `/{page}/feed` takes either a link or
    attachments; without them it is sent as the post's link, with the preview that Facebook makes of it.

    Raises:
        BadInput: If a part of the draft is wrong.
        TextTooLong: If the text is too long.
        Unsupported: If a Page's post cannot carry a part, or the account is a personal profile.
    """
    if account.personal:
        raise _profile(account)
    _carriable(draft)
    _files(draft.media, limits)
    text = _text(draft, limits)
    film = is_film(draft.media)
    body: dict[str, Any] = {"description" if film else "message": text} if text else {}
    if draft.link and not draft.media:
        body["link"] = draft.link
    body |= _schedule(draft, limits, now, film=film)
    body |= extras.read(draft.extra.get(PLATFORM, {}), film=film)
    return Rendition(
        platform=PLATFORM,
        account=account.id,
        network_id=account.network_id,
        text=text,
        body=body,
        media=draft.media,
    )


def is_film(media: tuple[Media, ...]) -> bool:
    """Tell whether the post is a film: an animated GIF moves only as one."""
    return any(item.kind is not MediaKind.IMAGE for item in media)


def _profile(account: Account) -> Unsupported:
    return Unsupported(
        Bilingual(
            "個人のプロフィールにはプログラムから投稿できません（Facebook が 2018年8月1日に廃止しました）。",
            "No program can post to a personal profile: Facebook closed that on 2018-08-01.",
        ),
        mend=Bilingual(
            "所管課の Facebook ページから投稿するか、本人が共有リンクから投稿して記録する方法（handoff）を使ってください。",
            "Post from the section's Page, or let the person share it by hand from a share link, on record (handoff).",
        ),
        place=account.id,
    )


def _carriable(draft: Draft) -> None:
    cannot = {
        "poll": (draft.poll, Bilingual("投票", "a poll")),
        "quote": (draft.quote, Bilingual("引用", "a quoted post")),
        "reply_settings": (draft.reply_settings, Bilingual("返信できる人の制限", "a choice of who may answer")),
        "reply_to": (draft.reply_to, Bilingual("返信", "an answer to another post")),
    }
    for name, (value, what) in cannot.items():
        if value is not None:
            raise Unsupported(
                Bilingual(
                    f"Facebook ページの投稿に{what.ja}は付けられません。", f"A Page's post cannot carry {what.en}."
                ),
                mend=Bilingual(
                    "その項目を外すか、Facebook を投稿先から外してください。",
                    "Leave it out, or leave Facebook out of the accounts.",
                ),
                place=f"draft.{name}",
            )


# --- text and link ----------------------------------------------------------------------------------------------


def _text(draft: Draft, limits: Limits) -> str:
    text = draft.text_for(PLATFORM)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput(
            Bilingual("文字として成り立たない符号が含まれています。", "The text holds half a character."),
            mend=Bilingual("文面を入力し直してください。", "Type the text anew."),
            place="draft.text",
        ) from None
    if draft.link is not None:
        _is_address(draft.link)
        if draft.media and draft.link not in text:
            text = f"{text}\n{draft.link}" if text.strip() else draft.link
    if not text.strip():
        if not draft.media and not draft.link:
            raise BadInput(
                Bilingual("投稿が空です。", "The post is empty."),
                mend=Bilingual("文・画像・リンクのいずれかを入れてください。", "Give it a text, a picture or a link."),
                place="draft.text",
            )
        return ""
    length = measure(text, limits.text.measure)
    if length > limits.text.maximum:
        over = length - limits.text.maximum
        raise TextTooLong(
            Bilingual(
                f"文が Facebook の上限 {limits.text.maximum} 文字を {over} 文字超えています。",
                f"The text is {over} characters longer than Facebook's {limits.text.maximum}.",
            ),
            mend=Bilingual(f"{over} 文字以上短くしてください。", f"Shorten it by {over} characters."),
            place="draft.text",
        )
    return text


def _is_address(link: str) -> None:
    try:
        parts = urlsplit(link)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and link.isprintable() and " " not in link
        link.encode("utf-8")
    except ValueError:
        good = False
    if not good:
        raise BadInput(
            Bilingual("リンクがウェブのアドレスではありません。", "The link is no address of the web."),
            mend=Bilingual("https:// で始まるアドレスを指定してください。", "Give one that begins with https://."),
            place="draft.link",
        )


# --- media ------------------------------------------------------------------------------------------------------


def _files(media: tuple[Media, ...], limits: Limits) -> None:
    pictures = sum(item.kind is MediaKind.IMAGE for item in media)
    films = len(media) - pictures
    if pictures and films:
        raise Unsupported(
            Bilingual("画像と動画は一つの投稿に混ぜられません。", "Pictures and a film do not go in one post."),
            mend=Bilingual("投稿を分けてください。", "Make two posts of it."),
            place="draft.media",
        )
    for count, most, what in (
        (pictures, limits.media.images, Bilingual("画像", "pictures")),
        (films, limits.media.videos, Bilingual("動画", "films")),
    ):
        if count > most:
            raise Unsupported(
                Bilingual(
                    f"{what.ja}が {count} 件あります（上限 {most} 件）。",
                    f"There are {count} {what.en}, {most} at most.",
                ),
                mend=Bilingual(f"{most} 件以下にしてください。", f"Leave {most} or fewer."),
                place="draft.media",
            )
    for number, item in enumerate(media):
        _file(item, limits, place=f"draft.media[{number}] {item.name}")


def _file(item: Media, limits: Limits, *, place: str) -> None:
    if item.media_type not in limits.media.types:
        raise Unsupported(
            Bilingual(
                f"Facebook は {item.media_type} を受け付けません。", f"Facebook does not take {item.media_type}."
            ),
            mend=Bilingual(
                "JPEG・PNG・GIF・MP4・MOV に変換してください。", "Convert it to JPEG, PNG, GIF, MP4 or MOV."
            ),
            place=place,
        )
    most = limits.media.bytes_[item.kind]
    if not item.content or len(item.content) > most:
        raise BadInput(
            Bilingual(
                f"ファイルの大きさ {len(item.content)} バイトは受け付けられません（上限 {most} バイト）。",
                f"The file has {len(item.content)} bytes; it takes 1 to {most}.",
            ),
            mend=Bilingual("縮小または圧縮してください。", "Make it smaller."),
            place=place,
        )
    if item.alt_text and item.kind is not MediaKind.IMAGE:
        raise Unsupported(
            Bilingual(
                "Facebook の動画（GIF を含む）には代替テキストを付けられません。",
                "Facebook takes no alt text for a film or GIF.",
            ),
            mend=Bilingual(
                "動画の内容を本文に書き、代替テキストを外してください。",
                "Say in the post's text what the film shows, and leave the alt text out.",
            ),
            place=place,
        )
    if len(item.alt_text or "") > limits.media.alt_text:
        raise BadInput(
            Bilingual(
                f"代替テキストが {limits.media.alt_text} 文字を超えています。",
                f"The alt text is longer than {limits.media.alt_text} characters.",
            ),
            mend=Bilingual("短くしてください。", "Shorten it."),
            place=place,
        )


# --- time -------------------------------------------------------------------------------------------------------


def _schedule(draft: Draft, limits: Limits, now: datetime, *, film: bool) -> dict[str, Any]:
    """Give the fields for publishing by the network itself, as `/{page}/feed` documents them."""
    if draft.publish_at is None:
        return {}
    bounds = limits.schedule
    assert bounds is not None, "Pages schedule."
    if not bounds.soonest <= draft.publish_at - now <= bounds.latest:
        soonest, latest = now + bounds.soonest, now + bounds.latest
        raise BadInput(
            Bilingual(
                f"Facebook の予約投稿は {soonest:%Y-%m-%d %H:%M %Z} から {latest:%Y-%m-%d %H:%M %Z} までです。",
                f"Facebook itself publishes between {soonest:%Y-%m-%d %H:%M %Z} and {latest:%Y-%m-%d %H:%M %Z}.",
            ),
            mend=Bilingual(
                "時刻を直すか、not_before を使って civicsns に待たせてください。",
                "Mend the time, or let civicsns wait by not_before.",
            ),
            place="draft.publish_at",
        )
    fields: dict[str, Any] = {"published": False, "scheduled_publish_time": int(draft.publish_at.timestamp())}
    if draft.media and not film:
        # Without it, Facebook takes a scheduled post with attachments, and never publishes it.
        fields["unpublished_content_type"] = "SCHEDULED"
    return fields

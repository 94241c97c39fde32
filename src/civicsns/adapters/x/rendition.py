"""
From a draft to what goes to X: everything that can be refused before anything is sent is refused here.

Rules: OpenAPI document of the X API v2 (POST /2/tweets, POST /2/media/metadata); docs.x.com, counting characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from civicsns.adapters.x.extras import checked_extra
from civicsns.errors import BadInput, TextTooLong, Unsupported
from civicsns.language import Bilingual
from civicsns.model import MediaKind, Rendition
from civicsns.text import extract_cashtags, weighted_length

if TYPE_CHECKING:
    from civicsns.model import Account, Draft, Limits, Media, Poll, PostRef

#: Self-serve apps may use one cashtag in a post (X developer policy, 2026).
_MOST_CASHTAGS = 1
_POLL_OPTIONS = range(2, 5)
_POLL_OPTION_CHARACTERS = 25
_POLL_MINUTES = range(5, 10080 + 1)
_LONGEST_ID = 19


def rendition(draft: Draft, account: Account, *, limits: Limits) -> Rendition:
    """
    Make the request for *account* from *draft*.

    Raises:
        BadInput: If something in the draft is wrong.
        TextTooLong: If the text is longer than X takes.
        Unsupported: If X cannot carry a part of it.
    """
    if account.platform != "x":
        raise BadInput(
            Bilingual(f"アカウント {account.id} は X のものではありません。", f"The account {account.id} is not of X."),
            mend=Bilingual("X のアカウントを指定してください。", "Name an account of X."),
            place="accounts",
        )
    if draft.publish_at is not None:
        raise Unsupported(
            Bilingual("X には予約投稿の機能がありません。", "X itself cannot publish at a later time."),
            mend=Bilingual(
                "publish_at の代わりに not_before を指定すると、civicsns がその時刻以後に送ります。",
                "Use not_before in place of publish_at: civicsns then sends it at that time or later.",
            ),
            place="publish_at",
        )
    text = _text(draft, limits)
    _check_media(draft, limits)
    body: dict[str, Any] = checked_extra(draft)
    if text:
        body["text"] = text
    if draft.poll is not None:
        body["poll"] = _poll(draft.poll, draft)
    if draft.quote is not None:
        body["quote_tweet_id"] = post_id(draft.quote, place="quote")
    if draft.reply_to is not None:
        post_id(draft.reply_to, place="reply_to")
    if draft.reply_settings is not None:
        body["reply_settings"] = draft.reply_settings.value
    return Rendition(
        platform="x",
        account=account.id,
        network_id=account.network_id,
        text=text,
        body=body,
        media=draft.media,
        reply_to=draft.reply_to,
    )


def _text(draft: Draft, limits: Limits) -> str:
    text = draft.text_for("x")
    if draft.link and draft.link not in text:
        text = f"{text}\n{draft.link}" if text else draft.link
    if not text.strip() and not draft.media:
        raise BadInput(
            Bilingual("文面も画像もありません。", "There is neither text nor media."),
            mend=Bilingual("文面を書くか、画像を付けてください。", "Write a text or add a picture."),
            place="text",
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(
            Bilingual("壊れた文字（絵文字の半分など）が含まれています。", "The text holds a broken character."),
            mend=Bilingual(
                f"{error.start + 1} 文字目を打ち直してください。", f"Type character {error.start + 1} again."
            ),
            place="text",
        ) from None
    length = weighted_length(text)
    if length > limits.text.maximum:
        over = length - limits.text.maximum
        raise TextTooLong(
            Bilingual(
                f"文面が X の上限（{limits.text.maximum}）を {over} 超えています（全角は 2、URL は 23 と数えます）。",
                f"The text is {over} over X's maximum of {limits.text.maximum} (a Japanese character counts 2, a URL 23).",
            ),
            mend=Bilingual(
                'variants={"x": "…"} で X 用の短い文面を書くか、thread=True（コマンドでは --thread）で連投に分けてください。',
                'Write a shorter text for X in variants={"x": "…"}, or cut it into a thread with thread=True (on the command line --thread).',
            ),
            place="text",
        )
    if len(extract_cashtags(text)) > _MOST_CASHTAGS:
        raise Unsupported(
            Bilingual(
                "X は、この契約のアプリからの投稿に $ 記号の銘柄タグを 1 つしか認めていません。",
                "X takes one cashtag ($NAME) in a post from a self-serve app.",
            ),
            mend=Bilingual("銘柄タグを 1 つに減らしてください。", "Keep one cashtag."),
            place="text",
        )
    return text


def _check_media(draft: Draft, limits: Limits) -> None:
    images = [one for one in draft.media if one.kind is MediaKind.IMAGE]
    films = [one for one in draft.media if one.kind is not MediaKind.IMAGE]
    most = limits.media
    if len(images) > most.images or len(films) > most.videos or (images and films):
        raise Unsupported(
            Bilingual(
                f"X の 1 つの投稿に付けられるのは、画像 {most.images} 枚まで、または GIF か動画 {most.videos} つです。",
                f"A post on X carries up to {most.images} pictures, or {most.videos} GIF or film.",
            ),
            mend=Bilingual(
                "画像・動画を減らすか、別の投稿に分けてください。", "Take some away, or make another post of them."
            ),
            place="media",
        )
    if draft.media and draft.poll is not None:
        raise Unsupported(
            Bilingual("X の投票には画像や動画を付けられません。", "A poll on X carries no picture or film."),
            mend=Bilingual("どちらか一方にしてください。", "Keep one of the two."),
            place="media",
        )
    seen: set[str] = set()
    for index, one in enumerate(draft.media):
        if one.digest in seen:
            raise BadInput(
                Bilingual("同じファイルが 2 回指定されています。", "The same file stands there twice."),
                mend=Bilingual("片方を除いてください。", "Take one away."),
                place=f"media[{index}] ({one.name})",
            )
        seen.add(one.digest)
        _check_file(one, limits, place=f"media[{index}] ({one.name})")


def _check_file(one: Media, limits: Limits, *, place: str) -> None:
    if one.media_type not in limits.media.types:
        raise Unsupported(
            Bilingual(f"X は {one.media_type} を受け付けません。", f"X does not take {one.media_type}."),
            mend=Bilingual(
                "JPEG・PNG・WebP・GIF・MP4・MOV のいずれかにしてください。", "Use JPEG, PNG, WebP, GIF, MP4 or MOV."
            ),
            place=place,
        )
    most = limits.media.bytes_[one.kind]
    if not one.content or len(one.content) > most:
        raise Unsupported(
            Bilingual(
                f"ファイルの大きさ（{len(one.content):,} バイト）が X の範囲（1〜{most:,} バイト）にありません。",
                f"The file has {len(one.content):,} bytes; X takes 1 to {most:,}.",
            ),
            mend=Bilingual("画質や長さを下げて小さくしてください。", "Make it smaller."),
            place=place,
        )
    if one.alt_text is not None and len(one.alt_text) > limits.media.alt_text:
        raise BadInput(
            Bilingual(
                f"代替テキストが {len(one.alt_text)} 文字あります。X の上限は {limits.media.alt_text} 文字です。",
                f"The alt text has {len(one.alt_text)} characters; X takes {limits.media.alt_text}.",
            ),
            mend=Bilingual("代替テキストを短くしてください。", "Shorten the alt text."),
            place=f"{place}.alt_text",
        )


def _poll(poll: Poll, draft: Draft) -> dict[str, Any]:
    if draft.quote is not None:
        raise Unsupported(
            Bilingual("X では投票と引用を一緒にできません。", "X does not combine a poll with a quote."),
            mend=Bilingual("どちらか一方にしてください。", "Keep one of the two."),
            place="poll",
        )
    if not draft.text_for("x").strip() and not draft.link:
        raise BadInput(
            Bilingual("投票には質問の文面が必要です。", "A poll needs a text that asks the question."),
            mend=Bilingual("文面を書いてください。", "Write the question."),
            place="text",
        )
    if len(poll.options) not in _POLL_OPTIONS or len(set(poll.options)) != len(poll.options):
        raise BadInput(
            Bilingual("投票の選択肢は 2〜4 個で、互いに違うものにします。", "A poll has 2 to 4 different answers."),
            mend=Bilingual("選択肢を直してください。", "Change the answers."),
            place="poll.options",
        )
    for index, option in enumerate(poll.options):
        if not option.strip() or len(option) > _POLL_OPTION_CHARACTERS:
            raise BadInput(
                Bilingual(
                    f"選択肢「{option}」が 1〜25 文字ではありません。",
                    f"The answer “{option}” has not 1 to 25 characters.",
                ),
                mend=Bilingual("選択肢を短くしてください。", "Change it."),
                place=f"poll.options[{index}]",
            )
    if poll.minutes not in _POLL_MINUTES:
        raise BadInput(
            Bilingual(
                f"投票の期間 {poll.minutes} 分は、X の範囲（5 分〜7 日）にありません。",
                f"A poll on X runs 5 minutes to 7 days, not {poll.minutes} minutes.",
            ),
            mend=Bilingual("期間を直してください。", "Change the time."),
            place="poll.minutes",
        )
    return {"options": list(poll.options), "duration_minutes": poll.minutes}


def post_id(ref: PostRef, *, place: str) -> str:
    """
    Give the id of a post on X.

    Raises:
        BadInput: If the post is of another network, or the id has not X's form.
    """
    if ref.platform != "x" or not is_id(ref.id):
        raise BadInput(
            Bilingual(
                f"X の投稿の番号ではありません: {ref.id[:40]}。", f"This is no id of a post on X: {ref.id[:40]}."
            ),
            mend=Bilingual(
                "X の投稿の番号（数字だけ）を、platform を x として指定してください。",
                "Give the id of a post on X (digits only), with the platform x.",
            ),
            place=place,
        )
    return ref.id


def is_id(value: object) -> bool:
    """Tell whether *value* has the form of X's ids: 1 to 19 digits."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID

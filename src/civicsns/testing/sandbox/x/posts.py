"""Posting and deleting: `POST /2/tweets` and `DELETE /2/tweets/:id`."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from civicsns.testing.sandbox.faults import Fault
from civicsns.testing.sandbox.x import limits, problems, texts
from civicsns.testing.sandbox.x.bodies import ID, Flag, Many, Record, Text, Whole, read
from civicsns.testing.sandbox.x.queries import no_parameters
from civicsns.testing.sandbox.x.values import XPoll, XPost
from civicsns.text import extract_cashtags, weighted_length

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from civicsns.testing.sandbox.x.exchange import Exchange
    from civicsns.testing.sandbox.x.uploads import Upload

_WHO_MAY_REPLY = Text(one_of=("following", "mentionedUsers", "subscribers", "verified"))
#: The body of `POST /2/tweets` (OpenAPI document 2.167, `CreatePostsRequest`).
BODY = Record(
    fields={
        "card_uri": Text(),
        "community_id": ID,
        "direct_message_deep_link": Text(),
        "edit_options": Record(fields={"previous_post_id": ID}, needed=("previous_post_id",)),
        "for_super_followers_only": Flag(),
        "geo": Record(fields={"place_id": Text()}, needed=("place_id",)),
        "made_with_ai": Flag(),
        "media": Record(
            fields={
                "call_to_actions": Record(fields={}, open=True),
                "description": Text(),
                "embeddable": Flag(),
                "media_ids": Many(of=ID, least=1, most=4),
                "preview_media_id": ID,
                "tagged_user_ids": Many(of=ID, most=10),
                "title": Text(),
            },
            needed=("media_ids",),
        ),
        "nullcast": Flag(),
        "paid_partnership": Flag(),
        "poll": Record(
            fields={
                "duration_minutes": Whole(least=5, most=10080),
                "options": Many(of=Text(least=1, most=25), least=2, most=4),
                "reply_settings": _WHO_MAY_REPLY,
            },
            needed=("options", "duration_minutes"),
        ),
        "quote_tweet_id": ID,
        "reply": Record(
            fields={
                "auto_populate_reply_metadata": Flag(),
                "exclude_reply_user_ids": Many(of=Text()),
                "in_reply_to_tweet_id": ID,
            },
            needed=("in_reply_to_tweet_id",),
        ),
        "reply_settings": _WHO_MAY_REPLY,
        "share_with_followers": Flag(),
        "text": Text(),
    }
)
#: Kept with the post as they came.
_KEPT = (
    "card_uri",
    "direct_message_deep_link",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "nullcast",
    "paid_partnership",
    "share_with_followers",
)
#: An edit is possible for an hour, and five times (X documentation, edit posts).
EDIT_TIME = timedelta(hours=1)
EDITS = 5

_PLACE = re.compile("[0-9a-f]{16}")
_TOO_LONG = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see "
    "https://github.com/twitter/twitter-text."
)


def create(exchange: Exchange) -> Response:
    """Post."""
    no_parameters(exchange.request)
    body = read(exchange.request, BODY)
    text = unicodedata.normalize("NFC", body.get("text", "")).strip()
    price = limits.POST_WITH_URL if texts.has_link(text) else limits.POST
    exchange.purse.check(price)
    media = _media(exchange, body)
    _see_text(exchange, text, has_media=bool(media))
    _see_parts(exchange, body)
    edited = _edited(exchange, body)
    reply_to = _reply(exchange, body, edited)
    quote = _quote(exchange, body)
    post = _made(exchange, body, text=text, media=media, edited=edited, reply_to=reply_to, quote=quote)
    _refuse_duplicate(exchange, post)
    exchange.state.posts[post.id] = post
    if edited is not None:
        exchange.state.replaced.update(dict.fromkeys(edited.history, post.id))
    if exchange.order is not None and exchange.order.fault is Fault.HIDDEN:
        exchange.state.hidden[post.id] = exchange.order.reads
    elif exchange.settings.visibility_lag:
        exchange.state.hidden[post.id] = exchange.settings.visibility_lag
    exchange.purse.pay(price)
    data = {
        "id": post.id,
        "text": texts.shown(post, exchange.state).text,
        "edit_history_tweet_ids": list(post.history),
    }
    return exchange.answer({"data": data}, status=201)


def delete(exchange: Exchange) -> Response:
    """Delete."""
    no_parameters(exchange.request)
    post_id = exchange.arguments["id"]
    if not re.fullmatch("[0-9]{1,19}", post_id, re.ASCII):
        raise problems.invalid_parameter("id", post_id, f"The `id` query parameter value [{post_id}] is not valid")
    exchange.purse.check(limits.DELETE)
    post = exchange.state.posts.get(post_id)
    if post is not None:
        if post.user_id != exchange.who.user_id:
            raise problems.forbidden("You are not authorized to delete this Tweet.")
        exchange.state.remove(exchange.state.latest(post))
    exchange.purse.pay(limits.DELETE)
    # X reports the state that was asked for, whether or not the post was still there.
    return exchange.answer({"data": {"deleted": True}})


# --- what X looks at ---------------------------------------------------------------------------------------------


def _see_text(exchange: Exchange, text: str, *, has_media: bool) -> None:
    if not text and not has_media:
        raise problems.invalid_parameter("$.text", text, "One of `text` or `media` is required")
    if weighted_length(text) > 280:
        raise problems.invalid([{"message": _TOO_LONG}])
    if not exchange.who.app.enterprise and len(extract_cashtags(text)) > 1:
        raise problems.forbidden()


def _see_parts(exchange: Exchange, body: dict[str, Any]) -> None:
    alone = ("media", "poll", "quote_tweet_id", "card_uri", "direct_message_deep_link")
    together = [name for name in alone if name in body]
    if len(together) > 1:
        raise problems.invalid(
            [
                {
                    "parameters": {f"$.{name}": [] for name in together},
                    "message": f"[{', '.join(together)}] are exclusive",
                }
            ]
        )
    place = body.get("geo", {}).get("place_id", "0" * 16)
    if not _PLACE.fullmatch(place):
        raise problems.invalid_parameter("$.geo.place_id", place, "Your place ID is invalid.")
    link = body.get("direct_message_deep_link", "https://x.com/messages/compose")
    if not re.match(r"https://(?:x|twitter)\.com/messages/compose", link):
        raise problems.invalid_parameter("$.direct_message_deep_link", link, "Your deep link is invalid.")
    if not body.get("card_uri", "card://").startswith(("card://", "tombstone://")):
        raise problems.invalid_parameter("$.card_uri", body["card_uri"], "Your card URI is invalid.")
    tagged = body.get("media", {}).get("tagged_user_ids", [])
    unknown = [user_id for user_id in tagged if user_id not in exchange.state.users]
    if unknown:
        raise problems.invalid([{"parameters": {"media.tagged_user_ids": unknown}, "message": "Unknown users."}])
    if "community_id" in body or body.get("for_super_followers_only") or body.get("share_with_followers"):
        # There are no communities here, and nobody has paying followers.
        raise problems.forbidden()


def _media(exchange: Exchange, body: dict[str, Any]) -> list[Upload]:
    ids: list[str] = body.get("media", {}).get("media_ids", [])
    found = [exchange.state.uploads.get(media_id) for media_id in ids]
    usable = [upload for upload in found if upload is not None and _usable(exchange, upload)]
    films = [upload for upload in usable if upload.kind != "photo"]
    if len(usable) != len(ids) or len(set(ids)) != len(ids) or (films and len(ids) > 1):
        raise problems.invalid([{"parameters": {"media.media_ids": ids}, "message": "Your media IDs are invalid."}])
    return usable


def _usable(exchange: Exchange, upload: Upload) -> bool:
    return (
        exchange.who.user_id in {upload.user_id, *upload.owners}
        and upload.category in {"tweet_image", "tweet_gif", "tweet_video", "amplify_video"}
        and upload.state(exchange.now) == "succeeded"
        and exchange.now < upload.expires_at
    )


def _edited(exchange: Exchange, body: dict[str, Any]) -> XPost | None:
    if "edit_options" not in body:
        return None
    post_id = body["edit_options"]["previous_post_id"]
    post = exchange.state.posts.get(post_id)
    if post is None or post.user_id != exchange.who.user_id:
        raise problems.forbidden("You are not permitted to edit this Tweet.")
    first = exchange.state.posts[post.history[0]]
    late = exchange.now >= first.created_at + EDIT_TIME
    if post_id in exchange.state.replaced or late or len(post.history) > EDITS or not editable(exchange, post):
        raise problems.forbidden("You are not permitted to edit this Tweet.")
    return post


def editable(exchange: Exchange, post: XPost) -> bool:
    """Tell whether a post is of a kind that can be edited: polls, and answers to others, can not."""
    answered = exchange.state.posts.get(post.reply_to)
    return post.poll is None and (not post.reply_to or (answered is not None and answered.user_id == post.user_id))


def _reply(exchange: Exchange, body: dict[str, Any], edited: XPost | None) -> str:
    if "reply" not in body:
        return edited.reply_to if edited is not None else ""
    target_id: str = body["reply"]["in_reply_to_tweet_id"]
    target = exchange.state.posts.get(target_id)
    if target is None:
        raise problems.forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    me = exchange.state.users[exchange.who.user_id]
    own = target.user_id == me.id
    quoted = exchange.state.posts.get(target.quote)
    summoned = texts.addresses(target, me, exchange.state) or (quoted is not None and quoted.user_id == me.id)
    closed = target.reply_settings != "everyone" or not exchange.who.app.enterprise
    if closed and not own and not summoned:
        raise problems.not_summoned()
    return target_id


def _quote(exchange: Exchange, body: dict[str, Any]) -> str:
    quote: str = body.get("quote_tweet_id", "")
    if not quote:
        return ""
    if not exchange.who.app.enterprise:
        raise problems.forbidden()
    if quote not in exchange.state.posts:
        raise problems.forbidden("You attempted to quote a Tweet that is deleted or not visible to you.")
    return quote


def _made(
    exchange: Exchange,
    body: dict[str, Any],
    *,
    text: str,
    media: list[Upload],
    edited: XPost | None,
    reply_to: str,
    quote: str,
) -> XPost:
    post_id = exchange.state.new_id()
    poll = body.get("poll")
    extra = {name: body[name] for name in _KEPT if name in body}
    extra |= {name: value for name, value in body.get("media", {}).items() if name != "media_ids"}
    excluded = body.get("reply", {}).get("exclude_reply_user_ids")
    return XPost(
        id=post_id,
        user_id=exchange.who.user_id,
        text=text,
        created_at=exchange.now,
        media_ids=tuple(upload.id for upload in media),
        media_keys=tuple(upload.key for upload in media),
        reply_to=reply_to,
        quote=quote,
        poll=poll
        and XPoll(
            id=exchange.state.new_id(), options=tuple(poll["options"]), duration_minutes=poll["duration_minutes"]
        ),
        reply_settings=body.get("reply_settings", "everyone"),
        source=exchange.who.app.name,
        history=(*(edited.history if edited is not None else ()), post_id),
        extra=extra | ({"exclude_reply_user_ids": tuple(excluded)} if excluded else {}),
    )


def _refuse_duplicate(exchange: Exchange, new: XPost) -> None:
    """
    Refuse what the account posted a short while ago.

    Media count: their short link is a part of the text. So the same words with the same file uploaded again pass.
    """
    since = exchange.now - exchange.settings.duplicates
    for post in exchange.state.current():
        own = post.user_id == new.user_id and post.id not in new.history
        if own and post.created_at > since and (post.text, post.media_ids) == (new.text, new.media_ids):
            raise problems.duplicate()

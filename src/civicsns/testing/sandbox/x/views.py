"""How posts, users, media and polls look in answers: only what was asked for, and what always comes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from civicsns.testing.sandbox.x import problems, texts
from civicsns.testing.sandbox.x.posts import EDIT_TIME, EDITS, editable
from civicsns.testing.sandbox.x.queries import Wanted, Words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from civicsns.testing.sandbox.x.exchange import Exchange
    from civicsns.testing.sandbox.x.uploads import Upload
    from civicsns.testing.sandbox.x.values import XPoll, XPost, XUser

_PRIVATE = ("non_public_metrics", "organic_metrics", "promoted_metrics")
#: What a field of an expansion adds to the post itself.
_BROUGHT = {
    "author_id": "author_id",
    "attachments.media_keys": "attachments",
    "attachments.poll_ids": "attachments",
    "entities.mentions.username": "entities",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "geo.place_id": "geo",
}


def stamp(moment: datetime) -> str:
    """Give a time as X writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def listing(exchange: Exchange, posts: Iterable[XPost], wanted: Wanted) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give posts as data, and the rest of the answer: `includes` and `errors` where there are any."""
    posts = list(posts)
    rest: dict[str, Any] = {}
    includes = _includes(exchange, posts, wanted)
    if includes:
        rest["includes"] = includes
    errors = [
        problems.completed(problems.hidden_field(field, post.id), exchange.base)
        for post in posts
        for field in _PRIVATE
        if field in wanted.post and post.user_id != exchange.who.user_id
    ]
    if errors:
        rest["errors"] = errors
    return [post_view(exchange, post, wanted) for post in posts], rest


def post_view(exchange: Exchange, post: XPost, wanted: Wanted) -> dict[str, Any]:
    """Show one post."""
    state = exchange.state
    shown = texts.shown(post, state)
    answered = state.posts.get(post.reply_to)
    references = [
        {"type": kind, "id": post_id}
        for kind, post_id in (("replied_to", post.reply_to), ("quoted", post.quote))
        if post_id
    ]
    attachments: dict[str, Any] = {}
    if post.media_keys:
        attachments["media_keys"] = list(post.media_keys)
    if post.poll is not None:
        attachments["poll_ids"] = [post.poll.id]
    everything: dict[str, Any] = {
        "id": post.id,
        "text": shown.text,
        f"edit_history_{wanted.words}_ids": list(state.latest(post).history),
        "author_id": post.user_id,
        "attachments": attachments,
        "conversation_id": _conversation(exchange, post),
        "created_at": stamp(post.created_at),
        "display_text_range": list(shown.visible),
        "edit_controls": _edit_controls(exchange, post),
        "entities": shown.entities,
        "geo": post.extra.get("geo", {}),
        "in_reply_to_user_id": answered.user_id if answered is not None else "",
        "lang": shown.language,
        "paid_partnership": post.extra.get("paid_partnership", ""),
        "possibly_sensitive": False,
        f"referenced_{wanted.words}s": references,
        "reply_settings": post.reply_settings,
        "source": post.source,
    }
    if post.user_id == exchange.who.user_id:
        private = {"impression_count": 0, "user_profile_clicks": 0}
        everything["non_public_metrics"] = {**private, "engagements": 0}
        everything["organic_metrics"] = {**private, "like_count": 0, "reply_count": 0}
    names = {"id", "text", f"edit_history_{wanted.words}_ids", *wanted.post}
    names |= {_BROUGHT.get(expansion, "") for expansion in wanted.expansions}
    if any(expansion.startswith("referenced_") for expansion in wanted.expansions):
        names.add(f"referenced_{wanted.words}s")
    if "public_metrics" in names:
        everything["public_metrics"] = _metrics(exchange, post, wanted.words)
    return {name: value for name, value in everything.items() if name in names and value not in ("", {}, [])}


def user_view(exchange: Exchange, user: XUser, wanted: Wanted) -> dict[str, Any]:
    """Show one user."""
    own = [post for post in exchange.state.current() if post.user_id == user.id]
    posts = "tweet" if wanted.words is Words.TWEET else "post"
    everything: dict[str, Any] = {
        "id": user.id,
        "name": user.name,
        "username": user.handle,
        "created_at": stamp(user.created_at),
        **texts.profile(user, exchange.state),
        "protected": user.protected,
        "verified": False,
        "verified_type": "none",
        "profile_image_url": "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png",
        "public_metrics": {
            "followers_count": 0,
            "following_count": 0,
            f"{posts}_count": len(own),
            "listed_count": 0,
            "like_count": 0,
            "media_count": sum(len(post.media_keys) for post in own),
        },
    }
    if own:
        everything[f"most_recent_{posts}_id"] = own[-1].id
    names = {"id", "name", "username", *wanted.user}
    names |= {expansion for expansion in wanted.expansions if expansion.startswith("most_recent_")}
    return {name: value for name, value in everything.items() if name in names}


def _includes(exchange: Exchange, posts: list[XPost], wanted: Wanted) -> dict[str, Any]:
    """Gather what the expansions bring in, each thing once."""
    state = exchange.state
    asked = wanted.expansions
    users: dict[str, None] = {}
    others: dict[str, None] = {}
    media: dict[str, Upload] = {}
    polls: dict[str, XPoll] = {}
    through = {name.removeprefix("referenced_tweets.id.") for name in asked if name.startswith("referenced_tweets.id.")}
    follows = bool(asked & {"referenced_tweets.id", "referenced_posts"}) or bool(through)

    def gather(post: XPost, names: Iterable[str]) -> None:
        if "author_id" in names or "username" in names:
            users[post.user_id] = None
        answered = state.posts.get(post.reply_to)
        if "in_reply_to_user_id" in names and answered is not None:
            users[answered.user_id] = None
        if "entities.mentions.username" in names:
            named = texts.shown(post, state).entities.get("mentions", [])
            users.update(dict.fromkeys(each["id"] for each in named if "id" in each))
        if "attachments.media_keys" in names:
            media.update((media_id, state.uploads[media_id]) for media_id in post.media_ids)
        if "attachments.poll_ids" in names and post.poll is not None:
            polls[post.poll.id] = post.poll

    for post in posts:
        gather(post, asked)
        versions = post.history if f"edit_history_{wanted.words}_ids" in asked else ()
        references = (post.reply_to, post.quote) if follows else ()
        others.update(dict.fromkeys(post_id for post_id in (*references, *versions) if post_id in state.posts))
        for post_id in references:
            if post_id in state.posts:
                gather(state.posts[post_id], through)
    found: dict[str, list[dict[str, Any]]] = {
        "users": [user_view(exchange, state.users[user_id], wanted) for user_id in users],
        f"{wanted.words}s": [post_view(exchange, state.posts[post_id], wanted) for post_id in others],
        "media": [_media_view(upload, wanted) for upload in media.values()],
        "polls": [_poll_view(exchange, poll, posts, wanted) for poll in polls.values()],
    }
    return {name: items for name, items in found.items() if items}


def _media_view(upload: Upload, wanted: Wanted) -> dict[str, Any]:
    """Show one picture or film."""
    everything: dict[str, Any] = {
        "media_key": upload.key,
        "type": upload.kind,
        "alt_text": upload.alt_text,
        "public_metrics": {"view_count": 0} if upload.kind == "video" else {},
    }
    if upload.kind == "photo":
        everything["url"] = f"https://pbs.twimg.com/media/{upload.id}.{upload.media_type.partition('/')[2]}"
    names = {"media_key", "type", *wanted.media}
    return {name: value for name, value in everything.items() if name in names and value not in ("", {})}


def _poll_view(exchange: Exchange, poll: XPoll, posts: list[XPost], wanted: Wanted) -> dict[str, Any]:
    begun = next(post.created_at for post in posts if post.poll == poll)
    ends = begun + timedelta(minutes=poll.duration_minutes)
    everything: dict[str, Any] = {
        "id": poll.id,
        "options": [
            {"position": place, "label": label, "votes": 0} for place, label in enumerate(poll.options, start=1)
        ],
        "duration_minutes": poll.duration_minutes,
        "end_datetime": stamp(ends),
        "voting_status": "open" if exchange.now < ends else "closed",
    }
    names = {"id", "options", *wanted.poll}
    return {name: value for name, value in everything.items() if name in names}


def _conversation(exchange: Exchange, post: XPost) -> str:
    root = post
    while root.reply_to in exchange.state.posts:
        root = exchange.state.posts[root.reply_to]
    return root.reply_to or root.history[0]


def _edit_controls(exchange: Exchange, post: XPost) -> dict[str, Any]:
    first = exchange.state.posts[post.history[0]]
    return {
        "edits_remaining": EDITS - (len(post.history) - 1),
        "is_edit_eligible": editable(exchange, post),
        "editable_until": stamp(first.created_at + EDIT_TIME),
    }


def _metrics(exchange: Exchange, post: XPost, words: Words) -> dict[str, int]:
    current = list(exchange.state.current())
    return {
        "retweet_count" if words is Words.TWEET else "repost_count": 0,
        "reply_count": sum(other.reply_to == post.id for other in current),
        "like_count": 0,
        "quote_count": sum(other.quote == post.id for other in current),
        "bookmark_count": 0,
        "impression_count": 0,
    }

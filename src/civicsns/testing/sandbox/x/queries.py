"""
Query parameters: what may be asked, in the two vocabularies that X understands.

The OpenAPI document 2.167 names posts `post` (`post.fields`, `referenced_posts`); what clients send and X answers is
`tweet` (`tweet.fields`, `referenced_tweets`). The practice network speaks `tweet` unless a request uses a word that
only the document has, and refuses a request that mixes both.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from civicsns.testing.sandbox.x import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from werkzeug.wrappers import Request


class Words(StrEnum):
    """Which vocabulary a request uses."""

    TWEET = "tweet"
    POST = "post"


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_COMMON_FIELDS = (
    "article attachments card_uri community_id context_annotations conversation_id created_at display_text_range "
    "edit_controls entities geo id lang matched_media_notes media_metadata non_public_metrics "
    "note_request_suggestions organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics "
    "reply_settings scopes source suggested_source_links suggested_source_links_with_counts text withheld"
)
POST_FIELDS = {
    Words.TWEET: _names(
        f"{_COMMON_FIELDS} author_id edit_history_tweet_ids in_reply_to_user_id note_tweet referenced_tweets"
    ),
    Words.POST: _names(f"{_COMMON_FIELDS} article_title note_post"),
}
_COMMON_EXPANSIONS = (
    "article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet "
    "attachments.poll_ids author_id entities.mentions.username geo.place_id in_reply_to_user_id"
)
POST_EXPANSIONS = {
    Words.TWEET: _names(
        f"{_COMMON_EXPANSIONS} edit_history_tweet_ids entities.note.mentions.username referenced_tweets.id "
        "referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id"
    ),
    Words.POST: _names(f"{_COMMON_EXPANSIONS} edit_history_post_ids referenced_posts username"),
}
USER_EXPANSIONS = {
    Words.TWEET: frozenset(("affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id")),
    Words.POST: frozenset(("affiliation", "most_recent_post_id", "pinned_post_id")),
}
USER_FIELDS = _names(
    "confirmed_email connection_status created_at description entities id is_identity_verified location name parody "
    "profile_banner_url profile_image_url protected public_metrics receives_your_dm subscribes_to_you subscription "
    "subscription_type url username verified verified_followers_count verified_type withheld "
    "affiliation most_recent_tweet_id pinned_tweet_id"
)
MEDIA_FIELDS = _names(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics "
    "public_metrics type url variants width"
)
POLL_FIELDS = _names("duration_minutes end_datetime id options voting_status")
PLACE_FIELDS = _names("contained_within country country_code full_name geo id name place_type")

_LISTS = ("tweet.fields", "post.fields", "expansions", "user.fields", "media.fields", "poll.fields", "place.fields")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z", re.ASCII)
_ID = re.compile("[0-9]{1,19}", re.ASCII)
_EARLIEST = datetime(2010, 11, 6, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Wanted:
    """
    What the answer shall show.

    Attributes:
        words: The vocabulary.
        post: Fields of posts.
        expansions: What to show beside.
        user: Fields of users.
        media: Fields of media.
        poll: Fields of polls.
    """

    words: Words = Words.TWEET
    post: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    poll: frozenset[str] = frozenset()


def no_parameters(request: Request) -> None:
    """
    See that the query is empty.

    Raises:
        Problem: 400, if not.
    """
    only(request, ())


def only(request: Request, names: Iterable[str]) -> dict[str, str]:
    """
    Give the query as a dictionary.

    Raises:
        Problem: 400, if a parameter is not one of *names*, is given twice, or is empty.
    """
    allowed = sorted(names)
    values: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        if name not in allowed:
            message = f"The query parameter [{name}] is not one of [{','.join(allowed)}]"
            raise problems.invalid_parameter(name, value, message)
        if name in values or not value:
            raise _bad(name, value)
        values[name] = value
    return values


def wanted(values: dict[str, str], *, expansions: Mapping[Words, frozenset[str]]) -> Wanted:
    """
    Read the fields and expansions that are asked for.

    Raises:
        Problem: 400, if one is not known, or the vocabularies are mixed.
    """
    lists = {name: _list(name, values[name]) for name in _LISTS if name in values}
    asked = lists.get("expansions", frozenset())
    words = Words.TWEET
    if "post.fields" in lists or asked & (expansions[Words.POST] - expansions[Words.TWEET]):
        words = Words.POST
    if words is Words.POST and "tweet.fields" in lists:
        raise _bad("tweet.fields", values["tweet.fields"])
    known = {
        f"{words}.fields": POST_FIELDS[words],
        "expansions": expansions[words],
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
        "poll.fields": POLL_FIELDS,
        "place.fields": PLACE_FIELDS,
    }
    for name, items in lists.items():
        for item in sorted(items - known[name]):
            message = f"The `{name}` query parameter value [{item}] is not one of [{','.join(sorted(known[name]))}]"
            raise problems.invalid_parameter(name, item, message)
    return Wanted(
        words=words,
        post=lists.get(f"{words}.fields", frozenset()),
        expansions=asked,
        user=lists.get("user.fields", frozenset()),
        media=lists.get("media.fields", frozenset()),
        poll=lists.get("poll.fields", frozenset()),
    )


def post_parameters() -> tuple[str, ...]:
    """Give the names of the parameters that say what to show of posts."""
    return _LISTS


def identifier(name: str, value: str) -> str:
    """
    Read an id.

    Raises:
        Problem: 400, if it is none.
    """
    if not _ID.fullmatch(value):
        message = f"The `{name}` query parameter value [{value}] is not valid"
        raise problems.invalid_parameter(name, value, message)
    return value


def whole(name: str, value: str, *, least: int, most: int) -> int:
    """
    Read a whole number.

    Raises:
        Problem: 400, if it is none, or out of bounds.
    """
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        message = f"The `{name}` query parameter value [{value}] is not between {least} and {most}"
        raise problems.invalid_parameter(name, value, message)
    return int(value)


def moment(name: str, value: str) -> datetime:
    """
    Read a time, as in `2026-08-01T09:00:00Z`.

    Raises:
        Problem: 400, if it is none, or before X kept posts this way.
    """
    try:
        found = datetime.fromisoformat(value) if _TIME.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or found < _EARLIEST:
        raise _bad(name, value)
    return found


def page(name: str, value: str) -> tuple[str, str]:
    """
    Read a pagination token: the direction (`n` for older, `p` for newer) and the id to go on from.

    Raises:
        Problem: 400, if the token was not made by `token`.
    """
    try:
        direction, post_id = base64.b32hexdecode(value.upper() + "=" * (-len(value) % 8)).decode("ascii").split(":")
    except (binascii.Error, ValueError):
        raise _bad(name, value) from None
    if direction not in {"n", "p"} or not _ID.fullmatch(post_id):
        raise _bad(name, value)
    return direction, post_id


def token(direction: str, post_id: str) -> str:
    """Make a pagination token."""
    return base64.b32hexencode(f"{direction}:{post_id}".encode()).decode().rstrip("=").lower()


def _list(name: str, value: str) -> frozenset[str]:
    items = value.split(",")
    if len(set(items)) != len(items) or "" in items:
        raise _bad(name, value)
    return frozenset(items)


def _bad(name: str, value: str) -> problems.Problem:
    return problems.invalid_parameter(name, value, f"The `{name}` query parameter value [{value}] is not valid")

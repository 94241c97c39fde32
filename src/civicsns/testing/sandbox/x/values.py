"""What the practice X holds and shows: apps, users, posts, and whom a token speaks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: Every scope of OAuth 2.0 that X knows (OpenAPI document 2.167, `OAuth2UserToken`).
SCOPES = frozenset(
    f"{thing}.{right}"
    for thing, rights in {
        "block": "read write",
        "bookmark": "read write",
        "broadcast": "read write",
        "dm": "read write",
        "follows": "read write",
        "like": "read write",
        "list": "read write",
        "media": "write",
        "mute": "read write",
        "offline": "access",
        "space": "read",
        "timeline": "read",
        "tweet": "moderate.write read write",
        "users": "read",
    }.items()
    for right in rights.split()
)


@attrs.frozen(kw_only=True)
class XApp:
    """
    A developer's app.

    Attributes:
        consumer_key: Its name in OAuth 1.0a.
        consumer_secret: Its secret in OAuth 1.0a.
        client_id: Its name in OAuth 2.0.
        client_secret: Its secret in OAuth 2.0; empty for a public client, which has none.
        name: What people see as a post's source.
        callback_uris: The addresses to which a person may be sent back; each must match exactly.
        enterprise: Whether it is on the Enterprise tier. Others may not quote, may answer only those who
            summoned them, and may use one cashtag.
        enrolled: Whether it belongs to a project; X refuses every v2 call of one that does not.
    """

    consumer_key: str
    consumer_secret: str = attrs.field(repr=False)
    client_id: str
    client_secret: str = attrs.field(repr=False)
    name: str
    callback_uris: tuple[str, ...] = ()
    enterprise: bool = False
    enrolled: bool = True

    @property
    def confidential(self) -> bool:
        """Whether it can keep a secret, and so must prove itself at the token endpoint."""
        return bool(self.client_secret)


@attrs.frozen(kw_only=True)
class XUser:
    """
    A person or an office with an account.

    Attributes:
        id: 19 digits.
        handle: The name after the `@`.
        name: The name to show.
        created_at: Since when.
        description: What it says of itself.
        url: The link of the profile; empty where there is none.
        protected: Whether only followers whom it lets in see its posts.
    """

    id: str
    handle: str
    name: str
    created_at: datetime
    description: str = ""
    url: str = ""
    protected: bool = False


@attrs.frozen(kw_only=True)
class XPoll:
    """
    A poll 投票.

    Attributes:
        id: 19 digits.
        options: Its choices.
        duration_minutes: For how long one can vote.
    """

    id: str
    options: tuple[str, ...]
    duration_minutes: int


@attrs.frozen(kw_only=True)
class XPost:
    """
    One post.

    Attributes:
        id: 19 digits, a snowflake.
        user_id: Its author.
        text: What was sent, before X shortens links and escapes characters.
        created_at: When.
        media_ids: The attached media.
        media_keys: Their keys, as reading calls show them.
        reply_to: The post that it answers; empty where it answers none.
        quote: The post that it quotes; empty where it quotes none.
        poll: Its poll.
        reply_settings: Who may answer; `everyone` unless it was said.
        source: The app that posted it.
        history: The ids of its versions, oldest first; the last is its own.
        extra: The other fields that were sent, such as `made_with_ai`.
    """

    id: str
    user_id: str
    text: str
    created_at: datetime
    media_ids: tuple[str, ...] = ()
    media_keys: tuple[str, ...] = ()
    reply_to: str = ""
    quote: str = ""
    poll: XPoll | None = None
    reply_settings: str = "everyone"
    source: str = ""
    history: tuple[str, ...] = ()
    extra: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Identity:
    """
    For whom a request speaks.

    Attributes:
        app: The app that sent it.
        user_id: The user; empty for a token of the app alone.
        scopes: What an OAuth 2.0 token may do; None for OAuth 1.0a, which has `permissions` instead.
        permissions: `read` or `read-write`, of an OAuth 1.0a token.
        token: The token itself.
    """

    app: XApp
    user_id: str = ""
    scopes: frozenset[str] | None = None
    permissions: str = ""
    token: str = attrs.field(default="", repr=False)

"""What the practice Facebook holds: apps, people, Pages, posts, photos, films, comments and tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a person may do on a Page, as `/me/accounts` names it (Graph API reference, Page, `tasks`).
TASKS: Final = ("ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE")

#: Permissions that the practice login offers (Meta, Permissions Reference).
PERMISSIONS: Final = (
    "public_profile",
    "email",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "pages_manage_metadata",
    "read_insights",
    "business_management",
    "publish_video",
)

#: What civicsns needs to post, read back, answer and count.
USUAL_PERMISSIONS: Final = (
    "public_profile",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "read_insights",
)

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class GraphApp:
    """
    An app.

    Attributes:
        id: The app id.
        secret: The app secret; not shown in the repr.
        name: Its name.
        redirect_uris: The addresses to which the login may send a person back, compared character by character.
        require_appsecret_proof: Whether every call with a user or Page token must carry `appsecret_proof`.
    """

    id: str
    secret: str = attrs.field(repr=False)
    name: str
    redirect_uris: tuple[str, ...] = ()
    require_appsecret_proof: bool = False


@attrs.frozen(kw_only=True)
class GraphPerson:
    """
    A person with a profile.

    Attributes:
        id: The app-scoped user id.
        name: The name.
    """

    id: str
    name: str


@attrs.frozen(kw_only=True)
class GraphPage:
    """
    A Page.

    Attributes:
        id: The Page id, 15 digits.
        name: The name.
        category: The category that Graph gives with the Page.
        tasks: The tasks of each person, by person id.
        about: What it is, in brief.
        bio: What it says of itself.
        description: What it is, at length.
        website: Its own site: one address or several, as it was typed in.
        is_published: Whether everybody can see it.
    """

    id: str
    name: str
    category: str = "Government organization"
    tasks: Mapping[str, tuple[str, ...]] = _NOTHING
    about: str = ""
    bio: str = ""
    description: str = ""
    website: str = ""
    is_published: bool = True


@attrs.frozen(kw_only=True)
class GraphPost:
    """
    A post on a Page.

    Attributes:
        id: `{page}_{number}`.
        page_id: The Page.
        message: The text; empty where there is none.
        link: The shared link; empty where there is none.
        attached: The ids of its photos or of its film.
        alt_texts: The alternative text of each of `attached`; empty strings where there is none.
        published: Whether it can be seen.
        scheduled_for: When it is to be published; None where nothing is scheduled.
        created_at: When it was published, or made where it is not published yet.
        updated_at: When it was last changed.
        app_id: The app that made it; empty for what a person wrote by hand.
        author: The Page's or the citizen's name.
        author_id: The Page's or the citizen's id.
        hidden: Whether it is hidden from the timeline.
        tags: The ids of Pages that it names.
        extra: Parameters that the practice network only keeps, such as `feed_targeting`.
    """

    id: str
    page_id: str
    message: str = ""
    link: str = ""
    attached: tuple[str, ...] = ()
    alt_texts: tuple[str, ...] = ()
    published: bool = True
    scheduled_for: datetime | None = None
    created_at: datetime
    updated_at: datetime
    app_id: str = ""
    author: str = ""
    author_id: str = ""
    hidden: bool = False
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = _NOTHING

    @property
    def permalink_url(self) -> str:
        """Its address."""
        return f"https://www.facebook.com/{self.page_id}/posts/{self.id.partition('_')[2]}"


@attrs.frozen(kw_only=True)
class GraphComment:
    """
    A comment on a post, photo or film, or an answer to a comment.

    Attributes:
        id: `{number of the post}_{number}`.
        object_id: What it stands under: a post, a photo, a film or a comment.
        page_id: The Page on which it stands.
        author: Who wrote it.
        author_id: That person's or Page's id.
        message: The text.
        created_at: When.
        hidden: Whether the Page hid it.
        app_id: The app that wrote it; empty for a person.
    """

    id: str
    object_id: str
    page_id: str
    author: str
    author_id: str
    message: str
    created_at: datetime
    hidden: bool = False
    app_id: str = ""


@attrs.frozen(kw_only=True)
class GraphPhoto:
    """
    A photo of a Page.

    Attributes:
        id: Its id.
        page_id: The Page.
        content: The bytes.
        media_type: Their type, such as `image/png`.
        alt_text: The alternative text.
        message: The text with it.
        published: Whether it was published by itself.
        expires_at: When it goes away unless a post uses it (`temporary`).
        created_at: When it was uploaded.
        app_id: The app that uploaded it.
        post_id: The post that shows it; empty while there is none.
    """

    id: str
    page_id: str
    content: bytes = attrs.field(repr=False)
    media_type: str
    alt_text: str = ""
    message: str = ""
    published: bool = True
    expires_at: datetime | None = None
    created_at: datetime
    app_id: str
    post_id: str = ""


@attrs.frozen(kw_only=True)
class GraphVideo:
    """
    A film of a Page.

    Attributes:
        id: Its id.
        page_id: The Page.
        content: The bytes.
        title: Its title.
        description: The text with it.
        published: Whether it can be seen once it is ready.
        ready_at: When the network has converted it.
        created_at: When it was uploaded.
        app_id: The app that uploaded it.
        post_id: The post that shows it.
    """

    id: str
    page_id: str
    content: bytes = attrs.field(repr=False)
    title: str = ""
    description: str = ""
    published: bool = True
    ready_at: datetime
    created_at: datetime
    app_id: str
    post_id: str


class TokenKind(StrEnum):
    """For whom a token speaks, as `debug_token` names it."""

    APP = "APP"
    USER = "USER"
    PAGE = "PAGE"
    SYSTEM_USER = "SYSTEM_USER"


@attrs.frozen(kw_only=True)
class Token:
    """
    An access token.

    Attributes:
        value: The token.
        kind: For whom it speaks.
        app_id: The app to which it was given.
        person_id: The person behind it; empty for an app's.
        page_id: The Page, for a Page's token.
        scopes: The permissions it carries.
        pages: The Pages that the person let the app see.
        issued_at: When it was given.
        expires_at: When it ends; None for never.
        long_lived: Whether it is one of 60 days, whose Page tokens never end.
        subcode: Why it is dead, as Graph's `error_subcode`; 0 while it lives.
    """

    value: str = attrs.field(repr=False)
    kind: TokenKind
    app_id: str
    person_id: str = ""
    page_id: str = ""
    scopes: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    issued_at: datetime
    expires_at: datetime | None = None
    long_lived: bool = False
    subcode: int = 0

    def dead(self, now: datetime) -> int:
        """Give the subcode with which Graph refuses it at *now*; 0 where it lives."""
        if self.subcode:
            return self.subcode
        return 463 if self.expires_at is not None and self.expires_at <= now else 0


#: How long a token from the login lasts: "about an hour or two" (Meta, Access Tokens guide).
SHORT: Final = timedelta(hours=1, minutes=30)
#: How long an exchanged token lasts: "about 60 days" (same).
LONG: Final = timedelta(days=60)

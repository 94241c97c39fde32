"""What is read from a network: profiles, mentions, figures, sign-in requests."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.model.moment import aware, aware_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from civicsns.model.credential import Credential, Secret
    from civicsns.model.draft import PostRef


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Profile:
    """
    Whom a token speaks for; and, where the profile itself was read, what citizens see there.

    Attributes:
        platform: The network.
        network_id: The network's id.
        handle: The name without `@`; empty where the network has none.
        name: The name as shown.
        scopes: What the token may do, where the network says so.
        url: Where a citizen sees the profile.
        description: What it says of itself 自己紹介.
        links: Where its links lead, the network's own shortening undone.
        visible: Whether every citizen sees it; False where it is protected 非公開 or not published.
    """

    platform: str
    network_id: str
    handle: str = ""
    name: str = ""
    scopes: frozenset[str] = frozenset()
    url: str = ""
    description: str = attrs.field(default="", repr=False)
    links: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    visible: bool = True


@attrs.frozen(kw_only=True)
class TokenStatus:
    """
    What the network says of a token.

    Attributes:
        valid: Whether it works now.
        subject: The id that it speaks for.
        scopes: What it may do.
        expires_at: When it ends; None where it does not.
        data_access_expires_at: When reading a person's data ends (Facebook); None where it does not.
    """

    valid: bool
    subject: str = ""
    scopes: frozenset[str] = frozenset()
    expires_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    data_access_expires_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class DiscoveredAccount:
    """
    An account that a person's sign-in opens, such as a Facebook Page.

    Attributes:
        profile: The account.
        credential: The token that acts for it.
        tasks: What the person may do there.
    """

    profile: Profile
    credential: Credential
    tasks: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Mention:
    """
    A post by somebody else that names or answers an account.

    Attributes:
        post: The post.
        author_id: The network's id of its author; empty where the network withholds it.
        author_name: The name as shown.
        text: What it says.
        at: When.
        in_reply_to: The post that it answers, where it answers one.
        url: Where it stands.
    """

    post: PostRef
    author_id: str = ""
    author_name: str = ""
    text: str = attrs.field(default="", repr=False)
    at: datetime = attrs.field(validator=aware)
    in_reply_to: PostRef | None = None
    url: str = ""


@attrs.frozen(kw_only=True)
class Metrics:
    """
    Figures of one post or one account, as the network counts them.

    Attributes:
        subject: The network's id of the post or account.
        at: When they were read.
        values: The figures by the network's own names.
    """

    subject: str
    at: datetime = attrs.field(validator=aware)
    values: Mapping[str, int] = attrs.field(converter=_frozen, hash=False)


@attrs.frozen(kw_only=True)
class AuthorizationRequest:
    """
    A sign-in that has begun: send the person to `url`, keep the rest until the person is back.

    Attributes:
        platform: The network.
        url: Where the person signs in and agrees.
        state: An unguessable value that must come back unchanged.
        redirect_uri: Where the network sends the person afterwards.
        secrets: What `complete` needs: the PKCE verifier, or the request token's secret.
        scopes: What is asked for.
    """

    platform: str
    url: str = attrs.field(repr=False)
    state: Secret
    redirect_uri: str
    secrets: Mapping[str, Secret] = attrs.field(factory=dict, converter=_frozen, hash=False)
    scopes: tuple[str, ...] = attrs.field(default=(), converter=_texts)

"""Everything that the practice X remembers, in memory."""

from __future__ import annotations

import secrets
import string
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from civicsns.testing.sandbox.x.values import SCOPES, XApp, XPost, XUser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from civicsns.ports import Clock
    from civicsns.testing.sandbox.x.uploads import Upload

#: The zero of snowflake ids: 2010-11-04T01:42:54.657Z, in milliseconds.
SNOWFLAKE_EPOCH = 1288834974657
#: An OAuth 2.0 access token lives two hours, a code thirty seconds (X documentation).
ACCESS_TOKEN_LIFE = timedelta(hours=2)
CODE_LIFE = timedelta(seconds=30)
#: X does not say how long a request token lives; long enough to sign in, not for ever.
REQUEST_TOKEN_LIFE = timedelta(minutes=15)

_ALPHABET = string.ascii_letters + string.digits


def opaque(length: int) -> str:
    """Draw a token of *length* letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@attrs.frozen(kw_only=True)
class OAuth1Token:
    """An access token of OAuth 1.0a; it neither expires nor rotates."""

    token: str = attrs.field(repr=False)
    secret: str = attrs.field(repr=False)
    user_id: str
    app: XApp
    permissions: str


@attrs.define(kw_only=True)
class RequestToken:
    """A request token of OAuth 1.0a, on its way through the sign-in."""

    token: str = attrs.field(repr=False)
    secret: str = attrs.field(repr=False)
    app: XApp
    callback: str
    permissions: str
    expires_at: datetime
    user_id: str = ""
    verifier: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class Grant:
    """What an OAuth 2.0 token may do, and for whom; an empty user id is the app itself."""

    app: XApp
    user_id: str
    scopes: frozenset[str]
    expires_at: datetime | None
    #: All tokens of one sign-in share it.
    family: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Code:
    """An authorization code of OAuth 2.0."""

    app: XApp
    user_id: str
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str = attrs.field(repr=False)
    method: str
    expires_at: datetime


@attrs.frozen(kw_only=True)
class Sought:
    """What an app asks a person for on the page of OAuth 2.0."""

    app: XApp
    scopes: frozenset[str]
    redirect_uri: str
    state: str = attrs.field(repr=False)
    challenge: str = attrs.field(repr=False)
    method: str


class State:
    """
    The memory of the network. Whoever touches it holds the network's lock.

    Args:
        clock: Where the time comes from.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.apps: list[XApp] = []
        self.users: dict[str, XUser] = {}
        self.posts: dict[str, XPost] = {}
        #: Versions that an edit has replaced, by id.
        self.replaced: dict[str, str] = {}
        #: How many reads do not show a post yet.
        self.hidden: dict[str, int] = {}
        self.uploads: dict[str, Upload] = {}
        self.oauth1: dict[str, OAuth1Token] = {}
        self.request_tokens: dict[str, RequestToken] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}
        #: Sign-in pages that were shown and not yet answered, by the secret in their form.
        self.pending: dict[str, RequestToken | Sought] = {}
        self.nonces: dict[tuple[str, str, str], int] = {}
        #: When the nonces were last cleared of old ones, in seconds since 1970.
        self.nonces_from = 0
        self._last_id = 0

    @property
    def now(self) -> datetime:
        """The time of day."""
        return self.clock.now()

    def new_id(self) -> str:
        """Give the next snowflake: milliseconds since the epoch, then a sequence; never the same twice."""
        millis = int(self.now.timestamp() * 1000) - SNOWFLAKE_EPOCH
        self._last_id = max(self._last_id + 1, millis << 22)
        return str(self._last_id)

    # --- apps and users ------------------------------------------------------------------------------------------

    def app_by_key(self, consumer_key: str) -> XApp | None:
        """Find an app by its OAuth 1.0a name."""
        return next((app for app in self.apps if app.consumer_key == consumer_key), None)

    def app_by_client(self, client_id: str) -> XApp | None:
        """Find an app by its OAuth 2.0 name."""
        return next((app for app in self.apps if app.client_id == client_id), None)

    def user_by_handle(self, handle: str) -> XUser | None:
        """Find a user by handle; upper and lower case are the same."""
        return next((user for user in self.users.values() if user.handle.lower() == handle.lower()), None)

    # --- tokens --------------------------------------------------------------------------------------------------

    def grant_oauth1(self, user_id: str, app: XApp, permissions: str) -> OAuth1Token:
        """Make an OAuth 1.0a token; it begins with the user's id, as on X."""
        made = OAuth1Token(
            token=f"{user_id}-{opaque(30)}", secret=opaque(45), user_id=user_id, app=app, permissions=permissions
        )
        self.oauth1[made.token] = made
        return made

    def grant_oauth2(self, user_id: str, app: XApp, scopes: Iterable[str], family: str = "") -> tuple[str, str]:
        """Make an access token, and a refresh token where `offline.access` is granted; else that is empty."""
        scopes = frozenset(scopes)
        if not scopes <= SCOPES:
            msg = f"unknown scopes: {sorted(scopes - SCOPES)}"
            raise ValueError(msg)
        grant = Grant(
            app=app,
            user_id=user_id,
            scopes=scopes,
            expires_at=self.now + ACCESS_TOKEN_LIFE,
            family=family or opaque(16),
        )
        access = opaque(91)
        self.access[access] = grant
        if "offline.access" not in scopes:
            return access, ""
        refresh = opaque(91)
        self.refresh[refresh] = attrs.evolve(grant, expires_at=None)
        return access, refresh

    def grant_app(self, app: XApp) -> str:
        """Give the token of the app alone; it is the same every time."""
        for token, grant in self.access.items():
            if grant.app == app and not grant.user_id:
                return token
        token = opaque(91)
        self.access[token] = Grant(app=app, user_id="", scopes=frozenset(), expires_at=None, family=opaque(16))
        return token

    def revoke(self, user_id: str) -> None:
        """Forget every token of a user, as when the user disconnects the app."""
        self.oauth1 = {key: token for key, token in self.oauth1.items() if token.user_id != user_id}
        self.access = {key: grant for key, grant in self.access.items() if grant.user_id != user_id}
        self.refresh = {key: grant for key, grant in self.refresh.items() if grant.user_id != user_id}
        self.codes = {key: code for key, code in self.codes.items() if code.user_id != user_id}

    # --- posts ---------------------------------------------------------------------------------------------------

    def current(self) -> Iterator[XPost]:
        """Go through the posts in their latest versions, oldest first."""
        return (post for post in self.posts.values() if post.id not in self.replaced)

    def latest(self, post: XPost) -> XPost:
        """Give the latest version of *post*."""
        return self.posts[self.replaced.get(post.id, post.id)]

    def shows(self, post: XPost) -> bool:
        """Tell whether a read shows *post* already, and count the read."""
        left = self.hidden.get(post.id, 0)
        if left:
            self.hidden[post.id] = left - 1
        return not left

    def remove(self, post: XPost) -> None:
        """Delete a post with all its versions."""
        for version in post.history:
            self.posts.pop(version, None)
            self.replaced.pop(version, None)
            self.hidden.pop(version, None)

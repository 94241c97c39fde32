"""The handle by which tests hold the practice X: apps, people, tokens, posts, money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
from werkzeug.test import Client

from civicsns.testing.sandbox.server import PracticeNetwork
from civicsns.testing.sandbox.x.limits import Purse, RateBook
from civicsns.testing.sandbox.x.settings import Settings
from civicsns.testing.sandbox.x.state import State, opaque
from civicsns.testing.sandbox.x.values import XApp, XPost, XUser

if TYPE_CHECKING:
    from civicsns.ports import Clock
    from civicsns.testing.sandbox.x.limits import Allowance

#: The source of what a person writes by hand.
BY_HAND = "X Web App"
_LONGEST = {"name": 50, "description": 160, "url": 100}
_DEFAULT_SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")


class XControl(PracticeNetwork):
    """
    What tests may do to the network behind its back; safe to use from several threads.

    Attributes:
        app: An app that is registered from the beginning.
        settings: What may be set: sizes, durations, how long a post stays unseen.
    """

    def __init__(self, *, clock: Clock, port: int = 0) -> None:
        super().__init__(clock=clock, port=port)
        self.settings = Settings()
        self._state = State(clock)
        self._rates = RateBook()
        self._purse = Purse()
        self.app = self.register_app(
            name="civicsns 練習",
            callback_uris=("https://localhost/callback", "http://127.0.0.1:8765/callback"),
        )

    def register_app(
        self,
        *,
        name: str,
        callback_uris: tuple[str, ...] = (),
        confidential: bool = True,
        enterprise: bool = False,
        enrolled: bool = True,
    ) -> XApp:
        """
        Register an app.

        Args:
            name: What people see as a post's source.
            callback_uris: The addresses to which a person may be sent back.
            confidential: Whether it has a client secret.
            enterprise: Whether it is on the Enterprise tier.
            enrolled: Whether it belongs to a project.
        """
        made = XApp(
            consumer_key=opaque(25),
            consumer_secret=opaque(50),
            client_id=opaque(34),
            client_secret=opaque(50) if confidential else "",
            name=name,
            callback_uris=callback_uris,
            enterprise=enterprise,
            enrolled=enrolled,
        )
        with self.lock:
            self._state.apps.append(made)
        return made

    def add_user(self, *, handle: str, name: str) -> XUser:
        """
        Open an account.

        Raises:
            ValueError: If the handle is taken.
        """
        with self.lock:
            if self._state.user_by_handle(handle) is not None:
                msg = f"@{handle} is taken"
                raise ValueError(msg)
            user = XUser(id=self._state.new_id(), handle=handle, name=name, created_at=self.clock.now())
            self._state.users[user.id] = user
        return user

    def set_profile(self, user: XUser, **changes: Any) -> XUser:
        """
        Change the profile by hand, as *user* does on X's page: `name`, `description`, `url`, `protected`, `handle`.

        The limits are those of X's page, 50 characters of a name, 160 of a description, 100 of a link (X documentation,
        `POST account/update_profile`, X Help, changing your profile).

        Raises:
            ValueError: If one of them is too long, or there is no such thing.
        """
        if strange := set(changes) - {"name", "description", "url", "protected", "handle"}:
            msg = f"A profile has no {sorted(strange)}"
            raise ValueError(msg)
        for field, most in _LONGEST.items():
            if len(changes.get(field, "")) > most:
                msg = f"The {field} takes {most} characters"
                raise ValueError(msg)
        with self.lock:
            changed = attrs.evolve(self._state.users[user.id], **changes)
            self._state.users[user.id] = changed
        return changed

    def oauth1_token(self, user: XUser, app: XApp | None = None, permissions: str = "read-write") -> tuple[str, str]:
        """Give an OAuth 1.0a token and its secret, as if *user* had let *app* in."""
        with self.lock:
            made = self._state.grant_oauth1(user.id, app or self.app, permissions)
        return made.token, made.secret

    def oauth2_token(
        self, user: XUser, scopes: tuple[str, ...] = _DEFAULT_SCOPES, app: XApp | None = None
    ) -> tuple[str, str]:
        """Give an access token and a refresh token, empty without `offline.access`, as if *user* had let *app* in."""
        with self.lock:
            return self._state.grant_oauth2(user.id, app or self.app, scopes)

    def bearer_token(self, app: XApp | None = None) -> str:
        """Give the token of the app alone."""
        with self.lock:
            return self._state.grant_app(app or self.app)

    def revoke_tokens(self, user: XUser) -> None:
        """Make every token of *user* dead, as when the user disconnects the app."""
        with self.lock:
            self._state.revoke(user.id)

    def sign_in(self, url: str, user: XUser, *, approve: bool = True) -> str:
        """
        Be the person in front of the browser: open *url*, choose *user*, and press a button.

        Returns:
            The address that the browser is sent to; for `oob`, the number that the page shows.

        Raises:
            ValueError: If X shows something else than the page to choose on.
        """
        browser = Client(self._wsgi)
        path = "/" + url.partition("://")[2].partition("/")[2]
        with self.lock:
            page = browser.get(path, headers={"Host": "x.com"})
            if page.status_code != 200:
                msg = f"the page says {page.status_code}"
                raise ValueError(msg)
            key = next(reversed(self._state.pending))
            choice = {
                "authenticity_token": key,
                "user_id": user.id,
                "decision": "approve" if approve else "deny",
            }
            answer = browser.post(path, data=choice, headers={"Host": "x.com"})
        if answer.status_code == 302:
            return str(answer.headers["Location"])
        return answer.get_data(as_text=True).partition('<code id="pin">')[2].partition("<")[0]

    # --- posts ---------------------------------------------------------------------------------------------------

    def posts(self, user: XUser | None = None) -> tuple[XPost, ...]:
        """Give what the network holds, oldest first: latest versions, deleted posts left out."""
        with self.lock:
            return tuple(post for post in self._state.current() if user is None or post.user_id == user.id)

    def post_as(self, user: XUser, text: str, reply_to: XPost | None = None) -> XPost:
        """Write something by hand, as a citizen does."""
        with self.lock:
            post_id = self._state.new_id()
            post = XPost(
                id=post_id,
                user_id=user.id,
                text=text,
                created_at=self.clock.now(),
                reply_to=reply_to.id if reply_to is not None else "",
                source=BY_HAND,
                history=(post_id,),
            )
            self._state.posts[post.id] = post
        return post

    def media_bytes(self, key: str) -> bytes:
        """
        Give an uploaded file by its media key.

        Raises:
            KeyError: If there is none.
        """
        with self.lock:
            for upload in self._state.uploads.values():
                if upload.key == key and upload.content is not None:
                    return upload.content
        raise KeyError(key)

    def snapshot(self) -> dict[str, Any]:
        """Give users and posts as plain data, for the page on which to look at them; oldest first."""
        with self.lock:
            media_of = {upload.key: upload for upload in self._state.uploads.values()}
            return {
                "users": [
                    {"id": user.id, "handle": user.handle, "name": user.name} for user in self._state.users.values()
                ],
                "posts": [
                    {
                        **attrs.asdict(post, filter=attrs.filters.exclude("created_at", "extra")),
                        "created_at": post.created_at.isoformat(),
                        "media": [
                            {
                                "key": key,
                                "type": media_of[key].media_type,
                                "alt_text": media_of[key].alt_text,
                            }
                            for key in post.media_keys
                        ],
                    }
                    for post in self._state.current()
                ],
            }

    # --- money and limits ----------------------------------------------------------------------------------------

    @property
    def credits(self) -> Decimal | int | None:
        """US dollars of credit that are left; None for as much as is needed. Can be set."""
        with self.lock:
            return self._purse.left

    @credits.setter  # noqa: A003 -- the word for it
    def credits(self, dollars: Decimal | int | None) -> None:
        with self.lock:
            self._purse.left = None if dollars is None else Decimal(dollars)

    @property
    def spent(self) -> Decimal:
        """US dollars that calls have cost so far."""
        with self.lock:
            return self._purse.spent

    @property
    def visibility_lag(self) -> int:
        """How many reads do not show a new post yet. Can be set."""
        return self.settings.visibility_lag

    @visibility_lag.setter
    def visibility_lag(self, reads: int) -> None:
        self.settings.visibility_lag = reads

    def allow(self, operation: str, allowance: Allowance) -> None:
        """Set the rate limit of an operation, as X did when it capped automatic posts."""
        with self.lock:
            self._rates.allowances[operation] = allowance

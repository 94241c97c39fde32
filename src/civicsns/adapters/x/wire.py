"""One request to X at a time: tweepy's client on a bounded session, and X's answer as it came over the wire."""

from __future__ import annotations

import json as jsonlib
import os
import threading
from typing import TYPE_CHECKING, Any

import attrs
import tweepy
from requests.auth import AuthBase, HTTPBasicAuth
from requests_oauthlib import OAuth1

from civicsns.adapters.transport import Session, attempt, is_loopback
from civicsns.errors import AuthorizationLost, Refused
from civicsns.language import Bilingual
from civicsns.model import CredentialKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from civicsns.adapters.x.settings import XSettings
    from civicsns.model import Credential

#: The origin that tweepy has built in.
_TWEEPYS = "https://api.twitter.com"
_PUBLIC = "https://api.x.com"

_ENROL = Bilingual("アカウントを登録し直してください。", "Enrol the account again.")


@attrs.frozen(kw_only=True)
class Answer:
    """
    What X said.

    Attributes:
        status: The HTTP status.
        headers: The headers; names are compared without regard to case.
        body: The JSON object; None where the body was anything else.
        text: The body as text, for the answers of OAuth 1.0a, which are forms.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: dict[str, Any] | None = attrs.field(repr=False)
    text: str = attrs.field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300

    @property
    def data(self) -> dict[str, Any]:
        """The object under `data`; empty where there is none."""
        data = (self.body or {}).get("data")
        return data if isinstance(data, dict) else {}


def _answer(response: requests.Response) -> Answer:
    try:
        body = jsonlib.loads(response.content)
    except (ValueError, RecursionError):
        body = None
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=body if isinstance(body, dict) else None,
        text=response.content[:65536].decode("utf-8", "replace"),
    )


class Wire:
    """
    Sends requests; each thread of each process has its own connection, since `requests` promises no more.

    Whatever tweepy makes of an answer is not asked: it raises on error statuses, fails on JSON that is a list, and
    hides bodies. The session keeps the answer, and `civicsns.adapters.x.answers` reads it.
    """

    def __init__(self, settings: XSettings) -> None:
        self._settings = settings
        self._origin = _PUBLIC if is_loopback(settings.base_url) else settings.base_url
        self._local = threading.local()

    def call(
        self,
        method: str,
        route: str,
        *,
        credential: Credential,
        changes: bool,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer:
        """
        Call the API for an account, through tweepy.

        Args:
            method: The HTTP method.
            route: The path, beginning with `/2/`.
            credential: The token that acts for the account.
            changes: Whether the call changes something that matters when it is repeated.
            params: The query.
            json: The body.

        Raises:
            AuthorizationLost: If the credential is not of X, or damaged.
            Refused: If it is of a kind for which the app has no keys.
            Unavailable: If no answer came and nothing can have been done.
            OutcomeUnknown: If no answer came and it may have been done.
        """
        oauth1 = credential.kind is CredentialKind.X_OAUTH1
        token = _token(credential, "access_token")
        client = self._client()

        def send() -> None:
            if oauth1:
                client.consumer_key, client.consumer_secret = self._app_keys()
                client.access_token, client.access_token_secret = token, _token(credential, "access_token_secret")
            else:
                client.bearer_token = token
            try:
                client.request(
                    method,
                    route,
                    params=dict(params) if params else None,
                    json=dict(json) if json is not None else None,
                    user_auth=oauth1,
                )
            except Exception:
                if client.session.answer is None:
                    raise
            finally:
                client.bearer_token = client.access_token = client.access_token_secret = None

        return self._exchange(client.session, send, changes=changes)

    def post(self, path: str, *, auth: AuthBase | None, form: Mapping[str, str], changes: bool) -> Answer:
        """
        Post a form to one of the sign-in addresses, which tweepy reaches only on sessions of its own.

        Raises:
            Unavailable: As in `call`.
            OutcomeUnknown: As in `call`.
        """
        session = self._client().session

        def send() -> None:
            session.post(self._origin + path, data=dict(form), auth=auth)

        return self._exchange(session, send, changes=changes)

    def signed(self, **more: Any) -> OAuth1:
        """Sign a form with the app's keys for OAuth 1.0a."""
        consumer_key, consumer_secret = self._app_keys()
        return OAuth1(consumer_key, client_secret=consumer_secret, decoding=None, **more)

    def basic(self) -> HTTPBasicAuth | None:
        """Give the app's password for OAuth 2.0; None for a public client."""
        client_id, secret = self._settings.client_id, self._settings.client_secret
        return HTTPBasicAuth(client_id.reveal(), secret.reveal()) if client_id and secret else None

    def _app_keys(self) -> tuple[str, str]:
        key, secret = self._settings.consumer_key, self._settings.consumer_secret
        if not key or not secret:
            raise Refused(
                Bilingual(
                    "OAuth 1.0a のアプリの鍵が設定されていません。", "The app's keys for OAuth 1.0a are not configured."
                ),
                mend=Bilingual(
                    "consumer_key と consumer_secret を設定するか、アカウントを OAuth 2.0 で登録し直してください。",
                    "Set consumer_key and consumer_secret, or enrol the account again with OAuth 2.0.",
                ),
                scope="app",
            )
        return key.reveal(), secret.reveal()

    def _exchange(self, session: Session, send: Any, *, changes: bool) -> Answer:
        attempt(send, session=session, network="X", changes=changes)
        assert session.answer is not None
        return _answer(session.answer)

    def _client(self) -> Any:
        # A forked process must not share sockets with its parent: answers would reach the wrong one.
        if getattr(self._local, "process", None) != os.getpid():
            client = tweepy.Client(wait_on_rate_limit=False)
            client.session = Session(
                origin=self._origin,
                base_url=self._settings.base_url,
                connect=self._settings.connect_timeout.total_seconds(),
                read=self._settings.read_timeout.total_seconds(),
                alias=_TWEEPYS,
            )
            self._local.client, self._local.process = client, os.getpid()
        return self._local.client


def _token(credential: Credential, name: str) -> str:
    known = credential.platform == "x" and credential.kind in {CredentialKind.X_OAUTH1, CredentialKind.X_OAUTH2}
    token = credential.secret(name) if known and name in credential.secrets else ""
    # A line break or a wide character in a token would surface as an error of the HTTP library.
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise AuthorizationLost(
            Bilingual(
                f"X の認証情報（{name}）がないか、壊れています。", f"The X credential ({name}) is missing or damaged."
            ),
            mend=_ENROL,
        )
    return token

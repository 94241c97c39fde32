"""
Connecting an account: sign-in with OAuth 1.0a or OAuth 2.0 with PKCE, refreshing, revoking.

Sources: docs.x.com, OAuth 1.0a (request_token, authorize, access_token, invalidate_token) and OAuth 2.0
(authorize, token, revoke); RFC 7636 for PKCE. A refresh token is good for one use.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs

from civicsns.adapters.transport import failed, is_loopback
from civicsns.adapters.x import words
from civicsns.adapters.x.answers import outcome, problem, suspended
from civicsns.adapters.x.rendition import is_id
from civicsns.adapters.x.settings import Enrolment
from civicsns.errors import AuthorizationLost, BadInput, Outcome, Refused, Unavailable, UnknownReason
from civicsns.language import Bilingual
from civicsns.model import AuthorizationRequest, Credential, CredentialKind, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from civicsns.adapters.x.settings import XSettings
    from civicsns.adapters.x.wire import Answer, Wire
    from civicsns.ports import Clock

_TOKEN = "/2/oauth2/token"  # noqa: S105 -- an address
_REVOKE = "/2/oauth2/revoke"
#: X's token endpoint says so of a code or refresh token that is spent, expired or somebody else's.
_DEAD = frozenset({"invalid_grant", "invalid_request", "invalid_token"})

_AGAIN = Bilingual("登録を最初からやり直してください。", "Begin the sign-in again.")
_ENROL = Bilingual("アカウントを登録し直してください。", "Enrol the account again.")


class Sign:
    """
    The sign-in of the X app.

    Args:
        settings: The app and the addresses.
        wire: Sends the requests.
        clock: Where the time comes from.
    """

    def __init__(self, settings: XSettings, wire: Wire, clock: Clock) -> None:
        self._settings = settings
        self._wire = wire
        self._clock = clock
        local = is_loopback(settings.base_url)
        #: The practice network shows its own page where X has one on another host.
        self._authorize2 = f"{settings.base_url if local else settings.site_url}/i/oauth2/authorize"
        self._authorize1 = f"{settings.base_url}/oauth/authorize"

    # --- signing in ------------------------------------------------------------------------------------------

    def begin(self, redirect_uri: str) -> AuthorizationRequest:
        """Begin a sign-in; see `Enrols.begin`."""
        if urlsplit(redirect_uri).scheme != "https" and not is_loopback(redirect_uri):
            raise BadInput(
                Bilingual("戻り先のアドレスが https:// で始まっていません。", "The redirect address is not https."),
                mend=Bilingual(
                    "X の開発者画面に登録した https:// のアドレスを指定してください。",
                    "Give the https:// address that is registered in X's developer console.",
                ),
                place="redirect_uri",
            )
        if self._settings.enrolment is Enrolment.OAUTH1:
            return self._begin1(redirect_uri)
        verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client_id(),
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return AuthorizationRequest(
            platform="x",
            url=f"{self._authorize2}?{urlencode(query)}",
            state=Secret(state),
            redirect_uri=redirect_uri,
            secrets={"code_verifier": Secret(verifier)},
            scopes=self._settings.scopes,
        )

    def _begin1(self, redirect_uri: str) -> AuthorizationRequest:
        answer = self._wire.post(
            "/oauth/request_token", auth=self._wire.signed(callback_uri=redirect_uri), form={}, changes=False
        )
        form = _form(answer)
        token, secret = form.get("oauth_token", ""), form.get("oauth_token_secret", "")
        if answer.status in {400, 401, 403}:
            what, mend = words.APP_KEYS
            raise Refused(what, mend=mend, status=answer.status, scope="app")
        if not answer.ok or not token or not secret or form.get("oauth_callback_confirmed") != "true":
            raise self._outcome(answer, (), changes=False)
        return AuthorizationRequest(
            platform="x",
            url=f"{self._authorize1}?{urlencode({'oauth_token': token})}",
            # OAuth 1.0a has no state of its own: the request token, which comes back, binds the answer to us.
            state=Secret(token),
            redirect_uri=redirect_uri,
            secrets={"oauth_token_secret": Secret(secret)},
        )

    def complete(self, request: AuthorizationRequest, callback_url: str) -> Credential:
        """End a sign-in; see `Enrols.complete`."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(callback_url).query).items()}
        oauth1 = "oauth_token_secret" in request.secrets
        # Where the person declined, OAuth 1.0a sends the token back under another name.
        came = query.get("oauth_token", query.get("denied", "")) if oauth1 else query.get("state", "")
        if not came or not hmac.compare_digest(came.encode(), request.state.reveal().encode()):
            raise BadInput(
                Bilingual(
                    "戻ってきた情報が、始めた登録のものと一致しません。", "The answer belongs to another sign-in."
                ),
                mend=_AGAIN,
                place="callback_url",
            )
        given = query.get("oauth_verifier" if oauth1 else "code", "")
        if not given:
            raise Refused(
                Bilingual("X の画面で連携が許可されませんでした。", "The person did not agree on X's page."),
                mend=_AGAIN,
                code="access_denied",
            )
        try:
            return self._complete1(request, given) if oauth1 else self._complete2(request, given)
        except Unavailable as error:
            # The code may be spent: another try with it could not succeed.
            again = Unavailable(error.what, mend=_AGAIN, status=error.status, code=error.code, detail=error.detail)
        raise again

    def _complete1(self, request: AuthorizationRequest, verifier: str) -> Credential:
        auth = self._wire.signed(
            resource_owner_key=request.state.reveal(),
            resource_owner_secret=request.secrets["oauth_token_secret"].reveal(),
            verifier=verifier,
        )
        answer = self._wire.post("/oauth/access_token", auth=auth, form={}, changes=False)
        form = _form(answer)
        token, secret, user = (form.get(name, "") for name in ("oauth_token", "oauth_token_secret", "user_id"))
        if not answer.ok or not token or not secret:
            hidden = (Secret(verifier), request.state, *request.secrets.values())
            ended = self._outcome(answer, hidden, changes=False)
            if answer.status != 401 or isinstance(ended, Unavailable):
                raise ended
            # The app's keys were right when the sign-in began: so it is the request token that has served, or has ended.
            what, mend = words.TOKEN_DEAD
            raise AuthorizationLost(what, mend=mend, status=answer.status, code=ended.code, detail=ended.detail)
        return Credential(
            platform="x",
            kind=CredentialKind.X_OAUTH1,
            secrets={"access_token": Secret(token), "access_token_secret": Secret(secret)},
            subject=user if is_id(user) else "",
        )

    def _complete2(self, request: AuthorizationRequest, code: str) -> Credential:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.redirect_uri,
            "code_verifier": request.secrets["code_verifier"].reveal(),
        }
        answer = self._post2(_TOKEN, form, changes=False)
        fresh = Credential(platform="x", kind=CredentialKind.X_OAUTH2, secrets={})
        hidden = (Secret(code), *request.secrets.values())
        return self._credential(answer, fresh, hidden, asked=request.scopes, changes=False)

    # --- keeping and ending ----------------------------------------------------------------------------------

    def refresh(self, credential: Credential) -> Credential:
        """
        Exchange the tokens; see `Enrols.refresh`.

        What cannot be exchanged comes back unchanged: tokens of OAuth 1.0a, which do not end, and an access token without
        a refresh token, as long as it lasts.
        """
        if credential.kind is CredentialKind.X_OAUTH1:
            return credential
        if credential.kind is not CredentialKind.X_OAUTH2 or not credential.secrets.get("refresh_token"):
            if credential.expires_at is not None and self._clock.now() < credential.expires_at:
                return credential
            raise AuthorizationLost(
                Bilingual("更新用のトークンがありません。", "The credential has no refresh token."),
                mend=Bilingual(
                    "scopes に offline.access を含めて、アカウントを登録し直してください。",
                    "Enrol the account again, with offline.access among the scopes.",
                ),
            )
        form = {"grant_type": "refresh_token", "refresh_token": credential.secret("refresh_token")}
        answer = self._post2(_TOKEN, form, changes=True)
        hidden = tuple(credential.secrets.values())
        return self._credential(answer, credential, hidden, asked=tuple(credential.scopes), changes=True)

    def revoke(self, credential: Credential) -> None:
        """Make X forget the tokens; see `Enrols.revoke`."""
        hidden = tuple(credential.secrets.values())
        if credential.kind is CredentialKind.X_OAUTH1:
            answer = self._wire.call("POST", "/1.1/oauth/invalidate_token.json", credential=credential, changes=True)
            # 89: invalid or expired, so it is dead already. Another 401 would mean that our signature is wrong.
            done = answer.ok and isinstance((answer.body or {}).get("access_token"), str)
            if not done and 89 not in problem(answer).codes:
                raise self._outcome(answer, hidden, changes=True)
            return
        # The refresh token first: left alive, it could make another access token.
        for name in ("refresh_token", "access_token"):
            if credential.secrets.get(name):
                form = {"token": credential.secret(name), "token_type_hint": name}
                answer = self._post2(_REVOKE, form, changes=True)
                dead = answer.status == 400 and _error(answer) in _DEAD
                if not dead and not (answer.ok and (answer.body or {}).get("revoked") is True):
                    raise self._outcome2(answer, hidden, changes=True)

    # --- the token endpoint ----------------------------------------------------------------------------------

    def _post2(self, path: str, form: Mapping[str, str], *, changes: bool) -> Answer:
        return self._wire.post(
            path, auth=self._wire.basic(), form={**form, "client_id": self._client_id()}, changes=changes
        )

    def _client_id(self) -> str:
        if not self._settings.client_id:
            raise Refused(
                Bilingual(
                    "OAuth 2.0 のアプリの client_id が設定されていません。", "The app's client_id is not configured."
                ),
                mend=Bilingual("設定に client_id を加えてください。", "Add client_id to the settings."),
                scope="app",
            )
        return self._settings.client_id.reveal()

    def _credential(
        self, answer: Answer, old: Credential, hidden: tuple[Secret, ...], *, asked: tuple[str, ...], changes: bool
    ) -> Credential:
        body = answer.body or {}
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if not answer.ok or not isinstance(access, str) or not access:
            raise self._outcome2(answer, hidden, changes=changes)
        scope, seconds = body.get("scope"), body.get("expires_in")
        fresh = {"access_token": Secret(access)}
        # Where X gives no other, there is none: the one that was sent has served, and serves once.
        if isinstance(refresh, str) and refresh:
            fresh["refresh_token"] = Secret(refresh)
        return attrs.evolve(
            old,
            secrets=fresh,
            # X may grant less than was asked for; what counts is what it says.
            scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(asked),
            expires_at=self._expiry(seconds),
            generation=old.generation + 1,
        )

    def _expiry(self, seconds: object) -> datetime:
        # docs.x.com: an access token lives two hours unless the answer says otherwise.
        known = seconds if type(seconds) is int and 0 < seconds < 10**9 else 7200
        return self._clock.now() + timedelta(seconds=known)

    def _outcome(self, answer: Answer, hidden: tuple[Secret, ...], *, changes: bool) -> Outcome:
        """Read the answer of an address of OAuth 1.0a."""
        if answer.ok:
            reason = UnknownReason.UNREADABLE_ANSWER if changes else None
            return failed(network="X", reason=reason, how=words.UNEXPECTED, status=answer.status)
        return outcome(
            answer, changes=changes, posts=False, now=self._clock.now(), secrets=(*self._settings.secrets, *hidden)
        )

    def _outcome2(self, answer: Answer, hidden: tuple[Secret, ...], *, changes: bool) -> Outcome:
        """
        Read the answer of an address of OAuth 2.0, whose errors have the shape of RFC 6749.

        They ask the app for its password, and nobody else (RFC 6749, 3.2.1): what is refused without a word about the
        token is the app, and no account is lost by it.
        """
        error, said = _error(answer), problem(answer)
        if answer.status in {400, 401, 403} and (error in _DEAD or 89 in said.codes):
            what, mend = words.TOKEN_DEAD
            return AuthorizationLost(what, mend=mend, status=answer.status, code=error or "89")
        ended = self._outcome(answer, hidden, changes=changes)
        lost = isinstance(ended, AuthorizationLost) and not suspended(said)
        if lost or isinstance(ended, Refused):
            what, mend = words.APP_SHUT
            return Refused(
                what, mend=mend, status=answer.status, code=error or ended.code, detail=ended.detail, scope="app"
            )
        return ended


def _error(answer: Answer) -> str:
    error = (answer.body or {}).get("error")
    return error if isinstance(error, str) else ""


def _form(answer: Answer) -> dict[str, str]:
    """Read the form that OAuth 1.0a answers with."""
    return {name: values[0] for name, values in parse_qs(answer.text).items()} if answer.ok else {}

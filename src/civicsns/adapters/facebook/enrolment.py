"""
Signing in: from a person's consent to a Page's token, and what the network says of tokens.

Source: https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow and
https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs

from civicsns.adapters.facebook.rendition import PLATFORM
from civicsns.adapters.transport import failed
from civicsns.errors import AuthorizationLost, BadInput, Unavailable, UnknownReason
from civicsns.language import Bilingual
from civicsns.model import (
    AuthorizationRequest,
    Credential,
    CredentialKind,
    DiscoveredAccount,
    Profile,
    Secret,
    TokenStatus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from civicsns.adapters.facebook.answers import Answer
    from civicsns.adapters.facebook.settings import FacebookSettings
    from civicsns.adapters.facebook.wire import Wire

_SIGN_IN = Bilingual("サインインを最初からやり直してください。", "Begin the sign-in again.")
#: The task that a person needs on a Page to post there.
_TASK = "CREATE_CONTENT"


def begin(settings: FacebookSettings, redirect_uri: str) -> AuthorizationRequest:
    """Begin a sign-in; nothing is sent until the person opens the address."""
    state = secrets.token_urlsafe(32)
    query = urlencode(
        {
            "client_id": settings.app_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "response_type": "code",
            "scope": ",".join(settings.scopes),
        }
    )
    return AuthorizationRequest(
        platform=PLATFORM,
        url=f"{settings.dialog_url}/{settings.version}/dialog/oauth?{query}",
        state=Secret(state),
        redirect_uri=redirect_uri,
        scopes=settings.scopes,
    )


def complete(
    wire: Wire, settings: FacebookSettings, request: AuthorizationRequest, callback_url: str, *, now: datetime
) -> Credential:
    """
    Exchange the code for a person's token, and that for one that lasts about 60 days.

    Raises:
        BadInput: If the answer belongs to another sign-in, or holds no code.
        Outcome: If the person or the network refused.
    """
    code = _code(request, callback_url)
    try:
        short = _token(
            wire,
            {
                "client_id": settings.app_id,
                "client_secret": settings.app_secret,
                "redirect_uri": request.redirect_uri,
                "code": code,
            },
            changes=False,
        )
        token, expires_at = _exchange(wire, settings, short, now=now, changes=False)
        status = inspect(wire, settings, token)
    except Unavailable as outcome:
        # A code serves once, and the network may have seen it.
        outcome.mend = _SIGN_IN
        raise
    lacking = sorted(set(request.scopes) - status.scopes)
    if not status.valid or lacking:
        raise AuthorizationLost(
            Bilingual(
                f"必要な許可が与えられませんでした（{', '.join(lacking) or 'トークンが無効'}）。",
                f"What is needed was not granted: {', '.join(lacking) or 'the token is not valid'}.",
            ),
            mend=Bilingual(
                "サインインをやり直し、すべての許可を与えてください。", "Sign in again and grant all of it."
            ),
        )
    return Credential(
        platform=PLATFORM,
        kind=CredentialKind.FACEBOOK_USER,
        secrets={"access_token": token},
        subject=status.subject,
        scopes=status.scopes,
        expires_at=expires_at,
    )


def refresh(
    wire: Wire, settings: FacebookSettings, credential: Credential, *, token: Secret, now: datetime
) -> Credential:
    """
    Exchange a person's token for one that lasts about 60 days more.

    Raises:
        Outcome: One of the six.
    """
    fresh, expires_at = _exchange(wire, settings, token, now=now, changes=True)
    return attrs.evolve(
        credential,
        secrets={**credential.secrets, "access_token": fresh},
        expires_at=expires_at,
        generation=credential.generation + 1,
    )


def revoke(wire: Wire, token: Secret) -> None:
    """
    Take back all that the person granted the app; a token that is dead already is a success.

    Raises:
        Outcome: If it could not be confirmed.
    """
    try:
        answer = wire.delete("me/permissions", token)
    except AuthorizationLost as outcome:
        if (outcome.code or "").partition("/")[0] == "190":
            return
        raise
    if answer.object.get("success") is not True:
        raise failed(
            network="Facebook",
            reason=UnknownReason.UNCONFIRMED,
            how=Bilingual("成功を示す応答がありませんでした", "its answer confirms nothing"),
            status=answer.status,
        )


def whoami(wire: Wire, credential: Credential, *, token: Secret) -> Profile:
    """
    Ask whom the token speaks for.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    page = credential.kind is CredentialKind.FACEBOOK_PAGE
    fields = "id,name,link" if page else "id,name"
    return _profile(wire.get("me", token, fields=fields))


def _profile(answer: Answer) -> Profile:
    if not isinstance(answer.object.get("id"), str):
        raise failed(network="Facebook", reason=None, status=answer.status)
    return _profile_of(answer.object)


def _profile_of(item: Mapping[str, Any]) -> Profile:
    return Profile(
        platform=PLATFORM,
        network_id=str(item.get("id", "")),
        name=str(item.get("name", "")),
        url=str(item.get("link", "")),
    )


def inspect(wire: Wire, settings: FacebookSettings, token: Secret) -> TokenStatus:
    """
    Ask what a token may do and when it ends; the app's own token asks (`/debug_token`).

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    answer = wire.get("debug_token", wire.app_token, input_token=token)
    data = answer.object.get("data")
    if not isinstance(data, dict):
        raise failed(network="Facebook", reason=None, status=answer.status)
    # A Page's token names the Page as `profile_id`, and the person who got it as `user_id`.
    subject = data.get("profile_id") if data.get("type") == "PAGE" else data.get("user_id")
    scopes = data.get("scopes")
    return TokenStatus(
        valid=data.get("is_valid") is True and str(data.get("app_id")) == settings.app_id,
        subject=str(subject or ""),
        scopes=frozenset(scope for scope in scopes if isinstance(scope, str))
        if isinstance(scopes, list)
        else frozenset(),
        expires_at=_moment(data.get("expires_at")),
        data_access_expires_at=_moment(data.get("data_access_expires_at")),
    )


def discover(wire: Wire, credential: Credential, *, token: Secret) -> Sequence[DiscoveredAccount]:
    """
    List the Pages on which the person may create content, each with its own token, which does not expire.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    fields = "id,name,link,tasks,access_token"
    found: list[DiscoveredAccount] = []
    for item in wire.list("me/accounts", token, fields=fields):
        tasks = item.get("tasks")
        held = frozenset(task for task in tasks if isinstance(task, str)) if isinstance(tasks, list) else frozenset()
        own = item.get("access_token")
        if _TASK not in held or not isinstance(own, str) or not own or not item.get("id"):
            continue
        found.append(
            DiscoveredAccount(
                profile=_profile_of(item),
                credential=Credential(
                    platform=PLATFORM,
                    kind=CredentialKind.FACEBOOK_PAGE,
                    secrets={"access_token": Secret(own)},
                    subject=str(item["id"]),
                    scopes=credential.scopes,
                ),
                tasks=held,
            )
        )
    return found


# --- parts ------------------------------------------------------------------------------------------------------


def _code(request: AuthorizationRequest, callback_url: str) -> Secret:
    # Facebook appends `#_=_` to the address; urlsplit keeps it out of the query.
    query = parse_qs(urlsplit(callback_url).query)
    states = query.get("state", [])
    if len(states) != 1 or not hmac.compare_digest(states[0].encode(), request.state.reveal().encode()):
        raise BadInput(
            Bilingual(
                "このサインインは別の手続のものです（state が一致しません）。",
                "This answer belongs to another sign-in: its state does not match.",
            ),
            mend=_SIGN_IN,
            place="callback_url",
        )
    if "error" in query:
        raise AuthorizationLost(
            Bilingual(
                "利用者または Facebook がサインインを断りました。", "The person, or Facebook, declined the sign-in."
            ),
            mend=_SIGN_IN,
            code=query["error"][0][:50],
        )
    codes = query.get("code", [])
    if len(codes) != 1 or not codes[0]:
        raise BadInput(
            Bilingual("サインインの応答に code がありません。", "The answer to the sign-in holds no code."),
            mend=_SIGN_IN,
            place="callback_url",
        )
    return Secret(codes[0])


def _exchange(
    wire: Wire, settings: FacebookSettings, token: Secret, *, now: datetime, changes: bool
) -> tuple[Secret, datetime | None]:
    fields = {
        "grant_type": "fb_exchange_token",
        "client_id": settings.app_id,
        "client_secret": settings.app_secret,
        "fb_exchange_token": token,
    }
    answer = _grant(wire, fields, changes=changes)
    lasts = answer.object.get("expires_in")
    # Facebook leaves it out, or says 0, for a token that does not expire.
    seconds = lasts if isinstance(lasts, int) and 0 < lasts < 10**9 else 0
    expires_at = now + timedelta(seconds=seconds) if seconds else None
    return Secret(str(answer.object["access_token"])), expires_at


def _token(wire: Wire, fields: Mapping[str, Any], *, changes: bool) -> Secret:
    return Secret(str(_grant(wire, fields, changes=changes).object["access_token"]))


def _grant(wire: Wire, fields: Mapping[str, Any], *, changes: bool) -> Answer:
    # POST keeps secrets out of addresses; RFC 6749, 3.2 asks for it, the reference's examples use GET.
    answer = wire.post("oauth/access_token", None, fields=fields, changes=changes)
    token = answer.object.get("access_token")
    if not isinstance(token, str) or not token:
        raise failed(
            network="Facebook",
            reason=UnknownReason.UNREADABLE_ANSWER if changes else None,
            status=answer.status,
        )
    return answer


def _moment(value: Any) -> datetime | None:
    """Read a unix time; null and 0 stand for: never."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None

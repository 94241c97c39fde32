from __future__ import annotations

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from civicsns.adapters.x import Enrolment
from civicsns.errors import AuthorizationLost, BadInput, Outcome, OutcomeUnknown, Refused, Unavailable
from civicsns.model import AuthorizationRequest, Credential, CredentialKind, Secret
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x import XAdapter
    from civicsns.testing.sandbox import XNetwork
    from civicsns.testing.sandbox.x import XUser

    Make = Callable[..., XAdapter]

HTTPS = "https://localhost/callback"
LOOPBACK = "http://127.0.0.1:8765/callback"


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize("redirect_uri", [HTTPS, LOOPBACK])
@pytest.mark.parametrize(
    ("enrolment", "kind"), [("oauth1", CredentialKind.X_OAUTH1), ("oauth2", CredentialKind.X_OAUTH2)]
)
def test_a_sign_in_gives_a_token_that_posts(
    x: XNetwork, make: Make, hanako: XUser, redirect_uri: str, enrolment: str, kind: CredentialKind
) -> None:
    """
    From the first click to a working token, with both kinds; a loopback address needs no TLS, and the environment
    variable by which oauthlib would allow that stays untouched.
    """
    adapter = make(enrolment=Enrolment(enrolment))

    request = adapter.begin(redirect_uri)
    credential = adapter.complete(request, x.sign_in(request.url, hanako))

    assert kind is credential.kind
    assert hanako.id == adapter.whoami(credential).network_id
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


@pytest.fixture
def adapter2(make: Make) -> XAdapter:
    return make(enrolment=Enrolment("oauth2"))


def test_oauth1_tells_whose_the_token_is(x: XNetwork, adapter: XAdapter, hanako: XUser) -> None:
    """
    X names the user with the token of OAuth 1.0a; the token does not end.
    """
    request = adapter.begin(HTTPS)
    credential = adapter.complete(request, x.sign_in(request.url, hanako))

    assert hanako.id == credential.subject
    assert credential.expires_at is None


def test_oauth2_asks_with_pkce(adapter2: XAdapter) -> None:
    """
    The address carries the SHA-256 of the verifier, a fresh state, and the scopes; begun twice, nothing repeats.
    """
    first, second = adapter2.begin(HTTPS), adapter2.begin(HTTPS)
    asked = query(first.url)
    verifier = first.secrets["code_verifier"].reveal()

    assert (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        == (asked["code_challenge"])
    )
    assert 43 <= len(verifier) <= 128
    assert ("S256", "code", HTTPS) == (asked["code_challenge_method"], asked["response_type"], asked["redirect_uri"])
    assert "tweet.read tweet.write users.read media.write offline.access" == asked["scope"]
    assert first.state.reveal() == asked["state"] != query(second.url)["state"]


def test_oauth2_says_when_the_token_ends(x: XNetwork, adapter2: XAdapter, hanako: XUser) -> None:
    """
    Two hours, and with the scopes that X granted.
    """
    request = adapter2.begin(HTTPS)
    credential = adapter2.complete(request, x.sign_in(request.url, hanako))
    assert credential.expires_at is not None

    assert timedelta(hours=1, minutes=59) < credential.expires_at - datetime.now(UTC) <= timedelta(hours=2)
    assert {"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"} == credential.scopes


def test_a_public_app_signs_in_without_a_secret(x: XNetwork, make: Make, hanako: XUser) -> None:
    """
    An app that X calls a public client has no secret, and names itself in the form.
    """
    app = x.register_app(name="公開", callback_uris=(HTTPS,), confidential=False)
    adapter = make(client_id=Secret(app.client_id), client_secret=None, enrolment=Enrolment("oauth2"))

    request = adapter.begin(HTTPS)
    credential = adapter.complete(request, x.sign_in(request.url, hanako))

    assert hanako.id == adapter.whoami(adapter.refresh(credential)).network_id


@pytest.mark.parametrize("enrolment", ["oauth1", "oauth2"])
def test_an_answer_to_another_sign_in_is_refused(x: XNetwork, make: Make, hanako: XUser, enrolment: str) -> None:
    """
    An attacker's answer does not connect the attacker's account: nothing is sent.
    """
    adapter = make(enrolment=Enrolment(enrolment))
    mine, other = adapter.begin(HTTPS), adapter.begin(HTTPS)
    answer = x.sign_in(other.url, hanako)
    before = len(x.calls)

    for url in (answer, HTTPS, answer.replace("state=", "state=%E3%81%82").replace("oauth_token=", "oauth_token=%00")):
        with pytest.raises(BadInput) as caught:
            adapter.complete(mine, url)
        assert "callback_url" == caught.value.place

    assert before == len(x.calls)


@pytest.mark.parametrize("enrolment", ["oauth1", "oauth2"])
def test_a_person_may_decline(x: XNetwork, make: Make, hanako: XUser, enrolment: str) -> None:
    """
    Where the person presses Cancel, the refusal says so.
    """
    adapter = make(enrolment=Enrolment(enrolment))
    request = adapter.begin(HTTPS)

    with pytest.raises(Refused, match="did not agree"):
        adapter.complete(request, x.sign_in(request.url, hanako, approve=False))


@pytest.mark.parametrize("enrolment", ["oauth1", "oauth2"])
def test_a_code_is_good_for_one_use(x: XNetwork, make: Make, hanako: XUser, enrolment: str) -> None:
    """
    A second use of the same answer is refused by X, and means to begin again.
    """
    adapter = make(enrolment=Enrolment(enrolment))
    request = adapter.begin(HTTPS)
    answer = x.sign_in(request.url, hanako)
    adapter.complete(request, answer)

    with pytest.raises(AuthorizationLost):
        adapter.complete(request, answer)


@pytest.mark.parametrize("uri", ["http://city.example/callback", "callback", "javascript:alert(1)"])
def test_an_unsafe_redirect_is_refused(x: XNetwork, make: Make, uri: str) -> None:
    """
    A code must not travel in the clear.
    """
    for enrolment in ("oauth1", "oauth2"):
        with pytest.raises(BadInput):
            make(enrolment=Enrolment(enrolment)).begin(uri)

    assert () == x.calls


def test_wrong_app_keys_are_named(make: Make) -> None:
    """
    Where X does not know the app, the sentence is about the app's keys, not about the account.
    """
    with pytest.raises(Refused, match="app's sign-in") as caught:
        make(consumer_secret=Secret("wrong")).begin(HTTPS)

    assert "app" == caught.value.scope


def test_a_wrong_client_secret_is_named(x: XNetwork, make: Make, oauth2: Credential) -> None:
    """
    A wrong secret of the app does not cost the account its enrolment, nor does one that is not configured.
    """
    for secrets in ({"client_secret": Secret("wrong")}, {"client_id": None}):
        with pytest.raises(Refused) as caught:
            make(**secrets).refresh(oauth2)

        assert "app" == caught.value.scope


#: What the token endpoint may say to a refresh token that is good, and what that comes to.
SAID: dict[str, tuple[int, bytes, type[Outcome], str]] = {
    "bare": (401, b"", Refused, "app"),
    "page": (401, b"<html>", Refused, "app"),
    "problem": (401, b'{"title":"Unauthorized","status":401,"detail":"Unauthorized"}', Refused, "app"),
    "client": (401, b'{"error":"invalid_client"}', Refused, "app"),
    "client 400": (400, b'{"error":"unauthorized_client","error_description":"Missing"}', Refused, "app"),
    "scope": (400, b'{"error":"invalid_scope","error_description":"Value passed"}', Refused, "app"),
    "signature": (401, b'{"errors":[{"code":32,"message":"Could not authenticate you."}]}', Refused, "app"),
    "forbidden": (403, b'{"title":"Forbidden","status":403,"detail":"Forbidden"}', Refused, "app"),
    "project": (403, b'{"title":"No","type":"https://api.x.com/2/problems/client-forbidden"}', Refused, "app"),
    "spent": (400, b'{"error":"invalid_request","error_description":"Value passed"}', AuthorizationLost, "account"),
    "grant": (400, b'{"error":"invalid_grant"}', AuthorizationLost, "account"),
    "token": (401, b'{"error":"invalid_token"}', AuthorizationLost, "account"),
    "old token": (401, b'{"errors":[{"code":89,"message":"Invalid or expired token."}]}', AuthorizationLost, "account"),
    "suspended": (403, b'{"errors":[{"code":64,"message":"Your account is suspended"}]}', AuthorizationLost, "account"),
    "clock": (401, b'{"errors":[{"code":135,"message":"Timestamp out of bounds."}]}', Unavailable, "account"),
    "broken": (503, b"<html>", OutcomeUnknown, "account"),
}


@pytest.mark.parametrize("case", SAID)
def test_only_what_names_the_token_costs_the_account(scripted: Any, make: Make, oauth2: Credential, case: str) -> None:
    """
    The token endpoint asks for the app's password: what it refuses without naming the token is the app, for all accounts.
    """
    status, body, kind, scope = SAID[case]
    scripted.say(status, body)

    with pytest.raises(Outcome) as caught:
        make(base_url=scripted.url).refresh(oauth2)

    assert (kind, scope) == (type(caught.value), caught.value.scope)


@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.RESET, Fault.SERVER_ERROR, Fault.HTML_200, Fault.TRUNCATED])
@pytest.mark.parametrize(
    ("enrolment", "operation"), [("oauth1", "request_token"), ("oauth1", "access_token"), ("oauth2", "token")]
)
def test_a_fault_during_the_sign_in_is_unavailable(
    x: XNetwork, make: Make, hanako: XUser, enrolment: str, operation: str, fault: Fault
) -> None:
    """
    Nothing was published; where the code may be spent, the sentence says to begin again.
    """
    adapter = make(
        enrolment=Enrolment(enrolment), read_timeout=timedelta(seconds=0.5 if fault is Fault.TIMEOUT else 30)
    )
    x.faults.order(fault, on=operation)

    def sign_in() -> None:
        request = adapter.begin(HTTPS)
        adapter.complete(request, x.sign_in(request.url, hanako))

    with pytest.raises(Unavailable) as caught:
        sign_in()

    assert (operation == "request_token") != ("Begin the sign-in again." == caught.value.mend.en)


# --- refreshing and revoking -------------------------------------------------------------------------------------


def test_a_refresh_gives_the_next_generation(x: XNetwork, adapter: XAdapter, oauth2: Credential) -> None:
    """
    Both tokens are new, the generation counts on, and the new token works.
    """
    fresh = adapter.refresh(oauth2)

    assert oauth2.generation + 1 == fresh.generation
    assert oauth2.subject == fresh.subject == adapter.whoami(fresh).network_id
    for name in ("access_token", "refresh_token"):
        assert oauth2.secret(name) != fresh.secret(name)


def test_a_spent_refresh_token_is_lost_authorization(adapter: XAdapter, oauth2: Credential) -> None:
    """
    A refresh token is good for one use: the second means that the account must be enrolled again.
    """
    adapter.refresh(oauth2)

    with pytest.raises(AuthorizationLost):
        adapter.refresh(oauth2)


def test_a_lost_answer_to_a_refresh_is_unknown(x: XNetwork, adapter: XAdapter, oauth2: Credential) -> None:
    """
    The token may be spent without our seeing the new one.
    """
    x.faults.order(Fault.RESET, on="token")

    with pytest.raises(OutcomeUnknown):
        adapter.refresh(oauth2)
    with pytest.raises(AuthorizationLost):
        adapter.refresh(oauth2)


def test_without_a_refresh_token_nothing_is_asked(x: XNetwork, adapter: XAdapter, oauth2: Credential) -> None:
    """
    A sign-in without offline.access ends after two hours, and says which scope was missing.
    """
    short = attrs.evolve(oauth2, secrets={"access_token": Secret("a")})

    with pytest.raises(AuthorizationLost) as caught:
        adapter.refresh(short)

    assert "offline.access" in caught.value.mend.en
    assert () == x.calls


def test_oauth1_tokens_need_no_refresh(x: XNetwork, adapter: XAdapter, oauth1: Credential) -> None:
    """
    A token that does not end comes back as it is.
    """
    assert oauth1 is adapter.refresh(oauth1)
    assert () == x.calls


def test_after_revoking_the_tokens_are_dead(x: XNetwork, adapter: XAdapter, credential: Credential) -> None:
    """
    X has forgotten the tokens; revoking them again is a success.
    """
    adapter.revoke(credential)
    adapter.revoke(credential)

    with pytest.raises(AuthorizationLost):
        adapter.whoami(credential)
    with pytest.raises(AuthorizationLost):
        adapter.refresh(attrs.evolve(credential, kind=CredentialKind.X_OAUTH2))


def test_a_revoke_that_x_could_not_verify_is_no_success(scripted: Any, make: Make, oauth1: Credential) -> None:
    """
    Code 89 says that the token is dead; code 32 says that our signature is wrong, and the token lives.
    """
    adapter = make(base_url=scripted.url)
    scripted.say(401, b'{"errors":[{"code":89,"message":"Invalid or expired token."}]}')
    adapter.revoke(oauth1)
    scripted.say(401, b'{"errors":[{"code":32,"message":"Could not authenticate you."}]}')

    with pytest.raises(Refused) as caught:
        adapter.revoke(oauth1)

    assert "app" == caught.value.scope


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"access_token": 5}', b'{"access_token": ""}'])
def test_a_refresh_without_a_token_in_the_answer_is_unknown(
    scripted: Any, make: Make, oauth2: Credential, body: bytes
) -> None:
    """
    200 without a token proves nothing.
    """
    scripted.say(200, body)

    with pytest.raises(OutcomeUnknown):
        make(base_url=scripted.url).refresh(oauth2)


@pytest.mark.parametrize("seconds", [b"null", b"-1", b"true", b'"x"', b"1e400", b"99999999999999"])
def test_a_garbled_expiry_counts_as_two_hours(scripted: Any, make: Make, oauth2: Credential, seconds: bytes) -> None:
    """
    A token with a nonsense expiry is kept for the time that X documents.
    """
    scripted.say(200, b'{"access_token":"fresh","expires_in":' + seconds + b"}")

    fresh = make(base_url=scripted.url).refresh(oauth2)
    assert fresh.expires_at is not None

    assert timedelta(hours=1, minutes=59) < fresh.expires_at - datetime.now(UTC) <= timedelta(hours=2)


def test_a_spent_refresh_token_is_not_kept(scripted: Any, make: Make, oauth2: Credential) -> None:
    """
    Where the answer brings no other, there is none: the access token serves until it ends, and then says what to do.
    """
    scripted.say(200, b'{"access_token":"fresh","expires_in":7200}')
    clock = PracticeClock(datetime.now(UTC))
    adapter = make(base_url=scripted.url, clock=clock)
    fresh = adapter.refresh(oauth2)

    assert {"access_token": Secret("fresh")} == fresh.secrets
    assert oauth2.generation + 1 == fresh.generation
    # Nobody is asked.
    assert fresh is adapter.refresh(fresh)
    clock.advance(timedelta(hours=2))
    with pytest.raises(AuthorizationLost, match="no refresh token"):
        adapter.refresh(fresh)


def test_an_authorization_request_hides_its_secrets(adapter2: XAdapter) -> None:
    """
    What waits for the person to come back shows neither state nor verifier.
    """
    request = adapter2.begin(HTTPS)

    assert isinstance(request, AuthorizationRequest)
    for secret in (request.state, request.secrets["code_verifier"]):
        assert secret.reveal() not in repr(request)

"""Sign-in with OAuth 2.0 and PKCE, with the real tweepy and by hand."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
import tweepy
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from oauthlib.oauth2 import OAuth2Error

from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox.x import XNetwork

CALLBACK = "https://localhost/callback"
AUTHORIZE = "https://x.com/i/oauth2/authorize"
TOKEN = "https://api.x.com/2/oauth2/token"
REVOKE = "https://api.x.com/2/oauth2/revoke"
SCOPES = ["tweet.read", "tweet.write", "users.read", "offline.access"]
VERIFIER = "v" * 43


@pytest.fixture
def handler(network, mounted):
    return mounted(
        tweepy.OAuth2UserHandler(
            client_id=network.app.client_id,
            client_secret=network.app.client_secret,
            redirect_uri=CALLBACK,
            scope=SCOPES,
        )
    )


@pytest.fixture
def post(mounted):
    """Give a function that posts a form, with Basic of an app or without."""

    def send(address, form, *, basic=None):
        return mounted(requests.Session()).post(address, data=form, auth=basic)

    return send


def basic(app):
    return (app.client_id, app.client_secret)


def asked(network, **changes):
    """The parameters of a right request, with changes; None leaves one out."""
    right = {
        "response_type": "code",
        "client_id": network.app.client_id,
        "redirect_uri": CALLBACK,
        "scope": " ".join(SCOPES),
        "state": "s" * 20,
        "code_challenge": VERIFIER,
        "code_challenge_method": "plain",
    }
    return f"{AUTHORIZE}?" + urlencode({key: value for key, value in (right | changes).items() if value is not None})


def exchanged(network, user, **changes):
    """The form that exchanges a fresh code."""
    back = network.sign_in(asked(network), user)
    right = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return {key: value for key, value in (right | changes).items() if value is not None}


def test_the_flow_with_tweepy(network, user, handler, mounted):
    """
    The handler of tweepy signs in with PKCE, its client posts with the token, and the handler refreshes it.
    """
    back = network.sign_in(handler.get_authorization_url(), user)
    token = handler.fetch_token(back)
    client = tweepy.Client(token["access_token"])
    mounted(client.session)
    made = client.create_tweet(text="OAuth 2.0 で投稿", user_auth=False)
    fresh = handler.refresh_token(TOKEN, refresh_token=token["refresh_token"], auth=handler.auth)

    assert made.data["id"] == network.posts(user)[0].id
    assert (7200, "bearer", set(SCOPES)) == (token["expires_in"], token["token_type"], set(token["scope"]))
    assert fresh["refresh_token"] != token["refresh_token"]


def test_tweepy_sees_a_spent_refresh_token(network, user, handler):
    """
    A refresh token works once; used again, X answers 400 `invalid_request`.
    """
    token = handler.fetch_token(network.sign_in(handler.get_authorization_url(), user))
    handler.refresh_token(TOKEN, refresh_token=token["refresh_token"], auth=handler.auth)

    with pytest.raises(OAuth2Error) as caught:
        handler.refresh_token(TOKEN, refresh_token=token["refresh_token"], auth=handler.auth)

    assert "invalid_request" == caught.value.error
    assert "Value passed for the token was invalid." == caught.value.description


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"client_id": "unknown"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": "https://evil.example/"},
        {"scope": "tweet.read tweet.fly"},
        {"scope": " "},
        {"state": None},
        {"state": "s" * 501},
        {"code_challenge": None},
        {"code_challenge": "short"},
        {"code_challenge_method": None},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S256", "code_challenge": "x" * 44},
    ],
)
def test_a_wrong_request_is_refused_on_the_page(network, user, changes):
    """
    Whatever is wrong about the request, the person is not sent back to the app with a code.
    """
    with pytest.raises(ValueError, match="400"):
        network.sign_in(asked(network, **changes), user)


def test_a_doubled_parameter_is_refused(network, user):
    """
    A parameter that is there twice could mean either.
    """
    with pytest.raises(ValueError, match="400"):
        network.sign_in(asked(network) + "&state=other", user)


def test_denied(network, user):
    """
    Who refuses is sent back with `access_denied` and the state.
    """
    back = network.sign_in(asked(network), user, approve=False)

    assert {"error": ["access_denied"], "state": ["s" * 20]} == parse_qs(urlsplit(back).query)


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"code": "x"}, "Value passed for the authorization code was invalid."),
        ({"code": None}, "Missing required parameter [code]."),
        ({"code_verifier": "w" * 43}, "Value passed for the code verifier did not match the code challenge."),
        ({"code_verifier": "v"}, "Value passed for the code verifier did not match the code challenge."),
        ({"code_verifier": None}, "Missing required parameter [code_verifier]."),
        (
            {"redirect_uri": "http://127.0.0.1:8765/callback"},
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        ),
        ({"client_id": "other"}, "Value passed for the client id was invalid."),
    ],
)
def test_a_wrong_exchange_is_refused(network, user, post, changes, description):
    """
    Code, verifier, redirect address and client must be those of the request.
    """
    answer = post(TOKEN, exchanged(network, user, **changes), basic=basic(network.app))

    assert 400 == answer.status_code
    assert {"error": "invalid_request", "error_description": description} == answer.json()


def test_a_code_works_once_and_is_burnt_by_a_wrong_verifier(network, user, post):
    """
    A code is spent by its first use, be it right or wrong.
    """
    right = exchanged(network, user)
    guessed = exchanged(network, user)

    statuses = [
        post(TOKEN, right, basic=basic(network.app)).status_code,
        post(TOKEN, right, basic=basic(network.app)).status_code,
        post(TOKEN, guessed | {"code_verifier": "w" * 43}, basic=basic(network.app)).status_code,
        post(TOKEN, guessed, basic=basic(network.app)).status_code,
    ]

    assert [200, 400, 400, 400] == statuses


@pytest.mark.parametrize(("seconds", "status"), [(25, 200), (30, 400)])
def test_a_code_lives_thirty_seconds(network, user, post, clock, seconds, status):
    """
    A code lives for thirty seconds.
    """
    form = exchanged(network, user)
    clock.move(seconds=seconds)

    assert status == post(TOKEN, form, basic=basic(network.app)).status_code


@pytest.mark.parametrize(("minutes", "status"), [(119, 200), (120, 401)])
def test_an_access_token_lives_two_hours(user, bearer_for, clock, minutes, status):
    """
    An access token lives for two hours.
    """
    session = bearer_for(user)
    clock.move(minutes=minutes)

    assert status == session.get("https://api.x.com/2/users/me").status_code


def test_a_refresh_token_needs_offline_access(network, user, post):
    """
    Without `offline.access` there is nothing to refresh with.
    """
    back = network.sign_in(asked(network, scope="tweet.read users.read"), user)
    form = exchanged(network, user) | {"code": parse_qs(urlsplit(back).query)["code"][0]}

    assert "refresh_token" not in post(TOKEN, form, basic=basic(network.app)).json()


def test_a_confidential_client_must_prove_itself(network, user, post):
    """
    Without Basic, or with a wrong secret, a confidential client gets 401.
    """
    refresh = {"grant_type": "refresh_token", "refresh_token": network.oauth2_token(user)[1]}
    tries = [
        post(TOKEN, refresh | {"client_id": network.app.client_id}),
        post(TOKEN, refresh, basic=(network.app.client_id, "wrong")),
        post(TOKEN, refresh, basic=("unknown", network.app.client_secret)),
        post(TOKEN, refresh),
    ]

    assert {401} == {answer.status_code for answer in tries}
    assert "Missing valid authorization header" == tries[0].json()["error_description"]
    assert 200 == post(TOKEN, refresh, basic=basic(network.app)).status_code


def test_a_public_client_names_itself(network, user, post):
    """
    A public client has no secret; it passes its client id, and nobody else's tokens work for it.
    """
    public = network.register_app(name="public", confidential=False)
    own = {"grant_type": "refresh_token", "refresh_token": network.oauth2_token(user, app=public)[1]}
    others = {"grant_type": "refresh_token", "refresh_token": network.oauth2_token(user)[1]}

    assert 400 == post(TOKEN, others | {"client_id": public.client_id}).status_code
    assert 401 == post(TOKEN, own, basic=(public.client_id, "")).status_code
    assert 200 == post(TOKEN, own | {"client_id": public.client_id}).status_code


def test_a_refresh_may_ask_for_less_and_not_for_more(network, user, post):
    """
    The scope of a refresh may shrink and may not grow.
    """
    _, refresh = network.oauth2_token(user, scopes=("tweet.read", "users.read", "offline.access"))
    form = {"grant_type": "refresh_token", "refresh_token": refresh}

    assert "invalid_scope" == post(TOKEN, form | {"scope": "tweet.write"}, basic=basic(network.app)).json()["error"]
    assert "tweet.read" == post(TOKEN, form | {"scope": "tweet.read"}, basic=basic(network.app)).json()["scope"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"grant_type": ["refresh_token", "refresh_token"]}, "invalid_request"),
    ],
)
def test_other_grants_are_refused(network, post, form, error):
    """
    X gives user tokens for codes and refresh tokens only.
    """
    answer = post(TOKEN, form, basic=basic(network.app))

    assert (400, error) == (answer.status_code, answer.json()["error"])


def test_the_token_endpoint_takes_a_form(network, user, mounted):
    """
    JSON is no form.
    """
    body = {"grant_type": "refresh_token", "refresh_token": network.oauth2_token(user)[1]}

    answer = mounted(requests.Session()).post(TOKEN, json=body, auth=basic(network.app))

    assert 400 == answer.status_code


def test_revoking_an_access_token_leaves_the_refresh_token(network, user, post, mounted):
    """
    Both must be revoked: the refresh token lives on when only the access token is given up.
    """
    access, refresh = network.oauth2_token(user)
    session = mounted(requests.Session())

    answer = post(REVOKE, {"token": access, "token_type_hint": "access_token"}, basic=basic(network.app))
    me = session.get("https://api.x.com/2/users/me", headers={"Authorization": f"Bearer {access}"})
    fresh = post(TOKEN, {"grant_type": "refresh_token", "refresh_token": refresh}, basic=basic(network.app))

    assert {"revoked": True} == answer.json()
    assert [401, 200] == [me.status_code, fresh.status_code]


def test_revoking_a_refresh_token_ends_the_sign_in(network, user, post, mounted):
    """
    With the refresh token goes every access token of that sign-in, and revoking again is no error.
    """
    access, refresh = network.oauth2_token(user)
    other, _ = network.oauth2_token(user)
    session = mounted(requests.Session())

    answers = [post(REVOKE, {"token": refresh}, basic=basic(network.app)).json() for _ in range(2)]
    statuses = [
        session.get("https://api.x.com/2/users/me", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (access, other)
    ]

    assert [{"revoked": True}] * 2 == answers
    assert [401, 200] == statuses


def test_another_apps_token_cannot_be_revoked(network, user, post):
    """
    An app cannot revoke what was given to another.
    """
    other = network.register_app(name="other")
    access, _ = network.oauth2_token(user)

    assert 400 == post(REVOKE, {"token": access}, basic=basic(other)).status_code


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("POST", "/2/tweets", "tweet.write"),
        ("DELETE", "/2/tweets/1", "tweet.write"),
        ("GET", "/2/tweets/1", "tweet.read"),
        ("GET", "/2/users/me", "users.read"),
        ("GET", "/2/users/1/tweets", "users.read"),
        ("GET", "/2/users/1/mentions", "tweet.read"),
        ("POST", "/2/media/upload/initialize", "media.write"),
        ("POST", "/2/media/metadata", "media.write"),
    ],
)
def test_each_call_needs_its_scopes(user, bearer_for, method, path, needed):
    """
    A token without one of the scopes gets 403, whatever else it may do; with all of them the call gets further.
    """
    everything = ("tweet.read", "tweet.write", "users.read", "media.write")

    def status(scopes):
        return bearer_for(user, scopes=scopes).request(method, f"https://api.x.com{path}").status_code

    assert 403 == status(tuple(scope for scope in everything if scope != needed))
    assert 403 != status(everything)


def test_an_app_alone_may_read_and_not_write(network, user, mounted):
    """
    The app's own token reads posts; where a user is needed X says `unsupported-authentication`.
    """
    session = mounted(requests.Session())
    pair = (network.app.consumer_key, network.app.consumer_secret)
    form = {"grant_type": "client_credentials"}
    token = session.post("https://api.x.com/oauth2/token", data=form, auth=pair).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"

    read = session.get(f"https://api.x.com/2/users/{user.id}/tweets")
    written = session.post("https://api.x.com/2/tweets", json={"text": "x"})

    assert 200 == read.status_code
    assert 403 == written.status_code
    assert written.json()["type"].endswith("/unsupported-authentication")
    assert token == network.bearer_token()


def test_an_app_outside_a_project_may_do_nothing(network, user, bearer_for):
    """
    X refuses every v2 call of an app that belongs to no project.
    """
    app = network.register_app(name="loose", enrolled=False)

    answer = bearer_for(user, app=app).get("https://api.x.com/2/users/me")

    assert 403 == answer.status_code
    assert answer.json()["type"].endswith("/client-forbidden")
    assert "client-not-enrolled" == answer.json()["reason"]


class RefreshTokens(RuleBasedStateMachine):
    """A refresh token works exactly once, whoever asks and in whatever order, until its sign-in is revoked."""

    live = Bundle("live")
    spent = Bundle("spent")

    def __init__(self):
        super().__init__()
        self.network = XNetwork(clock=PracticeClock())
        self.network.start()
        self.user = self.network.add_user(handle="h", name="n")
        self.session = requests.Session()
        self.access = []

    def teardown(self):
        self.session.close()
        self.network.stop()

    def send(self, address, form):
        path = urlsplit(address).path
        return self.session.post(self.network.url + path, data=form, auth=basic(self.network.app), timeout=10)

    def refresh(self, token):
        return self.send(TOKEN, {"grant_type": "refresh_token", "refresh_token": token})

    @rule(target=live)
    def sign_in(self):
        access, refresh = self.network.oauth2_token(self.user)
        self.access.append(access)
        return (refresh, access)

    @rule(target=live, token=consumes(live))
    def use(self, token):
        answer = self.refresh(token[0])
        assert 200 == answer.status_code
        body = answer.json()
        self.access.append(body["access_token"])
        assert 400 == self.refresh(token[0]).status_code
        return (body["refresh_token"], body["access_token"])

    @rule(target=spent, token=consumes(live))
    def use_and_lose(self, token):
        answer = self.refresh(token[0])
        assert 200 == answer.status_code
        self.access.append(answer.json()["access_token"])
        return token[0]

    @rule(target=spent, token=consumes(live))
    def revoke(self, token):
        assert 200 == self.send(REVOKE, {"token": token[0]}).status_code
        headers = {"Authorization": f"Bearer {token[1]}"}
        me = self.session.get(f"{self.network.url}/2/users/me", headers=headers, timeout=10)
        assert 401 == me.status_code
        return token[0]

    @rule(token=spent)
    def use_again(self, token):
        assert 400 == self.refresh(token).status_code

    @invariant()
    def no_token_twice(self):
        assert len(set(self.access)) == len(self.access)


TestRefreshTokens = RefreshTokens.TestCase
TestRefreshTokens.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)

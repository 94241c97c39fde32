"""Sign-in and signatures of OAuth 1.0a, with the real tweepy and requests-oauthlib over a socket."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import tweepy
import tweepy.auth
from oauthlib.oauth1 import SIGNATURE_PLAINTEXT
from requests_oauthlib import OAuth1, OAuth1Session

CALLBACK = "https://localhost/callback"
ME = "https://api.x.com/2/users/me"


@pytest.fixture
def handler_for(network, mounted, monkeypatch):
    """Give a function that makes tweepy's handler; also the session that it makes itself is redirected."""

    def session(*args, **kwargs):
        return mounted(OAuth1Session(*args, **kwargs))

    monkeypatch.setattr(tweepy.auth, "OAuth1Session", session)
    return lambda callback: tweepy.OAuth1UserHandler(
        network.app.consumer_key, network.app.consumer_secret, callback=callback
    )


def signer(network, user, **more):
    key, secret = network.oauth1_token(user)
    return OAuth1(network.app.consumer_key, network.app.consumer_secret, key, secret, **more)


def verifier_in(address):
    return parse_qs(urlsplit(address).query)["oauth_verifier"][0]


def test_three_legs(network, user, handler_for, mounted):
    """
    Request token, consent and access token give a token that speaks for the person who was signed in.
    """
    network.add_user(handle="somebody_else", name="別の人")
    handler = handler_for(CALLBACK)

    back = network.sign_in(handler.get_authorization_url(), user)
    key, secret = handler.get_access_token(verifier_in(back))

    assert back.startswith(f"{CALLBACK}?oauth_token=")
    assert key.startswith(f"{user.id}-")
    client = tweepy.Client(
        consumer_key=network.app.consumer_key,
        consumer_secret=network.app.consumer_secret,
        access_token=key,
        access_token_secret=secret,
    )
    mounted(client.session)
    assert user.handle == client.get_me().data.username
    assert "request_token authorize authorize access_token me".split() == [call.operation for call in network.calls]


def test_out_of_band(network, user, handler_for):
    """
    With `oob` the page shows a number to type in.
    """
    handler = handler_for("oob")

    pin = network.sign_in(handler.get_authorization_url(), user)

    assert 7 == len(pin)
    assert handler.get_access_token(pin)[0].startswith(user.id)


def test_read_only_access_may_be_asked_for(network, user, handler_for, mounted):
    """
    A token that was asked for reading only may not post.
    """
    handler = handler_for("oob")
    pin = network.sign_in(handler.get_authorization_url(access_type="read"), user)
    key, secret = handler.get_access_token(pin)
    auth = OAuth1(network.app.consumer_key, network.app.consumer_secret, key, secret)

    answer = mounted(requests.Session()).post("https://api.x.com/2/tweets", json={"text": "x"}, auth=auth)

    assert 403 == answer.status_code
    assert "https://api.x.com/2/problems/oauth1-permissions" == answer.json()["type"]


def test_denied(network, user, handler_for):
    """
    Who refuses is sent back without a verifier, and the request token is dead.
    """
    handler = handler_for(CALLBACK)
    address = handler.get_authorization_url()

    back = network.sign_in(address, user, approve=False)

    assert f"{CALLBACK}?denied={handler.request_token['oauth_token']}" == back
    with pytest.raises(ValueError, match="403"):
        network.sign_in(address, user)


@pytest.mark.parametrize("callback", ["https://evil.example/", CALLBACK + "/", CALLBACK + "?x=1", ""])
def test_unregistered_callbacks_are_refused(callback, handler_for):
    """
    A callback must match a registered one exactly.
    """
    with pytest.raises(tweepy.TweepyException):
        handler_for(callback).get_authorization_url()


def test_a_verifier_works_once(network, user, handler_for):
    """
    A verifier gives one token; used again it gives none.
    """
    handler = handler_for("oob")
    pin = network.sign_in(handler.get_authorization_url(), user)
    handler.get_access_token(pin)

    with pytest.raises(tweepy.TweepyException):
        handler.get_access_token(pin)


def test_a_wrong_verifier_gives_nothing(network, user, handler_for):
    """
    A wrong verifier gives no token, also before the person has consented.
    """
    handler = handler_for("oob")
    address = handler.get_authorization_url()
    with pytest.raises(tweepy.TweepyException):
        handler.get_access_token("")

    pin = network.sign_in(address, user)
    with pytest.raises(tweepy.TweepyException):
        handler.get_access_token("x" + pin)

    assert handler.get_access_token(pin)


def test_a_request_token_gets_old(network, user, clock, handler_for):
    """
    A request token is good for fifteen minutes.
    """
    handler = handler_for("oob")
    address = handler.get_authorization_url()
    clock.move(minutes=15)

    with pytest.raises(ValueError, match="403"):
        network.sign_in(address, user)


@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com"])
def test_signatures_are_verified_for_the_address_that_was_meant(network, user, mounted, host):
    """
    A signature for `https://` and a host of X holds, with its query, although the bytes went to the loopback.
    """
    session = mounted(requests.Session())

    answer = session.get(f"https://{host}/2/users/me?user.fields=created_at,name", auth=signer(network, user))

    assert 200 == answer.status_code
    assert f"https://{host}/2/problems/invalid-request" == session.get(
        f"https://{host}/2/users/me?nonsense=%E3%81%82", auth=signer(network, user)
    ).json()["type"]


def test_signatures_hold_for_the_loopback_too(network, user):
    """
    A client that is pointed at the practice network itself signs for that address.
    """
    answer = requests.get(f"{network.url}/2/users/me", auth=signer(network, user), timeout=10)

    assert user.id == answer.json()["data"]["id"]


def test_a_form_is_part_of_the_signature(network, user, mounted):
    """
    The fields of a form are signed; the body of JSON is not.
    """
    session = mounted(requests.Session())
    address = "https://api.x.com/1.1/oauth/invalidate_token"
    signed = session.prepare_request(
        requests.Request("POST", address, data={"a": "1"}, auth=signer(network, user))
    )
    signed.body = b"a=2"

    assert 401 == session.send(signed).status_code


def test_a_request_cannot_be_replayed(network, user, mounted):
    """
    The same nonce is refused the second time.
    """
    session = mounted(requests.Session())
    prepared = session.prepare_request(requests.Request("GET", ME, auth=signer(network, user)))

    answers = [session.send(prepared.copy()).status_code for _ in range(2)]

    assert [200, 401] == answers


@pytest.mark.parametrize(("seconds", "status"), [(-310, 401), (-290, 200), (290, 200), (310, 401)])
def test_the_timestamp_must_be_near(network, user, clock, mounted, seconds, status):
    """
    A timestamp may be five minutes off, and no more.
    """
    clock.move(seconds=seconds)

    answer = mounted(requests.Session()).get(ME, auth=signer(network, user))

    assert status == answer.status_code


def test_a_replay_is_seen_as_long_as_the_timestamp_holds(network, user, clock, mounted):
    """
    Clearing old nonces forgets none that could still be replayed.
    """
    session = mounted(requests.Session())
    clock.move(seconds=-280)
    prepared = session.prepare_request(requests.Request("GET", ME, auth=signer(network, user)))
    session.send(prepared.copy())
    clock.move(seconds=560)

    session.get(ME, auth=signer(network, user, timestamp=str(int(clock.now().timestamp()))))

    assert 401 == session.send(prepared.copy()).status_code


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.replace("HMAC-SHA1", "HMAC-SHA256"),
        lambda header: header.replace('oauth_version="1.0"', 'oauth_version="2.0"'),
        lambda header: header.replace("oauth_nonce", "oauth_once"),
        lambda header: header + ', oauth_nonce="1"',
        lambda header: header.replace("OAuth ", "Bearer "),
        lambda header: "OAuth %%%",
        lambda header: "",
    ],
)
def test_malformed_signatures_are_refused(network, user, mounted, change):
    """
    Another method, another version, and anything missing or doubled is refused with 401.
    """
    session = mounted(requests.Session())
    prepared = session.prepare_request(requests.Request("GET", ME, auth=signer(network, user)))
    prepared.headers["Authorization"] = change(prepared.headers["Authorization"].decode())

    answer = session.send(prepared)

    assert 401 == answer.status_code
    assert {"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401} == answer.json()


def test_plaintext_signatures_are_refused(network, user, mounted):
    """
    X takes HMAC-SHA1 only.
    """
    auth = signer(network, user, signature_method=SIGNATURE_PLAINTEXT)

    assert 401 == mounted(requests.Session()).get(ME, auth=auth).status_code


def test_an_unknown_host_is_refused(network, user):
    """
    A signature is good for the hosts of X and for this machine only.
    """
    auth = signer(network, user)
    prepared = requests.Request("GET", "https://evil.example/2/users/me", auth=auth).prepare()
    headers = {"Host": "evil.example", "Authorization": prepared.headers["Authorization"]}

    assert 401 == requests.get(f"{network.url}/2/users/me", headers=headers, timeout=10).status_code


def test_a_bad_request_for_a_request_token_says_why(network, mounted, clock):
    """
    The older part of X answers with codes: 32 for the signature, 135 for the time.
    """
    session = mounted(requests.Session())
    address = "https://api.x.com/oauth/request_token"
    wrong = OAuth1(network.app.consumer_key, "wrong", callback_uri="oob")
    clock.move(minutes=10)
    late = OAuth1(network.app.consumer_key, network.app.consumer_secret, callback_uri="oob")

    codes = [session.post(address, auth=auth).json()["errors"][0]["code"] for auth in (wrong, late)]

    assert [32, 135] == codes


def test_an_invalidated_token_is_dead(network, user, mounted):
    """
    `invalidate_token` forgets the token that signed it, and tells its name but no secret.
    """
    session, auth = mounted(requests.Session()), signer(network, user)
    address = "https://api.x.com/1.1/oauth/invalidate_token"

    first = session.post(address, auth=auth)
    second = session.post(address, auth=auth)

    assert [200, 401] == [first.status_code, second.status_code]
    assert ["access_token"] == list(first.json())
    assert 401 == session.get(ME, auth=auth).status_code


def test_revoked_tokens_are_dead(network, user, citizen, mounted):
    """
    A person who disconnects the app kills that person's tokens and no others.
    """
    session = mounted(requests.Session())
    mine, others = signer(network, user), signer(network, citizen)
    network.revoke_tokens(user)

    assert [401, 200] == [session.get(ME, auth=auth).status_code for auth in (mine, others)]

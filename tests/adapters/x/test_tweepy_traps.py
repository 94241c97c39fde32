"""Each trap of tweepy 4.17, requests and oauthlib that the adapter closes, one by one."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
import tweepy

from civicsns.adapters.x import Enrolment
from civicsns.errors import AuthorizationLost, BudgetSpent, OutcomeUnknown, RateLimited, UnknownReason
from civicsns.model import Credential, CredentialKind, Receipt, Rendition, Secret
from civicsns.testing.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x import XAdapter
    from civicsns.model import Account, Draft
    from civicsns.testing.sandbox import XNetwork
    from civicsns.testing.sandbox.x import XUser

    Make = Callable[..., XAdapter]

RENDITION = Rendition(platform="x", account="x:a", network_id="1", text="お知らせ", body={"text": "お知らせ"})
BEARER = Credential(platform="x", kind=CredentialKind.X_OAUTH2, secrets={"access_token": Secret("planted-bearer")})


@pytest.fixture
def against(scripted: Any, make: Make) -> XAdapter:
    return make(base_url=scripted.url)


def test_tweepy_sets_no_timeout_and_we_do(
    x: XNetwork, impatient: XAdapter, oauth1: Credential, account: Account, draft: Callable[..., Draft]
) -> None:
    """
    A network that never answers does not hold the caller.
    """
    x.faults.order(Fault.TIMEOUT, on="create")

    with pytest.raises(OutcomeUnknown) as caught:
        impatient.publish(impatient.prepare(draft(), account), oauth1)

    assert UnknownReason.TIMEOUT is caught.value.reason


def test_a_429_without_reset_makes_tweepy_recurse_and_us_stop(scripted: Any, against: XAdapter) -> None:
    """
    One request, one answer, no sleep: the wait is the ledger's.
    """
    scripted.say(429, b"{}")
    before = len(scripted.requests)

    with pytest.raises(RateLimited):
        against.publish(RENDITION, BEARER)

    assert 1 == len(scripted.requests) - before


def test_a_garbled_reset_breaks_tweepy_and_not_us(scripted: Any, against: XAdapter) -> None:
    """
    The header becomes a number before tweepy raises.
    """
    scripted.say(429, b"{}", {"x-rate-limit-reset": "soon"})

    with pytest.raises(RateLimited):
        against.publish(RENDITION, BEARER)


def test_oauth2_calls_carry_the_bearer_and_oauth1_calls_a_signature(
    scripted: Any, against: XAdapter, oauth1: Credential
) -> None:
    """
    The argument `user_auth` follows the kind of the credential, call by call, whatever came before.
    """
    scripted.say(500, b"")
    before = len(scripted.requests)
    for credential in (BEARER, oauth1, BEARER):
        with pytest.raises(OutcomeUnknown):
            against.delete(Receipt(platform="x", account="a", post_id="1", at=datetime.now(UTC)), credential)

    heads = [request.partition(b"\r\n\r\n")[0] for request in scripted.requests[before:]]

    assert [True, False, True] == [b"Authorization: Bearer planted-bearer" in head for head in heads]
    assert [False, True, False] == [b"Authorization: OAuth " in head for head in heads]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 418, 429, 500])
@pytest.mark.parametrize("body", [b"[]", b'"word"', b"7", b"null", b"<html>", b"", b'{"errors":"word"}', b"\xff"])
def test_error_bodies_that_crash_tweepy_do_not_crash_us(
    scripted: Any, against: XAdapter, status: int, body: bytes
) -> None:
    """
    On error bodies that are lists or strings tweepy fails with AttributeError and the like; the status still counts.
    """
    expected: dict[int, type[Exception]] = {401: AuthorizationLost, 402: BudgetSpent, 429: RateLimited}
    scripted.say(status, body)

    with pytest.raises(expected.get(status, OutcomeUnknown)):
        against.publish(RENDITION, BEARER)


def test_tweepy_itself_fails_on_a_list(scripted: Any) -> None:
    """
    The trap is real: bare tweepy raises something that is no TweepyException.
    """
    client = tweepy.Client("t")
    client.session = requests.Session()
    client.session.mount("https://", _ToScript(scripted.url))
    scripted.say(403, b"[]")
    with client.session, pytest.raises(AttributeError):
        client.request("POST", "/2/tweets", json={"text": "a"})


class _ToScript(requests.adapters.HTTPAdapter):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = self._url
        return super().send(request, *args, **kwargs)


def test_a_200_with_errors_and_no_data_is_no_success(scripted: Any, against: XAdapter) -> None:
    """
    From this tweepy makes a response whose data is None.
    """
    scripted.say(200, b'{"errors":[{"title":"x","detail":"y","type":"about:blank"}]}')

    with pytest.raises(OutcomeUnknown):
        against.publish(RENDITION, BEARER)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(scripted: Any, against: XAdapter, status: int) -> None:
    """
    A token does not travel on, and a POST does not become a GET.
    """
    scripted.say(status, b"", {"Location": "https://api.x.com/2/elsewhere"})
    before = len(scripted.requests)

    with pytest.raises(OutcomeUnknown):
        against.publish(RENDITION, BEARER)

    assert 1 == len(scripted.requests) - before


def test_netrc_does_not_replace_the_token(
    scripted: Any, against: XAdapter, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """
    Left alone, requests puts a netrc password in the place of the bearer token.
    """
    netrc = tmp_path / "netrc"
    netrc.write_text("default login citizen password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    scripted.say(500, b"")

    with pytest.raises(OutcomeUnknown):
        against.publish(RENDITION, BEARER)

    assert b"Authorization: Bearer planted-bearer" in scripted.requests[-1]


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    scripted: Any, against: XAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Practice on the loopback works behind a town hall's proxy settings.
    """
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    scripted.say(201, b'{"data":{"id":"19","text":"a"}}')

    assert "19" == against.publish(RENDITION, BEARER).post_id


def test_the_proxy_of_the_environment_is_used_for_x(scripted: Any, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Calls to the real X go through the proxy that the environment names; here it refuses, so nothing was sent.
    """
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("https_proxy", scripted.url)
    scripted.say(407, b"")

    with pytest.raises(Exception, match="proxy could not be reached") as caught:
        make(base_url="https://api.x.com").publish(RENDITION, BEARER)

    assert "Unavailable" == type(caught.value).__name__
    assert b"CONNECT api.x.com:443" in scripted.requests[-1]
    assert b"planted-bearer" not in scripted.requests[-1]


def test_cookies_are_not_kept(scripted: Any, against: XAdapter) -> None:
    """
    What X notes about one account is not sent with the next.
    """
    scripted.say(201, b'{"data":{"id":"19","text":"a"}}', {"Set-Cookie": "guest_id=planted-cookie; Path=/"})

    against.publish(RENDITION, BEARER)
    against.publish(RENDITION, BEARER)

    assert b"planted-cookie" not in scripted.requests[-1]


def test_requests_are_signed_for_the_name_that_they_are_sent_to(scripted: Any, against: XAdapter) -> None:
    """
    X is known to tweepy by its old name only; the address, the Host header and the signature say api.x.com.
    """
    scripted.say(500, b"")
    with pytest.raises(OutcomeUnknown):
        against.publish(RENDITION, BEARER)

    assert b"Host: api.x.com\r\n" in scripted.requests[-1]


def test_scopes_that_x_narrows_raise_no_warning(x: XNetwork, make: Make, hanako: XUser) -> None:
    """
    Where fewer scopes come back than were asked for, oauthlib raises a bare Warning; we keep what X granted.
    """
    adapter = make(enrolment=Enrolment.OAUTH2, scopes=("tweet.read", "users.read"))
    request = adapter.begin("http://127.0.0.1:8765/callback")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        credential = adapter.complete(request, x.sign_in(request.url, hanako))

    assert frozenset({"tweet.read", "users.read"}) == credential.scopes
    assert [] == [one for one in caught if "scope" in str(one.message).lower()]
    assert "OAUTHLIB_RELAX_TOKEN_SCOPE" not in os.environ


def test_each_thread_has_its_own_connection(
    x: XNetwork, adapter: XAdapter, oauth1: Credential, account: Account, draft: Callable[..., Draft]
) -> None:
    """
    Forty accounts' worth of posts from eight threads arrive, each with its own answer.
    """
    made = [adapter.prepare(draft(f"{number} 番目"), account) for number in range(40)]
    found: dict[int, str] = {}

    def run(numbers: range) -> None:
        for number in numbers:
            found[number] = adapter.publish(made[number], oauth1).post_id

    threads = [threading.Thread(target=run, args=(range(start, 40, 8),)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {post.text: post.id for post in x.posts()} == {f"{number} 番目": found[number] for number in range(40)}


def test_one_thread_keeps_its_connection(scripted: Any, adapter: XAdapter) -> None:
    """
    The client and its pool of connections are made once for each thread.
    """
    assert adapter._wire._client() is adapter._wire._client()
    assert adapter._wire._client().wait_on_rate_limit is False


def test_a_child_process_opens_its_own_connection(adapter: XAdapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After a fork the parent's sockets are left alone.
    """
    before = adapter._wire._client()
    monkeypatch.setattr(os, "getpid", lambda: -1)

    assert adapter._wire._client() is not before


def test_the_host_s_own_logging_of_the_sdks_goes_on(caplog: pytest.LogCaptureFixture, adapter: XAdapter) -> None:
    """
    The SDKs' loggers are silent inside our calls only.
    """
    adapter._wire._client()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("tweepy.client").debug("of the host")

    assert ["of the host"] == [record.getMessage() for record in caplog.records]

"""Planted tokens are looked for wherever an operator could see them."""

from __future__ import annotations

import logging
import pickle
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from civicsns.adapters.transport import redact
from civicsns.adapters.x import Enrolment, XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.errors import CivicsnsError
from civicsns.model import Account, Credential, CredentialKind, Media, Receipt, Rendition, Secret

if TYPE_CHECKING:
    from collections.abc import Callable

PLANTED = {
    name: f"planted-{name}+/="
    for name in ("consumer_key", "consumer_secret", "client_id", "client_secret", "access", "token_secret", "refresh")
}
#: A client id and a consumer key are names, but nobody needs them in a log either.
FORMS = [form for value in PLANTED.values() for form in (value, quote(value, safe=""))]
CREDENTIALS = {
    "oauth1": Credential(
        platform="x",
        kind=CredentialKind.X_OAUTH1,
        secrets={"access_token": Secret(PLANTED["access"]), "access_token_secret": Secret(PLANTED["token_secret"])},
        subject="1",
    ),
    "oauth2": Credential(
        platform="x",
        kind=CredentialKind.X_OAUTH2,
        secrets={"access_token": Secret(PLANTED["access"]), "refresh_token": Secret(PLANTED["refresh"])},
        subject="1",
    ),
}
ACCOUNT = Account(id="x:a", platform="x", network_id="1")
TEXT = Rendition(platform="x", account="x:a", network_id="1", text="お知らせ", body={"text": "お知らせ"})
PICTURE = Rendition(
    platform="x",
    account="x:a",
    network_id="1",
    text="写真",
    body={"text": "写真"},
    media=(Media(content=b"1", media_type="image/png", alt_text="写真"),),
)
RECEIPT = Receipt(platform="x", account="x:a", post_id="19", at=datetime.now(UTC))
SINCE = datetime.now(UTC) - timedelta(minutes=1)
ECHO = "".join(FORMS).encode()
ANSWERS: dict[str, tuple[int, bytes]] = {
    "refusal that quotes the tokens": (403, b'{"title":"Forbidden","status":403,"detail":"no: ' + ECHO + b'"}'),
    "wrong request that quotes the tokens": (400, b'{"error":"odd","error_description":"' + ECHO + b'"}'),
    "page that quotes the tokens": (200, b"<html>" + ECHO),
    "list": (403, b'["' + ECHO + b'"]'),
    "server error": (500, b'{"title":"' + ECHO + b'"}'),
    "limit": (429, b'{"errors":[{"code":88,"message":"' + ECHO + b'"}]}'),
    "success that quotes the tokens": (201, b'{"data":{"id":"19","text":"' + ECHO + b'","deleted":true}}'),
    "nothing at all": (0, b""),
}
CALLS: dict[str, Callable[[XAdapter, Credential], object]] = {
    "publish": lambda adapter, credential: adapter.publish(TEXT, credential),
    "upload": lambda adapter, credential: adapter.upload(PICTURE, credential),
    "find": lambda adapter, credential: adapter.find(TEXT, credential, since=SINCE),
    "delete": lambda adapter, credential: adapter.delete(RECEIPT, credential),
    "mentions": lambda adapter, credential: adapter.mentions(ACCOUNT, credential, since=SINCE),
    "metrics": lambda adapter, credential: adapter.metrics(ACCOUNT, credential, [RECEIPT.post]),
    "whoami": lambda adapter, credential: adapter.whoami(credential),
    "profile": lambda adapter, credential: adapter.profile(credential),
    "refresh": lambda adapter, credential: adapter.refresh(credential),
    "revoke": lambda adapter, credential: adapter.revoke(credential),
    "begin": lambda adapter, _: adapter.begin("https://localhost/callback"),
}


def adapter_at(url: str, enrolment: Enrolment = Enrolment.OAUTH1) -> XAdapter:
    settings = XSettings(
        consumer_key=Secret(PLANTED["consumer_key"]),
        consumer_secret=Secret(PLANTED["consumer_secret"]),
        client_id=Secret(PLANTED["client_id"]),
        client_secret=Secret(PLANTED["client_secret"]),
        enrolment=enrolment,
        base_url=url,
    )
    return XAdapter(settings, clock=SystemClock(), sleep=lambda _: None)


def chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _sent(call: str, kind: str) -> list[str]:
    """Give the forms of what a call can send: X cannot send back what it never got."""
    unsent = {"oauth1": {"refresh"}, "oauth2": {"token_secret"}}[kind]
    if call == "begin":
        unsent = {"access", "token_secret", "refresh"}
    values = [value for name, value in PLANTED.items() if name not in unsent]
    return [form for value in values for form in (value, quote(value, safe=""))]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("call", CALLS)
def test_no_token_is_seen_anywhere(
    scripted: Any,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    call: str,
    kind: str,
    answer: str,
) -> None:
    """
    Not in logs at DEBUG, tracebacks, causes, contexts, pickles, reprs of results or of their raw answers: even where
    X sends them back.
    """
    adapter = adapter_at(scripted.url)
    if ANSWERS[answer][0]:
        scripted.say(*ANSWERS[answer])
    else:
        scripted.answer = b""
    seen: list[str] = []
    with caplog.at_level(logging.DEBUG, logger=""):
        try:
            result = CALLS[call](adapter, CREDENTIALS[kind])
            seen += [repr(result), repr(getattr(result, "raw", ""))]
        except CivicsnsError as error:
            seen += ["".join(traceback.format_exception(error)), repr(error), str(error.__dict__)]
            seen += [repr(one.args) + repr(vars(one)) for one in chain(error)]
            seen.append(repr(pickle.loads(pickle.dumps(error)).__dict__))  # noqa: S301 -- our own bytes
    seen += [record.getMessage() for record in caplog.records] + list(capsys.readouterr())
    visible = "\n".join(seen)

    assert [] == [form for form in _sent(call, kind) if form in visible]


def test_the_loggers_do_talk_without_us(caplog: pytest.LogCaptureFixture, scripted: Any) -> None:
    """
    The check above can fail: bare tweepy writes the token at level DEBUG.
    """
    import tweepy  # noqa: PLC0415 -- only here

    client = tweepy.Client(PLANTED["access"])
    client.session = adapter_at(scripted.url)._wire._client().session
    scripted.say(200, b"{}")
    with caplog.at_level(logging.DEBUG, logger=""):
        client.request("GET", "/2/users/me")

    assert PLANTED["access"] in caplog.text


def test_errors_carry_no_foreign_exception(scripted: Any) -> None:
    """
    An outcome has neither cause nor context: requests' exceptions hold the request with its headers.
    """
    scripted.answer = b""
    with pytest.raises(CivicsnsError) as caught:
        adapter_at(scripted.url).publish(TEXT, CREDENTIALS["oauth2"])

    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


def test_tokens_do_not_stay_in_the_client(scripted: Any) -> None:
    """
    After a call the SDK's client, which prints its attributes, has forgotten the account's tokens.
    """
    adapter = adapter_at(scripted.url)
    scripted.say(201, b'{"data":{"id":"19","text":"a"}}')
    for credential in CREDENTIALS.values():
        adapter.publish(TEXT, credential)

    assert PLANTED["access"] not in repr(vars(adapter._wire._client()))


def test_redaction_reaches_every_corner() -> None:
    """
    Secrets are masked by value, plain or encoded, and by the name they stand under; numbers and the rest stay.
    """
    value = {
        "access_token": "anything",
        "code": 88,
        "nested": [{"detail": "a s3cr+t b"}, ("s3cr%2Bt", None, True)],
        "s3cr+t": 1,
    }

    assert {
        "access_token": "[…]",
        "code": 88,
        "nested": [{"detail": "a […] b"}, ["[…]", None, True]],
        "[…]": 1,
    } == redact(value, [Secret("s3cr+t"), Secret("")])

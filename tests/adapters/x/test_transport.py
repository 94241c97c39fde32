"""The bounded session and the table of translations that every adapter on requests shares."""

from __future__ import annotations

import gzip
import socket
from typing import Any

import pytest
import requests

from civicsns.adapters import transport
from civicsns.adapters.transport import Session, attempt, checked_base_url, is_loopback
from civicsns.errors import ConfigurationError, OutcomeUnknown, Unavailable, UnknownReason
from civicsns.language import Bilingual

ORIGIN = "https://api.example"


def session(url: str, **more: Any) -> Session:
    return Session(**{"origin": ORIGIN, "base_url": url, "connect": 1, "read": 0.3, **more})


def get(url: str, path: str = "/a", *, changes: bool = True, **more: Any) -> Session:
    used = session(url, **more)
    with used:
        attempt(lambda: used.get(ORIGIN + path), session=used, network="X", changes=changes)
    return used


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("https://api.x.com", False),
        ("http://127.0.0.1.example", False),
        ("http://10.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, expected: bool) -> None:
    """
    An address that merely looks like this machine's is not.
    """
    assert expected is is_loopback(url)


@pytest.mark.parametrize("url", ["http://api.example", "https://", "api.example", "https://a.example?x=1", "file:///a"])
def test_an_unsafe_base_url_is_refused(url: str) -> None:
    """
    Tokens do not leave this machine in the clear.
    """
    with pytest.raises(ConfigurationError):
        checked_base_url(url, place="here")


def test_the_answer_is_read_whole_and_decoded(scripted: Any) -> None:
    """
    A compressed answer comes out as it was meant; the session keeps it.
    """
    body = gzip.compress(b'{"a": 1}')
    scripted.say(200, body, {"Content-Encoding": "gzip"})

    answer = get(scripted.url).answer

    assert answer is not None
    assert {"a": 1} == answer.json()


def test_a_closed_port_is_unavailable_even_for_a_change() -> None:
    """
    Refused connections carry no byte.
    """
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(Unavailable):
        get(f"http://127.0.0.1:{port}")


def test_a_name_that_does_not_exist_is_unavailable() -> None:
    """
    Without an address nothing can be sent.
    """
    used = session("https://nothing.invalid", origin="https://nothing.invalid")

    with pytest.raises(Unavailable):
        attempt(lambda: used.get("https://nothing.invalid/"), session=used, network="X", changes=True)


def test_a_request_that_cannot_be_put_together_is_unavailable(scripted: Any) -> None:
    """
    What fails before the wire has sent nothing, whatever failed.
    """
    used = session(scripted.url)
    before = len(scripted.requests)
    for send in (
        lambda: used.get(f"{ORIGIN}/a", headers={"X-Token": "a\nb"}),
        lambda: used.get("https://elsewhere.example/a"),
        lambda: 1 / 0,
    ):
        with pytest.raises(Unavailable, match="could not be put together"):
            attempt(send, session=used, network="X", changes=True)

    assert before == len(scripted.requests)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", UnknownReason.CONNECTION_LOST),
        (b"nonsense\r\n\r\n", UnknownReason.CONNECTION_LOST),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", UnknownReason.CONNECTION_LOST),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", UnknownReason.CONNECTION_LOST),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", UnknownReason.UNREADABLE_ANSWER),
    ],
)
def test_a_broken_answer_is_unknown_for_a_change_only(scripted: Any, answer: bytes, reason: UnknownReason) -> None:
    """
    The request arrived: for a change the outcome is unknown, for a look it is just another try.
    """
    scripted.answer = answer

    with pytest.raises(OutcomeUnknown) as caught:
        get(scripted.url)
    with pytest.raises(Unavailable):
        get(scripted.url, changes=False)

    assert reason is caught.value.reason


def test_an_endless_answer_is_cut_off(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An answer longer than any of a social network's is a fault.
    """
    monkeypatch.setattr(transport, "MOST_BYTES", 1000)
    scripted.say(200, b"1" * 100_000)

    with pytest.raises(OutcomeUnknown) as caught:
        get(scripted.url)

    assert UnknownReason.UNREADABLE_ANSWER is caught.value.reason


def test_whatever_an_sdk_makes_of_an_answer_is_unknown_for_a_change(scripted: Any) -> None:
    """
    An SDK that fails on an answer that did arrive proves nothing about what the network did.
    """
    scripted.say(200, b"<html>")
    used = session(scripted.url)

    with pytest.raises(OutcomeUnknown) as caught:
        attempt(lambda: used.get(f"{ORIGIN}/a").json(), session=used, network="X", changes=True)

    assert UnknownReason.UNREADABLE_ANSWER is caught.value.reason


def test_our_own_errors_pass_unchanged(scripted: Any) -> None:
    """
    What is an error of civicsns already stays what it is.
    """
    used = session(scripted.url)
    ours = Unavailable(Bilingual("あ。", "a."), mend=Bilingual("い。", "b."))

    def fail() -> None:
        raise ours

    with pytest.raises(Unavailable) as caught:
        attempt(fail, session=used, network="X", changes=True)

    assert ours is caught.value


def test_an_interrupt_is_no_outcome(scripted: Any) -> None:
    """
    Ctrl-C stops the program; it is not translated.
    """
    used = session(scripted.url)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(interrupt, session=used, network="X", changes=True)


def test_a_certificate_that_is_not_trusted_sent_nothing() -> None:
    """
    The handshake comes before the first byte of the request: a wrong certificate proves that nothing was sent.
    """
    import ssl  # noqa: PLC0415 -- only here

    inner = ssl.SSLCertVerificationError("certificate verify failed")
    reason, how = transport._judge(requests.exceptions.SSLError(inner))
    broken, _ = transport._judge(requests.exceptions.SSLError(ssl.SSLError("bad record mac")))

    assert (None, "its certificate could not be verified") == (reason, how.en)
    assert UnknownReason.CONNECTION_LOST is broken

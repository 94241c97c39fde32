"""Planted secrets, looked for wherever something could print them."""

from __future__ import annotations

import logging
import pickle
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

import civicsns
from civicsns.errors import Outcome
from civicsns.language import Language
from civicsns.model import Account, Receipt
from civicsns.testing.clock import WORKDAY

OURS = Path(civicsns.__file__).parent

TOKEN = "EAAPLANTEDpagetoken77"
SECRET = "planted-app-secret-5b21"
CODE = "planted-code-c0de"
PLANTED = (TOKEN, SECRET, CODE)

CALLS = {
    "publish": lambda desk: desk.publish(),
    "delete": lambda desk: desk.adapter.delete(_receipt(desk), desk.credential),
    "edit": lambda desk: desk.adapter.edit(_receipt(desk), desk.prepare("y"), desk.credential),
    "find": lambda desk: desk.adapter.find(desk.prepare("x"), desk.credential, since=WORKDAY),
    "mentions": lambda desk: desk.adapter.mentions(desk.account, desk.credential, since=WORKDAY),
    "metrics": lambda desk: desk.adapter.metrics(desk.account, desk.credential, []),
    "whoami": lambda desk: desk.adapter.whoami(desk.credential),
    "profile": lambda desk: desk.adapter.profile(desk.credential),
    "inspect": lambda desk: desk.adapter.inspect(desk.credential),
    "discover": lambda desk: desk.adapter.discover(desk.person),
    "refresh": lambda desk: desk.adapter.refresh(desk.person),
    "revoke": lambda desk: desk.adapter.revoke(desk.person),
    "complete": lambda desk: _complete(desk),  # noqa: PLW0108 -- defined below
}


def _receipt(desk):
    return Receipt(platform="facebook", account=desk.account.id, post_id="100_1", at=WORKDAY)


def _complete(desk):
    begun = desk.adapter.begin("http://localhost/callback")
    return desk.adapter.complete(begun, f"http://localhost/callback?code={CODE}&state={begun.state.reveal()}")


def shown(error):
    """All that a log, a report or a debugger's page would show of an error, its causes and its frames' variables."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    chain = []
    one = error
    while one is not None:
        chain += [repr(one), str(one), repr(vars(one))]
        one = one.__cause__ or one.__context__
    texts = [error.in_(language) for language in Language]
    # Our own frames only: a test's variables are the test's affair, as is the address that it hands to `complete`.
    frames = [
        f"{frame.line} { {name: one for name, one in (frame.locals or {}).items() if name != 'callback_url'} }"
        for frame in whole.stack
        if Path(frame.filename).is_relative_to(OURS)
    ]
    return "\n".join([*whole.format(chain=True)][-1:] + chain + texts + frames) + repr(pickle.dumps(error))


def leaks(text):
    return [one for one in PLANTED if one in text or quote(one, safe="") in text]


@pytest.fixture
def every_log(caplog):
    """Every logger at DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "requests", "civicsns"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", ["quoted", "html", "server", "gone"])
def test_no_failure_shows_a_secret(make_desk, desk, reply, every_log, call, fault):
    """
    A network that quotes the token, a broken proxy, a failing server and none at all: no secret in the error's
    words, causes, variables or pickle, nor in any log at DEBUG.
    """
    # A network can quote what it was sent.
    said = f"Malformed: {CODE if call == 'complete' else TOKEN} and {SECRET}"
    if fault == "gone":
        desk.recorder.close()
    desk.say(
        {
            "quoted": reply.error(190, message=said, fbtrace_id=SECRET),
            "html": reply(200, said.encode(), (("Content-Type", "text/html"),)),
            "server": reply.error(2, status=500, message=said),
            "gone": reply(),
        }[fault]
    )
    if call == "revoke" and fault == "quoted":
        CALLS[call](desk)
        return
    with pytest.raises(Outcome) as raised:
        CALLS[call](desk)

    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert [] == leaks(shown(raised.value))
    assert [] == leaks(every_log.text)


@pytest.mark.parametrize("call", CALLS)
def test_no_secret_is_in_an_address(desk, reply, call):
    """
    Addresses are logged by every proxy. Only `debug_token` takes the token that it is asked about in the address, as
    the reference offers no other way; the app's own token is in the header there too.
    """
    desk.say(reply.json({"success": True, "id": "100", "access_token": "EAAfresh", "data": []}))
    try:
        CALLS[call](desk)
    except Outcome:
        assert call in {"inspect", "complete"}

    addresses = [seen.target for seen in desk.seen if "/debug_token" not in seen.target]
    inspected = [seen.target for seen in desk.seen if "/debug_token" in seen.target]

    assert desk.seen
    assert [] == leaks(" ".join(addresses))
    assert SECRET not in " ".join(inspected)
    assert all("access_token" not in seen.query for seen in desk.seen)


def test_a_success_shows_no_secret(desk, reply, every_log):
    """
    The receipt keeps the network's answer without tokens, under whatever name they come.
    """
    answer = {"id": "100_1", "access_token": "EAAnew", "echo": [f"was {TOKEN}", {"deep": SECRET}]}
    desk.say(reply.json(answer))
    receipt = desk.publish()

    assert [] == leaks(f"{receipt!r} {dict(receipt.raw)} {every_log.text}")
    assert {"id": "100_1", "access_token": "[…]", "echo": ["was […]", {"deep": "[…]"}]} == dict(receipt.raw)


def test_the_adapter_shows_no_secret(desk, reply):
    """
    Neither its variables nor those of what it holds.
    """
    desk.say(reply.json({"id": "100_1"}))
    desk.publish()
    wire = desk.adapter._wire

    assert [] == leaks(
        f"{vars(desk.adapter)} {vars(wire)} {wire._session()!r} {desk.adapter.begin('http://localhost/')!r}"
    )


def test_what_was_found_shows_no_text_and_no_secret(desk, reply):
    """
    Discovered credentials print themselves without their tokens.
    """
    page = {"id": "100", "name": "p", "tasks": ["CREATE_CONTENT"], "access_token": TOKEN}
    desk.say(reply.json({"data": [page]}))

    assert [] == leaks(repr(desk.adapter.discover(desk.person)))


def test_a_refusal_before_the_network_shows_no_secret(desk):
    """
    A wrong token is refused without being quoted.
    """
    with pytest.raises(Outcome) as raised:
        desk.adapter.publish(
            desk.adapter.prepare(desk.draft(), Account(id="a", platform="facebook", network_id="999")), desk.credential
        )

    assert [] == leaks(shown(raised.value))

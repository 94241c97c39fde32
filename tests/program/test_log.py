"""Events reach the host's logging, and nothing else."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from civicsns.errors import StoreError
from civicsns.language import Bilingual
from civicsns.log import Events


def test_facts_travel_with_the_record(caplog: pytest.LogCaptureFixture):
    """
    The event is the message; its facts are attributes of the record.
    """
    with caplog.at_level(logging.INFO, logger="civicsns.test"):
        Events("civicsns.test").info("delivery.delivered", account="x:a")

    assert [("delivery.delivered", "x:a")] == [(record.message, record.account) for record in caplog.records]  # type: ignore[attr-defined]


def test_nothing_is_printed_by_itself():
    """
    A program that sets up no logging sees nothing, and does not load what formats logs.
    """
    script = "import sys\nfrom civicsns.log import Events\nEvents('civicsns.x').info('e', a=1)\nprint('structlog' in sys.modules)\nEvents('civicsns.x').failed('e', ValueError())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ("False\n", "") == (done.stdout, done.stderr)


def test_an_error_that_is_not_ours_is_only_named(caplog: pytest.LogCaptureFixture):
    """
    An error of civicsns speaks for itself; anybody else's words may hold a secret, and only its kind is said.
    """
    events = Events("civicsns.test")
    words = Bilingual("満杯です。", "It is full.")
    events.failed("store.failed", StoreError(words, mend=words))
    events.failed("engine.failed", ConnectionError("postgresql://user:word@host"))

    assert ["It is full. Nothing was sent. It is full.", "ConnectionError"] == [one.error for one in caplog.records]  # type: ignore[attr-defined]
    assert "word@host" not in caplog.text

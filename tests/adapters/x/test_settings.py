from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from civicsns.adapters.x import Enrolment, XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.errors import ConfigurationError
from civicsns.model import Secret
from civicsns.ports import Adapter, Edits, Enrols, ReadsMentions, ReadsMetrics, ReadsProfiles, Uploads

KEYS: dict[str, Any] = {"consumer_key": Secret("key"), "consumer_secret": Secret("secret")}


def configure(**table: Any) -> Any:
    return XAdapter.configure(table, place="civicsns.toml [networks.x]", clock=SystemClock())


@pytest.mark.parametrize("port", [Adapter, Uploads, Edits, ReadsMentions, ReadsMetrics, ReadsProfiles, Enrols])
def test_the_adapter_has_every_port(port: Any) -> None:
    """
    The adapter offers posting, uploads, edits, mentions, figures and enrolment.
    """
    assert isinstance(configure(**KEYS), port)


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The settings name an environment variable; the key itself shows nowhere.
    """
    monkeypatch.setenv("X_KEY", "planted-key")
    monkeypatch.setenv("X_SECRET", "planted-secret")

    adapter = configure(consumer_key={"env": "X_KEY"}, consumer_secret={"env": "X_SECRET"}, read_timeout=7)

    assert "planted-key" == adapter._settings.consumer_key.reveal()
    assert timedelta(seconds=7) == adapter._settings.read_timeout
    assert "planted" not in repr(adapter._settings)


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ({}, "civicsns.toml [networks.x]"),
        ({"consumer_key": Secret("only half")}, "civicsns.toml [networks.x]"),
        ({**KEYS, "enrolment": "oauth2"}, "civicsns.toml [networks.x]"),
        ({**KEYS, "colour": "blue"}, "civicsns.toml [networks.x]"),
        ({**KEYS, "consumer_key": "in plain sight"}, "civicsns.toml [networks.x]"),
        ({**KEYS, "base_url": "http://api.x.com"}, "civicsns.toml [networks.x].base_url"),
        ({**KEYS, "base_url": "ftp://api.x.com"}, "civicsns.toml [networks.x].base_url"),
        ({**KEYS, "base_url": "https://user:word@api.x.com"}, "civicsns.toml [networks.x].base_url"),
        ({**KEYS, "site_url": "http://x.com"}, "civicsns.toml [networks.x].site_url"),
        ({**KEYS, "read_timeout": 0}, "civicsns.toml [networks.x].read_timeout"),
        ({**KEYS, "text_maximum": 0}, "civicsns.toml [networks.x].text_maximum"),
    ],
)
def test_wrong_settings_are_refused_where_they_stand(table: Any, place: Any) -> None:
    """
    A missing, unknown or unsafe setting is refused when the adapter is made, with its place and without its value.
    """
    with pytest.raises(ConfigurationError) as caught:
        configure(**table)

    assert place == caught.value.place
    assert "plain sight" not in str(caught.value)
    assert "word" not in str(caught.value)


def test_a_loopback_address_may_be_plain_http() -> None:
    """
    Practice on this machine needs no TLS.
    """
    adapter = XAdapter(XSettings(**KEYS, base_url="http://127.0.0.1:8080/"), clock=SystemClock())

    assert "http://127.0.0.1:8080" == adapter._settings.base_url


def test_limits_follow_the_settings() -> None:
    """
    An account with X Premium may write longer posts: the limit is a setting.
    """
    limits = configure(**KEYS, text_maximum=25_000, image_bytes=10).limits

    assert 25_000 == limits.text.maximum
    assert 10 == min(limits.media.bytes_.values())
    assert limits.schedule is None


def test_enrolment_is_oauth1_unless_said_otherwise() -> None:
    """
    Tokens that do not end are the default.
    """
    assert Enrolment.OAUTH1 is XSettings(**KEYS).enrolment


def test_importing_civicsns_loads_no_sdk() -> None:
    """
    `import civicsns` stays light: tweepy and requests come with the adapter, and the adapter only when it is named.
    """
    code = "import sys, civicsns, civicsns.model, civicsns.ports; print([m for m in sys.modules if 'tweepy' in m or 'adapters' in m or m == 'requests'])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()

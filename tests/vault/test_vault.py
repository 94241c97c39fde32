"""The file of credentials: nothing is lost among several who write, and nothing shows."""

from __future__ import annotations

import json
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest

from civicsns.errors import ConfigurationError
from civicsns.model import Account, Credential, CredentialKind, Secret
from civicsns.vault.file import CredentialFile

ACCOUNT = Account(id="x:a", platform="x")
PLANTED = "PLANTED-91c2"
CREDENTIAL = Credential(
    platform="x",
    kind=CredentialKind.X_OAUTH2,
    secrets={"access_token": Secret(PLANTED), "refresh_token": Secret("r")},
    subject="42",
    scopes=["tweet.read", "tweet.write"],
    expires_at=datetime(2026, 4, 1, tzinfo=UTC),
    generation=3,
)


def test_concurrent_puts_lose_nothing(tmp_path: Path):
    """
    Many accounts written at once by several vaults on one file are all there afterwards.
    """
    path = tmp_path / "credentials.json"
    accounts = [Account(id=f"x:{number}", platform="x") for number in range(24)]
    threads = [
        threading.Thread(target=lambda account=account: CredentialFile(path).put(account, CREDENTIAL))
        for account in accounts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {account.id for account in accounts} == set(json.loads(path.read_text(encoding="utf-8")))


def test_others_must_not_read(tmp_path: Path):
    """
    The file is made for its owner alone; one that others can read is refused, with the command that mends it.
    """
    path = tmp_path / "credentials.json"
    CredentialFile(path).put(ACCOUNT, CREDENTIAL)

    assert 0o600 == path.stat().st_mode & 0o777
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        CredentialFile(path).get(ACCOUNT)


@pytest.mark.parametrize(
    "content",
    [
        f"{{{PLANTED}",
        json.dumps([PLANTED]),
        json.dumps({"x:a": PLANTED}),
        json.dumps({"x:a": {"access_token": PLANTED}}),
        json.dumps({"x:a": {"platform": "x", "kind": "x-oauth1", "expires_at": "2026-04-01T00:00", "t": PLANTED}}),
        json.dumps({"x:a": {"platform": "x", "kind": "nonsense", "t": PLANTED}}),
    ],
)
def test_a_broken_file_is_named_without_its_content(tmp_path: Path, content: str):
    """
    What is wrong is said; what stands in the file is not.
    """
    path = tmp_path / "credentials.json"
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
    try:
        CredentialFile(path).get(ACCOUNT)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it must not show the token
        raised = error

    # A naive expiry is bad input in its own right; the rest are faults of the file.
    assert isinstance(raised, ConfigurationError)
    assert PLANTED not in str(raised) + repr(raised)
    assert PLANTED not in "".join(traceback.format_exception(raised))

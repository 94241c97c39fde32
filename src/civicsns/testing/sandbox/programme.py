"""
A programme for practice: a folder with settings, roster, accounts and credentials that fit the practice networks.

The folder is an ordinary programme; only its addresses and its tokens are those of the practice networks.
"""

from __future__ import annotations

import csv
import json
import os
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.accounts import roster

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from civicsns.model import Account
    from civicsns.testing.sandbox import Sandbox

_LEDGER = ("civicsns.db", "civicsns.db-wal", "civicsns.db-shm")
_MARK = "# 練習用の設定です。投稿は練習用ネットワークにだけ届きます。\n"

_SETTINGS = (
    _MARK
    + """\
# Settings for practice: posts reach the practice networks alone.
# civicsns sandbox を始めるたびに、この設定と台帳は作り直されます。
# These settings and the ledger are made anew whenever civicsns sandbox begins.

[programme]
name = "練習 / Practice"
people = "people.csv"
accounts = "accounts.csv"
credentials = "credentials.json"

[policy]
packs = ["jp-municipal"]

[delivery]
# 短い練習用の値。本番では書かずに既定値を使ってください。
# Short, for practice; leave these out in earnest and the defaults hold.
longest_pause = 15
clock_skew = 0

[networks.x]
base_url = "{x}"
consumer_key = {{ file = "secrets/x-consumer-key" }}
consumer_secret = {{ file = "secrets/x-consumer-secret" }}
read_timeout = 5
read_back_lag = 1
network_delay = 1

[networks.facebook]
base_url = "{graph}"
dialog_url = "{graph}"
app_id = "{app_id}"
app_secret = {{ file = "secrets/facebook-app-secret" }}
read_timeout = 5
read_back_lag = 1
network_delay = 1
"""
)


def may_write(into: Path) -> bool:
    """Tell whether what *into* holds may be replaced: there are no settings and no ledger, or they are for practice."""
    settings = into / "civicsns.toml"
    if settings.exists():
        return settings.read_text(encoding="utf-8", errors="replace").startswith(_MARK)
    return not any((into / name).exists() for name in (*_LEDGER, "credentials.json"))


def write(sandbox: Sandbox, *, people: Path, accounts: Path, into: Path) -> Path:
    """
    Open every account of a roster on the practice networks, and write the programme that posts under them.

    Args:
        sandbox: The practice networks.
        people: The staff, as CSV.
        accounts: The accounts, as CSV.
        into: The folder; made where it is missing, its files replaced.

    Returns:
        The settings file, for `Program.open`.

    Raises:
        ConfigurationError: If the roster is wrong.
    """
    read = roster.read(people=people, accounts=accounts)
    (into / "secrets").mkdir(parents=True, exist_ok=True)
    credentials: dict[str, dict[str, Any]] = {}
    opened: list[Account] = []
    for account in read.accounts.values():
        network_id, credential = _open(sandbox, account, read)
        opened.append(attrs.evolve(account, network_id=network_id))
        credentials[account.id] = {"platform": account.platform, "subject": network_id, **credential}
    _private(into / "credentials.json", json.dumps(credentials, ensure_ascii=False, indent=1))
    _private(into / "secrets" / "x-consumer-key", sandbox.x.app.consumer_key)
    _private(into / "secrets" / "x-consumer-secret", sandbox.x.app.consumer_secret)
    _private(into / "secrets" / "facebook-app-secret", sandbox.graph.app.secret)
    # The networks begin anew, and so does the ledger: what it knew of is no longer there.
    for name in _LEDGER:
        (into / name).unlink(missing_ok=True)
    (into / "people.csv").write_bytes(people.read_bytes())
    _write_accounts(into / "accounts.csv", opened)
    settings = into / "civicsns.toml"
    settings.write_text(
        _SETTINGS.format(x=sandbox.x.url, graph=sandbox.graph.url, app_id=sandbox.graph.app.id), encoding="utf-8"
    )
    return settings


def _open(sandbox: Sandbox, account: Account, read: roster.Roster) -> tuple[str, dict[str, str]]:
    name = read.people[account.steward].name if account.steward else account.section
    if account.platform == "x":
        user = sandbox.x.add_user(handle=account.handle, name=name if account.personal else account.section)
        token, secret = sandbox.x.oauth1_token(user)
        return user.id, {"kind": "x-oauth1", "access_token": token, "access_token_secret": secret}
    person = sandbox.graph.add_person(name)
    page = sandbox.graph.add_page(account.section, tasks={person: ("CREATE_CONTENT", "MODERATE", "ANALYZE")})
    return page.id, {"kind": "facebook-page", "access_token": sandbox.graph.page_token(page, person)}


def _private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, from its first byte."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _write_accounts(path: Path, accounts: Iterable[Account]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "platform", "handle", "network_id", "section", "steward", "personal", "posters"])
        for account in accounts:
            writer.writerow(
                [
                    account.id,
                    account.platform,
                    account.handle,
                    account.network_id,
                    account.section,
                    account.steward,
                    "yes" if account.personal else "no",
                    " ".join(sorted(account.posters)),
                ]
            )

"""`civicsns enrol`, with the people and accounts in the register."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from civicsns import config
from civicsns.accounts import register
from civicsns.cli import cli
from civicsns.enrolment import signins
from civicsns.enrolment.signins import SignIn, Step
from civicsns.model import Account, Credential, CredentialKind, Fact, Person, Secret
from civicsns.store.sql import SqlStore
from civicsns.vault import keys
from civicsns.vault.keys import Keys
from civicsns.vault.sealer import Sealer

SETTINGS = """
[programme]
name = "武雄市"

[policy]
packs = []

[enrolment]
base_url = "https://sns.city.example/enrol"
valid_days = 7

[vault]
key = { file = "vault.key" }

[networks.x]
base_url = "http://127.0.0.1:9"
consumer_key = { file = "key" }
consumer_secret = { file = "key" }
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "civicsns.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "key").write_text("key", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    keys.write_file(tmp_path / "vault.key", keys.generate())
    store = SqlStore(tmp_path / "civicsns.db")
    for number, handle in (("1001", "saga_hanako"), ("1002", "takeo_taro")):
        person = Person(number=number, name=f"[bold]{number}", section="観光課")
        account = Account(
            id=f"x:{number}", platform="x", handle=handle, section="観光課", steward=number, personal=True
        )
        store.put(None, Fact(kind=register.PERSON, key=number, value=register.person_value(person)))
        store.put(None, Fact(kind=register.ACCOUNT, key=account.id, value=register.account_value(account)))
    store.close()
    return path


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["enrol", "-c", str(settings), *arguments])


def stages(settings: Path) -> dict[str, str]:
    return {one["account"]: one["stage"] for one in json.loads(run(settings, "status", "--json").output)}


def test_links_are_written_out_once_for_their_maker_alone(settings, tmp_path):
    """
    Everybody's sheet, text and table; only the owner reads the files, and the terminal shows no link.
    """
    out = {name: tmp_path / name for name in ("sheet.html", "mail.txt", "table.csv")}
    result = run(
        settings, "invite", "--all", "--by", "1001", "--links",
        "--sheet", str(out["sheet.html"]), "--text", str(out["mail.txt"]), "--csv", str(out["table.csv"]),
    )  # fmt: skip
    said = [path.read_text(encoding="utf-8") for path in out.values()]

    assert 0 == result.exit_code, result.output
    assert [2, 2, 2] == [text.count("https://sns.city.example/enrol/link/") for text in said]
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in out.values()}
    assert "/link/" not in result.output
    assert "2 links were made" in result.output
    assert {"x:1001": "issued", "x:1002": "issued"} == stages(settings)


def test_no_link_is_made_that_nobody_gets(settings):
    """
    Without a place to write to, nobody is invited.
    """
    results = [
        run(settings, "invite", "--all", "--by", "1001"),
        run(settings, "invite", "--all", "--by", "1001", "--csv", "t.csv"),
        run(settings, "invite", "--by", "1001", "--sheet", "s.html"),
        run(settings, "invite", "x:1001", "--all", "--by", "1001", "--sheet", "s.html"),
    ]

    assert {2} == {result.exit_code for result in results}
    assert {"x:1001": "uninvited", "x:1002": "uninvited"} == stages(settings)


def test_status_says_who_is_where(settings, tmp_path):
    """
    A table with counts; a name that looks like markup is shown as it is.
    """
    run(settings, "sheet", "x:1001", "--by", "1002", "--out", str(tmp_path / "one.html"))
    shown = run(settings, "status")

    assert 1 == (tmp_path / "one.html").read_text(encoding="utf-8").count("<article")
    assert "1001 [bold]1001" in shown.output
    assert "未着手 1 / not begun: 1" in shown.output
    assert "案内前 1 / not invited: 1" in shown.output


def test_a_link_is_cancelled(settings, tmp_path):
    """
    Once; then there is none to cancel.
    """
    run(settings, "sheet", "x:1001", "--by", "1002", "--out", str(tmp_path / "one.html"))
    first, second = (run(settings, "cancel", "x:1001", "--by", "1002", "--reason", "誤配布") for _ in range(2))

    assert "The link opens no more." in first.output
    assert "There is no link that opens." in second.output
    assert "cancelled" == stages(settings)["x:1001"]


def test_reminders_are_shown_and_not_sent_without_an_address(settings, tmp_path):
    """
    As text and as JSON; sending says what is missing.
    """
    run(settings, "sheet", "x:1001", "--by", "1002", "--out", str(tmp_path / "one.html"))
    shown = run(settings, "remind", "--after", "0")
    rows = json.loads(run(settings, "remind", "--after", "0", "--json").output)
    sent = run(settings, "remind", "--after", "0", "--send", "--by", "1001")

    assert "1 人 / 1 people" in shown.output
    assert [("1001", ["x:1001"])] == [(row["person"], row["accounts"]) for row in rows]
    assert "enrolment.notify" in str(sent.exception)
    assert "0 sign-ins" in run(settings, "resume").output


def test_where_reminders_go_stands_beside_the_settings(settings, tmp_path):
    """
    It holds a password, and so stands in a file of its own, named as seen from the settings.
    """
    (tmp_path / "notify").write_text("mailto://planted", encoding="utf-8")
    (tmp_path / "notify").chmod(0o600)
    settings.write_text(SETTINGS.replace("valid_days", 'notify = { file = "notify" }\nvalid_days'), encoding="utf-8")

    assert Secret("mailto://planted") == config.load(settings).enrolment.notify


@pytest.mark.parametrize("base_url", ["http://sns.city.example", "ftp://sns.city.example", "sns.city.example", ""])
def test_the_pages_are_reached_by_https(settings, base_url):
    """
    Any other address is refused, but for this machine's own.
    """
    settings.write_text(SETTINGS.replace("https://sns.city.example/enrol", base_url), encoding="utf-8")

    assert "https://" in str(run(settings, "status").exception)
    settings.write_text(SETTINGS.replace("https://sns.city.example/enrol", "http://localhost:8000"), encoding="utf-8")
    assert 0 == run(settings, "status").exit_code


def test_sign_ins_that_wait_are_told_and_their_keys_are_changed(settings, tmp_path):
    """
    A sign-in was granted an hour ago: `enrol status` says that it waits, `vault status` by which key; `vault rotate`
    seals it anew, and where its key is gone that is told, too.
    """
    sealer = Sealer(Keys(lambda: keys.from_file(tmp_path / "vault.key")), programme="武雄市")
    begun = SignIn(
        key="k", account="x:1001", link="", session="", step=Step.BEGUN, at=datetime.now(UTC), sealed=b"nothing yet"
    )
    token = Credential(platform="x", kind=CredentialKind.X_OAUTH1, secrets={"access_token": Secret("planted")})
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with SqlStore(tmp_path / "civicsns.db") as store:
        store.put(None, signins.with_credential(begun, Step.GRANTED, token, sealer=sealer, now=hour_ago).fact())

    def vault(*arguments: str) -> Result:
        return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["vault", *arguments])

    def told() -> tuple[str, bool, bool]:
        (one,) = json.loads(vault("status", "-c", str(settings), "--json").output)
        assert ("x:1001", "granted") == (one["account"], one["step"])
        return one["kind"], one["current_key"], one["opens"]

    waits = run(settings, "status").output
    keys.write_file(tmp_path / "new.key", keys.generate())
    plain = settings.read_text(encoding="utf-8")
    old = 'key = { file = "vault.key" }\n'
    new = 'key = { file = "new.key" }\n'
    settings.write_text(plain.replace(old, f'{new}previous = [{{ file = "vault.key" }}]\n'), encoding="utf-8")
    before, rotated, after = told(), vault("rotate", "-c", str(settings), "--by", "1001").output, told()
    settings.write_text(plain.replace(old, new), encoding="utf-8")
    shown, opens = vault("status", "-c", str(settings)), told()
    settings.write_text(plain, encoding="utf-8")
    shut = vault("status", "-c", str(settings))

    assert "! x:1001（" in waits
    assert "The network has granted it, and the account is not connected yet." in waits
    assert (("sign-in", False, True), ("sign-in", True, True), ("sign-in", True, True)) == (before, after, opens)
    assert "1 envelopes were changed" in rotated
    assert "接続の途中 1 件、うち前の鍵が 0 件 / 1 sign-ins under way, 0 by an earlier key" in shown.output
    assert (0, 1) == (shown.exit_code, shut.exit_code)
    assert "! x:1001: 封印に使った鍵" in shut.output
    assert "planted" not in waits + shown.output + shut.output

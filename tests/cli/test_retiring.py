"""`civicsns accounts retire`, `hand-over` and `verify`, at a practice network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from civicsns.accounts import register
from civicsns.cli import cli
from civicsns.model import Account, Credential, CredentialKind, Fact, Person, Secret
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = """
[programme]
name = "武雄市"
credentials = "credentials.json"

[policy]
packs = []

[networks.x]
base_url = "{url}"
consumer_key = {{ file = "key" }}
consumer_secret = {{ file = "secret" }}
"""
PEOPLE = (
    Person(number="1", name="総務 一郎", section="総務課"),
    Person(number="1001", name="[bold]佐賀 花子", section="観光課"),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path, sandbox: Sandbox) -> Path:
    """Hanako's own account, connected, and one of her section."""
    path = tmp_path / "civicsns.toml"
    path.write_text(SETTINGS.format(url=sandbox.x.url), encoding="utf-8")
    for name, value in (("key", sandbox.x.app.consumer_key), ("secret", sandbox.x.app.consumer_secret)):
        (tmp_path / name).write_text(value, encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    handle = f"h{tmp_path.name[-8:]}".replace("-", "_")
    user = sandbox.x.add_user(handle=handle, name="花子")
    own = Account(id="x:hanako", platform="x", handle=handle, network_id=user.id, steward="1001", personal=True)
    section = Account(id="x:kanko", platform="x", handle="takeo_kanko", section="観光課", steward="1001")
    store = SqlStore(tmp_path / "civicsns.db")
    for person in PEOPLE:
        store.put(None, Fact(kind=register.PERSON, key=person.number, value=register.person_value(person)))
    for account in (own, section):
        store.put(None, Fact(kind=register.ACCOUNT, key=account.id, value=register.account_value(account)))
    store.close()
    (tmp_path / "credentials.json").write_text("{}", encoding="utf-8")
    (tmp_path / "credentials.json").chmod(0o600)
    key, secret = sandbox.x.oauth1_token(user)
    tokens = {"access_token": Secret(key), "access_token_secret": Secret(secret)}
    with Program.open(path) as program:
        program.vault.put(own, Credential(platform="x", kind=CredentialKind.X_OAUTH1, secrets=tokens, subject=user.id))
    return path


def run(settings: Path, *arguments: str, typed: str | None = None) -> Result:
    command = ["accounts", *arguments, "-c", str(settings)]
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, command, input=typed)


def test_verify_retire_and_look_again(settings):
    """
    Valid first; after retiring, nothing is held, nothing left to do, and the account is closed.
    """
    before = run(settings, "verify", "--json")
    asked = run(settings, "retire", "x:hanako", "--by", "1", "--reason", "退職", typed="n\n")
    held = json.loads((settings.parent / "credentials.json").read_text(encoding="utf-8"))
    done = run(settings, "retire", "x:hanako", "--by", "1", "--reason", "退職", "--yes")
    left = run(settings, "retire")

    assert (0, ["good"]) == (before.exit_code, [one["soundness"] for one in json.loads(before.output)["credentials"]])
    assert (1, ["x:hanako"]) == (asked.exit_code, list(held))
    assert 0 == done.exit_code, done.output
    assert "x:hanako: retired." in done.output
    assert (0, True) == (left.exit_code, "Nothing is left to do." in left.output)
    assert "{}" == (settings.parent / "credentials.json").read_text(encoding="utf-8").strip()
    assert 0 == run(settings, "verify").exit_code


def test_a_revoked_token_is_told_with_what_to_do(settings, sandbox):
    """
    The exit status is 2, and the table says what is wrong and what comes next, in both languages.
    """
    with Program.open(settings) as program:
        user = sandbox.x._state.user_by_handle(program.account("x:hanako").handle)
    sandbox.x.revoke_tokens(user)
    result = run(settings, "verify")

    assert 2 == result.exit_code
    assert "媒体側で失効" in result.output
    assert "revoked at the network" in result.output
    assert "civicsns enrol invite" in result.output


def test_a_person_leaves(settings):
    """
    Without a successor something is left, exit status 1; the section's account is handed over then.
    """
    gone = run(settings, "retire", "1001", "--by", "1", "--reason", "退職", "--yes")
    handed = run(settings, "hand-over", "x:kanko", "--to", "1", "--by", "1", "--reason", "退職")
    again = run(settings, "retire", "1001", "--by", "1", "--reason", "退職", "--yes", "--json")

    assert 1 == gone.exit_code, gone.output
    assert "x:kanko: needs another steward" in gone.output
    assert (0, True) == (handed.exit_code, "the steward is 1 now" in handed.output)
    assert (0, []) == (again.exit_code, json.loads(again.output)["retired"])


def test_the_question_names_whom_it_is_about(settings):
    """
    What cannot be undone is asked about first, with the person's name as it is.
    """
    asked = run(settings, "retire", "1001", "--by", "1", "--reason", "退職", typed="n\n")

    assert 1 == asked.exit_code
    assert "[bold]佐賀 花子" in asked.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["retire", "x:hanako", "--reason", "退職", "--yes"], "--by"),
        (["retire", "x:hanako", "--by", "1", "--reason", "退職", "--successor", "x:kanko=1", "--yes"], "--successor"),
        (["retire", "1001", "--by", "1", "--reason", "退職", "--without-network", "--yes"], "--without-network"),
        (["hand-over", "x:kanko", "--by", "1"], "--to"),
    ],
)
def test_what_is_missing_is_asked_for(settings, arguments, said):
    """
    Nothing is done where an option is missing, or goes with something else.
    """
    result = run(settings, *arguments)

    assert 2 == result.exit_code
    assert said in result.output


def test_called_off_while_the_network_is_out_of_reach(settings, sandbox):
    """
    Nobody answers at the address of X: the retirement waits, and is called off; once X has confirmed it is too late.
    """
    words = settings.read_text(encoding="utf-8")
    settings.write_text(words.replace(sandbox.x.url, "http://127.0.0.1:9"), encoding="utf-8")
    who = ("--by", "1", "--reason", "取り違え")
    waits = run(settings, "retire", "x:hanako", *who, "--yes")
    called = run(settings, "retire", "x:hanako", *who, "--call-off")
    settings.write_text(words, encoding="utf-8")
    run(settings, "retire", "x:hanako", *who, "--yes")
    late = run(settings, "retire", "x:hanako", *who, "--call-off")
    never = run(settings, "retire", "x:kanko", *who, "--call-off")

    assert (1, 0) == (waits.exit_code, called.exit_code)
    assert "Called off" in called.output
    assert "taken back already" in str(late.exception)
    assert "no retirement" in str(never.exception)

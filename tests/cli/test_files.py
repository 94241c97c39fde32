"""Commands that write files, where they cannot: in both languages, and nothing else is done."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from civicsns.accounts import register
from civicsns.cli import cli
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual, Language
from civicsns.model import Account, Fact, Person
from civicsns.store.sql import SqlStore
from civicsns.vault import keys

SETTINGS = """
[programme]
name = "若葉市"

[policy]
packs = []

[enrolment]
base_url = "https://sns.city.example/enrol"

[vault]
key = { file = "vault.key" }

[networks.x]
base_url = "http://127.0.0.1:9"
consumer_key = { file = "key" }
consumer_secret = { file = "key" }
"""


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "civicsns.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "key").write_text("key", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    keys.write_file(tmp_path / "vault.key", keys.generate())
    (tmp_path / "roster.csv").write_text("職員番号,氏名,所属\n2001,若葉 梓,広報課\n", encoding="utf-8")
    person = Person(number="2001", name="若葉 梓", section="広報課")
    account = Account(id="x:koho", platform="x", handle="wakaba_koho", section="広報課", steward="2001")
    store = SqlStore(tmp_path / "civicsns.db")
    store.put(None, Fact(kind=register.PERSON, key="2001", value=register.person_value(person)))
    store.put(None, Fact(kind=register.ACCOUNT, key="x:koho", value=register.account_value(account)))
    store.close()
    return tmp_path / "civicsns.toml"


def run(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, [str(one) for one in arguments])


@pytest.mark.parametrize(
    "command",
    [
        ("vault", "init", "--file"),
        ("audit", "keygen"),
        ("accounts", "check", "roster.csv", "--out"),
        ("sandbox", "--ports", "0", "0", "0", "--into"),
        ("enrol", "sheet", "x:koho", "--by", "2001", "--out"),
        ("enrol", "invite", "x:koho", "--by", "2001", "--text"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_what_cannot_be_written_is_said(settings, monkeypatch, command):
    """
    A place inside a file holds no file: it is named, in both languages, and no traceback is shown.
    """
    monkeypatch.chdir(settings.parent)
    result = run(*command, "key/inside")

    assert isinstance(result.exception, BadInput)
    assert "key/inside" == result.exception.place
    assert result.exception.what.ja.startswith("書き込めません")


@pytest.mark.parametrize("command", [("sheet", "--out"), ("invite", "--text"), ("invite", "--csv")])
def test_no_link_is_made_that_could_not_be_handed_out(settings, tmp_path, command):
    """
    A new link ends the one from before, so none is made where its file cannot be written.
    """
    made = run("enrol", "sheet", "x:koho", "-c", settings, "--by", "2001", "--out", tmp_path / "first.html")
    before = run("enrol", "status", "-c", settings, "--json").output
    links = ("--links",) if command[1] == "--csv" else ()
    result = run(
        "enrol", command[0], "x:koho", "-c", settings, "--by", "2001", command[1], tmp_path / "none" / "a", *links
    )

    assert (0, True) == (made.exit_code, isinstance(result.exception, BadInput))
    assert before == run("enrol", "status", "-c", settings, "--json").output


def test_a_message_of_several_lines_goes_on_at_the_margin():
    """
    Where what happened ends with a line of its own, what follows begins a line, in English as in Japanese.
    """
    error = ConfigurationError(Bilingual("誤り\n", "Wrong\n"), mend=Bilingual("直す", "Mend it."), place="a.csv")

    assert "a.csv: Wrong\nNothing was sent. Mend it." == error.in_(Language.EN)
    assert "a.csv: 誤り\n何も送信されていません。直す" == error.in_(Language.JA)

"""Lists on a terminal of 80 columns: ids whole, nothing twice, and said where there is nothing."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.testing.sandbox import Sandbox, programme

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n1002,武雄 太郎,防災課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\n"
    "facebook:kanko,facebook,kanko,観光課,1001,no\n"
    "x:hanako,x,saga_hanako,観光課,1001,yes\n"
)


@pytest.fixture
def settings(tmp_path):
    people, accounts = tmp_path / "people.csv", tmp_path / "accounts.csv"
    people.write_text(PEOPLE, encoding="utf-8")
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        yield programme.write(sandbox, people=people, accounts=accounts, into=tmp_path / "practice")


def run(settings, *command, given=None):
    return CliRunner(env={"COLUMNS": "80"}).invoke(cli, [*command, "-c", str(settings)], input=given)


def test_ids_are_shown_whole(settings):
    """
    An account's id, which other commands take, stands on one line, and no line is wider than the terminal.
    """
    shown = run(settings, "accounts").output

    assert "│ facebook:kanko │" in shown
    assert "…" not in shown


def test_who_may_post_nowhere_is_told_how_to_learn_why(settings):
    """
    Without a row in the table, it is said how to see the reasons.
    """
    assert "--all" in run(settings, "accounts", "may", "1002").output


@pytest.mark.parametrize("command", ["failed", "upcoming"])
def test_an_empty_list_says_so(settings, command):
    """
    Where nothing failed and nothing is to come, that is said; no empty table is shown.
    """
    assert "ありません。 / There are none.\n" == run(settings, "ledger", command).output


def test_a_post_to_be_deleted_is_shown_once(settings):
    """
    Its address is the same in both languages, and stands there once.
    """
    sent = run(settings, "publish", "-a", "1001", "-t", "x:hanako", "おしらせです。").output
    delivery = sent.split()[-2]
    asked = run(settings, "ledger", "delete", delivery, "--by", "1001", "--reason", "誤り", given="n\n").output

    assert 1 == asked.count("https://x.com/")


def test_a_person_who_joins_is_shown_once(settings):
    """
    Name and section are the same in both languages, but for the brackets.
    """
    because = ("--by", "1001", "--reason", "開始", "--yes")
    people, accounts = settings.parent / "people.csv", settings.parent / "accounts.csv"
    settings.write_text(
        "".join(
            line
            for line in settings.read_text(encoding="utf-8").splitlines(keepends=True)
            if not line.startswith(("people", "accounts"))
        ),
        encoding="utf-8",
    )
    shown = run(settings, "accounts", "import", str(people), "--accounts", str(accounts), *because).output

    assert 1 == shown.count("1002 武雄 太郎")
    assert "register is empty" not in run(settings, "accounts").output


def test_an_empty_register_says_how_to_fill_it(settings):
    """
    Where the settings name no files and nobody is in the store, the command that takes them in is named.
    """
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace('people = "people.csv"\n', "").replace('accounts = "accounts.csv"\n', ""), encoding="utf-8"
    )

    assert "civicsns accounts import" in run(settings, "accounts").output

"""Who may post where, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from civicsns.cli import cli
from civicsns.testing.sandbox import Sandbox, programme

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n1002,武雄 太郎,観光課\n1003,嬉野 次郎,税務課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal,posters\n"
    "x:hanako,x,saga_hanako,観光課,1001,yes,\n"
    "facebook:kanko,facebook,kanko,観光課,1001,no,section\n"
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("may")
    people, accounts = folder / "given-people.csv", folder / "given-accounts.csv"
    people.write_text(PEOPLE, encoding="utf-8")
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        made = programme.write(sandbox, people=people, accounts=accounts, into=folder / "practice")
        text = made.read_text(encoding="utf-8")
        made.write_text(text + '\n[permissions]\noverseers = ["1003"]\n', encoding="utf-8")
        yield made


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["accounts", *arguments, "-c", str(settings)])


def test_a_person_is_told_where(settings):
    """
    The table names the accounts that a person may use and why, in both languages; with --all the others, and who could.
    """
    owner, colleague, everything = (run(settings, "may", *words) for words in (["1001"], ["1002"], ["1002", "--all"]))

    assert [0, 0, 0] == [result.exit_code for result in (owner, colleague, everything)]
    assert "本人のアカウントです。" in owner.output
    assert "The person's own account." in owner.output
    assert "2 件のうち 2 件" in owner.output
    assert "x:hanako" not in colleague.output
    assert "Of the section that posts under it." in colleague.output
    assert "May post under 1 of 2 accounts." in colleague.output
    assert "the steward 1001" in everything.output


@pytest.mark.parametrize(
    ("words", "status", "cause"),
    [
        (["1001", "x:hanako"], 0, None),
        (["1002", "x:hanako"], 1, "not_named"),
        # An overseer puts right what others have posted, and posts nothing.
        (["1003", "facebook:kanko"], 1, "not_named"),
    ],
)
def test_a_script_is_told_by_the_status(settings, words, status, cause):
    """
    Asked about one account, the answer is the exit status; JSON gives the cause and who could.
    """
    result = run(settings, "may", *words, "--json")
    (said,) = json.loads(result.output)

    assert status == result.exit_code
    assert (cause, cause is None) == (said["cause"], said["allowed"])
    assert "1001" in said["who"]
    assert {"ja", "en"} == set(said["reason"])


@pytest.mark.parametrize("words", [["9999"], ["1001", "x:nobody"]])
def test_who_is_unknown_is_told(settings, words):
    """
    Nobody of that number, no account of that id.
    """
    assert "There is no" in str(run(settings, "may", *words).exception)


def test_a_post_that_may_not_be_is_refused(settings):
    """
    `publish` and `check` say why not, who could, and that nothing was sent.
    """
    for command in ("publish", "check"):
        words = [command, "-c", str(settings), "-a", "1002", "-t", "x:hanako", "はじめての投稿です。"]
        result = CliRunner().invoke(cli, words)

        assert 1 == result.exit_code
        assert "1002 is not among those who may post under x:hanako" in str(result.exception)
        assert "Nothing was sent" in str(result.exception)


def test_a_hold_is_lifted_by_an_overseer(settings):
    """
    The settings name overseers, who lift any hold; the owner of an account does not lift what others put on it.
    """
    what = ("--account", "x:hanako", "--reason", "調査")

    def hold(verb: str, by: str) -> Result:
        return CliRunner().invoke(cli, ["hold", verb, "-c", str(settings), *what, "--by", by])

    steps = [hold("place", "1002"), hold("lift", "1001"), hold("lift", "1003")]

    assert [0, 1, 0] == [step.exit_code for step in steps]
    assert "1002, 1003 may lift it" in str(steps[1].exception)

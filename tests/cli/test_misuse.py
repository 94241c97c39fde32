"""What is said to those who use the command line wrongly."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.cli.misuse import Bilingually


@pytest.mark.parametrize(
    ("words", "ja", "en"),
    [
        ("hold place", "--by を指定してください：職員番号", "Give --by: The personnel number of whoever does it."),
        ("enrol cancel x:a --by 1", "--reason を指定してください：理由", "Give --reason: Why; it goes on record."),
        ("enrol cancel", "ACCOUNT を指定してください。", "Give ACCOUNT."),
        ("hold --jsn", "--jsn というオプションはありません。", "There is no option --jsn. (--json?)"),
        ("enrol serve --port x", "--port の値が正しくありません", "Invalid value for --port: 'x' is not"),
        ("check --file /nowhere", "--file の値が正しくありません: /nowhere: 読めません", "It cannot be read"),
        ("enrol invite --by", "--by の使い方が正しくありません。", "Option '--by' requires an argument."),
        ("enrol invite --by 1", "アカウントか、--all・--section の", "Name accounts, or give --all or --section."),
        ("enrol cancle", "そのようなコマンドか引数はありません。", "No such command 'cancle'."),
        ("--nope", "--nope というオプションはありません。", "There is no option --nope."),
    ],
)
def test_what_is_wrong_is_said_in_both_languages(words, ja, en):
    """
    Once, on the error's own stream, with how the command is used; the process ends as commands do that are misused.
    """
    result = CliRunner().invoke(cli, words.split(), prog_name="civicsns")

    assert (2, "", 1) == (result.exit_code, result.stdout, result.stderr.count(en))
    assert ja in result.stderr.splitlines()[-1]


def test_what_a_command_misses_after_all():
    """
    An option that is needed for some uses alone is asked for like any other.
    """

    @click.command()
    def apply() -> None:
        raise click.MissingParameter(param_type="option", param_hint="--by")

    result = CliRunner().invoke(Bilingually(commands=[apply]), ["apply"])

    assert "--by を指定してください。 / Give --by." == result.stderr.splitlines()[-1]


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_who_says_no_is_told_that_it_was_stopped(answer):
    """
    And so is who says nothing; the process ends as before.
    """

    @click.command()
    def apply() -> None:
        click.confirm("?", abort=True)

    result = CliRunner().invoke(Bilingually(commands=[apply]), ["apply"], input=answer)

    assert (1, "中止しました。 / Stopped.") == (result.exit_code, result.stderr.splitlines()[-1])


def test_a_group_without_a_command_shows_its_help():
    """
    As before: it is no mistake to be told about.
    """
    result = CliRunner().invoke(cli, ["enrol"], prog_name="civicsns")

    assert "渡したリンクを使えなくします。" in result.output
    assert "そのような" not in result.output


@pytest.mark.parametrize(
    ("command", "ja"),
    [
        (("vault", "import", "none.json"), "「none.json」がありません。"),
        (
            ("check", "--format", "xml"),
            "「xml」は使えません。使えるのは 'text', 'json', 'jsonl', 'sarif', 'github' です。",
        ),
        (("ledger", "failed", "--limit", "many"), "「many」は数ではありません。"),
        (("ledger", "failed", "--limit", "0"), "0 は範囲（x>=1）の外です。"),
    ],
    ids=lambda one: one[-1] if isinstance(one, tuple) else "",
)
def test_what_click_says_of_a_value_is_said_in_japanese(tmp_path, monkeypatch, command, ja):
    """
    A file that is not there, a word or a number that an option does not take: the Japanese half holds no English.
    """
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, [*command], prog_name="civicsns")
    said, _, english = result.stderr.rpartition(" / ")

    assert ja == said.partition("の値が正しくありません: ")[2]
    assert english.startswith("Invalid value for")

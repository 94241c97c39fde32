"""`civicsns accounts profiles`, at a practice network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from civicsns.cli import cli
from civicsns.testing.sandbox import Sandbox, programme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from civicsns.testing.sandbox.x import XUser

REGISTER = """
[register]
url = "https://www.city.takeo.example/sns/"
city = "武雄市"
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Path:
    """One member of staff with an account of her own, which says nothing yet."""
    handle = f"h{tmp_path.name[-9:]}".replace("-", "_")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "people.csv").write_text("職員番号,氏名,所属\n1001,佐賀 花子,観光課\n", encoding="utf-8")
    (tmp_path / "in" / "accounts.csv").write_text(
        f"id,platform,handle,section,steward,personal\nx:hanako,x,{handle},観光課,1001,yes\n", encoding="utf-8"
    )
    return programme.write(
        sandbox, people=tmp_path / "in" / "people.csv", accounts=tmp_path / "in" / "accounts.csv", into=tmp_path / "p"
    )


def hanako(sandbox: Sandbox) -> XUser:
    return list(sandbox.x._state.users.values())[-1]


def run(settings: Path, *arguments: str) -> Result:
    command = ["accounts", "profiles", *arguments, "-c", str(settings)]
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, command)


def test_what_is_missing_and_what_to_put_there(settings, sandbox):
    """
    Exit status 1, both languages, and a text whose owner then lacks nothing: exit status 0.
    """
    with settings.open("a", encoding="utf-8") as file:
        file.write(REGISTER)
    sandbox.x.set_profile(hanako(sandbox), name="[bold]\u202e花子")
    first = run(settings, "--text")
    said = json.loads(run(settings, "--text", "--json").output)
    text = said["texts"]["x:hanako"]["ja"]
    sandbox.x.set_profile(hanako(sandbox), name=text["name"], description=text["description"], url=text["link"])
    after = run(settings, "x:hanako")

    assert 1 == first.exit_code, first.output
    assert "花子" not in first.output.partition("──")[0]
    assert f"https://x.com/{hanako(sandbox).handle}" in first.output
    assert "「個人の見解です」という断りがありません。" in first.output
    assert "There is no link to the city's own site." in first.output
    assert "武雄市観光課の職員です。発言は個人の見解であり、武雄市の公式見解ではありません。" in first.output
    assert [["name", "section", "notice", "link"]] == [one["lacks"] for one in said["profiles"]]
    assert 0 == after.exit_code, after.output
    assert "1 as they should be, 0 to look at" in after.output


def test_a_table_for_mail_merge(settings, tmp_path):
    """
    One row for each account that lacks something; no cell is a formula.
    """
    file = tmp_path / "texts.csv"
    result = run(settings, "--csv", str(file))
    written = file.read_text(encoding="utf-8-sig").splitlines()

    assert 1 == result.exit_code, result.output
    assert 2 == len(written)
    assert written[1].startswith("x:hanako,1001,section notice,佐賀 花子（練習 / Practice観光課）,")


def test_an_account_that_is_not_read_is_told(settings):
    """
    Whoever names it is not told that all is well.
    """
    (settings.parent / "credentials.json").write_text("{}", encoding="utf-8")
    result = run(settings, "x:hanako")
    said = json.loads(run(settings, "x:hanako", "--json").output)

    assert 1 == result.exit_code
    assert "x:hanako: not read" in result.output
    assert ["x:hanako"] == said["unread"]


def test_without_an_address_no_link_is_looked_for(settings):
    """
    It says so, and how to change it; nobody is asked with a limit of none.
    """
    result = run(settings, "--limit", "0")

    assert 0 == result.exit_code
    assert "[register]" in result.output
    assert "0 as they should be" in result.output
